// How long a datagram is under way besides queueing and transmission: distributions as functions from a uniform number to a
// duration (inverse transform), so that every packet costs exactly one draw whatever the distribution.

import { assert } from '../base/assert.ts'
import { log, exp, normalQuantile } from '../base/math.ts'
import { HOUR, type Nanos } from '../base/time.ts'

export type Latency =
  | { readonly kind: 'constant'; readonly latency: Nanos }
  /** Every integer from `least` to `most` alike. */
  | { readonly kind: 'uniform'; readonly least: Nanos; readonly most: Nanos }
  /** What would be negative is 0. */
  | { readonly kind: 'normal'; readonly mean: Nanos; readonly deviation: Nanos }
  /** `mean` is that of what is added to `minimum`. */
  | { readonly kind: 'exponential'; readonly minimum: Nanos; readonly mean: Nanos }
  /** P(latency > x) = (minimum / x)^shape. Cut off at an hour (or at `minimum`, if that is longer): the tail has no end. */
  | { readonly kind: 'pareto'; readonly minimum: Nanos; readonly shape: number }
  /** Measured quantiles, equally spaced in probability from the least to the greatest, ascending; between them linear. */
  | { readonly kind: 'quantiles'; readonly quantiles: readonly Nanos[] }

/** The latency below which a share `u` of [0, 1) of all packets stays, as an integer of at least 0. */
export type Quantile = (u: number) => Nanos

export function quantileOf(latency: Latency): Quantile {
  switch (latency.kind) {
    case 'constant':
      return () => latency.latency
    case 'uniform':
      return uniform(latency.least, latency.most)
    case 'normal':
      return (u) => Math.max(0, Math.round(latency.mean + (u === 0 ? -Infinity : latency.deviation * normalQuantile(u))))
    case 'exponential':
      return (u) => Math.round(latency.minimum - latency.mean * log(1 - u))
    case 'pareto':
      return pareto(latency.minimum, latency.shape)
    case 'quantiles':
      return interpolated(latency.quantiles)
  }
}

function uniform(least: Nanos, most: Nanos): Quantile {
  assert(most >= least, 'uniform latency with its ends exchanged')
  const span = most - least + 1
  return (u) => least + Math.floor(u * span)
}

function pareto(minimum: Nanos, shape: number): Quantile {
  assert(minimum > 0 && shape > 0, 'Pareto latency needs a minimum and a shape above 0')
  const longest = Math.max(minimum, HOUR)
  return (u) => Math.min(longest, Math.round(minimum * exp(-log(1 - u) / shape)))
}

function interpolated(quantiles: readonly Nanos[]): Quantile {
  assert(quantiles.length >= 2, 'a table of latencies needs two quantiles')
  const table = Float64Array.from(quantiles)
  const steps = table.length - 1
  return (u) => {
    const place = u * steps
    const below = Math.floor(place)
    const low = table[below]!
    return Math.round(low + (table[below + 1]! - low) * (place - below))
  }
}
