// Which factor matters: in a grid, the effect of each factor from its first value to its last, and its share, and that of each pair,
// in the variance between points; in a drawn design, rank correlations; in a Saltelli design, Sobol indices.

import { stream } from '../kernel/rng.ts'
import type { Plan } from './plan.ts'
import { bootstrapInterval } from './statistics/bootstrap.ts'
import { meanInterval, type Estimate } from './statistics/interval.ts'
import { rankCorrelation } from './statistics/ranks.ts'
import { sobolIndices, type SobolIndex } from './statistics/sobol-indices.ts'
import { sharesOfVariance, type VarianceShare } from './statistics/variance-shares.ts'
import type { ResultTable } from './table.ts'

export interface FactorEffect {
  /** Name of the factor, or `strategy`. */
  readonly factor: string
  readonly from: string
  readonly to: string
  /** Pairs of points that differ in this factor only, by these two values. */
  readonly contexts: number
  /** Mean change of the response, with its interval over the seeds. */
  readonly change: Estimate
}

export interface Correlation {
  readonly factor: string
  /** Spearman's, between factor and mean response. */
  readonly coefficient: Estimate
}

export interface Effects {
  readonly changes: readonly FactorEffect[]
  /** Only for complete grids. */
  readonly shares: readonly VarianceShare[]
  readonly correlations: readonly Correlation[]
  /** Only for designs made for them. */
  readonly indices: readonly (SobolIndex & { readonly factor: string })[]
}

/** One way in which points differ: the values each takes of it. */
interface Axis {
  readonly name: string
  readonly texts: readonly string[]
  readonly textAt: (point: number) => string
}

function axesOf({ study, points }: Plan): readonly Axis[] {
  const factors = study.factors.map(({ name }, i): Axis => {
    const textAt = (point: number): string => points[point]?.levels[i]?.text ?? ''
    return {
      name,
      textAt,
      texts: study.factors[i]?.levels?.map(({ text }) => text) ?? distinct(points.map(({ index }) => textAt(index))),
    }
  })
  const strategies = study.strategies.map(({ name }) => name)
  if (strategies.length < 2) return factors
  return [{ name: 'strategy', textAt: (point) => points[point]?.strategy.name ?? '', texts: strategies }, ...factors]
}

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

/** The effects on one response. Times that never came count with the time watched. */
export function effectsOn(table: ResultTable, response: number): Effects {
  const { plan } = table
  const axes = axesOf(plan)
  const { design } = plan.study
  if (design.kind !== 'grid') {
    const indices = design.kind === 'sobol' && design.indices ? indicesOf(table, response) : []
    return { changes: [], shares: [], correlations: correlationsOf(table, response), indices }
  }
  const isComplete = plan.points.length === axes.reduce((product, { texts }) => product * texts.length, 1)
  return {
    changes: axes.filter(({ texts }) => texts.length > 1).map((axis) => changeAlong(table, { axis, axes, response })),
    shares: isComplete ? sharesOf(table, axes, response) : [],
    correlations: [],
    indices: [],
  }
}

interface Along {
  readonly axis: Axis
  readonly axes: readonly Axis[]
  readonly response: number
}

/** First to last value in every setting of the others that has both: one number for each seed, so that seeds are the sample. */
function changeAlong(table: ResultTable, { axis, axes, response }: Along): FactorEffect {
  const from = axis.texts[0] ?? ''
  const to = axis.texts.at(-1) ?? ''
  const contexts = new Map<string, [number | undefined, number | undefined]>()
  for (const { index } of table.plan.points) {
    const end = axis.textAt(index) === from ? 0 : axis.textAt(index) === to ? 1 : undefined
    if (end === undefined) continue
    const key = axes.map((other) => (other === axis ? '' : other.textAt(index))).join('\0')
    const pair = contexts.get(key) ?? [undefined, undefined]
    pair[end] = index
    contexts.set(key, pair)
  }
  const pairs = [...contexts.values()].filter((pair): pair is [number, number] => pair[0] !== undefined && pair[1] !== undefined)
  const bySeed = meansOverPairs(pairs.map(([a, b]) => [table.atLeast(a, response), table.atLeast(b, response)] as const))
  return { factor: axis.name, from, to, contexts: pairs.length, change: meanInterval(bySeed, table.plan.study.confidence) }
}

/** For each seed that every pair has, the mean difference. */
function meansOverPairs(pairs: readonly (readonly [Float64Array, Float64Array])[]): readonly number[] {
  const extent = Math.min(...pairs.flatMap(([a, b]) => [a.length, b.length]))
  const means: number[] = []
  for (let seed = 0; pairs.length > 0 && seed < extent; seed++) {
    const mean = pairs.reduce((sum, [a, b]) => sum + (b[seed]! - a[seed]!), 0) / pairs.length
    if (!Number.isNaN(mean)) means.push(mean)
  }
  return means
}

/** Mean over the replications of each point, in the order of the plan; NaN where there is none. */
function pointMeans(table: ResultTable, response: number): readonly number[] {
  return table.plan.points.map(({ index }) => {
    const values = table.atLeast(index, response).filter((value) => !Number.isNaN(value))
    return values.reduce((sum, value) => sum + value, 0) / values.length
  })
}

function sharesOf(table: ResultTable, axes: readonly Axis[], response: number): readonly VarianceShare[] {
  const means = pointMeans(table, response)
  const varying = axes.filter(({ texts }) => texts.length > 1)
  if (means.some(Number.isNaN) || varying.length === 0) return []
  const coordinates = table.plan.points.map(({ index }) => varying.map(({ texts, textAt }) => texts.indexOf(textAt(index))))
  return sharesOfVariance(
    means,
    coordinates,
    varying.map(({ name }) => name),
  )
}

function correlationsOf(table: ResultTable, response: number): readonly Correlation[] {
  const { study, points } = table.plan
  const means = pointMeans(table, response)
  return study.factors.flatMap(({ name }, i) => {
    const values = points.map(({ levels }) => levels[i]?.value)
    const usable = points
      .map(({ index }) => index)
      .filter((index) => typeof values[index] === 'number' && !Number.isNaN(means[index]!))
    if (usable.length < 4) return []
    const statistic = (places: ArrayLike<number>): number => {
      const chosen = Array.from(places, (place) => usable[place]!)
      return rankCorrelation(
        chosen.map((index) => values[index] as number),
        chosen.map((index) => means[index]!),
      )
    }
    const rng = stream(study.design.kind === 'grid' ? '1' : study.design.seed, `bootstrap/correlation/${name}`)
    const options = { size: usable.length, statistic, confidence: study.confidence, rng, resamples: 400 }
    return [{ factor: name, coefficient: bootstrapInterval(options) }]
  })
}

function indicesOf(table: ResultTable, response: number): Effects['indices'] {
  const { study, drawn } = table.plan
  const means = pointMeans(table, response)
  const perStrategy = drawn.length / study.strategies.length
  // Indices are about one model: the first strategy.
  const values = drawn.slice(0, perStrategy).map((index) => means[index]!)
  if (values.some(Number.isNaN)) return []
  const rng = stream('1', 'bootstrap/indices')
  const found = sobolIndices(values, study.factors.length, { confidence: study.confidence, rng })
  return found.map((index, i) => ({ ...index, factor: study.factors[i]!.name }))
}
