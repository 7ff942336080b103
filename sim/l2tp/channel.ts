// The reliable control channel of one tunnel (RFC 2661 5.8 and appendix A): Ns and Nr, the send window, retransmission with
// back-off, slow start, and the receive side with duplicates and gaps. It carries encoded messages and knows none of them; the
// owner asks it, transmits what it is told to, and keeps its one timer (`deadline`).

import { NEVER, type Nanos } from '../base/time.ts'
import type { RetransmitConfig } from './config.ts'
import type { Rules } from './rules.ts'
import { ahead16 } from './sequence.ts'

/** A message on its way to the peer, encoded once; only Ns and Nr are stamped at each transmission. */
export interface Outbound {
  readonly bytes: Uint8Array
  /** Session ID for the header: the peer's, 0 for tunnel messages or while unknown. */
  readonly peerSessionId: number
  /** The sender's own session, for the trace. */
  readonly localSessionId: number
  ns: number
  /** Transmissions so far. */
  attempts: number
  firstSent: Nanos
  lastSent: Nanos
}

/** A received message that waits for the ones before it. */
export interface Held {
  readonly ns: number
  readonly nr: number
  readonly bytes: Uint8Array
  readonly packet: number
}

export type Reception = 'accepted' | 'held' | 'ahead' | 'duplicate' | 'acknowledged' | 'bad-nr'

export interface ChannelOptions {
  readonly retransmit: RetransmitConfig
  readonly ownWindow: number
  /** Ns of the first message in either direction; 0 when left out (RFC 2661 5.8). */
  readonly firstNs?: number
  readonly outOfOrder: 'queue' | 'drop'
  readonly rules: Rules
  /** Puts one message on the wire with this Nr. */
  readonly transmit: (message: Outbound, nr: number) => void
}

/** The interval before the next retransmission of a message sent `attempts` times: doubling, capped (RFC 2661 5.8). */
export function retransmissionInterval(retransmit: RetransmitConfig, attempts: number): Nanos {
  let interval = retransmit.initial
  for (let i = 1; i < attempts && interval < retransmit.cap; i++) interval *= 2
  return Math.min(interval, Math.max(retransmit.cap, retransmit.initial))
}

/** From the first transmission of a message to the moment it is given up: 31 s with the defaults (RFC 2661 5.8, R2661-AMB-01). */
export function retransmissionCycle(retransmit: RetransmitConfig): Nanos {
  let cycle = 0
  for (let attempts = 1; attempts <= retransmit.count + 1; attempts++) cycle += retransmissionInterval(retransmit, attempts)
  return cycle
}

const NONE: ReadonlySet<number> = new Set()

export class Channel {
  /** Ns of the next new message. */
  nextNs = 0
  /** Ns expected next from the peer; sent as Nr. */
  expected = 0
  /** Messages accepted in order over the life of the channel, resets included. */
  received = 0
  /** Receive Window Size the peer announced; 4 until it does (RFC 2661 4.4.3). */
  peerWindow = 4
  /** Control channel resets so far (RFC 4951 3.2.2). */
  epoch = 0
  /** Congestion window and slow start threshold in messages (RFC 2661 appendix A). */
  congestionWindow = 1
  slowStartThreshold = 4
  /** The peer waits for an acknowledgement that no message has carried yet. */
  acknowledgementDue = false
  /** RFC 4951: between failure and reset nothing new is sent and nothing is received. */
  suspended = false
  /** The head message has been retransmitted as often as allowed; it goes on at the capped interval if the owner lets it. */
  exhausted = false

  private options: ChannelOptions
  private readonly queue: Outbound[] = []
  private readonly unacknowledged: Outbound[] = []
  private readonly held = new Map<number, Held>()
  private credit = 0

  constructor(options: ChannelOptions) {
    this.options = options
    this.nextNs = this.expected = options.firstNs ?? 0
  }

  /** From now on retransmits by these numbers. */
  retransmitBy(retransmit: RetransmitConfig): void {
    const { ownWindow, outOfOrder, rules, transmit } = this.options
    this.options = { retransmit, ownWindow, outOfOrder, rules, transmit }
  }

  /** Nothing waits to be sent or acknowledged. */
  get idle(): boolean {
    return this.queue.length === 0 && this.unacknowledged.length === 0
  }

  /** The oldest message not yet acknowledged. */
  get head(): Outbound | undefined {
    return this.unacknowledged[0]
  }

  get pending(): number {
    return this.queue.length + this.unacknowledged.length
  }

  /** When the head message is due for retransmission (or for giving up); NEVER when nothing is outstanding. */
  get deadline(): Nanos {
    const head = this.unacknowledged[0]
    return head === undefined ? NEVER : head.lastSent + retransmissionInterval(this.options.retransmit, head.attempts)
  }

  enqueue(bytes: Uint8Array, peerSessionId: number, localSessionId: number): void {
    this.queue.push({ bytes, peerSessionId, localSessionId, ns: 0, attempts: 0, firstSent: 0, lastSent: 0 })
  }

  /** Sends what the windows allow (RFC 2661 5.8: never more than the peer's window unacknowledged). */
  pump(now: Nanos): void {
    if (this.suspended) return
    const { rules } = this.options
    const window = rules.window(this.congestionWindow, this.peerWindow)
    while (this.queue.length > 0 && this.unacknowledged.length < window) {
      const message = this.queue.shift()
      if (message === undefined) return
      message.ns = this.nextNs
      this.nextNs = rules.next(this.nextNs)
      message.firstSent = now
      this.unacknowledged.push(message)
      this.put(message, now)
    }
  }

  /** What a received header means; `accepted` counts the message as received. */
  receive(ns: number, nr: number, body: boolean): Reception {
    if (!this.acknowledge(nr)) return 'bad-nr'
    if (!body) return 'acknowledged'
    const { rules, ownWindow, outOfOrder } = this.options
    if (ns === this.expected) {
      this.expected = rules.next(ns)
      this.received += 1
      this.acknowledgementDue = true
      return 'accepted'
    }
    if (rules.isDuplicate(this.expected, ns)) {
      // A duplicate is acknowledged again (5.8), not processed.
      if (rules.answersDuplicates) this.acknowledgementDue = true
      return 'duplicate'
    }
    return outOfOrder === 'queue' && rules.mayHold(ahead16(this.expected, ns), ownWindow) ? 'held' : 'ahead'
  }

  /** Keeps a message that came too early. */
  hold(message: Held): void {
    if (!this.held.has(message.ns)) this.held.set(message.ns, message)
  }

  /** The next kept message whose turn has come, counted as received; undefined when there is none. */
  release(): Held | undefined {
    const message = this.held.get(this.expected)
    if (message === undefined) return undefined
    this.held.delete(this.expected)
    this.expected = this.options.rules.next(this.expected)
    this.received += 1
    this.acknowledgementDue = true
    return message
  }

  /** Processes Nr; false when it acknowledges what was never sent (RFC 2661 is silent: R2661-AMB-09). */
  private acknowledge(nr: number): boolean {
    const { rules } = this.options
    if (!rules.isPlausible(nr, this.nextNs)) return false
    let head = this.unacknowledged[0]
    if (head === undefined || !rules.acknowledges(nr, head.ns)) return true
    while (head !== undefined && rules.acknowledges(nr, head.ns)) {
      this.unacknowledged.shift()
      head = this.unacknowledged[0]
    }
    this.exhausted = false
    this.grow()
    return true
  }

  /** Appendix A: one more per acknowledgement in slow start, one more per window's worth of them after that. */
  private grow(): void {
    if (this.congestionWindow >= this.peerWindow) return
    if (this.congestionWindow < this.slowStartThreshold) {
      this.congestionWindow += 1
      return
    }
    this.credit += 1
    if (this.credit < this.congestionWindow) return
    this.credit = 0
    this.congestionWindow += 1
  }

  /**
   * To be called at `deadline`: retransmits the head message. At its limit (RFC 2661 5.8) it only turns `exhausted`, unless it
   * is so already and the owner has let the tunnel live (R4951-AMB-08).
   */
  expire(now: Nanos): void {
    const head = this.unacknowledged[0]
    if (head === undefined) return
    if (!this.exhausted && head.attempts > this.options.retransmit.count) {
      this.exhausted = true
      return
    }
    const { rules } = this.options
    this.slowStartThreshold = rules.threshold(this.congestionWindow)
    this.congestionWindow = rules.restart(this.congestionWindow)
    this.credit = 0
    this.put(head, now)
  }

  private put(message: Outbound, now: Nanos): void {
    message.attempts += 1
    message.lastSent = now
    this.acknowledgementDue = false
    this.options.transmit(message, this.options.rules.nrFor(this.expected))
  }

  /** The peer's Receive Window Size has become known. */
  openWindow(peerWindow: number): void {
    this.peerWindow = peerWindow
    this.slowStartThreshold = peerWindow
    this.congestionWindow = Math.min(this.congestionWindow, peerWindow)
  }

  /**
   * RFC 4951 3.2.2: forgets everything sent or kept and starts at `ns`, `nr`. Messages enqueued but never numbered while the
   * channel was suspended stay, the last `keepQueue`, but for those of the own sessions `dropped` (R4951-AMB-75). Returns how many
   * were flushed.
   */
  reset(ns: number, nr: number, keepQueue: number, dropped: ReadonlySet<number> = NONE): number {
    const { resetForgetsSent, resetForgetsHeld } = this.options.rules
    const kept = this.queue.slice(this.queue.length - keepQueue).filter(({ localSessionId }) => !dropped.has(localSessionId))
    const flushed = this.unacknowledged.length + this.queue.length - kept.length + this.held.size
    if (resetForgetsSent) this.unacknowledged.length = 0
    this.queue.splice(0, this.queue.length, ...kept)
    if (resetForgetsHeld) this.held.clear()
    this.nextNs = ns
    this.expected = nr
    this.epoch += 1
    this.congestionWindow = 1
    this.slowStartThreshold = this.peerWindow
    this.credit = 0
    this.acknowledgementDue = false
    this.suspended = false
    this.exhausted = false
    return flushed
  }

  /** Whether any message that the peer has not acknowledged, sent or to be sent, is such a one. */
  anyPending(is: (message: Outbound) => boolean): boolean {
    return this.unacknowledged.some(is) || this.queue.some(is)
  }

  /** Messages enqueued and not yet numbered. */
  get queued(): number {
    return this.queue.length
  }

  /** Drops what was never sent: all that may still leave is already numbered (end of a tunnel, RFC 2661 5.7). */
  dropQueued(): void {
    this.queue.length = 0
  }

  /** Gives up everything sent or to be sent; what is received is still acknowledged. */
  abandon(): void {
    this.queue.length = this.unacknowledged.length = 0
  }
}
