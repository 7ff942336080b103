// Everything at once: one set of books and one pass over the trace for all metrics, invariants and goals.

import type { Nanos } from '../base/time.ts'
import type { Fold } from '../trace/record.ts'
import type { RunContext } from './context.ts'
import { invariants, type Invariant, type Violation } from './invariants.ts'
import { reportInto } from './invariants/invariant.ts'
import { metrics, type MetricValue } from './metrics.ts'
import { openTally, type Tally } from './metrics/tally.ts'
import type { Books } from './observe/books.ts'
import { openBooks, restsFrom, watch } from './observe/ledger.ts'
import type { Watcher } from './observe/watcher.ts'

export interface ReportedViolation extends Violation {
  readonly invariant: string
  /** Requirement ids, as in the registry. */
  readonly ref: string
}

export interface ReachedGoal {
  readonly goal: string
  readonly ref: string
  /** How often, 100 at most; 0 when never. */
  readonly times: number
  /** The first occasion. */
  readonly first: Violation | undefined
}

export interface Observations {
  /** By name, in the order of the registry. */
  readonly metrics: Readonly<Record<string, MetricValue>>
  /** In the order of the records that show them; a hundred of each invariant at most. */
  readonly violations: readonly ReportedViolation[]
  /** All goals, reached or not. */
  readonly goals: readonly ReachedGoal[]
}

interface Check {
  readonly invariant: Invariant
  readonly found: readonly Violation[]
  readonly watcher: Watcher
}

const goals = invariants.filter(({ kind }) => kind === 'sometimes')
const claims = invariants.filter(({ kind }) => kind !== 'sometimes')

/** All metrics without a value. Copied whole, it keeps the layout of objects that engines access fast. */
const noMetrics = JSON.parse(JSON.stringify(Object.fromEntries(metrics.map(({ name }) => [name, null])))) as Record<
  string,
  MetricValue
>

function begin(books: Books, chosen: readonly Invariant[]): readonly Check[] {
  return chosen.map((invariant) => {
    const found: Violation[] = []
    return { invariant, found, watcher: invariant.check(books, reportInto(found)) }
  })
}

export function observeAll(context: RunContext): Fold<Observations> {
  const books = openBooks(context)
  const { tally, watchers } = openTally(books)
  const claimed = begin(books, claims)
  const hoped = begin(books, goals)
  const all = [...watchers, ...claimed.map(({ watcher }) => watcher), ...hoped.map(({ watcher }) => watcher)]
  return watch(books, all, () => ({
    metrics: readMetrics(tally),
    violations: violationsOf(claimed),
    goals: hoped.map(reachedGoal),
  }))
}

export interface Claims extends Fold<Pick<Observations, 'violations' | 'goals'>> {
  /** See `restsFrom` of the books. */
  readonly restsFrom: () => Nanos
}

/** Invariants and goals alone, for campaigns that want no metrics. */
export function observeClaims(context: RunContext): Claims {
  const books = openBooks(context)
  const claimed = begin(books, claims)
  const hoped = begin(books, goals)
  const fold = watch(books, [...claimed, ...hoped].map(({ watcher }) => watcher), () => ({
    violations: violationsOf(claimed),
    goals: hoped.map(reachedGoal),
  }))
  return Object.assign(fold, { restsFrom: () => restsFrom(books) })
}

function readMetrics(tally: Tally): Record<string, MetricValue> {
  const values = { ...noMetrics }
  for (const { name, read } of metrics) values[name] = read(tally)
  return values
}

function violationsOf(checks: readonly Check[]): readonly ReportedViolation[] {
  const violations: ReportedViolation[] = []
  for (const { invariant, found } of checks) {
    for (const violation of found) violations.push({ ...violation, invariant: invariant.name, ref: invariant.ref })
  }
  return violations.sort((a, b) => a.record - b.record)
}

const reachedGoal = ({ invariant, found }: Check): ReachedGoal => ({
  goal: invariant.name,
  ref: invariant.ref,
  times: found.length,
  first: found[0],
})
