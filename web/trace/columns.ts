// A whole trace in a handful of typed arrays: what the worker hands to the page without copying, and from which any record is
// made again when somebody looks at it. A million records take some 70 MB; as objects they would take ten times that.

import { kindNumbers } from '../../sim/trace/digest.ts'
import type { RecordList } from '../../sim/trace/divergence.ts'
import { recordKinds, type FieldType, type Fold, type RecordKind, type TraceRecord } from '../../sim/trace/record.ts'

export interface TraceColumns {
  /** Records held. */
  readonly count: number
  /** Number of its kind, in the order of the registry. */
  readonly kinds: Uint8Array
  readonly at: Float64Array
  readonly cause: Int32Array
  /** Where the fields of a record begin in `values`. */
  readonly start: Uint32Array
  /** Fields in the order of the registry: numbers and flags as they are, texts as places in `texts`, octets as offset and length. */
  readonly values: Float64Array
  readonly octets: Uint8Array
  readonly texts: readonly string[]
}

const kindNames = Object.keys(recordKinds) as readonly RecordKind[]

interface Plan {
  readonly names: readonly string[]
  readonly kindsOf: readonly FieldType[]
  /** Slots a record of this kind takes in `values`. */
  readonly slots: number
}

const plans: readonly Plan[] = kindNames.map((kind) => {
  const fields = Object.entries(recordKinds[kind]) as readonly [string, FieldType][]
  return {
    names: fields.map(([name]) => name),
    kindsOf: fields.map(([, type]) => type),
    slots: fields.reduce((sum, [, type]) => sum + (type === 'bytes' ? 2 : 1), 0),
  }
})

/** Slot of a field within the values of its kind. */
export function slotOf<K extends RecordKind>(kind: K, field: string & keyof (typeof recordKinds)[K]): number {
  const { names, kindsOf } = plans[kindNumbers[kind]]!
  const place = names.indexOf(field)
  return kindsOf.slice(0, place).reduce((sum, type) => sum + (type === 'bytes' ? 2 : 1), 0)
}

/** A fold over all kinds that fills columns; `columns` gives them when the run has ended. */
export interface ColumnWriter extends Fold<TraceColumns> {
  readonly count: number
}

/** `room` records are expected; more make the arrays grow. */
export function columnWriter(room = 4096): ColumnWriter {
  let kinds = new Uint8Array(room)
  let at = new Float64Array(room)
  let cause = new Int32Array(room)
  let start = new Uint32Array(room)
  let values = new Float64Array(room * 8)
  let octets = new Uint8Array(room * 32)
  const texts: string[] = []
  const places = new Map<string, number>()
  let count = 0
  let used = 0
  let stored = 0
  const placeOf = (text: string): number => {
    let place = places.get(text)
    if (place === undefined) {
      places.set(text, (place = texts.length))
      texts.push(text)
    }
    return place
  }
  const growRecords = (more: number): void => {
    kinds = grown(kinds, new Uint8Array(more))
    at = grown(at, new Float64Array(more))
    cause = grown(cause, new Int32Array(more))
    start = grown(start, new Uint32Array(more))
  }
  const store = (bytes: Uint8Array): void => {
    const needed = stored + bytes.length
    if (needed > octets.length) octets = grown(octets, new Uint8Array(2 * needed))
    octets.set(bytes, stored)
    values[used++] = stored
    values[used++] = bytes.length
    stored += bytes.length
  }
  const put = (type: FieldType, value: unknown): void => {
    if (type === 'name' || type === 'text') values[used++] = placeOf(value as string)
    else if (type === 'bytes') store(value as Uint8Array)
    else values[used++] = Number(value)
  }
  return {
    get count() {
      return count
    },
    see(record) {
      if (count === kinds.length) growRecords(2 * count)
      const number = kindNumbers[record.kind]
      const { names, kindsOf, slots } = plans[number]!
      if (used + slots > values.length) values = grown(values, new Float64Array(values.length * 2))
      kinds[count] = number
      at[count] = record.at
      cause[count] = record.cause
      start[count] = used
      count += 1
      const fields = record as unknown as Readonly<Record<string, unknown>>
      for (let i = 0; i < names.length; i++) put(kindsOf[i]!, fields[names[i]!])
    },
    end: () => ({
      count,
      kinds: kinds.subarray(0, count),
      at: at.subarray(0, count),
      cause: cause.subarray(0, count),
      start: start.subarray(0, count),
      values: values.subarray(0, used),
      octets: octets.subarray(0, stored),
      texts,
    }),
  }
}

function grown<A extends Uint8Array | Float64Array | Int32Array | Uint32Array>(old: A, larger: A): A {
  larger.set(old)
  return larger
}

/** The record with number `seq`, as the run emitted it. `seq` must be within the trace. */
export function recordAt(trace: TraceColumns, seq: number): TraceRecord {
  const number = trace.kinds[seq]!
  const { names, kindsOf } = plans[number]!
  const record: Record<string, unknown> = { kind: kindNames[number], seq, at: trace.at[seq], cause: trace.cause[seq] }
  let slot = trace.start[seq]!
  for (let i = 0; i < names.length; i++) {
    const value = trace.values[slot++]!
    const type = kindsOf[i]
    if (type === 'name' || type === 'text') record[names[i]!] = trace.texts[value]
    else if (type === 'flag') record[names[i]!] = value !== 0
    else if (type === 'bytes') record[names[i]!] = trace.octets.subarray(value, value + trace.values[slot++]!)
    else record[names[i]!] = value
  }
  return record as unknown as TraceRecord
}

/** The records as they are asked for by their numbers. */
export const listed = (trace: TraceColumns): RecordList => ({ count: trace.count, recordAt: (seq) => recordAt(trace, seq) })

/** All records in their order. */
export function* recordsOf(trace: TraceColumns): Generator<TraceRecord> {
  for (let seq = 0; seq < trace.count; seq++) yield recordAt(trace, seq)
}

/** Lets folds see the records of the kinds they want, without making the others. */
export function foldOver(trace: TraceColumns, folds: readonly Fold<unknown>[]): void {
  const wanting = kindNames.map((kind) => folds.filter(({ kinds }) => kinds === undefined || kinds.includes(kind)))
  for (let seq = 0; seq < trace.count; seq++) {
    const interested = wanting[trace.kinds[seq]!]!
    if (interested.length === 0) continue
    const record = recordAt(trace, seq)
    for (const fold of interested) fold.see(record)
  }
}

/** Number of the last record at or before an instant; -1 before the first. */
export function lastAtOrBefore(at: Float64Array, instant: number): number {
  let low = 0
  let high = at.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at[middle]! <= instant) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The buffers of columns, to hand over instead of copying. */
export function buffersOf(trace: TraceColumns): ArrayBuffer[] {
  const { kinds, at, cause, start, values, octets } = trace
  return [kinds, at, cause, start, values, octets].map(({ buffer }) => buffer as ArrayBuffer)
}
