// Drawn scenarios: they are scenarios like any other, cover what they promise, and a run of one is an outcome to rely on.

import { describe, expect, test } from 'vitest'
import { changed, drawScenario, hunt, signatureOf, varyScenario } from '../../../sim/hunt/index.ts'
import { healedAt } from '../../../sim/hunt/swarm.ts'
import { SECOND } from '../../../sim/base/time.ts'
import { parseScenario } from '../../../sim/scenario/parse.ts'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import { scenarioToYaml } from '../../../sim/scenario/written.ts'

const seeds = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => String(i))

/** As it comes back from a file. */
function reread(scenario: Scenario): Scenario {
  const parsed = parseScenario(scenarioToYaml(scenario), 'drawn.yaml')
  if (!parsed.ok) throw new Error(`${scenarioToYaml(scenario)}\n${JSON.stringify(parsed.issues)}`)
  return parsed.scenario
}

describe('a drawn scenario', () => {
  test('passes all checks and says the same as a file', { timeout: 120_000 }, () => {
    for (const seed of seeds(60)) expect(reread(drawScenario(seed))).toEqual(drawScenario(seed))
  })

  test('so do its variations', { timeout: 120_000 }, () => {
    let scenario = drawScenario('1')
    for (const seed of seeds(60)) {
      scenario = varyScenario(Number(seed) % 10 === 0 ? drawScenario(seed) : scenario, seed)
      expect(reread(scenario)).toEqual(scenario)
    }
  })

  test('begins near the wrap of the numbers in one seed of eight, and every knob is off at times and on at times', () => {
    const drawn = seeds(800).map((seed) => drawScenario(seed))
    const share = (has: (scenario: Scenario) => boolean): number => drawn.filter(has).length / drawn.length
    expect(share(({ endpoints }) => (endpoints.lac1?.l2tp.firstNs ?? 0) > 65_000)).toBeCloseTo(1 / 8, 1)
    for (const has of [
      ({ endpoints }: Scenario) => endpoints.lns1?.backup.mode !== 'none',
      ({ endpoints }: Scenario) => endpoints.lac1?.l2tp.secret !== undefined,
      ({ links }: Scenario) => links[0]?.forward.loss !== 0,
      ({ faults }: Scenario) => faults.some(({ kind }) => kind === 'cut'),
      ({ faults }: Scenario) => faults.some(({ when }) => when !== undefined),
      ({ faults }: Scenario) => faults.some(({ kind }) => kind === 'attack'),
      ({ endpoints }: Scenario) => endpoints.lns1?.l2tp.version === 3,
      ({ endpoints }: Scenario) => endpoints.lns1?.l2tp.version === 'both',
      ({ tunnels }: Scenario) => tunnels.some(({ transport }) => transport === 'ip'),
    ]) {
      expect(share(has)).toBeGreaterThan(0.04)
      expect(share(has)).toBeLessThan(0.95)
    }
  })

  test('has every kind of fault on where nothing is off', () => {
    const kinds = new Set(seeds(60).flatMap((seed) => drawScenario(seed, 'everything').faults.map(({ kind }) => kind)))
    expect(kinds.size).toBe(13)
  })
})

describe('a hunted run', () => {
  test('is the same again, digest and features', () => {
    for (const seed of seeds(10)) expect(hunt(drawScenario(seed), { features: true })).toEqual(hunt(drawScenario(seed), { features: true }))
  })

  test('finds nothing in the correct machines, L2TPv3 and attackers included, and reaches goals', { timeout: 120_000 }, () => {
    const outcomes = seeds(150).map((seed) => hunt(drawScenario(seed)))
    expect(outcomes.flatMap(({ findings }) => findings)).toEqual([])
    expect(new Set(outcomes.flatMap(({ goals }) => goals)).size).toBeGreaterThan(10)
  })

  test('R4951-3.2.1-28: demands convergence within the bound', () => {
    const impatient = seeds(40).flatMap((seed) => hunt(changed(drawScenario(seed), { convergenceBound: 1, duration: 3 * SECOND })).findings)
    expect(impatient.length).toBeGreaterThan(0)
  })

  test('may end when nothing is left to wait for: until then it is the same run', { timeout: 120_000 }, () => {
    const scenarios = seeds(80).map((seed) => drawScenario(seed))
    const short = scenarios.map((scenario) => hunt(scenario, { calmFrom: healedAt(scenario) }))
    expect(short.filter(({ until }) => until !== undefined).length).toBeGreaterThan(40)
    for (const [i, { until, digest, events }] of short.entries()) {
      const scenario = scenarios[i]!
      expect(hunt(scenario, until === undefined ? {} : { until })).toMatchObject({ digest, events })
      if (until !== undefined) expect(until).toBeGreaterThanOrEqual(healedAt(scenario) + scenario.convergenceBound)
    }
  })

  test('R4951-3.2.1-28: what is wrong in the end is found as well when it ends early', { timeout: 120_000 }, () => {
    const names = ['query-never-acknowledged', 'suggestion-ignored', 'recovery-tunnel-kept', 'half-open-sessions-kept', 'reset-keeps-sent-messages']
    let found = 0
    for (const quirk of names) {
      for (const seed of seeds(30)) {
        const drawn = drawScenario(seed)
        const endpoints = Object.fromEntries(Object.entries(drawn.endpoints).map(([name, spec]) => [name, changed(spec, { quirks: [quirk] })]))
        const scenario = changed(drawn, { endpoints })
        const [whole, early] = [hunt(scenario), hunt(scenario, { calmFrom: healedAt(scenario) })]
        found += whole.findings.length
        expect([quirk, seed, early.findings.map(({ signature }) => signature)]).toEqual([quirk, seed, whole.findings.map(({ signature }) => signature)])
      }
    }
    expect(found).toBeGreaterThan(10)
  })

  test('a run that never comes to rest is a finding, and so is a bug of ours', () => {
    expect(hunt(changed(drawScenario('1'), { maxEvents: 20 })).findings.map(({ invariant }) => invariant)).toContain('event-cap')
    const broken = changed(drawScenario('1'), { links: drawScenario('1').links.map((link) => changed(link, { forward: changed(link.forward, { loss: 2 }) })) })
    expect(hunt(broken).findings).toMatchObject([{ invariant: 'bug', record: 0 }])
  })
})

test('findings that differ in numbers only have one signature', () => {
  const [one, other] = ['lns1 tunnel 7 waits 1.5s', 'lns2 tunnel 65535 waits 20ms'].map((message) => signatureOf('tunnels-converge', message))
  expect(one).toBe(other)
  expect(one).not.toBe(signatureOf('tunnels-converge', 'lac1 tunnel 7 waits 1.5s'))
})
