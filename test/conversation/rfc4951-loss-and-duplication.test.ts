// Recoveries over a wire that loses, repeats and delays (RFC 2661 5.8 under RFC 4951): each message of the handshake lost or
// doubled, old packets between the new ones, and heavy random loss.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND } from '../../sim/base/time.ts'
import {
  bothEnds,
  established,
  failAndReturn,
  numbers,
  recoveryTunnels,
  sessionPairs,
  steps,
  told,
  tunnelOf,
  type Failing,
} from '../support/failover-scenes.ts'
import { testRng, type Fate, type Pair, type Said, type Side } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

function expectRecovered(pair: Pair, sessions = 1): void {
  expect(sessionPairs(pair, 'A')).toHaveLength(sessions)
  expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  const [ns, nr] = numbers(tunnelOf(pair, 'A'))
  expect(numbers(tunnelOf(pair, 'R'))).toEqual([nr, ns])
  expect([...recoveryTunnels(pair, 'A'), ...recoveryTunnels(pair, 'R')]).toEqual([])
}

/** A returns over a wire with this fate; the dialogue with times. */
function recovered(failing: Failing, fate: (said: Said) => Fate): { readonly pair: Pair; readonly lines: readonly string[] } {
  const pair = established({ failing })
  const mirror = pair.mirror('A')
  pair.crash('A')
  pair.pass(2 * SECOND)
  pair.fate = fate
  const returned = pair.now
  pair.restore('A', mirror)
  pair.pass(60 * SECOND)
  return { pair, lines: transcriptOf(pair, { from: returned, since: returned }) }
}

const first =
  (from: Side, type: string, fate: Fate) =>
  (said: Said): Fate =>
    said.from === from && said.type === type && said.attempt <= 1 ? fate : 'deliver'

/** Loses the first message of a kind, or the first ZLB on the recovery tunnel. */
const losesFirst = (from: Side, type: string): ((said: Said) => Fate) => {
  let left = 1
  return (said) => (said.from === from && said.type === type && left-- > 0 ? 'drop' : 'deliver')
}

describe.each(bothEnds)('the handshake (%s fails)', (failing) => {
  test('S31 R2661-5.8-03: the SCCRQ lost', () => {
    const { pair, lines } = recovered(failing, first('A', 'SCCRQ', 'drop'))
    expect(lines.slice(0, 5)).toEqual([
      '0s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !lost',
      '1s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !again',
      '1.01s R>A SCCRP [z 0/1] {9=w,78(p,q)}',
      '1.02s A>R SCCCN [w 1/1]',
      '1.03s R>A ZLB [z 1/2]',
    ])
    expectRecovered(pair)
  })

  test('S32 R4951-AMB-69: the SCCRQ doubled: one recovery tunnel, and the double only acknowledged', () => {
    const { pair, lines } = recovered(failing, first('A', 'SCCRQ', [0, 5 * MILLISECOND]))
    expect(lines.slice(0, 5)).toEqual([
      '0s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
      '10ms R>A SCCRP [z 0/1] {9=w,78(p,q)}',
      '15ms R>A ZLB [z 1/1]',
      '20ms A>R SCCCN [w 1/1]',
      '30ms R>A ZLB [z 1/2]',
    ])
    expect(steps(pair, 'R').filter((step) => step === 'remote offered')).toHaveLength(1)
    expectRecovered(pair)
  })

  test('R4951-AMB-69: the double of the SCCRQ comes when all is over, or seconds later: still only a double', () => {
    for (const delay of [60 * MILLISECOND, 5 * SECOND, 20 * SECOND]) {
      const { pair } = recovered(failing, first('A', 'SCCRQ', [0, delay]))
      expect(steps(pair, 'R').filter((step) => step === 'remote offered')).toHaveLength(1)
      expectRecovered(pair)
    }
  })

  test('S33 R4951-AMB-69: the SCCRP lost: said again with the same suggestion', () => {
    const { pair, lines } = recovered(failing, first('R', 'SCCRP', 'drop'))
    expect(lines.slice(0, 6)).toEqual([
      '0s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
      '10ms R>A SCCRP [z 0/1] {9=w,78(p,q)} !lost',
      '1s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !again',
      '1.01s R>A ZLB [z 1/1]',
      '1.01s R>A SCCRP [z 0/1] {9=w,78(p,q)} !again',
      '1.02s A>R SCCCN [w 1/1]',
    ])
    expectRecovered(pair)
  })

  test('R4951-3.2.2-04: the SCCCN lost: R resets when it is said again', () => {
    const { pair, lines } = recovered(failing, first('A', 'SCCCN', 'drop'))
    expect(lines.slice(2, 6)).toEqual([
      '20ms A>R SCCCN [w 1/1] !lost',
      '1.01s R>A SCCRP [z 0/1] {9=w,78(p,q)} !again',
      '1.02s A>R ZLB [w 2/1]',
      '1.02s A>R SCCCN [w 1/1] !again',
    ])
    expect(told(pair, 'R', 'controlReset')).toHaveLength(1)
    expectRecovered(pair)
  })

  test('R4951-AMB-42: the ZLB for the SCCCN lost: A ends the recovery tunnel, and asks, only when it knows', () => {
    const { pair, lines } = recovered(failing, losesFirst('R', 'ZLB'))
    expect(lines.slice(3, 9)).toEqual([
      '30ms R>A ZLB [z 1/2] !lost',
      '1.02s A>R SCCCN [w 1/1] !again',
      '1.03s R>A ZLB [z 1/2]',
      // R was not asked for a second.
      '1.03s R>A FSQ [x q/p] {79(b,a)}',
      '1.04s A>R StopCCN [w 2/1] {9=z,1=1}',
      '1.04s A>R FSQ [y p/q] {79(a,b)}',
    ])
    expectRecovered(pair)
  })

  test.each([
    ['A', 'SCCRQ'],
    ['R', 'SCCRP'],
    ['A', 'SCCCN'],
    ['R', 'ZLB'],
    ['A', 'StopCCN'],
    ['A', 'FSQ'],
    ['R', 'FSR'],
    ['R', 'FSQ'],
    ['A', 'FSR'],
  ] as const)('R4951-3.3-04: %s loses, doubles or delays its first %s: recovered all the same', (from, type) => {
    for (const fate of ['drop', [0, 0], [0, 700 * MILLISECOND], 700 * MILLISECOND, 4 * SECOND] as const) {
      let left = 1
      const { pair } = recovered(failing, (said) => (said.from === from && said.type === type && left-- > 0 ? fate : 'deliver'))
      expectRecovered(pair)
    }
  })
})

describe('heavy random loss', () => {
  const seeds = Array.from({ length: 40 }, (_, i) => i + 1)

  test.each(bothEnds)(
    'S39 R4951-3.3-04: three in ten lost both ways, ten retransmissions: recovered, or gone on both sides (%s fails)',
    (failing) => {
      const patient = { retransmit: { initial: SECOND, cap: 8 * SECOND, count: 10 } }
      let recovered = 0
      for (const seed of seeds) {
        const pair = established({ failing, calls: 5, a: patient, r: patient })
        const rng = testRng(seed)
        pair.fate = () => (rng.uint32() % 10 < 3 ? 'drop' : 'deliver')
        failAndReturn(pair)
        pair.pass(5 * MINUTE)
        pair.fate = () => 'deliver'
        pair.pass(5 * MINUTE)
        if (pair.tunnels('A').length > 0) {
          recovered += 1
          expectRecovered(pair, 5)
        } else expect([...pair.core('A').tunnels(), ...pair.core('R').tunnels()]).toEqual([])
      }
      expect(recovered).toBeGreaterThan(seeds.length / 2)
    },
  )
})
