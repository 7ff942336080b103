// Schema of the protocol settings of an endpoint: the configuration of an LCCE (l2tp/config.ts) field by field, with the same
// defaults.

import * as z from 'zod'
import { MILLISECOND } from '../base/time.ts'
import { defaultFailover, defaultLcce, defaultVersion3 } from '../l2tp/config.ts'
import { OURS, durationOf, field, group, named, nullable, optional, sizeOf, text, whole } from './field.ts'

/** The Recovery Time of AVP 76 is a 32-bit number of milliseconds (RFC 4951 5.1). */
const LONGEST_RECOVERY_TIME = 0xffff_ffff * MILLISECOND

/** The Pseudowire Capabilities List has two octets for each type, and an AVP no more than 1023 in all (RFC 3931 5.1, 5.4.3). */
const MOST_PSEUDOWIRES = 508

const retransmit = z.strictObject({
  initial: field(
    durationOf({ min: MILLISECOND }),
    defaultLcce.retransmit.initial,
    'First retransmission interval; each further one doubles.',
    'RFC 2661 5.8',
  ),
  cap: field(
    durationOf({ min: MILLISECOND }),
    defaultLcce.retransmit.cap,
    'No interval grows beyond this. Below 8 s only with `allow: [short-retransmit-cap]`.',
    'RFC 2661 5.8',
  ),
  count: optional(
    whole(0, 1000),
    'Retransmissions before the peer is given up.',
    'RFC 2661 5.8, RFC 3931 4.2',
    '5 in L2TPv2, 10 in L2TPv3',
  ),
})

const failover = z.strictObject({
  enabled: field(
    z.boolean(),
    defaultFailover.enabled,
    'Send AVP 76 (Failover Capability) when a tunnel is set up.',
    'RFC 4951 3.1',
  ),
  controlChannel: field(
    z.boolean(),
    defaultFailover.controlChannel,
    'C bit: control channel failures can be recovered.',
    'RFC 4951 5.1',
  ),
  dataChannel: field(
    z.boolean(),
    defaultFailover.dataChannel,
    'D bit: expected data sequence numbers can be reset.',
    'RFC 4951 5.1',
  ),
  recoveryTime: field(
    durationOf({ max: LONGEST_RECOVERY_TIME }),
    defaultFailover.recoveryTime,
    'Recovery Time asked of the peer: how long it waits before it takes our recovery for failed. Whole milliseconds.',
    'RFC 4951 5.1; the value is ours',
  ),
  suggestControlSequence: field(
    z.boolean(),
    defaultFailover.suggestControlSequence,
    'As remote endpoint: put AVP 78 (Suggested Control Sequence) into the SCCRP; otherwise both sides restart at zero.',
    'RFC 4951 3.2.1',
  ),
  recoveryTimer: field(
    z.enum(['parallel', 'afterExhaustion']),
    defaultFailover.recoveryTimer,
    'Recovery timer runs beside the retransmissions, or begins when they are exhausted.',
    'RFC 4951 5.1, R4951-AMB-03',
  ),
  dataPlaneSurvives: field(
    z.boolean(),
    defaultFailover.dataPlaneSurvives,
    'The data plane keeps its sequence numbers over a control channel failure: no restart at 0, no session torn down for D = 0.',
    'RFC 4951 3.2.3, R4951-AMB-24, -29',
  ),
  allowedRecoveryEndpoints: optional(
    nullable(z.array(text())),
    'Addresses (or endpoint names: their addresses and those of their backups) that may recover a tunnel beside the peer’s ' +
      'own. With a list, requests from anywhere else are dropped silently.',
    'R4951-AMB-35, -67, -68',
    'only the peer’s own address; others are answered with a refusal',
  ),
  guardTime: field(
    durationOf(),
    defaultFailover.guardTime,
    'As remote endpoint: end the recovery tunnel when it is still up after this time.',
    'R4951-AMB-42',
  ),
  query: field(
    z.enum(['all', 'suspect', 'none']),
    defaultFailover.query,
    'Which established sessions are queried after a recovery.',
    'R4951-AMB-53',
  ),
  suspectAfter: field(
    durationOf(),
    defaultFailover.suspectAfter,
    'With `query: suspect`: sessions without received data for so long.',
    'R4951-AMB-53',
  ),
  staleDelay: field(
    durationOf(),
    defaultFailover.staleDelay,
    'How long after it is found a stale session is queried.',
    'R4951-AMB-63',
  ),
  responseTimeout: field(
    durationOf({ min: MILLISECOND }),
    defaultFailover.responseTimeout,
    'Wait for the FSR that answers an FSQ.',
    'R4951-AMB-64',
  ),
  queryTries: field(
    whole(1, 1000),
    defaultFailover.queryTries,
    'FSQs sent in all before a session is left as it is.',
    'R4951-AMB-64',
  ),
  mtu: field(
    sizeOf({ min: 68, max: 65_535 }),
    defaultFailover.mtu,
    'IP packet size that an FSQ or FSR must fit.',
    'RFC 4951 3.3, R4951-AMB-57',
  ),
  responseLimit: field(
    whole(0, 65_535),
    defaultFailover.responseLimit,
    'FSS AVPs in one FSR at most; 0 for as many as fit.',
    'RFC 4951 3.3; the value is ours',
  ),
  coalesceResponses: field(
    z.boolean(),
    defaultFailover.coalesceResponses,
    'Answers to several FSQs are gathered into one FSR.',
    'RFC 4951 3.3; the value is ours',
  ),
  shuffleResponses: field(
    z.boolean(),
    defaultFailover.shuffleResponses,
    'The answers in an FSR stand in random order.',
    'RFC 4951 3.3; the value is ours',
  ),
  retries: field(
    whole(0, 1000),
    defaultFailover.retries,
    'As recovery endpoint: further attempts, each with a new recovery tunnel, within our own advertised Recovery Time.',
    'R4951-AMB-17',
  ),
  parallel: field(whole(0, 65_535), defaultFailover.parallel, 'Recoveries under way at a time; 0 for no limit.', OURS),
  tunnelLimit: field(
    whole(0, 65_535),
    defaultFailover.tunnelLimit,
    'Recover at most so many tunnels, in order of Tunnel ID; 0 for all.',
    'RFC 4951 3.2; the value is ours',
  ),
  force: field(
    z.boolean(),
    defaultFailover.force,
    'Attempt recovery even when the capabilities exchanged do not allow it (to see the refusal).',
    OURS,
  ),
})

const version3 = z.strictObject({
  routerId: optional(
    whole(0, 0xffff_ffff),
    'Router ID AVP: identifies this LCCE to its peers, together with the Host Name.',
    'RFC 3931 5.4.3',
    'the IPv4 address of the endpoint as a number',
  ),
  pseudowireTypes: field(
    z.array(whole(0, 65_535)).min(1).max(MOST_PSEUDOWIRES),
    [...defaultVersion3.pseudowireTypes],
    'Pseudowire Capabilities List: types that calls may have; the first is that of the calls placed. 7 is PPP, 5 Ethernet.',
    'RFC 3931 5.4.3; the value is ours',
  ),
  cookieOctets: field(
    z.literal([0, 4, 8]),
    0,
    'Octets of the random cookie that the peer must put into the data it sends; data with another one is dropped. 0 for none.',
    'RFC 3931 4.1, 5.4.4; the value is ours',
  ),
  digest: field(
    z.enum(['HMAC-MD5', 'HMAC-SHA-1', 'none']),
    defaultVersion3.digest,
    'Message Digest in every control message. With a `secret` it authenticates them; with `none` a `secret` serves nothing.',
    'RFC 3931 4.3, 5.4.1',
  ),
  nextSecret: optional(
    nullable(text()),
    'A second shared secret, while `secret` is being changed for it: every message has a digest of each, and either is accepted.',
    'RFC 3931 5.4.1',
    'none',
  ),
  integrity: field(
    z.boolean(),
    defaultVersion3.integrity,
    'A digest without a `secret` too: it shows what was corrupted on the way, and authenticates nobody.',
    'RFC 3931 4.3, 4.1.1.2',
  ),
  sessionTieBreaker: field(
    z.boolean(),
    defaultVersion3.sessionTieBreaker,
    'Put a Session Tie Breaker into call requests.',
    'RFC 3931 5.4.4',
  ),
  sessionTieBreakers: field(
    z.array(whole(0, Number.MAX_SAFE_INTEGER)),
    [...defaultVersion3.sessionTieBreakers],
    'Values of the Session Tie Breakers, in the order in which they are sent; those used up, they are drawn at random.',
    'RFC 3931 5.4.4',
  ),
})

const settings = z.strictObject({
  version: field(
    z.literal([2, 3, 'both']),
    defaultLcce.version,
    'Protocol versions spoken: 2 for L2TPv2, 3 for L2TPv3, or `both`.',
    'RFC 2661, RFC 3931 4.7.2',
  ),
  hostName: optional(
    text(),
    'Host Name AVP: how this LCCE names itself to its peers.',
    'RFC 2661 4.4.3',
    'the name of the endpoint',
  ),
  vendorName: field(
    z.string(),
    defaultLcce.vendorName,
    'Vendor Name AVP; empty leaves it out.',
    'RFC 2661 4.4.3; the value is ours',
  ),
  framingCapabilities: field(
    whole(0, 3),
    defaultLcce.framingCapabilities,
    'Framing Capabilities: 1 synchronous, 2 asynchronous, 3 both.',
    'RFC 2661 4.4.3; the value is ours',
  ),
  bearerCapabilities: field(
    whole(0, 3),
    defaultLcce.bearerCapabilities,
    'Bearer Capabilities: 1 digital, 2 analog, 3 both; 0 leaves the AVP out.',
    'RFC 2661 4.4.3; the value is ours',
  ),
  receiveWindow: field(
    whole(1, 65_535),
    defaultLcce.receiveWindow,
    'Own Receive Window Size: control messages the peer may have outstanding.',
    'RFC 2661 4.4.3',
  ),
  firstNs: field(
    whole(0, 65_535),
    defaultLcce.firstNs,
    'Ns of the first message of every control channel, in both directions: both ends need the same. Near 65535 it brings the wrap near.',
    'RFC 2661 5.8',
  ),
  outOfOrder: field(
    z.enum(['queue', 'drop']),
    defaultLcce.outOfOrder,
    'Control messages ahead of the expected Ns are kept or dropped.',
    'RFC 2661 5.8; the choice is ours',
  ),
  retransmit: group(retransmit, 'Retransmission of control messages.', 'RFC 2661 5.8'),
  helloInterval: field(durationOf(), defaultLcce.helloInterval, 'Silence before a HELLO is sent; 0 for none.', 'RFC 2661 5.5'),
  secret: optional(
    nullable(text()),
    'Shared secret for tunnel authentication (in L2TPv3: for the digest of every control message) and hidden AVPs; `null` for none.',
    'RFC 2661 5.1.1, RFC 3931 4.3',
    'none',
  ),
  challenge: field(
    z.boolean(),
    defaultLcce.challenge,
    'L2TPv2: authenticate the peer with a Challenge. Needs a secret, which alone does it in L2TPv3.',
    'RFC 2661 5.1.1',
  ),
  hideAvps: field(z.boolean(), defaultLcce.hideAvps, 'Hide every AVP that may be hidden. Needs a secret.', 'RFC 2661 4.3'),
  tieBreaker: field(z.boolean(), defaultLcce.tieBreaker, 'Put a Tie Breaker into ordinary SCCRQs.', 'RFC 2661 4.4.3, RFC 3931 5.4.3'),
  tieBreakers: field(
    z.array(whole(0, Number.MAX_SAFE_INTEGER)),
    [...defaultLcce.tieBreakers],
    'Values of the tie breakers of its SCCRQs, ordinary and of recoveries, in the order in which they are sent; the lower one wins. ' +
      'Whoever takes over or comes back begins with the first again. Those used up, they are drawn at random.',
    'RFC 2661 4.4.3, RFC 4951 3.2.1',
  ),
  linger: field(
    durationOf(),
    defaultLcce.linger,
    'State kept after a StopCCN, to acknowledge its retransmissions; in L2TPv3 no less than 31 s and than all of them take.',
    'RFC 2661 5.7, RFC 3931 3.3.2',
  ),
  answerDelay: field(durationOf(), defaultLcce.answerDelay, 'As LAC: when the far end of an outgoing call answers.', OURS),
  answerTimeout: field(
    durationOf(),
    defaultLcce.answerTimeout,
    'As LAC: how long an outgoing call may take to be answered.',
    'RFC 2661 7.5.1; the value is ours',
  ),
  sessionIds: field(
    z.enum(['least-recently-used', 'lowest-free', 'random']),
    defaultLcce.sessionIds,
    'Which free Session ID, and Tunnel ID, is assigned next.',
    'RFC 4951 3.3',
  ),
  dataThreshold: field(
    whole(1, 65_535),
    defaultLcce.dataThreshold,
    'n: old data messages in sequence until the expected number is reset.',
    'RFC 4951 3.2.3, RFC 3931 C, R4951-AMB-25',
  ),
  maxTunnels: field(
    whole(1, 65_535),
    defaultLcce.maxTunnels,
    'Tunnels that peers can make this LCCE hold.',
    'RFC 2661 3.1 (16-bit Tunnel IDs)',
  ),
  maxSessionsPerTunnel: field(
    whole(1, 65_535),
    defaultLcce.maxSessionsPerTunnel,
    'Sessions that a peer can make this LCCE hold in one tunnel.',
    'RFC 2661 3.1 (16-bit Session IDs)',
  ),
  maxHalfOpenTunnels: field(
    whole(1, 65_535),
    defaultLcce.maxHalfOpenTunnels,
    'Tunnels asked for by peers and not established that this LCCE holds, refused ones included; further SCCRQs are dropped.',
    OURS,
  ),
  maxRecoveryTunnels: field(
    whole(1, 65_535),
    defaultLcce.maxRecoveryTunnels,
    'Unfinished recovery tunnels for one old tunnel; further recovery SCCRQs are dropped.',
    'R4951-AMB-46; the value is ours',
  ),
  maxQueuedMessages: field(
    whole(1, 100_000_000),
    defaultLcce.maxQueuedMessages,
    'Control messages of one tunnel that wait to be sent or acknowledged; beyond them nothing new of the peer is accepted.',
    OURS,
  ),
  maxQueryEntries: field(
    whole(1, 100_000_000),
    defaultLcce.maxQueryEntries,
    'Session states queried by the peer of one tunnel that wait for their answer; further ones are ignored.',
    'RFC 4951 3.3; the value is ours',
  ),
  v3: group(version3, 'What only L2TPv3 has.', 'RFC 3931'),
  failover: group(failover, 'Failover settings.', 'RFC 4951'),
})

/** The settings of an LCCE as a file writes them. */
export const l2tpSchema = named('l2tp', settings)
