// Tunnel authentication of L2TPv2 (RFC 2661 4.4.3 Challenge Response, 5.1.1): the CHAP digest of RFC 1994 with the type of the
// message that carries it as identifier.

import { md5 } from '@noble/hashes/legacy.js'
import { utf8 } from './text.ts'

/** Value of the Challenge Response AVP in an SCCRP (message type 2) or SCCCN (3) that answers `challenge`; 16 octets. */
export function challengeResponse(messageTypeNumber: 2 | 3, secret: string, challenge: Uint8Array): Uint8Array {
  const key = utf8(secret)
  const hashed = new Uint8Array(1 + key.length + challenge.length)
  hashed[0] = messageTypeNumber
  hashed.set(key, 1)
  hashed.set(challenge, 1 + key.length)
  return md5(hashed)
}
