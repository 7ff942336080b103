// Replications until the main response is known well enough: after each round, how many more runs each point needs. Decided from the
// results of whole rounds only, so that it comes out the same however the work is divided and however often it is interrupted.

import { judge, relativeWidth } from './estimate.ts'
import type { Plan } from './plan.ts'
import type { ResultRow } from './result-row.ts'
import type { Study } from './study.ts'

/** The main response of every run so far. */
export class Samples {
  private readonly name: string
  private readonly values: number[][]
  private readonly observed: number[][]

  constructor(study: Study, points: number) {
    this.name = study.responses[0]?.name ?? ''
    this.values = Array.from({ length: points }, () => [])
    this.observed = Array.from({ length: points }, () => [])
  }

  add(point: number, offset: number, row: ResultRow): void {
    const isDone = row.status === 'done'
    this.values[point]![offset] = isDone ? (row.responses[this.name] ?? NaN) : NaN
    this.observed[point]![offset] = isDone ? (row.observed ?? NaN) : NaN
  }

  /** The first `count` replications of a point. */
  of(point: number, count: number): { readonly values: readonly number[]; readonly observed: readonly number[] } {
    return { values: this.values[point]!.slice(0, count), observed: this.observed[point]!.slice(0, count) }
  }
}

/** No point has more replications than this, however wide its interval stays. */
const MOST_REPLICATIONS = 20_000

/** Replications of each point in the first round, within the budget: the first of every point, then the second, and so on. */
export function firstTargets({ points, study }: Plan): NextTargets {
  const { seeds, budget } = study
  const wanted = points.length * seeds.count
  const { runs = Infinity } = budget
  if (wanted <= runs) return { targets: points.map(() => seeds.count), limited: false }
  const whole = Math.floor(runs / points.length)
  return { targets: points.map(({ index }) => whole + (index < runs % points.length ? 1 : 0)), limited: true }
}

export interface NextTargets {
  /** Replications wanted of each point. */
  readonly targets: readonly number[]
  /** The budget does not allow what would be needed. */
  readonly limited: boolean
}

/** What the next round must reach; undefined when every point is precise enough or can have no more. */
export function nextTargets(study: Study, samples: Samples, targets: readonly number[]): NextTargets | undefined {
  const { precision = Infinity, budget } = study
  const wanted = targets.map((count, point) => needed(study, { ...samples.of(point, count), count, precision }))
  let left = (budget.runs ?? Infinity) - targets.reduce((sum, count) => sum + count, 0)
  let limited = false
  const next = targets.map((count, point) => {
    const more = wanted[point]! - count
    const granted = Math.min(more, Math.max(0, left))
    if (granted < more) limited = true
    left -= granted
    return count + granted
  })
  return next.some((count, point) => count > targets[point]!) ? { targets: next, limited } : undefined
}

interface Need {
  readonly values: readonly number[]
  readonly observed: readonly number[]
  readonly count: number
  readonly precision: number
}

/** Widths shrink with the square root of the number of runs; never more than three times as many at once. */
function needed(study: Study, { values, observed, count, precision }: Need): number {
  const [response] = study.responses
  if (response === undefined) return count
  const width = relativeWidth(judge(response.kind, { values, observed }, study.confidence))
  if (width <= precision) return count
  const ratio = Math.min(width / precision, 1e3)
  const estimate = Math.ceil(count * ratio * ratio * 1.05) + 1
  return Math.max(count, Math.min(estimate, count * 3 + 2, MOST_REPLICATIONS))
}
