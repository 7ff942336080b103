// Invariants about numbers and times that are configured: for each, runs of a mutant that they notice, and of correct machines, of which they
// say nothing.

import { describe, expect, test } from 'vitest'
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

test('correct machines violate none', () => {
  expect([silent, narrow, apart].map((scenario) => violatedWith(scenario))).toEqual([[], [], []])
})

describe.each([
  ['hello-after-silence', 'R2661-5.5-01', silent, 'timer hello: doubled'],
  ['closed-tunnel-lingers-as-configured', 'R2661-5.8-20', silent, 'timer linger: halved'],
  ['window-is-the-one-configured', 'R2661-4.4.3-01', narrow, 'Receive Window Size said: one more'],
  ['no-call-that-the-peer-cannot-take', 'R2661-4.4.3-03', apart, 'incoming-call-lac 3: wait-tunnel × tunnel-open → wait-reply (R2661-7.4.1-04): requestable is always true'],
] as const)('%s (%s)', (name, _ref, scenario, mutant) => {
  test(mutant, () => {
    expect(violatedWith(scenario, mutant)).toContain(name)
  })
})
