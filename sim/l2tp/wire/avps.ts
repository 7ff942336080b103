// The AVP registry: one row per AVP (RFC 2661 section 4.4, RFC 3931 section 5.4, RFC 4951 section 5). Types, codec, generators
// and the inspector's tree are derived from it. A row holds for the protocol versions it names; an AVP that differs between
// versions has a row for each. What means the same in both versions has one property name, whatever its attribute number: the
// number that the sender has assigned to a session is `assignedSessionId` in AVP 14 and, 32 bits wide, in AVP 63.

import {
  flags16,
  list16,
  mask32,
  namedOctets,
  octets,
  optionalText,
  optionalUint16,
  reserved,
  text,
  uint,
  uint64,
  type Part,
  type ValueOf,
} from './layout.ts'

export type Version = 2 | 3

export interface AvpRow {
  readonly attribute: number
  /** Name of the property in a message object. */
  readonly name: string
  /** Name in the RFC. */
  readonly title: string
  readonly value: readonly Part[]
  /** Another layout that is read too, but never sent. */
  readonly alsoReads?: readonly Part[]
  /** M bit as sent (Message Type takes it from the message's row). The M bit of a received AVP that we know is never judged. */
  readonly mandatory: boolean
  /** Whether the H bit may be set (RFC 2661 4.3). */
  readonly hides: boolean
  /** It may occur any number of times and becomes a list; nothing is missing when the list is empty. */
  readonly repeats?: true
  readonly versions: readonly Version[]
  readonly ref: string
  /** The section that holds for L2TPv3 if the row holds for both versions. */
  readonly ref3?: string
}

// Columns: M bit and permission to hide; protocol versions; section.
const MH = { mandatory: true, hides: true } as const
const M = { mandatory: true, hides: false } as const
const H = { mandatory: false, hides: true } as const
const none = { mandatory: false, hides: false } as const
const v2 = { versions: [2] } as const
const v3 = { versions: [3] } as const
const both = { versions: [2, 3] } as const
const all = { ref: 'RFC 2661 4.4.1', ref3: 'RFC 3931 5.4.1' } as const
const result = { ref: 'RFC 2661 4.4.2', ref3: 'RFC 3931 5.4.2' } as const
const control = { ref: 'RFC 2661 4.4.3', ref3: 'RFC 3931 5.4.3' } as const
const call = { ref: 'RFC 2661 4.4.4', ref3: 'RFC 3931 5.4.4' } as const
const proxy = { ref: 'RFC 2661 4.4.5' } as const
const status = { ref: 'RFC 2661 4.4.6' } as const
const vendor3 = { ref: 'RFC 3931 5.1' } as const
const all3 = { ref: 'RFC 3931 5.4.1' } as const
const control3 = { ref: 'RFC 3931 5.4.3' } as const
const session3 = { ref: 'RFC 3931 5.4.4' } as const
const circuit3 = { ref: 'RFC 3931 5.4.5' } as const

// Values used by several rows, or too long for one.
const u16 = uint(2, '')
const u32 = uint(4, '')
const assigned16 = uint(2, '', { min: 1 })
const framing = mask32({ 2: 'asynchronous', 1: 'synchronous' })
const bearer = mask32({ 2: 'analog', 1: 'digital' })
const latin1 = text('latin1')
const opaque = octets()
const proxyType = uint(2, '', { meanings: { 1: 'textual', 2: 'CHAP', 3: 'PAP', 4: 'none', 5: 'MSCHAPv1' } })
const version = [uint(1, 'version'), uint(1, 'revision')] as const
const resultCode = [uint(2, 'result'), optionalUint16('error'), optionalText('message', 'utf8')] as const
const causeCode = [uint(2, 'cause'), uint(1, 'causeMessage'), optionalText('advisory', 'latin1')] as const
const callErrors = [
  reserved(2),
  uint(4, 'crcErrors'),
  uint(4, 'framingErrors'),
  uint(4, 'hardwareOverruns'),
  uint(4, 'bufferOverruns'),
  uint(4, 'timeoutErrors'),
  uint(4, 'alignmentErrors'),
] as const
const accm = [reserved(2), uint(4, 'send', { base: 16 }), uint(4, 'receive', { base: 16 })] as const
const capability = [flags16({ control: 1, data: 2 }, true), uint(4, 'recoveryTimeMs')] as const
const tunnelPair = [reserved(4), uint(2, 'recoverTunnelId'), reserved(2), uint(2, 'recoverRemoteTunnelId')] as const
const suggested = [reserved(2), uint(2, 'suggestedNs'), uint(2, 'suggestedNr')] as const
const sessionPair = [reserved(4), uint(2, 'sessionId'), reserved(2), uint(2, 'remoteSessionId')] as const

// The same for L2TPv3. Pseudowire types: the IANA registry "L2TPv3 Pseudowire Types"; digest types: R3931-AMB-01.
const assigned32 = uint(4, '', { min: 1 })
const pseudowires = { 1: 'Frame Relay', 2: 'ATM AAL5', 3: 'ATM port', 4: 'Ethernet VLAN', 5: 'Ethernet', 6: 'HDLC', 7: 'PPP' }
const pseudowireType = uint(2, '', { meanings: pseudowires })
const sublayer = uint(2, '', { meanings: { 0: 'none', 1: 'default' } })
const sequencing = uint(2, '', { meanings: { 0: 'none', 1: 'non-IP packets', 2: 'all packets' } })
const circuit = [flags16({ active: 1, new: 2 }, false)] as const
const digest = [uint(1, 'digestType', { meanings: { 0: 'HMAC-MD5', 1: 'HMAC-SHA-1' } }), namedOctets('digest')] as const
const vendorAvp = [uint(4, 'vendorId'), uint(2, 'attributeType'), namedOctets('value')] as const
const circuitCounters = [
  uint(4, 'hardwareOverruns'),
  uint(4, 'bufferOverruns'),
  uint(4, 'timeoutErrors'),
  uint(4, 'alignmentErrors'),
] as const
const circuitErrors = [reserved(2), ...circuitCounters] as const
/** As in L2TPv2 with two more counters in front: the Length that RFC 3931 states (R3931-AMB-02). */
const longCircuitErrors = [reserved(10), ...circuitCounters] as const
const tunnelPair32 = [reserved(2), uint(4, 'recoverTunnelId'), uint(4, 'recoverRemoteTunnelId')] as const
const sessionPair32 = [reserved(2), uint(4, 'sessionId'), uint(4, 'remoteSessionId')] as const

export const avpRows = [
  { attribute: 0, name: 'messageType', title: 'Message Type', value: [u16], ...M, ...both, ...all },
  { attribute: 1, name: 'resultCode', title: 'Result Code', value: resultCode, ...M, ...both, ...result },
  { attribute: 2, name: 'protocolVersion', title: 'Protocol Version', value: version, ...M, ...v2, ...control },
  { attribute: 3, name: 'framingCapabilities', title: 'Framing Capabilities', value: [framing], ...MH, ...v2, ...control },
  { attribute: 4, name: 'bearerCapabilities', title: 'Bearer Capabilities', value: [bearer], ...MH, ...v2, ...control },
  { attribute: 5, name: 'tieBreaker', title: 'Tie Breaker', value: [octets(8, 8)], ...none, ...v2, ...control },
  { attribute: 6, name: 'firmwareRevision', title: 'Firmware Revision', value: [u16], ...H, ...v2, ...control },
  { attribute: 7, name: 'hostName', title: 'Host Name', value: [text('latin1', 1)], ...M, ...both, ...control },
  { attribute: 8, name: 'vendorName', title: 'Vendor Name', value: [text('utf8')], ...H, ...v2, ...control },
  { attribute: 9, name: 'assignedTunnelId', title: 'Assigned Tunnel ID', value: [assigned16], ...MH, ...v2, ...control },
  { attribute: 10, name: 'receiveWindowSize', title: 'Receive Window Size', value: [assigned16], ...M, ...both, ...control },
  { attribute: 11, name: 'challenge', title: 'Challenge', value: [octets(1)], ...MH, ...v2, ...control },
  { attribute: 12, name: 'q931CauseCode', title: 'Q.931 Cause Code', value: causeCode, ...M, ...v2, ...call },
  { attribute: 13, name: 'challengeResponse', title: 'Challenge Response', value: [octets(16, 16)], ...MH, ...v2, ...control },
  { attribute: 14, name: 'assignedSessionId', title: 'Assigned Session ID', value: [assigned16], ...MH, ...v2, ...call },
  { attribute: 15, name: 'callSerialNumber', title: 'Call Serial Number', value: [u32], ...MH, ...v2, ...call },
  { attribute: 16, name: 'minimumBps', title: 'Minimum BPS', value: [u32], ...MH, ...v2, ...call },
  { attribute: 17, name: 'maximumBps', title: 'Maximum BPS', value: [u32], ...MH, ...v2, ...call },
  { attribute: 18, name: 'bearerType', title: 'Bearer Type', value: [bearer], ...MH, ...v2, ...call },
  { attribute: 19, name: 'framingType', title: 'Framing Type', value: [framing], ...MH, ...v2, ...call },
  { attribute: 21, name: 'calledNumber', title: 'Called Number', value: [latin1], ...MH, ...v2, ...call },
  { attribute: 22, name: 'callingNumber', title: 'Calling Number', value: [latin1], ...MH, ...v2, ...call },
  { attribute: 23, name: 'subAddress', title: 'Sub-Address', value: [latin1], ...MH, ...v2, ...call },
  { attribute: 24, name: 'txConnectSpeed', title: '(Tx) Connect Speed', value: [u32], ...MH, ...v2, ...call },
  { attribute: 25, name: 'physicalChannelId', title: 'Physical Channel ID', value: [u32], ...H, ...both, ...call },
  {
    attribute: 26,
    name: 'initialReceivedLcpConfreq',
    title: 'Initial Received LCP CONFREQ',
    value: [opaque],
    ...H,
    ...v2,
    ...proxy,
  },
  { attribute: 27, name: 'lastSentLcpConfreq', title: 'Last Sent LCP CONFREQ', value: [opaque], ...H, ...v2, ...proxy },
  { attribute: 28, name: 'lastReceivedLcpConfreq', title: 'Last Received LCP CONFREQ', value: [opaque], ...H, ...v2, ...proxy },
  { attribute: 29, name: 'proxyAuthenType', title: 'Proxy Authen Type', value: [proxyType], ...H, ...v2, ...proxy },
  { attribute: 30, name: 'proxyAuthenName', title: 'Proxy Authen Name', value: [latin1], ...H, ...v2, ...proxy },
  { attribute: 31, name: 'proxyAuthenChallenge', title: 'Proxy Authen Challenge', value: [opaque], ...H, ...v2, ...proxy },
  { attribute: 32, name: 'proxyAuthenId', title: 'Proxy Authen ID', value: [reserved(1), uint(1, '')], ...H, ...v2, ...proxy },
  { attribute: 33, name: 'proxyAuthenResponse', title: 'Proxy Authen Response', value: [opaque], ...H, ...v2, ...proxy },
  { attribute: 34, name: 'callErrors', title: 'Call Errors', value: callErrors, ...MH, ...v2, ...status },
  { attribute: 35, name: 'accm', title: 'ACCM', value: accm, ...MH, ...v2, ...status },
  { attribute: 36, name: 'randomVector', title: 'Random Vector', value: [opaque], ...M, ...both, ...all },
  { attribute: 37, name: 'privateGroupId', title: 'Private Group ID', value: [opaque], ...H, ...v2, ...call },
  { attribute: 38, name: 'rxConnectSpeed', title: 'Rx Connect Speed', value: [u32], ...H, ...v2, ...call },
  { attribute: 39, name: 'sequencingRequired', title: 'Sequencing Required', value: [], ...M, ...v2, ...call },
  { attribute: 5, name: 'tieBreaker', title: 'Tie Breaker', value: [octets(8, 8)], ...M, ...v3, ...control3 },
  { attribute: 8, name: 'vendorName', title: 'Vendor Name', value: [latin1], ...H, ...v3, ...control3 },
  { attribute: 15, name: 'callSerialNumber', title: 'Serial Number', value: [u32], ...H, ...v3, ...session3 },
  {
    attribute: 34,
    name: 'circuitErrors',
    title: 'Circuit Errors',
    value: circuitErrors,
    alsoReads: longCircuitErrors,
    ...H,
    ...v3,
    ...circuit3,
  },
  { attribute: 58, name: 'extendedVendorId', title: 'Extended Vendor ID', value: vendorAvp, ...H, ...v3, ...vendor3 },
  { attribute: 59, name: 'messageDigest', title: 'Message Digest', value: digest, ...M, ...v3, ...all3 },
  { attribute: 60, name: 'routerId', title: 'Router ID', value: [u32], ...M, ...v3, ...control3 },
  {
    attribute: 61,
    name: 'assignedTunnelId',
    title: 'Assigned Control Connection ID',
    value: [assigned32],
    ...MH,
    ...v3,
    ...control3,
  },
  {
    attribute: 62,
    name: 'pseudowireCapabilities',
    title: 'Pseudowire Capabilities List',
    value: [list16(1, pseudowires)],
    ...MH,
    ...v3,
    ...control3,
  },
  { attribute: 63, name: 'assignedSessionId', title: 'Local Session ID', value: [assigned32], ...MH, ...v3, ...session3 },
  { attribute: 64, name: 'remoteSessionId', title: 'Remote Session ID', value: [u32], ...MH, ...v3, ...session3 },
  { attribute: 65, name: 'assignedCookie', title: 'Assigned Cookie', value: [octets(0, 8, 4)], ...MH, ...v3, ...session3 },
  { attribute: 66, name: 'remoteEndId', title: 'Remote End ID', value: [opaque], ...MH, ...v3, ...session3 },
  { attribute: 68, name: 'pseudowireType', title: 'Pseudowire Type', value: [pseudowireType], ...MH, ...v3, ...session3 },
  { attribute: 69, name: 'l2SpecificSublayer', title: 'L2-Specific Sublayer', value: [sublayer], ...MH, ...v3, ...session3 },
  { attribute: 70, name: 'dataSequencing', title: 'Data Sequencing', value: [sequencing], ...MH, ...v3, ...session3 },
  { attribute: 71, name: 'circuitStatus', title: 'Circuit Status', value: circuit, ...MH, ...v3, ...circuit3 },
  { attribute: 72, name: 'preferredLanguage', title: 'Preferred Language', value: [latin1], ...H, ...v3, ...control3 },
  { attribute: 73, name: 'nonce', title: 'Control Message Authentication Nonce', value: [opaque], ...M, ...v3, ...all3 },
  { attribute: 74, name: 'txConnectSpeed', title: 'Tx Connect Speed', value: [uint64()], ...H, ...v3, ...session3 },
  { attribute: 75, name: 'rxConnectSpeed', title: 'Rx Connect Speed', value: [uint64()], ...H, ...v3, ...session3 },
  {
    attribute: 76,
    name: 'failoverCapability',
    title: 'Failover Capability',
    value: capability,
    ...H,
    ...both,
    ref: 'RFC 4951 5.1',
  },
  { attribute: 77, name: 'tunnelRecovery', title: 'Tunnel Recovery', value: tunnelPair, ...M, ...v2, ref: 'RFC 4951 5.2' },
  { attribute: 77, name: 'tunnelRecovery', title: 'Tunnel Recovery', value: tunnelPair32, ...M, ...v3, ref: 'RFC 4951 5.2' },
  {
    attribute: 78,
    name: 'suggestedControlSequence',
    title: 'Suggested Control Sequence',
    value: suggested,
    ...H,
    ...both,
    ref: 'RFC 4951 5.3',
  },
  {
    attribute: 79,
    name: 'failoverSessionStates',
    title: 'Failover Session State',
    value: sessionPair,
    repeats: true,
    ...MH,
    ...v2,
    ref: 'RFC 4951 5.4',
  },
  {
    attribute: 79,
    name: 'failoverSessionStates',
    title: 'Failover Session State',
    value: sessionPair32,
    repeats: true,
    ...MH,
    ...v3,
    ref: 'RFC 4951 5.4',
  },
] as const satisfies readonly AvpRow[]

/** The section of a row in one protocol version. */
export function refIn(version: Version, { ref, ref3 }: AvpRow): string {
  return version === 3 ? (ref3 ?? ref) : ref
}

/** Those of the rows `R` that hold for version `V`. */
type InVersion<R, V extends Version> = R extends { readonly versions: readonly (infer W)[] }
  ? V extends W
    ? R
    : never
  : never

/** The rows of one protocol version, as types. */
type AvpOf<V extends Version> = InVersion<(typeof avpRows)[number], V>

/** Property names of the AVPs of one version. */
export type AvpName<V extends Version = 2> = AvpOf<V>['name']

type ValueOfRow<R> = R extends { readonly value: infer P extends readonly Part[] }
  ? R extends { readonly repeats: true }
    ? readonly ValueOf<P>[]
    : ValueOf<P>
  : never

/** What the property `N` of a message holds. */
export type AvpValue<N extends string, V extends Version = 2> = ValueOfRow<Extract<AvpOf<V>, { readonly name: N }>>
