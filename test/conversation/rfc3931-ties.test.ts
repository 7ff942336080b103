// Control connections of L2TPv3 that cross (RFC 3931 3.3, 5.4.3): who the peer is, by which a tie is found, and how it is broken.

import { describe, expect, test } from 'vitest'
import { address } from '../../sim/base/datagram.ts'
import { SECOND } from '../../sim/base/time.ts'
import { carried } from '../../sim/l2tp/wire/demultiplex.ts'
import { encodeMessage } from '../../sim/l2tp/wire/encode.ts'
import type { Message } from '../../sim/l2tp/wire/messages.ts'
import { noticesOf, tunnelEnds } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { configOf, Pair, type Settings, type Side } from '../support/pair.ts'
import { proper3, ScriptedPeer } from '../support/scripted-peer.ts'

const { v3 } = configOf('', {})
const LOWEST = new Uint8Array(8)
const breaking: Settings = { tieBreaker: true }

describe('a tie', () => {
  test('R3931-5.4.3-04 of equal values: both requests are discarded, and ours is made anew with another value', () => {
    const peer = new ScriptedPeer(breaking, 3)
    peer.dialled()
    const first = peer.last('SCCRQ')
    const heard = peer.heard.length
    peer.anew()
    peer.say({ ...proper3.SCCRQ, tieBreaker: first.tieBreaker })
    expect(peer.types(heard)).toEqual(['SCCRQ'])
    const second = peer.last('SCCRQ')
    expect(second.tieBreaker).toHaveLength(8)
    expect(second.tieBreaker).not.toEqual(first.tieBreaker)
    expect(second.assignedTunnelId).not.toBe(first.assignedTunnelId)
    expect(peer.notices('tunnel').filter(({ event }) => event === 'closed')).toMatchObject([{ tunnel: first.assignedTunnelId, why: 'tie-equal' }])
  })

  const none = undefined
  test.each([
    ['ours has one', true, none, ['StopCCN'], 'wait-ctl-reply'],
    ['theirs has one', false, LOWEST, ['SCCRP'], 'wait-ctl-conn'],
  ] as const)('R3931-5.4.3-05 a tie breaker wins against none: %s', (...[, tieBreaker, peers, said, state]) => {
    const peer = new ScriptedPeer({ tieBreaker }, 3)
    peer.dialled()
    const heard = peer.heard.length
    peer.anew()
    peer.say({ ...proper3.SCCRQ, tieBreaker: peers })
    expect(peer.types(heard)).toEqual(said)
    expect([...peer.core.tunnels()].filter(({ closing }) => !closing).map((tunnel) => tunnel.state)).toEqual([state])
    if (said[0] === 'StopCCN') expect(peer.last('StopCCN').resultCode.result).toBe(3)
  })

  test('R3931-5.4.3-05 R3931-5.4.3-06 without any, both connections are opened', () => {
    const pair = new Pair({ version: 3 }, { version: 3 })
    for (const [from, to] of [['A', 'R'], ['R', 'A']] as const) {
      pair.command(from, { name: 'open-tunnel', local: pair.addresses[from], peer: pair.addresses[to] })
    }
    pair.pass(5 * SECOND)
    expect(pair.tunnels('A').map(({ state, initiator }) => [state, initiator])).toEqual([['established', true], ['established', false]])
  })
})

describe('whom a request comes from', () => {
  const elsewhere = address('10.0.0.99', 0)

  function say(pair: Pair, sccrq: Partial<Message<'SCCRQ', 3>>, from = elsewhere): void {
    const bytes = encodeMessage<3>({ ...proper3.SCCRQ, tieBreaker: LOWEST, ...sccrq }, undefined, { version: 3, digests: [] })
    pair.inject('A', carried(bytes, 'ip'), from)
    pair.pass(SECOND)
  }

  /** Over IP; A's own request to R is lost on its way. */
  function dialling(peerRouterId: number | undefined): Pair {
    const settings: Settings = { version: 3, ...breaking }
    const pair = new Pair(settings, settings, 0, { A: 0, R: 0 })
    pair.fate = () => 'drop'
    const ends = { local: pair.addresses.A, peer: pair.addresses.R }
    pair.command('A', peerRouterId === undefined ? { name: 'open-tunnel', ...ends } : { name: 'open-tunnel', ...ends, peerRouterId })
    return pair
  }
  const states = (pair: Pair): string[] => pair.tunnels('A').map(({ state }) => state)

  test('R3931-5.4.3-07 R3931-3.3-02 over IP is told by its Router ID, wherever it is, and whatever its name', () => {
    const pair = dialling(7)
    say(pair, { routerId: 7, hostName: 'some name' })
    expect(states(pair)).toEqual(['wait-ctl-conn'])
    expect(tunnelEnds(pair, 'A').map((end) => end.split(' ')[1])).toEqual(['tie-lost'])
  })

  test('R3931-5.4.3-07 another Router ID behind the same address and name is another LCCE: no tie', () => {
    const pair = dialling(7)
    say(pair, { routerId: 8, hostName: 'r' }, pair.addresses.R)
    expect(states(pair)).toEqual(['wait-ctl-reply', 'wait-ctl-conn'])
  })

  test('R3931-5.4.3-07 as long as nobody has told the Router ID, the address has to do', () => {
    const near = dialling(undefined)
    say(near, { routerId: 8 }, near.addresses.R)
    expect(states(near)).toEqual(['wait-ctl-conn'])
    const far = dialling(undefined)
    say(far, { routerId: 8 })
    expect(states(far)).toEqual(['wait-ctl-reply', 'wait-ctl-conn'])
  })

  test('R3931-5.4.3-07 an earlier connection to that address has told it', () => {
    const [a, r] = [7, 8].map((routerId): Settings => ({ version: 3, ...breaking, v3: { ...v3, routerId } }))
    const pair = new Pair(a, r, 0, { A: 0, R: 0 })
    pair.open()
    pair.fate = () => 'drop'
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
    say(pair, { routerId: 8 })
    expect(states(pair)).toEqual(['established', 'wait-ctl-conn'])
  })

  test('R3931-5.4.3-11 R3931-5.4.3-09 a Router ID is a number like any other, also where it could be no address', () => {
    for (const routerId of [0, 1, 0x7f00_0001, 0xe000_0001, 0xffff_ffff]) {
      const peer = new ScriptedPeer({ v3: { ...v3, routerId } }, 3)
      peer.connected({ routerId })
      expect(peer.last('SCCRP').routerId).toBe(routerId)
      expect([...peer.core.tunnels()].map(({ state, peerRouterId }) => [state, peerRouterId])).toEqual([['established', routerId]])
    }
  })

  /** R comes back after its failure as somebody else. */
  test.each([
    ['Router ID', { v3: { ...v3, routerId: 9 } }, 4],
    ['Host Name', { hostName: 'not r' }, 4],
    ['nothing', {}, 0],
  ] as const)('R3931-5.4.3-10 R4951-AMB-35 a recovery by an LCCE with another identity is refused: %s', (_, settings, result) => {
    const pair = new Pair({ version: 3 }, { version: 3, v3: { ...v3, routerId: 8 } })
    pair.open()
    pair.call()
    const mirror = pair.mirror('R')
    const failed = pair.now
    pair.crash('R')
    pair.restore('R', mirror, settings)
    pair.pass(5 * SECOND)
    const refusals = transcriptOf(pair, { from: failed }).filter((line) => line.startsWith('A>R StopCCN'))
    expect(refusals.map((line) => Number(/1=(\d+)/.exec(line)?.[1]))).toEqual(result === 0 ? [] : [result])
    const step = (side: Side): string | undefined => noticesOf(pair, side, 'recovery').at(-1)?.notice.step
    expect(step('R')).toBe(result === 0 ? 'synchronised' : 'failed')
  })
})
