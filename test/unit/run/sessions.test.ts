// Invariants about sessions and their data: for each, traces that violate it and traces that come close and do not.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { defaultFailover } from '../../../sim/l2tp/config.ts'
import { contextWith, found, recovered, takenOver, type TraceBuilder, underway, type Side } from '../../support/trace-builder.ts'

describe('sessions-agree-when-synchronised (R4951-2-09, R4951-3.3-04)', () => {
  const name = 'sessions-agree-when-synchronised'
  /** Both sides call the tunnel synchronised; the second of the two records is given. */
  const synchronised = (trace: TraceBuilder): number => {
    trace.recovery(trace.lns, 'synchronised', { recoveryTunnel: 0 })
    return trace.recovery(trace.lac, 'synchronised', { recoveryTunnel: 0 })
  }
  /** Recovered; lns1 was restored with session 9, if at all, and lac1 has 7. */
  const after = (...restored: readonly (readonly [number, number])[]): TraceBuilder =>
    underway()
      .crash()
      .takeOver(...restored)
      .recover()

  test('a session that the backup does not know', () => {
    const trace = after()
    expect(found(name, trace)).toEqual([])
    const record = synchronised(trace)
    expect(found(name, trace)).toEqual([record])
  })

  test('a session of the backup that the remote endpoint does not know, or holds with another one', () => {
    const unknown = after([9, 7], [10, 8])
    const first = synchronised(unknown)
    const mispaired = underway()
    mispaired.session(mispaired.lac, [7, 99], 'established')
    mispaired.crash().takeOver([9, 7]).recover()
    const second = synchronised(mispaired)
    expect([found(name, unknown), found(name, mispaired)]).toEqual([[first], [second, second]])
  })

  test('a session that one side cleared as unknown', () => {
    const trace = after([9, 7])
    trace.session(trace.lac, [7, 9], 'closed', { why: 'unknown-to-peer' })
    expect(found(name, trace)).toEqual([])
    const record = synchronised(trace)
    expect(found(name, trace)).toEqual([record])
  })

  test('not: pairs, calls that came after the reset, a CDN on its way, an unanswered query', () => {
    const trace = after([9, 7], [11, 12], [13, 14])
    trace.session(trace.lac, [20, 21], 'opening')
    trace.session(trace.lac, [20, 21], 'established')
    trace.session(trace.lac, [12, 11], 'established')
    trace.session(trace.lac, [12, 11], 'closed', { why: 'cdn-sent' })
    trace.session(trace.lac, [12, 0], 'opening')
    trace.sync(trace.lns, 13, 14, 'unanswered')
    synchronised(trace)
    expect(found(name, trace)).toEqual([])
  })

  test('not: while only one side has finished, nor with the policy not to ask (R4951-AMB-53)', () => {
    const trace = after()
    trace.recovery(trace.lns, 'synchronised')
    expect(found(name, trace)).toEqual([])
    synchronised(trace)
    expect(found(name, trace, contextWith({ failover: { ...defaultFailover, query: 'none' } }))).toEqual([])
  })

  test('not: when a damaged or forged message was taken on the way', () => {
    const trace = after()
    trace.hear(trace.say(trace.lac, 'HELLO'), { flippedBit: 90 })
    synchronised(trace)
    expect(found(name, trace)).toEqual([])
  })
})

describe('half-open-sessions-cleared (R4951-3.3-05)', () => {
  const name = 'half-open-sessions-cleared'
  const halfOpen = (): TraceBuilder => {
    const trace = underway()
    trace.session(trace.lac, [8, 0], 'opening')
    return trace.crash().takeOver([9, 7]).recover()
  }

  test('one that is established after the reset', () => {
    const trace = halfOpen()
    const record = trace.session(trace.lac, [8, 10], 'established')
    expect(found(name, trace)).toEqual([record])
  })

  test('one that is still half-open', () => {
    const trace = halfOpen()
    const reset = trace.records.findLastIndex(({ kind }) => kind === 'controlReset')
    expect(found(name, trace)).toEqual([reset])
  })

  test('not: one that is cleared, a call that waited for the reset (R4951-AMB-75), a call after it', () => {
    const trace = underway()
    trace.session(trace.lac, [8, 0], 'opening')
    const sccrp = trace.crash().takeOver([9, 7]).offer(trace.request())
    trace.session(trace.lac, [20, 0], 'opening')
    const scccn = trace.resetRecovery(sccrp)
    const zlb = trace.resetRemote(scccn)
    trace.session(trace.lac, [8, 0], 'closed', { why: 'not-established' })
    trace.conclude(zlb)
    trace.session(trace.lac, [20, 21], 'established')
    trace.session(trace.lac, [22, 0], 'opening')
    expect(found(name, trace)).toEqual([])
  })
})

describe('data-numbers-never-go-back (R2661-5.4-02, R4951-3.2.3-05)', () => {
  const name = 'data-numbers-never-go-back'
  const deliver = (trace: TraceBuilder, ...numbers: readonly number[]): readonly number[] =>
    numbers.map((ns) => trace.data(trace.lac, [7, 9], { ns }))

  test('an older number, the same number again', () => {
    const trace = underway()
    const [, , older, , same] = deliver(trace, 5, 7, 6, 7, 7)
    expect(found(name, trace)).toEqual([older, same])
  })

  test('across a recovery of the control channel, while the data plane goes on', () => {
    const trace = underway()
    deliver(trace, 5)
    trace.crash().takeOver([9, 7]).recover()
    const [back] = deliver(trace, 4)
    expect(found(name, trace)).toEqual([back])
  })

  test('not: gaps, the wrap, jumps of half the space (R4951-AMB-26), the reset, unsequenced messages', () => {
    const trace = underway()
    deliver(trace, 5, 9, 32_000, 64_000, 65_535, 0, 32_768)
    trace.data(trace.lac, [7, 9], { ns: 3, verdict: 'reset' })
    deliver(trace, 4)
    trace.data(trace.lac, [7, 9])
    trace.data(trace.lac, [7, 9], { ns: 2, verdict: 'old' })
    expect(found(name, trace)).toEqual([])
  })

  test('not: after the data plane of the receiver has lost its numbers (R4951-AMB-27)', () => {
    const trace = underway()
    deliver(trace, 500)
    trace.crash('lns1', ['control', 'data']).takeOver([9, 7]).recover()
    trace.add('plane', { endpoint: 'lns1', plane: 'data', up: true })
    deliver(trace, 400)
    expect(found(name, trace)).toEqual([])
  })
})

describe('data-reset-after-n-in-sequence (R4951-3.2.3-05, R4951-AMB-25)', () => {
  const name = 'data-reset-after-n-in-sequence'
  const old = (trace: TraceBuilder, ...numbers: readonly number[]): readonly number[] =>
    numbers.map((ns) => trace.data(trace.lac, [7, 9], { ns, verdict: 'old' }))
  const reset = (trace: TraceBuilder, ns: number): number => trace.data(trace.lac, [7, 9], { ns, verdict: 'reset' })
  const begun = (): TraceBuilder => {
    const trace = underway()
    trace.data(trace.lac, [7, 9], { ns: 500 })
    return trace
  }

  test('sooner than the fourth', () => {
    const trace = begun()
    old(trace, 0, 1)
    const record = reset(trace, 2)
    expect(found(name, trace)).toEqual([record])
  })

  test('by a fourth that is not in sequence, or after an accepted one between', () => {
    const gap = begun()
    old(gap, 0, 1, 2)
    const first = reset(gap, 4)
    const between = begun()
    old(between, 0, 1, 2)
    between.data(between.lac, [7, 9], { ns: 501 })
    const second = reset(between, 3)
    expect([found(name, gap), found(name, between)]).toEqual([[first], [second]])
  })

  test('not at all', () => {
    const trace = begun()
    const dropped = old(trace, 0, 1, 2, 3, 4)
    expect(found(name, trace)).toEqual(dropped.slice(3))
  })

  test('not: by the fourth, with another n by that one, never without the D bit (R4951-5.1-09)', () => {
    const fourth = begun()
    old(fourth, 65_535, 0, 1)
    reset(fourth, 2)
    const second = begun()
    old(second, 8)
    reset(second, 9)
    const never = begun()
    old(never, 0, 1, 2, 3, 4, 5)
    const noD = contextWith({ failover: { ...defaultFailover, dataChannel: false } })
    expect(found(name, fourth)).toEqual([])
    expect(found(name, second, contextWith({ dataThreshold: 2 }))).toEqual([])
    expect(found(name, never, noD)).toEqual([])
  })
})

describe('live-session-data-recognised (R4951-3.2.1-09)', () => {
  const name = 'live-session-data-recognised'
  const refuse = (trace: TraceBuilder, from: Side, pair: readonly [number, number]): number =>
    trace.data(from, pair, { verdict: 'unknown-session' })

  test('at the remote endpoint during the recovery', () => {
    const trace = takenOver()
    trace.offer(trace.request())
    const record = refuse(trace, trace.lns, [9, 7])
    expect(found(name, trace)).toEqual([record])
  })

  test('at the recovery endpoint once it has the session back', () => {
    const trace = takenOver()
    const record = refuse(trace, trace.lac, [7, 9])
    expect(found(name, trace)).toEqual([record])
  })

  test('not: sessions that are unknown, half-open, ended or lost, a data plane that is down', () => {
    const trace = underway()
    refuse(trace, trace.lac, [8, 10])
    trace.session(trace.lns, [11, 12], 'opening')
    refuse(trace, trace.lac, [12, 11])
    trace.session(trace.lac, [7, 9], 'closed', { why: 'cdn-sent' })
    refuse(trace, trace.lns, [9, 7])
    trace.crash()
    refuse(trace, trace.lac, [7, 9])
    trace.add('plane', { endpoint: 'lac1', plane: 'data', up: false })
    refuse(trace, trace.lns, [9, 7])
    expect(found(name, trace)).toEqual([])
  })

  test('not: a damaged datagram, one from nobody, and a peer that may have another address by now (R4951-AMB-35)', () => {
    const trace = recovered()
    const damaged = trace.wait(SECOND).add('sent', { endpoint: 'lac1', packet: 5, plane: 'data', tunnel: 34, session: 7 })
    trace.add('delivered', { endpoint: 'lns1', packet: 5, flippedBit: 20 }, damaged)
    trace.add('data', { endpoint: 'lns1', packet: 5, tunnel: 17, session: 9, verdict: 'unknown-session' })
    trace.add('sent', { endpoint: 'injected', packet: 6, plane: 'data' })
    trace.add('data', { endpoint: 'lns1', packet: 6, tunnel: 17, session: 9, verdict: 'unknown-session' })
    expect(found(name, trace)).toEqual([])
    refuse(trace, trace.lac, [7, 9])
    const context = contextWith()
    const moving = {
      ...context,
      endpoints: context.endpoints.map((endpoint) => ({ ...endpoint, ips: [...endpoint.ips, '10.3.0.1'] })),
    }
    expect(found(name, trace, moving)).toEqual([])
  })
})
