// How a hunt names a scenario: the seed it was drawn from and the seeds that varied it, in order: `17~203~991`. From the recipe (and the
// scenario that is hunted, if not the swarm) everything else follows, on any machine.

import type { Scenario } from '../scenario/schema.ts'
import { baseParts, changed } from './base-parts.ts'
import { Dice } from './dice.ts'
import { arenaFor, drawScenario, settled } from './swarm.ts'
import { drawFaults } from './swarm-faults.ts'
import { varyScenario } from './vary.ts'

/** The scenario of a recipe. Without `hunted` it is drawn whole, else `hunted` gets the faults of the seed besides its own. */
export function scenarioOf(recipe: string, hunted: Scenario | undefined): Scenario {
  const [first = '0', ...rest] = recipe.split('~')
  const base = hunted === undefined ? drawScenario(first) : withFaults(hunted, first)
  return rest.reduce((scenario, seed) => varyScenario(scenario, seed), base)
}

/** `scenario` with another seed and further faults while it lasts, and after that the time to converge. */
function withFaults(scenario: Scenario, seed: string): Scenario {
  const dice = new Dice(seed, 'faults')
  const healed = scenario.duration
  // Expectations are about the faults that the scenario has itself.
  const calm = changed(baseParts().scenario, { ...scenario, name: `${scenario.name}, hunted ${seed}`, seed, expect: [] })
  const faults = [...scenario.faults, ...drawFaults(dice, arenaFor(scenario, healed), scenario.faults.length)]
  return settled(changed(calm, { faults }), healed)
}

/** The recipe for a seed that varies `parent`. */
export const varied = (parent: string, seed: number): string => `${parent}~${String(seed)}`

/** Variations upon variations at most: longer recipes cost more to draw than they find. */
export const LONGEST_RECIPE = 12

export const stepsOf = (recipe: string): number => recipe.split('~').length
