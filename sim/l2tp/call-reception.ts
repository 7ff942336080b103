// From a message on an established tunnel to the call it is for (RFC 2661 3.1, 4.4.4): new, known, or of no table and so idle,
// in which case the tables of RFC 2661 7.4 and 7.5 still say what follows. FSQ and FSR go on to synchronisation.ts.

import { equalBytes } from '../base/bytes.ts'
import { idleSession, learnPeerSession, newSession, offer, sendCdn } from './calls.ts'
import { receiveFsq, receiveFsr } from './synchronisation.ts'
import type { CallSide, Refusal, Session, Tunnel } from './tunnel.ts'
import type { BodyFault } from './wire/codec.ts'
import { peekType } from './wire/header.ts'
import type { AnyMessage } from './wire/messages.ts'

const sideOfRequest: Readonly<Record<'ICRQ' | 'OCRQ', CallSide>> = { ICRQ: 'incoming-lns', OCRQ: 'outgoing-lac' }

/** Takes a message for an established tunnel that is not about the tunnel itself; `sessionId` is ours as the peer names it, or 0. */
export function receiveInEstablished(tunnel: Tunnel, sessionId: number, message: AnyMessage): void {
  switch (message.type) {
    case 'ICRQ':
    case 'OCRQ':
      receiveCallRequest(tunnel, sessionId, message)
      return
    case 'ICRP':
    case 'ICCN':
    case 'OCRP':
    case 'OCCN':
      offer(sessionOf(tunnel, sessionId, message), `rcv-${message.type}`, { message })
      return
    case 'CDN':
      receiveCdn(tunnel, sessionOfCdn(tunnel, sessionId, message), message)
      return
    case 'FSQ':
      if (tunnel.purpose === 'ordinary') receiveFsq(tunnel, message)
      return
    case 'FSR':
      if (tunnel.purpose === 'ordinary') receiveFsr(tunnel, message)
      return
    default:
      // WEN and SLI inform about a session; they change nothing here.
      return
  }
}

function receiveCdn(tunnel: Tunnel, session: Session, message: Cdn): void {
  if (!isOfEarlierCall(tunnel, session, message)) offer(session, 'rcv-CDN', { message })
}

/**
 * The CDN is about an earlier call, which had the number of this one: the peer does not acknowledge the request for this call in it, or,
 * after a reset with which sessions were forgotten, it names another session of its own (R4951-AMB-65).
 */
function isOfEarlierCall({ channel }: Tunnel, { state, localSessionId, peerSessionId }: Session, { assignedSessionId }: Cdn): boolean {
  if (state === 'wait-reply' && channel.anyPending((sent) => sent.localSessionId === localSessionId)) return true
  return channel.epoch > 0 && peerSessionId !== 0 && assignedSessionId !== peerSessionId
}

function receiveCallRequest(tunnel: Tunnel, sessionId: number, message: CallRequest): void {
  const side = sideOfRequest[message.type]
  const named = sessionId === 0 ? undefined : tunnel.sessions.get(sessionId)
  if (named !== undefined) {
    offer(named, `rcv-${message.type}`, { message })
    return
  }
  if (tunnel.purpose === 'recovery') {
    // R4951-AMB-45: no calls on a recovery tunnel.
    refuseCall(tunnel, side, message.assignedSessionId, { result: 2, error: 1 })
    return
  }
  const collided = tunnel.byPeerSession.get(message.assignedSessionId)
  if (collided !== undefined && collided.state === 'established' && collided.sync !== 'synchronised') {
    // RFC 4951 3.3: the peer reuses the ID of a session that we hold and that is not synchronised yet (R4951-AMB-65, -66).
    sendCdn(collided, { result: 2, error: 5 })
    offer(collided, 'silent-clear', { end: 'collision' })
    return
  }
  if (collided === undefined && isBeingEnded(tunnel, message.assignedSessionId)) {
    refuseCall(tunnel, side, message.assignedSessionId, { result: 2, error: 5 })
    return
  }
  const lost = losesTie(tunnel, message)
  if (lost !== undefined) {
    refuseCall(tunnel, side, message.assignedSessionId, lost)
    return
  }
  const session = newSession(tunnel, { side, peerSessionId: message.assignedSessionId, sequenced: false })
  if (session === undefined) refuseCall(tunnel, side, message.assignedSessionId, { result: 4 })
  else offer(session, `rcv-${message.type}`, { message })
}

/**
 * After a reset: the peer does not know yet of the CDN that ends the session which it had by this number, and will take it for the end of
 * the one that it now requests (R4951-AMB-65).
 */
function isBeingEnded({ channel }: Tunnel, peerSessionId: number): boolean {
  return channel.epoch > 0 && channel.anyPending((sent) => sent.peerSessionId === peerSessionId && peekType(sent.bytes) === 'CDN')
}

/** Both tunnels lead to one LCCE, which is known by its Host Name and Router ID (RFC 3931 3.3). */
const samePeer = (a: Tunnel, b: Tunnel): boolean =>
  a === b || (a.version === b.version && a.peerRouterId === b.peerRouterId && a.peerHostName === b.peerHostName)

/** Our own request to that LCCE for that circuit which is still unanswered; answered ones are forgotten. */
function competitor(tunnel: Tunnel, type: 'ICRQ' | 'OCRQ', remoteEndId: Uint8Array): Session | undefined {
  const { requests } = tunnel.lcce
  for (const session of requests) {
    if (session.state === 'wait-tunnel') continue
    if (session.state !== 'wait-reply') requests.delete(session)
    else if ((session.side === 'incoming-lac') === (type === 'ICRQ') && samePeer(session.tunnel, tunnel)) {
      if (equalBytes(session.remoteEndId, remoteEndId)) return session
    }
  }
  return undefined
}

/**
 * RFC 3931 5.4.4: our own request for the same circuit may be on its way, be it over another tunnel. The lower tie breaker wins; equal
 * ones are drawn anew by both, and without any both calls end. Undefined when the peer's request goes on, else what it is refused with.
 */
function losesTie(tunnel: Tunnel, message: CallRequest): Refusal | undefined {
  if (!('remoteEndId' in message)) return undefined
  const session = competitor(tunnel, message.type, message.remoteEndId)
  if (session === undefined) return undefined
  if (session.tieBreaker === undefined && message.tieBreaker === undefined) {
    offer(session, 'local-close', { refusal: TIE_LOST })
    return TIE_LOST
  }
  const order = tunnel.lcce.machinery.rules.compareTies(session.tieBreaker, message.tieBreaker)
  offer(session, order < 0 ? 'win-tie' : order > 0 ? 'lose-tie' : 'equal-tie', { end: 'tie-lost' })
  return order > 0 ? undefined : TIE_LOST
}

const TIE_LOST: Refusal = { result: 13 }

/** Answers a call request with CDN without a session of ours. Its Session ID is never 0 (RFC 2661 5.3). */
function refuseCall(tunnel: Tunnel, side: CallSide, peerSessionId: number, refusal: Refusal): void {
  const localSessionId = Math.max(1, tunnel.lcce.newSessionId(tunnel))
  sendCdn(idleSession(tunnel, side, { localSessionId, peerSessionId, serialNumber: 0 }), refusal)
}

/**
 * On which side of a call an idle session gets a message. Only a LAC has bearers (RFC 2661 4.4.3, RFC 3931 1.3): without them we are
 * the LNS of every call, and without those of the peer, if it told, the LAC. Where both may be either, it is taken as meant for us.
 */
function idleSide(tunnel: Tunnel, type: 'ICRP' | 'ICCN' | 'OCRP' | 'OCCN' | 'CDN'): CallSide {
  if (type === 'ICRP') return tunnel.lcce.config.bearerCapabilities === 0 ? 'incoming-lns' : 'incoming-lac'
  if (type === 'OCRP' || type === 'OCCN') return tunnel.protocol.placesOutgoing(tunnel) ? 'outgoing-lac' : 'outgoing-lns'
  return 'incoming-lns'
}

type CallRequest = Extract<AnyMessage, { type: 'ICRQ' | 'OCRQ' }>
type Cdn = Extract<AnyMessage, { type: 'CDN' }>
type CallMessage = Extract<AnyMessage, { type: 'ICRP' | 'ICCN' | 'OCRP' | 'OCCN' | 'CDN' }>

/** The session that the header names; one of no table, idle, when there is none (the RFC's tables say what follows). */
function sessionOf(tunnel: Tunnel, sessionId: number, message: CallMessage): Session {
  const known = tunnel.sessions.get(sessionId)
  if (known !== undefined) return known
  const localSessionId = sessionId === 0 ? Math.max(1, tunnel.lcce.newSessionId(tunnel)) : sessionId
  const peerSessionId = 'assignedSessionId' in message ? message.assignedSessionId : 0
  return idleSession(tunnel, idleSide(tunnel, message.type), { localSessionId, peerSessionId, serialNumber: 0 })
}

/** A CDN may come before the peer knows our Session ID: then its own one names the session (RFC 2661 4.4.4). */
function sessionOfCdn(tunnel: Tunnel, sessionId: number, message: Cdn): Session {
  const byPeer = sessionId === 0 ? tunnel.byPeerSession.get(message.assignedSessionId) : undefined
  return byPeer ?? sessionOf(tunnel, sessionId, message)
}

/** The session that a faulty message is about, or asks for; its peer's Session ID is learned if it can be read. */
export function sessionForFault(tunnel: Tunnel, sessionId: number, { type, assignedSessionId }: BodyFault): Session | undefined {
  const named = tunnel.sessions.get(sessionId)
  if (named !== undefined) {
    const learns = named.peerSessionId === 0 && assignedSessionId !== undefined && !tunnel.byPeerSession.has(assignedSessionId)
    if (learns) learnPeerSession(named, assignedSessionId)
    return named
  }
  if (assignedSessionId === undefined) return undefined
  if (type === 'ICRQ' || type === 'OCRQ') {
    return newSession(tunnel, { side: sideOfRequest[type], peerSessionId: assignedSessionId, sequenced: false })
  }
  return tunnel.byPeerSession.get(assignedSessionId)
}
