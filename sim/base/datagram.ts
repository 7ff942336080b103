// A UDP datagram between two addresses. Addresses are interned: the same IP and port are always the same object.

import { hashName } from './name-hash.ts'

export interface Address {
  /** IPv4, dotted. */
  readonly ip: string
  readonly port: number
  /** `ip:port`. */
  readonly text: string
  /** Hash of `text`, as it enters the digest of a trace. */
  readonly hashA: number
  readonly hashB: number
}

export interface Datagram {
  readonly from: Address
  readonly to: Address
  /** UDP payload as it stands on the wire, without the last `padding` octets. Never changed once sent. */
  readonly bytes: Uint8Array
  /** Octets of payload filler that follow `bytes` on the wire and are not stored; 0 for control messages. */
  readonly padding: number
}

const interned = new Map<string, Map<number, Address>>()

/** The one Address object for this IP and port. */
export function address(ip: string, port: number): Address {
  let ports = interned.get(ip)
  if (ports === undefined) interned.set(ip, (ports = new Map<number, Address>()))
  let found = ports.get(port)
  if (found === undefined) {
    const text = `${ip}:${String(port)}`
    const [hashA, hashB] = hashName(text)
    found = { ip, port, text, hashA, hashB }
    ports.set(port, found)
  }
  return found
}

/** IPv4 header without options plus UDP header, in octets. */
export const IP_UDP_OVERHEAD = 28

/** Size of the datagram as an IP packet, in octets. */
export function ipSize(datagram: Datagram): number {
  return IP_UDP_OVERHEAD + datagram.bytes.length + datagram.padding
}
