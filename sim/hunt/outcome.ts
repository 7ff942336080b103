// What a hunted run leaves, as plain data that threads can hand over, and how findings of one cause are told to be one.

import type { Nanos } from '../base/time.ts'

/** A broken promise of the protocol, or of the simulator. */
export interface Finding {
  /** Name of the invariant; `event-cap` for a run that never came to rest, `bug` for one that ended in an assertion. */
  readonly invariant: string
  /** Requirement ids, as in the registry; empty for `event-cap` and `bug`. */
  readonly ref: string
  readonly at: Nanos
  /** Number of the record that shows it. */
  readonly record: number
  readonly message: string
  /** Equal for findings of one kind: see `signatureOf`. */
  readonly signature: string
}

export interface HuntOutcome {
  /** Of the full trace; empty when the run ended in a bug. */
  readonly digest: string
  readonly events: number
  readonly records: number
  /** In the order of the records; one for each signature. */
  readonly findings: readonly Finding[]
  /** Names of the `sometimes` goals reached, in the order of the registry. */
  readonly goals: readonly string[]
  /** See features.ts; empty unless asked for. */
  readonly features: readonly number[]
}

/**
 * Findings of one cause share a signature: the invariant with its message, in which numbers, and with them the numbers of endpoints,
 * tunnels and sessions, are left out.
 */
export function signatureOf(invariant: string, message: string): string {
  return `${invariant}: ${message.replace(/\d+(?:\.\d+)?(?:ns|us|ms|s|min|h)?\b|\d+/g, '#')}`
}
