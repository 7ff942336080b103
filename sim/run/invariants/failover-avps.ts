// Invariants about the messages and AVPs of RFC 4951 on the wire (sections 4 and 5): where they may stand, in what form, and that
// answers answer something that was asked. They look at what endpoints send, before any damage on the way.

import type { Nanos } from '../../base/time.ts'
import { isPortless, IP_OVERHEAD, IP_UDP_OVERHEAD } from '../../base/datagram.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { MAX_AVP } from '../../l2tp/wire/dialect.ts'
import { visitAvps } from '../observe/avps.ts'
import { nameOf, questionFor, type Channel, type Packet, type Session } from '../observe/books.ts'
import { isOverdue, mustHaveConverged, presentChannels } from '../observe/ledger.ts'
import {
  FAILOVER_CAPABILITY,
  FAILOVER_SESSION_STATE,
  glanceAt,
  has,
  SUGGESTED_CONTROL_SEQUENCE,
  TUNNEL_RECOVERY,
  type Glance,
} from '../observe/glance.ts'
import type { Watcher } from '../observe/watcher.ts'
import { invariant, type Report } from './invariant.ts'

const isQuery = (type: string): boolean => type === 'FSQ' || type === 'FSR'

/** What of RFC 4951 stands in a message where it may not, or is missing where it must stand. */
function misplaced(glance: Glance, type: string, recovery: boolean): string | undefined {
  const setUp = type === 'SCCRQ' || type === 'SCCRP'
  const request = recovery && type === 'SCCRQ'
  if (has(glance, FAILOVER_CAPABILITY) && (!setUp || recovery)) return 'with a Failover Capability AVP'
  if (has(glance, TUNNEL_RECOVERY) !== request) return request ? 'without Tunnel Recovery AVP' : 'with a Tunnel Recovery AVP'
  if (request && !glance.tieBreaker) return 'without Tie Breaker AVP'
  if (has(glance, SUGGESTED_CONTROL_SEQUENCE) && !(recovery && type === 'SCCRP')) return 'with a Suggested Control Sequence AVP'
  return has(glance, FAILOVER_SESSION_STATE) && !isQuery(type) ? 'with a Failover Session State AVP' : undefined
}

/** The answers of an FSR that nobody is waiting for, or that name another session than was asked about; undefined for none. */
function unasked({ asked }: Channel, { states }: Packet): string | undefined {
  for (const { sessionId, remoteSessionId } of states ?? []) {
    const question = asked.get(questionFor(asked, remoteSessionId))
    const answer = `(${String(sessionId)}, ${String(remoteSessionId)})`
    if (question === undefined) return `${answer}, which no FSQ asked for`
    if (sessionId > 0 && question.count === 1 && question.remoteSessionId >= 0 && sessionId !== question.remoteSessionId)
      return `${answer} to the question (${String(remoteSessionId)}, ${String(question.remoteSessionId)})`
  }
  return undefined
}

/** When a session was last asked about. */
interface Asked {
  readonly at: Nanos
  readonly seq: number
}

/** The last FSQ of a tunnel had room for one more session, as far as its sender goes: when and where it was sent. */
interface Roomy extends Asked {
  /** When the sessions in it were asked about. */
  readonly asked: Nanos
}

/** Room for another session state of the size of those that are there. */
function hasRoom(record: TraceRecord<'sent'>, bytes: Uint8Array, mtu: number): boolean {
  let one = 0
  visitAvps(bytes, (attribute, head) => {
    if (attribute === FAILOVER_SESSION_STATE) one = head & MAX_AVP
  })
  const size = record.bytes.length + record.padding + (isPortless(record.to) ? IP_OVERHEAD : IP_UDP_OVERHEAD)
  return size + one <= mtu
}

function watchFilling(report: Report): Watcher {
  const asked = new Map<Session, Asked>()
  const roomy = new Map<Channel, Roomy>()
  return {
    sync(record, session) {
      if (session !== undefined && record.outcome === 'queried') asked.set(session, { at: record.at, seq: record.seq })
    },
    first(record, { channel, type, states, bytes }) {
      if (type !== 'FSQ' || states === undefined) return
      const mtu = channel.endpoint.config?.failover.mtu
      const [first, last] = [states[0], states.at(-1)].map((state) => channel.sessions.get(state?.sessionId ?? -1))
      const [begun, ended] = [first, last].map((session) => (session === undefined ? undefined : asked.get(session)))
      const before = roomy.get(channel)
      // Both were gathered when the one before went out.
      if (before !== undefined && begun !== undefined && begun.at === before.asked && begun.seq < before.seq)
        report(record, `${nameOf(channel)} sent another FSQ, though the one before (record ${String(before.seq)}) had room`)
      const isRoomy = mtu !== undefined && ended?.at === record.at && hasRoom(record, bytes, mtu)
      if (isRoomy) roomy.set(channel, { at: record.at, seq: record.seq, asked: record.at })
      else roomy.delete(channel)
    },
  }
}

export const failoverAvpInvariants = [
  invariant({
    name: 'failover-avps-in-their-place',
    kind: 'safety',
    ref: 'R4951-3.2.1-05, R4951-3.2.1-06, R4951-3.2.1-10, R4951-5.1-16, R4951-5.2-08, R4951-5.3-09, R4951-5.4-07',
    help:
      'AVP 76 stands only in the SCCRQ and SCCRP of ordinary tunnels, 77 in every recovery SCCRQ (with a Tie Breaker) ' +
      'and nowhere else, 78 only in recovery SCCRPs, 79 only in FSQ and FSR.',
    check: (books, report) => ({
      first(record, { channel, type, bytes }) {
        if (channel.misspeaks) return
        const wrong = misplaced(glanceAt(books.glance, bytes), type, channel.purpose === 'recovery')
        if (wrong !== undefined) report(record, `${nameOf(channel)} sent ${type} ${wrong}`)
      },
    }),
  }),
  invariant({
    name: 'failover-avps-well-formed',
    kind: 'safety',
    ref:
      'R4951-5.1-01, R4951-5.1-03, R4951-5.1-06, R4951-5.1-10, R4951-5.2-04, R4951-5.2-05, R4951-5.3-04, R4951-5.4-05, ' +
      'R4951-4.1-07, R4951-4.2-08, R4951-AMB-11',
    help:
      'AVPs 76 to 79 have their M and H bits, lengths and flag word as defined; the Message Type AVP of FSQ and FSR ' +
      'has no M bit.',
    check: (books, report) => ({
      first(record, { channel, type, bytes }) {
        const { misshapen } = glanceAt(books.glance, bytes)
        if (misshapen !== '') report(record, `${nameOf(channel)} sent ${type}: ${misshapen}`)
        else if (isQuery(type) && (bytes[12]! & 0x80) !== 0)
          report(record, `${nameOf(channel)} sent ${type}: Message Type AVP with M bit`)
      },
    }),
  }),
  invariant({
    name: 'queries-hold-only-session-states',
    kind: 'safety',
    ref: 'R4951-3.3-10, R4951-4.1-03, R4951-4.1-05, R4951-4.2-04, R4951-4.2-06',
    help: 'FSQ and FSR carry at least one Failover Session State AVP and, beside it, only Random Vector or Message Digest.',
    check: (books, report) => ({
      first(record, { channel, type, bytes }) {
        if (!isQuery(type)) return
        const { states, foreign } = glanceAt(books.glance, bytes)
        if (states === 0) report(record, `${nameOf(channel)} sent an empty ${type}`)
        else if (foreign >= 0) report(record, `${nameOf(channel)} sent ${type} with AVP ${String(foreign)}`)
      },
    }),
  }),
  invariant({
    name: 'queries-fit-the-mtu',
    kind: 'safety',
    ref: 'R4951-AMB-57',
    help: 'An FSQ or FSR of more than one session is no larger as an IP packet than the configured MTU.',
    check: (books, report) => ({
      first(record, { channel, type, bytes }) {
        const mtu = channel.endpoint.config?.failover.mtu
        if (!isQuery(type) || mtu === undefined) return
        const size = record.bytes.length + record.padding + (isPortless(record.to) ? IP_OVERHEAD : IP_UDP_OVERHEAD)
        // One session alone has to go, whatever a digest and hiding add.
        if (size > mtu && glanceAt(books.glance, bytes).states > 1)
          report(record, `${nameOf(channel)} sent ${type} of ${String(size)} octets, the MTU is ${String(mtu)}`)
      },
    }),
  }),
  invariant({
    name: 'queries-fill-their-messages',
    kind: 'safety',
    ref: 'R4951-3.3-10, R4951-AMB-57',
    help: 'What is asked about at one time goes into as few FSQs as the configured MTU allows.',
    check: (_books, report) => watchFilling(report),
  }),
  invariant({
    name: 'queries-on-established-tunnels-only',
    kind: 'safety',
    ref: 'R4951-4-01, R4951-AMB-54',
    help:
      'FSQ and FSR go over established or recovered tunnels, an FSQ only to a peer that declared itself failover ' +
      'capable (unless forced).',
    check: (_books, report) => ({
      first(record, { channel, type }) {
        if (!isQuery(type)) return
        const { negotiated, queriedByPeer } = channel
        const silent = negotiated !== undefined && !negotiated.peerControl && !negotiated.peerData
        const deaf = silent && !queriedByPeer && channel.endpoint.config?.failover.force !== true
        if (channel.state !== 'established') report(record, `${nameOf(channel)} sent ${type} while ${channel.state}`)
        else if (type === 'FSQ' && deaf) report(record, `${nameOf(channel)} sent FSQ to a peer that is not failover capable`)
      },
    }),
  }),
  invariant({
    name: 'answers-only-what-was-asked',
    kind: 'safety',
    ref: 'R4951-4.2-01, R4951-3.3-23, R4951-AMB-58',
    help: 'Each answer in an FSR is to a question of an FSQ accepted before, and names the session asked about or 0.',
    check: (_books, report) => ({
      first(record, packet) {
        const { channel, type } = packet
        if (type !== 'FSR' || channel.tainted) return
        const wrong = unasked(channel, packet)
        if (wrong !== undefined) report(record, `${nameOf(channel)} answered ${wrong}`)
      },
    }),
  }),
  invariant({
    name: 'every-query-answered',
    kind: 'liveness',
    ref: 'R4951-3.3-17, R4951-4.1-01',
    help: 'Every session asked about in an accepted FSQ is answered in some FSR, unless the tunnel ends or is reset first.',
    check: (books, report) => ({
      end(at) {
        if (!mustHaveConverged(books, at)) return
        for (const channel of presentChannels(books)) {
          if (channel.state !== 'established' || channel.tainted) continue
          for (const [sessionId, question] of channel.asked) {
            if (isOverdue(books, question.at, at))
              report(
                question,
                `${nameOf(channel)} never answered about (${String(sessionId)}, ${String(question.remoteSessionId)})`,
              )
          }
        }
      },
    }),
  }),
] as const
