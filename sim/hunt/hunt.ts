// One hunted run: a scenario is run to its end, with every invariant and goal watching, and what it showed becomes an outcome. A bug of the
// simulator is a finding like any other.

import { NEVER, type Nanos } from '../base/time.ts'
import { invariants } from '../run/invariants.ts'
import { observeClaims, type Claims } from '../run/observe.ts'
import { contextOf, Run } from '../run/run.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { Fold } from '../trace/record.ts'
import { features } from './features.ts'
import { missedExpectations, restless, signed, WEAKNESSES, type Finding, type HuntOutcome } from './outcome.ts'

export interface HuntOptions {
  /** Instead of the scenario's seed. */
  readonly seed?: string
  /** Simulated time at which to stop, if before the scenario's duration. */
  readonly until?: Nanos
  /** Further folds over the trace, as in RunOptions. */
  readonly folds?: readonly Fold<unknown>[]
  /** Collect the features of the run. */
  readonly features?: boolean
  /**
   * End the run before its scenario does when nothing is left to wait for: nothing but HELLOs has happened for the convergence bound since
   * `calmFrom`, when the last fault with a time of its own is over. Every claim about rest is judged then as it would be later.
   */
  readonly calmFrom?: Nanos | undefined
}

/** Runs `scenario` to its end. */
export function hunt(scenario: Scenario, options: HuntOptions = {}): HuntOutcome {
  const claims = observeClaims(contextOf(scenario))
  const novelty = options.features === true ? features() : undefined
  const folds = [claims, ...(novelty === undefined ? [] : [novelty]), ...(options.folds ?? [])]
  const { until } = options
  // Expectations are about metrics, which cost as much as the invariants.
  const unobserved = scenario.expect.length === 0
  const runOptions = { seed: options.seed ?? scenario.seed, folds, unobserved, ...(until === undefined ? {} : { until }) }
  let run: Run | undefined
  try {
    run = new Run(scenario, runOptions)
    advance(run, claims, options.calmFrom)
  } catch (error) {
    return brokenOff(run, error)
  }
  const { violations, goals } = claims.end(run.observedUntil)
  const missed = unobserved ? [] : missedExpectations(run.result(), run.records - 1)
  const broken = violations.map(signed)
  const capped = run.ending === 'event-cap' ? [restless(run.now, run.records)] : []
  return {
    digest: run.digest,
    until: run.end < scenario.duration ? run.end : undefined,
    events: run.events,
    records: run.records,
    ...judged([...broken, ...capped, ...missed]),
    goals: goals.filter(({ times }) => times > 0).map(({ goal }) => goal),
    features: novelty?.end(run.now) ?? [],
  }
}

/** To its end, or until it has been at rest for long enough. */
function advance(run: Run, claims: Claims, calmFrom: Nanos = NEVER): void {
  const least = calmFrom + run.scenario.convergenceBound
  let until = least
  while (run.advance(until)) {
    const rest = Math.max(claims.restsFrom(), least)
    if (rest <= until) run.endBy(until)
    until = rest
  }
}

/** Judged at the end of a run, whatever record shows it. */
const atTheEnd: ReadonlySet<string> = new Set(invariants.filter(({ kind }) => kind === 'liveness').map(({ name }) => name))

/** Nothing after the first weakness is a finding. */
function judged(found: readonly Finding[]): Pick<HuntOutcome, 'findings' | 'weaknesses'> {
  const weaknesses = found.filter(({ invariant }) => WEAKNESSES.has(invariant))
  const since = weaknesses[0]?.record ?? Infinity
  const findings = found.filter(({ invariant, record }) => {
    const isLater = record >= since || (weaknesses.length > 0 && atTheEnd.has(invariant))
    return !WEAKNESSES.has(invariant) && !isLater
  })
  return { findings: firstOfEach(findings), weaknesses: firstOfEach(weaknesses) }
}

function firstOfEach(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings
  const seen = new Set<string>()
  return findings.filter(({ signature }) => {
    const isFirst = !seen.has(signature)
    seen.add(signature)
    return isFirst
  })
}

function brokenOff(run: Run | undefined, error: unknown): HuntOutcome {
  const message = error instanceof Error ? error.message : String(error)
  const record = run?.records ?? 0
  const finding = signed({ invariant: 'bug', ref: '', at: run?.now ?? 0, record, message })
  const counts = { events: run?.events ?? 0, records: record }
  return { digest: '', until: undefined, ...counts, findings: [finding], weaknesses: [], goals: [], features: [] }
}
