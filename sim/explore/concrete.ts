// A path of the search as a scenario that anyone can run: the same endpoints and tunnels, links with a constant latency, and the
// faults of the path on exactly the packets and at exactly the moments it had them. Where the path lets a message overtake others, it
// or they are held back.

import { MICROSECOND, MILLISECOND, SECOND, type Nanos } from '../base/time.ts'
import { peekType } from '../l2tp/wire/header.ts'
import type { FaultSpec, Intervention, Scenario } from '../scenario/schema.ts'
import { packetKinds } from '../scenario/schema-link.ts'
import type { Message } from './locals.ts'
import type { Fate, Move } from './moves.ts'
import type { Preparation } from './prepare.ts'
import type { Property } from './search.ts'

export interface Path {
  readonly property: Property
  readonly moves: readonly Move[]
  readonly undisturbed: number
}

type Kind = (typeof packetKinds)[number]

/** One packet of the path, the nth of its kind from this sender to this receiver. */
interface Packet {
  readonly source: number
  readonly target: number
  readonly kind: Kind
  readonly nth: number
  readonly sentAt: Nanos
  /** What it takes beyond the latency. */
  readonly extra: Nanos
  readonly fate: Fate
}

/** A packet, or the copy of one, that has not arrived yet. */
interface Flying {
  readonly coded: number
  readonly packet: Packet
  readonly copy: boolean
}

const kindOf = ({ bytes }: Message): Kind => {
  const type = peekType(bytes)
  return (packetKinds as readonly string[]).includes(type) ? (type as Kind) : 'control'
}

/** How long messages take, beside what the path asks for. */
export interface Pace {
  readonly latency: Nanos
  /** Each message takes so much longer than the one before it: which of two things that meet at one instant comes first depends on it. */
  readonly drift: Nanos
}

/** Follows a path with a clock and writes down what has to be interfered with. */
class Writer {
  readonly interventions: { readonly packet: Packet; readonly step: Intervention }[] = []
  readonly faults: FaultSpec[] = []
  private readonly preparation: Preparation
  private readonly messageOf: (number: number) => Message
  private readonly pace: Pace
  /** What the next message takes beyond the latency. */
  private extra: Nanos
  private waited: Nanos = 0
  /** Of each endpoint: when its last input came. */
  private readonly last: Nanos[]
  private readonly sent = new Map<string, number>()
  private readonly counted = new Map<string, number>()
  private readonly flying: Flying[] = []

  constructor(preparation: Preparation, messageOf: (number: number) => Message, pace: Pace, messages: number) {
    this.preparation = preparation
    this.messageOf = messageOf
    this.pace = pace
    this.extra = pace.drift < 0 ? -pace.drift * messages : 0
    this.last = preparation.names.map(() => 0)
  }

  get now(): Nanos {
    return Math.max(this.waited, ...this.last)
  }

  follow(move: Move): void {
    this.waited += move.waited
    if (move.kind === 'crash') {
      this.crashAt(move.endpoint)
      return
    }
    const received = move.kind === 'receive' ? this.arrive(move) : undefined
    // A timer is as late as the message was that set it.
    if (move.kind === 'due') this.last[move.endpoint] = Math.max(this.waited, this.last[move.endpoint]!)
    const at = this.last[move.endpoint]!
    const packets = move.sent.map((number, i) => this.send(number, move.fates[i]!, at))
    if (move.crashed) this.crashAfter(move, received, packets.at(-1))
  }

  /** What never arrived on this path was as good as lost. */
  finish(): void {
    for (const { packet, copy } of this.flying) if (packet.fate === 'late' && !copy) this.interfere(packet, { drop: this.pick(packet) })
  }

  private pick({ kind, nth, source }: Packet): { message: Kind; tunnel: 'any'; from: string; nth: number; count: number } {
    return { message: kind, tunnel: 'any', from: this.preparation.names[source]!, nth, count: 1 }
  }

  private interfere(packet: Packet, step: Intervention): void {
    this.interventions.push({ packet, step })
  }

  private send(number: number, fate: Fate, sentAt: Nanos): Packet | undefined {
    const message = this.messageOf(number)
    const { source, target } = message
    if (target < 0) return undefined
    const kind = kindOf(message)
    const nth = count(this.sent, `${String(source)}>${String(target)} ${kind}`)
    const packet = { source, target, kind, nth, sentAt, extra: this.extra, fate }
    this.extra = Math.max(0, this.extra + this.pace.drift)
    count(this.counted, `${String(source)} sends ${kind}`)
    if (fate === 'lost') this.interfere(packet, { drop: this.pick(packet) })
    else this.flying.push({ coded: number * 2 + (fate === 'late' ? 1 : 0), packet, copy: false })
    if (fate === 'twice') this.flying.push({ coded: number * 2 + 1, packet, copy: true })
    return packet
  }

  private arrive({ message, endpoint }: Move): Packet | undefined {
    const index = this.flying.findIndex(({ coded }) => coded === message)
    const found = this.flying[index]
    if (found === undefined) return undefined
    this.flying.splice(index, 1)
    const { packet, copy } = found
    const { latency } = this.pace
    const natural = packet.sentAt + latency
    const late = copy || packet.fate === 'late'
    const others = this.flying.some(({ packet: other }) => other.target === endpoint && other.sentAt <= packet.sentAt)
    const earliest = (late ? this.now : this.last[endpoint]!) + (late || others ? latency / 10 : 0)
    const at = Math.max(natural + packet.extra, earliest)
    const by = at - natural
    if (copy) this.interfere(packet, { duplicate: { ...this.pick(packet), by } })
    else if (by > 0) this.interfere(packet, { delay: { ...this.pick(packet), by } })
    this.last[endpoint] = at
    count(this.counted, `${String(endpoint)} receives ${packet.kind}`)
    return packet
  }

  /** A crash right after an input: when the packet that was it arrives, or the last one of the answer is sent. */
  private crashAfter({ endpoint }: Move, received: Packet | undefined, answer: Packet | undefined): void {
    const cause = received ?? answer
    if (cause === undefined) this.crash(endpoint, { at: this.last[endpoint]! + this.pace.latency / 10 })
    else {
      const action = received === undefined ? 'sends' : 'receives'
      const nth = this.counted.get(`${String(endpoint)} ${action} ${cause.kind}`) ?? 1
      this.crash(endpoint, { when: { endpoint: this.preparation.names[endpoint]!, [action]: cause.kind, tunnel: 'any', nth } })
    }
  }

  /** A crash just before the next timer: the latency's worth of time by which messages are late is not past by then. */
  private crashAt(endpoint: number): void {
    this.crash(endpoint, { at: Math.max(...this.last, this.waited - this.pace.latency / 10) })
    this.last[endpoint] = this.now
  }

  private crash(endpoint: number, trigger: Pick<FaultSpec, 'at' | 'when'>): void {
    this.faults.push({ kind: 'crash', endpoint: this.preparation.names[endpoint]!, plane: 'control', delay: 0, ...trigger })
  }
}

function count(counts: Map<string, number>, key: string): number {
  const value = (counts.get(key) ?? 0) + 1
  counts.set(key, value)
  return value
}

/** The scenario of a path, its messages at this pace. */
export function concreteScenario(
  preparation: Preparation,
  path: Path,
  { messageOf, pace, message }: { readonly messageOf: (number: number) => Message; readonly pace: Pace; readonly message: string },
): Scenario {
  const { scenario, names, convergenceBound } = preparation
  const { latency } = pace
  const followed = path.moves.slice(0, path.moves.length - path.undisturbed)
  const messages = followed.reduce((sum, { sent }) => sum + sent.length, 0)
  const writer = new Writer(preparation, messageOf, pace, messages)
  for (const move of followed) writer.follow(move)
  writer.finish()
  const rest = path.moves.slice(path.moves.length - path.undisturbed).reduce((sum, { waited }) => sum + waited, 0)
  const longest = path.property === 'converges' ? 2 * convergenceBound : rest + 10 * SECOND
  const links = scenario.links.map((link) => {
    const [a, b] = link.between.map((name) => names.indexOf(name))
    const script = (source: number | undefined, target: number | undefined): readonly Intervention[] =>
      writer.interventions.filter(({ packet }) => packet.source === source && packet.target === target).map(({ step }) => step)
    return {
      ...link,
      forward: { ...link.forward, latency, script: script(a, b) },
      backward: { ...link.backward, latency, script: script(b, a) },
    }
  })
  return {
    ...scenario,
    name: `${scenario.name}: ${path.property}`,
    shows: `Found by exploring every interleaving: ${message}.`,
    duration: Math.ceil((writer.now + longest) / SECOND) * SECOND + SECOND,
    links,
    faults: writer.faults,
    expect: path.property === 'sessions-kept' ? [{ metric: 'sessionsLost', equals: 0 }] : [],
  }
}

/** What a path is tried with, until one shows what it should. */
export const paces: readonly Pace[] = [
  { latency: MILLISECOND, drift: 0 },
  { latency: MILLISECOND, drift: -20 * MICROSECOND },
  { latency: MILLISECOND, drift: 20 * MICROSECOND },
]
