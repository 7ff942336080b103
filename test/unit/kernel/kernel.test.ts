// The kernel: order of events, cancelling, the clock, and the ways a run can stop.

import { describe, expect, test } from 'vitest'
import { SimulatorBug } from '../../../sim/base/assert.ts'
import { NEVER } from '../../../sim/base/time.ts'
import { Kernel, type Timer } from '../../../sim/kernel/kernel.ts'

const ALL = Infinity

/** A kernel whose events write their names into a log, with the instant. */
function logging(): { kernel: Kernel; log: string[]; at: (instant: number, name: string) => Timer } {
  const kernel = new Kernel('seed')
  const log: string[] = []
  const note = (name: string): void => {
    log.push(`${kernel.now} ${name}`)
  }
  return { kernel, log, at: (instant, name) => kernel.schedule(instant, note, name) }
}

describe('order', () => {
  test('earlier events come first, events of one instant in the order they were scheduled', () => {
    const { kernel, log, at } = logging()
    at(30, 'd')
    at(10, 'a')
    at(20, 'b')
    at(20, 'c')
    expect(kernel.run(NEVER, ALL)).toBe('idle')
    expect(log).toEqual(['10 a', '20 b', '20 c', '30 d'])
  })

  test('what an event schedules for its own instant runs within it, after all that was there', () => {
    const { kernel, log, at } = logging()
    const again = (depth: number): void => {
      log.push(`${kernel.now} again ${depth}`)
      if (depth > 0) kernel.schedule(kernel.now, again, depth - 1)
    }
    kernel.schedule(5, again, 2)
    at(5, 'x')
    at(6, 'y')
    kernel.run(NEVER, ALL)
    expect(log).toEqual(['5 again 2', '5 x', '5 again 1', '5 again 0', '6 y'])
  })

  test('a thousand events of one instant keep their order', () => {
    const { kernel, log, at } = logging()
    const names = Array.from({ length: 1000 }, (_, i) => `e${i}`)
    for (const name of names) at(7, name)
    kernel.run(NEVER, ALL)
    expect(log).toEqual(names.map((name) => `7 ${name}`))
  })
})

describe('cancelling', () => {
  test('a cancelled event does not run, the others do', () => {
    const { kernel, log, at } = logging()
    at(1, 'a')
    const b = at(2, 'b')
    at(3, 'c')
    kernel.cancel(b)
    expect(kernel.pending).toBe(2)
    kernel.run(NEVER, ALL)
    expect(log).toEqual(['1 a', '3 c'])
    expect(kernel.events).toBe(2)
  })

  test('0, a fired and a cancelled handle are ignored, also when their place is in use again', () => {
    const { kernel, log, at } = logging()
    const fired = at(1, 'a')
    const cancelled = at(2, 'b')
    kernel.cancel(0)
    kernel.cancel(cancelled)
    kernel.cancel(cancelled)
    kernel.run(5, ALL)
    for (let i = 0; i < 10; i++) at(10, `later${i}`)
    kernel.cancel(fired)
    kernel.cancel(cancelled)
    kernel.run(NEVER, ALL)
    expect(log).toHaveLength(11)
    expect(kernel.pending).toBe(0)
  })

  test('an event may cancel itself (too late), its neighbour of the same instant, and one it has just scheduled', () => {
    const { kernel, log, at } = logging()
    let neighbour: Timer = 0
    const own: Timer = kernel.schedule(
      4,
      () => {
        log.push('acts')
        kernel.cancel(own)
        kernel.cancel(neighbour)
        kernel.cancel(at(9, 'never'))
      },
      undefined,
    )
    neighbour = at(4, 'neighbour')
    at(4, 'last')
    kernel.run(NEVER, ALL)
    expect(log).toEqual(['acts', '4 last'])
  })

  test('timers put off again and again do not pile up and do not disturb the order', () => {
    const { kernel, log, at } = logging()
    let timer: Timer = 0
    for (let i = 0; i < 100_000; i++) {
      kernel.cancel(timer)
      timer = at(1_000_000 - i, `guard ${i}`)
    }
    at(999_999, 'end')
    expect(kernel.pending).toBe(2)
    kernel.run(NEVER, ALL)
    expect(log).toEqual(['900001 guard 99999', '999999 end'])
  })

  test('only cancelled events left: the run is idle, not waiting for them', () => {
    const { kernel, at } = logging()
    kernel.cancel(at(50, 'x'))
    expect(kernel.run(100, ALL)).toBe('idle')
    expect(kernel.now).toBe(0)
  })
})

describe('how a run stops', () => {
  test('until: events at exactly that instant have run, later ones not, and the clock stands there', () => {
    const { kernel, log, at } = logging()
    at(10, 'a')
    at(20, 'b')
    at(21, 'c')
    expect(kernel.run(20, ALL)).toBe('until')
    expect(log).toEqual(['10 a', '20 b'])
    expect(kernel.run(20, ALL)).toBe('until')
    expect(kernel.now).toBe(20)
    at(20, 'late')
    expect(kernel.run(NEVER, ALL)).toBe('idle')
    expect(log).toEqual(['10 a', '20 b', '20 late', '21 c'])
  })

  test('idle: the clock stands at the last event', () => {
    const { kernel, at } = logging()
    at(10, 'a')
    expect(kernel.run(1000, ALL)).toBe('idle')
    expect(kernel.now).toBe(10)
  })

  test('event-cap: exactly so many events in this call, and only if another is due', () => {
    const { kernel, log, at } = logging()
    for (const name of ['a', 'b', 'c']) at(5, name)
    expect(kernel.run(NEVER, 2)).toBe('event-cap')
    expect(log).toEqual(['5 a', '5 b'])
    expect(kernel.run(NEVER, 0)).toBe('event-cap')
    expect(kernel.run(NEVER, 1)).toBe('idle')
    expect(kernel.events).toBe(3)
  })

  test('event-cap catches events that never let time pass', () => {
    const kernel = new Kernel('seed')
    const spin = (): void => {
      kernel.schedule(kernel.now, spin, undefined)
    }
    kernel.schedule(3, spin, undefined)
    expect(kernel.run(NEVER, 10_000)).toBe('event-cap')
    expect(kernel.now).toBe(3)
    expect(kernel.events).toBe(10_000)
  })

  test('the cap does not stop what lies beyond `until`', () => {
    const { kernel, at } = logging()
    at(5, 'a')
    at(50, 'b')
    expect(kernel.run(10, 1)).toBe('until')
  })

  test('an action that throws ends the run; the kernel can go on with the next event', () => {
    const { kernel, log, at } = logging()
    const fail = (): void => {
      throw new Error('broken action')
    }
    kernel.schedule(1, fail, undefined)
    at(2, 'b')
    expect(() => kernel.run(NEVER, ALL)).toThrow('broken action')
    expect(kernel.now).toBe(1)
    expect(kernel.run(NEVER, ALL)).toBe('idle')
    expect(log).toEqual(['2 b'])
  })
})

describe('promises of the caller', () => {
  test('an instant in the past, a fraction and NEVER are refused', () => {
    const { kernel, at } = logging()
    at(10, 'a')
    kernel.run(10, ALL)
    for (const instant of [9, 10.5, NEVER, NaN, 2 ** 53]) expect(() => at(instant, 'x'), String(instant)).toThrow(SimulatorBug)
    expect(() => kernel.run(5, ALL)).toThrow(SimulatorBug)
    expect(kernel.pending).toBe(0)
  })

  test('a kernel cannot be run from within an event', () => {
    const kernel = new Kernel('seed')
    kernel.schedule(1, () => kernel.run(NEVER, ALL), undefined)
    expect(() => kernel.run(NEVER, ALL)).toThrow(SimulatorBug)
  })

  test('an instant near the end of exact time is as good as any', () => {
    const { kernel, log, at } = logging()
    at(Number.MAX_SAFE_INTEGER, 'last')
    at(Number.MAX_SAFE_INTEGER - 1, 'last but one')
    kernel.run(NEVER, ALL)
    expect(log).toEqual(['9007199254740990 last but one', '9007199254740991 last'])
  })
})

describe('looking on', () => {
  test('what waits is listed in the order in which it will run, without what was cancelled', () => {
    const { kernel, at } = logging()
    at(20, 'late')
    kernel.cancel(at(5, 'cancelled'))
    at(10, 'first')
    at(10, 'second')
    expect(kernel.waiting().map(({ at: instant, subject }) => `${instant} ${String(subject)}`)).toEqual(['10 first', '10 second', '20 late'])
    expect(kernel.next).toBe(10)
    kernel.run(10, ALL)
    expect(kernel.waiting().map(({ subject }) => subject)).toEqual(['late'])
  })

  test('the clock skips up to what is due and leaves it to be run, never past it', () => {
    const { kernel, log, at } = logging()
    at(10, 'due')
    kernel.skipTo(10)
    expect(kernel.now).toBe(10)
    expect(log).toEqual([])
    kernel.run(10, ALL)
    expect(log).toEqual(['10 due'])
    at(20, 'later')
    expect(() => kernel.skipTo(21)).toThrow(SimulatorBug)
    expect(() => kernel.skipTo(9)).toThrow(SimulatorBug)
  })
})

describe('the host machine', () => {
  test('a run touches neither the wall clock nor the ambient random generator', () => {
    const { random } = Math
    const { now } = Date
    const poison = (): never => {
      throw new Error('ambient state touched')
    }
    try {
      Math.random = poison
      Date.now = poison
      const kernel = new Kernel('seed')
      let drawn = 0
      const act = (left: number): void => {
        drawn += kernel.rng('x').double()
        if (left > 0) kernel.schedule(kernel.now + 1 + Math.floor(kernel.rng('y').double() * 100), act, left - 1)
      }
      kernel.schedule(0, act, 100)
      expect(kernel.run(NEVER, ALL)).toBe('idle')
      expect(drawn).toBeGreaterThan(0)
    } finally {
      Math.random = random
      Date.now = now
    }
  })
})
