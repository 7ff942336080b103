// What a run leaves when it ends: plain data, the same for the command line, sweeps and the browser.

import type { Nanos } from '../base/time.ts'
import type { ReachedGoal } from './observe.ts'

export interface RunResult {
  readonly scenario: string
  readonly scenarioHash: string
  readonly seed: string
  /** Version of the simulator. */
  readonly version: string
  /** Of the full trace, whatever was kept of it. */
  readonly digest: string
  readonly simulatedNs: Nanos
  /** Kernel events executed. */
  readonly events: number
  /** Trace records emitted. */
  readonly records: number
  /** Why the run ended: its duration, nothing left to happen, the cap on events, or interrupted from outside. */
  readonly ended: 'until' | 'idle' | 'event-cap' | 'interrupted'
  /** `pass`: every expectation held and no invariant was violated. */
  readonly verdict: 'pass' | 'fail'
  /** By name, in the order of the registry; null where a metric does not apply. */
  readonly metrics: Readonly<Record<string, number | null>>
  readonly expectations: readonly CheckedExpectation[]
  readonly violations: readonly FoundViolation[]
  /** What a run may show at times (`sometimes`), and whether this one did. */
  readonly goals: readonly ReachedGoal[]
  readonly endpoints: readonly EndpointTables[]
}

export interface CheckedExpectation {
  readonly metric: string
  /** In words: `at most 3`. */
  readonly expected: string
  readonly actual: number | null
  readonly held: boolean
}

export interface FoundViolation {
  readonly invariant: string
  /** The requirement it watches. */
  readonly ref: string
  readonly at: Nanos
  /** Number of the record that shows it. */
  readonly record: number
  readonly message: string
}

/** Tunnels and sessions of one endpoint at the end; empty when its control plane is down. */
export interface EndpointTables {
  readonly endpoint: string
  readonly controlPlane: 'up' | 'down'
  readonly dataPlane: 'up' | 'down'
  readonly tunnels: readonly TunnelRow[]
  readonly sessions: readonly SessionRow[]
}

export interface TunnelRow {
  readonly tunnel: number
  readonly peerTunnel: number
  readonly peer: string
  readonly state: string
  readonly sessions: number
  readonly ns: number
  readonly nr: number
}

export interface SessionRow {
  readonly tunnel: number
  readonly session: number
  readonly peerSession: number
  readonly state: string
  readonly synchronised: boolean
}
