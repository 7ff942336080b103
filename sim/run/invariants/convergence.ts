// Liveness: when nothing has disturbed the run for the convergence bound, tunnels and sessions are on both sides or on none,
// recoveries have ended one way or the other, and nothing waits in a queue. Judged at the end of the run only.

import type { Nanos } from '../../base/time.ts'
import {
  arePaired,
  grantedRecoveryTime,
  isLive,
  isReset,
  isTrustworthy,
  nameOf,
  otherHalf,
  partnerOf,
  type Books,
  type Channel,
  type Endpoint,
  type Session,
} from '../observe/books.ts'
import { isOverdue, mustHaveConverged, presentChannels } from '../observe/ledger.ts'
import type { Watcher } from '../observe/watcher.ts'
import { invariant, type Report } from './invariant.ts'
import { queriesAll } from './sessions.ts'

/** A watcher that judges every channel there is, if the run has been quiet for long enough. */
function atRest(books: Books, judge: (channel: Channel, at: Nanos) => void): Watcher {
  return {
    end(at) {
      if (mustHaveConverged(books, at)) for (const channel of presentChannels(books)) judge(channel, at)
    },
  }
}

const reportChange = (report: Report, channel: Channel, message: string): void => {
  report({ at: channel.changedAt, seq: channel.changedBy }, `${nameOf(channel)} ${message}`)
}

/** The latest change on either side that the other may still have to learn of. */
function lastChange(channel: Channel, other: Channel | undefined): Nanos {
  return Math.max(channel.changedAt, channel.era.at, other?.changedAt ?? 0, other?.era.at ?? 0)
}

/** Only its data plane is left: its data is a sign of life, and nothing tells the peer better (RFC 2661 5.5). */
const isHeadless = ({ controlUp, dataUp }: Endpoint): boolean => !controlUp && dataUp

/** Somebody else has told how long the peer needs to recover: its silence is borne for so long (RFC 4951 5.1). */
function isMisled(channel: Channel): boolean {
  const meant = channel.peer?.config?.failover.recoveryTime ?? 0
  return channel.tainted && grantedRecoveryTime(channel) > meant
}

/** A session that the other side does not have, though nothing excuses it. */
function isOneSided(session: Session, channel: Channel, partner: Channel): boolean {
  if (session.state !== 'established' || session.peerSession < 0 || session.unanswered) return false
  const other = otherHalf(session, partner)
  if (arePaired(session, other) || (other?.peerSession ?? 0) < 0) return false
  // Who is configured not to ask need not find out.
  return session.queried || !isReset(channel.era) || queriesAll(channel.endpoint)
}

export const convergenceInvariants = [
  invariant({
    name: 'tunnels-converge',
    kind: 'liveness',
    ref: 'R2661-5.5-02, R2661-5.8-14, R4951-3.2.1-28, R4951-AMB-16',
    help:
      'Every tunnel is established on both sides or gone from both, none is half-open (unless the peer has nothing left ' +
      'but its data plane, which goes on sending).',
    check: (books, report) =>
      atRest(books, (channel, at) => {
        if (channel.purpose !== 'ordinary' || !isLive(channel) || channel.peer === undefined || isHeadless(channel.peer)) return
        if (isMisled(channel)) return
        const there = channel.peer.channels.get(channel.peerTunnel)
        if (!isOverdue(books, lastChange(channel, there), at)) return
        if (channel.state === 'opening') reportChange(report, channel, 'is still half-open')
        else if (partnerOf(channel)?.state !== 'established' && !channel.awaitsReset)
          reportChange(report, channel, `is established, ${channel.peer.name} has no such tunnel`)
      }),
  }),
  invariant({
    name: 'recoveries-conclude',
    kind: 'liveness',
    ref: 'R4951-2-08, R4951-3.2.1-28, R4951-AMB-05, R4951-AMB-76',
    help: 'No tunnel waits for its recovery, or for the end of one it was offered.',
    check: (books, report) =>
      atRest(books, (channel, at) => {
        if (
          channel.purpose !== 'ordinary' ||
          !isLive(channel) ||
          !isOverdue(books, Math.max(channel.stepAt, channel.era.at, channel.at), at)
        )
          return
        const step = { at: channel.stepAt, seq: Math.max(channel.stepBy, channel.changedBy) }
        if (channel.awaitsReset) report(step, `${nameOf(channel)} still waits for its recovery`)
        else if (channel.offers.length > 0)
          report(step, `${nameOf(channel)} still waits for an SCCCN on tunnel ${String(channel.offers[0])}`)
        else if (channel.restored && !channel.recovered)
          report(step, `${nameOf(channel)} was reset and never told that it is recovered`)
      }),
  }),
  invariant({
    name: 'recovery-tunnels-end',
    kind: 'liveness',
    ref: 'R4951-3.2.2-07, R4951-AMB-42, R4951-AMB-44',
    help: 'No recovery tunnel is left over.',
    check: (books, report) =>
      atRest(books, (channel, at) => {
        if (channel.purpose === 'recovery' && isLive(channel) && isOverdue(books, channel.changedAt, at))
          reportChange(report, channel, `is a recovery tunnel and still ${channel.state}`)
      }),
  }),
  invariant({
    name: 'recovered-tunnels-synchronise',
    kind: 'liveness',
    ref: 'R4951-3.3-04, R4951-3.3-25, R4951-AMB-53, R4951-AMB-63',
    help: 'Every recovered tunnel is found synchronised by both sides.',
    check: (books, report) =>
      atRest(books, (channel, at) => {
        if (channel.state !== 'established' || !isReset(channel.era) || channel.synchronisedAt >= 0 || channel.unanswered) return
        if (!queriesAll(channel.endpoint) || !isOverdue(books, channel.era.at, at)) return
        report(channel.era, `${nameOf(channel)} was reset and its sessions were never found synchronised`)
      }),
  }),
  invariant({
    name: 'no-session-on-one-side-only',
    kind: 'liveness',
    ref: 'R4951-3.3-01, R4951-3.3-02, R4951-3.3-03, R4951-3.3-04, R2661-5.6-01',
    help: 'Every established session of a tunnel that both sides have is established and paired with it on the other side.',
    check: (books, report) =>
      atRest(books, (channel, at) => {
        const partner = channel.state === 'established' ? partnerOf(channel) : undefined
        if (partner?.state !== 'established' || !isTrustworthy(channel, partner)) return
        // Nothing but a recovery finds out what a fault did to a table, and what ends before it may end the wrong session.
        if ([channel, partner].some((side) => side.edited || side.mispaired)) return
        const since = lastChange(channel, partner)
        for (const session of channel.sessions.values()) {
          if (!isOneSided(session, channel, partner)) continue
          const changed = Math.max(since, session.changedAt, otherHalf(session, partner)?.changedAt ?? 0)
          if (!isOverdue(books, changed, at)) continue
          const pair = `session ${String(session.session)} with ${String(session.peerSession)}`
          report(
            { at: session.changedAt, seq: session.changedBy },
            `${nameOf(channel)} has ${pair}, which ${nameOf(partner)} has not`,
          )
        }
      }),
  }),
  invariant({
    name: 'queues-drain',
    kind: 'liveness',
    ref: 'R2661-5.8-08, R2661-5.8-14, R4951-AMB-08',
    help: 'No control message has been waiting for its acknowledgement for longer than the convergence bound.',
    check: (books, report) =>
      atRest(books, (channel, at) => {
        const head = channel.era.outstanding[channel.era.doubtful]
        if (!isLive(channel) || head === undefined || !isOverdue(books, head.firstAt, at) || isMisled(channel)) return
        report(
          { at: head.firstAt, seq: head.seq },
          `${nameOf(channel)} still waits for the acknowledgement of ${head.type} with Ns ${String(head.ns)}`,
        )
      }),
  }),
] as const
