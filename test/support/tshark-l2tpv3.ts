// Compares how we and tshark read one L2TPv3 packet: header, place and header of every AVP, every value tshark has a field for.

import { toHex } from '../../sim/base/bytes.ts'
import { decodeBody } from '../../sim/l2tp/wire/codec.ts'
import { sessionIdOf } from '../../sim/l2tp/wire/data-v3.ts'
import { controlMessageIn, demultiplex, type Transport } from '../../sim/l2tp/wire/demultiplex.ts'
import { describeMessage, type Field } from '../../sim/l2tp/wire/describe.ts'
import { decodeControlHeader, hasBody } from '../../sim/l2tp/wire/header.ts'
import type { MessageIn } from '../../sim/l2tp/wire/messages.ts'
import type { PdmlField } from './pdml.ts'
import { avpDifferences, avpsOf, differs, pairOf, part, show, typeNames, type Fields } from './tshark-l2tp.ts'

/** What we and tshark see differently in a packet; empty if all agrees. */
export function differencesV3(bytes: Uint8Array, transport: Transport, tshark: PdmlField): readonly string[] {
  const { kind } = demultiplex(bytes, transport)
  if (kind === 'data') return differs('Session ID', sessionIdOf(bytes, transport), Number(show(tshark, 'l2tp.sid')))
  const { fields } = describeMessage(bytes, { transport })
  const prefix = transport === 'ip' ? differs('Session ID', '0x00000000', show(tshark, 'l2tp.sid')) : []
  return [...prefix, ...controlDifferences(controlMessageIn(bytes, transport), tshark), ...avpDifferences(avpsIn(fields), tshark)]
}

const avpsIn = (fields: readonly Field[]) => fields.filter((field) => field.avp !== undefined)

/** Decoded header and message, if we accept them. */
function controlDifferences(bytes: Uint8Array, tshark: PdmlField): readonly string[] {
  const header = decodeControlHeader(bytes, 3)
  if (typeof header === 'string') return [`discarded: ${header}`]
  const numbers = [
    ...differs('length', header.length, show(tshark, 'l2tp.length')),
    ...differs('control connection', header.tunnelId, Number(show(tshark, 'l2tp.ccid'))),
    ...differs('ns', header.ns, show(tshark, 'l2tp.Ns')),
    ...differs('nr', header.nr, show(tshark, 'l2tp.Nr')),
  ]
  if (!hasBody(header)) return numbers
  const body = decodeBody(bytes, header, undefined)
  return body.ok ? [...numbers, ...messageDifferences(body.message, tshark)] : numbers
}

const latin1 = (value: unknown) => (typeof value === 'string' ? Buffer.from(value, 'latin1').toString('hex') : undefined)
const utf8 = (value: unknown) => (typeof value === 'string' ? Buffer.from(value, 'utf8').toString('hex') : undefined)
const octets = (value: unknown) => (value instanceof Uint8Array ? toHex(value) : undefined)

/** Values of AVPs that tshark has fields for: where we keep each, as number, or octets in hexadecimal. */
const values: Readonly<Record<string, (message: Fields) => unknown>> = {
  'l2tp.result_code': (m) => part(m.resultCode, 'result'),
  'l2tp.avp.error_code': (m) => part(m.resultCode, 'error'),
  'l2tp.avp.error_message': (m) => utf8(part(m.resultCode, 'message') ?? ''),
  'l2tp.tie_breaker': (m) => octets(m.tieBreaker),
  'l2tp.avp.host_name': (m) => latin1(m.hostName),
  'l2tp.avp.vendor_name': (m) => latin1(m.vendorName),
  'l2tp.avp.receive_window_size': (m) => m.receiveWindowSize,
  'l2tp.avp.call_serial_number': (m) => m.callSerialNumber,
  'l2tp.avp.physical_channel': (m) => m.physicalChannelId,
  'l2tp.avp.router_id': (m) => m.routerId,
  'l2tp.avp.assigned_control_conn_id': (m) => m.assignedTunnelId,
  'l2tp.avp.local_session_id': (m) => m.assignedSessionId,
  'l2tp.avp.remote_session_id': (m) => m.remoteSessionId,
  'l2tp.avp.assigned_cookie': (m) => octets(m.assignedCookie),
  'l2tp.avp.remote_end_id': (m) => octets(m.remoteEndId),
  'l2tp.avp.pseudowire_type': (m) => m.pseudowireType,
  'l2tp.avp.layer2_specific_sublayer': (m) => m.l2SpecificSublayer,
  'l2tp.avp.data_sequencing': (m) => m.dataSequencing,
  'l2tp.avp.circuit_status': (m) => (part(m.circuitStatus, 'active') === true ? 1 : 0),
  'l2tp.avp.circuit_type': (m) => (part(m.circuitStatus, 'new') === true ? 1 : 0),
  'l2tp.avp.preferred_language': (m) => latin1(m.preferredLanguage),
  'l2tp.avp.nonce': (m) => octets(m.nonce),
  'l2tp.avp.tx_connect_speed_v3': (m) => m.txConnectSpeed,
  'l2tp.avp.rx_connect_speed_v3': (m) => m.rxConnectSpeed,
}

const word = (value: unknown, digits: number) => Number(value).toString(16).padStart(digits, '0')

/** Values of which tshark knows the octets only, or which it reads as those of L2TPv2 (34): the whole value in hexadecimal. */
const contents: Readonly<Record<number, (message: Fields) => string | undefined>> = {
  34: ({ circuitErrors: value }) =>
    `0000${['hardwareOverruns', 'bufferOverruns', 'timeoutErrors', 'alignmentErrors'].map((name) => word(part(value, name), 8)).join('')}`,
  62: ({ pseudowireCapabilities: list }) => ((list ?? []) as readonly number[]).map((one) => word(one, 4)).join(''),
  76: ({ failoverCapability: value }) => {
    const flags = (part(value, 'control') === true ? 1 : 0) | (part(value, 'data') === true ? 2 : 0)
    return word(flags, 4) + word(part(value, 'recoveryTimeMs'), 8)
  },
  77: ({ tunnelRecovery: value }) => pairOf(8, part(value, 'recoverTunnelId'), part(value, 'recoverRemoteTunnelId')),
  78: ({ suggestedControlSequence: value }) => pairOf(4, part(value, 'suggestedNs'), part(value, 'suggestedNr')),
  79: ({ failoverSessionStates: list }) =>
    ((list ?? []) as readonly Fields[]).map((pair) => pairOf(8, pair.sessionId, pair.remoteSessionId)).join(''),
}

/** Of these the decoded message keeps nothing. */
const notKept = ['message_type', 'random_vector', 'message_digest', 'mandatory', 'hidden', 'length', 'vendor_id', 'type']
const heads = notKept.map((name) => `l2tp.avp.${name}`)

/** Every value that tshark prints against the decoded message. */
function messageDifferences(message: MessageIn<3>, tshark: PdmlField): readonly string[] {
  const ours = message as unknown as Fields
  const [first, ...others] = avpsOf(tshark)
  const number = first && show(first, 'l2tp.avp.message_type')
  const type = differs('message type', message.type, number === '20' ? 'ACK' : typeNames[Number(number)])
  const known = others.filter((avp) => show(avp, 'l2tp.avp.vendor_id') === '0')
  const plain = known.filter((avp) => !Object.hasOwn(contents, show(avp, 'l2tp.avp.type') ?? ''))
  const fields = plain.flatMap((avp) => avp.fields.flatMap((field) => valueDifferences(ours, field)))
  const whole = Object.entries(contents).flatMap(([attribute, expected]) => {
    const found = known.filter((avp) => show(avp, 'l2tp.avp.type') === attribute).map((avp) => avp.value.slice(12))
    return found.length === 0 ? [] : differs(`AVP ${attribute}`, expected(ours), found.join(''))
  })
  return [...type, ...fields, ...whole]
}

function valueDifferences(ours: Fields, field: PdmlField): readonly string[] {
  const expected = values[field.name]
  if (expected === undefined) return heads.includes(field.name) || field.name === '' ? [] : [`tshark has ${field.name} ${field.show}`]
  const value = expected(ours)
  const numeric = typeof value === 'number' || typeof value === 'bigint'
  return differs(field.name, value, numeric ? BigInt(`0x${field.value}`) : field.value)
}
