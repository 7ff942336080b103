// Sobol indices from a Saltelli design: first order by the estimator of A. Saltelli and others (Computer Physics Communications 181,
// 2010, table 2 (b)), total by that of M. J. W. Jansen (1999; table 2 (f) there), with bootstrap intervals over the base points.

import type { Rng } from '../../base/random.ts'
import { bootstrapInterval } from './bootstrap.ts'
import type { Estimate } from './interval.ts'

export interface SobolIndex {
  /** Share of the variance that the factor explains by itself. */
  readonly first: Estimate
  /** Share that would be left if everything else were known: with all interactions. */
  readonly total: Estimate
}

/**
 * `values` in the order of `saltelliPoints`: for each base point f(a), f(b) and f of a with each coordinate of b. One index for each
 * of `factors`.
 */
export function sobolIndices(
  values: readonly number[],
  factors: number,
  { confidence, rng }: { readonly confidence: number; readonly rng: Rng },
): readonly SobolIndex[] {
  const width = factors + 2
  const size = Math.floor(values.length / width)
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length
  const at = (base: number, column: number): number => values[base * width + column]! - centre
  const varianceOf = (places: ArrayLike<number>): number => {
    let [sum, squares] = [0, 0]
    for (let i = 0; i < places.length; i++) {
      for (const value of [at(places[i]!, 0), at(places[i]!, 1)]) {
        sum += value
        squares += value * value
      }
    }
    const n = 2 * places.length
    return squares / n - (sum / n) * (sum / n)
  }
  const share = (places: ArrayLike<number>, term: (base: number) => number): number => {
    const variance = varianceOf(places)
    if (variance === 0) return 0
    let sum = 0
    for (let i = 0; i < places.length; i++) sum += term(places[i]!)
    return sum / places.length / variance
  }
  return Array.from({ length: factors }, (_, factor) => {
    const moved = (base: number): number => at(base, factor + 2)
    const first = (base: number): number => at(base, 1) * (moved(base) - at(base, 0))
    const total = (base: number): number => ((at(base, 0) - moved(base)) * (at(base, 0) - moved(base))) / 2
    const interval = (term: (base: number) => number): Estimate =>
      bootstrapInterval({ size, statistic: (places) => share(places, term), confidence, rng, resamples: 300 })
    return { first: interval(first), total: interval(total) }
  })
}
