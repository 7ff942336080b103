// Differences between two settings that were run under the same seeds: common random numbers make the two runs of a seed alike in all
// that the settings do not change, so that the difference of each pair varies less than the runs themselves.

import { meanInterval, moments, type Estimate } from './interval.ts'

export interface PairedDifference {
  /** Seeds that both settings have a value for. */
  readonly pairs: number
  /** Second minus first. */
  readonly difference: Estimate
  /** Pairs in which the second is smaller, equal, larger. */
  readonly smaller: number
  readonly equal: number
  readonly larger: number
  /** Share of the variance of the difference that pairing took away, against independent seeds; negative when it added some. Null
   *  where nothing varies. */
  readonly varianceSaved: number | null
}

/** Compares values with the same place in both lists; NaN stands for none. */
export function pairedDifference(first: ArrayLike<number>, second: ArrayLike<number>, confidence: number): PairedDifference {
  const a: number[] = []
  const b: number[] = []
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    if (Number.isNaN(first[i]!) || Number.isNaN(second[i]!)) continue
    a.push(first[i]!)
    b.push(second[i]!)
  }
  const differences = a.map((value, i) => b[i]! - value)
  const count = (isSo: (difference: number) => boolean): number => differences.filter(isSo).length
  return {
    pairs: a.length,
    difference: meanInterval(differences, confidence),
    smaller: count((difference) => difference < 0),
    equal: count((difference) => difference === 0),
    larger: count((difference) => difference > 0),
    varianceSaved: savedBy(a, b, differences),
  }
}

function savedBy(a: readonly number[], b: readonly number[], differences: readonly number[]): number | null {
  const [first, second, paired] = [a, b, differences].map((values) => moments(values).deviation ?? 0) as [number, number, number]
  const independent = first * first + second * second
  return independent === 0 ? null : 1 - (paired * paired) / independent
}
