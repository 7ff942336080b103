// The trace as JSON Lines: a header line, one line a record, a trailer line with the digest. The writer is a fold that hands text
// to a sink; jsonl-reader.ts gives the very same records back. Not the digest itself. The format is described in
// docs/trace-format.md.

import { toHex } from '../base/bytes.ts'
import { NEVER, type Nanos } from '../base/time.ts'
import { NO_CAUSE, recordKinds, type FieldType, type Fold, type RecordKind, type TraceRecord } from './record.ts'

export const TRACE_FORMAT = 'l2tpsim-trace'
/** Rises when an older reader would misread the file; new keys in header and trailer do not count. */
export const TRACE_FORMAT_VERSION = 1

/** What the first line says of the run. */
export interface TraceHeader {
  /** Version of the simulator. */
  readonly version: string
  readonly scenario: string
  readonly scenarioHash: string
  readonly seed: string
  /** The whole scenario as a scenario file, overrides applied: with `seed` all that is needed to repeat the run. */
  readonly scenarioText: string
  readonly endpoints: readonly { readonly endpoint: string; readonly address: string }[]
}

/** What the last line says. */
export interface TraceTrailer {
  readonly at: Nanos
  readonly records: number
  readonly digest: string
  /** Why the run ended: until | idle | event-cap | interrupted | bug. */
  readonly ended: string
}

export interface TraceWriter extends Fold<void> {
  /** Writes the trailer and whatever is still buffered. Nothing may follow. */
  finish(trailer: Omit<TraceTrailer, 'records'>): void
}

const CHUNK_LENGTH = 65_536

/** A fold over all kinds that writes the file to `sink` in chunks of about 64 Ki characters, newlines included. */
export function jsonlWriter(header: TraceHeader, sink: (chunk: string) => void): TraceWriter {
  let chunk = `${JSON.stringify({ format: TRACE_FORMAT, formatVersion: TRACE_FORMAT_VERSION, ...header })}\n`
  let records = 0
  const flush = (): void => {
    if (chunk !== '') sink(chunk)
    chunk = ''
  }
  return {
    see(record) {
      chunk += recordLine(record)
      records++
      if (chunk.length >= CHUNK_LENGTH) flush()
    },
    end: flush,
    finish(trailer) {
      chunk += `${JSON.stringify({ end: true, ...trailer, records })}\n`
      flush()
    },
  }
}

type FieldWriter = (record: TraceRecord) => string

const fieldWriters = mapKinds((fields) =>
  fields.map(([field, type]): FieldWriter => {
    const key = `,${JSON.stringify(field)}:`
    const value = (record: TraceRecord): unknown => (record as unknown as Readonly<Record<string, unknown>>)[field]
    switch (type) {
      case 'name':
        return (record) => key + quotedName(value(record) as string)
      case 'text':
        return (record) => key + JSON.stringify(value(record))
      case 'int':
        return (record) => key + integer(value(record) as number)
      case 'flag':
        return (record) => key + (value(record) === true ? 'true' : 'false')
      case 'bytes':
        return (record) => `${key}"${toHex(value(record) as Uint8Array)}"`
    }
  }),
)

function recordLine(record: TraceRecord): string {
  let line = `{"seq":${String(record.seq)},"at":${integer(record.at)}`
  if (record.cause !== NO_CAUSE) line += `,"cause":${String(record.cause)}`
  line += `,"kind":"${record.kind}"`
  for (const write of fieldWriters[record.kind]) line += write(record)
  return `${line}}\n`
}

function integer(value: number): string {
  return value === NEVER ? '"never"' : String(value)
}

const quotedNames = new Map<string, string>()

function quotedName(name: string): string {
  let quoted = quotedNames.get(name)
  if (quoted === undefined) quotedNames.set(name, (quoted = JSON.stringify(name)))
  return quoted
}

function mapKinds<T>(make: (fields: readonly (readonly [string, FieldType])[]) => T): Readonly<Record<RecordKind, T>> {
  const entries = Object.entries(recordKinds).map(([kind, fields]) => [kind, make(Object.entries(fields))])
  return Object.fromEntries(entries) as Record<RecordKind, T>
}
