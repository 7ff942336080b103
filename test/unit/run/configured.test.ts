// Invariants about numbers and times that are configured: for each, runs of a mutant that they notice, and of correct machines, of which they
// say nothing.

import { describe, expect, test } from 'vitest'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import { pairScenario, violatedWith } from '../../support/mutants.ts'

const silent = pairScenario(`
endpoints: { lac1: { role: LAC, l2tp: { helloInterval: 10s, linger: 5s } }, lns1: { role: LNS, l2tp: { helloInterval: 10s, linger: 5s } } }
tunnels: [ { from: lac1, to: lns1, sessions: {} } ]
faults: [ { kind: close-tunnel, endpoint: lac1, at: 40s } ]`)

const narrow = pairScenario(`
endpoints: { lac1: { role: LAC, l2tp: { receiveWindow: 2 } }, lns1: { role: LNS, l2tp: { receiveWindow: 2 } } }
tunnels: [ { from: lac1, to: lns1, sessions: { count: 3 } } ]`)

const apart = pairScenario(`
endpoints: { lac1: { role: LAC, l2tp: { framingCapabilities: 1 } }, lns1: { role: LNS, l2tp: { framingCapabilities: 2 } } }
tunnels: [ { from: lac1, to: lns1, sessions: {} } ]`)

/** A HELLO from the address of lns1, on tunnel 1 of lac1, with these numbers. */
const hello = (ns: number, nr: number): string => {
  const octets = [0xc8, 2, 0, 20, 0, 1, 0, 0, ns >> 8, ns & 0xff, nr >> 8, nr & 0xff, 0x80, 8, 0, 0, 0, 0, 0, 6]
  return `{ kind: inject, at: 5s, from: lns1, to: lac1, hex: ${octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')} }`
}

/** lac1 has said four messages and expects the third of lns1, the HELLO. */
const told = (lac1: string, text: string): string => `
endpoints: { lac1: { role: LAC${lac1} }, lns1: { role: LNS } }
tunnels: [ { from: lac1, to: lns1, sessions: { at: 1s } } ]
faults: [ ${text} ]`

const early = pairScenario(told('', hello(2 + 3, 4)))
const tooEarly = pairScenario(told('', hello(2 + 4, 4)))
const unsent = hello(2, 5)

const crowded = (script = ''): Scenario =>
  pairScenario(`
endpoints: { lac1: { role: LAC }, lns1: { role: LNS } }
links: [ { between: [lac1, lns1], latency: 20ms, script: [ ${script} ] } ]
tunnels: [ { from: lac1, to: lns1, sessions: [ { count: 12 }, { call: outgoing, count: 6, at: 30ms } ] } ]`)

const calm = crowded()
const lossy = crowded('{ drop: { message: ICRQ, from: lac1 } }, { drop: { message: OCRQ, from: lns1 } }')

test('correct machines violate none', () => {
  const scenarios = [silent, narrow, apart, early, tooEarly, pairScenario(told('', unsent)), calm, lossy]
  expect(scenarios.map((scenario) => violatedWith(scenario))).toEqual(scenarios.map(() => []))
})

describe.each([
  ['hello-after-silence', 'R2661-5.5-01', silent, 'timer hello: doubled'],
  ['closed-tunnel-lingers-as-configured', 'R2661-5.7-02', silent, 'timer linger: halved'],
  ['closed-tunnel-lingers-as-configured', 'R2661-5.8-15', silent, 'timer linger: doubled'],
  ['window-is-the-one-configured', 'R2661-4.4.3-01', narrow, 'Receive Window Size said: one more'],
  ['no-call-that-the-peer-cannot-take', 'R2661-4.4.3-03', apart, 'incoming-call-lac 3: wait-tunnel × tunnel-open → wait-reply (R2661-7.4.1-04): requestable is always true'],
  ['early-messages-kept-as-announced', 'R2661-5.8-16', early, 'receive window: one less'],
  ['early-messages-kept-as-announced', 'R2661-5.8-16', tooEarly, 'receive window: one more'],
  ['window-is-used', 'R2661-A-03', calm, 'send window: one less'],
  ['window-is-used', 'R2661-5.8-17', calm, 'peer’s window: one less'],
  ['window-is-used', 'R2661-A-05', lossy, 'congestion window after a loss: one less'],
] as const)('%s (%s)', (name, _ref, scenario, mutant) => {
  test(mutant, () => {
    expect(violatedWith(scenario, mutant)).toContain(name)
  })
})

test('unsent-is-not-acknowledged (R2661-AMB-09): a side that takes any Nr', () => {
  const quirky = pairScenario(told(', quirks: [unsent-acknowledged]', unsent))
  expect(violatedWith(quirky)).toEqual(['unsent-is-not-acknowledged'])
  // What is acknowledged was sent.
  expect(violatedWith(pairScenario(told(', quirks: [unsent-acknowledged]', hello(2, 4))))).toEqual([])
})

test('reset-forgets-what-was-held (R4951-3.2.2-02): a message of before a reset to zero that comes out of the queue after it', () => {
  // The second OCRQ waits at lac1 for the first, which is lost; then lns1 fails. After the reset its numbers come to that again.
  const reset = (lac1: string): string => `
links:
  - { between: [ lac1, lns1 ], latency: 10ms, script: [ { drop: { message: OCRQ, from: lns1 } } ] }
endpoints:
  lac1: { role: LAC, l2tp: { failover: { suggestControlSequence: false } }${lac1} }
  lns1: { role: LNS, l2tp: { helloInterval: 5s }, backup: { mode: same-address } }
tunnels:
  - { from: lac1, to: lns1, sessions: [ { at: 1s }, { at: 3s, call: outgoing, count: 2 } ] }
faults: [ { kind: crash, at: 3015ms, endpoint: lns1, plane: control } ]`
  expect(violatedWith(pairScenario(reset('')))).toEqual([])
  expect(violatedWith(pairScenario(reset(', quirks: [reset-keeps-held-messages]')))).toContain('reset-forgets-what-was-held')
})
