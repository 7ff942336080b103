// The hash of names: names that look alike, as those of thousands of endpoints do, must not meet.

import { expect, test } from 'vitest'
import { hashName } from '../../../sim/base/name-hash.ts'

const COUNT = 50_000
const names = Array.from({ length: COUNT }, (_, i) => [`lac${i}`, `lac${i}>lns1`, `10.${i >> 8}.${i & 255}.1:1701`]).flat()

test('no two of 150,000 similar names have the same 64 bits', () => {
  expect(new Set(names.map((name) => hashName(name).join())).size).toBe(names.length)
})

test('each of the two words alone is as good as 32 random bits', () => {
  for (const word of [0, 1] as const) {
    const distinct = new Set(names.map((name) => hashName(name)[word])).size
    // Random words would collide n^2 / 2^33 times, here 2.6: a Poisson variable that exceeds 12 once in 100,000.
    expect(names.length - distinct).toBeLessThanOrEqual(12)
  }
})

test('every bit of both words is set for half of the names', () => {
  for (const word of [0, 1] as const) {
    for (let bit = 0; bit < 32; bit++) {
      const set = names.filter((name) => ((hashName(name)[word] >>> bit) & 1) === 1).length
      // Five standard deviations of a fair coin.
      expect(Math.abs(set - names.length / 2)).toBeLessThan(5 * Math.sqrt(names.length / 4))
    }
  }
})

test('place and length of the characters count', () => {
  const alike = ['', 'a', 'aa', 'ab', 'ba', '\0', '\0\0', 'A']
  expect(new Set(alike.map((name) => hashName(name).join())).size).toBe(alike.length)
})
