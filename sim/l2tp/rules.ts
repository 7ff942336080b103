// What the protocol code asks beside its tables: the small decisions of the reliable channel, of ties and of timers as named functions
// over plain numbers. An LCCE has one set of them; a quirk or a mutant (alteration.ts) replaces some, so that no other code need know
// of either.

import type { Nanos } from '../base/time.ts'
import type { RetransmitConfig } from './config.ts'
import { ahead16, isOld16, next16 } from './sequence.ts'
import { putUint32 } from './wire/octets.ts'

export interface Rules {
  /** The number after this one, sent or received (RFC 2661 5.8). */
  readonly next: (n: number) => number
  /** Whether an Nr acknowledges a message with this Ns. */
  readonly acknowledges: (nr: number, ns: number) => boolean
  /** Whether an Nr names nothing beyond what was sent (R2661-AMB-09). */
  readonly isPlausible: (nr: number, nextNs: number) => boolean
  /** Whether an Ns has been received before. */
  readonly isDuplicate: (expected: number, ns: number) => boolean
  /** Whether a duplicate is acknowledged again. */
  readonly answersDuplicates: boolean
  /** Whether a message so far ahead is within the window announced. */
  readonly mayHold: (ahead: number, ownWindow: number) => boolean
  /** Messages that may be unacknowledged. */
  readonly window: (congestionWindow: number, peerWindow: number) => number
  /** Slow start threshold after a retransmission (RFC 2661 appendix A), and the congestion window then. */
  readonly threshold: (congestionWindow: number) => number
  readonly restart: (congestionWindow: number) => number
  /** The Nr to send when this Ns is expected. */
  readonly nrFor: (expected: number) => number
  /** A control channel reset forgets messages sent and not acknowledged, and messages held out of order (RFC 4951 3.2.2). */
  readonly resetForgetsSent: boolean
  readonly resetForgetsHeld: boolean
  /** What of the configuration a channel goes by. */
  readonly retransmission: (retransmit: RetransmitConfig) => RetransmitConfig
  /** When a timer set now to fire at `at` fires. */
  readonly due: (timer: string, at: Nanos, now: Nanos) => Nanos
  /** Negative when tie breaker `a` wins against `b`, 0 when they are equal. */
  readonly compareTies: (a: Uint8Array | undefined, b: Uint8Array | undefined) => number
  /** Old data messages in sequence until the expected number is reset, as configured (RFC 4951 3.2.3). */
  readonly dataThreshold: (configured: number) => number
}

/** Compares tie breakers as unsigned numbers: negative when `a` wins. A missing one loses (R4951-AMB-21, -22; RFC 2661 4.4.3). */
export function compareTieBreakers(a: Uint8Array | undefined, b: Uint8Array | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0)
  for (let i = 0; i < 8; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The tie breaker of a value below 2^53. */
export function tieBreakerOf(value: number): Uint8Array {
  const octets = new Uint8Array(8)
  putUint32(octets, 0, Math.floor(value / 0x1_0000_0000))
  putUint32(octets, 4, value)
  return octets
}

/** The rules of the RFCs. */
export const standardRules: Rules = {
  next: next16,
  acknowledges: isOld16,
  isPlausible: (nr, nextNs) => ahead16(nr, nextNs) < 0x8000,
  isDuplicate: isOld16,
  answersDuplicates: true,
  mayHold: (ahead, ownWindow) => ahead < ownWindow,
  window: (congestionWindow, peerWindow) => Math.min(congestionWindow, peerWindow),
  threshold: (congestionWindow) => Math.max(1, congestionWindow >> 1),
  restart: () => 1,
  nrFor: (expected) => expected,
  resetForgetsSent: true,
  resetForgetsHeld: true,
  retransmission: (retransmit) => retransmit,
  due: (_timer, at) => at,
  compareTies: compareTieBreakers,
  dataThreshold: (configured) => configured,
}
