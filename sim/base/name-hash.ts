// 64 bits of hash of a short text, as two 32-bit words: names as they stand in the digest of a trace. Fast, not cryptographic.

/** Every bit of the word touches every bit of the result; different words give different results. */
export function avalanche(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Each UTF-16 unit is multiplied into both words, and each word folded into the other. */
export function hashName(text: string): readonly [number, number] {
  let a = 0x243f6a88 ^ text.length
  let b = 0x13198a2e ^ text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x9e3779b1)
    b = Math.imul(b ^ unit, 0x5f356495)
    a ^= b >>> 15
    b ^= a >>> 13
  }
  return [avalanche(a ^ avalanche(b)), avalanche(b ^ avalanche(a))]
}
