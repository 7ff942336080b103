// What a study says: every response judged at every point, strategies compared under the same seeds, the worst runs. Computed from a
// table of results; the same from a file, in a page, or while a study runs.

import { judge, type Judgement } from './estimate.ts'
import { effectsOn, type Effects } from './effects.ts'
import type { Point } from './plan.ts'
import type { Response } from './response.ts'
import { pairedDifference, type PairedDifference } from './statistics/paired.ts'
import type { ResultTable } from './table.ts'

export interface Comparison {
  /** Point of the first strategy, and of the one compared with it, under the same values of all factors. */
  readonly base: number
  readonly other: number
  readonly paired: PairedDifference
}

export interface WorstRun {
  readonly point: number
  readonly seed: string
  /** Null for a time that never came. */
  readonly value: number | null
}

export interface ResponseSummary {
  readonly response: Response
  /** In the order of the plan's points. */
  readonly points: readonly Judgement[]
  readonly effects: Effects
  readonly comparisons: readonly Comparison[]
  readonly worst: readonly WorstRun[]
}

const WORST = 8

export function summarise(table: ResultTable): readonly ResponseSummary[] {
  const { plan } = table
  const { responses, confidence } = plan.study
  return responses.map((response, i) => ({
    response,
    points: plan.points.map(({ index }) =>
      judge(response.kind, { values: table.values(index, i), observed: table.observed(index) }, confidence),
    ),
    effects: effectsOn(table, i),
    comparisons: comparisonsOf(table, i),
    worst: worstRuns(table, i),
  }))
}

/** Each strategy with the first, wherever both were run. */
function comparisonsOf(table: ResultTable, response: number): readonly Comparison[] {
  const { study, points } = table.plan
  const [first, ...others] = study.strategies
  if (first === undefined || others.length === 0) return []
  const settings = (point: Point): string => JSON.stringify(point.levels.map(({ text }) => text))
  const base = new Map(points.filter(({ strategy }) => strategy === first).map((point) => [settings(point), point.index]))
  return points.flatMap((point): readonly Comparison[] => {
    const twin = base.get(settings(point))
    if (point.strategy === first || twin === undefined) return []
    const paired = pairedDifference(table.atLeast(twin, response), table.atLeast(point.index, response), study.confidence)
    return paired.pairs === 0 ? [] : [{ base: twin, other: point.index, paired }]
  })
}

/** The runs at the bad end; a time that never came is worse than any that did. */
function worstRuns(table: ResultTable, index: number): readonly WorstRun[] {
  const { study, points } = table.plan
  const { kind, better } = study.responses[index]!
  const worst: (WorstRun & { readonly badness: number })[] = []
  for (const { index: point } of points) {
    const values = table.values(point, index)
    const observed = table.observed(point)
    for (let offset = 0; offset < values.length; offset++) {
      const value = values[offset]!
      const isCensored = Number.isNaN(value) && kind === 'time' && !Number.isNaN(observed[offset]!)
      if (Number.isNaN(value) && !isCensored) continue
      const badness = isCensored ? Infinity : better === 'lower' ? value : -value
      if (worst.length === WORST && badness <= worst[WORST - 1]!.badness) continue
      let at = worst.length
      while (at > 0 && worst[at - 1]!.badness < badness) at--
      worst.splice(at, 0, { point, seed: String(study.seeds.first + offset), value: isCensored ? null : value, badness })
      if (worst.length > WORST) worst.pop()
    }
  }
  return worst.map(({ point, seed, value }) => ({ point, seed, value }))
}
