// Invariants about numbers and times that are configured or announced: the receive window and what is kept in it, acknowledgements, HELLO
// after silence, how long a closed tunnel is kept, and calls that the peer has said it cannot take (RFC 2661 4.4.3, 5.5, 5.7, 5.8).

import { formatDuration, type Nanos } from '../../base/time.ts'
import { protocols } from '../../l2tp/protocols.ts'
import { ahead16, isOld16 } from '../../l2tp/sequence.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { isLive, lingers, nameOf, type Books, type Channel } from '../observe/books.ts'
import type { Watcher } from '../observe/watcher.ts'
import { invariant, type Report } from './invariant.ts'

/** What is wrong with a message that was held, or dropped for being early. */
function misjudged({ ns, verdict }: TraceRecord<'handled'>, { era, endpoint: { config } }: Channel): string | undefined {
  if (era.expected < 0 || config === undefined) return undefined
  if (isOld16(era.expected, ns)) return 'is one of those received before'
  const fits = ahead16(era.expected, ns) < config.receiveWindow
  if (verdict === 'held') return fits ? undefined : `is beyond the window of ${String(config.receiveWindow)}`
  return fits && config.outOfOrder === 'queue' ? `is within the window of ${String(config.receiveWindow)}` : undefined
}

/** It acknowledges a message that this side has not sent. */
const acknowledgesUnsent = ({ nr }: TraceRecord<'handled'>, { era, announced }: Channel): boolean =>
  announced && era.nextNs >= 0 && ahead16(nr, era.nextNs) >= 0x8000

/** What the two ends have not in common that a call of this kind needs; undefined when nothing is missing, or who knows. */
function missingFor(type: string, { endpoint, peer, version, tainted }: Channel): string | undefined {
  const [own, theirs] = [endpoint.config, peer?.config]
  // What the peer can may have been told by somebody else.
  if (own === undefined || theirs === undefined || tainted) return undefined
  if (version === 3) return theirs.v3.pseudowireTypes.includes(own.v3.pseudowireTypes[0] ?? 0) ? undefined : 'pseudowire type'
  if ((own.framingCapabilities & theirs.framingCapabilities) === 0) return 'framing'
  return type === 'OCRQ' && theirs.bearerCapabilities === 0 ? 'bearer' : undefined
}

/** A HELLO may come an eighth of its interval early, where several control connections lead to one LCCE (RFC 3931 4.4). */
const EARLIEST = 7 / 8
/** Later than this is late. */
const LATEST = 1.5

function watchSilence(report: Report): Watcher {
  const heard = new Map<Channel, Nanos>()
  const busy = new Map<Channel, Nanos>()
  // What an attacker says breaks a silence, whatever comes of it.
  let attacked = false
  const hear = ({ at }: TraceRecord, channel: Channel): void => {
    heard.set(channel, at)
  }
  const late = (channel: Channel): Nanos => {
    const { changedAt, era, stepAt, endpoint } = channel
    return Math.max(heard.get(channel) ?? 0, busy.get(channel) ?? 0, changedAt, era.at, stepAt, endpoint.resumedAt)
  }
  return {
    accepted: hear,
    acknowledged: hear,
    duplicate: hear,
    early: hear,
    forged() {
      attacked = true
    },
    data({ at }, session) {
      if (session !== undefined) busy.set(session.channel, at)
    },
    first(record, { channel, type }) {
      const interval = channel.endpoint.config?.helloInterval
      if (type === 'HELLO' && interval !== undefined && isLive(channel) && !channel.misspeaks) {
        const last = heard.get(channel)
        if (last !== undefined && record.at - last < interval * EARLIEST) {
          report(record, `${nameOf(channel)} said HELLO ${formatDuration(record.at - last)} after it had heard of its peer`)
        } else if (!attacked && record.at - late(channel) > interval * LATEST) {
          report(record, `${nameOf(channel)} said HELLO only after a silence of ${formatDuration(record.at - late(channel))}`)
        }
      }
      busy.set(channel, record.at)
    },
  }
}

/**
 * Whoever was told of the end with nothing left to be acknowledged keeps the tunnel for one time and no longer; for others that begins
 * anew with the last acknowledgement (RFC 2661 5.7, 5.8).
 */
function watchLinger({ byName }: Books, report: Report): Watcher {
  const due = new Map<Channel, Nanos>()
  return {
    tunnel(record, channel) {
      const config = channel?.endpoint.config
      if (record.why !== 'stopccn-received' || channel === undefined || config === undefined) return
      if (record.event !== 'closed' || channel.era.outstanding.length > 0) return
      due.set(channel, record.at + protocols[channel.version].lingerOf(config))
    },
    timer(record, channel) {
      const { config } = channel.endpoint
      if (record.name !== 'linger' || channel.state !== 'closed' || !lingers(channel) || !channel.announced || config === undefined) return
      const wanted = protocols[channel.version].lingerOf(config)
      const kept = record.at - channel.changedAt
      if (kept < wanted) {
        report(record, `${nameOf(channel)} was kept for ${formatDuration(kept)} after its end, not for ${formatDuration(wanted)}`)
      }
      const by = due.get(channel) ?? record.at
      const { pauses, resumedAt } = channel.endpoint
      due.delete(channel)
      if (record.at <= by || pauses > 0 || resumedAt >= by) return
      report(record, `${nameOf(channel)} was kept for ${formatDuration(kept)}, ${formatDuration(record.at - by)} too long`)
    },
    plane(record) {
      const endpoint = record.plane === 'control' ? byName.get(record.endpoint) : undefined
      if (due.size > 0) for (const channel of [...due.keys()]) if (channel.endpoint === endpoint) due.delete(channel)
    },
  }
}

export const configuredInvariants = [
  invariant({
    name: 'early-messages-kept-as-announced',
    kind: 'safety',
    ref: 'R2661-5.8-03, R2661-5.8-16, R2661-4.4.3-01',
    help:
      'A message that comes before its turn is held if it is within the Receive Window Size announced and holding is configured, else ' +
      'dropped; one that was received before is neither, but a duplicate.',
    check: (_books, report) => ({
      early(record, channel) {
        const wrong = misjudged(record, channel)
        if (wrong !== undefined) report(record, `${nameOf(channel)} took Ns ${String(record.ns)} for ${record.verdict}, which ${wrong}`)
      },
    }),
  }),
  invariant({
    name: 'window-is-the-one-configured',
    kind: 'safety',
    ref: 'R2661-4.4.3-01, R2661-5.8-16',
    help: 'The window that a side goes by is the Receive Window Size configured at its peer.',
    check: (_books, report) => ({
      negotiated(record, channel) {
        const window = channel.tainted ? undefined : channel.peer?.config?.receiveWindow
        if (window === undefined || window === record.peerWindow) return
        report(record, `${nameOf(channel)} was told a window of ${String(record.peerWindow)}, its peer has ${String(window)}`)
      },
    }),
  }),
  invariant({
    name: 'unsent-is-not-acknowledged',
    kind: 'safety',
    ref: 'R2661-AMB-09',
    help: 'No message is taken whose Nr acknowledges what was never sent.',
    check: (_books, report) => {
      const judge: Watcher['accepted'] = (record, channel) => {
        if (!acknowledgesUnsent(record, channel)) return
        report(record, `${nameOf(channel)} took ${record.type} with Nr ${String(record.nr)}, its next Ns is ${String(channel.era.nextNs)}`)
      }
      // Of a message that had to wait, Nr counted when it came: half a cycle of numbers later it means something else.
      const waited = new Set<number>()
      return {
        early(record) {
          if (record.verdict === 'held') waited.add(record.packet)
        },
        accepted(record, channel, packet) {
          if (!waited.delete(record.packet)) judge(record, channel, packet)
        },
        acknowledged: judge,
      }
    },
  }),
  invariant({
    name: 'hello-after-silence',
    kind: 'safety',
    ref: 'R2661-5.5-01, R3931-4.4-01',
    help: 'A HELLO is said when nothing has been heard of the peer for the interval configured, not sooner and not much later.',
    check: (_books, report) => watchSilence(report),
  }),
  invariant({
    name: 'closed-tunnel-lingers-as-configured',
    kind: 'safety',
    ref: 'R2661-5.7-02, R2661-5.8-15',
    help:
      'What is left of a tunnel after a StopCCN is kept for the time configured, no shorter; and no longer where nothing is left to be ' +
      'acknowledged.',
    check: (books, report) => watchLinger(books, report),
  }),
  invariant({
    name: 'no-call-that-the-peer-cannot-take',
    kind: 'safety',
    ref: 'R2661-4.4.3-03, R2661-6.9-01, R3931-5.4.4-16',
    help: 'No call is asked for without a framing, bearer or pseudowire type in common, and one that is not asked for is reported.',
    check: (_books, report) => {
      let reported = ''
      const key = ({ endpoint, tunnel, session }: TraceRecord<'log' | 'session'>): string =>
        `${endpoint} ${String(tunnel)} ${String(session)}`
      return {
        first(record, { channel, type }) {
          if ((type !== 'ICRQ' && type !== 'OCRQ') || channel.misspeaks) return
          const missing = missingFor(type, channel)
          if (missing !== undefined) report(record, `${nameOf(channel)} said ${type} to a peer that has no ${missing} in common with it`)
        },
        log(record) {
          if (record.what === 'call-not-requested') reported = key(record)
        },
        session(record, channel) {
          if (record.event !== 'closed' || record.why !== 'forbidden' || reported === key(record)) return
          report(record, `${nameOf(channel)} did not ask for session ${String(record.session)}, and did not report it`)
        },
      }
    },
  }),
] as const
