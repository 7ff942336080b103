// Invariants about what an endpoint does with what it accepts: a message that means something in the state it meets has its effect at
// once (the state tables of RFC 2661 7 and RFC 3931 7, RFC 4951 3.3), calls come to an end one way or the other, and queries are asked as
// often as configured.

import type { Nanos } from '../../base/time.ts'
import { isOld16 } from '../../l2tp/sequence.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { isLive, isReset, nameOf, partnerOf, type Books, type Channel, type Endpoint, type Packet, type Session } from '../observe/books.ts'
import { isOverdue, mustHaveConverged, presentChannels } from '../observe/ledger.ts'
import { dutyBook, type Duty } from './consequences.ts'
import type { Watcher } from '../observe/watcher.ts'
import { invariant, type Report } from './invariant.ts'

const TUNNEL_DECIDED = ['tunnel established', 'tunnel closed']
/** The handshake of a recovery is the reset of the old tunnel (RFC 4951 3.2.2). */
const RECOVERY_DECIDED = ['tunnel reset', 'tunnel closed']
const SESSION_DECIDED = ['session established', 'session closed']

/** What a message about the control connection must lead to in this state of its tunnel. */
function tunnelDuty(type: string, { state, purpose }: Channel): readonly string[] | undefined {
  switch (type) {
    case 'StopCCN':
      return ['tunnel closed']
    case 'SCCRP':
    case 'SCCCN':
      if (state === 'established') return ['tunnel closed']
      return purpose === 'recovery' ? RECOVERY_DECIDED : TUNNEL_DECIDED
    default:
      return undefined
  }
}

/** What a message about a call must lead to in this state of its session. */
function sessionDuty(type: string, { state }: Session): readonly string[] | undefined {
  switch (type) {
    case 'CDN':
      return ['session closed']
    case 'ICRP':
    case 'ICCN':
    case 'OCCN':
      return state === 'established' ? ['session closed'] : SESSION_DECIDED
    case 'OCRP':
      return state === 'established' ? ['session closed'] : undefined
    default:
      return undefined
  }
}

const isSound = (packet: Packet | undefined): packet is Packet => packet !== undefined && !packet.damaged

/** Calls placed here that the peer has been asked for, with Ns of the request. */
type Asked = WeakMap<Session, number>

function acceptedDuty(record: TraceRecord<'handled'>, channel: Channel, packet: Packet, asked: Asked): Duty | undefined {
  const { at, seq, endpoint, tunnel, type } = record
  if (!isLive(channel) || channel.purpose === '' || channel.tainted) return undefined
  const ofTunnel = tunnelDuty(type, channel)
  if (ofTunnel !== undefined) {
    return { at, seq, endpoint, tunnel, session: 0, wanted: ofTunnel, text: () => whatFor(channel, record, ofTunnel) }
  }
  const session = record.session > 0 ? channel.sessions.get(record.session) : undefined
  if (session === undefined || session.state === 'closed') return undefined
  if (isOfAnother(record, packet, session, asked.get(session))) return undefined
  const ofSession = sessionDuty(type, session)
  if (ofSession === undefined) return undefined
  return { at, seq, endpoint, tunnel, session: record.session, wanted: ofSession, text: () => whatFor(channel, record, ofSession) }
}

/** It is about an earlier call with its number: the peer did not know of this one when it said so, or names another of its own. */
function isOfAnother({ type, nr }: TraceRecord<'handled'>, packet: Packet, session: Session, asked: number | undefined): boolean {
  if (session.placed && asked === undefined) return true
  if (type !== 'CDN') return false
  // Who was asked by an attacker for a call with this number refuses that one.
  if (session.channel.mispaired || packet.channel.tainted) return true
  if (session.peerSession > 0) return packet.session !== session.peerSession
  return asked !== undefined && session.state === 'opening' && !isOld16(nr, asked)
}

const whatFor = (channel: Channel, { type, session }: TraceRecord<'handled'>, wanted: readonly string[]): string => {
  const what = session > 0 ? ` for session ${String(session)}` : ''
  return `${nameOf(channel)} accepted ${type}${what} and did nothing about it: wanted ${wanted.join(' or ')}`
}

/** The latest outcome of a session's synchronisation, by its channel. */
type Outcomes = Map<Channel, Map<number, string>>

function outcomeOf(outcomes: Outcomes, channel: Channel, session: number): string {
  return outcomes.get(channel)?.get(session) ?? ''
}

/** It lived through the last reset, and nothing has told since that its other half did (RFC 4951 3.3). */
const isUnsynchronised = ({ channel: { era }, changedBy }: Session, last: string): boolean =>
  last === 'unanswered' || (last === '' && isReset(era) && changedBy < era.seq)

/** Whether it may have been taken for alive by its data, and so needs no confirmation (R4951-AMB-53). */
const mayBeAlive = ({ config }: Endpoint): boolean => config === undefined || config.failover.query === 'suspect'

const CONFIRMED = ['sync confirmed', 'session closed']
const STALE = ['sync stale']
const CLEARED = ['session closed']
/** The pairing has been tampered with: which it is cannot be told. */
const ANSWERED = ['sync confirmed', 'sync stale', 'session closed']

/** What an answer means for the session it names, and what a question does (RFC 4951 3.3). */
function syncDuty(type: string, session: Session, named: number, last: string): readonly string[] | undefined {
  if (session.state !== 'established') return undefined
  const { peerSession } = session
  if (type === 'FSR') {
    if (last !== 'queried' && last !== 'unanswered') return undefined
    if (named === 0) return CLEARED
    return peerSession < 0 ? ANSWERED : named === peerSession ? CONFIRMED : STALE
  }
  if (peerSession < 0 || last === 'queried' || last === 'stale') return undefined
  if (named !== peerSession) return STALE
  // Another pair in the same message may have made it stale before.
  return isUnsynchronised(session, last) && !mayBeAlive(session.channel.endpoint) ? ANSWERED : undefined
}

function watchConfirmations(books: Books, report: Report): Watcher {
  const outcomes: Outcomes = new Map()
  /** Since when all sessions of a tunnel have been queried, or taken for alive, after its last reset. */
  const decided = new Map<Channel, Nanos>()
  const forget = (channel: Channel): void => {
    outcomes.delete(channel)
    decided.delete(channel)
  }
  return {
    accepted(record, channel) {
      if (record.type === 'FSQ' && channel.era.role === 'remote' && !decided.has(channel)) decided.set(channel, record.at)
    },
    recovery(record, channel) {
      if (record.step === 'recovered' && record.role === 'recovery') decided.set(channel, record.at)
    },
    controlReset(_record, channel) {
      forget(channel)
    },
    tunnel(record, channel) {
      if (record.event === 'closed' && channel !== undefined) forget(channel)
    },
    session(record, channel) {
      if (record.event !== 'established') outcomes.get(channel)?.delete(record.session)
    },
    sync(record, session) {
      if (session === undefined || record.outcome.startsWith('answered')) return
      const { channel } = session
      const last = outcomeOf(outcomes, channel, record.session)
      if (record.outcome === 'confirmed' && last !== 'queried' && !channel.tainted) {
        const isSuspected = channel.endpoint.config?.failover.query === 'suspect' && (decided.get(channel) ?? record.at) < record.at
        if (!isUnsynchronised(session, last) || (last === '' && isSuspected))
          report(record, `${nameOf(channel)} session ${String(record.session)} is confirmed though it was in no doubt (${last})`)
      }
      const known = outcomes.get(channel) ?? new Map<number, string>()
      known.set(record.session, record.outcome)
      outcomes.set(channel, known)
    },
    plane(record) {
      const endpoint = record.plane === 'control' ? books.byName.get(record.endpoint) : undefined
      if (endpoint !== undefined) for (const channel of endpoint.channels.values()) forget(channel)
    },
  }
}

/** A session that is being set up and that nothing moves any more. */
function isStuck(books: Books, channel: Channel, session: Session, at: Nanos): boolean {
  if (session.state !== 'opening' || !isOverdue(books, Math.max(session.changedAt, channel.era.at), at)) return false
  const partner = partnerOf(channel)
  // Nothing but a recovery finds out what a fault did to a table.
  if (partner?.state !== 'established' || partner.edited || partner.tainted) return false
  // Who lost a tie and was accepted all the same, since the winner had hung up, is silent by rule (errata candidate 20).
  if (partner.sessions.get(session.peerSession)?.why === 'tie-lost') return false
  // Its other half took a message of an earlier call with its number for one of this call.
  for (const other of partner.sessions.values()) if (other.misled && other.peerSession === session.session) return false
  return isOverdue(books, Math.max(partner.changedAt, partner.era.at), at)
}

export const reactionInvariants = [
  invariant({
    name: 'accepted-message-takes-effect',
    kind: 'safety',
    ref:
      'R2661-7.2.1-06, R2661-7.2.1-10, R2661-7.2.1-15, R2661-7.2.1-16, R2661-7.4.1-05, R2661-7.4.1-10, R2661-7.4.2-05, ' +
      'R2661-7.4.2-08, R2661-7.5.2-09, R4951-3.2.2-03, R4951-3.2.2-04',
    help:
      'An accepted SCCRP, SCCCN, ICRP, ICCN or OCCN establishes its tunnel or session or ends it, in a recovery tunnel it resets the old ' +
      'one; a StopCCN or CDN ends it. At once.',
    check: (_books, report) => {
      const duties = dutyBook(report)
      const asked = new WeakMap<Session, number>()
      return {
        first(record, { channel, type, ns }) {
          const session = type === 'ICRQ' || type === 'OCRQ' ? channel.sessions.get(record.session) : undefined
          if (session !== undefined) asked.set(session, ns)
        },
        accepted(record, channel, packet) {
          duties.settle(record.at)
          const duty = isSound(packet) && !packet.channel.misspeaks ? acceptedDuty(record, channel, packet, asked) : undefined
          if (duty !== undefined) duties.add(duty)
        },
        tunnel: (record) => {
          duties.done(record, 0, 'tunnel', record.event)
        },
        controlReset: ({ endpoint, recoveryTunnel }) => {
          duties.done({ endpoint, tunnel: recoveryTunnel }, 0, 'tunnel', 'reset')
        },
        session: (record) => {
          duties.done(record, record.session, 'session', record.event)
        },
        plane: (record) => {
          duties.settle(record.at)
          if (record.plane === 'control') duties.excuse(record.endpoint)
        },
        end: (at) => {
          duties.settle(at)
        },
      }
    },
  }),
  invariant({
    name: 'session-states-take-effect',
    kind: 'safety',
    ref: 'R4951-3.3-22, R4951-3.3-24, R4951-3.3-25, R4951-AMB-59, R4951-AMB-62',
    help:
      'An accepted answer confirms the session that was asked about, clears it or has it asked again later; an accepted ' +
      'question that pairs a session otherwise has it asked later. At once.',
    check: (_books, report) => {
      const duties = dutyBook(report)
      const outcomes: Outcomes = new Map()
      return {
        accepted(record, channel, packet) {
          duties.settle(record.at)
          if ((record.type !== 'FSQ' && record.type !== 'FSR') || !isSound(packet) || channel.state !== 'established') return
          // An answer to a question that somebody forged speaks of what the receiver never asked.
          if (channel.tainted || packet.channel.tainted) return
          for (const { sessionId, remoteSessionId } of packet.states ?? []) {
            const session = channel.sessions.get(remoteSessionId)
            const last = session === undefined ? '' : outcomeOf(outcomes, channel, remoteSessionId)
            const wanted = session === undefined || sessionId < 0 ? undefined : syncDuty(record.type, session, sessionId, last)
            if (wanted === undefined) continue
            const about = (): string => `${nameOf(channel)} accepted ${record.type} about session ${String(remoteSessionId)}`
            const text = (): string => `${about()} and did nothing about it: wanted ${wanted.join(' or ')}`
            const { at, seq, endpoint, tunnel } = record
            duties.add({ at, seq, endpoint, tunnel, session: remoteSessionId, wanted, text })
          }
        },
        sync(record, session) {
          duties.done(record, record.session, 'sync', record.outcome)
          if (session === undefined || record.outcome.startsWith('answered')) return
          const known = outcomes.get(session.channel) ?? new Map<number, string>()
          known.set(record.session, record.outcome)
          outcomes.set(session.channel, known)
        },
        tunnel: (record) => {
          duties.done(record, 0, 'tunnel', record.event)
        },
        session: (record, channel) => {
          duties.done(record, record.session, 'session', record.event)
          if (record.event !== 'established') outcomes.get(channel)?.delete(record.session)
        },
        controlReset: (_record, channel) => {
          outcomes.delete(channel)
        },
        plane: (record) => {
          duties.settle(record.at)
          if (record.plane === 'control') duties.excuse(record.endpoint)
        },
        end: (at) => {
          duties.settle(at)
        },
      }
    },
  }),
  invariant({
    name: 'only-doubt-is-confirmed',
    kind: 'safety',
    ref: 'R4951-3.3-25, R4951-AMB-53, R4951-AMB-66',
    help:
      'A session is confirmed that was asked about, or that lived through the last reset and has not been confirmed since, nor taken ' +
      'for alive by its data.',
    check: (books, report) => watchConfirmations(books, report),
  }),
  invariant({
    name: 'queries-as-often-as-configured',
    kind: 'safety',
    ref: 'R4951-AMB-64',
    help: 'A session that gets no answer is asked about as often as configured, neither more nor less, and then left as it is.',
    check: (_books, report) => {
      const asked = new Map<Channel, Map<number, number>>()
      return {
        sync(record, session) {
          const tries = session?.channel.endpoint.config?.failover.queryTries
          if (session === undefined || tries === undefined || record.outcome.startsWith('answered')) return
          const { channel } = session
          const known = asked.get(channel) ?? new Map<number, number>()
          asked.set(channel, known)
          const times = known.get(record.session) ?? 0
          const about = (): string => `${nameOf(channel)} session ${String(record.session)}`
          if (record.outcome === 'queried') {
            known.set(record.session, times + 1)
            if (times >= tries) report(record, `${about()} is asked about once more after ${String(times)} of ${String(tries)} queries`)
            return
          }
          if (record.outcome === 'unanswered' && times < tries)
            report(record, `${about()} is left after ${String(times)} of ${String(tries)} queries`)
          known.delete(record.session)
        },
        controlReset: (_record, channel) => {
          asked.delete(channel)
        },
        session: (record, channel) => {
          if (record.event !== 'established') asked.get(channel)?.delete(record.session)
        },
      }
    },
  }),
  invariant({
    name: 'calls-conclude',
    kind: 'liveness',
    ref: 'R2661-7.4.1-05, R2661-7.4.1-06, R2661-7.4.2-01, R2661-7.4.2-02, R2661-7.5.1-01, R2661-7.5.1-02',
    help: 'On a tunnel that both sides have, no session is still being set up.',
    check: (books, report) => ({
      end(at) {
        if (!mustHaveConverged(books, at)) return
        for (const channel of presentChannels(books)) {
          if (channel.state !== 'established' || channel.purpose !== 'ordinary' || channel.tainted) continue
          // What ends a call may name another where a fault has changed a table.
          if (channel.edited || channel.mispaired || partnerOf(channel)?.mispaired === true) continue
          for (const session of channel.sessions.values()) {
            if (!isStuck(books, channel, session, at)) continue
            report(
              { at: session.changedAt, seq: session.changedBy },
              `${nameOf(channel)} session ${String(session.session)} is still being set up`,
            )
          }
        }
      },
    }),
  }),
] as const

