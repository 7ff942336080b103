// The registry of control messages: one row per message (RFC 2661 sections 3.2 and 6, RFC 3931 sections 3.1 and 6, RFC 4951
// section 4). What differs between the protocol versions is in the columns v2 and v3: which AVPs it carries, listed in the order
// in which they are sent after Message Type. Message Digest and Random Vector belong to the codec. Message types, encoder, decoder,
// generators and inspector are derived from the rows.

import type { AvpName, AvpValue, Version } from './avps.ts'

/** The AVPs of a message in one protocol version. */
export interface MessageAvps {
  /** AVPs without which it is malformed (RFC 2661 7.1, RFC 3931 7.1); a repeating one may be absent (R4951-AMB-56). */
  readonly required: readonly string[]
  readonly optional: readonly string[]
  readonly ref: string
}

export interface MessageRow {
  readonly type: string
  /** Value of the Message Type AVP. */
  readonly number: number
  /** Name in the RFC. */
  readonly title: string
  /** What the message is about, and so what ends when it cannot be processed. */
  readonly scope: 'tunnel' | 'session'
  /** M bit of the Message Type AVP. */
  readonly mandatory: boolean
  /** Every other AVP is ignored, whatever its M bit (RFC 4951 4.1, 4.2). */
  readonly ignoresOthers?: true
  /** Absent in a version that does not have the message. */
  readonly v2?: MessageAvps
  readonly v3?: MessageAvps
}

const tunnel = { scope: 'tunnel', mandatory: true } as const
const session = { scope: 'session', mandatory: true } as const
const failover = { scope: 'tunnel', mandatory: false, ignoresOthers: true } as const
const states = { required: ['failoverSessionStates'], optional: [] } as const
const query = { ...states, ref: 'RFC 4951 4.1' } as const
const response = { ...states, ref: 'RFC 4951 4.2' } as const

export const messageRows = [
  {
    type: 'SCCRQ',
    number: 1,
    title: 'Start-Control-Connection-Request',
    ...tunnel,
    v2: {
      required: ['protocolVersion', 'hostName', 'framingCapabilities', 'assignedTunnelId'],
      optional: [
        'bearerCapabilities',
        'receiveWindowSize',
        'challenge',
        'tieBreaker',
        'firmwareRevision',
        'vendorName',
        'failoverCapability',
        'tunnelRecovery',
      ],
      ref: 'RFC 2661 6.1',
    },
    v3: {
      required: ['hostName', 'routerId', 'assignedTunnelId', 'pseudowireCapabilities'],
      optional: [
        'nonce',
        'tieBreaker',
        'vendorName',
        'receiveWindowSize',
        'preferredLanguage',
        'failoverCapability',
        'tunnelRecovery',
      ],
      ref: 'RFC 3931 6.1',
    },
  },
  {
    type: 'SCCRP',
    number: 2,
    title: 'Start-Control-Connection-Reply',
    ...tunnel,
    v2: {
      required: ['protocolVersion', 'framingCapabilities', 'hostName', 'assignedTunnelId'],
      optional: [
        'bearerCapabilities',
        'firmwareRevision',
        'vendorName',
        'receiveWindowSize',
        'challenge',
        'challengeResponse',
        'failoverCapability',
        'suggestedControlSequence',
      ],
      ref: 'RFC 2661 6.2',
    },
    v3: {
      required: ['hostName', 'routerId', 'assignedTunnelId', 'pseudowireCapabilities'],
      optional: [
        'nonce',
        'vendorName',
        'receiveWindowSize',
        'preferredLanguage',
        'failoverCapability',
        'suggestedControlSequence',
      ],
      ref: 'RFC 3931 6.2',
    },
  },
  {
    type: 'SCCCN',
    number: 3,
    title: 'Start-Control-Connection-Connected',
    ...tunnel,
    v2: { required: [], optional: ['challengeResponse'], ref: 'RFC 2661 6.3' },
    v3: { required: [], optional: [], ref: 'RFC 3931 6.3' },
  },
  {
    type: 'StopCCN',
    number: 4,
    title: 'Stop-Control-Connection-Notification',
    ...tunnel,
    v2: { required: ['assignedTunnelId', 'resultCode'], optional: [], ref: 'RFC 2661 6.4' },
    v3: { required: ['resultCode'], optional: ['assignedTunnelId'], ref: 'RFC 3931 6.4' },
  },
  {
    type: 'HELLO',
    number: 6,
    title: 'Hello',
    ...tunnel,
    v2: { required: [], optional: [], ref: 'RFC 2661 6.5' },
    v3: { required: [], optional: [], ref: 'RFC 3931 6.5' },
  },
  {
    type: 'OCRQ',
    number: 7,
    title: 'Outgoing-Call-Request',
    ...session,
    v2: {
      required: [
        'assignedSessionId',
        'callSerialNumber',
        'minimumBps',
        'maximumBps',
        'bearerType',
        'framingType',
        'calledNumber',
      ],
      optional: ['subAddress'],
      ref: 'RFC 2661 6.9',
    },
    v3: {
      required: ['assignedSessionId', 'remoteSessionId', 'callSerialNumber', 'pseudowireType', 'remoteEndId', 'circuitStatus'],
      optional: ['assignedCookie', 'txConnectSpeed', 'rxConnectSpeed', 'tieBreaker', 'l2SpecificSublayer', 'dataSequencing'],
      ref: 'RFC 3931 6.9',
    },
  },
  {
    type: 'OCRP',
    number: 8,
    title: 'Outgoing-Call-Reply',
    ...session,
    v2: { required: ['assignedSessionId'], optional: ['physicalChannelId'], ref: 'RFC 2661 6.10' },
    v3: {
      required: ['assignedSessionId', 'remoteSessionId', 'circuitStatus'],
      optional: [
        'assignedCookie',
        'l2SpecificSublayer',
        'txConnectSpeed',
        'rxConnectSpeed',
        'dataSequencing',
        'physicalChannelId',
      ],
      ref: 'RFC 3931 6.10',
    },
  },
  {
    type: 'OCCN',
    number: 9,
    title: 'Outgoing-Call-Connected',
    ...session,
    v2: { required: ['txConnectSpeed', 'framingType'], optional: ['rxConnectSpeed', 'sequencingRequired'], ref: 'RFC 2661 6.11' },
    v3: {
      required: ['assignedSessionId', 'remoteSessionId'],
      optional: ['l2SpecificSublayer', 'txConnectSpeed', 'rxConnectSpeed', 'dataSequencing', 'circuitStatus'],
      ref: 'RFC 3931 6.11',
    },
  },
  {
    type: 'ICRQ',
    number: 10,
    title: 'Incoming-Call-Request',
    ...session,
    v2: {
      required: ['assignedSessionId', 'callSerialNumber'],
      optional: ['bearerType', 'physicalChannelId', 'callingNumber', 'calledNumber', 'subAddress'],
      ref: 'RFC 2661 6.6',
    },
    v3: {
      required: ['assignedSessionId', 'remoteSessionId', 'callSerialNumber', 'pseudowireType', 'remoteEndId', 'circuitStatus'],
      optional: [
        'assignedCookie',
        'tieBreaker',
        'l2SpecificSublayer',
        'dataSequencing',
        'txConnectSpeed',
        'rxConnectSpeed',
        'physicalChannelId',
      ],
      ref: 'RFC 3931 6.6',
    },
  },
  {
    type: 'ICRP',
    number: 11,
    title: 'Incoming-Call-Reply',
    ...session,
    v2: { required: ['assignedSessionId'], optional: [], ref: 'RFC 2661 6.7' },
    v3: {
      required: ['assignedSessionId', 'remoteSessionId', 'circuitStatus'],
      optional: [
        'assignedCookie',
        'l2SpecificSublayer',
        'dataSequencing',
        'txConnectSpeed',
        'rxConnectSpeed',
        'physicalChannelId',
      ],
      ref: 'RFC 3931 6.7',
    },
  },
  {
    type: 'ICCN',
    number: 12,
    title: 'Incoming-Call-Connected',
    ...session,
    v2: {
      required: ['txConnectSpeed', 'framingType'],
      optional: [
        'initialReceivedLcpConfreq',
        'lastSentLcpConfreq',
        'lastReceivedLcpConfreq',
        'proxyAuthenType',
        'proxyAuthenName',
        'proxyAuthenChallenge',
        'proxyAuthenId',
        'proxyAuthenResponse',
        'privateGroupId',
        'rxConnectSpeed',
        'sequencingRequired',
      ],
      ref: 'RFC 2661 6.8',
    },
    v3: {
      required: ['assignedSessionId', 'remoteSessionId'],
      optional: ['l2SpecificSublayer', 'dataSequencing', 'txConnectSpeed', 'rxConnectSpeed', 'circuitStatus'],
      ref: 'RFC 3931 6.8',
    },
  },
  {
    type: 'CDN',
    number: 14,
    title: 'Call-Disconnect-Notify',
    ...session,
    v2: { required: ['resultCode', 'assignedSessionId'], optional: ['q931CauseCode'], ref: 'RFC 2661 6.12' },
    v3: { required: ['resultCode', 'assignedSessionId', 'remoteSessionId'], optional: [], ref: 'RFC 3931 6.12' },
  },
  {
    type: 'WEN',
    number: 15,
    title: 'WAN-Error-Notify',
    ...session,
    v2: { required: ['callErrors'], optional: [], ref: 'RFC 2661 6.13' },
    v3: { required: ['assignedSessionId', 'remoteSessionId', 'circuitErrors'], optional: [], ref: 'RFC 3931 6.13' },
  },
  {
    type: 'SLI',
    number: 16,
    title: 'Set-Link-Info',
    ...session,
    v2: { required: ['accm'], optional: [], ref: 'RFC 2661 6.14' },
    v3: { required: ['assignedSessionId', 'remoteSessionId'], optional: ['circuitStatus'], ref: 'RFC 3931 6.14' },
  },
  {
    type: 'ACK',
    number: 20,
    title: 'Explicit-Acknowledgement',
    ...tunnel,
    v3: { required: [], optional: [], ref: 'RFC 3931 6.15' },
  },
  { type: 'FSQ', number: 21, title: 'Failover-Session-Query', ...failover, v2: query, v3: query },
  { type: 'FSR', number: 22, title: 'Failover-Session-Response', ...failover, v2: response, v3: response },
] as const satisfies readonly (MessageRow & { readonly v2?: Lists<2>; readonly v3?: Lists<3> })[]

/** Only AVPs of the version itself. */
interface Lists<V extends Version> {
  readonly required: readonly AvpName<V>[]
  readonly optional: readonly AvpName<V>[]
}

/** The AVPs of a message in a protocol version; undefined if that version does not have it. */
export function avpsIn(version: Version, row: MessageRow): MessageAvps | undefined {
  return version === 2 ? row.v2 : row.v3
}

type Flat<T> = { [K in keyof T]: T[K] }

type MessageOf<R, V extends Version> = R extends { readonly type: infer T } & Readonly<Record<`v${V}`, infer A>>
  ? A extends { readonly required: readonly (infer Q extends string)[]; readonly optional: readonly (infer O extends string)[] }
    ? Flat<
        { readonly type: T } & { readonly [N in Q]: AvpValue<N, V> } & {
          readonly [N in O]?: AvpValue<N, V> | undefined
        }
      >
    : never
  : never

/** A control message of one protocol version as an object: its type and one property per AVP, absent AVPs undefined. */
export type MessageIn<V extends Version> = V extends Version ? MessageOf<(typeof messageRows)[number], V> : never

/** Any L2TPv2 control message with a body. */
export type ControlMessage = MessageIn<2>

/** Any control message of either version. */
export type AnyMessage = MessageIn<Version>

/** The message of one type in either version. */
export type AnyMessageOf<T extends AnyMessage['type']> = Extract<AnyMessage, { readonly type: T }>

/** The types of messages that a protocol version has; by default of both together. */
export type MessageType<V extends Version = Version> = MessageIn<V>['type']

/** The message of one type. */
export type Message<T extends MessageType, V extends Version = 2> = Extract<MessageIn<V>, { readonly type: T }>
