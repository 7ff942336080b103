// The control channel reset of RFC 4951 3.2.2 and 5.3: when each side resets, to which numbers, what is flushed and discarded,
// and how the suggested numbers keep old packets from disturbing the recovered channel. A is the endpoint that fails.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND, type Nanos } from '../../sim/base/time.ts'
import { ahead16 } from '../../sim/l2tp/sequence.ts'
import { encodeZlb } from '../../sim/l2tp/wire/header.ts'
import { accepted } from '../support/bodies.ts'
import {
  bothEnds,
  established,
  failAndReturn,
  lacOf,
  message,
  numbers,
  sessionPairs,
  told,
  tunnelOf,
} from '../support/failover-scenes.ts'
import type { Pair, Side } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

const withoutSuggestion = { failover: { suggestControlSequence: false } }

function placeCall(pair: Pair, side: Side): void {
  pair.command(side, { name: 'place-call', tunnel: tunnelOf(pair, side).localTunnelId, call: 'incoming', sequenced: false })
}

describe.each(bothEnds)('the %s fails', (failing) => {
  test('S03 R4951-3.2.2-05 R4951-3.2.2-06 R4951-5.3-05 R4951-5.3-07: without AVP 78 both sides count from 0', () => {
    const pair = established({ failing, r: withoutSuggestion })
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: returned })).toEqual([
      'A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
      'R>A SCCRP [z 0/1] {9=w}',
      'A>R SCCCN [w 1/1]',
      'R>A ZLB [z 1/2]',
      'A>R StopCCN [w 2/1] {9=z,1=1}',
      'A>R FSQ [y 0/0] {79(a,b)}',
      'R>A ZLB [z 1/3]',
      'R>A FSR [x 0/1] {79(b,a)}',
      'A>R ZLB [y 1/1]',
      'R>A FSQ [x 1/1] {79(b,a)}',
      'A>R FSR [y 1/2] {79(a,b)}',
      'R>A ZLB [x 2/2]',
    ])
    expect(numbers(tunnelOf(pair, 'A'))).toEqual([2, 2])
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  })

  test.each([
    ['without AVP 78 it is in order', withoutSuggestion, true],
    ['with it, it is far off the window', {}, false],
  ])('R4951-8-05: a forged message with Ns 0 right after the reset: %s', (_, r, taken) => {
    const pair = established({ failing, r })
    failAndReturn(pair)
    pair.pass(25 * MILLISECOND)
    const old = tunnelOf(pair, 'A')
    pair.inject('A', message({ type: 'HELLO' }, { tunnelId: old.localTunnelId, ns: 0, nr: numbers(old)[0] }), pair.addresses.R)
    pair.pass(15 * MILLISECOND)
    const forged = pair.told.filter(({ side, notice }) => side === 'A' && notice.kind === 'handled' && notice.type === 'HELLO')
    expect(forged.map(({ notice }) => notice.kind === 'handled' && notice.verdict === 'accepted')).toEqual([taken])
  })

  test('R4951-3.2.2-03 R4951-3.2.2-04 R4951-3.2.1-11: A resets when it receives the SCCRP, R when it receives the SCCCN', () => {
    const pair = established({ failing })
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    const resets = pair.told
      .filter(({ at, notice }) => at >= returned && notice.kind === 'controlReset')
      .map(({ at, side }) => [side, at - returned])
    expect(resets).toEqual([
      ['A', 20 * MILLISECOND],
      ['R', 30 * MILLISECOND],
    ])
  })

  test(
    'S38 R4951-3.2.1-29 R4951-3.2.2-02 R4951-AMB-37: what R had sent is discarded by A unanswered, then flushed and never ' +
      'sent again',
    () => {
      const pair = established({ failing })
      const mirror = pair.mirror('A')
      pair.crash('A')
      placeCall(pair, 'R')
      pair.command('R', {
        name: 'hang-up',
        tunnel: tunnelOf(pair, 'R').localTunnelId,
        session: [...tunnelOf(pair, 'R').sessions.keys()][0] ?? 0,
      })
      pair.pass(990 * MILLISECOND)
      const start = pair.now
      // The retransmission at 1 s finds A waiting for its SCCRP.
      pair.fate = ({ type, at }) => (type === 'SCCRQ' && at === start ? 50 * MILLISECOND : 'deliver')
      pair.restore('A', mirror)
      pair.pass(10 * SECOND)
      const lines = transcriptOf(pair, { from: start })
      expect(lines.slice(0, 5)).toEqual([
        'A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
        expect.stringMatching(/^R>A ICRQ \[x \d\/\d\] \{14=b2\} !again$/),
        'R>A SCCRP [z 0/1] {9=w,78(p,q)}',
        'A>R SCCCN [w 1/1]',
        'R>A ZLB [z 1/2]',
      ])
      // Neither the ICRQ nor the CDN behind it, which waited for the window, is said after the reset (R4951-AMB-41).
      expect(lines.slice(5).filter((line) => /ICRQ|CDN/.test(line))).toEqual([])
      expect(told(pair, 'R', 'controlReset')).toMatchObject([{ flushed: 2 }])
      expect(told(pair, 'A', 'handled', start)[0]).toMatchObject({ type: 'ICRQ', verdict: 'discarded' })
      // R had hung up: A learns it by its query.
      expect(sessionPairs(pair, 'A')).toEqual([])
    },
  )
})

describe('packets of another time', () => {
  test('S36 R4951-5.3-08 R4951-AMB-39: a HELLO from before the reset is old, acknowledged and without effect', () => {
    const pair = established({ r: { helloInterval: 8 * SECOND } })
    pair.fate = ({ type }) => (type === 'HELLO' ? 3 * SECOND : 'deliver')
    pair.runUntilSent('R', 'HELLO')
    const returned = failAndReturn(pair, { down: SECOND })
    pair.pass(SECOND)
    const before = numbers(tunnelOf(pair, 'A'))
    pair.pass(2 * SECOND)
    expect(told(pair, 'A', 'handled', returned + SECOND)).toMatchObject([{ type: 'HELLO', verdict: 'duplicate' }])
    expect(transcriptOf(pair, { from: returned + SECOND })).toEqual(['A>R ZLB [y p+2/q+2]'])
    expect(numbers(tunnelOf(pair, 'A'))).toEqual(before)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  })

  test(
    'R4951-AMB-36 R4951-3.2.1-29: what A sends on the recovered tunnel before R has reset is discarded, and delivered when ' +
      'repeated',
    () => {
      const pair = established({ failing: 'LAC' })
      pair.fate = ({ type, attempt }) => (type === 'SCCCN' && attempt === 1 ? 100 * MILLISECOND : 'deliver')
      const mirror = pair.mirror('A')
      pair.crash('A')
      pair.pass(SECOND)
      pair.restore('A', mirror)
      const returned = pair.now
      pair.runUntilSent('A', 'SCCCN')
      placeCall(pair, 'A')
      pair.pass(10 * SECOND)
      expect(transcriptOf(pair, { from: returned, since: returned, bodies: true }).slice(2, 7)).toEqual([
        '20ms A>R SCCCN [w 1/1]',
        '20ms A>R ICRQ [y p/q] {14=a2}',
        '140ms A>R StopCCN [w 2/1] {9=z,1=1}',
        '1.02s A>R ICRQ [y p/q] {14=a2} !again',
        '1.03s R>A ICRP [x a2 q/p+1] {14=b2}',
      ])
      expect(told(pair, 'R', 'handled', returned).find(({ type }) => type === 'ICRQ')).toMatchObject({ verdict: 'discarded' })
      expect(sessionPairs(pair, 'R')).toHaveLength(2)
      expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    },
  )

  test('R4951-AMB-16 R4951-AMB-36 R4951-AMB-76: when the recovery comes to nothing, R goes on with the old tunnel where it was', () => {
    const pair = established({ failing: 'LNS' })
    const { local, localTunnelId, peerTunnelId } = tunnelOf(pair, 'A')
    const [ns, nr] = numbers(tunnelOf(pair, 'R'))
    // A never failed: somebody sends a recovery SCCRQ in its name.
    const request = message(
      {
        type: 'SCCRQ',
        protocolVersion: { version: 1, revision: 0 },
        hostName: 'a',
        framingCapabilities: 3,
        assignedTunnelId: 4711,
        tieBreaker: new Uint8Array(8),
        tunnelRecovery: { recoverTunnelId: localTunnelId, recoverRemoteTunnelId: peerTunnelId },
      },
      { tunnelId: 0, ns: 0, nr: 0 },
    )
    const start = pair.now
    pair.inject('R', request, local)
    pair.pass(5 * MILLISECOND)
    placeCall(pair, 'R')
    pair.pass(5 * SECOND)
    expect(transcriptOf(pair, { from: start, bodies: true })).toEqual([
      'R>A SCCRP [#4711 0/1] {9=w,78(p,q)}',
      // A knows no such tunnel (RFC 2661 7.2.1, idle).
      'A>R StopCCN [w 1/1] {9=#4711,1=7}',
      // The call had waited, and goes out under the old numbers (R4951-AMB-75).
      `R>A ICRQ [x ${String(ns)}/${String(nr)}] {14=b2}`,
      `A>R ICRP [y b2 ${String(nr)}/${String(ns + 1)}] {14=a2}`,
      `R>A ICCN [x a2 ${String(ns + 1)}/${String(nr + 1)}]`,
    ])
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    expect(sessionPairs(pair, 'R')).toHaveLength(2)
  })

  test('R4951-8-04: a message beyond the receive window, or one that acknowledges what was never sent, changes nothing', () => {
    const pair = established()
    const r = tunnelOf(pair, 'R')
    const { local: a } = tunnelOf(pair, 'A')
    const [ns, nr] = numbers(r)
    const before = pair.said.length
    const hello = (header: { ns: number; nr: number }): Uint8Array =>
      message({ type: 'HELLO' }, { tunnelId: r.localTunnelId, ...header })
    pair.inject('R', hello({ ns: (nr + 100) & 0xffff, nr: ns }), a)
    pair.inject('R', hello({ ns: nr, nr: (ns + 5) & 0xffff }), a)
    pair.inject('R', encodeZlb(r.localTunnelId, nr, (ns + 1) & 0xffff), a)
    pair.pass(SECOND)
    expect(
      told(pair, 'R', 'handled')
        .slice(-3)
        .map(({ verdict }) => verdict),
    ).toEqual(['ahead', 'bad-nr', 'bad-nr'])
    expect(numbers(r)).toEqual([ns, nr])
    expect(pair.said).toHaveLength(before)
  })
})

describe('the suggested numbers', () => {
  function suggestions(
    count: number,
  ): readonly { readonly ns: number; readonly nr: number; readonly wasNs: number; readonly wasNr: number }[] {
    return Array.from({ length: count }, (_, chance) => {
      const pair = established({ calls: 2 })
      const old = tunnelOf(pair, 'R')
      const [wasNs, wasNr] = numbers(old)
      for (let i = 0; i < chance; i++) pair.core('R').rng.double()
      failAndReturn(pair)
      const sccrp = accepted(pair.runUntilSent('R', 'SCCRP').datagram.bytes).message
      if (sccrp.type !== 'SCCRP' || sccrp.suggestedControlSequence === undefined) throw new Error('nothing suggested')
      const { suggestedNs, suggestedNr } = sccrp.suggestedControlSequence
      return { ns: suggestedNs, nr: suggestedNr, wasNs, wasNr }
    })
  }

  test('R4951-AMB-39 R4951-8-07: lie at least a window and at most half the space beyond the old ones, and differ each time', () => {
    const drawn = suggestions(50)
    for (const { ns, nr, wasNs, wasNr } of drawn) {
      for (const leap of [ahead16(wasNr, ns), ahead16(wasNs, nr)]) {
        expect(leap).toBeGreaterThanOrEqual(4)
        expect(leap).toBeLessThanOrEqual(32763)
      }
    }
    expect(new Set(drawn.map(({ ns }) => ns)).size).toBeGreaterThan(45)
    expect(new Set(drawn.map(({ nr }) => nr)).size).toBeGreaterThan(45)
  })

  test('R4951-5.3-09 R4951-AMB-02: AVP 78 in an ordinary SCCRP and AVP 77 in any are ignored', () => {
    const pair = established({ calls: 0 })
    const start = pair.now
    const { local, peer } = tunnelOf(pair, 'A')
    pair.fate = ({ from }) => (from === 'R' ? 'drop' : 'deliver')
    pair.command('A', { name: 'open-tunnel', local, peer })
    const opening = [...pair.core('A').tunnels()].find(({ state }) => state === 'wait-ctl-reply')
    const sccrp = message(
      {
        type: 'SCCRP',
        protocolVersion: { version: 1, revision: 0 },
        framingCapabilities: 3,
        hostName: 'r',
        assignedTunnelId: 4711,
        suggestedControlSequence: { suggestedNs: 1000, suggestedNr: 2000 },
      },
      { tunnelId: opening?.localTunnelId ?? 0, ns: 0, nr: 1 },
    )
    pair.inject('A', sccrp, peer)
    pair.pass(SECOND)
    expect(opening?.state).toBe('established')
    expect(told(pair, 'A', 'controlReset', start)).toEqual([])
    expect(transcriptOf(pair, { from: start, bodies: true })).toContain('A>R SCCCN [#4711 1/1]')
  })
})

describe('transport state after the reset', () => {
  test('S87 R4951-AMB-40 R4951-A-02 R4951-3.3-11: the window opens from 1: first one FSQ, then two', () => {
    const pair = established({ failing: 'LNS', calls: 200 })
    const returned: Nanos = failAndReturn(pair)
    expect(tunnelOf(pair, 'A').channel.congestionWindow).toBe(1)
    pair.pass(10 * SECOND)
    const queries = pair.said
      .filter(({ at, from, type }) => at >= returned && from === 'A' && type === 'FSQ')
      .map(({ at }) => (at - returned) / MILLISECOND)
    expect(queries).toEqual([40, 60, 60])
    expect(sessionPairs(pair, 'R')).toHaveLength(200)
  })

  test('R4951-AMB-40: receive windows stay, back-off and slow start begin anew, HELLO is put off', () => {
    const pair = established({ failing: 'LNS', a: { receiveWindow: 2 }, r: { receiveWindow: 8, helloInterval: 20 * SECOND } })
    pair.fate = ({ from }) => (from === 'R' ? 'drop' : 'deliver')
    placeCall(pair, 'R')
    pair.pass(6 * SECOND)
    expect(tunnelOf(pair, 'R').channel.head?.attempts).toBe(3)
    pair.fate = () => 'deliver'
    const returned = failAndReturn(pair)
    pair.pass(25 * MILLISECOND)
    const { channel } = tunnelOf(pair, 'A')
    expect(channel).toMatchObject({ congestionWindow: 1, slowStartThreshold: 8, peerWindow: 8 })
    pair.pass(10 * MILLISECOND)
    const old = tunnelOf(pair, 'R')
    expect(old.channel).toMatchObject({ congestionWindow: 1, slowStartThreshold: 2, peerWindow: 2, exhausted: false, idle: true })
    expect(old.deadlineOf('hello')).toBe(returned + 30 * MILLISECOND + 20 * SECOND)
  })
})

test('R4951-AMB-38: a peer that ignores AVP 78 and counts from 0 is out of step: the recovered channel dies on both sides', () => {
  const pair = established()
  // What makes A deaf to the suggestion: the AVP arrives as one that it does not know.
  pair.fate = ({ type, datagram }) => {
    if (type !== 'SCCRP') return 'deliver'
    const at = datagram.bytes.findIndex((octet, i) => octet === 78 && datagram.bytes[i - 1] === 0)
    datagram.bytes[at - 1] = 0x7f
    return 'deliver'
  }
  const mirror = pair.mirror('A')
  pair.crash('A')
  pair.pass(SECOND)
  pair.restore('A', mirror)
  pair.pass(150 * SECOND)
  expect(told(pair, 'A', 'controlReset')).toMatchObject([{ ns: 0, nr: 0 }])
  expect(told(pair, 'R', 'controlReset')[0]?.ns).not.toBe(0)
  expect(pair.said.filter(({ type }) => type === 'FSR')).toEqual([])
  expect([lacOf('LNS'), 'A' as const].flatMap((side) => pair.tunnels(side))).toEqual([])
})
