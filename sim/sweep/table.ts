// Results in columns: for each point and response the values by replication, in numbers rather than rows, so that a million runs fit
// into memory. Rows come in any order and may come twice; what a study says of them does not depend on that.

import { pointFinder, type Plan } from './plan.ts'
import type { DoneRow, ResultRow } from './result-row.ts'

/** A run worth looking at. */
export interface NotableRun {
  readonly point: number
  readonly offset: number
  readonly seed: string
  readonly row: ResultRow
}

const FAILED = 1
const DONE = 2

class Column {
  private values = new Float64Array(0)

  set(offset: number, value: number): void {
    if (offset >= this.values.length) {
      const larger = new Float64Array(Math.max(offset + 1, 2 * this.values.length)).fill(NaN)
      larger.set(this.values)
      this.values = larger
    }
    this.values[offset] = value
  }

  /** The first `count` values; NaN where there is none. */
  first(count: number): Float64Array {
    if (count > this.values.length) this.set(count - 1, NaN)
    return this.values.subarray(0, count)
  }
}

/** Digests as numbers: a million of them take 8 MB. */
class Digests {
  private values = new BigUint64Array(0)

  set(offset: number, digest: string): void {
    if (offset >= this.values.length) {
      const larger = new BigUint64Array(Math.max(offset + 1, 2 * this.values.length))
      larger.set(this.values)
      this.values = larger
    }
    this.values[offset] = BigInt(`0x${digest}`)
  }

  at(offset: number): string {
    return (this.values[offset] ?? 0n).toString(16).padStart(16, '0')
  }
}

interface PointResults {
  readonly responses: readonly Column[]
  readonly observed: Column
  readonly status: Column
  readonly digests: Digests
  /** One more than the last replication there is. */
  extent: number
  done: number
  failed: number
  violated: number
}

const KEPT_NOTABLE = 100

export class ResultTable {
  readonly plan: Plan
  /** Runs that did not come to their end, and runs that violated an invariant: the first of each in order of point and seed. */
  readonly failures: NotableRun[] = []
  readonly violations: NotableRun[] = []
  /** Rows that are about no point of the plan. */
  foreign = 0
  /** Rows of points whose keys differ from the plan's: another state of the simulator made them. */
  older = 0
  private readonly points: readonly PointResults[]
  private readonly placeOf: ReturnType<typeof pointFinder>

  constructor(plan: Plan) {
    this.plan = plan
    this.placeOf = pointFinder(plan)
    this.points = plan.points.map(() => ({
      responses: plan.study.responses.map(() => new Column()),
      observed: new Column(),
      status: new Column(),
      digests: new Digests(),
      extent: 0,
      done: 0,
      failed: 0,
      violated: 0,
    }))
  }

  add(row: ResultRow): void {
    const point = this.placeOf(row)
    const offset = Number(row.seed) - this.plan.study.seeds.first
    if (point === undefined || !Number.isSafeInteger(offset) || offset < 0) {
      this.foreign++
      return
    }
    if (row.point !== this.plan.points[point]!.key) this.older++
    const results = this.points[point]!
    results.extent = Math.max(results.extent, offset + 1)
    const [before] = results.status.first(offset + 1).subarray(offset)
    // A run that failed once and was repeated counts as it ended.
    if (before === DONE || (before === FAILED && row.status !== 'done')) return
    if (before === FAILED) this.takeBack(results, point, offset)
    results.status.set(offset, row.status === 'done' ? DONE : FAILED)
    const notable = { point, offset, seed: row.seed, row }
    if (row.status === 'done') this.addDone(results, row, notable)
    else {
      results.failed++
      keep(this.failures, notable)
    }
  }

  private addDone(results: PointResults, row: DoneRow, notable: NotableRun): void {
    results.done++
    for (const [i, { name }] of this.plan.study.responses.entries()) {
      results.responses[i]!.set(notable.offset, row.responses[name] ?? NaN)
    }
    results.observed.set(notable.offset, row.observed ?? NaN)
    results.digests.set(notable.offset, row.digest)
    if (row.violated.length === 0) return
    results.violated++
    keep(this.violations, notable)
  }

  private takeBack(results: PointResults, point: number, offset: number): void {
    results.failed--
    const at = this.failures.findIndex((run) => run.point === point && run.offset === offset)
    if (at >= 0) this.failures.splice(at, 1)
  }

  /** Values of a response at a point, by replication; NaN for none. */
  values(point: number, response: number): Float64Array {
    const results = this.points[point]!
    return results.responses[response]!.first(results.extent)
  }

  /** How long the runs of a point were watched after the failure; NaN where there was none. */
  observed(point: number): Float64Array {
    const results = this.points[point]!
    return results.observed.first(results.extent)
  }

  /** Whether a run is there and came to its end. */
  isDone(point: number, offset: number): boolean {
    const { status, extent } = this.points[point]!
    return offset < extent && status.first(extent)[offset] === DONE
  }

  /** Whether a run is there, however it ended. */
  has(point: number, offset: number): boolean {
    const { status, extent } = this.points[point]!
    return offset < extent && !Number.isNaN(status.first(extent)[offset]!)
  }

  /** Digest of a run; undefined for one that did not come to its end. */
  digest(point: number, seed: string): string | undefined {
    const offset = Number(seed) - this.plan.study.seeds.first
    return this.isDone(point, offset) ? this.points[point]!.digests.at(offset) : undefined
  }

  counts(point: number): Readonly<Pick<PointResults, 'done' | 'failed' | 'violated' | 'extent'>> {
    return this.points[point]!
  }

  /** Values of a response with times that never came replaced by the time watched, a lower bound; NaN where nothing is known. */
  atLeast(point: number, response: number): Float64Array {
    const values = Float64Array.from(this.values(point, response))
    if (this.plan.study.responses[response]!.kind !== 'time') return values
    const observed = this.observed(point)
    const done = this.points[point]!.status.first(values.length)
    for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!) && done[i] === DONE) values[i] = observed[i]!
    return values
  }

  get runs(): number {
    return this.points.reduce((sum, { done, failed }) => sum + done + failed, 0)
  }
}

/** Keeps the first few in order of point and replication, whatever the order in which they come. */
function keep(list: NotableRun[], run: NotableRun): void {
  const isBefore = (a: NotableRun, b: NotableRun): boolean => (a.point === b.point ? a.offset < b.offset : a.point < b.point)
  let at = list.length
  while (at > 0 && isBefore(run, list[at - 1]!)) at--
  if (at >= KEPT_NOTABLE) return
  list.splice(at, 0, run)
  if (list.length > KEPT_NOTABLE) list.pop()
}
