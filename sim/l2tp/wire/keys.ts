// The keys that L2TPv3 derives from a shared secret (RFC 3931 5.3, 5.4.1): one for hiding AVP values, one for message digests.

import { hmac } from '@noble/hashes/hmac.js'
import { md5 } from '@noble/hashes/legacy.js'
import { utf8 } from './text.ts'

/** What the octet that is hashed says the key is for. */
export const HIDING = 1
export const DIGEST = 2

/** HMAC-MD5 with the secret as key over the one octet `purpose`: 16 octets. The secret may be empty (RFC 3931 4.3). */
export function deriveKey(secret: string, purpose: typeof HIDING | typeof DIGEST): Uint8Array {
  return hmac(md5, utf8(secret), Uint8Array.of(purpose))
}
