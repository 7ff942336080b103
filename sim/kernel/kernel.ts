// The simulation kernel: a clock in integer nanoseconds, events in a total order (time, then order of scheduling), cancellable
// timers, and random streams by name. It knows no networks and no protocols.

import { assert } from '../base/assert.ts'
import type { Rng } from '../base/random.ts'
import { NEVER, type Nanos } from '../base/time.ts'
import { EventQueue, type Timer, type Waiting } from './queue.ts'
import { stream } from './rng.ts'

export type { Timer, Waiting } from './queue.ts'

/** Why a run stopped. */
export type Stop = 'until' | 'idle' | 'event-cap'

export class Kernel {
  private readonly seed: string
  private readonly queue = new EventQueue()
  private readonly streams = new Map<string, Rng>()
  private instant: Nanos = 0
  private executed = 0
  private running = false

  constructor(seed: string) {
    this.seed = seed
  }

  /** The present instant: that of the event under way. */
  get now(): Nanos {
    return this.instant
  }

  /** Events executed so far, over all runs. */
  get events(): number {
    return this.executed
  }

  /** Events scheduled and neither executed nor cancelled. */
  get pending(): number {
    return this.queue.pending
  }

  /** The instant of the next event, NEVER when there is none. */
  get next(): Nanos {
    return this.queue.nextAt()
  }

  /** The events waiting, in the order in which they will run. */
  waiting(): readonly Waiting[] {
    return [...this.queue.waiting()].sort((a, b) => (a.at === b.at ? a.order - b.order : a.at - b.at))
  }

  /** Moves the clock to an instant by which no event is due but at that instant itself: those there stay for `run`. */
  skipTo(at: Nanos): void {
    assert(!this.running && at >= this.instant && at <= this.queue.nextAt(), `cannot skip to ${String(at)}`)
    this.instant = at
  }

  /**
   * Has `action(subject)` called at the instant `at`: a finite integer, not in the past. What is scheduled for the present
   * instant runs within it, after everything scheduled for it before.
   */
  schedule<T>(at: Nanos, action: (subject: T) => void, subject: T): Timer {
    if (!(at >= this.instant && at <= Number.MAX_SAFE_INTEGER && Math.floor(at) === at)) this.refuse(at)
    return this.queue.add(at, action as (subject: unknown) => void, subject)
  }

  /** Cancels an event. A handle of 0, of an event that has run (or is running) or of a cancelled one is ignored. */
  cancel(timer: Timer): void {
    this.queue.cancel(timer)
  }

  /** The random stream of this name; the same object for the same name. What other streams exist makes no difference to it. */
  rng(name: string): Rng {
    let found = this.streams.get(name)
    if (found === undefined) this.streams.set(name, (found = stream(this.seed, name)))
    return found
  }

  /**
   * Executes events in order and says why it stopped. It may be called again to go on, and any division of a run into calls
   * executes the same events.
   * - `idle`: no event is left. The clock stands at the last event executed.
   * - `until`: the next event is later than `until`. Those at exactly `until` have been executed and the clock stands at `until`.
   * - `event-cap`: this call has executed `maxEvents` events and another is due by `until`. The clock stands at the last one.
   * With `until` NEVER it ends by `idle` or `event-cap` only. If an action throws, its event counts as executed, and the kernel
   * can go on.
   */
  run(until: Nanos, maxEvents: number): Stop {
    assert(!this.running, 'the kernel is running already')
    assert(until >= this.instant, `cannot run until ${String(until)}, it is ${String(this.instant)} already`)
    this.running = true
    try {
      return this.loop(until, this.executed + maxEvents)
    } finally {
      this.running = false
    }
  }

  private loop(until: Nanos, cap: number): Stop {
    const queue = this.queue
    for (;;) {
      const at = queue.nextAt()
      if (at === NEVER) return 'idle'
      if (at > until) {
        this.instant = until
        return 'until'
      }
      if (this.executed >= cap) return 'event-cap'
      this.instant = at
      this.executed++
      queue.fire()
    }
  }

  private refuse(at: Nanos): never {
    assert(at >= this.instant, `event scheduled for ${String(at)}, before the present instant ${String(this.instant)}`)
    assert(false, `event scheduled for ${String(at)}, which is no whole number of nanoseconds`)
  }
}
