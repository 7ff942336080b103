// The runs behind a figure: those of some points, those whose value lies between two bounds, the worst first.

import { pointName } from './report/names.ts'
import type { ResultTable } from './table.ts'

export interface RunSelection {
  /** Places of points in the plan; all of them when undefined. */
  readonly points: readonly number[] | undefined
  /** Place of the response whose values count. */
  readonly response: number
  /** Bounds of its value, where they are wanted: runs without a value are then left out. */
  readonly between: readonly [low: number, high: number] | undefined
}

export interface SelectedRun {
  readonly point: number
  readonly name: string
  readonly seed: string
  /** Null for a time that never came, and where there was nothing to measure. */
  readonly value: number | null
  /** A time that had not come when the run ended. */
  readonly censored: boolean
}

export interface SelectedRuns {
  /** Of how many these are the worst. */
  readonly count: number
  readonly runs: readonly SelectedRun[]
}

/** The worst `most` of the runs selected; runs that did not come to their end are not among them. */
export function runsBehind(table: ResultTable, { points, response, between }: RunSelection, most: number): SelectedRuns {
  const { study, points: all } = table.plan
  const { kind, better } = study.responses[response]!
  const chosen = points ?? all.map(({ index }) => index)
  const found = chosen.flatMap((point) => {
    const values = table.values(point, response)
    const observed = table.observed(point)
    return Array.from(values, (value, offset) => ({ point, offset, value, isTimed: !Number.isNaN(observed[offset]!) }))
      .filter(({ offset }) => table.isDone(point, offset))
      .filter(({ value }) => between === undefined || (value >= between[0] && value <= between[1]))
  })
  const badness = ({ value, isTimed }: { readonly value: number; readonly isTimed: boolean }): number =>
    Number.isNaN(value) ? (kind === 'time' && isTimed ? Infinity : -Infinity) : better === 'lower' ? value : -value
  const sorted = found.sort((a, b) => compared(badness(b), badness(a), compared(a.point, b.point, a.offset - b.offset)))
  return {
    count: found.length,
    runs: sorted.slice(0, most).map(({ point, offset, value, isTimed }) => ({
      point,
      name: pointName(table.plan, point),
      seed: String(study.seeds.first + offset),
      value: Number.isNaN(value) ? null : value,
      censored: Number.isNaN(value) && kind === 'time' && isTimed,
    })),
  }
}

/** The order of two numbers, and `next` where they are equal; infinities are. */
const compared = (a: number, b: number, next: number): number => (a === b ? next : a < b ? -1 : 1)
