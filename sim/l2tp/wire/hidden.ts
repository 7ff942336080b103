// Hiding of AVP values (RFC 2661 4.3): length, value and padding are XORed with a chain of MD5 digests begun from attribute
// number, secret and Random Vector. The key is what the protocol version makes of the secret (L2TPv2: the secret itself).

import { md5 } from '@noble/hashes/legacy.js'
import { assert } from '../../base/assert.ts'
import { putUint16, uint16At } from './octets.ts'

/** What values are hidden with from one Random Vector AVP to the next. */
export interface HidingKey {
  /** The shared secret as octets; not empty. */
  readonly key: Uint8Array
  readonly randomVector: Uint8Array
  /** First masks already computed, by attribute: they are the same for every AVP of a kind. */
  readonly masks: Map<number, Uint8Array>
}

const DIGEST = 16
/** Octets before the value in its hidden form: the original length. */
export const HIDDEN_OVERHEAD = 2

/** Makes the key that holds after a Random Vector AVP. */
export function hidingKey(key: Uint8Array, randomVector: Uint8Array): HidingKey {
  return { key, randomVector, masks: new Map() }
}

/** The hidden form of `value`: two octets longer, and by as many more as `padding` has. */
export function hide(attribute: number, hiding: HidingKey, value: Uint8Array, padding?: Uint8Array): Uint8Array {
  const { key } = hiding
  assert(key.length > 0, 'hiding needs a secret')
  const hidden = new Uint8Array(HIDDEN_OVERHEAD + value.length + (padding?.length ?? 0))
  putUint16(hidden, 0, value.length)
  hidden.set(value, HIDDEN_OVERHEAD)
  if (padding !== undefined) hidden.set(padding, HIDDEN_OVERHEAD + value.length)
  let mask = firstMask(attribute, hiding)
  for (let at = 0; at < hidden.length; at += DIGEST) {
    xor(hidden, at, mask)
    if (at + DIGEST < hidden.length) mask = nextMask(key, hidden, at)
  }
  return hidden
}

/**
 * The original octets of a hidden value, in place: length, value, padding as they stood before hiding. Undefined if the length
 * found is more than there is, as happens when the two ends have different secrets.
 */
export function unhide(attribute: number, hiding: HidingKey, hidden: Uint8Array): Uint8Array | undefined {
  if (hidden.length < HIDDEN_OVERHEAD) return undefined
  const plain = new Uint8Array(hidden)
  let mask = firstMask(attribute, hiding)
  for (let at = 0; at < plain.length; at += DIGEST) {
    xor(plain, at, mask)
    if (at + DIGEST < plain.length) mask = nextMask(hiding.key, hidden, at)
  }
  return HIDDEN_OVERHEAD + uint16At(plain, 0) <= plain.length ? plain : undefined
}

function xor(bytes: Uint8Array, at: number, mask: Uint8Array): void {
  const count = Math.min(DIGEST, bytes.length - at)
  for (let i = 0; i < count; i++) bytes[at + i] = (bytes[at + i] as number) ^ (mask[i] as number)
}

function firstMask(attribute: number, { key, randomVector, masks }: HidingKey): Uint8Array {
  const known = masks.get(attribute)
  if (known !== undefined) return known
  const hashed = new Uint8Array(2 + key.length + randomVector.length)
  putUint16(hashed, 0, attribute)
  hashed.set(key, 2)
  hashed.set(randomVector, 2 + key.length)
  const mask = md5(hashed)
  masks.set(attribute, mask)
  return mask
}

/** The mask after the segment of ciphertext at `at`. */
function nextMask(key: Uint8Array, cipher: Uint8Array, at: number): Uint8Array {
  const hashed = new Uint8Array(key.length + DIGEST)
  hashed.set(key)
  hashed.set(cipher.subarray(at, at + DIGEST), key.length)
  return md5(hashed)
}
