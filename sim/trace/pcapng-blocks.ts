// The octets of a pcapng capture: section header, interface description and enhanced packet blocks, with IPv4 and UDP headers
// made up around a datagram; a datagram between addresses without ports is an IP packet of protocol 115, L2TPv3 directly over IP
// (RFC 3931 4.1.1). Layout: IETF draft-ietf-opsawg-pcapng, sections 3.5 (options) and 4.1 to 4.3 (blocks); headers: RFC 791
// section 3.1, RFC 768. When and what is written is decided in pcapng.ts.

import type { Nanos } from '../base/time.ts'
import type { TraceRecord } from './record.ts'

const LINKTYPE_IPV4 = 228
/** Octets of the IPv4 header without options, and of the UDP header. */
const IP_HEADER = 20
const UDP_HEADER = 8
/** Protocol numbers. */
const UDP = 17
const L2TP = 115
const OPTION = { comment: 1, interfaceName: 2, application: 4, flags: 2, packetNumber: 5, timeResolution: 9 } as const
const DIRECTION = { inbound: 1, outbound: 2 } as const

export interface CapturedPacket {
  /** Where it was captured. */
  readonly endpoint: string
  readonly at: Nanos
  readonly sent: TraceRecord<'sent'>
  /** Shown as the packet's comment. */
  readonly remarks: readonly string[]
  /** Bit of the UDP payload that arrived inverted, -1 for none. */
  readonly flippedBit: number
}

export function sectionHeader(application: string, comment: string): Uint8Array {
  const body = new Uint8Array(16)
  const view = new DataView(body.buffer)
  view.setUint32(0, 0x1a2b3c4d, true)
  view.setUint16(4, 1, true) // version 1.0
  view.setUint32(8, 0xffffffff, true) // section length not given
  view.setUint32(12, 0xffffffff, true)
  return block(0x0a0d0d0a, [
    body,
    option(OPTION.comment, utf8(comment)),
    option(OPTION.application, utf8(application)),
    endOfOptions(),
  ])
}

export function interfaceDescription(endpoint: string): Uint8Array {
  const body = new Uint8Array(8) // snap length 0: none
  new DataView(body.buffer).setUint16(0, LINKTYPE_IPV4, true)
  const options = [
    option(OPTION.interfaceName, utf8(endpoint)),
    option(OPTION.timeResolution, Uint8Array.of(9)),
    endOfOptions(),
  ]
  return block(1, [body, ...options])
}

/** Octets of an enhanced packet block before the packet, and of its options and end without the comment. */
const PACKET_AT = 28
const AFTER_PACKET = 8 + 12 + 4 + 4

/** One packet. Written in place, since a capture has little else. */
export function enhancedPacket(interfaceIndex: number, packet: CapturedPacket, direction: keyof typeof DIRECTION): Uint8Array {
  const { sent, at, remarks } = packet
  const comment = remarks.length === 0 ? undefined : option(OPTION.comment, utf8(remarks.join('; ')))
  const captured = IP_HEADER + (hasPorts(sent) ? UDP_HEADER : 0) + sent.bytes.length
  const optionsAt = PACKET_AT + roundedUp(captured)
  const size = optionsAt + AFTER_PACKET + (comment?.length ?? 0)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 6, true)
  view.setUint32(4, size, true)
  view.setUint32(8, interfaceIndex, true)
  view.setUint32(12, Math.floor(at / 0x1_0000_0000), true)
  view.setUint32(16, at % 0x1_0000_0000, true)
  view.setUint32(20, captured, true)
  view.setUint32(24, captured + sent.padding, true)
  writeIpv4(bytes, view, sent, packet.flippedBit)
  view.setUint32(optionsAt, OPTION.flags | (4 << 16), true)
  view.setUint32(optionsAt + 4, DIRECTION[direction], true)
  view.setUint32(optionsAt + 8, OPTION.packetNumber | (8 << 16), true)
  view.setUint32(optionsAt + 12, sent.packet % 0x1_0000_0000, true)
  view.setUint32(optionsAt + 16, Math.floor(sent.packet / 0x1_0000_0000), true)
  if (comment !== undefined) bytes.set(comment, optionsAt + 20)
  view.setUint32(size - 4, size, true)
  return bytes
}

/** The datagram as an IPv4 packet without its padding; lengths and checksums count the padding, which is all zeros. */
function writeIpv4(block: Uint8Array, view: DataView, sent: TraceRecord<'sent'>, flippedBit: number): void {
  const { bytes, padding } = sent
  const overUdp = hasPorts(sent)
  const behindIp = PACKET_AT + IP_HEADER
  const payloadAt = behindIp + (overUdp ? UDP_HEADER : 0)
  const from = socketAddress(sent.from)
  const to = socketAddress(sent.to)
  view.setUint16(PACKET_AT, 0x4500)
  view.setUint16(PACKET_AT + 2, payloadAt - PACKET_AT + bytes.length + padding)
  view.setUint16(PACKET_AT + 4, sent.packet & 0xffff) // identification
  view.setUint16(PACKET_AT + 8, (64 << 8) | (overUdp ? UDP : L2TP)) // time to live, protocol
  view.setUint32(PACKET_AT + 12, from.ip)
  view.setUint32(PACKET_AT + 16, to.ip)
  view.setUint16(PACKET_AT + 10, foldedChecksum(sumOfWords(view, PACKET_AT, behindIp)))
  block.set(bytes, payloadAt)
  if (flippedBit >= 0) flip(block, payloadAt, flippedBit)
  if (overUdp) writeUdp(view, behindIp, sent, flippedBit < 0)
}

function writeUdp(view: DataView, udpAt: number, { from, to, bytes, padding }: TraceRecord<'sent'>, checksummed: boolean): void {
  const udpLength = UDP_HEADER + bytes.length + padding
  view.setUint16(udpAt, socketAddress(from).port)
  view.setUint16(udpAt + 2, socketAddress(to).port)
  view.setUint16(udpAt + 4, udpLength)
  if (checksummed) view.setUint16(udpAt + 6, udpChecksum(view, udpAt, bytes.length, udpLength))
}

function hasPorts({ from }: TraceRecord<'sent'>): boolean {
  return socketAddress(from).port >= 0
}

/** A flipped bit only gets through where the link carries no UDP checksum: the field stays 0 (RFC 768), if there is one. */
function flip(block: Uint8Array, payloadAt: number, bit: number): void {
  const at = payloadAt + (bit >>> 3)
  const octet = block[at]
  if (octet !== undefined) block[at] = octet ^ (0x80 >>> (bit & 7))
}

/** RFC 768: over the pseudo header, the UDP header and the payload; an outcome of 0 is sent as all ones. */
function udpChecksum(view: DataView, udpAt: number, stored: number, udpLength: number): number {
  const pseudoHeader = sumOfWords(view, udpAt - 8, udpAt) + UDP + udpLength
  const checksum = foldedChecksum(pseudoHeader + sumOfWords(view, udpAt, udpAt + 8 + stored))
  return checksum === 0 ? 0xffff : checksum
}

/** Sum of the 16-bit words in [from, to); an odd octet at the end counts as the high half of a word. */
function sumOfWords(view: DataView, from: number, to: number): number {
  let sum = 0
  let at = from
  for (; at + 1 < to; at += 2) sum += view.getUint16(at)
  return at < to ? sum + (view.getUint8(at) << 8) : sum
}

function foldedChecksum(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16)
  return ~folded & 0xffff
}

const addresses = new Map<string, { readonly ip: number; readonly port: number }>()

/** `a.b.c.d:port` as numbers; without a port -1. */
function socketAddress(text: string): { readonly ip: number; readonly port: number } {
  const known = addresses.get(text)
  if (known !== undefined) return known
  const [ip = '', port = '-1'] = text.split(':')
  const parsed = { ip: ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0), port: Number(port) }
  addresses.set(text, parsed)
  return parsed
}

function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const octets = 12 + parts.reduce((sum, part) => sum + part.length, 0)
  return concatenated([littleEndian(type, 4), littleEndian(octets, 4), ...parts, littleEndian(octets, 4)])
}

function option(code: number, value: Uint8Array): Uint8Array {
  return concatenated([littleEndian(code, 2), littleEndian(value.length, 2), padded(value)])
}

function endOfOptions(): Uint8Array {
  return new Uint8Array(4)
}

/** To a multiple of 4, as blocks and options are. */
function roundedUp(octets: number): number {
  return (octets + 3) & ~3
}

function padded(octets: Uint8Array): Uint8Array {
  const whole = new Uint8Array(roundedUp(octets.length))
  whole.set(octets)
  return whole
}

function littleEndian(value: number, octets: number): Uint8Array {
  const bytes = new Uint8Array(octets)
  let rest = value
  for (let i = 0; i < octets; i++) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return bytes
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** UTF-8 by hand, since neither Node's nor the browser's encoder is in scope here; lone surrogates become U+FFFD. */
function utf8(text: string): Uint8Array {
  const octets: number[] = []
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0xfffd
    const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
    if (code < 0x80) octets.push(code)
    else if (code < 0x800) octets.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x10000) octets.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else octets.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  }
  return Uint8Array.from(octets)
}
