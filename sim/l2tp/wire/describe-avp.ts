// The AVPs of a message as fields of the inspector's tree, each with what a receiver makes of it (judge.ts).

import { refIn, type AvpRow } from './avps.ts'
import { AVP_HEADER, FIRST_AVP, MESSAGE_TYPE, MESSAGE_TYPE_SIZE, type Dialect, type MessageLayout } from './dialect.ts'
import { describeParts, octetsField, type Field, type ValuePlace } from './describe-value.ts'
import { afterDigests } from './digest.ts'
import { startsWithMessageType } from './header.ts'
import { HIDDEN_OVERHEAD, hidingKey } from './hidden.ts'
import type { Part } from './layout.ts'
import { avpText, judge, readHead, type AvpHead, type Reading, type Verdict } from './judge.ts'
import { uint16At } from './octets.ts'
import { resultText } from './results.ts'
import { compileValue } from './values.ts'

const RESULT_CODE = 1

/** The body of a message, and what its receiver knows. */
export interface BodyPlace {
  readonly bytes: Uint8Array
  readonly at: number
  readonly end: number
  readonly dialect: Dialect
  readonly secret: string | undefined
}

/** One pass over the AVPs. */
interface Pass extends BodyPlace {
  /** Undefined when the message type is not known, so that nothing can be said about what belongs in it. */
  readonly reading: Reading | undefined
  /** AVPs that begin before it are sound by their place: Message Type, and Message Digest directly behind. */
  readonly settled: number
}

/** The AVPs in octets [at, end), and whatever is left that is none. */
export function describeAvps(place: BodyPlace): readonly Field[] {
  const { bytes, end, dialect } = place
  const pass = startPass(place)
  const fields: Field[] = []
  let { at } = place
  while (at < end) {
    const head = readHead(bytes, at, end)
    if (head === undefined || head.extent === 'short') {
      const field = octetsField('No AVP', { bytes, at, end, shift: 0, ref: dialect.refs.avp })
      return [...fields, { ...field, problem: 'refused: cannot be divided into AVPs' }]
    }
    fields.push(describeAvp(head, pass))
    at += head.length
  }
  return fields
}

function startPass(place: BodyPlace): Pass {
  const { bytes, at, end, dialect, secret } = place
  const typed = at + MESSAGE_TYPE_SIZE === FIRST_AVP && end >= FIRST_AVP && startsWithMessageType(bytes)
  const layout = typed ? dialect.byNumber[uint16At(bytes, FIRST_AVP - 2)] : undefined
  const settled = typed && dialect.version === 3 ? afterDigests(bytes, end) : FIRST_AVP
  const reading = layout && { dialect, layout, secret: secret === '' ? undefined : secret, seen: 0, hiding: undefined }
  return { ...place, reading, settled }
}

function describeAvp(head: AvpHead, pass: Pass): Field {
  const { bytes, end, dialect, reading } = pass
  const { at, attribute, vendor, mandatory, hidden } = head
  const verdict = verdictOn(head, pass)
  const row = knownRow(head, dialect)
  const ref = row === undefined ? dialect.refs.avp : refIn(dialect.version, row)
  const values = describeValue({ ...head, end: Math.min(at + head.length, end), ref }, row, pass, verdict)
  const problem = verdict && reading && problemOf(head, verdict, reading.layout)
  return {
    name: row?.title ?? avpText(dialect, vendor, attribute),
    offset: at,
    length: Math.min(head.length, end - at),
    value: row?.value.length === 0 ? 'present' : summaryOf(attribute, values, reading?.layout),
    ref,
    avp: { attribute, vendor, mandatory, hidden },
    ...(problem === undefined ? {} : { problem }),
    fields: [...headFields(bytes, head, dialect.refs.avp), ...values],
  }
}

function knownRow({ vendor, attribute }: AvpHead, dialect: Dialect): AvpRow | undefined {
  return vendor === 0 ? dialect.avps[attribute] : undefined
}

/** What a receiver makes of it; nothing to say of the AVPs at the start, which are sound if there is a reading. */
function verdictOn(head: AvpHead, { bytes, reading, settled }: Pass): Verdict | undefined {
  if (reading === undefined || head.at < settled) return undefined
  const verdict = judge(bytes, head, reading)
  remember(reading, verdict)
  return verdict
}

/** What a receiver keeps in mind for the AVPs that follow. */
function remember(reading: Reading, verdict: Verdict): void {
  if (verdict.verdict === 'taken') reading.seen |= verdict.slot.bit
  else if (verdict.verdict === 'vector' && reading.secret !== undefined) {
    reading.hiding = hidingKey(reading.dialect.hidingKeyOf(reading.secret), verdict.randomVector)
  }
}

function headFields(bytes: Uint8Array, head: AvpHead, ref: string): readonly Field[] {
  const { at, mandatory, hidden, reserved, length, vendor, attribute } = head
  const word = (name: string, value: string, offset = at): Field => ({ name, offset, length: 2, value, ref, fields: [] })
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
function describeValue(
  head: ValueSpan,
  row: AvpRow | undefined,
  { bytes, dialect }: Pass,
  verdict: Verdict | undefined,
): readonly Field[] {
  const { hidden, end, ref } = head
  const at = head.at + AVP_HEADER
  const plain = verdict?.verdict === 'taken' ? verdict.plain : undefined
  const parts = row && partsFor(row, plain === undefined ? end - at : uint16At(plain, 0))
  if (parts === undefined || (hidden && plain === undefined)) {
    return end > at ? [octetsField(hidden ? 'Hidden value' : 'Value', { bytes, at, end, shift: 0, ref })] : []
  }
  if (plain === undefined) return describeParts(parts, { bytes, at, end, shift: 0, ref })
  const place = { bytes: plain, at: HIDDEN_OVERHEAD, end: HIDDEN_OVERHEAD + uint16At(plain, 0), shift: at, ref }
  return describePlain(parts, place, dialect.refs.hiding)
}

/** The layout of a value of so many octets. */
function partsFor({ value, alsoReads }: AvpRow, octets: number): readonly Part[] {
  return alsoReads !== undefined && compileValue(alsoReads).fits(octets) ? alsoReads : value
}

function describePlain(parts: readonly Part[], place: ValuePlace, ref: string): readonly Field[] {
  const { bytes, end, shift } = place
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
