// The kernel against a plain model: a list sorted by (time, order of scheduling). Random programs of scheduling, cancelling and
// running, from outside and from within events, must give the same log, whole or in slices.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NEVER } from '../../sim/base/time.ts'
import { Kernel, type Timer } from '../../sim/kernel/kernel.ts'

/** What one event does when it runs: schedules others after the given delays, and cancels the nth handle ever given. */
interface Deed {
  readonly delays: readonly number[]
  readonly cancels: readonly number[]
}

interface Scheduler {
  readonly now: number
  schedule(at: number, number: number): Timer
  cancel(timer: Timer): void
}

const deeds = fc.array(
  fc.record({
    delays: fc.array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(1000), fc.nat(2 ** 40)), { maxLength: 3 }),
    cancels: fc.array(fc.nat(200), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 120 },
)

/** Runs the nth deed: its events get the numbers that are next, until there are no deeds left. */
function act(deedsOf: readonly Deed[], handles: Timer[], scheduler: Scheduler, number: number): void {
  const deed = deedsOf[number]
  for (const delay of deed?.delays ?? []) {
    if (handles.length < deedsOf.length) handles.push(scheduler.schedule(scheduler.now + delay, handles.length))
  }
  for (const nth of deed?.cancels ?? []) scheduler.cancel(handles[nth] ?? 0)
}

function modelLog(deedsOf: readonly Deed[]): readonly string[] {
  let waiting: { readonly at: number; readonly order: number; readonly number: number }[] = []
  let order = 0
  let now = 0
  const handles: Timer[] = []
  const scheduler: Scheduler = {
    get now() {
      return now
    },
    schedule: (at, number) => {
      waiting.push({ at, order: ++order, number })
      return order
    },
    cancel: (timer) => {
      waiting = waiting.filter((entry) => entry.order !== timer)
    },
  }
  const log: string[] = []
  handles.push(scheduler.schedule(0, 0))
  while (waiting.length > 0) {
    const next = waiting.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.order < a.order) ? b : a))
    waiting = waiting.filter((entry) => entry !== next)
    now = next.at
    log.push(`${now}:${next.number}`)
    act(deedsOf, handles, scheduler, next.number)
  }
  return log
}

function kernelLog(deedsOf: readonly Deed[], run: (kernel: Kernel) => void): readonly string[] {
  const kernel = new Kernel('seed')
  const log: string[] = []
  const handles: Timer[] = []
  const scheduler: Scheduler = {
    get now() {
      return kernel.now
    },
    schedule: (at, number) => kernel.schedule(at, happen, number),
    cancel: (timer) => {
      kernel.cancel(timer)
    },
  }
  const happen = (number: number): void => {
    log.push(`${kernel.now}:${number}`)
    act(deedsOf, handles, scheduler, number)
  }
  handles.push(scheduler.schedule(0, 0))
  run(kernel)
  return log
}

test('any program of events runs as in the model', () => {
  fc.assert(
    fc.property(deeds, (program) => {
      expect(kernelLog(program, (kernel) => kernel.run(NEVER, Infinity))).toEqual(modelLog(program))
    }),
    { numRuns: 500 },
  )
})

test('a run in slices, of time or of events, is the same run', () => {
  fc.assert(
    fc.property(deeds, fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 5 })), { maxLength: 40 }), (program, slices) => {
      const sliced = kernelLog(program, (kernel) => {
        for (const [time, events] of slices) kernel.run(kernel.now + time, events)
        kernel.run(NEVER, Infinity)
      })
      expect(sliced).toEqual(modelLog(program))
    }),
    { numRuns: 300 },
  )
})

test('a large queue with many cancelled and many equal times runs as sorted', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean()), { minLength: 500, maxLength: 3000 }), (entries) => {
      const kernel = new Kernel('seed')
      const log: number[] = []
      const timers = entries.map(([at], i) => kernel.schedule(at, (number: number) => log.push(number), i))
      entries.forEach(([, doomed], i) => {
        if (doomed) kernel.cancel(timers[i]!)
      })
      kernel.run(NEVER, Infinity)
      const kept = entries.map(([at, doomed], i) => ({ at, doomed, i })).filter(({ doomed }) => !doomed)
      // The language's sort is stable: equal times stay in the order of scheduling.
      expect(log).toEqual(kept.sort((a, b) => a.at - b.at).map(({ i }) => i))
    }),
    { numRuns: 50 },
  )
})
