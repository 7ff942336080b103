// Draws for a hunt: what a seed decides, in the terms of scenarios. One stream for each seed and purpose.

import { integerBetween, type Rng } from '../base/random.ts'
import { MILLISECOND, type Nanos } from '../base/time.ts'
import { stream } from '../kernel/rng.ts'

export class Dice {
  private readonly rng: Rng
  private readonly allOn: boolean

  /** The stream of `purpose` under `seed`; `allOn`: every switch is on. */
  constructor(seed: string, purpose: string, allOn = false) {
    this.rng = stream(seed, `hunt:${purpose}`)
    this.allOn = allOn
  }

  /** Whether a knob is on for the seed as a whole. */
  on(probability: number): boolean {
    return this.rng.double() < probability || this.allOn
  }

  chance(probability: number): boolean {
    return this.rng.double() < probability
  }

  /** A whole number in [low, high]. */
  int(low: number, high: number): number {
    return integerBetween(this.rng, low, high)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!
  }

  /** Whole milliseconds in [low, high], as Nanos. */
  ms(low: number, high: number): Nanos {
    return this.int(low, high) * MILLISECOND
  }

  /** Whole milliseconds up to `highMs`, the short ones more often: each order of magnitude is about as likely as the next. */
  shortMs(highMs: number): Nanos {
    let limit = highMs
    while (limit > 10 && this.chance(0.6)) limit = Math.floor(limit / 10)
    return this.ms(0, limit)
  }
}
