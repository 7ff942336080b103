// Scenarios that hunting has shrunk: each violated something once, and does no more.

import { expect, test } from 'vitest'
import { hunt } from '../../sim/hunt/index.ts'
import { parseScenario } from '../../sim/scenario/parse.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'

export function scenarioOf(text: string): Scenario {
  const parsed = parseScenario(text, 'regression.yaml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  return parsed.scenario
}

/** A scenario that violated something once. */
export function mended(name: string, text: string): void {
  test(name, () => {
    expect(hunt(scenarioOf(text)).findings).toEqual([])
  })
}
