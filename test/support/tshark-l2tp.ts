// Compares how we and tshark read one L2TPv2 packet: header, place and header of every AVP, every value tshark has a field for.

import { toHex } from '../../sim/base/bytes.ts'
import { decodeBody } from '../../sim/l2tp/wire/codec.ts'
import { describeMessage, type Field } from '../../sim/l2tp/wire/describe.ts'
import { decodeControlHeader, decodeDataHeader, hasBody, isControl } from '../../sim/l2tp/wire/header.ts'
import type { ControlMessage } from '../../sim/l2tp/wire/messages.ts'
import type { PdmlField } from './pdml.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The two values where they are not the same, in one line. */
export function differs(what: string, ours: unknown, theirs: unknown): readonly string[] {
  return String(ours) === String(theirs) ? [] : [`${what}: ours ${String(ours)}, tshark ${String(theirs)}`]
}

/** What we and tshark see differently in a packet; empty if all agrees. */
export function differences(bytes: Uint8Array, tshark: PdmlField): readonly string[] {
  const description = describeMessage(bytes)
  const header = describedHeader(description.fields, tshark)
  if (!isControl(bytes)) return [...header, ...dataDifferences(bytes, tshark)]
  return [...header, ...controlDifferences(bytes, tshark), ...avpDifferences(ourAvps(description.fields), tshark)]
}

const headerNames: Readonly<Record<string, string>> = {
  Length: 'l2tp.length',
  'Tunnel ID': 'l2tp.tunnel',
  'Session ID': 'l2tp.session',
  Ns: 'l2tp.Ns',
  Nr: 'l2tp.Nr',
  'Offset Size': 'l2tp.offset',
}

/** The header as the inspector shows it, for packets that we discard too. */
function describedHeader(fields: readonly Field[], tshark: PdmlField): readonly string[] {
  const ours = new Map(fields[0]?.fields.map(({ name, value }) => [name, value]))
  const flags = differs('flags', ours.get('Flags and version'), show(tshark, 'l2tp.flags'))
  const numbers = Object.entries(headerNames).flatMap(([name, theirs]) => differs(name, ours.get(name), show(tshark, theirs)))
  return [...flags, ...numbers]
}

export function show(parent: PdmlField, name: string): string | undefined {
  return parent.fields.find((field) => field.name === name)?.show
}

function dataDifferences(bytes: Uint8Array, tshark: PdmlField): readonly string[] {
  const header = decodeDataHeader(bytes)
  if (typeof header === 'string') return [`discarded: ${header}`]
  return [
    ...differs('tunnelId', header.tunnelId, show(tshark, 'l2tp.tunnel')),
    ...differs('sessionId', header.sessionId, show(tshark, 'l2tp.session')),
    ...differs('ns', header.ns, show(tshark, 'l2tp.Ns') ?? -1),
    ...differs('payloadAt', header.payloadAt, tshark.size),
  ]
}

/** Decoded header and message, if we accept them. */
function controlDifferences(bytes: Uint8Array, tshark: PdmlField): readonly string[] {
  const header = decodeControlHeader(bytes)
  if (typeof header === 'string') return []
  const ids = [
    ...differs('length', header.length, show(tshark, 'l2tp.length')),
    ...differs('tunnelId', header.tunnelId, show(tshark, 'l2tp.tunnel')),
    ...differs('sessionId', header.sessionId, show(tshark, 'l2tp.session')),
    ...differs('ns', header.ns, show(tshark, 'l2tp.Ns')),
    ...differs('nr', header.nr, show(tshark, 'l2tp.Nr')),
  ]
  if (!hasBody(header)) return ids
  const body = decodeBody(bytes, header, undefined)
  return body.ok ? [...ids, ...messageDifferences(body.message, tshark)] : ids
}

export const avpsOf = (tshark: PdmlField) => tshark.fields.filter((field) => show(field, 'l2tp.avp.length') !== undefined)

const ourAvps = (fields: readonly Field[]) => fields.filter((field) => field.avp !== undefined)

/** Number, place, bits, Length, vendor and attribute of every AVP. */
export function avpDifferences(ours: readonly Field[], tshark: PdmlField): readonly string[] {
  const theirs = avpsOf(tshark)
  const pairs = ours.flatMap((field, i) => {
    const avp = theirs[i]
    return avp === undefined ? [] : avpHeadDifferences(`AVP ${String(i)}`, field, avp, tshark.position)
  })
  return [...differs('AVPs', ours.length, theirs.length), ...pairs]
}

function avpHeadDifferences(what: string, field: Field, theirs: PdmlField, start: number): readonly string[] {
  const { avp, offset } = field
  const flag = (set: boolean | undefined) => (set === true ? '1' : '0')
  return [
    ...differs(`${what} offset`, offset, theirs.position - start),
    ...differs(`${what} M`, flag(avp?.mandatory), show(theirs, 'l2tp.avp.mandatory')),
    ...differs(`${what} H`, flag(avp?.hidden), show(theirs, 'l2tp.avp.hidden')),
    ...differs(`${what} Length`, field.fields.find(({ name }) => name === 'Length')?.value, show(theirs, 'l2tp.avp.length')),
    // tshark has no fields for what stands behind the length of a hidden AVP.
    ...(avp?.hidden === true ? [] : differs(`${what} vendor`, avp?.vendor, show(theirs, 'l2tp.avp.vendor_id'))),
    ...(avp?.hidden === true ? [] : differs(`${what} attribute`, avp?.attribute, show(theirs, 'l2tp.avp.type') ?? vendorAttribute(theirs))),
  ]
}

/** tshark has a field of its own for the attributes of some vendors. */
function vendorAttribute(theirs: PdmlField): string | undefined {
  return theirs.fields.find(({ name }) => /^l2tp\.avp\.\w+type$/.test(name))?.show
}

/** Values of AVPs that tshark has fields for: where we keep each, as number, octets in hexadecimal, or bit of a mask. */
const values: Readonly<Record<string, (message: Fields) => unknown>> = {
  'l2tp.avp.assigned_tunnel_id': (m) => m.assignedTunnelId,
  'l2tp.avp.assigned_session_id': (m) => m.assignedSessionId,
  'l2tp.avp.called_number': (m) => latin1(m.calledNumber),
  'l2tp.avp.calling_number': (m) => latin1(m.callingNumber),
  'l2tp.avp.sub_address': (m) => latin1(m.subAddress),
  'l2tp.avp.protocol_version': (m) => part(m.protocolVersion, 'version'),
  'l2tp.avp.protocol_revision': (m) => part(m.protocolVersion, 'revision'),
  'l2tp.avp.async_framing_supported': (m) => bit(m.framingCapabilities, 2),
  'l2tp.avp.sync_framing_supported': (m) => bit(m.framingCapabilities, 1),
  'l2tp.avp.analog_access_supported': (m) => bit(m.bearerCapabilities, 2),
  'l2tp.avp.digital_access_supported': (m) => bit(m.bearerCapabilities, 1),
  'l2tp.avp.analog_bearer_type': (m) => bit(m.bearerType, 2),
  'l2tp.avp.digital_bearer_type': (m) => bit(m.bearerType, 1),
  'l2tp.avp.async_framing_type': (m) => bit(m.framingType, 2),
  'l2tp.avp.sync_framing_type': (m) => bit(m.framingType, 1),
  'l2tp.tie_breaker': (m) => octets(m.tieBreaker),
  'l2tp.avp.firmware_revision': (m) => m.firmwareRevision,
  'l2tp.avp.host_name': (m) => latin1(m.hostName),
  'l2tp.avp.vendor_name': (m) => utf8(m.vendorName),
  'l2tp.avp.receive_window_size': (m) => m.receiveWindowSize,
  'l2tp.avp.chap_challenge': (m) => octets(m.challenge),
  'l2tp.avp.chap_challenge_response': (m) => octets(m.challengeResponse),
  'l2tp.result_code': (m) => part(m.resultCode, 'result'),
  'l2tp.avp.error_code': (m) => part(m.resultCode, 'error'),
  'l2tp.avp.error_message': (m) => utf8(part(m.resultCode, 'message') ?? ''),
  'l2tp.avp.cause_code': (m) => part(m.q931CauseCode, 'cause'),
  'l2tp.avp.cause_msg': (m) => part(m.q931CauseCode, 'causeMessage'),
  'l2tp.avp.advisory_msg': (m) => latin1(part(m.q931CauseCode, 'advisory') ?? ''),
  'l2tp.avp.call_serial_number': (m) => m.callSerialNumber,
  'l2tp.avp.minimum_bps': (m) => m.minimumBps,
  'l2tp.avp.maximum_bps': (m) => m.maximumBps,
  'l2tp.avp.connect_speed': (m) => m.txConnectSpeed,
  'l2tp.avp.rx_connect_speed': (m) => m.rxConnectSpeed,
  'l2tp.avp.physical_channel': (m) => m.physicalChannelId,
  'l2tp.avp.initial_received_lcp_confreq': (m) => octets(m.initialReceivedLcpConfreq),
  'l2tp.avp.last_sent_lcp_confreq': (m) => octets(m.lastSentLcpConfreq),
  'l2tp.avp.last_received_lcp_confreq': (m) => octets(m.lastReceivedLcpConfreq),
  'l2tp.avp.proxy_authen_type': (m) => m.proxyAuthenType,
  'l2tp.avp.proxy_authen_name': (m) => latin1(m.proxyAuthenName),
  'l2tp.avp.proxy_authen_challenge': (m) => octets(m.proxyAuthenChallenge),
  'l2tp.avp.proxy_authen_id': (m) => m.proxyAuthenId,
  'l2tp.avp.proxy_authen_response': (m) => octets(m.proxyAuthenResponse),
  'l2tp.avp.crc_errors': (m) => part(m.callErrors, 'crcErrors'),
  'l2tp.avp.framing_errors': (m) => part(m.callErrors, 'framingErrors'),
  'l2tp.avp.hardware_overruns': (m) => part(m.callErrors, 'hardwareOverruns'),
  'l2tp.avp.buffer_overruns': (m) => part(m.callErrors, 'bufferOverruns'),
  'l2tp.avp.time_out_errors': (m) => part(m.callErrors, 'timeoutErrors'),
  'l2tp.avp.alignment_errors': (m) => part(m.callErrors, 'alignmentErrors'),
  'l2tp.avp.send_accm': (m) => part(m.accm, 'send'),
  'l2tp.avp.receive_accm': (m) => part(m.accm, 'receive'),
  'l2tp.avp.private_group_id': (m) => octets(m.privateGroupId),
}

export const part = (value: unknown, name: string) => (value as Fields | undefined)?.[name]
const bit = (value: unknown, mask: number) => (typeof value === 'number' ? ((value & mask) === 0 ? 0 : 1) : undefined)
const octets = (value: unknown) => (value instanceof Uint8Array ? toHex(value) : undefined)
const latin1 = (value: unknown) => (typeof value === 'string' ? Buffer.from(value, 'latin1').toString('hex') : undefined)
const utf8 = (value: unknown) => (typeof value === 'string' ? Buffer.from(value, 'utf8').toString('hex') : undefined)

/** What stands in AVPs 76 to 79, of which tshark knows the octets only (RFC 4951 5.1 to 5.4), in hexadecimal. */
const contents: Readonly<Record<number, (message: Fields) => string>> = {
  76: ({ failoverCapability: value }) => {
    const word = (part(value, 'control') === true ? 1 : 0) | (part(value, 'data') === true ? 2 : 0)
    return digits(word, 4) + digits(part(value, 'recoveryTimeMs'), 8)
  },
  77: ({ tunnelRecovery: value }) => pairOf(8, part(value, 'recoverTunnelId'), part(value, 'recoverRemoteTunnelId')),
  78: ({ suggestedControlSequence: value }) => pairOf(4, part(value, 'suggestedNs'), part(value, 'suggestedNr')),
  79: ({ failoverSessionStates: list }) =>
    ((list ?? []) as readonly Fields[]).map((pair) => pairOf(8, pair.sessionId, pair.remoteSessionId)).join(''),
}

export const pairOf = (count: number, first: unknown, second: unknown) => `0000${digits(first, count)}${digits(second, count)}`
const digits = (value: unknown, count: number) => Number(value).toString(16).padStart(count, '0')

/** Of these we keep no value: the header of an AVP, the message type, the Random Vector. */
const heads = ['mandatory', 'hidden', 'length', 'vendor_id', 'type', 'message_type', 'random_vector'].map(
  (name) => `l2tp.avp.${name}`,
)

/** Every value that tshark prints against the decoded message. */
function messageDifferences(message: ControlMessage, tshark: PdmlField): readonly string[] {
  const ours = message as unknown as Fields
  const [first, ...others] = avpsOf(tshark)
  const type = differs('message type', message.type, first && typeNames[Number(show(first, 'l2tp.avp.message_type'))])
  const known = others.filter((avp) => show(avp, 'l2tp.avp.vendor_id') === '0')
  const fields = known.flatMap((avp) => avp.fields.flatMap((field) => valueDifferences(ours, field, show(avp, 'l2tp.avp.type'))))
  const bare = Object.entries(contents).flatMap(([attribute, expected]) => {
    const octets = known.filter((avp) => show(avp, 'l2tp.avp.type') === attribute).map((avp) => avp.value.slice(12))
    return octets.length === 0 || !belongs(ours, attribute) ? [] : differs(`AVP ${attribute}`, expected(ours), octets.join(''))
  })
  return [...type, ...fields, ...bare]
}

/** AVPs 76 to 79 by name; one that does not belong in the message has been ignored. */
const names: Readonly<Record<string, string>> = {
  76: 'failoverCapability',
  77: 'tunnelRecovery',
  78: 'suggestedControlSequence',
  79: 'failoverSessionStates',
}

function belongs(ours: Fields, attribute: string): boolean {
  return ours[names[attribute] ?? ''] !== undefined
}

function valueDifferences(ours: Fields, field: PdmlField, attribute = ''): readonly string[] {
  const expected = values[field.name]
  if (expected === undefined) {
    const settled = heads.includes(field.name) || (field.name === '' && Object.hasOwn(contents, attribute))
    return settled ? [] : [`tshark has something we do not compare: ${field.name} ${field.show} of AVP ${attribute}`]
  }
  const value = expected(ours)
  const theirs = typeof value === 'number' ? Number.parseInt(field.value, 16) : field.value
  return differs(field.name, value, theirs)
}

/** RFC 2661 3.2, RFC 4951 section 7. */
export const typeNames: Readonly<Record<number, string>> = {
  1: 'SCCRQ',
  2: 'SCCRP',
  3: 'SCCCN',
  4: 'StopCCN',
  6: 'HELLO',
  7: 'OCRQ',
  8: 'OCRP',
  9: 'OCCN',
  10: 'ICRQ',
  11: 'ICRP',
  12: 'ICCN',
  14: 'CDN',
  15: 'WEN',
  16: 'SLI',
  21: 'FSQ',
  22: 'FSR',
}
