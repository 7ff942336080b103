// Invariants about recovery tunnels and control channel resets (RFC 4951 3.2.1, 3.2.2), and about when either side must keep
// silent on an old tunnel.

import { isLive, isReset, isTrustworthy, nameOf, partnerOf, type Channel, type Session } from '../observe/books.ts'
import type { TraceRecord } from '../../trace/record.ts'
import type { Watcher } from '../observe/watcher.ts'
import { invariant, type Report } from './invariant.ts'

/** RFC 4951 3.2.1: nothing else goes over a recovery tunnel. */
const recoveryTypes: ReadonlySet<string> = new Set(['SCCRQ', 'SCCRP', 'SCCCN', 'StopCCN', 'HELLO', 'ACK'])

/** Ends of a session without a message (RFC 4951 3.3). */
const silentEnds: ReadonlySet<string> = new Set(['not-established', 'unknown-to-peer'])

/** Why a recovery tunnel may not reset this channel (again); undefined when it may. */
function wrongReset(channel: Channel, recovery: Channel, role: string): string | undefined {
  const { era } = channel
  const by = `by recovery tunnel ${String(recovery.tunnel)}`
  if (recovery.oldTunnel !== 0 && recovery.oldTunnel !== channel.tunnel)
    return `${by}, which recovers tunnel ${String(recovery.oldTunnel)}`
  if (recovery.resets > 0) return `${by}, which has reset it before`
  if (!isReset(era) || era.recovery === undefined) return undefined
  if (recovery.seq < era.recovery.seq)
    return `${by}, which is older than recovery tunnel ${String(era.recovery.tunnel)}, which has reset it`
  const { recovery: before } = era
  const complete = (partnerOf(before)?.resets ?? 0) > 0
  const failedAt = Math.max(channel.endpoint.failedAt, channel.peer?.failedAt ?? -1)
  const tied = era.role !== role && complete && failedAt < before.at
  return tied ? `${by} as ${role} endpoint, after a reset as ${era.role} endpoint and no failure since` : undefined
}

/** The old tunnel whose silent end this sender's StopCCN or CDN breaks: still there, or cleared at this very instant. */
function silencedBy(channel: Channel, { at, cause }: TraceRecord): Channel | undefined {
  if (channel.unrecoverable) return channel
  const { previous, endpoint } = channel
  // Messages that waited are served in one instant, or come in one: a stranger's may come right after the end.
  if ((endpoint.resumedAt === at && at > 0) || (previous !== undefined && cause > previous.changedBy)) return undefined
  return !channel.announced && previous !== undefined && previous.unrecoverable && previous.changedAt === at
    ? previous
    : undefined
}

function watchSilentSessions(report: Report): Watcher {
  const complain = (record: { at: number; seq: number }, { channel, session }: Session, why: string): void =>
    report(record, `${nameOf(channel)} sent a CDN for session ${String(session)}, which ends silently (${why})`)
  return {
    session(record, _channel, session) {
      if (session === undefined || record.event !== 'closed' || !silentEnds.has(record.why)) return
      if (session.cdnAt === record.at) complain(record, session, record.why)
    },
    first(record, { channel, type }) {
      if (type !== 'CDN' || channel.misspeaks || channel.tainted) return
      const session = channel.sessions.get(record.session)
      if (session?.state !== 'closed' || !silentEnds.has(session.why)) return
      const mayAnswer = session.namedAfterEnd || channel.namedHiddenBy > session.changedBy
      if (record.at === session.changedAt || !mayAnswer) complain(record, session, session.why)
    },
  }
}

export const recoveryInvariants = [
  invariant({
    name: 'recovery-tunnel-id-is-fresh',
    kind: 'safety',
    ref: 'R4951-3.2.1-08, R4951-AMB-33',
    help: 'The Tunnel ID of a recovery tunnel is that of no tunnel its endpoint has, least of all of one to be recovered.',
    check: (_books, report) => ({
      tunnel(record, channel) {
        if (record.purpose !== 'recovery' || record.event === 'closed' || channel?.purpose !== 'ordinary' || !isLive(channel))
          return
        report(record, `${nameOf(channel)} is in use and was given to a recovery tunnel`)
      },
    }),
  }),
  invariant({
    name: 'one-recovery-tunnel-per-old-tunnel',
    kind: 'safety',
    ref: 'R4951-3.2.1-01, R4951-3.2.1-02, R4951-3.2.1-10, R4951-3.2.1-11, R4951-AMB-46, R4951-AMB-77',
    help:
      'Each side has one attempt of its own at a time; a recovery tunnel resets its own old tunnel only, once, never ' +
      'after a newer one, and between two failures each side resets in one role only (the tie is decided).',
    check: (_books, report) => ({
      first(record, { channel, type }) {
        if (type !== 'SCCRQ' || channel.purpose !== 'recovery') return
        const other = channel.endpoint.channels.get(channel.oldTunnel)?.attempt
        if (other === undefined || other === channel || !isLive(other)) return
        report(
          record,
          `${nameOf(channel)} is a second attempt for tunnel ${String(channel.oldTunnel)} beside tunnel ${String(other.tunnel)}`,
        )
      },
      controlReset(record, channel, recovery) {
        const wrong = recovery === undefined ? undefined : wrongReset(channel, recovery, record.role)
        if (wrong !== undefined) report(record, `${nameOf(channel)} was reset ${wrong}`)
      },
    }),
  }),
  invariant({
    name: 'control-reset-values-agree',
    kind: 'safety',
    ref: 'R4951-5.3-06, R4951-5.3-07, R4951-3.2.2-05, R4951-3.2.2-06, R4951-AMB-01, R4951-AMB-38',
    help:
      'The two resets of one recovery mirror each other: Ns of one side is Nr of the other, and one side acts as ' +
      'recovery, the other as remote endpoint.',
    check: (_books, report) => ({
      controlReset(record, channel, recovery) {
        const other = recovery === undefined ? undefined : partnerOf(recovery)
        const theirs = other?.resetTo
        if (recovery === undefined || theirs === undefined || !isTrustworthy(recovery, other)) return
        if (record.ns === theirs.nr && record.nr === theirs.ns && record.role !== theirs.role) return
        const own = `Ns ${String(record.ns)} Nr ${String(record.nr)} as ${record.role} endpoint`
        report(
          record,
          `${nameOf(channel)} was reset to ${own}, its peer to Ns ${String(theirs.ns)} Nr ${String(theirs.nr)} as ${theirs.role}`,
        )
      },
    }),
  }),
  invariant({
    name: 'remote-never-starts-recovery',
    kind: 'safety',
    ref: 'R4951-2-03, R4951-2-05, R4951-3.2-01, R4951-1.1-03',
    help:
      'Only an endpoint that lost its control plane since sends a recovery SCCRQ, for a tunnel restored and not yet ' +
      'recovered.',
    check: (_books, report) => ({
      first(record, { channel, type }) {
        if (type !== 'SCCRQ' || channel.purpose !== 'recovery') return
        const old = channel.endpoint.channels.get(channel.oldTunnel)
        if (old?.restored === true && !old.recovered) return
        report(
          record,
          `${channel.endpoint.name} asks for the recovery of tunnel ${String(channel.oldTunnel)}, which it has not lost`,
        )
      },
    }),
  }),
  invariant({
    name: 'recovery-tunnel-carries-only-its-messages',
    kind: 'safety',
    ref: 'R4951-3.2.1-07, R4951-2-10, R4951-AMB-45',
    help:
      'A recovery tunnel carries its set-up, its end, HELLO and acknowledgements; a CDN only to refuse a call asked ' +
      'for there.',
    check: (_books, report) => ({
      first(record, { channel, type }) {
        if (channel.tainted) return
        if (channel.purpose !== 'recovery' || recoveryTypes.has(type) || (type === 'CDN' && channel.callRequested)) return
        report(record, `${nameOf(channel)} is a recovery tunnel and carried ${type}`)
      },
    }),
  }),
  invariant({
    name: 'old-tunnel-quiet-until-reset',
    kind: 'safety',
    ref: 'R4951-3.2.2-01, R4951-3.2.2-08, R4951-3.2.1-29, R4951-AMB-36, R4951-AMB-75',
    help:
      'Before its reset the recovery endpoint sends nothing on the old tunnel, and the remote endpoint nothing new ' +
      'from its SCCRP on.',
    check: (_books, report) => ({
      sent(record, { channel, type, ns }) {
        if (channel.state === 'closed' || !(channel.awaitsReset || (channel.offers.length > 0 && record.attempt === 1))) return
        report(record, `${nameOf(channel)} sent ${type} with Ns ${String(ns)} before its control channel reset`)
      },
    }),
  }),
  invariant({
    name: 'discarded-is-not-answered',
    kind: 'safety',
    ref: 'R4951-3.2.1-29, R4951-B-04',
    help: 'A control message discarded for a recovery causes no reply.',
    check: (_books, report) => {
      let discarded = -1
      return {
        discarded(record) {
          discarded = record.seq
        },
        sent(record, { channel, type }) {
          // An SCCRQ answers nothing: a turn has become free, by a tie.
          if (record.cause !== discarded || discarded < 0 || type === 'SCCRQ') return
          report(record, `${nameOf(channel)} answered a discarded message (record ${String(discarded)}) with ${type}`)
        },
      }
    },
  }),
  invariant({
    name: 'failed-recovery-is-silent',
    kind: 'safety',
    ref: 'R4951-3.2.1-28, R4951-AMB-17, R4951-AMB-43',
    help: 'A recovery endpoint that fails to recover a tunnel clears it without StopCCN or CDN.',
    check: (_books, report) => ({
      first(record, { channel, type }) {
        if (type !== 'StopCCN' && type !== 'CDN') return
        const silenced = silencedBy(channel, record)
        if (silenced !== undefined) report(record, `${nameOf(silenced)} could not be recovered and sent ${type}`)
      },
    }),
  }),
  invariant({
    name: 'silent-clearing-sends-no-cdn',
    kind: 'safety',
    ref: 'R4951-3.3-05, R4951-3.3-24, R4951-2-09',
    help: 'Sessions cleared in step I, or because the peer answered 0 for them, end without a CDN.',
    check: (_books, report) => watchSilentSessions(report),
  }),
] as const
