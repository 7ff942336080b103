// The common time axis: a map and its inverse, folding, zooming and panning within the run, ticks and fold marks.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../../../sim/base/time.ts'
import { advanced, instantAt, panned, placeOf, revealing, timeAxis, viewScale, zoomed, type TimeAxis } from '../../../web/layout/time-axis.ts'
import { foldMarks, ticksOf } from '../../../web/layout/time-ticks.ts'

const END = 20 * SECOND
/** A handshake of ten messages 10 ms apart, silence, and another one. */
const bursts = Float64Array.from([0, 5].flatMap((start) => Array.from({ length: 10 }, (_, i) => start * SECOND + i * 10 * MILLISECOND)))
const folded = timeAxis('folded', END, bursts)
const linear = timeAxis('linear', END, bursts)

const axes = fc
  .uniqueArray(fc.integer({ min: 1, max: END - 1 }), { maxLength: 60 })
  .map((instants) => timeAxis('folded', END, Float64Array.from(instants).sort()))
const instants = fc.integer({ min: 0, max: END })

describe('the map of time', () => {
  test('goes from 0 to 1, never backwards, for any instants', () => {
    fc.assert(
      fc.property(axes, instants, instants, (axis, a, b) => {
        expect(placeOf(axis, 0)).toBe(0)
        expect(placeOf(axis, END)).toBe(1)
        expect(Math.sign(placeOf(axis, b) - placeOf(axis, a)) * Math.sign(b - a)).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('comes back to the instant within a microsecond', () => {
    fc.assert(
      fc.property(axes, instants, (axis, at) => {
        expect(Math.abs(instantAt(axis, placeOf(axis, at)) - at)).toBeLessThanOrEqual(1000)
      }),
    )
  })

  test('folded, the two handshakes take most of the room; linear, a hundredth', () => {
    const share = (axis: TimeAxis): number => placeOf(axis, 90 * MILLISECOND) + placeOf(axis, 5.09 * SECOND) - placeOf(axis, 5 * SECOND)
    expect(share(linear)).toBeCloseTo(0.009, 6)
    expect(share(folded)).toBeGreaterThan(0.45)
  })

  test('a run without anything in it is linear in either mode', () => {
    const empty = timeAxis('folded', END, new Float64Array())
    expect(placeOf(empty, END / 4)).toBeCloseTo(0.25, 9)
  })
})

describe('the window', () => {
  const whole = { from: 0, to: END }

  test('zooming keeps the instant under the pointer where it is', () => {
    fc.assert(
      fc.property(instants, fc.double({ min: 0.2, max: 0.9, noNaN: true }), (about, factor) => {
        const before = viewScale(folded, whole, 1000).x(about)
        const after = viewScale(folded, zoomed(folded, whole, factor, about), 1000).x(about)
        expect(Math.abs(after - before)).toBeLessThan(1)
      }),
    )
  })

  test('stays within the run and in order, whatever one does', () => {
    const moves = fc.array(fc.oneof(fc.record({ share: fc.double({ min: -3, max: 3, noNaN: true }) }), fc.record({ factor: fc.double({ min: 0.01, max: 30, noNaN: true }), about: instants })))
    fc.assert(
      fc.property(axes, moves, (axis, list) => {
        let window = whole
        for (const move of list) {
          window = 'share' in move ? panned(axis, window, move.share) : zoomed(axis, window, move.factor, move.about)
          expect(window.from).toBeGreaterThanOrEqual(0)
          expect(window.to).toBeLessThanOrEqual(END)
          expect(window.to - window.from).toBeGreaterThanOrEqual(1000)
        }
      }),
    )
  })

  test('an instant outside is brought into sight, one inside moves nothing', () => {
    const near = zoomed(folded, whole, 0.1, 0)
    expect(revealing(folded, near, near.from + (near.to - near.from) / 2)).toBe(near)
    const moved = revealing(folded, near, 10 * SECOND)
    expect(moved.from).toBeLessThan(10 * SECOND)
    expect(moved.to).toBeGreaterThan(10 * SECOND)
  })
})

describe('ticks', () => {
  test('stand in order, apart from each other, with different words', () => {
    fc.assert(
      fc.property(axes, fc.integer({ min: 300, max: 2500 }), (axis, width) => {
        const ticks = ticksOf(viewScale(axis, { from: 0, to: END }, width))
        const labels = ticks.map(({ label }) => label)
        expect(new Set(labels).size).toBe(labels.length)
        ticks.slice(1).forEach((tick, i) => { expect(tick.x - ticks[i]!.x).toBeGreaterThan(60) })
      }),
    )
  })

  test('are round in linear time', () => {
    expect(ticksOf(viewScale(linear, { from: 0, to: END }, 1000)).every(({ at }) => at % (SECOND / 10) === 0)).toBe(true)
  })

  test('the folded silence is marked with its length, and a linear axis has no such marks', () => {
    const marks = foldMarks(viewScale(folded, { from: 0, to: END }, 1000))
    expect(marks.map(({ length }) => Math.round(length / SECOND))).toContain(15)
    expect(foldMarks(viewScale(linear, { from: 0, to: END }, 1000))).toEqual([])
  })
})

describe('playing', () => {
  const whole = { from: 0, to: END }
  /** Cursor after so many frames, each a share of the window. */
  const after = (axis: TimeAxis, frames: number, share: number, from = 0): number => {
    let at = from
    for (let i = 0; i < frames; i++) at = advanced(axis, whole, at, share)
    return at
  }

  test('crosses the window at an even pace on the screen, in folded and in linear time', () => {
    for (const axis of [folded, linear]) expect(placeOf(axis, after(axis, 30, 1 / 60))).toBeCloseTo(0.5, 3)
  })

  test('is as fast in a window that is zoomed in', () => {
    const near = { from: 5 * SECOND, to: 5.1 * SECOND }
    expect(advanced(linear, near, near.from, 0.5)).toBe(5.05 * SECOND)
  })

  test('always moves on, and ends at the end', () => {
    expect(advanced(linear, { from: 0, to: 1000 }, 10, 1e-9)).toBe(11)
    expect(after(folded, 100, 1 / 60)).toBe(END)
  })
})
