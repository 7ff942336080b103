// What a hunted run leaves, as plain data that threads can hand over, and how findings of one cause are told to be one.

import type { Nanos } from '../base/time.ts'
import type { RunResult } from '../run/result.ts'

/** A broken promise of the protocol, or of the simulator. */
export interface Finding {
  /**
   * Name of the invariant; `expectation` for an expectation of the scenario, `event-cap` for a run that never came to rest, `bug` for
   * one that ended in an assertion.
   */
  readonly invariant: string
  /** Requirement ids, as in the registry; empty where there is no invariant. */
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
  /** When the run was ended before its scenario does; undefined when it was not. */
  readonly until: Nanos | undefined
  readonly events: number
  readonly records: number
  /** In the order of the records; one for each signature. */
  readonly findings: readonly Finding[]
  /**
   * What RFC 4951 itself does not prevent (see `WEAKNESSES`) and is no finding. What happens in a run after one is not judged: messages may
   * be lost or taken twice because of it.
   */
  readonly weaknesses: readonly Finding[]
  /** Names of the `sometimes` goals reached, in the order of the registry. */
  readonly goals: readonly string[]
  /** See features.ts; empty unless asked for. */
  readonly features: readonly number[]
}

/** Invariants that correct machines can break, because the protocol lets them: a reset to zero leaves the numbers predictable (5.3, 8). */
export const WEAKNESSES: ReadonlySet<string> = new Set(['nothing-crosses-a-zero-reset'])

/**
 * Findings of one cause share a signature: the invariant with its message, in which numbers, and with them the numbers of endpoints,
 * tunnels and sessions, are left out.
 */
export function signatureOf(invariant: string, message: string): string {
  return `${invariant}: ${message.replace(/\d+(?:\.\d+)?(?:ns|us|ms|s|min|h)?\b|\d+/g, '#')}`
}

/** A finding that has its signature. */
export function signed(finding: Omit<Finding, 'signature'>): Finding {
  const { invariant, ref, at, record, message } = finding
  return { invariant, ref, at, record, message, signature: signatureOf(invariant, message) }
}

/** Expectations of the scenario that did not hold, as findings shown by the last record, `record`. */
export function missedExpectations({ expectations, simulatedNs }: RunResult, record: number): readonly Finding[] {
  return expectations.filter(({ held }) => !held).map(({ metric, expected, actual }) => {
    const message = `${metric} is ${String(actual)}, expected ${expected}`
    return { invariant: 'expectation', ref: '', at: simulatedNs, record, message, signature: `expectation: ${metric} ${expected}` }
  })
}

/** The finding of a run that reached its cap on events. */
export function restless(at: Nanos, records: number): Finding {
  const message = 'the run reached its cap on events: something goes on for ever'
  return signed({ invariant: 'event-cap', ref: '', at, record: records - 1, message })
}

/** What did not hold in a run that is over: violations in the order of their records, then expectations. */
export function findingsOf(result: RunResult): readonly Finding[] {
  const capped = result.ended === 'event-cap' ? [restless(result.simulatedNs, result.records)] : []
  return [...result.violations.map(signed), ...capped, ...missedExpectations(result, result.records - 1)]
}
