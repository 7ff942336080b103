// L2TPv2 headers (RFC 2661 3.1): control messages have exactly one layout, data messages several. Also what the first octets of a
// body tell cheaply: the message type. Bodies are the codec's.

import { assert } from '../../base/assert.ts'
import { CONTROL_HEADER, FIRST_AVP, l2tpv2, M_BIT, MESSAGE_TYPE, MESSAGE_TYPE_SIZE } from './dialect.ts'
import type { MessageType } from './messages.ts'
import { putUint16, uint16At, uint32At } from './octets.ts'

export { CONTROL_HEADER }

/** Bits of the first word (RFC 2661 3.1); the others are reserved: sent as 0, ignored on receipt. */
export const T_BIT = 0x8000
export const L_BIT = 0x4000
export const S_BIT = 0x0800
export const O_BIT = 0x0200
export const P_BIT = 0x0100
export const VERSION_BITS = 0x000f

const VERSION = 2
const CONTROL_WORD = T_BIT | L_BIT | S_BIT | VERSION
const SEQUENCED_WORD = L_BIT | S_BIT | VERSION
const MAX_LENGTH = 0xffff
const MANDATORY = M_BIT << 24

export interface ControlHeader {
  /** Octets of the whole message. */
  readonly length: number
  /** Assigned by the receiver; 0 while unknown. */
  readonly tunnelId: number
  readonly sessionId: number
  readonly ns: number
  readonly nr: number
}

export interface DataHeader {
  readonly tunnelId: number
  readonly sessionId: number
  /** -1 without sequence numbers. */
  readonly ns: number
  /** Where the payload begins. */
  readonly payloadAt: number
}

/** Why a datagram is discarded unread (RFC 2661 3.1, 7.1). */
export type HeaderFault = 'too-short' | 'bad-version' | 'bad-flags' | 'bad-length'

/** Whether the T bit is set. */
export function isControl(bytes: Uint8Array): boolean {
  return bytes.length > 0 && ((bytes[0] as number) & 0x80) !== 0
}

/**
 * The header of a control message, or why it is to be discarded: unknown version, a data message, a missing L or S bit, an O bit,
 * or a Length below 12 or beyond the datagram. Octets after Length are ignored, as are the P bit and the reserved bits.
 */
export function decodeControlHeader(bytes: Uint8Array): ControlHeader | HeaderFault {
  const fault = controlFault(bytes)
  if (fault !== undefined) return fault
  return {
    length: uint16At(bytes, 2),
    tunnelId: uint16At(bytes, 4),
    sessionId: uint16At(bytes, 6),
    ns: uint16At(bytes, 8),
    nr: uint16At(bytes, 10),
  }
}

function controlFault(bytes: Uint8Array): HeaderFault | undefined {
  if (bytes.length < 2) return 'too-short'
  const word = uint16At(bytes, 0)
  if ((word & VERSION_BITS) !== VERSION) return 'bad-version'
  if ((word & (T_BIT | L_BIT | S_BIT | O_BIT)) !== (T_BIT | L_BIT | S_BIT)) return 'bad-flags'
  if (bytes.length < CONTROL_HEADER) return 'too-short'
  const length = uint16At(bytes, 2)
  return length < CONTROL_HEADER || length > bytes.length ? 'bad-length' : undefined
}

/** Writes ids and sequence numbers into an encoded control message, in place. */
// eslint-disable-next-line max-params -- called for every transmission: plain numbers, no object
export function stampControlHeader(bytes: Uint8Array, tunnelId: number, sessionId: number, ns: number, nr: number): void {
  putUint16(bytes, 4, tunnelId)
  putUint16(bytes, 6, sessionId)
  putUint16(bytes, 8, ns)
  putUint16(bytes, 10, nr)
}

/** First word and Length of a control message that fills `bytes`. */
export function startControlMessage(bytes: Uint8Array): void {
  assert(bytes.length <= MAX_LENGTH, 'a control message is longer than its Length field can say')
  putUint16(bytes, 0, CONTROL_WORD)
  putUint16(bytes, 2, bytes.length)
}

/** A control message without a body: the explicit acknowledgement. Session ID 0. */
export function encodeZlb(tunnelId: number, ns: number, nr: number): Uint8Array {
  const bytes = new Uint8Array(CONTROL_HEADER)
  startControlMessage(bytes)
  stampControlHeader(bytes, tunnelId, 0, ns, nr)
  return bytes
}

/** Whether it is more than a ZLB. */
export function hasBody(header: ControlHeader): boolean {
  return header.length > CONTROL_HEADER
}

/**
 * A data message. `ns` -1 gives the plain header of 6 octets, else L and S bits are set and Nr, which is reserved, is 0. Length
 * counts `totalPayloadLength` octets of payload, of which only `payload` is stored.
 */
// eslint-disable-next-line max-params -- called for every transmission: plain numbers, no object
export function encodeDataMessage(
  tunnelId: number,
  sessionId: number,
  ns: number,
  payload: Uint8Array,
  totalPayloadLength = payload.length,
): Uint8Array {
  const payloadAt = ns < 0 ? 6 : CONTROL_HEADER
  const bytes = new Uint8Array(payloadAt + payload.length)
  if (ns < 0) {
    putUint16(bytes, 0, VERSION)
    putUint16(bytes, 2, tunnelId)
    putUint16(bytes, 4, sessionId)
  } else {
    assert(payloadAt + totalPayloadLength <= MAX_LENGTH, 'a data message is longer than its Length field can say')
    putUint16(bytes, 0, SEQUENCED_WORD)
    putUint16(bytes, 2, payloadAt + totalPayloadLength)
    stampControlHeader(bytes, tunnelId, sessionId, ns, 0)
  }
  bytes.set(payload, payloadAt)
  return bytes
}

/**
 * The header of a data message in any of its layouts, or why it is to be discarded. `missingOctets` is filler at the end of the
 * datagram that is not stored; it counts for the check of Length.
 */
export function decodeDataHeader(bytes: Uint8Array, missingOctets = 0): DataHeader | HeaderFault {
  if (bytes.length < 2) return 'too-short'
  const word = uint16At(bytes, 0)
  if ((word & VERSION_BITS) !== VERSION) return 'bad-version'
  if ((word & T_BIT) !== 0) return 'bad-flags'
  const idsAt = (word & L_BIT) !== 0 ? 4 : 2
  const offsetAt = idsAt + ((word & S_BIT) !== 0 ? 8 : 4)
  const padAt = offsetAt + ((word & O_BIT) !== 0 ? 2 : 0)
  if (bytes.length < padAt) return 'too-short'
  const payloadAt = padAt + (padAt > offsetAt ? uint16At(bytes, offsetAt) : 0)
  const available = bytes.length + missingOctets
  const end = (word & L_BIT) !== 0 ? uint16At(bytes, 2) : available
  if (end > available || payloadAt > end || payloadAt > bytes.length) return 'bad-length'
  return {
    tunnelId: uint16At(bytes, idsAt),
    sessionId: uint16At(bytes, idsAt + 2),
    ns: (word & S_BIT) !== 0 ? uint16At(bytes, idsAt + 4) : -1,
    payloadAt,
  }
}

/**
 * Message type of a control message without decoding it: 'ZLB' without a body; '' for a data message, an unusable header, an
 * unknown type, or a body that does not begin with a sound Message Type AVP.
 */
export function peekType(bytes: Uint8Array): MessageType | 'ZLB' | '' {
  if (!isControl(bytes) || controlFault(bytes) !== undefined) return ''
  const length = uint16At(bytes, 2)
  if (length === CONTROL_HEADER) return 'ZLB'
  if (length < FIRST_AVP || !startsWithMessageType(bytes)) return ''
  return l2tpv2.byNumber[uint16At(bytes, FIRST_AVP - 2)]?.row.type ?? ''
}

/** M bit free, H and reserved bits 0, Length 8, vendor 0, attribute 0 (RFC 2661 4.4.1). */
export function startsWithMessageType(bytes: Uint8Array): boolean {
  const head = uint32At(bytes, CONTROL_HEADER)
  return (head & ~MANDATORY) >>> 0 === MESSAGE_TYPE_SIZE << 16 && uint16At(bytes, CONTROL_HEADER + 4) === MESSAGE_TYPE
}
