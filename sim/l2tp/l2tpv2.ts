// What L2TPv2 has of its own (RFC 2661): the AVPs of its messages, tunnel authentication by Challenge and Challenge Response (5.1.1),
// framing and bearer capabilities (4.4.3).

import { equalBytes } from '../base/bytes.ts'
import { randomBytes } from '../base/random.ts'
import { ownCapabilityAvp, suggestedAvp, tunnelRecoveryAvp } from './capability.ts'
import type { Protocol, Refusal, Session, Tunnel } from './tunnel.ts'
import { challengeResponse } from './wire/auth.ts'
import type { Message } from './wire/messages.ts'

const NOT_AUTHORISED: Refusal = { result: 4 }
const VERSION_UNSUPPORTED: Refusal = { result: 5, error: 1 }
const NO_FACILITIES: Refusal = { result: 5 }
const RETRANSMISSIONS = 5
const PROTOCOL_VERSION = { version: 1, revision: 0 }
const SPEED = 100_000_000

/** Draws a Challenge when this endpoint authenticates its peers, or did so on the old tunnel (RFC 4951 3.2.1, R4951-AMB-50). */
function drawChallenge(tunnel: Tunnel): void {
  const { config, rng } = tunnel.lcce
  const wanted = config.challenge || tunnel.oldTunnel?.authenticated === true
  if (wanted && config.secret !== undefined) tunnel.ownChallenge = randomBytes(rng, 16)
}

/** RFC 2661 5.1.1: whether the peer's response proves that it knows our secret. */
function authenticates(tunnel: Tunnel, typeNumber: 2 | 3, response: Uint8Array | undefined): boolean {
  const { secret } = tunnel.lcce.config
  // RFC 4951 3.2.1: as on the old tunnel, so without the secret there is no recovery (R4951-AMB-50).
  if (tunnel.ownChallenge === undefined || secret === undefined) return tunnel.oldTunnel?.authenticated !== true
  const expected = challengeResponse(typeNumber, secret, tunnel.ownChallenge)
  tunnel.authenticated = response !== undefined && equalBytes(response, expected)
  return tunnel.authenticated
}

/** The answer to the peer's Challenge; none if there is none to give. */
function response(tunnel: Tunnel, typeNumber: 2 | 3): Uint8Array | undefined {
  const { secret } = tunnel.lcce.config
  if (tunnel.peerChallenge === undefined || secret === undefined) return undefined
  return challengeResponse(typeNumber, secret, tunnel.peerChallenge)
}

const answerable = (tunnel: Tunnel, challenge: Uint8Array | undefined): boolean =>
  challenge === undefined || tunnel.lcce.config.secret !== undefined

const bearers = ({ lcce }: Tunnel): number | undefined =>
  lcce.config.bearerCapabilities === 0 ? undefined : lcce.config.bearerCapabilities

function sccrq(tunnel: Tunnel): Message<'SCCRQ'> {
  const { config } = tunnel.lcce
  return {
    type: 'SCCRQ',
    protocolVersion: PROTOCOL_VERSION,
    framingCapabilities: config.framingCapabilities,
    hostName: config.hostName,
    assignedTunnelId: tunnel.localTunnelId,
    receiveWindowSize: config.receiveWindow,
    vendorName: config.vendorName,
    bearerCapabilities: bearers(tunnel),
    challenge: tunnel.ownChallenge,
    failoverCapability: ownCapabilityAvp(tunnel),
    tieBreaker: tunnel.tieBreaker,
    tunnelRecovery: tunnelRecoveryAvp(tunnel),
  }
}

function sccrp(tunnel: Tunnel): Message<'SCCRP'> {
  const { config } = tunnel.lcce
  return {
    type: 'SCCRP',
    protocolVersion: PROTOCOL_VERSION,
    framingCapabilities: config.framingCapabilities,
    hostName: config.hostName,
    assignedTunnelId: tunnel.localTunnelId,
    receiveWindowSize: config.receiveWindow,
    vendorName: config.vendorName,
    bearerCapabilities: bearers(tunnel),
    challenge: tunnel.ownChallenge,
    failoverCapability: ownCapabilityAvp(tunnel),
    challengeResponse: response(tunnel, 2),
    suggestedControlSequence: suggestedAvp(tunnel),
  }
}

const framingAllowed = (session: Session, framingType: number): boolean =>
  (framingType & ~session.tunnel.lcce.config.framingCapabilities) === 0

/** The framing of a call that we request: one that both sides have advertised, synchronous first; 0 for none (RFC 2661 4.4.3). */
function commonFraming({ tunnel }: Session): number {
  const common = tunnel.peerFraming & tunnel.lcce.config.framingCapabilities
  return (common & 1) === 0 ? common & 2 : 1
}

/** The bearer of an outgoing call: one that the LAC has advertised, digital first; 0 for none (RFC 2661 4.4.3, 6.9). */
const lacBearer = ({ tunnel }: Session): number => ((tunnel.peerBearer & 1) === 0 ? tunnel.peerBearer & 2 : 1)

const sequencing = ({ sequenced }: Session): true | undefined => (sequenced ? true : undefined)

export const l2tpv2: Protocol = {
  version: 2,
  largestId: 0xffff,
  sessionIdsOfNode: false,
  largestDataNumber: 0xffff,
  lnsNumbers: true,
  tellsLoser: false,
  jittersHello: false,

  retransmitOf: ({ retransmit: { initial, cap, count } }) => ({ initial, cap, count: count ?? RETRANSMISSIONS }),
  lingerOf: ({ linger }) => linger,
  formOf: () => undefined,
  authenticationOf: () => undefined,
  hidingSecret: ({ secret }) => secret,
  unhidingSecret: ({ secret }) => secret,

  prepare: drawChallenge,
  sccrq,
  sccrp,
  scccn: (tunnel) => ({ type: 'SCCCN', challengeResponse: response(tunnel, 3) }),
  objection: (tunnel, message) => {
    if (message.type === 'SCCCN') {
      const proof = 'challengeResponse' in message ? message.challengeResponse : undefined
      return authenticates(tunnel, 3, proof) ? undefined : NOT_AUTHORISED
    }
    if (!('protocolVersion' in message) || message.protocolVersion.version !== 1) return VERSION_UNSUPPORTED
    if (!answerable(tunnel, message.challenge)) return NOT_AUTHORISED
    if (message.type === 'SCCRQ') return undefined
    return authenticates(tunnel, 2, message.challengeResponse) ? undefined : NOT_AUTHORISED
  },
  learnPeer: (tunnel, message) => {
    if (!('protocolVersion' in message)) return
    tunnel.peerFraming = message.framingCapabilities
    tunnel.peerBearer = message.bearerCapabilities ?? 0
    tunnel.peerChallenge = message.challenge
  },
  learnNonce: () => undefined,
  competes: (opening, _sccrq, from) => opening.peer.ip === from.ip,
  samePeer: (old, { hostName }) => hostName === old.peerHostName,

  prepareCall: () => undefined,
  prepareRequest: () => undefined,
  icrq: ({ localSessionId, serialNumber, tunnel }) => ({
    type: 'ICRQ',
    assignedSessionId: localSessionId,
    callSerialNumber: serialNumber,
    bearerType: (tunnel.lcce.config.bearerCapabilities & 1) === 0 ? 2 : 1,
  }),
  icrp: ({ localSessionId }) => ({ type: 'ICRP', assignedSessionId: localSessionId }),
  iccn: (session) => ({
    type: 'ICCN',
    txConnectSpeed: SPEED,
    framingType: commonFraming(session),
    sequencingRequired: sequencing(session),
  }),
  ocrq: (session) => ({
    type: 'OCRQ',
    assignedSessionId: session.localSessionId,
    callSerialNumber: session.serialNumber,
    minimumBps: 64_000,
    maximumBps: SPEED,
    bearerType: lacBearer(session),
    framingType: commonFraming(session),
    calledNumber: String(session.serialNumber),
  }),
  ocrp: ({ localSessionId }) => ({ type: 'OCRP', assignedSessionId: localSessionId }),
  occn: (session) => ({
    type: 'OCCN',
    txConnectSpeed: SPEED,
    framingType: commonFraming(session),
    sequencingRequired: sequencing(session),
  }),
  cdn: ({ localSessionId }, refusal) => ({ type: 'CDN', resultCode: refusal, assignedSessionId: localSessionId }),
  /** RFC 2661 4.4.3, 6.9: a call is never requested that the peer has said it cannot take. */
  requestable: (session) => commonFraming(session) !== 0 && (session.side === 'incoming-lac' || lacBearer(session) !== 0),
  callObjection: (session, message) => {
    if (!('framingType' in message)) return undefined
    // RFC 2661 4.4.3: neither framing nor bearer that we have not advertised. Of OCCN the table asks nothing.
    if (message.type === 'OCCN') return undefined
    if (message.type === 'OCRQ' && (message.bearerType & ~session.tunnel.lcce.config.bearerCapabilities) !== 0) return NO_FACILITIES
    return framingAllowed(session, message.framingType) ? undefined : NO_FACILITIES
  },
  /** Only a LAC advertises bearers (RFC 2661 4.4.3). */
  placesOutgoing: ({ peerBearer }) => peerBearer === 0,
  /** There is no code for it; error 6 wants words (RFC 2661 4.4.2). */
  callOutOfTurn: (type) => ({ result: 2, error: 6, message: `${type} out of sequence` }),
  learnCall: (session, message) => {
    if ('sequencingRequired' in message && message.sequencingRequired === true) session.sequenced = true
  },
}
