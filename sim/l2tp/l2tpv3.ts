// What L2TPv3 has of its own (RFC 3931): the AVPs of its messages, control message authentication by nonces and digests (4.3),
// pseudowire types (5.4.3), and what a session asks of its data: cookie, sublayer and sequencing (5.4.4).

import { randomBytes } from '../base/random.ts'
import { SECOND } from '../base/time.ts'
import { ownCapabilityAvp, suggestedAvp, tunnelRecoveryAvp } from './capability.ts'
import { retransmissionCycle } from './channel.ts'
import type { LcceConfig, RetransmitConfig } from './config.ts'
import { NO_OCTETS, type Protocol, type Refusal, type Session, type Tunnel } from './tunnel.ts'
import { agreeingSecret, controlAuthentication, HMAC_MD5, HMAC_SHA_1, type DigestType } from './wire/digest.ts'
import type { Form } from './wire/encode.ts'
import type { Message, MessageIn } from './wire/messages.ts'
import { utf8 } from './wire/text.ts'

const NOT_AUTHORISED: Refusal = { result: 4 }
/** RFC 3931 5.4.2. */
const NO_SUCH_PSEUDOWIRE: Refusal = { result: 14 }
const SUBLAYER_MISSING: Refusal = { result: 15 }
const MACHINE_ERROR: Refusal = { result: 16 }
const RETRANSMISSIONS = 10
/** RFC 3931 3.3.2: a full cycle counts as no less. */
const SHORTEST_LINGER = 31 * SECOND
const NONCE_OCTETS = 16
const DEFAULT_SUBLAYER = 1
/** RFC 3931 5.4.4: levels of the Data Sequencing AVP. */
const NON_IP_PACKETS = 1
const ALL_PACKETS = 2
const SPEED = 100_000_000n
/** RFC 3931 5.4.5: the circuit is up, and new. */
const NEW_CIRCUIT = { active: true, new: true } as const
const CIRCUIT = { active: true, new: false } as const

type DigestName = LcceConfig['v3']['digest']
const digestTypes = { 'HMAC-MD5': [HMAC_MD5], 'HMAC-SHA-1': [HMAC_SHA_1], none: [] } as const satisfies Record<
  DigestName,
  readonly DigestType[]
>
/** By how many secrets there are. */
const formsOf = (name: DigestName): readonly Form<3>[] => [
  { version: 3, digests: digestTypes[name] },
  { version: 3, digests: [...digestTypes[name], ...digestTypes[name]] },
]
const forms: Readonly<Record<DigestName, readonly Form<3>[]>> = {
  'HMAC-MD5': formsOf('HMAC-MD5'),
  'HMAC-SHA-1': formsOf('HMAC-SHA-1'),
  none: formsOf('none'),
}

/** Peers are authenticated, by the digests of all control messages (RFC 3931 4.3). */
const authenticates = ({ secret, v3 }: LcceConfig): boolean => secret !== undefined && v3.digest !== 'none'

/** Messages have a digest, with a secret or without. */
const digests = (config: LcceConfig): boolean => authenticates(config) || (config.v3.integrity && config.v3.digest !== 'none')

/** The secrets of digests, in the order of the digests; the empty one stands for none (RFC 3931 4.3). */
const secretsOf = ({ secret, v3: { nextSecret } }: LcceConfig): readonly string[] =>
  secret === undefined || nextSecret === undefined ? [secret ?? ''] : [secret, nextSecret]

function retransmitOf({ retransmit: { initial, cap, count } }: LcceConfig): RetransmitConfig {
  return { initial, cap, count: count ?? RETRANSMISSIONS }
}

const nonce = ({ localNonce }: Tunnel): Uint8Array | undefined => (localNonce.length === 0 ? undefined : localNonce)

function sccrq(tunnel: Tunnel): Message<'SCCRQ', 3> {
  const { config } = tunnel.lcce
  return {
    type: 'SCCRQ',
    hostName: config.hostName,
    routerId: config.v3.routerId,
    assignedTunnelId: tunnel.localTunnelId,
    pseudowireCapabilities: config.v3.pseudowireTypes,
    nonce: nonce(tunnel),
    tieBreaker: tunnel.tieBreaker,
    vendorName: config.vendorName,
    receiveWindowSize: config.receiveWindow,
    failoverCapability: ownCapabilityAvp(tunnel),
    tunnelRecovery: tunnelRecoveryAvp(tunnel),
  }
}

function sccrp(tunnel: Tunnel): Message<'SCCRP', 3> {
  const { config } = tunnel.lcce
  return {
    type: 'SCCRP',
    hostName: config.hostName,
    routerId: config.v3.routerId,
    assignedTunnelId: tunnel.localTunnelId,
    pseudowireCapabilities: config.v3.pseudowireTypes,
    nonce: nonce(tunnel),
    vendorName: config.vendorName,
    receiveWindowSize: config.receiveWindow,
    failoverCapability: ownCapabilityAvp(tunnel),
    suggestedControlSequence: suggestedAvp(tunnel),
  }
}

/** RFC 3931 5.4.4: a cookie is asked for by whoever receives the data. */
const cookie = ({ receives }: Session): Uint8Array | undefined => (receives.cookie.length === 0 ? undefined : receives.cookie)

const sublayer = ({ receives }: Session): number | undefined => (receives.sublayer ? DEFAULT_SUBLAYER : undefined)

function sequencing({ sequenced, receives }: Session): number | undefined {
  if (!sequenced) return undefined
  return receives.nonIpOnly === true ? NON_IP_PACKETS : ALL_PACKETS
}

const pseudowireType = ({ tunnel }: Session): number => tunnel.lcce.config.v3.pseudowireTypes[0] ?? 0

function icrq(session: Session): Message<'ICRQ', 3> {
  return {
    type: 'ICRQ',
    assignedSessionId: session.localSessionId,
    remoteSessionId: session.peerSessionId,
    callSerialNumber: session.serialNumber,
    pseudowireType: pseudowireType(session),
    remoteEndId: session.remoteEndId,
    circuitStatus: NEW_CIRCUIT,
    assignedCookie: cookie(session),
    tieBreaker: session.tieBreaker,
    l2SpecificSublayer: sublayer(session),
    dataSequencing: sequencing(session),
    txConnectSpeed: SPEED,
    rxConnectSpeed: SPEED,
  }
}

function icrp(session: Session): Message<'ICRP', 3> {
  return {
    type: 'ICRP',
    assignedSessionId: session.localSessionId,
    remoteSessionId: session.peerSessionId,
    circuitStatus: NEW_CIRCUIT,
    assignedCookie: cookie(session),
    l2SpecificSublayer: sublayer(session),
    dataSequencing: sequencing(session),
    txConnectSpeed: SPEED,
    rxConnectSpeed: SPEED,
  }
}

function iccn(session: Session): Message<'ICCN', 3> {
  return {
    type: 'ICCN',
    assignedSessionId: session.localSessionId,
    remoteSessionId: session.peerSessionId,
    l2SpecificSublayer: sublayer(session),
    dataSequencing: sequencing(session),
    txConnectSpeed: SPEED,
    rxConnectSpeed: SPEED,
    circuitStatus: CIRCUIT,
  }
}

/** Whether the peer wants the sublayer: as the message says, or as it has said before. */
function wantsSublayer({ sends }: Session, { l2SpecificSublayer }: { readonly l2SpecificSublayer?: number | undefined }): boolean {
  return l2SpecificSublayer === undefined ? sends.sublayer : l2SpecificSublayer === DEFAULT_SUBLAYER
}

/** Sequencing that a message asks for without a sublayer to carry it (RFC 3931 5.4.4). */
function lacksSublayer(session: Session, message: MessageIn<3>): boolean {
  if (!('dataSequencing' in message)) return false
  return (message.dataSequencing ?? 0) !== 0 && !wantsSublayer(session, message)
}

/** What the peer asks of the data we send; ICCN and OCCN may change what the request said, but have no cookie. */
function learnCall(session: Session, message: MessageIn<3>): void {
  if (!('l2SpecificSublayer' in message) && !('dataSequencing' in message)) return
  const cookieOf = 'assignedCookie' in message ? (message.assignedCookie ?? NO_OCTETS) : session.sends.cookie
  const nonIpOnly = message.dataSequencing === undefined ? session.sends.nonIpOnly === true : message.dataSequencing === NON_IP_PACKETS
  session.sends = { cookie: cookieOf, sublayer: wantsSublayer(session, message), nonIpOnly }
  if ((message.dataSequencing ?? 0) === 0 || session.sequenced) return
  // Who is asked for sequence numbers asks for them too, of as much: a session is sequenced in both directions or in none.
  session.sequenced = true
  session.receives = { cookie: session.receives.cookie, sublayer: true, nonIpOnly }
}

/** The Router ID that another tunnel to the same address has told; 0 if none has. */
function knownRouterId({ lcce, peer }: Tunnel): number {
  for (const other of lcce.tunnels()) if (other.peerRouterId !== 0 && other.peer === peer) return other.peerRouterId
  return 0
}

export const l2tpv3: Protocol = {
  version: 3,
  largestId: 0xffff_ffff,
  sessionIdsOfNode: true,
  largestDataNumber: 0xff_ffff,
  lnsNumbers: false,
  tellsLoser: true,
  jittersHello: true,

  retransmitOf,
  lingerOf: (config) => Math.max(config.linger, SHORTEST_LINGER, retransmissionCycle(retransmitOf(config))),
  formOf: (config) => forms[digests(config) ? config.v3.digest : 'none'][secretsOf(config).length - 1],
  authenticationOf: (config, own, peers) =>
    digests(config) ? controlAuthentication(secretsOf(config), own, peers) : undefined,
  // RFC 3931 5.3: hidden AVPs need control message authentication.
  hidingSecret: (config) => (authenticates(config) ? config.secret : undefined),
  unhidingSecret: (config, bytes, authentication) => {
    if (!authenticates(config) || authentication === undefined || config.v3.nextSecret === undefined) return l2tpv3.hidingSecret(config)
    // The first secret of the sender hides, and makes its first digest.
    return secretsOf(config)[agreeingSecret(bytes, authentication)]
  },

  prepare: (tunnel) => {
    const { config, rng } = tunnel.lcce
    if (tunnel.initiator && tunnel.peerRouterId === 0) tunnel.peerRouterId = knownRouterId(tunnel)
    if (!authenticates(config)) return
    tunnel.localNonce = randomBytes(rng, NONCE_OCTETS)
    tunnel.authentication = l2tpv3.authenticationOf(config, tunnel.localNonce, tunnel.peerNonce)
  },
  sccrq,
  sccrp,
  scccn: () => ({ type: 'SCCCN' }),
  objection: (tunnel, message) => {
    const { config } = tunnel.lcce
    if (!authenticates(config)) return tunnel.oldTunnel?.authenticated === true ? NOT_AUTHORISED : undefined
    if (message.type !== 'SCCCN' && 'nonce' in message && message.nonce === undefined) return NOT_AUTHORISED
    // Whatever comes so far has a digest that was right; only one made with both nonces proves the peer (RFC 3931 4.3).
    tunnel.authenticated = message.type !== 'SCCRQ'
    return undefined
  },
  learnPeer: (tunnel, message) => {
    if (!('routerId' in message)) return
    tunnel.peerRouterId = message.routerId
    tunnel.peerPseudowires = message.pseudowireCapabilities
  },
  learnNonce: (tunnel, peers) => {
    const { config } = tunnel.lcce
    if (!authenticates(config)) return
    tunnel.peerNonce = peers
    // Ours is not known to the peer before the SCCRP.
    tunnel.authentication = l2tpv3.authenticationOf(config, tunnel.localNonce, peers)
  },
  /** RFC 3931 5.4.3: by Router ID, which over IP is the only sure sign; by address when it is not known whose that is. */
  competes: ({ peerRouterId, peer }, message, from) =>
    peerRouterId !== 0 && 'routerId' in message ? message.routerId === peerRouterId : peer.ip === from.ip,
  samePeer: (old, message) =>
    'routerId' in message && message.hostName === old.peerHostName && message.routerId === old.peerRouterId,

  prepareCall: (session) => {
    const { config, rng } = session.tunnel.lcce
    const octets = config.v3.cookieOctets
    const { sequenced, receives } = session
    const nonIpOnly = receives.nonIpOnly === true
    session.receives = { cookie: octets === 0 ? NO_OCTETS : randomBytes(rng, octets), sublayer: sequenced, nonIpOnly }
  },
  prepareRequest: (session) => {
    const { config } = session.tunnel.lcce
    // A circuit of its own, unless the call is for one that both ends know by name.
    if (session.remoteEndId.length === 0) session.remoteEndId = utf8(`${config.hostName}/${String(session.serialNumber)}`)
    session.tunnel.lcce.requests.add(session)
    if (config.v3.sessionTieBreaker) session.tieBreaker = session.tunnel.lcce.nextSessionTieBreaker()
  },
  icrq,
  icrp,
  iccn,
  ocrq: (session) => {
    const { assignedSessionId, remoteSessionId, callSerialNumber, remoteEndId, circuitStatus } = icrq(session)
    return {
      type: 'OCRQ',
      assignedSessionId,
      remoteSessionId,
      callSerialNumber,
      pseudowireType: pseudowireType(session),
      remoteEndId,
      circuitStatus,
      assignedCookie: cookie(session),
      txConnectSpeed: SPEED,
      rxConnectSpeed: SPEED,
      tieBreaker: session.tieBreaker,
      l2SpecificSublayer: sublayer(session),
      dataSequencing: sequencing(session),
    }
  },
  ocrp: (session) => ({
    type: 'OCRP',
    assignedSessionId: session.localSessionId,
    remoteSessionId: session.peerSessionId,
    circuitStatus: NEW_CIRCUIT,
    assignedCookie: cookie(session),
    l2SpecificSublayer: sublayer(session),
    txConnectSpeed: SPEED,
    rxConnectSpeed: SPEED,
    dataSequencing: sequencing(session),
  }),
  occn: (session) => ({
    type: 'OCCN',
    assignedSessionId: session.localSessionId,
    remoteSessionId: session.peerSessionId,
    l2SpecificSublayer: sublayer(session),
    txConnectSpeed: SPEED,
    rxConnectSpeed: SPEED,
    dataSequencing: sequencing(session),
    circuitStatus: CIRCUIT,
  }),
  cdn: ({ localSessionId, peerSessionId }, refusal) => ({
    type: 'CDN',
    resultCode: refusal,
    assignedSessionId: localSessionId,
    remoteSessionId: peerSessionId,
  }),
  /** RFC 3931 5.4.4: no call of a pseudowire type that the peer has not listed. */
  requestable: (session) => session.tunnel.peerPseudowires.includes(pseudowireType(session)),
  callObjection: (session, message) => {
    if ('pseudowireType' in message && !session.tunnel.lcce.config.v3.pseudowireTypes.includes(message.pseudowireType)) {
      return NO_SUCH_PSEUDOWIRE
    }
    return lacksSublayer(session, message as MessageIn<3>) ? SUBLAYER_MISSING : undefined
  },
  /** Nothing on the wire tells who has circuits (RFC 3931 7.4.1 and 7.4.2 contradict each other): our own configuration does. */
  placesOutgoing: ({ lcce }) => lcce.config.bearerCapabilities !== 0,
  callOutOfTurn: () => MACHINE_ERROR,
  learnCall: (session, message) => {
    learnCall(session, message as MessageIn<3>)
  },
}
