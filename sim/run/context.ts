// What a fold over the trace may know before the first record: facts of the scenario that no record repeats, never the world
// itself.

import type { Nanos } from '../base/time.ts'
import type { LcceConfig } from '../l2tp/config.ts'

export interface RunEndpoint {
  /** Name in the records; the same for all replicas of the endpoint. */
  readonly name: string
  /** Every IPv4 address that a replica of it may use. Empty: unknown, and then no sender counts as forged. */
  readonly ips: readonly string[]
  /** How it is configured. Invariants that need to know more than the trace tells are not checked without it. */
  readonly config?: LcceConfig | undefined
}

export interface RunContext {
  readonly endpoints: readonly RunEndpoint[]
  /** So long after the last disturbance everything must have converged; NEVER switches the liveness invariants off. */
  readonly convergenceBound: Nanos
  /** Simulated time the run lasts at most. */
  readonly duration: Nanos
  /** A tunnel expects a Router ID of its own at its peer, which need not be the one the peer has (RFC 3931 5.4.3). */
  readonly choosesRouterIds: boolean
  /** Faults in the scenario. */
  readonly faultCount: number
}
