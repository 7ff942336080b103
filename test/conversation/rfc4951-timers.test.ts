// The times of RFC 4951: how long R waits for the recovery of A (5.1), how long A tries (3.2.1), and what ends a recovery tunnel
// that nobody ends. R notices the silence of A when a message of its own stays unanswered; instants count from its first sending.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND, type Nanos } from '../../sim/base/time.ts'
import {
  bothEnds,
  established,
  message,
  recoveryTunnels,
  sessionPairs,
  steps,
  told,
  tunnelOf,
  type Failing,
} from '../support/failover-scenes.ts'
import type { Pair, Settings, Side } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

interface Waiting {
  readonly failing?: Failing
  /** What A asks of R, and R of A. */
  readonly ofR?: Nanos
  readonly ofA?: Nanos
  readonly r?: Settings
  readonly afterExhaustion?: boolean
}

/** A tunnel whose R has just sent a message that A, which is down, will not answer. */
function silenced({ failing = 'LNS', ofR = 60 * SECOND, ofA = 60 * SECOND, r = {}, afterExhaustion = false }: Waiting = {}) {
  const recoveryTimer = afterExhaustion ? 'afterExhaustion' : 'parallel'
  const pair = established({
    failing,
    a: { failover: { recoveryTime: ofR } },
    r: { ...r, failover: { ...r.failover, recoveryTime: ofA, recoveryTimer } },
  })
  const mirror = pair.mirror('A')
  pair.crash('A')
  const start = pair.now
  ask(pair, 'R')
  return { pair, mirror, start }
}

/** A message on the old tunnel that wants an acknowledgement. */
function ask(pair: Pair, side: Side): void {
  pair.command(side, { name: 'query-sessions', tunnel: tunnelOf(pair, side).localTunnelId })
}

/** When a side cleared its ordinary tunnel, since an instant. */
const clearedAt = (pair: Pair, side: Side, start: Nanos): Nanos | undefined => {
  const closed = pair.told.find(
    (one) =>
      one.side === side && one.notice.kind === 'tunnel' && one.notice.purpose === 'ordinary' && one.notice.event === 'closed',
  )
  return closed === undefined ? undefined : closed.at - start
}

const recoveryTimer = (pair: Pair, side: Side): readonly string[] =>
  pair.told.flatMap(({ at, side: whose, notice }) =>
    whose === side && notice.kind === 'timer' && notice.name === 'recovery-time'
      ? [`${notice.action} at ${String(at / SECOND)} due ${String(notice.due / SECOND)}`]
      : [],
  )

describe.each(bothEnds)('R waits (%s fails)', (failing) => {
  test.each([
    [0, 31],
    [500 * MILLISECOND, 31],
    [10 * SECOND, 31],
    [31 * SECOND, 31],
    [60 * SECOND, 60],
    [120 * SECOND, 120],
  ])(
    'R4951-5.1-11 R4951-5.1-12 R4951-5.1-13 R4951-5.1-14 R4951-AMB-03: with a Recovery Time of %d ns the old tunnel is ' +
      'cleared after %d s',
    (ofR, seconds) => {
      const { pair, start } = silenced({ failing, ofR })
      pair.pass(5 * MINUTE)
      expect(clearedAt(pair, 'R', start)).toBe(seconds * SECOND)
      // Silently: nothing but the retransmissions.
      expect(new Set(pair.said.filter(({ at }) => at > start).map(({ type }) => type))).toEqual(new Set(['FSQ']))
      expect(sessionPairs(pair, 'R')).toEqual([])
    },
  )

  test.each([
    [0, 31],
    [10 * SECOND, 41],
    [60 * SECOND, 91],
  ])(
    'R4951-AMB-03: the serial reading: a Recovery Time of %d ns begins when retransmission is exhausted: %d s',
    (ofR, seconds) => {
      const { pair, start } = silenced({ failing, ofR, afterExhaustion: true })
      pair.pass(5 * MINUTE)
      expect(clearedAt(pair, 'R', start)).toBe(seconds * SECOND)
    },
  )

  test('R4951-AMB-08: between exhaustion and expiry the message goes on at the capped interval, and new calls wait', () => {
    const { pair, start } = silenced({ failing, ofR: 100 * SECOND })
    pair.pass(40 * SECOND)
    pair.command('R', { name: 'place-call', tunnel: tunnelOf(pair, 'R').localTunnelId, call: 'incoming', sequenced: false })
    pair.pass(5 * MINUTE)
    const sent = pair.said.filter(({ at, type }) => at >= start && type === 'FSQ').map(({ at }) => (at - start) / SECOND)
    expect(sent).toEqual([0, 1, 3, 7, 15, 23, 31, 39, 47, 55, 63, 71, 79, 87, 95])
    expect(pair.said.filter(({ at, type }) => at >= start && type === 'ICRQ')).toEqual([])
  })

  test('S43 R4951-5.1-14: with Recovery Time 0 a quick recovery succeeds', () => {
    const { pair, mirror } = silenced({ failing, ofR: 0 })
    pair.pass(5 * SECOND)
    pair.restore('A', mirror)
    pair.pass(10 * SECOND)
    expect(steps(pair, 'A').at(-1)).toBe('recovery synchronised')
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    expect(sessionPairs(pair, 'R')).toHaveLength(1)
  })

  test.each([
    ['S43', 0, 32 * SECOND],
    ['S41', 40 * SECOND, 45 * SECOND],
  ])(
    '%s R4951-3.2.1-19 R4951-3.2.1-28 R4951-5.1-11: a recovery after Recovery Time %d comes too late: refused, and A clears ' +
      'silently',
    (_, ofR, down) => {
      const { pair, mirror } = silenced({ failing, ofR })
      pair.pass(down)
      pair.restore('A', mirror)
      const returned = pair.now
      pair.pass(10 * SECOND)
      expect(transcriptOf(pair, { from: returned })).toEqual([
        'A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
        expect.stringMatching(/^R>A StopCCN \[z 0\/1\] \{9=#\d+,1=2\/1\}$/),
        expect.stringMatching(/^A>R ZLB \[#\d+ 1\/1\]$/),
      ])
      expect(steps(pair, 'A', returned).at(-1)).toBe('recovery failed')
      pair.pass(MINUTE)
      expect([...pair.core('A').tunnels(), ...pair.core('R').tunnels()]).toEqual([])
    },
  )

  test('S44 R4951-5.1-12 R4951-5.1-15: temporary loss: an acknowledgement stops the timer, and nothing is cleared', () => {
    const pair = established({ failing })
    const start = pair.now
    pair.fate = ({ at }) => (at < start + 10 * SECOND ? 'drop' : 'deliver')
    ask(pair, 'R')
    pair.pass(5 * MINUTE)
    const sent = pair.said
      .filter(({ type, from, at }) => type === 'FSQ' && from === 'R' && at >= start)
      .map(({ at }) => (at - start) / SECOND)
    expect(sent).toEqual([0, 1, 3, 7, 15])
    const base = start / SECOND
    expect(recoveryTimer(pair, 'R')).toEqual([
      `start at ${String(base + 1)} due ${String(base + 60)}`,
      `stop at ${String(base + 15.02)} due ${String(base + 15.02)}`,
    ])
    expect(pair.said.filter(({ type, at }) => type === 'SCCRQ' && at >= start)).toEqual([])
    expect(sessionPairs(pair, 'R')).toHaveLength(1)
    expect(tunnelOf(pair, 'R').channel).toMatchObject({ exhausted: false, idle: true })
  })

  test('S45 R4951-AMB-06: each side waits as long as the other asked', () => {
    const long = silenced({ failing, ofR: 120 * SECOND, ofA: 5 * SECOND })
    long.pair.pass(100 * SECOND)
    long.pair.restore('A', long.mirror)
    long.pair.pass(10 * SECOND)
    expect(steps(long.pair, 'A').at(-1)).toBe('recovery synchronised')

    const short = silenced({ failing, ofR: 5 * SECOND, ofA: 120 * SECOND })
    short.pair.pass(40 * SECOND)
    expect(clearedAt(short.pair, 'R', short.start)).toBe(31 * SECOND)
  })
})

describe('the recovery timer during a recovery', () => {
  test('R4951-AMB-04 R4951-5.1-13: neither the SCCRQ nor the SCCRP stops it, the SCCCN does', () => {
    const { pair, mirror } = silenced({ ofR: 60 * SECOND })
    pair.pass(10 * SECOND)
    pair.fate = ({ type, attempt }) => (type === 'SCCCN' && attempt === 1 ? 'drop' : 'deliver')
    pair.restore('A', mirror)
    pair.runUntilSent('A', 'SCCCN')
    pair.pass(500 * MILLISECOND)
    expect(recoveryTimer(pair, 'R').map((line) => line.split(' ')[0])).toEqual(['start'])
    pair.pass(SECOND)
    expect(recoveryTimer(pair, 'R').map((line) => line.split(' ')[0])).toEqual(['start', 'stop'])
    expect(told(pair, 'R', 'timer').at(-1)?.name).not.toBe('retransmit')
  })

  test('R4951-AMB-05 R4951-5.1-13 R4951-AMB-43: it runs out between SCCRP and SCCCN: refused, though A had reset already', () => {
    const { pair, mirror, start } = silenced({ ofR: 40 * SECOND })
    pair.pass(39_800 * MILLISECOND)
    pair.fate = ({ type, attempt }) => (type === 'SCCCN' && attempt === 1 ? 'drop' : 'deliver')
    pair.restore('A', mirror)
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: start, since: start }).filter((line) => !line.includes('FSQ'))).toEqual([
      '39.8s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
      '39.81s R>A SCCRP [z 0/1] {9=w,78(p,q)}',
      '39.82s A>R SCCCN [w 1/1] !lost',
      // R clears the old tunnel at 40 s; its StopCCN waits until the SCCRP is acknowledged (congestion window 1).
      '40.81s R>A SCCRP [z 0/1] {9=w,78(p,q)} !again',
      '40.82s A>R ZLB [w 2/1]',
      '40.82s A>R SCCCN [w 1/1] !again',
      '40.83s R>A StopCCN [z 1/1] {9=w,1=2/1}',
      '40.83s R>A ZLB [z 2/2]',
      '40.84s A>R ZLB [w 2/2]',
    ])
    expect(clearedAt(pair, 'R', start)).toBe(40 * SECOND)
    expect(clearedAt(pair, 'A', start)).toBe(40_840 * MILLISECOND)
    expect(told(pair, 'A', 'controlReset')).toHaveLength(1)
    expect(told(pair, 'R', 'controlReset')).toEqual([])
  })

  test('R4951-AMB-07: after a recovery it is off, and counts anew for the next message', () => {
    const { pair, mirror } = silenced({ ofR: 60 * SECOND })
    pair.pass(10 * SECOND)
    pair.restore('A', mirror)
    pair.pass(10 * SECOND)
    pair.crash('A')
    const start = pair.now
    ask(pair, 'R')
    pair.pass(5 * MINUTE)
    expect((pair.told.findLast(({ notice }) => notice.kind === 'tunnel' && notice.event === 'closed')?.at ?? 0) - start).toBe(
      60 * SECOND,
    )
  })
})

describe('A tries', () => {
  test('S48 R4951-3.2.1-28 R4951-AMB-17: R unreachable: six times within 31 s, then A clears silently; R by its own timers', () => {
    const pair = established()
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.pass(2 * SECOND)
    pair.fate = () => 'drop'
    pair.restore('A', mirror)
    const returned = pair.now
    ask(pair, 'R')
    pair.pass(5 * MINUTE)
    const fromA = transcriptOf(pair, { from: returned, since: returned }).filter((line) => line.includes('A>R'))
    expect(fromA.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual(
      ['0s', '1s', '3s', '7s', '15s', '23s'].map((time) => `${time} A>R SCCRQ`),
    )
    expect(told(pair, 'A', 'recovery', returned).at(-1)).toMatchObject({ step: 'failed', why: 'no answer' })
    expect(clearedAt(pair, 'A', returned)).toBe(31 * SECOND)
    expect(told(pair, 'R', 'tunnel', returned)).toMatchObject([{ event: 'closed', why: 'retransmission-limit' }])
    expect(clearedAt(pair, 'R', returned)).toBe(60 * SECOND)
    expect([...pair.core('A').tunnels()]).toEqual([])
  })

  test('R4951-AMB-17: with retries a second recovery tunnel is tried, within the Recovery Time that A itself had asked for', () => {
    const pair = established({ a: { failover: { recoveryTime: 60 * SECOND, retries: 5 } } })
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.fate = () => 'drop'
    pair.restore('A', mirror)
    const returned = pair.now
    pair.pass(5 * MINUTE)
    const first = pair.said.filter(({ at, attempt, type }) => at >= returned && attempt === 1 && type === 'SCCRQ')
    expect(first).toHaveLength(2)
    expect(first[1]?.at).toBeGreaterThanOrEqual(returned + 31 * SECOND)
    expect(first[1]?.at).toBeLessThanOrEqual(returned + 32 * SECOND)
    expect(new Set(first.map(({ tunnel }) => tunnel)).size).toBe(2)
    expect(steps(pair, 'A', returned).filter((step) => step === 'recovery failed')).toHaveLength(1)
    expect([...pair.core('A').tunnels()]).toEqual([])
  })

  test('R4951-AMB-17: a retry that gets through recovers; a refusal is final', () => {
    const pair = established({ a: { failover: { retries: 2 } } })
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.fate = () => 'drop'
    pair.restore('A', mirror)
    pair.pass(30 * SECOND)
    pair.fate = () => 'deliver'
    pair.pass(20 * SECOND)
    expect(steps(pair, 'A').slice(-2)).toEqual(['recovery recovered', 'recovery synchronised'])

    const refused = established({ a: { failover: { retries: 2 } } })
    const [{ localTunnelId: tunnel } = { localTunnelId: 0 }] = refused.tunnels('R')
    const memory = refused.mirror('A')
    refused.crash('A')
    refused.command('R', { name: 'close-tunnel', tunnel })
    refused.restore('A', memory)
    refused.pass(5 * MINUTE)
    expect(refused.said.filter(({ type }) => type === 'SCCRQ')).toHaveLength(2)
    expect([...refused.core('A').tunnels()]).toEqual([])
  })
})

describe('a recovery tunnel that nobody ends', () => {
  test('R4951-AMB-42 R4951-3.2.2-07: after the guard time R ends it itself, and the recovered tunnel is untouched', () => {
    const pair = established()
    const { local, localTunnelId: x, peerTunnelId: y } = tunnelOf(pair, 'A')
    pair.crash('A')
    const start = pair.now
    const handmade = {
      protocolVersion: { version: 1, revision: 0 },
      hostName: 'a',
      framingCapabilities: 3,
      assignedTunnelId: 4711,
    }
    const tunnelRecovery = { recoverTunnelId: x, recoverRemoteTunnelId: y }
    pair.inject(
      'R',
      message({ type: 'SCCRQ', ...handmade, tieBreaker: new Uint8Array(8), tunnelRecovery }, { tunnelId: 0, ns: 0, nr: 0 }),
      local,
    )
    pair.pass(20 * MILLISECOND)
    const w = recoveryTunnels(pair, 'R')[0]?.localTunnelId ?? 0
    pair.inject('R', message({ type: 'SCCCN' }, { tunnelId: w, ns: 1, nr: 1 }), local)
    pair.pass(30 * SECOND)
    expect(transcriptOf(pair, { from: start, since: start }).filter((line) => line.includes('StopCCN'))[0]).toBe(
      '10.02s R>A StopCCN [#4711 1/2] {9=w,1=1} !lost',
    )
    expect(sessionPairs(pair, 'R')).toHaveLength(1)
    expect(tunnelOf(pair, 'R').state).toBe('established')
  })

  test(
    'S35 R4951-AMB-44 R4951-AMB-42: its StopCCN lost for ever: dropped by each side at its own limit, the recovered tunnel ' +
      'lives on',
    () => {
      const pair = established()
      const mirror = pair.mirror('A')
      pair.crash('A')
      pair.pass(SECOND)
      const returned = pair.now
      const onRecovery = new Set<string>()
      pair.fate = ({ from, tunnel, type, at }) => {
        if (type === 'SCCRQ' || type === 'SCCRP') onRecovery.add(`${from}${String(tunnel)}`)
        return onRecovery.has(`${from}${String(tunnel)}`) && at > returned + 30 * MILLISECOND ? 'drop' : 'deliver'
      }
      pair.restore('A', mirror)
      pair.pass(100 * SECOND)
      const lost = transcriptOf(pair, { from: returned, since: returned }).filter((line) => line.endsWith('!lost'))
      expect(lost).toEqual([
        ...['40ms', '1.04s', '3.04s', '7.04s'].map(
          (at, i) => `${at} A>R StopCCN [w 2/1] {9=z,1=1}${i > 0 ? ' !again' : ''} !lost`,
        ),
        '10.03s R>A StopCCN [z 1/2] {9=w,1=1} !lost',
        '11.03s R>A StopCCN [z 1/2] {9=w,1=1} !again !lost',
        '13.03s R>A StopCCN [z 1/2] {9=w,1=1} !again !lost',
        '15.04s A>R StopCCN [w 2/1] {9=z,1=1} !again !lost',
        '17.03s R>A StopCCN [z 1/2] {9=w,1=1} !again !lost',
        '23.04s A>R StopCCN [w 2/1] {9=z,1=1} !again !lost',
        '25.03s R>A StopCCN [z 1/2] {9=w,1=1} !again !lost',
        '33.03s R>A StopCCN [z 1/2] {9=w,1=1} !again !lost',
      ])
      for (const side of ['A', 'R'] as const) {
        expect([...pair.core(side).tunnels()].map(({ purpose }) => purpose)).toEqual(['ordinary'])
        expect([...tunnelOf(pair, side).sessions.values()].map(({ sync }) => sync)).toEqual(['synchronised'])
      }
    },
  )

  test(
    'R4951-AMB-76 R4951-AMB-16: A dies after its SCCRQ: R drops the recovery tunnel at its limit and the old one by its own ' +
      'time',
    () => {
      const { pair, mirror, start } = silenced({ ofR: 120 * SECOND })
      pair.pass(5 * SECOND)
      pair.restore('A', mirror)
      pair.runUntilSent('R', 'SCCRP')
      const offered = pair.now
      pair.crash('A')
      pair.pass(5 * MINUTE)
      const ends = pair.told.flatMap(({ at, side, notice }) =>
        side === 'R' && notice.kind === 'tunnel' && notice.event === 'closed' ? [[notice.purpose, at]] : [],
      )
      expect(ends).toEqual([
        ['recovery', offered + 31 * SECOND],
        ['ordinary', start + 120 * SECOND],
      ])
      expect(steps(pair, 'R')).toEqual(['remote offered', 'remote aborted'])
    },
  )
})
