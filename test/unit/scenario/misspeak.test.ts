// The fault `misspeak`, and calls that both ends ask for: what an endpoint says that it should not, and how its peer takes it.

import { describe, expect, test } from 'vitest'
import { hunt } from '../../../sim/hunt/index.ts'
import { flaws, misspokenTypes } from '../../../sim/l2tp/misspeech.ts'
import { parseScenario } from '../../../sim/scenario/parse.ts'
import type { TraceRecord } from '../../../sim/trace/record.ts'
import { pairScenario, violatedWith } from '../../support/mutants.ts'

const pair = 'endpoints: { lac1: { role: LAC, l2tp: { framingCapabilities: 1, bearerCapabilities: 1 } }, lns1: { role: LNS, l2tp: { framingCapabilities: 1 } } }'
const calls = 'tunnels: [ { from: lac1, to: lns1, sessions: [ { count: 2 }, { call: outgoing } ] } ]'
const misspeaking = (fault: string): ReturnType<typeof pairScenario> => pairScenario(`${pair}\n${calls}\nfaults: [ { kind: misspeak, ${fault} } ]`)

function recordsOf(scenario: ReturnType<typeof pairScenario>): readonly TraceRecord[] {
  const records: TraceRecord[] = []
  const { findings } = hunt(scenario, { folds: [{ see: (record) => records.push(record), end: () => undefined }] })
  expect(findings).toEqual([])
  return records
}

/** Why sessions and tunnels of an endpoint ended. */
const endsAt = (records: readonly TraceRecord[], name: string): readonly string[] =>
  records.flatMap((record) => ((record.kind === 'session' || record.kind === 'tunnel') && record.endpoint === name && record.event === 'closed' ? [record.why] : []))

describe('what is said out of turn', () => {
  test('R2661-7.4.2-10: an ICRQ about an established call ends that call, with a CDN', () => {
    const records = recordsOf(misspeaking('endpoint: lac1, at: 2s, says: ICRQ'))
    expect(endsAt(records, 'lns1')).toEqual(['cdn-sent'])
    expect(endsAt(records, 'lac1')).toEqual(['cdn-received'])
    expect(records).toContainEqual(expect.objectContaining({ kind: 'log', what: 'misspoken', detail: 'ICRQ, flaw: none' }))
  })

  test('R2661-7.2.1-09: an SCCCN in place of the SCCRP ends the tunnel, with a StopCCN', () => {
    const records = recordsOf(misspeaking('endpoint: lns1, at: 0, says: SCCCN, insteadOf: SCCRP'))
    expect(endsAt(records, 'lac1')).toContain('stopccn-sent')
    expect(endsAt(records, 'lns1')).toContain('stopccn-received')
  })

  test('R2661-4.1-04: every message with every flaw is answered by correct machines as the tables say', () => {
    for (const says of misspokenTypes) {
      for (const flaw of flaws) for (const at of ['25ms', '2s']) expect(recordsOf(misspeaking(`endpoint: lac1, at: ${at}, says: ${says}, flaw: ${flaw}`)).length).toBeGreaterThan(0)
    }
  })

  test('R2661-7.4.2-10, R2661-7.5.1-02, R2661-7.1-01: answers that are wrong are noticed', () => {
    const name = 'answered-as-the-tables-say'
    expect(violatedWith(misspeaking('endpoint: lac1, at: 2s, says: ICRQ'), 'incoming-call-lns 9:', 'the row is missing')).toContain(name)
    expect(violatedWith(misspeaking('endpoint: lns1, at: 2s, says: OCRQ, flaw: unacceptable'), 'outgoing-call-lac 0:', 'acceptable is always true')).toContain(name)
    expect(violatedWith(misspeaking('endpoint: lac1, at: 2s, says: HELLO, flaw: unknown-avp'), 'control-connection 17:', 'the row is missing')).toContain(name)
  })
})

describe('a call that both ends ask for', () => {
  const tied = (lac: string, lns: string): ReturnType<typeof pairScenario> => pairScenario(`
endpoints: { lac1: { role: LAC, l2tp: { version: 3, v3: ${lac} } }, lns1: { role: LNS, l2tp: { version: 3, v3: ${lns} } } }
tunnels: [ { from: lac1, to: lns1, sessions: { tied: true } } ]`)
  const chosen = (value: number): string => `{ sessionTieBreaker: true, sessionTieBreakers: [ ${String(value)} ] }`

  test('R3931-5.4.4-11: the lower Session Tie Breaker wins, and the loser ends without a word', () => {
    const records = recordsOf(tied(chosen(2), chosen(1)))
    expect(endsAt(records, 'lac1')).toEqual(['tie-lost'])
    expect(endsAt(records, 'lns1')).toEqual([])
  })

  test('R3931-5.4.4-13: equal ones are drawn anew by both', () => {
    const records = recordsOf(tied(chosen(7), chosen(7)))
    expect([...endsAt(records, 'lac1'), ...endsAt(records, 'lns1')].filter((why) => why === 'tie-lost').length).toBeGreaterThan(2)
    expect(records.filter((record) => record.kind === 'session' && record.event === 'established')).toHaveLength(2)
  })

  test('needs L2TPv3', () => {
    const parsed = parseScenario(`${pair}\nlinks: [ { between: [lac1, lns1] } ]\ntunnels: [ { from: lac1, to: lns1, sessions: { tied: true } } ]`, 'tied.yaml')
    expect(parsed.ok ? [] : parsed.issues.map(({ message }) => message)).toEqual(['`tied` calls need a tunnel of L2TPv3 (RFC 3931 5.4.4)'])
  })
})
