// Turns values into 32-bit words and hashes them: what stands between records and the hash function. The sequence of words can be
// read back in one way only (but for names, which stand as 64 bits of hash), so different values give different sequences. Which
// values make a digest is said in digest.ts.

import type { Address } from '../base/datagram.ts'
import { hashName } from '../base/name-hash.ts'
import { Murmur } from './murmur.ts'

const CAPACITY = 4096
/** More words than any record has beside octets and texts. */
const RESERVE = 64
const LIMIT = CAPACITY - RESERVE
/** An integer that fits a word is that word; before the two words of one that does not stands this one. */
const WIDE = -0x80000000
/** Octets that are put at a time. */
const PART = 4096
/** From this length on, copying the octets as they are is faster than composing words. */
const COPIED = 24
const LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1

/** Names hashed so far, with two words for each in order of first use. */
class Names {
  readonly places = new Map<string, number>()
  words = new Int32Array(512)

  enter(text: string): number {
    const place = this.places.size
    this.places.set(text, place)
    if (2 * place === this.words.length) this.words = larger(this.words, 2 * place + 2)
    this.words.set(hashName(text), 2 * place)
    return place
  }
}

/** Runs of one scenario use the same names, so they are kept from run to run; runs of very many do not pile them up for ever. */
const NAMES_KEPT = 50_000
let kept = new Names()

function namesInUse(): Names {
  if (kept.places.size > NAMES_KEPT) kept = new Names()
  return kept
}

/** Takes words into a buffer, which is hashed when it is full. A position in the buffer is handed from one part to the next. */
export class Hasher {
  private readonly words = new Int32Array(CAPACITY)
  private readonly octets = new Uint8Array(this.words.buffer)
  private used = 0
  private readonly murmur = new Murmur()
  private readonly names = namesInUse()
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
    return this.named(n, this.placeOf(text))
  }

  /** A name that is often the same as in the record before. */
  endpoint(n: number, text: string): number {
    if (text !== this.lastName || this.lastPlace < 0) {
      this.lastName = text
      this.lastPlace = this.placeOf(text)
    }
    return this.named(n, this.lastPlace)
  }

  /** The name of an address: `ip:port`. */
  address(n: number, { hashA, hashB }: Address): number {
    this.words[n] = hashA
    this.words[n + 1] = hashB
    return n + 2
  }

  /** A name by its place. */
  named(n: number, place: number): number {
    const { words } = this.names
    this.words[n] = words[2 * place]!
    this.words[n + 1] = words[2 * place + 1]!
    return n + 2
  }

  /** The place of a name, the same as long as the hasher lives. */
  placeOf(text: string): number {
    return this.names.places.get(text) ?? this.names.enter(text)
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
    let n = this.int(from, bytes.length)
    if (bytes.length <= PART) return this.part(n, bytes)
    for (let i = 0; i < bytes.length; i += PART) n = this.part(n, bytes.subarray(i, i + PART))
    return n
  }

  /** At most PART octets, four to a word, the first lowest. */
  private part(from: number, bytes: Uint8Array): number {
    const { words } = this
    const { length } = bytes
    if (length === 0) return from
    const n = from + (length >> 2) >= LIMIT ? this.hashed(from) : from
    const end = n + ((length + 3) >> 2)
    words[end - 1] = 0
    if (length < COPIED || !LITTLE_ENDIAN) putOctets(words, n, bytes)
    else this.octets.set(bytes, 4 * n)
    return end
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

/** Adds the octets, four to a word; the last word is 0 before. */
function putOctets(words: Int32Array, from: number, bytes: Uint8Array): void {
  const whole = bytes.length & ~3
  let n = from
  for (let i = 0; i < whole; i += 4) {
    words[n++] = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
  }
  for (let i = whole; i < bytes.length; i++) words[n]! |= bytes[i]! << (8 * (i - whole))
}

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}

function larger(from: Int32Array, least: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(Math.max(least, from.length * 2))
  to.set(from)
  return to
}
