// Fingerprints of texts, the same on every machine. Not for random streams (kernel/rng.ts) nor for the digest of a trace.

import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { toHex } from './bytes.ts'

/** 128 bits of the SHA-256 of the text in UTF-8, as 32 lower-case hexadecimal digits. */
export function fingerprint(text: string): string {
  return toHex(sha256(utf8ToBytes(text)).subarray(0, 16))
}
