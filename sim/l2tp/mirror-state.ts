// What RFC 4951 lets a backup know of its active endpoint: tunnels, sessions and what was negotiated, but no Ns and no Nr.
// Plain data, taken of a tunnel when something about it changes, and turned back into tunnels by `Lcce.restore`.

import type { Address } from '../base/datagram.ts'
import { NEVER } from '../base/time.ts'
import { announce, enterTable } from './calls.ts'
import { NO_OCTETS, type CallSide, type FailoverCapability, type Session, type Tunnel } from './tunnel.ts'
import type { Version } from './wire/avps.ts'
import type { DataFormat } from './wire/data-v3.ts'

export interface MirroredSession {
  readonly localSessionId: number
  readonly peerSessionId: number
  readonly side: CallSide
  readonly sequenced: boolean
  readonly serialNumber: number
  /** L2TPv3: what stands between header and payload of data received and sent. */
  readonly receives: DataFormat
  readonly sends: DataFormat
}

export interface MirroredTunnel {
  readonly version: Version
  readonly localTunnelId: number
  readonly peerTunnelId: number
  readonly local: Address
  readonly peer: Address
  readonly initiator: boolean
  readonly peerWindow: number
  readonly peerHostName: string
  readonly peerFraming: number
  readonly peerBearer: number
  readonly peerRouterId: number
  readonly peerPseudowires: readonly number[]
  readonly capability: FailoverCapability
  readonly peerCapability: FailoverCapability
  readonly authenticated: boolean
}

export interface MirrorState {
  readonly tunnels: readonly { readonly tunnel: MirroredTunnel; readonly sessions: readonly MirroredSession[] }[]
}

/** A snapshot of an established tunnel without its sessions. */
export function mirrorTunnel(tunnel: Tunnel): MirroredTunnel {
  const { version, localTunnelId, peerTunnelId, local, peer, initiator, peerHostName, peerFraming, peerBearer } = tunnel
  const { peerRouterId, peerPseudowires, capability, peerCapability, authenticated, channel } = tunnel
  return {
    version,
    localTunnelId,
    peerTunnelId,
    local,
    peer,
    initiator,
    peerWindow: channel.peerWindow,
    peerHostName,
    peerFraming,
    peerBearer,
    peerRouterId,
    peerPseudowires,
    capability,
    peerCapability,
    authenticated,
  }
}

/** A snapshot of an established session. */
export function mirrorSession(session: Session): MirroredSession {
  const { localSessionId, peerSessionId, side, sequenced, serialNumber, receives, sends } = session
  return { localSessionId, peerSessionId, side, sequenced, serialNumber, receives, sends }
}

/** Gives a tunnel just entered into the table its mirrored past: established, numbers unknown, waiting for its recovery. */
export function restoreTunnel(tunnel: Tunnel, mirrored: MirroredTunnel): void {
  tunnel.peerTunnelId = mirrored.peerTunnelId
  tunnel.state = 'established'
  tunnel.peerHostName = mirrored.peerHostName
  tunnel.peerFraming = mirrored.peerFraming
  tunnel.peerBearer = mirrored.peerBearer
  tunnel.peerRouterId = mirrored.peerRouterId
  tunnel.peerPseudowires = mirrored.peerPseudowires
  tunnel.capability = mirrored.capability
  tunnel.peerCapability = mirrored.peerCapability
  tunnel.authenticated = mirrored.authenticated
  tunnel.channel.openWindow(mirrored.peerWindow)
  tunnel.channel.suspended = true
  tunnel.ownRecovery = {
    state: 'waiting',
    recoveryTunnel: undefined,
    tieBreaker: undefined,
    attempts: 0,
    tieRetries: 0,
    underWay: false,
    begun: tunnel.lcce.now,
  }
}

export function restoreSession(tunnel: Tunnel, mirrored: MirroredSession): void {
  const { localSessionId, peerSessionId, side, sequenced, serialNumber, receives, sends } = mirrored
  const session: Session = {
    tunnel,
    localSessionId,
    peerSessionId,
    side,
    state: 'established',
    sequenced,
    serialNumber,
    sync: 'synchronised',
    syncDue: NEVER,
    syncTries: 0,
    answerDue: NEVER,
    receives,
    sends,
    remoteEndId: NO_OCTETS,
    tieBreaker: undefined,
  }
  enterTable(session)
  announce(session, 'restored', '')
}
