// Invariants about what a control channel delivers: for each, traces that violate it and traces that come close and do not.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../../../sim/base/time.ts'
import { found, recovered, takenOver, TraceBuilder, underway } from '../../support/trace-builder.ts'

describe('control-delivered-in-order-once (R2661-5.8-02, R2661-5.8-03)', () => {
  const name = 'control-delivered-in-order-once'

  test('a message accepted twice', () => {
    const trace = underway()
    const hello = trace.pass(trace.lac, 'HELLO')
    const again = trace.hear(hello)
    expect(found(name, trace)).toEqual([again])
  })

  test('a message accepted over a gap', () => {
    const trace = underway()
    trace.say(trace.lac, 'HELLO')
    const { heard } = trace.pass(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([heard])
  })

  test('a first message that is not the first one sent', () => {
    const trace = new TraceBuilder()
    trace.say(trace.lac, 'SCCRQ')
    const { heard } = trace.pass(trace.lac, 'SCCRQ')
    expect(found(name, trace)).toEqual([heard])
  })

  test('a first message after a reset that does not have the number the reset set (R4951-5.3-06)', () => {
    const trace = recovered()
    trace.lac.ns += 1
    const { heard } = trace.pass(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([heard])
  })

  test('not: duplicates, early messages, one held until its turn, and the wrap (R2661-5.8-01)', () => {
    const trace = new TraceBuilder()
    trace.lac.ns = 65_530
    trace.connect().call().call(8, 10)
    const late = trace.say(trace.lac, 'HELLO')
    const early = trace.say(trace.lac, 'HELLO')
    trace.hear(early, { verdict: 'held' })
    trace.hear(late)
    trace.hear(early)
    trace.hear(late, { verdict: 'duplicate', copy: 1 })
    trace.pass(trace.lac, 'HELLO', { ns: 3000, verdict: 'ahead' })
    expect(found('numbers-wrapped', trace)).toHaveLength(1)
    expect(found(name, trace)).toEqual([])
  })

  test('not: two tunnels of one pair, each with its own numbers', () => {
    const trace = underway()
    const [second, far] = [
      { ...trace.lac, tunnel: 35, ns: 0, nr: 0 },
      { ...trace.lns, tunnel: 18, ns: 0, nr: 0 },
    ]
    trace.join(second, far)
    trace.pass(second, 'SCCRQ')
    trace.pass(far, 'SCCRP')
    trace.pass(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([])
  })

  test('not: a Tunnel ID used again after its tunnel has ended', () => {
    const trace = underway()
    trace.tunnel(trace.lac, 'closed', { why: 'silent' })
    trace.tunnel(trace.lns, 'closed', { why: 'silent' })
    for (const side of [trace.lac, trace.lns]) side.ns = side.nr = 0
    trace.connect()
    expect(found(name, trace)).toEqual([])
  })
})

describe('accepted-came-from-the-peer (R2661-5.8-03)', () => {
  const name = 'accepted-came-from-the-peer'

  test('a message of somebody else', () => {
    const trace = underway()
    const own = trace.say(trace.lns, 'HELLO')
    const heard = trace.hear(own, { at: trace.lns })
    expect(found(name, trace)).toEqual([heard])
  })

  test('a message that is not the one sent', () => {
    const trace = underway()
    const other = trace.hear(trace.say(trace.lac, 'HELLO'), { type: 'CDN' })
    const renumbered = trace.hear(trace.say(trace.lac, 'HELLO'), { ns: 9 })
    expect(found(name, trace)).toEqual([other, renumbered])
  })

  test('not: a datagram damaged on the way, or put into the network by nobody', () => {
    const trace = underway()
    trace.hear(trace.say(trace.lac, 'HELLO'), { ns: 9, flippedBit: 70 })
    const forged = trace.say(trace.lac, 'HELLO', { address: '10.9.9.9:1701' })
    trace.hear(forged, { type: 'CDN' })
    trace.hear({ ...forged, packet: 77_777 }, { type: 'StopCCN' })
    expect(found(name, trace)).toEqual([])
  })
})

describe.each([
  ['nothing-crosses-a-suggested-reset', 'nothing-crosses-a-zero-reset', { ns: 3, nr: 100 }],
  ['nothing-crosses-a-zero-reset', 'nothing-crosses-a-suggested-reset', { ns: 0, nr: 0 }],
] as const)('%s (R4951-3.2.2-02, R4951-5.3-08)', (name, counterpart, numbers) => {
  const late = (): { trace: TraceBuilder; heard: number } => {
    const trace = underway()
    const hello = trace.say(trace.lac, 'HELLO', { ns: numbers.nr })
    trace.crash().takeOver([9, 7]).recover(numbers)
    return { trace, heard: trace.hear(hello) }
  }

  test('a message of the remote endpoint from before its reset', () => {
    const { trace, heard } = late()
    expect(found(name, trace)).toEqual([heard])
    expect(found(counterpart, trace)).toEqual([])
  })

  test('a message of the failed endpoint from before the failure', () => {
    const trace = underway()
    const hello = trace.say(trace.lns, 'HELLO', { ns: numbers.ns })
    trace.crash().takeOver([9, 7]).recover(numbers)
    const heard = trace.hear(hello)
    expect(found(name, trace)).toEqual([heard])
  })

  test('a message of the recovery endpoint at a remote endpoint that has not been reset', () => {
    const trace = takenOver()
    trace.resetRecovery(trace.offer(trace.request(), numbers.ns === 0 ? undefined : numbers), numbers)
    trace.tunnel(trace.lacRecovery, 'closed', { why: 'retransmission-limit' })
    trace.recovery(trace.lac, 'aborted', { recoveryTunnel: 0 })
    const { heard } = trace.pass(trace.lns, 'HELLO')
    expect(found(name, trace)).toEqual([heard])
  })

  test('not: messages after it, late ones taken for duplicates, and damaged ones', () => {
    const trace = underway()
    const hello = trace.say(trace.lac, 'HELLO')
    const damaged = trace.say(trace.lac, 'HELLO')
    trace.crash().takeOver([9, 7]).recover(numbers).synchronise([9, 7])
    trace.hear(hello, { verdict: 'duplicate' })
    trace.hear(damaged, { flippedBit: 68 })
    trace.pass(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([])
    expect(found('late-packet-after-reset', trace)).toHaveLength(1)
  })

  test('not: a second recovery after a second failure', () => {
    const trace = underway().crash().takeOver([9, 7]).recover(numbers).synchronise([9, 7])
    for (const side of [trace.lnsRecovery, trace.lacRecovery]) side.ns = side.nr = 0
    trace.wait(SECOND).crash().takeOver([9, 7]).recover(numbers).synchronise([9, 7])
    expect(found(name, trace)).toEqual([])
  })
})

describe('nothing-accepted-before-the-reset (R4951-3.2.1-29)', () => {
  const name = 'nothing-accepted-before-the-reset'

  test('at the recovery endpoint, even an acknowledgement', () => {
    const trace = takenOver()
    const message = trace.pass(trace.lac, 'HELLO')
    const zlb = trace.pass(trace.lac, 'ZLB')
    expect(found(name, trace)).toEqual([message.heard, zlb.heard])
  })

  test('at the remote endpoint from its SCCRP on', () => {
    const trace = takenOver()
    const before = trace.hear(trace.say(trace.lns, 'HELLO'))
    trace.offer(trace.request())
    const { heard } = trace.pass(trace.lns, 'HELLO')
    expect(before).toBeLessThan(heard)
    expect(found(name, trace)).toEqual([heard])
  })

  test('not: discarded messages, and those after an attempt has been aborted (R4951-AMB-36)', () => {
    const trace = takenOver()
    trace.pass(trace.lac, 'HELLO', { verdict: 'discarded' })
    trace.offer(trace.request())
    trace.pass(trace.lns, 'HELLO', { verdict: 'discarded' })
    trace.tunnel(trace.lacRecovery, 'closed', { why: 'stopccn-sent' })
    trace.pass(trace.lns, 'HELLO')
    expect(found(name, trace)).toEqual([])
  })
})

describe('discards-only-during-recovery (R4951-AMB-16, R4951-AMB-36)', () => {
  const name = 'discards-only-during-recovery'

  test('a tunnel muted without a recovery, or after one', () => {
    const trace = underway()
    const first = trace.pass(trace.lac, 'HELLO', { verdict: 'discarded' }).heard
    trace.crash().takeOver([9, 7]).recover()
    const second = trace.pass(trace.lns, 'HELLO', { verdict: 'discarded' }).heard
    expect(found(name, trace)).toEqual([first, second])
  })

  test('not: while it waits for its reset; nor a recovery SCCRQ that loses a tie (R4951-B-04)', () => {
    const trace = takenOver()
    trace.pass(trace.lac, 'HELLO', { verdict: 'discarded' })
    trace.offer(trace.request())
    trace.pass(trace.lns, 'HELLO', { verdict: 'discarded' })
    expect(found(name, trace)).toEqual([])
    const quiet = underway()
    quiet.hear(quiet.say(quiet.lac, 'SCCRQ'), { verdict: 'discarded' })
    expect(found(name, quiet)).toEqual([])
  })
})

describe('nr-names-the-next-expected (R2661-5.8-06, R2661-5.8-09)', () => {
  const name = 'nr-names-the-next-expected'

  test('an acknowledgement too few, one too many, and a retransmission with its old Nr', () => {
    const trace = underway()
    const hello = trace.say(trace.lac, 'HELLO')
    trace.pass(trace.lns, 'HELLO')
    const few = trace.say(trace.lac, 'ZLB', { nr: trace.lac.nr - 1 })
    const many = trace.say(trace.lac, 'ZLB', { nr: trace.lac.nr + 1 })
    const stale = trace.say(trace.lac, 'HELLO', { ns: hello.ns, nr: hello.nr, attempt: 2 })
    expect(found(name, trace)).toEqual([few.seq, many.seq, stale.seq])
  })

  test('not: current ones, and what a closed tunnel still says', () => {
    const trace = recovered()
    trace.pass(trace.lac, 'HELLO')
    trace.pass(trace.lns, 'ZLB')
    trace.tunnel(trace.lns, 'closed', { why: 'stopccn-received' })
    trace.say(trace.lns, 'ZLB', { nr: trace.lns.nr + 1 })
    expect(found(name, trace)).toEqual([])
  })
})

describe('duplicate-is-acknowledged (R2661-5.8-04)', () => {
  const name = 'duplicate-is-acknowledged'

  const twice = (answer: boolean): { trace: TraceBuilder; heard: number } => {
    const trace = underway()
    const hello = trace.pass(trace.lac, 'HELLO')
    trace.hear(hello, { verdict: 'duplicate' })
    if (answer) trace.say(trace.lns, 'ZLB')
    trace.wait(SECOND)
    return { trace, heard: trace.hear(hello, { verdict: 'duplicate' }) }
  }

  test('a second duplicate after silence', () => {
    const { trace, heard } = twice(false)
    expect(found(name, trace)).toEqual([heard])
  })

  test('not: after any control message, nor when both copies come at once', () => {
    expect(found(name, twice(true).trace)).toEqual([])
    const trace = underway()
    const hello = trace.pass(trace.lac, 'HELLO')
    trace.hear(hello, { verdict: 'duplicate' })
    trace.wait(10 * MILLISECOND)
    trace.hear(hello, { verdict: 'duplicate' })
    expect(found(name, trace)).toEqual([])
  })
})

describe('first-transmissions-in-order (R2661-5.8-01, R4951-3.2.2-01)', () => {
  const name = 'first-transmissions-in-order'

  test('a number left out, one used twice, and a start after the reset at another number', () => {
    const trace = underway()
    const gap = trace.say(trace.lac, 'HELLO', { ns: trace.lac.ns + 1 })
    const twice = trace.say(trace.lac, 'HELLO', { ns: gap.ns })
    expect(found(name, trace)).toEqual([gap.seq, twice.seq])
    const after = recovered()
    after.lns.ns = 0
    const wrong = after.say(after.lns, 'HELLO')
    expect(found(name, after)).toEqual([wrong.seq])
  })

  test('not: a ZLB takes no number (R2661-5.8-05), a retransmission keeps its own', () => {
    const trace = underway()
    const hello = trace.pass(trace.lac, 'HELLO')
    trace.say(trace.lac, 'ZLB')
    trace.say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    trace.pass(trace.lac, 'HELLO')
    expect(found(name, trace)).toEqual([])
  })

  test('not: the answer to a stranger from a number that a lost tunnel had', () => {
    const trace = underway().crash()
    trace.add('plane', { endpoint: 'lns1', plane: 'control', up: true })
    trace.say(trace.lns, 'StopCCN', { ns: 4321 })
    expect(found(name, trace)).toEqual([])
  })
})
