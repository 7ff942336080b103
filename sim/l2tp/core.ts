// The sans-IO contract every protocol core keeps: one call in, all outputs back, time is an argument, and `deadline` says when
// the core next wants to be woken. Nothing here knows a clock, a socket or the simulator.

import type { Datagram } from '../base/datagram.ts'
import type { Nanos } from '../base/time.ts'

export type Input<C> =
  | { readonly type: 'datagram'; readonly datagram: Datagram; readonly packet: number }
  | { readonly type: 'wake' }
  | { readonly type: 'command'; readonly command: C }

/** What a core hands back, in order: datagrams to send, and notices of what happened. */
export type Output<N extends { readonly kind: string }> = Transmit | N

/** A datagram to send, with what the trace wants to know of it. */
export interface Transmit {
  readonly kind: 'transmit'
  readonly datagram: Datagram
  /** The sender's own tunnel and session, 0 for none. */
  readonly tunnel: number
  readonly session: number
  /** 1 for a first transmission, n+1 for the nth retransmission, 0 for what is never retransmitted. */
  readonly attempt: number
}

export interface Core<C, N extends { readonly kind: string }> {
  /** Time never runs backwards from call to call. */
  handle(input: Input<C>, now: Nanos): readonly Output<N>[]
  /** The instant of the next wake wanted; NEVER for none. A wake before it is harmless. */
  readonly deadline: Nanos
}
