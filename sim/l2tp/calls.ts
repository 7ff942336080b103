// Incoming and outgoing calls: the guards and actions behind the four call tables of RFC 2661 7.4 and 7.5, for both roles.
// A call belongs to a tunnel; its life before and after a failure differs only by the events it is given.

import { NEVER } from '../base/time.ts'
import { compile, type Behaviour, type Change } from './fsm.ts'
import { incomingCallLac, type IncomingCallLacEvent, type IncomingCallLacState } from './machines/incoming-call-lac.ts'
import { incomingCallLns, type IncomingCallLnsEvent, type IncomingCallLnsState } from './machines/incoming-call-lns.ts'
import { outgoingCallLac, type OutgoingCallLacEvent, type OutgoingCallLacState } from './machines/outgoing-call-lac.ts'
import { outgoingCallLns, type OutgoingCallLnsEvent, type OutgoingCallLnsState } from './machines/outgoing-call-lns.ts'
import type { SessionEnd } from './notices.ts'
import { noteTransition, type CallSide, type Refusal, type Session, type Tunnel } from './tunnel.ts'
import type { ControlMessage } from './wire/messages.ts'

export type CallEvent = IncomingCallLacEvent | IncomingCallLnsEvent | OutgoingCallLacEvent | OutgoingCallLnsEvent

/** What comes with an event: the message, or why a local end happens. */
export interface CallArgument {
  readonly message?: ControlMessage
  readonly refusal?: Refusal
  readonly end?: SessionEnd
}

const NOTHING: CallArgument = {}
const ADMINISTRATIVE: Refusal = { result: 3 }
const NO_FACILITIES: Refusal = { result: 5 }
const SESSION_ID_TAKEN: Refusal = { result: 2, error: 5 }
/** There is no code for it in L2TPv2; error 6 wants words (RFC 2661 4.4.2). */
const outOfTurn = (type: string): Refusal => ({ result: 2, error: 6, message: `${type} out of sequence` })

const callOf: Readonly<Record<CallSide, 'incoming' | 'outgoing'>> = {
  'incoming-lac': 'incoming',
  'incoming-lns': 'incoming',
  'outgoing-lac': 'outgoing',
  'outgoing-lns': 'outgoing',
}

/** A new session in a tunnel's table, idle; undefined when the tunnel has no room (a limit of ours, or of the ID space). */
export function newSession(tunnel: Tunnel, side: CallSide, peerSessionId: number, sequenced: boolean): Session | undefined {
  if (tunnel.sessions.size >= tunnel.lcce.config.maxSessionsPerTunnel) return undefined
  const localSessionId = tunnel.lcce.newSessionId(tunnel)
  if (localSessionId === 0) return undefined
  const session: Session = {
    tunnel,
    localSessionId,
    peerSessionId,
    side,
    state: 'idle',
    sequenced,
    serialNumber: tunnel.lcce.nextSerialNumber(),
    sync: 'synchronised',
    syncDue: NEVER,
    syncTries: 0,
    answerDue: NEVER,
  }
  enterTable(session)
  announce(session, 'opening', '')
  return session
}

/** Enters a session, new or restored from a mirror, into its tunnel's tables. */
export function enterTable(session: Session): void {
  session.tunnel.sessions.set(session.localSessionId, session)
  if (session.peerSessionId !== 0 && !session.tunnel.byPeerSession.has(session.peerSessionId)) {
    session.tunnel.byPeerSession.set(session.peerSessionId, session)
  }
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
  if (tunnel.byPeerSession.get(session.peerSessionId) === session) tunnel.byPeerSession.delete(session.peerSessionId)
  announce(session, 'closed', why)
}

/** Stores what the peer assigned (RFC 2661 4.4.4). */
export function learnPeerSession(session: Session, peerSessionId: number): void {
  session.peerSessionId = peerSessionId
  session.tunnel.byPeerSession.set(peerSessionId, session)
}

const established = (session: Session): void => announce(session, 'established', '')

const framingAllowed = (session: Session, framingType: number): boolean =>
  (framingType & ~session.tunnel.lcce.config.framingCapabilities) === 0

/** The framing of a call that we request: one that both sides have advertised, synchronous first; 0 for none (RFC 2661 4.4.3). */
function commonFraming({ tunnel }: Session): number {
  const common = tunnel.peerFraming & tunnel.lcce.config.framingCapabilities
  return (common & 1) === 0 ? common & 2 : 1
}

/** The bearer of an outgoing call: one that the LAC has advertised, digital first; 0 for none (RFC 2661 4.4.3, 6.9). */
const lacBearer = ({ tunnel }: Session): number => ((tunnel.peerBearer & 1) === 0 ? tunnel.peerBearer & 2 : 1)

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
    const { localSessionId, serialNumber } = session
    send(session, {
      type: 'ICRQ',
      assignedSessionId: localSessionId,
      callSerialNumber: serialNumber,
      bearerType: (session.tunnel.lcce.config.bearerCapabilities & 1) === 0 ? 2 : 1,
    })
  },
  'send-ICRP': (session: Session): void => {
    send(session, { type: 'ICRP', assignedSessionId: session.localSessionId })
  },
  'send-ICCN': (session: Session, { message }: CallArgument): void => {
    if (message?.type === 'ICRP') learnPeerSession(session, message.assignedSessionId)
    const sequencingRequired = session.sequenced ? { sequencingRequired: true as const } : {}
    send(session, { type: 'ICCN', txConnectSpeed: 100_000_000, framingType: commonFraming(session), ...sequencingRequired })
  },
  'send-OCRQ': (session: Session): void => {
    send(session, {
      type: 'OCRQ',
      assignedSessionId: session.localSessionId,
      callSerialNumber: session.serialNumber,
      minimumBps: 64_000,
      maximumBps: 100_000_000,
      bearerType: lacBearer(session),
      framingType: commonFraming(session),
      calledNumber: String(session.serialNumber),
    })
  },
  'send-OCRP': (session: Session): void => {
    send(session, { type: 'OCRP', assignedSessionId: session.localSessionId })
  },
  'open-bearer': (session: Session): void => {
    const { lcce } = session.tunnel
    session.answerDue = lcce.now + Math.min(lcce.config.answerDelay, lcce.config.answerTimeout)
    armAnswer(session.tunnel)
  },
  'send-OCCN': (session: Session): void => {
    const sequencingRequired = session.sequenced ? { sequencingRequired: true as const } : {}
    send(session, { type: 'OCCN', txConnectSpeed: 100_000_000, framingType: commonFraming(session), ...sequencingRequired })
  },
  'send-CDN': (session: Session, { refusal, message }: CallArgument): void => {
    const because = message === undefined ? ADMINISTRATIVE : (objection(session, message) ?? outOfTurn(message.type))
    sendCdn(session, refusal ?? because)
  },
  'report-unrequestable': (session: Session): void => {
    const { tunnel, localSessionId } = session
    const detail = 'the peer has not advertised what the call needs'
    tunnel.lcce.notice({ kind: 'log', tunnel: tunnel.localTunnelId, session: localSessionId, what: 'call-not-requested', detail })
    remove(session, 'forbidden')
  },
  'call-established': (session: Session, { message }: CallArgument): void => {
    if (message?.type === 'OCCN' && message.sequencingRequired === true) session.sequenced = true
    established(session)
  },
  'prepare-for-data': (session: Session, { message }: CallArgument): void => {
    if (message?.type === 'ICCN' && message.sequencingRequired === true) session.sequenced = true
    established(session)
  },
  'clean-up': (session: Session, { end, message }: CallArgument): void => {
    remove(session, end ?? (message?.type === 'CDN' ? 'cdn-received' : 'cdn-sent'))
  },
}

/** Why a call message is not acceptable; undefined when it is. */
function objection(session: Session, message: ControlMessage): Refusal | undefined {
  if ('assignedSessionId' in message && !peerSessionFree(session, message.assignedSessionId)) return SESSION_ID_TAKEN
  const { bearerCapabilities } = session.tunnel.lcce.config
  switch (message.type) {
    case 'OCRQ':
      // RFC 2661 4.4.3: neither framing nor bearer that we have not advertised.
      if ((message.bearerType & ~bearerCapabilities) !== 0) return NO_FACILITIES
      return framingAllowed(session, message.framingType) ? undefined : NO_FACILITIES
    case 'ICCN':
      return framingAllowed(session, message.framingType) ? undefined : NO_FACILITIES
    default:
      return undefined
  }
}

const guards = {
  acceptable: (session: Session, { message }: CallArgument): boolean => {
    if (message === undefined || objection(session, message) !== undefined) return false
    // The table of RFC 2661 7.5.2 has no action for it.
    if (message.type === 'OCRP') learnPeerSession(session, message.assignedSessionId)
    return true
  },
  /** RFC 2661 4.4.3, 6.9: a call is never requested that the peer has said it cannot take. */
  requestable: (session: Session): boolean =>
    commonFraming(session) !== 0 && (session.side === 'incoming-lac' || lacBearer(session) !== 0),
}

function send(session: Session, message: ControlMessage): void {
  session.tunnel.lcce.send(session.tunnel, message, session)
}

/** CDN with the Session ID we assigned, so that a peer that never learned it finds the call (RFC 2661 4.4.4). */
export function sendCdn(session: Session, refusal: Refusal): void {
  send(session, { type: 'CDN', resultCode: refusal, assignedSessionId: session.localSessionId })
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
      session.state = change.to
      noteTransition(session.tunnel, name, session.localSessionId, change)
    },
    guards,
    actions,
  }
}

const steps: Record<CallSide, (session: Session, on: never, argument: CallArgument) => boolean> = {
  'incoming-lac': compile(incomingCallLac, behaviour<IncomingCallLacState, IncomingCallLacEvent>(incomingCallLac.name)),
  'incoming-lns': compile(incomingCallLns, behaviour<IncomingCallLnsState, IncomingCallLnsEvent>(incomingCallLns.name)),
  'outgoing-lac': compile(outgoingCallLac, behaviour<OutgoingCallLacState, OutgoingCallLacEvent>(outgoingCallLac.name)),
  'outgoing-lns': compile(outgoingCallLns, behaviour<OutgoingCallLnsState, OutgoingCallLnsEvent>(outgoingCallLns.name)),
}

const events: Record<CallSide, ReadonlySet<string>> = {
  'incoming-lac': new Set(incomingCallLac.events),
  'incoming-lns': new Set(incomingCallLns.events),
  'outgoing-lac': new Set(outgoingCallLac.events),
  'outgoing-lns': new Set(outgoingCallLns.events),
}

/** Offers an event to a call's machine; a message that is none of its kind of call breaks it off (RFC 2661 7.1). */
export function offer(session: Session, on: CallEvent, argument: CallArgument = NOTHING): void {
  const known = events[session.side].has(on)
  steps[session.side](session, (known ? on : 'invalid-message') as never, argument)
}
