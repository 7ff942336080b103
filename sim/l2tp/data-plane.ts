// The data plane of an LCCE: forwards data messages of established sessions and keeps their sequence numbers (RFC 2661 3.1, 5.4),
// with the reset of RFC 4951 3.2.3. It lives apart from the control plane, so that each can fail alone; the driver tells it
// which sessions exist. Payloads are filler but for a PPP header and a running count by which loss and order are measured.

import type { Address, Datagram } from '../base/datagram.ts'
import type { Nanos } from '../base/time.ts'
import { isOld16, next16 } from './sequence.ts'
import type { CallSide } from './tunnel.ts'
import { decodeDataHeader, encodeDataMessage } from './wire/header.ts'

export type DataVerdict = 'accepted' | 'old' | 'reset' | 'unknown-session' | 'unsequenced' | 'malformed'

/** What became of a received data message. One object is reused for all. */
export interface DataOutcome {
  verdict: DataVerdict
  tunnel: number
  session: number
  /** -1 when unsequenced. */
  ns: number
  /** Sequence numbers found missing before it. */
  skipped: number
  /** The sender's running count in this session. */
  stamp: number
  /** With verdict `reset`: the number expected before. */
  was: number
}

export interface ForwardedTunnel {
  readonly localTunnelId: number
  readonly peerTunnelId: number
  readonly local: Address
  readonly peer: Address
}

export interface ForwardedSession {
  readonly localSessionId: number
  readonly peerSessionId: number
  readonly sequenced: boolean
  readonly side: CallSide
}

interface Forwarding {
  readonly peerSessionId: number
  /** A LAC follows the LNS in using sequence numbers or not, unless they are required (RFC 2661 5.4). */
  readonly lac: boolean
  readonly required: boolean
  sequenced: boolean
  nextNs: number
  /** -1 until the first sequenced message arrives (R4951-AMB-27). */
  expected: number
  /** Old messages in sequence, and the number of the last of them (R4951-AMB-25). */
  run: number
  runNs: number
  stamp: number
  lastData: Nanos
}

interface TunnelForwarding {
  route: ForwardedTunnel
  readonly sessions: Map<number, Forwarding>
  lastData: Nanos
}

/** PPP in HDLC-like framing carrying a compressed datagram (RFC 1962), which no analyser looks into, then the count. */
const PAYLOAD_HEAD = Uint8Array.of(0xff, 0x03, 0x00, 0xfd, 0, 0, 0, 0)
/** Smallest payload that holds the count, in octets. */
export const SMALLEST_PAYLOAD = PAYLOAD_HEAD.length

export class DataPlane {
  private readonly tunnels = new Map<number, TunnelForwarding>()
  private readonly threshold: number
  private readonly outcome: DataOutcome = { verdict: 'malformed', tunnel: 0, session: 0, ns: -1, skipped: 0, stamp: 0, was: -1 }

  /** `threshold`: old messages in sequence that reset the expected number (RFC 4951 3.2.3); Infinity for never. */
  constructor(threshold: number) {
    this.threshold = threshold
  }

  /** Enters a tunnel, or changes its addresses. */
  routeTunnel(route: ForwardedTunnel): void {
    const known = this.tunnels.get(route.localTunnelId)
    if (known === undefined) this.tunnels.set(route.localTunnelId, { route, sessions: new Map(), lastData: 0 })
    else known.route = route
  }

  dropTunnel(localTunnelId: number): void {
    this.tunnels.delete(localTunnelId)
  }

  /** Enters a session; one that is known with the same peer keeps its numbers. */
  addSession(localTunnelId: number, session: ForwardedSession): void {
    const tunnel = this.tunnels.get(localTunnelId)
    if (tunnel === undefined || tunnel.sessions.get(session.localSessionId)?.peerSessionId === session.peerSessionId) return
    const { peerSessionId, sequenced, side } = session
    tunnel.sessions.set(session.localSessionId, {
      peerSessionId,
      lac: side === 'incoming-lac' || side === 'outgoing-lac',
      required: sequenced,
      sequenced,
      nextNs: 0,
      expected: -1,
      run: 0,
      runNs: 0,
      stamp: 0,
      lastData: 0,
    })
  }

  dropSession(localTunnelId: number, localSessionId: number): void {
    this.tunnels.get(localTunnelId)?.sessions.delete(localSessionId)
  }

  /** Everything is forgotten: a failure of the data plane. */
  lose(): void {
    this.tunnels.clear()
  }

  /** Tunnels and sessions being forwarded, as [tunnel, session] pairs in order of entry. */
  *forwarded(): Generator<readonly [number, number]> {
    for (const [tunnel, { sessions }] of this.tunnels) for (const session of sessions.keys()) yield [tunnel, session]
  }

  knows(localTunnelId: number, localSessionId: number): boolean {
    return this.tunnels.get(localTunnelId)?.sessions.has(localSessionId) ?? false
  }

  /** When data last came in for a tunnel (session 0) or a session; 0 for never. */
  lastData(localTunnelId: number, localSessionId: number): Nanos {
    const tunnel = this.tunnels.get(localTunnelId)
    if (tunnel === undefined) return 0
    return localSessionId === 0 ? tunnel.lastData : (tunnel.sessions.get(localSessionId)?.lastData ?? 0)
  }

  /** The next data message of a session with a payload of `payloadOctets` (at least SMALLEST_PAYLOAD); undefined if unknown. */
  send(localTunnelId: number, localSessionId: number, payloadOctets: number): Datagram | undefined {
    const tunnel = this.tunnels.get(localTunnelId)
    const session = tunnel?.sessions.get(localSessionId)
    if (tunnel === undefined || session === undefined) return undefined
    const { route } = tunnel
    const octets = Math.max(payloadOctets, SMALLEST_PAYLOAD)
    const ns = session.sequenced ? session.nextNs : -1
    if (session.sequenced) session.nextNs = next16(session.nextNs)
    session.stamp = (session.stamp + 1) >>> 0
    const bytes = encodeDataMessage(route.peerTunnelId, session.peerSessionId, ns, PAYLOAD_HEAD, octets)
    const at = bytes.length - 4
    bytes[at] = session.stamp >>> 24
    bytes[at + 1] = session.stamp >>> 16
    bytes[at + 2] = session.stamp >>> 8
    bytes[at + 3] = session.stamp
    return { from: route.local, to: route.peer, bytes, padding: octets - SMALLEST_PAYLOAD }
  }

  /** Takes a data message; the object handed back is valid until the next call. */
  receive(datagram: Datagram, now: Nanos): DataOutcome {
    const { outcome } = this
    outcome.tunnel = outcome.session = outcome.skipped = outcome.stamp = 0
    outcome.ns = outcome.was = -1
    const header = decodeDataHeader(datagram.bytes, datagram.padding)
    if (typeof header === 'string') {
      outcome.verdict = 'malformed'
      return outcome
    }
    outcome.tunnel = header.tunnelId
    outcome.session = header.sessionId
    outcome.ns = header.ns
    const tunnel = this.tunnels.get(header.tunnelId)
    const session = tunnel?.sessions.get(header.sessionId)
    if (tunnel === undefined || session === undefined || tunnel.route.peer.ip !== datagram.from.ip) {
      outcome.verdict = 'unknown-session'
      return outcome
    }
    outcome.stamp = stampAt(datagram.bytes, header.payloadAt)
    outcome.verdict = header.ns < 0 ? unsequenced(session) : this.sequenced(session, header.ns)
    tunnel.lastData = session.lastData = now
    return outcome
  }

  /** RFC 2661 5.4 and the n-packet rule of RFC 4951 3.2.3 (R4951-AMB-25, -26). */
  private sequenced(session: Forwarding, ns: number): DataVerdict {
    if (session.lac && !session.required) session.sequenced = true
    if (session.expected < 0 || !isOld16(session.expected, ns)) {
      this.outcome.skipped = session.expected < 0 ? 0 : (ns - session.expected) & 0xffff
      session.expected = next16(ns)
      session.run = 0
      return 'accepted'
    }
    session.run = session.run > 0 && ns === next16(session.runNs) ? session.run + 1 : 1
    session.runNs = ns
    if (session.run < this.threshold) return 'old'
    this.outcome.was = session.expected
    session.expected = next16(ns)
    session.run = 0
    return 'reset'
  }

  /** RFC 4951 3.2.3: the recovery endpoint's Ns starts anew. Returns the number before; -1 if there was nothing to restart. */
  restart(localTunnelId: number, localSessionId: number): number {
    const session = this.tunnels.get(localTunnelId)?.sessions.get(localSessionId)
    if (session === undefined) return -1
    const was = session.nextNs
    session.nextNs = 0
    return was
  }
}

/** Without Sequencing Required the LNS may stop numbering at any time, and the LAC follows (RFC 2661 5.4). */
function unsequenced(session: Forwarding): DataVerdict {
  if (session.required) return 'unsequenced'
  if (session.lac) session.sequenced = false
  return 'accepted'
}

function stampAt(bytes: Uint8Array, payloadAt: number): number {
  const at = payloadAt + PAYLOAD_HEAD.length - 4
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
}
