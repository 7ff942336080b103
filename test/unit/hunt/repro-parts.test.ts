// Repros taken apart for the explorer: put together again, by the page's own code, they are the same run; and any part can be left out.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { changed, drawScenario, hunt } from '../../../sim/hunt/index.ts'
import { faultWords, packetWords } from '../../../sim/hunt/plan-words.ts'
import { reproParts, type ReproParts } from '../../../sim/hunt/repro-parts.ts'
import { reproOf, type Repro } from '../../../sim/hunt/repro.ts'
import { run } from '../../../sim/index.ts'
import { canonicalScenario } from '../../../sim/scenario/canonical.ts'
import { formatIssues, parseScenario, type ParseResult } from '../../../sim/scenario/parse.ts'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import { parseQuestion } from '../../../web/run/parse-question.ts'
import { questionOf, type Inquiry } from '../../../web/state.ts'
import { without } from '../../../web/views/intervene.ts'

/** What the page asks of a repro of the scenario; whether it is violated does not matter here. */
function partsOf(scenario: Scenario, { until, digest }: Partial<Pick<Repro, 'until' | 'digest'>> = {}): ReproParts {
  const finding = { invariant: 'any', ref: '', at: 0, record: 0, message: 'any', signature: 'any' }
  return reproParts(reproOf(scenario, { digest: digest ?? '' }, finding, { command: 'test', until }))
}

const inquiryOf = ({ text, changes, interventions, seed }: ReproParts): Inquiry => ({
  shipped: undefined, text, fileName: 'drawn.repro.yaml', changes, interventions, seed,
})

const asked = (inquiry: Inquiry): ParseResult => parseQuestion(questionOf(inquiry)).parsed

function scenarioOf(parsed: ParseResult): Scenario {
  if (!parsed.ok) throw new Error(formatIssues(parsed.issues))
  return parsed.scenario
}

/** The digest of the run that the page makes of the parts. */
const digestOf = (parts: ReproParts): string => run(scenarioOf(asked(inquiryOf(parts))), { seed: parts.seed }).digest

const read = (text: string): Scenario => scenarioOf(parseScenario(text, 'written.yaml'))

const withScripts = (links: string): Scenario => read(`
endpoints: { lac: { role: LAC }, lns: { role: LNS } }
duration: 20s
links:
${links}
tunnels: [{ from: lac, to: lns, sessions: { count: 3 } }]
faults: [{ kind: crash, endpoint: lns, at: 5s }]
`)

describe('the parts of a repro', () => {
  test('are the scenario again, whatever faults it has', () => {
    for (let seed = 0; seed < 100; seed++) {
      const scenario = drawScenario(String(seed))
      const parts = partsOf(scenario)
      expect(parts.interventions.length).toBe(scenario.faults.length)
      expect(read(parts.text).faults).toEqual([])
      expect(canonicalScenario(scenarioOf(asked(inquiryOf(parts)))), `seed ${String(seed)}`).toBe(canonicalScenario(scenario))
    }
  })

  test('are the run that ended at rest, before its scenario did', () => {
    let ended = 0
    for (let seed = 0; seed < 20; seed++) {
      const scenario = drawScenario(String(seed))
      const { digest, until } = hunt(scenario, { until: scenario.duration / 2 })
      expect(digestOf(partsOf(scenario, { until })), `seed ${String(seed)}`).toBe(digest)
      ended += until === undefined ? 0 : 1
    }
    expect(ended).toBe(20)
  })

  test('do not make a run longer that was to last longer than its scenario', () => {
    const scenario = drawScenario('1')
    expect(partsOf(scenario, { until: scenario.duration + SECOND }).changes).toEqual([])
  })

  test.each(['failover/lost-cdn', 'failover/query-without-answer', 'failover/ties-of-their-own'])('of %s have what befalls a packet', (name) => {
    const scenario = read(readFileSync(`scenarios/${name}.yaml`, 'utf8'))
    const parts = partsOf(scenario)
    expect(parts.interventions.filter(({ list }) => list === 'links[0].script')).toHaveLength(1)
    expect(read(parts.text).links[0]?.forward.script).toEqual([])
    expect(canonicalScenario(scenarioOf(asked(inquiryOf(parts))))).toBe(canonicalScenario(scenario))
  })

  test('have the interventions of both directions, each on the packets of its own', () => {
    const scenario = withScripts(`  - between: [lac, lns]
    forward: { latency: 10ms, script: [{ drop: { message: ICRQ, nth: 2 } }, { delay: { message: ICCN, by: 2s } }] }
    backward: { latency: 15ms, script: [{ duplicate: { message: ICRP, from: lns } }, { corrupt: { message: SCCRP } }] }`)
    const parts = partsOf(scenario)
    expect(parts.interventions.map(({ label }) => label)).toEqual([
      'crash lns at 5s',
      'drop ICRQ no. 2 from lac',
      'delay ICCN no. 1 from lac by 2s',
      'duplicate ICRP no. 1 from lns',
      'corrupt SCCRP no. 1 from lns',
    ])
    expect(digestOf(parts)).toBe(run(scenario).digest)
    const undisturbed = { ...parts, interventions: parts.interventions.slice(0, 1) }
    expect(digestOf(undisturbed)).not.toBe(run(scenario).digest)
  })

  test('leave a direction alone that names the sender of the other', () => {
    const scenario = withScripts('  - { between: [lac, lns], forward: { script: [{ drop: { message: any, from: lns } }] } }')
    const parts = partsOf(scenario)
    expect(parts.interventions).toHaveLength(1)
    expect(canonicalScenario(scenarioOf(asked(inquiryOf(parts))))).toBe(canonicalScenario(scenario))
  })
})

describe('a part left out', () => {
  test('leaves a scenario, also where others waited for it', () => {
    let waiting = 0
    for (let seed = 0; seed < 120; seed++) {
      const { faults } = drawScenario(String(seed))
      if (!faults.some(({ when }) => when?.after !== undefined)) continue
      waiting++
      const inquiry = inquiryOf(partsOf(drawScenario(String(seed))))
      for (const place of inquiry.interventions.keys()) {
        const parsed = asked(without(inquiry, place))
        expect(parsed.ok ? '' : formatIssues(parsed.issues), `seed ${String(seed)}, without ${String(place)}`).toBe('')
      }
    }
    expect(waiting).toBeGreaterThan(5)
  })

  test('is no longer waited for, and the others still wait for what they did', () => {
    const fault = { kind: 'hang-up', endpoint: 'lac1' } as const
    const faults = [
      { ...fault, at: SECOND },
      { ...fault, at: 2 * SECOND },
      { ...fault, when: { endpoint: 'lac1', sends: 'CDN', after: 0 } },
      { ...fault, when: { endpoint: 'lac1', sends: 'CDN', after: 1 } },
    ]
    const drawn = drawScenario('0')
    const inquiry = inquiryOf(partsOf(changed(drawn, { faults: faults as unknown as Scenario['faults'] })))
    expect(without(inquiry, 0).interventions.map(({ value }) => (JSON.parse(value) as { when?: object }).when)).toEqual([
      undefined,
      { endpoint: 'lac1', sends: 'CDN' },
      { endpoint: 'lac1', sends: 'CDN', after: 0 },
    ])
  })

  test('by hand, written as YAML, or an intervention on a packet, changes no other', () => {
    const crash = { list: 'faults', value: '{ kind: crash, endpoint: lns1, at: 5s }', label: 'crash' }
    const waits = { list: 'faults', value: '{"kind":"crash","endpoint":"lns1","when":{"endpoint":"lns1","sends":"SCCRP"}}', label: 'later' }
    const drop = { list: 'links[0].script', value: '{"drop":{"message":"CDN"}}', label: 'drop' }
    const inquiry: Inquiry = { shipped: 'x', text: '', fileName: 'x', changes: [], interventions: [crash, drop, waits], seed: undefined }
    expect(without(inquiry, 0).interventions).toEqual([drop, waits])
    expect(without(inquiry, 1).interventions).toEqual([crash, waits])
    expect(without(inquiry, 2).interventions).toEqual([crash, drop])
  })
})

describe('words', () => {
  test.each([
    [{ kind: 'crash', at: '5s', endpoint: 'lns1', plane: 'both' }, 'crash lns1 at 5s, plane both'],
    [{ kind: 'crash', name: 'second', at: '5s', delay: '10ms', endpoint: 'lns1' }, 'second lns1 at 5s and 10ms'],
    [{ kind: 'cut', at: '5s', link: ['lac1', 'lns1'], for: '2s' }, 'cut lac1 – lns1 at 5s, for 2s'],
    [
      { kind: 'misspeak', when: { endpoint: 'lac1', receives: 'SCCRP', nth: 2, tunnel: 'recovery' }, delay: '1ms', endpoint: 'lac1', says: 'ICRQ' },
      'misspeak lac1 1ms after lac1 receives SCCRP no. 2 on the recovery tunnel, says ICRQ',
    ],
    [{ kind: 'pause', when: { endpoint: 'lac1', sends: 'SCCRQ' }, endpoint: 'lns1', for: '1s' }, 'pause lns1 when lac1 sends SCCRQ, for 1s'],
    [{ kind: 'inject', at: '1s', from: 'lac1', to: 'lns1', hex: '00'.repeat(100) }, 'inject lac1 at 1s, to lns1, hex 00000000000000000000000…'],
  ])('for %j: %s', (fault, words) => {
    expect(faultWords(fault)).toBe(words)
  })

  test.each([
    [{ drop: { message: 'FSR', from: 'lac1', count: 'all' } }, 'drop FSR no. 1 and all after it from lac1'],
    [{ drop: { nth: 3, count: 4 } }, 'drop packet no. 3 and the next 3'],
    [{ delay: { message: 'SCCRQ', tunnel: 'recovery', by: '2ms' } }, 'delay SCCRQ no. 1 on the recovery tunnel by 2ms'],
    [{ corrupt: { message: 'ZLB', bit: 7 } }, 'corrupt ZLB no. 1, bit 7'],
  ])('for %j: %s', (step, words) => {
    expect(packetWords(step)).toBe(words)
  })
})
