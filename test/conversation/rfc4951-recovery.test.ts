// A control channel failure and its recovery between two protocol cores, message by message (RFC 4951 3.2, appendix A), with
// the LNS failing and again with the LAC failing. A is always the endpoint that fails.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND } from '../../sim/base/time.ts'
import type { ControlMessage } from '../../sim/l2tp/wire/messages.ts'
import { accepted } from '../support/bodies.ts'
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
} from '../support/failover-scenes.ts'
import { Pair } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

const bodyOf = (pair: Pair, from: number): readonly ControlMessage[] =>
  pair.said.filter(({ at, type }) => at >= from && type !== 'ZLB').map(({ datagram }) => accepted(datagram.bytes).message)

describe.each(bothEnds)('the %s fails', (failing) => {
  test(
    'S01 R4951-3.2.1-03 R4951-3.2.1-05 R4951-3.2.1-18 R4951-3.2.2-03 R4951-3.2.2-04 R4951-5.3-06 R4951-A-03 R4951-AMB-01: the ' +
      'whole dialogue',
    () => {
      const pair = established({ failing })
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      expect(transcriptOf(pair, { from: returned, since: returned })).toEqual([
        '0s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
        '10ms R>A SCCRP [z 0/1] {9=w,78(p,q)}',
        '20ms A>R SCCCN [w 1/1]',
        '30ms R>A ZLB [z 1/2]',
        '40ms A>R StopCCN [w 2/1] {9=z,1=1}',
        '40ms A>R FSQ [y p/q] {79(a,b)}',
        '50ms R>A ZLB [z 1/3]',
        '50ms R>A FSR [x q/p+1] {79(b,a)}',
        // R's own query waits until its FSR is acknowledged: the congestion window is 1 after the reset (R4951-AMB-40).
        '60ms A>R ZLB [y p+1/q+1]',
        '70ms R>A FSQ [x q+1/p+1] {79(b,a)}',
        '80ms A>R FSR [y p+1/q+2] {79(a,b)}',
        '90ms R>A ZLB [x q+2/p+2]',
      ])
      expect(sessionPairs(pair, 'A')).toHaveLength(1)
      expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
      const [ns, nr] = numbers(tunnelOf(pair, 'A'))
      expect(numbers(tunnelOf(pair, 'R'))).toEqual([nr, ns])
      expect([...recoveryTunnels(pair, 'A'), ...recoveryTunnels(pair, 'R')]).toEqual([])
    },
  )

  test('R4951-3.2-03 R4951-2-08 R4951-6-02: what each side tells of it, in order', () => {
    const pair = established({ failing })
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    expect(steps(pair, 'A', returned)).toEqual([
      'recovery waiting',
      'recovery requested',
      'recovery recovered',
      'recovery synchronised',
    ])
    expect(steps(pair, 'R', returned)).toEqual(['remote offered', 'remote recovered', 'remote synchronised'])
    const [a] = told(pair, 'A', 'controlReset', returned)
    const [r] = told(pair, 'R', 'controlReset', returned)
    expect(a).toMatchObject({ role: 'recovery', epoch: 1 })
    expect(r).toMatchObject({ role: 'remote', epoch: 1, ns: a?.nr, nr: a?.ns })
  })

  test('S02 R4951-3.3-09: two calls, each FSQ and FSR asks and answers for both', () => {
    const pair = established({ failing, calls: 2 })
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: returned, bodies: true }).slice(3)).toEqual([
      'A>R StopCCN [w 2/1] {9=z,1=1}',
      'A>R FSQ [y p/q] {79(a,b),79(a2,b2)}',
      'R>A FSR [x q/p+1] {79(b,a),79(b2,a2)}',
      'R>A FSQ [x q+1/p+1] {79(b,a),79(b2,a2)}',
      'A>R FSR [y p+1/q+2] {79(a,b),79(a2,b2)}',
    ])
    expect(told(pair, 'A', 'session', returned).filter(({ event }) => event === 'closed')).toEqual([])
  })

  test('S46 R4951-AMB-07: an idle tunnel is recovered, and no timer ever ran for it', () => {
    const pair = established({ failing, calls: 0 })
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    expect(steps(pair, 'R', returned)).toEqual(['remote offered', 'remote recovered', 'remote synchronised'])
    expect(told(pair, 'R', 'timer').filter(({ name }) => name === 'recovery-time')).toEqual([])
    // Nothing to ask about, so nobody asks (R4951-3.3-10).
    expect(transcriptOf(pair, { from: returned, bodies: true }).filter((line) => /FSQ|FSR/.test(line))).toEqual([])
  })

  test('R4951-1.1-05: a planned switchover without a moment down is the same flow', () => {
    const pair = established({ failing })
    const returned = failAndReturn(pair, { down: 0 })
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: returned, bodies: true })).toHaveLength(8)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  })

  test(
    'R4951-3.2.1-06 R4951-3.2.1-07 R4951-3.2.1-10 R4951-5.2-08 R4951-5.3-09 R4951-5.4-07 R4951-AMB-02: which AVPs and ' +
      'messages go where',
    () => {
      const pair = established({ failing, calls: 3 })
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      const recovery = new Set(
        told(pair, 'A', 'tunnel', returned)
          .filter(({ purpose }) => purpose === 'recovery')
          .map(({ tunnel }) => tunnel),
      )
      const onRecovery = pair.said.filter(({ at, from, tunnel }) => at >= returned && from === 'A' && recovery.has(tunnel))
      expect(onRecovery.map(({ type }) => type)).toEqual(['SCCRQ', 'SCCCN', 'StopCCN'])
      for (const message of bodyOf(pair, 0)) {
        const handshake = message.type === 'SCCRQ' || message.type === 'SCCRP'
        const recovers =
          (message.type === 'SCCRQ' && message.tunnelRecovery !== undefined) ||
          (message.type === 'SCCRP' && 'suggestedControlSequence' in message && message.suggestedControlSequence !== undefined)
        if (!handshake) expect(message).not.toHaveProperty('failoverCapability')
        else expect(message.failoverCapability === undefined).toBe(recovers)
        if (message.type === 'SCCRQ') expect(message.tieBreaker === undefined).toBe(message.tunnelRecovery === undefined)
      }
    },
  )

  test('R4951-3.2.1-09 R4951-AMB-33 R4951-AMB-34: the old pair of Tunnel IDs stays, the recovery tunnel has others', () => {
    const pair = established({ failing })
    const before = [tunnelOf(pair, 'A'), tunnelOf(pair, 'R')].map(({ localTunnelId, peerTunnelId }) => [
      localTunnelId,
      peerTunnelId,
    ])
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    const after = [tunnelOf(pair, 'A'), tunnelOf(pair, 'R')].map(({ localTunnelId, peerTunnelId }) => [
      localTunnelId,
      peerTunnelId,
    ])
    expect(after).toEqual(before)
    for (const side of ['A', 'R'] as const) {
      const used = told(pair, side, 'tunnel', returned)
        .filter(({ purpose }) => purpose === 'recovery')
        .map(({ tunnel }) => tunnel)
      expect(used).not.toContain(tunnelOf(pair, side).localTunnelId)
    }
  })

  test('R4951-2-02 R4951-2-03: without a memory nothing is recovered, and R never starts a recovery', () => {
    const pair = established({ failing })
    pair.crash('A')
    pair.pass(2 * SECOND)
    pair.restore('A', { tunnels: [] })
    const returned = pair.now
    pair.pass(5 * MINUTE)
    expect(pair.said.filter(({ at, type }) => at >= returned && type === 'SCCRQ')).toEqual([])
    expect([...pair.core('A').tunnels(), ...pair.core('R').tunnels()]).toEqual([])
    expect(told(pair, 'R', 'tunnel', returned).at(-1)).toMatchObject({ event: 'closed', why: 'retransmission-limit' })
  })

  test('R4951-AMB-32: a second failure of the recovered tunnel finds the capabilities of the beginning', () => {
    const pair = established({ failing, a: { failover: { recoveryTime: 42 * SECOND } } })
    for (let failures = 1; failures <= 3; failures++) {
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      expect(steps(pair, 'A', returned).at(-1)).toBe('recovery synchronised')
      expect(tunnelOf(pair, 'R').peerCapability).toEqual({ control: true, data: true, recoveryTime: 42 * SECOND })
    }
    // Not even the receive window of the recovery tunnel is taken over (R4951-AMB-40).
    expect(tunnelOf(pair, 'R').channel.epoch).toBe(3)
  })
})

describe('several tunnels', () => {
  function fiveTunnels(settings: { readonly parallel?: number; readonly tunnelLimit?: number } = {}): Pair {
    const pair = new Pair({ failover: settings }, { sessionIds: 'random' })
    for (let i = 0; i < 5; i++) pair.open('R')
    for (const { localTunnelId: tunnel } of pair.tunnels('R')) {
      for (let i = 0; i < 20; i++) pair.command('R', { name: 'place-call', tunnel, call: 'incoming', sequenced: false })
    }
    pair.pass(10 * SECOND)
    return pair
  }

  test('S10 R4951-3.2.1-01 R4951-3.2.1-02 R4951-A-01: five tunnels with twenty calls each are recovered side by side', () => {
    const pair = fiveTunnels()
    const before = sessionPairs(pair, 'A')
    const returned = failAndReturn(pair)
    const requests = pair.said
      .filter(({ at, type }) => at === returned && type === 'SCCRQ')
      .map(({ datagram }) => accepted(datagram.bytes).message)
    expect(new Set(requests.map((request) => ('assignedTunnelId' in request ? request.assignedTunnelId : 0))).size).toBe(5)
    expect(
      new Set(requests.map((request) => (request.type === 'SCCRQ' ? request.tunnelRecovery?.recoverTunnelId : 0))).size,
    ).toBe(5)
    pair.pass(10 * SECOND)
    expect(before).toHaveLength(100)
    expect(sessionPairs(pair, 'A')).toEqual(before)
    expect(sessionPairs(pair, 'R')).toEqual(before)
    expect([...pair.core('A').tunnels()].filter(({ closing }) => !closing)).toHaveLength(5)
    expect(steps(pair, 'A', returned).filter((step) => step === 'recovery synchronised')).toHaveLength(5)
  })

  test('R4951-3.2-02: paced, one recovery begins when the one before is done', () => {
    const pair = fiveTunnels({ parallel: 1 })
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    const order = pair.told.flatMap(({ at, side, notice }) =>
      side === 'A' && at >= returned && notice.kind === 'recovery' && ['requested', 'recovered'].includes(notice.step)
        ? [notice.step]
        : [],
    )
    expect(order).toEqual(Array.from({ length: 5 }, () => ['requested', 'recovered']).flat())
  })

  test('S88 R4951-3.2-02: two of five tunnels are chosen; the others end by the timeout of R', () => {
    const pair = fiveTunnels({ tunnelLimit: 2 })
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    expect(pair.tunnels('A')).toHaveLength(2)
    expect(pair.tunnels('R')).toHaveLength(5)
    expect(steps(pair, 'A', returned).filter((step) => step === 'recovery not-attempted')).toHaveLength(3)
    expect(pair.said.filter(({ at, type }) => at >= returned && type === 'SCCRQ')).toHaveLength(2)
    pair.pass(5 * MINUTE)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    expect(pair.tunnels('R')).toHaveLength(2)
  })

  test('thousands that cannot be recovered are cleared at once', () => {
    const pair = new Pair({ failover: { controlChannel: false } })
    pair.open()
    const { tunnels } = pair.mirror('A')
    const many = Array.from({ length: 5_000 }, (_, i) =>
      tunnels.map((one) => ({ ...one, tunnel: { ...one.tunnel, localTunnelId: i + 1 } })),
    ).flat()
    pair.crash('A')
    pair.restore('A', { tunnels: many }, { failover: { parallel: 3 } })
    expect([...pair.core('A').tunnels()]).toEqual([])
  })

  test('a tunnel closed by order while it is being recovered frees its turn, and its recovery tunnel ends', () => {
    const pair = fiveTunnels({ parallel: 1 })
    const returned = failAndReturn(pair)
    pair.command('A', { name: 'close-tunnel', tunnel: pair.tunnels('A')[0]?.localTunnelId ?? 0 })
    pair.pass(5 * MINUTE)
    expect(steps(pair, 'A', returned).filter((step) => step === 'recovery synchronised')).toHaveLength(4)
    expect(pair.tunnels('A')).toHaveLength(4)
    expect(pair.tunnels('R')).toHaveLength(4)
  })
})

describe('IDs of the recovery tunnel', () => {
  test('S85 R4951-3.2.1-08: neither of the old Tunnel IDs is given out, though the allocator proposes them first', () => {
    const pair = new Pair({ sessionIds: 'lowest-free' }, { sessionIds: 'lowest-free' })
    pair.open('A')
    pair.open('R')
    const old = pair.tunnels('A').map(({ localTunnelId }) => localTunnelId)
    expect(old).toEqual([1, 2])
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    const given = told(pair, 'A', 'tunnel', returned)
      .filter(({ purpose }) => purpose === 'recovery')
      .map(({ tunnel }) => tunnel)
    expect([...new Set(given)]).toEqual([3, 4])
    expect(pair.tunnels('A').map(({ localTunnelId }) => localTunnelId)).toEqual(old)
  })

  test('R4951-AMB-69: each life begins with other Tunnel IDs, so that a second recovery tunnel is no duplicate of the first', () => {
    const pair = established()
    const mirror = pair.mirror('A')
    const given: number[] = []
    for (let life = 0; life < 5; life++) {
      pair.crash('A')
      pair.restore('A', mirror)
      given.push(...recoveryTunnels(pair, 'A').map(({ localTunnelId }) => localTunnelId))
      pair.pass(3 * MILLISECOND)
    }
    expect(new Set(given).size).toBe(5)
  })
})
