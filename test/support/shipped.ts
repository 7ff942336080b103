// The scenarios that ship, read as the command reads them.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseScenario } from '../../sim/scenario/parse.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import { metrics } from '../../sim/run/metrics.ts'

export interface Shipped {
  /** `failover/lns-control-failure`. */
  readonly name: string
  readonly path: string
  readonly text: string
  readonly scenario: Scenario
}

const knownMetrics = metrics.map(({ name }) => name)

/** All of them, by folder and name. A mistake in one is thrown as the text a user would see. */
export const shipped: readonly Shipped[] = readdirSync('scenarios', { recursive: true, encoding: 'utf8' })
  // Studies are not scenarios, but what is done with them.
  .filter((path) => /\.ya?ml$/.test(path) && !path.startsWith('studies'))
  .sort()
  .map((path) => {
    const text = readFileSync(join('scenarios', path), 'utf8')
    const parsed = parseScenario(text, path, [], { knownMetrics })
    if (!parsed.ok) throw new Error(parsed.issues.map(({ line, message }) => `${path}:${String(line)}: ${message}`).join('\n'))
    return { name: path.replace(/\.ya?ml$/, ''), path: join('scenarios', path), text, scenario: parsed.scenario }
  })
