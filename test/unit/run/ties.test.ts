// Invariants about ties of requests that cross: held by correct machines, and violated by one that does not obey.

import { describe, expect, test } from 'vitest'
import { parseScenario } from '../../../sim/scenario/parse.ts'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import type { TraceRecord } from '../../../sim/trace/record.ts'
import { hunt } from '../../../sim/hunt/index.ts'
import { violatedWith } from '../../support/mutants.ts'

function scenarioOf(lac: string, lns: string, rest: string): Scenario {
  const text = `name: crossing
duration: 60s
convergenceBound: 30s
endpoints:
  lac1: { role: LAC, l2tp: ${lac} }
  lns1: { role: LNS, l2tp: ${lns} }
links: [ { between: [lac1, lns1], latency: 20ms } ]
${rest}`
  const parsed = parseScenario(text, 'crossing.yaml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  return parsed.scenario
}

const both = 'tunnels: [ { from: lac1, to: lns1 }, { from: lns1, to: lac1 } ]'
const dials = (value: string): string => `{ tieBreaker: true, tieBreakers: ${value} }`
const asks = (value: string): string => `{ version: 3, v3: { sessionTieBreaker: true, sessionTieBreakers: ${value} } }`
const circuits = (call: string): string => `tunnels: [ { from: lac1, to: lns1, sessions: { tied: true, call: ${call} } } ]`

describe('ties-are-obeyed', () => {
  test.each([
    ['lost and won', '[1]', '[2]'],
    ['equal', '[5]', '[5]'],
  ])('R2661-4.4.3-08, R2661-4.4.3-09: dials of both ends that cross, %s', (_, lac, lns) => {
    const scenario = scenarioOf(dials(lac), dials(lns), both)
    expect(violatedWith(scenario)).toEqual([])
    expect(violatedWith(scenario, 'control-connection 7:', 'the row is missing')).toContain('ties-are-obeyed')
  })

  test('R2661-4.4.3-10: whoever has the only tie breaker wins; without any, nobody has to give way', () => {
    const one = scenarioOf('{ tieBreaker: true }', '{}', both)
    expect(violatedWith(one)).toEqual([])
    expect(violatedWith(one, 'control-connection 7:', 'the row is missing')).toContain('ties-are-obeyed')
    const none = scenarioOf('{}', '{}', both)
    expect(violatedWith(none)).toEqual([])
    expect(violatedWith(none, 'control-connection 7:', 'the row is missing')).toEqual([])
  })

  test('R4951-AMB-20: recoveries of both ends that are equal four times in a row end, and so does the tunnel', () => {
    const tied = '{ tieBreakers: [1, 2, 3, 4, 5], retransmit: { initial: 250ms }, failover: { recoveryTime: 60s } }'
    const crashes = ['lac1', 'lns1'].map((name) => `  - { kind: crash, endpoint: ${name}, plane: control, at: 5s }`)
    // Both are held for as long as either may wait, so that they ask at the same instant again.
    const pauses = [1, 2, 3].flatMap((nth) =>
      ['lac1', 'lns1'].map((name) => `  - { kind: pause, endpoint: ${name}, for: 250ms, delay: 1ms, when: { endpoint: ${name}, receives: SCCRQ, tunnel: recovery, nth: ${String(nth)} } }`),
    )
    const scenario = scenarioOf(tied, tied, `tunnels: [ { from: lac1, to: lns1, sessions: {} } ]\nfaults:\n${[...crashes, ...pauses].join('\n')}`)
    const { findings, goals } = hunt(scenario)
    expect(findings).toEqual([])
    expect(goals).toContain('tie-equal')
    expect(violatedWith(scenario, 'recovery-endpoint 6:', 'the row is missing')).toContain('ties-are-obeyed')
    expect(violatedWith(scenario, 'recovery-endpoint 5:', 'tie-retries-left is always true')).toContain('recovery-takes-its-course')
    expect(violatedWith(scenario, 'recovery-endpoint 6:', 'clear-old-tunnel is missing')).toContain('recovery-takes-its-course')
  })
})

describe('call-ties-are-obeyed', () => {
  test.each([
    ['incoming', 'incoming-call-lac'],
    ['outgoing', 'outgoing-call-lns'],
  ])('R3931-5.4.4-12, R3931-5.4.4-13: both ends ask for one circuit by %s calls', (call, table) => {
    const lost = scenarioOf(asks('[1]'), asks('[2]'), circuits(call))
    expect(violatedWith(lost)).toEqual([])
    expect(violatedWith(lost, `${table} 16:`, 'the row is missing')).toContain('call-ties-are-obeyed')
    const equal = scenarioOf(asks('[7]'), asks('[7]'), circuits(call))
    expect(violatedWith(equal)).toEqual([])
    for (const ends of ['the row is missing', 'clean-up is missing', 'place-again is missing'])
      expect(violatedWith(equal, `${table} 18:`, ends)).toContain('call-ties-are-obeyed')
  })

  test('R3931-5.4.4-14: without a tie breaker both end', () => {
    const none = '{ version: 3 }'
    expect(violatedWith(scenarioOf(none, none, circuits('incoming')))).toEqual([])
  })

  test('R3931-5.4.4-12: an end asks for a circuit once, though the other one answers its tunnel twice: else both of two pairs might lose', () => {
    const parsed = parseScenario(
      `
name: answered twice
duration: 244.779s
convergenceBound: 224s
seed: 20
endpoints:
  lac1: { role: LAC, l2tp: { version: 3, retransmit: { initial: 250ms, count: 2 }, v3: { sessionTieBreaker: true } } }
  lns1: { role: LNS, l2tp: { version: 3, retransmit: { initial: 500ms }, v3: { sessionTieBreaker: true, sessionTieBreakers: [2, 2, 2, 2] } } }
links:
  - between: [lac1, lns1]
    forward: { loss: { gilbertElliott: { toBad: 10%, toGood: 20% } } }
    backward: { loss: 40% }
tunnels:
  - { from: lns1, to: lac1, sessions: [ { tied: true }, { call: outgoing } ] }
  - { from: lac1, to: lns1, sessions: [ { tied: true }, { tied: true } ] }
  - { from: lac1, to: lns1, at: 1s, sessions: [ { tied: true }, { tied: true }, { call: outgoing } ] }
`,
      'answered-twice.yaml',
    )
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
    /** Incoming calls that lns1 asks for itself, by tunnel: the twins of those of lac1. */
    const twins = new Map<number, number>()
    const count = (record: TraceRecord): void => {
      if (record.kind !== 'session' || record.endpoint !== 'lns1' || record.event !== 'opening') return
      if (record.call === 'incoming' && record.peerSession === 0) twins.set(record.tunnel, (twins.get(record.tunnel) ?? 0) + 1)
    }
    const { findings } = hunt(parsed.scenario, { folds: [{ kinds: ['session'], see: count, end: () => undefined }] })
    expect(findings).toEqual([])
    expect(twins.get(1)).toBe(1)
    expect(Math.max(...twins.values())).toBe(2)
  })
})
