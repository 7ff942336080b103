// What is so at an instant: the phase of a side, of a whole tunnel, and the session count; by binary search, however long the run.

import type { Nanos } from '../../sim/base/time.ts'
import { worstFirst } from '../../sim/run/tunnel-phases.ts'
import type { Lane, LaneSide, ShownPhase } from '../model/model.ts'
import { lastAtOrBefore } from '../trace/columns.ts'

export function phaseOfSide({ spans }: LaneSide, at: Nanos): ShownPhase | undefined {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (spans[middle]!.from <= at) low = middle + 1
    else high = middle
  }
  return spans[low - 1]?.phase
}

/** A tunnel is shown in the phase of its worse side; to be given up is worse than all that a trace tells by itself. */
const worst: readonly ShownPhase[] = ['given-up', ...worstFirst]

export function phaseOfLane({ sides }: Lane, at: Nanos): ShownPhase | undefined {
  const present = sides.map((side) => phaseOfSide(side, at))
  return worst.find((phase) => present.includes(phase))
}

export function sessionsAt({ sessionTimes, sessionCounts }: LaneSide, at: Nanos): number {
  return sessionCounts[lastAtOrBefore(sessionTimes, at)] ?? 0
}

/** Instants of a list in [from, to). */
export function countBetween(instants: Float64Array, from: Nanos, to: Nanos): number {
  return lastAtOrBefore(instants, to - 1) - lastAtOrBefore(instants, from - 1)
}
