// The reliable control channel by itself (RFC 2661 5.8, appendix A): one channel under test, whose peer is the test. Times are
// those that RFC 2661 5.8 and the reading R2661-AMB-01 give; windows and numbers are followed by hand.

import { describe, expect, test } from 'vitest'
import { NEVER, SECOND, type Nanos } from '../../../sim/base/time.ts'
import { Channel, retransmissionCycle, retransmissionInterval, type ChannelOptions } from '../../../sim/l2tp/channel.ts'
import { defaultLcce, type RetransmitConfig } from '../../../sim/l2tp/config.ts'
import { l2tpv2 } from '../../../sim/l2tp/l2tpv2.ts'
import { standardRules } from '../../../sim/l2tp/rules.ts'

/** What L2TPv2 does by default. */
const standard = l2tpv2.retransmitOf(defaultLcce)

interface Sent {
  readonly ns: number
  readonly nr: number
  readonly attempt: number
}

interface Watched {
  readonly channel: Channel
  readonly sent: Sent[]
}

/** A channel with a record of what it put on the wire. */
function channelWith(options: Partial<Omit<ChannelOptions, 'transmit'>> = {}): Watched {
  const sent: Sent[] = []
  const channel = new Channel({
    retransmit: standard,
    ownWindow: defaultLcce.receiveWindow,
    outOfOrder: 'queue',
    rules: standardRules,
    ...options,
    transmit: ({ ns, attempts }, nr) => sent.push({ ns, nr, attempt: attempts }),
  })
  return { channel, sent }
}

const enqueue = (channel: Channel, count: number): void => {
  for (let i = 0; i < count; i++) channel.enqueue(Uint8Array.of(i), 0, 0)
}

/** A ZLB that acknowledges everything before `nr`, after which the channel sends what it may. */
const acknowledge = (channel: Channel, nr: number, now: Nanos = 0): void => {
  channel.receive(channel.expected, nr, false)
  channel.pump(now)
}

const held = (ns: number): Parameters<Channel['hold']>[0] => ({ ns, nr: 0, bytes: new Uint8Array(), packet: ns })

/** Instants (s) at which a message that is never acknowledged is transmitted, and at which it is given up. */
function lonely(retransmit: RetransmitConfig): { readonly sentAt: readonly number[]; readonly givenUpAt: number } {
  const { channel, sent } = channelWith({ retransmit })
  const sentAt = [0]
  enqueue(channel, 1)
  channel.pump(0)
  for (;;) {
    const { deadline } = channel
    channel.expire(deadline)
    if (channel.exhausted) return { sentAt, givenUpAt: deadline / SECOND }
    sentAt.push(deadline / SECOND)
    expect(sent.at(-1)).toEqual({ ns: 0, nr: 0, attempt: sentAt.length })
  }
}

describe('numbers', () => {
  test('R2661-5.8-01 R2661-5.8-05 Ns starts at 0 and counts messages, not ZLBs', () => {
    const { channel, sent } = channelWith()
    for (let ns = 0; ns < 3; ns++) {
      enqueue(channel, 1)
      channel.pump(0)
      // An acknowledgement by ZLB carries our next Ns and does not use it.
      expect(channel.nextNs).toBe(ns + 1)
      acknowledge(channel, ns + 1)
    }
    expect(sent.map(({ ns }) => ns)).toEqual([0, 1, 2])
  })

  test('R2661-3.1-15 R2661-5.8-09 every transmission carries the Nr of its moment, a retransmission the old Ns', () => {
    const { channel, sent } = channelWith()
    enqueue(channel, 1)
    channel.pump(0)
    channel.receive(0, 0, true)
    channel.receive(1, 0, true)
    channel.expire(SECOND)
    expect(sent).toEqual([
      { ns: 0, nr: 0, attempt: 1 },
      { ns: 0, nr: 2, attempt: 2 },
    ])
  })

  test('a first number of its own is where both directions begin', () => {
    const { channel, sent } = channelWith({ firstNs: 65_535 })
    enqueue(channel, 2)
    channel.pump(0)
    expect(channel.receive(65_535, 0, true)).toBe('accepted')
    channel.pump(0)
    expect(sent.map(({ ns }) => ns)).toEqual([65_535, 0])
    expect(channel.expected).toBe(0)
  })

  test('R2661-3.1-14 R2661-5.8-01 sending wraps from 65535 to 0', () => {
    const { channel, sent } = channelWith()
    channel.reset(65_534, 0, 0)
    for (const nr of [65_535, 0, 1]) {
      enqueue(channel, 1)
      channel.pump(0)
      acknowledge(channel, nr)
      expect(channel.idle).toBe(true)
    }
    expect(sent.map(({ ns }) => ns)).toEqual([65_534, 65_535, 0])
  })

  test('R2661-3.1-15 R2661-5.8-01 receiving wraps from 65535 to 0', () => {
    const { channel } = channelWith()
    channel.reset(0, 65_534, 0)
    expect([65_534, 65_535, 0, 1].map((ns) => channel.receive(ns, 0, true))).toEqual(Array(4).fill('accepted'))
    expect(channel.expected).toBe(2)
    expect(channel.receive(65_535, 0, true)).toBe('duplicate')
  })

  test('one Nr acknowledges messages on both sides of the wrap', () => {
    const { channel } = channelWith()
    channel.reset(65_534, 0, 0)
    channel.congestionWindow = 4
    enqueue(channel, 4)
    channel.pump(0)
    channel.receive(0, 1, false)
    expect(channel.head?.ns).toBe(1)
    expect(channel.pending).toBe(1)
  })
})

describe('receiving', () => {
  test('R2661-5.8-02 after 15, the numbers 0-15 and 32784-65535 are old and 16 is next', () => {
    const verdictOn = (ns: number): string => {
      const { channel } = channelWith()
      channel.reset(0, 16, 0)
      return channel.receive(ns, 0, true)
    }
    expect([0, 7, 15, 32_784, 50_000, 65_535].map(verdictOn)).toEqual(Array(6).fill('duplicate'))
    expect(verdictOn(16)).toBe('accepted')
    expect([17, 19].map(verdictOn)).toEqual(['held', 'held'])
    expect([20, 32_783].map(verdictOn)).toEqual(['ahead', 'ahead'])
  })

  test('R2661-5.8-03 R2661-5.8-04 a duplicate is owed an acknowledgement and changes nothing else', () => {
    const { channel } = channelWith()
    channel.receive(0, 0, true)
    channel.acknowledgementDue = false
    expect(channel.receive(0, 0, true)).toBe('duplicate')
    expect(channel.acknowledgementDue).toBe(true)
    expect(channel.expected).toBe(1)
  })

  test('R2661-5.8-06 R2661-AMB-08 a ZLB acknowledges, is not counted, and is owed nothing', () => {
    const { channel } = channelWith()
    enqueue(channel, 1)
    channel.pump(0)
    // Its Ns is that of the peer's next message, which may be the expected one.
    expect(channel.receive(0, 1, false)).toBe('acknowledged')
    expect(channel.idle).toBe(true)
    expect(channel.expected).toBe(0)
    expect(channel.acknowledgementDue).toBe(false)
  })

  test('R2661-5.8-07 queueing: what came early is kept once and released in order', () => {
    const { channel } = channelWith()
    for (const ns of [2, 1, 2]) {
      expect(channel.receive(ns, 0, true)).toBe('held')
      channel.hold(held(ns))
    }
    expect(channel.acknowledgementDue).toBe(false)
    expect(channel.release()).toBeUndefined()
    expect(channel.receive(0, 0, true)).toBe('accepted')
    expect([channel.release()?.ns, channel.release()?.ns, channel.release()]).toEqual([1, 2, undefined])
    expect(channel.expected).toBe(3)
  })

  test('queueing: the first copy counts, as its Nr and octets were the ones judged', () => {
    const { channel } = channelWith()
    channel.hold({ ...held(1), packet: 10 })
    channel.hold({ ...held(1), packet: 11 })
    channel.receive(0, 0, true)
    expect(channel.release()?.packet).toBe(10)
  })

  test('R2661-5.8-07 dropping: what came early has to come again', () => {
    const { channel } = channelWith({ outOfOrder: 'drop' })
    expect([1, 2, 3].map((ns) => channel.receive(ns, 0, true))).toEqual(['ahead', 'ahead', 'ahead'])
    expect([0, 1, 2].map((ns) => channel.receive(ns, 0, true))).toEqual(['accepted', 'accepted', 'accepted'])
  })

  test('R2661-AMB-10 what lies beyond the own window is dropped without acknowledgement', () => {
    const { channel } = channelWith({ ownWindow: 2 })
    expect([1, 2, 3].map((ns) => channel.receive(ns, 0, true))).toEqual(['held', 'ahead', 'ahead'])
    expect(channel.acknowledgementDue).toBe(false)
  })

  test('what comes too early still acknowledges by its Nr', () => {
    const { channel } = channelWith()
    enqueue(channel, 1)
    channel.pump(0)
    expect(channel.receive(3, 1, true)).toBe('held')
    expect(channel.idle).toBe(true)
  })
})

describe('acknowledgement', () => {
  test('R2661-5.8-06 R2661-5.8-08 Nr releases every message before it, in one step', () => {
    const { channel } = channelWith()
    channel.congestionWindow = 4
    enqueue(channel, 4)
    channel.pump(0)
    acknowledge(channel, 3)
    expect(channel.head?.ns).toBe(3)
  })

  test('an Nr that says nothing new releases nothing', () => {
    const { channel } = channelWith()
    channel.reset(100, 0, 0)
    enqueue(channel, 1)
    channel.pump(0)
    for (const nr of [100, 99, 0, 65_535]) expect(channel.receive(0, nr, false)).toBe('acknowledged')
    expect(channel.head?.ns).toBe(100)
    expect(channel.congestionWindow).toBe(1)
  })

  test.each([
    ['by one', 2],
    ['by far', 32_768],
  ])('R2661-AMB-09 a message whose Nr acknowledges what was never sent (%s) is dropped whole', (_, nr) => {
    const { channel } = channelWith()
    enqueue(channel, 1)
    channel.pump(0)
    expect(channel.receive(0, nr, true)).toBe('bad-nr')
    expect(channel.receive(0, nr, false)).toBe('bad-nr')
    expect([channel.expected, channel.idle, channel.acknowledgementDue]).toEqual([0, false, false])
  })

  test('R2661-5.8-04 a message on its way out carries the acknowledgement, so that no ZLB is due', () => {
    const { channel, sent } = channelWith()
    channel.receive(0, 0, true)
    expect(channel.acknowledgementDue).toBe(true)
    enqueue(channel, 1)
    channel.pump(0)
    expect(channel.acknowledgementDue).toBe(false)
    expect(sent).toEqual([{ ns: 0, nr: 1, attempt: 1 }])
  })
})

describe('windows', () => {
  test('R2661-4.4.3-19 R2661-5.8-16 R2661-5.8-17 never more than the window of the peer is unacknowledged', () => {
    for (const window of [1, 2, 4, 8]) {
      const { channel } = channelWith()
      channel.openWindow(window)
      enqueue(channel, 40)
      let most = 0
      for (let acknowledged = 0; acknowledged < 40; acknowledged++) {
        acknowledge(channel, acknowledged)
        most = Math.max(most, channel.pending - channel.queued)
      }
      expect(most).toBe(window)
    }
  })

  test('R2661-4.4.3-19 until the peer has said otherwise its window is 4', () => {
    expect(channelWith().channel.peerWindow).toBe(4)
  })

  test('R2661-A-01 the congestion window never exceeds that of the peer, also when it turns out small', () => {
    const { channel } = channelWith()
    enqueue(channel, 2)
    channel.pump(0)
    acknowledge(channel, 1)
    expect(channel.congestionWindow).toBe(2)
    channel.openWindow(1)
    expect(channel.congestionWindow).toBe(1)
  })

  test('R2661-A-02 R2661-A-03 slow start: from 1, one more for each acknowledgement, up to the threshold', () => {
    const { channel } = channelWith()
    channel.openWindow(8)
    expect([channel.congestionWindow, channel.slowStartThreshold]).toEqual([1, 8])
    enqueue(channel, 100)
    channel.pump(0)
    const windows = [1, 2, 3, 4, 5, 6, 7, 8].map((nr) => {
      acknowledge(channel, nr)
      return channel.congestionWindow
    })
    expect(windows).toEqual([2, 3, 4, 5, 6, 7, 8, 8])
  })

  test('R2661-A-03 an acknowledgement of several messages opens the window by one', () => {
    const { channel } = channelWith()
    channel.openWindow(8)
    channel.congestionWindow = 4
    enqueue(channel, 4)
    channel.pump(0)
    acknowledge(channel, 4)
    expect(channel.congestionWindow).toBe(5)
  })

  test('R2661-A-05 R2661-5.8-19 a retransmission halves the threshold and starts slowly again', () => {
    const { channel } = channelWith()
    channel.openWindow(8)
    channel.congestionWindow = 7
    enqueue(channel, 7)
    channel.pump(0)
    channel.expire(SECOND)
    expect([channel.congestionWindow, channel.slowStartThreshold]).toEqual([1, 3])
    channel.expire(3 * SECOND)
    expect([channel.congestionWindow, channel.slowStartThreshold]).toEqual([1, 1])
  })

  test('R2661-A-04 congestion avoidance: one more after as many acknowledgements as the window has', () => {
    const { channel } = channelWith()
    channel.openWindow(8)
    channel.slowStartThreshold = 2
    enqueue(channel, 100)
    channel.pump(0)
    const windows = Array.from({ length: 10 }, (_, i) => {
      acknowledge(channel, i + 1)
      return channel.congestionWindow
    })
    // 2 by slow start, then 2 acknowledgements for 3, 3 for 4, 4 for 5.
    expect(windows).toEqual([2, 2, 3, 3, 3, 4, 4, 4, 4, 5])
  })

  test('after a timeout nothing new leaves before the old is acknowledged', () => {
    const { channel, sent } = channelWith()
    channel.congestionWindow = 4
    enqueue(channel, 8)
    channel.pump(0)
    channel.expire(SECOND)
    channel.pump(SECOND)
    expect(sent.map(({ ns }) => ns)).toEqual([0, 1, 2, 3, 0])
    acknowledge(channel, 3, SECOND)
    expect(sent.map(({ ns }) => ns)).toEqual([0, 1, 2, 3, 0, 4])
  })
})

describe('retransmission', () => {
  test('R2661-5.8-08 R2661-5.8-10 R2661-5.8-13 R2661-AMB-01 defaults: again at 1, 3, 7, 15, 23 s, given up at 31 s', () => {
    expect(lonely(standard)).toEqual({ sentAt: [0, 1, 3, 7, 15, 23], givenUpAt: 31 })
    expect(retransmissionCycle(standard)).toBe(31 * SECOND)
  })

  test.each([
    ['a higher cap', { initial: SECOND, cap: 60 * SECOND, count: 5 }, [0, 1, 3, 7, 15, 31], 63],
    ['a count of 0', { initial: SECOND, cap: 8 * SECOND, count: 0 }, [0], 1],
    ['a longer first interval', { initial: 3 * SECOND, cap: 8 * SECOND, count: 3 }, [0, 3, 9, 17], 25],
    ['a first interval beyond the cap', { initial: 10 * SECOND, cap: 8 * SECOND, count: 2 }, [0, 10, 20], 30],
  ])('R2661-5.8-10 R2661-5.8-11 R2661-5.8-13 with %s', (_, retransmit, sentAt, givenUpAt) => {
    expect(lonely(retransmit)).toEqual({ sentAt, givenUpAt })
    expect(retransmissionCycle(retransmit)).toBe(givenUpAt * SECOND)
  })

  test('R2661-5.8-11 R2661-5.8-12 the interval doubles up to the cap and stays there', () => {
    const intervals = [1, 2, 3, 4, 5, 50].map((attempts) => retransmissionInterval(standard, attempts) / SECOND)
    expect(intervals).toEqual([1, 2, 4, 8, 8, 8])
  })

  test('there is no deadline without a message outstanding', () => {
    const { channel } = channelWith()
    expect(channel.deadline).toBe(NEVER)
    channel.expire(SECOND)
    enqueue(channel, 1)
    channel.pump(5)
    expect(channel.deadline).toBe(5 + SECOND)
    acknowledge(channel, 1)
    expect(channel.deadline).toBe(NEVER)
  })

  test('the deadline is that of the oldest message, and each message counts its own attempts', () => {
    const { channel, sent } = channelWith()
    channel.congestionWindow = 2
    enqueue(channel, 2)
    channel.pump(0)
    channel.expire(SECOND)
    channel.expire(3 * SECOND)
    acknowledge(channel, 1, 4 * SECOND)
    // The second has been waiting since 0: it is overdue.
    expect(channel.deadline).toBe(SECOND)
    channel.expire(4 * SECOND)
    expect(sent.at(-1)).toEqual({ ns: 1, nr: 0, attempt: 2 })
    expect(channel.deadline).toBe(6 * SECOND)
  })

  test('R4951-AMB-08 whoever lives on past the limit retransmits at the capped interval until something is acknowledged', () => {
    const { channel, sent } = channelWith()
    enqueue(channel, 2)
    channel.pump(0)
    while (!channel.exhausted) channel.expire(channel.deadline)
    expect(sent).toHaveLength(6)
    channel.expire(31 * SECOND)
    expect(sent).toHaveLength(7)
    expect(channel.deadline).toBe(39 * SECOND)
    acknowledge(channel, 1, 35 * SECOND)
    expect(channel.exhausted).toBe(false)
    expect(sent.at(-1)).toEqual({ ns: 1, nr: 0, attempt: 1 })
  })
})

describe('reset and end', () => {
  test('R4951-3.2.2-02 a reset forgets what was sent and kept, takes the new numbers and starts slowly', () => {
    const { channel, sent } = channelWith()
    channel.openWindow(8)
    channel.congestionWindow = 3
    enqueue(channel, 5)
    channel.pump(0)
    channel.hold(held(2))
    channel.suspended = channel.exhausted = channel.acknowledgementDue = true
    expect(channel.reset(1000, 2000, 1)).toBe(5)
    expect(channel).toMatchObject({ nextNs: 1000, expected: 2000, epoch: 1, queued: 1, deadline: NEVER })
    expect(channel).toMatchObject({ congestionWindow: 1, slowStartThreshold: 8 })
    expect(channel).toMatchObject({ suspended: false, exhausted: false, acknowledgementDue: false })
    channel.pump(0)
    expect(sent.at(-1)).toEqual({ ns: 1000, nr: 2000, attempt: 1 })
    channel.receive(2000, 1000, true)
    expect(channel.release()).toBeUndefined()
  })

  test('while suspended nothing new is sent', () => {
    const { channel, sent } = channelWith()
    channel.suspended = true
    enqueue(channel, 1)
    channel.pump(0)
    expect([sent.length, channel.queued]).toEqual([0, 1])
  })

  test('R2661-5.7-03 the end of a tunnel drops what was never sent and goes on with the rest', () => {
    const { channel } = channelWith()
    enqueue(channel, 3)
    channel.pump(0)
    channel.dropQueued()
    expect([channel.queued, channel.pending, channel.head?.ns]).toEqual([0, 1, 0])
    channel.abandon()
    expect([channel.idle, channel.deadline]).toEqual([true, NEVER])
    // Whatever still comes in is acknowledged.
    expect(channel.receive(0, 1, true)).toBe('accepted')
    expect(channel.acknowledgementDue).toBe(true)
  })
})
