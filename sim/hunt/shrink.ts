// Shrinks a failing scenario: takes away whatever can go while the same kind of violation stays, until nothing can. The result is
// 1-minimal: whichever one element is taken out of it, or put back to the usual, it fails no more, or fails in another way.

import { parseScenario } from '../scenario/parse.ts'
import type { Scenario } from '../scenario/schema.ts'
import { scenarioToYaml } from '../scenario/written.ts'
import { changed } from './base-parts.ts'
import { hunt } from './hunt.ts'
import type { Finding, HuntOutcome } from './outcome.ts'
import { reproOf, type Repro } from './repro.ts'
import { simplerScenarios } from './simpler.ts'

export interface Shrunk {
  readonly repro: Repro
  /** Runs it took. */
  readonly runs: number
  /** Elements of the plan: faults, tunnels and calls. */
  readonly elements: number
  /** The budget ended before nothing more could go. */
  readonly isPartial: boolean
}

export interface ShrinkOptions {
  /** Runs at most; 20,000 when left out. */
  readonly runs?: number
}

/** Where a shrinking stands after one more run. */
export interface ShrinkProgress {
  readonly runs: number
  /** Elements left. */
  readonly elements: number
}

/** Ends with undefined when the repro does not fail as it says. */
export type Shrinking = Generator<ShrinkProgress, Shrunk | undefined, boolean>

interface Failure {
  readonly scenario: Scenario
  readonly outcome: HuntOutcome
  readonly finding: Finding
}

/** Undefined when the repro does not fail as it says. */
export function shrink(repro: Repro, options: ShrinkOptions = {}): Shrunk | undefined {
  const steps = shrinking(repro, options)
  for (;;) {
    const step = steps.next(false)
    if (step.done === true) return step.value
  }
}

/** The same run by run: each step is one run, and `true` handed to the next stops with the smallest found so far. */
export function* shrinking(repro: Repro, { runs: budget = 20_000 }: ShrinkOptions = {}): Shrinking {
  const { signature } = repro.violation
  /** What is found must be said in these words; undefined when its signature is enough. */
  let message: string | undefined
  let runs = 0
  const attempt = (scenario: Scenario): Failure | undefined => {
    runs++
    const outcome = hunt(scenario)
    const finding = [...outcome.findings, ...outcome.weaknesses].find(
      (each) => each.signature === signature && (message === undefined || each.message === message),
    )
    return finding === undefined ? undefined : { scenario, outcome, finding }
  }
  let failure = attempt(wholeOf(repro))
  if (failure === undefined) return undefined
  // An expectation that is missed without any fault as well would shrink to nothing: what it finds must be found in the end.
  const isVacuous = failure.finding.invariant === 'expectation' && attempt(changed(failure.scenario, { faults: [] })) !== undefined
  if (isVacuous) message = failure.finding.message
  let stopped = false
  for (let isMinimal = false; !isMinimal && !stopped; ) {
    isMinimal = true
    for (const simpler of simplerScenarios(failure.scenario)) {
      stopped = (yield { runs, elements: elementsOf(failure.scenario) }) || runs >= budget
      if (stopped) break
      const next = attempt(simpler)
      if (next === undefined || !isSound(simpler)) continue
      failure = next
      isMinimal = false
      break
    }
  }
  return shrunkTo(repro, failure, { runs, isPartial: stopped })
}

function shrunkTo({ command, from, changes }: Repro, failure: Failure, how: Pick<Shrunk, 'runs' | 'isPartial'>): Shrunk {
  const { scenario, outcome, finding } = failure
  const origin = { command, changes, ...(from === undefined ? {} : { from }) }
  return { repro: reproOf(scenario, outcome, finding, origin), elements: elementsOf(scenario), ...how }
}

/** The scenario with the repro's own seed and end in it. */
function wholeOf({ scenario, seed, until }: Repro): Scenario {
  return changed(scenario, { seed, duration: Math.min(scenario.duration, until ?? Infinity) })
}

/** It is a scenario that a file could have. */
function isSound(scenario: Scenario): boolean {
  return parseScenario(scenarioToYaml(scenario), 'shrunk.yaml').ok
}

/** Faults, tunnels and calls: what one has to keep in mind to follow it. */
export function elementsOf({ faults, tunnels }: Scenario): number {
  const calls = tunnels.reduce((sum, { sessions, count }) => sum + count * (1 + sessions.reduce((all, group) => all + group.count, 0)), 0)
  return faults.length + calls
}
