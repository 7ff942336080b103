// Random valid control messages for property tests, derived from the two registries: a new row needs no change here.

import fc from 'fast-check'
import { avpRows, type AvpRow } from '../../sim/l2tp/wire/avps.ts'
import type { OctetsPart, Part, TextPart, UintPart } from '../../sim/l2tp/wire/layout.ts'
import { messageRows, type ControlMessage, type MessageRow, type MessageType } from '../../sim/l2tp/wire/messages.ts'

type Value = fc.Arbitrary<unknown>
type Named = UintPart | OctetsPart | TextPart

/** Any L2TPv2 message. */
export function anyMessage(): fc.Arbitrary<ControlMessage> {
  return fc.oneof(...messageRows.filter(isVersion2).map((row) => messageOf(row.type)))
}

/** Any message of one type, each optional AVP there or not. */
export function messageOf(type: MessageType): fc.Arbitrary<ControlMessage> {
  const row: MessageRow | undefined = messageRows.find((candidate) => candidate.type === type && isVersion2(candidate))
  if (row === undefined) throw new Error(`no row for ${type}`)
  const names = [...row.required, ...row.optional]
  const values: Record<string, Value> = { type: fc.constant(type) }
  for (const name of names) values[name] = avpValue(name)
  const message = fc.record(values, { requiredKeys: ['type', ...row.required] })
  return message as unknown as fc.Arbitrary<ControlMessage>
}

/** A message of one type with every AVP that it may have. */
export function fullMessageOf(type: MessageType): fc.Arbitrary<ControlMessage> {
  const row: MessageRow | undefined = messageRows.find((candidate) => candidate.type === type)
  return messageOf(type).filter((message) => row?.optional.every((name) => name in message) ?? false)
}

/** A value for the property `name`. */
function avpValue(name: string): Value {
  const row: AvpRow | undefined = avpRows.filter(isVersion2).find((candidate) => candidate.name === name)
  if (row === undefined) throw new Error(`no AVP named ${name}`)
  const value = partsValue(row.value)
  return row.repeats === true ? fc.array(value, { maxLength: 20 }) : value
}

function isVersion2(row: { readonly versions: readonly number[] }): boolean {
  return row.versions.includes(2)
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
  const optional = named.filter((part) => part.kind !== 'octets' && part.optional)
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
  if (part.kind === 'octets') return fc.uint8Array({ minLength: part.min, maxLength: Math.min(part.max, 40) })
  if (part.kind === 'text') return textValue(part)
  if (part.bits !== undefined) {
    const bits = Object.keys(part.bits).map(Number)
    return fc.subarray(bits).map((set) => set.reduce((all, bit) => all | bit, 0))
  }
  return fc.integer({ min: part.min, max: part.mask })
}

function textValue({ encoding, min, optional }: TextPart): Value {
  const minLength = optional ? 1 : min
  if (encoding === 'utf8') return fc.string({ unit: 'binary', minLength, maxLength: 40 })
  return fc.uint8Array({ minLength, maxLength: 40 }).map((octets) => String.fromCharCode(...octets))
}
