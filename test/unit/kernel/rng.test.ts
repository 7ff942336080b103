// Named random streams: what a stream depends on (seed and name) and what it does not (everything else), and that streams of
// similar names have nothing to do with each other.

import { describe, expect, test } from 'vitest'
import type { Rng } from '../../../sim/base/random.ts'
import { Kernel } from '../../../sim/kernel/kernel.ts'
import { stream } from '../../../sim/kernel/rng.ts'

const draws = (rng: Rng, count: number): readonly number[] => Array.from({ length: count }, () => rng.double())

describe('what a stream depends on', () => {
  test('seed and name give the stream, the same in every kernel', () => {
    expect(draws(new Kernel('1').rng('a'), 20)).toEqual(draws(new Kernel('1').rng('a'), 20))
    expect(draws(new Kernel('1').rng('a'), 20)).not.toEqual(draws(new Kernel('2').rng('a'), 20))
    expect(draws(new Kernel('1').rng('a'), 20)).not.toEqual(draws(new Kernel('1').rng('b'), 20))
  })

  test('the seed is its text: 7 and 007 differ', () => {
    expect(stream('7', 'a').double()).not.toBe(stream('007', 'a').double())
  })

  test('no shift of characters between seed and name gives the same stream', () => {
    expect(stream('1', '1a').double()).not.toBe(stream('11', 'a').double())
    expect(stream('a\0b', 'c').double()).not.toBe(stream('a', 'b\0c').double())
    expect(stream('', 'x').double()).not.toBe(stream('x', '').double())
  })

  test('the same name gives the same object, which goes on where it stands', () => {
    const kernel = new Kernel('1')
    const expected = draws(stream('1', 'a'), 10)
    const first = draws(kernel.rng('a'), 5)
    kernel.rng('other').double()
    expect([...first, ...draws(kernel.rng('a'), 5)]).toEqual(expected)
    expect(kernel.rng('a')).toBe(kernel.rng('a'))
  })

  test('other streams, before or between, move nothing', () => {
    const busy = new Kernel('1')
    for (let i = 0; i < 100; i++) draws(busy.rng(`link:${i}`), i)
    expect(draws(busy.rng('a'), 20)).toEqual(draws(new Kernel('1').rng('a'), 20))
  })

  test('its state can be read, and tells where it stands', () => {
    const [one, other] = [stream('1', 'a'), stream('1', 'a')]
    expect(one.state()).toEqual(other.state())
    one.double()
    expect(one.state()).not.toEqual(other.state())
    other.double()
    expect(one.state()).toEqual(other.state())
  })
})

describe('what a stream gives', () => {
  // Chi-square with 99 degrees of freedom: 99 +- 4.5 standard deviations of sqrt(2 * 99).
  const LEAST = 99 - 4.5 * Math.sqrt(198)
  const MOST = 99 + 4.5 * Math.sqrt(198)

  /** How evenly values of [0, 1) fill a grid of 10 by 10 with the values that follow them. */
  function pairChiSquare(values: readonly number[]): number {
    const cells = new Array<number>(100).fill(0)
    for (let i = 0; i + 1 < values.length; i += 2) cells[Math.floor(values[i]! * 10) * 10 + Math.floor(values[i + 1]! * 10)]! += 1
    const expected = Math.floor(values.length / 2) / 100
    return cells.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0)
  }

  test('successive draws of one stream are even and independent in pairs', () => {
    const chiSquare = pairChiSquare(draws(stream('1', 'a'), 40_000))
    expect(chiSquare).toBeGreaterThan(LEAST)
    expect(chiSquare).toBeLessThan(MOST)
  })

  test('first draws of streams whose names follow each other are as independent', () => {
    const firsts = Array.from({ length: 20_000 }, (_, i) => stream('1', `link:lac${i}>lns1/loss`).double())
    const chiSquare = pairChiSquare(firsts)
    expect(chiSquare).toBeGreaterThan(LEAST)
    expect(chiSquare).toBeLessThan(MOST)
  })

  test('first draws of one name under seeds that follow each other are as independent', () => {
    const firsts = Array.from({ length: 20_000 }, (_, i) => stream(String(i), 'a').double())
    const chiSquare = pairChiSquare(firsts)
    expect(chiSquare).toBeGreaterThan(LEAST)
    expect(chiSquare).toBeLessThan(MOST)
  })

  test('uint32 covers 32 bits, double 53', () => {
    const rng = stream('1', 'a')
    const words = Array.from({ length: 10_000 }, () => rng.uint32())
    expect(words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true)
    expect(words.reduce((all, word) => (all | word) >>> 0, 0)).toBe(0xffffffff)
    const lowBits = draws(rng, 1000).map((x) => (x * 2 ** 53) % 2)
    expect(lowBits.filter((bit) => bit === 1).length).toBeGreaterThan(400)
    expect(lowBits.filter((bit) => bit === 1).length).toBeLessThan(600)
  })
})
