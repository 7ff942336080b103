// A scenario near another one: a fault more, a fault less, one at another time, another end of a setting. What guided searches do with
// seeds that showed something new.

import type { Nanos } from '../base/time.ts'
import type { EndpointSpec, FaultSpec, Scenario } from '../scenario/schema.ts'
import { changed } from './base-parts.ts'
import { Dice } from './dice.ts'
import { withoutFaults } from './faults-list.ts'
import { arenaFor, drawScenario, healedAt, settled } from './swarm.ts'
import { drawFault, kindsOn, type Arena } from './swarm-faults.ts'
import { lawful } from './swarm-version.ts'

/** Faults of a scenario at most. */
const MOST_FAULTS = 10

/** A variation of `parent`, a drawn scenario or one settled for hunting; its random streams are those of `seed`. */
export function varyScenario(parent: Scenario, seed: string): Scenario {
  const dice = new Dice(seed, 'vary')
  const healed = healedAt(parent)
  let scenario: Scenario = changed(parent, { name: `swarm ${seed}`, seed: dice.chance(0.5) ? parent.seed : seed })
  for (let steps = dice.pick([1, 1, 2, 3]); steps > 0; steps--) scenario = step(dice, scenario, healed)
  return settled(scenario, healed)
}

function step(dice: Dice, scenario: Scenario, healed: Nanos): Scenario {
  const { faults } = scenario
  const kind = dice.int(0, 9)
  const last = faults.length - 1
  if (kind === 0 && last > 0) return changed(scenario, { faults: withoutFaults(faults, new Set([dice.int(0, last)])) })
  if (kind <= 4 && last >= 0) return changed(scenario, { faults: moved(dice, faults, healed) })
  if (kind === 5) return grafted(dice, scenario)
  if (last + 1 >= MOST_FAULTS) return scenario
  return changed(scenario, { faults: [...faults, anew(dice, scenario, arenaFor(scenario, healed))] })
}

const anew = (dice: Dice, { faults }: Scenario, arena: Arena): FaultSpec => drawFault(dice, arena, kindsOn(dice), faults.length)

/** One fault at another time. */
function moved(dice: Dice, faults: readonly FaultSpec[], healed: Nanos): readonly FaultSpec[] {
  const place = dice.int(0, faults.length - 1)
  return faults.map((fault, i) => (i === place ? shifted(dice, fault, healed) : fault))
}

function shifted(dice: Dice, fault: FaultSpec, healed: Nanos): FaultSpec {
  const by = (dice.chance(0.5) ? 1 : -1) * dice.shortMs(3_000)
  if (fault.at !== undefined) return { ...fault, at: Math.min(Math.max(0, fault.at + by), healed) }
  if (fault.when === undefined || dice.chance(0.5)) return { ...fault, delay: Math.max(0, fault.delay + by) }
  return { ...fault, when: { ...fault.when, nth: dice.int(1, 4) } }
}

/** One endpoint or one link as another seed would have it, but for what both ends must agree on. */
function grafted(dice: Dice, scenario: Scenario): Scenario {
  const donor = drawScenario(String(dice.int(0, 1_000_000_000)))
  const names = Object.keys(scenario.endpoints)
  const name = dice.pick(names)
  const [own, other] = [scenario.endpoints[name]!, donor.endpoints[name]]
  if (other === undefined) return scenario
  return changed(scenario, { endpoints: { ...scenario.endpoints, [name]: agreeing(own, other) } })
}

/** `other` in the place of `own`: its address, its backup, and what the peers rely on stay. */
function agreeing(own: EndpointSpec, other: EndpointSpec): EndpointSpec {
  const { secret, firstNs, version, v3 } = own.l2tp
  const { suggestControlSequence, allowedRecoveryEndpoints } = own.l2tp.failover
  const failover = changed(other.l2tp.failover, { suggestControlSequence, allowedRecoveryEndpoints })
  const authentic = secret !== undefined
  const [challenge, hideAvps] = [authentic && other.l2tp.challenge, authentic && other.l2tp.hideAvps]
  const l2tp = lawful(changed(other.l2tp, { version, v3, secret, firstNs, failover, challenge, hideAvps }))
  return changed(other, { address: own.address, backup: own.backup, l2tp })
}
