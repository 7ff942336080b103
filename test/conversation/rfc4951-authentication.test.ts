// Who may recover a tunnel (RFC 4951 3.2.1, 8): authentication with the secret of the old tunnel, forgers without it, and the
// addresses from which a recovery is taken. R refuses by StopCCN or by silence and keeps the old tunnel; A, refused, clears it.

import { describe, expect, test } from 'vitest'
import { address } from '../../sim/base/datagram.ts'
import { SECOND } from '../../sim/base/time.ts'
import { answers, expectRefusal, expectUntouched } from '../support/failover-refusals.ts'
import {
  bothEnds,
  established,
  failAndReturn,
  message,
  numbers,
  recoveryRequest,
  recoveryTunnels,
  sessionPairs,
  steps,
  told,
  tunnelOf,
} from '../support/failover-scenes.ts'
import type { Settings } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

describe('authentication', () => {
  const secret = 'the old secret'
  const both: { readonly a: Settings; readonly r: Settings } = { a: { secret, challenge: true }, r: { secret, challenge: true } }

  test.each(bothEnds)(
    'S94 R4951-3.2.1-23 R4951-3.2.1-24 R4951-AMB-04: mutual challenges with the right secret (%s fails)',
    (failing) => {
      const pair = established({ failing, ...both })
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      expect(transcriptOf(pair, { from: returned }).slice(0, 4)).toEqual([
        'A>R SCCRQ [0 0/0] {5,9=z,11,77(x,y)}',
        'R>A SCCRP [z 0/1] {9=w,13,11,78(p,q)}',
        'A>R SCCCN [w 1/1] {13}',
        'R>A ZLB [z 1/2]',
      ])
      expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    },
  )

  test(
    'R4951-AMB-50 R4951-3.2.1-24: whoever authenticated the peer on the old tunnel does so on the recovery tunnel, whatever ' +
      'the configuration now',
    () => {
      const pair = established(both)
      const returned = failAndReturn(pair, { settings: { challenge: false } })
      pair.pass(10 * SECOND)
      expect(transcriptOf(pair, { from: returned }).slice(0, 3)).toEqual([
        'A>R SCCRQ [0 0/0] {5,9=z,11,77(x,y)}',
        'R>A SCCRP [z 0/1] {9=w,13,11,78(p,q)}',
        'A>R SCCCN [w 1/1] {13}',
      ])
    },
  )

  test(
    'S54 R4951-1-03 R4951-3.2.1-24 R4951-3.2.1-25 R4951-3.2.2-03 R4951-AMB-50: A comes back with another secret, both ' +
      'challenge',
    () => {
      const pair = established(both)
      const before = numbers(tunnelOf(pair, 'R'))
      const returned = failAndReturn(pair, { settings: { secret: 'another' } })
      pair.pass(10 * SECOND)
      expect(transcriptOf(pair, { from: returned })).toEqual([
        'A>R SCCRQ [0 0/0] {5,9=z,11,77(x,y)}',
        'R>A SCCRP [z 0/1] {9=w,13,11,78(p,q)}',
        'A>R StopCCN [w 1/1] {9=z,1=4}',
        'R>A ZLB [z 1/2]',
      ])
      expect(told(pair, 'A', 'controlReset')).toEqual([])
      expect(pair.tunnels('A')).toEqual([])
      expectUntouched(pair, before)
      expect(steps(pair, 'R', returned)).toEqual(['remote offered', 'remote aborted'])
    },
  )

  test(
    'S55 R4951-3.2.2-04 R4951-AMB-43 R4951-AMB-50: only R challenges: A has reset when the refusal comes, and clears all the ' +
      'same',
    () => {
      const pair = established({ a: { secret }, r: { secret, challenge: true } })
      const before = numbers(tunnelOf(pair, 'R'))
      const returned = failAndReturn(pair, { settings: { secret: 'another' } })
      pair.pass(10 * SECOND)
      expect(transcriptOf(pair, { from: returned })).toEqual([
        'A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
        'R>A SCCRP [z 0/1] {9=w,11,78(p,q)}',
        'A>R SCCCN [w 1/1] {13}',
        'R>A StopCCN [z 1/2] {9=w,1=4}',
        'A>R ZLB [w 2/2]',
      ])
      expect(told(pair, 'A', 'controlReset')).toHaveLength(1)
      expect(told(pair, 'A', 'recovery', returned).at(-1)).toMatchObject({ step: 'failed', why: 'refused with result 4' })
      expect(pair.tunnels('A')).toEqual([])
      expectUntouched(pair, before)
    },
  )

  test('R4951-AMB-50 R4951-3.2.1-24: A has lost its secret: it cannot authenticate R as it did, so it does not recover', () => {
    const pair = established({ a: { secret, challenge: true }, r: { secret } })
    const returned = failAndReturn(pair, { settings: { secret: undefined } })
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: returned, bodies: true })).toEqual([
      'A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
      'R>A SCCRP [z 0/1] {9=w,78(p,q)}',
      'A>R StopCCN [w 1/1] {9=z,1=4}',
    ])
    expect(pair.tunnels('A')).toEqual([])
  })

  test('R4951-AMB-51: an old tunnel without authentication: none is asked for, but a Challenge is honoured', () => {
    const pair = established({ a: { secret }, r: { secret } })
    const returned = failAndReturn(pair, { settings: { challenge: true } })
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: returned }).slice(0, 3)).toEqual([
      'A>R SCCRQ [0 0/0] {5,9=z,11,77(x,y)}',
      'R>A SCCRP [z 0/1] {9=w,13,78(p,q)}',
      'A>R SCCCN [w 1/1]',
    ])
    expect(steps(pair, 'A', returned).at(-1)).toBe('recovery synchronised')
  })

  test('S58 R4951-8-01: without authentication a forger who knows the IDs takes the control channel away', () => {
    const pair = established()
    pair.inject('R', recoveryRequest(pair), pair.addresses.A)
    pair.pass(5 * 1_000_000)
    const w = recoveryTunnels(pair, 'R')[0]?.localTunnelId ?? 0
    // The forger need not see R's SCCRP, if it guesses its Tunnel ID.
    pair.inject('R', message({ type: 'SCCCN' }, { tunnelId: w, ns: 1, nr: 1 }), pair.addresses.A)
    pair.pass(SECOND)
    expect(told(pair, 'R', 'controlReset')).toHaveLength(1)
    // A knows nothing of the reset: a new call of R's gets no further than its ICRQ.
    pair.call('R')
    expect(sessionPairs(pair, 'A')).toHaveLength(1)
    expect(numbers(tunnelOf(pair, 'A'))).not.toEqual([...numbers(tunnelOf(pair, 'R'))].reverse())
  })

  test('S59 R4951-8-02 R4951-AMB-16 R4951-AMB-36: a forger without the secret learns that the tunnel exists, and gains nothing', () => {
    const pair = established(both)
    const start = pair.now
    const before = numbers(tunnelOf(pair, 'R'))
    pair.inject('R', recoveryRequest(pair), pair.addresses.A)
    pair.pass(15 * 1_000_000)
    const w = recoveryTunnels(pair, 'R')[0]?.localTunnelId ?? 0
    pair.inject(
      'R',
      message({ type: 'SCCCN', challengeResponse: new Uint8Array(16) }, { tunnelId: w, ns: 1, nr: 1 }),
      pair.addresses.A,
    )
    pair.pass(SECOND)
    expect(transcriptOf(pair, { from: start }).filter((line) => line.startsWith('R>A'))).toEqual([
      'R>A SCCRP [#4711 0/1] {9=w,11,78(p,q)}',
      'R>A StopCCN [#4711 1/2] {9=w,1=4}',
      // To the StopCCN with which A, idle there, answered the SCCRP.
      'R>A ZLB [#4711 2/2]',
    ])
    expectUntouched(pair, before)
    // A, which never failed, goes on.
    pair.call('R')
    expect(sessionPairs(pair, 'R')).toHaveLength(2)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  })
})

describe('from where', () => {
  const elsewhere = address('10.0.0.99', 1701)

  test('S60 R4951-8-06 R4951-AMB-15: another address is refused, when no list says who may', () => {
    const pair = established()
    const before = numbers(tunnelOf(pair, 'R'))
    expectRefusal(answers(pair, recoveryRequest(pair), elsewhere), '4')
    expectUntouched(pair, before)
  })

  test('S60 R4951-8-03 R4951-8-06 R4951-AMB-67 R4951-AMB-68: with a list, a thousand guesses from elsewhere get no answer', () => {
    const pair = established({ r: { failover: { allowedRecoveryEndpoints: ['10.0.0.3'] } } })
    const before = numbers(tunnelOf(pair, 'R'))
    const { peerTunnelId: x, localTunnelId: y } = tunnelOf(pair, 'R')
    pair.crash('A')
    const start = pair.said.length
    for (let guess = 0; guess < 1000; guess++) {
      const tunnelRecovery = { recoverTunnelId: guess === 500 ? x : guess, recoverRemoteTunnelId: guess === 500 ? y : guess * 7 }
      pair.inject('R', recoveryRequest(pair, { tunnelRecovery, assignedTunnelId: guess + 1 }), elsewhere)
    }
    pair.pass(SECOND)
    expect(pair.said).toHaveLength(start)
    expect([...pair.core('R').tunnels()]).toHaveLength(1)
    expectUntouched(pair, before)
  })

  test('S60 R4951-8-06 R4951-AMB-35: one that is listed is answered, and the old tunnel moves to it at the reset', () => {
    const backup = address('10.0.0.3', 1701)
    const pair = established({ r: { failover: { allowedRecoveryEndpoints: [backup.ip] } } })
    pair.crash('A')
    pair.inject('R', recoveryRequest(pair), backup)
    pair.pass(SECOND / 2)
    expect(tunnelOf(pair, 'R').peer).toBe(pair.addresses.A)
    const w = recoveryTunnels(pair, 'R')[0]?.localTunnelId ?? 0
    const start = pair.now
    pair.inject('R', message({ type: 'SCCCN' }, { tunnelId: w, ns: 1, nr: 1 }), backup)
    pair.pass(2 * SECOND)
    expect(tunnelOf(pair, 'R').peer).toBe(backup)
    const queries = pair.said.filter(({ at, type }) => at >= start && type === 'FSQ')
    expect(queries.map(({ datagram }) => datagram.to)).toEqual(queries.map(() => backup))
    expect(queries.length).toBeGreaterThan(0)
  })

  test('R4951-AMB-35: the peer on another port recovers, but the old tunnel keeps its own', () => {
    const pair = established()
    pair.crash('A')
    const port = address('10.0.0.1', 40_000)
    pair.inject('R', recoveryRequest(pair), port)
    pair.pass(SECOND / 2)
    pair.inject(
      'R',
      message({ type: 'SCCCN' }, { tunnelId: recoveryTunnels(pair, 'R')[0]?.localTunnelId ?? 0, ns: 1, nr: 1 }),
      port,
    )
    pair.pass(SECOND / 2)
    expect(told(pair, 'R', 'controlReset')).toHaveLength(1)
    expect(tunnelOf(pair, 'R').peer).toBe(pair.addresses.A)
  })
})
