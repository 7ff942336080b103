// Latency distributions against theory: quantiles from their closed forms, and mean and spread of what a link really draws.

import { describe, expect, test } from 'vitest'
import { HOUR, MILLISECOND, SECOND } from '../../../sim/base/time.ts'
import { stream } from '../../../sim/kernel/rng.ts'
import { quantileOf, type Latency } from '../../../sim/net/latency.ts'

const DRAWS = 200_000

/** Mean and standard deviation of as many draws of a fixed stream. */
function moments(latency: Latency): { readonly mean: number; readonly deviation: number; readonly least: number } {
  const quantile = quantileOf(latency)
  const rng = stream('1', 'latency')
  const values = Array.from({ length: DRAWS }, () => quantile(rng.double()))
  const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS
  const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / DRAWS
  return { mean, deviation: Math.sqrt(variance), least: values.reduce((a, b) => Math.min(a, b)) }
}

/** Four standard errors of a mean: a right distribution fails under 1 seed in 16,000, and the seed is fixed. */
const tolerance = (deviation: number): number => (4 * deviation) / Math.sqrt(DRAWS)

describe('constant', () => {
  test('is what it says', () => {
    expect(quantileOf({ kind: 'constant', latency: 40 })(0.3)).toBe(40)
  })
})

describe('uniform', () => {
  test('every integer from end to end alike', () => {
    const quantile = quantileOf({ kind: 'uniform', least: 10, most: 14 })
    expect([0, 0.19, 0.2, 0.5, 0.799, 0.8, 1 - 2 ** -53].map(quantile)).toEqual([10, 10, 11, 12, 13, 14, 14])
  })

  test('mean in the middle, deviation a twelfth of the square', () => {
    const { mean, deviation } = moments({ kind: 'uniform', least: 10 * MILLISECOND, most: 50 * MILLISECOND })
    const expected = (40 * MILLISECOND) / Math.sqrt(12)
    expect(Math.abs(mean - 30 * MILLISECOND)).toBeLessThan(tolerance(expected))
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(0.01)
  })

  test('of one value', () => {
    expect(quantileOf({ kind: 'uniform', least: 7, most: 7 })(0.9)).toBe(7)
  })
})

describe('normal', () => {
  const latency: Latency = { kind: 'normal', mean: 100 * MILLISECOND, deviation: 10 * MILLISECOND }

  test('quantiles of the tables', () => {
    const quantile = quantileOf(latency)
    expect(quantile(0.5)).toBe(100 * MILLISECOND)
    expect(quantile(0.975)).toBe(Math.round((100 + 10 * 1.959963984540054) * MILLISECOND))
    expect(quantile(0.025)).toBe(Math.round((100 - 10 * 1.959963984540054) * MILLISECOND))
  })

  test('mean and deviation', () => {
    const { mean, deviation } = moments(latency)
    expect(Math.abs(mean - 100 * MILLISECOND)).toBeLessThan(tolerance(10 * MILLISECOND))
    expect(Math.abs(deviation / (10 * MILLISECOND) - 1)).toBeLessThan(0.01)
  })

  test('what would be negative is 0', () => {
    const wide: Latency = { kind: 'normal', mean: MILLISECOND, deviation: 10 * MILLISECOND }
    expect(quantileOf(wide)(0)).toBe(0)
    expect(quantileOf(wide)(0.1)).toBe(0)
    expect(moments(wide).least).toBe(0)
  })

  test('no deviation is a constant', () => {
    expect(quantileOf({ kind: 'normal', mean: 5, deviation: 0 })(0.01)).toBe(5)
    expect(quantileOf({ kind: 'normal', mean: 5, deviation: 0 })(0)).toBe(0)
  })
})

describe('exponential', () => {
  const latency: Latency = { kind: 'exponential', minimum: 5 * MILLISECOND, mean: 20 * MILLISECOND }

  test('half of it lies below minimum + mean ln 2', () => {
    expect(quantileOf(latency)(0.5)).toBe(Math.round((5 + 20 * Math.LN2) * MILLISECOND))
    expect(quantileOf(latency)(0)).toBe(5 * MILLISECOND)
  })

  test('mean and deviation are alike but for the minimum', () => {
    const { mean, deviation, least } = moments(latency)
    expect(Math.abs(mean - 25 * MILLISECOND)).toBeLessThan(tolerance(20 * MILLISECOND))
    expect(Math.abs(deviation / (20 * MILLISECOND) - 1)).toBeLessThan(0.02)
    expect(least).toBeGreaterThanOrEqual(5 * MILLISECOND)
  })

  test('the greatest draw there is stays finite: 53 bits reach 53 ln 2 means', () => {
    const greatest = quantileOf({ kind: 'exponential', minimum: 0, mean: SECOND })(1 - 2 ** -53)
    expect(Math.abs(greatest / SECOND - 53 * Math.LN2)).toBeLessThan(1e-8)
  })
})

describe('pareto', () => {
  test('quantiles: minimum / (1 - u)^(1 / shape)', () => {
    const quantile = quantileOf({ kind: 'pareto', minimum: 10 * MILLISECOND, shape: 2 })
    expect(quantile(0)).toBe(10 * MILLISECOND)
    expect(quantile(0.75)).toBe(20 * MILLISECOND)
    expect(quantile(0.99)).toBe(100 * MILLISECOND)
  })

  test('mean minimum * shape / (shape - 1), and its deviation', () => {
    const shape = 5
    const { mean, deviation } = moments({ kind: 'pareto', minimum: 10 * MILLISECOND, shape })
    const expected = 10 * MILLISECOND * Math.sqrt(shape / ((shape - 1) * (shape - 1) * (shape - 2)))
    expect(Math.abs(mean - 12.5 * MILLISECOND)).toBeLessThan(tolerance(expected))
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(0.05)
  })

  test('the tail is cut off at an hour, or at a minimum beyond it', () => {
    expect(quantileOf({ kind: 'pareto', minimum: 1, shape: 0.1 })(0.9999999)).toBe(HOUR)
    expect(quantileOf({ kind: 'pareto', minimum: 2 * HOUR, shape: 1 })(0.9)).toBe(2 * HOUR)
  })
})

describe('quantiles', () => {
  const quantile = quantileOf({ kind: 'quantiles', quantiles: [0, 10, 100, 1000, 1000] })

  test('the table at its places, linear between', () => {
    expect([0, 0.25, 0.5, 0.75].map(quantile)).toEqual([0, 10, 100, 1000])
    expect(quantile(0.125)).toBe(5)
    expect(quantile(0.625)).toBe(550)
    expect(quantile(1 - 2 ** -53)).toBe(1000)
  })

  test('two quantiles are a uniform distribution', () => {
    const { mean } = moments({ kind: 'quantiles', quantiles: [0, SECOND] })
    expect(Math.abs(mean - SECOND / 2)).toBeLessThan(tolerance(SECOND / Math.sqrt(12)))
  })
})
