// The points of a study: which strategy with which values of the factors, in a fixed order, each with a key that says what it is
// wherever it is run. Replications of a point differ in their seed only.

import { assert } from '../base/assert.ts'
import { fingerprint } from '../base/hash.ts'
import { VERSION } from '../base/version.ts'
import { stream } from '../kernel/rng.ts'
import { scenarioHash } from '../scenario/canonical.ts'
import type { Override } from '../scenario/parse.ts'
import { evaluate, type Value } from './expression.ts'
import { levelWithin, type Level } from './level.ts'
import { latinHypercube, randomPoints, saltelliPoints, sobolPoints, type UnitPoint } from './sampling.ts'
import type { Factor, Strategy, Study } from './study.ts'

export interface Point {
  /** Place in the plan, from 0. */
  readonly index: number
  /** Says which strategy, scenario and values it is: 16 hexadecimal digits. */
  readonly key: string
  readonly strategy: Strategy
  /** One level of each factor, in their order. */
  readonly levels: readonly Level[]
}

export interface Plan {
  readonly study: Study
  /** Each once. */
  readonly points: readonly Point[]
  /** The design in its own order, by place in `points`: one that draws a point twice has it here twice. */
  readonly drawn: readonly number[]
  /** Hash of all that decides what the rows of results are: points, responses, version and form of rows; not how many seeds. */
  readonly hash: string
}

/** Raised when the form or meaning of rows changes. */
export const ROW_VERSION = 1

const MOST_POINTS = 1_000_000

/** The plan of a study; a message instead when it has too many points or none. */
export function planOf(study: Study): Plan | { readonly error: string } {
  const count = combinations(study)
  if (count > MOST_POINTS) return { error: `the study has ${String(count)} points; at most ${String(MOST_POINTS)} are possible` }
  const bases = new Map(study.strategies.map((strategy) => [strategy, scenarioHash(strategy.scenario)]))
  const points: Point[] = []
  const drawn: number[] = []
  const known = new Map<string, number>()
  for (const strategy of study.strategies) {
    for (const levels of levelLists(study)) {
      if (!isWanted(study, strategy, levels)) continue
      const key = keyOf(study, { strategy, levels, base: bases.get(strategy) ?? '' })
      const index = known.get(key) ?? points.length
      if (index === points.length) points.push({ index, key, strategy, levels })
      known.set(key, index)
      drawn.push(index)
    }
  }
  if (points.length === 0) return { error: 'no point is left: the conditions in `where` exclude each other' }
  return { study, points, drawn, hash: planHash(study, points) }
}

function combinations({ strategies, factors, design }: Study): number {
  if (design.kind === 'grid') return factors.reduce((product, { levels = [] }) => product * levels.length, strategies.length)
  return strategies.length * design.points * (design.kind === 'sobol' && design.indices ? factors.length + 2 : 1)
}

function isWanted({ where, factors }: Study, strategy: Strategy, levels: readonly Level[]): boolean {
  const valueOf = (name: string): Value =>
    name === 'strategy' ? strategy.name : (levels[factors.findIndex((factor) => factor.name === name)]?.value ?? null)
  return where.every((condition) => evaluate(condition, valueOf) === true)
}

/** The levels of every point of one strategy, in order. */
function levelLists({ design, factors }: Study): readonly (readonly Level[])[] {
  if (design.kind === 'grid') return grid(factors.map(({ levels = [] }) => levels))
  return unitPoints(design, factors.length).map((point) => point.map((u, i) => levelAt(factors[i]!, u)))
}

function grid(lists: readonly (readonly Level[])[]): readonly (readonly Level[])[] {
  return lists.reduce<readonly (readonly Level[])[]>(
    (before, levels) => before.flatMap((chosen) => levels.map((level) => [...chosen, level])),
    [[]],
  )
}

function unitPoints(design: Exclude<Study['design'], { kind: 'grid' }>, dimensions: number): readonly UnitPoint[] {
  const rng = stream(design.seed, `design/${design.kind}`)
  if (design.kind === 'random') return randomPoints(design.points, dimensions, rng)
  if (design.kind === 'latin-hypercube') return latinHypercube(design.points, dimensions, rng)
  return design.indices ? saltelliPoints(design.points, dimensions, rng) : sobolPoints(design.points, dimensions, rng)
}

function levelAt({ levels, range }: Factor, u: number): Level {
  if (levels !== undefined) return levels[Math.min(levels.length - 1, Math.floor(u * levels.length))]!
  assert(range !== undefined, 'a factor has neither levels nor a range')
  return levelWithin(range, u)
}

interface Identity {
  readonly strategy: Strategy
  readonly levels: readonly Level[]
  readonly base: string
}

/** What a row of results says of its point. */
interface PointNamed {
  readonly point: string
  readonly strategy?: string
  readonly factors: Readonly<Record<string, string>>
}

/**
 * Finds the place of the point that a row is about: by its key or, since another version may give the same point another key, by
 * strategy and values. Undefined when the plan has no such point.
 */
export function pointFinder({ study, points }: Plan): (row: PointNamed) => number | undefined {
  const byKey = new Map(points.map(({ key, index }) => [key, index]))
  const named = (strategy: string, values: readonly (string | undefined)[]): string => JSON.stringify([strategy, values])
  let byName: ReadonlyMap<string, number> | undefined
  return ({ point, strategy = '', factors }) => {
    const found = byKey.get(point)
    if (found !== undefined) return found
    byName ??= new Map(points.map((one) => [named(one.strategy.name, one.levels.map(({ text }) => text)), one.index]))
    return byName.get(named(strategy, study.factors.map(({ name }) => factors[name])))
  }
}

function keyOf({ factors }: Study, { strategy, levels, base }: Identity): string {
  const chosen = factors.map(({ name, fields }, i) => [name, fields, levels[i]?.text])
  return fingerprint(JSON.stringify([strategy.name, base, chosen])).slice(0, 16)
}

function planHash({ responses }: Study, points: readonly Point[]): string {
  const looked = responses.map(({ name, text, censored }) => [name, text, JSON.stringify(censored ?? null)])
  return fingerprint(JSON.stringify([ROW_VERSION, VERSION, looked, points.map(({ key }) => key)]))
}

/** What differs at a point from the scenario of its strategy, in order. */
export function overridesOf({ factors }: Study, { levels }: Point): readonly Override[] {
  return factors.flatMap(({ fields }, i) => fields.map((path) => ({ path, value: levels[i]?.text ?? '' })))
}
