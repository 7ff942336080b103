// One direction of a link: decides what becomes of each datagram sent. It only decides; the network delivers.
//
// Every impairment has a random stream of its own and takes one number from it for each datagram sent, lost ones included, and
// none when it is off. So two runs that differ in one impairment meet the same luck in all others. In order: cut and blackout
// (judged at the instant of sending), queue, transmission, script, loss, latency, duplication, corruption.

import { assert } from '../base/assert.ts'
import { IP_OVERHEAD, IP_UDP_OVERHEAD } from '../base/datagram.ts'
import type { Rng } from '../base/random.ts'
import { NEVER, type Nanos } from '../base/time.ts'
import type { DropReason } from '../trace/record.ts'
import { quantileOf, type Latency, type Quantile } from './latency.ts'
import { Line, REFUSED, fragmentsOf, octetsOnLine } from './line.ts'
import { BurstLoss, lossOfAny, type GilbertElliott } from './loss.ts'
import { Script, type Scripted, type ScriptedFault } from './script.ts'

/** A time in which nothing passes: `from` is in it, `until` is not. */
export interface Blackout {
  readonly from: Nanos
  readonly until: Nanos
}

export interface LinkSpec {
  readonly latency: Latency
  /** Without it no datagram (nor a copy of one) arrives before an earlier one of the same direction: it waits for it. */
  readonly reordering: boolean
  /** Of IP packets, in bit/s; Infinity for no limit. */
  readonly bandwidth: number
  /** Octets of IP packets that may wait for transmission; what does not fit is lost. */
  readonly queueOctets: number
  /** The largest IP packet; Infinity for no limit. A larger one travels in fragments and is lost if any fragment is. */
  readonly mtuOctets: number
  /** Probability that an IP packet (a fragment) is lost. */
  readonly loss: number
  readonly burstLoss: GilbertElliott | undefined
  /** Probability that a datagram arrives twice. */
  readonly duplication: number
  /** How much later than the original the copy arrives. */
  readonly duplicateDelay: Latency
  /** Probability that one bit of the payload (of UDP, or IP without it) is flipped, each alike. A copy is not affected. */
  readonly corruption: number
  /** Loss, duplication, corruption and reordering end at this instant. */
  readonly impairedUntil: Nanos
  /** The UDP checksum is in use: the receiver drops what was corrupted. Directly over IP there is none. */
  readonly checksum: boolean
  readonly blackouts: readonly Blackout[]
  readonly script: readonly ScriptedFault[]
}

/** Instant and harmless; what a specification differs in is laid over it. */
export const idealLink: LinkSpec = {
  latency: { kind: 'constant', latency: 0 },
  reordering: false,
  bandwidth: Infinity,
  queueOctets: Infinity,
  mtuOctets: Infinity,
  loss: 0,
  burstLoss: undefined,
  duplication: 0,
  duplicateDelay: { kind: 'constant', latency: 0 },
  corruption: 0,
  impairedUntil: NEVER,
  checksum: true,
  blackouts: [],
  script: [],
}

/** What becomes of a datagram or a copy of it. `flipBit`: the bit of the payload, 0 first on the wire; -1 for intact. */
export type Fate =
  { readonly fate: 'deliver'; readonly at: Nanos; readonly flipBit: number } | { readonly fate: 'drop'; readonly why: DropReason }

interface Delivery {
  readonly fate: 'deliver'
  at: Nanos
  flipBit: number
}

type LinkDrop = 'cut' | 'blackout' | 'queue-full' | 'scripted' | 'loss' | 'burst-loss' | 'mtu'

const drop = (why: LinkDrop): readonly Fate[] => [{ fate: 'drop', why }]
const dropped: Readonly<Record<LinkDrop, readonly Fate[]>> = {
  cut: drop('cut'),
  blackout: drop('blackout'),
  'queue-full': drop('queue-full'),
  scripted: drop('scripted'),
  loss: drop('loss'),
  'burst-loss': drop('burst-loss'),
  mtu: drop('mtu'),
}

/** Gives the random stream of a name. */
type Streams = (name: string) => Rng

export class Link {
  /** `lac1>lns1`. */
  readonly name: string
  readonly spec: LinkSpec
  private readonly streams: Streams
  private readonly line: Line | undefined
  private readonly script = new Script()
  private burstLoss: BurstLoss | undefined
  private lossStream: Rng | undefined
  private readonly delayStream: Rng | undefined
  private duplicateStream: Rng | undefined
  private readonly duplicateDelayStream: Rng | undefined
  private corruptStream: Rng | undefined
  private readonly quantile: Quantile
  private readonly duplicateQuantile: Quantile
  private readonly leastLatency: Nanos
  /** Number of latencies of a uniform distribution, 1 of a constant one, 0 when the quantile function has to be asked. */
  private readonly latencies: number
  private readonly blackouts: readonly Blackout[]
  private blackoutsOver = 0
  private cutCount = 0
  private impairedUntil: Nanos
  private reordering: boolean
  /** Nothing but latency, independent loss and, for small packets, the MTU has to be looked at. */
  private plain: boolean
  private latestArrival: Nanos = 0
  // Reused from call to call.
  private readonly delivery: Delivery = { fate: 'deliver', at: 0, flipBit: -1 }
  private readonly single: readonly Fate[] = [this.delivery]

  constructor(name: string, spec: LinkSpec, streams: Streams) {
    const { latency, loss, duplication, corruption } = spec
    for (const share of [loss, duplication, corruption])
      assert(share >= 0 && share <= 1, `${name}: ${String(share)} is no probability`)
    const stream = (purpose: string, on: boolean): Rng | undefined => (on ? streams(`link:${name}/${purpose}`) : undefined)
    this.name = name
    this.spec = spec
    this.impairedUntil = spec.impairedUntil
    this.reordering = spec.reordering
    this.streams = streams
    this.line = spec.bandwidth === Infinity ? undefined : new Line(spec.bandwidth, spec.queueOctets)
    this.lossStream = stream('loss', loss > 0)
    this.delayStream = stream('delay', latency.kind !== 'constant')
    this.duplicateStream = stream('duplicate', duplication > 0)
    this.duplicateDelayStream = stream('duplicate-delay', duplication > 0 && spec.duplicateDelay.kind !== 'constant')
    this.corruptStream = stream('corrupt', corruption > 0)
    this.burstLoss = spec.burstLoss && new BurstLoss(spec.burstLoss, streams(`link:${name}/burst-loss`))
    this.quantile = quantileOf(latency)
    this.duplicateQuantile = quantileOf(spec.duplicateDelay)
    this.leastLatency = latency.kind === 'constant' ? latency.latency : latency.kind === 'uniform' ? latency.least : 0
    this.latencies = latency.kind === 'constant' ? 1 : latency.kind === 'uniform' ? latency.most - latency.least + 1 : 0
    this.blackouts = [...spec.blackouts].sort((a, b) => a.from - b.from)
    for (const fault of spec.script) this.script.add(fault)
    this.plain = this.isPlain()
  }

  /** Octets waiting for transmission. */
  backlog(now: Nanos): number {
    return this.line === undefined ? 0 : this.line.backlog(now)
  }

  /** A one-way partition: nothing sent passes until as many `heal` as `cut` have been called. */
  cut(): void {
    this.cutCount++
    this.plain = false
  }

  /** Takes one cut back; without any it does nothing. */
  heal(): void {
    if (this.cutCount > 0) this.cutCount--
    this.plain = this.isPlain()
  }

  /** Cuts in force. */
  get cuts(): number {
    return this.cutCount
  }

  /** Arms one more scripted fault; it counts packets from the next one on. */
  addFault(fault: ScriptedFault): void {
    this.script.add(fault)
    this.plain = false
  }

  /**
   * What becomes of a datagram sent now, an IP packet of `sizeOctets` with the stored payload `bytes`, `portless` when it goes directly
   * over IP. Time never runs back. The place in the list is the number of the copy: 0 for the original. The list is overwritten by the
   * next call.
   */
  fates(sizeOctets: number, bytes: Uint8Array, now: Nanos, portless = false): readonly Fate[] {
    if (now >= this.impairedUntil) this.mend()
    if (!this.plain || sizeOctets > this.spec.mtuOctets) return this.allFates(sizeOctets, bytes, now, portless)
    const latency = this.drawLatency()
    const { lossStream } = this
    if (lossStream !== undefined && lossStream.double() < this.spec.loss) return dropped.loss
    this.delivery.at = this.ordered(now + latency)
    this.delivery.flipBit = -1
    return this.single
  }

  private allFates(...[sizeOctets, bytes, now, portless]: [number, Uint8Array, Nanos, boolean]): readonly Fate[] {
    const { spec, line } = this
    const fragments = fragmentsOf(sizeOctets, spec.mtuOctets)
    const scripted = this.script.over ? undefined : this.script.meet(bytes, portless)
    if (scripted !== undefined && this.script.over) this.plain = this.isPlain()
    const lost = this.drawLoss(fragments)
    const latency = this.drawLatency()
    const copyDelay = this.drawCopy()
    const bits = (sizeOctets - (portless ? IP_OVERHEAD : IP_UDP_OVERHEAD)) * 8
    const flipBit = this.drawFlip(bits)
    if (this.cutCount > 0) return dropped.cut
    if (this.isBlackout(now)) return dropped.blackout
    const left = line === undefined ? now : line.transmit(octetsOnLine(sizeOctets, fragments), now)
    if (left === REFUSED) return dropped['queue-full']
    if (scripted?.drop === true) return dropped.scripted
    if (lost !== undefined) return dropped[lost]
    const arrival = this.ordered(left + latency)
    if (copyDelay >= 0) this.ordered(arrival + copyDelay)
    return this.deliveries(arrival, copyDelay, scripted?.corrupt === true ? this.scriptedFlip(scripted, bits) : flipBit, scripted)
  }

  private deliveries(...[arrival, copyDelay, flipBit, scripted]: [Nanos, Nanos, number, Scripted | undefined]): readonly Fate[] {
    const at = arrival + (scripted?.delay ?? 0)
    const copies = scripted?.copies ?? []
    if (copyDelay < 0 && copies.length === 0) {
      this.delivery.at = at
      this.delivery.flipBit = flipBit
      return this.single
    }
    const delays = copyDelay < 0 ? copies : [copyDelay, ...copies]
    return [{ fate: 'deliver', at, flipBit }, ...delays.map((delay): Fate => ({ fate: 'deliver', at: at + delay, flipBit: -1 }))]
  }

  /** What a link does to datagrams by chance ends; latency, bandwidth, cuts and scripts stay. */
  private mend(): void {
    this.impairedUntil = NEVER
    this.lossStream = this.burstLoss = this.duplicateStream = this.corruptStream = undefined
    this.reordering = false
    this.plain = this.isPlain()
  }

  /** The arrival, put off until the one before it where datagrams keep their order. */
  private ordered(arrival: Nanos): Nanos {
    if (this.reordering) return arrival
    if (arrival > this.latestArrival) this.latestArrival = arrival
    return this.latestArrival
  }

  private drawLatency(): Nanos {
    const { delayStream, latencies } = this
    if (delayStream === undefined) return this.leastLatency
    const u = delayStream.double()
    return latencies > 0 ? this.leastLatency + Math.floor(u * latencies) : this.quantile(u)
  }

  /** By which process a datagram is lost: 'mtu' when it was one of several fragments. */
  private drawLoss(fragments: number): 'loss' | 'burst-loss' | 'mtu' | undefined {
    const { lossStream, burstLoss } = this
    const lost = lossStream !== undefined && lossStream.double() < lossOfAny(this.spec.loss, fragments)
    const lostInBurst = burstLoss?.lose(fragments) === true
    if (!lost && !lostInBurst) return undefined
    if (fragments > 1) return 'mtu'
    return lost ? 'loss' : 'burst-loss'
  }

  /** How much later a copy arrives, -1 for none. */
  private drawCopy(): Nanos {
    const { duplicateStream, duplicateDelayStream } = this
    if (duplicateStream === undefined) return -1
    const delay = this.duplicateQuantile(duplicateDelayStream === undefined ? 0 : duplicateDelayStream.double())
    return duplicateStream.double() < this.spec.duplication ? delay : -1
  }

  /** The bit to flip, -1 for none. The number that says whether also says which. */
  private drawFlip(bits: number): number {
    const { corruptStream, spec } = this
    if (corruptStream === undefined) return -1
    const u = corruptStream.double()
    return u < spec.corruption && bits > 0 ? Math.floor((u / spec.corruption) * bits) : -1
  }

  private scriptedFlip({ bit }: Scripted, bits: number): number {
    if (bit >= 0) return bit < bits ? bit : -1
    return bits > 0 ? Math.floor(this.streams(`link:${this.name}/scripted`).double() * bits) : -1
  }

  private isBlackout(now: Nanos): boolean {
    const { blackouts } = this
    while (this.blackoutsOver < blackouts.length && blackouts[this.blackoutsOver]!.until <= now) this.blackoutsOver++
    for (let i = this.blackoutsOver; i < blackouts.length && blackouts[i]!.from <= now; i++) {
      if (now < blackouts[i]!.until) return true
    }
    return false
  }

  private isPlain(): boolean {
    const { line, burstLoss, duplicateStream, corruptStream, blackouts, script, cutCount } = this
    const impaired = line !== undefined || burstLoss !== undefined || duplicateStream !== undefined || corruptStream !== undefined
    return !impaired && cutCount === 0 && blackouts.length === 0 && script.over
  }
}
