// Reading scenarios in tests: the scenario or, as one line each, its issues; and a small scenario to start from.

import { expect } from 'vitest'
import { type Override, type ParseOptions, formatIssues, parseScenario } from '../../../sim/scenario/parse.ts'
import type { Scenario } from '../../../sim/scenario/schema.ts'

export const pair = `
endpoints:
  lac1: { role: LAC }
  lns1: { role: LNS }
links:
  - { between: [lac1, lns1] }
tunnels:
  - { from: lac1, to: lns1, sessions: { count: 3 } }
`

/** `path=value` as the command line takes it. */
export function overrideOf(text: string): Override {
  const at = text.indexOf('=')
  return { path: text.slice(0, at), value: text.slice(at + 1) }
}

/** The scenario that `text` is, with `--set` options; fails the test with the issues when there are any. */
export function scenarioOf(text: string, sets: readonly string[] = []): Scenario {
  const result = parseScenario(text, 'test.yaml', sets.map(overrideOf))
  if (!result.ok) expect.fail(formatIssues(result.issues))
  return result.scenario
}

interface Asked extends ParseOptions {
  readonly sets?: readonly string[]
}

/** Issues of `text` as `line:column message [-> suggestion]`, those of options with `--set` before. */
export function issuesOf(text: string, { sets = [], ...options }: Asked = {}): readonly string[] {
  const result = parseScenario(text, 'test.yaml', sets.map(overrideOf), options)
  if (result.ok) return []
  return result.issues.map(({ file, line, column, message, suggestion }) => {
    const where = `${file === 'test.yaml' ? '' : `${file} `}${line}:${column}`
    return `${where} ${message}${suggestion === undefined ? '' : ` -> ${suggestion}`}`
  })
}
