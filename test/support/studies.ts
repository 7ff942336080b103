// Studies of a small pair of endpoints, for tests: read, planned, or with their mistakes in one line each.

import { planOf, type Plan } from '../../sim/sweep/plan.ts'
import { readStudy, type StudyResult } from '../../sim/sweep/parse-study.ts'

/** A tunnel with three calls whose LNS fails after two seconds and is recovered. */
export const pairScenario = `# A failover in little.
name: pair
duration: 8s
endpoints:
  lac1: { role: LAC }
  lns1: { role: LNS, backup: { mode: same-address } }
links: [{ between: [lac1, lns1], latency: 10ms }]
tunnels: [{ from: lac1, to: lns1, sessions: { count: 3, at: 100ms, traffic: { rate: 4/s } } }]
faults: [{ kind: crash, endpoint: lns1, plane: control, at: 2s }]
`

function read(text: string): StudyResult {
  const scenario = (reference: string): { fileName: string; text: string } | { error: string } =>
    reference === 'pair' ? { fileName: 'pair.yaml', text: pairScenario } : { error: `no scenario \`${reference}\`` }
  return readStudy({ fileName: 'study.yaml', text }, { scenario })
}

/** `line:column message -> suggestion`, each. */
export function errors(text: string): readonly string[] {
  const result = read(text)
  if (result.ok) return []
  return result.issues.map(({ line, column, message, suggestion }) => {
    return `${String(line)}:${String(column)} ${message}${suggestion === undefined ? '' : ` -> ${suggestion}`}`
  })
}

export function planFrom(text: string): Plan {
  const result = read(text)
  if (!result.ok) throw new Error(errors(text).join('\n'))
  const plan = planOf(result.study)
  if ('error' in plan) throw new Error(plan.error)
  return plan
}
