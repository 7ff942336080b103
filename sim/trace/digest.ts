// The digest of a trace: 64 bits that tell whether two runs did the same. Every record goes in, in order: instant, kind and
// cause, then its fields in the order of the registry. Here is how any kind enters it and is made of an event, by walking the
// registry; the frequent kinds have shorter ways (frequent.ts). The hash is MurmurHash3; it is not cryptographic.

import { frequent, type Stamp, type Treatment } from './frequent.ts'
import { Hasher } from './hasher.ts'
import { recordKinds, type FieldType, type RecordKind, type TraceEvent, type TraceRecord } from './record.ts'

const kindNames = Object.keys(recordKinds) as readonly RecordKind[]

/** Place of each kind in the registry. */
export const kindNumbers = Object.fromEntries(kindNames.map((kind, number) => [kind, number])) as Readonly<
  Record<RecordKind, number>
>

/** Any event, seen as its fields. */
type Loose = Readonly<Record<string, never>>

function treatmentOf(kind: RecordKind): Treatment {
  const fields = Object.entries(recordKinds[kind]) as readonly [string, FieldType][]
  return {
    write(hasher: Hasher, n: number, endpoint: string, event: Loose) {
      let next = n
      for (const [field, type] of fields) {
        next = field === 'endpoint' ? hasher.endpoint(next, endpoint) : hasher[type](next, event[field] as never)
      }
      return next
    },
    build({ seq, at, cause }: Stamp, endpoint: string, event: Loose) {
      const record: Record<string, unknown> = { kind, seq, at, cause }
      for (const [field] of fields) record[field] = field === 'endpoint' ? endpoint : event[field]
      return record as never
    },
  }
}

const generic = kindNames.map(treatmentOf)

/** By number of kind: the fast one where there is one. */
export const treatments: readonly Treatment[] = kindNames.map(
  (kind, number) => (frequent as unknown as Partial<Record<RecordKind, Treatment>>)[kind] ?? generic[number]!,
)

/** '' for kinds without an endpoint. */
export function endpointOf(event: TraceEvent): string {
  return 'endpoint' in event ? event.endpoint : ''
}

/** The digest of stored records, in their order; equal to that of the recorder that made them. */
export function digestOf(records: Iterable<TraceRecord>): string {
  const hasher = new Hasher()
  for (const record of records) {
    const number = kindNumbers[record.kind]
    const n = hasher.begin(number, record.at, record.cause)
    hasher.end(generic[number]!.write(hasher, n, endpointOf(record), record))
  }
  return hasher.hex()
}
