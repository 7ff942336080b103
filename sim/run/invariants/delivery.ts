// Invariants about what a control channel delivers: every message once and in order (RFC 2661 5.8), nothing across a control
// channel reset and nothing before it (RFC 4951 3.2.1, 3.2.2).

import { next16 } from '../../l2tp/sequence.ts'
import { MILLISECOND } from '../../base/time.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { areSameEra, isLive, nameOf, type Channel, type Packet } from '../observe/books.ts'
import { invariant, type Report } from './invariant.ts'
import type { Watcher } from '../observe/watcher.ts'

/** Two copies of a message this far apart, with nothing sent between, show that the first was not acknowledged. */
const ACKNOWLEDGEMENT_TIME = 500 * MILLISECOND

const isSound = (packet: Packet | undefined): packet is Packet => packet !== undefined && !packet.damaged

/** Whether an accepted message belongs to another era of the control connection than the one its receiver is in. */
function crosses(channel: Channel, packet: Packet): boolean {
  const { channel: sender, era } = packet
  const knowsAnother = channel.peerTunnel !== 0 && sender.tunnel !== channel.peerTunnel
  return sender.announced && !knowsAnother && areSameEra(channel.era, era) === false
}

/** What was held before the reset comes out after it: no copy of it that came late (RFC 4951 3.2.2). */
const wasKept = ({ cause }: TraceRecord<'handled'>, { era }: Channel, { heldBy, arrivedBy }: Packet): boolean =>
  heldBy >= 0 && heldBy < era.seq && cause !== arrivedBy

function watchCrossing(report: Report, zero: boolean): Watcher {
  return {
    accepted(record, channel, packet) {
      if (!isSound(packet) || channel.tainted || channel.awaitsReset) return
      if ((channel.era.zero || packet.era.zero) !== zero || !crosses(channel, packet) || wasKept(record, channel, packet)) return
      const { seq } = packet
      const sent = `sent by ${nameOf(packet.channel)} in record ${String(seq)}, on the other side of a reset`
      report(record, `${nameOf(channel)} accepted ${record.type} with Ns ${String(record.ns)}, ${sent}`)
    },
  }
}

export const deliveryInvariants = [
  invariant({
    name: 'control-delivered-in-order-once',
    kind: 'safety',
    ref: 'R2661-5.8-01, R2661-5.8-02, R2661-5.8-03, R4951-5.3-06, R4951-3.2.2-05, R4951-3.2.2-06',
    help:
      'Between two resets a control channel accepts Ns one after the other, from the first one its peer sent or its ' +
      'reset set.',
    check: (_books, report) => ({
      accepted(record, channel, packet) {
        if (channel.awaitsReset) return
        const { expected } = channel.era
        const wanted = expected >= 0 ? expected : isSound(packet) ? packet.era.firstNs : -1
        if (wanted < 0 || record.ns === wanted) return
        report(record, `${nameOf(channel)} accepted ${record.type} with Ns ${String(record.ns)}, expected was ${String(wanted)}`)
      },
    }),
  }),
  invariant({
    name: 'accepted-came-from-the-peer',
    kind: 'safety',
    ref: 'R2661-5.8-03, R2661-5.8-06',
    help: 'An accepted control message was sent by the endpoint at the other end of the tunnel, with this type and Ns.',
    check: (_books, report) => ({
      accepted(record, channel, packet) {
        if (!isSound(packet)) return
        const sender = packet.channel.endpoint
        const stranger = channel.peer !== undefined && sender !== channel.peer
        if (!stranger && record.ns === packet.ns && record.type === packet.type) return
        const accepted = `${nameOf(channel)} accepted ${record.type} with Ns ${String(record.ns)}`
        const sent = `${packet.type} with Ns ${String(packet.ns)} by ${sender.name}`
        report(record, `${accepted}, which was sent as ${sent}; its peer is ${channel.peer?.name ?? 'unknown'}`)
      },
    }),
  }),
  invariant({
    name: 'nothing-crosses-a-suggested-reset',
    kind: 'safety',
    ref: 'R4951-5.3-08, R4951-3.2.2-02, R4951-AMB-39',
    help: 'Where the reset took suggested numbers, no control message from before it is accepted after it, nor the reverse.',
    check: (_books, report) => watchCrossing(report, false),
  }),
  invariant({
    name: 'nothing-crosses-a-zero-reset',
    kind: 'safety',
    ref: 'R4951-3.2.2-02, R4951-3.2.2-05, R4951-8-05',
    help: 'The same where the reset was to zero. RFC 4951 does not prevent it: a late packet may fit the predictable window.',
    check: (_books, report) => watchCrossing(report, true),
  }),
  invariant({
    name: 'reset-forgets-what-was-held',
    kind: 'safety',
    ref: 'R4951-3.2.2-02, R4951-AMB-37',
    help: 'A message that waited out of order when the control channel was reset is not delivered after it.',
    check: (_books, report) => ({
      accepted(record, channel, packet) {
        if (packet === undefined || packet.heldBy < 0 || !wasKept(record, channel, packet)) return
        report(record, `${nameOf(channel)} delivered ${record.type} with Ns ${String(record.ns)}, held since before its reset`)
      },
    }),
  }),
  invariant({
    name: 'nothing-accepted-before-the-reset',
    kind: 'safety',
    ref: 'R4951-3.2.1-29, R4951-AMB-36',
    help: 'A tunnel under recovery takes no control message before its own control channel reset, not even an acknowledgement.',
    check: (_books, report) => {
      const judge: Watcher['accepted'] = (record, channel) => {
        if (!isLive(channel) || (!channel.awaitsReset && channel.offers.length === 0)) return
        report(
          record,
          `${nameOf(channel)} took ${record.type} with Ns ${String(record.ns)} while it waits for its control channel reset`,
        )
      }
      return { accepted: judge, acknowledged: judge }
    },
  }),
  invariant({
    name: 'discards-only-during-recovery',
    kind: 'safety',
    ref: 'R4951-AMB-16, R4951-AMB-36',
    help:
      'Control messages are discarded for a recovery only between its SCCRP and its reset, so that a refused or ' +
      'spoofed recovery request mutes nothing.',
    check: (_books, report) => ({
      discarded(record, channel) {
        if (record.type === 'SCCRQ' || channel.awaitsReset || channel.offers.length > 0) return
        report(record, `${nameOf(channel)} discarded ${record.type} although no recovery of it is under way`)
      },
    }),
  }),
  invariant({
    name: 'nr-names-the-next-expected',
    kind: 'safety',
    ref: 'R2661-5.8-06, R2661-5.8-09',
    help: 'Every control message sent, retransmissions too, carries the Nr that follows the last message accepted.',
    check: (_books, report) => ({
      sent(record, { channel, era, type, nr }) {
        if (era.expected < 0 || nr === era.expected || channel.state === 'closed') return
        report(record, `${nameOf(channel)} sent ${type} with Nr ${String(nr)}, expected next is ${String(era.expected)}`)
      },
    }),
  }),
  invariant({
    name: 'duplicate-is-acknowledged',
    kind: 'safety',
    ref: 'R2661-5.8-04, R2661-5.8-20',
    help: 'A duplicate is answered by some control message, which carries Nr, before the next duplicate half a second later.',
    check: (_books, report) => ({
      duplicate(record, channel) {
        if (channel.duplicateAt < 0 || record.at - channel.duplicateAt < ACKNOWLEDGEMENT_TIME || !isLive(channel)) return
        report(
          record,
          `${nameOf(channel)} got ${record.type} with Ns ${String(record.ns)} again and has not acknowledged the last duplicate`,
        )
      },
    }),
  }),
  invariant({
    name: 'first-transmissions-in-order',
    kind: 'safety',
    ref: 'R2661-5.8-01, R2661-5.8-05, R4951-3.2.2-01, R4951-5.3-06',
    help: 'New control messages take one Ns after the other, after a reset from the Ns it set; a ZLB takes none.',
    check: (_books, report) => ({
      first(record, { channel, era, type, ns }) {
        if (era.nextNs < 0 || ns === era.nextNs || channel.state === 'closed') return
        const after = next16(ns) === era.nextNs ? 'the one before again' : `not ${String(era.nextNs)}`
        report(record, `${nameOf(channel)} sent a new ${type} with Ns ${String(ns)}, ${after}`)
      },
    }),
  }),
] as const
