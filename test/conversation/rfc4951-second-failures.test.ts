// A second failure, of the same side or of the other, at every step of a recovery and after it. However far the first one came,
// one recovery tunnel completes, and both sides agree in the end.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND } from '../../sim/base/time.ts'
import { challenged } from '../support/failover-plights.ts'
import {
  bothEnds,
  established,
  failAndReturn,
  HANDMADE,
  numbers,
  recoveryTunnels,
  sessionPairs,
  steps,
  told,
  tunnelOf,
} from '../support/failover-scenes.ts'
import type { Pair, Side } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

/** Both sides hold the same sessions, in step, and nothing of a recovery is left. */
function expectAgreement(pair: Pair, sessions: number): void {
  expect(sessionPairs(pair, 'A')).toHaveLength(sessions)
  expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  const [ns, nr] = numbers(tunnelOf(pair, 'A'))
  expect(numbers(tunnelOf(pair, 'R'))).toEqual([nr, ns])
  for (const side of ['A', 'R'] as const) {
    expect([...pair.core(side).tunnels()].map(({ purpose }) => purpose)).toEqual(['ordinary'])
    expect([...tunnelOf(pair, side).sessions.values()].filter(({ sync }) => sync !== 'synchronised')).toEqual([])
  }
}

/** The messages of a recovery after each of which somebody may fail again. */
const moments = [
  ['A', 'SCCRQ'],
  ['R', 'SCCRP'],
  ['A', 'SCCCN'],
  ['R', 'ZLB'],
  ['A', 'StopCCN'],
  ['A', 'FSQ'],
  ['R', 'FSR'],
  ['R', 'FSQ'],
  ['A', 'FSR'],
] as const

const downs = [0, 3 * MILLISECOND, 500 * MILLISECOND, 3 * SECOND]

describe.each(bothEnds)('the %s has failed and', (failing) => {
  describe.each(['A', 'R'] as const)('%s fails next', (next: Side) => {
    test.each(moments.flatMap(([from, type]) => downs.map((down) => [from, type, down] as const)))(
      'S73 S75 R4951-AMB-46 R4951-AMB-77: after %s has sent its %s, for %d ns',
      (from, type, down) => {
        const pair = established({ failing, calls: 3 })
        const mirrors = { A: pair.mirror('A'), R: pair.mirror('R') }
        pair.crash('A')
        pair.pass(SECOND)
        pair.restore('A', mirrors.A)
        // The SCCRQ leaves with the return.
        if (type !== 'SCCRQ') pair.runUntilSent(from, type)
        pair.crash(next)
        pair.pass(down)
        pair.restore(next, mirrors[next])
        pair.pass(5 * MINUTE)
        expectAgreement(pair, 3)
      },
    )
  })

  test('S73 R4951-AMB-46 R4951-3.2.1-02: A fails again after its SCCRQ: the second recovery tunnel replaces the first', () => {
    const pair = established({ failing })
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.restore('A', mirror)
    pair.runUntilSent('R', 'SCCRP')
    pair.crash('A')
    pair.pass(SECOND / 2)
    pair.restore('A', mirror)
    const returned = pair.now
    pair.pass(5 * MINUTE)
    expect(transcriptOf(pair, { from: returned, bodies: true }).slice(0, 4)).toEqual([
      'A>R SCCRQ [0 0/0] {5,9=z2,77(x,y)}',
      'R>A SCCRP [z2 0/1] {9=w2,78(p2,q2)}',
      'A>R SCCCN [w2 1/1]',
      'A>R StopCCN [w2 2/1] {9=z2,1=1}',
    ])
    expect(steps(pair, 'R')).toEqual([
      'remote offered',
      'remote offered',
      'remote recovered',
      'remote superseded',
      'remote synchronised',
    ])
    // The first is dropped by R at the reset, before its SCCRP would have been said again.
    expect(pair.said.filter(({ from, type, at }) => from === 'R' && type === 'SCCRP' && at > returned)).toHaveLength(1)
    expectAgreement(pair, 1)
  })

  test('S73 R4951-AMB-46: an SCCRP said again to the first life is answered by StopCCN, and harms nothing', () => {
    const pair = established({ failing })
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.restore('A', mirror)
    pair.runUntilSent('R', 'SCCRP')
    pair.crash('A')
    pair.pass(SECOND / 2)
    // The second request takes a second on its way.
    pair.fate = ({ type }) => (type === 'SCCRQ' ? SECOND : 'deliver')
    pair.restore('A', mirror)
    const returned = pair.now
    pair.pass(5 * MINUTE)
    expect(transcriptOf(pair, { from: returned, bodies: true }).slice(0, 4)).toEqual([
      'A>R SCCRQ [0 0/0] {5,9=z2,77(x,y)}',
      'R>A SCCRP [z 0/1] {9=w,78(p,q)} !again',
      'A>R StopCCN [w 1/1] {9=z,1=7}',
      expect.stringMatching(/SCCR/),
    ])
    expect(steps(pair, 'R')).toEqual([
      'remote offered',
      'remote aborted',
      'remote offered',
      'remote recovered',
      'remote synchronised',
    ])
    expectAgreement(pair, 1)
  })

  test('S75 R4951-AMB-77: R fails after its SCCRP and comes back to recover the tunnel itself', () => {
    const pair = established({ failing })
    const mirrors = { A: pair.mirror('A'), R: pair.mirror('R') }
    pair.crash('A')
    pair.restore('A', mirrors.A)
    pair.runUntilSent('A', 'SCCCN')
    pair.crash('R')
    const crashed = pair.now
    pair.pass(3 * SECOND)
    pair.restore('R', mirrors.R)
    pair.pass(5 * MINUTE)
    expect(transcriptOf(pair, { from: crashed + 1, since: crashed, bodies: true }).slice(0, 6)).toEqual([
      '1s A>R SCCCN [w 1/1] !again !lost',
      '3s A>R SCCCN [w 1/1] !again',
      '3s R>A SCCRQ [0 0/0] {5,9=w2,77(y,x)}',
      '3.01s A>R SCCRP [w2 0/1] {9=z2,78(p2,q2)}',
      '3.02s R>A SCCCN [z2 1/1]',
      '3.04s R>A StopCCN [z2 2/1] {9=w2,1=1}',
    ])
    expect(steps(pair, 'A')).toEqual([
      'recovery waiting',
      'recovery requested',
      'remote offered',
      'remote recovered',
      'recovery superseded',
      'remote synchronised',
    ])
    expectAgreement(pair, 1)
  })

  test('S76 R4951-1.1-03 R4951-1.1-04: R fails when the recovery of A is complete: the roles are exchanged', () => {
    const pair = established({ failing })
    failAndReturn(pair)
    pair.pass(10 * SECOND)
    const returned = failAndReturn(pair, { side: 'R' })
    pair.pass(40 * SECOND)
    expect(transcriptOf(pair, { from: returned, bodies: true })).toEqual([
      'R>A SCCRQ [0 0/0] {5,9=w2,77(y,x)}',
      'A>R SCCRP [w2 0/1] {9=z2,78(p2,q2)}',
      'R>A SCCCN [z2 1/1]',
      'R>A StopCCN [z2 2/1] {9=w2,1=1}',
      'R>A FSQ [x p2/q2] {79(b,a)}',
      'A>R FSR [y q2/p2+1] {79(a,b)}',
      'A>R FSQ [y q2+1/p2+1] {79(a,b)}',
      'R>A FSR [x p2+1/q2+2] {79(b,a)}',
    ])
    expect(tunnelOf(pair, 'A').channel.epoch).toBe(2)
    expectAgreement(pair, 1)
  })
})

describe('a recovery of the peer that comes to nothing while A waits for the end of its own', () => {
  test('R4951-AMB-77: ended by its sender: A waits on for its own', () => {
    const { pair, z2, say } = challenged()
    expect(tunnelOf(pair, 'A').ownRecovery?.state).toBe('challenged')
    say(z2, { type: 'StopCCN', assignedTunnelId: HANDMADE, resultCode: { result: 1 } }, 1)
    expect(tunnelOf(pair, 'A')).toMatchObject({ ownRecovery: { state: 'confirming' }, channel: { suspended: false } })
    pair.fate = () => 'deliver'
    pair.pass(5 * MINUTE)
    expectAgreement(pair, 1)
  })

  test('R4951-AMB-77: the timeout of the own recovery has no effect any more; the tunnel then goes by its own timers', () => {
    const { pair, z2, say } = challenged()
    const start = pair.now
    // The SCCRP is acknowledged, so that this side of it does not time out first.
    say(z2, { type: 'HELLO' }, 1)
    pair.pass(32 * SECOND)
    // The peer's came to nothing as well: the reset that was made stands.
    expect(tunnelOf(pair, 'A').ownRecovery?.state).toBe('recovered')
    expect(told(pair, 'A', 'recovery').map(({ step }) => step)).not.toContain('failed')
    pair.pass(5 * MINUTE)
    expect(
      told(pair, 'A', 'tunnel', start).filter(({ purpose, event }) => purpose === 'ordinary' && event === 'closed'),
    ).toMatchObject([{ why: 'retransmission-limit' }])
    expect([...pair.core('A').tunnels()]).toEqual([])
  })

  test('R4951-AMB-77 R4951-3.3-04 R4951-AMB-23: then it is recovered: data starts anew, and sessions are asked about', () => {
    const { pair, z2, say } = challenged({ sequenced: true })
    say(z2, { type: 'HELLO' }, 1)
    const start = pair.now
    pair.pass(32 * SECOND)
    expect(steps(pair, 'A', start)).toEqual(['remote aborted', 'recovery recovered'])
    const [session] = tunnelOf(pair, 'A').sessions.keys()
    expect(told(pair, 'A', 'restartData', start).map((notice) => notice.session)).toEqual([session])
    expect(told(pair, 'A', 'sync', start).map((notice) => [notice.session, notice.outcome])).toEqual([[session, 'queried']])
  })

  test('R4951-AMB-77: a call of the meantime is asked for once, when the peer’s has come to nothing', () => {
    const { pair, z2, say } = challenged()
    say(z2, { type: 'HELLO' }, 1)
    pair.command('A', { name: 'place-call', tunnel: tunnelOf(pair, 'A').localTunnelId, call: 'outgoing', sequenced: false })
    const requests = () => pair.said.filter(({ from, type, attempt }) => from === 'A' && type === 'OCRQ' && attempt === 1).length
    const before = requests()
    pair.pass(2 * SECOND)
    expect([tunnelOf(pair, 'A').ownRecovery?.state, requests()]).toEqual(['challenged', before])
    pair.pass(30 * SECOND)
    expect([tunnelOf(pair, 'A').ownRecovery?.state, requests()]).toEqual(['recovered', before + 1])
  })

  test('R4951-AMB-75: a call waits though the own recovery is complete, and is asked for after the reset of the peer’s', () => {
    const { pair, z, z2, say } = challenged()
    pair.command('A', { name: 'place-call', tunnel: tunnelOf(pair, 'A').localTunnelId, call: 'outgoing', sequenced: false })
    const requests = () => pair.said.filter(({ from, type, attempt }) => from === 'A' && type === 'OCRQ' && attempt === 1).length
    const ended = () => told(pair, 'A', 'session').filter(({ event }) => event === 'closed')
    const before = [requests(), ended().length]
    say(z, { type: 'HELLO' }, 2)
    expect([tunnelOf(pair, 'A').ownRecovery?.state, requests()]).toEqual(['recovered', before[0]])
    say(z2, { type: 'SCCCN' }, 1)
    expect([requests() - Number(before[0]), ended().length]).toEqual([1, before[1]])
  })

  test('R4951-AMB-77 R4951-AMB-43: a refusal of the own recovery has none either', () => {
    const { pair, z, say } = challenged()
    say(z, { type: 'StopCCN', assignedTunnelId: 9, resultCode: { result: 4 } }, 2)
    expect(tunnelOf(pair, 'A')).toMatchObject({ state: 'established', ownRecovery: { state: 'as-remote' } })
  })

  test('R4951-AMB-33: closed by order in the meantime: both recovery tunnels end, and the old one with a StopCCN', () => {
    const { pair } = challenged()
    pair.fate = () => 'deliver'
    const { localTunnelId: old } = tunnelOf(pair, 'A')
    pair.command('A', { name: 'close-tunnel', tunnel: old })
    expect(recoveryTunnels(pair, 'A')).toEqual([])
    // The reset was made: its numbers are there to tell the peer with.
    expect(pair.said.filter(({ from, type, tunnel }) => from === 'A' && type === 'StopCCN' && tunnel === old)).toHaveLength(1)
    pair.pass(5 * MINUTE)
    expect([...pair.core('A').tunnels(), ...pair.core('R').tunnels()]).toEqual([])
  })
})
