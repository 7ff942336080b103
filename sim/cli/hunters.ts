// Worker threads that hunt: a generation of recipes comes back in order. A seed whose thread dies or hangs is a finding.

import { signed } from '../hunt/outcome.ts'
import type { Hunted } from '../hunt/search.ts'
import type { Scenario } from '../scenario/schema.ts'
import { Crew } from './crew.ts'
import type { HuntStart } from './hunt-worker.ts'

/** Without `hunted`, everything is drawn. */
export function huntersOf(hunted: Scenario | undefined, threads: number | undefined): Crew<string, Hunted> {
  const data: HuntStart = { hunted }
  return new Crew({ body: new URL('./hunt-worker.ts', import.meta.url), data, threads, givenUp })
}

function givenUp(recipe: string, message: string): Hunted {
  const finding = signed({ invariant: 'bug', ref: '', at: 0, record: 0, message })
  return { recipe, digest: '', until: undefined, events: 0, findings: [finding], weaknesses: [], goals: [], fresh: [] }
}
