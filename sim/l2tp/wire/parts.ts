// Closures for the single parts of an AVP value (layout.ts): integers, lists of them, octets, text.

import { assert } from '../../base/assert.ts'
import { MAX_VALUE, type ListPart, type OctetsPart, type TextPart, type Uint64Part, type UintPart } from './layout.ts'
import { putUint16, putUint32, uint16At, uint32At } from './octets.ts'
import { decodeText, textSize, writeText } from './text.ts'

/** Reads and writes one kind of value. */
export interface ValueCodec<T = unknown> {
  /** Octets it always takes; -1 if that depends on the value. */
  readonly fixed: number
  size(value: T): number
  /** Writes at `at`. A value outside the layout is a bug of ours (R2661-7.1-06, R4951-5.1-10). */
  write(value: T, bytes: Uint8Array, at: number): void
  /** The value in octets [at, end); undefined when malformed. */
  read(bytes: Uint8Array, at: number, end: number): T | undefined
  /** Whether a value may have so many octets: tells a wrong length from a wrong value. */
  fits(octets: number): boolean
}

export type ValuePart = UintPart | Uint64Part | ListPart | OctetsPart | TextPart

/** The closures for one part. */
export function partCodec(part: ValuePart): ValueCodec {
  switch (part.kind) {
    case 'uint':
      return uintCodec(part)
    case 'uint64':
      return uint64Codec
    case 'list':
      return listCodec(part)
    case 'text':
      return textCodec(part)
    case 'octets':
      return octetsCodec(part)
  }
}

function uintCodec(part: UintPart): ValueCodec<number> {
  const { octets, min, mask } = part
  const check = (value: number) => {
    if (!(value >= min && (value & mask) >>> 0 === value)) assert(false, `the value ${String(value)} is out of range`)
  }
  const inRange = (value: number) => (value >= min ? value : undefined)
  const common = { fixed: octets, size: () => octets, fits: (count: number) => count === octets }
  if (octets === 1) {
    return {
      ...common,
      write: (value, bytes, at) => {
        check(value)
        bytes[at] = value
      },
      read: (bytes, at, end) => (end - at === 1 ? inRange((bytes[at] as number) & mask) : undefined),
    }
  }
  if (octets === 2) {
    return {
      ...common,
      write: (value, bytes, at) => {
        check(value)
        putUint16(bytes, at, value)
      },
      read: (bytes, at, end) => (end - at === 2 ? inRange(uint16At(bytes, at) & mask) : undefined),
    }
  }
  return {
    ...common,
    write: (value, bytes, at) => {
      check(value)
      putUint32(bytes, at, value)
    },
    read: (bytes, at, end) => (end - at === 4 ? inRange((uint32At(bytes, at) & mask) >>> 0) : undefined),
  }
}

const uint64Codec: ValueCodec<bigint> = {
  fixed: 8,
  size: () => 8,
  fits: (octets) => octets === 8,
  write: (value, bytes, at) => {
    assert(BigInt.asUintN(64, value) === value, `the value ${String(value)} is out of range`)
    putUint32(bytes, at, Number(value >> 32n))
    putUint32(bytes, at + 4, Number(value & 0xffffffffn))
  },
  read: (bytes, at, end) =>
    end - at === 8 ? (BigInt(uint32At(bytes, at)) << 32n) | BigInt(uint32At(bytes, at + 4)) : undefined,
}

function listCodec({ min }: ListPart): ValueCodec<readonly number[]> {
  const fits = (octets: number) => octets >= 2 * min && octets <= MAX_VALUE && octets % 2 === 0
  return {
    fixed: -1,
    size: (value) => 2 * value.length,
    write: (value, bytes, at) => {
      assert(fits(2 * value.length), 'a list of this length is not allowed here')
      value.forEach((item, i) => {
        if ((item & 0xffff) !== item) assert(false, `${String(item)} is no 16-bit number`)
        putUint16(bytes, at + 2 * i, item)
      })
    },
    read: (bytes, at, end) => {
      if (!fits(end - at)) return undefined
      const items: number[] = []
      for (; at < end; at += 2) items.push(uint16At(bytes, at))
      return items
    },
    fits,
  }
}

function octetsCodec({ min, max, step }: OctetsPart): ValueCodec<Uint8Array> {
  const fits = (octets: number) => octets >= min && octets <= max && (octets - min) % step === 0
  return {
    fixed: -1,
    size: (value) => value.length,
    write: (value, bytes, at) => {
      assert(fits(value.length), 'octets of this length are not allowed here')
      bytes.set(value, at)
    },
    read: (bytes, at, end) => (fits(end - at) ? new Uint8Array(bytes.subarray(at, end)) : undefined),
    fits,
  }
}

function textCodec({ min, encoding }: TextPart): ValueCodec<string> {
  const fits = (octets: number) => octets >= min && octets <= MAX_VALUE
  return {
    fixed: -1,
    size: (value) => textSize(encoding, value),
    write: (value, bytes, at) => {
      assert(value.length >= min, 'this text may not be empty')
      writeText(encoding, value, bytes, at)
    },
    read: (bytes, at, end) => (fits(end - at) ? decodeText(encoding, bytes, at, end) : undefined),
    fits,
  }
}
