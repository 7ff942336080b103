// Sessions of which only one side knows, or which the two sides pair differently (RFC 4951 3.3, appendix C): stale sessions,
// mirrors that know too little or too much, and Session IDs given out twice. A is the endpoint that fails.

import { describe, expect, test } from 'vitest'
import { SECOND, type Nanos } from '../../sim/base/time.ts'
import type { MirrorState } from '../../sim/l2tp/mirror-state.ts'
import { bothEnds, established, failAndReturn, lacOf, sessionPairs, told, tunnelOf } from '../support/failover-scenes.ts'
import { Pair, type Side } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

const forget = (pair: Pair, side: Side, index: number): void => {
  const session = [...tunnelOf(pair, side).sessions.keys()][index] ?? 0
  pair.command(side, { name: 'forget-session', tunnel: tunnelOf(pair, side).localTunnelId, session })
}

const mispair = (pair: Pair, side: Side, index: number, peerSession: number): void => {
  const session = [...tunnelOf(pair, side).sessions.keys()][index] ?? 0
  pair.command(side, { name: 'mispair-session', tunnel: tunnelOf(pair, side).localTunnelId, session, peerSession })
}

const idsOf = (pair: Pair, side: Side): readonly number[] => [...tunnelOf(pair, side).sessions.keys()]

/** The queries and answers since an instant, with their times. */
const exchange = (pair: Pair, from: Nanos): readonly string[] =>
  transcriptOf(pair, { from, since: from, bodies: true }).filter((line) => /FSQ|FSR|CDN|ICRQ|ICRP|ICCN|OCRQ|OCRP|OCCN/.test(line))

describe('mismatched Session IDs', () => {
  test(
    'S21 R4951-C-01 R4951-C-02 R4951-3.3-20 R4951-3.3-21 R4951-3.3-23 R4951-AMB-63: when all are asked about, the mismatch is gone in two ' +
      'exchanges',
    () => {
      // A holds (a,b) and (a2,4711), R holds (b,a2): as in the appendix, A to D are a, b, a2 and 4711.
      const pair = established({ calls: 2 })
      forget(pair, 'R', 1)
      mispair(pair, 'A', 1, 4711)
      mispair(pair, 'R', 0, idsOf(pair, 'A')[1] ?? 0)
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      expect(exchange(pair, returned)).toEqual([
        '40ms A>R FSQ [y p/q] {79(a,b),79(a2,#4711)}',
        '50ms R>A FSR [x q/p+1] {79(0,a),79(0,a2)}',
        '1.05s R>A FSQ [x q+1/p+1] {79(b,a2)}',
        '1.06s A>R FSR [y p+1/q+2] {79(0,b)}',
      ])
      expect([...sessionPairs(pair, 'A'), ...sessionPairs(pair, 'R')]).toEqual([])
    },
  )

  test(
    'S21 R4951-C-02 R4951-C-03 R4951-C-04 R4951-C-05 R4951-C-06 R4951-C-07 R4951-3.3-22 R4951-AMB-63: session by session, as ' +
      'appendix C tells it, with the third query',
    () => {
      const pair = established({ calls: 2 })
      const [a = 0, a2 = 0] = idsOf(pair, 'A')
      forget(pair, 'R', 1)
      mispair(pair, 'A', 1, 4711)
      mispair(pair, 'R', 0, a2)
      const start = pair.now
      // Only the first session is asked about, and nobody asks by himself: what follows comes of the staleness alone.
      const ask = pair.core('A').tunnel(tunnelOf(pair, 'A').localTunnelId)?.sessions
      const second = ask?.get(a2)
      ask?.delete(a2)
      pair.command('A', { name: 'query-sessions', tunnel: tunnelOf(pair, 'A').localTunnelId })
      if (second !== undefined) ask?.set(a2, second)
      pair.pass(10 * SECOND)
      expect(exchange(pair, start).map((line) => line.replace(/ \[.*\]/, ''))).toEqual([
        '0s A>R FSQ {79(a,b)}',
        '10ms R>A FSR {79(0,a)}',
        '1.01s R>A FSQ {79(b,a2)}',
        '1.02s A>R FSR {79(0,b)}',
        '2.02s A>R FSQ {79(a2,#4711)}',
        '2.03s R>A FSR {79(0,a2)}',
      ])
      expect(told(pair, 'R', 'sync', start).map(({ outcome }) => outcome)).toEqual([
        'answered-unknown',
        'stale',
        'queried',
        'cleared',
        'answered-unknown',
      ])
      expect(a).not.toBe(a2)
      expect([...sessionPairs(pair, 'A'), ...sessionPairs(pair, 'R')]).toEqual([])
    },
  )

  test('R4951-AMB-62: the converse: the session asked about is unknown, but its asker is paired with another of ours', () => {
    const pair = established({ calls: 1 })
    const [b = 0] = idsOf(pair, 'R')
    mispair(pair, 'A', 0, 4711)
    const start = pair.now
    pair.command('A', { name: 'query-sessions', tunnel: tunnelOf(pair, 'A').localTunnelId })
    pair.pass(10 * SECOND)
    expect(exchange(pair, start).map((line) => line.replace(/ \[.*\]/, ''))).toEqual([
      '0s A>R FSQ {79(a,#4711)}',
      '10ms R>A FSR {79(0,a)}',
      '1.01s R>A FSQ {79(b,a)}',
      '1.02s A>R FSR {79(0,b)}',
    ])
    expect(b).not.toBe(0)
    expect([...sessionPairs(pair, 'A'), ...sessionPairs(pair, 'R')]).toEqual([])
  })

  test('R4951-3.3-22 R4951-AMB-62: of two sessions that a query puts in doubt, both are asked about, and the sound one stays', () => {
    const pair = established({ calls: 2 })
    const [, b2 = 0] = idsOf(pair, 'R')
    // A takes its first session for the partner of R's second.
    mispair(pair, 'A', 0, b2)
    forget(pair, 'A', 1)
    const start = pair.now
    pair.command('A', { name: 'query-sessions', tunnel: tunnelOf(pair, 'A').localTunnelId })
    pair.pass(10 * SECOND)
    expect(exchange(pair, start).map((line) => line.replace(/ \[.*\]/, ''))).toEqual([
      '0s A>R FSQ {79(a,b2)}',
      '10ms R>A FSR {79(0,a)}',
      '1.01s R>A FSQ {79(b,a),79(b2,a2)}',
      '1.02s A>R FSR {79(0,b),79(0,b2)}',
    ])
    expect([...sessionPairs(pair, 'A'), ...sessionPairs(pair, 'R')]).toEqual([])
  })

  test('R4951-3.3-25 R4951-AMB-73: a stale session that turns out to be paired rightly is kept', () => {
    const pair = established({ calls: 2 })
    const [b = 0] = idsOf(pair, 'R')
    // A's second session claims the partner of the first.
    mispair(pair, 'A', 1, b)
    forget(pair, 'R', 1)
    const start = pair.now
    pair.command('A', { name: 'query-sessions', tunnel: tunnelOf(pair, 'A').localTunnelId })
    pair.pass(10 * SECOND)
    expect(told(pair, 'R', 'sync', start).map(({ outcome }) => outcome)).toContain('stale')
    expect(sessionPairs(pair, 'A')).toHaveLength(1)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    expect([...tunnelOf(pair, 'R').sessions.values()].map(({ sync }) => sync)).toEqual(['synchronised'])
  })
})

describe.each(bothEnds)('a mirror that lags (%s fails)', (failing) => {
  test('S30 R4951-1.1-02 R4951-3.3-04: one session too many and one too few', () => {
    const pair = established({ failing, calls: 2 })
    const [tunnel] = pair.mirror('A').tunnels
    if (tunnel === undefined) throw new Error('no tunnel')
    const lagging: MirrorState = { tunnels: [tunnel] }
    pair.command('A', { name: 'hang-up', tunnel: tunnel.tunnel.localTunnelId, session: tunnel.sessions[0]?.localSessionId ?? 0 })
    pair.call(lacOf(failing))
    pair.crash('A')
    pair.pass(SECOND)
    pair.restore('A', lagging)
    const returned = pair.now
    pair.pass(10 * SECOND)
    expect(exchange(pair, returned)).toEqual([
      '40ms A>R FSQ [y p/q] {79(a,b),79(a2,b2)}',
      '50ms R>A FSR [x q/p+1] {79(0,a),79(b2,a2)}',
      '70ms R>A FSQ [x q+1/p+1] {79(b2,a2),79(b3,a3)}',
      '80ms A>R FSR [y p+1/q+2] {79(a2,b2),79(0,b3)}',
    ])
    expect(sessionPairs(pair, 'A')).toHaveLength(1)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  })
})

describe('a Session ID used twice', () => {
  /** A's table loses a session that R still holds, and A's next call gets the same ID. */
  function reuse(failing: 'LAC' | 'LNS'): { readonly pair: Pair; readonly returned: Nanos } {
    const pair = new Pair({ sessionIds: 'lowest-free' }, { sessionIds: 'random' })
    pair.open()
    pair.call(lacOf(failing))
    pair.fate = ({ type }) => (type === 'CDN' ? 'drop' : 'deliver')
    pair.command('A', { name: 'hang-up', tunnel: tunnelOf(pair, 'A').localTunnelId, session: idsOf(pair, 'A')[0] ?? 0 })
    const returned = failAndReturn(pair)
    pair.fate = () => 'deliver'
    return { pair, returned }
  }

  test(
    'S23 R4951-3.3-12 R4951-3.3-13 R4951-3.3-14 R4951-3.3-15 R4951-AMB-65: an ICRQ for a session that R holds, before they ' +
      'have compared',
    () => {
      const { pair, returned } = reuse('LAC')
      pair.command('A', { name: 'place-call', tunnel: tunnelOf(pair, 'A').localTunnelId, call: 'incoming', sequenced: false })
      pair.pass(500_000_000)
      expect(exchange(pair, returned).map((line) => line.replace(/^\S+ /, ''))).toEqual([
        'A>R ICRQ [y p/q] {14=a}',
        'R>A CDN [x a q/p+1] {14=b,1=2/5}',
      ])
      expect([...sessionPairs(pair, 'A'), ...sessionPairs(pair, 'R')]).toEqual([])
      expect(told(pair, 'R', 'session', returned)).toMatchObject([{ event: 'closed', why: 'collision' }])
      // The ID is free on both sides now.
      pair.call('A')
      expect(sessionPairs(pair, 'A')).toHaveLength(1)
      expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    },
  )

  test('S23 R4951-AMB-65: an OCRQ likewise', () => {
    const { pair, returned } = reuse('LNS')
    pair.command('A', { name: 'place-call', tunnel: tunnelOf(pair, 'A').localTunnelId, call: 'outgoing', sequenced: false })
    pair.pass(500_000_000)
    expect(exchange(pair, returned).map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'A>R OCRQ [y p/q] {14=a}',
      'R>A CDN [x a q/p+1] {14=b,1=2/5}',
    ])
    expect(sessionPairs(pair, 'R')).toEqual([])
  })

  test('R4951-AMB-66: once the session is confirmed, such a request is refused as RFC 2661 has it, and the session stays', () => {
    const pair = new Pair({ sessionIds: 'lowest-free' }, { sessionIds: 'random' })
    pair.open()
    pair.call('A')
    const returned = failAndReturn(pair)
    pair.pass(5 * SECOND)
    // A's table loses the session now, and its ID is given out again.
    forget(pair, 'A', 0)
    const start = pair.now
    pair.command('A', { name: 'place-call', tunnel: tunnelOf(pair, 'A').localTunnelId, call: 'incoming', sequenced: false })
    pair.pass(5 * SECOND)
    expect(returned).toBeLessThan(start)
    expect(exchange(pair, start).map((line) => line.replace(/ \[.*\]/, ''))).toEqual([
      '0s A>R ICRQ {14=a}',
      expect.stringMatching(/^10ms R>A CDN \{14=b2,1=2/),
    ])
    expect(idsOf(pair, 'R')).toHaveLength(1)
    expect(told(pair, 'R', 'session', start).filter(({ why }) => why === 'collision')).toEqual([])
  })

  test('R4951-3.3-16: with the least recently used ID first, the collision does not happen', () => {
    const pair = established({ failing: 'LAC' })
    pair.fate = ({ type }) => (type === 'CDN' ? 'drop' : 'deliver')
    pair.command('A', { name: 'hang-up', tunnel: tunnelOf(pair, 'A').localTunnelId, session: idsOf(pair, 'A')[0] ?? 0 })
    pair.fate = () => 'deliver'
    pair.call('A')
    expect(idsOf(pair, 'A')).toEqual([2])
  })
})
