// Invariants about sending: retransmission and its limits, the windows (RFC 2661 5.8 and appendix A), and giving a peer up
// (RFC 2661 5.8, RFC 4951 5.1).

import { formatDuration, NEVER, type Nanos } from '../../base/time.ts'
import type { RetransmitConfig } from '../../l2tp/config.ts'
import { grantedRecoveryTime, isReset, nameOf, retransmitOf, windowOf, type Channel, type Outstanding } from '../observe/books.ts'
import { FIRST_AVP, MAX_AVP } from '../../l2tp/wire/dialect.ts'
import { uint32At } from '../../l2tp/wire/octets.ts'
import { MESSAGE_DIGEST, visitAvps } from '../observe/avps.ts'
import { invariant } from './invariant.ts'

/** How much later than due a retransmission may come: half the interval, far less than a doubled timer. */
const TARDINESS = 1.5

/** The interval that follows the nth transmission: doubling from the first, up to the cap (RFC 2661 5.8). */
function intervalAfter({ initial, cap }: RetransmitConfig, transmissions: number): Nanos {
  let interval = initial
  for (let i = 1; i < transmissions && interval < cap; i++) interval *= 2
  return Math.max(initial, Math.min(interval, cap))
}

/** From the first transmission until the limit is reached: count retransmissions, and the wait after the last. */
function fullCycle(retransmit: RetransmitConfig): Nanos {
  let total = 0
  for (let n = 1; n <= retransmit.count + 1; n++) total += intervalAfter(retransmit, n)
  return total
}

/**
 * Nr may differ, and with it an L2TPv3 digest (RFC 3931 5.4.1), which stands before all that matters. So may the peer's number in the
 * header, when it was not known the first time: a StopCCN that takes an SCCRQ back before its SCCRP has come.
 */
function sameButNr(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  const digestEnd = digestsEnd(a)
  const wasUnknown = uint32At(a, PEER_NUMBER) === 0
  for (let i = 0; i < a.length; i++) {
    const isNumber = i === 10 || i === 11 || (wasUnknown && i >= PEER_NUMBER && i < PEER_NUMBER + 4)
    if (a[i] !== b[i] && !isNumber && (i < FIRST_AVP || i >= digestEnd)) return false
  }
  return true
}

/** Offset of the number by which the receiver knows the tunnel (and, in L2TPv2, of its session). */
const PEER_NUMBER = 4

/** Where the Message Digest AVPs end that follow the Message Type; FIRST_AVP where there are none. */
function digestsEnd(bytes: Uint8Array): number {
  let end = FIRST_AVP
  visitAvps(bytes, (attribute, head, at) => {
    if (attribute === MESSAGE_DIGEST && at === end) end += head & MAX_AVP
  })
  return end
}

/** The earliest instant at which the sender may conclude that its peer is gone. */
function mayGiveUpAt(channel: Channel, retransmit: RetransmitConfig, head: Outstanding): Nanos {
  const cycle = fullCycle(retransmit)
  const granted = grantedRecoveryTime(channel)
  const serial = channel.endpoint.config?.failover.recoveryTimer === 'afterExhaustion'
  return head.firstAt + (serial ? cycle + granted : Math.max(cycle, granted))
}

/** The latest: what was not the oldest message at first may have to go through all of its retransmissions from when it is. */
function mustGiveUpAt(channel: Channel, retransmit: RetransmitConfig, head: Outstanding): Nanos {
  const exhausted = Math.max(head.firstAt, channel.era.headSince) + fullCycle(retransmit)
  const granted = grantedRecoveryTime(channel)
  const serial = channel.endpoint.config?.failover.recoveryTimer === 'afterExhaustion'
  return serial ? exhausted + granted : Math.max(exhausted, head.firstAt + granted)
}

/** Since when a request of this side waits for nothing but the window; NEVER where nobody can tell. */
function waitsSince(channel: Channel, number: number): Nanos {
  const session = channel.sessions.get(number)
  const { pauses, resumedAt } = channel.endpoint
  if (session?.placed !== true || channel.tainted || channel.state !== 'established' || pauses > 0) return NEVER
  // Until its recovery is through a call may wait for that.
  if (channel.mutedSince >= 0) return NEVER
  return Math.max(session.openedAt, channel.changedAt, channel.era.at, channel.stepAt, resumedAt)
}

export const retransmissionInvariants = [
  invariant({
    name: 'retransmission-unchanged',
    kind: 'safety',
    ref: 'R2661-5.8-09, R3931-5.4.1-12',
    help:
      'A retransmission is the first transmission octet for octet, except for Nr (and in L2TPv3 the digest that covers it) ' +
      'and for a Tunnel ID that was not known then.',
    check: (_books, report) => ({
      again(record, { channel, type, ns, bytes }, kept) {
        if (kept === undefined || sameButNr(kept.bytes, bytes)) return
        report(record, `${nameOf(channel)} retransmitted ${type} with Ns ${String(ns)} changed since record ${String(kept.seq)}`)
      },
    }),
  }),
  invariant({
    name: 'retransmission-not-early',
    kind: 'safety',
    ref: 'R2661-5.8-08, R2661-5.8-10, R2661-5.8-12',
    help: 'The interval before the nth retransmission is at least the initial one doubled n-1 times, up to the cap.',
    check: (_books, report) => ({
      again(record, { channel, type, ns }, kept) {
        const retransmit = retransmitOf(channel)
        if (kept === undefined || retransmit === undefined) return
        const waited = record.at - kept.lastAt
        const wanted = intervalAfter(retransmit, kept.attempts)
        if (waited >= wanted) return
        const what = `${type} with Ns ${String(ns)} again after ${formatDuration(waited)}`
        report(record, `${nameOf(channel)} sent ${what}, due after ${formatDuration(wanted)}`)
      },
    }),
  }),
  invariant({
    name: 'retransmission-not-late',
    kind: 'safety',
    ref: 'R2661-5.8-08, R2661-5.8-10',
    help:
      'The oldest unacknowledged message is retransmitted within one and a half of its interval, from its last ' +
      'transmission or from when it became the oldest.',
    check: (_books, report) => ({
      again(record, { channel, era, type, ns }, kept) {
        const { pauses, resumedAt } = channel.endpoint
        const retransmit = retransmitOf(channel)
        if (kept === undefined || kept !== era.outstanding[0] || era.doubtful > 0) return
        if (retransmit === undefined || pauses > 0) return
        const waited = record.at - Math.max(kept.lastAt, era.headSince, resumedAt)
        const wanted = intervalAfter(retransmit, kept.attempts)
        if (waited <= wanted * TARDINESS) return
        const what = `${type} with Ns ${String(ns)} again only after ${formatDuration(waited)}`
        report(record, `${nameOf(channel)} sent ${what}, due after ${formatDuration(wanted)}`)
      },
    }),
  }),
  invariant({
    name: 'retransmission-within-limit',
    kind: 'safety',
    ref: 'R2661-5.8-13, R4951-AMB-08',
    help: 'A message is retransmitted as often as configured and no more, unless the peer asked for a Recovery Time.',
    check: (_books, report) => ({
      again(record, { channel, type, ns }) {
        const retransmit = retransmitOf(channel)
        if (retransmit === undefined || record.attempt <= retransmit.count + 1 || grantedRecoveryTime(channel) > 0) return
        const times = `retransmission ${String(record.attempt - 1)} of ${String(retransmit.count)}`
        report(record, `${nameOf(channel)} sent ${type} with Ns ${String(ns)}: ${times}`)
      },
    }),
  }),
  invariant({
    name: 'only-unacknowledged-is-retransmitted',
    kind: 'safety',
    ref: 'R2661-5.8-06, R2661-5.8-08, R4951-3.2.2-02, R4951-AMB-37, R4951-AMB-41',
    help: 'What the peer has acknowledged, and what a control channel reset has flushed, is not retransmitted.',
    check: (_books, report) => ({
      again(record, { channel, era, type, ns }, kept) {
        if (kept !== undefined || (era.firstNs < 0 && !isReset(era))) return
        const why = isReset(era) ? 'acknowledged or flushed by the reset' : 'acknowledged'
        report(record, `${nameOf(channel)} retransmitted ${type} with Ns ${String(ns)}, which is ${why}`)
      },
    }),
  }),
  invariant({
    name: 'send-window-respected',
    kind: 'safety',
    ref: 'R2661-5.8-16',
    help: 'No more control messages are unacknowledged than the Receive Window Size of the peer.',
    check: (_books, report) => ({
      first(record, { channel, era, type }) {
        const { negotiated } = channel
        const outstanding = era.outstanding.length - era.doubtful + 1
        if (negotiated === undefined || outstanding <= negotiated.peerWindow) return
        const window = `message ${String(outstanding)} in a window of ${String(negotiated.peerWindow)}`
        report(record, `${nameOf(channel)} sent ${type} as unacknowledged ${window}`)
      },
    }),
  }),
  invariant({
    name: 'congestion-window-respected',
    kind: 'safety',
    ref: 'R2661-5.8-19, R2661-A-01, R2661-A-02, R2661-A-03, R2661-A-05, R4951-AMB-40',
    help:
      'No more control messages are unacknowledged than slow start allows at best: one at first, after a reset and ' +
      'after a retransmission, and one more for each acknowledged.',
    check: (_books, report) => ({
      first(record, { channel, era, type }) {
        const outstanding = era.outstanding.length - era.doubtful + 1
        if (outstanding <= Math.max(1, era.congestion)) return
        const window = `message ${String(outstanding)} in a congestion window of ${String(era.congestion)}`
        report(record, `${nameOf(channel)} sent ${type} as unacknowledged ${window}`)
      },
    }),
  }),
  invariant({
    name: 'window-is-used',
    kind: 'safety',
    ref: 'R2661-5.8-17, R2661-5.8-19, R2661-A-02, R2661-A-03, R2661-A-04, R2661-A-05',
    help: 'A call is asked for as soon as the window of the peer and the congestion window of slow start and congestion avoidance allow.',
    check: (_books, report) => ({
      first(record, { channel, era, type }) {
        if (era.roomSince >= record.at || (type !== 'ICRQ' && type !== 'OCRQ')) return
        const waiting = waitsSince(channel, record.session)
        if (waiting >= record.at) return
        const waited = formatDuration(record.at - Math.max(waiting, era.roomSince))
        const window = Math.min(era.least, windowOf(channel))
        report(record, `${nameOf(channel)} sent ${type} ${waited} late, with a window of ${String(window)}`)
      },
    }),
  }),
  invariant({
    name: 'peer-given-up-in-time',
    kind: 'safety',
    ref: 'R2661-5.8-13, R4951-5.1-11, R4951-5.1-12, R4951-AMB-03',
    help:
      'A tunnel that ends for want of an answer does so when all retransmissions are done and the Recovery Time of the peer is over, and ' +
      'no later.',
    check: (_books, report) => ({
      tunnel(record, channel) {
        if (record.event !== 'closed' || record.why !== 'retransmission-limit' || channel?.state !== 'established') return
        const retransmit = retransmitOf(channel)
        const head = channel.era.outstanding[0]
        const { config, pauses, resumedAt } = channel.endpoint
        // What the acknowledgements of a message that was itself too early have done nobody can tell.
        if (head === undefined || retransmit === undefined || config === undefined || channel.era.doubtful > 0) return
        const latest = mustGiveUpAt(channel, retransmit, head)
        if (record.at <= latest || pauses > 0 || resumedAt >= head.firstAt) return
        report(record, `${nameOf(channel)} gave its peer up ${formatDuration(record.at - latest)} late`)
      },
    }),
  }),
  invariant({
    name: 'peer-not-given-up-early',
    kind: 'safety',
    ref: 'R2661-5.8-13, R2661-5.8-14, R4951-5.1-11, R4951-5.1-12, R4951-AMB-03',
    help:
      'A tunnel ends for want of an answer no sooner than its oldest message has gone through all retransmissions and ' +
      'the Recovery Time of the peer is over.',
    check: (_books, report) => ({
      tunnel(record, channel) {
        if (record.event !== 'closed' || record.why !== 'retransmission-limit' || channel === undefined || channel.misspeaks) return
        const retransmit = retransmitOf(channel)
        const head = channel.era.outstanding[0]
        if (head === undefined) {
          // A set-up may also end because the peer acknowledges and says nothing more; the RFCs set no time for that.
          if (channel.state === 'opening') return
          report(record, `${nameOf(channel)} gave its peer up with nothing unacknowledged`)
          return
        }
        // Somebody else has said that the set-up is over; the peer has not acknowledged what belongs to it.
        if (retransmit === undefined || (channel.tainted && head.firstAt < channel.changedAt)) return
        const earliest = mayGiveUpAt(channel, retransmit, head)
        if (record.at >= earliest) return
        const waited = `${formatDuration(record.at - head.firstAt)} and ${String(head.attempts)} transmissions of ${head.type}`
        report(record, `${nameOf(channel)} gave its peer up after ${waited}, ${formatDuration(earliest - record.at)} early`)
      },
    }),
  }),
] as const
