// Recoveries that go wrong in a particular way, for drawn scenarios: in some seeds the faults tell a story about one tunnel, for what takes
// three coincidences is met in no seed of a thousand. Drawn from a stream of their own, so that a seed without a story is what it would be
// if there were none.

import { MILLISECOND, SECOND, type Nanos } from '../base/time.ts'
import type { RetransmitConfig } from '../l2tp/config.ts'
import type { EndpointSpec, FaultSpec, FaultTrigger, LinkScenario, Scenario, TunnelSpec } from '../scenario/schema.ts'
import { baseParts, changed } from './base-parts.ts'
import type { Dice } from './dice.ts'

/** A scenario that tells a story, and until when it goes on. */
export interface Story {
  readonly scenario: Scenario
  /** They come first in the list of faults. */
  readonly faults: readonly FaultSpec[]
  readonly until: Nanos
}

/** One seed of so many tells a story. */
const STORIES = 3

/** Who fails, who is at the other end, and what may be changed about both. */
export interface Stage {
  readonly dice: Dice
  readonly victim: string
  readonly peer: string
  /** When the story begins; by then the first tunnel and its calls are up. */
  readonly at: Nanos
  readonly retransmit: RetransmitConfig
}

type Failover = EndpointSpec['l2tp']['failover']

/** What a story needs besides its faults. */
export interface Plot {
  readonly faults: readonly FaultSpec[]
  /** Of both ends, and what only the victim has otherwise. */
  readonly both?: Partial<Failover>
  readonly own?: Partial<Failover>
  readonly peers?: Partial<Failover>
  /** When the peer comes back, if it fails as well; by default like the victim. */
  readonly peerAfter?: Nanos
  readonly after?: Nanos
  readonly latency?: Nanos
  /** Tunnels between the two, at least. */
  readonly tunnels?: number
  readonly l2tp?: Partial<EndpointSpec['l2tp']>
  readonly busy?: boolean
}

type Moment = Pick<FaultSpec, 'at' | 'when' | 'delay'>

export const when = (endpoint: string, what: Partial<FaultTrigger>, delay: Nanos = 0): Moment => ({
  when: { endpoint, tunnel: 'recovery', nth: 1, ...what },
  delay,
})
export const once = (at: Nanos): Moment => ({ at, delay: 0 })

export const crash = (endpoint: string, time: Moment): FaultSpec => ({ kind: 'crash', ...time, endpoint, plane: 'control' })
export const cut = (stage: Stage, time: Moment, duration: Nanos, direction: 'both' | 'forward' | 'backward' = 'both'): FaultSpec => ({
  kind: 'cut',
  ...time,
  link: [stage.victim, stage.peer],
  direction,
  for: duration,
})

/** Nobody answers the victim's recovery for a while, at its beginning or in its middle. */
function unanswered(stage: Stage): Plot {
  const { dice, victim, peer, at } = stage
  const message = dice.pick(['SCCRQ', 'SCCRQ', 'SCCRP', 'SCCCN'] as const)
  const duration = dice.ms(300, dice.pick([4_000, 12_000]))
  const silence: FaultSpec =
    message === 'SCCRQ' && dice.chance(0.3)
      ? { kind: 'pause', ...when(victim, { sends: message }), endpoint: peer, for: duration }
      : cut(stage, when(message === 'SCCRP' ? peer : victim, { sends: message }), duration, dice.pick(['both', 'both', 'backward']))
  return {
    faults: [crash(victim, once(at)), silence],
    own: { retries: dice.pick([0, 1, 1, 2, 3]), recoveryTime: dice.pick([1, 3, 10, 30]) * SECOND, parallel: dice.pick([0, 1]) },
    tunnels: dice.pick([1, 1, 2, 3]),
  }
}

/** Both ends fail, and ask for the recovery of their tunnels at about the same time. */
function twins(stage: Stage): Plot {
  const { dice, victim, peer, at } = stage
  const after = dice.ms(50, 1_500)
  const twist = dice.pick(['none', 'silence', 'close', 'again'] as const)
  const teller = dice.pick([victim, peer])
  const faults: FaultSpec[] = [crash(victim, once(at)), crash(peer, once(at + dice.ms(0, 40)))]
  if (twist === 'silence') {
    const message = dice.pick(['SCCRQ', 'SCCRP', 'SCCRP'] as const)
    const time = when(teller, { sends: message }, dice.shortMs(100))
    faults.push(cut(stage, time, dice.ms(500, 8_000), dice.pick(['both', 'forward', 'backward'])))
  } else if (twist === 'close') {
    const message = dice.pick(['SCCRQ', 'SCCRP', 'SCCCN'] as const)
    const time = when(teller, { sends: message }, dice.shortMs(100))
    faults.push({ kind: 'close-tunnel', ...time, endpoint: dice.pick([victim, peer]), tunnel: 1 })
  } else if (twist === 'again') {
    const message = dice.pick(['SCCRQ', 'SCCRP', 'SCCCN'] as const)
    faults.push(crash(dice.pick([victim, peer]), when(teller, { sends: message }, dice.shortMs(100))))
  }
  // Two that are equal are drawn by chance once in an age.
  const tied = dice.chance(0.4) ? { l2tp: { tieBreakers: Array.from({ length: dice.pick([1, 2, 4, 6, 12]) }, (_, i) => i + 1) } } : {}
  return {
    faults,
    both: { retries: dice.pick([0, 1, 3]), recoveryTime: 30 * SECOND, parallel: dice.pick([0, 1, 1]) },
    peers: { parallel: dice.pick([0, 0, 1]) },
    after,
    peerAfter: after + dice.ms(0, 60),
    latency: dice.ms(20, 'l2tp' in tied ? 200 : 120),
    tunnels: dice.pick([1, 2, 3]),
    ...tied,
  }
}

/** The peer fails when it has offered the recovery, and asks for its own while the victim waits for an acknowledgement. */
function challenge(stage: Stage): Plot {
  const { dice, victim, peer, at } = stage
  const faults: FaultSpec[] = [crash(victim, once(at)), crash(peer, when(peer, { sends: 'SCCRP' }, dice.pick([0, 0, MILLISECOND])))]
  const twist = dice.pick(['none', 'silence', 'silence', 'close', 'close-own', 'again'] as const)
  const later = { after: 1 }
  if (twist === 'silence') {
    const message = dice.pick([{ sends: 'SCCRP' }, { receives: 'SCCRQ' }] as const)
    faults.push(cut(stage, when(victim, { ...message, ...later }), dice.ms(500, 9_000), dice.pick(['both', 'forward', 'backward'])))
  } else if (twist === 'close') {
    faults.push({ kind: 'close-tunnel', ...when(peer, { sends: 'SCCRQ', ...later }, dice.ms(0, 150)), endpoint: peer, tunnel: 1 })
  } else if (twist === 'close-own') {
    faults.push({ kind: 'close-tunnel', ...when(victim, { receives: 'SCCRQ', ...later }, dice.shortMs(50)), endpoint: victim, tunnel: 1 })
  } else if (twist === 'again') {
    faults.push(crash(peer, when(victim, { sends: 'SCCRP', ...later }, dice.shortMs(50))))
  }
  return {
    faults,
    both: { retries: dice.pick([0, 1, 3]), recoveryTime: 30 * SECOND, parallel: dice.pick([0, 1, 1]) },
    after: dice.ms(50, 1_000),
    peerAfter: dice.ms(50, 2_500),
    latency: dice.ms(5, 60),
    tunnels: dice.pick([1, 2, 3]),
  }
}

/** The tunnel is closed by either end while it is being recovered. */
function closing(stage: Stage): Plot {
  const { dice, victim, peer, at } = stage
  const by = dice.pick([victim, victim, peer])
  const message = by === peer ? 'SCCRP' : dice.pick(['SCCRQ', 'SCCRQ', 'SCCCN'] as const)
  const others = dice.chance(0.3) ? [crash(victim, when(victim, { sends: 'SCCRQ' }, dice.shortMs(400)))] : []
  const time = when(by, { sends: message }, dice.shortMs(60))
  return {
    faults: [crash(victim, once(at)), { kind: 'close-tunnel', ...time, endpoint: by, tunnel: 1 }, ...others],
    both: { recoveryTime: 30 * SECOND, parallel: dice.pick([0, 1, 1]) },
    latency: dice.ms(10, 60),
    tunnels: dice.pick([1, 2, 3]),
  }
}

/** The victim asks about its sessions, and the answer comes when it has been given up; tables may be wrong meanwhile. */
function lateAnswers(stage: Stage): Plot {
  const { dice, victim, peer, at } = stage
  const ordered: FaultSpec = { kind: 'query-sessions', ...once(at), endpoint: victim, tunnel: 1 }
  const question = dice.chance(0.5) ? crash(victim, once(at)) : ordered
  const wrong = dice.pick(['none', 'forgotten', 'forgotten', 'mispaired', 'mispaired-late'] as const)
  const faults: FaultSpec[] = [question]
  faults.push(cut(stage, when(peer, { receives: 'FSQ', tunnel: 'any' }, dice.ms(1, 45)), dice.ms(900, 6_000), 'backward'))
  if (wrong === 'forgotten')
    faults.push({ kind: 'forget-sessions', ...once(at - 100 * MILLISECOND), endpoint: peer, tunnel: 1, sessions: [1] })
  else if (wrong !== 'none') {
    const delay = wrong === 'mispaired' ? dice.shortMs(200) : dice.ms(900, 3_000)
    const pairing = dice.chance(0.5) ? { peerOf: 2 } : { peerSessionId: dice.int(20, 29) }
    const time = when(victim, { sends: 'FSQ', tunnel: 'any' }, delay)
    faults.push({ kind: 'mispair-session', ...time, endpoint: victim, tunnel: 1, session: 1, ...pairing })
  }
  return {
    faults,
    both: { responseTimeout: SECOND, queryTries: dice.pick([1, 1, 2]), coalesceResponses: true, recoveryTime: 30 * SECOND },
  }
}

/** One of the two has its sessions paired otherwise than the other, and either asks. */
function mispaired(stage: Stage): Plot {
  const { dice, victim, peer, at } = stage
  const wrong = dice.pick([victim, peer])
  const [session, other] = dice.pick([[1, 2], [2, 1]] as const)
  const pairing = dice.chance(0.7) ? { peerOf: other } : { peerSessionId: dice.int(20, 29) }
  const asks = dice.pick([victim, peer])
  return {
    faults: [
      { kind: 'mispair-session', ...once(at), endpoint: wrong, tunnel: 1, session, ...pairing },
      dice.chance(0.5) ? crash(asks, once(at + SECOND)) : { kind: 'query-sessions', ...once(at + SECOND), endpoint: asks, tunnel: 1 },
    ],
    both: { recoveryTime: 30 * SECOND, staleDelay: dice.pick([100, 1_000, 3_000]) * MILLISECOND },
  }
}

/** Sessions are known to live by their data, or not asked about at all by one end, and the other asks more than once. */
function askedAgain(stage: Stage): Plot {
  const { dice, victim, peer, at } = stage
  const asks = dice.pick([victim, peer])
  const policies = [{ query: 'all' }, { query: dice.pick(['suspect', 'none'] as const), suspectAfter: 5 * SECOND }] as const
  const [own, peers] = asks === victim ? policies : [policies[1], policies[0]]
  return {
    faults: [
      crash(victim, once(at)),
      { kind: 'query-sessions', ...once(at + dice.ms(2_500, 5_000)), endpoint: asks, tunnel: 1 },
    ],
    both: { recoveryTime: 30 * SECOND, staleDelay: 100 * MILLISECOND },
    own,
    peers,
    after: dice.ms(50, 800),
    busy: true,
  }
}

/** The victim fails when its peer holds messages that came out of order, and both begin anew at zero. */
function heldBack(stage: Stage): Plot {
  const { dice, victim, at } = stage
  const placed = { endpoint: victim, tunnel: 1, call: 'outgoing', sequenced: false } as const
  const call = (time: Nanos): FaultSpec => ({ kind: 'call', ...once(time), ...placed })
  const calls = dice.pick([1, 2, 3])
  return {
    faults: [
      cut(stage, once(at - MILLISECOND), 2 * MILLISECOND, 'forward'),
      call(at),
      ...Array.from({ length: calls }, (_, i) => call(at + (2 + i) * MILLISECOND)),
      crash(victim, once(at + dice.ms(100, 200))),
      ...Array.from({ length: dice.pick([1, 2, 4]) }, (_, i) => call(at + 4 * SECOND + i * dice.ms(50, 400))),
    ],
    both: { recoveryTime: 30 * SECOND, suggestControlSequence: false, enabled: true },
    after: dice.ms(50, 800),
    latency: dice.ms(1, 30),
    l2tp: { firstNs: 0, outOfOrder: 'queue', receiveWindow: 16 },
  }
}

const plots = [
  ...[unanswered, unanswered, unanswered, twins, twins, twins, challenge, challenge, closing],
  ...[lateAnswers, lateAnswers, mispaired, askedAgain, askedAgain, heldBack],
] as const

/** In some seeds a story, for which the settings of the two ends, their link and their first tunnels are changed; undefined in the rest. */
export function drawStory(scenario: Scenario, dice: Dice): Story | undefined {
  return dice.chance(1 / STORIES) && scenario.tunnels.length > 0 ? tell(scenario, dice, dice.pick(plots)) : undefined
}

/** `scenario`, which has a tunnel, with the story of its first one. */
export function tell(scenario: Scenario, dice: Dice, plot: (stage: Stage) => Plot): Story {
  const { from, to } = scenario.tunnels[0]!
  const asVictim = plot === heldBack ? lnsOf(scenario, from, to) : dice.pick([from, to])
  const count = dice.pick([1, 2, 2, 3])
  // One retransmission leaves the slowest link no time if it comes early.
  const retransmit = { initial: (count === 1 ? 1_000 : dice.pick([250, 500])) * MILLISECOND, cap: 8 * SECOND, count }
  const stage: Stage = { dice, victim: asVictim, peer: asVictim === from ? to : from, at: dice.ms(3_000, 4_500), retransmit }
  const told = plot(stage)
  return { scenario: staged(scenario, stage, told), faults: told.faults, until: stage.at + 8 * SECOND }
}

const lnsOf = ({ endpoints }: Scenario, from: string, to: string): string => (endpoints[from]!.role === 'LNS' ? from : to)

/** The scenario with everything that the story needs. */
function staged(scenario: Scenario, stage: Stage, plot: Plot): Scenario {
  const { victim, peer, dice } = stage
  const { both, own, peers, after = dice.ms(50, 1_500), peerAfter = after } = plot
  const setUp = (name: string, failover: Partial<Failover>, back: Nanos): EndpointSpec => {
    const spec = scenario.endpoints[name]!
    const l2tp = changed(spec.l2tp, {
      retransmit: stage.retransmit,
      ...plot.l2tp,
      failover: changed(spec.l2tp.failover, { enabled: true, controlChannel: true, tunnelLimit: 0, ...both, ...failover }),
    })
    const backup = changed(spec.backup, { mode: 'none', address: undefined })
    const dataPlane = { ...spec.dataPlane, survivesControlFailure: true }
    return changed(spec, { l2tp, backup, dataPlane, restart: changed(spec.restart, { after: back, persistent: true }) })
  }
  const told = { [victim]: setUp(victim, own ?? {}, after), [peer]: setUp(peer, peers ?? {}, peerAfter) }
  return changed(scenario, {
    endpoints: { ...agreed(scenario.endpoints, plot), ...told },
    links: scenario.links.map((link) => slowed(link, stage, plot.latency)),
    tunnels: carried(scenario.tunnels, dice, plot),
  })
}

/** All begin with the number that the two begin with. */
function agreed(endpoints: Scenario['endpoints'], { l2tp }: Plot): Scenario['endpoints'] {
  const firstNs = l2tp?.firstNs
  if (firstNs === undefined) return endpoints
  const begun = (spec: EndpointSpec): EndpointSpec => changed(spec, { l2tp: changed(spec.l2tp, { firstNs }) })
  return Object.fromEntries(Object.entries(endpoints).map(([name, spec]) => [name, begun(spec)]))
}

/** The link of the two, as long as the story wants it. */
function slowed(link: LinkScenario, { victim, peer }: Stage, latency: Nanos | undefined): LinkScenario {
  if (latency === undefined || ![victim, peer].every((end) => (link.between as readonly string[]).includes(end))) return link
  return changed(link, { forward: changed(link.forward, { latency }), backward: changed(link.backward, { latency }) })
}

/** The first tunnel with a few calls from the beginning, and as many like it as the story wants. */
function carried(tunnels: readonly TunnelSpec[], dice: Dice, { tunnels: count = 1, busy = false }: Plot): readonly TunnelSpec[] {
  const { sessions } = baseParts()
  const [first, ...rest] = tunnels
  const traffic = busy ? changed(sessions.traffic, { rate: 4, size: 60, end: 12 * SECOND }) : sessions.traffic
  const group = changed(sessions, { count: dice.pick([2, 2, 3, 4]), sequenced: dice.chance(0.6), traffic })
  if (first === undefined) return tunnels
  const told = changed(first, { at: 0, sessions: [group], redial: 'never' })
  const more = Array.from({ length: count - 1 }, (_, i) =>
    changed(told, { at: (i + 1) * 10 * MILLISECOND, sessions: dice.chance(0.5) ? [group] : [] }),
  )
  return [told, ...more, ...rest]
}
