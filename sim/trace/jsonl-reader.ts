// Reads a trace that jsonl.ts wrote, whole or line by line as it comes in, so that a stored run answers like a live one. A file
// that does not fit is a value with its line number, never an exception. It does not check the digest: that takes the records.

import { fromHex } from '../base/bytes.ts'
import { NEVER } from '../base/time.ts'
import { TRACE_FORMAT, TRACE_FORMAT_VERSION, type TraceHeader, type TraceTrailer } from './jsonl.ts'
import { NO_CAUSE, recordKinds, type FieldType, type RecordKind, type TraceRecord } from './record.ts'

export interface TraceFile {
  readonly header: TraceHeader
  readonly records: readonly TraceRecord[]
  /** Absent when the writer was stopped before it could finish. */
  readonly trailer: TraceTrailer | undefined
  /** The last line was cut in the middle and is left out. */
  readonly torn: boolean
}

export type TraceReading =
  ({ readonly ok: true } & TraceFile) | { readonly ok: false; readonly line: number; readonly message: string }

/**
 * Reads a whole trace from its lines (without newline characters). A last line that was cut is dropped and told as `torn`;
 * anything else that does not fit is an error with its line number, from 1.
 */
export function readTrace(lines: Iterable<string>): TraceReading {
  const reader = new TraceReader()
  for (const line of lines) {
    const message = reader.push(line)
    if (message !== undefined) return { ok: false, line: reader.line, message }
  }
  return reader.end()
}

type Json = Readonly<Record<string, unknown>>

/** Reads a trace as its lines come in. A message from `push` or a result that is not ok is about line `line`; stop there. */
export class TraceReader {
  private readonly records: TraceRecord[] = []
  private header: TraceHeader | undefined
  private trailer: TraceTrailer | undefined
  private torn = false
  private lines = 0
  private faulty = 0

  /** Number of the line that was at fault, else of the last line seen. */
  get line(): number {
    return this.faulty === 0 ? this.lines : this.faulty
  }

  /** Takes the next line; returns what is wrong with the file, undefined when nothing is. */
  push(text: string): string | undefined {
    this.lines++
    if (text.trim() === '') return undefined
    if (this.torn) return this.fault(this.faulty, 'not a JSON object')
    const message = this.take(text)
    return message === undefined ? undefined : this.fault(this.lines, message)
  }

  end(): TraceReading {
    if (this.header === undefined)
      return { ok: false, line: Math.max(this.line, 1), message: 'no trace header: the file is empty or cut' }
    return { ok: true, header: this.header, records: this.records, trailer: this.trailer, torn: this.torn }
  }

  private fault(line: number, message: string): string {
    this.faulty = line
    return message
  }

  private take(text: string): string | undefined {
    const json = parsedObject(text)
    if (json === undefined && this.header === undefined)
      return `not a trace: the first line must be a JSON object with "format":"${TRACE_FORMAT}"`
    if (json === undefined) {
      this.torn = true
      this.faulty = this.lines
      return undefined
    }
    if (this.header === undefined) return this.takeHeader(json)
    if (this.trailer !== undefined) return 'a line after the trailer'
    return json['end'] === true ? this.takeTrailer(json) : this.takeRecord(json)
  }

  private takeHeader(json: Json): string | undefined {
    const message = headerFault(json)
    if (message === undefined) this.header = json as unknown as TraceHeader
    return message
  }

  private takeTrailer(json: Json): string | undefined {
    if (typeof json['digest'] !== 'string' || typeof json['at'] !== 'number') return 'the trailer has no digest or no instant'
    if (json['records'] !== this.records.length) {
      return `the trailer counts ${String(json['records'])} records, the file has ${String(this.records.length)}`
    }
    this.trailer = json as unknown as TraceTrailer
    return undefined
  }

  private takeRecord(json: Json): string | undefined {
    const record = recordOf(json)
    if (typeof record === 'string') return record
    if (record.seq !== this.records.length)
      return `record ${String(record.seq)} where ${String(this.records.length)} was expected`
    if (record.at < (this.records.at(-1)?.at ?? 0)) return 'time runs backwards'
    if (record.cause !== NO_CAUSE && !(record.cause >= 0 && record.cause < record.seq))
      return 'the cause is not an earlier record'
    this.records.push(record)
    return undefined
  }
}

function parsedObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

function headerFault(json: Json): string | undefined {
  if (json['format'] !== TRACE_FORMAT) return `not a trace: "format" is not "${TRACE_FORMAT}"`
  if (json['formatVersion'] !== TRACE_FORMAT_VERSION) {
    return `trace format version ${String(json['formatVersion'])}; this program reads version ${String(TRACE_FORMAT_VERSION)}`
  }
  const missing = ['version', 'scenario', 'scenarioHash', 'seed', 'scenarioText'].find((key) => typeof json[key] !== 'string')
  if (missing !== undefined) return `the header has no text "${missing}"`
  return Array.isArray(json['endpoints']) ? undefined : 'the header has no list "endpoints"'
}

/** The record of a line, or what is wrong with it. */
function recordOf(json: Json): TraceRecord | string {
  const kind = json['kind']
  if (typeof kind !== 'string' || !Object.hasOwn(recordKinds, kind)) return `unknown kind of record ${JSON.stringify(kind)}`
  const record: Record<string, unknown> = { kind }
  for (const [field, type] of Object.entries(recordKinds[kind as RecordKind]) as [string, FieldType][]) {
    const value = fieldValue(json[field], type)
    if (value === undefined) return `"${field}" of a "${kind}" record is not of type ${type}`
    record[field] = value
  }
  for (const [field, fallback] of [
    ['seq', undefined],
    ['at', undefined],
    ['cause', NO_CAUSE],
  ] as const) {
    const value = fieldValue(json[field] ?? fallback, 'int')
    if (value === undefined) return `"${field}" is not an integer`
    record[field] = value
  }
  return record as unknown as TraceRecord
}

function fieldValue(value: unknown, type: FieldType): string | number | boolean | Uint8Array | undefined {
  switch (type) {
    case 'name':
    case 'text':
      return typeof value === 'string' ? value : undefined
    case 'flag':
      return typeof value === 'boolean' ? value : undefined
    case 'int':
      return value === 'never' ? NEVER : Number.isSafeInteger(value) ? (value as number) : undefined
    case 'bytes':
      return typeof value === 'string' ? fromHex(value) : undefined
  }
}
