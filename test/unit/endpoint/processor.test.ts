// The control processor: one message after the other, a bounded queue, and pauses. To the nanosecond.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, NEVER, SECOND, type Nanos } from '../../../sim/base/time.ts'
import { Processor } from '../../../sim/endpoint/processor.ts'
import { Kernel } from '../../../sim/kernel/kernel.ts'
import { pairOf, tell } from './story.ts'

interface Bench {
  readonly processor: Processor<string>
  /** Does something at an instant. */
  readonly at: (instant: Nanos, action: () => void) => void
  /** Offers a message of that name at an instant. */
  readonly offer: (instant: Nanos, name: string) => void
  /** Runs to the end: what was served when, `!name` for what was refused. */
  readonly served: () => readonly string[]
}

function bench(serviceTime: Nanos, queue = 10): Bench {
  const kernel = new Kernel('1')
  const log: string[] = []
  const processor = new Processor<string>(kernel, { serviceTime, queue }, (name) => void log.push(
    `${name} ${String(kernel.now)}`,
  ))
  const at = (instant: Nanos, action: () => void): void => {
    kernel.schedule(instant, (act: () => void) => { act() }, action)
  }
  return {
    processor,
    at,
    offer: (instant, name) => {
      at(instant, () => {
        if (!processor.offer(name)) log.push(`!${name} ${String(kernel.now)}`)
      })
    },
    served: () => {
      kernel.run(NEVER, 1000)
      return log
    },
  }
}

describe('a processor', () => {
  test('serves one after the other, each for the service time, and is idle in between', () => {
    const { offer, served } = bench(10)
    for (const [at, name] of [[0, 'a'], [0, 'b'], [5, 'c'], [100, 'd'], [110, 'e']] as const) offer(at, name)
    expect(served()).toEqual(['a 10', 'b 20', 'c 30', 'd 110', 'e 120'])
  })

  test('without a service time it serves at once', () => {
    const { offer, served } = bench(0)
    offer(3, 'a')
    offer(3, 'b')
    expect(served()).toEqual(['a 3', 'b 3'])
  })

  test('refuses what its queue has no place for, the message in service counted', () => {
    const { processor, at, offer, served } = bench(10, 2)
    for (const [when, name] of [[0, 'a'], [1, 'b'], [2, 'c'], [11, 'd'], [12, 'e']] as const) offer(when, name)
    at(9, () => { expect(processor.depth).toBe(2) })
    expect(served()).toEqual(['!c 2', 'a 10', '!e 12', 'b 20', 'd 30'])
    expect(processor.depth).toBe(0)
  })

  test('a pause holds everything; afterwards it goes on in order', () => {
    for (const [serviceTime, expected] of [[0, ['a 50', 'b 50', 'c 51']], [10, ['a 60', 'b 70', 'c 80']]] as const) {
      const { processor, at, offer, served } = bench(serviceTime)
      at(0, () => { processor.hold(50) })
      for (const [when, name] of [[1, 'a'], [2, 'b'], [51, 'c']] as const) offer(when, name)
      expect(served(), String(serviceTime)).toEqual(expected)
    }
  })

  test('a message that a pause interrupts goes on where it was', () => {
    const { processor, at, offer, served } = bench(10)
    offer(0, 'a')
    offer(0, 'b')
    at(4, () => { processor.hold(100) })
    expect(served()).toEqual(['a 110', 'b 120'])
  })

  test('overlapping pauses last as long as the longest, and count once', () => {
    const { processor, at, offer, served } = bench(10)
    offer(0, 'a')
    at(4, () => { processor.hold(20) })
    at(10, () => { processor.hold(3) })
    at(20, () => { processor.hold(10) })
    at(29, () => { expect(processor.held).toBe(true) })
    at(30, () => { expect(processor.held).toBe(false) })
    expect(served()).toEqual(['a 36'])
  })

  test('a pause for good lets the queue fill and serves nothing; a crash ends it and empties the queue', () => {
    const { processor, at, offer, served } = bench(10, 2)
    at(0, () => { processor.hold(NEVER) })
    for (const [when, name] of [[1, 'a'], [2, 'b'], [3, 'c'], [60, 'd']] as const) offer(when, name)
    at(50, () => { processor.clear() })
    expect(served()).toEqual(['!c 3', 'd 70'])
  })

  test('a crash in the middle of a service: that message is lost, and the next is not late', () => {
    const { processor, at, offer, served } = bench(10)
    offer(0, 'a')
    offer(0, 'b')
    at(5, () => { processor.clear() })
    offer(7, 'c')
    expect(served()).toEqual(['c 17'])
  })
})

describe('the control processor of an endpoint', () => {
  test('control messages are looked at one service time after their arrival, or after the one before', () => {
    const { all, records } = tell(pairOf({ lns: 'processor: { serviceTime: 7ms }', sessions: '{ count: 3, at: 2s }' }))
    const waits = all('handled', { endpoint: 'lns1', type: 'ICRQ' }).map(({ at, cause }) => [
      records[cause]!.kind,
      at - records[cause]!.at,
      records[cause]!.at,
    ])
    expect(waits).toEqual([7, 14, 21].map((late) => ['delivered', late * MILLISECOND, 2010 * MILLISECOND]))
    expect(all(
      'delivered',
      { endpoint: 'lns1' },
    ).filter(({ at }) => at === 2010 * MILLISECOND).map(({ depth }) => depth)).toEqual([0, 1, 2])
    const other = all('handled', { endpoint: 'lac1' })
    expect(other.every(({ at, cause }) => at === records[cause]!.at)).toBe(true)
  })

  test('a full queue drops what arrives; the peer’s retransmission brings it', () => {
    const sessions = '{ count: 4, at: 2s }'
    const { all, result } = tell(
      pairOf({ lns: 'processor: { serviceTime: 7ms, queue: 2 }', sessions, lac: 'l2tp: { receiveWindow: 10 }' }),
      ['endpoints.lns1.l2tp.receiveWindow=10'],
    )
    const dropped = all('dropped', { where: 'lns1', why: 'input-queue-full' })
    expect(dropped.length).toBeGreaterThan(0)
    expect(dropped.every(({ at }) => at >= 2 * SECOND)).toBe(true)
    expect(all('sent', { endpoint: 'lac1' }).some(({ attempt }) => attempt > 1)).toBe(true)
    expect(result.endpoints.map(({ sessions: kept }) => kept.length)).toEqual([4, 4])
  })

  test('data messages do not pass the control processor', () => {
    const sessions = '{ at: 100ms, traffic: { rate: 10/s } }'
    const { all, records } = tell(pairOf({ lns: 'processor: { serviceTime: 50ms }', sessions, duration: '5s' }))
    const data = all('data', { endpoint: 'lns1', verdict: 'accepted' })
    expect(data.length).toBeGreaterThan(40)
    expect(data.every(({ at, cause }) => at === records[cause]!.at)).toBe(true)
  })
})

describe('a pause', () => {
  const PAUSE = 'kind: pause, endpoint: lns1, at: 1990ms, for: 5s'

  test('input waits and is served when it ends; data goes on', () => {
    const sessions = '[{ at: 100ms, traffic: { rate: 10/s } }, { at: 2s }]'
    const { all, one, times } = tell(pairOf({ sessions, faults: [PAUSE], duration: '20s' }))
    expect(times('fault', { name: 'pause' })).toEqual([1990 * MILLISECOND, 6990 * MILLISECOND])
    const during = all('handled', { endpoint: 'lns1' }).filter(({ at }) => at > 1990 * MILLISECOND && at < 6990 * MILLISECOND)
    expect(during).toEqual([])
    expect(all(
      'handled',
      { endpoint: 'lns1', type: 'ICRQ', verdict: 'accepted' },
    ).map(({ at }) => at)).toEqual([110 * MILLISECOND, 6990 * MILLISECOND])
    // The LAC asked at 2 s and again at 3 s and 5 s: three waited, and the first of them counted.
    expect(all(
      'handled',
      { endpoint: 'lns1', type: 'ICRQ', verdict: 'duplicate' },
    ).map(({ at }) => at)).toEqual([6990 * MILLISECOND, 6990 * MILLISECOND])
    const data = all('data', { endpoint: 'lns1' }).filter(({ at }) => at > 2 * SECOND && at < 6.9 * SECOND)
    expect(data).toHaveLength(49)
    expect(one('session', { endpoint: 'lac1', session: 2, event: 'established' }).at).toBe(7 * SECOND)
  })

  test('timers are held: what was due meanwhile fires when it ends', () => {
    const lns = 'l2tp: { helloInterval: 3s }'
    const { times } = tell(pairOf({ lns, faults: ['kind: pause, endpoint: lns1, at: 1s, for: 4s'], duration: '6s' }))
    // Last heard at 30 ms (SCCCN): due at 3.03 s, held until 5 s.
    expect(times('timer', { endpoint: 'lns1', name: 'hello', action: 'fire' })).toEqual([5 * SECOND])
  })

  test('for good: nothing is heard of it again, and the run goes on to its end', () => {
    const lns = 'l2tp: { helloInterval: 3s }'
    const faults = ['kind: pause, endpoint: lns1, at: 1s, for: forever']
    const { times, all, result } = tell(pairOf({ lns, lac: 'l2tp: { helloInterval: 3s }', faults, duration: '200s' }))
    expect(result.ended).not.toBe('event-cap')
    expect(times('fault', { phase: 'end' })).toEqual([])
    expect(all('sent', { endpoint: 'lns1' }).filter(({ at }) => at > SECOND)).toEqual([])
    expect(all('tunnel', { endpoint: 'lac1', event: 'closed' })).toHaveLength(1)
  })

  test('a crash ends it', () => {
    const faults = [PAUSE.replace('5s', 'forever'), 'kind: crash, endpoint: lns1, at: 3s']
    const { result, times } = tell(pairOf({ sessions: '{ at: 100ms }', faults, duration: '30s', lns: 'restart: { after: 1s }' }))
    expect(times('plane', { endpoint: 'lns1', plane: 'control', up: true })).toEqual([4 * SECOND])
    expect(result.endpoints.map(({ sessions }) => sessions.length)).toEqual([1, 1])
  })
})
