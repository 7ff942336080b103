// The faults of a run as marks: the record that begins one, joined with the one that ends it.

import type { TraceRecord } from '../../sim/trace/record.ts'
import type { FaultMark } from './model.ts'

/** In order of beginning. */
export function faultMarks(records: readonly TraceRecord<'fault'>[]): readonly FaultMark[] {
  const marks: { seq: number; at: number; to: number; name: string; target: string; detail: string; fault: number }[] = []
  for (const { seq, at, fault, name, target, phase, detail } of records) {
    if (phase === 'begin') marks.push({ seq, at, to: at, name, target, detail, fault })
    else {
      const begun = marks.findLast((mark) => mark.fault === fault && mark.target === target)
      if (begun !== undefined) begun.to = at
    }
  }
  return marks.map(({ seq, at, to, name, target, detail }) => ({ seq, at, to, name, target, detail }))
}
