// Loss of IP packets: independent, and in bursts (Gilbert-Elliott). A datagram in several fragments is lost if any of them is.
// One draw decides a whole datagram, however many fragments it has, so that packet sizes do not move a stream.

import { assert } from '../base/assert.ts'
import type { Rng } from '../base/random.ts'

/**
 * A chain of two states that takes one step with each IP packet (fragment); the packet is then lost with the probability of the
 * state reached. It begins in its stationary distribution: toBad / (toBad + toGood) of all packets meet the bad state.
 */
export interface GilbertElliott {
  /** Probability of the step from the good to the bad state. */
  readonly toBad: number
  readonly toGood: number
  readonly lossGood: number
  readonly lossBad: number
}

/** Probability that at least one of `fragments` packets is lost, each with `probability`. */
export function lossOfAny(probability: number, fragments: number): number {
  if (fragments === 1) return probability
  let all = 1
  for (let i = 0; i < fragments; i++) all *= 1 - probability
  return 1 - all
}

/** Probabilities, after some fragments, of (state, all kept) and, the rest to 1 being bad and lost, of (good, some lost). */
interface Outlook {
  readonly keptGood: number
  readonly keptBad: number
  readonly lostGood: number
}

type State = 'good' | 'bad' | 'unknown'

/** The state of one direction, advanced datagram by datagram. */
export class BurstLoss {
  private readonly chain: GilbertElliott
  private readonly stream: Rng
  private state: State = 'unknown'
  /** What to expect from each state, by number of fragments. */
  private readonly outlooks = new Map<number, Readonly<Record<State, Outlook>>>()

  constructor(chain: GilbertElliott, stream: Rng) {
    const { toBad, toGood, lossGood, lossBad } = chain
    assert(
      [toBad, toGood, lossGood, lossBad].every((p) => p >= 0 && p <= 1),
      'Gilbert-Elliott: a probability out of [0, 1]',
    )
    this.chain = chain
    this.stream = stream
  }

  /** Takes the steps of one datagram; true when it is lost. */
  lose(fragments: number): boolean {
    let outlook = this.outlooks.get(fragments)
    if (outlook === undefined) this.outlooks.set(fragments, (outlook = this.expect(fragments)))
    const { keptGood, keptBad, lostGood } = outlook[this.state]
    const u = this.stream.double()
    const kept = keptGood + keptBad
    this.state = u < keptGood || (u >= kept && u < kept + lostGood) ? 'good' : 'bad'
    return u >= kept
  }

  private expect(fragments: number): Readonly<Record<State, Outlook>> {
    const { toBad, toGood } = this.chain
    const bad = toBad + toGood > 0 ? toBad / (toBad + toGood) : 0
    return { good: this.from(0, fragments), bad: this.from(1, fragments), unknown: this.from(bad, fragments) }
  }

  private from(bad: number, fragments: number): Outlook {
    const { toBad, toGood, lossGood, lossBad } = this.chain
    let [keptGood, keptBad, lostGood, lostBad] = [1 - bad, bad, 0, 0]
    for (let i = 0; i < fragments; i++) {
      ;[keptGood, keptBad] = [keptGood * (1 - toBad) + keptBad * toGood, keptGood * toBad + keptBad * (1 - toGood)]
      ;[lostGood, lostBad] = [lostGood * (1 - toBad) + lostBad * toGood, lostGood * toBad + lostBad * (1 - toGood)]
      lostGood += keptGood * lossGood
      lostBad += keptBad * lossBad
      keptGood *= 1 - lossGood
      keptBad *= 1 - lossBad
    }
    return { keptGood, keptBad, lostGood }
  }
}
