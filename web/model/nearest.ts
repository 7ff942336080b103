// The record somebody means who points at an instant of a tunnel.

import type { Nanos } from '../../sim/base/time.ts'
import { kindNumbers } from '../../sim/trace/digest.ts'
import { lastAtOrBefore, slotOf } from '../trace/columns.ts'
import type { RecordKind } from '../../sim/trace/record.ts'
import type { RunModel } from './model.ts'

export interface Pointed {
  readonly at: Nanos
  /** What may be meant lies in [from, to]. */
  readonly from: Nanos
  readonly to: Nanos
  readonly lane: number
}

/** How much each kind draws the pointer; others do not. */
const weights: Readonly<Partial<Record<RecordKind, number>>> = {
  fault: 10,
  controlReset: 8,
  tunnel: 6,
  recovery: 6,
  replica: 5,
  plane: 4,
  session: 3,
  timer: 3,
  sent: 2,
  handled: 2,
}

/** Records looked at: more lie under one pixel only when nobody can mean a single one. */
const MOST = 4000

const planeSlot = slotOf('sent', 'plane')

export function nearestRecord({ trace }: RunModel, { at, from, to }: Pointed): number | undefined {
  const first = lastAtOrBefore(trace.at, from - 1) + 1
  const last = Math.min(lastAtOrBefore(trace.at, to), first + MOST)
  let best: number | undefined
  let bestScore = 0
  const width = Math.max(1, to - from)
  for (let seq = first; seq <= last; seq++) {
    const weight = weightOf(trace.kinds[seq]!)
    if (weight === 0) continue
    const isData = trace.kinds[seq] === kindNumbers.sent && trace.texts[trace.values[trace.start[seq]! + planeSlot]!] === 'data'
    if (isData) continue
    const score = weight * (1.2 - Math.abs(trace.at[seq]! - at) / width)
    if (score > bestScore) [best, bestScore] = [seq, score]
  }
  return best
}

const byNumber = new Map<number, number>(
  Object.entries(weights).map(([kind, weight]) => [kindNumbers[kind as RecordKind], weight]),
)
const weightOf = (number: number): number => byNumber.get(number) ?? 0
