// The event queue where a run seldom comes: numbers used up, sweeps of cancelled events, sizes at which the heap is walked in
// another way. Expected orders come of sorting.

import { describe, expect, test } from 'vitest'
import { EventQueue, type Timer } from '../../../sim/kernel/queue.ts'

const ORDERS = 1000
const GENERATIONS = 5

/** Small pseudo-random integers, for shuffling; quality does not matter. */
function scrambled(i: number): number {
  return (Math.imul(i + 1, 0x9e3779b1) >>> 0) % 1_000_003
}

function drain(queue: EventQueue): void {
  while (queue.nextAt() < Infinity) queue.fire()
}

describe('size', () => {
  test('300,000 events come in order, the first to last where times are equal', () => {
    const queue = new EventQueue()
    const count = 300_000
    let latestAt = -1
    let latest = -1
    let misplaced = 0
    const see = (i: unknown): void => {
      const at = scrambled(i as number) >> 2
      if (at < latestAt || (at === latestAt && (i as number) < latest)) misplaced++
      latestAt = at
      latest = i as number
    }
    for (let i = 0; i < count; i++) queue.add(scrambled(i) >> 2, see, i)
    expect(queue.pending).toBe(count)
    drain(queue)
    expect(misplaced).toBe(0)
    expect(queue.pending).toBe(0)
  })
})

describe('numbers used up', () => {
  test('when orders run out, pending events are numbered anew and keep their order', () => {
    const queue = new EventQueue(ORDERS)
    const seen: number[] = []
    const see = (i: unknown): void => {
      seen.push(i as number)
    }
    // Twenty wait all the time at one instant; thousands come and go before it.
    for (let i = 0; i < 20; i++) queue.add(1_000_000, see, -1 - i)
    for (let i = 0; i < 10 * ORDERS; i++) {
      queue.add(i >> 1, see, i)
      if (i % 2 === 1) for (let k = 0; k < 2; k++) if (queue.nextAt() < 1_000_000) queue.fire()
    }
    drain(queue)
    expect(seen.slice(0, 10 * ORDERS)).toEqual(Array.from({ length: 10 * ORDERS }, (_, i) => i))
    expect(seen.slice(10 * ORDERS)).toEqual(Array.from({ length: 20 }, (_, i) => -1 - i))
  })

  test('handles given before a renumbering cancel what they stood for', () => {
    const queue = new EventQueue(ORDERS)
    const seen: string[] = []
    const see = (name: unknown): void => {
      seen.push(name as string)
    }
    const doomed = queue.add(1_000_000, see, 'doomed')
    queue.add(1_000_000, see, 'spared')
    for (let i = 0; i < 3 * ORDERS; i++) {
      queue.add(i, () => undefined, undefined)
      queue.nextAt()
      queue.fire()
    }
    queue.cancel(doomed)
    drain(queue)
    expect(seen).toEqual(['spared'])
  })

  test('a place whose generations are used up is not used again, so no handle comes twice', () => {
    const queue = new EventQueue(undefined, GENERATIONS)
    const handles = new Set<Timer>()
    for (let i = 0; i < 100; i++) {
      const timer = queue.add(i, () => undefined, undefined)
      expect(handles.has(timer)).toBe(false)
      handles.add(timer)
      queue.nextAt()
      queue.fire()
    }
    let ran = false
    queue.add(1000, () => (ran = true), undefined)
    for (const timer of handles) queue.cancel(timer)
    drain(queue)
    expect(ran).toBe(true)
  })
})

describe('cancelling in bulk', () => {
  test('a sweep leaves exactly the others, in order', () => {
    const queue = new EventQueue()
    const seen: number[] = []
    const see = (i: unknown): void => {
      seen.push(i as number)
    }
    const count = 10_000
    const timers = Array.from({ length: count }, (_, i) => queue.add(scrambled(i) % 500, see, i))
    timers.forEach((timer, i) => {
      if (i % 10 !== 0) queue.cancel(timer)
    })
    expect(queue.pending).toBe(count / 10)
    drain(queue)
    const kept = Array.from({ length: count / 10 }, (_, i) => i * 10)
    // The language's sort is stable: equal times stay in the order of insertion.
    expect(seen).toEqual(kept.sort((a, b) => (scrambled(a) % 500) - (scrambled(b) % 500)))
  })

  test('an event may cancel all others while it runs', () => {
    const queue = new EventQueue()
    const timers = Array.from({ length: 500 }, (_, i) => queue.add(10 + i, () => undefined, undefined))
    queue.add(1, () => timers.forEach((timer) => queue.cancel(timer)), undefined)
    queue.nextAt()
    queue.fire()
    expect(queue.pending).toBe(0)
    expect(queue.nextAt()).toBe(Infinity)
  })
})
