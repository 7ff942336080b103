// The bootstrap for what has no interval of its own: bias-corrected and accelerated (BCa; B. Efron, J. Amer. Statist. Assoc. 82,
// 1987), drawn from a stream of ours so that it is the same everywhere.

import { normalQuantile } from '../../base/math.ts'
import type { Rng } from '../../base/random.ts'
import { quantileOf, type Estimate } from './interval.ts'
import { normalCdf } from './special.ts'

/** A number computed from the items at the given places (places may repeat). */
export type Statistic = (places: ArrayLike<number>) => number

export interface BootstrapOptions {
  /** Items there are. */
  readonly size: number
  readonly statistic: Statistic
  readonly confidence: number
  readonly rng: Rng
  readonly resamples?: number
}

const RESAMPLES = 2_000

/** The statistic of all items with its interval; no bounds for fewer than three items. */
export function bootstrapInterval({ size, statistic, confidence, rng, resamples = RESAMPLES }: BootstrapOptions): Estimate {
  const all = Float64Array.from({ length: size }, (_, i) => i)
  const value = statistic(all)
  if (size < 3) return { value, low: null, high: null }
  const replicates = resampled(size, { statistic, rng, resamples })
  if (replicates[0] === replicates[resamples - 1]) return { value, low: replicates[0]!, high: replicates[0]! }
  const below = replicates.reduce((count, replicate) => count + (replicate < value ? 1 : replicate === value ? 0.5 : 0), 0)
  const bias = normalQuantile(Math.min(Math.max(below / resamples, 0.5 / resamples), 1 - 0.5 / resamples))
  const acceleration = accelerationOf(size, statistic)
  const bound = (p: number): number => {
    const z = bias + normalQuantile(p)
    return quantileOf(replicates, normalCdf(bias + z / (1 - acceleration * z)))
  }
  return { value, low: bound((1 - confidence) / 2), high: bound((1 + confidence) / 2) }
}

function resampled(
  size: number,
  { statistic, rng, resamples }: Pick<Required<BootstrapOptions>, 'statistic' | 'rng' | 'resamples'>,
): Float64Array {
  const replicates = new Float64Array(resamples)
  const places = new Float64Array(size)
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < size; i++) places[i] = Math.floor(rng.double() * size)
    replicates[r] = statistic(places)
  }
  return replicates.sort()
}

/** By the jackknife: how fast the spread of the statistic changes with its value. */
function accelerationOf(size: number, statistic: Statistic): number {
  const left = Float64Array.from({ length: size }, (_, out) => {
    return statistic(Float64Array.from({ length: size - 1 }, (_, i) => (i < out ? i : i + 1)))
  })
  const mean = left.reduce((sum, value) => sum + value, 0) / size
  let squares = 0
  let cubes = 0
  for (const value of left) {
    const distance = mean - value
    squares += distance * distance
    cubes += distance * distance * distance
  }
  return squares === 0 ? 0 : cubes / (6 * squares * Math.sqrt(squares))
}
