// What only one of two runs has, aligned by cause. Where they part first is found by sim/trace/divergence.ts.

import { hashName } from '../base/name-hash.ts'
import type { TraceRecord } from '../trace/record.ts'

/** What belongs to one run only: places in the trace, numbers given in order, and instants, which a delay moves all alike. */
const OWN_TO_A_RUN: ReadonlySet<string> = new Set(['seq', 'cause', 'at', 'due', 'packet', 'backlog', 'depth', 'stamp'])

/**
 * Records of `one` that `other` has not, although it has what led to them: the roots of the difference. Two records are the same when they
 * and the chains of their causes say the same, whatever their instants; the nth of several that are alike is the same as the nth.
 */
export function rootsOf(one: readonly TraceRecord[], other: readonly TraceRecord[]): readonly TraceRecord[] {
  const known = new Set(chainsOf(other))
  const own = chainsOf(one)
  const isOnlyHere = own.map((chain) => !known.has(chain))
  return one.filter(({ cause }, seq) => isOnlyHere[seq] === true && (cause < 0 || isOnlyHere[cause] !== true))
}

/** A name for each record, made of what it says and the name of its cause. */
function chainsOf(records: readonly TraceRecord[]): readonly string[] {
  const names: string[] = []
  const times = new Map<string, number>()
  for (const record of records) {
    const text = `${names[record.cause] ?? ''}${essenceOf(record)}`
    const [a, b] = hashName(text)
    const name = `${String(a)},${String(b)}`
    const nth = times.get(name) ?? 0
    times.set(name, nth + 1)
    names.push(`${name},${String(nth)}`)
  }
  return names
}

function essenceOf(record: TraceRecord): string {
  const fields = Object.entries(record).filter(([field]) => !OWN_TO_A_RUN.has(field))
  return fields.map(([field, value]) => `${field}=${value instanceof Uint8Array ? value.join() : String(value)}`).join(' ')
}
