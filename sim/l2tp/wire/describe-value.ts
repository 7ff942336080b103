// The fields of the inspector's tree, and the part of it below an AVP: the parts of a value (layout.ts) as fields with places.

import { toHex } from '../../base/bytes.ts'
import type { FlagsPart, Labels, ListPart, Part, UintPart } from './layout.ts'
import { uint16At, uint32At } from './octets.ts'
import { decodeText } from './text.ts'

/** What the header of an AVP says. */
export interface AvpFacts {
  readonly attribute: number
  readonly vendor: number
  readonly mandatory: boolean
  readonly hidden: boolean
}

export interface Field {
  readonly name: string
  /** In octets from the start of the UDP payload. A bit has the place of the word it is in. */
  readonly offset: number
  readonly length: number
  /** For people; '' for a mere group. */
  readonly value: string
  /** The section that defines it. */
  readonly ref: string
  readonly avp?: AvpFacts
  /** What is wrong with it and what a receiver makes of that. */
  readonly problem?: string
  readonly fields: readonly Field[]
}

/** Where a value stands: `bytes` may be a deciphered copy, `shift` leads from there to the datagram. */
export interface ValuePlace {
  readonly bytes: Uint8Array
  readonly at: number
  readonly end: number
  readonly shift: number
  readonly ref: string
}

/** The octets of a place as they are. */
export function octetsField(name: string, { bytes, at, end, shift, ref }: ValuePlace): Field {
  return { name, offset: at + shift, length: end - at, value: toHex(bytes.subarray(at, end)), ref, fields: [] }
}

/** The parts of a value, each as a field; octets that no part accounts for come last. */
export function describeParts(parts: readonly Part[], place: ValuePlace): readonly Field[] {
  const fields: Field[] = []
  let { at } = place
  for (const part of parts) {
    const end = partEnd(part, at, place.end)
    if (end > place.end || (at === place.end && mayEnd(part))) break
    fields.push(...describePart(part, { ...place, at, end }))
    at = end
  }
  if (at < place.end) fields.push(octetsField('Octets', { ...place, at }))
  return fields
}

function partEnd(part: Part, at: number, end: number): number {
  if (part.kind === 'flags') return at + 2
  if (part.kind === 'uint64') return at + 8
  return part.kind === 'uint' || part.kind === 'reserved' ? at + part.octets : end
}

function mayEnd(part: Part): boolean {
  return (part.kind === 'uint' || part.kind === 'text') && part.optional
}

function describePart(part: Part, place: ValuePlace): readonly Field[] {
  const { bytes, at, end, shift, ref } = place
  const field = (name: string, value: string): Field => ({ name, offset: at + shift, length: end - at, value, ref, fields: [] })
  switch (part.kind) {
    case 'uint':
      return [field(label(part.name), uintText(part, uintAt(part, bytes, at)))]
    case 'uint64':
      return [field(label(part.name), String((BigInt(uint32At(bytes, at)) << 32n) | BigInt(uint32At(bytes, at + 4))))]
    case 'list':
      return describeList(part, place)
    case 'flags':
      return flagTexts(part, uint16At(bytes, at)).map(([name, value]) => field(label(name), value))
    case 'text':
      return [field(label(part.name), JSON.stringify(decodeText(part.encoding, bytes, at, end)))]
    case 'octets':
      return [octetsField(label(part.name), place)]
    case 'reserved':
      return [octetsField('Reserved', place)]
  }
}

function describeList({ meanings }: ListPart, place: ValuePlace): readonly Field[] {
  const { bytes, at, end, shift, ref } = place
  const fields: Field[] = []
  for (let i = at; i + 2 <= end; i += 2) {
    fields.push({ name: 'Value', offset: i + shift, length: 2, value: named(meanings, uint16At(bytes, i)), ref, fields: [] })
  }
  return (end - at) % 2 === 0 ? fields : [...fields, octetsField('Octets', { ...place, at: end - 1 })]
}

function uintAt({ octets }: UintPart, bytes: Uint8Array, at: number): number {
  if (octets === 1) return bytes[at] as number
  return octets === 2 ? uint16At(bytes, at) : uint32At(bytes, at)
}

function uintText({ octets, bits, meanings, base }: UintPart, value: number): string {
  if (bits !== undefined) {
    const set = Object.entries(bits).filter(([bit]) => (value & Number(bit)) !== 0)
    return `${String(value)} (${set.length === 0 ? 'none' : set.map(([, name]) => name).join(', ')})`
  }
  if (base === 16) return `0x${value.toString(16).padStart(2 * octets, '0')}`
  return named(meanings, value)
}

function named(meanings: Labels | undefined, value: number): string {
  const meaning = meanings?.[value]
  return meaning === undefined ? String(value) : `${String(value)} (${meaning})`
}

function flagTexts({ flags }: FlagsPart, word: number): readonly (readonly [string, string])[] {
  return Object.entries(flags).map(([name, bit]) => [name, (word & bit) !== 0 ? '1' : '0'])
}

/** `recoverRemoteTunnelId` as `Recover Remote Tunnel ID`, `recoveryTimeMs` as `Recovery Time (ms)`. */
function label(name: string): string {
  if (name === '') return 'Value'
  const words = name.replace(/[A-Z]/g, ' $&').replace(/ Id\b/g, ' ID').replace(/ Ms$/, ' (ms)')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
