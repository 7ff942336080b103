// Invariants about peers that are there and in order: they are not refused what they may ask for (RFC 2661 7, RFC 4951 3.2.1), and
// not given up while everything they say and hear gets through.

import { NEVER, type Nanos } from '../../base/time.ts'
import type { TraceRecord } from '../../trace/record.ts'
import {
  areSameEra,
  isForEarlierCall,
  isLive,
  isReset,
  isTrustworthy,
  nameOf,
  partnerOf,
  type Books,
  type Channel,
  type Endpoint,
  type Packet,
  type Session,
} from '../observe/books.ts'
import { sessionNamed } from '../observe/heard.ts'
import { invariant } from './invariant.ts'

/** Both ends have the same secret, and speak the same version: nothing in the configuration keeps them apart. */
function belongTogether({ endpoint }: Channel, other: Endpoint): boolean {
  const [own, theirs] = [endpoint.config, other.config]
  if (own === undefined || theirs === undefined) return false
  return own.secret === theirs.secret && own.version === theirs.version && own.framingCapabilities === theirs.framingCapabilities
}

/** A message that this side of a tunnel waits for, or may get at any time, from a peer of its own kind. */
function isWelcome(type: string, channel: Channel, { channel: sender }: Packet): boolean {
  if (!belongTogether(channel, sender.endpoint)) return false
  switch (type) {
    case 'SCCRQ':
      return sender.purpose === 'ordinary' ? sender.endpoint.config?.version === 2 : isDue(channel, sender)
    case 'SCCRP':
      // It may be the answer to an SCCRQ that this side has forgotten, from a tunnel that had the number before a failure.
      return channel.initiator && channel.state === 'opening' && sender.state === 'opening' && sender.met === channel
    case 'SCCCN':
      // One on its way to a tunnel that had the number before a failure answers another Challenge.
      return !channel.initiator && channel.state === 'opening' && channel.purpose === 'ordinary' && sender.met === channel
    case 'HELLO':
    case 'FSQ':
    case 'FSR':
      return channel.state === 'established'
    default:
      return false
  }
}

/** A recovery that may be asked for (RFC 4951 3.2.1): of an established tunnel, of which both sides say the same, by its own address. */
function isDue({ endpoint }: Channel, sender: Channel): boolean {
  const theirs = sender.endpoint.channels.get(sender.oldTunnel)
  const old = theirs === undefined ? undefined : partnerOf(theirs)
  if (old?.endpoint !== endpoint || old.state !== 'established' || old.awaitsReset || wasTainted(old)) return false
  const { negotiated } = old
  return negotiated?.ownControl === true && negotiated.peerControl && sender.endpoint.ips.length === 1
}

/** Damage done before a failure is in what was mirrored: who the peer said it was, and what it can do. */
const wasTainted = ({ tainted, restored, previous }: Channel): boolean =>
  tainted || (restored && previous !== undefined && wasTainted(previous))

/** Both ends can do the same: no call fails for want of a framing or a bearer (RFC 2661 4.4.3). */
function canTakeCalls(channel: Channel): boolean {
  const [own, theirs] = [channel.endpoint.config, channel.peer?.config]
  if (own === undefined || theirs === undefined || channel.tainted) return false
  const common = own.framingCapabilities & theirs.framingCapabilities
  return common !== 0 && own.version === 2 && theirs.version === 2 && own.bearerCapabilities !== 0 && theirs.bearerCapabilities !== 0
}

const callMessages: ReadonlySet<string> = new Set(['ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN'])

/** Before any failure no two sessions of a tunnel can have got one number. */
function isUntouched(channel: Channel): boolean {
  const partner = partnerOf(channel)
  const sides = partner === undefined ? [channel] : [channel, partner]
  return sides.every(
    ({ state, purpose, era, edited, tainted, restored }) =>
      state === 'established' && purpose === 'ordinary' && !isReset(era) && !edited && !tainted && !restored,
  )
}

/** A request of this side's own, in the other direction of the wire, may compete with it for one circuit (RFC 3931 5.4.4). */
function mayTie(type: string, { version, sessions }: Channel): boolean {
  if (version !== 3 || (type !== 'ICRQ' && type !== 'OCRQ')) return false
  for (const { placed, outgoing, state } of sessions.values()) {
    if (placed && state === 'opening' && outgoing === (type === 'OCRQ')) return true
  }
  return false
}

interface Taken {
  readonly record: TraceRecord<'handled'>
  readonly channel: Channel
  readonly of: 'tunnel' | 'call'
  /** The session it names; 0 for none, as of a request. */
  readonly named: number
}

const isSame = ({ record }: Taken, { endpoint, tunnel }: { readonly endpoint: string; readonly tunnel: number }): boolean =>
  record.endpoint === endpoint && record.tunnel === tunnel

/** It is the call that a message is about, or that a request has begun; others may end at the same instant, for want of an answer. */
const isAbout = ({ record, named }: Taken, session: number, known: Session | undefined): boolean =>
  named > 0 ? session === named : known === undefined || known.openedBy > record.seq

function takenIn(record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined): Taken | undefined {
  if (packet === undefined || packet.damaged || channel.tainted || packet.channel.misspeaks) return undefined
  if (isWelcome(record.type, channel, packet)) return { record, channel, of: 'tunnel', named: 0 }
  const called = callMessages.has(record.type) && isUntouched(channel) && belongTogether(channel, packet.channel.endpoint)
  const named = called ? sessionNamed(record, packet.bytes) : -1
  const session = channel.sessions.get(named)
  const isMisled = session !== undefined && (session.misled || isForEarlierCall(session, packet))
  return named >= 0 && !isMisled && !mayTie(record.type, channel) ? { record, channel, of: 'call', named } : undefined
}

/** What has been lost lately, so that silence may have a reason. */
interface Calm {
  /** When anything was last dropped. */
  droppedAt: Nanos
}

/** Nothing stood between the two ends since then: no fault, no loss, and the control plane of the peer was up and not held. */
function isCalmSince(books: Books, { droppedAt }: Calm, peer: Endpoint, since: Nanos): boolean {
  if (books.openFaults.size > 0 || books.disturbedAt >= since || droppedAt >= since) return false
  return peer.controlUp && peer.failedAt < since && peer.pauses === 0 && peer.resumedAt < since
}

/**
 * A side that lost its memory has given one number to two tunnels: its SCCRQ is taken for a duplicate, and what comes on the old
 * tunnel for something of the new one (R4951-AMB-69).
 */
function isConfused({ endpoint, peer, tunnel, peerTunnel }: Channel): boolean {
  let same = 0
  for (const other of peer?.channels.values() ?? []) if (other.peer === endpoint && other.peerTunnel === tunnel) same += 1
  let others = 0
  for (const other of endpoint.channels.values()) {
    if (other.peer === peer && peerTunnel !== 0 && other.peerTunnel === peerTunnel) others += 1
  }
  return same > (peerTunnel === 0 ? 0 : 1) || others > 1
}

/** A number of a tunnel that began after a failure of either side may be one that the other side has in use for an older tunnel. */
const beganAfterFailure = ({ endpoint, peer, at }: Channel): boolean =>
  [endpoint, peer].some((side) => side !== undefined && side.failedAt >= 0 && side.failedAt <= at)

/** One that took its reset, while the other side has given the recovery up, has other numbers (R4951-AMB-76). */
const listensTo = (channel: Channel, partner: Channel): boolean =>
  isLive(partner) && !partner.awaitsReset && partner.offers.length === 0 && areSameEra(channel.era, partner.era) !== false

/** A peer with another secret need not answer: its digests are wrong (RFC 3931 4.3). */
const isStranger = ({ endpoint, peer }: Channel): boolean => endpoint.config?.secret !== peer?.config?.secret

/** Since when the peer of a tunnel that is being given up should have answered; undefined where it need not. */
function owedSince(channel: Channel): Nanos | undefined {
  const head = channel.era.outstanding[0]
  if (!isTrustworthy(channel, partnerOf(channel)) || isConfused(channel) || isStranger(channel)) return undefined
  if (channel.purpose === 'ordinary' && beganAfterFailure(channel)) return undefined
  if (channel.state === 'opening' && channel.initiator) return channel.at
  if (head === undefined || channel.purpose !== 'ordinary' || channel.awaitsReset) return undefined
  const partner = partnerOf(channel)
  if (partner === undefined || !listensTo(channel, partner)) return undefined
  return partner.changedAt < head.firstAt && partner.era.at < head.firstAt ? head.firstAt : undefined
}

export const refusalInvariants = [
  invariant({
    name: 'sound-request-is-not-refused',
    kind: 'safety',
    ref:
      'R2661-7.2.1-02, R2661-7.2.1-06, R2661-7.2.1-10, R2661-7.4.1-05, R2661-7.4.2-01, R2661-7.4.2-05, R2661-7.5.1-01, ' +
      'R4951-3.2.1-18',
    help:
      'A message of a set-up from a peer with the same secret, at the time it is due, is not answered by StopCCN, nor is a ' +
      'HELLO or a query; nor is a recovery that may be asked for. Before any failure no message of a call is answered by CDN, ' +
      'and a call that the peer can take is requested.',
    check: (_books, report) => {
      let taken: Taken | undefined
      const refused = (record: { readonly at: Nanos; readonly seq: number }, by: string): void => {
        if (taken === undefined) return
        report(record, `${nameOf(taken.channel)} answered ${taken.record.type} with ${by}, and nothing was wrong with it`)
        taken = undefined
      }
      return {
        accepted(record, channel, packet) {
          taken = takenIn(record, channel, packet)
        },
        // A refused SCCRQ leaves no tunnel to tell of.
        first(record, { channel, type }) {
          if (taken?.record.type !== 'SCCRQ' || type !== 'StopCCN' || record.at !== taken.record.at) return
          if (channel.endpoint === taken.channel.endpoint && channel.tunnel === taken.record.tunnel) refused(record, 'StopCCN')
        },
        // Whatever ends it now has another reason.
        fault() {
          taken = undefined
        },
        tunnel(record) {
          if (taken === undefined || record.at !== taken.record.at || !isSame(taken, record)) return
          if (taken.of === 'tunnel' && record.event === 'closed' && record.why === 'stopccn-sent') refused(record, 'StopCCN')
          taken = undefined
        },
        session(record, channel, session) {
          if (record.event === 'closed' && record.why === 'forbidden' && canTakeCalls(channel))
            report(record, `${nameOf(channel)} did not request session ${String(record.session)}, which its peer can take`)
          if (taken?.of !== 'call' || record.at !== taken.record.at || record.event === 'opening' || !isSame(taken, record)) return
          if (!isAbout(taken, record.session, session)) return
          if (record.event === 'closed' && record.why === 'cdn-sent') refused(record, 'CDN')
          taken = undefined
        },
      }
    },
  }),
  invariant({
    name: 'reachable-peer-is-not-given-up',
    kind: 'safety',
    ref: 'R2661-5.8-04, R2661-5.8-06, R2661-7.2.1-02, R2661-7.2.1-06',
    help:
      'A tunnel does not end for want of an answer while nothing is lost and the peer is up, knows the tunnel, or is being asked for one ' +
      '(and has not won a tie).',
    check: (books, report) => {
      const calm: Calm = { droppedAt: -NEVER }
      // Who wins a tie is silent, by rule, and may itself wait for somebody who has forgotten (errata candidate 11).
      let tieWonAt = -NEVER
      const unheard = new WeakSet<Channel>()
      return {
        dropped(record) {
          calm.droppedAt = record.at
        },
        // Who drops what comes too early, as it may, loses as much as a link.
        early(record) {
          if (record.verdict === 'ahead') calm.droppedAt = record.at
        },
        recovery(record) {
          if (record.step === 'tie-won') tieWonAt = record.at
        },
        stranger(record, packet) {
          if (record.verdict === 'discarded' && packet?.channel.purpose === 'ordinary') unheard.add(packet.channel)
        },
        // Another's SCCRQ with the same Assigned Tunnel ID, refused and not forgotten yet, is what this one seems to repeat (R4951-AMB-69).
        lingering({ type }, { met }, packet) {
          if (type === 'SCCRQ' && packet !== undefined && met !== packet.channel) unheard.add(packet.channel)
        },
        tunnel(record, channel) {
          if (record.event !== 'closed' || record.why !== 'retransmission-limit') return
          if (channel?.peer === undefined || unheard.has(channel)) return
          const since = owedSince(channel)
          if (since === undefined || !isCalmSince(books, calm, channel.peer, since)) return
          if (channel.purpose === 'recovery' && tieWonAt >= since) return
          report(record, `${nameOf(channel)} gave up ${channel.peer.name}, which was there all the time`)
        },
      }
    },
  }),
] as const
