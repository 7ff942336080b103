// Builds datagrams octet by octet, right or wrong, without help from the code under test.

import { fromHex } from '../../sim/base/bytes.ts'

/** Octets of a hexadecimal text; white space is ignored. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text)
  if (bytes === undefined) throw new Error(`not hexadecimal: ${text}`)
  return bytes
}

export interface AvpShape {
  readonly mandatory?: boolean
  readonly hidden?: boolean
  /** The four reserved bits. */
  readonly reserved?: number
  readonly vendor?: number
  /** Instead of the right Length. */
  readonly length?: number
}

/** One AVP with the given value in hexadecimal. M is set unless said otherwise. */
export function avp(attribute: number, value: string, shape: AvpShape = {}): Uint8Array {
  const octets = hex(value)
  const { mandatory = true, hidden = false, reserved = 0, vendor = 0, length = 6 + octets.length } = shape
  const word = (mandatory ? 0x8000 : 0) | (hidden ? 0x4000 : 0) | (reserved << 10) | length
  return concat(uint16(word), uint16(vendor), uint16(attribute), octets)
}

/** Message Type AVP. */
export function messageType(number: number, shape: AvpShape = {}): Uint8Array {
  return avp(0, number.toString(16).padStart(4, '0'), shape)
}

/** A control message: header with Length set, ids and sequence numbers zero, then the AVPs. */
export function control(...avps: readonly Uint8Array[]): Uint8Array {
  const body = concat(...avps)
  return concat(uint16(0xc802), uint16(12 + body.length), new Uint8Array(8), body)
}

/** The same with an L2TPv3 header. */
export function control3(...avps: readonly Uint8Array[]): Uint8Array {
  const bytes = control(...avps)
  bytes[1] = 3
  return bytes
}

export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]))
}
