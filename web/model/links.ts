// The links of a scenario between instances of its endpoints: what the topology draws, and which entry of the scenario an intervention
// on a link must name.

import { expand } from '../../sim/scenario/expand.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import type { ModelLink } from './model.ts'

export function linksOf(scenario: Scenario): readonly ModelLink[] {
  return expand(scenario).links.map(({ ends, entry }) => ({ ends, place: entry }))
}
