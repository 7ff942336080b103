// Session state synchronisation (RFC 4951 3.3): which sessions are queried, FSQ and FSR in pieces that fit the MTU, and what the
// answers mean. Works on any established tunnel of a peer that knows RFC 4951, with or without a failure before.

import { NEVER } from '../base/time.ts'
import { offer } from './calls.ts'
import type { Build, Change } from './fsm.ts'
import { sessionSync, type SessionSyncEvent, type SessionSyncState } from './machines/session-sync.ts'
import type { SyncNotice } from './notices.ts'
import type { AnyMessageOf } from './wire/messages.ts'
import { noteTransition, type Machinery, type Session, type Tunnel } from './tunnel.ts'
import { digestOctets } from './wire/digest.ts'

type Fsq = AnyMessageOf<'FSQ'>
type Fsr = AnyMessageOf<'FSR'>

/** Header of IPv4, and of UDP or the 32 zero bits that L2TP over IP has instead. */
const LOWER_OCTETS = { udp: 28, ip: 24 } as const
/** L2TP control header, Message Type AVP. */
const FIXED_OCTETS = 12 + 8
const FSS_OCTETS = 16
/** Hidden: length field and padding up to 16 octets of value (RFC 2661 4.3), and the Random Vector once. */
const HIDDEN_FSS_OCTETS = 18
const RANDOM_VECTOR_OCTETS = 22
/** How long answers are gathered when several FSQs may share an FSR (RFC 4951 3.3; ours). */
export const COALESCE_TIME = 50_000_000

/** How many FSS AVPs fit one message, around whose AVPs and control header there are so many octets (R4951-AMB-57). */
export function statesPerMessage(mtu: number, hidden: boolean, around: number = LOWER_OCTETS.udp): number {
  const room = mtu - around - FIXED_OCTETS - (hidden ? RANDOM_VECTOR_OCTETS : 0)
  return Math.max(1, Math.floor(room / (hidden ? HIDDEN_FSS_OCTETS : FSS_OCTETS)))
}

function fittingStates({ lcce, transport, form }: Tunnel): number {
  const { failover, hideAvps } = lcce.config
  return statesPerMessage(failover.mtu, hideAvps, LOWER_OCTETS[transport] + (form === undefined ? 0 : digestOctets(form.digests)))
}

const note = (session: Session, outcome: SyncNotice['outcome']): void => {
  const { tunnel, localSessionId, peerSessionId } = session
  tunnel.lcce.notice({ kind: 'sync', tunnel: tunnel.localTunnelId, session: localSessionId, peerSession: peerSessionId, outcome })
}

const behaviour = {
  state: (session: Session) => session.sync,
  enter: (session: Session, change: Change<SessionSyncState, SessionSyncEvent>) => {
    session.sync = change.to
    noteTransition(session.tunnel, sessionSync.name, session.localSessionId, change)
  },
  guards: { 'tries-left': (session: Session) => session.syncTries < session.tunnel.lcce.config.failover.queryTries },
  actions: {
    'forget-queries': (session: Session) => {
      session.syncTries = 0
      session.syncDue = NEVER
    },
    'add-to-query': (session: Session) => {
      const { lcce } = session.tunnel
      session.syncTries += 1
      session.syncDue = lcce.now + lcce.config.failover.responseTimeout
      session.tunnel.toQuery.push(session)
      lcce.touch(session.tunnel)
      note(session, 'queried')
    },
    confirm: (session: Session) => {
      session.syncTries = 0
      session.syncDue = NEVER
      note(session, 'confirmed')
    },
    // RFC 4951 3.3: silently, without a CDN.
    'clear-silently': (session: Session) => {
      note(session, 'cleared')
      offer(session, 'silent-clear', { end: 'unknown-to-peer' })
    },
    'query-later': (session: Session) => {
      const { lcce } = session.tunnel
      session.syncTries = 0
      session.syncDue = lcce.now + lcce.config.failover.staleDelay
      note(session, 'stale')
    },
    'give-up-query': (session: Session) => {
      // Asked about anew, it has all its tries again.
      session.syncTries = 0
      session.syncDue = NEVER
      note(session, 'unanswered')
    },
  },
}

export const syncSteps = (build: Build): Machinery['sync'] => ({
  2: build(sessionSync, behaviour, 2),
  3: build(sessionSync, behaviour, 3),
})

/** Offers an event to the synchronisation of an established session. */
export function syncEvent(session: Session, on: SessionSyncEvent): void {
  session.tunnel.lcce.machinery.sync[session.tunnel.version](session, on, undefined)
}

/** Whether FSQ may be sent: established, and the peer knows RFC 4951 (R4951-AMB-54). */
export const mayQuery = (tunnel: Tunnel): boolean =>
  tunnel.state === 'established' && tunnel.purpose === 'ordinary' && (tunnel.peerCapability.control || tunnel.peerCapability.data)

/** After a recovery: queries the sessions that the policy names (RFC 4951 3.3 step II, R4951-AMB-53). */
export function querySessions(tunnel: Tunnel): void {
  const { lcce } = tunnel
  const { query, suspectAfter } = lcce.config.failover
  lcce.setTimer(tunnel, 'first-query', NEVER)
  if (!mayQuery(tunnel)) return
  for (const session of [...tunnel.sessions.values()]) {
    // A stale session has its own time (R4951-AMB-63).
    if (session.state !== 'established' || session.sync === 'stale' || query === 'none') continue
    const silent = lcce.now - lcce.lastData(tunnel.localTunnelId, session.localSessionId) >= suspectAfter
    if (query === 'all' || silent) syncEvent(session, 'query')
    else syncEvent(session, 'alive')
  }
  settle(tunnel)
}

/** Queries every established session now, whatever the policy (RFC 4951 3.3: at any time in a session's life). */
export function queryNow(tunnel: Tunnel): void {
  if (!mayQuery(tunnel) && !tunnel.lcce.config.failover.force) return
  for (const session of [...tunnel.sessions.values()]) if (session.state === 'established') syncEvent(session, 'query')
  settle(tunnel)
}

/** Sends what has gathered: FSQs, and FSRs unless answers still wait for company. */
export function flushStates(tunnel: Tunnel): void {
  if (tunnel.toQuery.length > 0) sendQueries(tunnel)
  if (tunnel.toAnswer.length > 0 && !tunnel.lcce.config.failover.coalesceResponses) sendAnswers(tunnel)
}

function sendQueries(tunnel: Tunnel): void {
  const size = fittingStates(tunnel)
  const states = tunnel.toQuery
    .splice(0)
    .filter((session) => tunnel.sessions.has(session.localSessionId))
    .map((session) => ({ sessionId: session.localSessionId, remoteSessionId: session.peerSessionId }))
  for (let i = 0; i < states.length; i += size) {
    tunnel.lcce.send(tunnel, { type: 'FSQ', failoverSessionStates: states.slice(i, i + size) })
  }
}

/** Sends all gathered answers, in as many FSRs as it takes (RFC 4951 3.3: any order, any split). */
export function sendAnswers(tunnel: Tunnel): void {
  const { config, rng } = tunnel.lcce
  const { responseLimit, shuffleResponses } = config.failover
  tunnel.lcce.setTimer(tunnel, 'coalesce', NEVER)
  // Whoever asked may have failed since: a reset forgets the questions (RFC 4951 3.2.2), without one the answers are still owed.
  if (tunnel.channel.suspended) return
  const fits = fittingStates(tunnel)
  const size = responseLimit > 0 ? Math.min(responseLimit, fits) : fits
  const answers = tunnel.toAnswer.splice(0)
  if (shuffleResponses) {
    for (let i = answers.length - 1; i > 0; i--) {
      const j = Math.floor(rng.double() * (i + 1))
      const [a, b] = [answers[i], answers[j]]
      if (a !== undefined && b !== undefined) [answers[i], answers[j]] = [b, a]
    }
  }
  for (let i = 0; i < answers.length; i += size) {
    tunnel.lcce.send(tunnel, { type: 'FSR', failoverSessionStates: answers.slice(i, i + size) })
  }
}

/**
 * An FSQ: each FSS is answered, with our own Session ID if the pair is ours and 0 if not; a session of ours that is paired
 * otherwise turns stale and is queried later, never cleared (RFC 4951 3.3 step III, R4951-AMB-58, -61, -62).
 */
export function receiveFsq(tunnel: Tunnel, message: Fsq): void {
  const { lcce } = tunnel
  if (message.failoverSessionStates.length === 0) {
    lcce.notice({ kind: 'log', tunnel: tunnel.localTunnelId, session: 0, what: 'empty-FSQ', detail: 'acknowledged and ignored' })
    return
  }
  for (const { sessionId, remoteSessionId } of message.failoverSessionStates) {
    if (tunnel.toAnswer.length >= lcce.config.maxQueryEntries) {
      const detail = 'session states in an FSQ were ignored'
      lcce.notice({ kind: 'log', tunnel: tunnel.localTunnelId, session: 0, what: 'no-room', detail })
      break
    }
    const session = tunnel.sessions.get(remoteSessionId)
    const valid = session !== undefined && session.peerSessionId === sessionId
    tunnel.toAnswer.push({ sessionId: valid ? remoteSessionId : 0, remoteSessionId: sessionId })
    lcce.notice({
      kind: 'sync',
      tunnel: tunnel.localTunnelId,
      session: session?.localSessionId ?? 0,
      peerSession: sessionId,
      outcome: valid ? 'answered-valid' : 'answered-unknown',
    })
    if (valid) confirmPair(session)
    else for (const mispaired of [session, tunnel.byPeerSession.get(sessionId)]) doubtPair(mispaired)
  }
  if (lcce.config.failover.coalesceResponses) lcce.setTimer(tunnel, 'coalesce', lcce.now + COALESCE_TIME)
  // The answers go out before our own queries.
  flushStates(tunnel)
  if (tunnel.deadlineOf('first-query') !== NEVER) querySessions(tunnel)
  settle(tunnel)
}

const confirmPair = (session: Session): void => {
  if (session.state === 'established') syncEvent(session, 'FSQ-valid')
}

/** Both the session that the query names and the one paired with the session it asks about (R4951-AMB-62). */
const doubtPair = (mispaired: Session | undefined): void => {
  if (mispaired?.state === 'established') syncEvent(mispaired, 'FSQ-mismatch')
}

/** An FSR: each FSS confirms the session that its Remote Session ID names, or clears it (RFC 4951 3.3, R4951-AMB-59, -60). */
export function receiveFsr(tunnel: Tunnel, message: Fsr): void {
  for (const { sessionId, remoteSessionId } of message.failoverSessionStates) {
    const session = tunnel.sessions.get(remoteSessionId)
    if (session === undefined) {
      const detail = `Remote Session ID ${String(remoteSessionId)} is unknown`
      tunnel.lcce.notice({ kind: 'log', tunnel: tunnel.localTunnelId, session: 0, what: 'unexpected-FSS', detail })
      continue
    }
    if (session.state !== 'established') continue
    if (sessionId === 0) syncEvent(session, 'FSR-unknown')
    else syncEvent(session, sessionId === session.peerSessionId ? 'FSR-valid' : 'FSR-mismatch')
  }
  settle(tunnel)
}

/** Timer `response`: queries that no FSR has answered (R4951-AMB-64). While an FSQ is still on its way, the wait goes on. */
export function responsesDue(tunnel: Tunnel): void {
  const { lcce } = tunnel
  for (const session of [...tunnel.sessions.values()]) {
    if (session.sync !== 'queried' || session.syncDue > lcce.now) continue
    if (tunnel.channel.idle) syncEvent(session, 'no-response')
    else session.syncDue = lcce.now + lcce.config.failover.responseTimeout
  }
  settle(tunnel)
}

/** Timer `stale`: stale sessions are queried (R4951-AMB-63). */
export function staleDue(tunnel: Tunnel): void {
  for (const session of [...tunnel.sessions.values()]) {
    if (session.sync === 'stale' && session.syncDue <= tunnel.lcce.now) syncEvent(session, 'query')
  }
  settle(tunnel)
}

/** After whatever may have changed the state of sessions: some in doubt may have ended meanwhile, and nobody said so. */
function settle(tunnel: Tunnel): void {
  armSync(tunnel)
  noteSynchronised(tunnel)
}

/** Sets the two timers to the earliest instant that any session waits for. */
function armSync(tunnel: Tunnel): void {
  let response = NEVER
  let stale = NEVER
  for (const session of tunnel.sessions.values()) {
    if (session.sync === 'queried') response = Math.min(response, session.syncDue)
    else if (session.sync === 'stale') stale = Math.min(stale, session.syncDue)
  }
  tunnel.lcce.setTimer(tunnel, 'response', response)
  tunnel.lcce.setTimer(tunnel, 'stale', stale)
}

/** Announces, once for each recovery, that no session of the tunnel is left in doubt. */
export function noteSynchronised(tunnel: Tunnel): void {
  const role = tunnel.synchronising
  if (role === undefined || tunnel.deadlineOf('first-query') !== NEVER) return
  for (const session of tunnel.sessions.values()) {
    if (session.state === 'established' && (session.sync === 'queried' || session.sync === 'stale')) return
  }
  tunnel.synchronising = undefined
  tunnel.lcce.notice({ kind: 'recovery', tunnel: tunnel.localTunnelId, recoveryTunnel: 0, role, step: 'synchronised', why: '' })
}
