// The failover capability that SCCRQ and SCCRP exchange (RFC 4951 3.1, 5.1), the same in both protocol versions.

import { MILLISECOND } from '../base/time.ts'
import { NO_FAILOVER, type FailoverCapability, type Tunnel } from './tunnel.ts'
import type { AnyMessageOf } from './wire/messages.ts'

interface CapabilityAvp {
  readonly control: boolean
  readonly data: boolean
  readonly recoveryTimeMs: number
}

/** Our own capability, remembered by the tunnel, as AVP 76 tells it; none on a recovery tunnel (RFC 4951 3.2.1). */
export function ownCapabilityAvp(tunnel: Tunnel): CapabilityAvp | undefined {
  const { enabled, controlChannel, dataChannel, recoveryTime } = tunnel.lcce.config.failover
  const silent = !enabled || tunnel.purpose === 'recovery' || !(controlChannel || dataChannel)
  tunnel.capability =
    !enabled || tunnel.purpose === 'recovery' ? NO_FAILOVER : { control: controlChannel, data: dataChannel, recoveryTime }
  return silent ? undefined : configuredCapability(tunnel)
}

/** AVP 76 as this endpoint is configured. */
export function configuredCapability({ lcce }: Tunnel): CapabilityAvp {
  const { controlChannel, dataChannel, recoveryTime } = lcce.config.failover
  return { control: controlChannel, data: dataChannel, recoveryTimeMs: Math.round(recoveryTime / MILLISECOND) }
}

/** What the peer's AVP 76 says. */
export function peerCapability(tunnel: Tunnel, { failoverCapability }: AnyMessageOf<'SCCRQ' | 'SCCRP'>): FailoverCapability {
  if (failoverCapability === undefined) return NO_FAILOVER
  const { control, data, recoveryTimeMs } = failoverCapability
  if (!control && !data) {
    // R4951-AMB-31: as if the AVP were absent.
    tunnel.lcce.notice({ kind: 'log', tunnel: tunnel.localTunnelId, session: 0, what: 'capability-0', detail: 'neither C nor D is set' })
    return NO_FAILOVER
  }
  return { control, data, recoveryTime: control ? recoveryTimeMs * MILLISECOND : 0 }
}

/** The tunnel that our recovery SCCRQ is about, as AVP 77 tells it (RFC 4951 5.2). */
export function tunnelRecoveryAvp({ oldTunnel }: Tunnel) {
  return oldTunnel === undefined
    ? undefined
    : { recoverTunnelId: oldTunnel.localTunnelId, recoverRemoteTunnelId: oldTunnel.peerTunnelId }
}

/** The numbers that our SCCRP suggests, as AVP 78 tells them (RFC 4951 5.3). */
export function suggestedAvp({ suggested }: Tunnel) {
  return suggested === undefined ? undefined : { suggestedNs: suggested.ns, suggestedNr: suggested.nr }
}
