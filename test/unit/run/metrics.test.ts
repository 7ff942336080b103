// Metrics on traces whose answers can be counted by hand.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND, type Nanos } from '../../../sim/base/time.ts'
import { metrics, recoveryTimes, sessionOutages } from '../../../sim/run/metrics.ts'
import {
  contextWith,
  folded,
  LATENCY,
  measured,
  recovered,
  takenOver,
  TraceBuilder,
  underway,
} from '../../support/trace-builder.ts'

const all = (trace: TraceBuilder, ...names: readonly string[]): readonly (number | null)[] =>
  names.map((name) => measured(name, trace))

describe('durations of a recovery', () => {
  // Crash at 10 s, taking over after 200 ms, active after 500 ms; then the handshake, one latency of 20 ms a message.
  const story = (): TraceBuilder => takenOver().recover().synchronise([9, 7])

  test('count from the failure', () => {
    expect(all(story(), 'timeToDetect', 'timeToTakeOver', 'timeToControlReset', 'timeToRecoveryTunnel')).toEqual(
      [200, 500, 560, 580].map((ms) => ms * MILLISECOND),
    )
  })

  test('are broken down into phases that follow each other', () => {
    const phases = ['phaseDetect', 'phaseTakeOver', 'phaseWait', 'phaseHandshake', 'phaseReset', 'phaseSynchronise']
    const values = all(story(), ...phases)
    expect(values.slice(0, 5)).toEqual([200, 300, 0, 40, 20].map((ms) => ms * MILLISECOND))
    expect(values.reduce((sum: number, value) => sum + (value ?? 0), 0)).toBe(measured('timeToSynchronised', story()))
  })

  test('end with the last session found in order', () => {
    const trace = story()
    const confirmed = trace.records.findLast(({ kind }) => kind === 'sync')
    expect(measured('timeToLastSessionSynchronised', trace)).toBe((confirmed?.at ?? 0) - 10 * SECOND)
  })

  test('of several tunnels are those of the last one, and the mean', () => {
    const trace = underway()
    const [second, far] = [
      { ...trace.lns, tunnel: 18 },
      { ...trace.lac, tunnel: 35 },
    ]
    trace.join(second, far)
    trace.tunnel(second, 'established')
    trace.tunnel(far, 'established')
    trace.crash().takeOver()
    trace.tunnel(second, 'restored')
    for (const [side, other, delay] of [
      [trace.lns, trace.lac, 40],
      [second, far, 100],
    ] as const) {
      trace.recovery(side, 'requested')
      trace
        .wait(delay * MILLISECOND)
        .add('controlReset', { endpoint: 'lns1', tunnel: side.tunnel, role: 'recovery', ns: 1, nr: 2 })
      trace.wait(20 * MILLISECOND).add('controlReset', { endpoint: 'lac1', tunnel: other.tunnel, role: 'remote', ns: 2, nr: 1 })
    }
    // After 300 ms of taking over: resets complete at 360 and 480 ms.
    expect(all(trace, 'timeToControlReset', 'meanTimeToControlReset', 'phaseHandshake')).toEqual(
      [480, 420, 70].map((ms) => ms * MILLISECOND),
    )
    expect(folded(recoveryTimes(contextWith()), trace).tunnels.map(({ tunnel }) => tunnel)).toEqual([17, 18])
  })

  test('are not there without a failure, nor what never came', () => {
    expect(all(underway(), 'timeToDetect', 'timeToControlReset', 'phaseReset', 'outageMax', 'dataLossRatio')).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
    const failed = takenOver()
    failed.request()
    expect(all(failed, 'timeToTakeOver', 'timeToControlReset', 'timeToRecoveryTunnel')).toEqual([500 * MILLISECOND, null, null])
  })

  test('a second failure before the first is over belongs to it, a later one does not count', () => {
    const within = takenOver()
    within.request()
    within.wait(SECOND).crash().takeOver([9, 7]).recover().synchronise([9, 7])
    expect(measured('timeToControlReset', within)).toBe(500 * MILLISECOND + SECOND + 360 * MILLISECOND)
    const later = story().wait(SECOND)
    later.lnsRecovery.ns = later.lnsRecovery.nr = later.lacRecovery.ns = later.lacRecovery.nr = 0
    later.crash().takeOver([9, 7]).recover().synchronise([9, 7])
    expect(measured('timeToControlReset', later)).toBe(560 * MILLISECOND)
  })
})

describe('sessions and tunnels', () => {
  test('are established once each, whichever side tells', () => {
    expect(measured('sessionsEstablished', new TraceBuilder().connect().call().call(8, 10).call(11, 12))).toBe(3)
  })

  test('are kept, lost, or ended on purpose', () => {
    const trace = new TraceBuilder().connect().call().call(8, 10).call(11, 12).call(13, 14)
    trace
      .to(10 * SECOND)
      .crash()
      .takeOver([9, 7], [10, 8], [12, 11])
      .recover()
    trace.session(trace.lac, [11, 12], 'closed', { why: 'cdn-sent' })
    trace.session(trace.lns, [12, 11], 'closed', { why: 'cdn-received' })
    trace.session(trace.lac, [13, 14], 'closed', { why: 'unknown-to-peer' })
    expect(all(trace, 'sessionsKept', 'sessionsLost', 'sessionsClearedAsStale')).toEqual([2, 1, 1])
    expect(all(trace, 'tunnelsLost', 'tunnelsRecovered', 'recoveriesAttempted', 'recoveriesFailed')).toEqual([0, 1, 1, 0])
  })

  test('of a failed recovery are lost; a session that a second failure finds again is counted once', () => {
    const failed = takenOver()
    failed.request()
    failed.recovery(failed.lns, 'failed')
    failed.tunnel(failed.lns, 'closed', { why: 'recovery-failed' })
    failed.tunnel(failed.lac, 'closed', { why: 'retransmission-limit' })
    expect(all(failed, 'sessionsKept', 'sessionsLost', 'tunnelsLost', 'recoveriesFailed')).toEqual([0, 1, 1, 1])
    const twice = recovered().wait(SECOND).crash().takeOver([9, 7])
    expect(all(twice, 'sessionsKept', 'sessionsLost')).toEqual([1, 0])
  })

  test('that nobody endangered do not count', () => {
    const trace = underway()
    trace.session(trace.lac, [7, 9], 'closed', { why: 'cdn-sent' })
    expect(all(trace, 'sessionsKept', 'sessionsLost')).toEqual([0, 0])
  })

  test('a peer given up that is alive is a false alarm, once a tunnel', () => {
    const trace = underway()
    trace.add('timer', { endpoint: 'lac1', name: 'recovery-time', tunnel: 34, action: 'fire' })
    trace.tunnel(trace.lac, 'closed', { why: 'retransmission-limit' })
    expect(measured('falseAlarms', trace)).toBe(1)
    const right = underway().crash()
    right.tunnel(right.lac, 'closed', { why: 'retransmission-limit' })
    expect(measured('falseAlarms', right)).toBe(0)
  })

  test('a failure in the middle of a recovery is a second crash, on either side', () => {
    const trace = takenOver()
    trace.offer(trace.request())
    expect(all(trace.crash('lac1'), 'secondCrashes')).toEqual([1])
    expect(all(recovered().crash(), 'secondCrashes')).toEqual([0])
  })
})

describe('control traffic', () => {
  test('is counted by type, with retransmissions and octets', () => {
    const trace = new TraceBuilder().connect()
    const hello = trace.say(trace.lac, 'HELLO')
    trace.wait(SECOND).say(trace.lac, 'HELLO', { ns: hello.ns, attempt: 2 })
    trace.say(trace.lns, 'HELLO')
    expect(all(trace, 'controlMessages', 'controlRetransmissions', 'zlbSent', 'hellosSent')).toEqual([5, 1, 1, 2])
    expect(all(trace, 'sent.HELLO', 'retransmitted.HELLO', 'octets.HELLO', 'sent.SCCRQ', 'sent.FSQ')).toEqual([3, 1, 60, 1, 0])
    const octets = trace.records.reduce((sum, record) => sum + (record.kind === 'sent' ? record.bytes.length : 0), 0)
    expect(measured('controlOctets', trace)).toBe(octets)
  })

  test('leaves out what no endpoint of the run sent', () => {
    const trace = new TraceBuilder().connect()
    trace.say(trace.lac, 'HELLO', { address: '10.9.9.9:1701' })
    expect(measured('sent.HELLO', trace)).toBe(0)
  })

  test('losses are counted by reason, queues by their peaks', () => {
    const trace = underway()
    trace.add('dropped', { packet: 1, where: 'lac1>lns1', why: 'loss' })
    trace.add('dropped', { packet: 1, copy: 1, where: 'lac1>lns1', why: 'loss' })
    trace.add('dropped', { packet: 2, where: 'lns1', why: 'input-queue-full' })
    trace.add('delivered', { endpoint: 'lns1', packet: 3, flippedBit: -1, depth: 12 })
    trace.add('delivered', { endpoint: 'lns1', packet: 4, flippedBit: -1, depth: 11 })
    trace.add('sent', { endpoint: 'lac1', packet: 5, plane: 'data', tunnel: 34, session: 7, backlog: 900 })
    expect(
      all(trace, 'packetsLost', 'lost.loss', 'lost.input-queue-full', 'lost.mtu', 'inputQueuePeak', 'linkQueuePeak'),
    ).toEqual([3, 2, 1, 0, 12, 900])
  })
})

describe('data', () => {
  /** Data from lac1's session, packet numbers and counts given, and how each arrives. */
  const traffic = (): {
    trace: TraceBuilder
    send: (packet: number) => void
    arrive: (packet: number, stamp: number, copy?: number) => void
  } => {
    const trace = underway()
    return {
      trace,
      send: (packet) => trace.add('sent', { endpoint: 'lac1', packet, plane: 'data', tunnel: 34, session: 7 }),
      arrive: (packet, stamp, copy = 0) => {
        trace.add('delivered', { endpoint: 'lns1', packet, copy, flippedBit: -1 })
        trace.add('data', { endpoint: 'lns1', packet, tunnel: 17, session: 9, ns: -1, verdict: 'accepted', stamp })
      },
    }
  }
  const counts = ['dataSent', 'dataDelivered', 'dataLost', 'dataReordered', 'dataDuplicated'] as const

  test('late, double and lost messages are told apart; what is under way is not lost', () => {
    const { trace, send, arrive } = traffic()
    for (const packet of [2001, 2002, 2003, 2004, 2005, 2006, 2007]) send(packet)
    arrive(2001, 1)
    arrive(2004, 4)
    arrive(2002, 2)
    arrive(2002, 2, 1)
    arrive(2004, 4, 1)
    arrive(2006, 6)
    trace.add('dropped', { packet: 2003, where: 'lac1>lns1', why: 'loss' })
    expect(all(trace, ...counts)).toEqual([7, 4, 1, 1, 2])
    expect(measured('dataLossRatio', trace)).toBe(1 / 5)
  })

  test('a gap is filled from either end and from its middle', () => {
    const { trace, send, arrive } = traffic()
    for (let stamp = 1; stamp <= 6; stamp++) send(2000 + stamp)
    for (const stamp of [1, 6, 4, 2, 5, 3]) arrive(2000 + stamp, stamp)
    arrive(2004, 4, 1)
    expect(all(trace, ...counts)).toEqual([6, 6, 0, 4, 1])
  })

  test('a count that starts anew with the data plane is no duplicate', () => {
    const { trace, send, arrive } = traffic()
    for (let i = 1; i <= 4; i++) send(2000 + i)
    arrive(2001, 1)
    arrive(2002, 2)
    arrive(2003, 1)
    arrive(2004, 2)
    expect(all(trace, ...counts)).toEqual([4, 4, 0, 0, 0])
  })

  test('refused messages are lost, and counted as old where they are', () => {
    const trace = underway()
    trace.data(trace.lac, [7, 9], { ns: 4 })
    trace.data(trace.lac, [7, 9], { ns: 2, verdict: 'old' })
    trace.data(trace.lac, [8, 99], { verdict: 'unknown-session' })
    expect(all(trace, 'dataSent', 'dataDelivered', 'dataLost', 'dataDroppedAsOld')).toEqual([3, 1, 2, 1])
  })
})

describe('outages', () => {
  const PERIOD = 100 * MILLISECOND
  /** lac1 sends to lns1, or the other way round, every 100 ms between two instants. */
  const stream = (trace: TraceBuilder, from: Nanos, until: Nanos, back = false): void => {
    const [side, pair] = back ? ([trace.lns, [9, 7]] as const) : ([trace.lac, [7, 9]] as const)
    for (let at = from; at < until; at += PERIOD) trace.to(at).data(side, pair, { stamp: Math.round(at / PERIOD) })
  }
  const running = (): TraceBuilder => {
    const trace = new TraceBuilder().connect().call()
    stream(trace, 8 * SECOND, 10 * SECOND)
    return trace.to(10 * SECOND)
  }

  test('are the gap over the failure, less the usual spacing', () => {
    const trace = running().crash('lns1', ['control', 'data'])
    trace.takeOver([9, 7]).recover().synchronise([9, 7])
    trace.add('plane', { endpoint: 'lns1', plane: 'data', up: true })
    stream(trace, 12 * SECOND, 13 * SECOND)
    // Last delivery before at 9.92 s, first after at 12.02 s.
    expect(all(trace, 'outageMax', 'outageMean', 'outageMedian', 'outageP95', 'outagesUnended')).toEqual([
      2 * SECOND,
      2 * SECOND,
      2 * SECOND,
      2 * SECOND,
      0,
    ])
    expect(all(trace, 'timeToFirstData', 'timeToAllData')).toEqual([2020 * MILLISECOND, 2020 * MILLISECOND])
    expect(folded(sessionOutages(contextWith()), trace)).toEqual([
      { endpoint: 'lns1', tunnel: 17, session: 9, outage: 2 * SECOND },
    ])
  })

  test('are nothing when the data plane goes on', () => {
    const trace = new TraceBuilder().connect().call()
    stream(trace, 8 * SECOND, 10 * SECOND, true)
    trace.to(10 * SECOND).crash()
    stream(trace, 10 * SECOND, 11 * SECOND, true)
    expect(all(trace, 'outageMax', 'timeToFirstData')).toEqual([0, 20 * MILLISECOND])
  })

  test('are found where they begin, when that is in the recovery and not at the failure', () => {
    const trace = running().crash()
    stream(trace, trace.at, 11 * SECOND)
    trace
      .to(11 * SECOND)
      .takeOver([9, 7])
      .recover()
    stream(trace, 13 * SECOND, 14 * SECOND)
    trace.synchronise([9, 7])
    expect(measured('outageMax', trace)).toBe(2 * SECOND)
  })

  test('do not count gaps after the recovery is over', () => {
    const trace = running().crash().takeOver([9, 7]).recover().synchronise([9, 7])
    stream(trace, 11 * SECOND, 12 * SECOND)
    stream(trace, 40 * SECOND, 41 * SECOND)
    expect(measured('outageMax', trace)).toBe(SECOND)
  })

  test('that do not end are counted when their sender goes on', () => {
    const silent = running().crash()
    silent.takeOver([9, 7]).recover().synchronise([9, 7])
    const trace = running().crash()
    trace.takeOver([9, 7]).recover().synchronise([9, 7])
    trace.add('sent', { endpoint: 'lac1', packet: 9999, plane: 'data', tunnel: 34, session: 7 })
    expect([measured('outagesUnended', silent), measured('outagesUnended', trace), measured('outageMax', trace)]).toEqual([
      0,
      1,
      null,
    ])
    expect(folded(sessionOutages(contextWith()), trace).map(({ outage }) => outage)).toEqual([Infinity])
  })

  test('of sessions that end are none', () => {
    const trace = running().crash()
    trace.wait(SECOND).tunnel(trace.lac, 'closed', { why: 'retransmission-limit' })
    expect(all(trace, 'outageMax', 'outagesUnended')).toEqual([null, 0])
  })

  test('of a link cut are measured too, though there is no failure to count from', () => {
    const trace = running()
    trace.fault('cut', 'lac1>lns1')
    stream(trace, 11 * SECOND, 12 * SECOND)
    expect(all(trace, 'outageMax', 'timeToFirstData')).toEqual([SECOND, null])
  })
})

test('every metric has a unit and a text, and none throws on any of the stories', () => {
  for (const { name, unit, help } of metrics) expect([name, unit, help.length > 10], name).toEqual([name, unit, true])
  for (const trace of [new TraceBuilder(), underway(), takenOver(), recovered().wait(LATENCY)]) {
    for (const { name } of metrics) expect(() => measured(name, trace), name).not.toThrow()
  }
})
