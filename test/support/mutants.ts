// Runs of one scenario with correct machines, and with one mutant in all of them: what the invariants say of each.

import { changed, hunt } from '../../sim/hunt/index.ts'
import { mutants, mutantText } from '../../sim/l2tp/mutants.ts'
import { parseScenario } from '../../sim/scenario/parse.ts'
import type { EndpointSpec, Scenario } from '../../sim/scenario/schema.ts'

/** A scenario between `lac1` and `lns1`, 10 ms apart unless it has `links` of its own, that goes on as `text` says. */
export function pairScenario(text: string): Scenario {
  const links = text.includes('links:') ? '' : 'links: [ { between: [lac1, lns1], latency: 10ms } ]'
  const parsed = parseScenario(`duration: 60s\nconvergenceBound: 30s\n${links}\n${text}`, 'pair.yaml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  return parsed.scenario
}

function infected(scenario: Scenario, change: Partial<EndpointSpec>): Scenario {
  const endpoints = Object.entries(scenario.endpoints).map(([name, spec]) => [name, changed(spec, change)] as const)
  return changed(scenario, { endpoints: Object.fromEntries(endpoints) })
}

const namesOf = (scenario: Scenario): readonly string[] => [...new Set(hunt(scenario).findings.map(({ invariant }) => invariant))]

/** Names of the invariants that a run violates with the mutant whose text begins and ends like this; with none for correct machines. */
export function violatedWith(scenario: Scenario, begins = '', ends = ''): readonly string[] {
  if (begins === '') return namesOf(scenario)
  const mutant = mutants.find((each) => mutantText(each).startsWith(begins) && mutantText(each).endsWith(ends))
  if (mutant === undefined) throw new Error(`no mutant ${begins} … ${ends}`)
  return namesOf(infected(scenario, { mutant }))
}
