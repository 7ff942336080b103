// What the AVPs of RFC 4951 (section 5) in a message look like on the wire: presence, M and H bits, lengths. One glance serves
// every invariant that asks about the same message.

import { MAX_AVP } from '../../l2tp/wire/dialect.ts'
import { uint16At } from '../../l2tp/wire/octets.ts'
import {
  AVP_HIDDEN,
  AVP_MANDATORY,
  FAILOVER_CAPABILITY,
  FAILOVER_SESSION_STATE,
  MESSAGE_DIGEST,
  SUGGESTED_CONTROL_SEQUENCE,
  TUNNEL_RECOVERY,
  visitAvps,
} from './avps.ts'

const TIE_BREAKER = 5
const RANDOM_VECTOR = 36

export interface Glance {
  /** The message it is of. */
  bytes: Uint8Array
  /** Attributes 76 to 79 found, as bits 0 to 3. */
  failover: number
  /** What is wrong with the form of one of them; '' when nothing is. */
  misshapen: string
  tieBreaker: boolean
  /** Failover Session State AVPs. */
  states: number
  /** First attribute that an FSQ or FSR must not have; -1 for none. */
  foreign: number
}

export const emptyGlance = (): Glance => ({
  bytes: new Uint8Array(0),
  failover: 0,
  misshapen: '',
  tieBreaker: false,
  states: 0,
  foreign: -1,
})

interface Shape {
  readonly mandatory: boolean
  readonly hides: boolean
  /** Length when not hidden (R4951-AMB-11). */
  readonly length: number
}

/** RFC 4951 5.1 to 5.4, by attribute from 76. */
const shapes: readonly Shape[] = [
  { mandatory: false, hides: true, length: 12 },
  { mandatory: true, hides: false, length: 16 },
  { mandatory: false, hides: true, length: 12 },
  { mandatory: true, hides: true, length: 16 },
]

/** Looks at a message, unless it was the last one looked at. */
export function glanceAt(glance: Glance, bytes: Uint8Array): Glance {
  if (glance.bytes === bytes) return glance
  glance.bytes = bytes
  glance.failover = glance.states = 0
  glance.misshapen = ''
  glance.tieBreaker = false
  glance.foreign = -1
  visitAvps(bytes, (attribute, head, at) => {
    if (attribute >= FAILOVER_CAPABILITY && attribute <= FAILOVER_SESSION_STATE) noteFailover(glance, attribute, head, at)
    else if (attribute === TIE_BREAKER) glance.tieBreaker = true
    const belongs = attribute === FAILOVER_SESSION_STATE || attribute === RANDOM_VECTOR || attribute === MESSAGE_DIGEST
    if (!belongs && glance.foreign < 0) glance.foreign = attribute
  })
  return glance
}

function noteFailover(glance: Glance, attribute: number, head: number, at: number): void {
  glance.failover |= 1 << (attribute - FAILOVER_CAPABILITY)
  if (attribute === FAILOVER_SESSION_STATE) glance.states += 1
  const wrong = misshapen(glance.bytes, attribute, head, at)
  if (wrong !== undefined && glance.misshapen === '') glance.misshapen = `AVP ${String(attribute)} ${wrong}`
}

function misshapen(bytes: Uint8Array, attribute: number, head: number, at: number): string | undefined {
  const shape = shapes[attribute - FAILOVER_CAPABILITY]!
  const hidden = (head & AVP_HIDDEN) !== 0
  if (((head & AVP_MANDATORY) !== 0) !== shape.mandatory) return shape.mandatory ? 'without M bit' : 'with M bit'
  if (hidden) return shape.hides ? undefined : 'hidden'
  if ((head & MAX_AVP) !== shape.length) return `of length ${String(head & MAX_AVP)}`
  if (attribute !== FAILOVER_CAPABILITY) return undefined
  const word = uint16At(bytes, at + 6)
  return word >= 1 && word <= 3 ? undefined : `with flag word ${String(word)}`
}

/** Whether the glance found this attribute, 76 to 79. */
export const has = ({ failover }: Glance, attribute: number): boolean =>
  (failover & (1 << (attribute - FAILOVER_CAPABILITY))) !== 0

export { FAILOVER_CAPABILITY, FAILOVER_SESSION_STATE, SUGGESTED_CONTROL_SEQUENCE, TUNNEL_RECOVERY }
