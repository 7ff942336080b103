// Named random streams: one independent generator for each name under a seed, whatever other names are in use. The generator is
// `alea` of seedrandom. Its seed is a hash of seed and name: alea (and worse, its sisters) seeded with similar raw names gives
// streams whose first draws are correlated.

import { md5 } from '@noble/hashes/legacy.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import alea, { type Alea } from 'seedrandom/lib/alea.js'
import type { Rng } from '../base/random.ts'

/** The four numbers an alea generator consists of. */
export interface StreamState {
  readonly c: number
  readonly s0: number
  readonly s1: number
  readonly s2: number
}

/** A generator whose position can be read. */
export interface Stream extends Rng {
  /** A copy. */
  state(): StreamState
}

/**
 * The stream called `name` under `seed`. The seed is its text: '7' and '007' differ. It is hashed as JSON, in which no NUL can
 * stand, so that no two pairs of seed and name share a stream.
 */
export function stream(seed: string, name: string): Stream {
  return new LazyStream(seed, name)
}

/** Many streams are never drawn from, and seeding one costs more than most runs take from it: it waits for the first draw. */
class LazyStream implements Stream {
  private readonly seed: string
  private readonly name: string
  private generator: Alea | undefined

  constructor(seed: string, name: string) {
    this.seed = seed
    this.name = name
  }

  uint32(): number {
    return this.seeded().int32() >>> 0
  }

  double(): number {
    return this.seeded().double()
  }

  state(): StreamState {
    return this.seeded().state()
  }

  private seeded(): Alea {
    this.generator ??= alea(bytesToHex(md5(utf8ToBytes(`${JSON.stringify(this.seed)}\0${this.name}`))), { state: true })
    return this.generator
  }
}
