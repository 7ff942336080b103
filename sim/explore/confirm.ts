// The proof that the search looked at the real machines: its counterexample, run as a scenario, shows the violation in an ordinary run.

import { hunt } from '../hunt/hunt.ts'
import type { Finding, HuntOutcome } from '../hunt/outcome.ts'
import type { Scenario } from '../scenario/schema.ts'
import { concreteScenario, paces } from './concrete.ts'
import { faultKinds } from './joint.ts'
import { sameTrouble, type Explorer, type Violation } from './search.ts'

export interface Counterexample {
  readonly violation: Violation
  readonly scenario: Scenario
  /** Of the run. */
  readonly outcome: HuntOutcome
  /** What the run shows; undefined when it does not show the violation. */
  readonly shown: Finding | undefined
}

/** Seeds that are tried beside the one of the search: draws are taken in another order where its path is none that was walked whole. */
const MORE_SEEDS = 8

/**
 * The same violation with as few faults as it takes: the search is repeated with fewer of each kind allowed, no deeper and no larger than
 * it was. The shortest way with the most faults allowed may use some that it could do without. `carryOut` lets a search go on to its
 * end; it is false when it was stopped before.
 */
export async function withFewestFaults(found: Explorer, carryOut: (search: Explorer) => Promise<boolean>): Promise<Explorer> {
  let best = found
  for (let kind = 0; kind < faultKinds.length; ) {
    const fewer = best.withFewer(faultKinds[kind]!)
    if (fewer !== undefined && !(await carryOut(fewer))) return best
    if (fewer !== undefined && sameTrouble(fewer.violation, found.violation)) best = fewer
    else kind += 1
  }
  return best
}

/** The violation that an explorer found, as a scenario. */
export function counterexample(explorer: Explorer, violation: Violation): Counterexample {
  const { preparation } = explorer
  const messageOf = (number: number): ReturnType<Explorer['messageOf']> => explorer.messageOf(number)
  const seeds = [preparation.seed, ...Array.from({ length: MORE_SEEDS }, (_, i) => String(i + 1))]
  const attempt = (seed: string, paceOf: (typeof paces)[number]): Counterexample => {
    const scenario = { ...concreteScenario(preparation, violation, { messageOf, paceOf }), seed }
    const outcome = hunt(scenario)
    const wanted = outcome.findings.find(({ signature }) => signature === violation.finding?.signature)
    return { violation, scenario, outcome, shown: wanted ?? outcome.findings[0] }
  }
  for (const seed of seeds) {
    for (const paceOf of paces) {
      const found = attempt(seed, paceOf)
      if (found.shown !== undefined) return found
    }
  }
  return attempt(preparation.seed, paces[0]!)
}
