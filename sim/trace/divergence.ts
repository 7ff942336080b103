// The first record at which two traces part, however they are held: everything before it is equal, octet for octet.

import { formatInstant, NEVER, type Nanos } from '../base/time.ts'
import type { TraceRecord } from './record.ts'

/** The records of a trace by their numbers. */
export interface RecordList {
  readonly count: number
  recordAt(seq: number): TraceRecord
}

export const recordList = (records: readonly TraceRecord[]): RecordList => ({
  count: records.length,
  recordAt: (seq) => records[seq]!,
})

type Fields = Readonly<Record<string, unknown>>

/** Number of the first record that differs, or the length of the shorter trace; undefined when they are equal. */
export function firstDivergence(one: RecordList, other: RecordList): number | undefined {
  const shorter = Math.min(one.count, other.count)
  for (let seq = 0; seq < shorter; seq++) if (!isSame(one.recordAt(seq), other.recordAt(seq))) return seq
  return one.count === other.count ? undefined : shorter
}

/** Records of one kind have the same fields. */
function isSame(one: TraceRecord, other: TraceRecord): boolean {
  if (one.kind !== other.kind || one.at !== other.at || one.cause !== other.cause) return false
  const [a, b] = [one, other] as unknown as readonly [Fields, Fields]
  for (const field of Object.keys(a)) if (!isSameValue(a[field], b[field])) return false
  return true
}

export interface Difference {
  readonly field: string
  readonly a: string
  readonly b: string
}

/** Fields that two records both have and in which they differ, in words; of two kinds, what both are first of all. */
export function differingFields(one: TraceRecord, other: TraceRecord): readonly Difference[] {
  const [a, b] = [one, other] as unknown as readonly [Fields, Fields]
  return Object.keys(a)
    .filter((field) => Object.hasOwn(b, field) && !isSameValue(a[field], b[field]))
    .sort((one, two) => Number(two === 'kind') - Number(one === 'kind'))
    .map((field) => ({ field, a: wordsOf(field, a[field]), b: wordsOf(field, b[field]) }))
}

function wordsOf(field: string, value: unknown): string {
  if (field === 'at') return formatInstant(value as Nanos, 9)
  if (value instanceof Uint8Array) return `${String(value.length)} octets`
  return value === '' ? 'nothing' : value === NEVER ? 'never' : String(value)
}

/** Octets are equal when they are alike, everything else when it is the same. */
function isSameValue(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return a === b
  return a.length === b.length && a.every((octet, i) => octet === b[i])
}
