// Incoming and outgoing calls: the guards and actions behind the four call tables of RFC 2661 7.4 and 7.5 and of
// RFC 3931 7.3 and 7.4, for both roles.
// A call belongs to a tunnel; its life before and after a failure differs only by the events it is given.

import { NEVER } from '../base/time.ts'
import type { Behaviour, Build, Change } from './fsm.ts'
import { incomingCallLac, type IncomingCallLacEvent, type IncomingCallLacState } from './machines/incoming-call-lac.ts'
import { incomingCallLns, type IncomingCallLnsEvent, type IncomingCallLnsState } from './machines/incoming-call-lns.ts'
import { outgoingCallLac, type OutgoingCallLacEvent, type OutgoingCallLacState } from './machines/outgoing-call-lac.ts'
import { outgoingCallLns, type OutgoingCallLnsEvent, type OutgoingCallLnsState } from './machines/outgoing-call-lns.ts'
import type { SessionEnd } from './notices.ts'
import {
  NO_OCTETS,
  noteTransition,
  PLAIN_DATA,
  type CallArgument,
  type CallSide,
  type CallSteps,
  type Machinery,
  type Refusal,
  type Sequenced,
  type Session,
  type Tunnel,
} from './tunnel.ts'
import type { Version } from './wire/avps.ts'
import type { DataFormat } from './wire/data-v3.ts'
import type { AnyMessage } from './wire/messages.ts'

export type CallEvent = IncomingCallLacEvent | IncomingCallLnsEvent | OutgoingCallLacEvent | OutgoingCallLnsEvent

const NOTHING: CallArgument = {}
const ADMINISTRATIVE: Refusal = { result: 3 }
const SESSION_ID_TAKEN: Refusal = { result: 2, error: 5 }

const callOf: Readonly<Record<CallSide, 'incoming' | 'outgoing'>> = {
  'incoming-lac': 'incoming',
  'incoming-lns': 'incoming',
  'outgoing-lac': 'outgoing',
  'outgoing-lns': 'outgoing',
}

const PLAIN_BUT_IP: DataFormat = { ...PLAIN_DATA, nonIpOnly: true }

type SessionNumbers = Pick<Session, 'localSessionId' | 'peerSessionId' | 'serialNumber'>

/** What a new session begins with. */
export interface CallStart {
  readonly side: CallSide
  readonly peerSessionId: number
  readonly sequenced: Sequenced
  /** L2TPv3: the circuit of a call that we place; by default one of its own. */
  readonly remoteEndId?: Uint8Array | undefined
}

/** A session of no table, idle: what a message about it meets (RFC 2661 7.4, 7.5). */
export function idleSession(tunnel: Tunnel, side: CallSide, numbers: SessionNumbers): Session {
  const { localSessionId, peerSessionId, serialNumber } = numbers
  return {
    tunnel,
    localSessionId,
    peerSessionId,
    side,
    state: 'idle',
    sequenced: false,
    serialNumber,
    sync: 'synchronised',
    syncDue: NEVER,
    syncTries: 0,
    answerDue: NEVER,
    receives: PLAIN_DATA,
    sends: PLAIN_DATA,
    remoteEndId: NO_OCTETS,
    tieBreaker: undefined,
  }
}

/** A new session in a tunnel's table, idle; undefined when the tunnel has no room (a limit of ours, or of the ID space). */
export function newSession(tunnel: Tunnel, { side, peerSessionId, sequenced, remoteEndId }: CallStart): Session | undefined {
  const { lcce } = tunnel
  if (tunnel.sessions.size >= lcce.config.maxSessionsPerTunnel) return undefined
  const localSessionId = lcce.newSessionId(tunnel)
  if (localSessionId === 0) return undefined
  const session = idleSession(tunnel, side, { localSessionId, peerSessionId, serialNumber: lcce.nextSerialNumber() })
  session.sequenced = sequenced !== false
  if (sequenced === 'non-ip') session.receives = PLAIN_BUT_IP
  if (remoteEndId !== undefined) session.remoteEndId = remoteEndId
  tunnel.protocol.prepareCall(session)
  enterTable(session)
  announce(session, 'opening', '')
  return session
}

/** Enters a session, new or restored from a mirror, into its tunnel's tables. */
export function enterTable(session: Session): void {
  const { tunnel, localSessionId, peerSessionId } = session
  tunnel.sessions.set(localSessionId, session)
  if (tunnel.protocol.sessionIdsOfNode) tunnel.lcce.nodeSessions.add(localSessionId)
  if (peerSessionId !== 0 && !tunnel.byPeerSession.has(peerSessionId)) tunnel.byPeerSession.set(peerSessionId, session)
}

export function announce(session: Session, event: 'opening' | 'established' | 'closed' | 'restored', why: SessionEnd | ''): void {
  session.tunnel.lcce.notice({
    kind: 'session',
    tunnel: session.tunnel.localTunnelId,
    session: session.localSessionId,
    peerSession: session.peerSessionId,
    call: callOf[session.side],
    sequenced: session.sequenced,
    event,
    why,
  })
}

/** Takes a session out of the tables. */
function remove(session: Session, why: SessionEnd): void {
  const { tunnel } = session
  if (!tunnel.sessions.delete(session.localSessionId)) return
  if (tunnel.protocol.sessionIdsOfNode) {
    tunnel.lcce.nodeSessions.delete(session.localSessionId)
    tunnel.lcce.requests.delete(session)
  }
  if (tunnel.byPeerSession.get(session.peerSessionId) === session) tunnel.byPeerSession.delete(session.peerSessionId)
  announce(session, 'closed', why)
}

/** Stores what the peer assigned (RFC 2661 4.4.4). */
export function learnPeerSession(session: Session, peerSessionId: number): void {
  session.peerSessionId = peerSessionId
  session.tunnel.byPeerSession.set(peerSessionId, session)
}

const established = (session: Session): void => announce(session, 'established', '')

/** Whether the peer's Session ID is free: two sessions of a tunnel cannot share one. */
function peerSessionFree(session: Session, peerSessionId: number): boolean {
  const other = session.tunnel.byPeerSession.get(peerSessionId)
  return other === undefined || other === session
}

const actions = {
  'open-tunnel': (session: Session): void => {
    const { tunnel } = session
    tunnel.waitingCalls.push(session)
    if (!tunnel.channel.suspended) tunnel.lcce.control(tunnel, 'local-open')
  },
  'send-ICRQ': (session: Session): void => {
    send(session, session.tunnel.protocol.icrq(session))
  },
  'send-ICRP': (session: Session, { message }: CallArgument): void => {
    if (message !== undefined) session.tunnel.protocol.learnCall(session, message)
    send(session, session.tunnel.protocol.icrp(session))
  },
  'send-ICCN': (session: Session, { message }: CallArgument): void => {
    if (message?.type === 'ICRP') {
      learnPeerSession(session, message.assignedSessionId)
      session.tunnel.protocol.learnCall(session, message)
    }
    send(session, session.tunnel.protocol.iccn(session))
  },
  'send-OCRQ': (session: Session): void => {
    send(session, session.tunnel.protocol.ocrq(session))
  },
  'send-OCRP': (session: Session, { message }: CallArgument): void => {
    if (message !== undefined) session.tunnel.protocol.learnCall(session, message)
    send(session, session.tunnel.protocol.ocrp(session))
  },
  'open-bearer': (session: Session): void => {
    const { lcce } = session.tunnel
    session.answerDue = lcce.now + Math.min(lcce.config.answerDelay, lcce.config.answerTimeout)
    armAnswer(session.tunnel)
  },
  'send-OCCN': (session: Session): void => {
    send(session, session.tunnel.protocol.occn(session))
  },
  'send-CDN': (session: Session, { refusal, message }: CallArgument): void => {
    const because =
      message === undefined
        ? ADMINISTRATIVE
        : (objection(session, message) ?? session.tunnel.protocol.callOutOfTurn(message.type))
    sendCdn(session, refusal ?? because)
  },
  'report-unrequestable': (session: Session): void => {
    const { tunnel, localSessionId } = session
    const detail = 'the peer has not advertised what the call needs'
    tunnel.lcce.notice({ kind: 'log', tunnel: tunnel.localTunnelId, session: localSessionId, what: 'call-not-requested', detail })
  },
  'call-established': (session: Session, { message }: CallArgument): void => {
    if (message?.type === 'OCCN') session.tunnel.protocol.learnCall(session, message)
    established(session)
  },
  'prepare-for-data': (session: Session, { message }: CallArgument): void => {
    if (message?.type === 'ICCN') session.tunnel.protocol.learnCall(session, message)
    established(session)
  },
  'clean-up': (session: Session, { end, message }: CallArgument): void => {
    remove(session, end ?? (message?.type === 'CDN' ? 'cdn-received' : 'cdn-sent'))
  },
  /** RFC 3931 5.4.4: equal tie breakers are drawn anew. */
  'place-again': ({ tunnel, side, sequenced, receives, remoteEndId }: Session): void => {
    placeCall(tunnel, { side, peerSessionId: 0, sequenced: receives.nonIpOnly === true ? 'non-ip' : sequenced, remoteEndId })
  },
}

/** A call of our own, in a tunnel that may still be opening; false when the tunnel has no room. */
export function placeCall(tunnel: Tunnel, start: CallStart): boolean {
  const session = newSession(tunnel, start)
  if (session === undefined) return false
  tunnel.protocol.prepareRequest(session)
  offer(session, start.side === 'incoming-lac' ? 'bearer-ring' : 'local-open')
  return true
}

/** Why a call message is not acceptable; undefined when it is. */
function objection(session: Session, message: AnyMessage): Refusal | undefined {
  if ('assignedSessionId' in message && !peerSessionFree(session, message.assignedSessionId)) return SESSION_ID_TAKEN
  return session.tunnel.protocol.callObjection(session, message)
}

const guards = {
  acceptable: (session: Session, { message }: CallArgument): boolean => {
    if (message === undefined || objection(session, message) !== undefined) return false
    // The table of RFC 2661 7.5.2 has no action for it.
    if (message.type === 'OCRP') {
      learnPeerSession(session, message.assignedSessionId)
      session.tunnel.protocol.learnCall(session, message)
    }
    return true
  },
  requestable: (session: Session): boolean => session.tunnel.protocol.requestable(session),
}

function send(session: Session, message: AnyMessage): void {
  session.tunnel.lcce.send(session.tunnel, message, session)
}

/** CDN with the Session ID we assigned, so that a peer that never learned it finds the call (RFC 2661 4.4.4). */
export function sendCdn(session: Session, refusal: Refusal): void {
  send(session, session.tunnel.protocol.cdn(session, refusal))
}

/** The tunnel's `answer` timer is the earliest of its calls'. */
function armAnswer(tunnel: Tunnel): void {
  let due = NEVER
  for (const session of tunnel.sessions.values()) due = Math.min(due, session.answerDue)
  tunnel.lcce.setTimer(tunnel, 'answer', due)
}

/** LAC, outgoing calls (RFC 2661 7.5.1): bearers that answer now, or have not answered in time. */
export function bearersDue(tunnel: Tunnel): void {
  const { now, config } = tunnel.lcce
  for (const session of [...tunnel.sessions.values()]) {
    if (session.answerDue > now) continue
    session.answerDue = NEVER
    const answered = config.answerDelay <= config.answerTimeout
    offer(session, answered ? 'bearer-answer' : 'bearer-failure', answered ? NOTHING : { refusal: { result: 10 } })
  }
  armAnswer(tunnel)
}

type CallBehaviour<S extends string, E extends string> = Behaviour<S, E, keyof typeof guards, keyof typeof actions, Session, CallArgument>

function behaviour<S extends string, E extends string>(name: string): CallBehaviour<S, E> {
  return {
    state: (session) => session.state as S,
    enter: (session, change: Change<S, E>) => {
      const { tunnel, localSessionId } = session
      const unfinished = change.to === 'idle' && session.state !== 'established'
      if (unfinished && tunnel.channel.suspended) tunnel.peerRecovery.unfinished.add(localSessionId)
      session.state = change.to
      noteTransition(tunnel, name, localSessionId, change)
    },
    guards,
    actions,
  }
}

const stepsOf = (build: Build, version: Version): CallSteps => ({
  'incoming-lac': build(incomingCallLac, behaviour<IncomingCallLacState, IncomingCallLacEvent>(incomingCallLac.name), version),
  'incoming-lns': build(incomingCallLns, behaviour<IncomingCallLnsState, IncomingCallLnsEvent>(incomingCallLns.name), version),
  'outgoing-lac': build(outgoingCallLac, behaviour<OutgoingCallLacState, OutgoingCallLacEvent>(outgoingCallLac.name), version),
  'outgoing-lns': build(outgoingCallLns, behaviour<OutgoingCallLnsState, OutgoingCallLnsEvent>(outgoingCallLns.name), version),
})

export const callSteps = (build: Build): Machinery['calls'] => ({ 2: stepsOf(build, 2), 3: stepsOf(build, 3) })

const events: Record<CallSide, ReadonlySet<string>> = {
  'incoming-lac': new Set(incomingCallLac.events),
  'incoming-lns': new Set(incomingCallLns.events),
  'outgoing-lac': new Set(outgoingCallLac.events),
  'outgoing-lns': new Set(outgoingCallLns.events),
}

/** Offers an event to a call's machine; a message that is none of its kind of call breaks it off (RFC 2661 7.1). */
export function offer(session: Session, on: CallEvent, argument: CallArgument = NOTHING): void {
  const known = events[session.side].has(on)
  const { tunnel, side } = session
  tunnel.lcce.machinery.calls[tunnel.version][side](session, (known ? on : 'invalid-message') as never, argument)
}
