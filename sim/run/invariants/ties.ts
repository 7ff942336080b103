// Invariants about ties: requests of both ends that cross. Tie breakers are read on the wire and compared; whoever has not won gives its
// own request up at once, be it for a tunnel (RFC 2661 4.4.3, RFC 3931 5.4.3), for a recovery (RFC 4951 3.2.1) or for a circuit (RFC 3931
// 5.4.4).

import { MAX_AVP } from '../../l2tp/wire/dialect.ts'
import { VERSION_BITS } from '../../l2tp/wire/header.ts'
import { uint16At } from '../../l2tp/wire/octets.ts'
import type { TraceRecord } from '../../trace/record.ts'
import type { RunContext } from '../context.ts'
import { AVP_HIDDEN, TUNNEL_RECOVERY, visitAvps } from '../observe/avps.ts'
import { nameOf, type Books, type Channel, type Endpoint, type Packet, type Session } from '../observe/books.ts'
import { sessionNamed } from '../observe/heard.ts'
import type { Watcher } from '../observe/watcher.ts'
import { dutyBook } from './consequences.ts'
import { invariant, type Report } from './invariant.ts'

const TIE_BREAKER = 5
const REMOTE_END = 66
const VALUE = 6

/** Offset of the value of an AVP in a message; -1 when it is not there, or hidden. */
function valueAt(bytes: Uint8Array, wanted: number): number {
  let found = -1
  visitAvps(bytes, (attribute, head, at) => {
    if (attribute === wanted && (head & AVP_HIDDEN) === 0) found = at + VALUE
  })
  return found
}

/** Octets of the AVP whose value begins at `at`. */
const valueOf = (bytes: Uint8Array, at: number): Uint8Array => bytes.subarray(at, at - VALUE + (uint16At(bytes, at - VALUE) & MAX_AVP))

/** Negative when the first one wins: the lower value, or the only one; undefined without any. */
function orderOf(own: Uint8Array, other: Uint8Array): number | undefined {
  const [a, b] = [valueAt(own, TIE_BREAKER), valueAt(other, TIE_BREAKER)]
  if (a < 0 || b < 0) return a < 0 && b < 0 ? undefined : b - a
  for (let i = 0; i < 8; i++) if (own[a + i] !== other[b + i]) return own[a + i]! - other[b + i]!
  return 0
}

/** Both sides of a message are sound, and it is as it was sent. */
const isSound = (packet: Packet | undefined): packet is Packet =>
  packet !== undefined && !packet.damaged && !packet.channel.tainted && !packet.channel.misspeaks

/** A request for a tunnel that its sender has not seen answered. */
interface Dial {
  readonly channel: Channel
  readonly bytes: Uint8Array
}

/** Somebody may have told it another Router ID than the peer's. */
function knowsWrongly({ channels }: Endpoint): boolean {
  for (const { tainted } of channels.values()) if (tainted) return true
  return false
}

/** A dial and a request of the other end are about the same thing; over L2TPv3 the Router ID that is expected tells. */
function doCross({ channel, bytes }: Dial, packet: Packet, { choosesRouterIds }: RunContext): boolean {
  const other = packet.channel.endpoint
  if (channel.purpose !== 'ordinary' || channel.tainted || channel.peer !== other || other.ips.length > 1) return false
  const [own, its] = [bytes[1]! & VERSION_BITS, packet.bytes[1]! & VERSION_BITS]
  if (own !== its) return false
  if (own === 3) return !choosesRouterIds && !knowsWrongly(channel.endpoint)
  // A header of L2TPv2 may offer L2TPv3 as well, where both know it.
  return channel.endpoint.config?.version === 2 || other.config?.version === 2
}

function watchTunnels({ byName, context }: Books, report: Report): Watcher {
  const open = new Map<Endpoint, Dial[]>()
  const drop = (channel: Channel): void => {
    const dials = open.get(channel.endpoint)
    const place = dials?.findIndex((dial) => dial.channel === channel) ?? -1
    if (place >= 0) dials?.splice(place, 1)
  }
  /** Whoever sees the other's request knows by now whether its own has lost. */
  const judge = (record: TraceRecord<'handled'>, packet: Packet | undefined): void => {
    const endpoint = byName.get(record.endpoint)
    const dials = endpoint === undefined ? undefined : open.get(endpoint)
    if (dials === undefined || dials.length === 0 || !isSound(packet) || valueAt(packet.bytes, TUNNEL_RECOVERY) >= 0) return
    for (const dial of dials) {
      const order = doCross(dial, packet, context) ? orderOf(dial.bytes, packet.bytes) : undefined
      if (order === undefined || order < 0) continue
      report(record, `${nameOf(dial.channel)} goes on asking though its tie breaker ${order === 0 ? 'is equal' : 'has lost'}`)
    }
  }
  return {
    first(_record, { channel, type, bytes }) {
      if (type !== 'SCCRQ' || !channel.announced) return
      const dials = open.get(channel.endpoint)
      if (dials === undefined) open.set(channel.endpoint, [{ channel, bytes }])
      else dials.push({ channel, bytes })
    },
    accepted(record, channel, packet) {
      if (record.type === 'SCCRQ' && !channel.announced) judge(record, packet)
    },
    stranger(record, packet) {
      if (record.type === 'SCCRQ' && record.verdict === 'discarded') judge(record, packet)
    },
    discarded(record, old, packet) {
      if (record.type !== 'SCCRQ' || old.attempt === undefined || !isSound(packet) || old.tainted) return
      const own = open.get(old.endpoint)?.find(({ channel }) => channel === old.attempt)
      if (own === undefined || packet.channel.endpoint !== old.peer || old.peer.ips.length > 1) return
      if (orderOf(own.bytes, packet.bytes) !== 0) return
      report(record, `${nameOf(own.channel)} goes on asking for ${nameOf(old)} though its tie breaker is equal`)
    },
    tunnel(record, channel) {
      if (record.event !== 'opening' && channel !== undefined) drop(channel)
    },
    plane(record) {
      const endpoint = record.plane === 'control' ? byName.get(record.endpoint) : undefined
      if (endpoint !== undefined) open.delete(endpoint)
    },
  }
}

/** A request for a call that its sender has not seen answered. */
interface Asked {
  readonly session: Session
  readonly type: string
  readonly bytes: Uint8Array
}

const OVER = ['session closed']
/** In place of the number of a call that is yet to be placed. */
const ANOTHER = -2
const ANEW = ['session opening']

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Both requests are for one circuit. */
function areForOne(own: Uint8Array, other: Uint8Array): boolean {
  const [a, b] = [valueAt(own, REMOTE_END), valueAt(other, REMOTE_END)]
  return a >= 0 && b >= 0 && areEqual(valueOf(own, a), valueOf(other, b))
}

/** A call that names one of the peer that is in doubt here is another matter (RFC 4951 3.3). */
function meetsAnother(channel: Channel, number: number): boolean {
  for (const { peerSession, state } of channel.sessions.values()) if (peerSession === number && state !== 'closed') return true
  return false
}

function watchCalls({ byName }: Books, report: Report): Watcher {
  const duties = dutyBook(report)
  const open = new Map<Endpoint, Asked[]>()
  const drop = ({ endpoint }: Channel, gone: (session: Session) => boolean): void => {
    const asked = open.get(endpoint)
    if (asked !== undefined && asked.length > 0) open.set(endpoint, asked.filter(({ session }) => !gone(session)))
  }
  /** The one request of this side that competes with a message for it. */
  const rivalOf = (record: TraceRecord<'handled'>, channel: Channel, packet: Packet): Asked | undefined => {
    if (channel.purpose !== 'ordinary' || channel.tainted || sessionNamed(record, packet.bytes) !== 0) return undefined
    if (meetsAnother(channel, packet.session)) return undefined
    const rivals = (open.get(channel.endpoint) ?? []).filter(({ session, type, bytes }) => {
      const isTheirs = type === record.type && session.state === 'opening' && session.channel.peer === packet.channel.endpoint
      return isTheirs && areForOne(bytes, packet.bytes)
    })
    return rivals.length === 1 ? rivals[0] : undefined
  }
  const impose = (record: TraceRecord<'handled'>, { session, bytes }: Asked, packet: Packet): void => {
    const order = orderOf(bytes, packet.bytes)
    if (order !== undefined && order < 0) return
    const { endpoint, tunnel } = session.channel
    const how = order === undefined ? 'has no tie breaker' : order === 0 ? 'is equal' : 'has lost'
    const name = `${nameOf(session.channel)} session ${String(session.session)}`
    const place = { at: record.at, seq: record.seq, endpoint: endpoint.name, tunnel }
    const text = (): string => `${name} goes on asking for its circuit though its request ${how}`
    duties.add({ ...place, session: session.session, wanted: OVER, text })
    if (order !== 0) return
    duties.add({ ...place, session: ANOTHER, wanted: ANEW, text: () => `${name} is equal and not placed again` })
  }
  return {
    first(record, { channel, type, bytes }) {
      if ((type !== 'ICRQ' && type !== 'OCRQ') || channel.version !== 3) return
      const session = channel.sessions.get(record.session)
      if (session?.placed !== true || session.state !== 'opening') return
      open.set(channel.endpoint, [...(open.get(channel.endpoint) ?? []), { session, type, bytes }])
    },
    accepted(record, channel, packet) {
      duties.settle(record.at)
      if (channel.version !== 3 || packet === undefined || !open.has(channel.endpoint)) return
      if (record.type === 'ICRP' || record.type === 'OCRP') {
        const answered = channel.sessions.get(sessionNamed(record, packet.bytes))
        // Hidden: of any.
        drop(channel, (session) => session.channel === channel && (answered === undefined || answered === session))
      } else if ((record.type === 'ICRQ' || record.type === 'OCRQ') && isSound(packet)) {
        const rival = rivalOf(record, channel, packet)
        if (rival !== undefined) impose(record, rival, packet)
      }
    },
    session(record, channel, session) {
      duties.done(record, record.session, 'session', record.event)
      if (record.event === 'opening' && record.peerSession === 0) duties.done(record, ANOTHER, 'session', 'opening')
      else if (session !== undefined) drop(channel, (each) => each === session)
    },
    tunnel(record, channel) {
      duties.settle(record.at)
      duties.done(record, 0, 'tunnel', record.event)
      if (record.event === 'closed' && channel !== undefined) drop(channel, (each) => each.channel === channel)
    },
    plane(record) {
      duties.settle(record.at)
      if (record.plane !== 'control') return
      duties.excuse(record.endpoint)
      const endpoint = byName.get(record.endpoint)
      if (endpoint !== undefined) open.delete(endpoint)
    },
    end(at) {
      duties.settle(at)
    },
  }
}

export const tieInvariants = [
  invariant({
    name: 'ties-are-obeyed',
    kind: 'safety',
    ref: 'R2661-4.4.3-08, R2661-4.4.3-09, R2661-4.4.3-10, R3931-5.4.3-02, R3931-5.4.3-04, R3931-5.4.3-05, R4951-AMB-20',
    help:
      'Whoever takes or drops a request for a tunnel that crosses its own, and does not win by the tie breakers, gives its own up at ' +
      'once; so does whoever finds the tie breaker of its recovery equal.',
    check: (books, report) => watchTunnels(books, report),
  }),
  invariant({
    name: 'call-ties-are-obeyed',
    kind: 'safety',
    ref: 'R3931-5.4.4-12, R3931-5.4.4-13, R3931-5.4.4-14, R3931-7.3.1-07, R3931-7.4.1-07',
    help:
      'Of two requests for one circuit that cross, the one that has not won ends at once, and where the tie breakers are equal its call ' +
      'is placed again.',
    check: (books, report) => watchCalls(books, report),
  }),
] as const
