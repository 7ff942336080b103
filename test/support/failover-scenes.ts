// The beginnings that most failover conversations share: two endpoints, A that fails and R that stays, with a tunnel and calls;
// a failure of A and its return; and what a tunnel looks like in the end. Tunnel and Session IDs differ between the sides, so
// that an exchanged pair would show.

import { SECOND, type Nanos } from '../../sim/base/time.ts'
import type { LcceNotice } from '../../sim/l2tp/notices.ts'
import type { Tunnel } from '../../sim/l2tp/tunnel.ts'
import { encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { stampControlHeader } from '../../sim/l2tp/wire/header.ts'
import type { ControlMessage } from '../../sim/l2tp/wire/messages.ts'
import { Pair, type Settings, type Side } from './pair.ts'

/** Which end of the tunnel fails: A is that one. */
export type Failing = 'LAC' | 'LNS'
export const bothEnds: readonly Failing[] = ['LNS', 'LAC']

export interface Scene {
  readonly failing?: Failing
  /** Incoming calls, placed by the LAC. */
  readonly calls?: number
  readonly sequenced?: boolean
  readonly a?: Settings
  readonly r?: Settings
}

export const lacOf = (failing: Failing): Side => (failing === 'LAC' ? 'A' : 'R')

/** A tunnel opened by the LAC, with calls. */
export function established({ failing = 'LNS', calls = 1, sequenced = false, a = {}, r = {} }: Scene = {}): Pair {
  const pair = new Pair(a, { sessionIds: 'random', ...r })
  pair.open(lacOf(failing))
  for (let i = 0; i < calls; i++) pair.call(lacOf(failing), sequenced)
  return pair
}

export interface Failure {
  readonly side?: Side
  readonly down?: Nanos
  readonly settings?: Settings
}

/** A side fails and returns, with a complete mirror; the instant of its return. */
export function failAndReturn(pair: Pair, { side = 'A', down = 2 * SECOND, settings = {} }: Failure = {}): Nanos {
  const mirror = pair.mirror(side)
  pair.crash(side)
  pair.pass(down)
  pair.restore(side, mirror, settings)
  return pair.now
}

/** The only ordinary tunnel of a side. */
export function tunnelOf(pair: Pair, side: Side): Tunnel {
  const [tunnel, ...others] = pair.tunnels(side).filter(({ purpose }) => purpose === 'ordinary')
  if (tunnel === undefined || others.length > 0) throw new Error(`${side} has not exactly one tunnel`)
  return tunnel
}

/** Own and peer's ID of every established session, as A calls them. */
export function sessionPairs(pair: Pair, side: Side): readonly string[] {
  const pairs = pair
    .tunnels(side)
    .flatMap(({ sessions }) =>
      [...sessions.values()].map(({ localSessionId: own, peerSessionId: peer }) =>
        (side === 'A' ? [own, peer] : [peer, own]).join('/'),
      ),
    )
  return pairs.sort()
}

/** Ns and Nr as the next message of a side would carry them. */
export const numbers = ({ channel }: Tunnel): readonly [number, number] => [channel.nextNs, channel.expected]

/** Recovery tunnels, closed ones that only linger left out. */
export const recoveryTunnels = (pair: Pair, side: Side): readonly Tunnel[] =>
  pair.tunnels(side).filter(({ purpose }) => purpose === 'recovery')

type Kind = LcceNotice['kind']
type NoticeOf<K extends Kind> = Extract<LcceNotice, { readonly kind: K }>

/** What a side told about one kind of thing since an instant. */
export function told<K extends Kind>(pair: Pair, side: Side, kind: K, from: Nanos = 0): readonly NoticeOf<K>[] {
  return pair.told
    .filter((one) => one.side === side && one.at >= from && one.notice.kind === kind)
    .map(({ notice }) => notice as NoticeOf<K>)
}

/** The steps of the recoveries in which a side took part. */
export const steps = (pair: Pair, side: Side, from: Nanos = 0): readonly string[] =>
  told(pair, side, 'recovery', from).map(({ role, step }) => `${role} ${step}`)

export interface Header {
  readonly tunnelId: number
  readonly sessionId?: number
  readonly ns: number
  readonly nr: number
}

/** The octets of a message made by hand, to be injected. */
export function message(body: ControlMessage, { tunnelId, sessionId = 0, ns, nr }: Header): Uint8Array {
  const bytes = encodeMessage(body)
  stampControlHeader(bytes, tunnelId, sessionId, ns, nr)
  return bytes
}

type Sccrq = Extract<ControlMessage, { readonly type: 'SCCRQ' }>

/** Assigned Tunnel ID of recovery tunnels made by hand. */
export const HANDMADE = 4711

/** A recovery SCCRQ as A would send it, or otherwise. */
export function recoveryRequest(pair: Pair, overrides: Partial<Sccrq> = {}): Uint8Array {
  const { localTunnelId, peerTunnelId } = tunnelOf(pair, 'R')
  const request: Sccrq = {
    type: 'SCCRQ',
    protocolVersion: { version: 1, revision: 0 },
    hostName: 'a',
    framingCapabilities: 3,
    assignedTunnelId: HANDMADE,
    tieBreaker: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    tunnelRecovery: { recoverTunnelId: peerTunnelId, recoverRemoteTunnelId: localTunnelId },
    ...overrides,
  }
  return message(request, { tunnelId: 0, ns: 0, nr: 0 })
}
