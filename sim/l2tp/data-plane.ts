// The data plane of an LCCE: forwards data messages of established sessions and keeps their sequence numbers (RFC 2661 3.1, 5.4;
// RFC 3931 4.6, appendix C), with the reset of RFC 4951 3.2.3. It lives apart from the control plane, so that each can fail alone;
// the driver tells it which sessions exist. Payloads are filler but for a PPP header, in some an IPv4 header, and a running count
// by which loss and order are measured. What differs between the versions is in their Protocol and in the two headers, not in
// what becomes of a number.

import type { Address, Datagram } from '../base/datagram.ts'
import type { Nanos } from '../base/time.ts'
import { protocols } from './protocols.ts'
import { isOld, next } from './sequence.ts'
import type { CallSide } from './tunnel.ts'
import type { Version } from './wire/avps.ts'
import { decodeSessionData, encodeSessionData, sessionIdOf, type DataFormat, type SessionData } from './wire/data-v3.ts'
import type { Transport } from './wire/demultiplex.ts'
import { decodeDataHeader, encodeDataMessage, VERSION_BITS } from './wire/header.ts'
import { putUint16, uint16At } from './wire/octets.ts'

export type DataVerdict = 'accepted' | 'old' | 'reset' | 'unknown-session' | 'bad-cookie' | 'unsequenced' | 'malformed'

/** What became of a received data message. One object is reused for all. */
export interface DataOutcome {
  verdict: DataVerdict
  /** 0 when an L2TPv3 message names no session of ours: its header has no other number. */
  tunnel: number
  session: number
  /** -1 when unsequenced. */
  ns: number
  /** Sequence numbers found missing before it. */
  skipped: number
  /** The sender's running count in this session. */
  stamp: number
  /** With verdict `reset`: the number expected before, and the one expected now. */
  was: number
  expected: number
}

export interface ForwardedTunnel {
  readonly version: Version
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
  /** L2TPv3: what stands between header and payload of data received and sent (RFC 3931 5.4.4). */
  readonly receives: DataFormat
  readonly sends: DataFormat
}

interface Forwarding {
  readonly tunnel: TunnelForwarding
  readonly peerSessionId: number
  readonly receives: DataFormat
  readonly sends: DataFormat
  /** Numbers are no larger, and wrap behind it. */
  readonly largest: number
  /** A LAC follows the LNS in using sequence numbers or not, unless they are required (RFC 2661 5.4). */
  readonly follows: boolean
  readonly required: boolean
  sequenced: boolean
  /** What carries IP is sent without a number. */
  readonly nonIpOnly: boolean
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
/**
 * The same with an IPv4 datagram in it, of a protocol for experiments (RFC 3692) between addresses for documentation (RFC 5737); Total
 * Length and Header Checksum are filled in, the count is the datagram's payload.
 */
const IP_HEAD = Uint8Array.of(
  ...[0xff, 0x03, 0x00, 0x21],
  ...[0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 253, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1],
  ...[0, 0, 0, 0],
)
/** Where the IPv4 header begins, and its Total Length and Header Checksum in it. */
const IP_AT = 4
const TOTAL_LENGTH_AT = IP_AT + 2
const CHECKSUM_AT = IP_AT + 10
/** The PPP protocol of an IPv4 datagram (RFC 1332). */
const PPP_IP = 0x0021

export class DataPlane {
  private readonly tunnels = new Map<number, TunnelForwarding>()
  /** Sessions of L2TPv3, which their Session ID alone selects (RFC 3931 4.1). */
  private readonly nodeSessions = new Map<number, Forwarding>()
  private readonly threshold: number
  private readonly outcome: DataOutcome = {
    verdict: 'malformed',
    tunnel: 0,
    session: 0,
    ns: -1,
    skipped: 0,
    stamp: 0,
    was: -1,
    expected: -1,
  }

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
    const tunnel = this.tunnels.get(localTunnelId)
    if (tunnel === undefined) return
    for (const [session, forwarding] of tunnel.sessions) this.forgetInNode(session, forwarding)
    this.tunnels.delete(localTunnelId)
  }

  private forgetInNode(localSessionId: number, forwarding: Forwarding): void {
    if (this.nodeSessions.get(localSessionId) === forwarding) this.nodeSessions.delete(localSessionId)
  }

  /** Enters a session; one that is known with the same peer keeps its numbers. */
  addSession(localTunnelId: number, session: ForwardedSession): void {
    const tunnel = this.tunnels.get(localTunnelId)
    if (tunnel === undefined || tunnel.sessions.get(session.localSessionId)?.peerSessionId === session.peerSessionId) return
    const { localSessionId, peerSessionId, sequenced, side, receives, sends } = session
    const { version } = tunnel.route
    const { largestDataNumber, lnsNumbers } = protocols[version]
    const forwarding: Forwarding = {
      tunnel,
      peerSessionId,
      receives,
      sends,
      largest: largestDataNumber,
      follows: lnsNumbers && !sequenced && (side === 'incoming-lac' || side === 'outgoing-lac'),
      required: lnsNumbers && sequenced,
      // A number needs a place that the peer has asked for (RFC 3931 4.6).
      sequenced: sequenced && (version === 2 || sends.sublayer),
      nonIpOnly: version === 3 && sends.nonIpOnly === true,
      nextNs: 0,
      expected: -1,
      run: 0,
      runNs: 0,
      stamp: 0,
      lastData: 0,
    }
    tunnel.sessions.set(localSessionId, forwarding)
    if (version === 3) this.nodeSessions.set(localSessionId, forwarding)
  }

  dropSession(localTunnelId: number, localSessionId: number): void {
    const sessions = this.tunnels.get(localTunnelId)?.sessions
    const forwarding = sessions?.get(localSessionId)
    if (sessions === undefined || forwarding === undefined) return
    this.forgetInNode(localSessionId, forwarding)
    sessions.delete(localSessionId)
  }

  /** Everything is forgotten: a failure of the data plane. */
  lose(): void {
    this.tunnels.clear()
    this.nodeSessions.clear()
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

  /**
   * The next data message of a session with a payload of `payloadOctets` (or as many as there must be), which carries IP or something else;
   * undefined if the session is unknown.
   */
  send(localTunnelId: number, localSessionId: number, payloadOctets: number, carriesIp = false): Datagram | undefined {
    const tunnel = this.tunnels.get(localTunnelId)
    const session = tunnel?.sessions.get(localSessionId)
    if (tunnel === undefined || session === undefined) return undefined
    const { route } = tunnel
    const head = carriesIp ? IP_HEAD : PAYLOAD_HEAD
    const octets = Math.max(payloadOctets, head.length)
    const numbered = session.sequenced && !(carriesIp && session.nonIpOnly)
    const ns = numbered ? session.nextNs : -1
    if (numbered) session.nextNs = next(session.nextNs, session.largest)
    session.stamp = (session.stamp + 1) >>> 0
    const bytes =
      route.version === 2
        ? encodeDataMessage(route.peerTunnelId, session.peerSessionId, ns, head, octets)
        : encodeSessionData(session.peerSessionId, ns, head, session.sends, transportAt(route.local))
    if (carriesIp) finishIpHeader(bytes, bytes.length - head.length, octets)
    const at = bytes.length - 4
    bytes[at] = session.stamp >>> 24
    bytes[at + 1] = session.stamp >>> 16
    bytes[at + 2] = session.stamp >>> 8
    bytes[at + 3] = session.stamp
    return { from: route.local, to: route.peer, bytes, padding: octets - head.length }
  }

  /** Takes a data message; the object handed back is valid until the next call. */
  receive(datagram: Datagram, now: Nanos): DataOutcome {
    const { outcome } = this
    outcome.tunnel = outcome.session = outcome.skipped = outcome.stamp = 0
    outcome.ns = outcome.was = outcome.expected = -1
    if (datagram.to.port === 0 || ((datagram.bytes[1] ?? 0) & VERSION_BITS) === 3) return this.receiveSessionData(datagram, now)
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
    if (tunnel === undefined || session === undefined || tunnel.route.version !== 2 || tunnel.route.peer.ip !== datagram.from.ip) {
      outcome.verdict = 'unknown-session'
      return outcome
    }
    return this.take(session, datagram.bytes, header, now)
  }

  /** RFC 3931 4.5: the Session ID selects the session, whose cookie must be right before anything else counts. */
  private receiveSessionData({ bytes, from, to }: Datagram, now: Nanos): DataOutcome {
    const { outcome } = this
    const transport = transportAt(to)
    const sessionId = sessionIdOf(bytes, transport)
    if (sessionId < 0) {
      outcome.verdict = 'malformed'
      return outcome
    }
    outcome.session = sessionId
    const session = this.nodeSessions.get(sessionId)
    const route = session?.tunnel.route
    if (session === undefined || route?.peer.ip !== from.ip || transportAt(route.local) !== transport) {
      outcome.verdict = 'unknown-session'
      return outcome
    }
    outcome.tunnel = route.localTunnelId
    const data = decodeSessionData(bytes, session.receives, transport)
    if (typeof data === 'string') {
      outcome.verdict = data === 'bad-cookie' ? data : 'malformed'
      return outcome
    }
    outcome.ns = data.ns
    return this.take(session, bytes, data, now)
  }

  /** A message that belongs to a session. */
  private take(session: Forwarding, bytes: Uint8Array, { ns, payloadAt }: SessionData, now: Nanos): DataOutcome {
    const { outcome } = this
    outcome.stamp = stampAt(bytes, payloadAt)
    outcome.verdict = ns < 0 ? unsequenced(session) : this.sequenced(session, ns)
    session.tunnel.lastData = session.lastData = now
    return outcome
  }

  /** RFC 2661 5.4, RFC 3931 4.6 and the n-packet rule of RFC 4951 3.2.3 and RFC 3931 appendix C (R4951-AMB-25, -26). */
  private sequenced(session: Forwarding, ns: number): DataVerdict {
    const { expected, largest } = session
    if (session.follows) session.sequenced = true
    if (expected < 0 || !isOld(expected, ns, largest)) {
      this.outcome.skipped = expected < 0 ? 0 : (ns - expected) & largest
      session.expected = next(ns, largest)
      session.run = 0
      return 'accepted'
    }
    session.run = session.run > 0 && ns === next(session.runNs, largest) ? session.run + 1 : 1
    session.runNs = ns
    if (session.run < this.threshold) return 'old'
    this.outcome.was = expected
    this.outcome.expected = session.expected = next(ns, largest)
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

/** Without Sequencing Required the LNS may stop numbering at any time, and the LAC follows (RFC 2661 5.4); see also RFC 3931 4.6. */
function unsequenced(session: Forwarding): DataVerdict {
  if (session.required) return 'unsequenced'
  if (session.follows) session.sequenced = false
  return 'accepted'
}

/** RFC 3931 4.1: directly over IP there are no ports. */
const transportAt = ({ port }: Address): Transport => (port === 0 ? 'ip' : 'udp')

/** Total Length and Header Checksum of the IPv4 datagram in a payload of so many octets (RFC 791 3.1). */
function finishIpHeader(bytes: Uint8Array, payloadAt: number, payloadOctets: number): void {
  putUint16(bytes, payloadAt + TOTAL_LENGTH_AT, payloadOctets - IP_AT)
  let sum = 0
  for (let at = IP_AT; at < IP_HEAD.length - 4; at += 2) sum += uint16At(bytes, payloadAt + at)
  sum = (sum & 0xffff) + (sum >>> 16)
  putUint16(bytes, payloadAt + CHECKSUM_AT, ~(sum + (sum >>> 16)) & 0xffff)
}

function stampAt(bytes: Uint8Array, payloadAt: number): number {
  const head = bytes.length >= payloadAt + IP_HEAD.length && uint16At(bytes, payloadAt + 2) === PPP_IP ? IP_HEAD : PAYLOAD_HEAD
  const at = payloadAt + head.length - 4
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
}
