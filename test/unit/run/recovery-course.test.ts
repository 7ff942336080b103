// Invariants about the course of a recovery and about waiting: in scenarios that ship, each is violated by a machine with one thing changed,
// and by none without.

import { describe, expect, test } from 'vitest'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import { pairScenario, violatedWith } from '../../support/mutants.ts'
import { shipped } from '../../support/shipped.ts'
import { found, takenOver, underway } from '../../support/trace-builder.ts'

const scenarioNamed = (name: string): Scenario => {
  const scenario = shipped.find((each) => each.name === name)?.scenario
  if (scenario === undefined) throw new Error(`no scenario ${name}`)
  return { ...scenario, expect: [] }
}

test.each([
  ['recovery-takes-its-course', 'R4951-AMB-42', 'failover/appendix-a', 'recovery-endpoint 10:', 'the row is missing'],
  ['recoveries-in-turn', 'R4951-3.2-02', 'failover/ties-of-their-own', 'parallel recoveries', 'one more'],
  ['recoveries-in-turn', 'R4951-3.2-02', 'failover/ties-of-their-own', 'parallel recoveries', 'one less'],
  ['data-restarts-with-the-recovery', 'R4951-3.2.3-03', 'failover/data-numbers-cannot-be-reset', 'recovery-endpoint 10:', 'action reset-data-channels is missing'],
  ['data-restarts-with-the-recovery', 'R4951-AMB-23', 'stress/both-ends-crash-under-loss', 'recovery-endpoint 17:', 'action restart-data-channels is missing'],
  ['recovered-sessions-are-queried', 'R4951-3.3-04', 'failover/appendix-a', 'recovery-endpoint 10:', 'action synchronise-sessions is missing'],
  ['queries-wait-as-configured', 'R4951-AMB-64', 'failover/appendix-a', 'session-sync 2:', 'action confirm is missing'],
  ['only-doubt-is-confirmed', 'R4951-3.3-25', 'failover/appendix-a', 'session-sync 2:', 'leads to unsynchronised'],
  ['queries-fill-their-messages', 'R4951-AMB-57', 'failover/shuffled-answers', 'session states in a message', 'one less'],
  ['answers-gathered-as-long-as-meant', 'R4951-3.3-17', 'failover/shuffled-answers', 'timer coalesce', 'doubled'],
  ['recovery-tunnel-guarded', 'R4951-AMB-42', 'faults/recovery-tunnel-never-ends', 'timer guard', 'doubled'],
  ['peer-given-up-in-time', 'R4951-5.1-11', 'timers/remote-unreachable', 'timer recovery-time', 'doubled'],
  ['calls-answered-in-time', 'R2661-7.5.1-05', 'basic/calls-and-data', 'timer answer', 'doubled'],
])('%s (%s): held in %s, and violated with %s … %s', { timeout: 60_000 }, (...row) => {
  const [invariant, , name, begins, ends] = row
  const scenario = scenarioNamed(name)
  expect(violatedWith(scenario)).not.toContain(invariant)
  expect(violatedWith(scenario, begins, ends)).toContain(invariant)
})

describe('recovery-takes-its-course (R4951-AMB-77): neither the own recovery nor the peer’s is completed, the reset stands', () => {
  // lns1 fails when it has offered, and asks for its own; then nothing passes until both are given up.
  const scenario = pairScenario(`
endpoints:
  lac1: { role: LAC, address: 10.1.0.1, l2tp: { retransmit: { count: 2 } }, restart: { after: 200ms } }
  lns1: { role: LNS, address: 10.2.0.1, l2tp: { retransmit: { count: 2 } }, restart: { after: 200ms } }
tunnels:
  - { from: lac1, to: lns1 }
faults:
  - { kind: crash, at: 3s, endpoint: lac1 }
  - { kind: crash, when: { endpoint: lns1, sends: SCCRP, tunnel: recovery }, endpoint: lns1 }
  - { kind: cut, when: { endpoint: lac1, receives: SCCRQ, tunnel: recovery }, link: [ lac1, lns1 ], for: 10s }
`)

  test('held', () => {
    expect(violatedWith(scenario)).not.toContain('recovery-takes-its-course')
  })

  test.each(['the row is missing', 'action end-recovery-tunnel is missing'])('violated: %s', (change) => {
    expect(violatedWith(scenario, 'recovery-endpoint 22:', change)).toContain('recovery-takes-its-course')
  })
})

describe('reset-forgets-what-was-held (R4951-3.2.2-02)', () => {
  const name = 'reset-forgets-what-was-held'
  /** lac1 holds a HELLO of lns1 that came too early; then lns1 fails, and its tunnel is recovered. */
  const held = () => {
    const trace = underway()
    const early = trace.say(trace.lns, 'HELLO', { ns: trace.lns.ns + 1 })
    trace.hear(early, { verdict: 'held' })
    return { trace: trace.crash().takeOver([9, 7]).recover({ ns: 0, nr: 0 }), early }
  }

  test('a message that comes out of the queue after the reset', () => {
    const { trace, early } = held()
    const about = { endpoint: 'lac1', packet: early.packet, tunnel: trace.lac.tunnel, type: 'HELLO', ns: early.ns, nr: early.nr }
    const record = trace.add('handled', { ...about, verdict: 'accepted' }, trace.records.at(-1)?.seq)
    expect(found(name, trace)).toEqual([record])
  })

  test('not: a copy of it that arrives after the reset, nor one held and delivered without any', () => {
    const { trace, early } = held()
    trace.hear(early, { copy: 1 })
    const calm = takenOver().recover()
    const said = calm.say(calm.lns, 'HELLO', { ns: calm.lns.ns + 1 })
    calm.hear(said, { verdict: 'held' })
    calm.pass(calm.lns, 'HELLO')
    calm.hear(said)
    expect([found(name, trace), found(name, calm)]).toEqual([[], []])
  })
})
