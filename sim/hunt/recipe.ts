// How a hunt names a scenario: the seed it was drawn from and the seeds that varied it, in order: `17~203~991`. From the recipe (and the
// scenario that is hunted, if not the swarm) everything else follows, on any machine.

import type { Scenario, SessionGroup } from '../scenario/schema.ts'
import { baseParts, changed } from './base-parts.ts'
import { Dice } from './dice.ts'
import { arenaFor, drawScenario, settled } from './swarm.ts'
import { drawFaults } from './swarm-faults.ts'
import { varyScenario } from './vary.ts'

/** Scenarios that a recipe may begin with instead of a seed, by name. */
export type Library = ReadonlyMap<string, Scenario>

const noLibrary: Library = new Map()

/**
 * The scenario of a recipe. Without `hunted` it is drawn whole, or is one of the `library`; else `hunted` gets the faults of the seed
 * besides its own.
 */
export function scenarioOf(recipe: string, hunted: Scenario | undefined, library = noLibrary): Scenario {
  const [first = '0', ...rest] = recipe.split('~')
  const known = library.get(first)
  const base = known !== undefined ? asHunted(known) : hunted === undefined ? drawScenario(first) : withFaults(hunted, first)
  return rest.reduce((scenario, seed) => varyScenario(scenario, seed), base)
}

/** `scenario` with its own faults alone, and after them, when its traffic is over, the time to converge. */
function asHunted(scenario: Scenario): Scenario {
  const { duration } = scenario
  const ending = (group: SessionGroup): SessionGroup =>
    changed(group, { traffic: changed(group.traffic, { end: Math.min(group.traffic.end, duration) }) })
  const tunnels = scenario.tunnels.map((tunnel) => changed(tunnel, { sessions: tunnel.sessions.map(ending) }))
  return settled(changed(baseParts().scenario, { ...scenario, tunnels, expect: [] }), duration)
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
