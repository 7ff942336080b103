// What an endpoint says that it should not, when a fault tells it to: a message out of turn, about a call that there is not, asking for
// what was never offered, or malformed. It goes through the control channel like any other (numbers, retransmission, digest), so that its
// peer has to answer it by the rules (RFC 2661 4.1, 7.1, and the state tables).

import { idleSession } from './calls.ts'
import type { LcceContext, Session, Tunnel } from './tunnel.ts'
import { encodeMessage } from './wire/codec.ts'
import { FIRST_AVP } from './wire/dialect.ts'
import type { AnyMessage, MessageIn } from './wire/messages.ts'
import { putUint16 } from './wire/octets.ts'

export const misspokenTypes = ['SCCRQ', 'SCCRP', 'SCCCN', 'HELLO', 'ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN'] as const
type MisspokenType = (typeof misspokenTypes)[number]

/** What is wrong with a message beside that nobody expects it. */
export const flaws = [
  'none',
  'strange', // about a session that the peer has not
  'unacceptable', // asks for what the peer has not, or has given away
  'unknown-avp', // an AVP that nobody knows, with the M bit
  'vendor-avp', // an AVP of a vendor, with the M bit
  'optional-avp', // the same without: it is to be ignored
  'missing-avp',
  'short-avp', // an AVP that claims to be longer than the message
  'unknown-type',
] as const

export interface Misspeech {
  readonly says: MisspokenType
  readonly flaw: (typeof flaws)[number]
  /** Instead of the next message of this type; at once if undefined. */
  readonly insteadOf: MisspokenType | undefined
}

/** Octets to be enqueued, and the session of the peer that they are about. */
interface Misspoken {
  readonly bytes: Uint8Array
  readonly peerSessionId: number
}

/** A Session ID that no peer has given. */
const strangeNumber = (number: number): number => ((number + 0x7a31) & 0x7fff) | 0x4000

/** A call that there is not, for messages that must be about one. */
const nobodysCall = (tunnel: Tunnel): Session =>
  idleSession(tunnel, 'incoming-lac', { localSessionId: 1, peerSessionId: 0, serialNumber: 1 })

/** The call that a message is about, as it claims. */
function claimed(tunnel: Tunnel, session: Session | undefined, { says, flaw }: Misspeech): Session {
  const call = session ?? nobodysCall(tunnel)
  if (flaw === 'strange') {
    return { ...call, localSessionId: strangeNumber(call.localSessionId), peerSessionId: strangeNumber(call.peerSessionId) }
  }
  // What is new names no session of the peer.
  return flaw === 'unacceptable' && (says === 'ICRQ' || says === 'OCRQ') ? { ...call, peerSessionId: 0 } : call
}

function plainMessage(tunnel: Tunnel, call: Session, says: MisspokenType): AnyMessage {
  const { protocol } = tunnel
  switch (says) {
    case 'SCCRQ':
      return protocol.sccrq(tunnel)
    case 'SCCRP':
      return protocol.sccrp(tunnel)
    case 'SCCCN':
      return protocol.scccn(tunnel)
    case 'HELLO':
      return { type: 'HELLO' }
    case 'ICRQ':
      return protocol.icrq(call)
    case 'ICRP':
      return protocol.icrp(call)
    case 'ICCN':
      return protocol.iccn(call)
    case 'OCRQ':
      return protocol.ocrq(call)
    case 'OCRP':
      return protocol.ocrp(call)
    case 'OCCN':
      return protocol.occn(call)
  }
}

/** A number that the peer knows for another call. */
function numberOfAnother({ tunnel, localSessionId }: Session): number {
  for (const other of tunnel.sessions.values()) if (other.localSessionId !== localSessionId) return other.localSessionId
  return localSessionId
}

/** RFC 2661 4.4.3 and 4.4.4, RFC 3931 5.4.3 and 5.4.4: what no peer of ours has, or none that has but one kind of it. */
function unacceptable(message: AnyMessage, call: Session): AnyMessage {
  const wrong = {
    protocolVersion: { version: 2, revision: 0 },
    pseudowireType: 0x7fff,
    framingType: 2,
    bearerType: 2,
    dataSequencing: 2,
    l2SpecificSublayer: 0,
    assignedSessionId: message.type === 'ICRP' || message.type === 'OCRP' ? numberOfAnother(call) : call.localSessionId,
  }
  const own = Object.fromEntries(Object.entries(wrong).filter(([name]) => name in message))
  return { ...message, ...own }
}

/** One that no message of its kind can do without, by name. */
const indispensable = ['hostName', 'callSerialNumber', 'txConnectSpeed', 'assignedSessionId', 'remoteSessionId']

function withoutOne(message: AnyMessage): AnyMessage {
  const name = indispensable.find((each) => each in message)
  return name === undefined ? message : { ...message, [name]: undefined }
}

/** What stands at the end of a message with such a flaw: an AVP as octets. */
const tails: Readonly<Partial<Record<Misspeech['flaw'], readonly number[]>>> = {
  'unknown-avp': [0x80, 8, 0, 0, 0x7f, 0xff, 0, 1],
  'vendor-avp': [0x80, 8, 0, 9, 0, 10, 0, 1],
  // The number of a Tie Breaker, and of what asks for sequencing.
  'optional-avp': [0, 14, 0, 9, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8, 0, 6, 0, 9, 0, 39],
  'short-avp': [0x80, 40, 0, 0, 0, 7],
}

function finished(bytes: Uint8Array, flaw: Misspeech['flaw']): Uint8Array {
  if (flaw === 'unknown-type') putUint16(bytes, FIRST_AVP - 2, 99)
  const tail = tails[flaw]
  if (tail === undefined) return bytes
  const whole = new Uint8Array(bytes.length + tail.length)
  whole.set(bytes)
  whole.set(tail, bytes.length)
  putUint16(whole, 2, whole.length)
  return whole
}

function misspoken(tunnel: Tunnel, session: Session | undefined, speech: Misspeech): Misspoken {
  const call = claimed(tunnel, session, speech)
  const plain = plainMessage(tunnel, call, speech.says)
  const meant = speech.flaw === 'unacceptable' ? unacceptable(plain, call) : speech.flaw === 'missing-avp' ? withoutOne(plain) : plain
  const bytes =
    tunnel.form === undefined
      ? encodeMessage(meant as MessageIn<2>)
      : encodeMessage(meant as MessageIn<3>, undefined, tunnel.form)
  const isOfCall = 'assignedSessionId' in plain || 'txConnectSpeed' in plain
  return { bytes: finished(bytes, speech.flaw), peerSessionId: isOfCall ? call.peerSessionId : 0 }
}

/** Says it on a tunnel, about a session of it or about none. */
export function misspeak(lcce: LcceContext, tunnel: Tunnel, session: Session | undefined, speech: Misspeech): void {
  const { bytes, peerSessionId } = misspoken(tunnel, session, speech)
  const localSessionId = session?.localSessionId ?? 0
  const detail = `${speech.says}, flaw: ${speech.flaw}`
  lcce.notice({ kind: 'log', tunnel: tunnel.localTunnelId, session: localSessionId, what: 'misspoken', detail })
  tunnel.channel.enqueue(bytes, peerSessionId, localSessionId)
  lcce.touch(tunnel)
}
