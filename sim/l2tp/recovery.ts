// RFC 4951 3.2: recovery of an old tunnel by a recovery tunnel, for both roles. The guards and actions behind the tables
// `recovery-endpoint` and `remote-endpoint`, the tie between two recoveries, and step I of 3.3.

import { integerBetween } from '../base/random.ts'
import { NEVER } from '../base/time.ts'
import { offer } from './calls.ts'
import type { Build, Change } from './fsm.ts'
import { awaitHello } from './keepalive.ts'
import { recoveryEndpoint, type RecoveryEndpointEvent, type RecoveryEndpointState } from './machines/recovery-endpoint.ts'
import { remoteEndpoint, type RemoteEndpointEvent, type RemoteEndpointState } from './machines/remote-endpoint.ts'
import type { RecoveryStep } from './notices.ts'
import type { AnyMessageOf } from './wire/messages.ts'
import { recoverable, refuseRecovery } from './recovery-request.ts'
import { mayQuery, noteSynchronised, querySessions, sendAnswers, syncEvent } from './synchronisation.ts'
import {
  noteTransition,
  type Machinery,
  type OwnRecovery,
  type RecoveryArgument,
  type RemoteArgument,
  type Session,
  type Tunnel,
} from './tunnel.ts'

type Sccrq = AnyMessageOf<'SCCRQ'>

/** Equal tie breakers are drawn again at most so often (R4951-AMB-20; 2^-64 each time in an honest run). */
const TIE_RETRIES = 3

/** RFC 3931 5.4.2: the control connection exists already; how a winner tells the loser of a tie. */
const TIE_LOST_RESULT = 3

type Role = 'recovery' | 'remote'

interface StepDetail {
  readonly recoveryTunnel?: Tunnel | undefined
  readonly why?: string
}

function note(tunnel: Tunnel, role: Role, step: RecoveryStep, detail: StepDetail = {}): void {
  tunnel.lcce.notice({
    kind: 'recovery',
    tunnel: tunnel.purpose === 'ordinary' ? tunnel.localTunnelId : 0,
    recoveryTunnel: detail.recoveryTunnel?.localTunnelId ?? 0,
    role,
    step,
    why: detail.why ?? '',
  })
}

/** Own Ns and Nr after a reset. */
interface Numbers {
  readonly ns: number
  readonly nr: number
}

/** RFC 4951 3.2.2: flush, and start at these numbers. */
function resetControlChannel(tunnel: Tunnel, role: Role, recoveryTunnel: Tunnel | undefined, { ns, nr }: Numbers): void {
  const { channel, lcce } = tunnel
  // L2TPv3: from now on the nonces are those of the recovery tunnel (RFC 4951 3.2.1, R4951-AMB-52).
  if (recoveryTunnel !== undefined) tunnel.authentication = recoveryTunnel.authentication
  const { queuedBefore, unfinished } = tunnel.peerRecovery
  // The peer clears what is not established by itself (3.3 step I): a CDN of such a call could only hit a later one.
  const flushed = channel.reset(ns, nr, channel.queued - queuedBefore, unfinished)
  forgetQueued(tunnel)
  // What was asked before is not answered any more; step III asks anew.
  tunnel.toQuery.length = tunnel.toAnswer.length = 0
  tunnel.lastHeard = lcce.now
  awaitHello(tunnel, lcce.now)
  lcce.touch(tunnel)
  lcce.notice({
    kind: 'controlReset',
    tunnel: tunnel.localTunnelId,
    recoveryTunnel: recoveryTunnel?.localTunnelId ?? 0,
    role,
    ns,
    nr,
    epoch: channel.epoch,
    flushed,
  })
}

function forgetQueued({ peerRecovery }: Tunnel): void {
  peerRecovery.queuedBefore = 0
  peerRecovery.unfinished.clear()
}

/** RFC 4951 3.3 step I: silently clears what was not established. Calls that wait for the tunnel have sent nothing yet. */
function clearHalfOpenSessions(tunnel: Tunnel): void {
  for (const session of [...tunnel.sessions.values()]) {
    if (session.state === 'established') syncEvent(session, 'failover')
    else if (session.state !== 'wait-tunnel') offer(session, 'silent-clear', { end: 'not-established' })
  }
}

/**
 * Calls placed since the failure go out (RFC 4951 3.2.2: not before step I). While the peer asks for another recovery they wait for its
 * end, whichever (R4951-AMB-75): its reset would end them, and leave their requests to be sent.
 */
function admitNewSessions(tunnel: Tunnel): void {
  if (!tunnel.channel.suspended) tunnel.lcce.control(tunnel, 'local-open')
}

/** The state the recovery endpoint keeps of a tunnel's recovery; only restored tunnels have one. */
const own = (tunnel: Tunnel): OwnRecovery => {
  const recovery = tunnel.ownRecovery
  if (recovery === undefined) throw new TypeError('recovery of a tunnel that was not restored')
  return recovery
}

const dropRecoveryTunnel = (old: Tunnel, end: 'tie-lost' | 'tie-equal' | 'superseded'): void => {
  const { recoveryTunnel } = own(old)
  own(old).recoveryTunnel = undefined
  if (recoveryTunnel === undefined || recoveryTunnel.gone) return
  recoveryTunnel.end = end
  old.lcce.control(recoveryTunnel, 'silent-clear')
}

const ownBehaviour = {
  state: (old: Tunnel) => own(old).state,
  enter: (old: Tunnel, change: Change<RecoveryEndpointState, RecoveryEndpointEvent>) => {
    own(old).state = change.to
    noteTransition(old, recoveryEndpoint.name, 0, change)
  },
  guards: {
    'retries-left': (old: Tunnel) => {
      const { retries, recoveryTime } = old.lcce.config.failover
      return own(old).attempts <= retries && old.lcce.now < own(old).begun + recoveryTime
    },
    'tie-retries-left': (old: Tunnel) => own(old).tieRetries < TIE_RETRIES,
    'not-reset': (old: Tunnel) => old.channel.suspended,
  },
  actions: {
    'open-recovery-tunnel': (old: Tunnel) => openRecoveryTunnel(old),
    'clear-old-tunnel': (old: Tunnel, { why }: RecoveryArgument) => {
      note(old, 'recovery', 'failed', { why: why ?? '' })
      old.end = 'recovery-failed'
      old.lcce.control(old, 'silent-clear')
      freeTurn(old)
    },
    'free-turn': freeTurn,
    'abandon-recovery-tunnel': (old: Tunnel) => {
      const { recoveryTunnel } = own(old)
      note(old, 'recovery', 'failed', { recoveryTunnel, why: 'the old tunnel was closed' })
      own(old).recoveryTunnel = undefined
      if (recoveryTunnel !== undefined) old.lcce.control(recoveryTunnel, 'admin-close')
    },
    'discard-recovery-tunnel': (old: Tunnel, { why }: RecoveryArgument) => {
      const lost = why === 'tie-lost'
      note(old, 'recovery', lost ? 'tie-lost' : 'tie-equal', { recoveryTunnel: own(old).recoveryTunnel })
      dropRecoveryTunnel(old, lost ? 'tie-lost' : 'tie-equal')
    },
    'supersede-recovery-tunnel': (old: Tunnel) => {
      note(old, 'recovery', 'superseded', { recoveryTunnel: own(old).recoveryTunnel })
      dropRecoveryTunnel(old, 'superseded')
    },
    'retry-later': (old: Tunnel, { why }: RecoveryArgument) => {
      own(old).recoveryTunnel = undefined
      if (why === 'tie-equal' || why === 'tie-lost') own(old).tieRetries += 1
      note(old, 'recovery', 'waiting', { why: why ?? '' })
      // A little chance keeps two equal endpoints from meeting again.
      const { now, rng, config } = old.lcce
      old.lcce.setTimer(old, 'retry', now + integerBetween(rng, 0, config.retransmit.initial))
      freeTurn(old)
    },
    'reset-control-channel': (old: Tunnel, { sccrp }: RecoveryArgument) => {
      const suggested = sccrp?.suggestedControlSequence
      resetControlChannel(old, 'recovery', own(old).recoveryTunnel, {
        ns: suggested?.suggestedNs ?? 0,
        nr: suggested?.suggestedNr ?? 0,
      })
    },
    'clear-half-open-sessions': clearHalfOpenSessions,
    'end-recovery-tunnel': (old: Tunnel) => {
      const { recoveryTunnel } = own(old)
      note(old, 'recovery', 'recovered', { recoveryTunnel })
      if (recoveryTunnel !== undefined) old.lcce.control(recoveryTunnel, 'admin-close')
      freeTurn(old)
    },
    'reset-data-channels': resetDataChannels,
    'restart-data-channels': restartDataChannels,
    'admit-new-sessions': admitNewSessions,
    'synchronise-sessions': (old: Tunnel) => {
      old.synchronising = 'recovery'
      querySessions(old)
    },
  },
}

function stepOwn(old: Tunnel, on: RecoveryEndpointEvent, argument: RecoveryArgument): void {
  old.lcce.machinery.ownRecovery[old.version](old, on, argument)
}

/** Pacing: another recovery may begin. */
export function freeTurn(old: Tunnel): void {
  if (!own(old).underWay) return
  own(old).underWay = false
  old.lcce.recoveryDone()
}

function openRecoveryTunnel(old: Tunnel): void {
  const { lcce, protocol, local, peer } = old
  const recoveryTunnel = lcce.newTunnel({ protocol, local, peer, purpose: 'recovery', initiator: true })
  if (recoveryTunnel === undefined) {
    stepOwn(old, 'refused', { why: 'no Tunnel ID is free' })
    return
  }
  recoveryTunnel.oldTunnel = old
  // RFC 4951 3.2.1: always with a tie breaker.
  recoveryTunnel.tieBreaker = lcce.nextTieBreaker()
  own(old).recoveryTunnel = recoveryTunnel
  own(old).tieBreaker = recoveryTunnel.tieBreaker
  own(old).attempts += 1
  note(old, 'recovery', 'requested', { recoveryTunnel })
  lcce.control(recoveryTunnel, 'local-open')
}

/**
 * RFC 4951 3.2.3, recovery endpoint: sequenced sessions restart their Ns at 0; where a side cannot reset its expected number
 * (no D bit) they end by CDN. Neither is needed when the data plane outlived the failure and is configured to count on.
 */
function resetDataChannels(old: Tunnel): void {
  if (dataRecoverable(old)) restartDataChannels(old)
  else if (!old.lcce.config.failover.dataPlaneSurvives) tearDownUnrecoverable(old)
}

/** Both sides can reset their expected numbers (D bit, RFC 4951 5.1). */
const dataRecoverable = ({ capability, peerCapability }: Tunnel): boolean => capability.data && peerCapability.data

const sequencedSessions = (tunnel: Tunnel): readonly Session[] =>
  [...tunnel.sessions.values()].filter(({ state, sequenced }) => state === 'established' && sequenced)

/** Whoever lost the numbers of its data starts anew, also as the remote endpoint of the other's recovery (R4951-AMB-23). */
function restartDataChannels(old: Tunnel): void {
  const { lcce, localTunnelId: tunnel } = old
  if (lcce.config.failover.dataPlaneSurvives || !dataRecoverable(old)) return
  for (const { localSessionId: session } of sequencedSessions(old)) lcce.notice({ kind: 'restartData', tunnel, session })
}

function tearDownUnrecoverable(tunnel: Tunnel): void {
  const refusal = { result: 2, error: 6, message: 'data sequence state not recoverable' }
  for (const session of sequencedSessions(tunnel)) offer(session, 'local-close', { refusal, end: 'not-recoverable' })
}

/**
 * The data plane of this endpoint lost its numbers while the control plane lived on (R4951-AMB-74): with D on both sides
 * nothing is to be done here, else the sequenced sessions end by CDN.
 */
export function dataPlaneLost(tunnel: Tunnel): void {
  if (!dataRecoverable(tunnel)) tearDownUnrecoverable(tunnel)
}

const remoteBehaviour = {
  state: (old: Tunnel) => old.peerRecovery.state,
  enter: (old: Tunnel, change: Change<RemoteEndpointState, RemoteEndpointEvent>) => {
    old.peerRecovery.state = change.to
    noteTransition(old, remoteEndpoint.name, 0, change)
  },
  guards: { 'other-offer-open': (old: Tunnel) => old.peerRecovery.offers.length > 0 },
  actions: {
    'suspend-old-tunnel': (old: Tunnel) => {
      // A restored endpoint has sent nothing before the failure: whatever waits there came after it.
      old.peerRecovery.queuedBefore = old.channel.suspended ? 0 : old.channel.queued
      old.channel.suspended = true
    },
    'offer-sequence': (old: Tunnel, { recoveryTunnel }: RemoteArgument) => {
      if (recoveryTunnel === undefined) return
      recoveryTunnel.suggested = old.lcce.config.failover.suggestControlSequence ? suggestSequence(old) : undefined
      old.peerRecovery.offers.push(recoveryTunnel)
      note(old, 'remote', 'offered', { recoveryTunnel })
    },
    'stop-recovery-timer': (old: Tunnel) => stopRecoveryTimer(old),
    'reset-control-channel': (old: Tunnel, { recoveryTunnel }: RemoteArgument) => {
      if (recoveryTunnel === undefined) return
      // Another address may take the tunnel over; the same one keeps the old port (R4951-AMB-35).
      if (recoveryTunnel.peer.ip !== old.peer.ip) old.peer = recoveryTunnel.peer
      resetControlChannel(old, 'remote', recoveryTunnel, {
        ns: recoveryTunnel.suggested?.nr ?? 0,
        nr: recoveryTunnel.suggested?.ns ?? 0,
      })
      note(old, 'remote', 'recovered', { recoveryTunnel })
      supersedeOffers(old, recoveryTunnel)
      old.lcce.setTimer(recoveryTunnel, 'guard', old.lcce.now + old.lcce.config.failover.guardTime)
    },
    'clear-half-open-sessions': clearHalfOpenSessions,
    'admit-new-sessions': admitNewSessions,
    'end-own-recovery': (old: Tunnel) => ownRecoveryEvent(old, 'peer-recovered'),
    'await-query': (old: Tunnel) => {
      const { lcce } = old
      old.synchronising = 'remote'
      const queries = mayQuery(old) && lcce.config.failover.query !== 'none' && old.sessions.size > 0
      // Without anything to ask, not at the time of a recovery before this one either.
      lcce.setTimer(old, 'first-query', queries ? lcce.now + lcce.config.failover.staleDelay : NEVER)
      noteSynchronised(old)
    },
    'resume-old-tunnel': (old: Tunnel) => {
      note(old, 'remote', 'aborted')
      forgetQueued(old)
      const restored = old.ownRecovery !== undefined && old.channel.epoch === 0
      if (!restored) {
        old.channel.suspended = false
        if (old.deadlineOf('coalesce') === NEVER) sendAnswers(old)
        old.lcce.touch(old)
        admitNewSessions(old)
      }
      ownRecoveryEvent(old, 'peer-aborted', { why: 'the recovery of the peer ended' })
    },
    'refuse-open-offers': (old: Tunnel) => {
      for (const offered of old.peerRecovery.offers.splice(0)) {
        offered.refusal = { result: 2, error: 1 }
        old.lcce.control(offered, 'admin-close')
      }
    },
  },
}

export const recoverySteps = (build: Build): Pick<Machinery, 'ownRecovery' | 'peerRecovery'> => ({
  ownRecovery: { 2: build(recoveryEndpoint, ownBehaviour, 2), 3: build(recoveryEndpoint, ownBehaviour, 3) },
  peerRecovery: { 2: build(remoteEndpoint, remoteBehaviour, 2), 3: build(remoteEndpoint, remoteBehaviour, 3) },
})

function stepRemote(old: Tunnel, on: RemoteEndpointEvent, argument: RemoteArgument): void {
  old.lcce.machinery.peerRecovery[old.version](old, on, argument)
}

/** R4951-AMB-39: far enough ahead of the old numbers that every old packet compares as received. */
function suggestSequence(old: Tunnel): { ns: number; nr: number } {
  const { rng, config } = old.lcce
  const window = Math.max(config.receiveWindow, old.channel.peerWindow)
  const leap = (): number => integerBetween(rng, window, 32767 - window)
  return { ns: (old.channel.expected + leap()) & 0xffff, nr: (old.channel.nextNs + leap()) & 0xffff }
}

/** R4951-AMB-46: the attempt that is through replaces the ones before it, silently. */
function supersedeOffers(old: Tunnel, winner: Tunnel): void {
  for (const offered of old.peerRecovery.offers.splice(0)) {
    if (offered === winner || offered.gone) continue
    note(old, 'remote', 'superseded', { recoveryTunnel: offered })
    offered.end = 'superseded'
    old.lcce.control(offered, 'silent-clear')
  }
}

/** RFC 4951 5.1: authenticated completion, or an acknowledgement, ends the wait. */
export function stopRecoveryTimer(tunnel: Tunnel): void {
  tunnel.recoveryTimerOf = undefined
  const due = tunnel.deadlineOf('recovery-time')
  if (due === NEVER) return
  const { lcce } = tunnel
  lcce.setTimer(tunnel, 'recovery-time', NEVER)
  lcce.notice({ kind: 'timer', name: 'recovery-time', tunnel: tunnel.localTunnelId, session: 0, action: 'stop', due: lcce.now })
}

/** Offers an event to the recovery of an old tunnel, at the recovery endpoint. */
export function ownRecoveryEvent(old: Tunnel, on: RecoveryEndpointEvent, argument: RecoveryArgument = {}): void {
  if (old.ownRecovery !== undefined && !old.closing) stepOwn(old, on, argument)
}

/** Offers an event to the recovery of an old tunnel, at the remote endpoint. */
export function peerRecoveryEvent(old: Tunnel, on: RemoteEndpointEvent, argument: RemoteArgument = {}): void {
  stepRemote(old, on, argument)
}

/** Pacing lets a restored tunnel begin its recovery. */
export function startRecovery(old: Tunnel): void {
  own(old).underWay = true
  if (recoverable(old) || old.lcce.config.failover.force) {
    stepOwn(old, 'start', {})
    return
  }
  note(old, 'recovery', 'not-attempted', { why: 'a side is not capable of control channel failover' })
  stepOwn(old, 'not-possible', { why: 'not capable' })
}

/** Tells of the refusal; of what tunnel is known only if both IDs were right. */
export function noteRefused(recoveryTunnel: Tunnel): void {
  const { oldTunnel, refusal } = recoveryTunnel
  const why = refusal === undefined ? '' : `result ${String(refusal.result)}`
  note(oldTunnel ?? recoveryTunnel, 'remote', 'refused', { recoveryTunnel, why })
}

/**
 * A recovery SCCRQ meets our own recovery of the same tunnel (RFC 4951 3.2.1, appendix B). Positive when it is to be answered,
 * because we lose the tie or have none to lose; negative when ours wins; 0 when both are dropped. One that will be refused takes no
 * part.
 */
export function recoveryTie(old: Tunnel, by: Parameters<typeof refuseRecovery>[1], message: Sccrq): number {
  if (old.ownRecovery?.state !== 'requesting' || refuseRecovery(old, by, message) !== undefined) return 1
  const order = old.lcce.machinery.rules.compareTies(old.ownRecovery.tieBreaker, message.tieBreaker)
  if (order < 0) note(old, 'recovery', 'tie-won', { recoveryTunnel: old.ownRecovery.recoveryTunnel })
  if (order === 0) stepOwn(old, 'tie-equal', { why: 'tie-equal' })
  return order
}

/** The peer's recovery SCCRQ is accepted: what our SCCRP suggests. Only now is a tie lost. */
export function acceptRecovery(recoveryTunnel: Tunnel, old: Tunnel): void {
  recoveryTunnel.oldTunnel = old
  const tied = old.ownRecovery?.state === 'requesting'
  ownRecoveryEvent(old, tied ? 'tie-lost' : 'peer-recovers', { why: tied ? 'tie-lost' : '' })
  stepRemote(old, 'rcv-recovery-SCCRQ', { recoveryTunnel })
}

/** A tunnel is closed: a recovery of it, by either side, ends with it. */
export function oldTunnelClosed(old: Tunnel): void {
  if (old.ownRecovery !== undefined) stepOwn(old, 'old-tunnel-closed', {})
  stepRemote(old, 'given-up', {})
}

/** A recovery tunnel of either side has ended, for whatever reason. */
export function recoveryTunnelEnded(recoveryTunnel: Tunnel, result: number): void {
  const old = recoveryTunnel.oldTunnel
  if (old === undefined || old.gone) return
  if (recoveryTunnel.initiator) {
    if (old.ownRecovery?.recoveryTunnel !== recoveryTunnel) return
    const isUnanswered = old.ownRecovery.state === 'requesting'
    if (recoveryTunnel.protocol.tellsLoser && isUnanswered && result === TIE_LOST_RESULT) {
      // The peer's own request, which won, is on its way (R4951-AMB-19). Who has accepted ours has not won.
      ownRecoveryEvent(old, 'told-lost', { why: 'tie-lost' })
      return
    }
    const silent = recoveryTunnel.end === 'retransmission-limit'
    ownRecoveryEvent(old, silent ? 'no-answer' : 'refused', {
      why: silent ? 'no answer' : `refused with result ${String(result)}`,
    })
    return
  }
  const { offers } = old.peerRecovery
  const position = offers.indexOf(recoveryTunnel)
  if (position < 0) return
  offers.splice(position, 1)
  stepRemote(old, 'recovery-tunnel-ended', {})
}
