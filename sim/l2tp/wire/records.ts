// AVP values with several parts (layout.ts) as objects: put together from the closures of the parts.

import { assert } from '../../base/assert.ts'
import { MAX_VALUE, type FlagsPart, type Part } from './layout.ts'
import { putUint16, putUint32, uint16At, uint32At } from './octets.ts'
import { partCodec, type ValueCodec, type ValuePart } from './parts.ts'

type Fields = Record<string, unknown>

/** A property of the object, and where it stands from the start of the value. */
interface Field {
  readonly name: string
  readonly offset: number
  readonly part: ValuePart
  readonly codec: ValueCodec
  readonly optional: boolean
}

/** A word of flags, each of which is a property. */
interface Word {
  readonly offset: number
  readonly part: FlagsPart
  readonly flags: readonly (readonly [string, number])[]
  readonly mask: number
}

interface Layout {
  readonly fields: readonly Field[]
  readonly words: readonly Word[]
  /** Octets when nothing of variable length is there. */
  readonly octets: number
}

/** The closures for a value with named parts. */
export function recordCodec(parts: readonly Part[]): ValueCodec<Fields> {
  const layout = place(parts)
  const [first, second, ...others] = layout.fields
  if (layout.words.length === 0 && others.length === 0) {
    if (isPlain(first, 2) && isPlain(second, 2)) return pairCodec16(first, second, layout.octets)
    if (isPlain(first, 4) && isPlain(second, 4)) return pairCodec32(first, second, layout.octets)
  }
  return mixedCodec(layout, lengthRule(parts))
}

function place(parts: readonly Part[]): Layout {
  const fields: Field[] = []
  const words: Word[] = []
  let offset = 0
  for (const part of parts) {
    if (part.kind === 'flags') words.push(wordOf(part, offset))
    else if (part.kind !== 'reserved') {
      const optional = (part.kind === 'uint' || part.kind === 'text') && part.optional
      fields.push({ name: part.name, offset, part, codec: partCodec(part), optional })
    }
    offset += partSize(part)
  }
  return { fields, words, octets: offset }
}

function wordOf(part: FlagsPart, offset: number): Word {
  const flags = Object.entries(part.flags)
  return { offset, part, flags, mask: flags.reduce((all, [, bit]) => all | bit, 0) }
}

/** Octets of a part; what runs to the end of the value counts for nothing. */
function partSize(part: Part): number {
  if (part.kind === 'flags') return 2
  return part.kind === 'uint' || part.kind === 'reserved' ? part.octets : 0
}

/** Which lengths a value may have: it ends after its last obligatory part or after any optional one. */
function lengthRule(parts: readonly Part[]): (octets: number) => boolean {
  const ends = new Set<number>()
  let offset = 0
  let openFrom = Infinity
  for (const part of parts) {
    if (part.kind === 'uint' && part.optional) ends.add(offset)
    if (part.kind === 'text' || part.kind === 'octets') openFrom = offset + part.min
    offset += partSize(part)
  }
  if (openFrom === Infinity) ends.add(offset)
  return (octets) => ends.has(octets) || (octets >= openFrom && octets <= MAX_VALUE)
}

function mixedCodec({ fields, words, octets }: Layout, fits: (octets: number) => boolean): ValueCodec<Fields> {
  const names = [...words.flatMap(({ flags }) => flags.map(([name]) => name)), ...fields.map(({ name }) => name)]
  const blank: Fields = Object.fromEntries(names.map((name) => [name, undefined]))
  const fixed = fields.every(({ optional, codec }) => !optional && codec.fixed >= 0)
  return {
    fixed: fixed ? octets : -1,
    size: fixed ? () => octets : (value) => sizeOf(fields, value),
    write: (value, bytes, at) => {
      for (const word of words) writeWord(word, value, bytes, at)
      for (const field of fields) writeField(field, value, bytes, at)
    },
    read: (bytes, at, end) => {
      if (!fits(end - at)) return undefined
      const record = { ...blank }
      for (const word of words) if (!readWord(word, record, bytes, at)) return undefined
      for (const field of fields) if (!readField(field, record, bytes, { at, end })) return undefined
      return record
    },
    fits,
  }
}

/** Octets up to the last field present; optional fields stand last. */
function sizeOf(fields: readonly Field[], value: Fields): number {
  const last = fields.findLast(({ name, optional }) => !optional || value[name] !== undefined)
  return last === undefined ? 0 : last.offset + last.codec.size(value[last.name])
}

/** An absent field in front of a present one stays 0. */
function writeField({ name, offset, codec, optional }: Field, value: Fields, bytes: Uint8Array, at: number): void {
  const field = value[name]
  if (field !== undefined) codec.write(field, bytes, at + offset)
  else if (!optional) assert(false, `${name} is missing`)
}

interface Span {
  readonly at: number
  readonly end: number
}

/** Sets the property, unless the value ends before it; false when out of range. */
function readField({ name, offset, codec, optional }: Field, record: Fields, bytes: Uint8Array, { at, end }: Span): boolean {
  const start = at + offset
  if (optional && start >= end) return true
  const field = codec.read(bytes, start, codec.fixed < 0 ? end : start + codec.fixed)
  record[name] = field
  return field !== undefined
}

function writeWord({ offset, part, flags }: Word, value: Fields, bytes: Uint8Array, at: number): void {
  let word = 0
  for (const [name, bit] of flags) if (value[name] === true) word |= bit
  assert(word !== 0 || !part.notEmpty, 'at least one flag must be set')
  putUint16(bytes, at + offset, word)
}

function readWord({ offset, part, flags, mask }: Word, record: Fields, bytes: Uint8Array, at: number): boolean {
  const word = uint16At(bytes, at + offset) & mask
  for (const [name, bit] of flags) record[name] = (word & bit) !== 0
  return word !== 0 || !part.notEmpty
}

/** Whether a field is an obligatory number of so many octets without limits. */
function isPlain(field: Field | undefined, octets: 2 | 4): field is Field {
  const part = field?.part
  const all = octets === 2 ? 0xffff : 0xffffffff
  return part?.kind === 'uint' && part.octets === octets && part.min === 0 && part.mask === all && !part.optional
}

/** Two 16-bit numbers: what session synchronisation sends by the thousand, so without loop or dispatch. */
function pairCodec16(first: Field, second: Field, octets: number): ValueCodec<Fields> {
  const [a, b, atA, atB] = [first.name, second.name, first.offset, second.offset]
  const blank: Fields = { [a]: 0, [b]: 0 }
  return {
    fixed: octets,
    size: () => octets,
    write: (value, bytes, at) => {
      putChecked(bytes, at + atA, value[a])
      putChecked(bytes, at + atB, value[b])
    },
    read: (bytes, at, end) => {
      if (end - at !== octets) return undefined
      const record = { ...blank }
      record[a] = uint16At(bytes, at + atA)
      record[b] = uint16At(bytes, at + atB)
      return record
    },
    fits: (count) => count === octets,
  }
}

function putChecked(bytes: Uint8Array, at: number, value: unknown): void {
  if ((Number(value) & 0xffff) !== value) assert(false, `${String(value)} is no 16-bit number`)
  putUint16(bytes, at, value)
}

/** The same for two 32-bit numbers, as L2TPv3 has them. */
function pairCodec32(first: Field, second: Field, octets: number): ValueCodec<Fields> {
  const [a, b, atA, atB] = [first.name, second.name, first.offset, second.offset]
  const blank: Fields = { [a]: 0, [b]: 0 }
  return {
    fixed: octets,
    size: () => octets,
    write: (value, bytes, at) => {
      putChecked32(bytes, at + atA, value[a])
      putChecked32(bytes, at + atB, value[b])
    },
    read: (bytes, at, end) => {
      if (end - at !== octets) return undefined
      const record = { ...blank }
      record[a] = uint32At(bytes, at + atA)
      record[b] = uint32At(bytes, at + atB)
      return record
    },
    fits: (count) => count === octets,
  }
}

function putChecked32(bytes: Uint8Array, at: number, value: unknown): void {
  if (Number(value) >>> 0 !== value) assert(false, `${String(value)} is no 32-bit number`)
  putUint32(bytes, at, value)
}
