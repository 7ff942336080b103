// What quirks (quirks.ts) are made of: a row of a table written otherwise, octets of a received message that are overlooked, a message that
// is dropped before anything is looked at.

import type { Datagram } from '../base/datagram.ts'
import { assert } from '../base/assert.ts'
import { listed, type AnyMachine } from './fsm.ts'
import type { LcceContext, Machinery, Tunnel } from './tunnel.ts'
import type { Version } from './wire/avps.ts'
import { carried, controlMessageIn, type Transport } from './wire/demultiplex.ts'
import { AVP_HEADER, FIRST_AVP, MAX_AVP } from './wire/dialect.ts'
import { decodeControlHeader, peekType, VERSION_BITS, type ControlHeader } from './wire/header.ts'
import { putUint16, putUint32, uint16At } from './wire/octets.ts'

/** An attribute number that no dialect has (RFC 2661 4.1: unknown and without M bit, it is ignored). */
const UNHEARD_OF = 0x7fff
const M_BIT = 0x8000
/** RFC 4951 5.1, 5.2. */
const FAILOVER_CAPABILITY = 76
const TUNNEL_RECOVERY = 77
/** An AVP 76 with neither C nor D, and no Recovery Time. */
export const EMPTY_CAPABILITY: PlainAvp = { attribute: FAILOVER_CAPABILITY, mandatory: false, value: new Uint8Array(6) }

type RowChange = Partial<Pick<AnyMachine['rows'][number], 'do' | 'to'>>

/** The table with the rows of an event written otherwise, if it is the table of that name. */
export function changedRow(table: AnyMachine, machine: string, event: string, change: RowChange): AnyMachine {
  if (table.name !== machine) return table
  const rows = table.rows.map((row) => (listed(row.on).includes(event) ? { ...row, ...change } : row))
  assert(rows.some((row, index) => row !== table.rows[index]), `${machine} has no row for ${event}`)
  return { ...table, rows }
}

const transportOf = ({ to }: Datagram): Transport => (to.port === 0 ? 'ip' : 'udp')

const versionOf = (bytes: Uint8Array): Version => (((bytes[1] ?? 0) & VERSION_BITS) === 3 ? 3 : 2)

/** Header and type of a received control message; undefined for what is none. */
export function headerOf(datagram: Datagram): (ControlHeader<Version> & { readonly type: string }) | undefined {
  const bytes = controlMessageIn(datagram.bytes, transportOf(datagram))
  const header = decodeControlHeader(bytes, versionOf(bytes))
  return typeof header === 'string' ? undefined : { ...header, type: peekType(bytes) }
}

type Hearing = (original: Machinery['hears']) => Machinery['hears']

/** Drops the messages that `deaf` picks, as if they had never come. */
export const deafTo =
  (deaf: (datagram: Datagram, lcce: LcceContext) => boolean): Hearing =>
  (original) =>
  (lcce, datagram, packet) => {
    if (!deaf(datagram, lcce)) original(lcce, datagram, packet)
  }

/** Looks at a message before it is taken as ever. */
export const seeingFirst =
  (look: (datagram: Datagram, lcce: LcceContext) => void): Hearing =>
  (original) =>
  (lcce, datagram, packet) => {
    look(datagram, lcce)
    original(lcce, datagram, packet)
  }

/** Reads messages as `reading` leaves their octets. */
const misreading =
  (reading: (bytes: Uint8Array) => Uint8Array): Hearing =>
  (original) =>
  (lcce, datagram, packet) => {
    const transport = transportOf(datagram)
    const bytes = carried(reading(controlMessageIn(datagram.bytes, transport).slice()), transport)
    original(lcce, { ...datagram, bytes }, packet)
  }

/** Calls back with the offset of each AVP after the Message Type. */
function eachAvp(bytes: Uint8Array, visit: (at: number) => void): void {
  let at = FIRST_AVP
  while (at + AVP_HEADER <= bytes.length) {
    const length = uint16At(bytes, at) & MAX_AVP
    if (length < AVP_HEADER) return
    visit(at)
    at += length
  }
}

const isTunnelRecovery = (bytes: Uint8Array, at: number): boolean =>
  uint16At(bytes, at + 2) === 0 && uint16At(bytes, at + 4) === TUNNEL_RECOVERY

/** Whether a message is a recovery SCCRQ. */
export function isRecoveryRequest(datagram: Datagram): boolean {
  if (headerOf(datagram)?.type !== 'SCCRQ') return false
  const bytes = controlMessageIn(datagram.bytes, transportOf(datagram))
  let found = false
  eachAvp(bytes, (at) => (found ||= isTunnelRecovery(bytes, at)))
  return found
}

/** Overlooks Tunnel Recovery AVPs, as something unknown that may be ignored. */
export const overlooksTunnelRecovery: Hearing = misreading((bytes) => {
  eachAvp(bytes, (at) => {
    if (!isTunnelRecovery(bytes, at)) return
    putUint16(bytes, at, uint16At(bytes, at) & ~M_BIT)
    putUint16(bytes, at + 4, UNHEARD_OF)
  })
  return bytes
})

/** Does not know Tunnel Recovery AVPs, whose M bit says that they may not be ignored. */
export const knowsNoTunnelRecovery: Hearing = misreading((bytes) => {
  eachAvp(bytes, (at) => {
    if (isTunnelRecovery(bytes, at)) putUint16(bytes, at + 4, UNHEARD_OF)
  })
  return bytes
})

/** A text about the attribute that nobody has is about Tunnel Recovery. */
export const namingTunnelRecovery = (text: string): string => text.replace(String(UNHEARD_OF), String(TUNNEL_RECOVERY))

/** Takes every vendor for the IETF. */
export const overlooksVendors: Hearing = misreading((bytes) => {
  eachAvp(bytes, (at) => {
    putUint16(bytes, at + 2, 0)
  })
  return bytes
})

/** An AVP of the IETF that is not hidden, as octets. */
export interface PlainAvp {
  readonly attribute: number
  readonly mandatory: boolean
  readonly value: Uint8Array
}

/** A message with one more AVP at its end. */
export function withAvp(bytes: Uint8Array, { attribute, mandatory, value }: PlainAvp): Uint8Array {
  const longer = new Uint8Array(bytes.length + AVP_HEADER + value.length)
  longer.set(bytes)
  putUint16(longer, 2, longer.length)
  putUint16(longer, bytes.length, (mandatory ? M_BIT : 0) | (AVP_HEADER + value.length))
  putUint16(longer, bytes.length + 4, attribute)
  longer.set(value, bytes.length + AVP_HEADER)
  return longer
}

/** A Tunnel Recovery AVP that says the same as the peer's, from the other end (RFC 4951 5.2). */
export function tunnelRecoveryOf({ version, localTunnelId, peerTunnelId }: Tunnel): PlainAvp {
  const value = new Uint8Array(10)
  for (const [at, id] of [[2, localTunnelId], [6, peerTunnelId]] as const) {
    // Two reserved octets, then IDs of 32 bits: those of L2TPv2 are the low half of what L2TPv3 has.
    if (version === 3) putUint32(value, at, id)
    else putUint16(value, at + 2, id)
  }
  return { attribute: TUNNEL_RECOVERY, mandatory: true, value }
}

/** Stops listening on a tunnel. */
export function mute(tunnel: Tunnel | undefined): void {
  if (tunnel?.state === 'established' && !tunnel.closing) tunnel.channel.suspended = true
}
