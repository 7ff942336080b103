// Invariants about answers: for each, runs of a mutant that they notice, and the same run with correct machines, of which they say nothing.

import { describe, expect, test } from 'vitest'
import { pairScenario, violatedWith } from '../../support/mutants.ts'
import { found, LATENCY, underway } from '../../support/trace-builder.ts'

const tunnel = 'tunnels: [ { from: lac1, to: lns1, sessions: { call: incoming, at: 1s } } ]'
const pair = 'endpoints: { lac1: { role: LAC }, lns1: { role: LNS } }'
const strangers = `
endpoints:
  lac1: { role: LAC, l2tp: { secret: one, challenge: true } }
  lns1: { role: LNS, l2tp: { secret: other } }
${tunnel}`

describe('answered-as-the-tables-say', () => {
  const name = 'answered-as-the-tables-say'

  test('R2661-7.2.1-07: an SCCRP that is refused, without a StopCCN', () => {
    const refused = pairScenario(strangers)
    expect(violatedWith(refused)).toEqual([])
    expect(violatedWith(refused, 'control-connection 6:', 'send-StopCCN is missing')).toContain(name)
  })

  test('R2661-7.2.1-03: an SCCRQ that is neither granted nor refused', () => {
    const refused = pairScenario(strangers.replace(', l2tp: { secret: other }', ''))
    expect(violatedWith(refused, 'control-connection 2:', 'the row is missing')).toContain(name)
  })
})

describe('ordered-end-is-carried-out', () => {
  const name = 'ordered-end-is-carried-out'
  const hungUp = pairScenario(`${pair}\n${tunnel}\nfaults: [ { kind: hang-up, endpoint: lac1, when: { endpoint: lns1, receives: ICRQ } } ]`)
  const waiting = pairScenario(`${pair}
tunnels: [ { from: lac1, to: lns1, sessions: { call: incoming } } ]
faults: [ { kind: hang-up, endpoint: lac1, when: { endpoint: lac1, sends: SCCRQ } } ]`)

  test('R2661-7.4.1-09: a call that is hung up while it waits for its reply, and goes on', () => {
    expect(violatedWith(hungUp)).toEqual([])
    expect(violatedWith(hungUp, 'incoming-call-lac 9:', 'the row is missing')).toContain(name)
  })

  test('R2661-7.4.1-03: a call that is hung up while it waits for its tunnel', () => {
    expect(violatedWith(waiting)).toEqual([])
    expect(violatedWith(waiting, 'incoming-call-lac 2:', 'the row is missing')).toContain(name)
  })

  test('R2661-7.4.1-12: a call that ends without a CDN', () => {
    const established = pairScenario(`${pair}\n${tunnel}\nfaults: [ { kind: hang-up, endpoint: lac1, at: 5s } ]`)
    expect(violatedWith(established)).toEqual([])
    expect(violatedWith(established, 'incoming-call-lac 12:', 'send-CDN is missing')).toContain(name)
  })

  test('a tunnel that is gone, and has answered a late StopCCN since, need not end again', () => {
    const gone = pairScenario(`${pair}
tunnels: [ { from: lac1, to: lns1 } ]
faults:
  - { kind: crash, endpoint: lns1, at: 5s }
  - { kind: close-tunnel, endpoint: lac1, when: { endpoint: lns1, sends: SCCCN } }
  - { kind: close-tunnel, endpoint: lns1, at: 10s }`)
    expect(violatedWith(gone)).toEqual([])
  })
})

describe('no-tunnel-ends-in-silence', () => {
  const name = 'no-tunnel-ends-in-silence'
  const closed = pairScenario(`${pair}\n${tunnel}\nfaults: [ { kind: close-tunnel, endpoint: lns1, at: 5s } ]`)

  test('R2661-7.2.1-14: a tunnel that is closed without a StopCCN', () => {
    expect(violatedWith(closed)).toEqual([])
    expect(violatedWith(closed, 'control-connection 13:', 'send-StopCCN is missing')).toContain(name)
  })

  test('R2661-AMB-06: a tunnel that leaves a call behind', () => {
    expect(violatedWith(closed, 'incoming-call-lns 11:', 'the row is missing')).toContain(name)
  })
})

describe('stranger-is-answered', () => {
  const name = 'stranger-is-answered'
  const forgotten = pairScenario(`
endpoints: { lac1: { role: LAC, restart: { after: 5ms, persistent: false } }, lns1: { role: LNS } }
${tunnel}
faults: [ { kind: crash, endpoint: lac1, when: { endpoint: lac1, sends: SCCRQ } } ]`)

  test('R2661-7.2.1-04: an SCCRP for a tunnel that was forgotten, and no StopCCN', () => {
    expect(violatedWith(forgotten)).toEqual([])
    expect(violatedWith(forgotten, 'control-connection 3:', 'send-StopCCN is missing')).toContain(name)
    expect(violatedWith(forgotten, 'control-connection 3:', 'the row is missing')).toContain(name)
  })

  const half = (version: number): string => `
endpoints:
  lac1: { role: LAC, l2tp: { version: ${String(version)}, retransmit: { count: 2 }, failover: { enabled: false } } }
  lns1: { role: LNS, l2tp: { version: ${String(version)} }, restart: { after: 5ms, persistent: false } }
${tunnel}
faults: [ { kind: crash, endpoint: lns1, when: { endpoint: lns1, sends: SCCRP } } ]`

  test.each([
    [2, 'R2661-7.2.1-05', 'control-connection 4:', 'action clean-up is missing'],
    [3, 'R3931-7.2-06', 'control-connection 20:', 'action send-StopCCN is missing'],
  ])('L2TPv%i: an SCCCN for a tunnel that was forgotten (%s), answered otherwise', (version, _id, row, what) => {
    const scenario = pairScenario(half(version))
    expect(violatedWith(scenario)).toEqual([])
    expect(violatedWith(scenario, row, what)).toContain(name)
  })

  /** lns1 says this on tunnel 99 of lac1, which has none, and gets this answer. */
  function told(type: 'StopCCN' | 'HELLO' | 'ICRQ', answer: 'ZLB' | 'StopCCN' | undefined): { readonly found: readonly number[]; readonly heard: number } {
    const trace = underway()
    const nobody = { ...trace.lac, tunnel: 99 }
    const { packet, ns, nr } = trace.say(trace.lns, type, { header: nobody.tunnel })
    trace.wait(LATENCY)
    trace.add('delivered', { endpoint: 'lac1', packet, flippedBit: -1 })
    const heard = trace.add('handled', { endpoint: 'lac1', packet, tunnel: 0, type, ns, nr, verdict: 'unknown-tunnel' })
    trace.join(nobody, trace.lns)
    if (answer !== undefined) trace.say(nobody, answer)
    trace.wait(LATENCY)
    return { found: found(name, trace), heard }
  }

  test('R2661-5.7-02: a StopCCN for a tunnel that is not there is acknowledged, and what else may come is not answered', () => {
    expect([told('StopCCN', 'ZLB').found, told('HELLO', undefined).found, told('ICRQ', undefined).found]).toEqual([[], [], []])
    for (const [type, answer] of [['StopCCN', undefined], ['StopCCN', 'StopCCN'], ['HELLO', 'ZLB'], ['ICRQ', 'StopCCN']] as const) {
      const outcome = told(type, answer)
      expect(outcome.found).toEqual([outcome.heard])
    }
  })
})
