// Scenarios written back as YAML, as one canonical line, and as a hash.

import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalScenario, scenarioHash } from '../../../sim/scenario/canonical.ts'
import { exampleScenario } from '../../../sim/scenario/document.ts'
import { formatIssues, parseScenario, parseScenarioData } from '../../../sim/scenario/parse.ts'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import { scenarioToYaml } from '../../../sim/scenario/written.ts'
import { anyScenario } from './arbitrary-scenarios.ts'
import { pair, scenarioOf } from './reading.ts'

const readAgain = (scenario: Scenario): Scenario => scenarioOf(scenarioToYaml(scenario))

describe('YAML', () => {
  test('is what a person would write', () => {
    const text = `
seed: 42
defaults: { link: { latency: 10ms } }
endpoints:
  lac: { role: LAC, count: 2 }
  lns: { role: LNS, l2tp: { failover: { recoveryTime: 20s } } }
links:
  - { between: [lac, lns], loss: 1%, backward: { loss: 2% } }
tunnels:
  - { from: lac, to: lns, sessions: [{ count: 10, traffic: { rate: 50/s } }] }
faults:
  - { kind: crash, endpoint: lns, at: 90s }
`
    expect(scenarioToYaml(scenarioOf(text, ['duration=90s']), 'made by a test\nfor a reader')).toBe(`# made by a test
# for a reader
name: test
duration: 90s
seed: 42
endpoints:
  lac: { role: LAC, address: 10.1.0.1, count: 2 }
  lns: { role: LNS, address: 10.2.0.1, l2tp: { failover: { recoveryTime: 20s } } }
links:
  - { between: [ lac, lns ], latency: 10ms, forward: { loss: 1% }, backward: { loss: 2% } }
tunnels:
  - { from: lac, to: lns, sessions: { count: 10, traffic: { rate: 50/s } } }
faults:
  - { kind: crash, at: 90s, endpoint: lns }
`)
  })

  test('reads back as the same scenario, whatever the scenario', () => {
    fc.assert(
      fc.property(anyScenario, (data) => {
        const result = parseScenarioData(data, 'x')
        if (!result.ok) expect.fail(formatIssues(result.issues))
        const again = readAgain(result.scenario)
        expect(again).toEqual(result.scenario)
        expect(canonicalScenario(again)).toBe(canonicalScenario(result.scenario))
        expect(scenarioHash(again)).toBe(scenarioHash(result.scenario))
      }),
      { numRuns: 150 },
    )
  })

  const texts = ['007', 'true', 'null', '1e3', '- x', 'a: b', '# c', '', ' ', 'ä\n\tß', 'it\'s "quoted"', '0x10', '.5']
  test.each(texts)('keeps the text %j', (text) => {
    const data = {
      name: text === '' ? 'x' : text,
      shows: text,
      seed: text === '' ? 'x' : text,
      endpoints: { a: { role: 'LAC' } },
    }
    const result = parseScenarioData(data, 'x')
    if (!result.ok) expect.fail(formatIssues(result.issues))
    expect(readAgain(result.scenario)).toEqual(result.scenario)
  })
})

describe('hash', () => {
  const scenario = scenarioOf(exampleScenario)

  test('does not depend on how the file is written', () => {
    const lines = exampleScenario.trimEnd().split('\n')
    const seedFirst = ['rfc: []', ...lines.filter((line) => !line.startsWith('rfc'))].join('\n')
    expect(scenarioHash(scenarioOf(seedFirst))).toBe(scenarioHash(scenario))
    expect(scenarioHash(scenarioOf(exampleScenario.replace('200ms', '0.2s')))).toBe(scenarioHash(scenario))
    expect(scenarioHash(scenarioOf(exampleScenario.replace('count: 2', 'count: 2, udpPort: 1701')))).toBe(scenarioHash(scenario))
  })

  test('leaves out seed and prose, and nothing else', () => {
    const differs = (...sets: readonly string[]): boolean => scenarioHash(scenarioOf(exampleScenario, sets)) !== scenarioHash(
      scenario,
    )
    expect(differs('seed=2', 'shows=other', 'rfc=[]')).toBe(false)
    for (const set of [
      'name=other',
      'duration=3min',
      'endpoints.lac.count=3',
      'endpoints.lns.l2tp.failover.recoveryTime=21s',
      'links[0].loss=0.2%',
      'links[0].backward.loss=0.2%',
      'tunnels[0].sessions.count=9',
      'faults[0].at=11s',
      'expect[0].equals=1',
    ]) {
      expect(differs(set), set).toBe(true)
    }
  })

  test('depends on the order of endpoints, which a run depends on', () => {
    const swapped = pair.replace('  lac1: { role: LAC }\n  lns1: { role: LNS }', '  lns1: { role: LNS }\n  lac1: { role: LAC }')
    expect(scenarioHash(scenarioOf(swapped))).not.toBe(scenarioHash(scenarioOf(pair)))
    expect(canonicalScenario(scenarioOf(pair))).toMatch(/^\{"allow":\[\],"convergenceBound":/)
  })

  test('is the same in another process', () => {
    const modules = new URL('../../../sim/scenario/', import.meta.url)
    const script = `
      const { parseScenario } = await import('${new URL('parse.ts', modules).href}')
      const { scenarioHash } = await import('${new URL('canonical.ts', modules).href}')
      const { exampleScenario } = await import('${new URL('document.ts', modules).href}')
      const result = parseScenario(exampleScenario, 'elsewhere.yaml')
      process.stdout.write(result.ok ? scenarioHash(result.scenario) : 'not read')
    `
    const run = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(run).toBe(scenarioHash(scenario))
  })

  test('a file that differs only in its name makes another title, not another hash, when it has one', () => {
    const [a, b] = ['a.yaml', 'b.yaml'].map((file) => parseScenario(exampleScenario, file))
    expect(a).toEqual(b)
  })
})
