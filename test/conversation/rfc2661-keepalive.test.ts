// HELLO (RFC 2661 5.5, 6.5): when it is sent and when not, what silence means to each side, and what data has to do with it.

import { describe, expect, test } from 'vitest'
import { SECOND, type Nanos } from '../../sim/base/time.ts'
import { Lcce } from '../../sim/l2tp/lcce.ts'
import { tunnelEnds } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { Pair, testRng, type Settings, type Side } from '../support/pair.ts'
import { proper, ScriptedPeer } from '../support/scripted-peer.ts'

const plain: Settings = { failover: { enabled: false } }

function opened(a: Settings = {}, r: Settings = {}): Pair {
  const pair = new Pair({ ...plain, ...a }, { ...plain, ...r })
  pair.open()
  return pair
}

/** Instants (s) at which a side sent a HELLO for the first time. */
const hellos = (pair: Pair, side: Side): number[] =>
  pair.said.filter(({ from, type, attempt }) => from === side && type === 'HELLO' && attempt === 1).map(({ at }) => at / SECOND)

describe('when it is sent', () => {
  test('R2661-5.5-01 R2661-6.5-02 R2661-6.5-04 R2661-6.5-05 after 60 s in which nothing was received', () => {
    const pair = opened()
    pair.run(61 * SECOND)
    // R heard last at 30 ms (SCCCN), A at 40 ms (ZLB); the HELLO of R is a sign of life to A.
    expect(transcriptOf(pair, { since: 0 }).slice(4)).toEqual(['60.03s R>A HELLO [x 1/2]', '60.04s A>R ZLB [y 2/2]'])
  })

  test('R2661-5.5-01 again after each interval of silence', () => {
    const pair = opened({ helloInterval: 0 }, { helloInterval: 20 * SECOND })
    pair.run(100 * SECOND)
    // From the last ZLB received each time.
    expect(hellos(pair, 'R')).toEqual([20.03, 40.05, 60.07, 80.09])
    expect(hellos(pair, 'A')).toEqual([])
  })

  test('R2661-6.5-03 the interval is configurable on each side', () => {
    const pair = opened({ helloInterval: 7 * SECOND }, { helloInterval: 100 * SECOND })
    pair.run(20 * SECOND)
    expect(hellos(pair, 'A')).toEqual([7.04, 14.06])
  })

  test('R2661-5.5-01 any message received puts it off', () => {
    const pair = opened()
    pair.run(40 * SECOND)
    pair.call()
    pair.run(99 * SECOND)
    expect([hellos(pair, 'A'), hellos(pair, 'R')]).toEqual([[], []])
    // The ICRP and the last ZLB of the call reached A at 40.04 s, the ICCN reached R at 40.03 s.
    pair.run(101 * SECOND)
    expect([hellos(pair, 'A'), hellos(pair, 'R')]).toEqual([[], [100.03]])
  })

  test('R2661-5.5-01 what was sent does not, if nothing is received', () => {
    const pair = opened({ helloInterval: 5 * SECOND }, { helloInterval: 0 })
    pair.fate = ({ from }) => (from === 'R' ? 'drop' : 'deliver')
    pair.run(3 * SECOND)
    pair.call()
    // The ICRQ is being retransmitted: it does what a HELLO would do.
    pair.run(30 * SECOND)
    expect(hellos(pair, 'A')).toEqual([])
    pair.run(60 * SECOND)
    expect(tunnelEnds(pair, 'A')).toEqual(['34s retransmission-limit'])
  })

  test('R2661-5.5-01 R2661-AMB-09 a message that is dropped for its Nr is no sign of life', () => {
    const peer = new ScriptedPeer({ ...plain, helloInterval: 20 * SECOND })
    peer.answered()
    peer.wait(15 * SECOND)
    peer.say(proper.HELLO, { nr: 9 })
    peer.wait(10 * SECOND)
    expect(peer.heard.filter(({ type }) => type === 'HELLO').map(({ at }) => at / SECOND)).toEqual([20])
  })

  test('R2661-5.5-01 nor do HELLOs pile up behind what is being retransmitted', () => {
    const pair = opened({ helloInterval: 5 * SECOND }, { helloInterval: 0 })
    pair.fate = () => 'drop'
    pair.run(3 * SECOND)
    pair.call()
    pair.run(30 * SECOND)
    // The ICRQ, and no HELLO behind it.
    expect(pair.tunnels('A')[0]?.channel.pending).toBe(1)
  })
})

describe('data', () => {
  /** Both with an interval of 20 s; A has received data at these instants. */
  function withData(received: readonly Nanos[]): Pair {
    const pair = new Pair({ ...plain, helloInterval: 20 * SECOND }, { ...plain, helloInterval: 0 })
    const lastData = (): Nanos => received.filter((at) => at <= pair.now).at(-1) ?? 0
    pair.cores.A = new Lcce({ config: pair.configs.A, rng: testRng(1), lastData })
    pair.open()
    return pair
  }

  test('R2661-5.5-01 R2661-6.5-02 data received is a sign of life as good as a control message', () => {
    const pair = withData([5, 15, 25, 35, 45].map((at) => at * SECOND))
    pair.run(64.9 * SECOND)
    expect(hellos(pair, 'A')).toEqual([])
    pair.run(66 * SECOND)
    expect(hellos(pair, 'A')).toEqual([65])
  })

  test('R2661-5.5-01 its silence counts from the last of the two', () => {
    const pair = withData([5 * SECOND])
    pair.run(10 * SECOND)
    pair.call()
    pair.run(40 * SECOND)
    expect(hellos(pair, 'A')[0]).toBe(30.04)
  })
})

describe('what silence means', () => {
  test('R2661-5.5-02 R2661-5.8-14 the link is cut: each side finds out by itself, after its HELLO and a full cycle', () => {
    const pair = opened()
    pair.call()
    pair.fate = () => 'drop'
    pair.run(200 * SECOND)
    // A heard last at 1.04 s, R at 1.03 s.
    expect([hellos(pair, 'A'), hellos(pair, 'R')]).toEqual([[61.04], [61.03]])
    expect(tunnelEnds(pair, 'A')).toEqual(['92.04s retransmission-limit'])
    expect(tunnelEnds(pair, 'R')).toEqual(['92.03s retransmission-limit'])
    expect(pair.said.filter(({ type }) => type === 'HELLO')).toHaveLength(12)
  })

  test('R2661-5.5-02 only one direction is cut: the side that still hears finds out too', () => {
    const pair = opened()
    pair.fate = ({ from }) => (from === 'A' ? 'drop' : 'deliver')
    pair.run(200 * SECOND)
    // R is not heard out: its HELLOs arrive, so that A is content until R has given up and fallen silent.
    expect(tunnelEnds(pair, 'R')).toEqual(['91.03s retransmission-limit'])
    expect(hellos(pair, 'A')).toEqual([143.04])
    pair.run(300 * SECOND)
    expect(tunnelEnds(pair, 'A')).toEqual(['174.04s retransmission-limit'])
  })

  test('R2661-5.5-02 the link comes back within the cycle: nothing has happened', () => {
    const pair = opened()
    pair.call()
    pair.fate = ({ at }) => (at < 80 * SECOND ? 'drop' : 'deliver')
    pair.run(200 * SECOND)
    expect([tunnelEnds(pair, 'A'), tunnelEnds(pair, 'R')]).toEqual([[], []])
    expect(pair.sessions('A')).toHaveLength(1)
  })

  test('R2661-6.5-01 a peer that never sends one is not missed while it acknowledges', () => {
    const pair = opened({}, { helloInterval: 0 })
    pair.run(1000 * SECOND)
    expect([tunnelEnds(pair, 'A'), tunnelEnds(pair, 'R')]).toEqual([[], []])
    expect(hellos(pair, 'A').length).toBe(16)
  })

  test('neither sends any: nobody ever finds out', () => {
    const pair = opened({ helloInterval: 0 }, { helloInterval: 0 })
    pair.fate = () => 'drop'
    pair.run(10_000 * SECOND)
    expect([tunnelEnds(pair, 'A'), tunnelEnds(pair, 'R'), pair.said.length]).toEqual([[], [], 4])
  })
})
