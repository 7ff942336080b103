// The common time axis: a monotone map from simulated time to a place in [0, 1] and back. Linear, or folded: there a silence of
// length g takes room as the cube root of g, so that milliseconds of handshake and minutes of silence fit one picture.
// Coordinate spaces: `time` in nanoseconds, `place` in [0, 1] along the whole run, `x` in pixels of a view.

import type { Nanos } from '../../sim/base/time.ts'

export type AxisMode = 'folded' | 'linear'

export interface TimeAxis {
  readonly mode: AxisMode
  readonly end: Nanos
  /** Knots of the map, ascending; between them it is linear. */
  readonly times: Float64Array
  readonly places: Float64Array
}

/** The part of the run that is shown. */
export interface TimeWindow {
  readonly from: Nanos
  readonly to: Nanos
}

/** Knots at most: finer than any screen. */
const MOST_KNOTS = 8192

/** `instants` are those at which something happens, ascending; duplicates do not matter. */
export function timeAxis(mode: AxisMode, end: Nanos, instants: Float64Array): TimeAxis {
  const last = Math.max(end, 1)
  if (mode === 'linear') return { mode, end: last, times: Float64Array.of(0, last), places: Float64Array.of(0, 1) }
  const times = knotsOf(instants, last)
  const places = new Float64Array(times.length)
  let sum = 0
  for (let i = 1; i < times.length; i++) places[i] = sum += Math.cbrt(times[i]! - times[i - 1]!)
  for (let i = 1; i < times.length; i++) places[i] = places[i]! / sum
  places[times.length - 1] = 1
  return { mode, end: last, times, places }
}

/** Distinct instants from 0 to `end`, thinned evenly where there are too many. */
function knotsOf(instants: Float64Array, end: Nanos): Float64Array {
  const distinct: number[] = [0]
  const step = Math.max(1, Math.ceil(instants.length / MOST_KNOTS))
  for (let i = 0; i < instants.length; i += step) {
    const at = instants[i]!
    if (at > distinct[distinct.length - 1]! && at < end) distinct.push(at)
  }
  distinct.push(end)
  return Float64Array.from(distinct)
}

function segment(knots: Float64Array, value: number): number {
  let low = 0
  let high = knots.length - 1
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (knots[middle]! <= value) low = middle
    else high = middle
  }
  return low
}

function mapped(from: Float64Array, to: Float64Array, value: number): number {
  const i = segment(from, value)
  const length = from[i + 1]! - from[i]!
  const share = length > 0 ? (value - from[i]!) / length : 0
  return to[i]! + share * (to[i + 1]! - to[i]!)
}

/** Place of an instant; outside the run it goes on with the slope of the nearest piece. */
export const placeOf = ({ times, places }: TimeAxis, at: Nanos): number => mapped(times, places, at)

/** The instant at a place, rounded to a nanosecond and kept within the run. */
export function instantAt({ times, places, end }: TimeAxis, place: number): Nanos {
  return Math.min(end, Math.max(0, Math.round(mapped(places, times, place))))
}

/** Maps instants to pixels of a view `width` wide that shows `window`. */
export interface ViewScale {
  readonly axis: TimeAxis
  readonly window: TimeWindow
  readonly width: number
  x(at: Nanos): number
  at(x: number): Nanos
}

export function viewScale(axis: TimeAxis, window: TimeWindow, width: number): ViewScale {
  const from = placeOf(axis, window.from)
  const span = Math.max(placeOf(axis, window.to) - from, 1e-12)
  return {
    axis,
    window,
    width,
    x: (at) => ((placeOf(axis, at) - from) / span) * width,
    at: (x) => instantAt(axis, from + (x / width) * span),
  }
}

/** A window zoomed by `factor` (below 1: closer) about an instant that stays where it is. Never outside the run. */
export function zoomed(axis: TimeAxis, window: TimeWindow, factor: number, about: Nanos): TimeWindow {
  const [from, to, fixed] = [placeOf(axis, window.from), placeOf(axis, window.to), placeOf(axis, about)]
  return windowOf(axis, fixed - (fixed - from) * factor, fixed + (to - fixed) * factor)
}

/** A window moved by a share of its own width. */
export function panned(axis: TimeAxis, window: TimeWindow, share: number): TimeWindow {
  const [from, to] = [placeOf(axis, window.from), placeOf(axis, window.to)]
  const by = Math.min(Math.max((to - from) * share, -from), 1 - to)
  return windowOf(axis, from + by, to + by)
}

/** An instant moved forward by a share of the window's width on the screen, a nanosecond at least. */
export function advanced(axis: TimeAxis, { from, to }: TimeWindow, at: Nanos, share: number): Nanos {
  const by = (placeOf(axis, to) - placeOf(axis, from)) * share
  return Math.min(axis.end, Math.max(at + 1, instantAt(axis, placeOf(axis, at) + by)))
}

/** Shortest window: a microsecond, a hundred times less than the shortest latency one looks at. */
export const SHORTEST_WINDOW: Nanos = 1000

function windowOf(axis: TimeAxis, from: number, to: number): TimeWindow {
  const start = instantAt(axis, Math.max(0, from))
  const end = instantAt(axis, Math.min(1, to))
  if (end - start >= SHORTEST_WINDOW || end - start >= axis.end) return { from: start, to: end }
  const middle = Math.min(Math.max((start + end) / 2, SHORTEST_WINDOW / 2), axis.end - SHORTEST_WINDOW / 2)
  return { from: Math.max(0, Math.round(middle - SHORTEST_WINDOW / 2)), to: Math.min(axis.end, Math.round(middle + SHORTEST_WINDOW / 2)) }
}

/** A window moved, not scaled, so that an instant lies inside it with some room; itself if it does already. */
export function revealing(axis: TimeAxis, window: TimeWindow, at: Nanos): TimeWindow {
  const [from, to, place] = [placeOf(axis, window.from), placeOf(axis, window.to), placeOf(axis, at)]
  const margin = (to - from) * 0.05
  if (place >= from + margin * 0.2 && place <= to - margin * 0.2) return window
  const by = place < from + margin ? place - from - margin * 4 : place - to + margin * 4
  const bounded = Math.min(Math.max(by, -from), 1 - to)
  return windowOf(axis, from + bounded, to + bounded)
}
