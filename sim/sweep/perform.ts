// One run of a study: the scenario of a point with a seed, to a row of results. Nothing here knows the clock; the caller may ask for
// the run to be given up.

import { NEVER, type Nanos } from '../base/time.ts'
import { VERSION } from '../base/version.ts'
import { Run } from '../run/run.ts'
import type { RunResult } from '../run/result.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { Fold, TraceRecord } from '../trace/record.ts'
import { failedRow, rowIdentity, type ResultRow } from './result-row.ts'
import { responsesOf } from './response.ts'
import type { Point } from './plan.ts'
import type { Study } from './study.ts'

export interface PerformOptions {
  readonly seed: string
  /** Asked now and then while the run goes on: true gives it up. */
  readonly isLate?: () => boolean
}

/** Kernel events between two questions whether the run is late. */
const SLICE_EVENTS = 20_000

/** Runs `scenario`, which is that of `point`. Never throws: a bug of the simulator becomes a row that says so. */
export function perform(study: Study, point: Point, scenario: Scenario, { seed, isLate }: PerformOptions): ResultRow {
  const origin = failureOrigin()
  try {
    const run = new Run(scenario, { seed, folds: [origin] })
    while (run.advance(NEVER, SLICE_EVENTS)) {
      if (isLate?.() !== true) continue
      const at = `${String(run.now)} ns of simulated time, after ${String(run.events)} events`
      return failedRow(study, point, { seed, status: 'gave-up', error: `took too long: at ${at}` })
    }
    return doneRow(study, point, run.result(), origin.at)
  } catch (error) {
    return failedRow(study, point, { seed, status: 'crashed', error: textOf(error) })
  }
}

function doneRow(study: Study, point: Point, result: RunResult, failedAt: Nanos): ResultRow {
  const { scenarioHash, ended, violations, digest, events, simulatedNs } = result
  const observed = failedAt < 0 ? null : simulatedNs - failedAt
  const values = responsesOf(study.responses, result, observed)
  const { point: key, seed, strategy, factors } = rowIdentity(study, point, result.seed)
  return {
    ...{ point: key, seed, status: 'done', version: VERSION, scenario: scenarioHash },
    ...(strategy === undefined ? {} : { strategy }),
    factors,
    responses: Object.fromEntries(study.responses.map(({ name }, i) => [name, values[i] ?? null])),
    observed,
    ended,
    violated: [...new Set(violations.map(({ invariant }) => invariant))],
    digest,
    events,
  }
}

interface Origin extends Fold<undefined> {
  /** Instant of the first failure of an endpoint, else of the first other disturbance; -1 before. */
  at: Nanos
}

const FAILURES: ReadonlySet<string> = new Set(['crash', 'switchover', 'restart'])
const DISTURBANCES: ReadonlySet<string> = new Set(['cut', 'pause'])

/** From where the metrics count durations (run/metrics/episode.ts): times that never came are censored that long after. */
function failureOrigin(): Origin {
  let isFailure = false
  const origin: Origin = {
    kinds: ['fault', 'plane'],
    at: -1,
    see(record: TraceRecord) {
      if (isFailure) return
      const fails =
        (record.kind === 'fault' && record.phase === 'begin' && FAILURES.has(record.name)) ||
        (record.kind === 'plane' && !record.up)
      const disturbs = record.kind === 'fault' && record.phase === 'begin' && DISTURBANCES.has(record.name) && origin.at < 0
      if (fails || disturbs) origin.at = record.at
      isFailure = fails
    },
    end: () => undefined,
  }
  return origin
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
