// A message as a tree of fields for people: every field of the header, every AVP, every part of its value, with its place in the
// datagram and its section. It shows messages as a receiver with the given secret treats them, malformed ones as far as they can
// be read, and never throws. The decoder is decode.ts; both ask judge.ts about an AVP.

import { decodeSessionData, SEQUENCE_MASK, sessionHeaderOctets, SUBLAYER, SUBLAYER_S_BIT, type DataFormat } from './data-v3.ts'
import { decodeBody } from './decode.ts'
import { controlMessageIn, demultiplex, IP_PREFIX, type Transport } from './demultiplex.ts'
import { describeAvps } from './describe-avp.ts'
import { describeHeader, dialectIn, type HeaderTree } from './describe-header.ts'
import { octetsField, type Field } from './describe-value.ts'
import { checkMessage, type ControlAuthentication } from './digest.ts'
import { decodeControlHeader, decodeDataHeader, hasBody, isControl, peekType, type HeaderFault } from './header.ts'
import type { MessageType } from './messages.ts'
import { uint32At } from './octets.ts'

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
  /** What carried it; UDP unless said otherwise. */
  readonly transport?: Transport
  /** Digests of the control connection, to check those of L2TPv3 messages. */
  readonly authentication?: ControlAuthentication | undefined
  /** What the receiver asked for in the data of an L2TPv3 session; without an answer, data stays undivided behind its Session ID. */
  readonly formatOf?: (sessionId: number) => DataFormat | undefined
}

const faultTexts: Readonly<Record<HeaderFault, string>> = {
  'too-short': 'discarded: the header is cut off',
  'bad-version': 'discarded: unknown version',
  'bad-flags': 'discarded: T, L, S and O bits do not fit a control message',
  'bad-length': 'discarded: Length does not fit the datagram',
}

/** The tree of a datagram's payload, whatever it is. */
export function describeMessage(bytes: Uint8Array, viewer: Viewer = {}): Description {
  if (viewer.transport === 'ip') return describeOverIp(bytes, viewer)
  const problem = headerProblem(bytes, viewer.missingOctets)
  const header = describeHeader(bytes, problem)
  if (header.bodyAt < 0) {
    const unread = bytes.length > header.end ? [rest('Not read', bytes, header.end, bytes.length)] : []
    return { kind: 'unreadable', type: '', summary: 'unreadable', problem, fields: [header.field, ...unread] }
  }
  if (isControl(bytes)) return describeControl(bytes, header, viewer)
  return demultiplex(bytes).version === 3 ? describeSession(bytes, header, viewer) : describeData(bytes, header, viewer)
}

/** Behind the Session ID, which is 0 for control messages, everything is as over UDP (RFC 3931 4.1.1). */
function describeOverIp(bytes: Uint8Array, viewer: Viewer): Description {
  const ref = 'RFC 3931 4.1.1.1'
  if (bytes.length < IP_PREFIX) {
    const field = rest('Not read', bytes, 0, bytes.length)
    return { kind: 'unreadable', type: '', summary: 'unreadable', problem: faultTexts['too-short'], fields: [field] }
  }
  const sessionId = String(uint32At(bytes, 0))
  const field: Field = { name: 'Session ID', offset: 0, length: IP_PREFIX, value: sessionId, ref, fields: [] }
  if (demultiplex(bytes, 'ip').kind === 'control') {
    const { fields, ...whole } = describeMessage(controlMessageIn(bytes, 'ip'), { ...viewer, transport: 'udp' })
    return { ...whole, fields: [field, ...fields.map(behindPrefix)] }
  }
  const header = { name: 'Header', offset: 0, length: IP_PREFIX, value: '', ref, fields: [field] }
  const tree = { field: header, problem: undefined, end: IP_PREFIX, bodyAt: IP_PREFIX, summary: `Session ID ${sessionId}` }
  return describeSession(bytes, tree, viewer)
}

function behindPrefix(field: Field): Field {
  return { ...field, offset: field.offset + IP_PREFIX, fields: field.fields.map(behindPrefix) }
}

/** Octets [at, end) as they are. */
function rest(name: string, bytes: Uint8Array, at: number, end: number): Field {
  return octetsField(name, { bytes, at, end, shift: 0, ref: dialectIn(bytes).refs.header })
}

/** Why a receiver discards it for its header. */
function headerProblem(bytes: Uint8Array, missingOctets?: number): string | undefined {
  const decoded = isControl(bytes) ? controlHeader(bytes) : dataHeader(bytes, missingOctets)
  return typeof decoded === 'string' ? faultTexts[decoded] : undefined
}

function controlHeader(bytes: Uint8Array) {
  return decodeControlHeader(bytes, dialectIn(bytes).version)
}

function dataHeader(bytes: Uint8Array, missingOctets = 0) {
  if (demultiplex(bytes).version !== 3) return decodeDataHeader(bytes, missingOctets)
  return bytes.length < sessionHeaderOctets('udp') ? 'too-short' : undefined
}

function describeControl(bytes: Uint8Array, { field, problem, bodyAt, summary }: HeaderTree, viewer: Viewer): Description {
  const { secret, authentication } = viewer
  const header = controlHeader(bytes)
  const dialect = dialectIn(bytes)
  const type = peekType(bytes)
  const end = typeof header === 'string' ? bytes.length : header.length
  const avps = describeAvps({ bytes, at: bodyAt, end, dialect, secret })
  const behind = end < bytes.length ? [rest('Behind the message', bytes, end, bytes.length)] : []
  const body = typeof header !== 'string' && hasBody(header) ? decodeBody(bytes, header, secret) : undefined
  const fault = body?.ok === false ? `${body.fault.mandatory ? 'refused' : 'ignored'}: ${body.fault.text}` : problem
  const sound = typeof header !== 'string' && header.version === 3
  const forged = sound && authentication !== undefined ? digestProblem(bytes, authentication) : undefined
  const name = type === '' ? 'control message' : type
  const fields = [field, ...avps, ...behind]
  return { kind: 'control', type, summary: `${name}: ${summary}`, problem: forged ?? fault, fields }
}

function digestProblem(bytes: Uint8Array, authentication: ControlAuthentication): string | undefined {
  const verdict = checkMessage(bytes, authentication)
  if (verdict === 'authentic') return undefined
  return verdict === 'missing' ? 'discarded: Message Digest is missing' : 'discarded: Message Digest is wrong'
}

function describeData(bytes: Uint8Array, tree: HeaderTree, { missingOctets = 0 }: Viewer): Description {
  const { field, problem, bodyAt, summary } = tree
  const header = decodeDataHeader(bytes, missingOctets)
  const payloadAt = typeof header === 'string' ? bodyAt : header.payloadAt
  const padding = payloadAt > bodyAt ? [rest('Offset pad', bytes, bodyAt, payloadAt)] : []
  const payload = payloadField('Payload', bytes, payloadAt, missingOctets)
  return { kind: 'data', type: '', summary: `data: ${summary}`, problem, fields: [field, ...padding, payload] }
}

function payloadField(name: string, bytes: Uint8Array, at: number, missingOctets: number): Field {
  const payload = rest(name, bytes, at, bytes.length)
  const filler = missingOctets > 0 ? ` and ${String(missingOctets)} octets of filler` : ''
  return { ...payload, value: `${payload.value}${filler}` }
}

/** L2TPv3 data: cookie, sublayer and payload, as far as the viewer knows where they part. */
function describeSession(bytes: Uint8Array, tree: HeaderTree, viewer: Viewer): Description {
  const { field, bodyAt } = tree
  const { missingOctets = 0, transport } = viewer
  const format = viewer.formatOf?.(uint32At(bytes, bodyAt - 4))
  const data = format && decodeSessionData(bytes, format, transport)
  const common = { kind: 'data', type: '' } as const
  const summary = `data: ${tree.summary}`
  if (format === undefined || data === undefined || data === 'too-short') {
    const problem = data === undefined ? tree.problem : faultTexts['too-short']
    const undivided = payloadField('Cookie, sublayer and payload', bytes, bodyAt, missingOctets)
    return { ...common, summary, problem, fields: [field, undivided] }
  }
  const sublayerAt = bodyAt + format.cookie.length
  const cookie = format.cookie.length > 0 ? [rest('Cookie', bytes, bodyAt, sublayerAt)] : []
  const sublayer = format.sublayer ? [sublayerField(bytes, sublayerAt)] : []
  const payload = payloadField('Payload', bytes, sublayerAt + (format.sublayer ? SUBLAYER : 0), missingOctets)
  const fields = [field, ...cookie, ...sublayer, payload]
  if (data === 'bad-cookie') return { ...common, summary, problem: 'discarded: the cookie is wrong', fields }
  const ns = data.ns < 0 ? '' : `, sequence number ${String(data.ns)}`
  return { ...common, summary: `${summary}${ns}`, problem: tree.problem, fields }
}

function sublayerField(bytes: Uint8Array, at: number): Field {
  const ref = 'RFC 3931 4.6'
  const word = uint32At(bytes, at)
  const valid = (word & SUBLAYER_S_BIT) !== 0
  const part = (name: string, value: string): Field => ({ name, offset: at, length: SUBLAYER, value, ref, fields: [] })
  const number = String(word & SEQUENCE_MASK)
  return {
    ...part('L2-Specific Sublayer', valid ? `Sequence Number ${number}` : 'without a number'),
    fields: [part('S', valid ? '1' : '0'), part('Sequence Number', number)],
  }
}
