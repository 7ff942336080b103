// The registry of control messages: one row per message (RFC 2661 sections 3.2 and 6, RFC 4951 section 4). AVPs are listed in the
// order in which they are sent, after Message Type; Random Vector may stand anywhere and belongs to the codec. Message types,
// encoder, decoder, generators and inspector are derived from the rows. A message that differs between versions has a row for
// each.

import type { AvpName, AvpValue, InVersion, Version } from './avps.ts'

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
  /** AVPs without which it is malformed (RFC 2661 7.1); a repeating one may be absent (R4951-AMB-56). */
  readonly required: readonly string[]
  readonly optional: readonly string[]
  /** Every other AVP is ignored, whatever its M bit (RFC 4951 4.1, 4.2). */
  readonly ignoresOthers?: true
  readonly versions: readonly Version[]
  readonly ref: string
}

const v2 = { versions: [2] } as const
const tunnel = { scope: 'tunnel', mandatory: true } as const
const session = { scope: 'session', mandatory: true } as const
const failover = { scope: 'tunnel', mandatory: false, ignoresOthers: true } as const

export const messageRows = [
  {
    type: 'SCCRQ',
    number: 1,
    title: 'Start-Control-Connection-Request',
    ...tunnel,
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
    ...v2,
    ref: 'RFC 2661 6.1',
  },
  {
    type: 'SCCRP',
    number: 2,
    title: 'Start-Control-Connection-Reply',
    ...tunnel,
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
    ...v2,
    ref: 'RFC 2661 6.2',
  },
  {
    type: 'SCCCN',
    number: 3,
    title: 'Start-Control-Connection-Connected',
    ...tunnel,
    required: [],
    optional: ['challengeResponse'],
    ...v2,
    ref: 'RFC 2661 6.3',
  },
  {
    type: 'StopCCN',
    number: 4,
    title: 'Stop-Control-Connection-Notification',
    ...tunnel,
    required: ['assignedTunnelId', 'resultCode'],
    optional: [],
    ...v2,
    ref: 'RFC 2661 6.4',
  },
  { type: 'HELLO', number: 6, title: 'Hello', ...tunnel, required: [], optional: [], ...v2, ref: 'RFC 2661 6.5' },
  {
    type: 'OCRQ',
    number: 7,
    title: 'Outgoing-Call-Request',
    ...session,
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
    ...v2,
    ref: 'RFC 2661 6.9',
  },
  {
    type: 'OCRP',
    number: 8,
    title: 'Outgoing-Call-Reply',
    ...session,
    required: ['assignedSessionId'],
    optional: ['physicalChannelId'],
    ...v2,
    ref: 'RFC 2661 6.10',
  },
  {
    type: 'OCCN',
    number: 9,
    title: 'Outgoing-Call-Connected',
    ...session,
    required: ['txConnectSpeed', 'framingType'],
    optional: ['rxConnectSpeed', 'sequencingRequired'],
    ...v2,
    ref: 'RFC 2661 6.11',
  },
  {
    type: 'ICRQ',
    number: 10,
    title: 'Incoming-Call-Request',
    ...session,
    required: ['assignedSessionId', 'callSerialNumber'],
    optional: ['bearerType', 'physicalChannelId', 'callingNumber', 'calledNumber', 'subAddress'],
    ...v2,
    ref: 'RFC 2661 6.6',
  },
  {
    type: 'ICRP',
    number: 11,
    title: 'Incoming-Call-Reply',
    ...session,
    required: ['assignedSessionId'],
    optional: [],
    ...v2,
    ref: 'RFC 2661 6.7',
  },
  {
    type: 'ICCN',
    number: 12,
    title: 'Incoming-Call-Connected',
    ...session,
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
    ...v2,
    ref: 'RFC 2661 6.8',
  },
  {
    type: 'CDN',
    number: 14,
    title: 'Call-Disconnect-Notify',
    ...session,
    required: ['resultCode', 'assignedSessionId'],
    optional: ['q931CauseCode'],
    ...v2,
    ref: 'RFC 2661 6.12',
  },
  {
    type: 'WEN',
    number: 15,
    title: 'WAN-Error-Notify',
    ...session,
    required: ['callErrors'],
    optional: [],
    ...v2,
    ref: 'RFC 2661 6.13',
  },
  {
    type: 'SLI',
    number: 16,
    title: 'Set-Link-Info',
    ...session,
    required: ['accm'],
    optional: [],
    ...v2,
    ref: 'RFC 2661 6.14',
  },
  {
    type: 'FSQ',
    number: 21,
    title: 'Failover-Session-Query',
    ...failover,
    required: ['failoverSessionStates'],
    optional: [],
    ...v2,
    ref: 'RFC 4951 4.1',
  },
  {
    type: 'FSR',
    number: 22,
    title: 'Failover-Session-Response',
    ...failover,
    required: ['failoverSessionStates'],
    optional: [],
    ...v2,
    ref: 'RFC 4951 4.2',
  },
] as const satisfies readonly (MessageRow & { readonly required: readonly AvpName[]; readonly optional: readonly AvpName[] })[]

type Flat<T> = { [K in keyof T]: T[K] }

type MessageOf<R, V extends Version> = R extends {
  readonly type: infer T
  readonly required: readonly (infer Q extends string)[]
  readonly optional: readonly (infer O extends string)[]
}
  ? Flat<
      { readonly type: T } & { readonly [N in Q]: AvpValue<N, V> } & { readonly [N in O]?: AvpValue<N, V> | undefined }
    >
  : never

/** A control message of one protocol version as an object: its type and one property per AVP, absent AVPs undefined. */
export type MessageIn<V extends Version> = MessageOf<InVersion<(typeof messageRows)[number], V>, V>

/** Any L2TPv2 control message with a body. */
export type ControlMessage = MessageIn<2>

export type MessageType = ControlMessage['type']

/** The message of one type. */
export type Message<T extends MessageType> = Extract<ControlMessage, { readonly type: T }>
