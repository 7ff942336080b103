// Goals: what a run may or may not have reached. Nobody violates them; a campaign of many runs that never reaches one has not
// looked there.

import type { TraceRecord } from '../../trace/record.ts'
import { areSameEra, grantedRecoveryTime, isLive, nameOf, partnerOf, retransmitOf, type Books, type Channel } from '../observe/books.ts'
import { presentChannels } from '../observe/ledger.ts'
import type { Watcher } from '../observe/watcher.ts'
import { invariant, type Invariant, type Report } from './invariant.ts'

interface GoalRow {
  readonly name: string
  readonly ref: string
  readonly help: string
  readonly check: (books: Books, report: Report) => Watcher
}

const goal = (row: GoalRow): Invariant => invariant({ ...row, kind: 'sometimes' })

type Named = Pick<TraceRecord<'recovery'>, 'endpoint' | 'tunnel'>
const where = ({ endpoint, tunnel }: Named): string => `${endpoint} tunnel ${String(tunnel)}`

/** Reached by a step of recovery. */
function stepGoal(name: string, ref: string, help: string, reached: (record: TraceRecord<'recovery'>) => boolean): Invariant {
  const check: GoalRow['check'] = (_books, report) => ({
    recovery(record) {
      if (reached(record)) report(record, `${where(record)}: ${record.step}${record.why === '' ? '' : `, ${record.why}`}`)
    },
  })
  return goal({ name, ref, help, check })
}

/** Reached by the end of a session for this reason. */
function sessionEndGoal(name: string, ref: string, help: string, why: string): Invariant {
  const check: GoalRow['check'] = (_books, report) => ({
    session(record) {
      if (record.event === 'closed' && record.why === why)
        report(record, `${where(record)} session ${String(record.session)}: ${why}`)
    },
  })
  return goal({ name, ref, help, check })
}

/** Reached by something synchronisation found out. */
function syncGoal(name: string, ref: string, help: string, outcome: string): Invariant {
  const check: GoalRow['check'] = (_books, report) => ({
    sync(record) {
      if (record.outcome === outcome) report(record, `${where(record)} session ${String(record.session)}: ${outcome}`)
    },
  })
  return goal({ name, ref, help, check })
}

/** Sides of tunnels that had offered a recovery, or asked for one, when this endpoint's control plane went down. */
function* interrupted(books: Books, endpoint: string, step: 'requested' | 'offered'): Generator<Channel> {
  for (const channel of presentChannels(books)) {
    if (channel.endpoint.name !== endpoint && channel.peer?.name !== endpoint) continue
    const under = step === 'offered' ? channel.offers.length > 0 : channel.awaitsReset && channel.step === 'requested'
    if (isLive(channel) && under) yield channel
  }
}

function crashGoal(name: string, ref: string, help: string, step: 'requested' | 'offered'): Invariant {
  const check: GoalRow['check'] = (books, report) => ({
    plane(record) {
      if (record.plane !== 'control' || record.up) return
      for (const channel of interrupted(books, record.endpoint, step)) {
        report(record, `${record.endpoint} fails while ${nameOf(channel)} has ${step} a recovery`)
      }
    },
  })
  return goal({ name, ref, help, check })
}

export const goals: readonly Invariant[] = [
  stepGoal(
    'tie-lost',
    'R4951-3.2.1-12, R4951-AMB-18',
    'Both sides recover one tunnel and one of them loses the tie.',
    ({ step }) => step === 'tie-lost',
  ),
  stepGoal('tie-equal', 'R4951-AMB-20', 'Both sides draw the same tie breaker.', ({ step }) => step === 'tie-equal'),
  stepGoal(
    'recovery-superseded',
    'R4951-AMB-46, R4951-AMB-77',
    'A newer recovery takes the place of one not finished.',
    ({ step }) => step === 'superseded',
  ),
  stepGoal(
    'recovery-aborted',
    'R4951-AMB-36, R4951-AMB-76',
    'A recovery ends before its reset and the remote endpoint goes on as before.',
    ({ step }) => step === 'aborted',
  ),
  stepGoal(
    'recovery-refused',
    'R4951-3.2.1-19, R4951-3.2.1-20',
    'The remote endpoint refuses a recovery.',
    ({ step, why }) => step === 'refused' || (step === 'failed' && why.startsWith('refused')),
  ),
  stepGoal(
    'recovery-unanswered',
    'R4951-3.2.1-28',
    'A recovery fails for want of an answer.',
    ({ step, why }) => step === 'failed' && !why.startsWith('refused'),
  ),
  stepGoal(
    'recovery-not-attempted',
    'R4951-3.2-02, R4951-AMB-30',
    'A tunnel is not recovered by choice or for lack of capability.',
    ({ step }) => step === 'not-attempted',
  ),
  goal({
    name: 'recovery-retried',
    ref: 'R4951-AMB-17, R4951-AMB-20',
    help: 'A recovery is asked for a second time without a new failure.',
    check: (_books, report) => ({
      recovery(record, channel) {
        if (record.step === 'requested' && channel.attempt !== undefined) report(record, `${where(record)} tries again`)
      },
    }),
  }),
  goal({
    name: 'recovery-time-expired',
    ref: 'R4951-5.1-11, R4951-AMB-03',
    help: 'A Recovery Time runs out.',
    check: (_books, report) => ({
      timer(record) {
        if (record.name === 'recovery-time' && record.action === 'fire')
          report(record, `${where(record)}: its peer has not come back in time`)
      },
    }),
  }),
  goal({
    name: 'recovery-time-keeps-tunnel',
    ref: 'R4951-AMB-08',
    help: 'A message is retransmitted beyond the limit because the peer may still recover.',
    check: (_books, report) => ({
      again(record, { channel, type }) {
        const limit = retransmitOf(channel)?.count
        if (limit === undefined || record.attempt <= limit + 1 || grantedRecoveryTime(channel) === 0) return
        report(record, `${nameOf(channel)} goes on with ${type}, transmission ${String(record.attempt)}`)
      },
    }),
  }),
  crashGoal(
    'crash-while-recovery-is-requested',
    'R4951-AMB-46',
    'A side fails (again) between a recovery SCCRQ and its SCCRP.',
    'requested',
  ),
  crashGoal(
    'crash-between-sccrp-and-scccn',
    'R4951-AMB-46, R4951-AMB-77',
    'A side fails between SCCRP and SCCCN of a recovery.',
    'offered',
  ),
  goal({
    name: 'double-failure',
    ref: 'R4951-B-01',
    help: 'The control planes of both ends of a tunnel are down at the same time.',
    check: (books, report) => ({
      plane(record) {
        if (record.plane !== 'control' || record.up) return
        for (const channel of books.byName.get(record.endpoint)?.channels.values() ?? []) {
          if (isLive(channel) && channel.purpose === 'ordinary' && channel.peer?.controlUp === false)
            report(record, `${nameOf(channel)} fails while ${channel.peer.name} is down`)
        }
      },
    }),
  }),
  syncGoal('answer-with-zero', 'R4951-3.3-21', 'An FSR says of a session that it is unknown.', 'answered-unknown'),
  syncGoal('session-stale', 'R4951-3.3-22, R4951-AMB-63', 'A session is found paired differently and queried later.', 'stale'),
  syncGoal('query-unanswered', 'R4951-AMB-64', 'A query is given up without an answer.', 'unanswered'),
  sessionEndGoal(
    'session-cleared-as-unknown',
    'R4951-3.3-24',
    'A session is cleared because the peer does not know it.',
    'unknown-to-peer',
  ),
  sessionEndGoal('half-open-session-cleared', 'R4951-3.3-05', 'Step I clears a half-open session.', 'not-established'),
  sessionEndGoal(
    'session-id-collision',
    'R4951-3.3-15',
    'A call request reuses the Session ID of a session not synchronised yet.',
    'collision',
  ),
  sessionEndGoal(
    'session-not-recoverable',
    'R4951-3.2.3-08',
    'A sequenced session ends because a side has no D bit.',
    'not-recoverable',
  ),
  goal({
    name: 'data-number-reset',
    ref: 'R4951-3.2.3-05',
    help: 'The nth old data message in sequence resets the expected number.',
    check: (_books, report) => ({
      data(record) {
        if (record.verdict === 'reset')
          report(record, `${where(record)} session ${String(record.session)} goes on at ${String(record.ns)}`)
      },
    }),
  }),
  goal({
    name: 'late-packet-after-reset',
    ref: 'R4951-5.3-08, R4951-AMB-39',
    help: 'A control message from before a reset arrives after it and does no harm.',
    check: (_books, report) => ({
      duplicate(record, channel, packet) {
        if (packet !== undefined && areSameEra(channel.era, packet.era) === false)
          report(record, `${nameOf(channel)} took ${packet.type} from before its reset for a duplicate`)
      },
    }),
  }),
  goal({
    name: 'message-overtakes-scccn',
    ref: 'R4951-3.2.1-29',
    help:
      'A message of the recovery endpoint sent after its reset reaches the remote endpoint before that one’s reset, ' +
      'and is discarded.',
    check: (_books, report) => ({
      discarded(record, channel, packet) {
        if (packet !== undefined && channel.offers.length > 0 && areSameEra(channel.era, packet.era) === false)
          report(record, `${nameOf(channel)} discarded ${packet.type} before the SCCCN`)
      },
    }),
  }),
  goal({
    name: 'numbers-wrapped',
    ref: 'R2661-5.8-01',
    help: 'Ns of a control channel passes 65535.',
    check: (_books, report) => ({
      accepted(record, channel) {
        const { expected, at } = channel.era
        if (record.ns === 0 && expected === 0 && channel.lastAcceptedAt > at)
          report(record, `${nameOf(channel)} accepted Ns 0 after 65535`)
      },
    }),
  }),
  goal({
    name: 'window-full',
    ref: 'R2661-5.8-16',
    help: 'The whole window of the peer is in use.',
    check: (_books, report) => ({
      first(record, { channel, era }) {
        const window = channel.negotiated?.peerWindow ?? 0
        if (window > 1 && era.outstanding.length - era.doubtful + 1 === window)
          report(record, `${nameOf(channel)} has ${String(window)} unacknowledged`)
      },
    }),
  }),
  goal({
    name: 'tunnel-given-up',
    ref: 'R2661-5.8-14',
    help: 'A tunnel ends at the retransmission limit.',
    check: (_books, report) => ({
      tunnel(record, channel) {
        if (record.event !== 'closed' || record.why !== 'retransmission-limit' || channel === undefined) return
        report(
          record,
          `${nameOf(channel)} gives up ${partnerOf(channel)?.state === 'established' ? 'a peer that is alive' : 'its peer'}`,
        )
      },
    }),
  }),
]
