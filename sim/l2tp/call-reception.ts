// From a message on an established tunnel to the call it is for (RFC 2661 3.1, 4.4.4): new, known, or of no table and so idle,
// in which case the tables of RFC 2661 7.4 and 7.5 still say what follows. FSQ and FSR go on to synchronisation.ts.

import { NEVER } from '../base/time.ts'
import { learnPeerSession, newSession, offer, sendCdn } from './calls.ts'
import { receiveFsq, receiveFsr } from './synchronisation.ts'
import type { CallSide, Refusal, Session, Tunnel } from './tunnel.ts'
import type { BodyFault } from './wire/codec.ts'
import type { ControlHeader } from './wire/header.ts'
import type { ControlMessage } from './wire/messages.ts'

const sideOfRequest: Readonly<Record<'ICRQ' | 'OCRQ', CallSide>> = { ICRQ: 'incoming-lns', OCRQ: 'outgoing-lac' }

/** Takes a message for an established tunnel that is not about the tunnel itself. */
export function receiveInEstablished(tunnel: Tunnel, header: ControlHeader, message: ControlMessage): void {
  switch (message.type) {
    case 'ICRQ':
    case 'OCRQ':
      receiveCallRequest(tunnel, header, message)
      return
    case 'ICRP':
    case 'ICCN':
    case 'OCRP':
    case 'OCCN':
      offer(sessionOf(tunnel, header, message), `rcv-${message.type}`, { message })
      return
    case 'CDN':
      offer(sessionOfCdn(tunnel, header, message), 'rcv-CDN', { message })
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

function receiveCallRequest(tunnel: Tunnel, header: ControlHeader, message: Extract<ControlMessage, { type: 'ICRQ' | 'OCRQ' }>): void {
  const side = sideOfRequest[message.type]
  const named = header.sessionId === 0 ? undefined : tunnel.sessions.get(header.sessionId)
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
  const session = newSession(tunnel, side, message.assignedSessionId, false)
  if (session === undefined) refuseCall(tunnel, side, message.assignedSessionId, { result: 4 })
  else offer(session, `rcv-${message.type}`, { message })
}

/** Answers a call request with CDN without a session of ours. Its Session ID is never 0 (RFC 2661 5.3). */
function refuseCall(tunnel: Tunnel, side: CallSide, peerSessionId: number, refusal: Refusal): void {
  sendCdn(phantom(tunnel, side, { localSessionId: Math.max(1, tunnel.lcce.newSessionId(tunnel)), peerSessionId }), refusal)
}

/**
 * On which side of a call an idle session gets a message. Only a LAC advertises bearers (RFC 2661 4.4.3): without them we are
 * the LNS of every call, and without those of the peer the LAC. Where both may be either, it is taken as meant for us.
 */
function idleSide(tunnel: Tunnel, type: 'ICRP' | 'ICCN' | 'OCRP' | 'OCCN' | 'CDN'): CallSide {
  if (type === 'ICRP') return tunnel.lcce.config.bearerCapabilities === 0 ? 'incoming-lns' : 'incoming-lac'
  if (type === 'OCRP' || type === 'OCCN') return tunnel.peerBearer === 0 ? 'outgoing-lac' : 'outgoing-lns'
  return 'incoming-lns'
}

type CallMessage = Extract<ControlMessage, { type: 'ICRP' | 'ICCN' | 'OCRP' | 'OCCN' | 'CDN' }>

/** The session that the header names; one of no table, idle, when there is none (the RFC's tables say what follows). */
function sessionOf(tunnel: Tunnel, { sessionId }: ControlHeader, message: CallMessage): Session {
  const known = tunnel.sessions.get(sessionId)
  if (known !== undefined) return known
  const localSessionId = sessionId === 0 ? Math.max(1, tunnel.lcce.newSessionId(tunnel)) : sessionId
  const peerSessionId = 'assignedSessionId' in message ? message.assignedSessionId : 0
  return phantom(tunnel, idleSide(tunnel, message.type), { localSessionId, peerSessionId })
}

/** A CDN may come before the peer knows our Session ID: then its own one names the session (RFC 2661 4.4.4). */
function sessionOfCdn(tunnel: Tunnel, header: ControlHeader, message: Extract<CallMessage, { type: 'CDN' }>): Session {
  const byPeer = header.sessionId === 0 ? tunnel.byPeerSession.get(message.assignedSessionId) : undefined
  return byPeer ?? sessionOf(tunnel, header, message)
}

interface SessionIds {
  readonly localSessionId: number
  readonly peerSessionId: number
}

function phantom(tunnel: Tunnel, side: CallSide, ids: SessionIds): Session {
  return {
    tunnel,
    ...ids,
    side,
    state: 'idle',
    sequenced: false,
    serialNumber: 0,
    sync: 'synchronised',
    syncDue: NEVER,
    syncTries: 0,
    answerDue: NEVER,
  }
}

/** The session that a faulty message is about, or asks for; its peer's Session ID is learned if it can be read. */
export function sessionForFault(tunnel: Tunnel, header: ControlHeader, { type, assignedSessionId }: BodyFault): Session | undefined {
  const named = tunnel.sessions.get(header.sessionId)
  if (named !== undefined) {
    const learns = named.peerSessionId === 0 && assignedSessionId !== undefined && !tunnel.byPeerSession.has(assignedSessionId)
    if (learns) learnPeerSession(named, assignedSessionId)
    return named
  }
  if (assignedSessionId === undefined) return undefined
  if (type === 'ICRQ' || type === 'OCRQ') return newSession(tunnel, sideOfRequest[type], assignedSessionId, false)
  return tunnel.byPeerSession.get(assignedSessionId)
}
