// What a consumer of randomness sees. The generators and their named streams live in `kernel/rng.ts`.

export interface Rng {
  /** Uniform integer in [0, 2^32). */
  uint32(): number
  /** Uniform in [0, 1), 53 bits. */
  double(): number
}

/** Uniform integer in [low, high], both included; high - low < 2^32. */
export function integerBetween(rng: Rng, low: number, high: number): number {
  return low + Math.floor(rng.double() * (high - low + 1))
}

/** `count` uniform octets. */
export function randomBytes(rng: Rng, count: number): Uint8Array {
  const bytes = new Uint8Array(count)
  for (let i = 0; i < count; i++) bytes[i] = rng.uint32() >>> 24
  return bytes
}
