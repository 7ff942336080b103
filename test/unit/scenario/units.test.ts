// Quantities with units: what is read, what is refused and why, and that everything printed reads back exactly.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NEVER } from '../../../sim/base/time.ts'
import {
  bandwidth,
  duration,
  measure,
  orWord,
  orZeroWord,
  packetRate,
  probability,
  type Quantity,
  size,
} from '../../../sim/scenario/units.ts'

const quantities = { duration, probability, bandwidth, size, packetRate, measure }
type Name = keyof typeof quantities

const value = (quantity: Quantity, text: unknown): number | string => {
  const reading = quantity.read(text)
  return reading.ok ? reading.value : `${reading.why}${reading.suggestion === undefined ? '' : ` -> ${reading.suggestion}`}`
}

describe('durations', () => {
  test.each([
    ['40ms', 40_000_000],
    ['1.5s', 1_500_000_000],
    ['2min', 120_000_000_000],
    ['1h', 3_600_000_000_000],
    ['100us', 100_000],
    ['100 µs', 100_000],
    ['7ns', 7],
    ['0', 0],
    [0, 0],
    ['1.1s', 1_100_000_000],
    ['0.000000001s', 1],
    ['8985600.123456789s', 8_985_600_123_456_789],
  ])('%s is %d ns', (text, nanos) => {
    expect(value(duration, text)).toBe(nanos)
  })

  test.each([
    ['5', 'needs a unit -> 5s'],
    [5, 'needs a unit -> 5s'],
    ['5m', 'has an unknown unit `m` -> 5min'],
    ['2 Seconds', 'has an unknown unit `Seconds` -> 2s'],
    ['3MS', 'has an unknown unit `MS` -> 3ms'],
    ['4 parsecs', 'has an unknown unit `parsecs`'],
    ['-5s', 'must not be negative'],
    [-5, 'must not be negative'],
    ['0.1ns', 'is too large or finer than one nanosecond'],
    ['9000000000s', 'is too large or finer than one nanosecond'],
    ['soon', 'is not a duration'],
    [true, 'is not a duration'],
    [null, 'is not a duration'],
    [{}, 'is not a duration'],
  ])('%s %s', (text, why) => {
    expect(value(duration, text)).toBe(why)
  })
})

describe('the other quantities', () => {
  test.each<[Name, unknown, number]>([
    ['probability', '1%', 0.01],
    // 0.7 / 100 is not the double nearest to 0.007.
    ['probability', '0.7%', 0.007],
    ['probability', 0.25, 0.25],
    ['probability', '100%', 1],
    ['probability', 1e-9, 1e-9],
    ['bandwidth', '10Mbit/s', 10_000_000],
    ['bandwidth', '1.5 Gbit/s', 1_500_000_000],
    ['size', '64kB', 64_000],
    ['size', '64KiB', 65_536],
    ['size', '1500B', 1500],
    ['size', 1500, 1500],
    ['size', '1500', 1500],
    ['packetRate', '50/s', 50],
    ['packetRate', '6/min', 0.1],
    ['packetRate', 0, 0],
    ['measure', 3, 3],
    ['measure', '-3.5', -3.5],
    ['measure', '2s', 2_000_000_000],
    ['measure', '1%', 0.01],
    ['measure', '64kB', 64_000],
  ])('%s: %s is %d', (name, text, number) => {
    expect(value(quantities[name], text)).toBe(number)
  })

  test.each<[Name, unknown, string]>([
    ['probability', '101%', 'lies outside 0 to 1 (0% to 100%)'],
    ['probability', 5, 'lies outside 0 to 1 (0% to 100%) -> 5%'],
    ['probability', '1s', 'has an unknown unit `s` -> 1%'],
    ['bandwidth', '10Mbps', 'has an unknown unit `Mbps` -> 10Mbit/s'],
    ['bandwidth', '10mbit/s', 'has an unknown unit `mbit/s` -> 10Mbit/s'],
    ['bandwidth', '10', 'needs a unit -> 10bit/s'],
    ['size', '64kb', 'has an unknown unit `kb` -> 64kB'],
    ['size', '1.5B', 'is too large or finer than one octet'],
    ['packetRate', 50, 'needs a unit -> 50/s'],
    ['packetRate', '50/h', 'has an unknown unit `/h` -> 50/s'],
    ['measure', 'many', 'is not a number'],
  ])('%s: %s %s', (name, text, why) => {
    expect(value(quantities[name], text)).toBe(why)
  })

  test('a word stands for infinity or for zero', () => {
    expect(value(orWord(duration, 'never'), 'never')).toBe(NEVER)
    expect(orWord(duration, 'never').write(NEVER)).toBe('never')
    expect(value(orZeroWord(packetRate, 'none'), 'none')).toBe(0)
    expect(orZeroWord(packetRate, 'none').write(0)).toBe('none')
  })
})

describe('printing', () => {
  test.each<[Name, number, string | number]>([
    ['duration', 0, '0s'],
    ['duration', 90_000_000_000, '90s'],
    ['duration', 120_000_000_000, '2min'],
    ['duration', 5_400_000_000_000, '90min'],
    ['duration', 1_250_000_000, '1.25s'],
    ['duration', 1_234_567, '1234.567us'],
    ['duration', 1_000_000_001, '1000000.001us'],
    ['probability', 0.01, '1%'],
    ['probability', 0, 0],
    ['bandwidth', 2_500_000, '2.5Mbit/s'],
    ['size', 1500, '1500B'],
    ['size', 64_000, '64kB'],
    ['packetRate', 0.1, '0.1/s'],
  ])('%s: %d is %s', (name, number, text) => {
    expect(quantities[name].write(number)).toBe(text)
  })

  const readsBack = (quantity: Quantity, numbers: fc.Arbitrary<number>): void => {
    fc.assert(fc.property(numbers, (number) => value(quantity, quantity.write(number)) === number))
  }

  test('everything printed reads back exactly', () => {
    readsBack(duration, fc.maxSafeNat())
    readsBack(size, fc.maxSafeNat())
    readsBack(bandwidth, fc.integer({ min: 1, max: 1_000_000_000_000_000 }))
    readsBack(probability, fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs))
    readsBack(packetRate, fc.double({ min: 1e-6, max: 1e9, noNaN: true }))
    readsBack(measure, fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)))
  })

  test('any text is read or refused, never thrown at', () => {
    const inputs = fc.oneof(fc.string(), fc.stringMatching(/^[+-]?\d+(\.\d+)? ?[a-zA-Z%/µ]*$/), fc.anything())
    fc.assert(
      fc.property(inputs, (input) => {
        for (const quantity of Object.values(quantities)) {
          const reading = quantity.read(input)
          expect(reading.ok ? Number.isFinite(reading.value) : reading.why.length > 0).toBe(true)
        }
      }),
    )
  })
})
