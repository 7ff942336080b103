// One text for each scenario, whatever file it came from, and its hash: what results are filed under.

import { fingerprint } from '../base/hash.ts'
import { isMap } from './path.ts'
import type { Scenario } from './schema.ts'

/**
 * The whole scenario as one line: keys in alphabetical order, absent fields left out. Endpoints are a list, since their order
 * matters to a run. Equal texts mean equal scenarios.
 */
export function canonicalScenario(scenario: Scenario): string {
  return canonical({ ...scenario, endpoints: Object.entries(scenario.endpoints) })
}

/**
 * Hash of all that can change a run or its verdict, but for the seed, which results name beside it; prose (`shows`, `rfc`) does
 * not count. 32 hexadecimal digits.
 */
export function scenarioHash(scenario: Scenario): string {
  return fingerprint(canonicalScenario({ ...scenario, seed: '', shows: '', rfc: [] }))
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (isMap(value)) return `{${fieldsOf(value).join(',')}}`
  // JSON has no infinity; no field can hold this text where it can hold a number.
  return typeof value === 'number' && !Number.isFinite(value) ? `"${String(value)}"` : JSON.stringify(value)
}

function fieldsOf(map: Readonly<Record<string, unknown>>): readonly string[] {
  const keys = Object.keys(map).filter((key) => map[key] !== undefined)
  return keys.sort().map((key) => `${JSON.stringify(key)}:${canonical(map[key])}`)
}
