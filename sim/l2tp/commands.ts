// What a driver may order an LCCE to do, beside handing it datagrams and waking it.

import type { Address } from '../base/datagram.ts'
import type { Misspeech } from './misspeech.ts'
import type { Sequenced } from './tunnel.ts'
import type { Version } from './wire/avps.ts'

export type LcceCommand =
  /** Dials a tunnel; the notice `tunnel … opening` that follows names it. */
  | {
      readonly name: 'open-tunnel'
      readonly local: Address
      readonly peer: Address
      /**
       * By default 3 if the LCCE speaks nothing else, else 2. `detect` finds out over UDP whether the peer speaks L2TPv3, and falls back to
       * L2TPv2 (RFC 3931 4.7.3); over IP there is nothing to fall back to (4.7.1), nor for an LCCE that speaks but one of them.
       */
      readonly version?: Version | 'detect'
      /** L2TPv3: the Router ID of the LCCE meant, by which a tie with its own request is found (RFC 3931 5.4.3); 0 if not known. */
      readonly peerRouterId?: number
    }
  | { readonly name: 'close-tunnel'; readonly tunnel: number }
  /** Places a call on a tunnel, which may still be opening; the notice `session … opening` names it. */
  | {
      readonly name: 'place-call'
      readonly tunnel: number
      readonly call: 'incoming' | 'outgoing'
      readonly sequenced: Sequenced
      /** L2TPv3: the circuit, by the name under which both ends know it; by default one of its own. */
      readonly remoteEndId?: string | undefined
    }
  | { readonly name: 'hang-up'; readonly tunnel: number; readonly session: number }
  /** Starts the recovery of every restored tunnel, paced as configured (RFC 4951 3.2). */
  | { readonly name: 'recover' }
  /** Queries the sessions of a tunnel now (RFC 4951 3.3). */
  | { readonly name: 'query-sessions'; readonly tunnel: number }
  /** The endpoint's data plane lost its state while this control plane lived on (RFC 4951 3.2.3). */
  | { readonly name: 'data-plane-lost' }
  /** Faults: a session vanishes from the table, or is paired with another Session ID of the peer (RFC 4951 appendix C). */
  | { readonly name: 'forget-session'; readonly tunnel: number; readonly session: number }
  | { readonly name: 'mispair-session'; readonly tunnel: number; readonly session: number; readonly peerSession: number }
  /** Faults: says what it should not, on a tunnel or (`insteadOf`) where that would be said next. */
  | { readonly name: 'misspeak'; readonly tunnel: number; readonly session: number; readonly speech: Misspeech }
