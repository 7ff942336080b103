// The control processor of an endpoint: control messages wait in a bounded queue and are served one after the other, each for a
// fixed time. With service time 0 a message is served the instant it arrives.

import { NEVER, type Nanos } from '../base/time.ts'
import type { Kernel, Timer } from '../kernel/kernel.ts'

export interface ProcessorSpec {
  readonly serviceTime: Nanos
  /** Messages that may wait. */
  readonly queue: number
}

export class Processor<T> {
  private readonly kernel: Kernel
  private readonly spec: ProcessorSpec
  private readonly serve: (item: T) => void
  private waiting: T[] = []
  private timer: Timer = 0
  private busyUntil: Nanos = 0
  /** Nothing is served before this instant (a pause). */
  private heldUntil: Nanos = 0

  constructor(kernel: Kernel, spec: ProcessorSpec, serve: (item: T) => void) {
    this.kernel = kernel
    this.spec = spec
    this.serve = serve
  }

  /** Messages that wait now, the one in service included. */
  get depth(): number {
    return this.waiting.length
  }

  get held(): boolean {
    return this.heldUntil > this.kernel.now
  }

  get resumesAt(): Nanos {
    return this.heldUntil
  }

  /** Takes a message; false when the queue is full. */
  offer(item: T): boolean {
    if (this.spec.serviceTime === 0 && this.waiting.length === 0 && !this.held) {
      this.serve(item)
      return true
    }
    if (this.waiting.length >= this.spec.queue) return false
    this.waiting.push(item)
    this.arm()
    return true
  }

  /** Serves nothing for a while (NEVER: for good). */
  hold(duration: Nanos): void {
    const { kernel } = this
    // The message in service goes on where it was interrupted.
    const left = this.busyUntil - Math.max(kernel.now, this.heldUntil)
    this.heldUntil = Math.max(this.heldUntil, kernel.now + duration)
    if (this.timer === 0) return
    kernel.cancel(this.timer)
    this.timer = 0
    if (this.heldUntil === NEVER) return
    this.busyUntil = this.heldUntil + left
    this.timer = kernel.schedule(this.busyUntil, finish, this)
  }

  /** A crash: what waited is lost, and so is a pause. */
  clear(): void {
    this.waiting = []
    this.kernel.cancel(this.timer)
    this.timer = 0
    this.busyUntil = this.heldUntil = 0
  }

  private arm(): void {
    if (this.timer !== 0 || this.waiting.length === 0 || this.heldUntil === NEVER) return
    const start = Math.max(this.kernel.now, this.busyUntil, this.heldUntil)
    this.busyUntil = start + this.spec.serviceTime
    this.timer = this.kernel.schedule(this.busyUntil, finish, this)
  }

  /** The service of the first message has ended. */
  finish(): void {
    this.timer = 0
    const item = this.waiting.shift()
    if (item !== undefined) this.serve(item)
    this.arm()
  }
}

const finish = (processor: { finish(): void }): void => {
  processor.finish()
}
