// Shrinking: what is left fails in the same way, and nothing can be taken out of it any more.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { changed, drawScenario, hunt } from '../../../sim/hunt/index.ts'
import { reproOf, type Repro } from '../../../sim/hunt/repro.ts'
import { elementsOf, shrink } from '../../../sim/hunt/shrink.ts'
import { simplerScenarios } from '../../../sim/hunt/simpler.ts'
import { parseScenario } from '../../../sim/scenario/parse.ts'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import { scenarioToYaml } from '../../../sim/scenario/written.ts'

const TIME = { timeout: 240_000 }

const reproFor = (scenario: Scenario): Repro | undefined => {
  const outcome = hunt(scenario)
  const [finding] = outcome.findings
  return finding === undefined ? undefined : reproOf(scenario, outcome, finding, { command: '' })
}

/** Runs that are not given the time to converge, of many causes. */
const failing = Array.from({ length: 150 }, (_, seed) => reproFor(changed(drawScenario(String(seed)), { convergenceBound: SECOND, duration: 12 * SECOND })))
  .filter((repro) => repro !== undefined)
  .slice(0, 3)

describe('a shrunk scenario', () => {
  test('there are some to shrink', () => {
    expect(failing).toHaveLength(3)
  })

  test.each(failing)('$violation.signature: fails in the same way, with nothing left that can go', TIME, (repro) => {
    const shrunk = shrink(repro)
    expect(shrunk).toMatchObject({ isPartial: false, repro: { violation: { signature: repro.violation.signature } } })
    if (shrunk === undefined) return
    const { scenario } = shrunk.repro
    expect(elementsOf(scenario)).toBeLessThanOrEqual(12)
    expect(elementsOf(scenario)).toBeLessThanOrEqual(elementsOf(repro.scenario))
    expect(hunt(scenario).digest).toBe(shrunk.repro.digest)
    const read = parseScenario(scenarioToYaml(scenario), 'shrunk.yaml')
    expect(read.ok && read.scenario).toEqual(scenario)
    const fails = (other: Scenario): boolean => hunt(other).findings.some(({ signature }) => signature === repro.violation.signature)
    const isSound = (other: Scenario): boolean => parseScenario(scenarioToYaml(other), 'simpler.yaml').ok
    expect([...simplerScenarios(scenario)].filter((other) => fails(other) && isSound(other))).toEqual([])
  })

  test('a repro that no longer fails is not shrunk, and a budget is kept', TIME, () => {
    const [repro] = failing
    if (repro === undefined) throw new Error('none fails')
    expect(shrink({ ...repro, violation: { ...repro.violation, signature: 'another' } })).toBeUndefined()
    expect(shrink(repro, { runs: 3 })).toMatchObject({ runs: 3, isPartial: true })
  })

  test('an expectation that no fault need break is missed by as much as before', () => {
    const read = parseScenario(
      `
endpoints:
  lac1: { role: LAC }
  lns1: { role: LNS }
links: [{ between: [lac1, lns1], latency: 10ms }]
tunnels:
  - { from: lac1, to: lns1, sessions: { count: 4, traffic: { rate: 2/s } } }
  - { from: lac1, to: lns1, sessions: { count: 2 } }
faults:
  - { kind: crash, at: 6s, endpoint: lns1 }
  - { kind: forget-sessions, at: 6500ms, endpoint: lac1, tunnel: 1, sessions: [1] }
  - { kind: cut, at: 15s, for: 1s, link: [lac1, lns1] }
expect: [{ metric: sessionsKept, equals: 6 }]
duration: 20s
`,
      'kept.yaml',
    )
    const scenario = read.ok ? read.scenario : undefined
    const repro = scenario === undefined ? undefined : reproFor(scenario)
    expect(repro?.violation.message).toBe('sessionsKept is 5, expected equals 6')
    const shrunk = repro === undefined ? undefined : shrink(repro)?.repro
    // Without any fault none is kept either: that would be another story.
    expect(shrunk?.violation.message).toBe(repro?.violation.message)
    expect(shrunk?.scenario.faults.map(({ kind }) => kind)).toEqual(['crash', 'forget-sessions'])
  })
})
