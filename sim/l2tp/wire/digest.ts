// Control message authentication of L2TPv3 (RFC 3931 4.3, 5.4.1 Message Digest): an HMAC over the whole message with the digest
// fields zero, keyed by what is derived from the shared secret and begun with the nonces of both ends. Works on messages as they
// stand on the wire behind the 32 zero bits that L2TP over IP has in front; dropping what does not verify is the core's business.

import { hmac } from '@noble/hashes/hmac.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { assert } from '../../base/assert.ts'
import { AVP_HEADER, CONTROL_HEADER, FIRST_AVP, MESSAGE_DIGEST } from './dialect.ts'
import { startsWithMessageType } from './header.ts'
import { deriveKey, DIGEST } from './keys.ts'
import { uint16At, uint32At } from './octets.ts'

/** Value of the Digest Type field (R3931-AMB-01). */
export const HMAC_MD5 = 0
export const HMAC_SHA_1 = 1
export type DigestType = typeof HMAC_MD5 | typeof HMAC_SHA_1

/** Hash functions and octets of the digest, by type. */
const HASHES = [md5, sha1] as const
const SIZES = [16, 20] as const
/** Octets of the Message Digest AVP before the digest: header and type. */
const BEFORE_DIGEST = AVP_HEADER + 1
/** A message has no more of them (RFC 3931 5.4.1). */
const MAX_DIGESTS = 2
const SCCRQ = 1
const ZEROS = new Uint8Array(SIZES[HMAC_SHA_1])

interface Hmac {
  clone(): Hmac
  update(bytes: Uint8Array): Hmac
  digest(): Uint8Array
}

/** An HMAC that is begun but not finished, for each type of digest; made when it is wanted, for a connection seldom uses more than one. */
interface Begun {
  of(type: DigestType): Hmac
}

/** What the digests of one control connection are made of. */
export interface ControlAuthentication {
  /** Of each shared secret, with the key alone: for SCCRQ, which knows no second nonce. */
  readonly keyed: readonly Begun[]
  /** Begun with our nonce, then the peer's: for what we send. */
  readonly sending: readonly Begun[]
  /** Begun with the peer's nonce, then ours: for what we receive. */
  readonly receiving: readonly Begun[]
}

/** Where a message has a digest. */
interface DigestPlace {
  readonly type: DigestType
  readonly at: number
}

/**
 * Prepares the digests of a control connection. There is at least one secret; the second is for the time of a change. The empty
 * secret with empty nonces makes digests that show corruption only (RFC 3931 4.3). A nonce not known yet is empty.
 */
export function controlAuthentication(
  secrets: readonly string[],
  localNonce: Uint8Array,
  remoteNonce: Uint8Array,
): ControlAuthentication {
  assert(secrets.length > 0, 'authentication needs a secret')
  const keyed = secrets.map(keyedBy)
  const begun = (first: Uint8Array, second: Uint8Array) =>
    keyed.map((alone) => whenWanted((type) => alone.of(type).clone().update(first).update(second)))
  return { keyed, sending: begun(localNonce, remoteNonce), receiving: begun(remoteNonce, localNonce) }
}

function whenWanted(make: (type: DigestType) => Hmac): Begun {
  const made: (Hmac | undefined)[] = [undefined, undefined]
  return { of: (type) => (made[type] ??= make(type)) }
}

/** Few secrets serve many connections, and a key costs as much as a message. */
const known = new Map<string, Begun>()
const MOST_KNOWN = 100

function keyedBy(secret: string): Begun {
  let keyed = known.get(secret)
  if (keyed === undefined) {
    if (known.size === MOST_KNOWN) known.clear()
    const key = deriveKey(secret, DIGEST)
    keyed = whenWanted((type) => hmac.create(HASHES[type], key))
    known.set(secret, keyed)
  }
  return keyed
}

/** Octets of the Message Digest AVPs for these digests. */
export function digestOctets(digests: readonly DigestType[]): number {
  assert(digests.length <= MAX_DIGESTS, 'a message has at most two digests')
  let octets = 0
  for (const type of digests) octets += BEFORE_DIGEST + SIZES[type]
  return octets
}

/**
 * Fills the digests of an encoded message whose ids and sequence numbers are in place. The nth digest is made with the nth secret,
 * or the last one. To be done again for every retransmission, because Nr changes. A message without digests is left alone.
 */
export function sealMessage(bytes: Uint8Array, authentication: ControlAuthentication): void {
  const places = digestPlaces(bytes)
  const begun = isSccrq(bytes) ? authentication.keyed : authentication.sending
  const digests = places.map(({ type }, i) => digestOf(bytes, places, (begun[Math.min(i, begun.length - 1)] as Begun).of(type)))
  places.forEach(({ at }, i) => {
    bytes.set(digests[i] as Uint8Array, at)
  })
}

/**
 * Whether a received message with a sound header is authentic: one of its digests agrees with one of the secrets. `missing` if it
 * has no Message Digest where it must stand.
 */
export function checkMessage(bytes: Uint8Array, authentication: ControlAuthentication): 'authentic' | 'missing' | 'wrong' {
  const places = digestPlaces(bytes)
  if (places.length === 0) return 'missing'
  return agreement(bytes, places, authentication) < 0 ? 'wrong' : 'authentic'
}

/** Which of the secrets, by its position, agrees with the first digest that agrees with any; -1 for none. */
export function agreeingSecret(bytes: Uint8Array, authentication: ControlAuthentication): number {
  return agreement(bytes, digestPlaces(bytes), authentication)
}

/** Compares every digest with every secret, wherever the first agreement is. */
function agreement(bytes: Uint8Array, places: readonly DigestPlace[], authentication: ControlAuthentication): number {
  const begun = isSccrq(bytes) ? authentication.keyed : authentication.receiving
  let agreeing = -1
  for (const { type, at } of places) {
    for (let i = 0; i < begun.length; i++) {
      const same = sameOctets(bytes, at, digestOf(bytes, places, (begun[i] as Begun).of(type)))
      if (same && agreeing < 0) agreeing = i
    }
  }
  return agreeing
}

/** Where the AVPs begin that follow Message Type and the digests. The message begins with a sound Message Type AVP. */
export function afterDigests(bytes: Uint8Array, end: number): number {
  let at = FIRST_AVP
  for (let i = 0; i < MAX_DIGESTS; i++) at += digestAvpSize(bytes, at, end)
  return at
}

/** Octets of the sound Message Digest AVP at `at`; 0 if there is none. */
function digestAvpSize(bytes: Uint8Array, at: number, end: number): number {
  if (at + BEFORE_DIGEST > end || uint32At(bytes, at + 2) !== MESSAGE_DIGEST || (uint16At(bytes, at) & 0x4000) !== 0) return 0
  const size = SIZES[bytes[at + AVP_HEADER] as number]
  if (size === undefined) return 0
  const length = BEFORE_DIGEST + size
  return (uint16At(bytes, at) & 0x3ff) === length && at + length <= end ? length : 0
}

function digestPlaces(bytes: Uint8Array): readonly DigestPlace[] {
  const places: DigestPlace[] = []
  const end = uint16At(bytes, 2)
  if (end < FIRST_AVP || !startsWithMessageType(bytes)) return places
  for (let at = FIRST_AVP; places.length < MAX_DIGESTS; ) {
    const size = digestAvpSize(bytes, at, end)
    if (size === 0) break
    places.push({ type: bytes[at + AVP_HEADER] as DigestType, at: at + BEFORE_DIGEST })
    at += size
  }
  return places
}

function isSccrq(bytes: Uint8Array): boolean {
  return uint16At(bytes, 2) >= FIRST_AVP && uint16At(bytes, CONTROL_HEADER + AVP_HEADER) === SCCRQ
}

/** The HMAC goes on over the message, every digest in it counted as zeros. */
function digestOf(bytes: Uint8Array, places: readonly DigestPlace[], begun: Hmac): Uint8Array {
  const running = begun.clone()
  let done = 0
  for (const { at, type } of places) {
    running.update(bytes.subarray(done, at)).update(ZEROS.subarray(0, SIZES[type]))
    done = at + SIZES[type]
  }
  return running.update(bytes.subarray(done, uint16At(bytes, 2))).digest()
}

/** Compares every octet, wherever the first difference is. */
function sameOctets(bytes: Uint8Array, at: number, digest: Uint8Array): boolean {
  let difference = 0
  for (let i = 0; i < digest.length; i++) difference |= (bytes[at + i] as number) ^ (digest[i] as number)
  return difference === 0
}
