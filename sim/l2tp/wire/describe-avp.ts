// The AVPs of a message as fields of the inspector's tree, each with what a receiver makes of it (judge.ts).

import type { AvpRow } from './avps.ts'
import { AVP_HEADER, FIRST_AVP, l2tpv2, MESSAGE_TYPE, MESSAGE_TYPE_SIZE, type MessageLayout } from './dialect.ts'
import { describeParts, octetsField, type Field, type ValuePlace } from './describe-value.ts'
import { startsWithMessageType } from './header.ts'
import { HIDDEN_OVERHEAD, hidingKey } from './hidden.ts'
import { avpText, judge, readHead, type AvpHead, type Reading, type Verdict } from './judge.ts'
import { uint16At } from './octets.ts'
import { resultText } from './results.ts'
import { utf8 } from './text.ts'

const REF = 'RFC 2661 4.1'
const RESULT_CODE = 1

/** The AVPs in octets [at, end), and whatever is left that is none. */
export function describeAvps(bytes: Uint8Array, at: number, end: number, secret: string | undefined): readonly Field[] {
  const reading = startReading(bytes, at, end, secret)
  const fields: Field[] = []
  while (at < end) {
    const head = readHead(bytes, at, end)
    if (head === undefined || head.extent === 'short') {
      const field = octetsField('No AVP', { bytes, at, end, shift: 0, ref: REF })
      return [...fields, { ...field, problem: 'refused: cannot be divided into AVPs' }]
    }
    fields.push(describeAvp(bytes, head, end, reading))
    at += head.length
  }
  return fields
}

/** Undefined when the message type is not known, so that nothing can be said about what belongs in it. */
function startReading(bytes: Uint8Array, at: number, end: number, secret: string | undefined): Reading | undefined {
  const typed = at + MESSAGE_TYPE_SIZE === FIRST_AVP && end >= FIRST_AVP && startsWithMessageType(bytes)
  const layout = typed ? l2tpv2.byNumber[uint16At(bytes, FIRST_AVP - 2)] : undefined
  return layout && { dialect: l2tpv2, layout, secret: secret === '' ? undefined : secret, seen: 0, hiding: undefined }
}

function describeAvp(bytes: Uint8Array, head: AvpHead, end: number, reading: Reading | undefined): Field {
  const { at, attribute, vendor, mandatory, hidden } = head
  const verdict = reading && verdictOn(bytes, head, reading)
  const row = knownRow(head)
  const ref = row?.ref ?? REF
  const values = describeValue(bytes, { ...head, end: Math.min(at + head.length, end), ref }, verdict)
  const problem = verdict && problemOf(head, verdict, reading.layout)
  return {
    name: row?.title ?? avpText(l2tpv2, vendor, attribute),
    offset: at,
    length: Math.min(head.length, end - at),
    value: row?.value.length === 0 ? 'present' : summaryOf(attribute, values, reading?.layout),
    ref,
    avp: { attribute, vendor, mandatory, hidden },
    ...(problem === undefined ? {} : { problem }),
    fields: [...headFields(bytes, head), ...values],
  }
}

function knownRow({ vendor, attribute }: AvpHead): AvpRow | undefined {
  return vendor === 0 ? l2tpv2.avps[attribute] : undefined
}

/** What a receiver makes of it; nothing to say of the Message Type AVP at the start, which is sound if there is a reading. */
function verdictOn(bytes: Uint8Array, head: AvpHead, reading: Reading): Verdict | undefined {
  if (head.at < FIRST_AVP) return undefined
  const verdict = judge(bytes, head, reading)
  remember(reading, verdict)
  return verdict
}

/** What a receiver keeps in mind for the AVPs that follow. */
function remember(reading: Reading, verdict: Verdict): void {
  if (verdict.verdict === 'taken') reading.seen |= verdict.slot.bit
  else if (verdict.verdict === 'vector' && reading.secret !== undefined) {
    reading.hiding = hidingKey(utf8(reading.secret), verdict.randomVector)
  }
}

function headFields(bytes: Uint8Array, head: AvpHead): readonly Field[] {
  const { at, mandatory, hidden, reserved, length, vendor, attribute } = head
  const word = (name: string, value: string, offset = at): Field => ({ name, offset, length: 2, value, ref: REF, fields: [] })
  return [
    word('M', mandatory ? '1' : '0'),
    word('H', hidden ? '1' : '0'),
    ...(reserved ? [word('Reserved bits', String(((bytes[at] as number) >>> 2) & 0xf))] : []),
    word('Length', String(length)),
    word('Vendor ID', String(vendor), at + 2),
    word('Attribute Type', String(attribute), at + 4),
  ]
}

type ValueSpan = AvpHead & { readonly end: number; readonly ref: string }

/** The value part by part if it is known and readable, else as octets. A deciphered value stands where its cipher stands. */
function describeValue(bytes: Uint8Array, head: ValueSpan, verdict: Verdict | undefined): readonly Field[] {
  const { hidden, end, ref } = head
  const at = head.at + AVP_HEADER
  const parts = knownRow(head)?.value
  const plain = verdict?.verdict === 'taken' ? verdict.plain : undefined
  if (parts === undefined || (hidden && plain === undefined)) {
    return end > at ? [octetsField(hidden ? 'Hidden value' : 'Value', { bytes, at, end, shift: 0, ref })] : []
  }
  if (plain === undefined) return describeParts(parts, { bytes, at, end, shift: 0, ref })
  return describePlain(parts, { bytes: plain, at: HIDDEN_OVERHEAD, end: HIDDEN_OVERHEAD + uint16At(plain, 0), shift: at, ref })
}

function describePlain(parts: Parameters<typeof describeParts>[0], place: ValuePlace): readonly Field[] {
  const { bytes, end, shift } = place
  const ref = 'RFC 2661 4.3'
  const length: Field = { name: 'Original length', offset: shift, length: 2, value: String(end - 2), ref, fields: [] }
  const padding = octetsField('Padding', { bytes, at: end, end: bytes.length, shift, ref })
  const behind = padding.length > 0 ? [padding] : []
  return [length, ...describeParts(parts, place), ...behind]
}

/** The value in one line. */
function summaryOf(attribute: number, fields: readonly Field[], layout: MessageLayout | undefined): string {
  const shown = fields.filter(({ name }) => !['Reserved', 'Original length', 'Padding'].includes(name))
  const type = layout?.row.type
  if (attribute === MESSAGE_TYPE && type !== undefined) return `${String(layout?.row.number)} (${type})`
  const [result, error, ...message] = shown.map(({ value }) => value)
  if (attribute === RESULT_CODE && result !== undefined && (type === 'StopCCN' || type === 'CDN')) {
    const code = resultText(type, Number(result), error === undefined ? undefined : Number(error))
    return [code, ...message].join(' ')
  }
  return shown.map(({ name, value }) => (/value$/i.test(name) ? value : `${name} ${value}`)).join(', ')
}

function problemOf(head: AvpHead, verdict: Verdict, { row }: MessageLayout): string | undefined {
  if (verdict.verdict === 'refused') return `${head.mandatory ? 'refused' : 'ignored'}: ${verdict.text}`
  if (verdict.verdict !== 'ignored') return undefined
  if (verdict.why === 'unexpected') return `ignored: does not belong in ${row.type}`
  return verdict.why === 'duplicate' ? 'ignored: the first one counts' : 'ignored: not known'
}
