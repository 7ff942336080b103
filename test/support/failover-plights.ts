// Situations of a recovery that take some arranging: both sides fail at once with chosen tie breakers, a side that is restored
// but has not begun, a peer that asks to recover while the own recovery is not confirmed yet.

import type { Rng } from '../../sim/base/random.ts'
import { MILLISECOND, SECOND, type Nanos } from '../../sim/base/time.ts'
import type { ControlMessage } from '../../sim/l2tp/wire/messages.ts'
import {
  established,
  HANDMADE,
  lacOf,
  message,
  recoveryRequest,
  recoveryTunnels,
  tunnelOf,
  type Failing,
} from './failover-scenes.ts'
import { Pair, testRng, type Settings, type Side } from './pair.ts'

/** A generator whose first draws are given octets (as the top octet of each number), then those of another. */
export function scripted(octets: readonly number[], then: Rng): Rng {
  const left = [...octets]
  const uint32 = (): number => {
    const octet = left.shift()
    return octet === undefined ? then.uint32() : (octet << 24) >>> 0
  }
  return { uint32, double: () => then.double() }
}

/** A tie breaker that is one octet eight times. */
export const tie = (octet: number): readonly number[] => Array.from({ length: 8 }, () => octet)

/** The first draw of a life is where Tunnel IDs begin, the next eight octets are the tie breaker. */
export const withTie = (start: number, octet: number, then: Rng): Rng => scripted([start, ...tie(octet)], then)

export interface Doubly {
  readonly failing?: Failing
  /** Each octet of the tie breakers. */
  readonly ties: Readonly<Record<Side, number>>
  readonly rng?: Readonly<Record<Side, Rng>>
  readonly second?: boolean
}

/** A tunnel with a call; both sides fail and return at the same instant. A second tunnel waits for its turn on both sides if wanted. */
export function doubly({ failing = 'LNS', ties, rng = { A: testRng(50), R: testRng(60) }, second = false }: Doubly) {
  const pair = new Pair()
  pair.open(lacOf(failing))
  pair.call(lacOf(failing))
  if (second) pair.open(lacOf(failing))
  const settings: Settings = { failover: { parallel: 1 } }
  const [a, r] = [pair.mirror('A'), pair.mirror('R')]
  pair.crash('A')
  pair.crash('R')
  pair.pass(2 * SECOND)
  pair.restore('A', a, settings, withTie(1, ties.A, rng.A))
  pair.restore('R', r, settings, withTie(2, ties.R, rng.R))
  return { pair, returned: pair.now }
}

/** What a hand-made recovery SCCRQ has beside the IDs. */
const request = {
  type: 'SCCRQ',
  protocolVersion: { version: 1, revision: 0 },
  hostName: 'a',
  framingCapabilities: 3,
  assignedTunnelId: HANDMADE,
  tieBreaker: new Uint8Array(8),
} as const

export interface SecondWaits {
  readonly pair: Pair
  /** R's ID of the tunnel whose turn has not come. */
  readonly second: number
  /** From here on R is asked to recover it. */
  readonly start: Nanos
  /** R's side of that recovery tunnel. */
  readonly w: number
}

/** A is down. R recovers one of two tunnels at a time, and while the first is being tried, the peer asks for the second. */
export function secondWaits(): SecondWaits {
  const pair = established()
  pair.open('R')
  const mirror = pair.mirror('R')
  const { localTunnelId: second = 0, peerTunnelId: x = 0 } = mirror.tunnels[1]?.tunnel ?? {}
  pair.crash('A')
  pair.crash('R')
  pair.restore('R', mirror, { failover: { parallel: 1 } })
  const start = pair.now
  const tunnelRecovery = { recoverTunnelId: x, recoverRemoteTunnelId: second }
  pair.inject('R', message({ ...request, tunnelRecovery }, { tunnelId: 0, ns: 0, nr: 0 }), pair.addresses.A)
  pair.pass(20 * MILLISECOND)
  const w = recoveryTunnels(pair, 'R').find(({ initiator }) => !initiator)?.localTunnelId ?? 0
  return { pair, second, start, w }
}

/** R answers nothing that A asks, and A has given up; and how somebody answers after all in the name of R. */
export function unanswered() {
  const pair = established()
  pair.fate = ({ from, type, datagram }) => {
    // R says it, but as a message that A does not know.
    if (from === 'R' && type === 'FSR') datagram.bytes[19] = 99
    return 'deliver'
  }
  const { localTunnelId: tunnelId, sessions, channel } = tunnelOf(pair, 'A')
  const [session] = [...sessions.values()]
  pair.command('A', { name: 'query-sessions', tunnel: tunnelId })
  pair.pass(60 * SECOND)
  pair.fate = () => 'deliver'
  const answer = (sessionId: number): void => {
    const states = [{ sessionId, remoteSessionId: session?.localSessionId ?? 0 }]
    const fsr = message({ type: 'FSR', failoverSessionStates: states }, { tunnelId, ns: channel.expected, nr: channel.nextNs })
    pair.inject('A', fsr, pair.addresses.R)
    pair.pass(MILLISECOND)
  }
  return { pair, answer, peerSession: session?.peerSessionId ?? 0 }
}

export interface Challenged {
  readonly pair: Pair
  /** A's sides of its own recovery tunnel, and of the one that the peer wants. */
  readonly z: number
  readonly z2: number
  /** Somebody says this to A on one of them, in the name of R. */
  readonly say: (tunnelId: number, body: ControlMessage, nr: number) => void
}

/** A has sent its SCCCN, which never arrives, and is asked to let R recover the same tunnel. A second tunnel waits for its turn if wanted. */
export function challenged({ second = false, sequenced = false } = {}): Challenged {
  const pair = established({ sequenced })
  const { localTunnelId: x, peerTunnelId: y } = tunnelOf(pair, 'A')
  const asked = recoveryRequest(pair, { hostName: 'r', tunnelRecovery: { recoverTunnelId: y, recoverRemoteTunnelId: x } })
  if (second) pair.open('R')
  const mirror = pair.mirror('A')
  pair.crash('A')
  pair.restore('A', mirror, { failover: { parallel: 1 } })
  pair.fate = ({ from, type }) => (from === 'A' && type !== 'SCCRQ' ? 'drop' : 'deliver')
  pair.runUntilSent('A', 'SCCCN')
  pair.inject('A', asked, pair.addresses.R)
  pair.pass(MILLISECOND)
  const idOf = (own: boolean): number => recoveryTunnels(pair, 'A').find(({ initiator }) => initiator === own)?.localTunnelId ?? 0
  const say = (tunnelId: number, body: ControlMessage, nr: number): void => {
    pair.inject('A', message(body, { tunnelId, ns: 1, nr }), pair.addresses.R)
    pair.pass(MILLISECOND)
  }
  return { pair, z: idOf(true), z2: idOf(false), say }
}
