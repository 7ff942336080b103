// The first record at which two traces part: everything before it is equal, octet for octet; and what is different in a record.

import type { TraceRecord } from '../trace/record.ts'

/** Number of the first record that differs, or the length of the shorter trace; undefined when they are equal. */
export function firstDivergence(one: readonly TraceRecord[], other: readonly TraceRecord[]): number | undefined {
  const shorter = Math.min(one.length, other.length)
  for (let seq = 0; seq < shorter; seq++) if (differingFields(one[seq]!, other[seq]!).length > 0) return seq
  return one.length === other.length ? undefined : shorter
}

interface Difference {
  readonly field: string
  readonly a: string
  readonly b: string
}

/** Fields in which two records differ, in words. */
function differingFields(one: TraceRecord, other: TraceRecord): readonly Difference[] {
  const [a, b] = [one, other] as unknown as readonly Readonly<Record<string, unknown>>[]
  if (a === undefined || b === undefined) return []
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((field) => !sameValue(a[field], b[field]))
    .map((field) => ({ field, a: wordsOf(a[field]), b: wordsOf(b[field]) }))
}

const wordsOf = (value: unknown): string => (value instanceof Uint8Array ? `${String(value.length)} octets` : String(value))

/** Octets are equal when they are alike, everything else when it is the same. */
function sameValue(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return a === b
  return a.length === b.length && a.every((octet, i) => octet === b[i])
}
