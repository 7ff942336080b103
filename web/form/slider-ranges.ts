// How far the sliders reach. The schema says what is allowed; this says what is worth trying, so that the middle of a slider is where
// things change. Which parameters stand at the top of the panel is decided here too.

import { MILLISECOND, SECOND, type Nanos } from '../../sim/base/time.ts'

export interface Range {
  readonly min: number
  readonly max: number
  /** Values are multiples of it. */
  readonly step: number
  /** 1: even; above: finer near `min`. Position p in [0, 1] stands for min + (max - min) · p^bend. */
  readonly bend: number
}

const ms = (n: number): Nanos => n * MILLISECOND
const s = (n: number): Nanos => n * SECOND

interface KnownRange extends Range {
  readonly pattern: RegExp
}

const known: readonly KnownRange[] = [
  { pattern: /\.loss$/, min: 0, max: 0.6, step: 0.001, bend: 2 },
  { pattern: /\.(duplication|corruption)$/, min: 0, max: 0.3, step: 0.001, bend: 2 },
  { pattern: /\.latency$/, min: 0, max: ms(1000), step: ms(1), bend: 2 },
  { pattern: /\.recoveryTime$/, min: 0, max: s(120), step: ms(100), bend: 2 },
  { pattern: /\.detectionDelay$/, min: 0, max: s(20), step: ms(10), bend: 2.5 },
  { pattern: /\.takeoverTime$/, min: 0, max: s(20), step: ms(10), bend: 2.5 },
  { pattern: /\.mirror\.lag$/, min: 0, max: s(10), step: ms(10), bend: 2 },
  { pattern: /\.sessions\[\d+\]\.count$/, min: 1, max: 500, step: 1, bend: 2 },
  { pattern: /\.sessions\[\d+\]\.spacing$/, min: 0, max: s(1), step: ms(1), bend: 2 },
  { pattern: /\.receiveWindow$/, min: 1, max: 64, step: 1, bend: 1.5 },
  { pattern: /\.retransmit\.initial$/, min: ms(100), max: s(8), step: ms(50), bend: 1.5 },
  { pattern: /\.retransmit\.cap$/, min: s(8), max: s(64), step: s(1), bend: 1 },
  { pattern: /\.retransmit\.count$/, min: 0, max: 20, step: 1, bend: 1 },
  { pattern: /\.traffic\.rate$/, min: 0, max: 200, step: 0.5, bend: 2 },
  { pattern: /\.traffic\.size$/, min: 8, max: 1400, step: 1, bend: 1 },
  { pattern: /^faults\[\d+\]\.at$/, min: 0, max: s(60), step: ms(10), bend: 1.5 },
]

export interface Wanted {
  readonly quantity: string
  readonly value: number
  readonly least: number
  readonly most: number
}

/** Undefined where a slider makes no sense: unlimited values, ports, huge ranges. */
export function rangeFor(path: string, { quantity, value, least, most }: Wanted): Range | undefined {
  const found = known.find(({ pattern }) => pattern.test(path))
  if (!Number.isFinite(value) || /[pP]ort$/.test(path)) return undefined
  if (found !== undefined) {
    const { min, max, step, bend } = found
    return { min: Math.min(min, value), max: Math.max(max, value), step, bend }
  }
  switch (quantity) {
    case 'duration':
      return { min: Math.max(least, 0), max: Math.max(value * 4, s(10)), step: value > 0 && value < ms(1) ? 1 : ms(1), bend: 2 }
    case 'probability':
      return { min: 0, max: 1, step: 0.001, bend: 2 }
    case 'count':
      return {
        min: Math.max(least, 0),
        max: Math.min(most, Math.max(value * 4, 32)),
        step: Number.isInteger(value) ? 1 : 0.01,
        bend: 1,
      }
    default:
      return undefined
  }
}

/** Value at a position in [0, 1]. */
export function valueAt({ min, max, step, bend }: Range, position: number): number {
  const raw = min + (max - min) * position ** bend
  const rounded = Math.round(raw / step) * step
  return Math.min(max, Math.max(min, step < 1 ? Number(rounded.toFixed(6)) : rounded))
}

/** Position of a value, the reverse of `valueAt`. */
export function positionOf({ min, max, bend }: Range, value: number): number {
  return max === min ? 0 : Math.min(1, Math.max(0, (value - min) / (max - min))) ** (1 / bend)
}

interface Featured {
  readonly pattern: RegExp
  readonly label: string
}

/** What people play with first, in this order. */
export const featured: readonly Featured[] = [
  { pattern: /^links\[\d+\](\.forward|\.backward)?\.loss$/, label: 'loss' },
  { pattern: /^links\[\d+\](\.forward|\.backward)?\.latency$/, label: 'latency' },
  { pattern: /\.backup\.detectionDelay$/, label: 'detection delay' },
  { pattern: /\.backup\.takeoverTime$/, label: 'takeover time' },
  { pattern: /\.failover\.recoveryTime$/, label: 'Recovery Time' },
  { pattern: /\.sessions\[\d+\]\.count$/, label: 'sessions' },
  { pattern: /\.l2tp\.receiveWindow$/, label: 'receive window' },
  { pattern: /\.retransmit\.initial$/, label: 'first retransmission' },
]
