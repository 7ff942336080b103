// Two protocol cores joined by a wire of constant latency, with no simulator between: what the conversation tests of the core
// alone need. Datagrams cross as octets; a test may drop, delay or inject any of them, and read what was said as text.

import { address, type Address, type Datagram } from '../../sim/base/datagram.ts'
import type { Rng } from '../../sim/base/random.ts'
import { MILLISECOND, MINUTE, NEVER, type Nanos } from '../../sim/base/time.ts'
import type { LcceCommand } from '../../sim/l2tp/commands.ts'
import { defaultLcce, type LcceConfig } from '../../sim/l2tp/config.ts'
import { Lcce, type LcceInput, type LcceOutput } from '../../sim/l2tp/lcce.ts'
import type { MirrorState } from '../../sim/l2tp/mirror-state.ts'
import type { LcceNotice } from '../../sim/l2tp/notices.ts'
import { controlMessageIn } from '../../sim/l2tp/wire/demultiplex.ts'
import { decodeControlHeader, hasBody, peekType } from '../../sim/l2tp/wire/header.ts'

export type Side = 'A' | 'R'

/** Deep partial, for overriding the defaults in a test. */
export type Settings = Partial<Omit<LcceConfig, 'failover'>> & { readonly failover?: Partial<LcceConfig['failover']> }

export interface Said {
  readonly at: Nanos
  readonly from: Side
  readonly type: string
  readonly datagram: Datagram
  /** The LCCE's own tunnel, and which transmission of the message this is (0 for a ZLB). */
  readonly tunnel: number
  readonly attempt: number
  /** Position among all that was said and told. */
  readonly order: number
  /** It never arrived: the wire lost it, or nobody was there. */
  lost: boolean
}

export interface Told {
  readonly at: Nanos
  readonly order: number
  readonly side: Side
  readonly notice: LcceNotice
}

interface InFlight {
  readonly at: Nanos
  readonly to: Side
  readonly datagram: Datagram
  readonly said?: Said
}

/** What becomes of a datagram: it arrives, does not, arrives with an extra delay, or once for each of several extra delays. */
export type Fate = 'deliver' | 'drop' | Nanos | readonly Nanos[]

/** A small generator of our own for tests of the core; the simulator's streams are tested elsewhere. */
export function testRng(seed: number): Rng {
  let state = seed >>> 0
  const uint32 = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0
  }
  return { uint32, double: () => uint32() / 2 ** 32 }
}

export const configOf = (name: string, settings: Settings = {}): LcceConfig => ({
  ...defaultLcce,
  hostName: name,
  ...settings,
  failover: { ...defaultLcce.failover, ...settings.failover },
})

/** The control message in a datagram: over IP it stands behind 32 zero bits. */
export const messageIn = ({ from, bytes }: Datagram): Uint8Array => controlMessageIn(bytes, from.port === 0 ? 'ip' : 'udp')

export class Pair {
  now: Nanos = 0
  latency: Nanos = 10 * MILLISECOND
  readonly addresses: Readonly<Record<Side, Address>>
  readonly configs: Record<Side, LcceConfig>
  readonly cores: Partial<Record<Side, Lcce>> = {}
  readonly said: Said[] = []
  readonly told: Told[] = []
  /** Decides over a datagram as it is sent. */
  fate: (said: Said) => Fate = () => 'deliver'
  /** What arrives of a datagram: a translator of addresses, or a hand that changes octets. */
  carry: (said: Said) => Datagram = ({ datagram }) => datagram
  private readonly inFlight: InFlight[] = []
  private packets = 0
  private lives = 0
  private readonly chance: number

  /** `chance` moves everything that the cores draw at random. Port 0 is L2TP over IP itself. */
  constructor(a: Settings = {}, r: Settings = {}, chance = 0, ports: Readonly<Record<Side, number>> = { A: 1701, R: 1701 }) {
    this.addresses = { A: address('10.0.0.1', ports.A), R: address('10.0.0.2', ports.R) }
    this.configs = { A: configOf('a', a), R: configOf('r', r) }
    this.chance = chance
    this.cores.A = new Lcce({ config: this.configs.A, rng: testRng(1 + chance) })
    this.cores.R = new Lcce({ config: this.configs.R, rng: testRng(2 + chance) })
  }

  core(side: Side): Lcce {
    const core = this.cores[side]
    if (core === undefined) throw new Error(`${side} is down`)
    return core
  }

  command(side: Side, command: LcceCommand): void {
    this.give(side, { type: 'command', command })
  }

  open(from: Side = 'A'): number {
    const other: Side = from === 'A' ? 'R' : 'A'
    this.command(from, { name: 'open-tunnel', local: this.addresses[from], peer: this.addresses[other] })
    this.run(this.now + 1000 * MILLISECOND)
    return this.tunnels(from)[0]?.localTunnelId ?? 0
  }

  /** A call placed by `lac`, answered by the other side. */
  call(lac: Side = 'A', sequenced = false): void {
    const tunnel = this.tunnels(lac)[0]?.localTunnelId ?? 0
    this.command(lac, { name: 'place-call', tunnel, call: 'incoming', sequenced })
    this.run(this.now + 1000 * MILLISECOND)
  }

  tunnels(side: Side): ReturnType<typeof Array.from<ReturnType<Lcce['tunnel']> & object>> {
    return [...this.core(side).tunnels()].filter((tunnel) => !tunnel.closing)
  }

  sessions(side: Side): string[] {
    return this.tunnels(side).flatMap((tunnel) =>
      [...tunnel.sessions.values()].map((s) => `${String(s.localSessionId)}/${String(s.peerSessionId)} ${s.state} ${s.sync}`),
    )
  }

  /** The whole state that a perfect mirror of `side` would carry now. */
  mirror(side: Side): MirrorState {
    const core = this.core(side)
    const tunnels = this.tunnels(side).flatMap(({ localTunnelId, sessions }) => {
      const tunnel = core.mirroredTunnel(localTunnelId)
      const known = [...sessions.keys()].flatMap((session) => core.mirroredSession(localTunnelId, session) ?? [])
      return tunnel === undefined ? [] : [{ tunnel, sessions: known }]
    })
    return { tunnels }
  }

  crash(side: Side): void {
    this.cores[side] = undefined as never
  }

  /** Brings a side back with what a mirror knew, and starts the recovery; `rng` instead of one that differs in each life. */
  restore(side: Side, mirror: MirrorState, settings: Settings = {}, rng?: Rng): void {
    this.revive(side, mirror, settings, rng)
    this.command(side, { name: 'recover' })
  }

  /** Brings a side back with what a mirror knew; its recoveries do not start by themselves. */
  revive(side: Side, mirror: MirrorState, settings: Settings = {}, rng?: Rng): void {
    this.lives += 1
    const config = { ...this.configs[side], ...settings, failover: { ...this.configs[side].failover, ...settings.failover } }
    const { lcce, outputs } = Lcce.restore({ config, rng: rng ?? testRng(100 + this.chance + this.lives) }, mirror, this.now)
    this.cores[side] = lcce
    this.take(side, outputs)
  }

  inject(to: Side, bytes: Uint8Array, from: Address): void {
    this.inFlight.push({ at: this.now, to, datagram: { from, to: this.addresses[to], bytes, padding: 0 } })
  }

  /** Runs until `until`; the earliest of arrivals and deadlines first, arrivals before deadlines, A before R. */
  run(until: Nanos): void {
    for (;;) if (!this.step(until)) break
    this.now = Math.max(this.now, until)
  }

  /** Runs for a time. */
  pass(duration: Nanos): void {
    this.run(this.now + duration)
  }

  /** Runs until a side has sent a message of this type, and all that it sent with it, within five minutes. */
  runUntilSent(from: Side, type: string): Said {
    const start = this.said.length
    const limit = this.now + 5 * MINUTE
    for (;;) {
      const found = this.said.slice(start).find((said) => said.from === from && said.type === type)
      if (found !== undefined) return found
      if (!this.step(limit)) throw new Error(`${from} never sent ${type}`)
    }
  }

  /** The next arrival or deadline; false when there is none until `until`. */
  private step(until: Nanos): boolean {
    this.inFlight.sort((x, y) => x.at - y.at)
    const arrival = this.inFlight[0]
    const deadline = (side: Side): Nanos => this.cores[side]?.deadline ?? NEVER
    const next = Math.min(arrival?.at ?? NEVER, deadline('A'), deadline('R'))
    if (next > until || next === NEVER) return false
    this.now = Math.max(this.now, next)
    if (arrival !== undefined && arrival.at <= next) {
      this.inFlight.shift()
      this.arrive(arrival)
    } else this.give(deadline('A') <= next ? 'A' : 'R', { type: 'wake' })
    return true
  }

  private arrive({ to, datagram, said }: InFlight): void {
    this.packets += 1
    if (this.cores[to] !== undefined) this.give(to, { type: 'datagram', datagram, packet: this.packets })
    else if (said !== undefined) said.lost = true
  }

  private give(side: Side, input: LcceInput): void {
    this.take(side, this.core(side).handle(input, this.now))
  }

  private take(side: Side, outputs: readonly LcceOutput[]): void {
    for (const output of outputs) {
      const common = { at: this.now, order: this.said.length + this.told.length }
      if (output.kind !== 'transmit') {
        this.told.push({ ...common, side, notice: output })
        continue
      }
      const { datagram, tunnel, attempt } = output
      const said: Said = { ...common, from: side, type: peekType(messageIn(datagram)), datagram, tunnel, attempt, lost: false }
      this.said.push(said)
      const fate = this.fate(said)
      const delays = fate === 'deliver' ? [0] : fate === 'drop' ? [] : typeof fate === 'number' ? [fate] : fate
      said.lost = delays.length === 0
      const carried = this.carry(said)
      for (const delay of delays) this.inFlight.push({ at: this.now + this.latency + delay, to: side === 'A' ? 'R' : 'A', datagram: carried, said })
    }
  }

  /** What was said since `from`, as `A>R SCCRQ [tunnel ns/nr]`. */
  transcript(from: Nanos = 0): string[] {
    return this.said
      .filter(({ at }) => at >= from)
      .map(({ from: side, type, datagram }) => {
        const header = decodeControlHeader(datagram.bytes)
        if (typeof header === 'string') return `${side} ${header}`
        const session = header.sessionId === 0 ? '' : ` s${String(header.sessionId)}`
        const other = side === 'A' ? 'R' : 'A'
        return `${side}>${other} ${hasBody(header) ? type : 'ZLB'} [${String(header.tunnelId)}${session} ${String(header.ns)}/${String(header.nr)}]`
      })
  }
}
