// Designs of experiments in the unit cube: random points, Latin hypercubes (McKay, Beckman and Conover, Technometrics 21, 1979) and
// the Sobol sequence with the direction numbers of S. Joe and F. Y. Kuo (SIAM J. Sci. Comput. 30, 2008; new-joe-kuo-6.21201), here
// for up to 21 dimensions. Not which values the coordinates stand for.

import type { Rng } from '../base/random.ts'
import { assert } from '../base/assert.ts'

/** Coordinates, each in [0, 1). */
export type UnitPoint = readonly number[]

/** Independent uniform points. */
export function randomPoints(count: number, dimensions: number, rng: Rng): readonly UnitPoint[] {
  return Array.from({ length: count }, () => Array.from({ length: dimensions }, () => rng.double()))
}

/** In each dimension, exactly one point in each of `count` strata of equal width. */
export function latinHypercube(count: number, dimensions: number, rng: Rng): readonly UnitPoint[] {
  const columns = Array.from({ length: dimensions }, () => {
    const strata = shuffled(count, rng)
    return strata.map((stratum) => (stratum + rng.double()) / count)
  })
  return Array.from({ length: count }, (_, i) => columns.map((column) => column[i]!))
}

function shuffled(count: number, rng: Rng): readonly number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(rng.double() * (i + 1))
    const moved = order[i]!
    order[i] = order[j]!
    order[j] = moved
  }
  return order
}

/** Degree, coefficients and initial numbers of the primitive polynomial of each dimension after the first. */
const DIRECTIONS: readonly (readonly [number, number, readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
  [6, 19, [1, 1, 1, 15, 7, 5]],
  [6, 22, [1, 3, 1, 15, 13, 25]],
  [6, 25, [1, 1, 5, 5, 19, 61]],
  [7, 1, [1, 3, 7, 11, 23, 15, 103]],
  [7, 4, [1, 3, 7, 13, 13, 15, 69]],
]

export const MOST_SOBOL_DIMENSIONS = DIRECTIONS.length + 1

const BITS = 32
const SCALE = 4294967296

/** Direction numbers of one dimension, as fractions of 2^32. */
function directionsOf(dimension: number): Uint32Array {
  const v = new Uint32Array(BITS)
  const row = DIRECTIONS[dimension - 1]
  if (row === undefined) {
    for (let i = 0; i < BITS; i++) v[i] = 1 << (BITS - 1 - i)
    return v
  }
  const [degree, coefficients, initial] = row
  for (let i = 0; i < BITS; i++) {
    if (i < degree) {
      v[i] = initial[i]! << (BITS - 1 - i)
      continue
    }
    let bits = v[i - degree]! ^ (v[i - degree]! >>> degree)
    for (let k = 1; k < degree; k++) if (((coefficients >> (degree - 1 - k)) & 1) === 1) bits ^= v[i - k]!
    v[i] = bits
  }
  return v
}

/**
 * The first `count` points of the Sobol sequence from its beginning, in the Gray code order of Antonov and Saleev, with all bits of
 * each dimension combined by exclusive or with the same random ones (a digital shift); without `rng`, unshifted.
 */
export function sobolPoints(count: number, dimensions: number, rng?: Rng): readonly UnitPoint[] {
  assert(dimensions <= MOST_SOBOL_DIMENSIONS, `Sobol sequence of ${String(dimensions)} dimensions`)
  const directions = Array.from({ length: dimensions }, (_, dimension) => directionsOf(dimension))
  const shifts = directions.map(() => rng?.uint32() ?? 0)
  const state = new Uint32Array(dimensions)
  return Array.from({ length: count }, (_, index) => {
    if (index > 0) {
      // The bit that the Gray code flips is the number of trailing ones of the index before.
      const bit = 31 - Math.clz32(index & -index)
      for (let d = 0; d < dimensions; d++) state[d]! ^= directions[d]![bit]!
    }
    return Array.from(state, (bits, d) => ((bits ^ shifts[d]!) >>> 0) / SCALE)
  })
}

/**
 * The points that Sobol indices are estimated from (A. Saltelli and others, Computer Physics Communications 181, 2010): for each of
 * `count` base points a, b and, for each dimension, a with that coordinate of b; in this order.
 */
export function saltelliPoints(count: number, dimensions: number, rng?: Rng): readonly UnitPoint[] {
  return sobolPoints(count, 2 * dimensions, rng).flatMap((both) => {
    const a = both.slice(0, dimensions)
    const b = both.slice(dimensions)
    return [a, b, ...a.map((_, d) => a.map((own, i) => (i === d ? b[i]! : own)))]
  })
}
