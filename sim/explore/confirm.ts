// The proof that the search looked at the real machines: its counterexample, run as a scenario, shows the violation in an ordinary run.

import { SimulatorBug } from '../base/assert.ts'
import type { RunResult } from '../run/result.ts'
import { run } from '../run/run.ts'
import type { Scenario } from '../scenario/schema.ts'
import { concreteScenario, paces, type Pace } from './concrete.ts'
import { faultKinds } from './joint.ts'
import type { Explorer, Violation } from './search.ts'

export interface Counterexample {
  readonly violation: Violation
  readonly scenario: Scenario
  /** What the run shows, in words; undefined when it does not show the violation. */
  readonly shown: string | undefined
  /** Of the run, if it came to an end. */
  readonly result: RunResult | undefined
}

/** Seeds that are tried beside the one of the search: draws are taken in another order where its path is none that was walked whole. */
const MORE_SEEDS = 8

/**
 * The same violation with as few faults as it takes: the search is repeated with fewer of each kind allowed, no deeper and no larger than
 * it was. The shortest way with the most faults allowed may use some that it could do without.
 */
export function withFewestFaults(found: Explorer): Explorer {
  let best = found
  for (let kind = 0; kind < faultKinds.length; ) {
    const fewer = best.withFewer(faultKinds[kind]!)
    fewer?.advance(Infinity)
    if (fewer?.violation?.property === found.violation?.property && fewer?.violation !== undefined) best = fewer
    else kind += 1
  }
  return best
}

/** The violation that an explorer found, as a scenario. */
export function counterexample(explorer: Explorer, violation: Violation): Counterexample {
  const { preparation } = explorer
  const messageOf = (number: number): ReturnType<Explorer['messageOf']> => explorer.messageOf(number)
  const seeds = [preparation.seed, ...Array.from({ length: MORE_SEEDS }, (_, i) => String(i + 1))]
  const attempt = (seed: string, pace: Pace): Counterexample => {
    const scenario = { ...concreteScenario(preparation, violation, { messageOf, pace, message: violation.message }), seed }
    return { violation, scenario, ...tried(scenario) }
  }
  for (const seed of seeds) {
    for (const pace of paces) {
      const found = attempt(seed, pace)
      if (found.shown !== undefined) return found
    }
  }
  return attempt(preparation.seed, paces[0]!)
}

function tried(scenario: Scenario): Pick<Counterexample, 'shown' | 'result'> {
  try {
    const result = run(scenario)
    const wrong = result.violations[0]
    const missed = result.expectations.find(({ held }) => !held)
    if (wrong !== undefined) return { shown: `${wrong.invariant}: ${wrong.message}`, result }
    if (missed !== undefined) return { shown: `${missed.metric} is ${String(missed.actual)}, expected ${missed.expected}`, result }
    return { shown: undefined, result }
  } catch (error) {
    const isBug = error instanceof SimulatorBug || error instanceof Error
    return { shown: isBug ? `the simulator broke off: ${error.message}` : undefined, result: undefined }
  }
}
