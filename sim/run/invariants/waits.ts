// Invariants about waiting: what has its time by the configuration happens when that time is over, neither sooner nor later. Queries and
// their answers (RFC 4951 3.3), the guard over a recovery tunnel, calls that are being answered (RFC 2661 7.5.1). A control processor that
// was paused meanwhile is excused from being late.

import { formatDuration, NEVER, type Nanos } from '../../base/time.ts'
import { COALESCE_TIME } from '../../l2tp/synchronisation.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { isLive, nameOf, type Books, type Channel, type Packet, type Session } from '../observe/books.ts'
import type { Watcher } from '../observe/watcher.ts'
import { invariant, type Report } from './invariant.ts'
import { queriesAll } from './sessions.ts'

/** Its control processor has been working since `due`. */
const couldKeep = ({ endpoint: { pauses, resumedAt, controlUp } }: Channel, due: Nanos): boolean =>
  controlUp && pauses === 0 && resumedAt < due

/** By how much something that was due at `due` missed it, in words; undefined when it did not, or has an excuse. */
function missed(channel: Channel, due: Nanos, at: Nanos): string | undefined {
  if (at < due) return `${formatDuration(due - at)} early`
  return at > due && couldKeep(channel, due) ? `${formatDuration(at - due)} late` : undefined
}

/** What synchronisation last found out about a session, and when. */
interface Outcome {
  readonly outcome: string
  readonly at: Nanos
  readonly seq: number
}

/** The outcomes of the present era, by session. */
type Outcomes = Map<Channel, Map<number, Outcome>>

/**
 * When a query without an answer is asked again or given up: a response time after it, or whole response times later while its FSQ, or
 * anything else, is still unacknowledged (R4951-AMB-64). NEVER while it need not be, as before a recovery.
 */
function responseDue({ endpoint: { config }, era, offers, awaitsReset }: Channel, { at }: Outcome): Nanos {
  if (config === undefined || era.outstanding.length > 0 || offers.length > 0 || awaitsReset) return NEVER
  const { responseTimeout } = config.failover
  const rounds = Math.max(1, Math.floor((era.headSince - at) / responseTimeout) + 1)
  return at + rounds * responseTimeout
}

const staleDue = ({ endpoint: { config } }: Channel, { at }: Outcome): Nanos =>
  config === undefined ? NEVER : at + config.failover.staleDelay

const since = ({ outcome, at }: Outcome, record: TraceRecord): string => `${formatDuration(record.at - at)} after it was ${outcome}`

function watchQueries(books: Books, report: Report): Watcher {
  const outcomes: Outcomes = new Map()
  const last = (channel: Channel, session: number): Outcome | undefined => outcomes.get(channel)?.get(session)
  const about = (channel: Channel, session: number): string => `${nameOf(channel)} session ${String(session)}`
  /** Nothing came of it by `at`, though it should have. */
  const overdue = (channel: Channel, session: number, known: Outcome, at: Nanos): void => {
    const due = known.outcome === 'queried' ? responseDue(channel, known) : known.outcome === 'stale' ? staleDue(channel, known) : NEVER
    // One that was held meanwhile counts response times from when it went on.
    if (at <= due || !couldKeep(channel, known.at)) return
    const what = known.outcome === 'queried' ? 'has no answer, and is not asked about again or given up' : 'is stale and not asked about'
    report(known, `${about(channel, session)} ${what}, ${formatDuration(at - due)} after its time`)
  }
  /** Whatever ends the waiting of all sessions: they should not have waited for longer than that. */
  const endAll = (channel: Channel, at: Nanos): void => {
    for (const [session, known] of outcomes.get(channel) ?? []) {
      if (channel.sessions.get(session)?.state === 'established') overdue(channel, session, known, at)
    }
    outcomes.delete(channel)
  }
  const early = (record: TraceRecord<'sync'>, channel: Channel, known: Outcome): boolean => {
    const { config } = channel.endpoint
    // A fault may order a query at any time.
    if (config === undefined || books.disturbedAt === record.at) return false
    const { responseTimeout, staleDelay } = config.failover
    const least = known.outcome === 'queried' ? responseTimeout : known.outcome === 'stale' ? staleDelay : 0
    return record.outcome !== 'confirmed' && record.outcome !== 'cleared' && record.outcome !== 'stale' && record.at < known.at + least
  }
  return {
    sync(record, session) {
      if (session === undefined || record.outcome.startsWith('answered')) return
      const { channel } = session
      const known = last(channel, record.session)
      if (known !== undefined) {
        if (early(record, channel, known))
          report(record, `${about(channel, record.session)} is ${record.outcome} ${since(known, record)}`)
        else overdue(channel, record.session, known, record.at)
      }
      const its = outcomes.get(channel) ?? new Map<number, Outcome>()
      outcomes.set(channel, its)
      its.set(record.session, { outcome: record.outcome, at: record.at, seq: record.seq })
    },
    session(record, channel, session) {
      if (session === undefined || record.event === 'established') return
      const known = last(channel, record.session)
      if (known === undefined) return
      overdue(channel, record.session, known, record.at)
      outcomes.get(channel)?.delete(record.session)
    },
    controlReset(record, channel) {
      endAll(channel, record.at)
    },
    tunnel(record, channel) {
      if (channel !== undefined && record.event === 'closed') endAll(channel, record.at)
    },
    plane(record) {
      if (record.plane !== 'control' || record.up) return
      for (const channel of [...outcomes.keys()]) if (channel.endpoint.name === record.endpoint) endAll(channel, record.at)
    },
    end(at) {
      for (const channel of [...outcomes.keys()]) if (channel.state === 'established') endAll(channel, at)
    },
  }
}

/** An established session that its side has not asked about since the reset, though it lived through it. */
function unasked({ sessions, era }: Channel, stale: ReadonlySet<Session>): Session | undefined {
  for (const session of sessions.values()) {
    const { state, changedBy, queried } = session
    if (state === 'established' && changedBy < era.seq && !queried && !stale.has(session)) return session
  }
  return undefined
}

/** Every session is queried after a recovery: that is the policy, and the peer declared a capability (R4951-AMB-53, -54). */
function asksAll({ endpoint, negotiated, tainted }: Channel): boolean {
  if (endpoint.config === undefined || !queriesAll(endpoint) || tainted) return false
  return negotiated !== undefined && (negotiated.peerControl || negotiated.peerData)
}

function watchFirstQueries(books: Books, report: Report): Watcher {
  /** Tunnels that were reset and whose sessions have not been queried yet, with the instant at which they have to be. */
  const due = new Map<Channel, Nanos>()
  /** Sessions found stale: they have their own time. */
  const stale = new Set<Session>()
  const judge = (channel: Channel, by: Nanos): void => {
    due.delete(channel)
    const session = channel.state === 'established' && !channel.tainted && couldKeep(channel, by) ? unasked(channel, stale) : undefined
    if (session === undefined) return
    const since = `${formatDuration(by - channel.era.at)} after its reset`
    report(channel.era, `${nameOf(channel)} did not ask about session ${String(session.session)} ${since}`)
  }
  const settle = (at: Nanos): void => {
    if (due.size > 0) for (const [channel, by] of due) if (by < at) judge(channel, by)
  }
  const forget = (endpoint: string): void => {
    for (const channel of [...due.keys()]) if (channel.endpoint.name === endpoint) due.delete(channel)
  }
  return {
    accepted(record, channel, packet) {
      if (record.type !== 'FSQ' || !due.has(channel)) return
      settle(record.at)
      // Whoever is asked asks in turn. What a damaged query said nobody knows.
      if (packet === undefined || packet.damaged) due.delete(channel)
      else if (due.has(channel) && (packet.states ?? []).length > 0) due.set(channel, record.at)
    },
    controlReset(record, channel) {
      settle(record.at)
      due.delete(channel)
      for (const session of channel.sessions.values()) stale.delete(session)
      const { config } = channel.endpoint
      if (record.role === 'remote' && config !== undefined && asksAll(channel)) due.set(channel, record.at + config.failover.staleDelay)
    },
    recovery(record, channel) {
      settle(record.at)
      if (record.step === 'recovered' && record.role === 'recovery' && asksAll(channel)) due.set(channel, record.at)
    },
    sync(record, session) {
      settle(record.at)
      if (session === undefined) return
      if (record.outcome === 'stale') stale.add(session)
      const by = record.outcome === 'queried' ? due.get(session.channel) : undefined
      // A fault may order a query at any time; without an answer it is repeated in its own time.
      if (by === undefined || record.at >= by || books.disturbedAt === record.at || session.queried || session.channel.tainted) return
      const { channel } = session
      report(record, `${nameOf(channel)} asks ${formatDuration(by - record.at)} before the peer has had the time to ask`)
    },
    tunnel(record) {
      settle(record.at)
    },
    plane(record) {
      settle(record.at)
      if (record.plane === 'control') forget(record.endpoint)
    },
    end(at) {
      settle(at)
    },
  }
}

/** Answers that are gathered go out when nothing more has been asked for a while (RFC 4951 3.3). */
function watchGathering(report: Report): Watcher {
  const askedLast = new Map<Channel, Nanos>()
  const isEarly = (channel: Channel, { states }: Packet, at: Nanos): boolean =>
    (states ?? []).some(({ remoteSessionId }) => (channel.asked.get(remoteSessionId)?.at ?? 0) > at - COALESCE_TIME)
  return {
    accepted(record, channel) {
      if (record.type === 'FSQ' && channel.endpoint.config?.failover.coalesceResponses === true) askedLast.set(channel, record.at)
    },
    first(record, packet) {
      const { channel, type } = packet
      const asked = type === 'FSR' ? askedLast.get(channel) : undefined
      if (asked === undefined || channel.tainted) return
      const due = asked + COALESCE_TIME
      const { outstanding, headSince } = channel.era
      // Meanwhile a recovery kept it from saying anything.
      if (channel.step === 'aborted' && channel.stepAt > asked) return
      if (isEarly(channel, packet, record.at)) report(record, `${nameOf(channel)} answers before it has waited for more questions`)
      else if (record.at > due && outstanding.length === 0 && headSince <= asked && couldKeep(channel, due))
        report(record, `${nameOf(channel)} answers ${formatDuration(record.at - due)} after it has waited for more questions`)
    },
  }
}

/** A recovery tunnel that the recovery endpoint leaves up is ended by the remote one (R4951-AMB-42). */
function watchGuard(books: Books, report: Report): Watcher {
  const due = new Map<Channel, Nanos>()
  const tooLate = (channel: Channel, by: Nanos, at: Nanos): void => {
    if (at <= by || !couldKeep(channel, by) || channel.tainted) return
    const tunnel = { at: channel.changedAt, seq: channel.changedBy }
    report(tunnel, `${nameOf(channel)} is a recovery tunnel, and up ${formatDuration(at - by)} after its guard time`)
  }
  return {
    controlReset(record, channel, recovery) {
      const { config } = channel.endpoint
      if (record.role !== 'remote' || recovery === undefined || config === undefined) return
      due.set(recovery, record.at + config.failover.guardTime)
    },
    tunnel(record, channel) {
      const by = channel === undefined || record.event !== 'closed' ? undefined : due.get(channel)
      if (channel === undefined || by === undefined) return
      due.delete(channel)
      tooLate(channel, by, record.at)
      if (record.why !== 'stopccn-sent' || record.at >= by || books.disturbedAt === record.at || channel.tainted) return
      report(record, `${nameOf(channel)} is a recovery tunnel, and was ended ${formatDuration(by - record.at)} before its guard time`)
    },
    plane(record) {
      if (record.plane !== 'control') return
      for (const channel of [...due.keys()]) if (channel.endpoint.name === record.endpoint) due.delete(channel)
    },
    end(at) {
      for (const [channel, by] of due) if (isLive(channel)) tooLate(channel, by, at)
    },
  }
}

/** An outgoing call at the LAC: it is opened by an OCRQ, which tells of its other half. */
const isAnswered = (record: TraceRecord<'session'>, { peerSession, state, openedAt }: Session): boolean =>
  record.call === 'outgoing' && record.event === 'established' && state === 'opening' && peerSession > 0 && openedAt <= record.at

export const waitInvariants = [
  invariant({
    name: 'queries-wait-as-configured',
    kind: 'safety',
    ref: 'R4951-AMB-63, R4951-AMB-64',
    help:
      'A query without an answer is asked again, or given up, a response time after it (later only while it is not acknowledged); ' +
      'a stale session is queried after the stale delay. Neither sooner nor later.',
    check: (books, report) => watchQueries(books, report),
  }),
  invariant({
    name: 'recovered-sessions-are-queried',
    kind: 'safety',
    ref: 'R4951-3.3-04, R4951-3.3-08, R4951-AMB-53',
    help:
      'Where all sessions are to be queried, the recovery endpoint does so as soon as the tunnel is recovered, the remote one as soon ' +
      'as it is asked itself, or after the stale delay.',
    check: (books, report) => watchFirstQueries(books, report),
  }),
  invariant({
    name: 'answers-gathered-as-long-as-meant',
    kind: 'safety',
    ref: 'R4951-3.3-17',
    help: 'Answers that wait for company go out when nothing has been asked for a twentieth of a second, neither sooner nor later.',
    check: (_books, report) => watchGathering(report),
  }),
  invariant({
    name: 'recovery-tunnel-guarded',
    kind: 'safety',
    ref: 'R4951-3.2.2-07, R4951-AMB-42',
    help: 'A recovery tunnel that has done its work is ended by the remote endpoint when the guard time is over, not before.',
    check: (books, report) => watchGuard(books, report),
  }),
  invariant({
    name: 'calls-answered-in-time',
    kind: 'safety',
    ref: 'R2661-7.5.1-05',
    help: 'A LAC connects an outgoing call when its far end answers: after the configured delay.',
    check: (_books, report) => ({
      session(record, channel, session) {
        const { config } = channel.endpoint
        if (session === undefined || config === undefined || !isAnswered(record, session)) return
        const wrong = missed(channel, session.openedAt + config.answerDelay, record.at)
        if (wrong !== undefined) report(record, `${nameOf(channel)} session ${String(record.session)} is answered ${wrong}`)
      },
    }),
  }),
] as const
