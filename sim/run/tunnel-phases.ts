// What each ordinary tunnel went through, seen from both of its ends: a fold over the trace that gives, for every side, the
// instants at which its state changed for a reader (established, failed, recovering, reset, synchronised ...). States follow
// RFC 4951 section 3.2; they are coarser than the state machines. How they are drawn is the timeline's affair.

import type { Nanos } from '../base/time.ts'
import type { Fold, RecordKind, TraceRecord } from '../trace/record.ts'

export const phases = [
  'establishing',
  'established',
  'failed', // its own control plane is down, or lost the tunnel with its state
  'unnoticed', // the peer's control plane is down and this side does not know yet
  'waiting', // this side waits for a recovery to begin
  'taking-over', // another replica, or the restarted one, steps in
  'recovering', // a recovery tunnel is being set up
  'synchronising', // control channel reset, sessions being compared
  'recovered',
  'closed',
] as const
export type Phase = (typeof phases)[number]

/** The worst first: a tunnel drawn as one is drawn in the phase of its worse side. */
export const worstFirst: readonly Phase[] = [
  'closed',
  'failed',
  'taking-over',
  'waiting',
  'recovering',
  'synchronising',
  'unnoticed',
  'establishing',
  'established',
  'recovered',
]

export interface Milestone {
  readonly at: Nanos
  /** The phase from here on. */
  readonly phase: Phase
  /** What happened, for a table: 'established', 'reset' ...; '' for what only the drawing shows. */
  readonly label: string
  readonly why: string
}

/** One end of a control connection. */
export interface TunnelSide {
  readonly endpoint: string
  readonly tunnel: number
  readonly peer: string
  readonly peerTunnel: number
  readonly milestones: readonly Milestone[]
}

/** Both ends, the one that opened first before the other; the other is undefined if the peer never opened its end. */
export type TunnelPair = readonly [TunnelSide, TunnelSide | undefined]

interface Side extends TunnelSide {
  peer: string
  peerTunnel: number
  milestones: Milestone[]
}

export type EndpointOf = (address: string) => string

/** Phases during which the failure of the peer goes unnoticed. */
const atEase: readonly Phase[] = ['established', 'recovered']

/** Folds the trace to its tunnels in order of appearance; `endpointOf` names who has an address. */
export function tunnelPhases(endpointOf: EndpointOf): Fold<readonly TunnelPair[]> {
  return new PhaseFold(endpointOf)
}

class PhaseFold implements Fold<readonly TunnelPair[]> {
  readonly kinds: readonly RecordKind[] = ['tunnel', 'plane', 'replica', 'controlReset', 'recovery', 'timer']
  private readonly endpointOf: EndpointOf
  private readonly sides: Side[] = []
  private readonly live = new Map<string, Side>()

  constructor(endpointOf: EndpointOf) {
    this.endpointOf = endpointOf
  }

  see(record: TraceRecord): void {
    const { at } = record
    switch (record.kind) {
      case 'tunnel':
        if (record.purpose === 'ordinary') this.seeTunnel(record)
        break
      case 'plane':
        if (record.plane === 'control' && !record.up)
          this.markAll(record.endpoint, { at, phase: 'failed', label: 'failed', why: record.why })
        break
      case 'replica':
        if (record.state === 'taking-over') this.takeOver(record)
        break
      case 'controlReset':
        this.mark(this.sideOf(record), { at, phase: 'synchronising', label: 'reset', why: '' })
        break
      case 'recovery':
        this.step(record)
        break
      case 'timer':
        if (record.name === 'recovery-time') this.wait(record)
        break
      default:
    }
  }

  end(): readonly TunnelPair[] {
    return paired(this.sides)
  }

  private sideOf({ endpoint, tunnel }: { readonly endpoint: string; readonly tunnel: number }): Side | undefined {
    return this.live.get(`${endpoint}/${String(tunnel)}`)
  }

  private mark(side: Side | undefined, milestone: Milestone): void {
    if (side !== undefined && side.milestones.at(-1)?.phase !== 'closed') side.milestones.push(milestone)
  }

  private markAll(endpoint: string, milestone: Milestone): void {
    for (const side of this.live.values()) if (side.endpoint === endpoint) this.mark(side, milestone)
  }

  private seeTunnel(record: TraceRecord<'tunnel'>): void {
    const key = `${record.endpoint}/${String(record.tunnel)}`
    let side = this.live.get(key)
    if (record.event === 'opening' || side === undefined) {
      side = { endpoint: record.endpoint, tunnel: record.tunnel, peer: '', peerTunnel: 0, milestones: [] }
      this.sides.push(side)
      this.live.set(key, side)
    }
    if (record.peer !== '') side.peer = this.endpointOf(record.peer)
    if (record.peerTunnel !== 0) side.peerTunnel = record.peerTunnel
    this.mark(side, tunnelMilestone(record))
    if (record.event === 'closed') this.live.delete(key)
  }

  private takeOver({ at, endpoint }: TraceRecord<'replica'>): void {
    for (const side of this.live.values()) {
      const failed = side.endpoint === endpoint && side.milestones.at(-1)?.phase === 'failed'
      if (failed) this.mark(side, { at, phase: 'taking-over', label: 'taking over', why: '' })
    }
  }

  private step(record: TraceRecord<'recovery'>): void {
    const side = this.sideOf(record)
    const step = steps[record.step]
    if (side === undefined || step === undefined) return
    const phase = step.phase ?? side.milestones.at(-1)?.phase ?? 'establishing'
    this.mark(side, { at: record.at, phase, label: step.label, why: record.why })
  }

  /** RFC 4951 5.1: the Recovery Time timer runs while a peer owes an answer. A silence that is broken is drawn, but not told. */
  private wait(record: TraceRecord<'timer'>): void {
    const side = this.sideOf(record)
    const [before, last] = side?.milestones.slice(-2) ?? []
    const latest = last ?? before
    if (side === undefined || latest === undefined) return
    if (record.action === 'start' && atEase.includes(latest.phase)) {
      this.mark(side, { at: record.at, phase: 'waiting', label: SILENCE, why: '' })
    } else if (record.action === 'stop' && latest.label === SILENCE && before !== undefined) {
      side.milestones[side.milestones.length - 1] = { ...latest, label: '' }
      this.mark(side, { at: record.at, phase: before.phase, label: '', why: '' })
    }
  }
}

const SILENCE = 'silence noticed'

function tunnelMilestone(record: TraceRecord<'tunnel'>): Milestone {
  const { at, why } = record
  switch (record.event) {
    case 'opening':
      return { at, phase: 'establishing', label: '', why }
    case 'restored':
      return { at, phase: 'taking-over', label: 'restored', why }
    case 'closed':
      return { at, phase: 'closed', label: why === 'recovery-failed' ? 'given up' : 'cleared', why }
    default:
      return { at, phase: 'established', label: 'established', why }
  }
}

/** What a step of recovery means to a reader; steps that another record tells as well are left out. */
const steps: Readonly<Record<string, { readonly phase?: Phase; readonly label: string }>> = {
  waiting: { phase: 'waiting', label: 'queued' },
  requested: { phase: 'recovering', label: 'recovering' },
  offered: { phase: 'recovering', label: 'recovering' },
  refused: { label: 'refused' },
  'tie-lost': { label: 'tie lost' },
  'tie-won': { label: 'tie won' },
  'tie-equal': { label: 'tie equal' },
  aborted: { phase: 'waiting', label: 'aborted' },
  synchronised: { phase: 'recovered', label: 'synchronised' },
  failed: { phase: 'closed', label: 'given up' },
  'not-attempted': { phase: 'closed', label: 'not attempted' },
}

function paired(sides: readonly Side[]): readonly TunnelPair[] {
  const waiting = new Map<string, Side[]>()
  for (const side of sides) {
    const key = linkKey(side.endpoint, side.tunnel, side.peer, side.peerTunnel)
    const same = waiting.get(key)
    if (same === undefined) waiting.set(key, [side])
    else same.push(side)
  }
  const done = new Set<Side>()
  const pairs: TunnelPair[] = []
  for (const side of sides) {
    if (done.has(side)) continue
    done.add(side)
    const other = waiting
      .get(linkKey(side.peer, side.peerTunnel, side.endpoint, side.tunnel))
      ?.find((candidate) => !done.has(candidate))
    if (other !== undefined) done.add(other)
    pairs.push([withUnnoticed(side, other), other && withUnnoticed(other, side)])
  }
  return pairs
}

function linkKey(endpoint: string, tunnel: number, peer: string, peerTunnel: number): string {
  return `${endpoint} ${String(tunnel)} ${peer} ${String(peerTunnel)}`
}

/** `side` with a milestone where its peer fails while it is at ease. */
function withUnnoticed(side: TunnelSide, peer: TunnelSide | undefined): TunnelSide {
  const failures = peer?.milestones.filter(({ phase }) => phase === 'failed') ?? []
  const unnoticed = failures
    .filter(({ at }) => atEase.includes(phaseAt(side, at) ?? 'closed'))
    .map(({ at }): Milestone => ({ at, phase: 'unnoticed', label: '', why: '' }))
  if (unnoticed.length === 0) return side
  return { ...side, milestones: [...side.milestones, ...unnoticed].sort((a, b) => a.at - b.at) }
}

/** The phase a side is in at an instant; undefined before it opened. */
export function phaseAt(side: TunnelSide, at: Nanos): Phase | undefined {
  return side.milestones.findLast((milestone) => milestone.at <= at)?.phase
}
