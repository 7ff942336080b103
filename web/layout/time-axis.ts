// The common time axis: a monotone map from simulated time to a place in [0, 1] and back. Linear, or folded: there a silence of
// length g takes room as the cube root of g, so that milliseconds of handshake and minutes of silence fit one picture.
// Coordinate spaces: `time` in nanoseconds, `place` in [0, 1] along the whole run, `x` in pixels of a view.

import { interpolateNumber, scaleLinear, type ScaleLinear } from 'd3'
import type { Nanos } from '../../sim/base/time.ts'

export type AxisMode = 'folded' | 'linear'

export interface TimeAxis {
  readonly mode: AxisMode
  readonly end: Nanos
  /** Knots of the map, ascending; between them it is linear. */
  readonly times: readonly Nanos[]
  /** From instants to places. */
  readonly scale: ScaleLinear<number, number>
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
  const times = mode === 'linear' ? [0, last] : knotsOf(instants, last)
  const rooms = times.map((at, i) => (i === 0 ? 0 : Math.cbrt(at - times[i - 1]!)))
  let sum = 0
  const sums = rooms.map((room) => (sum += room))
  return { mode, end: last, times, scale: scaleLinear(times, sums.map((so) => so / sum)).interpolate(interpolateNumber) }
}

/** Distinct instants from 0 to `end`, thinned evenly where there are too many. */
function knotsOf(instants: Float64Array, end: Nanos): readonly Nanos[] {
  const distinct: number[] = [0]
  const step = Math.max(1, Math.ceil(instants.length / MOST_KNOTS))
  for (let i = 0; i < instants.length; i += step) {
    const at = instants[i]!
    if (at > distinct[distinct.length - 1]! && at < end) distinct.push(at)
  }
  distinct.push(end)
  return distinct
}

/** Place of an instant; outside the run it goes on with the slope of the nearest piece. */
export const placeOf = ({ scale }: TimeAxis, at: Nanos): number => scale(at)

/** The instant at a place, rounded to a nanosecond and kept within the run. */
export const instantAt = ({ scale, end }: TimeAxis, place: number): Nanos =>
  Math.min(end, Math.max(0, Math.round(scale.invert(place))))

/** Maps instants to pixels of a view `width` wide that shows `window`. */
export interface ViewScale {
  readonly axis: TimeAxis
  readonly window: TimeWindow
  readonly width: number
  /** From places to pixels. */
  readonly pixels: ScaleLinear<number, number>
  x(at: Nanos): number
  at(x: number): Nanos
}

export function viewScale(axis: TimeAxis, window: TimeWindow, width: number): ViewScale {
  const from = placeOf(axis, window.from)
  const pixels = scaleLinear([from, Math.max(placeOf(axis, window.to), from + 1e-12)], [0, width]).interpolate(interpolateNumber)
  return {
    axis,
    window,
    width,
    pixels,
    x: (at) => pixels(placeOf(axis, at)),
    at: (x) => instantAt(axis, pixels.invert(x)),
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
const SHORTEST_WINDOW: Nanos = 1000

/** The window between two places, within the run and never shorter than the shortest. */
export function windowOf(axis: TimeAxis, from: number, to: number): TimeWindow {
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
