// What a packet is, as scenarios name it: its message type, and whether it belongs to an ordinary or to a recovery tunnel. Used by
// scripted link interventions and by faults that follow a message.

import type { LcceNotice } from '../l2tp/notices.ts'
import { decodeBody } from '../l2tp/wire/codec.ts'
import { decodeControlHeader, decodeDataHeader, isControl, peekType } from '../l2tp/wire/header.ts'

/** What a scenario may ask of a packet. */
export interface PacketPick {
  readonly message: string
  readonly tunnel: 'ordinary' | 'recovery' | 'any'
}

/** Which Tunnel IDs of which IP address are those of recovery tunnels, learned from the endpoints' notices. */
export class TunnelKinds {
  private readonly recovery = new Map<string, Set<number>>()

  /** `ips`: the addresses under which the endpoint may be reached. */
  note(ips: readonly string[], notice: LcceNotice): void {
    if (notice.kind !== 'tunnel' || notice.event !== 'opening') return
    for (const ip of ips) {
      let tunnels = this.recovery.get(ip)
      if (tunnels === undefined) this.recovery.set(ip, (tunnels = new Set()))
      if (notice.purpose === 'recovery') tunnels.add(notice.tunnel)
      else tunnels.delete(notice.tunnel)
    }
  }

  /** The kind of the tunnel to which the receiver at `toIp` assigned the header's Tunnel ID, or which an SCCRQ asks for. */
  of(bytes: Uint8Array, toIp: string): 'ordinary' | 'recovery' {
    const header = isControl(bytes) ? decodeControlHeader(bytes) : decodeDataHeader(bytes, Infinity)
    if (typeof header === 'string') return 'ordinary'
    if (header.tunnelId !== 0) return this.recovery.get(toIp)?.has(header.tunnelId) === true ? 'recovery' : 'ordinary'
    return isRecoverySccrq(bytes) ? 'recovery' : 'ordinary'
  }
}

/** Whether a message is an SCCRQ with a Tunnel Recovery AVP. */
function isRecoverySccrq(bytes: Uint8Array): boolean {
  const header = decodeControlHeader(bytes)
  if (typeof header === 'string' || peekType(bytes) !== 'SCCRQ') return false
  const body = decodeBody(bytes, header, undefined)
  return body.ok && body.message.type === 'SCCRQ' && body.message.tunnelRecovery !== undefined
}

/** Whether a packet is one that the scenario picks. */
export function picks({ message, tunnel }: PacketPick, bytes: Uint8Array, kindOf: () => 'ordinary' | 'recovery'): boolean {
  const control = isControl(bytes)
  const named =
    message === 'any' || (message === 'data' ? !control : control && (message === 'control' || peekType(bytes) === message))
  return named && (tunnel === 'any' || tunnel === kindOf())
}
