// Builds the lanes: for each side of each tunnel its phases, live sessions, data deliveries, timers and resets, in one pass over the
// records concerned. Phases come from sim/run/tunnel-phases.ts.

import { NEVER, type Nanos } from '../../sim/base/time.ts'
import { phases, type Milestone, type TunnelPair, type TunnelSide } from '../../sim/run/tunnel-phases.ts'
import { kindNumbers } from '../../sim/trace/digest.ts'
import { recordAt, slotOf, type TraceColumns } from '../trace/columns.ts'
import type { Lane, LaneSide, ShownPhase, Span, TimerBar } from './model.ts'
import type { TunnelIndex } from './tunnel-index.ts'

/** A list of instants that may grow long. */
class Instants {
  private room = new Float64Array(16)
  private used = 0

  push(at: Nanos): void {
    if (this.used === this.room.length) {
      const larger = new Float64Array(this.used * 2)
      larger.set(this.room)
      this.room = larger
    }
    this.room[this.used++] = at
  }

  list(): Float64Array {
    return this.room.slice(0, this.used)
  }
}

interface SideDraft {
  readonly side: TunnelSide
  readonly live: Set<number>
  readonly sessionTimes: number[]
  readonly sessionCounts: number[]
  readonly delivered: Instants
  readonly refused: Instants
  readonly timers: TimerBar[]
  readonly resets: number[]
  /** Recovery Time under way. */
  waiting: { readonly at: Nanos; readonly seq: number } | undefined
  /** Latest control message that may be retransmitted. */
  lastSentAt: Nanos
}

export interface LaneSources {
  readonly trace: TraceColumns
  readonly pairs: readonly TunnelPair[]
  readonly tunnels: TunnelIndex
  readonly end: Nanos
}

export function lanesOf(sources: LaneSources): readonly Lane[] {
  const { trace, pairs, end } = sources
  const drafts = pairs.map((pair) => pair.flatMap((side) => (side === undefined ? [] : [newDraft(side)])))
  for (let seq = 0; seq < trace.count; seq++) see(sources, drafts, seq)
  return pairs.map((pair, place) => laneOf(pair, place, { drafts: drafts[place]!, end }))
}

function newDraft(side: TunnelSide): SideDraft {
  return {
    side,
    live: new Set(),
    sessionTimes: [0],
    sessionCounts: [0],
    delivered: new Instants(),
    refused: new Instants(),
    timers: [],
    resets: [],
    waiting: undefined,
    lastSentAt: -1,
  }
}

const slots = {
  data: { endpoint: slotOf('data', 'endpoint'), tunnel: slotOf('data', 'tunnel'), verdict: slotOf('data', 'verdict') },
  sent: { endpoint: slotOf('sent', 'endpoint'), tunnel: slotOf('sent', 'tunnel'), attempt: slotOf('sent', 'attempt') },
} as const

function see({ trace, tunnels }: LaneSources, drafts: readonly (readonly SideDraft[])[], seq: number): void {
  const at = trace.at[seq]!
  const start = trace.start[seq]!
  const draftOf = (endpoint: string, tunnel: number): SideDraft | undefined => {
    const known = tunnel === 0 ? undefined : tunnels.find(endpoint, tunnel, at)
    return known === undefined ? undefined : drafts[known.lane]?.[known.side]
  }
  switch (trace.kinds[seq]) {
    case kindNumbers.data: {
      const draft = draftOf(trace.texts[trace.values[start + slots.data.endpoint]!]!, trace.values[start + slots.data.tunnel]!)
      const verdict = trace.texts[trace.values[start + slots.data.verdict]!]
      if (draft !== undefined) (verdict === 'accepted' || verdict === 'reset' ? draft.delivered : draft.refused).push(at)
      break
    }
    case kindNumbers.sent: {
      if (trace.values[start + slots.sent.attempt] === 0) break
      const draft = draftOf(trace.texts[trace.values[start + slots.sent.endpoint]!]!, trace.values[start + slots.sent.tunnel]!)
      if (draft !== undefined) draft.lastSentAt = at
      break
    }
    case kindNumbers.session:
    case kindNumbers.timer:
    case kindNumbers.controlReset:
    case kindNumbers.tunnel: {
      const record = recordAt(trace, seq) as Extract<ReturnType<typeof recordAt>, { readonly tunnel: number }>
      const draft = draftOf(record.endpoint, record.tunnel)
      if (draft !== undefined) seeRecord(draft, record)
      break
    }
    default:
  }
}

function seeRecord(draft: SideDraft, record: { readonly kind: string } & ReturnType<typeof recordAt>): void {
  if (record.kind === 'session') seeSession(draft, record)
  else if (record.kind === 'timer') seeTimer(draft, record)
  else if (record.kind === 'controlReset') draft.resets.push(record.seq)
  else if (record.kind === 'tunnel' && record.purpose === 'ordinary' && record.event === 'closed') {
    draft.live.clear()
    noteSessions(draft, record.at)
  }
}

function seeSession(draft: SideDraft, record: Extract<ReturnType<typeof recordAt>, { readonly kind: 'session' }>): void {
  if (record.event === 'closed') draft.live.delete(record.session)
  else if (record.event !== 'opening') draft.live.add(record.session)
  noteSessions(draft, record.at)
}

function noteSessions({ live, sessionTimes, sessionCounts }: SideDraft, at: Nanos): void {
  if (sessionCounts[sessionCounts.length - 1] === live.size) return
  if (sessionTimes[sessionTimes.length - 1] === at) sessionCounts[sessionCounts.length - 1] = live.size
  else {
    sessionTimes.push(at)
    sessionCounts.push(live.size)
  }
}

function seeTimer(draft: SideDraft, record: Extract<ReturnType<typeof recordAt>, { readonly kind: 'timer' }>): void {
  const { at, seq, name, action } = record
  if (name === 'recovery-time') {
    const { waiting } = draft
    if (action === 'start') draft.waiting ??= { at, seq }
    else if (waiting !== undefined) {
      draft.timers.push({ timer: 'recovery-time', from: waiting.at, to: at, fired: action === 'fire', seq })
      draft.waiting = undefined
    }
  } else if (name === 'retransmit' && action === 'fire' && draft.lastSentAt >= 0) {
    draft.timers.push({ timer: 'retransmission', from: draft.lastSentAt, to: at, fired: true, seq })
  }
}

function laneOf(
  [one, other]: TunnelPair,
  place: number,
  { drafts, end }: { readonly drafts: readonly SideDraft[]; readonly end: Nanos },
): Lane {
  const sides = drafts.map((draft) => sideOf(draft, end))
  const names = [one.endpoint, other?.endpoint ?? one.peer].sort()
  return {
    place,
    group: names.join(' ⇄ '),
    label: `${one.endpoint} ${String(one.tunnel)} ⇄ ${other === undefined ? one.peer : `${other.endpoint} ${String(other.tunnel)}`}`,
    sides,
    peakSessions: Math.max(0, ...sides.map(({ sessionCounts }) => sessionCounts.reduce((most, n) => Math.max(most, n), 0))),
  }
}

function sideOf(draft: SideDraft, end: Nanos): LaneSide {
  const { side, waiting, timers } = draft
  const open: TimerBar[] =
    waiting === undefined ? [] : [{ timer: 'recovery-time', from: waiting.at, to: end, fired: false, seq: waiting.seq }]
  return {
    endpoint: side.endpoint,
    tunnel: side.tunnel,
    peerTunnel: side.peerTunnel,
    spans: spansOf(side.milestones, end),
    sessionTimes: Float64Array.from(draft.sessionTimes),
    sessionCounts: Int32Array.from(draft.sessionCounts),
    delivered: draft.delivered.list(),
    refused: draft.refused.list(),
    timers: [...timers, ...open],
    resets: draft.resets,
  }
}

/** Milestones as stretches; those that lasted no time are left out, but their words go to the one that follows. */
export function spansOf(milestones: readonly Milestone[], end: Nanos): readonly Span[] {
  const spans: Span[] = []
  let words: string[] = []
  milestones.forEach((milestone, i) => {
    const to = Math.min(milestones[i + 1]?.at ?? NEVER, end)
    if (milestone.label !== '') words.push(milestone.label)
    if (to <= milestone.at && i + 1 < milestones.length) return
    spans.push({ from: milestone.at, to: Math.max(to, milestone.at), phase: shownPhase(milestone), label: words.join(', ') })
    words = []
  })
  return spans
}

function shownPhase({ phase, label }: Milestone): ShownPhase {
  const gaveUp = phase === 'closed' && (label === 'given up' || label === 'not attempted')
  return gaveUp ? 'given-up' : (phases.find((known) => known === phase) ?? 'closed')
}
