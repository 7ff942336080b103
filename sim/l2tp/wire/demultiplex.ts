// Which protocol and which kind of message a datagram holds, told before any other header bit is looked at (RFC 3931 4.1.2.1,
// 4.7.2): L2F, L2TPv2 and L2TPv3 share UDP port 1701 and differ in Ver. Directly over IP (protocol 115) there is L2TPv3 only, and
// 32 zero bits where data has its Session ID mark a control message (RFC 3931 4.1.1.2).

import type { Version } from './avps.ts'
import { isControl, VERSION_BITS } from './header.ts'
import { uint32At } from './octets.ts'

/** What carries L2TP: UDP, or IP itself. */
export type Transport = 'udp' | 'ip'

/** Octets in front of a control message over IP. Neither Length nor digest counts them. */
export const IP_PREFIX = 4

export interface Arrival {
  /** 1 is L2F; every other number that is no Version is unknown. */
  readonly version: Version | 1 | undefined
  readonly kind: 'control' | 'data'
}

const L2F: Arrival = { version: 1, kind: 'data' }
const UNKNOWN: Arrival = { version: undefined, kind: 'data' }
const CONTROL_2: Arrival = { version: 2, kind: 'control' }
const CONTROL_3: Arrival = { version: 3, kind: 'control' }
const DATA_2: Arrival = { version: 2, kind: 'data' }
const DATA_3: Arrival = { version: 3, kind: 'data' }

/** What the octets behind the UDP or IP header are. Octets too few to tell are unknown. */
export function demultiplex(bytes: Uint8Array, transport: Transport = 'udp'): Arrival {
  if (transport === 'ip') return bytes.length < IP_PREFIX ? UNKNOWN : uint32At(bytes, 0) === 0 ? CONTROL_3 : DATA_3
  if (bytes.length < 2) return UNKNOWN
  switch ((bytes[1] as number) & VERSION_BITS) {
    case 1:
      return L2F
    case 2:
      return isControl(bytes) ? CONTROL_2 : DATA_2
    case 3:
      return isControl(bytes) ? CONTROL_3 : DATA_3
    default:
      return UNKNOWN
  }
}

/** Whether it is a control message, of whatever version. */
export function carriesControl(bytes: Uint8Array, transport: Transport): boolean {
  return transport === 'ip' ? bytes.length >= IP_PREFIX && uint32At(bytes, 0) === 0 : isControl(bytes)
}

/** The control message in what arrived over `transport`; shares its octets. */
export function controlMessageIn(bytes: Uint8Array, transport: Transport): Uint8Array {
  return transport === 'ip' ? bytes.subarray(IP_PREFIX) : bytes
}

/** A control message as it is sent over `transport`: over IP a copy behind 32 zero bits. */
export function carried(message: Uint8Array, transport: Transport): Uint8Array {
  if (transport === 'udp') return message
  const bytes = new Uint8Array(IP_PREFIX + message.length)
  bytes.set(message, IP_PREFIX)
  return bytes
}
