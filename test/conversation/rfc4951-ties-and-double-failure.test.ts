// Both endpoints fail and recover the same tunnel (RFC 4951 3.2.1, appendix B): the tie breaker leaves one recovery tunnel for
// each old tunnel, the loser acts as remote endpoint, and ties of other tunnels are no concern of it.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND, type Nanos } from '../../sim/base/time.ts'
import { compareTieBreakers } from '../../sim/l2tp/rules.ts'
import type { ControlMessage } from '../../sim/l2tp/wire/messages.ts'
import { accepted } from '../support/bodies.ts'
import {
  bothEnds,
  established,
  lacOf,
  message,
  recoveryRequest,
  recoveryTunnels,
  sessionPairs,
  steps,
  told,
  tunnelOf,
} from '../support/failover-scenes.ts'
import { doubly, scripted, secondWaits, tie, withTie } from '../support/failover-plights.ts'
import { Pair, testRng, type Side } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

describe.each(bothEnds)('both fail at once (A is the %s)', (failing) => {
  test(
    'S68 R4951-B-01 R4951-B-02 R4951-B-03 R4951-B-04 R4951-B-05 R4951-B-06 R4951-B-07 R4951-3.2.1-10 R4951-3.2.1-12 ' +
      'R4951-AMB-18 R4951-AMB-19: appendix B: A loses the tie',
    () => {
      const { pair, returned } = doubly({ failing, ties: { A: 9, R: 5 } })
      pair.pass(10 * SECOND)
      expect(transcriptOf(pair, { from: returned, since: returned })).toEqual([
        '0s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
        '0s R>A SCCRQ [0 0/0] {5,9=w,77(y,x)}',
        // R has won and says nothing; A answers.
        '10ms A>R SCCRP [w 0/1] {9=z2,78(p,q)}',
        '20ms R>A SCCCN [z2 1/1]',
        '30ms A>R ZLB [w 1/2]',
        '40ms R>A StopCCN [z2 2/1] {9=w,1=1}',
        '40ms R>A FSQ [x p/q] {79(b,a)}',
        '50ms A>R ZLB [w 1/3]',
        '50ms A>R FSR [y q/p+1] {79(a,b)}',
        '60ms R>A ZLB [x p+1/q+1]',
        '70ms A>R FSQ [y q+1/p+1] {79(a,b)}',
        '80ms R>A FSR [x p+1/q+2] {79(b,a)}',
        '90ms A>R ZLB [y q+2/p+2]',
      ])
      expect(steps(pair, 'A', returned)).toEqual([
        'recovery waiting',
        'recovery requested',
        'recovery tie-lost',
        'remote offered',
        'remote recovered',
        'remote synchronised',
      ])
      expect(steps(pair, 'R', returned)).toEqual([
        'recovery waiting',
        'recovery requested',
        'recovery tie-won',
        'recovery recovered',
        'recovery synchronised',
      ])
      expect(sessionPairs(pair, 'A')).toHaveLength(1)
      expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    },
  )

  test('S68 R4951-3.2.1-11 R4951-3.2.1-12: the same with A winning: the numbers of the winning recovery tunnel decide', () => {
    const { pair, returned } = doubly({ failing, ties: { A: 5, R: 9 } })
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: returned, bodies: true }).slice(0, 4)).toEqual([
      'A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
      'R>A SCCRQ [0 0/0] {5,9=w,77(y,x)}',
      'R>A SCCRP [z 0/1] {9=w2,78(p,q)}',
      'A>R SCCCN [w2 1/1]',
    ])
    const [a] = told(pair, 'A', 'controlReset')
    expect(a).toMatchObject({ role: 'recovery' })
    expect(told(pair, 'R', 'controlReset')).toMatchObject([{ role: 'remote', ns: a?.nr, nr: a?.ns }])
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  })
})

describe.each(bothEnds)('staggered (A is the %s)', (failing) => {
  test('S71 R4951-AMB-23 R4951-AMB-49: R is back, but starts two seconds later: it answers the request of A and sends none', () => {
    const pair = new Pair()
    pair.open(lacOf(failing))
    pair.call(lacOf(failing), true)
    const [a, r] = [pair.mirror('A'), pair.mirror('R')]
    pair.crash('A')
    pair.crash('R')
    const failed = pair.now
    pair.pass(2 * SECOND)
    pair.restore('A', a)
    pair.pass(6 * SECOND)
    pair.revive('R', r)
    pair.pass(2 * SECOND)
    pair.command('R', { name: 'recover' })
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: failed, since: failed, bodies: true }).slice(0, 7)).toEqual([
      '2s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !lost',
      '3s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !again !lost',
      '5s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !again !lost',
      '9s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !again',
      '9.01s R>A SCCRP [z 0/1] {9=w,78(p,q)}',
      '9.02s A>R SCCCN [w 1/1]',
      '9.04s A>R StopCCN [w 2/1] {9=z,1=1}',
    ])
    expect(pair.said.filter(({ from, type, at }) => from === 'R' && type === 'SCCRQ' && at > failed)).toEqual([])
    expect(sessionPairs(pair, 'A')).toHaveLength(1)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    // Both lost the numbers of their data, and both start anew.
    expect([told(pair, 'A', 'restartData'), told(pair, 'R', 'restartData')].map(({ length }) => length)).toEqual([1, 1])
  })
})

describe('R is restored but has not begun', () => {
  const stepsOf = (pair: Pair, start: Nanos, which: (tunnel: number) => boolean): readonly string[] =>
    told(pair, 'R', 'recovery', start)
      .filter(({ tunnel }) => which(tunnel))
      .map(({ step }) => step)

  test('S71 R4951-AMB-49: it acts as remote endpoint for that tunnel, and sends no request of its own', () => {
    const { pair, second, start, w } = secondWaits()
    pair.inject('R', message({ type: 'SCCCN' }, { tunnelId: w, ns: 1, nr: 1 }), pair.addresses.A)
    pair.pass(100 * SECOND)
    expect(stepsOf(pair, start, (tunnel) => tunnel === second)).toEqual(['waiting', 'offered', 'recovered', 'synchronised'])
    // Pacing was not disturbed: the first recovery ran to its own end.
    expect(stepsOf(pair, start, (tunnel) => tunnel !== second)).toEqual(['waiting', 'requested', 'failed'])
  })

  test('R4951-AMB-49: when the recovery of A comes to nothing, R begins its own after all', () => {
    const { pair, second, start } = secondWaits()
    pair.pass(100 * SECOND)
    expect(stepsOf(pair, start, (tunnel) => tunnel === second)).toEqual([
      'waiting',
      'offered',
      'aborted',
      'waiting',
      'requested',
      'failed',
    ])
    expect([...pair.core('R').tunnels()]).toEqual([])
  })
})

describe('equal tie breakers', () => {
  test('R4951-AMB-20: both discard, wait a little and draw again; the second round decides', () => {
    const { pair, returned } = doubly({ ties: { A: 7, R: 7 } })
    pair.pass(20 * SECOND)
    const requests = pair.said.filter(({ at, type }) => at >= returned && type === 'SCCRQ')
    expect(steps(pair, 'A', returned).slice(0, 4)).toEqual([
      'recovery waiting',
      'recovery requested',
      'recovery tie-equal',
      'recovery waiting',
    ])
    expect(steps(pair, 'R', returned).slice(0, 4)).toEqual([
      'recovery waiting',
      'recovery requested',
      'recovery tie-equal',
      'recovery waiting',
    ])
    const ties = requests
      .map(({ datagram }) => accepted(datagram.bytes).message)
      .map((one) => (one.type === 'SCCRQ' ? one.tieBreaker?.[0] : undefined))
    expect(ties.slice(0, 2)).toEqual([7, 7])
    expect(ties.length).toBeGreaterThan(2)
    expect([...pair.core('A').tunnels()].filter(({ closing }) => !closing)).toHaveLength(1)
    expect(sessionPairs(pair, 'A')).toHaveLength(1)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  })

  test('R4951-AMB-20 R4951-3.2.1-28: equal for ever: after four rounds both clear the old tunnel', () => {
    // The same generator on both sides, so that even the waits are equal.
    const { pair, returned } = doubly({ ties: { A: 7, R: 7 }, rng: { A: testRng(1), R: testRng(1) } })
    pair.pass(MINUTE)
    for (const side of ['A', 'R'] as const) {
      expect(steps(pair, side, returned).filter((step) => step === 'recovery tie-equal')).toHaveLength(4)
      expect(steps(pair, side, returned).at(-1)).toBe('recovery failed')
      expect([...pair.core(side).tunnels()]).toEqual([])
    }
    expect(new Set(pair.said.filter(({ at }) => at >= returned).map(({ type }) => type))).toEqual(new Set(['SCCRQ']))
  })
})

describe('what decides a tie', () => {
  const octets = (...list: readonly number[]): Uint8Array => Uint8Array.from({ length: 8 }, (_, i) => list[i] ?? 0)

  test.each([
    ['the lower wins', octets(0, 0, 0, 0, 0, 0, 0, 1), octets(0, 0, 0, 0, 0, 0, 0, 2), -1],
    ['unsigned', octets(0x7f, 255, 255, 255, 255, 255, 255, 255), octets(0x80), -1],
    ['the first octet counts most', octets(1, 0), octets(0, 255), 1],
    ['equal', octets(1, 2, 3), octets(1, 2, 3), 0],
    ['none loses', undefined, octets(255, 255, 255, 255, 255, 255, 255, 255), 1],
    ['none at all', undefined, undefined, 0],
  ])('R4951-AMB-21 R4951-AMB-22: %s', (_, ours, theirs, order) => {
    expect(Math.sign(compareTieBreakers(ours, theirs))).toBe(order)
    expect(Math.sign(compareTieBreakers(theirs, ours))).toBe(0 - order)
  })

  test('R4951-AMB-22: a crossing recovery SCCRQ without a tie breaker loses', () => {
    const pair = established()
    const mirror = pair.mirror('R')
    const request = recoveryRequest(pair, { tieBreaker: undefined })
    pair.crash('A')
    pair.crash('R')
    pair.restore('R', mirror)
    pair.inject('R', request, pair.addresses.A)
    pair.pass(SECOND / 2)
    expect(steps(pair, 'R')).toEqual(['recovery waiting', 'recovery requested', 'recovery tie-won'])
    expect(told(pair, 'R', 'handled').at(-1)).toMatchObject({ type: 'SCCRQ', verdict: 'discarded' })
  })

  test('R4951-AMB-16 R4951-AMB-71: a request that would be refused takes no part in a tie: the own recovery goes on', () => {
    const pair = established()
    const mirror = pair.mirror('R')
    const request = recoveryRequest(pair, { hostName: 'somebody', tieBreaker: new Uint8Array(8) })
    const memory = pair.mirror('A')
    pair.crash('A')
    pair.crash('R')
    pair.restore('R', mirror)
    const start = pair.now
    pair.inject('R', request, pair.addresses.A)
    pair.pass(SECOND / 2)
    expect(transcriptOf(pair, { from: start, bodies: true })[1]).toMatch(/^R>A StopCCN \[#4711 0\/1\] \{9=#\d+,1=4\}/)
    pair.restore('A', memory)
    pair.pass(20 * SECOND)
    expect(sessionPairs(pair, 'R')).toHaveLength(1)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  })
})

describe('scopes of tie breakers', () => {
  test(
    'S72 R4951-3.2.1-13 R4951-3.2.1-14 R4951-3.2.1-15 R4951-3.2.1-16 R4951-3.2.1-17: two recoveries and an ordinary tunnel, ' +
      'each with its own tie',
    () => {
      const pair = new Pair({ tieBreaker: true }, { tieBreaker: true })
      pair.open('R')
      pair.open('R')
      const [a, r] = [pair.mirror('A'), pair.mirror('R')]
      pair.crash('A')
      pair.crash('R')
      pair.pass(SECOND)
      // A wins the first, R the second, and R the ordinary one with the lowest value of all.
      pair.restore('A', a, {}, scripted([1, ...tie(1), ...tie(8), ...tie(3)], testRng(1)))
      pair.restore('R', r, {}, scripted([2, ...tie(9), ...tie(4), ...tie(0)], testRng(2)))
      const returned = pair.now
      pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
      pair.command('R', { name: 'open-tunnel', local: pair.addresses.R, peer: pair.addresses.A })
      pair.pass(20 * SECOND)
      const ends = (side: Side): readonly string[] =>
        told(pair, side, 'tunnel', returned).flatMap(({ event, purpose, why }) =>
          event === 'closed' ? [`${purpose} ${why}`] : [],
        )
      expect(ends('A').filter((end) => end === 'ordinary tie-lost')).toHaveLength(1)
      expect(ends('R').filter((end) => end === 'ordinary tie-lost')).toHaveLength(0)
      for (const side of ['A', 'R'] as const) {
        expect(ends(side).filter((end) => end === 'recovery tie-lost')).toHaveLength(1)
        expect(
          steps(pair, side, returned)
            .filter((step) => step.endsWith('synchronised'))
            .toSorted(),
        ).toEqual(['recovery synchronised', 'remote synchronised'])
      }
      expect(pair.tunnels('A').map(({ purpose, state }) => `${purpose} ${state}`)).toEqual(
        Array.from({ length: 3 }, () => 'ordinary established'),
      )
      expect(pair.tunnels('R')).toHaveLength(3)
    },
  )

  test('R4951-3.2.1-13 R4951-3.2.1-14: an ordinary SCCRQ with the lowest value does not touch a recovery in progress', () => {
    const pair = established({ a: { tieBreaker: true }, r: { tieBreaker: true } })
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.restore('A', mirror)
    const ordinary: ControlMessage = {
      type: 'SCCRQ',
      protocolVersion: { version: 1, revision: 0 },
      hostName: 'r',
      framingCapabilities: 3,
      assignedTunnelId: 99,
      tieBreaker: new Uint8Array(8),
    }
    pair.inject('A', message(ordinary, { tunnelId: 0, ns: 0, nr: 0 }), pair.addresses.R)
    pair.pass(10 * SECOND)
    expect(steps(pair, 'A').at(-1)).toBe('recovery synchronised')
    expect(transcriptOf(pair).some((line) => line.startsWith('A>R SCCRP [#99 0/1]'))).toBe(true)
  })
})

describe('a request of the loser that comes late', () => {
  /** R wins the tie, but the SCCRQ of A is delayed until after its SCCRP. */
  function late(delay: Nanos): { readonly pair: Pair; readonly returned: Nanos } {
    const pair = new Pair()
    pair.open('A')
    pair.call('A')
    const [a, r] = [pair.mirror('A'), pair.mirror('R')]
    pair.crash('A')
    pair.crash('R')
    pair.pass(SECOND)
    pair.fate = ({ from, type }) => (from === 'A' && type === 'SCCRQ' ? delay : 'deliver')
    pair.restore('A', a, {}, withTie(1, 9, testRng(50)))
    pair.restore('R', r, {}, withTie(2, 5, testRng(60)))
    return { pair, returned: pair.now }
  }

  test.each([
    ['before R is sure', 20 * MILLISECOND],
    ['when R is sure', 60 * MILLISECOND],
    ['when all is over', 5 * SECOND],
  ])(
    'R4951-AMB-77 R4951-AMB-49 R4951-3.2.1-02: %s: R answers it, A knows nothing of it any more, and the recovery stands',
    (_, delay) => {
      const { pair, returned } = late(delay)
      pair.pass(MINUTE)
      expect(transcriptOf(pair, { from: returned, bodies: true })).toContain('R>A SCCRP [z 0/1] {9=w2,78(p2,q2)}')
      expect(steps(pair, 'R', returned)).toContain('remote aborted')
      expect(steps(pair, 'R', returned)).toContain('recovery recovered')
      expect(steps(pair, 'R', returned)).toContain('recovery synchronised')
      for (const side of ['A', 'R'] as const) {
        expect(told(pair, side, 'controlReset', returned)).toHaveLength(1)
        expect([...tunnelOf(pair, side).sessions.values()].map(({ sync }) => sync)).toEqual(['synchronised'])
        expect(tunnelOf(pair, side).channel).toMatchObject({ suspended: false, idle: true })
        expect(recoveryTunnels(pair, side)).toEqual([])
      }
    },
  )
})
