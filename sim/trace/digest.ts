// The digest of a trace: 64 bits that tell whether two runs did the same. Every record goes in, in order, as a sequence of 32-bit
// words: instant, kind and cause, then its fields in the order of the registry. The sequence can be read back in one way only (but
// for names, which stand as 64 bits of hash), and MurmurHash3 runs over it. Not cryptographic.

import type { Address } from '../base/datagram.ts'
import { Murmur, avalanche } from './murmur.ts'
import { recordKinds, type FieldType, type RecordKind, type TraceEvent, type TraceRecord } from './record.ts'

const kindNames = Object.keys(recordKinds) as readonly RecordKind[]

/** Place of each kind in the registry. */
export const kindNumbers = Object.fromEntries(kindNames.map((kind, number) => [kind, number])) as Readonly<Record<RecordKind, number>>

const CAPACITY = 4096
/** More words than any record has beside octets and texts. */
const RESERVE = 64
const LIMIT = CAPACITY - RESERVE
/** An integer that fits a word is that word; before the two words of one that does not stands this one. */
const WIDE = -0x80000000

/** Takes words into a buffer, which is hashed when it is full. A position in the buffer is handed from one part to the next. */
export class Digest {
  private readonly words = new Int32Array(CAPACITY)
  private used = 0
  private readonly murmur = new Murmur()
  private readonly names = new Map<string, number>()
  /** Two words for each name, in order of first use. */
  private nameWords = new Int32Array(128)
  /** By number of address: the place of its name, plus 1. */
  private addressNames = new Int32Array(64)
  private lastName = ''
  private lastPlace = -1

  /** Begins a record; gives the position of what follows. */
  begin(kind: number, at: number, cause: number): number {
    const n = this.used >= LIMIT ? this.hashed(this.used) : this.used
    this.words[n] = at | 0
    // An instant has at most 53 bits: above them is room for the kind.
    this.words[n + 1] = Math.floor(at / 0x100000000) | (kind << 22)
    return this.int(n + 2, cause)
  }

  /** Ends a record. */
  end(n: number): void {
    this.used = n
  }

  /** A safe integer, or Infinity. */
  int(n: number, value: number): number {
    const word = value | 0
    if (word !== value || word === WIDE) return this.wide(n, value)
    this.words[n] = word
    return n + 1
  }

  private wide(n: number, value: number): number {
    this.words[n] = WIDE
    this.words[n + 1] = value | 0
    this.words[n + 2] = value === Infinity ? 0x7fffffff : Math.floor(value / 0x100000000)
    return n + 3
  }

  flag(n: number, value: boolean): number {
    this.words[n] = value ? 1 : 0
    return n + 1
  }

  /** Text of which there are few: hashed once and remembered. */
  name(n: number, text: string): number {
    return this.namePair(n, this.placeOf(text))
  }

  /** A name that is often the same as in the record before. */
  endpoint(n: number, text: string): number {
    if (text !== this.lastName || this.lastPlace < 0) {
      this.lastName = text
      this.lastPlace = this.placeOf(text)
    }
    return this.namePair(n, this.lastPlace)
  }

  /** The name of an address: `ip:port`. */
  address(n: number, { number, text }: Address): number {
    if (number >= this.addressNames.length) this.addressNames = larger(this.addressNames, number + 1)
    let place = this.addressNames[number]! - 1
    if (place < 0) {
      place = this.placeOf(text)
      this.addressNames[number] = place + 1
    }
    return this.namePair(n, place)
  }

  private namePair(n: number, place: number): number {
    this.words[n] = this.nameWords[2 * place]!
    this.words[n + 1] = this.nameWords[2 * place + 1]!
    return n + 2
  }

  private placeOf(text: string): number {
    let place = this.names.get(text)
    if (place === undefined) {
      place = this.names.size
      this.names.set(text, place)
      if (2 * place === this.nameWords.length) this.nameWords = larger(this.nameWords, 2 * place + 1)
      hashName(text, this.nameWords, 2 * place)
    }
    return place
  }

  text(from: number, text: string): number {
    const { words } = this
    let n = this.int(from, text.length)
    for (let i = 0; i < text.length; i += 2) {
      if (n >= LIMIT) n = this.hashed(n)
      words[n++] = text.charCodeAt(i) | (i + 1 < text.length ? text.charCodeAt(i + 1) << 16 : 0)
    }
    return n
  }

  bytes(from: number, bytes: Uint8Array): number {
    const { words } = this
    const { length } = bytes
    let n = this.int(from, length)
    let i = 0
    for (; i + 4 <= length; i += 4) {
      if (n >= LIMIT) n = this.hashed(n)
      words[n++] = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    }
    if (i === length) return n
    let last = 0
    for (let shift = 0; i < length; i++, shift += 8) last |= bytes[i]! << shift
    words[n] = last
    return n + 1
  }

  /** Empties the buffer of the first `n` words, but for what makes no whole block; gives the position after that. */
  private hashed(n: number): number {
    const whole = n & ~3
    this.murmur.absorb(this.words, whole)
    this.words.copyWithin(0, whole, n)
    return n - whole
  }

  /** The digest so far: 16 hexadecimal digits. More may follow. */
  hex(): string {
    this.used = this.hashed(this.used)
    const [first, second] = this.murmur.finish(this.words, this.used)
    return hex32(first) + hex32(second)
  }
}

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}

function larger(from: Int32Array, least: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(Math.max(least, from.length * 2))
  to.set(from)
  return to
}

/** Two words out of a text's UTF-16 units, each unit multiplied into both. */
function hashName(text: string, into: Int32Array, at: number): void {
  let a = 0x243f6a88 ^ text.length
  let b = 0x13198a2e ^ text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x9e3779b1)
    b = Math.imul(b ^ unit, 0x5f356495)
    a ^= b >>> 15
    b ^= a >>> 13
  }
  into[at] = avalanche(a ^ avalanche(b))
  into[at + 1] = avalanche(b ^ avalanche(a))
}

/** Puts the fields of an event; `endpoint` is given apart, as whoever emits an event has it apart. */
export type Writer = (digest: Digest, n: number, endpoint: string, event: never) => number

/** Whatever the kind, from the registry. */
export function writerOf(kind: RecordKind): Writer {
  const fields = Object.entries(recordKinds[kind]) as readonly [string, FieldType][]
  return (digest, n, endpoint, event: Readonly<Record<string, never>>) => {
    let next = n
    for (const [field, type] of fields) {
      next = field === 'endpoint' ? digest.endpoint(next, endpoint) : digest[type](next, event[field] as never)
    }
    return next
  }
}

/** The digest of stored records, in their order; equal to that of the recorder that made them. */
export function digestOf(records: Iterable<TraceRecord>): string {
  const digest = new Digest()
  const writers = new Map<RecordKind, Writer>(kindNames.map((kind) => [kind, writerOf(kind)]))
  for (const record of records) {
    const n = digest.begin(kindNumbers[record.kind], record.at, record.cause)
    const next = writers.get(record.kind)?.(digest, n, endpointOf(record), record as never) ?? n
    digest.end(next)
  }
  return digest.hex()
}

/** '' for kinds without an endpoint. */
export function endpointOf(event: TraceEvent): string {
  return 'endpoint' in event ? event.endpoint : ''
}
