// What a path does to a run: interventions on exactly its packets and crashes at exactly its moments. A plan is plain data, so that
// threads can hand it over, and becomes a scenario that anyone can run: constant latency, and nothing else that happens by chance.

import { MILLISECOND, SECOND, type Nanos } from '../base/time.ts'
import type { FaultSpec, Intervention, Scenario } from '../scenario/schema.ts'
import type { Preparation } from './prepare.ts'

/** What befalls one packet between two endpoints, by their places in the list of names. */
export interface Interference {
  readonly source: number
  readonly target: number
  readonly step: Intervention
}

export interface Plan {
  readonly interferences: readonly Interference[]
  readonly faults: readonly FaultSpec[]
  /** When the path is over by the clock of the run, and nothing goes wrong any more. */
  readonly over: Nanos
}

/** What plans are made for, as plain data. */
export type Ground = Pick<Preparation, 'scenario' | 'names' | 'convergenceBound'>

export const groundOf = ({ scenario, names, convergenceBound }: Preparation): Ground => ({ scenario, names, convergenceBound })

/** What the scenario of a plan is, beside the plan. */
export interface Setting {
  readonly latency: Nanos
  readonly name: string
  readonly shows: string
  /** Time after the path. */
  readonly rest: Nanos
  readonly expect: Scenario['expect']
}

/** Of messages, where nothing else is asked for. */
export const LATENCY = MILLISECOND

/** The setting in which all invariants of runs are judged. */
export const judgedSetting = ({ scenario, convergenceBound }: Ground, shows: string): Setting => ({
  latency: LATENCY,
  name: `${scenario.name}: invariants`,
  shows,
  rest: 2 * convergenceBound,
  expect: [],
})

/** Equal for plans that do the same. */
export function planKey({ interferences, faults }: Plan): string {
  const steps = interferences.map(({ source, target, step }) => `${String(source)}>${String(target)}${JSON.stringify(step)}`)
  return `${steps.sort().join('')}${JSON.stringify(faults)}`
}

/** The scenario of a plan. */
export function scenarioOfPlan({ scenario, names }: Ground, plan: Plan, { latency, name, shows, rest, expect }: Setting): Scenario {
  const script = (source: number, target: number): readonly Intervention[] =>
    plan.interferences.filter((each) => each.source === source && each.target === target).map(({ step }) => step)
  const links = scenario.links.map((link) => {
    const [a, b] = [names.indexOf(link.between[0]), names.indexOf(link.between[1])]
    return {
      ...link,
      forward: { ...link.forward, latency, script: script(a, b) },
      backward: { ...link.backward, latency, script: script(b, a) },
    }
  })
  const duration = Math.ceil((plan.over + rest) / SECOND) * SECOND + SECOND
  return { ...scenario, name, shows, duration, links, faults: plan.faults, expect }
}
