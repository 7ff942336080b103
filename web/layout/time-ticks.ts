// Ticks of the time axis. On a folded axis round instants do not come at even distances, so the ticks are chosen by room: in each
// stretch of pixels the roundest instant gets the label. Where the axis jumps over a silence, a fold mark says how long it is.

import { HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND, type Nanos } from '../../sim/base/time.ts'
import type { ViewScale } from './time-axis.ts'

export interface Tick {
  readonly at: Nanos
  readonly x: number
  readonly label: string
}

const STEPS: readonly Nanos[] = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * MICROSECOND),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * MILLISECOND),
  ...[1, 2, 5, 10, 20, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((n) => n * MINUTE),
  ...[1, 2, 5, 10, 24].map((n) => n * HOUR),
]

/** Ticks with labels at least `room` pixels apart. */
export function ticksOf(scale: ViewScale, room = 84): readonly Tick[] {
  const ticks: Tick[] = []
  const stretches = Math.max(1, Math.floor(scale.width / room))
  for (let i = 0; i < stretches; i++) {
    const [left, right] = [scale.at((i * scale.width) / stretches), scale.at(((i + 1) * scale.width) / stretches)]
    const step = STEPS.findLast((candidate) => Math.ceil(left / candidate) * candidate <= right)
    if (step === undefined) continue
    const at = roundest(left, right, step)
    const x = scale.x(at)
    const before = ticks.at(-1)
    if (before !== undefined && (x - before.x < room * 0.8 || at === before.at)) continue
    ticks.push({ at, x, label: '' })
  }
  return ticks.map((tick, i) => ({ ...tick, label: tickLabel(tick.at, neighbourDistance(ticks, i)) }))
}

/** The multiple of `step` nearest to the middle. */
function roundest(left: Nanos, right: Nanos, step: Nanos): Nanos {
  const [first, last] = [Math.ceil(left / step), Math.floor(right / step)]
  return Math.round((first + last) / 2) * step
}

function neighbourDistance(ticks: readonly { readonly at: Nanos }[], i: number): Nanos {
  const at = ticks[i]!.at
  const before = i > 0 ? at - ticks[i - 1]!.at : Infinity
  const after = i + 1 < ticks.length ? ticks[i + 1]!.at - at : Infinity
  return Math.min(before, after)
}

/** Seconds with as many decimals as tell it from its neighbours, never fewer than it needs itself (up to a microsecond). */
function tickLabel(at: Nanos, distance: Nanos): string {
  for (let decimals = 0; decimals < 9; decimals++) {
    const unit = SECOND / 10 ** decimals
    if (at % unit === 0 || (unit <= distance / 10 && decimals > 0)) return `${(at / SECOND).toFixed(decimals)} s`
  }
  return `${(at / SECOND).toFixed(9)} s`
}

/** Half the width of the words of a tick. */
const half = (label: string): number => label.length * 3.1

/** Where the middle of its words stands: over the tick, but within the ruler. */
export const tickMiddle = ({ x, label }: Tick, width: number): number =>
  Math.min(Math.max(x, half(label) + 2), width - half(label) - 2)

export interface FoldMark {
  readonly x: number
  readonly length: Nanos
}

/** A pixel of a silence stands for so many times more than a pixel of what is usual in sight. */
const MUCH_FASTER = 20

/** Silences that a folded axis makes short, where they are wide enough for a mark. */
export function foldMarks(scale: ViewScale, room = 40): readonly FoldMark[] {
  if (scale.axis.mode === 'linear') return []
  const pieces = piecesOf(scale)
  const paces = pieces.map(({ length, width }) => length / width).sort((a, b) => a - b)
  const usual = paces[paces.length >> 1] ?? 0
  const marks: FoldMark[] = []
  for (const { x, width, length } of pieces) {
    const last = marks.at(-1)
    if (width < 10 || length / width < usual * MUCH_FASTER) continue
    if (last === undefined || x - last.x >= room) marks.push({ x, length })
  }
  return marks
}

interface Piece {
  /** Middle of what is in sight of it. */
  readonly x: number
  readonly width: number
  readonly length: Nanos
}

/** Pieces of the axis that are in sight. */
function piecesOf(scale: ViewScale): readonly Piece[] {
  const { axis, window, width } = scale
  const pieces: Piece[] = []
  for (let i = 0; i + 1 < axis.times.length; i++) {
    const [from, to] = [axis.times[i]!, axis.times[i + 1]!]
    if (to < window.from || from > window.to) continue
    const [left, right] = [scale.x(from), scale.x(to)]
    if (right > left) pieces.push({ x: (Math.max(left, 0) + Math.min(right, width)) / 2, width: right - left, length: to - from })
  }
  return pieces
}
