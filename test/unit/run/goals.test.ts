// Goals: which runs reach them, and that the standard story reaches none it should not.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { invariants } from '../../../sim/run/invariants.ts'
import { found, recovered, states, takenOver, type TraceBuilder, underway } from '../../support/trace-builder.ts'

/** A tunnel ended at the retransmission limit. */
function givenUp(): TraceBuilder {
  const trace = underway()
  trace.say(trace.lac, 'HELLO')
  trace.wait(60 * SECOND).tunnel(trace.lac, 'closed', { why: 'retransmission-limit' })
  return trace
}

const withStep = (step: string, why = ''): TraceBuilder => {
  const trace = takenOver()
  trace.recovery(trace.lns, step, { why })
  return trace
}

const withSessionEnd = (why: string): TraceBuilder => {
  const trace = recovered()
  trace.session(trace.lns, [9, 7], 'closed', { why })
  return trace
}

const withSync = (outcome: string): TraceBuilder => {
  const trace = recovered()
  trace.sync(trace.lns, 9, 7, outcome)
  return trace
}

const reaching: readonly (readonly [string, () => TraceBuilder])[] = [
  ['tie-lost', () => withStep('tie-lost')],
  ['tie-equal', () => withStep('tie-equal')],
  ['recovery-superseded', () => withStep('superseded')],
  ['recovery-aborted', () => withStep('aborted')],
  ['recovery-refused', () => withStep('failed', 'refused with result 2')],
  ['recovery-refused', () => withStep('refused')],
  ['recovery-unanswered', () => withStep('failed', 'no answer')],
  ['recovery-not-attempted', () => withStep('not-attempted')],
  ['session-cleared-as-unknown', () => withSessionEnd('unknown-to-peer')],
  ['half-open-session-cleared', () => withSessionEnd('not-established')],
  ['session-id-collision', () => withSessionEnd('collision')],
  ['session-not-recoverable', () => withSessionEnd('not-recoverable')],
  ['answer-with-zero', () => withSync('answered-unknown')],
  ['session-stale', () => withSync('stale')],
  ['query-unanswered', () => withSync('unanswered')],
  ['tunnel-given-up', givenUp],
  [
    'recovery-time-expired',
    () => {
      const trace = underway()
      trace.add('timer', { endpoint: 'lac1', name: 'recovery-time', tunnel: 34, action: 'fire' })
      return trace
    },
  ],
  [
    'data-number-reset',
    () => {
      const trace = underway()
      trace.data(trace.lac, [7, 9], { ns: 3, verdict: 'reset' })
      return trace
    },
  ],
  [
    'crash-while-recovery-is-requested',
    () => {
      const trace = takenOver()
      trace.request()
      return trace.crash()
    },
  ],
  [
    'crash-between-sccrp-and-scccn',
    () => {
      const trace = takenOver()
      trace.offer(trace.request())
      return trace.crash('lac1')
    },
  ],
  ['double-failure', () => underway().crash().crash('lac1')],
  [
    'message-overtakes-scccn',
    () => {
      const trace = takenOver()
      trace.resetRecovery(trace.offer(trace.request()))
      trace.pass(trace.lns, states('FSQ', [9, 7]), { verdict: 'discarded' })
      return trace
    },
  ],
]

describe('goals', () => {
  test.each(reaching)('%s is reached', (goal, trace) => {
    expect(found(goal, trace())).toHaveLength(1)
  })

  test('the plain story reaches none', () => {
    const reached = invariants.filter(({ kind, name }) => kind === 'sometimes' && found(name, recovered()).length > 0)
    expect(reached.map(({ name }) => name)).toEqual([])
  })

  test('a crash of a bystander interrupts no recovery', () => {
    const trace = takenOver()
    trace.request()
    trace.add('plane', { endpoint: 'lac2', plane: 'control', up: false })
    expect(found('crash-while-recovery-is-requested', trace)).toEqual([])
  })

  test('occasions beyond the hundredth are not kept', () => {
    const trace = recovered()
    for (let i = 0; i < 150; i++) trace.sync(trace.lns, 9, 7, 'stale')
    expect(found('session-stale', trace)).toHaveLength(100)
  })
})
