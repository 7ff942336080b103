// The SCCRQ that is right in both protocol versions (RFC 3931 4.7.3): written as one of L2TPv2 with the AVPs of L2TPv3 behind its own, and
// read as one of L2TPv3 by who speaks that. Who answers what is the core's business.

import { CONTROL_HEADER, dialectOf, M_BIT, MESSAGE_DIGEST, type Dialect } from './dialect.ts'
import { encodeMessage, type Form } from './encode.ts'
import { peekType, startControlMessage, VERSION_BITS } from './header.ts'
import { readHead } from './judge.ts'
import type { Message } from './messages.ts'
import { uint16At } from './octets.ts'

const l2tpv2 = dialectOf(2)
const l2tpv3 = dialectOf(3)

/** Router ID, Assigned Control Connection ID, Pseudowire Capabilities List: no SCCRQ of L2TPv3 lacks them, and none of L2TPv2 has them. */
const REQUIRED = [60, 61, 62] as const
/** Tunnel Recovery has another layout in each version; a recovery is of the version of its old tunnel (RFC 4951 3.2.1). */
const TUNNEL_RECOVERY = 77

interface Piece {
  readonly attribute: number
  readonly vendor: number
  readonly octets: Uint8Array
}

/** The AVPs of a message, copied; undefined if they cannot be told apart. */
function piecesOf(bytes: Uint8Array): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  for (let at = CONTROL_HEADER; at < bytes.length; ) {
    const head = readHead(bytes, at, bytes.length)
    if (head?.extent !== 'sound') return undefined
    pieces.push({ attribute: head.attribute, vendor: head.vendor, octets: bytes.slice(at, at + head.length) })
    at += head.length
  }
  return pieces
}

/** A control message without numbers that consists of these AVPs. */
function assembled(pieces: readonly Piece[], version: 2 | 3): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { octets }) => sum + octets.length, CONTROL_HEADER))
  startControlMessage(bytes, version)
  let at = CONTROL_HEADER
  for (const { octets } of pieces) {
    bytes.set(octets, at)
    at += octets.length
  }
  return bytes
}

const isKnown = ({ avps }: Dialect, { vendor, attribute }: Piece): boolean => vendor === 0 && avps[attribute] !== undefined

/**
 * The SCCRQ that says both: version 2 in its header, every AVP of the L2TPv2 message, and those that only L2TPv3 has with M bit 0. Both
 * say the same ID. A digest stands directly behind Message Type, to be filled by sealMessage.
 */
export function encodeForEither(older: Message<'SCCRQ'>, newer: Message<'SCCRQ', 3>, form: Form<3>): Uint8Array {
  const [type, ...others] = piecesOf(encodeMessage(older)) ?? []
  const additional = (piecesOf(encodeMessage<3>(newer, undefined, form)) ?? []).filter((piece) => !isKnown(l2tpv2, piece))
  for (const { octets } of additional) octets[0] = (octets[0] as number) & ~M_BIT
  const isDigest = ({ attribute }: Piece): boolean => attribute === MESSAGE_DIGEST
  const pieces = [type, ...additional.filter(isDigest), ...others, ...additional.filter((piece) => !isDigest(piece))]
  return assembled(pieces.filter((piece) => piece !== undefined), 2)
}

/**
 * What an SCCRQ with version 2 in its header says in L2TPv3: the same message without the AVPs that only L2TPv2 has, whatever their M bits.
 * Undefined for any other message, and for an SCCRQ that is of L2TPv2 alone.
 */
export function readAsVersion3(bytes: Uint8Array): Uint8Array | undefined {
  if (((bytes[1] ?? 0) & VERSION_BITS) !== 2 || peekType(bytes) !== 'SCCRQ') return undefined
  const pieces = piecesOf(bytes.subarray(0, uint16At(bytes, 2)))
  if (pieces === undefined) return undefined
  const attributes = new Set(pieces.flatMap((piece) => (piece.vendor === 0 ? [piece.attribute] : [])))
  if (attributes.has(TUNNEL_RECOVERY) || !REQUIRED.every((attribute) => attributes.has(attribute))) return undefined
  const message = assembled(pieces.filter((piece) => isKnown(l2tpv3, piece) || !isKnown(l2tpv2, piece)), 3)
  message.set(bytes.subarray(8, CONTROL_HEADER), 8)
  return message
}
