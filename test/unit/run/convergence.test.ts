// Liveness at the end of a run: for each invariant, ends that violate it and ends that come close and do not.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { defaultFailover } from '../../../sim/l2tp/config.ts'
import {
  contextWith,
  CONVERGENCE_BOUND,
  found,
  LATENCY,
  recovered,
  takenOver,
  type TraceBuilder,
  underway,
} from '../../support/trace-builder.ts'

/** Long enough after the last disturbance. */
const settled = (trace: TraceBuilder): TraceBuilder => trace.wait(CONVERGENCE_BOUND)
const last = (trace: TraceBuilder): number => trace.records.length - 1

/** lns1 comes back without any tunnel. */
function restartEmpty(trace: TraceBuilder): TraceBuilder {
  trace.crash()
  trace.add('replica', { endpoint: 'lns1', replica: 'primary', state: 'active' })
  trace.add('plane', { endpoint: 'lns1', plane: 'control', up: true })
  return trace
}

describe('when liveness is judged', () => {
  const name = 'tunnels-converge'
  const oneSided = (): TraceBuilder => restartEmpty(underway())

  test('exactly when the last disturbance is the bound ago', () => {
    expect(found(name, oneSided().wait(CONVERGENCE_BOUND - 1))).toEqual([])
    expect(found(name, oneSided().wait(CONVERGENCE_BOUND))).toHaveLength(1)
  })

  test('a fault that lasts, one that has ended too lately, and packets lost to a blackout put it off', () => {
    const cut = oneSided()
    cut.fault('cut', 'lac1>lns1')
    const healed = oneSided()
    healed.fault('cut', 'lac1>lns1')
    healed.wait(CONVERGENCE_BOUND).fault('cut', 'lac1>lns1', 'end')
    const dark = settled(oneSided())
    dark.add('dropped', { packet: dark.say(dark.lac, 'HELLO').packet, where: 'lac1>lns1', why: 'blackout' })
    expect([cut.wait(2 * CONVERGENCE_BOUND), healed.wait(SECOND), dark.wait(SECOND)].map((trace) => found(name, trace))).toEqual([
      [],
      [],
      [],
    ])
    expect(found(name, settled(healed))).toHaveLength(1)
  })

  test('ordinary losses do not', () => {
    const trace = settled(oneSided())
    trace.add('dropped', { packet: trace.say(trace.lac, 'HELLO').packet, where: 'lac1>lns1', why: 'loss' })
    expect(found(name, trace)).toHaveLength(1)
  })

  test('a bound of NEVER switches it off', () => {
    expect(found(name, settled(oneSided()), { ...contextWith(), convergenceBound: Infinity })).toEqual([])
  })
})

describe('tunnels-converge', () => {
  const name = 'tunnels-converge'

  test('a tunnel that only one side has, and one that stays half-open', () => {
    const trace = underway()
    const established = trace.records.findIndex(
      (record) => record.kind === 'tunnel' && record.endpoint === 'lac1' && record.event === 'established',
    )
    restartEmpty(trace)
    const halfOpen = trace.tunnel(trace.lac, 'opening', { tunnel: 35, peerTunnel: 0 })
    expect(found(name, settled(trace))).toEqual([established, halfOpen])
  })

  test('not: cleared by both, recovered, dialled again lately', () => {
    const cleared = restartEmpty(underway())
    cleared.tunnel(cleared.lac, 'closed', { why: 'retransmission-limit' })
    const redialled = settled(restartEmpty(underway()))
    redialled.tunnel(redialled.lac, 'closed', { why: 'retransmission-limit' })
    for (const side of [redialled.lac, redialled.lns]) side.ns = side.nr = 0
    redialled.tunnel(redialled.lac, 'opening', { peerTunnel: 0 })
    redialled.say(redialled.lac, 'SCCRQ')
    expect([settled(cleared), settled(recovered()), redialled].map((trace) => found(name, trace))).toEqual([[], [], []])
  })

  test('not: a peer of which only the data plane is left, and goes on (R2661-5.5-01)', () => {
    expect(found(name, settled(underway().crash()))).toEqual([])
    expect(found(name, settled(underway().crash('lns1', ['control', 'data'])))).toHaveLength(1)
  })
})

describe('recoveries-conclude', () => {
  const name = 'recoveries-conclude'

  test('a recovery endpoint that waits for ever, and a remote endpoint that does', () => {
    const waiting = takenOver()
    const offered = takenOver()
    offered.offer(offered.request())
    const step = offered.records.findLastIndex(({ kind }) => kind === 'recovery')
    expect(found(name, settled(waiting))).toEqual([last(waiting)])
    const restored = offered.records.findLastIndex((record) => record.kind === 'recovery' && record.endpoint === 'lns1')
    expect(found(name, settled(offered)).toSorted((a, b) => a - b)).toEqual([restored, step])
  })

  test('a reset that was never confirmed', () => {
    const trace = takenOver()
    trace.resetRecovery(trace.offer(trace.request()))
    trace.tunnel(trace.lacRecovery, 'closed', { why: 'retransmission-limit' })
    expect(found(name, settled(trace))).toHaveLength(1)
  })

  test('not: recovered, given up, aborted', () => {
    const failed = takenOver()
    failed.request()
    failed.recovery(failed.lns, 'failed')
    failed.tunnel(failed.lns, 'closed', { why: 'recovery-failed' })
    failed.recovery(failed.lac, 'aborted')
    expect([settled(recovered()), settled(failed)].map((trace) => found(name, trace))).toEqual([[], []])
  })
})

describe('recovery-tunnels-end (R4951-AMB-42)', () => {
  const name = 'recovery-tunnels-end'

  test('a recovery tunnel left over on one side', () => {
    const trace = takenOver()
    const zlb = trace.resetRemote(trace.resetRecovery(trace.offer(trace.request())))
    const established = trace.records.findLastIndex((record) => record.kind === 'tunnel' && record.endpoint === 'lac1')
    trace.hear(zlb)
    trace.recovery(trace.lns, 'recovered')
    trace.tunnel(trace.lnsRecovery, 'closed', { why: 'stopccn-sent' })
    expect(found(name, settled(trace))).toEqual([established])
  })

  test('not: ended on both sides', () => {
    expect(found(name, settled(recovered()))).toEqual([])
  })
})

describe('recovered-tunnels-synchronise (R4951-3.3-04)', () => {
  const name = 'recovered-tunnels-synchronise'
  const unsynchronised = (): TraceBuilder => takenOver().recover()

  test('both sides, neither of which says so', () => {
    const trace = unsynchronised()
    const resets = trace.records.flatMap(({ kind, seq }) => (kind === 'controlReset' ? [seq] : []))
    expect(found(name, settled(trace)).toSorted((a, b) => a - b)).toEqual(resets)
  })

  test('not: synchronised, left unanswered (R4951-AMB-64), or not asked by policy', () => {
    const unanswered = unsynchronised()
    unanswered.sync(unanswered.lns, 9, 7, 'unanswered')
    unanswered.recovery(unanswered.lac, 'synchronised')
    const policy = contextWith({ failover: { ...defaultFailover, query: 'suspect' } })
    expect([
      found(name, settled(recovered())),
      found(name, settled(unanswered)),
      found(name, settled(unsynchronised()), policy),
    ]).toEqual([[], [], []])
  })
})

describe('no-session-on-one-side-only (R4951-3.3-04)', () => {
  const name = 'no-session-on-one-side-only'
  const half = (trace: TraceBuilder): number => trace.session(trace.lac, [20, 21], 'established')

  test('a session that the other side never had, or has with another one', () => {
    const trace = underway()
    const record = half(trace)
    const mispaired = underway()
    const first = half(mispaired)
    const second = mispaired.session(mispaired.lns, [21, 22], 'established')
    expect(found(name, settled(trace))).toEqual([record])
    expect(found(name, settled(mispaired)).toSorted((a, b) => a - b)).toEqual([first, second])
  })

  test('one that both sides had before a recovery and one has since', () => {
    const trace = takenOver().recover().synchronise([9, 7])
    trace.session(trace.lns, [9, 7], 'closed', { why: 'unknown-to-peer' })
    expect(found(name, settled(trace))).toHaveLength(1)
  })

  test('not: pairs, changes that are recent, queries left unanswered, tables edited by a fault, damaged messages', () => {
    const recent = settled(underway())
    half(recent)
    const unanswered = underway()
    half(unanswered)
    unanswered.sync(unanswered.lac, 20, 21, 'unanswered')
    const edited = underway()
    half(edited)
    edited.session(edited.lns, [9, 7], 'closed', { why: 'table-edit' })
    const mispaired = underway()
    mispaired.add('log', { endpoint: 'lns1', tunnel: 17, session: 9, what: 'table-edit' })
    const damaged = underway()
    half(damaged)
    damaged.hear(damaged.say(damaged.lac, 'HELLO'), { flippedBit: 100 })
    const traces = [
      settled(recovered()),
      recent.wait(LATENCY),
      settled(unanswered),
      settled(edited),
      settled(mispaired),
      settled(damaged),
    ]
    expect(traces.map((trace) => found(name, trace))).toEqual([[], [], [], [], [], []])
  })

  test('an edited table is judged again after a recovery that asks', () => {
    const trace = underway()
    trace.session(trace.lns, [9, 7], 'closed', { why: 'table-edit' })
    trace.crash().takeOver().recover().synchronise()
    expect(found(name, settled(trace))).toHaveLength(1)
    expect(found(name, settled(trace), contextWith({ failover: { ...defaultFailover, query: 'none' } }))).toEqual([])
  })
})

describe('queues-drain (R2661-5.8-08)', () => {
  const name = 'queues-drain'

  test('a message that is never acknowledged on a tunnel that lives on', () => {
    const trace = underway()
    const { seq } = trace.say(trace.lac, 'HELLO')
    expect(found(name, settled(trace))).toEqual([seq])
  })

  test('not: acknowledged, on a tunnel that has ended, flushed by a reset, or recent', () => {
    const acknowledged = underway()
    acknowledged.pass(acknowledged.lac, 'HELLO')
    acknowledged.pass(acknowledged.lns, 'ZLB', { verdict: 'acknowledged' })
    const ended = underway()
    ended.say(ended.lac, 'StopCCN')
    ended.tunnel(ended.lac, 'closed', { why: 'stopccn-sent' })
    const flushed = underway()
    flushed.say(flushed.lac, 'HELLO')
    flushed.crash().takeOver([9, 7]).recover().synchronise([9, 7])
    const recent = settled(underway())
    recent.say(recent.lac, 'HELLO')
    expect([settled(acknowledged), settled(ended), settled(flushed), recent].map((trace) => found(name, trace))).toEqual([
      [],
      [],
      [],
      [],
    ])
  })
})
