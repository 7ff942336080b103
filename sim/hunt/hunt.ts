// One hunted run: a scenario is run to its end, with every invariant and goal watching, and what it showed becomes an outcome. A bug of the
// simulator is a finding like any other.

import { NEVER } from '../base/time.ts'
import { observeClaims } from '../run/observe.ts'
import { contextOf, Run } from '../run/run.ts'
import type { Scenario } from '../scenario/schema.ts'
import { features } from './features.ts'
import { signatureOf, type Finding, type HuntOutcome } from './outcome.ts'

export interface HuntOptions {
  /** Instead of the scenario's seed. */
  readonly seed?: string
  /** Collect the features of the run. */
  readonly features?: boolean
}

/** Runs `scenario` to its end. */
export function hunt(scenario: Scenario, options: HuntOptions = {}): HuntOutcome {
  const claims = observeClaims(contextOf(scenario))
  const novelty = options.features === true ? features() : undefined
  const folds = novelty === undefined ? [claims] : [claims, novelty]
  const seed = options.seed ?? scenario.seed
  let run: Run | undefined
  try {
    run = new Run(scenario, { seed, folds, unobserved: true })
    run.advance(NEVER)
  } catch (error) {
    return brokenOff(run, error)
  }
  const { violations, goals } = claims.end(run.now)
  const found = violations.map((violation): Finding => ({ ...violation, signature: signatureOf(violation.invariant, violation.message) }))
  return {
    digest: run.digest,
    events: run.events,
    records: run.records,
    findings: firstOfEach(run.ending === 'event-cap' ? [...found, restless(run)] : found),
    goals: goals.filter(({ times }) => times > 0).map(({ goal }) => goal),
    features: novelty?.end(run.now) ?? [],
  }
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

function restless(run: Run): Finding {
  const message = 'the run reached its cap on events: something goes on for ever'
  return { invariant: 'event-cap', ref: '', at: run.now, record: run.records, message, signature: signatureOf('event-cap', message) }
}

function brokenOff(run: Run | undefined, error: unknown): HuntOutcome {
  const message = error instanceof Error ? error.message : String(error)
  const record = run?.records ?? 0
  const finding = { invariant: 'bug', ref: '', at: run?.now ?? 0, record, message, signature: signatureOf('bug', message) }
  return { digest: '', events: run?.events ?? 0, records: record, findings: [finding], goals: [], features: [] }
}
