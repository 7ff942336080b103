// The body of a received control message (RFC 2661 sections 4 and 7.1, RFC 3931 sections 5 and 7.1). The path taken by ordinary
// AVPs is a short loop over compiled registry rows; all else is judged in judge.ts. A peer's octets never throw: faults are
// values.

import type { Version } from './avps.ts'
import { AVP_HEADER, dialectOf, FIRST_AVP, H_BIT, RESERVED_BITS, type MessageLayout, type Slot } from './dialect.ts'
import { afterDigests } from './digest.ts'
import { addressed, faultIn, unknownMessage, withoutType, type BodyFault } from './fault.ts'
import { startsWithMessageType, type ControlHeader } from './header.ts'
import { hidingKey } from './hidden.ts'
import { avpText, judge, readHead, type AvpHead, type Reading } from './judge.ts'
import type { MessageIn } from './messages.ts'
import { uint16At, uint32At } from './octets.ts'
import { generalErrors } from './results.ts'

/** An AVP that was left out of account, to be logged. */
export interface AvpNote {
  readonly attribute: number
  readonly vendor: number
  readonly what: 'unknown-ignored' | 'malformed-ignored' | 'undecipherable-ignored' | 'unexpected-ignored' | 'duplicate-ignored'
}

export type Body<V extends Version = 2> =
  | { readonly ok: true; readonly message: MessageIn<V>; readonly notes: readonly AvpNote[] }
  | { readonly ok: false; readonly fault: BodyFault }

/** A message object seen without its type. */
type Fields = Record<string, unknown>

/** No more than so many ignored AVPs are noted for one message. */
const MAX_NOTES = 32
const NO_NOTES: readonly AvpNote[] = Object.freeze([])

/** One pass over the AVPs of a message. */
interface Pass extends Reading {
  readonly message: Fields
  readonly end: number
  at: number
  fault: BodyFault | undefined
  notes: AvpNote[] | undefined
}

/**
 * The body of a control message whose header is sound and has one (see decodeControlHeader, hasBody); whether it is authentic has
 * been checked (digest.ts). The secret serves to unhide, so give none where L2TPv3 does not authenticate (RFC 3931 5.3).
 *
 * An AVP that is unknown, malformed or undecipherable makes a fault if its M bit is set and a note if not; the first fault
 * counts, and reading goes on for the ids that its answer needs. An AVP that is known but does not belong here, or comes twice,
 * is noted and ignored.
 */
export function decodeBody<V extends Version>(
  bytes: Uint8Array,
  header: ControlHeader<V>,
  secret: string | undefined,
): Body<V> {
  const end = header.length
  const dialect = dialectOf(header.version)
  if (end < FIRST_AVP || !startsWithMessageType(bytes)) return { ok: false, fault: withoutType(bytes, end, dialect) }
  const layout = dialect.byNumber[uint16At(bytes, FIRST_AVP - 2)]
  if (layout === undefined) return { ok: false, fault: unknownMessage(bytes) }
  const pass: Pass = {
    dialect,
    layout,
    secret: secret === '' ? undefined : secret,
    seen: 0,
    hiding: undefined,
    message: blankMessage(layout),
    end,
    at: header.version === 2 ? FIRST_AVP : afterDigests(bytes, end),
    fault: undefined,
    notes: undefined,
  }
  while (pass.at < end) if (!takePlain(pass, bytes)) takeJudged(pass, bytes)
  return finish(pass)
}

function blankMessage({ blank, lists }: MessageLayout): Fields {
  const message = { ...blank }
  for (let i = 0; i < lists.length; i++) message[lists[i] as string] = []
  return message
}

/** Takes the next AVP if it is in clear, belongs here, is new and sound; else leaves everything as it is and returns false. */
function takePlain(pass: Pass, bytes: Uint8Array): boolean {
  const { at } = pass
  if (at + AVP_HEADER > pass.end) return false
  const flags = bytes[at] as number
  if ((flags & (H_BIT | RESERVED_BITS)) !== 0 || uint32At(bytes, at + 2) > 0xff) return false
  const length = ((flags & 3) << 8) | (bytes[at + 1] as number)
  const next = at + length
  const slot = pass.layout.slotOf[bytes[at + 5] as number]
  if (slot === undefined || length < AVP_HEADER || next > pass.end || (slot.bit & pass.seen) !== 0) return false
  const value = slot.codec.read(bytes, at + AVP_HEADER, next)
  if (value === undefined) return false
  take(pass, slot, value)
  pass.at = next
  return true
}

function take(pass: Pass, slot: Slot, value: unknown): void {
  if (slot.repeats) (pass.message[slot.name] as unknown[]).push(value)
  else pass.message[slot.name] = value
  pass.seen |= slot.bit
}

/** Deals with the next AVP by the full rules. */
function takeJudged(pass: Pass, bytes: Uint8Array): void {
  const head = readHead(bytes, pass.at, pass.end)
  if (head === undefined || head.extent === 'short') {
    refuseRest(pass, head)
    return
  }
  const verdict = judge(bytes, head, pass)
  pass.at = Math.min(pass.at + head.length, pass.end)
  if (verdict.verdict === 'taken') take(pass, verdict.slot, verdict.value)
  else if (verdict.verdict === 'vector') startHiding(pass, verdict.randomVector)
  else if (verdict.verdict === 'ignored' || !head.mandatory) note(pass, head, `${verdict.why}-ignored`)
  else {
    const why = verdict.why === 'undecipherable' ? verdict.why : (`${verdict.why}-avp` as const)
    const text = `${avpText(pass.dialect, head.vendor, head.attribute)}: ${verdict.text}`
    pass.fault ??= faultIn(pass.layout.row, { why, error: verdict.error, attribute: head.attribute, text })
  }
}

/** The Random Vector holds until the next one (R2661-4.3-08). */
function startHiding(pass: Pass, randomVector: Uint8Array): void {
  if (pass.secret !== undefined) pass.hiding = hidingKey(pass.dialect.hidingKeyOf(pass.secret), randomVector)
}

/** What follows cannot be divided into AVPs: malformed beyond recovery, whatever the M bit (RFC 2661 7.1). */
function refuseRest(pass: Pass, head: AvpHead | undefined): void {
  const attribute = head?.attribute ?? -1
  const where = head === undefined ? 'rest of the message' : avpText(pass.dialect, head.vendor, attribute)
  const text = head === undefined ? `${where} is no AVP` : `${where}: Length ${String(head.length)} is wrong`
  pass.fault ??= faultIn(pass.layout.row, { why: 'malformed-avp', error: generalErrors.lengthWrong.code, attribute, text })
  pass.at = pass.end
}

function note(pass: Pass, { attribute, vendor }: AvpHead, what: AvpNote['what']): void {
  pass.notes ??= []
  if (pass.notes.length < MAX_NOTES) pass.notes.push({ attribute, vendor, what })
}

function finish<V extends Version>(pass: Pass): Body<V> {
  const fault = pass.fault ?? missing(pass)
  if (fault !== undefined) return { ok: false, fault: addressed(fault, pass.message) }
  return { ok: true, message: pass.message as unknown as MessageIn<V>, notes: pass.notes ?? NO_NOTES }
}

/** A fault if a required AVP was not taken (RFC 2661 7.1). */
function missing({ layout, seen, dialect }: Pass): BodyFault | undefined {
  const lacking = layout.requiredBits & ~seen
  if (lacking === 0) return undefined
  const attribute = layout.slots.find(({ bit }) => (bit & lacking) !== 0)?.attribute ?? -1
  const text = `${avpText(dialect, 0, attribute)} is missing`
  return faultIn(layout.row, { why: 'missing-avp', error: generalErrors.vendorSpecific.code, attribute, text })
}
