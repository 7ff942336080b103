// Loss: the closed form for fragments, and the Gilbert-Elliott chain against its stationary distribution, its burst lengths and a
// simulation fragment by fragment.

import { describe, expect, test } from 'vitest'
import { stream } from '../../../sim/kernel/rng.ts'
import { BurstLoss, lossOfAny, type GilbertElliott } from '../../../sim/net/loss.ts'

const PACKETS = 400_000

const lossesOf = (chain: GilbertElliott, fragments: number, packets = PACKETS): readonly boolean[] => {
  const loss = new BurstLoss(chain, stream('1', 'burst-loss'))
  return Array.from({ length: packets }, () => loss.lose(fragments))
}

const share = (losses: readonly boolean[]): number => losses.filter((lost) => lost).length / losses.length

describe('independent', () => {
  test('at least one of k fragments: 1 - (1 - p)^k', () => {
    expect(lossOfAny(0.1, 1)).toBe(0.1)
    expect(lossOfAny(0.1, 2)).toBeCloseTo(0.19, 12)
    expect(lossOfAny(0.01, 45)).toBeCloseTo(1 - Math.pow(0.99, 45), 12)
    expect(lossOfAny(0, 10)).toBe(0)
    expect(lossOfAny(1, 3)).toBe(1)
  })
})

describe('Gilbert-Elliott', () => {
  const bursty: GilbertElliott = { toBad: 0.02, toGood: 0.25, lossGood: 0, lossBad: 1 }
  const mixed: GilbertElliott = { toBad: 0.05, toGood: 0.1, lossGood: 0.01, lossBad: 0.4 }

  /** Neighbours are correlated with 1 - toBad - toGood, which widens the error of a share by (1 + r) / (1 - r). */
  function standardError({ toBad, toGood }: GilbertElliott, rate: number): number {
    const r = 1 - toBad - toGood
    return Math.sqrt((rate * (1 - rate) * (1 + r)) / (1 - r) / PACKETS)
  }

  for (const [name, chain] of Object.entries({ bursty, mixed })) {
    test(`${name}: as many losses as the stationary distribution says`, () => {
      const { toBad, toGood, lossGood, lossBad } = chain
      const rate = (toGood * lossGood + toBad * lossBad) / (toBad + toGood)
      expect(Math.abs(share(lossesOf(chain, 1)) - rate)).toBeLessThan(4 * standardError(chain, rate))
    })
  }

  test('bursts last 1 / toGood packets, gaps 1 / toBad', () => {
    const losses = lossesOf(bursty, 1)
    const starts = losses.filter((lost, i) => lost && losses[i - 1] !== true).length
    const lost = losses.filter((isLost) => isLost).length
    // Geometric lengths: their deviation is about their mean.
    expect(Math.abs(lost / starts / (1 / 0.25) - 1)).toBeLessThan(4 / Math.sqrt(starts))
    expect(Math.abs((PACKETS - lost) / starts / (1 / 0.02) - 1)).toBeLessThan(4 / Math.sqrt(starts))
  })

  test('it begins in the stationary distribution: the first packet is no safer than others', () => {
    const runs = 40_000
    const firsts = Array.from({ length: runs }, (_, i) => new BurstLoss(bursty, stream(String(i), 'burst-loss')).lose(1))
    const rate = 0.02 / 0.27
    expect(Math.abs(share(firsts) - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / runs))
  })

  test('a datagram of fragments is lost as often as if each were drawn for itself', () => {
    // The chain stepped fragment by fragment, with draws of its own.
    const rng = stream('2', 'reference')
    let bad = false
    let lost = 0
    for (let i = 0; i < PACKETS; i++) {
      let any = false
      for (let k = 0; k < 3; k++) {
        bad = bad ? rng.double() >= mixed.toGood : rng.double() < mixed.toBad
        any = rng.double() < (bad ? mixed.lossBad : mixed.lossGood) || any
      }
      if (any) lost++
    }
    const reference = lost / PACKETS
    expect(Math.abs(share(lossesOf(mixed, 3)) - reference)).toBeLessThan(6 * standardError(mixed, reference))
  })

  test('a chain that never moves stays good', () => {
    expect(share(lossesOf({ toBad: 0, toGood: 0, lossGood: 0, lossBad: 1 }, 1, 1000))).toBe(0)
    expect(share(lossesOf({ toBad: 1, toGood: 0, lossGood: 0, lossBad: 1 }, 1, 1000))).toBe(1)
  })

  test('one draw for each datagram, however many fragments', () => {
    const [own, other] = [stream('1', 'x'), stream('1', 'x')]
    const loss = new BurstLoss(mixed, own)
    for (let i = 0; i < 100; i++) {
      loss.lose(1 + (i % 7))
      other.double()
    }
    expect(own.state()).toEqual(other.state())
  })

  test('what is no probability is refused', () => {
    expect(() => new BurstLoss({ ...mixed, toBad: 1.1 }, stream('1', 'x'))).toThrow('probability')
  })
})
