// A glance at the AVPs of a control message as sent: attribute, flags and place, without decoding values (RFC 2661 4.1). What the
// sender encoded is trusted to be well-formed; the codec's own tests see to that.

import { AVP_HEADER, FIRST_AVP, MAX_AVP } from '../../l2tp/wire/dialect.ts'
import { uint16At, uint32At } from '../../l2tp/wire/octets.ts'

/** Flags in the first word of an AVP. */
export const AVP_MANDATORY = 0x8000
export const AVP_HIDDEN = 0x4000

/** RFC 3931 5.4.1. */
export const MESSAGE_DIGEST = 59
export const FAILOVER_CAPABILITY = 76
export const TUNNEL_RECOVERY = 77
export const SUGGESTED_CONTROL_SEQUENCE = 78
export const FAILOVER_SESSION_STATE = 79

/** A Failover Session State AVP (RFC 4951 5.4); both -1 when hidden. */
export interface SessionState {
  readonly sessionId: number
  readonly remoteSessionId: number
}

/** Called with the attribute, the first word (flags and Length) and the offset of its header. */
export type AvpVisitor = (attribute: number, head: number, at: number) => void

/** Visits the IETF AVPs after Message Type, in order; stops where the octets make no sense. */
export function visitAvps(bytes: Uint8Array, visit: AvpVisitor): void {
  let at = FIRST_AVP
  while (at + AVP_HEADER <= bytes.length) {
    const head = uint16At(bytes, at)
    const length = head & MAX_AVP
    if (length < AVP_HEADER) return
    if (uint16At(bytes, at + 2) === 0) visit(uint16At(bytes, at + 4), head, at)
    at += length
  }
}

/** The Failover Session State AVPs of an FSQ or FSR, in both layouts of RFC 4951 5.4; both numbers -1 where hidden. */
export function sessionStatesOf(bytes: Uint8Array): readonly SessionState[] {
  const states: SessionState[] = []
  visitAvps(bytes, (attribute, head, at) => {
    if (attribute !== FAILOVER_SESSION_STATE) return
    const legible = (head & AVP_HIDDEN) === 0 && at + 16 <= bytes.length
    const sessionId = legible ? uint32At(bytes, at + 8) : -1
    states.push({ sessionId, remoteSessionId: legible ? uint32At(bytes, at + 12) : -1 })
  })
  return states
}
