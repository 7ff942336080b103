// Moving through a run: by record, and to the next or previous fault, reset or violation.

import type { RunModel } from './model/model.ts'
import { kindNumbers } from '../sim/trace/digest.ts'
import { lastAtOrBefore } from './trace/columns.ts'
import { cursor, goTo, model, select, selection } from './state.ts'

export type JumpTarget = 'fault' | 'reset' | 'violation'

const found = new WeakMap<RunModel, Readonly<Record<JumpTarget, readonly number[]>>>()

/** Numbers of the records one may jump to, ascending. */
function targetsOf(run: RunModel): Readonly<Record<JumpTarget, readonly number[]>> {
  let known = found.get(run)
  if (known === undefined) {
    const resets: number[] = []
    run.trace.kinds.forEach((kind, seq) => {
      if (kind === kindNumbers.controlReset) resets.push(seq)
    })
    known = {
      fault: run.faults.map(({ seq }) => seq),
      reset: resets,
      violation: run.result.violations.map(({ record }) => record),
    }
    found.set(run, known)
  }
  return known
}

export const hasTarget = (run: RunModel, target: JumpTarget): boolean => targetsOf(run)[target].length > 0

/** Where a step begins: the selected record while the cursor is on it, else the last one at the cursor. */
function here(run: RunModel): number {
  const chosen = selection.peek()
  if (chosen !== undefined && run.trace.at[chosen] === cursor.peek()) return chosen
  return lastAtOrBefore(run.trace.at, cursor.peek())
}

/** To the next record of a sort, or the one before. */
export function jump(target: JumpTarget, forward: boolean): void {
  const run = model.peek()
  if (run === undefined) return
  const list = targetsOf(run)[target]
  const at = here(run)
  const next = forward ? list.find((seq) => seq > at) : list.findLast((seq) => seq < at)
  if (next !== undefined) select(next)
}

/** To the record after or before. */
export function step(forward: boolean): void {
  const run = model.peek()
  if (run === undefined) return
  const at = here(run)
  const isOn = selection.peek() === at
  select(Math.min(run.trace.count - 1, Math.max(0, forward ? at + 1 : isOn ? at - 1 : at)))
}

export function toStart(): void {
  goTo(0)
}

export function toEnd(): void {
  goTo(model.peek()?.end ?? 0)
}
