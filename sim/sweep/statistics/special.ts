// Special functions behind the intervals, from operations that give the same bits everywhere (sim/base/math.ts): log gamma by the
// Lanczos approximation (g = 7, nine terms), the incomplete beta and gamma functions by their continued fractions (modified Lentz
// method) and series. About 1e-13 relative over the range that statistics need.

import { exp, log } from '../../base/math.ts'

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

const HALF_LOG_TWO_PI = 0.9189385332046727
const TINY = 1e-300
const PRECISION = 1e-15
const MOST_STEPS = 10_000

/** Logarithm of the gamma function, for x > 0. */
export function logGamma(x: number): number {
  // Reflection would need a sine; the recurrence does for the small arguments there are here.
  if (x < 0.5) return logGamma(x + 1) - log(x)
  const z = x - 1
  let sum: number = LANCZOS[0]
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (z + i)
  const t = z + 7.5
  return HALF_LOG_TWO_PI + (z + 0.5) * log(t) - t + log(sum)
}

const kept = (value: number): number => (Math.abs(value) < TINY ? TINY : value)

function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m <= MOST_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / kept(1 + even * d)
    c = kept(1 + even / c)
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / kept(1 + odd * d)
    c = kept(1 + odd / c)
    result *= d * c
    if (Math.abs(d * c - 1) < PRECISION) break
  }
  return result
}

/** The regularised incomplete beta function I_x(a, b), for a, b > 0 and x from 0 to 1. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(1 - x))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b
}

/** The regularised upper incomplete gamma function Q(a, x), for a > 0 and x >= 0. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1
  const front = exp(a * log(x) - x - logGamma(a))
  return x < a + 1 ? 1 - front * gammaSeries(a, x) : front * gammaFraction(a, x)
}

function gammaSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; n <= MOST_STEPS && term > sum * PRECISION; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / kept(b)
  let result = d
  for (let n = 1; n <= MOST_STEPS; n++) {
    const step = -n * (n - a)
    b += 2
    d = 1 / kept(step * d + b)
    c = kept(b + step / c)
    result *= d * c
    if (Math.abs(d * c - 1) < PRECISION) break
  }
  return result
}

/** Probability that a standard normal variable is at most z. */
export function normalCdf(z: number): number {
  const tail = upperGamma(0.5, (z * z) / 2) / 2
  return z > 0 ? 1 - tail : tail
}

/** Probability that a chi-square variable with `degrees` degrees of freedom is at least x. */
export const chiSquareTail = (x: number, degrees: number): number => upperGamma(degrees / 2, x / 2)

/** Probability of at most k successes in n trials of probability p. */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0
  return k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1)
}

/** Probability that Student's t with `degrees` degrees of freedom is at most t. */
export function studentCdf(t: number, degrees: number): number {
  const tail = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2
  return t > 0 ? 1 - tail : tail
}
