// Named random streams: one independent generator for each name under a seed, whatever other names are in use. The generator is
// `alea` of seedrandom. Its seed is a hash of seed and name: alea (and worse, its sisters) seeded with similar raw names gives
// streams whose first draws are correlated.

import { md5 } from '@noble/hashes/legacy.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import alea from 'seedrandom/lib/alea.js'
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
  const key = bytesToHex(md5(utf8ToBytes(`${JSON.stringify(seed)}\0${name}`)))
  const draw = alea(key, { state: true })
  return {
    uint32: () => draw.int32() >>> 0,
    double: draw.double,
    state: draw.state,
  }
}
