// The transmission line: times exact to the nanosecond, the room in the queue, and how many fragments a packet makes.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../../../sim/base/time.ts'
import { Line, REFUSED, fragmentsOf, octetsOnLine } from '../../../sim/net/line.ts'

const MBIT = 1_000_000

describe('transmission', () => {
  test('octets * 8 / bandwidth, from the instant of sending when the line is free', () => {
    const line = new Line(10 * MBIT, Infinity)
    expect(line.transmit(1250, 0)).toBe(MILLISECOND)
    expect(line.transmit(125, 5 * MILLISECOND)).toBe(5.1 * MILLISECOND)
  })

  test('one after another when it is busy', () => {
    const line = new Line(8 * MBIT, Infinity)
    expect([1000, 500, 1].map((octets) => line.transmit(octets, 0))).toEqual([1_000_000, 1_500_000, 1_501_000])
    expect(line.transmit(1, 1_500_500)).toBe(1_502_000)
  })

  test('fractions of a nanosecond add up: a long burst keeps to the bandwidth', () => {
    // 3 bit/s: one octet takes 2 2/3 s.
    const line = new Line(3, Infinity)
    expect(line.transmit(1, 0)).toBe(2_666_666_667)
    expect(line.transmit(1, 0)).toBe(5_333_333_334)
    expect(line.transmit(1, 0)).toBe(8 * SECOND)
    const fast = new Line(7_000_000_007, Infinity)
    let last = 0
    for (let i = 0; i < 70_000; i++) last = fast.transmit(1500, 0)
    expect(last).toBe(Number((70_000n * 1500n * 8n * 1_000_000_000n + 7_000_000_006n) / 7_000_000_007n))
  })

  test('a bandwidth that is no integer is good too', () => {
    expect(new Line(0.5, Infinity).transmit(1, 0)).toBe(16 * SECOND)
  })
})

describe('queue', () => {
  test('holds what has not begun; the datagram in transmission takes no room', () => {
    const line = new Line(8 * MBIT, 1000)
    expect(line.transmit(1000, 0)).toBe(1_000_000)
    expect(line.backlog(0)).toBe(0)
    expect(line.transmit(600, 0)).toBe(1_600_000)
    expect(line.backlog(0)).toBe(600)
    expect(line.transmit(401, 0)).toBe(REFUSED)
    expect(line.transmit(400, 0)).toBe(2_000_000)
    expect(line.backlog(999_999)).toBe(1000)
    expect(line.backlog(1_000_000)).toBe(400)
    expect(line.transmit(600, 1_000_000)).toBe(2_600_000)
    expect(line.backlog(1_600_000)).toBe(600)
    expect(line.backlog(2_600_000)).toBe(0)
  })

  test('what is refused takes no time on the line', () => {
    const line = new Line(8 * MBIT, 0)
    line.transmit(1000, 0)
    expect(line.transmit(1000, 0)).toBe(REFUSED)
    expect(line.transmit(1000, 999_999)).toBe(REFUSED)
    expect(line.transmit(1000, 1_000_000)).toBe(2_000_000)
  })

  test('a queue of thousands is first in, first out', () => {
    const line = new Line(8 * MBIT, Infinity)
    for (let i = 0; i < 5000; i++) expect(line.transmit(1 + (i % 3), 0)).toBeGreaterThan(0)
    let octets = 0
    for (let i = 1; i < 5000; i++) octets += 1 + (i % 3)
    expect(line.backlog(0)).toBe(octets)
    // The first datagram of 1 octet takes 1000 ns; then the second (2 octets) is on the line.
    expect(line.backlog(1000)).toBe(octets - 2)
    expect(line.backlog(3000)).toBe(octets - 2 - 3)
  })

  test('a bandwidth of nothing is no bandwidth', () => {
    expect(() => new Line(0, 0)).toThrow('bandwidth')
  })
})

describe('fragments (RFC 791 3.2)', () => {
  test('1500 octets: the payload of all but the last is a multiple of 8', () => {
    expect(fragmentsOf(1500, 1500)).toBe(1)
    expect(fragmentsOf(1501, 1500)).toBe(2)
    expect(fragmentsOf(20 + 1480 * 2, 1500)).toBe(2)
    expect(fragmentsOf(20 + 1480 * 2 + 1, 1500)).toBe(3)
    // 1006 - 20 = 986, of which 984 are a multiple of 8; the last may carry 986.
    expect(fragmentsOf(20 + 984 + 986, 1006)).toBe(2)
    expect(fragmentsOf(20 + 984 + 987, 1006)).toBe(3)
    expect(fragmentsOf(65_535, 68)).toBe(1 + Math.ceil((65_515 - 48) / 48))
  })

  test('each fragment has a header of its own', () => {
    expect(octetsOnLine(1500, 1)).toBe(1500)
    expect(octetsOnLine(3000, 3)).toBe(3040)
  })

  test('no limit, no fragments; an MTU below a header and a unit is refused', () => {
    expect(fragmentsOf(1e6, Infinity)).toBe(1)
    expect(() => fragmentsOf(100, 27)).toThrow('carries nothing')
  })
})
