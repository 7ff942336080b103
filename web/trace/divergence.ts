// The first record at which two traces part: everything before it is equal, octet for octet.

import { formatInstant, NEVER, type Nanos } from '../../sim/base/time.ts'
import { recordAt, type TraceColumns } from './columns.ts'

/** Number of the first record that differs, or the length of the shorter trace; undefined when they are equal. */
export function firstDivergence(one: TraceColumns, other: TraceColumns): number | undefined {
  const shorter = Math.min(one.count, other.count)
  for (let seq = 0; seq < shorter; seq++) {
    const plain = one.kinds[seq] === other.kinds[seq] && one.at[seq] === other.at[seq] && one.cause[seq] === other.cause[seq]
    if (!plain || !sameRecords(one, other, seq)) return seq
  }
  return one.count === other.count ? undefined : shorter
}

/** Fields that two records of the same number both have and in which they differ, in words; of two kinds, what both are first of all. */
export function differingFields(one: TraceColumns, other: TraceColumns, seq: number): readonly Difference[] {
  const a = recordAt(one, seq) as unknown as Readonly<Record<string, unknown>>
  const b = recordAt(other, seq) as unknown as Readonly<Record<string, unknown>>
  return Object.keys(a)
    .filter((field) => Object.hasOwn(b, field) && !sameValue(a[field], b[field]))
    .sort((one, two) => Number(two === 'kind') - Number(one === 'kind'))
    .map((field) => ({ field, a: wordsOf(field, a[field]), b: wordsOf(field, b[field]) }))
}

export interface Difference {
  readonly field: string
  readonly a: string
  readonly b: string
}

function wordsOf(field: string, value: unknown): string {
  if (field === 'at') return formatInstant(value as Nanos, 9)
  if (value instanceof Uint8Array) return `${String(value.length)} octets`
  return value === '' ? 'nothing' : value === NEVER ? 'never' : String(value)
}

function sameRecords(one: TraceColumns, other: TraceColumns, seq: number): boolean {
  const a = recordAt(one, seq) as unknown as Readonly<Record<string, unknown>>
  const b = recordAt(other, seq) as unknown as Readonly<Record<string, unknown>>
  return Object.keys(a).every((field) => sameValue(a[field], b[field]))
}

function sameValue(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return a === b
  return a.length === b.length && a.every((octet, i) => octet === b[i])
}
