// A message as a tree of fields for people: every field of the header, every AVP, every part of its value, with its place in the
// datagram and its section. It shows messages as a receiver with the given secret treats them, malformed ones as far as they can
// be read, and never throws. The decoder is decode.ts; both ask judge.ts about an AVP.

import { decodeBody } from './decode.ts'
import { describeAvps } from './describe-avp.ts'
import { octetsField, type Field } from './describe-value.ts'
import {
  decodeControlHeader,
  decodeDataHeader,
  hasBody,
  isControl,
  L_BIT,
  O_BIT,
  P_BIT,
  peekType,
  S_BIT,
  T_BIT,
  VERSION_BITS,
  type HeaderFault,
} from './header.ts'
import type { MessageType } from './messages.ts'
import { uint16At } from './octets.ts'

export type { AvpFacts, Field } from './describe-value.ts'

export interface Description {
  readonly kind: 'control' | 'data' | 'unreadable'
  /** '' when it is no control message or of unknown type. */
  readonly type: MessageType | 'ZLB' | ''
  /** One line: type, ids and sequence numbers. */
  readonly summary: string
  /** Why the message as a whole is discarded or refused. */
  readonly problem: string | undefined
  /** In the order of their offsets; together they cover every octet stored. */
  readonly fields: readonly Field[]
}

export interface Viewer {
  /** The receiver's shared secret. */
  readonly secret?: string | undefined
  /** Octets of filler at the end of the datagram that are not stored. */
  readonly missingOctets?: number
}

const REF = 'RFC 2661 3.1'

const faultTexts: Readonly<Record<HeaderFault, string>> = {
  'too-short': 'discarded: the header is cut off',
  'bad-version': 'discarded: unknown version',
  'bad-flags': 'discarded: T, L, S and O bits do not fit a control message',
  'bad-length': 'discarded: Length does not fit the datagram',
}

/** The tree of a datagram's payload, whatever it is. */
export function describeMessage(bytes: Uint8Array, viewer: Viewer = {}): Description {
  const problem = headerProblem(bytes, viewer.missingOctets)
  const header = describeHeader(bytes, problem)
  if (header.bodyAt < 0) {
    const unread = bytes.length > header.end ? [rest('Not read', bytes, header.end, bytes.length)] : []
    return { kind: 'unreadable', type: '', summary: 'unreadable', problem, fields: [header.field, ...unread] }
  }
  return isControl(bytes) ? describeControl(bytes, header, viewer) : describeData(bytes, header, viewer)
}

/** Octets [at, end) as they are. */
function rest(name: string, bytes: Uint8Array, at: number, end: number): Field {
  return octetsField(name, { bytes, at, end, shift: 0, ref: REF })
}

interface HeaderTree {
  readonly field: Field
  readonly problem: string | undefined
  /** Where the fields end. */
  readonly end: number
  /** Where AVPs or payload begin; -1 if the header is cut off or not of version 2. */
  readonly bodyAt: number
  readonly summary: string
}

interface Place {
  readonly name: string
  readonly present: boolean
}

/** The header's fields by its own L, S and O bits, as far as there are octets. */
function describeHeader(bytes: Uint8Array, problem: string | undefined): HeaderTree {
  const tree = (fields: readonly Field[], end: number, bodyAt: number, summary: string): HeaderTree => {
    const mark = problem === undefined ? {} : { problem }
    const field = { name: 'Header', offset: 0, length: end, value: '', ref: REF, fields, ...mark }
    return { field, problem, end, bodyAt, summary }
  }
  if (bytes.length < 2) return tree([rest('Octets', bytes, 0, bytes.length)], bytes.length, -1, '')
  const word = uint16At(bytes, 0)
  const children: Field[] = [flagsField(word)]
  const numbers: string[] = []
  let at = 2
  const known = (word & VERSION_BITS) === 2
  for (const { name, present } of known ? placesOf(word) : []) {
    if (!present) continue
    if (at + 2 > bytes.length) return tree(children, at, -1, '')
    const value = String(uint16At(bytes, at))
    children.push({ name, offset: at, length: 2, value, ref: REF, fields: [] })
    numbers.push(`${name} ${value}`)
    at += 2
  }
  const summary = numbers.filter((text) => !/^(Length|Offset)/.test(text)).join(', ')
  return tree(children, at, known ? at : -1, summary)
}

function placesOf(word: number): readonly Place[] {
  const sequenced = (word & S_BIT) !== 0
  return [
    { name: 'Length', present: (word & L_BIT) !== 0 },
    { name: 'Tunnel ID', present: true },
    { name: 'Session ID', present: true },
    { name: 'Ns', present: sequenced },
    { name: 'Nr', present: sequenced },
    { name: 'Offset Size', present: (word & O_BIT) !== 0 },
  ]
}

function flagsField(word: number): Field {
  const bit = (name: string, mask: number): Field => ({
    name,
    offset: 0,
    length: 2,
    value: (word & mask) !== 0 ? '1' : '0',
    ref: REF,
    fields: [],
  })
  const version = { name: 'Ver', offset: 0, length: 2, value: String(word & VERSION_BITS), ref: REF, fields: [] }
  return {
    name: 'Flags and version',
    offset: 0,
    length: 2,
    value: `0x${word.toString(16).padStart(4, '0')}`,
    ref: REF,
    fields: [bit('T', T_BIT), bit('L', L_BIT), bit('S', S_BIT), bit('O', O_BIT), bit('P', P_BIT), version],
  }
}

/** Why a receiver discards it for its header. */
function headerProblem(bytes: Uint8Array, missingOctets?: number): string | undefined {
  const decoded = isControl(bytes) ? decodeControlHeader(bytes) : decodeDataHeader(bytes, missingOctets)
  return typeof decoded === 'string' ? faultTexts[decoded] : undefined
}

function describeControl(bytes: Uint8Array, { field, problem, bodyAt, summary }: HeaderTree, { secret }: Viewer): Description {
  const header = decodeControlHeader(bytes)
  const type = peekType(bytes)
  const end = typeof header === 'string' ? bytes.length : header.length
  const avps = describeAvps(bytes, bodyAt, end, secret)
  const behind = end < bytes.length ? [rest('Behind the message', bytes, end, bytes.length)] : []
  const body = typeof header !== 'string' && hasBody(header) ? decodeBody(bytes, header, secret) : undefined
  const fault = body?.ok === false ? `${body.fault.mandatory ? 'refused' : 'ignored'}: ${body.fault.text}` : problem
  const name = type === '' ? 'control message' : type
  return { kind: 'control', type, summary: `${name}: ${summary}`, problem: fault, fields: [field, ...avps, ...behind] }
}

function describeData(bytes: Uint8Array, tree: HeaderTree, { missingOctets = 0 }: Viewer): Description {
  const { field, problem, bodyAt, summary } = tree
  const header = decodeDataHeader(bytes, missingOctets)
  const payloadAt = typeof header === 'string' ? bodyAt : header.payloadAt
  const padding = payloadAt > bodyAt ? [rest('Offset pad', bytes, bodyAt, payloadAt)] : []
  const payload = rest('Payload', bytes, payloadAt, bytes.length)
  const filler = missingOctets > 0 ? ` and ${String(missingOctets)} octets of filler` : ''
  const whole = { ...payload, value: `${payload.value}${filler}` }
  return { kind: 'data', type: '', summary: `data: ${summary}`, problem, fields: [field, ...padding, whole] }
}
