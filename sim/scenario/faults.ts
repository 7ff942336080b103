// Faults and interventions of a scenario: when each happens (at an instant, or after a message), and what it does to endpoints,
// links and tables. Triggers watch the trace; what they set off is always an event of its own, later than the record they saw.

import { ipOf } from '../base/datagram.ts'
import { NEVER, type Nanos } from '../base/time.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Network } from '../net/network.ts'
import { NO_CAUSE, type Fold, type RecordKind, type TraceRecord } from '../trace/record.ts'
import type { Recorder } from '../trace/recorder.ts'
import type { ExpandedFault, ExpandedTrigger } from './expand.ts'
import { attack, Ears } from './attack.ts'
import { picks, transportTo, type TunnelKinds } from './packets.ts'
import type { FaultSpec } from './schema.ts'
import type { Workload } from './workload.ts'

/** What faults act upon. */
export interface Stage {
  readonly kernel: Kernel
  readonly recorder: Recorder
  readonly network: Network
  readonly endpoints: ReadonlyMap<string, Endpoint>
  readonly workload: Workload
}

interface Armed {
  readonly index: number
  readonly trigger: ExpandedTrigger
  seen: number
  done: boolean
}

/** Watches for the messages that faults wait for: a fold over the trace that schedules, and changes nothing itself. */
export class FaultTriggers implements Fold<undefined> {
  readonly kinds: readonly RecordKind[]
  /** What attackers on the path have heard; what they do is begun by the fault. */
  readonly ears: Ears
  private readonly armed: Armed[]
  private readonly begun = new Set<number>()
  private readonly kindsOfTunnels: TunnelKinds
  /** Octets and receiver of packets that may still be received; kept only when a trigger waits for that. */
  private readonly packets = new Map<number, { readonly bytes: Uint8Array; readonly to: string }>()
  private readonly keepsPackets: boolean
  /** Set by the world once it can act. */
  fire: (index: number, cause: number) => void = () => undefined

  constructor(faults: readonly ExpandedFault[], kindsOfTunnels: TunnelKinds) {
    this.kindsOfTunnels = kindsOfTunnels
    this.armed = faults.flatMap(({ when }, index) => (when === undefined ? [] : [{ index, trigger: when, seen: 0, done: false }]))
    this.keepsPackets = this.armed.some(({ trigger }) => trigger.action === 'receives')
    this.ears = new Ears(faults)
    const listens = this.armed.length > 0 || this.ears.listening
    this.kinds = listens ? ['sent', ...(this.keepsPackets ? (['delivered', 'dropped'] as const) : [])] : []
  }

  /** A fault has begun: triggers that count from then on do so. */
  noteBegun(index: number): void {
    this.begun.add(index)
  }

  see(record: TraceRecord): void {
    if (record.kind === 'sent') {
      this.ears.hear(record)
      this.check('sends', record.endpoint, record.bytes, record.to, record.seq)
      if (this.keepsPackets) this.packets.set(record.packet, { bytes: record.bytes, to: record.to })
    } else if (record.kind === 'delivered') {
      const packet = this.packets.get(record.packet)
      if (packet !== undefined) this.check('receives', record.endpoint, packet.bytes, packet.to, record.seq)
    } else if (record.kind === 'dropped' && record.copy === 0) this.packets.delete(record.packet)
  }

  // eslint-disable-next-line max-params -- positional, so that nothing is allocated
  private check(action: 'sends' | 'receives', endpoint: string, bytes: Uint8Array, to: string, seq: number): void {
    for (const armed of this.armed) {
      const { trigger } = armed
      if (armed.done || trigger.action !== action || trigger.endpoint !== endpoint) continue
      if (trigger.after !== undefined && !this.begun.has(trigger.after)) continue
      const packet = { bytes, transport: transportTo(to) }
      if (!picks(trigger, packet, () => this.kindsOfTunnels.of(packet, ipOf(to)))) continue
      armed.seen += 1
      if (armed.seen < trigger.nth) continue
      armed.done = true
      this.fire(armed.index, seq)
    }
  }

  end(): undefined {
    return undefined
  }
}

/** Schedules the faults of a scenario. */
export function scheduleFaults(faults: readonly ExpandedFault[], triggers: FaultTriggers, stage: Stage): void {
  const begin = (index: number, at: Nanos, cause: number): void => {
    const fault = faults[index]
    if (fault === undefined) return
    const happening = { fault, index, cause, stage, triggers, ears: triggers.ears }
    stage.kernel.schedule(at, happen, happening)
  }
  triggers.fire = (index, cause) => {
    begin(index, stage.kernel.now + (faults[index]?.spec.delay ?? 0), cause)
  }
  faults.forEach(({ spec }, index) => {
    if (spec.at !== undefined) begin(index, spec.at + spec.delay, NO_CAUSE)
  })
}

interface Happening {
  readonly fault: ExpandedFault
  readonly index: number
  readonly cause: number
  readonly stage: Stage
  readonly triggers: FaultTriggers
  readonly ears: Ears
}

function happen({ fault, index, cause, stage, triggers, ears }: Happening): void {
  triggers.noteBegun(index)
  const { recorder, endpoints } = stage
  const note = (target: string, phase: 'begin' | 'end', detail = ''): number =>
    recorder.emit({ kind: 'fault', fault: index, name: fault.spec.kind, target, phase, detail }, cause)
  if (fault.spec.kind === 'cut') cut(fault, fault.spec.for, { stage, note })
  else if (fault.spec.kind === 'inject') inject(fault, stage, note)
  for (const name of fault.endpoints) {
    const endpoint = endpoints.get(name)
    if (endpoint === undefined) continue
    recorder.cause = note(name, 'begin', detailOf(fault.spec))
    strike(fault.spec, endpoint, stage)
    if (fault.spec.kind === 'attack') attack({ spec: fault.spec, index, victim: endpoint, ears }, stage)
    if ((fault.spec.kind === 'pause' || fault.spec.kind === 'attack') && fault.spec.for !== NEVER) {
      stage.kernel.schedule(stage.kernel.now + fault.spec.for, call, () => note(name, 'end'))
    }
  }
  recorder.cause = NO_CAUSE
}

const detailOf = (spec: FaultSpec): string => (spec.kind === 'crash' ? spec.plane : spec.kind === 'attack' ? spec.by : '')

interface Noting {
  readonly stage: Stage
  readonly note: (target: string, phase: 'begin' | 'end') => number
}

function cut({ directions }: ExpandedFault, duration: Nanos, { stage, note }: Noting): void {
  for (const [from, to] of directions) {
    const link = stage.network.link(ipOfEndpoint(stage, from), ipOfEndpoint(stage, to))
    if (link === undefined) continue
    note(`${from}>${to}`, 'begin')
    link.cut()
    if (duration === NEVER) continue
    stage.kernel.schedule(stage.kernel.now + duration, call, () => {
      link.heal()
      note(`${from}>${to}`, 'end')
    })
  }
}

const ipOfEndpoint = ({ endpoints }: Stage, name: string): string => endpoints.get(name)?.options.address.ip ?? ''

function inject({ datagram }: ExpandedFault, { network, recorder }: Stage, note: (target: string, phase: 'begin') => number): void {
  if (datagram === undefined) return
  recorder.cause = note(datagram.to.text, 'begin')
  network.send({ ...datagram, padding: 0 }, { endpoint: 'injected', plane: 'control', tunnel: 0, session: 0, attempt: 0 })
}

/** What a fault does to one endpoint; the recorder's ambient cause is the fault's record. */
function strike(spec: FaultSpec, endpoint: Endpoint, stage: Stage): void {
  switch (spec.kind) {
    case 'crash':
      endpoint.crash(spec.plane)
      return
    case 'switchover':
      endpoint.switchover()
      return
    case 'restart':
      endpoint.restart()
      return
    case 'pause':
      endpoint.pause(spec.for)
      return
    case 'cut':
    case 'attack':
    case 'inject':
      return
    default:
      strikeTunnel(spec, endpoint, stage)
  }
}

type TunnelFault = Exclude<FaultSpec, { kind: 'crash' | 'switchover' | 'restart' | 'pause' | 'cut' | 'attack' | 'inject' }>

function strikeTunnel(spec: TunnelFault, endpoint: Endpoint, { workload, recorder }: Stage): void {
  const tunnel = workload.tunnelOf(endpoint, spec.tunnel)
  // Each command takes the ambient cause away with it.
  const { cause } = recorder
  const order = (command: string, of = 0): number =>
    recorder.emit({ kind: 'command', endpoint: endpoint.name, command, tunnel, session: of, detail: '' }, cause)
  const session = (nth: number): number => workload.sessionOf(endpoint, tunnel, nth)
  switch (spec.kind) {
    case 'call':
      endpoint.command({ name: 'place-call', tunnel, call: spec.call, sequenced: spec.sequenced })
      return
    case 'hang-up':
      for (const each of spec.session === 'all' ? workload.sessionsOf(endpoint, tunnel) : [session(spec.session)]) {
        workload.hangUp(endpoint, tunnel, each, cause)
      }
      return
    case 'close-tunnel':
      endpoint.command({ name: 'close-tunnel', tunnel }, order('close-tunnel'))
      return
    case 'forget-sessions':
      for (const each of spec.sessions === 'all' ? workload.sessionsOf(endpoint, tunnel) : spec.sessions.map(session)) {
        endpoint.command({ name: 'forget-session', tunnel, session: each }, cause)
      }
      return
    case 'mispair-session':
      mispair(spec, endpoint, tunnel, session)
      return
    case 'query-sessions':
      endpoint.command({ name: 'query-sessions', tunnel })
      return
    case 'misspeak': {
      const { says, flaw, insteadOf } = spec
      endpoint.command({ name: 'misspeak', tunnel, session: session(spec.session), speech: { says, flaw, insteadOf } })
      return
    }
  }
}

type Mispairing = Extract<FaultSpec, { kind: 'mispair-session' }>

function mispair(spec: Mispairing, endpoint: Endpoint, tunnel: number, session: (nth: number) => number): void {
  const other = spec.peerOf === undefined ? undefined : endpoint.control?.tunnel(tunnel)?.sessions.get(session(spec.peerOf))
  const peerSession = other?.peerSessionId ?? spec.peerSessionId
  if (peerSession !== undefined) endpoint.command(
    { name: 'mispair-session', tunnel, session: session(spec.session), peerSession },
  )
}

const call = (action: () => void): void => {
  action()
}
