// The search: the same whatever the number of workers, guided by what is new, and suspicious of its own simulation.

import { describe, expect, test } from 'vitest'
import { hunt, type HuntOptions } from '../../../sim/hunt/hunt.ts'
import { Hunter } from '../../../sim/hunt/hunter.ts'
import type { HuntOutcome } from '../../../sim/hunt/outcome.ts'
import { LONGEST_RECIPE, scenarioOf, stepsOf } from '../../../sim/hunt/recipe.ts'
import { GENERATION, Search, type Hunted } from '../../../sim/hunt/search.ts'
import { parseScenario } from '../../../sim/scenario/parse.ts'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import { scenarioToYaml } from '../../../sim/scenario/written.ts'
import { shipped } from '../../support/shipped.ts'

const TIME = { timeout: 120_000 }

/** A generation of outcomes in which each recipe shows what `fresh` says. */
const outcomesOf = (recipes: readonly string[], fresh: (recipe: string) => readonly number[]): readonly Hunted[] =>
  recipes.map((recipe) => ({ recipe, digest: '', until: undefined, events: 1, findings: [], weaknesses: [], goals: [], fresh: fresh(recipe) }))

describe('a search', () => {
  test('varies what showed something new, and nothing else; unguided it draws afresh', () => {
    const [guided, plain] = [new Search({ first: 0, guided: true }), new Search({ first: 0, guided: false })]
    const interesting = (recipe: string): readonly number[] => (Number(recipe) % 100 === 7 ? [Number(recipe)] : [1])
    for (const search of [guided, plain]) search.take(outcomesOf(search.recipes(0, GENERATION), interesting))
    const next = guided.recipes(GENERATION, GENERATION)
    const parents = new Set(next.filter((recipe) => stepsOf(recipe) === 2).map((recipe) => recipe.split('~')[0]))
    // Seed 0 is the first to show feature 1.
    expect(parents).toEqual(new Set(['0', '7', '107', '207']))
    expect(next.filter((recipe) => stepsOf(recipe) === 1).length).toBeGreaterThan(GENERATION / 3)
    expect(plain.recipes(GENERATION, 3)).toEqual(['256', '257', '258'])
  })

  test('is the same with one worker and with three', TIME, () => {
    const found = [1, 3].map((count) => {
      const search = new Search({ first: 500, guided: true })
      const workers = Array.from({ length: count }, () => new Hunter())
      const told: string[] = []
      for (let generation = 0; generation < 2; generation++) {
        const recipes = search.recipes(500 + generation * GENERATION, generation === 0 ? GENERATION : 40)
        told.push(...recipes)
        const outcomes = recipes.map((recipe, i) => workers[Math.floor(i / 16) % count]!.hunt(recipe))
        search.take(outcomes)
      }
      return { told, goals: search.goals, features: search.features, events: search.events }
    })
    expect(found[0]).toEqual(found[1])
    expect(found[0]?.told.some((recipe) => stepsOf(recipe) > 1)).toBe(true)
  })

  test('does not vary for ever', () => {
    const search = new Search({ first: 0, guided: true })
    let feature = 0
    for (let seed = 0; seed < 40 * GENERATION; seed += GENERATION) search.take(outcomesOf(search.recipes(seed, GENERATION), () => [feature++]))
    expect(Math.max(...search.recipes(40 * GENERATION, GENERATION).map(stepsOf))).toBeLessThanOrEqual(LONGEST_RECIPE)
  })
})

test('a scenario that is hunted keeps what it has and gets further faults; it is a scenario like any other', () => {
  const scenario = shipped.find((one) => one.name === 'failover/appendix-a')?.scenario
  if (scenario === undefined) throw new Error('it ships')
  for (const recipe of ['1', '2', '3~4~5']) {
    const hunted = scenarioOf(recipe, scenario)
    expect(hunted.endpoints).toEqual(recipe.includes('~') ? expect.anything() : scenario.endpoints)
    expect(hunted.faults.length).toBeGreaterThan(0)
    const again = parseScenario(scenarioToYaml(hunted), 'hunted.yaml')
    expect(again.ok && again.scenario).toEqual(hunted)
    expect(hunt(hunted).findings).toEqual([])
  }
})

describe('every fiftieth seed is run twice', () => {
  /** A simulation in which one record differs from the second run on. */
  function fickle(): (scenario: Scenario, options: HuntOptions) => HuntOutcome {
    let runs = 0
    return (scenario, options) => {
      runs++
      return hunt(scenario, { ...options, ...(runs === 1 ? {} : { seed: String(runs) }) })
    }
  }

  test('a difference is told with the record at which two runs part', () => {
    const { findings } = new Hunter(undefined, fickle()).hunt('150')
    expect(findings).toMatchObject([{ invariant: 'same-again' }])
    expect(findings[0]?.record).toBeGreaterThan(0)
  })

  test('others are not, and honest ones have nothing to tell', () => {
    expect(new Hunter(undefined, fickle()).hunt('151').findings).toEqual([])
    expect(new Hunter().hunt('150').findings).toEqual([])
  })
})
