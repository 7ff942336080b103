// Traces for metrics and invariants, written as the dialogue they tell: two sides say and hear control messages in real octets,
// Ns and Nr count on by themselves, and every step may be bent by the test. The standard story is one LNS failure under one tunnel:
// old tunnel 17 at lns1 and 34 at lac1, recovery tunnel 51 and 68, the remote endpoint lac1. No simulation runs.

import { MILLISECOND, SECOND, type Nanos } from '../../sim/base/time.ts'
import { defaultLcce, type LcceConfig } from '../../sim/l2tp/config.ts'
import { l2tpv2 } from '../../sim/l2tp/l2tpv2.ts'
import { encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { encodeZlb, stampControlHeader } from '../../sim/l2tp/wire/header.ts'
import type { ControlMessage, MessageType } from '../../sim/l2tp/wire/messages.ts'
import type { RunContext } from '../../sim/run/context.ts'
import { invariants, type Invariant } from '../../sim/run/invariants.ts'
import { metrics } from '../../sim/run/metrics.ts'
import { observeAll, type Observations } from '../../sim/run/observe.ts'
import type { Fields, Fold, RecordKind, TraceRecord } from '../../sim/trace/record.ts'
import { HandMadeTrace, lac1, lns1, type Party } from './trace-fixture.ts'

/** One end of a control connection and the numbers it has reached. */
export interface Side {
  readonly party: Party
  readonly tunnel: number
  /** Of a recovery tunnel: the old one. */
  readonly oldTunnel: number
  ns: number
  nr: number
}

/** A datagram on its way. */
export interface Said {
  readonly from: Side
  readonly to: Side
  readonly type: string
  readonly ns: number
  readonly nr: number
  readonly packet: number
  /** Number of the `sent` record. */
  readonly seq: number
}

export interface Manner {
  readonly ns?: number
  readonly nr?: number
  /** 1 unless given; 0 for a ZLB. */
  readonly attempt?: number
  readonly session?: number
  /** Instead of the address of the sender. */
  readonly address?: string
  /** Instead of the Tunnel ID of the other side. */
  readonly header?: number
  readonly cause?: number
  /** Changes the octets before they are sent. */
  readonly bend?: (bytes: Uint8Array) => Uint8Array
}

export interface Hearing {
  readonly verdict?: string
  /** The side that hears it, if not the one it was said to. */
  readonly at?: Side
  readonly ns?: number
  readonly copy?: number
  readonly flippedBit?: number
  readonly type?: string
  /** The hearer's session that the message is about. */
  readonly named?: number
}

export const LATENCY = 20 * MILLISECOND

/** A small message of each type that tests say. */
function bodyOf(type: MessageType, side: Side): ControlMessage {
  const introduction = {
    protocolVersion: { version: 1, revision: 0 },
    hostName: side.party.endpoint,
    framingCapabilities: 3,
    assignedTunnelId: side.tunnel,
  }
  switch (type) {
    case 'SCCRQ':
      return { type, ...introduction }
    case 'SCCRP':
      return { type, ...introduction }
    case 'StopCCN':
      return { type, resultCode: { result: 1 }, assignedTunnelId: side.tunnel }
    case 'ICRQ':
      return { type, assignedSessionId: 1, callSerialNumber: 1 }
    case 'ICRP':
      return { type, assignedSessionId: 1 }
    case 'ICCN':
      return { type, txConnectSpeed: 1000, framingType: 1 }
    case 'CDN':
      return { type, resultCode: { result: 3 }, assignedSessionId: 1 }
    case 'SCCCN':
    case 'HELLO':
      return { type }
    default:
      throw new Error(`no body for ${type}: give the message itself`)
  }
}

/** FSQ or FSR with these (Session ID, Remote Session ID). */
export const states = (type: 'FSQ' | 'FSR', ...pairs: readonly (readonly [number, number])[]): ControlMessage => ({
  type,
  failoverSessionStates: pairs.map(([sessionId, remoteSessionId]) => ({ sessionId, remoteSessionId })),
})

export const recoverySccrq = (side: Side, remoteTunnel: number): ControlMessage => ({
  ...(bodyOf('SCCRQ', side) as Extract<ControlMessage, { type: 'SCCRQ' }>),
  tieBreaker: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  tunnelRecovery: { recoverTunnelId: side.oldTunnel, recoverRemoteTunnelId: remoteTunnel },
})

export class TraceBuilder {
  /** Old tunnel and recovery tunnel of the endpoint that fails, and of the remote endpoint. */
  readonly lns: Side = { party: lns1, tunnel: 17, oldTunnel: 0, ns: 0, nr: 0 }
  readonly lac: Side = { party: lac1, tunnel: 34, oldTunnel: 0, ns: 0, nr: 0 }
  readonly lnsRecovery: Side = { party: lns1, tunnel: 51, oldTunnel: 17, ns: 0, nr: 0 }
  readonly lacRecovery: Side = { party: lac1, tunnel: 68, oldTunnel: 34, ns: 0, nr: 0 }
  private readonly trace = new HandMadeTrace()
  private readonly peers = new Map<Side, Side>()
  private packets = 1000
  /** Sessions that lns1 has queried as soon as its tunnel was recovered. */
  private readonly asked = new Set<number>()

  constructor() {
    this.join(this.lns, this.lac)
    this.join(this.lnsRecovery, this.lacRecovery)
  }

  /** Makes two sides each other's peers. */
  join(a: Side, b: Side): void {
    this.peers.set(a, b)
    this.peers.set(b, a)
  }

  otherSide(side: Side): Side {
    const other = this.peers.get(side)
    if (other === undefined) throw new Error('a side without a peer')
    return other
  }

  get records(): readonly TraceRecord[] {
    return this.trace.records
  }

  get at(): Nanos {
    return this.trace.at
  }

  /** Goes to an instant. */
  to(at: Nanos): this {
    this.trace.at = at
    return this
  }

  wait(duration: Nanos): this {
    this.trace.at += duration
    return this
  }

  add<K extends RecordKind>(kind: K, fields: Partial<Fields<K>>, cause?: number): number {
    return this.trace.add(kind, fields, cause)
  }

  // Saying and hearing.

  /** A control message goes out. `message`: a type with its plainest body, or the message itself. */
  say(from: Side, message: MessageType | 'ZLB' | ControlMessage, how: Manner = {}): Said {
    const to = this.otherSide(from)
    const { ns = from.ns, nr = from.nr, session = 0 } = how
    const type = typeof message === 'string' ? message : message.type
    const header = how.header ?? (type === 'SCCRQ' ? 0 : to.tunnel)
    const bytes = octets(from, message, { ...how, ns, nr, header })
    const packet = ++this.packets
    const attempt = how.attempt ?? (type === 'ZLB' ? 0 : 1)
    const about = { packet, plane: 'control', tunnel: from.tunnel, session, attempt, bytes: how.bend?.(bytes) ?? bytes }
    const addresses = { endpoint: from.party.endpoint, from: how.address ?? from.party.address, to: to.party.address }
    const seq = this.add('sent', { ...addresses, ...about }, how.cause)
    if (attempt === 1) from.ns = (ns + 1) & 0xffff
    return { from, to, type, ns, nr, packet, seq }
  }

  /** It arrives and is looked at; gives the number of the `handled` record. */
  hear(said: Said, how: Hearing = {}): number {
    const at = how.at ?? said.to
    const { copy = 0, flippedBit = -1, ns = said.ns, type = said.type, named = 0 } = how
    const verdict = how.verdict ?? (said.type === 'ZLB' ? 'acknowledged' : 'accepted')
    const cause = this.add('delivered', { endpoint: at.party.endpoint, packet: said.packet, copy, flippedBit })
    if (verdict === 'accepted') at.nr = (ns + 1) & 0xffff
    return this.add(
      'handled',
      { endpoint: at.party.endpoint, packet: said.packet, tunnel: at.tunnel, session: named, type, ns, nr: said.nr, verdict },
      cause,
    )
  }

  /** Says, waits for the latency, and lets it be heard. */
  pass(from: Side, message: MessageType | 'ZLB' | ControlMessage, how: Manner & Hearing = {}): Said & { readonly heard: number } {
    const said = this.say(from, message, how)
    this.wait(LATENCY)
    const { verdict, named } = how
    return { ...said, heard: this.hear(said, { ...(verdict !== undefined && { verdict }), ...(named !== undefined && { named }) }) }
  }

  // What endpoints tell of themselves.

  tunnel(side: Side, event: string, fields: Partial<Fields<'tunnel'>> = {}): number {
    const other = this.otherSide(side)
    const purpose = side.oldTunnel === 0 ? 'ordinary' : 'recovery'
    const { tunnel, oldTunnel, party } = side
    return this.add('tunnel', {
      ...{ endpoint: party.endpoint, tunnel, peerTunnel: other.tunnel, peer: other.party.address, purpose, oldTunnel, event },
      ...fields,
    })
  }

  negotiated(side: Side, fields: Partial<Fields<'negotiated'>> = {}): number {
    const { initial, cap, count } = l2tpv2.retransmitOf(defaultLcce)
    const capable = side.oldTunnel === 0
    return this.add('negotiated', {
      ...{ endpoint: side.party.endpoint, tunnel: side.tunnel, ownWindow: 4, peerWindow: 4 },
      ...{ retransmitInitial: initial, retransmitCap: cap, retransmitCount: count },
      ...{ ownControl: capable, ownData: capable, peerControl: capable, peerData: capable },
      ...{ recoveryTime: capable ? 60 * SECOND : 0, ...fields },
    })
  }

  /** Numbers of both halves, this side's first; 0 for one not known yet. */
  session(
    side: Side,
    [session, peerSession]: readonly [number, number],
    event: string,
    fields: Partial<Fields<'session'>> = {},
  ): number {
    const numbers = { endpoint: side.party.endpoint, tunnel: side.tunnel, session, peerSession }
    return this.add('session', { ...numbers, call: 'incoming', event, ...fields })
  }

  recovery(side: Side, step: string, fields: Partial<Fields<'recovery'>> = {}): number {
    const recoveryTunnel = side === this.lns ? this.lnsRecovery.tunnel : this.lacRecovery.tunnel
    const role = side.party === lns1 ? 'recovery' : 'remote'
    return this.add('recovery', { endpoint: side.party.endpoint, tunnel: side.tunnel, recoveryTunnel, role, step, ...fields })
  }

  /** A control channel reset; the side counts on from its numbers. */
  reset(side: Side, ns: number, nr: number, fields: Partial<Fields<'controlReset'>> = {}): number {
    side.ns = ns
    side.nr = nr
    const recoveryTunnel = side === this.lns ? this.lnsRecovery.tunnel : this.lacRecovery.tunnel
    const role = side.party === lns1 ? 'recovery' : 'remote'
    return this.add('controlReset', {
      endpoint: side.party.endpoint,
      tunnel: side.tunnel,
      recoveryTunnel,
      role,
      ns,
      nr,
      epoch: 1,
      ...fields,
    })
  }

  sync(side: Side, session: number, peerSession: number, outcome: string): number {
    return this.add('sync', { endpoint: side.party.endpoint, tunnel: side.tunnel, session, peerSession, outcome })
  }

  /** A data message from a session of one side to its other half, delivered after the latency. */
  data(from: Side, [session, peerSession]: readonly [number, number], how: Partial<Fields<'data'>> = {}): number {
    const to = this.otherSide(from)
    const packet = ++this.packets
    const addresses = { endpoint: from.party.endpoint, from: from.party.address, to: to.party.address }
    this.add('sent', { ...addresses, packet, plane: 'data', tunnel: from.tunnel, session, attempt: 0 })
    this.wait(LATENCY)
    this.add('delivered', { endpoint: to.party.endpoint, packet, flippedBit: -1 })
    const numbers = { endpoint: to.party.endpoint, packet, tunnel: to.tunnel, session: peerSession, ns: -1, stamp: packet }
    return this.add('data', { ...numbers, verdict: 'accepted', ...how })
  }

  // Parts of the standard story.

  /** lac1 opens the old tunnel. */
  connect(): this {
    const { lac, lns } = this
    this.tunnel(lac, 'opening', { peerTunnel: 0 })
    this.pass(lac, 'SCCRQ')
    this.tunnel(lns, 'opening')
    this.pass(lns, 'SCCRP')
    this.tunnel(lac, 'established')
    this.negotiated(lac)
    this.pass(lac, 'SCCCN')
    this.tunnel(lns, 'established')
    this.negotiated(lns)
    this.pass(lns, 'ZLB')
    return this
  }

  /** A call that lac1 places; numbers at lac1 and at lns1. */
  call(lacSession = 7, lnsSession = 9): this {
    const { lac, lns } = this
    this.session(lac, [lacSession, 0], 'opening')
    this.pass(lac, 'ICRQ', { session: lacSession })
    this.session(lns, [lnsSession, lacSession], 'opening')
    this.pass(lns, 'ICRP', { session: lnsSession })
    this.session(lac, [lacSession, lnsSession], 'established')
    this.pass(lac, 'ICCN', { session: lacSession })
    this.session(lns, [lnsSession, lacSession], 'established')
    this.pass(lns, 'ZLB')
    return this
  }

  fault(name: string, target: string, phase: 'begin' | 'end' = 'begin'): number {
    return this.add('fault', { name, target, phase })
  }

  crash(endpoint = 'lns1', planes: readonly ('control' | 'data')[] = ['control']): this {
    const cause = this.fault('crash', endpoint)
    for (const plane of planes) this.add('plane', { endpoint, plane, up: false, why: 'crash' }, cause)
    this.add('replica', { endpoint, replica: 'primary', state: 'failed', why: 'crash' }, cause)
    return this
  }

  /** The backup takes over with the old tunnel and these sessions (own number, peer's). */
  takeOver(...sessions: readonly (readonly [number, number])[]): this {
    const { lns } = this
    this.add('replica', { endpoint: 'lns1', replica: 'backup', state: 'taking-over' })
    this.wait(300 * MILLISECOND)
    this.add('replica', { endpoint: 'lns1', replica: 'backup', state: 'active' })
    this.add('plane', { endpoint: 'lns1', plane: 'control', up: true })
    this.tunnel(lns, 'restored')
    for (const [own, peer] of sessions) this.session(lns, [own, peer], 'restored')
    this.recovery(lns, 'waiting', { recoveryTunnel: 0 })
    return this
  }

  /** lns1 asks for the recovery; the SCCRQ is on its way. */
  request(): Said {
    const { lns, lnsRecovery, lac } = this
    this.recovery(lns, 'requested')
    this.tunnel(lnsRecovery, 'opening', { peerTunnel: 0 })
    return this.say(lnsRecovery, recoverySccrq(lnsRecovery, lac.tunnel))
  }

  /** lac1 accepts it; the SCCRP, with these suggested numbers or none, is on its way. */
  offer(sccrq: Said, suggested?: { readonly ns: number; readonly nr: number }): Said {
    this.wait(LATENCY)
    this.hear(sccrq)
    this.tunnel(this.lacRecovery, 'opening')
    this.recovery(this.lac, 'offered')
    const scs =
      suggested === undefined ? {} : { suggestedControlSequence: { suggestedNs: suggested.ns, suggestedNr: suggested.nr } }
    return this.say(this.lacRecovery, {
      ...(bodyOf('SCCRP', this.lacRecovery) as Extract<ControlMessage, { type: 'SCCRP' }>),
      ...scs,
    })
  }

  /** lns1 hears the SCCRP and resets; the SCCCN is on its way. */
  resetRecovery(sccrp: Said, numbers = { ns: 3, nr: 100 }): Said {
    this.wait(LATENCY)
    this.hear(sccrp)
    this.tunnel(this.lnsRecovery, 'established')
    this.reset(this.lns, numbers.ns, numbers.nr)
    return this.say(this.lnsRecovery, 'SCCCN')
  }

  /** lac1 hears the SCCCN and resets; its acknowledgement is on its way. */
  resetRemote(scccn: Said, numbers = { ns: 100, nr: 3 }): Said {
    this.wait(LATENCY)
    this.hear(scccn)
    this.tunnel(this.lacRecovery, 'established')
    this.reset(this.lac, numbers.ns, numbers.nr)
    this.recovery(this.lac, 'recovered')
    return this.say(this.lacRecovery, 'ZLB')
  }

  /** lns1 hears that acknowledgement, ends the recovery tunnel, and queries these sessions. */
  conclude(zlb: Said, ...asked: readonly (readonly [number, number])[]): this {
    this.wait(LATENCY)
    this.hear(zlb)
    this.recovery(this.lns, 'recovered')
    for (const [own, peer] of asked) {
      this.sync(this.lns, own, peer, 'queried')
      this.asked.add(own)
    }
    this.tunnel(this.lnsRecovery, 'closed', { why: 'stopccn-sent' })
    this.pass(this.lnsRecovery, 'StopCCN')
    this.tunnel(this.lacRecovery, 'closed', { why: 'stopccn-received' })
    this.pass(this.lacRecovery, 'ZLB', { verdict: 'lingering' })
    return this
  }

  /** The whole handshake, with or without suggested numbers. */
  recover(
    numbers: { readonly ns: number; readonly nr: number } | undefined = { ns: 3, nr: 100 },
    ...asked: readonly (readonly [number, number])[]
  ): this {
    const { ns, nr } = numbers
    const zero = ns === 0 && nr === 0
    const sccrp = this.offer(this.request(), zero ? undefined : numbers)
    return this.conclude(this.resetRemote(this.resetRecovery(sccrp, numbers), { ns: nr, nr: ns }), ...asked)
  }

  /** Each side asks about these sessions (own number, peer's) and gets an answer for each. */
  synchronise(...sessions: readonly (readonly [number, number])[]): this {
    const { lns, lac } = this
    const swapped = sessions.map(([own, peer]) => [peer, own] as const)
    for (const [side, asked, answered] of [
      [lns, sessions, swapped],
      [lac, swapped, sessions],
    ] as const) {
      if (sessions.length > 0) {
        for (const [own, peer] of asked) if (side === lns && !this.asked.has(own)) this.sync(side, own, peer, 'queried')
        this.pass(side, states('FSQ', ...asked))
        for (const [own, peer] of answered) this.sync(this.otherSide(side), own, peer, 'answered-valid')
        // Whoever is asked knows that much, and asks in turn.
        if (side === lns) for (const outcome of ['confirmed', 'queried']) answered.forEach(([own, peer]) => this.sync(lac, own, peer, outcome))
        this.pass(this.otherSide(side), states('FSR', ...answered))
        for (const [own, peer] of asked) this.sync(side, own, peer, 'confirmed')
        this.pass(side, 'ZLB')
      }
      this.recovery(side, 'synchronised', { recoveryTunnel: 0 })
    }
    return this
  }
}

function octets(
  from: Side,
  message: MessageType | 'ZLB' | ControlMessage,
  how: Manner & { ns: number; nr: number; header: number },
): Uint8Array {
  if (message === 'ZLB') return encodeZlb(how.header, how.ns, how.nr)
  const bytes = encodeMessage(typeof message === 'string' ? bodyOf(message, from) : message)
  stampControlHeader(bytes, how.header, 0, how.ns, how.nr)
  return bytes
}

/** The story up to the crash at 10 s: one tunnel with one call, 7 at lac1 and 9 at lns1. */
export const underway = (): TraceBuilder =>
  new TraceBuilder()
    .connect()
    .call()
    .to(10 * SECOND)

/** The story until the backup has taken over. */
export const takenOver = (): TraceBuilder =>
  underway()
    .crash()
    .wait(200 * MILLISECOND)
    .takeOver([9, 7])

/** The whole story. */
export const recovered = (): TraceBuilder => takenOver().recover(undefined, [9, 7]).synchronise([9, 7])

export const CONVERGENCE_BOUND = 100 * SECOND

/** What folds are told before these traces; `config` of both endpoints on top of the defaults. */
export function contextWith(config: Partial<LcceConfig> = {}): RunContext {
  const endpoints = [lac1, lns1].map(({ endpoint, address }) => ({
    name: endpoint,
    ips: [address.split(':')[0] ?? ''],
    config: { ...defaultLcce, ...config },
  }))
  return { endpoints, convergenceBound: CONVERGENCE_BOUND, duration: 3600 * SECOND, choosesRouterIds: false, faultCount: 1 }
}

function foldOver<R>(fold: Fold<R>, { records, at }: TraceBuilder): R {
  for (const record of records) if (fold.kinds?.includes(record.kind) ?? true) fold.see(record)
  return fold.end(at)
}

function named<T extends { readonly name: string }>(registry: readonly T[], name: string): T {
  const found = registry.find((entry) => entry.name === name)
  if (found === undefined) throw new Error(`nothing is called ${name}`)
  return found
}

const invariantNamed = (name: string): Invariant => named(invariants, name)

/** Numbers of the records that one invariant, or goal, on its own reports in a trace. */
export function found(name: string, trace: TraceBuilder, context = contextWith()): readonly number[] {
  return foldOver(invariantNamed(name).start(context), trace).map(({ record }) => record)
}

/** The value of one metric on its own. */
export const measured = (name: string, trace: TraceBuilder, context = contextWith()): number | null =>
  foldOver(named(metrics, name).start(context), trace)

/** Everything at once. */
export const observed = (trace: TraceBuilder, context = contextWith()): Observations => foldOver(observeAll(context), trace)

export const folded = foldOver
