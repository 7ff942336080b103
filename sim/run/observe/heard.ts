// What an accepted message means in the state it meets, by the tables of RFC 2661 7 and RFC 3931 7: whether its tunnel or its call may
// stand, or has to end, and with which message the peer is told. Judges by what this side knows and says alone, so that it holds whatever
// the peer is. Messages are decoded only where the peer may say what it should not.

import type { LcceConfig } from '../../l2tp/config.ts'
import { protocols } from '../../l2tp/protocols.ts'
import { isOld16 } from '../../l2tp/sequence.ts'
import { decodeBody, type Body } from '../../l2tp/wire/codec.ts'
import { MAX_AVP } from '../../l2tp/wire/dialect.ts'
import { readAsVersion3 } from '../../l2tp/wire/either.ts'
import { decodeControlHeader, VERSION_BITS } from '../../l2tp/wire/header.ts'
import { uint16At, uint32At } from '../../l2tp/wire/octets.ts'
import type { AnyMessage } from '../../l2tp/wire/messages.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { AVP_HIDDEN, visitAvps } from './avps.ts'
import { isReset, type Channel, type Session } from './books.ts'

/** What is owed for a message. */
export interface Owed {
  /** 0: the tunnel itself; -1: a call that has no number yet. */
  readonly session: number
  /** The message that refuses it; '' where it may end in silence. */
  readonly refusal: 'StopCCN' | 'CDN' | ''
  /** It cannot stand: nothing but its end will do. */
  readonly mustEnd: boolean
}

const owed = (session: number, refusal: Owed['refusal'], mustEnd: boolean): Owed => ({ session, refusal, mustEnd })

const TUNNEL_MAY_STAND = owed(0, 'StopCCN', false)
const TUNNEL_MUST_END = owed(0, 'StopCCN', true)
const CALL_MAY_BEGIN = owed(-1, 'CDN', false)
const CALL_MUST_NOT_BEGIN = owed(-1, 'CDN', true)

/** A body as its receiver reads it; undefined for octets that are no message. */
export function bodyOf(sent: Uint8Array, config: LcceConfig | undefined): Body<2 | 3> | undefined {
  // An SCCRQ of L2TPv2 may be one of L2TPv3 too (RFC 3931 4.7.3).
  const bytes = (config?.version === 2 ? undefined : readAsVersion3(sent)) ?? sent
  const version = versionOf(bytes)
  const header = decodeControlHeader<2 | 3>(bytes, version)
  if (typeof header === 'string' || config === undefined) return undefined
  return decodeBody(bytes, header, protocols[version].hidingSecret(config))
}

const versionOf = (bytes: Uint8Array): 2 | 3 => (((bytes[1] ?? 0) & VERSION_BITS) === 3 ? 3 : 2)

/** The tunnel of its receiver that a message names, and its version. */
export function receiverIn(bytes: Uint8Array): { readonly version: 2 | 3; readonly id: number } {
  const version = versionOf(bytes)
  return { version, id: version === 3 ? uint32At(bytes, 4) : uint16At(bytes, 4) }
}

/** RFC 3931 5.4.4. */
const REMOTE_SESSION = 64

const REMOTE_SESSION_OCTETS = 10

/** The receiver's session that a message of L2TPv3 names by an AVP; 0 for none, -1 when it is hidden or of another length. */
function remoteSessionIn(bytes: Uint8Array): number {
  let found = 0
  visitAvps(bytes, (attribute, head, at) => {
    // The first one counts.
    if (attribute !== REMOTE_SESSION || found !== 0) return
    const isReadable = (head & AVP_HIDDEN) === 0 && (head & MAX_AVP) === REMOTE_SESSION_OCTETS
    found = isReadable ? uint32At(bytes, at + 6) : -1
  })
  return found
}

/** The receiver's session that a message is about; 0 for none, -1 when that cannot be told. */
export function sessionNamed(record: TraceRecord<'handled'>, bytes: Uint8Array | undefined): number {
  if (bytes === undefined || (bytes[1]! & VERSION_BITS) !== 3) return record.session
  return remoteSessionIn(bytes)
}

/** Everything this side had sent is acknowledged now: it may send at once. */
export const maySend = ({ era }: Channel, nr: number): boolean => era.outstanding.every(({ ns }) => isOld16(nr, ns))

/** What a message about the tunnel means; `idle`: nothing has been said of it. */
export function owedByTunnel(type: string, channel: Channel): Owed | undefined {
  const { state, initiator, announced } = channel
  switch (type) {
    case 'SCCRQ':
      if (!announced) return TUNNEL_MAY_STAND
      return state === 'opening' && initiator ? undefined : TUNNEL_MUST_END
    case 'SCCRP':
      return state === 'opening' && initiator ? TUNNEL_MAY_STAND : TUNNEL_MUST_END
    case 'SCCCN':
      return state === 'opening' && !initiator ? TUNNEL_MAY_STAND : TUNNEL_MUST_END
    default:
      return undefined
  }
}

const ofIncoming: ReadonlySet<string> = new Set(['ICRQ', 'ICRP', 'ICCN'])
const ofOutgoing: ReadonlySet<string> = new Set(['OCRQ', 'OCRP', 'OCCN'])

export const isOfCall = (type: string): boolean => ofIncoming.has(type) || ofOutgoing.has(type)

/** What calls have said and heard beside what is in the books. */
export interface Calls {
  /** Placed here, and asked for. */
  readonly asked: WeakSet<Session>
  /** An OCRP has come. */
  readonly replied: WeakSet<Session>
  /** An OCRP has come, nobody knows for which call. */
  readonly unsure: WeakSet<Channel>
}

/** The message with which a call that is being set up may go on (RFC 2661 7.4, 7.5). */
function awaited({ outgoing, placed }: Session, isReplied: boolean): string {
  if (!outgoing) return placed ? 'ICRP' : 'ICCN'
  return placed ? (isReplied ? 'OCCN' : 'OCRP') : ''
}

/** What a message about a call that this side has means. */
export function owedByCall(type: string, session: Session, { asked, replied, unsure }: Calls): Owed | undefined {
  const { state, placed, outgoing } = session
  if (state === 'closed' || type === 'CDN') return undefined
  const of = session.session
  if (state === 'established') return owed(of, 'CDN', true)
  if (placed && !asked.has(session)) return undefined
  // RFC 2661 7.4.1: as if the peer had hung up.
  if (placed && !outgoing && type === 'ICCN') return owed(of, '', true)
  const isUnsure = placed && outgoing && ofOutgoing.has(type) && unsure.has(session.channel)
  return owed(of, 'CDN', !isUnsure && awaited(session, replied.has(session)) !== type)
}

/** What a message about a call that this side does not have means: a request begins one, the rest meets an idle call. */
export function owedByStrangeCall(type: string, channel: Channel): Owed | undefined {
  const own = channel.endpoint.config
  switch (type) {
    case 'ICRQ':
    case 'OCRQ':
      return channel.purpose === 'recovery' ? CALL_MUST_NOT_BEGIN : CALL_MAY_BEGIN
    case 'ICRP':
      return own?.bearerCapabilities === 0 ? CALL_MUST_NOT_BEGIN : undefined
    case 'OCRP':
      return own !== undefined && isLacOfStranger(channel, own) ? CALL_MUST_NOT_BEGIN : undefined
    default:
      return undefined
  }
}

function isLacOfStranger({ version, peer }: Channel, own: LcceConfig): boolean {
  return version === 3 ? own.bearerCapabilities !== 0 : peer?.config?.bearerCapabilities === 0
}

/** The peer's number for a call is one that another live call of the tunnel has. */
function isTaken(channel: Channel, number: number, but: Session | undefined): boolean {
  if (channel.edited || isReset(channel.era)) return false
  for (const session of channel.sessions.values()) {
    if (session !== but && session.state !== 'closed' && session.peerSession === number) return true
  }
  return false
}

/** A sound message asks for what this side does not have, or has told that it cannot (RFC 2661 4.4.3, RFC 3931 5.4.3, 5.4.4). */
export function isUnacceptable(message: AnyMessage, channel: Channel, session: Session | undefined): boolean {
  const own = channel.endpoint.config
  if (own === undefined) return false
  if ('protocolVersion' in message) {
    return message.protocolVersion.version !== 1 || (message.challenge !== undefined && own.secret === undefined)
  }
  if ('assignedSessionId' in message && message.type !== 'CDN' && isTaken(channel, message.assignedSessionId, session)) return true
  return wantsOther(message, own) || lacksSublayer(message)
}

/** A pseudowire type, framing or bearer that is none of its own. */
function wantsOther(message: AnyMessage, own: LcceConfig): boolean {
  if ('pseudowireType' in message) return !own.v3.pseudowireTypes.includes(message.pseudowireType)
  if (message.type === 'OCRQ' && 'bearerType' in message && (message.bearerType & ~own.bearerCapabilities) !== 0) return true
  return 'framingType' in message && message.type !== 'OCCN' && (message.framingType & ~own.framingCapabilities) !== 0
}

/** Numbers are asked for, and the sublayer that has them is expressly not. */
function lacksSublayer(message: AnyMessage): boolean {
  return 'dataSequencing' in message && (message.dataSequencing ?? 0) !== 0 && message.l2SpecificSublayer === 0
}
