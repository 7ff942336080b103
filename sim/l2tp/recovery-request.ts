// A recovery SCCRQ before anything comes of it (RFC 4951 3.2.1, 5.2): which old tunnel it names, whether it is in order, and
// who may send it. Decides only; what follows is in `recovery.ts`.

import type { Address } from '../base/datagram.ts'
import type { AnyMessageOf } from './wire/messages.ts'
import type { Refusal, Tunnel } from './tunnel.ts'

type Sccrq = AnyMessageOf<'SCCRQ'>

/** Whether the capabilities exchanged allow a recovery of this tunnel (R4951-AMB-30: C from both sides). */
export const recoverable = (tunnel: Tunnel): boolean => tunnel.capability.control && tunnel.peerCapability.control

/** The old tunnel that a recovery SCCRQ names; undefined unless both IDs belong to one tunnel (RFC 4951 5.2, R4951-AMB-13, -14). */
export function namedTunnel(lookup: (localTunnelId: number) => Tunnel | undefined, message: Sccrq): Tunnel | undefined {
  if (message.tunnelRecovery === undefined) return undefined
  const old = lookup(message.tunnelRecovery.recoverRemoteTunnelId)
  const paired = old !== undefined && old.purpose === 'ordinary' && old.peerTunnelId === message.tunnelRecovery.recoverTunnelId
  return paired ? old : undefined
}

/** The recovery tunnel, as far as it is known. */
type Requester = Pick<Tunnel, 'version'> & { readonly peer: Pick<Address, 'ip'> }

/** Why a recovery SCCRQ is refused (RFC 4951 3.2.1, R4951-AMB-15); undefined when it is in order. */
export function refuseRecovery(old: Tunnel | undefined, by: Requester, message: Sccrq): Refusal | undefined {
  // Unknown, unpaired, not established, or being closed (R4951-AMB-47, -48).
  if (old === undefined || old.state !== 'established' || old.closing) return { result: 2, error: 1 }
  // RFC 4951 3.2.1: with the version of the old tunnel, which the error code names (R4951-AMB-15).
  if (old.version !== by.version) return { result: 5, error: old.version }
  const fromIp = by.peer.ip
  const listed = old.lcce.config.failover.allowedRecoveryEndpoints?.includes(fromIp) ?? false
  if (fromIp !== old.peer.ip && !listed) return { result: 4 }
  if (!recoverable(old)) return { result: 4 }
  if (!old.protocol.samePeer(old, message)) return { result: 4 }
  return undefined
}

/** R4951-AMB-68: with a list of recovery endpoints, others get no answer that would tell them anything. */
export function ignoresRecoveryFrom(allowed: readonly string[] | undefined, old: Tunnel | undefined, fromIp: string): boolean {
  return allowed !== undefined && !allowed.includes(fromIp) && old?.peer.ip !== fromIp
}
