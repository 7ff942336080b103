// Whether a control message comes from whom it says, before anything in it is used: the digests of L2TPv3 (RFC 3931 4.3, 5.4.1). L2TPv2 has
// none: there the peer proves itself once, in the handshake (control.ts).

import type { Tunnel } from './tunnel.ts'
import type { Version } from './wire/avps.ts'
import { AVP_HEADER, CONTROL_HEADER, MESSAGE_TYPE_SIZE } from './wire/dialect.ts'
import { checkMessage, type ControlAuthentication } from './wire/digest.ts'
import { peekType, type ControlHeader } from './wire/header.ts'
import { readHead } from './wire/judge.ts'
import type { AnyMessageOf } from './wire/messages.ts'

/** A message as it was sent; over IP without the 32 zero bits before it. */
interface Sent {
  readonly bytes: Uint8Array
  readonly header: ControlHeader<Version>
}

/** Control Message Authentication Nonce. */
const NONCE = 73

/** The nonce in a message; undefined without one. */
function nonceIn({ bytes, header }: Sent): Uint8Array | undefined {
  let head = readHead(bytes, CONTROL_HEADER + MESSAGE_TYPE_SIZE, header.length)
  while (head?.extent === 'sound') {
    const { at, length, vendor, attribute, hidden } = head
    if (attribute === NONCE && vendor === 0 && !hidden) return bytes.slice(at + AVP_HEADER, at + length)
    head = readHead(bytes, at + length, header.length)
  }
  return undefined
}

/**
 * Whether the digest of a message for a tunnel is right. The nonce of an SCCRP is part of what is checked. An SCCRP of a peer that does not
 * take part passes, to be refused (R3931-AMB-07).
 */
export function authentic(tunnel: Tunnel, sent: Sent): boolean {
  if (tunnel.authentication === undefined) return true
  if (tunnel.localNonce.length === 0 || peekType(sent.bytes) !== 'SCCRP' || tunnel.peerNonce.length > 0) {
    return checkMessage(sent.bytes, tunnel.authentication) === 'authentic'
  }
  const nonce = nonceIn(sent)
  if (nonce === undefined) return true
  const authentication = tunnel.protocol.authenticationOf(tunnel.lcce.config, tunnel.localNonce, nonce)
  if (authentication === undefined || checkMessage(sent.bytes, authentication) !== 'authentic') return false
  tunnel.authentication = authentication
  tunnel.peerNonce = nonce
  return true
}

/**
 * Whether the digest of an SCCRQ is right (RFC 3931 5.4.1: made without nonces). One that shows no sign of authentication goes on to be
 * refused, unless it asks for a recovery: that gets no answer from which something could be learned (R4951-AMB-68).
 */
export function authenticRequest(
  bytes: Uint8Array,
  authentication: ControlAuthentication | undefined,
  sccrq: AnyMessageOf<'SCCRQ'> | undefined,
): boolean {
  if (authentication === undefined) return true
  const found = checkMessage(bytes, authentication)
  if (found !== 'missing') return found === 'authentic'
  const silent = sccrq === undefined || sccrq.tunnelRecovery !== undefined || ('nonce' in sccrq && sccrq.nonce !== undefined)
  return !silent
}
