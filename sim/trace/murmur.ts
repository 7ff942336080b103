// MurmurHash3 (x86, 128 bits; A. Appleby, public domain) over a stream of 32-bit words. Well mixed and fast, in 32-bit integer
// arithmetic only; not cryptographic. Equal to the published function over the same octets, little-endian, four to a word.

import { avalanche } from '../base/name-hash.ts'

const C1 = 0x239b961b
const C2 = 0xab0e9789 | 0
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93 | 0

/** The running state. */
export class Murmur {
  private h1 = 0
  private h2 = 0
  private h3 = 0
  private h4 = 0
  private blocks = 0

  /** Takes in the first `count` words, a multiple of 4. */
  absorb(words: Int32Array, count: number): void {
    let { h1, h2, h3, h4 } = this
    for (let i = 0; i < count; i += 4) {
      h1 ^= scramble(words[i]!, C1, 15, C2)
      h1 = (Math.imul((((h1 << 19) | (h1 >>> 13)) + h2) | 0, 5) + 0x561ccd1b) | 0
      h2 ^= scramble(words[i + 1]!, C2, 16, C3)
      h2 = (Math.imul((((h2 << 17) | (h2 >>> 15)) + h3) | 0, 5) + 0x0bcaa747) | 0
      h3 ^= scramble(words[i + 2]!, C3, 17, C4)
      h3 = (Math.imul((((h3 << 15) | (h3 >>> 17)) + h4) | 0, 5) + 0x96cd1c35) | 0
      h4 ^= scramble(words[i + 3]!, C4, 18, C1)
      h4 = (Math.imul((((h4 << 13) | (h4 >>> 19)) + h1) | 0, 5) + 0x32ac3b17) | 0
    }
    this.h1 = h1
    this.h2 = h2
    this.h3 = h3
    this.h4 = h4
    this.blocks += count / 4
  }

  /** The hash (128 bits, four words) of what was absorbed and the `count` words given, at most 3. The state stays as it is. */
  finish(words: Int32Array, count: number): readonly [number, number, number, number] {
    let { h1, h2, h3, h4 } = this
    if (count > 2) h3 ^= scramble(words[2]!, C3, 17, C4)
    if (count > 1) h2 ^= scramble(words[1]!, C2, 16, C3)
    if (count > 0) h1 ^= scramble(words[0]!, C1, 15, C2)
    const octets = (this.blocks * 16 + count * 4) | 0
    h2 ^= octets
    h3 ^= octets
    h4 ^= octets
    h1 = ((h1 ^ octets) + h2 + h3 + h4) | 0
    h2 = avalanche((h2 + h1) | 0)
    h3 = avalanche((h3 + h1) | 0)
    h4 = avalanche((h4 + h1) | 0)
    h1 = (avalanche(h1) + h2 + h3 + h4) | 0
    return [h1, (h2 + h1) | 0, (h3 + h1) | 0, (h4 + h1) | 0]
  }
}

function scramble(word: number, first: number, turn: number, second: number): number {
  const k = Math.imul(word, first)
  return Math.imul((k << turn) | (k >>> (32 - turn)), second)
}
