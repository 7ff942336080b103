// What the search wants to know of an endpoint's state: whether it is at rest, which tunnels and sessions it holds, and which numbers
// its channels stand at.

import type { Endpoint } from '../endpoint/endpoint.ts'
import type { Session, Tunnel } from '../l2tp/tunnel.ts'

/** An established session, as this side knows the pair. */
export interface HeldSession {
  readonly tunnel: number
  readonly session: number
  readonly peerTunnel: number
  readonly peerSession: number
  readonly peerIp: string
  /** `tunnel/session`. */
  readonly key: string
  /** Nothing need tell this side that the other has it no more. */
  readonly unasked: boolean
}

export interface HeldTunnel {
  readonly tunnel: number
  readonly peerTunnel: number
  readonly peerIp: string
  readonly nextNs: number
  readonly expected: number
}

export interface Outlook {
  /** Addresses at which the endpoint can be found now. */
  readonly ip: string
  /** Up, and nothing is under way: no handshake, no recovery, no synchronisation, no message unacknowledged. */
  readonly settled: boolean
  /** In words, what keeps it from being settled; empty when it is. */
  readonly unsettled: string
  readonly tunnels: readonly HeldTunnel[]
  /** Of a control plane that is down: those its successor will know of. */
  readonly sessions: readonly HeldSession[]
}

/** What keeps an endpoint from being settled whose control plane is down. */
export const IS_DOWN = 'is down'

export function outlookOf(endpoint: Endpoint): Outlook {
  const { control, address } = endpoint
  if (control === undefined) return { ip: address.ip, settled: false, unsettled: IS_DOWN, tunnels: [], sessions: remembered(endpoint) }
  const all = [...control.tunnels()]
  const unsettled = all.map(unsettledBy).find((why) => why !== undefined) ?? ''
  const open = all.filter((tunnel) => isOpen(tunnel))
  return {
    ip: address.ip,
    settled: unsettled === '',
    unsettled,
    tunnels: open.map(({ localTunnelId, peerTunnelId, peer, channel }) => ({
      tunnel: localTunnelId,
      peerTunnel: peerTunnelId,
      peerIp: peer.ip,
      nextNs: channel.nextNs,
      expected: channel.expected,
    })),
    sessions: open.flatMap(sessionsOf),
  }
}

const isOpen = ({ closing, purpose, state }: Tunnel): boolean => !closing && purpose === 'ordinary' && state === 'established'

/** Why a tunnel is not at rest; undefined when it is, also when it is kept to acknowledge only. */
function unsettledBy(tunnel: Tunnel): string | undefined {
  const { localTunnelId, channel, purpose, state, closing, ownRecovery, peerRecovery, synchronising } = tunnel
  const name = `tunnel ${String(localTunnelId)}`
  if (!channel.idle) return `${name} has messages unacknowledged`
  if (closing) return undefined
  if (purpose === 'recovery') return `recovery tunnel ${String(localTunnelId)} is still there`
  if (state !== 'established') return `${name} is half-open (${state})`
  if (channel.suspended) return `${name} is suspended`
  if (ownRecovery !== undefined && ownRecovery.state !== 'recovered') return `recovery of ${name} is ${ownRecovery.state}`
  if (peerRecovery.state !== 'normal') return `${name} is being recovered by the peer (${peerRecovery.state})`
  if (synchronising !== undefined) return `${name} is not synchronised`
  for (const session of tunnel.sessions.values()) {
    if (session.state !== 'established') return `${name} session ${String(session.localSessionId)} is ${session.state}`
  }
  return undefined
}

function sessionsOf(tunnel: Tunnel): readonly HeldSession[] {
  const { localTunnelId, peerTunnelId, peer } = tunnel
  return [...tunnel.sessions.values()].flatMap((session) => {
    const { state, localSessionId, peerSessionId } = session
    if (state !== 'established') return []
    return [held(localTunnelId, localSessionId, { peerTunnelId, peerSessionId, peerIp: peer.ip, unasked: isUnasked(tunnel, session) })]
  })
}

/**
 * R4951-AMB-53: what the other side has lost, this side finds out by asking, and it is configured not to ask about every session. With
 * `none` it has not asked about whatever has no proof since the reset; with `suspect`, what was heard of lately passes for alive.
 */
function isUnasked({ channel, lcce }: Tunnel, { sync }: Session): boolean {
  const { query } = lcce.config.failover
  if (query === 'all' || channel.epoch === 0) return false
  return sync === 'unsynchronised' || (query === 'suspect' && sync === 'synchronised')
}

function remembered({ remembered: { tunnels } }: Endpoint): readonly HeldSession[] {
  return tunnels.flatMap(({ tunnel: { localTunnelId, peerTunnelId, peer }, sessions }) =>
    sessions.map(({ localSessionId, peerSessionId }) =>
      held(localTunnelId, localSessionId, { peerTunnelId, peerSessionId, peerIp: peer.ip, unasked: false }),
    ),
  )
}

interface There {
  readonly peerTunnelId: number
  readonly peerSessionId: number
  readonly peerIp: string
  readonly unasked: boolean
}

function held(tunnel: number, session: number, { peerTunnelId, peerSessionId, peerIp, unasked }: There): HeldSession {
  const key = `${String(tunnel)}/${String(session)}`
  return { tunnel, session, peerTunnel: peerTunnelId, peerSession: peerSessionId, peerIp, key, unasked }
}

/** Whether the other side knows the same pair. */
export function holds(outlook: Outlook, { tunnel, session, peerTunnel, peerSession }: HeldSession): boolean {
  return outlook.sessions.some(
    (there) =>
      there.tunnel === peerTunnel && there.session === peerSession && there.peerTunnel === tunnel && there.peerSession === session,
  )
}

/**
 * The tunnels of one side that the other has not, in words; undefined when every tunnel is on both sides, and every session, but for those
 * that the side which has them is configured not to ask about.
 */
export function disagreement(a: Outlook, b: Outlook): string | undefined {
  for (const { tunnel, peerTunnel, peerIp, nextNs, expected } of a.tunnels) {
    if (peerIp !== b.ip) continue
    const other = b.tunnels.find((there) => there.tunnel === peerTunnel && there.peerTunnel === tunnel)
    if (other === undefined) return `tunnel ${String(tunnel)} is established on one side only`
    if (other.expected !== nextNs || other.nextNs !== expected) return `the numbers of tunnel ${String(tunnel)} do not agree`
  }
  for (const session of a.sessions) {
    if (session.peerIp === b.ip && !session.unasked && !holds(b, session))
      return `session ${String(session.session)} of tunnel ${String(session.tunnel)} is established on one side only`
  }
  return undefined
}
