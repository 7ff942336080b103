// How one received AVP is treated (RFC 2661 4.1, 4.3, 7.1; RFC 3931 5.1 to 5.4.1, 7.1): the full rules, for AVPs that are not
// plainly right. The decoder and the inspector both ask here, so what the inspector shows is what the decoder did.

import {
  AVP_HEADER,
  EXTENDED_VENDOR_ID,
  H_BIT,
  M_BIT,
  MESSAGE_DIGEST,
  RANDOM_VECTOR,
  RESERVED_BITS,
  type Dialect,
  type MessageLayout,
  type Slot,
} from './dialect.ts'
import { HIDDEN_OVERHEAD, unhide, type HidingKey } from './hidden.ts'
import { uint16At } from './octets.ts'
import { generalErrors } from './results.ts'

/** The header of an AVP. */
export interface AvpHead {
  readonly at: number
  readonly length: number
  readonly mandatory: boolean
  readonly hidden: boolean
  readonly reserved: boolean
  readonly vendor: number
  readonly attribute: number
  /** `short`: Length below 6, nothing behind it can be found; `overrun`: Length beyond the message. */
  readonly extent: 'sound' | 'short' | 'overrun'
}

/** What is known while the AVPs of a message are gone through. */
export interface Reading {
  readonly dialect: Dialect
  readonly layout: MessageLayout
  readonly secret: string | undefined
  /** Bits of the AVPs already taken. */
  seen: number
  /** What the nearest Random Vector AVP before makes of the secret. */
  hiding: HidingKey | undefined
}

export type Refusal = 'unknown' | 'malformed' | 'undecipherable'

export type Verdict =
  | { readonly verdict: 'taken'; readonly slot: Slot; readonly value: unknown; readonly plain: Uint8Array | undefined }
  | { readonly verdict: 'vector'; readonly randomVector: Uint8Array }
  /** The M bit decides: ends the tunnel or session with this error code, or is ignored. */
  | { readonly verdict: 'refused'; readonly why: Refusal; readonly error: number; readonly text: string }
  /** Ignored whatever the M bit. */
  | { readonly verdict: 'ignored'; readonly why: 'unknown' | 'unexpected' | 'duplicate' }

/** The AVP header at `at`; undefined if fewer than 6 octets are left before `end`. */
export function readHead(bytes: Uint8Array, at: number, end: number): AvpHead | undefined {
  if (at + AVP_HEADER > end) return undefined
  const flags = bytes[at] as number
  const length = uint16At(bytes, at) & 0x3ff
  return {
    at,
    length,
    mandatory: (flags & M_BIT) !== 0,
    hidden: (flags & H_BIT) !== 0,
    reserved: (flags & RESERVED_BITS) !== 0,
    vendor: uint16At(bytes, at + 2),
    attribute: uint16At(bytes, at + 4),
    extent: length < AVP_HEADER ? 'short' : at + length > end ? 'overrun' : 'sound',
  }
}

/** The treatment of an AVP. Changes nothing: the caller marks what it takes. */
export function judge(bytes: Uint8Array, head: AvpHead, reading: Reading): Verdict {
  const { layout, dialect } = reading
  const reserved = head.reserved && dialect.refusesReserved
  if (reserved || head.vendor !== 0 || dialect.avps[head.attribute] === undefined) return unknown(reserved, layout)
  if (head.attribute === RANDOM_VECTOR) return judgeVector(bytes, head)
  const slot = layout.slotOf[head.attribute]
  if (slot === undefined) return judgeWithoutSlot(head, reading)
  if ((slot.bit & reading.seen) !== 0) return { verdict: 'ignored', why: 'duplicate' }
  if (head.extent !== 'sound') return badLength(head)
  return head.hidden ? judgeHidden(bytes, head, slot, reading) : judgeClear(bytes, head, slot)
}

/** How an AVP is called in messages to people: attribute and, if known, name. */
export function avpText({ avps }: Dialect, vendor: number, attribute: number): string {
  if (vendor !== 0) return `AVP ${String(attribute)} of vendor ${String(vendor)}`
  const row = avps[attribute]
  return row === undefined ? `AVP ${String(attribute)}` : `AVP ${String(attribute)} (${row.title})`
}

/**
 * What does not belong in the message. Of Extended Vendor ID we know the envelope, but no vendor's AVP in it, and its M bit is to be
 * 0 (RFC 3931 5.1). A Message Digest that is not where it belongs, or has another type or Length, is malformed (RFC 3931 5.4.1).
 */
function judgeWithoutSlot(head: AvpHead, { dialect, layout }: Reading): Verdict {
  if (dialect.version === 3 && head.attribute === EXTENDED_VENDOR_ID) return { verdict: 'ignored', why: 'unknown' }
  if (dialect.version === 3 && head.attribute === MESSAGE_DIGEST && layout.row.ignoresOthers !== true) {
    return malformed(generalErrors.valueOutOfRange, 'is misplaced or of unknown type')
  }
  return { verdict: 'ignored', why: 'unexpected' }
}

function unknown(reserved: boolean, layout: MessageLayout): Verdict {
  if (layout.row.ignoresOthers === true) return { verdict: 'ignored', why: 'unknown' }
  const text = reserved ? 'reserved bits set' : 'not known'
  return { verdict: 'refused', why: 'unknown', error: generalErrors.unknownMandatoryAvp.code, text }
}

function malformed(error: { readonly code: number }, text: string): Verdict {
  return { verdict: 'refused', why: 'malformed', error: error.code, text }
}

function badLength(head: AvpHead): Verdict {
  const where = head.extent === 'overrun' ? ' reaches beyond the message' : ' is wrong'
  return malformed(generalErrors.lengthWrong, `Length ${String(head.length)}${where}`)
}

function judgeVector(bytes: Uint8Array, head: AvpHead): Verdict {
  if (head.extent !== 'sound') return badLength(head)
  if (head.hidden) return mayNotHide()
  return { verdict: 'vector', randomVector: new Uint8Array(bytes.subarray(head.at + AVP_HEADER, head.at + head.length)) }
}

function mayNotHide(): Verdict {
  return malformed(generalErrors.valueOutOfRange, 'may not be hidden')
}

function judgeClear(bytes: Uint8Array, head: AvpHead, slot: Slot): Verdict {
  const value = slot.codec.read(bytes, head.at + AVP_HEADER, head.at + head.length)
  if (value !== undefined) return { verdict: 'taken', slot, value, plain: undefined }
  return slot.codec.fits(head.length - AVP_HEADER) ? outOfRange() : badLength(head)
}

function outOfRange(): Verdict {
  return malformed(generalErrors.valueOutOfRange, 'value out of range')
}

function judgeHidden(bytes: Uint8Array, head: AvpHead, slot: Slot, { secret, hiding }: Reading): Verdict {
  if (!slot.row.hides) return mayNotHide()
  if (secret === undefined) return undecipherable(generalErrors.valueOutOfRange, 'hidden, but there is no secret')
  if (hiding === undefined) return undecipherable(generalErrors.valueOutOfRange, 'hidden without a Random Vector')
  const hidden = bytes.subarray(head.at + AVP_HEADER, head.at + head.length)
  if (hidden.length < HIDDEN_OVERHEAD) return badLength(head)
  const plain = unhide(slot.attribute, hiding, hidden)
  if (plain === undefined) return undecipherable(generalErrors.lengthWrong, 'hidden length is wrong')
  const end = HIDDEN_OVERHEAD + uint16At(plain, 0)
  const value = slot.codec.read(plain, HIDDEN_OVERHEAD, end)
  if (value !== undefined) return { verdict: 'taken', slot, value, plain }
  return slot.codec.fits(end - HIDDEN_OVERHEAD) ? outOfRange() : malformed(generalErrors.lengthWrong, 'hidden length is wrong')
}

/** R2661-4.3-01, -02: the H bit is out of place (error 3), or the secrets differ and a nonsense length came out (error 2). */
function undecipherable(error: { readonly code: number }, text: string): Verdict {
  return { verdict: 'refused', why: 'undecipherable', error: error.code, text }
}
