// The registry of metrics: a name, a unit, what it says, and how it is read from the tally at the end of a run. Durations count
// from the first failure of an endpoint (metrics/episode.ts says what belongs to it).

import type { Nanos } from '../base/time.ts'
import { messageRows } from '../l2tp/wire/messages.ts'
import { dropReasons, type Fold } from '../trace/record.ts'
import type { RunContext } from './context.ts'
import { controlTotals, type ControlCounts, type TypeCount } from './metrics/control-counts.ts'
import { outagesOf, resumptions, type SessionOutage } from './metrics/data-counts.ts'
import { bothReset, bothSynchronised, type TunnelRecovery } from './metrics/recovery-times.ts'
import { outcomeOfSessions, outcomeOfTunnels } from './metrics/session-counts.ts'
import { openTally, type Tally } from './metrics/tally.ts'
import { openBooks, watch } from './observe/ledger.ts'

export type Unit = 'ns' | 'count' | 'octets' | 'ratio'

/** What a metric gives: null where it does not apply or never happened; NEVER for what has not ended. */
export type MetricValue = number | null

export interface Metric {
  readonly name: string
  readonly unit: Unit
  readonly help: string
  /** Reads it from a tally at the end of a run. */
  readonly read: (tally: Tally) => MetricValue
  readonly start: (context: RunContext) => Fold<MetricValue>
}

function metric(name: string, unit: Unit, help: string, read: Metric['read']): Metric {
  return { name, unit, help, read, start: (context) => foldOfTally(context, read) }
}

function foldOfTally<R>(context: RunContext, read: (tally: Tally) => R): Fold<R> {
  const books = openBooks(context)
  const { tally, watchers } = openTally(books)
  return watch(books, watchers, () => read(tally))
}

const since = ({ episode }: Tally, at: Nanos): MetricValue => (at < 0 || !episode.isFailure ? null : at - episode.at)

/** What of each tunnel has happened (not -1), from the failure on. */
const instants = ({ times }: Tally, of: (recovery: TunnelRecovery) => Nanos): readonly Nanos[] =>
  times.tunnels.map(of).filter((at) => at >= 0)

const lastOf = (tally: Tally, of: (recovery: TunnelRecovery) => Nanos): MetricValue =>
  since(tally, Math.max(-1, ...instants(tally, of)))

const mean = (values: readonly number[]): MetricValue =>
  values.length === 0 ? null : Math.round(values.reduce((sum, value) => sum + value, 0) / values.length)

function meanOf(tally: Tally, of: (recovery: TunnelRecovery) => Nanos): MetricValue {
  const average = mean(instants(tally, of))
  return average === null ? null : since(tally, average)
}

/** Mean over the tunnels of the time from one instant to another; where one is missing the tunnel does not count. */
function phase(
  { times }: Tally,
  from: (recovery: TunnelRecovery) => Nanos,
  to: (recovery: TunnelRecovery) => Nanos,
): MetricValue {
  return mean(
    times.tunnels.filter((recovery) => from(recovery) >= 0 && to(recovery) >= 0).map((recovery) => to(recovery) - from(recovery)),
  )
}

/** Nearest rank. */
function quantile(sorted: readonly number[], q: number): MetricValue {
  return sorted.length === 0 ? null : sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!
}

/** Outages that ended, in order of length. */
const endedOutages = ({ episode, data }: Tally): readonly Nanos[] =>
  outagesOf(episode, data)
    .map(({ outage }) => outage)
    .filter(Number.isFinite)
    .sort((a, b) => a - b)

const ofType =
  (type: string, read: (count: TypeCount) => number) =>
  ({ control }: Tally): number => {
    const count = control.byType.get(type)
    return count === undefined ? 0 : read(count)
  }

const sum = ({ lost }: ControlCounts): number => [...lost.values()].reduce((total, count) => total + count, 0)

const durations = [
  metric('timeToDetect', 'ns', 'From the first failure until a replica begins to take over, or the node to restart.', (tally) =>
    since(tally, tally.times.detectedAt),
  ),
  metric('timeToTakeOver', 'ns', 'From the first failure until a replica serves again.', (tally) =>
    since(tally, tally.times.activeAt),
  ),
  metric(
    'timeToRecoveryTunnel',
    'ns',
    'From the first failure until the last recovery tunnel is up (its SCCCN acknowledged).',
    (tally) => lastOf(tally, ({ recoveredAt }) => recoveredAt),
  ),
  metric('meanTimeToRecoveryTunnel', 'ns', 'The same, mean over the tunnels.', (tally) =>
    meanOf(tally, ({ recoveredAt }) => recoveredAt),
  ),
  metric('timeToControlReset', 'ns', 'From the first failure until the last tunnel has been reset on both sides.', (tally) =>
    lastOf(tally, bothReset),
  ),
  metric('meanTimeToControlReset', 'ns', 'The same, mean over the tunnels.', (tally) => meanOf(tally, bothReset)),
  metric(
    'timeToSynchronised',
    'ns',
    'From the first failure until both sides of the last tunnel call it synchronised.',
    (tally) => lastOf(tally, bothSynchronised),
  ),
  metric('meanTimeToSynchronised', 'ns', 'The same, mean over the tunnels.', (tally) => meanOf(tally, bothSynchronised)),
  metric(
    'timeToLastSessionSynchronised',
    'ns',
    'From the first failure until the last session is found in order or cleared.',
    (tally) => since(tally, tally.times.sessionSynchronisedAt),
  ),
  metric(
    'timeToFirstData',
    'ns',
    'From the first failure until data sent after it is delivered in the first direction of an affected session that ran before.',
    (tally) => since(tally, resumptions(tally.episode, tally.data)[0] ?? -1),
  ),
  metric('timeToAllData', 'ns', 'The same for the last such direction that goes on at all.', (tally) =>
    since(tally, resumptions(tally.episode, tally.data).at(-1) ?? -1),
  ),
]

const phases = [
  metric('phaseDetect', 'ns', 'Breakdown: from the failure to its detection.', (tally) => since(tally, tally.times.detectedAt)),
  metric('phaseTakeOver', 'ns', 'Breakdown: from the detection until a replica serves.', ({ times }) =>
    times.detectedAt < 0 || times.activeAt < 0 ? null : times.activeAt - times.detectedAt,
  ),
  metric('phaseWait', 'ns', 'Breakdown: from then until the recovery SCCRQ, mean over the tunnels (pacing).', (tally) =>
    phase(
      tally,
      () => tally.times.activeAt,
      ({ requestedAt }) => requestedAt,
    ),
  ),
  metric(
    'phaseHandshake',
    'ns',
    'Breakdown: from the recovery SCCRQ to the control channel reset at the recovery endpoint, mean.',
    (tally) =>
      phase(
        tally,
        ({ requestedAt }) => requestedAt,
        ({ resetAt }) => resetAt,
      ),
  ),
  metric('phaseReset', 'ns', 'Breakdown: from that reset to the one at the remote endpoint, mean.', (tally) =>
    phase(
      tally,
      ({ resetAt }) => resetAt,
      ({ remoteResetAt }) => remoteResetAt,
    ),
  ),
  metric('phaseSynchronise', 'ns', 'Breakdown: from the second reset until both sides are synchronised, mean.', (tally) =>
    phase(tally, bothReset, bothSynchronised),
  ),
]

const lives = [
  metric('sessionsEstablished', 'count', 'Sessions that were established, each once.', ({ sessions }) => sessions.established),
  metric(
    'sessionsKept',
    'count',
    'Of the sessions established on both sides when a plane of either failed: those still paired at the end.',
    ({ sessions }) => outcomeOfSessions(sessions).kept,
  ),
  metric(
    'sessionsLost',
    'count',
    'Of the same: those neither kept nor ended by a CDN or StopCCN that somebody wanted.',
    ({ sessions }) => outcomeOfSessions(sessions).lost,
  ),
  metric(
    'sessionsClearedAsStale',
    'count',
    'Sessions cleared on either side because the other did not know them (RFC 4951 3.3).',
    ({ sessions }) => sessions.clearedAsStale,
  ),
  metric(
    'tunnelsRecovered',
    'count',
    'Recoveries completed, counted at the recovery endpoint.',
    ({ control }) => control.tunnelsRecovered,
  ),
  metric(
    'tunnelsLost',
    'count',
    'Tunnels established on both sides when a plane of either failed, and neither there at the end nor ended by a ' +
      'StopCCN that somebody wanted.',
    ({ sessions }) => outcomeOfTunnels(sessions).lost,
  ),
  metric(
    'recoveriesAttempted',
    'count',
    'Recovery tunnels asked for, retries included.',
    ({ control }) => control.recoveriesAttempted,
  ),
  metric('recoveriesFailed', 'count', 'Tunnels whose recovery was given up.', ({ control }) => control.recoveriesFailed),
  metric(
    'secondCrashes',
    'count',
    'Failures of a control plane that was in the middle of a recovery, on either side.',
    ({ control }) => control.secondCrashes,
  ),
  metric(
    'falseAlarms',
    'count',
    'Tunnels whose peer was given up, or whose Recovery Time ran out, although the peer was up and had the tunnel.',
    ({ control }) => control.falseAlarms,
  ),
]

const outages = [
  metric(
    'outageMean',
    'ns',
    'Mean outage of a direction of an affected session (longest gap between deliveries that spans the failure or falls ' +
      'into the recovery, less the usual spacing).',
    (tally) => mean(endedOutages(tally)),
  ),
  metric('outageMedian', 'ns', 'Median of the same.', (tally) => quantile(endedOutages(tally), 0.5)),
  metric('outageP95', 'ns', '95th percentile of the same (nearest rank).', (tally) => quantile(endedOutages(tally), 0.95)),
  metric('outageMax', 'ns', 'Longest of the same.', (tally) => quantile(endedOutages(tally), 1)),
  metric(
    'outagesUnended',
    'count',
    'Directions of sessions that both sides still have, that ran before the failure and deliver nothing since although ' +
      'data is sent.',
    ({ episode, data }) => outagesOf(episode, data).filter(({ outage }) => !Number.isFinite(outage)).length,
  ),
]

const data = [
  metric('dataSent', 'count', 'Data messages sent.', (tally) => tally.data.sent),
  metric('dataDelivered', 'count', 'Data messages delivered to a session, each once.', (tally) => tally.data.delivered),
  metric(
    'dataLost',
    'count',
    'Data messages sent and neither delivered nor still under way at the end.',
    (tally) => tally.data.settled - tally.data.delivered,
  ),
  metric('dataLossRatio', 'ratio', 'The same as a share of those that are no longer under way.', (tally) =>
    tally.data.settled === 0 ? null : (tally.data.settled - tally.data.delivered) / tally.data.settled,
  ),
  metric('dataReordered', 'count', 'Data messages delivered after one sent later.', (tally) => tally.data.reordered),
  metric('dataDuplicated', 'count', 'Deliveries of data messages delivered before.', (tally) => tally.data.duplicated),
  metric(
    'dataDroppedForCookie',
    'count',
    'L2TPv3 data messages, forged ones too, refused because their cookie is not the one that the receiver asked for.',
    (tally) => tally.data.droppedForCookie,
  ),
  metric('dataDroppedAsOld', 'count', 'Sequenced data messages refused for an old number.', (tally) => tally.data.droppedAsOld),
]

const control = [
  metric(
    'controlMessages',
    'count',
    'Control messages that say more than Nr, each once.',
    (tally) => controlTotals(tally.control).messages,
  ),
  metric(
    'controlRetransmissions',
    'count',
    'Retransmissions of control messages.',
    (tally) => controlTotals(tally.control).retransmissions,
  ),
  metric(
    'controlOctets',
    'octets',
    'UDP (or IP) payload of all control messages, acknowledgements and retransmissions included.',
    (tally) => controlTotals(tally.control).octets,
  ),
  metric(
    'zlbSent',
    'count',
    'Acknowledgements without a message of their own: ZLB, in L2TPv3 ACK.',
    (tally) => controlTotals(tally.control).zlb,
  ),
  metric(
    'hellosSent',
    'count',
    'HELLO messages, each once.',
    ofType('HELLO', ({ sent, again }) => sent - again),
  ),
  metric('packetsLost', 'count', 'Datagrams, or copies of them, that did not arrive, for any reason.', (tally) =>
    sum(tally.control),
  ),
  metric(
    'linkQueuePeak',
    'octets',
    'Most octets that waited in a link before a datagram sent.',
    (tally) => tally.control.linkQueuePeak,
  ),
  metric(
    'inputQueuePeak',
    'count',
    'Most messages that waited before one that reached a control processor.',
    (tally) => tally.control.inputQueuePeak,
  ),
]

const byReason = dropReasons.map((reason) =>
  metric(
    `lost.${reason}`,
    'count',
    `Datagrams, or copies of them, that did not arrive: ${reason}.`,
    (tally) => tally.control.lost.get(reason) ?? 0,
  ),
)

const types = [...new Set(messageRows.map(({ type }) => type))]

const byType = types.flatMap((type) => [
  metric(
    `sent.${type}`,
    'count',
    `Transmissions of ${type}, retransmissions included.`,
    ofType(type, ({ sent }) => sent),
  ),
  metric(
    `retransmitted.${type}`,
    'count',
    `Retransmissions of ${type}.`,
    ofType(type, ({ again }) => again),
  ),
  metric(
    `octets.${type}`,
    'octets',
    `UDP payload of all transmissions of ${type}.`,
    ofType(type, ({ octets }) => octets),
  ),
])

/** All metrics; names are unique and stay. */
export const metrics: readonly Metric[] = [
  ...durations,
  ...phases,
  ...lives,
  ...outages,
  ...data,
  ...control,
  ...byReason,
  ...byType,
]

/** The outage of each direction of each affected session: the distribution behind `outageMean` and its kin. */
export const sessionOutages = (context: RunContext): Fold<readonly SessionOutage[]> =>
  foldOfTally(context, ({ episode, data: counts }) => outagesOf(episode, counts))

/** The instants of each tunnel's recovery after the first failure: what the phases are computed from. */
export const recoveryTimes = (context: RunContext): Fold<Tally['times']> => foldOfTally(context, ({ times }) => times)
