// Headers of control messages of both versions (RFC 2661 3.1, RFC 3931 3.2.1), which have one layout but for their ids, and of
// L2TPv2 data messages, which have several. Also what the first octets of a body tell cheaply: the message type. Bodies are the
// codec's, L2TPv3 data messages those of data-v3.ts; which version a datagram has is told in demultiplex.ts.

import { assert } from '../../base/assert.ts'
import type { Version } from './avps.ts'
import { CONTROL_HEADER, dialectOf, FIRST_AVP, M_BIT, MESSAGE_TYPE, MESSAGE_TYPE_SIZE, RESERVED_BITS } from './dialect.ts'
import type { MessageType } from './messages.ts'
import { putUint16, putUint32, uint16At, uint32At } from './octets.ts'

export { CONTROL_HEADER }

/** Bits of the first word (RFC 2661 3.1); the others are reserved: sent as 0, ignored on receipt. */
export const T_BIT = 0x8000
export const L_BIT = 0x4000
export const S_BIT = 0x0800
export const O_BIT = 0x0200
export const P_BIT = 0x0100
export const VERSION_BITS = 0x000f

const VERSION = 2
const CONTROL_WORD = T_BIT | L_BIT | S_BIT
const SEQUENCED_WORD = L_BIT | S_BIT | VERSION
const MAX_LENGTH = 0xffff
/** Bits in the first word of a Message Type AVP that may be either way. */
const FREE_BITS = M_BIT << 24
const FREE_BITS_3 = (M_BIT | RESERVED_BITS) << 24

export interface ControlHeader<V extends Version = 2> {
  readonly version: V
  /** Octets of the whole message. */
  readonly length: number
  /** Assigned by the receiver; 0 while unknown. The Control Connection ID of L2TPv3. */
  readonly tunnelId: number
  /** L2TPv3 has none in its control header: 0 (R3931-AMB-03). */
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

/** Why a datagram is discarded unread (RFC 2661 3.1, 7.1; RFC 3931 7.1). */
export type HeaderFault = 'too-short' | 'bad-version' | 'bad-flags' | 'bad-length'

/** Whether the T bit is set; over IP see demultiplex.ts. */
export function isControl(bytes: Uint8Array): boolean {
  return bytes.length > 0 && ((bytes[0] as number) & 0x80) !== 0
}

/**
 * The header of a control message of the given version, or why it is to be discarded: another version, a data message, a missing L
 * or S bit, an O bit (which L2TPv3 does not have and ignores), or a Length below 12 or beyond the datagram. Octets after Length are
 * ignored, as are the P bit and the reserved bits.
 */
export function decodeControlHeader<V extends Version = 2>(bytes: Uint8Array, version = 2 as V): ControlHeader<V> | HeaderFault {
  const fault = controlFault(bytes, version)
  if (fault !== undefined) return fault
  return {
    version,
    length: uint16At(bytes, 2),
    tunnelId: version === 2 ? uint16At(bytes, 4) : uint32At(bytes, 4),
    sessionId: version === 2 ? uint16At(bytes, 6) : 0,
    ns: uint16At(bytes, 8),
    nr: uint16At(bytes, 10),
  }
}

function controlFault(bytes: Uint8Array, version: number): HeaderFault | undefined {
  if (bytes.length < 2) return 'too-short'
  const word = uint16At(bytes, 0)
  if ((word & VERSION_BITS) !== version) return 'bad-version'
  const judged = version === VERSION ? T_BIT | L_BIT | S_BIT | O_BIT : T_BIT | L_BIT | S_BIT
  if ((word & judged) !== (T_BIT | L_BIT | S_BIT)) return 'bad-flags'
  if (bytes.length < CONTROL_HEADER) return 'too-short'
  const length = uint16At(bytes, 2)
  return length < CONTROL_HEADER || length > bytes.length ? 'bad-length' : undefined
}

/** Writes ids and sequence numbers into an encoded control message, in place. An L2TPv3 header has no place for a Session ID. */
// eslint-disable-next-line max-params -- called for every transmission: plain numbers, no object
export function stampControlHeader(bytes: Uint8Array, tunnelId: number, sessionId: number, ns: number, nr: number): void {
  if (((bytes[1] as number) & VERSION_BITS) === VERSION) {
    putUint16(bytes, 4, tunnelId)
    putUint16(bytes, 6, sessionId)
  } else putUint32(bytes, 4, tunnelId)
  putUint16(bytes, 8, ns)
  putUint16(bytes, 10, nr)
}

/** First word and Length of a control message that fills `bytes`. */
export function startControlMessage(bytes: Uint8Array, version: Version): void {
  assert(bytes.length <= MAX_LENGTH, 'a control message is longer than its Length field can say')
  putUint16(bytes, 0, CONTROL_WORD | version)
  putUint16(bytes, 2, bytes.length)
}

/** A control message without a body: the explicit acknowledgement. Session ID 0. In L2TPv3 an ACK without authentication. */
export function encodeZlb(tunnelId: number, ns: number, nr: number, version: Version = VERSION): Uint8Array {
  const bytes = new Uint8Array(CONTROL_HEADER)
  startControlMessage(bytes, version)
  stampControlHeader(bytes, tunnelId, 0, ns, nr)
  return bytes
}

/** Whether it is more than a ZLB. */
export function hasBody(header: ControlHeader<Version>): boolean {
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
  const version = ((bytes[1] ?? 0) & VERSION_BITS) === 3 ? 3 : VERSION
  if (!isControl(bytes) || controlFault(bytes, version) !== undefined) return ''
  const length = uint16At(bytes, 2)
  if (length === CONTROL_HEADER) return 'ZLB'
  if (length < FIRST_AVP || !startsWithMessageType(bytes)) return ''
  return dialectOf(version).byNumber[uint16At(bytes, FIRST_AVP - 2)]?.row.type ?? ''
}

/**
 * M bit free, H bit 0, Length 8, vendor 0, attribute 0 (RFC 2661 4.4.1, RFC 3931 5.4.1); reserved bits 0 in L2TPv2, free in L2TPv3.
 * There are octets for a control header and this AVP.
 */
export function startsWithMessageType(bytes: Uint8Array): boolean {
  const free = ((bytes[1] as number) & VERSION_BITS) === VERSION ? FREE_BITS : FREE_BITS_3
  const head = uint32At(bytes, CONTROL_HEADER)
  return (head & ~free) >>> 0 === MESSAGE_TYPE_SIZE << 16 && uint16At(bytes, CONTROL_HEADER + 4) === MESSAGE_TYPE
}
