// Invariants about retransmission, windows and giving a peer up: for each, traces that violate it and traces that come close and
// do not. The retransmission schedule is that of RFC 2661 5.8 with the default settings: 1 s doubling to 8 s, five times.

import { describe, expect, test } from 'vitest'
import { SECOND, type Nanos } from '../../../sim/base/time.ts'
import { defaultFailover } from '../../../sim/l2tp/config.ts'
import {
  contextWith,
  found,
  recovered,
  states,
  takenOver,
  TraceBuilder,
  underway,
  type Said,
} from '../../support/trace-builder.ts'

/** The sender keeps transmitting a message at these instants after the first time. */
function repeat(trace: TraceBuilder, { from, type, ns }: Said, ...delays: readonly Nanos[]): readonly number[] {
  const began = trace.at
  return delays.map((delay, i) => trace.to(began + delay).say(from, type as 'HELLO', { ns, attempt: i + 2 }).seq)
}

describe('retransmission-unchanged (R2661-5.8-09)', () => {
  const name = 'retransmission-unchanged'

  test('another octet, another length, another message', () => {
    const trace = underway()
    const hello = trace.say(trace.lac, 'HELLO')
    const again = { ns: hello.ns, attempt: 2 }
    const flipped = trace.wait(SECOND).say(trace.lac, 'HELLO', { ...again, bend: (bytes) => bytes.with(6, 1) })
    const longer = trace.say(trace.lac, 'HELLO', { ...again, bend: (bytes) => Uint8Array.of(...bytes, 0) })
    const other = trace.say(trace.lac, 'CDN', again)
    expect(found(name, trace)).toEqual([flipped.seq, longer.seq, other.seq])
  })

  test('not: the Tunnel ID of a peer that had not answered the first time', () => {
    const trace = underway()
    const stop = trace.say(trace.lac, 'StopCCN', { bend: (bytes) => bytes.with(4, 0).with(5, 0) })
    trace.wait(SECOND).say(trace.lac, 'StopCCN', { ns: stop.ns, attempt: 2 })
    expect(found(name, trace)).toEqual([])
  })

  test('not: a new Nr', () => {
    const trace = underway()
    const hello = trace.say(trace.lac, 'HELLO')
    trace.pass(trace.lns, 'HELLO')
    trace.wait(SECOND).say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    expect(found(name, trace)).toEqual([])
  })
})

describe('retransmission-not-early, -not-late (R2661-5.8-08, R2661-5.8-10)', () => {
  const schedule = [1, 3, 7, 15, 23].map((seconds) => seconds * SECOND)

  test('the schedule itself is neither', () => {
    const trace = underway()
    repeat(trace, trace.say(trace.lac, 'HELLO'), ...schedule)
    expect(found('retransmission-not-early', trace)).toEqual([])
    expect(found('retransmission-not-late', trace)).toEqual([])
  })

  test('a fixed interval is early from the second time on', () => {
    const trace = underway()
    const sent = repeat(trace, trace.say(trace.lac, 'HELLO'), SECOND, 2 * SECOND, 3 * SECOND)
    expect(found('retransmission-not-early', trace)).toEqual(sent.slice(1))
  })

  test('doubled timers are late every time', () => {
    const trace = underway()
    const sent = repeat(trace, trace.say(trace.lac, 'HELLO'), 2 * SECOND, 6 * SECOND, 14 * SECOND)
    expect(found('retransmission-not-late', trace)).toEqual(sent)
  })

  test('no back-off beyond the cap is wanted, nor forbidden below one and a half of it', () => {
    const trace = underway()
    repeat(trace, trace.say(trace.lac, 'HELLO'), ...schedule.slice(0, 4), 26 * SECOND)
    expect(found('retransmission-not-early', trace)).toEqual([])
    expect(found('retransmission-not-late', trace)).toEqual([])
  })

  test('a message that had to wait behind another is not late before its turn', () => {
    const trace = underway()
    const first = trace.say(trace.lac, 'HELLO')
    const second = trace.say(trace.lac, 'HELLO')
    repeat(trace, first, SECOND, 3 * SECOND)
    trace.hear(first)
    trace.pass(trace.lns, 'ZLB')
    trace.wait(SECOND / 2).say(trace.lac, 'HELLO', { ns: second.ns, attempt: 2 })
    expect(found('retransmission-not-late', trace)).toEqual([])
    expect(found('retransmission-not-early', trace)).toEqual([])
  })

  test('a paused endpoint is not late, while it lasts and right after', () => {
    const trace = underway()
    const hello = trace.say(trace.lac, 'HELLO')
    trace.fault('pause', 'lac1')
    trace.wait(20 * SECOND).fault('pause', 'lac1', 'end')
    trace.say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    expect(found('retransmission-not-late', trace)).toEqual([])
  })
})

describe('retransmission-within-limit (R2661-5.8-13, R4951-AMB-08)', () => {
  const name = 'retransmission-within-limit'

  const six = (recoveryTime: Nanos): { trace: TraceBuilder; last: number } => {
    const trace = underway()
    trace.negotiated(trace.lac, { recoveryTime, peerControl: recoveryTime > 0 })
    const sent = repeat(trace, trace.say(trace.lac, 'HELLO'), ...[1, 3, 7, 15, 23, 31].map((seconds) => seconds * SECOND))
    return { trace, last: sent.at(-1) ?? -1 }
  }

  test('a sixth retransmission without a Recovery Time', () => {
    const { trace, last } = six(0)
    expect(found(name, trace)).toEqual([last])
  })

  test('not: with one', () => {
    expect(found(name, six(60 * SECOND).trace)).toEqual([])
    expect(found('recovery-time-keeps-tunnel', six(60 * SECOND).trace)).toHaveLength(1)
  })

  test('a recovery tunnel has no Recovery Time', () => {
    const trace = takenOver()
    const sccrq = trace.request()
    const sent = repeat(trace, { ...sccrq, type: 'HELLO' }, ...[1, 3, 7, 15, 23, 31].map((seconds) => seconds * SECOND))
    expect(found(name, trace)).toEqual([sent.at(-1)])
  })
})

describe('only-unacknowledged-is-retransmitted (R2661-5.8-06, R4951-3.2.2-02)', () => {
  const name = 'only-unacknowledged-is-retransmitted'

  test('after the acknowledgement, over the wrap as well', () => {
    const trace = new TraceBuilder()
    trace.lac.ns = 65_533
    trace.connect()
    const hello = trace.pass(trace.lac, 'HELLO')
    trace.pass(trace.lns, 'ZLB')
    const again = trace.wait(SECOND).say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    expect([hello.ns, hello.ns + 1]).toEqual([65_535, 65_536])
    expect(found(name, trace)).toEqual([again.seq])
  })

  test('from before the reset', () => {
    const trace = underway()
    const hello = trace.say(trace.lac, 'HELLO')
    trace.crash().takeOver([9, 7]).recover()
    const again = trace.say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    expect(found(name, trace)).toEqual([again.seq])
  })

  test('not: before the acknowledgement, or after one that was a duplicate or discarded', () => {
    const trace = underway()
    const hello = trace.pass(trace.lac, 'HELLO')
    const answer = trace.say(trace.lns, 'HELLO')
    trace.hear(answer, { verdict: 'duplicate' })
    trace.wait(SECOND).say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    trace.pass(trace.lns, 'ZLB', { verdict: 'discarded' })
    trace.wait(2 * SECOND).say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 3 })
    expect(found(name, trace)).toEqual([])
  })

  test('not: an Nr that acknowledges what was never sent acknowledges nothing', () => {
    const trace = underway()
    const hello = trace.pass(trace.lac, 'HELLO')
    trace.pass(trace.lns, 'ZLB', { nr: hello.ns + 2 })
    trace.wait(SECOND).say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    expect(found(name, trace)).toEqual([])
  })
})

describe('send-window-respected (R2661-5.8-16)', () => {
  const name = 'send-window-respected'

  test('the fifth of four', () => {
    const trace = underway()
    const sent = Array.from({ length: 5 }, () => trace.say(trace.lac, 'HELLO').seq)
    expect(found(name, trace)).toEqual(sent.slice(4))
  })

  test('not: the fourth, nor the fifth after an acknowledgement of any kind', () => {
    const trace = underway()
    const [first] = Array.from({ length: 4 }, () => trace.say(trace.lac, 'HELLO'))
    if (first !== undefined) trace.hear(first)
    trace.pass(trace.lns, 'HELLO', { verdict: 'held' })
    trace.say(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([])
    expect(found('window-full', trace)).toHaveLength(2)
  })
})

describe('congestion-window-respected (R2661-A-02, R2661-A-05, R4951-AMB-40)', () => {
  const name = 'congestion-window-respected'

  test('the second before anything has been acknowledged', () => {
    const trace = new TraceBuilder()
    trace.say(trace.lac, 'SCCRQ')
    const second = trace.say(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([second.seq])
  })

  test('the second after a retransmission', () => {
    const trace = underway()
    const hello = trace.say(trace.lac, 'HELLO')
    trace.wait(SECOND).say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    const second = trace.say(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([second.seq])
  })

  test('the second after a reset, although there were many before', () => {
    const trace = recovered()
    trace.reset(trace.lac, 500, 600, { epoch: 2 })
    trace.say(trace.lac, states('FSQ', [7, 9]))
    const second = trace.say(trace.lac, states('FSQ', [7, 9]))
    expect(found(name, trace)).toEqual([second.seq])
  })

  test('not: two after one acknowledgement, and so on', () => {
    const trace = new TraceBuilder().connect()
    trace.say(trace.lac, 'HELLO')
    const last = trace.say(trace.lac, 'HELLO')
    trace.hear(last)
    trace.pass(trace.lns, 'ZLB')
    for (let i = 0; i < 4; i++) trace.say(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([])
  })
})

describe('peer-not-given-up-early (R2661-5.8-14, R4951-AMB-03)', () => {
  const name = 'peer-not-given-up-early'
  const givenUpAfter = (wait: Nanos, recoveryTime: Nanos): { trace: TraceBuilder; closed: number } => {
    const trace = underway()
    trace.negotiated(trace.lac, { recoveryTime, peerControl: recoveryTime > 0 })
    trace.say(trace.lac, 'HELLO')
    trace.wait(wait)
    return { trace, closed: trace.tunnel(trace.lac, 'closed', { why: 'retransmission-limit' }) }
  }

  test.each([
    ['one retransmission too few', 23, 0],
    ['a nanosecond before the full cycle of 31 s', 31 - 1e-9, 0],
    ['after the retransmissions but within the Recovery Time', 31, 60],
    ['a nanosecond before the end of a Recovery Time', 60 - 1e-9, 60],
  ])('%s', (_, seconds, recoverySeconds) => {
    const { trace, closed } = givenUpAfter(Math.round(seconds * SECOND), recoverySeconds * SECOND)
    expect(found(name, trace)).toEqual([closed])
  })

  test.each([
    [31, 0],
    [31, 10],
    [60, 60],
  ])('not: after %i s with a Recovery Time of %i s', (seconds, recoverySeconds) => {
    expect(found(name, givenUpAfter(seconds * SECOND, recoverySeconds * SECOND).trace)).toEqual([])
  })

  test('the serial reading waits for both', () => {
    const serial = contextWith({ failover: { ...defaultFailover, recoveryTimer: 'afterExhaustion' } })
    const early = givenUpAfter(60 * SECOND, 60 * SECOND)
    expect(found(name, early.trace, serial)).toEqual([early.closed])
    expect(found(name, givenUpAfter(91 * SECOND, 60 * SECOND).trace, serial)).toEqual([])
  })

  test('with nothing unacknowledged', () => {
    const trace = underway().wait(60 * SECOND)
    const closed = trace.tunnel(trace.lns, 'closed', { why: 'retransmission-limit' })
    expect(found(name, trace)).toEqual([closed])
  })

  test('not: ends for other reasons, and a set-up that is acknowledged and goes no further', () => {
    const trace = underway()
    trace.tunnel(trace.lac, 'closed', { why: 'stopccn-received' })
    const setUp = takenOver()
    const sccrq = setUp.request()
    setUp.hear(sccrq)
    setUp.pass(setUp.lacRecovery, 'ZLB')
    setUp.tunnel(setUp.lnsRecovery, 'closed', { why: 'retransmission-limit' })
    expect([found(name, trace), found(name, setUp)]).toEqual([[], []])
  })
})
