// Invariants about the course of a recovery (RFC 4951 3.2): what each of its steps must lead to at once, how often and how soon a recovery
// without an answer is tried again, how many are under way, and what the data channels of a recovered tunnel do (3.2.3).

import { formatDuration, NEVER, type Nanos } from '../../base/time.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { isLive, nameOf, type Books, type Channel, type Endpoint, type Packet } from '../observe/books.ts'
import { presentChannels } from '../observe/ledger.ts'
import type { Watcher } from '../observe/watcher.ts'
import { dutyBook, type DutyBook } from './consequences.ts'
import { invariant, type Report } from './invariant.ts'

const RECOVERED = ['recovery recovered']
const WAITING = ['recovery waiting']
const FAILED = ['recovery failed']
/** L2TPv3: whoever has lost a tie is told by a StopCCN, and tries again if need be (R4951-AMB-19). */
const FAILED_OR_TIED = ['recovery failed', 'recovery waiting']
const CLOSED = ['tunnel closed']
const RESTARTED = ['data restarted', 'session closed']
const TORN_DOWN = ['session closed']

/** The attempt of this side that is under way for an old tunnel; undefined for none. */
const ownAttempt = ({ attempt }: Channel): Channel | undefined => (attempt !== undefined && isLive(attempt) ? attempt : undefined)

/** The old tunnel that this recovery tunnel is the present attempt for. */
function attemptedBy(channel: Channel): Channel | undefined {
  const old = channel.purpose === 'recovery' ? channel.endpoint.channels.get(channel.oldTunnel) : undefined
  return old?.attempt === channel && isLive(old) && old.restored && !old.recovered ? old : undefined
}

/** A message for a recovery tunnel acknowledges everything there is, the SCCCN among it. */
function completes(record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined): Channel | undefined {
  if (channel.purpose !== 'recovery' || channel.state !== 'established' || record.type === 'StopCCN') return undefined
  if (channel.tainted || packet === undefined || packet.damaged) return undefined
  // A call asked for there is refused first, and that has to be acknowledged as well (R4951-AMB-45).
  if (channel.callRequested || record.type === 'ICRQ' || record.type === 'OCRQ') return undefined
  const { outstanding, nextNs } = channel.era
  if (outstanding.length === 0 || record.nr !== nextNs) return undefined
  const old = attemptedBy(channel)
  return old?.era.recovery === channel ? old : undefined
}

/** How often each old tunnel's recovery has been asked for since it was restored, or put off for a tie. */
type Attempts = Map<Channel, number>

const noteOnce = (attempts: Attempts, channel: Channel): void => {
  attempts.set(channel, (attempts.get(channel) ?? 0) + 1)
}

/** So often equal tie breakers are drawn again (R4951-AMB-20). */
const TIE_RETRIES = 3

/** R4951-AMB-17: once more, as configured, within the Recovery Time that was asked for; undefined where nobody knows. */
function mayRetry(old: Channel, attempts: Attempts, at: Nanos): boolean | undefined {
  const failover = old.endpoint.config?.failover
  if (failover === undefined) return undefined
  return (attempts.get(old) ?? 0) <= failover.retries && at < old.at + failover.recoveryTime
}

/** What the end of this side's recovery tunnel has to lead to. */
function afterAttempt({ at, why }: TraceRecord<'tunnel'>, old: Channel, attempts: Attempts): readonly string[] | undefined {
  if (why !== 'retransmission-limit' && why !== 'stopccn-received') return undefined
  // Reset already: what the peer has begun meanwhile decides, else it is over.
  if (!old.awaitsReset) return old.offers.length === 0 ? FAILED : undefined
  if (why === 'stopccn-received') return old.version === 3 ? FAILED_OR_TIED : FAILED
  const again = mayRetry(old, attempts, at)
  return again === undefined ? undefined : again ? WAITING : FAILED
}

/** What an endpoint that failed itself does when the peer's recovery has come to nothing; undefined while its own still counts. */
function afterPeers(old: Channel): readonly string[] | undefined {
  if (!old.restored || old.recovered) return undefined
  if (old.awaitsReset) return WAITING
  return ownAttempt(old) === undefined ? RECOVERED : undefined
}

function watchCourse(report: Report): Watcher {
  const duties = dutyBook(report)
  const attempts: Attempts = new Map()
  const ties: Attempts = new Map()
  const owe = ({ at, seq }: TraceRecord, { endpoint, tunnel }: Channel, wanted: readonly string[], after: string): void => {
    const text = (): string => `${endpoint.name} tunnel ${String(tunnel)}: ${after}, and nothing came of it: wanted ${wanted.join(' or ')}`
    duties.add({ at, seq, endpoint: endpoint.name, tunnel, session: 0, wanted, firm: wanted === WAITING, text })
  }
  const heard: Watcher['accepted'] = (record, channel, packet) => {
    const old = completes(record, channel, packet)
    if (old !== undefined) owe(record, old, RECOVERED, `recovery tunnel ${String(channel.tunnel)} is acknowledged`)
  }
  const endOwn = (record: TraceRecord, old: Channel, why: string): void => {
    const attempt = ownAttempt(old)
    if (attempt !== undefined) owe(record, attempt, CLOSED, why)
  }
  const closed = (record: TraceRecord<'tunnel'>, channel: Channel): void => {
    const old = attemptedBy(channel)
    const wanted = old === undefined ? undefined : afterAttempt(record, old, attempts)
    if (old !== undefined && wanted !== undefined) owe(record, old, wanted, `its recovery ended (${record.why})`)
    if (channel.purpose !== 'ordinary') return
    endOwn(record, channel, 'the tunnel it recovers is gone')
    for (const offer of channel.offers) {
      const offered = channel.endpoint.channels.get(offer)
      if (offered !== undefined && isLive(offered)) owe(record, offered, CLOSED, 'the tunnel it was to recover is gone')
    }
  }
  return {
    accepted: heard,
    acknowledged: heard,
    recovery(record, channel) {
      duties.settle(record.at)
      duties.done(record, 0, 'recovery', record.step)
      const wanted = record.step === 'aborted' ? afterPeers(channel) : undefined
      switch (record.step) {
        case 'requested':
          noteOnce(attempts, channel)
          return
        case 'failed':
          if (channel.step === 'tie-lost') report(record, `${nameOf(channel)} lost the tie and gave itself up, though the peer recovers it`)
          return
        case 'aborted':
          if (wanted !== undefined) owe(record, channel, wanted, 'the recovery of the peer came to nothing')
          return
        case 'tie-equal':
          owe(record, channel, (ties.get(channel) ?? 0) < TIE_RETRIES ? WAITING : FAILED, 'the tie breakers are equal')
          return
        case 'waiting':
          if (record.why.startsWith('tie-')) noteOnce(ties, channel)
          if (channel.restored && !channel.awaitsReset) report(record, `${nameOf(channel)} has been reset and is to be recovered again`)
          return
        default:
      }
    },
    tunnel(record, channel) {
      duties.settle(record.at)
      if (record.why === 'stopccn-sent' && duties.owes(record, 'recovery failed'))
        report(record, `${record.endpoint} tunnel ${String(record.tunnel)} could not be recovered and is ended by a StopCCN`)
      duties.done(record, 0, 'tunnel', record.event)
      if (record.event === 'closed' && channel !== undefined) closed(record, channel)
    },
    controlReset(record, channel, recovery) {
      duties.settle(record.at)
      if (record.role === 'remote' && channel.attempt !== recovery) endOwn(record, channel, 'the peer has recovered the tunnel')
    },
    ...excusing(duties),
  }
}

/** What is owed ends with its control plane, and is settled at the end. */
const excusing = (duties: DutyBook): Watcher => ({
  plane(record) {
    duties.settle(record.at)
    if (record.plane === 'control') duties.excuse(record.endpoint)
  },
  end(at) {
    duties.settle(at)
  },
})

/** The recoveries of one endpoint. */
interface Turns {
  /** Its own recovery tunnels that are there, by number. */
  readonly underWay: Set<number>
  /** Since when one more may begin; NEVER while none may. */
  roomSince: Nanos
  /** Old tunnels that wait, and since when they need not. */
  readonly waiting: Map<Channel, Nanos>
}

/** How many of this endpoint's recoveries may be under way. */
const mostOf = ({ config }: Endpoint): number =>
  config === undefined || config.failover.parallel === 0 ? Infinity : config.failover.parallel

function watchTurns(books: Books, report: Report): Watcher {
  const turns = new Map<Endpoint, Turns>()
  const turnsOf = (endpoint: Endpoint): Turns => {
    const known = turns.get(endpoint)
    if (known !== undefined) return known
    const fresh: Turns = { underWay: new Set(), roomSince: 0, waiting: new Map() }
    turns.set(endpoint, fresh)
    return fresh
  }
  /** The instant at which it should have begun; NEVER when it could not, or nobody can tell. */
  const dueOf = (channel: Channel, { waiting, roomSince }: Turns): Nanos => {
    const { config, pauses, resumedAt } = channel.endpoint
    const ready = waiting.get(channel)
    if (ready === undefined || config === undefined || pauses > 0) return NEVER
    return Math.max(ready, roomSince, resumedAt)
  }
  const begin = (record: TraceRecord<'recovery'>, channel: Channel): void => {
    const its = turnsOf(channel.endpoint)
    const most = mostOf(channel.endpoint)
    const due = dueOf(channel, its)
    if (its.underWay.size >= most)
      report(record, `${nameOf(channel)} is recovered beside ${String(its.underWay.size)} others, ${String(most)} are allowed`)
    else if (record.at > due) report(record, `${nameOf(channel)} is recovered ${formatDuration(record.at - due)} late`)
    its.waiting.delete(channel)
    its.underWay.add(record.recoveryTunnel)
    if (its.underWay.size >= most) its.roomSince = NEVER
  }
  return {
    recovery(record, channel) {
      switch (record.step) {
        case 'waiting': {
          // A random while, up to the first retransmission interval, before the next attempt.
          const pause = record.why === '' ? 0 : (channel.endpoint.config?.retransmit.initial ?? 0)
          turnsOf(channel.endpoint).waiting.set(channel, record.at + pause)
          return
        }
        case 'requested':
          begin(record, channel)
          return
        case 'failed':
        case 'not-attempted':
        case 'offered':
          turns.get(channel.endpoint)?.waiting.delete(channel)
          return
        default:
      }
    },
    tunnel(record, channel) {
      if (record.event !== 'closed' || channel === undefined) return
      const its = turns.get(channel.endpoint)
      if (its === undefined) return
      its.waiting.delete(channel)
      if (its.underWay.delete(record.tunnel) && its.roomSince === NEVER) its.roomSince = record.at
    },
    plane(record) {
      const endpoint = record.plane === 'control' ? books.byName.get(record.endpoint) : undefined
      if (endpoint !== undefined) turns.delete(endpoint)
    },
    end(at) {
      for (const channel of presentChannels(books)) {
        const its = turns.get(channel.endpoint)
        if (its !== undefined && channel.awaitsReset && dueOf(channel, its) < at)
          report({ at: channel.stepAt, seq: channel.stepBy }, `${nameOf(channel)} waits for its recovery though its turn has come`)
      }
    },
  }
}

/** What becomes of the sequenced sessions when this side, which lost its control plane, has its tunnel recovered (RFC 4951 3.2.3). */
function fateOf({ negotiated, endpoint: { config } }: Channel, kept: boolean, own: boolean): readonly string[] | undefined {
  if (config === undefined || negotiated === undefined || config.failover.dataPlaneSurvives) return undefined
  if (negotiated.ownData && negotiated.peerData) return kept ? RESTARTED : undefined
  return own ? TORN_DOWN : undefined
}

function watchData(books: Books, report: Report): Watcher {
  const duties = dutyBook(report)
  /** Endpoints whose data plane has been there since before their control plane last failed. */
  const keeping = new Set<string>()
  const impose = (record: TraceRecord, channel: Channel, own: boolean): void => {
    const wanted = fateOf(channel, keeping.has(channel.endpoint.name), own)
    if (wanted === undefined) return
    for (const { session, state, sequenced } of channel.sessions.values()) {
      if (state !== 'established' || !sequenced) continue
      const about = `sequenced session ${String(session)} goes on`
      const text = (): string => `${nameOf(channel)} is recovered and ${about}: wanted ${wanted.join(' or ')}`
      duties.add({ at: record.at, seq: record.seq, endpoint: channel.endpoint.name, tunnel: channel.tunnel, session, wanted, text })
    }
  }
  return {
    recovery(record, channel) {
      duties.settle(record.at)
      if (record.step === 'recovered' && record.role === 'recovery' && channel.restored) impose(record, channel, true)
    },
    controlReset(record, channel) {
      duties.settle(record.at)
      if (record.role === 'remote' && channel.restored && !channel.recovered) impose(record, channel, false)
    },
    dataReset(record) {
      if (record.direction === 'send') duties.done(record, record.session, 'data', 'restarted')
    },
    session(record) {
      duties.done(record, record.session, 'session', record.event)
    },
    tunnel(record) {
      duties.done(record, 0, 'tunnel', record.event)
    },
    plane(record) {
      duties.settle(record.at)
      if (record.plane === 'control') {
        duties.excuse(record.endpoint)
        if (!record.up && books.byName.get(record.endpoint)?.dataUp === true) keeping.add(record.endpoint)
      } else keeping.delete(record.endpoint)
    },
    end(at) {
      duties.settle(at)
    },
  }
}

export const recoveryCourseInvariants = [
  invariant({
    name: 'recovery-takes-its-course',
    kind: 'safety',
    ref:
      'R4951-3.2.1-28, R4951-3.2.2-07, R4951-AMB-05, R4951-AMB-17, R4951-AMB-18, R4951-AMB-33, R4951-AMB-42, R4951-AMB-49, ' +
      'R4951-AMB-77',
    help:
      'An acknowledged SCCCN makes the tunnel recovered; a recovery without an answer is tried again as often as configured, one refused ' +
      'or at its end fails; an attempt ends with its tunnel or when the peer is through first; the loser of a tie goes on as remote ' +
      'endpoint, and tries again when the peer does not come through, or is recovered if it has made its reset. At once.',
    check: (_books, report) => watchCourse(report),
  }),
  invariant({
    name: 'recoveries-in-turn',
    kind: 'safety',
    ref: 'R4951-3.2-02, R4951-AMB-17, R4951-AMB-49',
    help:
      'No more recoveries of one endpoint are under way than configured; a tunnel that waits is recovered as soon as there is room, for ' +
      'another attempt within the first retransmission interval.',
    check: (books, report) => watchTurns(books, report),
  }),
  invariant({
    name: 'data-restarts-with-the-recovery',
    kind: 'safety',
    ref: 'R4951-3.2.3-01, R4951-3.2.3-03, R4951-AMB-23, R4951-AMB-24, R4951-AMB-27',
    help:
      'Whoever lost its control plane restarts the numbers of sequenced sessions when the tunnel is recovered, by itself or by the peer, ' +
      'where both sides can reset them; else it ends those sessions (unless its data plane counts on).',
    check: (books, report) => watchData(books, report),
  }),
] as const

