// Runs of a study in batches: what a worker, on whatever machine, is asked for and what it gives back. The rows come back as text,
// ready to be stored, so that whoever asked need not look into them.

import type { Scenario } from '../scenario/schema.ts'
import { perform } from './perform.ts'
import type { Plan, Point } from './plan.ts'
import { prepare } from './prepare.ts'
import { failedRow, rowLine, type ResultRow } from './result-row.ts'

/** Replications `first` to `first + count - 1` of the point at place `point`; replication 0 has the study's first seed. */
export interface Piece {
  readonly point: number
  readonly first: number
  readonly count: number
}

export type Batch = readonly Piece[]

export interface BatchOutcome {
  /** One line for each run, in order. */
  readonly text: string
  readonly runs: number
  /** Runs that did not come to their end. */
  readonly failed: number
  /** Runs in which an invariant was violated. */
  readonly violated: number
  /** Kernel events, for each piece. */
  readonly events: readonly number[]
}

/** How many runs a batch holds. */
export const runsIn = (batch: Batch): number => batch.reduce((sum, { count }) => sum + count, 0)

/** Seed of replication `offset`. */
export const seedOf = ({ study }: Plan, offset: number): string => String(study.seeds.first + offset)

interface PerformerOptions {
  /** Called before each run with its place in the batch. */
  readonly begun?: (place: number) => void
  /** Begins to measure one run's time on the clock; the function it gives says whether the run has had too much. */
  readonly stopwatch?: () => () => boolean
}

/** Scenarios kept ready; batches come point by point, so few are needed. */
const KEPT_SCENARIOS = 64

/** Performs batches of one plan. */
export class Performer {
  private readonly plan: Plan
  private readonly options: PerformerOptions
  private readonly scenarios = new Map<number, Scenario | string>()

  constructor(plan: Plan, options: PerformerOptions = {}) {
    this.plan = plan
    this.options = options
  }

  perform(batch: Batch): BatchOutcome {
    const lines: string[] = []
    const events: number[] = []
    let failed = 0
    let violated = 0
    for (const { point, first, count } of batch) {
      let total = 0
      for (let offset = first; offset < first + count; offset++) {
        this.options.begun?.(lines.length)
        const row = this.run(this.plan.points[point]!, seedOf(this.plan, offset))
        lines.push(rowLine(row))
        if (row.status !== 'done') failed++
        else {
          total += row.events
          if (row.violated.length > 0) violated++
        }
      }
      events.push(total)
    }
    return { text: lines.join(''), runs: lines.length, failed, violated, events }
  }

  private run(point: Point, seed: string): ResultRow {
    const { study } = this.plan
    const scenario = this.scenarioOf(point)
    if (typeof scenario === 'string') return failedRow(study, point, { seed, status: 'invalid', error: scenario })
    const isLate = this.options.stopwatch?.()
    return perform(study, point, scenario, isLate === undefined ? { seed } : { seed, isLate })
  }

  /** The scenario of a point, or why it has none. */
  private scenarioOf(point: Point): Scenario | string {
    const known = this.scenarios.get(point.index)
    if (known !== undefined) return known
    const prepared = prepare(this.plan.study, point)
    const found = prepared.ok ? prepared.scenario : prepared.why
    if (this.scenarios.size >= KEPT_SCENARIOS) this.forgetOldest()
    this.scenarios.set(point.index, found)
    return found
  }

  private forgetOldest(): void {
    const oldest = this.scenarios.keys().next()
    if (oldest.done !== true) this.scenarios.delete(oldest.value)
  }
}
