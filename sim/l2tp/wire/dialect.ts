// The two registries of one protocol version, compiled once when the module loads: what encoder, decoder and inspector look up.
// Nothing here is specific to a message or an AVP.

import { assert } from '../../base/assert.ts'
import { avpRows, type AvpRow, type Version } from './avps.ts'
import { deriveKey, HIDING } from './keys.ts'
import { avpsIn, messageRows, type MessageAvps, type MessageRow, type MessageType } from './messages.ts'
import type { ValueCodec } from './parts.ts'
import { utf8 } from './text.ts'
import { compileValue } from './values.ts'

/** An AVP in a message. */
export interface Slot {
  readonly row: AvpRow
  readonly name: string
  readonly attribute: number
  readonly codec: ValueCodec
  readonly repeats: boolean
  /** Its bit in the set of AVPs seen; 0 if it repeats. */
  readonly bit: number
  /** First octet of the AVP as sent in clear, without the high bits of Length. */
  readonly flags: number
}

/** A message of this version. */
export interface MessageLayout {
  readonly row: MessageRow & { readonly type: MessageType }
  /** In the order in which they are sent. */
  readonly slots: readonly Slot[]
  /** By attribute, 0 to 255. */
  readonly slotOf: readonly (Slot | undefined)[]
  /** Bits of the AVPs without which the message is malformed. */
  readonly requiredBits: number
  /** A message of this type without any AVP, to be copied. */
  readonly blank: Readonly<Record<string, unknown>>
  /** Repeating AVPs, which start as empty lists. */
  readonly lists: readonly string[]
}

export interface Dialect {
  readonly version: Version
  /** Every AVP of this version, by attribute. */
  readonly avps: readonly (AvpRow | undefined)[]
  readonly byNumber: readonly (MessageLayout | undefined)[]
  readonly byType: Readonly<Record<string, MessageLayout | undefined>>
  /** Whether a reserved bit in the header of an AVP makes the AVP unrecognised (RFC 2661 4.1) or means nothing (RFC 3931 5.1). */
  readonly refusesReserved: boolean
  /** The octets with which values are hidden, from the shared secret. */
  readonly hidingKeyOf: (secret: string) => Uint8Array
  /** The section on the header of an AVP, and the one on hiding. */
  readonly refs: { readonly header: string; readonly avp: string; readonly hiding: string }
}

/** M bit, H bit and reserved bits in the first octet of an AVP (RFC 2661 4.1). */
export const M_BIT = 0x80
export const H_BIT = 0x40
export const RESERVED_BITS = 0x3c

export const MESSAGE_TYPE = 0
export const RANDOM_VECTOR = 36
export const EXTENDED_VENDOR_ID = 58
export const MESSAGE_DIGEST = 59

/** Octets before the value of an AVP. */
export const AVP_HEADER = 6
/** Octets of the Message Type AVP. */
export const MESSAGE_TYPE_SIZE = 8
/** Octets of a control header (RFC 2661 3.1, RFC 3931 3.2.1), and so of a ZLB. */
export const CONTROL_HEADER = 12
/** Where the AVPs after Message Type begin. */
export const FIRST_AVP = CONTROL_HEADER + MESSAGE_TYPE_SIZE
/** Longest AVP: its Length has 10 bits. */
export const MAX_AVP = 0x3ff

/** The registries of L2TPv2. */
export const l2tpv2: Dialect = {
  ...compileDialect(2),
  refusesReserved: true,
  hidingKeyOf: utf8,
  refs: { header: 'RFC 2661 3.1', avp: 'RFC 2661 4.1', hiding: 'RFC 2661 4.3' },
}

/** The registries of L2TPv3. */
const l2tpv3: Dialect = {
  ...compileDialect(3),
  refusesReserved: false,
  hidingKeyOf: (secret) => deriveKey(secret, HIDING),
  refs: { header: 'RFC 3931 3.2.1', avp: 'RFC 3931 5.1', hiding: 'RFC 3931 5.3' },
}

/** The registries of a protocol version. */
export function dialectOf(version: Version): Dialect {
  return version === 2 ? l2tpv2 : l2tpv3
}

function compileDialect(version: Version): Pick<Dialect, 'version' | 'avps' | 'byNumber' | 'byType'> {
  const rows = avpRows.filter((row) => (row.versions as readonly Version[]).includes(version))
  const layouts = messageRows.flatMap((row) => {
    const avps = avpsIn(version, row)
    return avps === undefined ? [] : [compileMessage(row, avps, rows)]
  })
  return {
    version,
    avps: indexed(rows.map((row) => [row.attribute, row])),
    byNumber: indexed(layouts.map((layout) => [layout.row.number, layout])),
    byType: Object.fromEntries(layouts.map((layout) => [layout.row.type, layout])),
  }
}

function compileMessage(row: MessageLayout['row'], { required, optional }: MessageAvps, rows: readonly AvpRow[]): MessageLayout {
  const slots = [...required, ...optional].map((name, i) => {
    const avp = rows.find((candidate) => candidate.name === name)
    assert(avp !== undefined, `${row.type} lists ${name}, which no row describes`)
    return compileSlot(avp, 1 << i)
  })
  assert(slots.length < 31, `${row.type} has more AVPs than the set of AVPs seen has bits`)
  const names = slots.map((slot) => slot.name)
  return {
    row,
    slots,
    slotOf: indexed(slots.map((slot) => [slot.attribute, slot])),
    requiredBits: slots.slice(0, required.length).reduce((bits, slot) => bits | slot.bit, 0),
    blank: { type: row.type, ...Object.fromEntries(names.map((name) => [name, undefined])) },
    lists: slots.filter((slot) => slot.repeats).map((slot) => slot.name),
  }
}

function compileSlot(row: AvpRow, bit: number): Slot {
  const repeats = row.repeats === true
  return {
    row,
    name: row.name,
    attribute: row.attribute,
    codec: compileValue(row.value, row.alsoReads),
    repeats,
    bit: repeats ? 0 : bit,
    flags: row.mandatory ? M_BIT : 0,
  }
}

/** An array of at least 256 entries that has each value at its key. */
function indexed<T>(entries: readonly (readonly [number, T])[]): readonly (T | undefined)[] {
  const size = entries.reduce((most, [key]) => Math.max(most, key + 1), 256)
  const array = new Array<T | undefined>(size).fill(undefined)
  for (const [key, value] of entries) {
    assert(array[key] === undefined, `two rows have the number ${String(key)}`)
    array[key] = value
  }
  return array
}
