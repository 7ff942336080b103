// A datagram between two addresses, over UDP or directly over IP (protocol 115). Addresses are interned: the same IP and port are
// always the same object.

import { hashName } from './name-hash.ts'

export interface Address {
  /** IPv4, dotted. */
  readonly ip: string
  /** UDP port; 0 for no port, directly over IP. */
  readonly port: number
  /** `ip:port`; `ip` alone without a port. */
  readonly text: string
  /** Hash of `text`, as it enters the digest of a trace. */
  readonly hashA: number
  readonly hashB: number
}

export interface Datagram {
  readonly from: Address
  readonly to: Address
  /** Payload of UDP or IP as it stands on the wire, without the last `padding` octets. Never changed once sent. */
  readonly bytes: Uint8Array
  /** Octets of payload filler that follow `bytes` on the wire and are not stored; 0 for control messages. */
  readonly padding: number
}

const interned = new Map<string, Map<number, Address>>()

/** The one Address object for this IP and port; port 0 for L2TP directly over IP. */
export function address(ip: string, port: number): Address {
  let ports = interned.get(ip)
  if (ports === undefined) interned.set(ip, (ports = new Map<number, Address>()))
  let found = ports.get(port)
  if (found === undefined) {
    const text = port === 0 ? ip : `${ip}:${String(port)}`
    const [hashA, hashB] = hashName(text)
    found = { ip, port, text, hashA, hashB }
    ports.set(port, found)
  }
  return found
}

/** The IP of an address written as `text`. */
export function ipOf(text: string): string {
  const colon = text.indexOf(':')
  return colon < 0 ? text : text.slice(0, colon)
}

/** Whether an address written as `text` has no port: L2TP directly over IP. */
export const isPortless = (text: string): boolean => !text.includes(':')

/** IPv4 header without options plus UDP header, in octets. */
export const IP_UDP_OVERHEAD = 28
/** IPv4 header without options. */
export const IP_OVERHEAD = 20

/** Octets in front of the payload: of IP, and of UDP if there is a port. */
function overheadOf({ port }: Address): number {
  return port === 0 ? IP_OVERHEAD : IP_UDP_OVERHEAD
}

/** Size of the datagram as an IP packet, in octets. */
export function ipSize(datagram: Datagram): number {
  return overheadOf(datagram.to) + datagram.bytes.length + datagram.padding
}
