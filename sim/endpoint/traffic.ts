// Data traffic of sessions: each session and direction sends messages of one size at a constant rate, one kernel event a message.

import type { Nanos } from '../base/time.ts'
import { SECOND } from '../base/time.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Endpoint } from './endpoint.ts'

export interface TrafficSpec {
  /** Messages a second, for each session in this direction. */
  readonly rate: number
  /** Payload in octets. */
  readonly size: number
  /** Share of the messages that carry something else than IP, spread evenly. */
  readonly nonIp: number
  /** First message, and the last instant for one, after the session is established; Infinity for no end. */
  readonly start: Nanos
  readonly end: Nanos
}

/**
 * The traffic one session sends from when it is established, which is now. It ends when the data plane forgets the session, and goes
 * on if it is restored.
 */
export class TrafficSource {
  private readonly kernel: Kernel
  private readonly endpoint: Endpoint
  private readonly tunnel: number
  private readonly session: number
  private readonly spec: TrafficSpec
  private readonly interval: Nanos
  private readonly until: Nanos
  private stopped = false
  /** Messages so far. */
  private count = 0

  constructor(kernel: Kernel, endpoint: Endpoint, target: { readonly tunnel: number; readonly session: number }, spec: TrafficSpec) {
    this.kernel = kernel
    this.endpoint = endpoint
    this.tunnel = target.tunnel
    this.session = target.session
    this.spec = spec
    this.interval = Math.max(1, Math.round(SECOND / spec.rate))
    this.until = kernel.now + spec.end
    kernel.schedule(kernel.now + spec.start, send, this)
  }

  stop(): void {
    this.stopped = true
  }

  /** Sends one message and sets the time for the next. */
  send(): void {
    if (this.stopped || this.kernel.now > this.until) return
    const { endpoint, tunnel, session } = this
    // A data plane that is down, or waits for its tables, is no reason to stop; a control plane that lost the session is.
    const { size, nonIp } = this.spec
    const carriesIp = nonIp < 1 && Math.floor((this.count + 1) * nonIp) === Math.floor(this.count * nonIp)
    this.count += 1
    const sent = endpoint.sendData(tunnel, session, size, carriesIp)
    if (!sent && endpoint.control !== undefined && endpoint.control.mirroredSession(tunnel, session) === undefined) return
    this.kernel.schedule(this.kernel.now + this.interval, send, this)
  }
}

const send = (source: TrafficSource): void => {
  source.send()
}
