// Reads capture files, classic pcap and pcapng, and finds the UDP datagrams in their packets: over Ethernet or raw IPv4, also
// those that an ICMP error quotes. Enough for the captures of the tests: no fragments, no VLAN tags, no IPv6. Also writes pcap.

import { readFileSync } from 'node:fs'

export interface Packet {
  /** Counted from 1, as tshark does. */
  readonly frame: number
  readonly linkType: number
  readonly bytes: Uint8Array
}

export interface L2tpOverIp {
  readonly frame: number
  /** What stands behind the IP header. */
  readonly payload: Uint8Array
}

export interface UdpDatagram {
  readonly frame: number
  readonly sourcePort: number
  readonly destinationPort: number
  /** What was captured of the payload. */
  readonly payload: Uint8Array
}

/** Every packet of a capture file. */
export function readCapture(path: string): readonly Packet[] {
  const file = readFileSync(path)
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  return view.getUint32(0) === 0x0a0d0d0a ? parsePcapng(view) : parsePcap(view)
}

/** The UDP datagrams of a capture file with a port in common. */
export function datagramsOn(port: number, packets: readonly Packet[]): readonly UdpDatagram[] {
  const datagrams = packets.flatMap((packet) => udpIn(packet))
  return datagrams.filter(({ sourcePort, destinationPort }) => sourcePort === port || destinationPort === port)
}

/** What the packets of a capture file carry directly over IP as protocol 115. */
export function l2tpOverIp(packets: readonly Packet[]): readonly L2tpOverIp[] {
  return packets.flatMap(({ frame, linkType, bytes }) => {
    const ip = linkType === RAW_IP ? bytes : linkType === ETHERNET && uint16(bytes, 12) === 0x0800 ? bytes.subarray(14) : undefined
    if (ip?.[9] !== L2TP || (ip[0] ?? 0) >> 4 !== 4) return []
    return [{ frame, payload: ip.subarray(((ip[0] ?? 0) & 0xf) * 4, uint16(ip, 2)) }]
  })
}

/** draft-ietf-opsawg-pcap: a file header of 24 octets, packets with a header of 16. */
function parsePcap(view: DataView): readonly Packet[] {
  const little = [0xd4c3b2a1, 0x4d3cb2a1].includes(view.getUint32(0))
  if (!little && ![0xa1b2c3d4, 0xa1b23c4d].includes(view.getUint32(0))) throw new Error('no capture file')
  const linkType = view.getUint32(20, little) & 0xffff
  const packets: Packet[] = []
  for (let at = 24; at + 16 <= view.byteLength; ) {
    const captured = view.getUint32(at + 8, little)
    packets.push({ frame: packets.length + 1, linkType, bytes: octets(view, at + 16, captured) })
    at += 16 + captured
  }
  return packets
}

const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const ENHANCED_PACKET = 6

/** draft-ietf-opsawg-pcapng: blocks of type, length, body, length. */
function parsePcapng(view: DataView): readonly Packet[] {
  const packets: Packet[] = []
  let linkTypes: number[] = []
  let little = true
  for (let at = 0; at + 12 <= view.byteLength; ) {
    if (view.getUint32(at) === SECTION) {
      little = view.getUint32(at + 8) === 0x4d3c2b1a
      linkTypes = []
    }
    const type = view.getUint32(at, little)
    if (type === INTERFACE) linkTypes.push(view.getUint16(at + 8, little))
    if (type === ENHANCED_PACKET) {
      const linkType = linkTypes[view.getUint32(at + 8, little)] ?? -1
      packets.push({ frame: packets.length + 1, linkType, bytes: octets(view, at + 28, view.getUint32(at + 20, little)) })
    }
    at += view.getUint32(at + 4, little)
  }
  return packets
}

function octets(view: DataView, at: number, count: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, Math.min(count, view.byteLength - at))
}

/** A classic capture file of UDP datagrams between two addresses, over raw IPv4. */
export function writeCapture(port: number, payloads: readonly Uint8Array[]): Uint8Array {
  const header = uint32s(0xa1b2c3d4, 0x00020004, 0, 0, 0x40000, RAW_IP)
  return Buffer.concat([header, ...payloads.map((payload, i) => written(port, payload, i))])
}

function written(port: number, payload: Uint8Array, second: number): Uint8Array {
  const size = 28 + payload.length
  const ip = uint32s(0x45000000 | size, 0, (64 << 24) | (UDP << 16), 0x7f000001, 0x7f000002)
  const udp = uint32s(((port << 16) | port) >>> 0, ((8 + payload.length) << 16) >>> 0)
  return Buffer.concat([uint32s(second, 0, size, size), ip, udp, payload])
}

/** A classic capture file of IP packets of protocol 115. The direction of each is 0 or 1. */
export function writeIpCapture(payloads: readonly Uint8Array[], directions: readonly (0 | 1)[] = []): Uint8Array {
  const header = uint32s(0xa1b2c3d4, 0x00020004, 0, 0, 0x40000, RAW_IP)
  const packets = payloads.map((payload, second) => {
    const size = 20 + payload.length
    const [from, to] = directions[second] === 1 ? [0x7f000002, 0x7f000001] : [0x7f000001, 0x7f000002]
    const ip = uint32s(0x45000000 | size, 0, (64 << 24) | (L2TP << 16), from, to)
    return Buffer.concat([uint32s(second, 0, size, size), ip, payload])
  })
  return Buffer.concat([header, ...packets])
}

function uint32s(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => bytes.writeUInt32BE(value >>> 0, 4 * i))
  return bytes
}

const ETHERNET = 1
const RAW_IP = 101
const ICMP = 1
const UDP = 17
const L2TP = 115

function udpIn({ frame, linkType, bytes }: Packet): readonly UdpDatagram[] {
  if (linkType === RAW_IP) return udpInIp(frame, bytes)
  if (linkType !== ETHERNET || bytes.length < 14 || uint16(bytes, 12) !== 0x0800) return []
  return udpInIp(frame, bytes.subarray(14))
}

function udpInIp(frame: number, ip: Uint8Array): readonly UdpDatagram[] {
  const first = ip[0] ?? 0
  const headerSize = (first & 0xf) * 4
  if (first >> 4 !== 4 || ip.length < headerSize + 8) return []
  const body = ip.subarray(headerSize, uint16(ip, 2))
  if (ip[9] === ICMP) return udpInIp(frame, body.subarray(8))
  if (ip[9] !== UDP) return []
  const payload = body.subarray(8, Math.max(8, uint16(body, 4)))
  return [{ frame, sourcePort: uint16(body, 0), destinationPort: uint16(body, 2), payload }]
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
