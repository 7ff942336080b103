// Our logarithm, exponential and normal quantile: known values, agreement with the engine's own within one unit in the last
// place, and, for the quantile, the distribution function integrated independently.

import { describe, expect, test } from 'vitest'
import { exp, log, normalQuantile } from '../../../sim/base/math.ts'

const bits = new BigUint64Array(1)
const number = new Float64Array(bits.buffer)

/** How many doubles lie between two of the same sign. */
function ulpsBetween(a: number, b: number): number {
  if (Object.is(a, b)) return 0
  number[0] = a
  const first = bits[0]!
  number[0] = b
  return Math.abs(Number(first - bits[0]!))
}

function* patterns(count: number): Generator<number> {
  let state = 88172645463325252n
  for (let i = 0; i < count; i++) {
    state ^= (state << 13n) & 0xffffffffffffffffn
    state ^= state >> 7n
    state ^= (state << 17n) & 0xffffffffffffffffn
    bits[0] = state
    yield number[0]!
  }
}

describe('log', () => {
  test('exact and special values', () => {
    expect(log(1)).toBe(0)
    expect(log(0)).toBe(-Infinity)
    expect(log(-0)).toBe(-Infinity)
    expect(log(Infinity)).toBe(Infinity)
    for (const x of [-1, -Infinity, NaN]) expect(log(x)).toBeNaN()
  })

  test('constants to the last digit a double has', () => {
    expect(log(2)).toBe(0.6931471805599453)
    expect(log(10)).toBe(2.302585092994046)
    expect(log(0.5)).toBe(-0.6931471805599453)
    expect(log(Math.E)).toBe(1)
    expect(log(Number.MIN_VALUE)).toBe(-744.4400719213812)
    expect(log(Number.MAX_VALUE)).toBe(709.782712893384)
  })

  test('within one unit of the engine over all magnitudes, and closely around 1', () => {
    let worst = 0
    for (const x of patterns(200_000)) if (x > 0 && x < Infinity) worst = Math.max(worst, ulpsBetween(log(x), Math.log(x)))
    for (let i = -5000; i < 5000; i++) {
      const x = 1 + i * 2 ** -30
      if (i !== 0) worst = Math.max(worst, ulpsBetween(log(x), Math.log(x)))
    }
    expect(worst).toBeLessThanOrEqual(1)
  })
})

describe('exp', () => {
  test('exact and special values', () => {
    expect(exp(0)).toBe(1)
    expect(exp(-Infinity)).toBe(0)
    expect(exp(Infinity)).toBe(Infinity)
    expect(exp(710)).toBe(Infinity)
    expect(exp(-746)).toBe(0)
    expect(exp(NaN)).toBeNaN()
  })

  test('constants to the last digit a double has', () => {
    expect(ulpsBetween(exp(1), Math.E)).toBeLessThanOrEqual(1)
    expect(exp(-1)).toBe(0.36787944117144233)
    expect(exp(0.5)).toBe(1.6487212707001282)
    expect(exp(10)).toBe(22026.465794806718)
    expect(exp(-745)).toBe(Number.MIN_VALUE)
    expect(exp(1e-10)).toBe(1.0000000001)
  })

  test('within one unit of the engine, from underflow to overflow and near 0', () => {
    let worst = 0
    for (let i = 0; i < 100_000; i++) {
      const x = -745 + (i / 100_000) * 1454.7
      for (const y of [x, x / 1000, x * 1e-12]) worst = Math.max(worst, ulpsBetween(exp(y), Math.exp(y)))
    }
    for (const x of patterns(100_000)) if (Number.isFinite(x)) worst = Math.max(worst, ulpsBetween(exp(x), Math.exp(x)))
    expect(worst).toBeLessThanOrEqual(1)
  })

  test('undoes log', () => {
    for (let x = 1e-300; x < 1e300; x *= 7.3) expect(Math.abs(exp(log(x)) / x - 1)).toBeLessThan(1e-12)
  })
})

describe('normalQuantile', () => {
  /** P(Z > z) for z >= 1 by the continued fraction of the tail, evaluated from its 200th term. */
  function upperTail(z: number): number {
    let fraction = z
    for (let k = 200; k >= 1; k--) fraction = z + k / fraction
    return Math.exp((-z * z) / 2) / (Math.sqrt(2 * Math.PI) * fraction)
  }

  /** P(0 < Z < z) by the series of the error function. */
  function fromMedian(z: number): number {
    let term = z
    let sum = z
    for (let k = 1; k < 200; k++) {
      term *= (-z * z) / (2 * k)
      sum += term / (2 * k + 1)
    }
    return sum / Math.sqrt(2 * Math.PI)
  }

  test('ends, median and symmetry', () => {
    expect(normalQuantile(0.5)).toBe(0)
    expect(normalQuantile(0)).toBe(-Infinity)
    expect(normalQuantile(1)).toBe(Infinity)
    for (const p of [-0.1, 1.1, NaN]) expect(normalQuantile(p)).toBeNaN()
    for (const p of [0.001, 0.2, 0.4375]) expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 12)
  })

  test('the usual quantiles of the tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14)
    expect(normalQuantile(0.995)).toBeCloseTo(2.5758293035489004, 14)
    expect(normalQuantile(0.9)).toBeCloseTo(1.2815515655446004, 14)
    expect(normalQuantile(0.75)).toBeCloseTo(0.6744897501960817, 14)
    expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 13)
  })

  test('the distribution function takes it back, in the middle and far out', () => {
    for (let z = 0.01; z < 2; z += 0.01) expect(Math.abs(normalQuantile(0.5 + fromMedian(z)) - z)).toBeLessThan(1e-14)
    for (let z = 2; z < 37; z += 0.1) expect(Math.abs(normalQuantile(upperTail(z)) + z) / z).toBeLessThan(1e-14)
  })

  test('it rises', () => {
    let before = -Infinity
    let falls = 0
    for (let i = 1; i < 20_000; i++) {
      const z = normalQuantile(i / 20_000)
      if (z <= before) falls++
      before = z
    }
    expect(falls).toBe(0)
  })
})
