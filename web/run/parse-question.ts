// A question becomes a scenario: its text, the changes of fields, then the elements added to lists. Where an added element goes depends
// on how long its list is by then, so the scenario is read twice when there are any.

import { metrics } from '../../sim/run/metrics.ts'
import { parseScenario, type Override, type ParseResult } from '../../sim/scenario/parse.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import type { Addition, Question } from './protocol.ts'

export interface ParsedQuestion {
  readonly parsed: ParseResult
  /** Everything changed and added, as `--set` takes it. */
  readonly sets: readonly string[]
}

const knownMetrics = metrics.map(({ name }) => name)

export function parseQuestion({ text, fileName, changes, additions }: Question): ParsedQuestion {
  const base = parseScenario(text, fileName, changes, { knownMetrics })
  if (!base.ok || additions.length === 0) return { parsed: base, sets: changes.map(setText) }
  const added: Override[] = []
  for (const addition of additions) {
    const before = added.filter(({ path }) => path.startsWith(`${addition.list}[`)).length
    added.push({ path: `${addition.list}[${String(lengthOf(base.scenario, addition) + before)}]`, value: addition.value })
  }
  const all = [...changes, ...added]
  return { parsed: parseScenario(text, fileName, all, { knownMetrics }), sets: all.map(setText) }
}

const setText = ({ path, value }: Override): string => `${path}=${value}`

/** Elements the list has in the file. What a link says for both directions stands in both. */
function lengthOf({ faults, links }: Scenario, { list }: Addition): number {
  const link = /^links\[(\d+)\]/.exec(list)
  return link === null ? faults.length : (links[Number(link[1])]?.forward.script.length ?? 0)
}
