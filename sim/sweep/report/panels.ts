// How the points of a study are laid out in charts: which factor runs along the axis, which makes the series, and what is left over
// for panels side by side.

import type { Judgement } from '../estimate.ts'
import type { Measure } from '../level.ts'
import type { Plan } from '../plan.ts'
import type { Factor } from '../study.ts'
import type { XAxis } from './line-chart.ts'

/** One way in which points differ. */
export interface Dimension {
  readonly label: string
  readonly isNumber: boolean
  readonly axis: XAxis
  /** Place of a point's value among the texts of the axis. */
  readonly placeOf: (point: number) => number
  /** The same as a number; the place for categories. */
  readonly numberOf: (point: number) => number
}

/** The dimensions in which a grid varies: strategies first, then factors in their order. */
function dimensionsOf({ study, points }: Plan): readonly Dimension[] {
  const strategies = study.strategies.map(({ label }) => label)
  const strategyAxis: XAxis = { label: 'strategy', measure: 'category', texts: strategies, isLog: false }
  const strategyOf = (point: number): number => study.strategies.indexOf(points[point]!.strategy)
  const factors = study.factors.map((factor, i): Dimension => {
    const texts = factor.levels?.map(({ text }) => text) ?? []
    // Values that would lie on top of each other stand side by side instead.
    const measure: Measure = factor.measure === 'category' || (!factor.isLog && isCrowded(factor)) ? 'category' : factor.measure
    const axis = { label: factor.label, measure, texts, isLog: factor.isLog }
    const placeOf = (point: number): number => texts.indexOf(points[point]!.levels[i]!.text)
    const numberOf = (point: number): number => (measure === 'category' ? placeOf(point) : Number(points[point]!.levels[i]!.value))
    return { label: factor.label, isNumber: factor.measure !== 'category', axis, placeOf, numberOf }
  })
  const all = [{ label: 'strategy', isNumber: false, axis: strategyAxis, placeOf: strategyOf, numberOf: strategyOf }, ...factors]
  return all.filter(({ axis }) => axis.texts.length > 1)
}

function isCrowded({ levels = [] }: Factor): boolean {
  const values = levels.map(({ value }) => Number(value)).sort((a, b) => a - b)
  const range = (values.at(-1) ?? 0) - (values[0] ?? 0)
  return values.some((value, i) => i > 0 && value - values[i - 1]! < range * 0.06)
}

export interface Layout {
  readonly x: Dimension | undefined
  readonly series: Dimension | undefined
  /** The rest: one panel for each combination that occurs. */
  readonly panels: readonly Panel[]
}

export interface Panel {
  /** What is the same in it; empty for the only one. */
  readonly title: string
  readonly points: readonly number[]
}

const MOST_SERIES = 8

/** The first factor with three numbers or more along the axis; strategies, or the next factor that is not too long, as series. */
export function layoutOf(plan: Plan): Layout {
  const dimensions = dimensionsOf(plan)
  const long = dimensions.find(({ isNumber, axis }) => isNumber && axis.texts.length >= 3)
  const x = long ?? dimensions.find(({ isNumber }) => isNumber) ?? dimensions.find(({ label }) => label !== 'strategy') ?? dimensions[0]
  const series = dimensions.find((dimension) => dimension !== x && dimension.axis.texts.length <= MOST_SERIES)
  const rest = dimensions.filter((dimension) => dimension !== x && dimension !== series)
  return { x, series, panels: panelsOf(plan, rest) }
}

/** The two factors of a heat map, and panels for the rest. */
export function heatLayoutOf(
  plan: Plan,
): { readonly columns: Dimension; readonly rows: Dimension; readonly panels: readonly Panel[] } | undefined {
  const factors = dimensionsOf(plan).filter(({ label }) => label !== 'strategy')
  const [first, second] = [...factors].sort((a, b) => b.axis.texts.length - a.axis.texts.length)
  if (first === undefined || second === undefined || second.axis.texts.length < 3 || first.axis.texts.length > 14)
    return undefined
  const rest = dimensionsOf(plan).filter(({ label }) => label !== first.label && label !== second.label)
  return { columns: first, rows: second, panels: panelsOf(plan, rest) }
}

function panelsOf({ points }: Plan, rest: readonly Dimension[]): readonly Panel[] {
  const panels = new Map<string, { readonly title: string; readonly points: number[] }>()
  for (const { index } of points) {
    const title = rest
      .map(({ label, axis, placeOf }) =>
        label === 'strategy' ? (axis.texts[placeOf(index)] ?? '') : `${label} ${axis.texts[placeOf(index)] ?? ''}`,
      )
      .join(', ')
    const panel = panels.get(title) ?? { title, points: [] }
    panel.points.push(index)
    panels.set(title, panel)
  }
  return [...panels.values()]
}

/** Points of a panel by series, in order along the axis. */
export function seriesIn(
  panel: Panel,
  { x, series }: Layout,
): readonly { readonly name: string; readonly points: readonly number[] }[] {
  const names = series?.axis.texts ?? ['']
  return names
    .map((text, place) => ({
      name: series === undefined ? '' : series.label === 'strategy' ? text : `${series.label} ${text}`,
      points: panel.points
        .filter((point) => series === undefined || series.placeOf(point) === place)
        .sort((a, b) => (x === undefined ? a - b : x.numberOf(a) - x.numberOf(b))),
    }))
    .filter(({ points }) => points.length > 0)
}

/** A few points that stand for many: per series of the last panel, which is the hardest as a rule, some along the axis. */
export function representatives(plan: Plan, layout: Layout, most: number): readonly number[] {
  if (plan.points.length <= most) return plan.points.map(({ index }) => index)
  const panel = layout.panels.at(-1)
  if (panel === undefined) return []
  const series = seriesIn(panel, layout)
  const each = Math.max(1, Math.floor(most / series.length))
  return series.flatMap(({ points }) => spread(points, each)).slice(0, most)
}

function spread(points: readonly number[], count: number): readonly number[] {
  if (points.length <= count) return points
  const places =
    count === 1
      ? [points.length - 1]
      : Array.from({ length: count }, (_, i) => Math.round((i * (points.length - 1)) / (count - 1)))
  return [...new Set(places)].map((place) => points[place]!)
}

/** Ends of the main values over all points, for colours. */
export function mainExtent(judgements: readonly Judgement[]): { readonly low: number; readonly high: number } {
  const values = judgements
    .map(({ main }) => main.value)
    .filter((value): value is number => value !== null && Number.isFinite(value))
  return { low: Math.min(...values), high: Math.max(...values) }
}
