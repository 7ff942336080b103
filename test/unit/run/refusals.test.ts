// Invariants about what is done with what is accepted, and about peers that are there and in order: for each, traces that violate it and
// traces that come close and do not.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { contextWith, CONVERGENCE_BOUND, found, recovered, states, takenOver, TraceBuilder, underway } from '../../support/trace-builder.ts'

/** The record is heard, and time goes on. */
const later = (trace: TraceBuilder): TraceBuilder => {
  trace.wait(SECOND).pass(trace.lac, 'HELLO')
  return trace
}

describe('accepted-message-takes-effect (R2661-7.2.1-06, R2661-7.2.1-16)', () => {
  const name = 'accepted-message-takes-effect'

  test('a StopCCN after which the tunnel stays', () => {
    const trace = underway()
    const { heard } = trace.pass(trace.lns, 'StopCCN')
    expect(found(name, later(trace))).toEqual([heard])
  })

  test('a second SCCRP on an established tunnel, ignored', () => {
    const trace = underway()
    const { heard } = trace.pass(trace.lns, 'SCCRP')
    expect(found(name, later(trace))).toEqual([heard])
  })

  test('an SCCRP that neither establishes the tunnel nor ends it', () => {
    const trace = new TraceBuilder()
    trace.tunnel(trace.lac, 'opening', { peerTunnel: 0 })
    trace.pass(trace.lac, 'SCCRQ')
    trace.tunnel(trace.lns, 'opening')
    const { heard } = trace.pass(trace.lns, 'SCCRP')
    expect(found(name, later(trace))).toEqual([heard])
  })

  test('not: the whole story of a recovery; a StopCCN that ends the tunnel; a crash in the same instant', () => {
    const ended = underway()
    ended.pass(ended.lns, 'StopCCN')
    ended.tunnel(ended.lac, 'closed', { why: 'stopccn-received' })
    const crashed = underway()
    crashed.pass(crashed.lac, 'StopCCN')
    crashed.crash()
    expect([recovered(), later(ended), later(crashed)].map((trace) => found(name, trace))).toEqual([[], [], []])
  })
})

describe('session-states-take-effect (R4951-3.3-22, R4951-3.3-24, R4951-3.3-25)', () => {
  const name = 'session-states-take-effect'
  /** lns1 has asked about its session 9, and gets this answer. */
  const answered = (sessionId: number): { readonly trace: TraceBuilder; readonly heard: number } => {
    const trace = takenOver().recover()
    trace.sync(trace.lns, 9, 7, 'queried')
    trace.pass(trace.lns, states('FSQ', [9, 7]))
    trace.sync(trace.lac, 7, 9, 'answered-valid')
    trace.sync(trace.lac, 7, 9, 'confirmed')
    const { heard } = trace.pass(trace.lac, states('FSR', [sessionId, 9]))
    return { trace, heard }
  }

  test.each([
    ['confirms', 7],
    ['says that it is unknown', 0],
    ['pairs otherwise', 99],
  ])('an answer that %s and changes nothing', (_, sessionId) => {
    const { trace, heard } = answered(sessionId)
    expect(found(name, later(trace))).toEqual([heard])
  })

  test('a question that pairs a session otherwise, with no thought given to it', () => {
    const trace = recovered()
    const { heard } = trace.pass(trace.lac, states('FSQ', [99, 9]))
    trace.sync(trace.lns, 9, 99, 'answered-unknown')
    expect(found(name, later(trace))).toEqual([heard])
  })

  test('not: answers that are heeded, and one that nobody asked for (R4951-AMB-60)', () => {
    const confirmed = answered(7).trace
    confirmed.sync(confirmed.lns, 9, 7, 'confirmed')
    const cleared = answered(0).trace
    cleared.sync(cleared.lns, 9, 7, 'cleared')
    cleared.session(cleared.lns, [9, 7], 'closed', { why: 'unknown-to-peer' })
    const doubted = answered(99).trace
    doubted.sync(doubted.lns, 9, 7, 'stale')
    const unasked = recovered()
    unasked.pass(unasked.lac, states('FSR', [0, 9]))
    expect([confirmed, cleared, doubted, unasked].map((trace) => found(name, later(trace)))).toEqual([[], [], [], []])
  })
})

describe('queries-as-often-as-configured (R4951-AMB-64)', () => {
  const name = 'queries-as-often-as-configured'
  /** lns1 asks so often about session 9, and then gives up or not. Four times are configured. */
  const asking = (times: number): TraceBuilder => {
    const trace = takenOver().recover()
    for (let i = 0; i < times; i++) trace.wait(10 * SECOND).sync(trace.lns, 9, 7, 'queried')
    return trace
  }

  test('once too often, and once too seldom', () => {
    const often = asking(4)
    const fifth = often.sync(often.lns, 9, 7, 'queried')
    const seldom = asking(3)
    const left = seldom.sync(seldom.lns, 9, 7, 'unanswered')
    expect([found(name, often), found(name, seldom)]).toEqual([[fifth], [left]])
  })

  test('not: as often as configured, and again after an answer', () => {
    const trace = asking(4)
    trace.sync(trace.lns, 9, 7, 'unanswered')
    const again = asking(3)
    again.sync(again.lns, 9, 7, 'confirmed')
    for (let i = 0; i < 4; i++) again.sync(again.lns, 9, 7, 'queried')
    expect([found(name, trace), found(name, again)]).toEqual([[], []])
  })
})

describe('calls-conclude (R2661-7.4.1-05, R2661-7.4.2-01)', () => {
  const name = 'calls-conclude'

  test('a call request that is never answered', () => {
    const trace = underway()
    const opened = trace.session(trace.lac, [8, 0], 'opening')
    trace.pass(trace.lac, 'ICRQ', { session: 8 })
    trace.pass(trace.lns, 'ZLB')
    trace.wait(2 * CONVERGENCE_BOUND).pass(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([opened])
  })

  test('not: one that is placed shortly before the end, and one of a tunnel that is gone', () => {
    const young = underway().wait(2 * CONVERGENCE_BOUND)
    young.session(young.lac, [8, 0], 'opening')
    young.wait(SECOND).pass(young.lac, 'HELLO')
    const gone = underway()
    gone.session(gone.lac, [8, 0], 'opening')
    gone.tunnel(gone.lac, 'closed', { why: 'retransmission-limit' })
    gone.wait(2 * CONVERGENCE_BOUND).pass(gone.lns, 'HELLO')
    expect([found(name, young), found(name, gone)]).toEqual([[], []])
  })
})

describe('sound-request-is-not-refused (R2661-7.2.1-02, R2661-7.4.2-01, R4951-3.2.1-18)', () => {
  const name = 'sound-request-is-not-refused'

  test('an SCCRP of a peer that is in order, and a call request before any failure', () => {
    const tunnel = new TraceBuilder()
    tunnel.tunnel(tunnel.lac, 'opening', { peerTunnel: 0 })
    tunnel.pass(tunnel.lac, 'SCCRQ')
    tunnel.tunnel(tunnel.lns, 'opening')
    tunnel.pass(tunnel.lns, 'SCCRP')
    const record = tunnel.tunnel(tunnel.lac, 'closed', { why: 'stopccn-sent' })
    const call = underway()
    call.session(call.lac, [8, 0], 'opening')
    call.pass(call.lac, 'ICRQ', { session: 8 })
    call.session(call.lns, [10, 8], 'opening')
    const refusal = call.session(call.lns, [10, 8], 'closed', { why: 'cdn-sent' })
    expect([found(name, tunnel), found(name, call)]).toEqual([[record], [refusal]])
  })

  test('a recovery that may be asked for', () => {
    const trace = takenOver()
    const request = trace.request()
    trace.wait(SECOND)
    trace.hear(request)
    const { seq } = trace.say(trace.lacRecovery, 'StopCCN')
    expect(found(name, trace)).toEqual([seq])
  })

  test('not: with different secrets, after a fault has ordered it, and the whole story of a recovery', () => {
    const context = contextWith()
    const strangers = {
      ...context,
      endpoints: context.endpoints.map((each) =>
        each.name === 'lac1' && each.config !== undefined ? { ...each, config: { ...each.config, secret: 'other' } } : each,
      ),
    }
    const tunnel = new TraceBuilder()
    tunnel.tunnel(tunnel.lac, 'opening', { peerTunnel: 0 })
    tunnel.pass(tunnel.lac, 'SCCRQ')
    tunnel.tunnel(tunnel.lns, 'opening')
    tunnel.pass(tunnel.lns, 'SCCRP')
    tunnel.tunnel(tunnel.lac, 'closed', { why: 'stopccn-sent' })
    const ordered = underway()
    ordered.session(ordered.lac, [8, 0], 'opening')
    ordered.pass(ordered.lac, 'ICRQ', { session: 8 })
    ordered.session(ordered.lns, [10, 8], 'opening')
    ordered.fault('hang-up', 'lns1')
    ordered.session(ordered.lns, [10, 8], 'closed', { why: 'cdn-sent' })
    expect([found(name, tunnel, strangers), found(name, ordered), found(name, recovered())]).toEqual([[], [], []])
  })
})

describe('reachable-peer-is-not-given-up (R2661-5.8-04, R2661-7.2.1-02)', () => {
  const name = 'reachable-peer-is-not-given-up'
  /** lac1 says HELLO, and gives lns1 up. */
  const givenUp = (trace: TraceBuilder): number => {
    trace.say(trace.lac, 'HELLO')
    return trace.wait(31 * SECOND).tunnel(trace.lac, 'closed', { why: 'retransmission-limit' })
  }

  test('nothing was lost, and the peer was there', () => {
    const trace = underway().wait(SECOND)
    const record = givenUp(trace)
    expect(found(name, trace)).toEqual([record])
  })

  test('not: a peer that is down, that knows nothing of the tunnel any more, or of which something was lost', () => {
    const down = underway().wait(SECOND).crash()
    givenUp(down)
    const forgotten = underway().wait(SECOND)
    forgotten.tunnel(forgotten.lns, 'closed', { why: 'retransmission-limit' })
    givenUp(forgotten)
    const lost = underway().wait(SECOND)
    lost.say(lost.lac, 'HELLO')
    lost.add('dropped', { packet: 1, where: 'lac1>lns1', why: 'loss' })
    lost.wait(31 * SECOND).tunnel(lost.lac, 'closed', { why: 'retransmission-limit' })
    expect([down, forgotten, lost].map((trace) => found(name, trace))).toEqual([[], [], []])
  })
})
