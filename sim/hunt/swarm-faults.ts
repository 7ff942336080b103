// The faults of a drawn scenario: which kinds are on for a seed, and when and where each strikes. Half of them follow a message, for the
// defects are in the few milliseconds of a handshake, not in the quiet minutes.

import { MILLISECOND, type Nanos } from '../base/time.ts'
import type { FaultSpec, FaultTrigger } from '../scenario/schema.ts'
import type { Dice } from './dice.ts'

/** What faults may be drawn for. */
export interface Arena {
  /** Instances with their roles. */
  readonly endpoints: readonly ArenaEndpoint[]
  /** Pairs of instances that have a link. */
  readonly links: readonly (readonly [string, string])[]
  /** Faults at an instant strike before it. */
  readonly healed: Nanos
}

export interface ArenaEndpoint {
  readonly name: string
  readonly role: 'LAC' | 'LNS'
  readonly hasBackup: boolean
  /** Tunnels that the scenario opens at it, and calls in the fullest of them. */
  readonly tunnels: number
  readonly sessions: number
}

type Kind = Exclude<FaultSpec['kind'], 'inject' | 'attack' | 'misspeak'>

const kinds: readonly Kind[] = [
  'crash',
  'switchover',
  'restart',
  'cut',
  'pause',
  'call',
  'hang-up',
  'close-tunnel',
  'forget-sessions',
  'mispair-session',
  'query-sessions',
]

/** Crashes are what this is about; the other kinds are on for a seed or off. */
export function kindsOn(dice: Dice): readonly Kind[] {
  const others = kinds.filter((kind) => kind !== 'crash' && dice.on(0.25))
  return dice.chance(0.9) || others.length === 0 ? ['crash', 'crash', 'crash', ...others] : others
}

/** Between one fault and six, that will stand behind `before` others. */
export function drawFaults(dice: Dice, arena: Arena, before = 0): readonly FaultSpec[] {
  const on = kindsOn(dice)
  const count = dice.pick([1, 2, 2, 3, 3, 4, 6])
  const faults: FaultSpec[] = []
  for (let i = 0; i < count; i++) faults.push(drawFault(dice, arena, on, before + i))
  return faults
}

/** One seed of so many has attackers. */
const HOSTILE = 10

/** In most seeds none, else one or two; of a stream of their own, as they are beside the other faults. */
export function drawAttacks(dice: Dice, arena: Arena): readonly FaultSpec[] {
  if (!dice.chance(1 / HOSTILE)) return []
  return Array.from({ length: dice.pick([1, 1, 2]) }, () => {
    const [a, b] = dice.pick(arena.links)
    const [endpoint, as] = dice.chance(0.5) ? [a, b] : [b, a]
    return {
      kind: 'attack',
      at: dice.ms(0, arena.healed / MILLISECOND),
      delay: 0,
      endpoint,
      as,
      by: dice.pick(['off-path', 'on-path', 'peer']),
      rate: dice.pick([2, 10, 40]),
      for: dice.ms(100, 5_000),
    }
  })
}

/** One fault; `place` is where it will stand in the list, so that it may follow one before it. */
export function drawFault(dice: Dice, arena: Arena, on: readonly Kind[], place: number): FaultSpec {
  const kind = dice.pick(on)
  const victims = arena.endpoints.filter((endpoint) => canSuffer(kind, endpoint))
  const victim = dice.pick(victims.length === 0 ? arena.endpoints : victims)
  return strike(dice, arena, victims.length === 0 ? 'crash' : kind, { victim, time: drawTime(dice, arena, place) })
}

function canSuffer(kind: Kind, { hasBackup, tunnels, sessions }: ArenaEndpoint): boolean {
  switch (kind) {
    case 'switchover':
      return hasBackup
    case 'call':
    case 'close-tunnel':
    case 'query-sessions':
      return tunnels > 0
    case 'hang-up':
    case 'forget-sessions':
    case 'mispair-session':
      return sessions > 0
    default:
      return true
  }
}

type Time = Pick<FaultSpec, 'at' | 'when' | 'delay'>

/** Messages that a failure on their heels hurts most, with how often each is chosen. */
const moments = [
  ...(['SCCRQ', 'SCCRQ', 'SCCRP', 'SCCRP', 'SCCRP', 'SCCCN', 'SCCCN', 'StopCCN', 'HELLO'] as const),
  ...(['ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN', 'CDN', 'FSQ', 'FSQ', 'FSR', 'FSR', 'ZLB', 'control'] as const),
] as const

function drawTime(dice: Dice, arena: Arena, place: number): Time {
  if (dice.chance(0.5)) return { at: dice.chance(0.3) ? dice.shortMs(1_000) : dice.ms(0, arena.healed / MILLISECOND), delay: 0 }
  return { when: drawTrigger(dice, arena, place), delay: dice.chance(0.5) ? 0 : dice.shortMs(2_000) }
}

function drawTrigger(dice: Dice, { endpoints }: Arena, place: number): FaultTrigger {
  const message = dice.pick(moments)
  return {
    endpoint: dice.pick(endpoints).name,
    ...(dice.chance(0.5) ? { sends: message } : { receives: message }),
    tunnel: dice.pick(['any', 'any', 'ordinary', 'recovery']),
    nth: dice.pick([1, 1, 1, 2, 3]),
    ...(place > 0 && dice.chance(0.6) ? { after: dice.int(0, place - 1) } : {}),
  }
}

interface Blow {
  readonly victim: ArenaEndpoint
  readonly time: Time
}

/** An outage that is over before long. */
const outage = (dice: Dice): Nanos => dice.shortMs(20_000) + MILLISECOND

function strike(dice: Dice, arena: Arena, kind: Kind, { victim, time }: Blow): FaultSpec {
  const { name: endpoint, role } = victim
  switch (kind) {
    case 'crash':
      return { kind, ...time, endpoint, plane: dice.pick(['control', 'control', 'control', 'both', 'data']) }
    case 'switchover':
    case 'restart':
      return { kind, ...time, endpoint }
    case 'cut': {
      const [a, b] = dice.pick(arena.links)
      return { kind, ...time, link: [a, b], direction: dice.pick(['both', 'forward', 'backward']), for: outage(dice) }
    }
    case 'pause':
      return { kind, ...time, endpoint, for: outage(dice) }
    case 'call': {
      const call = role === 'LAC' ? 'incoming' : 'outgoing'
      return { kind, ...time, endpoint, tunnel: tunnelOf(dice, victim), call, sequenced: dice.chance(0.3) }
    }
    default:
      return strikeTunnel(dice, kind, { victim, time })
  }
}

type TunnelKind = Exclude<Kind, 'crash' | 'switchover' | 'restart' | 'cut' | 'pause' | 'call'>

const tunnelOf = (dice: Dice, { tunnels }: ArenaEndpoint): number => dice.int(1, tunnels)

function strikeTunnel(dice: Dice, kind: TunnelKind, { victim, time }: Blow): FaultSpec {
  const { name: endpoint, sessions } = victim
  const tunnel = tunnelOf(dice, victim)
  const session = (): number => dice.int(1, sessions)
  switch (kind) {
    case 'hang-up':
      return { kind, ...time, endpoint, tunnel, session: dice.chance(0.2) ? 'all' : session() }
    case 'forget-sessions':
      return { kind, ...time, endpoint, tunnel, sessions: dice.chance(0.3) ? 'all' : [session()] }
    case 'mispair-session': {
      const pairing = dice.chance(0.5) ? { peerOf: session() } : { peerSessionId: dice.int(0, 9) }
      return { kind, ...time, endpoint, tunnel, session: session(), ...pairing }
    }
    default:
      return { kind, ...time, endpoint, tunnel }
  }
}

/** What of a scenario faults may be drawn for. */
export function arenaOf(expanded: Expanded, healed: Nanos): Arena {
  const at = (name: string): Expanded['tunnels'] => expanded.tunnels.filter(({ from, to }) => from === name || to === name)
  const calls = (tunnels: Expanded['tunnels']): number =>
    tunnels.reduce((least, { sessions }) => Math.min(least, sessions.reduce((sum, { count }) => sum + count, 0)), Infinity)
  return {
    healed,
    links: expanded.links.map(({ ends }) => ends),
    endpoints: expanded.endpoints.map(({ name, role, backup }) => {
      const tunnels = at(name)
      const sessions = tunnels.length === 0 ? 0 : calls(tunnels)
      return { name, role, hasBackup: backup.mode !== 'none', tunnels: tunnels.length, sessions }
    }),
  }
}

/** The lists of an expansion that an arena is made of. */
interface Expanded {
  readonly endpoints: readonly { readonly name: string; readonly role: 'LAC' | 'LNS'; readonly backup: { readonly mode: string } }[]
  readonly links: readonly { readonly ends: readonly [string, string] }[]
  readonly tunnels: readonly { readonly from: string; readonly to: string; readonly sessions: readonly { readonly count: number }[] }[]
}
