// L2TPv3 data messages (RFC 3931 3.2.2, 4.1.1.1, 4.1.2.1, 4.6): session header with a 32-bit Session ID and a cookie, the default
// L2-Specific Sublayer with its 24-bit sequence number, payload. How long cookie and sublayer are is not in the octets: the receiver
// knows what it asked for. What is old or new is decided elsewhere (sequence numbers: RFC 3931 appendix C).

import { assert } from '../../base/assert.ts'
import { IP_PREFIX, type Transport } from './demultiplex.ts'
import { VERSION_BITS } from './header.ts'
import { putUint16, putUint32, uint16At, uint32At } from './octets.ts'

/** What the receiver of data asked for in its Assigned Cookie, L2-Specific Sublayer and Data Sequencing AVPs. */
export interface DataFormat {
  /** 0, 4 or 8 octets. */
  readonly cookie: Uint8Array
  /** Whether the default sublayer is there. */
  readonly sublayer: boolean
  /** Data Sequencing 1: what carries IP has no number, whatever else has one (RFC 3931 5.4.4). */
  readonly nonIpOnly?: boolean
}

export interface SessionData {
  /** Sequence number, below 2^24; -1 without one. */
  readonly ns: number
  /** Where the payload begins. */
  readonly payloadAt: number
}

/** Octets of the default L2-Specific Sublayer. */
export const SUBLAYER = 4
/** The Sequence Number is valid (RFC 3931 4.6). */
export const SUBLAYER_S_BIT = 0x40000000
export const SEQUENCE_MASK = 0xffffff

const VERSION = 3

/** Octets before the cookie: flags, version, reserved and Session ID over UDP, Session ID over IP. */
export function sessionHeaderOctets(transport: Transport): number {
  return transport === 'udp' ? 8 : IP_PREFIX
}

/** A data message. `ns` is below 2^24, or -1 for none; a number needs the sublayer. */
// eslint-disable-next-line max-params -- called for every transmission: no object made
export function encodeSessionData(
  sessionId: number,
  ns: number,
  payload: Uint8Array,
  { cookie, sublayer }: DataFormat,
  transport: Transport = 'udp',
): Uint8Array {
  assert(sublayer || ns < 0, 'a sequence number needs the sublayer')
  const cookieAt = sessionHeaderOctets(transport)
  const sublayerAt = cookieAt + cookie.length
  const payloadAt = sublayerAt + (sublayer ? SUBLAYER : 0)
  const bytes = new Uint8Array(payloadAt + payload.length)
  if (transport === 'udp') putUint16(bytes, 0, VERSION)
  putUint32(bytes, cookieAt - 4, sessionId)
  bytes.set(cookie, cookieAt)
  if (ns >= 0) putUint32(bytes, sublayerAt, SUBLAYER_S_BIT | ns)
  bytes.set(payload, payloadAt)
  return bytes
}

/** The Session ID of a data message; -1 if it is cut off, or over UDP no data message of version 3. */
export function sessionIdOf(bytes: Uint8Array, transport: Transport = 'udp'): number {
  const end = sessionHeaderOctets(transport)
  if (bytes.length < end) return -1
  if (transport === 'udp' && (((bytes[0] as number) & 0x80) !== 0 || (uint16At(bytes, 0) & VERSION_BITS) !== VERSION)) return -1
  return uint32At(bytes, end - 4)
}

/** What follows the Session ID of a data message, whose header is whole, or why it is dropped (RFC 3931 4.5). */
export function decodeSessionData(
  bytes: Uint8Array,
  { cookie, sublayer }: DataFormat,
  transport: Transport = 'udp',
): SessionData | 'too-short' | 'bad-cookie' {
  const cookieAt = sessionHeaderOctets(transport)
  const sublayerAt = cookieAt + cookie.length
  const payloadAt = sublayerAt + (sublayer ? SUBLAYER : 0)
  if (bytes.length < payloadAt) return 'too-short'
  for (let i = 0; i < cookie.length; i++) if (bytes[cookieAt + i] !== cookie[i]) return 'bad-cookie'
  const word = sublayer ? uint32At(bytes, sublayerAt) : 0
  return { ns: (word & SUBLAYER_S_BIT) !== 0 ? word & SEQUENCE_MASK : -1, payloadAt }
}
