// The records of a trace as a tree of causes: upwards the chain of what led to a record, downwards what it led to. The trace
// itself only points upwards; the way down is indexed once, in two arrays.

import { NO_CAUSE } from '../../sim/trace/record.ts'

export interface Effects {
  /** By record: the first record it led to, or -1. */
  readonly first: Int32Array
  /** By record: the next one with the same cause, or -1. */
  readonly next: Int32Array
}

/** Indexes the effects of every record. */
export function effectsOf(cause: Int32Array): Effects {
  const first = new Int32Array(cause.length).fill(-1)
  const next = new Int32Array(cause.length).fill(-1)
  // From the end, so that each list comes out in order.
  for (let seq = cause.length - 1; seq >= 0; seq--) {
    const from = cause[seq]!
    if (from === NO_CAUSE) continue
    next[seq] = first[from]!
    first[from] = seq
  }
  return { first, next }
}

/** What `seq` led to directly, at most `limit` of them. */
export function ledTo({ first, next }: Effects, seq: number, limit: number): readonly number[] {
  const found: number[] = []
  for (let effect = first[seq] ?? -1; effect >= 0 && found.length < limit; effect = next[effect]!) found.push(effect)
  return found
}

/** What led to `seq`, nearest first, at most `limit` steps. */
export function chainOf(cause: Int32Array, seq: number, limit: number): readonly number[] {
  const chain: number[] = []
  for (let at = cause[seq] ?? NO_CAUSE; at !== NO_CAUSE && chain.length < limit; at = cause[at]!) chain.push(at)
  return chain
}
