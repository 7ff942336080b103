// Allocation of Tunnel and Session IDs under each policy, in empty, crowded and full tables.

import { describe, expect, test } from 'vitest'
import { Identifiers, type AllocationPolicy } from '../../../sim/l2tp/identifiers.ts'
import { testRng } from '../../support/pair.ts'

const policies: readonly AllocationPolicy[] = ['least-recently-used', 'lowest-free', 'random']

/** A table that takes what it is given; with `free`, all else is taken from the start. */
function table(policy: AllocationPolicy, options: { readonly seed?: number; readonly free?: ReadonlySet<number> } = {}) {
  const { seed = 1, free } = options
  const identifiers = new Identifiers(policy, testRng(seed))
  const taken = new Set<number>()
  const next = (): number => {
    const identifier = identifiers.next((candidate) => taken.has(candidate) || free?.has(candidate) === false)
    taken.add(identifier)
    return identifier
  }
  return { identifiers, taken, next }
}

describe.each(policies)('%s', (policy) => {
  test('R2661-5.3-02 hands out whatever is free once, from 1 to 65535, and then says that none is left', () => {
    const free = new Set([1, 2, 65_535, ...Array.from({ length: 200 }, (_, i) => 3 + 321 * i)])
    const { next } = table(policy, { free })
    expect(new Set(Array.from(free, next))).toEqual(free)
    expect([next(), next()]).toEqual([0, 0])
  })

  test('finds the only one that is free', () => {
    const { identifiers } = table(policy)
    for (const free of [1, 777, 65_535]) expect(identifiers.next((candidate) => candidate !== free)).toBe(free)
  })
})

test('R4951-3.3-16 least recently used: one that was freed comes back last', () => {
  const { taken, next } = table('least-recently-used')
  expect([next(), next(), next()]).toEqual([1, 2, 3])
  taken.delete(1)
  taken.delete(2)
  expect([next(), next()]).toEqual([4, 5])
  for (let i = 6; i <= 65_535; i++) next()
  expect([next(), next()]).toEqual([1, 2])
})

test('R4951-3.3-16 least recently used: after a restart it goes on behind those known to be in use', () => {
  const { identifiers, next } = table('least-recently-used')
  for (const known of [40, 12, 30]) identifiers.skipPast(known)
  expect(next()).toBe(41)
})

test('lowest free: one that was freed comes back at once', () => {
  const { taken, next } = table('lowest-free')
  expect([next(), next(), next()]).toEqual([1, 2, 3])
  taken.delete(2)
  expect([next(), next()]).toEqual([2, 4])
})

test('R2661-9.1-02 random: another seed, another order; the same seed, the same', () => {
  const draw = (seed: number): number[] => {
    const { next } = table('random', { seed })
    return Array.from({ length: 20 }, next)
  }
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
  expect(new Set(draw(1)).size).toBe(20)
})
