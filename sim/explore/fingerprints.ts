// Classes of equal texts. Of a text 106 bits of its hash are kept: among a billion texts two would meet by chance once in 10^14
// searches.

const A = 0x9e3779b1
const B = 0x85ebca77
const C = 0xc2b2ae3d
const D = 0x27d4eb2f

/** 64 bits of a text's hash. */
export function hash64(text: string): readonly [number, number] {
  let [a, b] = [1, 2]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, A)
    b = Math.imul(b ^ code ^ (a >>> 15), B)
  }
  return [a ^ (b >>> 16), b ^ (a >>> 13)]
}

export class Fingerprints {
  /** By fingerprint. */
  classes = new Map<string, number>()

  /** Equal for equal texts. */
  fingerprint(text: string): string {
    let [a, b, c, d] = [1, 2, 3, 4]
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      a = Math.imul(a ^ code, A)
      b = Math.imul(b ^ code ^ (a >>> 15), B)
      c = Math.imul(c ^ code ^ (b >>> 13), C)
      d = Math.imul(d ^ code ^ (c >>> 16), D)
    }
    const low = (a >>> 0) * 0x200000 + ((b ^ (c >>> 7)) >>> 11)
    const high = (c >>> 0) * 0x200000 + ((d ^ (a >>> 9)) >>> 11)
    return `${low.toString(36)}.${high.toString(36)}`
  }

  /** A small number, the same for equal texts. */
  classOf(text: string): number {
    const key = this.fingerprint(text)
    let found = this.classes.get(key)
    if (found === undefined) this.classes.set(key, (found = this.classes.size + 1))
    return found
  }
}
