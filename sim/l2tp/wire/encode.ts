// Control messages to octets (RFC 2661 section 4), by loops over compiled registry rows.

import { assert } from '../../base/assert.ts'
import {
  AVP_HEADER,
  CONTROL_HEADER,
  FIRST_AVP,
  H_BIT,
  l2tpv2,
  M_BIT,
  MAX_AVP,
  MESSAGE_TYPE,
  MESSAGE_TYPE_SIZE,
  RANDOM_VECTOR,
  type MessageLayout,
  type Slot,
} from './dialect.ts'
import { startControlMessage } from './header.ts'
import { hide, hidingKey, type HidingKey } from './hidden.ts'
import type { ControlMessage } from './messages.ts'
import { putUint16 } from './octets.ts'
import { utf8 } from './text.ts'

/** How to hide (RFC 2661 4.3). */
export interface Hiding {
  /** Not empty. */
  readonly secret: string
  /** At least 16 octets are recommended (RFC 2661 4.4.1). */
  readonly randomVector: Uint8Array
}

/** A message object seen without its type. */
type Fields = Record<string, unknown>

/**
 * The complete message with ids, Ns and Nr zero (see stampControlHeader). With `hiding`, a Random Vector AVP precedes the first
 * AVP that may be hidden, and all those are hidden. Values outside their layout, or too long, are a bug of the caller.
 */
export function encodeMessage(message: ControlMessage, hiding?: Hiding): Uint8Array {
  const layout = l2tpv2.byType[message.type]
  return hiding === undefined ? encodeClear(layout, message) : encodeHiding(layout, message, hiding)
}

function encodeClear(layout: MessageLayout, message: ControlMessage): Uint8Array {
  const fields = message as unknown as Fields
  const { slots } = layout
  let size = FIRST_AVP
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as Slot
    const value = fields[slot.name]
    if (value === undefined) continue
    size += slot.repeats ? listSize(slot, value as readonly unknown[]) : avpSize(slot, value)
  }
  const bytes = startMessage(layout.row, size)
  let at = FIRST_AVP
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
function startMessage(row: MessageLayout['row'], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  startControlMessage(bytes)
  writeHead(bytes, CONTROL_HEADER, (row.mandatory ? M_BIT << 8 : 0) | MESSAGE_TYPE_SIZE, MESSAGE_TYPE)
  putUint16(bytes, CONTROL_HEADER + AVP_HEADER, row.number)
  return bytes
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

function encodeHiding({ row, slots }: MessageLayout, message: ControlMessage, { secret, randomVector }: Hiding): Uint8Array {
  const fields = message as unknown as Fields
  const hiding = hidingKey(utf8(secret), randomVector)
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
  const bytes = startMessage(
    row,
    avps.reduce((size, avp) => size + avp.length, FIRST_AVP),
  )
  let at = FIRST_AVP
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
