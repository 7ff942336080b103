// Random valid control messages for property tests, derived from the two registries: a new row needs no change here.

import fc from 'fast-check'
import { avpRows, type AvpRow, type Version } from '../../sim/l2tp/wire/avps.ts'
import type { ListPart, OctetsPart, Part, TextPart, Uint64Part, UintPart } from '../../sim/l2tp/wire/layout.ts'
import { avpsIn, messageRows, type MessageAvps, type MessageIn, type MessageType } from '../../sim/l2tp/wire/messages.ts'

type Value = fc.Arbitrary<unknown>
type Named = UintPart | Uint64Part | ListPart | OctetsPart | TextPart

/** Types of the messages that a version has. */
export function typesIn<V extends Version>(version: V): readonly MessageType<V>[] {
  const rows = messageRows.filter((row) => avpsIn(version, row) !== undefined)
  return rows.map((row) => row.type as MessageType<V>)
}

/** Any L2TPv2 message. */
export function anyMessage(): fc.Arbitrary<MessageIn<2>> {
  return anyMessageIn(2)
}

/** Any message of a version. */
export function anyMessageIn<V extends Version>(version: V): fc.Arbitrary<MessageIn<V>> {
  return fc.oneof(...typesIn(version).map((type) => messageOf<V>(type, version)))
}

/** Any message of one type, each optional AVP there or not. */
export function messageOf<V extends Version = 2>(type: MessageType<V>, version = 2 as V): fc.Arbitrary<MessageIn<V>> {
  const { required, optional } = listsOf(type, version)
  const values: Record<string, Value> = { type: fc.constant(type) }
  for (const name of [...required, ...optional]) values[name] = avpValue(name, version)
  const message = fc.record(values, { requiredKeys: ['type', ...required] })
  return message as unknown as fc.Arbitrary<MessageIn<V>>
}

/** A message of one type with every AVP that it may have. */
export function fullMessageOf<V extends Version = 2>(type: MessageType<V>, version = 2 as V): fc.Arbitrary<MessageIn<V>> {
  const { optional } = listsOf(type, version)
  return messageOf<V>(type, version).filter((message) => optional.every((name) => name in (message as object)))
}

function listsOf(type: string, version: Version): MessageAvps {
  const row = messageRows.find((candidate) => candidate.type === type)
  const avps = row && avpsIn(version, row)
  if (avps === undefined) throw new Error(`no ${type} in version ${String(version)}`)
  return avps
}

/** A value for the property `name`. */
function avpValue(name: string, version: Version): Value {
  const rows: readonly AvpRow[] = avpRows
  const row = rows.find((candidate) => candidate.name === name && candidate.versions.includes(version))
  if (row === undefined) throw new Error(`no AVP named ${name}`)
  const value = partsValue(row.value)
  return row.repeats === true ? fc.array(value, { maxLength: 20 }) : value
}

function partsValue(parts: readonly Part[]): Value {
  if (parts.length === 0) return fc.constant(true)
  const named = parts.filter((part): part is Named => part.kind !== 'reserved' && part.kind !== 'flags')
  const lone = named[0]
  return lone?.name === '' ? partValue(lone) : recordValue(parts, named)
}

/** Flags, the obligatory fields, and the optional ones up to some point. */
function recordValue(parts: readonly Part[], named: readonly Named[]): Value {
  const flags = parts.flatMap((part) => (part.kind === 'flags' ? Object.keys(part.flags) : []))
  const optional = named.filter((part) => (part.kind === 'uint' || part.kind === 'text') && part.optional)
  const values = Object.fromEntries([
    ...flags.map((name) => [name, fc.boolean()] as const),
    ...named.map((part) => [part.name, partValue(part)] as const),
  ])
  const record = fc
    .nat({ max: optional.length })
    .chain((present) => fc.record(without(values, optional.slice(present))) as fc.Arbitrary<Record<string, unknown>>)
  return flags.length === 0 ? record : record.filter((value) => flags.some((name) => value[name] === true))
}

function without(values: Record<string, Value>, parts: readonly Named[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => parts.every((part) => part.name !== name)))
}

function partValue(part: Named): Value {
  if (part.kind === 'octets') return octetsValue(part)
  if (part.kind === 'uint64') return fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn })
  if (part.kind === 'list') return fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: part.min, maxLength: 20 })
  if (part.kind === 'text') return textValue(part)
  if (part.bits !== undefined) {
    const bits = Object.keys(part.bits).map(Number)
    return fc.subarray(bits).map((set) => set.reduce((all, bit) => all | bit, 0))
  }
  return fc.integer({ min: part.min, max: part.mask })
}

function octetsValue({ min, max, step }: OctetsPart): Value {
  if (step === 1) return fc.uint8Array({ minLength: min, maxLength: Math.min(max, 40) })
  const lengths = fc.nat({ max: Math.floor((Math.min(max, 40) - min) / step) }).map((steps) => min + steps * step)
  return lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
}

function textValue({ encoding, min, optional }: TextPart): Value {
  const minLength = optional ? 1 : min
  if (encoding === 'utf8') return fc.string({ unit: 'binary', minLength, maxLength: 40 })
  return fc.uint8Array({ minLength, maxLength: 40 }).map((octets) => String.fromCharCode(...octets))
}
