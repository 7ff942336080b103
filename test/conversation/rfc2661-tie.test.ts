// Both sides dial at once (RFC 2661 4.4.3, Tie Breaker): all combinations of tie breakers, and what loss makes of them.

import { describe, expect, test } from 'vitest'
import { toHex } from '../../sim/base/bytes.ts'
import { address } from '../../sim/base/datagram.ts'
import { SECOND } from '../../sim/base/time.ts'
import { Lcce } from '../../sim/l2tp/lcce.ts'
import { callEnds, messagesOf, tunnelEnds, verdicts } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { Pair, testRng, type Settings, type Side } from '../support/pair.ts'
import { proper, ScriptedPeer } from '../support/scripted-peer.ts'

const plain: Settings = { failover: { enabled: false }, helloInterval: 0 }
const breaking: Settings = { ...plain, tieBreaker: true }

/** Two sides whose tie breakers come from these seeds; undefined for a side without one. */
function rivals(seeds: { readonly a: number | undefined; readonly r: number | undefined }): Pair {
  const settings = (seed: number | undefined): Settings => (seed === undefined ? plain : breaking)
  const pair = new Pair(settings(seeds.a), settings(seeds.r))
  pair.cores.A = new Lcce({ config: pair.configs.A, rng: testRng(seeds.a ?? 0) })
  pair.cores.R = new Lcce({ config: pair.configs.R, rng: testRng(seeds.r ?? 0) })
  return pair
}

function dial(pair: Pair, ...sides: readonly Side[]): void {
  for (const side of sides) {
    const other: Side = side === 'A' ? 'R' : 'A'
    pair.command(side, { name: 'open-tunnel', local: pair.addresses[side], peer: pair.addresses[other] })
  }
}

const other = (side: Side): Side => (side === 'A' ? 'R' : 'A')
const tunnels = (pair: Pair): string[] => {
  const of = (side: Side): string[] =>
    pair.tunnels(side).map(({ state, initiator }) => `${side} ${state}${initiator ? ' initiator' : ''}`)
  return [...of('A'), ...of('R')]
}

/** The side whose tie breaker, as sent, is the lower number. */
function lower(pair: Pair): Side {
  // A has dialled first. Hexadecimal digits of equal number compare like the numbers they stand for.
  const [a, r] = messagesOf(pair, 'SCCRQ').map(({ tieBreaker }) => toHex(tieBreaker ?? new Uint8Array()))
  if (a === undefined || r === undefined || a.length !== 16 || r.length !== 16) throw new Error('no tie breaker')
  return a < r ? 'A' : 'R'
}

/** The Tie Breaker that the core sent. */
function ownTieBreaker(peer: ScriptedPeer): Uint8Array {
  const { tieBreaker } = peer.last('SCCRQ')
  if (tieBreaker === undefined) throw new Error('no tie breaker')
  return tieBreaker
}

describe('crossing SCCRQs', () => {
  test.each([
    [1, 2],
    [2, 1],
    [3, 4],
    [4, 3],
    [5, 6],
  ])('R2661-4.4.3-08 R2661-AMB-03 R2661-AMB-04 seeds %s, %s: the lower wins, the loser discards its own silently', (a, r) => {
    const pair = rivals({ a, r })
    dial(pair, 'A', 'R')
    pair.pass(60 * SECOND)
    const winner = lower(pair)
    const loser = other(winner)
    expect(pair.tunnels(winner).map(({ state, initiator }) => [state, initiator])).toEqual([['established', true]])
    expect(pair.tunnels(loser).map(({ state, initiator }) => [state, initiator])).toEqual([['established', false]])
    expect([tunnelEnds(pair, winner), tunnelEnds(pair, loser)]).toEqual([[], ['10ms tie-lost']])
    expect(verdicts(pair, winner)).toContain('SCCRQ discarded')
    expect(transcriptOf(pair, { bodies: true }).map((line) => line.split(' [')[0])).toEqual([
      'A>R SCCRQ',
      'R>A SCCRQ',
      `${loser}>${winner} SCCRP`,
      `${winner}>${loser} SCCCN`,
    ])
  })

  test('R2661-4.4.3-08 values are compared as unsigned numbers of 64 bits, the first octet first', () => {
    const core = new ScriptedPeer(breaking)
    core.dialled()
    const own = ownTieBreaker(core)
    const above = own.slice()
    const below = own.slice()
    above[7] = (own[7]! + 1) & 0xff
    below[7] = (own[7]! - 1) & 0xff
    expect(own[7]).toBeGreaterThan(0)
    expect(own[7]).toBeLessThan(255)
    core.anew()
    core.say({ ...proper.SCCRQ, tieBreaker: above })
    expect(core.types()).toEqual(['SCCRQ'])
    core.anew()
    core.say({ ...proper.SCCRQ, tieBreaker: below })
    expect(core.types()).toEqual(['SCCRQ', 'SCCRP'])
    expect([...core.core.tunnels()].map(({ state }) => state)).toEqual(['wait-ctl-conn'])
  })

  test.each([
    [Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    [Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0)],
  ])('R2661-4.4.3-08 a high first octet is a large number, not a negative one', (tieBreaker) => {
    const core = new ScriptedPeer(breaking)
    core.dialled()
    const own = ownTieBreaker(core)
    core.anew()
    core.say({ ...proper.SCCRQ, tieBreaker })
    expect(core.types().includes('SCCRP')).toBe(tieBreaker[0]! < own[0]!)
  })

  test('R2661-4.4.3-09 R2661-AMB-05 equal ones: both discard, and no tunnel results', () => {
    const pair = rivals({ a: 9, r: 9 })
    dial(pair, 'A', 'R')
    pair.pass(60 * SECOND)
    expect(tunnels(pair)).toEqual([])
    expect([tunnelEnds(pair, 'A'), tunnelEnds(pair, 'R')]).toEqual([['10ms tie-equal'], ['10ms tie-equal']])
    expect(pair.said.map(({ type }) => type)).toEqual(['SCCRQ', 'SCCRQ'])
    // Each may open again.
    dial(pair, 'A')
    pair.pass(SECOND)
    expect(tunnels(pair)).toEqual(['A established initiator', 'R established'])
  })

  test.each(['A', 'R'] as const)('R2661-4.4.3-10 only %s has one: it wins', (winner) => {
    const pair = rivals(winner === 'A' ? { a: 1, r: undefined } : { a: undefined, r: 1 })
    dial(pair, 'A', 'R')
    pair.pass(60 * SECOND)
    expect(pair.tunnels(winner).map(({ state, initiator }) => [state, initiator])).toEqual([['established', true]])
    expect(tunnelEnds(pair, other(winner))).toEqual(['10ms tie-lost'])
  })

  test('R2661-4.4.3-10 R2661-AMB-03 none has one: two tunnels', () => {
    const pair = rivals({ a: undefined, r: undefined })
    dial(pair, 'A', 'R')
    pair.pass(60 * SECOND)
    expect(tunnels(pair)).toEqual(['A established initiator', 'A established', 'R established initiator', 'R established'])
    expect([tunnelEnds(pair, 'A'), tunnelEnds(pair, 'R')]).toEqual([[], []])
  })

  test('R2661-AMB-06 a call that waits for the discarded tunnel ends with it', () => {
    const pair = rivals({ a: undefined, r: 1 })
    dial(pair, 'A', 'R')
    pair.command('A', { name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    pair.pass(60 * SECOND)
    expect(callEnds(pair, 'A')).toEqual(['10ms tunnel-closed'])
  })
})

describe('no tie', () => {
  test('R2661-4.4.3-07 a tie breaker where nothing crosses does nothing', () => {
    const pair = new Pair(breaking, breaking)
    pair.open()
    const said = transcriptOf(pair, { bodies: true })
    expect(said).toEqual(['A>R SCCRQ [0 0/0] {5,9=x}', 'R>A SCCRP [x 0/1] {9=y}', 'A>R SCCCN [y 1/1]'])
  })

  test('R2661-4.4.3-08 a tunnel that is through takes no part: the second one is opened beside it', () => {
    const pair = new Pair(breaking, breaking)
    pair.open('A')
    dial(pair, 'R')
    pair.pass(SECOND)
    expect(tunnels(pair)).toHaveLength(4)
  })

  test('a dialled tunnel to someone else takes no part', () => {
    const pair = new Pair(breaking, breaking)
    const elsewhere = address('10.7.7.7', 1701)
    pair.fate = ({ datagram }) => (datagram.to === elsewhere ? 'drop' : 'deliver')
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: elsewhere })
    dial(pair, 'R')
    pair.pass(SECOND)
    expect(tunnels(pair)).toEqual(['A wait-ctl-reply initiator', 'A established', 'R established initiator'])
  })
})

describe('ties and loss', () => {
  test.each([
    ['A', 1, 2],
    ['R', 1, 2],
    ['A', 2, 1],
    ['R', 2, 1],
  ] as const)('R2661-4.4.3-08 the first SCCRQ of %s is lost (seeds %s, %s): one tunnel all the same', (victim, a, r) => {
    const pair = rivals({ a, r })
    let lost = 0
    pair.fate = ({ from, type }) => (from === victim && type === 'SCCRQ' && lost++ === 0 ? 'drop' : 'deliver')
    dial(pair, 'A', 'R')
    pair.pass(100 * SECOND)
    expect(tunnels(pair)).toHaveLength(2)
    expect(tunnels(pair).every((tunnel) => tunnel.includes('established'))).toBe(true)
  })

  test('a winner whose SCCRQ never arrives drops the other one, and both give up', () => {
    const pair = rivals({ a: 1, r: 2 })
    dial(pair, 'A', 'R')
    const winner = lower(pair)
    const fresh = rivals({ a: 1, r: 2 })
    fresh.fate = ({ from }) => (from === winner ? 'drop' : 'deliver')
    dial(fresh, 'A', 'R')
    fresh.pass(100 * SECOND)
    expect([tunnelEnds(fresh, 'A'), tunnelEnds(fresh, 'R')]).toEqual([['31s retransmission-limit'], ['31s retransmission-limit']])
  })
})

describe('tie breakers that are chosen', () => {
  const chosen: Settings = { tieBreaker: true, tieBreakers: [2 ** 53 - 1, 7] }
  const sent = (pair: Pair): string[] => messagesOf(pair, 'SCCRQ').map(({ tieBreaker }) => toHex(tieBreaker ?? new Uint8Array()))

  test('R2661-4.4.3-08 are sent in their order, as numbers of eight octets, and when they are used up others are drawn', () => {
    const pair = new Pair({ ...plain, ...chosen }, plain)
    for (let i = 0; i < 4; i++) {
      dial(pair, 'A')
      pair.pass(SECOND)
    }
    const [first, second, ...drawn] = sent(pair)
    expect([first, second]).toEqual(['001fffffffffffff', '0000000000000007'])
    expect(new Set([first, second, ...drawn]).size).toBe(4)
  })

  test('R4951-3.2.1-10 a recovery has the first one again', () => {
    const pair = new Pair(chosen, {})
    dial(pair, 'A')
    pair.pass(SECOND)
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.restore('A', mirror)
    pair.pass(SECOND)
    expect(sent(pair)).toEqual(['001fffffffffffff', '001fffffffffffff'])
  })
})
