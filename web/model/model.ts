// What the page knows of a finished run: its trace and, computed from that once in the worker, the tables the views draw from. Plain
// data and typed arrays, so that it crosses from worker to page without being copied.

import type { Nanos } from '../../sim/base/time.ts'
import type { RecoveryTimes } from '../../sim/run/metrics/recovery-times.ts'
import type { SessionOutage } from '../../sim/run/metrics/data-counts.ts'
import type { Unit } from '../../sim/run/metrics.ts'
import type { RunResult } from '../../sim/run/result.ts'
import type { Phase } from '../../sim/run/tunnel-phases.ts'
import type { TraceColumns } from '../trace/columns.ts'
import type { Effects } from '../trace/effects.ts'

/** States of a side of a tunnel as the page shows them: those of tunnel-phases.ts, and what becomes of a tunnel given up. */
export type ShownPhase = Phase | 'given-up'

export interface Span {
  readonly from: Nanos
  readonly to: Nanos
  readonly phase: ShownPhase
  /** What happened at its beginning, in words; '' when only the colour tells. */
  readonly label: string
}

/** A timer as it ran. */
export interface TimerBar {
  readonly timer: 'recovery-time' | 'retransmission'
  readonly from: Nanos
  readonly to: Nanos
  /** It ran out. */
  readonly fired: boolean
  /** Record that ended it, else that began it. */
  readonly seq: number
}

/** One end of a control connection over its life. */
export interface LaneSide {
  readonly endpoint: string
  readonly tunnel: number
  readonly peerTunnel: number
  readonly spans: readonly Span[]
  /** Live sessions from each instant on. */
  readonly sessionTimes: Float64Array
  readonly sessionCounts: Int32Array
  /** Instants at which data was delivered to a session of this side, ascending; and at which it was refused. */
  readonly delivered: Float64Array
  readonly refused: Float64Array
  readonly timers: readonly TimerBar[]
  /** Records of control channel resets. */
  readonly resets: readonly number[]
}

/** A control connection with both ends, and everything that hangs on it. */
export interface Lane {
  readonly place: number
  /** The pair of endpoints. */
  readonly group: string
  readonly label: string
  readonly sides: readonly LaneSide[]
  readonly peakSessions: number
}

export const messageKinds = [
  'data',
  'ZLB',
  'SCCRQ',
  'SCCRP',
  'SCCCN',
  'StopCCN',
  'HELLO',
  'OCRQ',
  'OCRP',
  'OCCN',
  'ICRQ',
  'ICRP',
  'ICCN',
  'CDN',
  'WEN',
  'SLI',
  'FSQ',
  'FSR',
  'ACK',
  '?',
] as const

/** Bits of `MessageTable.flags`. */
export const LOST = 1
export const AGAIN = 2
export const COPIED = 4
export const RECOVERY = 8
export const RECOVERED = 16

/** Every datagram sent, in order. */
export interface MessageTable {
  readonly count: number
  /** Its `sent` record, and the one that ended its way (`delivered` or `dropped`; -1 while under way). */
  readonly seq: Int32Array
  readonly endSeq: Int32Array
  readonly packet: Int32Array
  readonly sentAt: Float64Array
  /** Infinity while under way. */
  readonly endAt: Float64Array
  /** Places in `endpoints`; NOBODY for an address nobody has. */
  readonly from: Uint16Array
  readonly to: Uint16Array
  /** Place of its lane; -1 for none. */
  readonly lane: Int32Array
  /** Place in `messageKinds`. */
  readonly kind: Uint8Array
  readonly flags: Uint8Array
  /** Longest time on the way. */
  readonly longest: Nanos
}

export const NOBODY = 0xffff

export interface ModelEndpoint {
  readonly name: string
  readonly role: 'LAC' | 'LNS' | ''
  readonly addresses: readonly string[]
  readonly secret: string | undefined
}

export interface ModelLink {
  readonly ends: readonly [string, string]
  /** Place in the scenario's list of links; -1 where the scenario is not known. */
  readonly place: number
}

export interface FaultMark {
  readonly seq: number
  readonly at: Nanos
  /** Where an `end` record follows, else `at`. */
  readonly to: Nanos
  readonly name: string
  readonly target: string
  readonly detail: string
}

/** What the registries say of a metric. */
export interface MetricFacts {
  readonly name: string
  readonly unit: Unit
  readonly help: string
}

/** What the registries say of an invariant. */
export interface InvariantFacts {
  readonly name: string
  readonly ref: string
  readonly help: string
}

/** How a run came to be, enough to repeat it. */
export interface Origin {
  readonly title: string
  readonly shows: string
  readonly seed: string
  readonly version: string
  readonly scenarioHash: string
  /** The scenario with every change in it, as a file. */
  readonly yaml: string
  /** The changes as `--set` takes them, additions included. */
  readonly sets: readonly string[]
  /** The digest that the records themselves give differs from what the file says. */
  readonly damaged: boolean
}

export interface RunModel {
  readonly origin: Origin
  readonly end: Nanos
  readonly trace: TraceColumns
  readonly effects: Effects
  readonly endpoints: readonly ModelEndpoint[]
  readonly links: readonly ModelLink[]
  readonly lanes: readonly Lane[]
  readonly messages: MessageTable
  /** Instants at which something other than data happens, ascending: where a folded axis has room. */
  readonly instants: Float64Array
  readonly faults: readonly FaultMark[]
  /** Numbers of all `transition`, and of all `plane` and `replica` records. */
  readonly transitions: Int32Array
  readonly standing: Int32Array
  readonly result: RunResult
  /** The registries of metrics and of invariants (goals left out), so that the page need not carry the code of either. */
  readonly metrics: readonly MetricFacts[]
  readonly invariants: readonly InvariantFacts[]
  readonly outages: readonly SessionOutage[]
  readonly times: RecoveryTimes
  /** Milliseconds the simulation itself took. */
  readonly wallMs: number
}
