// A random life of two endpoints with several tunnels and calls, over a wire that loses, repeats and delays, with failures of
// either or both and what their mirrors remember. Then the faults end, and what is left must agree on both sides. Plans are
// plain data, so that a failing one shrinks and can be written down.

import fc from 'fast-check'
import { MILLISECOND, MINUTE, NEVER, SECOND, type Nanos } from '../../sim/base/time.ts'
import type { LcceConfig } from '../../sim/l2tp/config.ts'
import type { MirroredSession, MirrorState } from '../../sim/l2tp/mirror-state.ts'
import { timerNames, type Tunnel } from '../../sim/l2tp/tunnel.ts'
import { Pair, testRng, type Fate, type Settings, type Side } from './pair.ts'

/** What the mirror knows of the sessions: all; not the newest ones; ended ones too; no tunnel at all. */
export type Memory = 'complete' | 'too-little' | 'too-much' | 'nothing'

export type Deed =
  | { readonly do: 'crash'; readonly side: Side; readonly downMs: number; readonly memory: Memory }
  | { readonly do: 'call'; readonly side: Side; readonly tunnel: number; readonly call: 'incoming' | 'outgoing' }
  | { readonly do: 'hang-up' | 'forget' | 'mispair'; readonly side: Side; readonly session: number }
  | { readonly do: 'close' | 'query' | 'open'; readonly side: Side; readonly tunnel: number }

/** `atMs` counts from the deed before: what follows on the heels of a failure matters most. */
type TimedDeed = Deed & { readonly atMs: number }

export interface Plan {
  readonly chance: number
  readonly tunnels: readonly Side[]
  readonly calls: number
  /** Per mille. */
  readonly loss: number
  readonly repeats: number
  readonly delays: number
  readonly delayMs: number
  /** No AVP 78. Late packets would disturb the channel then, as RFC 4951 5.3 warns: only without delays and repeats. */
  readonly zeroReset: boolean
  readonly settings: Record<Side, Settings>
  readonly deeds: readonly TimedDeed[]
}

const side = fc.constantFrom<Side>('A', 'R')
const memory = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Memory>('complete') },
  { weight: 4, arbitrary: fc.constantFrom<Memory>('too-little', 'too-much') },
  { weight: 1, arbitrary: fc.constant<Memory>('nothing') },
)
/** Short times are the ones in which recoveries are broken off. */
const atMs = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 60_000 }))
const tunnel = fc.nat({ max: 2 })

const deed = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      side,
      downMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 0, max: 90_000 }),
      ),
      memory,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      side,
      tunnel,
      call: fc.constantFrom('incoming' as const, 'outgoing' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hang-up' as const), side, session: fc.nat({ max: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('forget' as const, 'mispair' as const), side, session: fc.nat({ max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'query' as const, 'open' as const), side, tunnel }) },
)

const often = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...others) })

const failover = fc.record({
  recoveryTime: often<Nanos>(60 * SECOND, 0, 3 * SECOND, 100 * SECOND),
  recoveryTimer: often<LcceConfig['failover']['recoveryTimer']>('parallel', 'afterExhaustion'),
  controlChannel: often(true, true, false),
  dataChannel: often(true, false),
  dataPlaneSurvives: often(false, true),
  responseLimit: often(0, 1),
  coalesceResponses: often(false, true),
  shuffleResponses: often(false, true),
  mtu: often(1500, 90),
  retries: often(0, 1, 3),
  parallel: often(0, 1),
  tunnelLimit: often(0, 2),
  force: often(false, true),
})
// RFC 4951 5.1: never neither C nor D; without both there are no queries.
const capable = failover.map((drawn) => ({ ...drawn, dataChannel: drawn.dataChannel || !drawn.controlChannel }))

const settings = fc.record({
  receiveWindow: often(4, 1, 16),
  outOfOrder: often<LcceConfig['outOfOrder']>('queue', 'drop'),
  helloInterval: often<Nanos>(60 * SECOND, 7 * SECOND),
  sessionIds: often<LcceConfig['sessionIds']>('least-recently-used', 'random'),
  challenge: often(false, true),
  tieBreaker: often(false, true),
  failover: capable,
})

const secret = often<string | undefined>(undefined, 'old secret')

const planOf = (deeds: fc.Arbitrary<readonly TimedDeed[]>): fc.Arbitrary<Plan> =>
  fc.record({
    chance: fc.nat({ max: 0xffff_ffff }),
    tunnels: fc.array(side, { minLength: 1, maxLength: 3 }),
    calls: fc.nat({ max: 4 }),
    loss: often(0, 50, 200, 400),
    repeats: often(0, 100, 300),
    delays: often(0, 100, 300),
    delayMs: fc.constantFrom(20, 200, 3_000),
    zeroReset: often(false, true),
    settings: fc
      .record({ A: settings, R: settings, secret })
      .map(({ A, R, secret }) => ({ A: { ...A, secret }, R: { ...R, secret } })),
    deeds,
  })

/** Anything, at any time. */
export const plans = planOf(
  fc.array(
    fc.tuple(deed, atMs).map(([what, at]) => ({ ...what, atMs: at })),
    { minLength: 1, maxLength: 8 },
  ),
)

/** Failures on the heels of failures, in the few hundred milliseconds that a recovery takes. */
export const storms = planOf(
  fc.array(
    fc.record({
      do: fc.constant('crash' as const),
      side,
      downMs: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 1_500 })),
      memory: fc.constantFrom<Memory>('complete', 'complete', 'too-little', 'too-much'),
      atMs: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 1_500 })),
    }),
    { minLength: 2, maxLength: 6 },
  ),
)

/** Sessions that a side ever had, by Tunnel ID: what a lagging mirror may still hold. */
type Past = Map<number, Map<number, MirroredSession>>

/** Lives a plan: set-up without faults, deeds with faults, then a long time without. */
export class Chaos {
  readonly pair: Pair
  private readonly plan: Plan
  private readonly past: Record<Side, Past> = { A: new Map(), R: new Map() }
  private readonly down: { readonly side: Side; readonly mirror: MirrorState; readonly until: Nanos }[] = []

  constructor(plan: Plan) {
    this.plan = plan
    const suggestControlSequence = !plan.zeroReset || plan.delays > 0 || plan.repeats > 0
    const settingsOf = (side: Side): Settings => {
      const settings = plan.settings[side]
      return { ...settings, failover: { ...settings.failover, suggestControlSequence } }
    }
    this.pair = new Pair(settingsOf('A'), settingsOf('R'), plan.chance)
  }

  live(): void {
    const { pair, plan } = this
    for (const from of plan.tunnels) pair.open(from)
    for (let i = 0; i < plan.calls; i++) this.call(i % 3 === 2 ? 'R' : 'A', i, i % 2 === 0 ? 'incoming' : 'outgoing')
    pair.pass(2 * SECOND)
    const start = pair.now
    pair.fate = this.weather()
    for (const deed of plan.deeds) {
      this.wait(pair.now + deed.atMs * MILLISECOND)
      this.act(deed)
    }
    this.wait(Math.max(pair.now, start) + 5 * SECOND)
    pair.fate = () => 'deliver'
    while (this.down.length > 0) this.wait(Math.min(...this.down.map(({ until }) => until)))
    pair.pass(12 * MINUTE)
    // Tables that were disturbed without a failure are compared when somebody asks (RFC 4951 3.3 step II).
    for (const side of ['A', 'R'] as const) {
      for (const { localTunnelId } of this.tunnels(side)) pair.command(side, { name: 'query-sessions', tunnel: localTunnelId })
    }
    pair.pass(3 * MINUTE)
    // A HELLO may be under way just then.
    for (let i = 0; i < 60 && !this.quiet(); i++) pair.pass(SECOND)
  }

  private quiet(): boolean {
    return (['A', 'R'] as const).every((side) => [...this.pair.core(side).tunnels()].every(({ channel }) => channel.idle))
  }

  private weather(): () => Fate {
    const { loss, repeats, delays, delayMs, chance } = this.plan
    const rng = testRng(chance ^ 0x5eed)
    const happens = (perMille: number): boolean => rng.uint32() % 1000 < perMille
    const delay = (): Nanos => (happens(delays) ? (rng.uint32() % (delayMs * 1000)) * 1000 : 0)
    return () => {
      if (happens(loss)) return 'drop'
      return happens(repeats) ? [delay(), delay()] : delay()
    }
  }

  /** Runs until `until`, bringing back whoever is due on the way. */
  private wait(until: Nanos): void {
    for (;;) {
      const due = [...this.down].sort((a, b) => a.until - b.until)[0]
      if (due === undefined || due.until > until) break
      this.pair.run(due.until)
      this.down.splice(this.down.indexOf(due), 1)
      this.pair.restore(due.side, due.mirror)
    }
    this.pair.run(until)
  }

  private isUp(side: Side): boolean {
    return !this.down.some((one) => one.side === side)
  }

  private act(deed: Deed): void {
    const { pair } = this
    if (!this.isUp(deed.side)) return
    this.remember(deed.side)
    switch (deed.do) {
      case 'crash': {
        const mirror = this.mirror(deed.side, deed.memory)
        pair.crash(deed.side)
        this.down.push({ side: deed.side, mirror, until: pair.now + deed.downMs * MILLISECOND })
        return
      }
      case 'call':
        this.call(deed.side, deed.tunnel, deed.call)
        return
      case 'hang-up':
      case 'forget':
      case 'mispair':
        this.disturb(deed)
        return
      case 'open':
        pair.command(deed.side, {
          name: 'open-tunnel',
          local: pair.addresses[deed.side],
          peer: pair.addresses[deed.side === 'A' ? 'R' : 'A'],
        })
        return
      default: {
        const tunnel = this.pick(deed.side, deed.tunnel)
        const name = deed.do === 'close' ? 'close-tunnel' : 'query-sessions'
        if (tunnel !== undefined) pair.command(deed.side, { name, tunnel: tunnel.localTunnelId })
      }
    }
  }

  private disturb({ side, do: what, session: index }: Extract<Deed, { session: number }>): void {
    const sessions = this.tunnels(side).flatMap((tunnel) => [...tunnel.sessions.values()])
    const at = index % Math.max(1, sessions.length)
    const [session, next] = [sessions[at], sessions[(at + 1) % Math.max(1, sessions.length)]]
    if (session === undefined || next === undefined) return
    // Table faults strike established sessions: nothing in RFC 4951 looks for others.
    if (what !== 'hang-up' && session.state !== 'established') return
    const named = { tunnel: session.tunnel.localTunnelId, session: session.localSessionId }
    if (what === 'hang-up') this.pair.command(side, { name: 'hang-up', ...named })
    else if (what === 'forget') this.pair.command(side, { name: 'forget-session', ...named })
    else this.pair.command(side, { name: 'mispair-session', ...named, peerSession: next.peerSessionId + 1 })
  }

  private call(side: Side, tunnel: number, call: 'incoming' | 'outgoing'): void {
    const chosen = this.pick(side, tunnel)
    if (chosen === undefined) return
    this.pair.command(side, { name: 'place-call', tunnel: chosen.localTunnelId, call, sequenced: tunnel % 2 === 0 })
    this.pair.pass(MILLISECOND)
  }

  private tunnels(side: Side): readonly Tunnel[] {
    return this.pair.tunnels(side).filter(({ purpose }) => purpose === 'ordinary')
  }

  private pick(side: Side, tunnel: number): Tunnel | undefined {
    const tunnels = this.tunnels(side)
    return tunnels[tunnel % Math.max(1, tunnels.length)]
  }

  private remember(side: Side): void {
    for (const { tunnel, sessions } of this.pair.mirror(side).tunnels) {
      const known = this.past[side].get(tunnel.localTunnelId) ?? new Map<number, MirroredSession>()
      for (const session of sessions) known.set(session.localSessionId, session)
      this.past[side].set(tunnel.localTunnelId, known)
    }
  }

  private mirror(side: Side, memory: Memory): MirrorState {
    const { tunnels } = this.pair.mirror(side)
    if (memory === 'nothing') return { tunnels: [] }
    if (memory === 'complete') return { tunnels }
    if (memory === 'too-little')
      return { tunnels: tunnels.map(({ tunnel, sessions }) => ({ tunnel, sessions: sessions.slice(0, -1) })) }
    return {
      tunnels: tunnels.map(({ tunnel, sessions }) => {
        const all = new Map(this.past[side].get(tunnel.localTunnelId))
        for (const session of sessions) all.set(session.localSessionId, session)
        return { tunnel, sessions: [...all.values()] }
      }),
    }
  }

  /** What does not agree in the end; empty when all is well. */
  faults(): readonly string[] {
    return [...this.leftOvers('A'), ...this.leftOvers('R'), ...this.disagreements()]
  }

  private leftOvers(side: Side): readonly string[] {
    return [...this.pair.core(side).tunnels()].flatMap((tunnel) => {
      const where = `${side} tunnel ${String(tunnel.localTunnelId)}`
      if (tunnel.purpose === 'recovery') return [`${where}: a recovery tunnel is left`]
      if (tunnel.closing || tunnel.state !== 'established')
        return [`${where}: left in ${tunnel.closing ? 'closing' : tunnel.state}`]
      const timers = timerNames.filter((timer) => timer !== 'hello' && tunnel.deadlineOf(timer) !== NEVER)
      const { channel } = tunnel
      return [
        ...timers.map((timer) => `${where}: timer ${timer} still runs`),
        ...(channel.suspended ? [`${where}: suspended`] : []),
        ...(channel.idle ? [] : [`${where}: ${String(channel.pending)} messages not delivered`]),
        ...[...tunnel.sessions.values()].flatMap(({ localSessionId, state, sync }) =>
          state === 'established' && sync === 'synchronised'
            ? []
            : [`${where} session ${String(localSessionId)}: ${state} ${sync}`],
        ),
      ]
    })
  }

  private disagreements(): readonly string[] {
    const [a, r] = [this.portrait('A'), this.portrait('R')]
    return [
      ...a.filter((line) => !r.includes(line)).map((line) => `only A: ${line}`),
      ...r.filter((line) => !a.includes(line)).map((line) => `only R: ${line}`),
    ]
  }

  /** Tunnels, sessions and numbers as A calls them, to be compared line by line. */
  private portrait(side: Side): readonly string[] {
    const inOrder = (own: number, peer: number): string => (side === 'A' ? [own, peer] : [peer, own]).join('/')
    return [...this.pair.core(side).tunnels()].flatMap(({ localTunnelId, peerTunnelId, sessions, channel }) => {
      const name = `tunnel ${inOrder(localTunnelId, peerTunnelId)}`
      const lines = [...sessions.values()].map(
        (session) => `${name} session ${inOrder(session.localSessionId, session.peerSessionId)}`,
      )
      return [`${name} next numbers ${inOrder(channel.nextNs, channel.expected)}`, ...lines]
    })
  }
}
