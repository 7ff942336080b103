// Random but well-formed traces of every kind of record, for property tests of whatever stores or folds them.

import fc from 'fast-check'
import { NEVER } from '../../sim/base/time.ts'
import { NO_CAUSE, recordKinds, type FieldType, type RecordKind, type TraceRecord } from '../../sim/trace/record.ts'

const valueOf: Readonly<Record<FieldType, fc.Arbitrary<unknown>>> = {
  name: fc.string({ unit: 'binary', maxLength: 8 }),
  text: fc.string({ unit: 'binary', maxLength: 20 }),
  int: fc.oneof({ weight: 9, arbitrary: fc.maxSafeInteger() }, { weight: 1, arbitrary: fc.constant(NEVER) }),
  flag: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 40 }),
}

const anyEvent: fc.Arbitrary<Record<string, unknown>> = fc
  .constantFrom(...(Object.keys(recordKinds) as RecordKind[]))
  .chain((kind) => {
    const fields = Object.entries(recordKinds[kind]) as [string, FieldType][]
    return fc.record({ kind: fc.constant(kind), ...Object.fromEntries(fields.map(([field, type]) => [field, valueOf[type]])) })
  })

/** Records numbered from 0, time never running backwards, causes before their effects. */
export const anyTrace: fc.Arbitrary<TraceRecord[]> = fc
  .array(fc.record({ event: anyEvent, step: fc.nat(1_000_000_000), cause: fc.nat(100) }), { maxLength: 30 })
  .map((parts) => {
    let at = 0
    return parts.map(({ event, step, cause }, seq) => {
      at += step
      return { ...event, seq, at, cause: cause < seq ? cause : NO_CAUSE } as unknown as TraceRecord
    })
  })
