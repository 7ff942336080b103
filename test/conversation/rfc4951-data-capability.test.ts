// Data channels after a failure (RFC 4951 3.2.3, 5.1): which sessions restart their numbers, which end because a side cannot
// reset, and what the data plane makes of restarted numbers. The control side is shown by two cores, the data side by two planes.

import { describe, expect, test } from 'vitest'
import { SECOND, type Nanos } from '../../sim/base/time.ts'
import { DataPlane } from '../../sim/l2tp/data-plane.ts'
import { accepted } from '../support/bodies.ts'
import { bothEnds, established, failAndReturn, lacOf, numbers, sessionPairs, told, tunnelOf } from '../support/failover-scenes.ts'
import { Pair, type Settings } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

const noFormat = { cookie: new Uint8Array(0), sublayer: false }
/** L2TPv2 has nothing between header and payload. */
const bare = { receives: noFormat, sends: noFormat }

const noReset: Settings = { failover: { dataChannel: false } }
const restarted = (pair: Pair, from: Nanos): readonly number[] =>
  told(pair, 'A', 'restartData', from).map(({ session }) => session)

/** The first call with sequence numbers, the second without. */
function mixed(failing: 'LAC' | 'LNS', settings: { readonly a?: Settings; readonly r?: Settings } = {}): Pair {
  const pair = established({ failing, calls: 1, sequenced: true, ...settings })
  pair.call(lacOf(failing), false)
  return pair
}

describe.each(bothEnds)('control and data (%s fails)', (failing) => {
  test(
    'R4951-3.2.3-01 R4951-3.2.3-03 R4951-5.1-08 R4951-AMB-24: with D on both sides A restarts the numbers of the sequenced ' +
      'session, and of no other',
    () => {
      const pair = mixed(failing)
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      expect(restarted(pair, returned)).toEqual([
        [...tunnelOf(pair, 'A').sessions.values()].find(({ sequenced }) => sequenced)?.localSessionId,
      ])
      // R counts on (R4951-3.2.3-04).
      expect(told(pair, 'R', 'restartData')).toEqual([])
      expect(sessionPairs(pair, 'A')).toHaveLength(2)
    },
  )

  test.each([
    ['R', { r: noReset }],
    ['A', { a: noReset }],
    ['both', { a: noReset, r: noReset }],
  ])(
    'S78 R4951-3.2.3-07 R4951-3.2.3-08 R4951-5.1-07 R4951-5.1-09 R4951-AMB-28: D = 0 at %s: the sequenced session ends by ' +
      'CDN, the other is kept',
    (_, settings) => {
      const pair = mixed(failing, settings)
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      const lines = transcriptOf(pair, { from: returned, bodies: true })
      expect(lines.slice(3)).toEqual([
        'A>R StopCCN [w 2/1] {9=z,1=1}',
        'A>R CDN [y b p/q] {14=a,1=2/6}',
        'A>R FSQ [y p+1/q] {79(a2,b2)}',
        'R>A FSR [x q/p+2] {79(b2,a2)}',
        'R>A FSQ [x q+1/p+2] {79(b2,a2)}',
        'A>R FSR [y p+2/q+2] {79(a2,b2)}',
      ])
      const cdn = pair.said.find(({ at, type }) => at >= returned && type === 'CDN')
      const message = cdn === undefined ? undefined : accepted(cdn.datagram.bytes).message
      expect(message?.type === 'CDN' ? message.resultCode.message : '').toBe('data sequence state not recoverable')
      expect(restarted(pair, returned)).toEqual([])
      expect(sessionPairs(pair, 'A')).toHaveLength(1)
      expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    },
  )

  test('S79 R4951-AMB-24 R4951-AMB-29: a data plane that counts on needs neither restart nor CDN, whatever D', () => {
    for (const r of [{}, noReset]) {
      const pair = mixed(failing, { a: { failover: { dataPlaneSurvives: true } }, r })
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      expect(restarted(pair, returned)).toEqual([])
      expect(pair.said.filter(({ at, type }) => at >= returned && type === 'CDN')).toEqual([])
      expect(sessionPairs(pair, 'R')).toHaveLength(2)
    }
  })

  test(
    'S11 R4951-2-05 R4951-3.2-01 R4951-3.2.3-09 R4951-AMB-74: the data plane alone is lost: no recovery, the numbers of the ' +
      'control channel go on',
    () => {
      const pair = mixed(failing)
      const [ns, nr] = numbers(tunnelOf(pair, 'A'))
      const start = pair.now
      pair.command('A', { name: 'data-plane-lost' })
      pair.command('A', { name: 'query-sessions', tunnel: tunnelOf(pair, 'A').localTunnelId })
      pair.pass(10 * SECOND)
      expect(transcriptOf(pair, { from: start, bodies: true })).toEqual([
        `A>R FSQ [y ${String(ns)}/${String(nr)}] {79(a,b),79(a2,b2)}`,
        `R>A FSR [x ${String(nr)}/${String(ns + 1)}] {79(b,a),79(b2,a2)}`,
      ])
      expect(told(pair, 'A', 'controlReset')).toEqual([])
    },
  )

  test('R4951-AMB-74: the same with D = 0 at R: the sequenced session ends by CDN on the live channel', () => {
    const pair = mixed(failing, { r: noReset })
    const start = pair.now
    pair.command('A', { name: 'data-plane-lost' })
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: start, bodies: true })).toEqual([
      expect.stringMatching(/^A>R CDN \[y b \d+\/\d+\] \{14=a,1=2\/6\}$/),
    ])
    expect(sessionPairs(pair, 'R')).toHaveLength(1)
  })
})

describe('the data plane and restarted numbers', () => {
  const PAYLOAD = 100

  /** Two planes with one session; the sender has sent `sent` messages, of which the last `heard` arrived in order. */
  function planes(
    threshold: number,
    sent: number,
  ): { readonly a: DataPlane; readonly r: DataPlane; readonly forward: (from: DataPlane, to: DataPlane) => string } {
    const pair = new Pair()
    const { A, R } = pair.addresses
    const a = new DataPlane(threshold)
    const r = new DataPlane(threshold)
    a.routeTunnel({ version: 2, localTunnelId: 1, peerTunnelId: 2, local: A, peer: R })
    r.routeTunnel({ version: 2, localTunnelId: 2, peerTunnelId: 1, local: R, peer: A })
    a.addSession(1, { localSessionId: 10, peerSessionId: 20, sequenced: true, side: 'incoming-lns', ...bare })
    r.addSession(2, { localSessionId: 20, peerSessionId: 10, sequenced: true, side: 'incoming-lac', ...bare })
    const forward = (from: DataPlane, to: DataPlane): string => {
      const message = from === a ? a.send(1, 10, PAYLOAD) : r.send(2, 20, PAYLOAD)
      if (message === undefined) throw new Error('nothing to send')
      return to.receive(message, 0).verdict
    }
    for (let i = 0; i < sent - 1; i++) a.send(1, 10, PAYLOAD)
    expect(forward(a, r)).toBe('accepted')
    return { a, r, forward }
  }

  test.each([1, 4, 16])(
    'S06 S83 R4951-3.2.3-05 R4951-3.2.3-06 R4951-AMB-25: n = %d: the nth old message in sequence resets and is delivered',
    (threshold) => {
      const { a, r, forward } = planes(threshold, 500)
      a.restart(1, 10)
      const verdicts = Array.from({ length: threshold + 3 }, () => forward(a, r))
      expect(verdicts).toEqual([
        ...Array.from({ length: threshold - 1 }, () => 'old'),
        'reset',
        'accepted',
        'accepted',
        'accepted',
      ])
    },
  )

  test('R4951-3.2.3-05 R4951-AMB-25: a gap among the old ones, or a new one between them, starts the count again', () => {
    const { a, r, forward } = planes(4, 500)
    a.restart(1, 10)
    expect([forward(a, r), forward(a, r), forward(a, r)]).toEqual(['old', 'old', 'old'])
    a.send(1, 10, PAYLOAD)
    expect([forward(a, r), forward(a, r), forward(a, r), forward(a, r)]).toEqual(['old', 'old', 'old', 'reset'])
  })

  test('S80 R4951-AMB-26: numbers that compare as new are accepted at once, without a reset', () => {
    const { a, r, forward } = planes(4, 40_000)
    a.restart(1, 10)
    expect(forward(a, r)).toBe('accepted')
  })

  test('S06 R4951-AMB-27: a plane that has lost its numbers takes the first message as in order', () => {
    const { a, r, forward } = planes(4, 640)
    for (let i = 0; i < 640; i++) r.send(2, 20, PAYLOAD)
    a.lose()
    const { A, R } = new Pair().addresses
    a.routeTunnel({ version: 2, localTunnelId: 1, peerTunnelId: 2, local: A, peer: R })
    a.addSession(1, { localSessionId: 10, peerSessionId: 20, sequenced: true, side: 'incoming-lns', ...bare })
    expect([forward(r, a), forward(r, a)]).toEqual(['accepted', 'accepted'])
  })
})
