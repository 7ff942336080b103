// Confidence intervals for means (Student), proportions (Wilson, J. Amer. Statist. Assoc. 22, 1927) and quantiles (order statistics,
// free of any distribution). Each takes the values in any order and gives the same bits for the same order.

import { normalQuantile } from '../../base/math.ts'
import { binomialCdf, studentCdf } from './special.ts'

/** An estimate with its confidence interval; a bound is null when the data cannot give one. */
export interface Estimate {
  readonly value: number
  readonly low: number | null
  readonly high: number | null
}

/** Mean and standard deviation; the latter is null for fewer than two values. */
export function moments(values: ArrayLike<number>): { readonly mean: number; readonly deviation: number | null } {
  const n = values.length
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]!
  const mean = sum / n
  if (n < 2) return { mean, deviation: null }
  let squares = 0
  let error = 0
  for (let i = 0; i < n; i++) {
    const distance = values[i]! - mean
    squares += distance * distance
    error += distance
  }
  // The second term takes out what rounding left in the mean.
  return { mean, deviation: Math.sqrt(Math.max(0, (squares - (error * error) / n) / (n - 1))) }
}

/** The t that Student's distribution stays below with probability p, for p between 0 and 1. */
export function studentQuantile(p: number, degrees: number): number {
  if (p === 0.5) return 0
  if (p < 0.5) return -studentQuantile(1 - p, degrees)
  const z = normalQuantile(p)
  // The normal quantile lies below; doubling reaches the other side, then halving closes in.
  let low = z
  let high = z * (1 + (z * z + 1) / (2 * degrees)) + 1
  while (studentCdf(high, degrees) < p) high *= 2
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2
    if (studentCdf(middle, degrees) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

const quantiles = new Map<string, number>()

function twoSided(confidence: number, degrees: number): number {
  const key = `${String(confidence)} ${String(degrees)}`
  let t = quantiles.get(key)
  if (t === undefined) quantiles.set(key, (t = studentQuantile((1 + confidence) / 2, degrees)))
  return t
}

/** Mean with Student's interval; no bounds for fewer than two values. NaN for none. */
export function meanInterval(values: ArrayLike<number>, confidence: number): Estimate {
  const { mean, deviation } = moments(values)
  if (deviation === null) return { value: mean, low: null, high: null }
  const half = deviation === 0 ? 0 : (twoSided(confidence, values.length - 1) * deviation) / Math.sqrt(values.length)
  return { value: mean, low: mean - half, high: mean + half }
}

/** Proportion with Wilson's score interval. */
export function proportionInterval(successes: number, trials: number, confidence: number): Estimate {
  if (trials === 0) return { value: NaN, low: null, high: null }
  const z = normalQuantile((1 + confidence) / 2)
  const p = successes / trials
  const share = (z * z) / trials
  const centre = (p + share / 2) / (1 + share)
  const half = (z / (1 + share)) * Math.sqrt((p * (1 - p)) / trials + share / (4 * trials))
  return { value: p, low: successes === 0 ? 0 : centre - half, high: successes === trials ? 1 : centre + half }
}

/** Ranks, from 1, of the order statistics between which a quantile lies with at least the given confidence. */
export function quantileRanks(
  n: number,
  q: number,
  confidence: number,
): { readonly low: number | undefined; readonly high: number | undefined } {
  const tail = (1 - confidence) / 2
  let low: number | undefined
  for (let rank = 1; rank <= n && binomialCdf(rank - 1, n, q) <= tail; rank++) low = rank
  let high: number | undefined
  for (let rank = n; rank >= 1 && 1 - binomialCdf(rank - 1, n, q) <= tail; rank--) high = rank
  return { low, high }
}

/** Value at quantile q of ascending `sorted`, by linear interpolation (type 7 of Hyndman and Fan). */
export function quantileOf(sorted: ArrayLike<number>, q: number): number {
  const place = q * (sorted.length - 1)
  const below = Math.floor(place)
  const lower = sorted[below]!
  const upper = sorted[Math.min(below + 1, sorted.length - 1)]!
  return lower + (upper - lower) * (place - below)
}

/** Quantile of ascending `sorted` with the interval that order statistics give. */
export function quantileInterval(sorted: ArrayLike<number>, q: number, confidence: number): Estimate {
  const { low, high } = quantileRanks(sorted.length, q, confidence)
  return {
    value: quantileOf(sorted, q),
    low: low === undefined ? null : sorted[low - 1]!,
    high: high === undefined ? null : sorted[high - 1]!,
  }
}
