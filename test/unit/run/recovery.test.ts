// Invariants about recovery tunnels, control channel resets and silence (RFC 4951 3.2): for each, traces that violate it and
// traces that come close and do not.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import {
  found,
  LATENCY,
  recovered,
  recoverySccrq,
  states,
  takenOver,
  type TraceBuilder,
  underway,
  type Side,
} from '../../support/trace-builder.ts'

describe('recovery-tunnel-id-is-fresh (R4951-3.2.1-08)', () => {
  const name = 'recovery-tunnel-id-is-fresh'

  test('the number of the tunnel to be recovered, or of another one', () => {
    const trace = takenOver()
    const own = trace.tunnel(trace.lnsRecovery, 'opening', { tunnel: 17, peerTunnel: 0 })
    expect(found(name, trace)).toEqual([own])
    const remote = takenOver()
    remote.hear(remote.request())
    const other = remote.tunnel(remote.lacRecovery, 'opening', { tunnel: 34 })
    expect(found(name, remote)).toEqual([other])
  })

  test('not: a free number, or one whose tunnel has ended', () => {
    const trace = takenOver()
    trace.request()
    trace.tunnel(trace.lac, 'closed', { why: 'silent' })
    trace.tunnel(trace.lacRecovery, 'opening', { tunnel: 34 })
    expect(found(name, trace)).toEqual([])
  })
})

describe('one-recovery-tunnel-per-old-tunnel (R4951-3.2.1-01, R4951-3.2.1-02)', () => {
  const name = 'one-recovery-tunnel-per-old-tunnel'

  test('a second attempt beside the first', () => {
    const trace = takenOver()
    trace.request()
    const second = { ...trace.lnsRecovery, tunnel: 52, ns: 0 }
    trace.join(second, { ...trace.lacRecovery, tunnel: 69 })
    trace.tunnel(second, 'opening', { peerTunnel: 0 })
    const { seq } = trace.say(second, recoverySccrq(second, 34))
    expect(found(name, trace)).toEqual([seq])
  })

  test('not: a second attempt after the first has ended (R4951-AMB-17)', () => {
    const trace = takenOver()
    trace.request()
    trace.tunnel(trace.lnsRecovery, 'closed', { why: 'retransmission-limit' })
    const second = { ...trace.lnsRecovery, tunnel: 52, ns: 0 }
    trace.join(second, { ...trace.lacRecovery, tunnel: 69 })
    trace.recovery(trace.lns, 'requested', { recoveryTunnel: 52 })
    trace.tunnel(second, 'opening', { peerTunnel: 0 })
    trace.say(second, recoverySccrq(second, 34))
    expect(found(name, trace)).toEqual([])
    expect(found('recovery-retried', trace)).toHaveLength(1)
  })

  test('a recovery tunnel that resets twice, or another tunnel than its own', () => {
    const trace = recovered()
    const twice = trace.reset(trace.lns, 5, 6, { epoch: 2 })
    const other = takenOver()
    other.tunnel(other.lnsRecovery, 'opening', { oldTunnel: 99 })
    const wrong = other.reset(other.lns, 5, 6)
    expect([found(name, trace), found(name, other)]).toEqual([[twice], [wrong]])
  })

  test('an older attempt that resets after a newer one (R4951-AMB-46)', () => {
    const trace = takenOver()
    trace.offer(trace.request())
    trace.tunnel(trace.lacRecovery, 'opening', { tunnel: 69, peerTunnel: 52 })
    trace.recovery(trace.lac, 'offered', { recoveryTunnel: 69 })
    trace.reset(trace.lac, 5, 6, { recoveryTunnel: 69 })
    const older = trace.reset(trace.lac, 7, 8, { recoveryTunnel: 68, epoch: 2 })
    expect(found(name, trace)).toEqual([older])
  })

  test('both sides win one tie (R4951-3.2.1-10)', () => {
    const trace = underway().crash('lac1').crash('lns1').wait(SECOND)
    trace.add('plane', { endpoint: 'lac1', plane: 'control', up: true })
    trace.tunnel(trace.lac, 'restored')
    trace.takeOver([9, 7])
    const scccn = trace.resetRecovery(trace.offer(trace.request()))
    trace.conclude(trace.resetRemote(scccn))
    trace.tunnel(trace.lacRecovery, 'opening', { tunnel: 70, peerTunnel: 0 })
    const { lac } = trace
    const tied = trace.reset(lac, 8, 9, { recoveryTunnel: 70, role: 'recovery', epoch: 2 })
    expect(found(name, trace)).toEqual([tied])
  })

  test('not: a recovery in the other direction after a failure of the other side (R4951-AMB-77)', () => {
    const trace = recovered().wait(SECOND).crash('lac1')
    trace.add('plane', { endpoint: 'lac1', plane: 'control', up: true })
    trace.tunnel(trace.lac, 'restored')
    trace.tunnel(trace.lnsRecovery, 'opening', { tunnel: 53, peerTunnel: 71 })
    trace.recovery(trace.lns, 'offered', { recoveryTunnel: 53, role: 'remote' })
    trace.reset(trace.lns, 8, 9, { recoveryTunnel: 53, role: 'remote', epoch: 2 })
    expect(found(name, trace)).toEqual([])
  })
})

describe('control-reset-values-agree (R4951-5.3-06, R4951-5.3-07)', () => {
  const name = 'control-reset-values-agree'
  const withRemoteReset = (ns: number, nr: number): { trace: TraceBuilder; reset: number } => {
    const trace = takenOver()
    const scccn = trace.resetRecovery(trace.offer(trace.request()), { ns: 3, nr: 100 })
    trace.hear(scccn)
    return { trace, reset: trace.reset(trace.lac, ns, nr) }
  }

  test.each([
    ['the suggestion ignored by one side', 0, 0],
    ['the suggestion not swapped (R4951-AMB-01)', 3, 100],
    ['one number wrong', 100, 4],
  ])('%s', (_, ns, nr) => {
    const { trace, reset } = withRemoteReset(ns, nr)
    expect(found(name, trace)).toEqual([reset])
  })

  test('both sides reset in the same role', () => {
    const trace = takenOver()
    trace.hear(trace.resetRecovery(trace.offer(trace.request()), { ns: 3, nr: 100 }))
    const reset = trace.reset(trace.lac, 100, 3, { role: 'recovery' })
    expect(found(name, trace)).toEqual([reset])
  })

  test('not: mirrored numbers, nor after a damaged message on the recovery tunnel', () => {
    expect(found(name, withRemoteReset(100, 3).trace)).toEqual([])
    const trace = takenOver()
    const sccrp = trace.offer(trace.request(), { ns: 3, nr: 100 })
    trace.hear(sccrp, { flippedBit: 500 })
    trace.tunnel(trace.lnsRecovery, 'established')
    trace.reset(trace.lns, 3, 228)
    trace.pass(trace.lnsRecovery, 'SCCCN')
    trace.reset(trace.lac, 100, 3)
    expect(found(name, trace)).toEqual([])
  })
})

describe('remote-never-starts-recovery (R4951-2-03, R4951-2-05)', () => {
  const name = 'remote-never-starts-recovery'
  const askedBy = (trace: TraceBuilder, side: Side, remote: number): number => {
    trace.tunnel(side, 'opening', { peerTunnel: 0 })
    return trace.say(side, recoverySccrq(side, remote)).seq
  }

  test('the remote endpoint asks', () => {
    const trace = underway().crash()
    const seq = askedBy(trace, trace.lacRecovery, 17)
    expect(found(name, trace)).toEqual([seq])
  })

  test('after a failure of the data plane only', () => {
    const trace = underway().crash('lns1', ['data'])
    const seq = askedBy(trace, trace.lnsRecovery, 34)
    expect(found(name, trace)).toEqual([seq])
  })

  test('again, after the recovery has succeeded', () => {
    const trace = recovered()
    trace.lnsRecovery.ns = 0
    const seq = askedBy(trace, trace.lnsRecovery, 34)
    expect(found(name, trace)).toEqual([seq])
  })

  test('not: the endpoint that failed, also by a planned switchover (R4951-1.1-05), also a second time', () => {
    const trace = recovered()
    trace.lnsRecovery.ns = 0
    trace.fault('switchover', 'lns1')
    trace.takeOver([9, 7])
    askedBy(trace, trace.lnsRecovery, 34)
    expect(found(name, trace)).toEqual([])
  })
})

describe('recovery-tunnel-carries-only-its-messages (R4951-3.2.1-07, R4951-2-10)', () => {
  const name = 'recovery-tunnel-carries-only-its-messages'

  test('a query, a call', () => {
    const trace = takenOver()
    trace.resetRecovery(trace.offer(trace.request()))
    const query = trace.say(trace.lnsRecovery, states('FSQ', [9, 7]))
    const call = trace.say(trace.lacRecovery, 'ICRQ')
    expect(found(name, trace)).toEqual([query.seq, call.seq])
  })

  test('not: HELLO, the end, and the refusal of a call (R4951-AMB-45)', () => {
    const trace = takenOver()
    trace.resetRecovery(trace.offer(trace.request()))
    trace.say(trace.lnsRecovery, 'HELLO')
    const request = trace.say(trace.lacRecovery, 'ICRQ')
    trace.hear(request)
    trace.say(trace.lnsRecovery, 'CDN')
    trace.say(trace.lnsRecovery, 'StopCCN')
    expect(found(name, trace)).toEqual([request.seq])
  })
})

describe('old-tunnel-quiet-until-reset (R4951-3.2.2-01, R4951-AMB-36, R4951-AMB-75)', () => {
  const name = 'old-tunnel-quiet-until-reset'

  test('anything of the recovery endpoint, something new of the remote endpoint', () => {
    const trace = takenOver()
    const zlb = trace.say(trace.lns, 'ZLB')
    const sccrp = trace.offer(trace.request())
    const fresh = trace.say(trace.lac, 'ICRQ')
    trace.resetRecovery(sccrp)
    expect(found(name, trace)).toEqual([zlb.seq, fresh.seq])
  })

  test('not: the remote endpoint before its SCCRP, its retransmissions, and after an attempt that was aborted', () => {
    const trace = takenOver()
    const hello = trace.say(trace.lac, 'HELLO')
    trace.offer(trace.request())
    trace.wait(SECOND).say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    trace.recovery(trace.lac, 'aborted', { recoveryTunnel: 0 })
    trace.say(trace.lac, 'ICRQ')
    expect(found(name, trace)).toEqual([])
  })

  test('not: either side after its own reset', () => {
    const trace = takenOver()
    const scccn = trace.resetRecovery(trace.offer(trace.request()))
    trace.say(trace.lns, states('FSQ', [9, 7]))
    trace.resetRemote(scccn)
    trace.say(trace.lac, 'ICRQ')
    expect(found(name, trace)).toEqual([])
  })
})

describe('discarded-is-not-answered (R4951-3.2.1-29)', () => {
  const name = 'discarded-is-not-answered'

  test('a ZLB caused by the discarded message', () => {
    const trace = takenOver()
    const { heard } = trace.pass(trace.lac, 'HELLO', { verdict: 'discarded' })
    const answer = trace.say(trace.lns, 'ZLB', { cause: heard })
    expect(found(name, trace)).toEqual([answer.seq])
  })

  test('not: what other records cause', () => {
    const trace = takenOver()
    const { heard } = trace.pass(trace.lac, 'HELLO', { verdict: 'discarded' })
    trace.say(trace.lnsRecovery, 'SCCRQ', { cause: heard - 1 })
    trace.say(trace.lnsRecovery, 'SCCRQ')
    expect(found(name, trace)).toEqual([])
  })
})

describe('failed-recovery-is-silent (R4951-3.2.1-28)', () => {
  const name = 'failed-recovery-is-silent'
  const failed = (): TraceBuilder => {
    const trace = takenOver()
    trace.request()
    trace.wait(31 * SECOND).recovery(trace.lns, 'failed', { why: 'no answer' })
    return trace
  }

  test('a StopCCN instead of silence, whatever the tunnel’s end is called', () => {
    const named = failed()
    named.tunnel(named.lns, 'closed', { why: 'stopccn-sent' })
    const first = named.say(named.lns, 'StopCCN')
    const unnamed = failed()
    unnamed.tunnel(unnamed.lns, 'closed', { why: 'recovery-failed' })
    const second = unnamed.say(unnamed.lns, 'StopCCN')
    expect([found(name, named), found(name, unnamed)]).toEqual([[first.seq], [second.seq]])
  })

  test('a CDN for a session of a tunnel whose recovery is not attempted', () => {
    const trace = takenOver()
    trace.recovery(trace.lns, 'not-attempted')
    const cdn = trace.say(trace.lns, 'CDN', { session: 9 })
    expect(found(name, trace)).toEqual([cdn.seq])
  })

  test('not: silence, the end of the recovery tunnel, and a later answer to a stranger', () => {
    const trace = failed()
    trace.tunnel(trace.lns, 'closed', { why: 'recovery-failed' })
    trace.say(trace.lnsRecovery, 'StopCCN')
    trace.wait(SECOND).say(trace.lns, 'StopCCN', { ns: 77 })
    expect(found(name, trace)).toEqual([])
  })

  test('not: a recovered tunnel that someone closes', () => {
    const trace = recovered()
    trace.tunnel(trace.lns, 'closed', { why: 'stopccn-sent' })
    trace.recovery(trace.lns, 'failed', { why: 'the old tunnel was closed' })
    trace.say(trace.lns, 'StopCCN')
    expect(found(name, trace)).toEqual([])
  })
})

describe('silent-clearing-sends-no-cdn (R4951-3.3-05, R4951-3.3-24)', () => {
  const name = 'silent-clearing-sends-no-cdn'

  test.each(['not-established', 'unknown-to-peer'])('a CDN before or after the end (%s)', (why) => {
    const before = recovered()
    before.say(before.lns, 'CDN', { session: 9 })
    const closed = before.session(before.lns, [9, 7], 'closed', { why })
    const after = recovered()
    after.session(after.lns, [9, 7], 'closed', { why })
    const cdn = after.wait(LATENCY).say(after.lns, 'CDN', { session: 9 })
    expect([found(name, before), found(name, after)]).toEqual([[closed], [cdn.seq]])
  })

  test('not: other ends, other sessions, and the answer to a message that still names it', () => {
    const trace = recovered()
    trace.session(trace.lns, [9, 7], 'closed', { why: 'cdn-sent' })
    trace.say(trace.lns, 'CDN', { session: 9 })
    trace.session(trace.lac, [7, 9], 'closed', { why: 'unknown-to-peer' })
    trace.say(trace.lac, 'CDN', { session: 8 })
    trace.pass(trace.lns, 'ICRP', { named: 7 })
    trace.wait(SECOND).say(trace.lac, 'CDN', { session: 7 })
    expect(found(name, trace)).toEqual([])
  })
})
