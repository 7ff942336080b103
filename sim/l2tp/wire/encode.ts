// Control messages to octets (RFC 2661 section 4, RFC 3931 section 5), by loops over compiled registry rows.

import { assert } from '../../base/assert.ts'
import type { Version } from './avps.ts'
import { digestOctets, type DigestType } from './digest.ts'
import {
  AVP_HEADER,
  CONTROL_HEADER,
  dialectOf,
  FIRST_AVP,
  H_BIT,
  l2tpv2,
  M_BIT,
  MAX_AVP,
  MESSAGE_DIGEST,
  MESSAGE_TYPE,
  MESSAGE_TYPE_SIZE,
  RANDOM_VECTOR,
  type Dialect,
  type MessageLayout,
  type Slot,
} from './dialect.ts'
import { startControlMessage } from './header.ts'
import { hide, hidingKey, type HidingKey } from './hidden.ts'
import type { MessageIn } from './messages.ts'
import { putUint16 } from './octets.ts'

/** How to hide (RFC 2661 4.3). */
export interface Hiding {
  /** Not empty. */
  readonly secret: string
  /** At least 16 octets are recommended (RFC 2661 4.4.1). */
  readonly randomVector: Uint8Array
}

/** In which protocol version a message is written, and with room for which digests: none in L2TPv2, at most two in L2TPv3. */
export interface Form<V extends Version = Version> {
  readonly version: V
  /** Directly behind Message Type, all zeros until sealMessage (digest.ts) fills them (RFC 3931 5.4.1). */
  readonly digests: readonly DigestType[]
}

/** A message object seen without its type. */
type Fields = Record<string, unknown>

const NO_DIGESTS: readonly DigestType[] = []

/**
 * The complete message with ids, Ns and Nr zero (see stampControlHeader), of L2TPv2 unless `form` says otherwise. With `hiding`, a
 * Random Vector AVP precedes the first AVP that may be hidden, and all those are hidden. Values outside their layout, or too long,
 * are a bug of the caller.
 */
export function encodeMessage<V extends Version = 2>(message: MessageIn<V>, hiding?: Hiding, form?: Form<V>): Uint8Array {
  const dialect = form === undefined ? l2tpv2 : dialectOf(form.version)
  const { type } = message as { readonly type: string }
  const layout = dialect.byType[type]
  assert(layout !== undefined, `there is no ${type} in this version`)
  const fields = message as unknown as Fields
  const digests = form === undefined ? NO_DIGESTS : form.digests
  return hiding === undefined
    ? encodeClear(dialect, layout, fields, digests)
    : encodeHiding(dialect, layout, fields, { hiding, digests })
}

function encodeClear(dialect: Dialect, layout: MessageLayout, fields: Fields, digests: readonly DigestType[]): Uint8Array {
  const { slots } = layout
  const first = FIRST_AVP + digestOctets(digests)
  let size = first
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as Slot
    const value = fields[slot.name]
    if (value === undefined) continue
    size += slot.repeats ? listSize(slot, value as readonly unknown[]) : avpSize(slot, value)
  }
  const bytes = startMessage(dialect, layout.row, size)
  if (first !== FIRST_AVP) writeDigests(bytes, digests)
  let at = first
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as Slot
    const value = fields[slot.name]
    if (value === undefined) continue
    if (slot.repeats) for (const item of value as readonly unknown[]) at = writeAvp(slot, item, bytes, at)
    else at = writeAvp(slot, value, bytes, at)
  }
  return bytes
}

function listSize(slot: Slot, items: readonly unknown[]): number {
  if (slot.codec.fixed >= 0) return items.length * (AVP_HEADER + slot.codec.fixed)
  return items.reduce<number>((size, item) => size + avpSize(slot, item), 0)
}

function avpSize({ codec }: Slot, value: unknown): number {
  return AVP_HEADER + (codec.fixed >= 0 ? codec.fixed : codec.size(value))
}

/** A message of `size` octets with header and Message Type AVP. */
function startMessage({ version }: Dialect, row: MessageLayout['row'], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  startControlMessage(bytes, version)
  writeHead(bytes, CONTROL_HEADER, (row.mandatory ? M_BIT << 8 : 0) | MESSAGE_TYPE_SIZE, MESSAGE_TYPE)
  putUint16(bytes, CONTROL_HEADER + AVP_HEADER, row.number)
  return bytes
}

/** Message Digest AVPs with their types, the digests themselves zero. */
function writeDigests(bytes: Uint8Array, digests: readonly DigestType[]): void {
  let at = FIRST_AVP
  for (const digest of digests) {
    const length = digestOctets([digest])
    writeHead(bytes, at, (M_BIT << 8) | length, MESSAGE_DIGEST)
    bytes[at + AVP_HEADER] = digest
    at += length
  }
}

/** `flagsAndLength` is the first word of the AVP: M and H bits and Length. */
function writeHead(bytes: Uint8Array, at: number, flagsAndLength: number, attribute: number): void {
  putUint16(bytes, at, flagsAndLength)
  putUint16(bytes, at + 4, attribute)
}

function writeAvp(slot: Slot, value: unknown, bytes: Uint8Array, at: number): number {
  const length = avpSize(slot, value)
  if (length > MAX_AVP) assert(false, `${slot.name} is longer than its Length field can say`)
  writeHead(bytes, at, (slot.flags << 8) | length, slot.attribute)
  slot.codec.write(value, bytes, at + AVP_HEADER)
  return at + length
}

interface Hidden {
  readonly hiding: Hiding
  readonly digests: readonly DigestType[]
}

function encodeHiding(dialect: Dialect, { row, slots }: MessageLayout, fields: Fields, how: Hidden): Uint8Array {
  const { secret, randomVector } = how.hiding
  const hiding = hidingKey(dialect.hidingKeyOf(secret), randomVector)
  const avps: Uint8Array[] = []
  let announced = false
  for (const slot of slots) {
    const value = fields[slot.name]
    if (value === undefined) continue
    if (slot.row.hides && !announced) avps.push(finishedAvp(M_BIT, RANDOM_VECTOR, randomVector))
    announced ||= slot.row.hides
    const items = slot.repeats ? (value as readonly unknown[]) : [value]
    for (const item of items) avps.push(oneAvp(slot, item, hiding))
  }
  let at = FIRST_AVP + digestOctets(how.digests)
  const size = avps.reduce((sum, avp) => sum + avp.length, at)
  const bytes = startMessage(dialect, row, size)
  writeDigests(bytes, how.digests)
  for (const avp of avps) {
    bytes.set(avp, at)
    at += avp.length
  }
  return bytes
}

/** One AVP, hidden if it may be. */
function oneAvp(slot: Slot, value: unknown, hiding: HidingKey): Uint8Array {
  const plain = new Uint8Array(slot.codec.size(value))
  slot.codec.write(value, plain, 0)
  if (!slot.row.hides) return finishedAvp(slot.flags, slot.attribute, plain)
  return finishedAvp(slot.flags | H_BIT, slot.attribute, hide(slot.attribute, hiding, plain))
}

function finishedAvp(flags: number, attribute: number, value: Uint8Array): Uint8Array {
  const length = AVP_HEADER + value.length
  assert(length <= MAX_AVP, `AVP ${String(attribute)} is longer than its Length field can say`)
  const avp = new Uint8Array(length)
  writeHead(avp, 0, (flags << 8) | length, attribute)
  avp.set(value, AVP_HEADER)
  return avp
}
