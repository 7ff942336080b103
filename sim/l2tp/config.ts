// Everything one can set on an LCCE, and the defaults with their source. Plain data: the scenario schema mirrors it field by field.

import { MILLISECOND, SECOND, type Nanos } from '../base/time.ts'
import type { Mutant } from './mutant.ts'
import type { Version } from './wire/avps.ts'

export interface RetransmitConfig {
  /** First interval, doubled at each retransmission (RFC 2661 5.8, recommended 1 s). */
  readonly initial: Nanos
  /** No interval grows beyond this; at least 8 s by RFC 2661 5.8. */
  readonly cap: Nanos
  /** Retransmissions before the peer is given up (RFC 2661 5.8, recommended 5; RFC 3931 4.2, recommended 10). */
  readonly count: number
}

/** What only L2TPv3 has. */
export interface Version3Config {
  /** Router ID AVP: identifies the LCCE together with its Host Name (RFC 3931 5.4.3). */
  readonly routerId: number
  /** Pseudowire types that calls may have; the first is that of the calls we place (RFC 3931 5.4.3). */
  readonly pseudowireTypes: readonly number[]
  /** Octets of the cookie that we ask for in data: 0, 4 or 8 (RFC 3931 5.4.4). */
  readonly cookieOctets: number
  /**
   * Digest in every control message: with a secret it authenticates, without one it shows corruption only (RFC 3931 4.3). With
   * `none` a secret serves nothing.
   */
  readonly digest: 'HMAC-MD5' | 'HMAC-SHA-1' | 'none'
  /**
   * A second shared secret while one is being changed for another (RFC 3931 5.4.1): every message has a digest of each, and one that
   * agrees with either is accepted. AVPs are hidden with the first.
   */
  readonly nextSecret: string | undefined
  /** A digest also without a secret (RFC 3931 4.3; recommended over IP, 4.1.1.2). */
  readonly integrity: boolean
  /** Put a Session Tie Breaker into call requests (RFC 3931 5.4.4). */
  readonly sessionTieBreaker: boolean
  /** Their values, in the order in which they are sent; further ones are drawn at random. */
  readonly sessionTieBreakers: readonly number[]
}

export interface FailoverConfig {
  /** Whether AVP 76 is sent at all (RFC 4951 3.1). */
  readonly enabled: boolean
  /** C bit: control channel failures can be recovered (RFC 4951 5.1). */
  readonly controlChannel: boolean
  /** D bit: expected data numbers can be reset (RFC 4951 5.1). */
  readonly dataChannel: boolean
  /** What we ask the peer to wait before it assumes that our recovery failed (RFC 4951 5.1); whole milliseconds on the wire. */
  readonly recoveryTime: Nanos
  /** Remote endpoint: put AVP 78 into the SCCRP (SHOULD, RFC 4951 3.2.1), else both sides reset to zero. */
  readonly suggestControlSequence: boolean
  /** R4951-AMB-03: `parallel` with retransmission, or begun when it is exhausted. */
  readonly recoveryTimer: 'parallel' | 'afterExhaustion'
  /** R4951-AMB-24, -29: the data plane outlived the control plane, so Ns is kept and no session is torn down for D = 0. */
  readonly dataPlaneSurvives: boolean
  /** R4951-AMB-35, -67, -68: addresses that may recover a tunnel beside the peer's own; undefined: only the peer's own, others
   *  are answered; a list: others are dropped silently. */
  readonly allowedRecoveryEndpoints: readonly string[] | undefined
  /** R4951-AMB-42: the remote ends the recovery tunnel itself when it is still up after this time. */
  readonly guardTime: Nanos
  /** R4951-AMB-53: which established sessions are queried after a recovery. */
  readonly query: 'all' | 'suspect' | 'none'
  /** With `query: suspect`: sessions without received data for so long. */
  readonly suspectAfter: Nanos
  /** R4951-AMB-63: how long after it is found a stale session is queried. */
  readonly staleDelay: Nanos
  /** R4951-AMB-64: how long to wait for the FSR of a query, and how many queries in all: the first and three more. */
  readonly responseTimeout: Nanos
  readonly queryTries: number
  /** R4951-AMB-57: IP packet size (octets) that an FSQ or FSR must fit. */
  readonly mtu: number
  /** RFC 4951 3.3: FSS AVPs in one FSR at most (0: as many as fit), answers to several FSQs gathered, order shuffled. */
  readonly responseLimit: number
  readonly coalesceResponses: boolean
  readonly shuffleResponses: boolean
  /** R4951-AMB-17: further attempts, each with a new recovery tunnel, within our own advertised Recovery Time. */
  readonly retries: number
  /** Recoveries under way at a time; 0 for no limit. */
  readonly parallel: number
  /** RFC 4951 3.2 leaves the choice of tunnels to the implementation: at most so many, in order of Tunnel ID; 0 for all. */
  readonly tunnelLimit: number
  /** Attempt recovery even when the capabilities exchanged do not allow it (to see the refusal). */
  readonly force: boolean
}

export interface LcceConfig {
  /** Protocol versions spoken. */
  readonly version: Version | 'both'
  readonly hostName: string
  readonly vendorName: string
  /** RFC 2661 4.4.3: 2 asynchronous, 1 synchronous. */
  readonly framingCapabilities: number
  /** RFC 2661 4.4.3: 2 analog, 1 digital; 0 leaves the AVP out. */
  readonly bearerCapabilities: number
  /** Own Receive Window Size (RFC 2661 4.4.3); 4 is what an absent AVP means. */
  readonly receiveWindow: number
  /**
   * Ns of the first message of every control channel, and the first expected of the peer: 0 by RFC 2661 5.8. Both ends have the same;
   * another value brings the wrap of the numbers near.
   */
  readonly firstNs: number
  /** RFC 2661 5.8: messages ahead of the expected Ns are queued or dropped. */
  readonly outOfOrder: 'queue' | 'drop'
  readonly retransmit: Omit<RetransmitConfig, 'count'> & {
    /** Undefined for what the RFC of the version recommends: 5 or 10. */
    readonly count: number | undefined
  }
  /** RFC 2661 5.5: silence before a HELLO; 0 for none. */
  readonly helloInterval: Nanos
  /** RFC 2661 5.1.1; undefined for no secret. */
  readonly secret: string | undefined
  /** Send a Challenge to authenticate the peer. Needs a secret. */
  readonly challenge: boolean
  /** Hide every AVP that may be hidden (RFC 2661 4.3). Needs a secret. */
  readonly hideAvps: boolean
  /** Put a Tie Breaker into ordinary SCCRQs (RFC 2661 4.4.3). */
  readonly tieBreaker: boolean
  /** Values of the tie breakers to send, ordinary and of recoveries, in this order; when they are used up, they are drawn. */
  readonly tieBreakers: readonly number[]
  /** RFC 2661 5.7: state kept after StopCCN to acknowledge its retransmissions. */
  readonly linger: Nanos
  /** LAC: when the far end of an outgoing call answers (ours; the bearer itself is not simulated). */
  readonly answerDelay: Nanos
  /** LAC: how long an outgoing call may take to be answered (RFC 2661 7.5.1). */
  readonly answerTimeout: Nanos
  /** RFC 4951 3.3: allocation of Session IDs. */
  readonly sessionIds: 'least-recently-used' | 'lowest-free' | 'random'
  /** RFC 4951 3.2.3, RFC 3931 appendix C: old data messages in sequence until the expected number is reset. */
  readonly dataThreshold: number
  /** Limits on what peers can make us hold. */
  readonly maxTunnels: number
  readonly maxSessionsPerTunnel: number
  /** Tunnels that peers asked for and that are not established, those included that are refused and only kept to acknowledge. */
  readonly maxHalfOpenTunnels: number
  /** Recovery tunnels for one old tunnel that are not through yet (R4951-AMB-46). */
  readonly maxRecoveryTunnels: number
  /** Messages that wait in one tunnel to be sent or acknowledged; beyond them nothing new of the peer is accepted. */
  readonly maxQueuedMessages: number
  /** Failover Session States of one tunnel that wait for their answer; further ones are ignored, and may be asked again. */
  readonly maxQueryEntries: number
  readonly v3: Version3Config
  readonly failover: FailoverConfig
  /** Wrong or old behaviours of real stacks (quirks.ts), by name. */
  readonly quirks: readonly string[]
  /** One mechanical change (mutants.ts); only hunts give any. */
  readonly mutant: Mutant | undefined
}

export const defaultFailover: FailoverConfig = {
  enabled: true,
  controlChannel: true,
  dataChannel: true,
  recoveryTime: 60 * SECOND,
  suggestControlSequence: true,
  recoveryTimer: 'parallel',
  dataPlaneSurvives: false,
  allowedRecoveryEndpoints: undefined,
  guardTime: 10 * SECOND,
  query: 'all',
  suspectAfter: 30 * SECOND,
  staleDelay: 1 * SECOND,
  responseTimeout: 10 * SECOND,
  queryTries: 4,
  mtu: 1500,
  responseLimit: 0,
  coalesceResponses: false,
  shuffleResponses: false,
  retries: 0,
  parallel: 0,
  tunnelLimit: 0,
  force: false,
}

export const defaultVersion3: Version3Config = {
  routerId: 0,
  // PPP, as in L2TPv2.
  pseudowireTypes: [7],
  cookieOctets: 0,
  digest: 'HMAC-MD5',
  nextSecret: undefined,
  integrity: false,
  sessionTieBreaker: false,
  sessionTieBreakers: [],
}

export const defaultLcce: LcceConfig = {
  version: 2,
  hostName: 'lcce',
  vendorName: 'l2tp-failover-sim',
  framingCapabilities: 3,
  bearerCapabilities: 3,
  receiveWindow: 4,
  firstNs: 0,
  outOfOrder: 'queue',
  retransmit: { initial: 1000 * MILLISECOND, cap: 8 * SECOND, count: undefined },
  helloInterval: 60 * SECOND,
  secret: undefined,
  challenge: false,
  hideAvps: false,
  tieBreaker: false,
  tieBreakers: [],
  linger: 31 * SECOND,
  answerDelay: 50 * MILLISECOND,
  answerTimeout: 60 * SECOND,
  sessionIds: 'least-recently-used',
  dataThreshold: 4,
  maxTunnels: 65535,
  maxSessionsPerTunnel: 65535,
  maxHalfOpenTunnels: 65535,
  maxRecoveryTunnels: 16,
  maxQueuedMessages: 200_000,
  maxQueryEntries: 65535,
  v3: defaultVersion3,
  failover: defaultFailover,
  quirks: [],
  mutant: undefined,
}
