// What a packet is, as scenarios name it: its message type, and whether it belongs to an ordinary or to a recovery tunnel. Used by
// scripted link interventions and by faults that follow a message.

import { isPortless } from '../base/datagram.ts'
import type { LcceNotice } from '../l2tp/notices.ts'
import type { Version } from '../l2tp/wire/avps.ts'
import { decodeBody } from '../l2tp/wire/codec.ts'
import { carriesControl, controlMessageIn, demultiplex, type Transport } from '../l2tp/wire/demultiplex.ts'
import { decodeControlHeader, decodeDataHeader, peekType } from '../l2tp/wire/header.ts'

/** What a scenario may ask of a packet. */
export interface PacketPick {
  readonly message: string
  readonly tunnel: 'ordinary' | 'recovery' | 'any'
}

/** What travels: the payload of UDP or of IP. */
export interface Payload {
  readonly bytes: Uint8Array
  readonly transport: Transport
}

/** What carries a datagram to an address written as text. */
export const transportTo = (to: string): Transport => (isPortless(to) ? 'ip' : 'udp')

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

  /**
   * The kind of the tunnel to which the receiver at `toIp` assigned the header's Tunnel ID, or which an SCCRQ asks for. Data of L2TPv3
   * names no tunnel; that of a recovery tunnel there is none of.
   */
  of(payload: Payload, toIp: string): 'ordinary' | 'recovery' {
    const tunnelId = tunnelIdOf(payload)
    if (tunnelId === undefined) return 'ordinary'
    if (tunnelId !== 0) return this.recovery.get(toIp)?.has(tunnelId) === true ? 'recovery' : 'ordinary'
    return isRecoverySccrq(controlMessageIn(payload.bytes, payload.transport)) ? 'recovery' : 'ordinary'
  }
}

/** The tunnel that the header names; undefined for none. */
function tunnelIdOf({ bytes, transport }: Payload): number | undefined {
  if (carriesControl(bytes, transport)) {
    const message = controlMessageIn(bytes, transport)
    const header = decodeControlHeader(message, versionOf(message))
    return typeof header === 'string' ? undefined : header.tunnelId
  }
  const header = transport === 'udp' ? decodeDataHeader(bytes, Infinity) : 'bad-version'
  return typeof header === 'string' ? undefined : header.tunnelId
}

const versionOf = (message: Uint8Array): Version => (demultiplex(message).version === 3 ? 3 : 2)

/** Whether a message with Tunnel ID 0 is an SCCRQ with a Tunnel Recovery AVP. */
function isRecoverySccrq(message: Uint8Array): boolean {
  const header = decodeControlHeader(message, versionOf(message))
  if (typeof header === 'string' || peekType(message) !== 'SCCRQ') return false
  const body = decodeBody(message, header, undefined)
  return body.ok && body.message.type === 'SCCRQ' && body.message.tunnelRecovery !== undefined
}

/** Whether a packet is one that the scenario picks. */
export function picks({ message, tunnel }: PacketPick, payload: Payload, kindOf: () => 'ordinary' | 'recovery'): boolean {
  const control = carriesControl(payload.bytes, payload.transport)
  const named =
    message === 'any' || (message === 'data' ? !control : control && (message === 'control' || isOfType(payload, message)))
  return named && (tunnel === 'any' || tunnel === kindOf())
}

const isOfType = ({ bytes, transport }: Payload, type: string): boolean => peekType(controlMessageIn(bytes, transport)) === type
