// Designs: the Sobol sequence against SciPy 1.17.1 (qmc.Sobol, which has the same direction numbers), and what each design promises.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stream } from '../../../sim/kernel/rng.ts'
import { latinHypercube, MOST_SOBOL_DIMENSIONS, randomPoints, saltelliPoints, sobolPoints } from '../../../sim/sweep/sampling.ts'

test('points 5, 15 and 1023 of the Sobol sequence are those of SciPy in all 21 dimensions', () => {
  const points = sobolPoints(1024, MOST_SOBOL_DIMENSIONS)
  expect(points[0]).toEqual(Array.from({ length: 21 }, () => 0))
  expect(points[5]).toEqual([0.875, 0.875, 0.125, 0.375, 0.875, 0.625, 0.875, 0.375, 0.375, 0.125, 0.375, 0.875, 0.875, 0.125, 0.875, 0.375, 0.875, 0.375, 0.375, 0.625, 0.625])
  expect(points[15]).toEqual([0.0625, 0.9375, 0.5625, 0.3125, 0.6875, 0.1875, 0.8125, 0.3125, 0.3125, 0.6875, 0.0625, 0.1875, 0.3125, 0.5625, 0.9375, 0.8125, 0.9375, 0.9375, 0.3125, 0.6875, 0.8125])
  expect(points[1023]).toEqual([
    0.0009765625, 0.7529296875, 0.6123046875, 0.1455078125, 0.1865234375, 0.4384765625, 0.1396484375, 0.6181640625, 0.3447265625, 0.8505859375, 0.6787109375,
    0.0361328125, 0.1298828125, 0.6650390625, 0.3623046875, 0.4638671875, 0.3134765625, 0.8759765625, 0.5849609375, 0.3193359375, 0.8662109375,
  ])
})

test('shifted, each dimension still has one of 2^k points in each interval of width 2^-k', () => {
  const points = sobolPoints(64, 8, stream('7', 'test'))
  for (let d = 0; d < 8; d++) expect(new Set(points.map((point) => Math.floor(point[d]! * 64))).size).toBe(64)
})

test('a Latin hypercube meets each stratum of each dimension once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 6 }), fc.string(), (count, dimensions, seed) => {
      const points = latinHypercube(count, dimensions, stream(seed, 'lhs'))
      for (let d = 0; d < dimensions; d++) {
        expect(points.map((point) => Math.floor(point[d]! * count)).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
      }
    }),
    { numRuns: 40 },
  )
})

describe('a Saltelli design', () => {
  test('moves one coordinate at a time from the first base point to the second', () => {
    const points = saltelliPoints(4, 3, stream('1', 'test'))
    expect(points).toHaveLength(4 * 5)
    for (let base = 0; base < 4; base++) {
      const [a = [], b = [], ...moved] = points.slice(base * 5, base * 5 + 5)
      for (const [d, point] of moved.entries()) expect(point).toEqual(a.map((own, i) => (i === d ? b[i] : own)))
    }
  })
})

test('the same seed draws the same design, another seed another', () => {
  const draw = (seed: string): unknown => [randomPoints(5, 2, stream(seed, 'x')), latinHypercube(5, 2, stream(seed, 'x'))]
  expect(draw('1')).toEqual(draw('1'))
  expect(draw('1')).not.toEqual(draw('2'))
})
