// A path followed with the clock of a run: what has been sent, what is under way, when each endpoint was last heard of, and what has to
// be interfered with so that a run goes the same way. Where the path lets a message overtake others, it or they are held back.

import type { Nanos } from '../base/time.ts'
import { peekType } from '../l2tp/wire/header.ts'
import type { FaultSpec, Intervention } from '../scenario/schema.ts'
import { packetKinds } from '../scenario/schema-link.ts'
import type { Message } from './locals.ts'
import type { Fate, Move } from './moves.ts'
import { LATENCY, type Interference, type Plan } from './plan.ts'

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

/** How long messages take, beside what the path asks for. */
export interface Pace {
  /** Each message takes so much longer than the one before it: which of two things that meet at one instant comes first depends on it. */
  readonly drift: Nanos
  /** Beyond the latency, of the first message. */
  readonly extra: Nanos
}

export const EVEN: Pace = { drift: 0, extra: 0 }

/** What all courses of one search share. */
export interface Charts {
  readonly names: readonly string[]
  readonly messageOf: (number: number) => Message
  /** Where the count of packets of a kind stands in the list of a course, by a number made of who, whom and what. */
  readonly places: Map<number, number>
  /** By message, the place of its kind in `packetKinds`. */
  readonly kinds: number[]
}

export const chartsOf = (names: readonly string[], messageOf: (number: number) => Message): Charts => ({
  names,
  messageOf,
  places: new Map(),
  kinds: [],
})

const CONTROL = packetKinds.indexOf('control')

function kindOf({ bytes }: Message): number {
  const kind = (packetKinds as readonly string[]).indexOf(peekType(bytes))
  return kind < 0 ? CONTROL : kind
}

const SENT_TO = 0
const SENDS = 1
const RECEIVES = 2

/** Where a course stands, as plain data. */
export interface CourseState {
  readonly extra: Nanos
  readonly waited: Nanos
  readonly last: readonly Nanos[]
  readonly counts: readonly number[]
  readonly flying: readonly Flying[]
  readonly interferences: readonly Interference[]
  readonly faults: readonly FaultSpec[]
}

export class Course {
  private readonly charts: Charts
  private readonly drift: Nanos
  /** What the next message takes beyond the latency. */
  private extra: Nanos
  private waited: Nanos = 0
  /** Of each endpoint: when its last input came. */
  private last: Nanos[]
  private counts: number[] = []
  private flying: Flying[] = []
  private interferences: Interference[] = []
  private faults: FaultSpec[] = []

  constructor(charts: Charts, { drift, extra }: Pace = EVEN) {
    this.charts = charts
    this.drift = drift
    this.extra = extra
    this.last = charts.names.map(() => 0)
  }

  get state(): CourseState {
    const { extra, waited, last, counts, flying, interferences, faults } = this
    return { extra, waited, last, counts, flying, interferences, faults }
  }

  /** A course of even pace that stands there. */
  static at(charts: Charts, { extra, waited, last, counts, flying, interferences, faults }: CourseState): Course {
    const course = new Course(charts)
    course.extra = extra
    course.waited = waited
    course.last = last.slice()
    course.counts = counts.slice()
    course.flying = flying.slice()
    course.interferences = interferences.slice()
    course.faults = faults.slice()
    return course
  }

  /** Another course, one move further; this one of even pace stays where it is. */
  then(move: Move): Course {
    const course = Course.at(this.charts, this.state)
    course.follow(move)
    return course
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

  /** What is done so far; what has not arrived by now never does, and is as good as lost. */
  plan(): Plan {
    const missing = this.flying.filter(({ packet, copy }) => packet.fate === 'late' && !copy)
    const lost = missing.map(({ packet }): Interference => interference(packet, { drop: this.pick(packet) }))
    return { interferences: [...this.interferences, ...lost], faults: this.faults.slice(), over: this.now }
  }

  private get now(): Nanos {
    return Math.max(this.waited, ...this.last)
  }

  private pick({ kind, nth, source }: Packet): { message: Kind; tunnel: 'any'; from: string; nth: number; count: number } {
    return { message: kind, tunnel: 'any', from: this.charts.names[source]!, nth, count: 1 }
  }

  private interfere(packet: Packet, step: Intervention): void {
    this.interferences.push(interference(packet, step))
  }

  private send(number: number, fate: Fate, sentAt: Nanos): Packet | undefined {
    const { messageOf, kinds } = this.charts
    const message = messageOf(number)
    const { source, target } = message
    if (target < 0) return undefined
    const kind = (kinds[number] ??= kindOf(message))
    const nth = this.count(SENT_TO, kind, source, target)
    this.count(SENDS, kind, source)
    const packet = { source, target, kind: packetKinds[kind]!, nth, sentAt, extra: this.extra, fate }
    this.extra = Math.max(0, this.extra + this.drift)
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
    const natural = packet.sentAt + LATENCY
    const late = copy || packet.fate === 'late'
    const others = this.flying.some(({ packet: other }) => other.target === endpoint && other.sentAt <= packet.sentAt)
    const earliest = (late ? this.now : this.last[endpoint]!) + (late || others ? LATENCY / 10 : 0)
    const at = Math.max(natural + packet.extra, earliest)
    const by = at - natural
    if (copy) this.interfere(packet, { duplicate: { ...this.pick(packet), by } })
    else if (by > 0) this.interfere(packet, { delay: { ...this.pick(packet), by } })
    this.last[endpoint] = at
    this.count(RECEIVES, packetKinds.indexOf(packet.kind), endpoint)
    return packet
  }

  /** A crash right after an input: when the packet that was it arrives, or the last one of the answer is sent. */
  private crashAfter({ endpoint }: Move, received: Packet | undefined, answer: Packet | undefined): void {
    const cause = received ?? answer
    if (cause === undefined) this.crash(endpoint, { at: this.last[endpoint]! + LATENCY / 10 })
    else {
      const action = received === undefined ? 'sends' : 'receives'
      const place = this.place(received === undefined ? SENDS : RECEIVES, packetKinds.indexOf(cause.kind), endpoint, 0)
      const nth = this.counts[place] ?? 1
      this.crash(endpoint, { when: { endpoint: this.charts.names[endpoint]!, [action]: cause.kind, tunnel: 'any', nth } })
    }
  }

  /** A crash just before the next timer: the latency's worth of time by which messages are late is not past by then. */
  private crashAt(endpoint: number): void {
    this.crash(endpoint, { at: Math.max(...this.last, this.waited - LATENCY / 10) })
    this.last[endpoint] = this.now
  }

  private crash(endpoint: number, trigger: Pick<FaultSpec, 'at' | 'when'>): void {
    this.faults.push({ kind: 'crash', endpoint: this.charts.names[endpoint]!, plane: 'control', delay: 0, ...trigger })
  }

  private count(what: number, kind: number, who: number, whom = 0): number {
    const place = this.place(what, kind, who, whom)
    return (this.counts[place] = (this.counts[place] ?? 0) + 1)
  }

  private place(what: number, kind: number, who: number, whom: number): number {
    const { places } = this.charts
    const key = ((what * 4 + who) * 4 + whom) * packetKinds.length + kind
    let place = places.get(key)
    if (place === undefined) places.set(key, (place = places.size))
    while (this.counts.length <= place) this.counts.push(0)
    return place
  }
}

const interference = ({ source, target }: Packet, step: Intervention): Interference => ({ source, target, step })
