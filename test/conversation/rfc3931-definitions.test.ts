// What RFC 3931 says in passing and by example: the dialogues of appendix B message by message, the congestion window of appendix A, who may
// do what on a control connection (2, 3), and what is left to configuration (4.2).

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND } from '../../sim/base/time.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { callEnds, logs, tunnelEnds, verdicts } from '../support/pair-notices.ts'
import { configOf, Pair, type Settings } from '../support/pair.ts'
import { PEER_TUNNEL_3, proper3, ScriptedPeer } from '../support/scripted-peer.ts'
import { control3, messageType } from '../support/octets.ts'

const plain: Settings = { version: 3 }

function place(peer: ScriptedPeer<3>): void {
  const [tunnel] = peer.core.tunnels()
  peer.command({ name: 'place-call', tunnel: tunnel?.localTunnelId ?? 0, call: 'incoming', sequenced: false })
}

/** Only types and numbers. */
const numbered = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/^(\S+ \S+) \[\S+ (\S+)\].*?( ![a-z ]+)?$/, '$1 $2$3').replaceAll(' !again', ''))

describe('appendix B', () => {
  test('R3931-B.1-01 R3931-3.3-01 R3931-3.2.1-07 R3931-3.2.1-08 a control connection is set up in lock step', () => {
    const pair = new Pair(plain, plain)
    pair.open()
    expect(numbered(transcriptOf(pair))).toEqual(['A>R SCCRQ 0/0', 'R>A SCCRP 0/1', 'A>R SCCCN 1/1', 'R>A ACK 1/2'])
  })

  test('R3931-B.2-01 R3931-4.2-09 a reply is lost, and request and reply come again', () => {
    const pair = new Pair(plain, plain)
    pair.open()
    const begun = pair.now
    let lost = false
    pair.fate = ({ type }) => {
      if (type !== 'ICRP' || lost) return 'deliver'
      lost = true
      return 'drop'
    }
    pair.command('A', { name: 'place-call', tunnel: pair.tunnels('A')[0]?.localTunnelId ?? 0, call: 'incoming', sequenced: false })
    pair.pass(2 * SECOND)
    expect(numbered(transcriptOf(pair, { from: begun }))).toEqual([
      'A>R ICRQ 2/1',
      'R>A ICRP 1/3 !lost',
      'A>R ICRQ 2/1',
      'R>A ACK 2/3',
      'R>A ICRP 1/3',
      'A>R ICCN 3/2',
      'R>A ACK 2/4',
    ])
    expect(pair.sessions('R')[0]).toMatch(/ established /)
  })
})

describe('appendix A', () => {
  /** A core with more to say than it may, to a peer that has acknowledged its SCCRP and nothing else. */
  function sender(window: number): ScriptedPeer<3> {
    const peer = new ScriptedPeer({}, 3)
    peer.connected({ receiveWindowSize: window })
    peer.acknowledges = false
    for (let i = 0; i < 400; i++) place(peer)
    return peer
  }

  /** Acknowledges one message after the other; how many new ones each acknowledgement lets go. */
  const released = (peer: ScriptedPeer<3>, from: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => {
      const before = peer.nr
      peer.acknowledge(from + i + 1)
      return peer.nr - before
    })

  /** In rounds, each acknowledged message by message: how many were on their way. */
  function rounds(peer: ScriptedPeer<3>, count: number): number[] {
    // The SCCRP was number 0.
    let acknowledged = 1
    return Array.from({ length: count }, () => {
      const size = peer.nr - acknowledged
      released(peer, acknowledged, size)
      acknowledged += size
      return size
    })
  }

  test('R3931-A-01 R3931-A-02 R3931-A-03 R3931-4.2-20 after the first message one more for each acknowledgement, up to the window', () => {
    expect(rounds(sender(20), 7)).toEqual([2, 4, 8, 16, 20, 20, 20])
  })

  test('R3931-A-04 R3931-A-05 after a retransmission one again, then fast to half of what it was, then one more for each window', () => {
    const peer = sender(32)
    expect(rounds(peer, 5)).toEqual([2, 4, 8, 16, 32])
    const acknowledged = peer.nr - 32
    peer.wait(SECOND)
    expect(peer.heard.at(-1)).toMatchObject({ type: 'ICRQ', attempt: 2, ns: acknowledged })
    const news = released(peer, acknowledged, 60)
    // 16 acknowledgements make room below a window that has grown from 1 to 16; from there on it takes 16 and then 17 to grow by one.
    expect(news.slice(0, 17)).toEqual([...Array<number>(16).fill(0), 1])
    expect(news.flatMap((count, i) => (count > 1 ? [i + 1] : []))).toEqual([31, 48])
    expect(new Set(news.slice(16))).toEqual(new Set([1, 2]))
  })
})

describe('retransmission is configured', () => {
  test('R3931-4.2-10 R3931-4.2-13 R3931-4.2-15 R3931-7-01 first interval, cap and count', () => {
    const pair = new Pair({ ...plain, retransmit: { initial: 500 * MILLISECOND, cap: 4 * SECOND, count: 6 } }, plain)
    pair.fate = () => 'drop'
    pair.open()
    pair.pass(MINUTE)
    expect(pair.said.map(({ at }) => at / SECOND)).toEqual([0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5])
    expect(tunnelEnds(pair, 'A')).toEqual(['19.5s retransmission-limit'])
  })

  test('R3931-4.2-14 the cap is 8 s by default', () => {
    expect(configOf('').retransmit.cap).toBe(8 * SECOND)
  })

  test.each(['queue', 'drop'] as const)('R3931-4.2-07 R3931-4.2-08 what comes out of order is kept or dropped (%s), with the same end', (outOfOrder) => {
    const peer = new ScriptedPeer({ outOfOrder }, 3)
    peer.connected()
    peer.acknowledges = false
    place(peer)
    const { ns } = peer
    peer.say(proper3.HELLO, { ns: ns + 1 })
    // Its Nr counts all the same.
    expect([...peer.core.tunnels()][0]?.channel.idle).toBe(true)
    peer.say(proper3.ICRQ, { ns })
    if (outOfOrder === 'drop') peer.say(proper3.HELLO, { ns: ns + 1 })
    const accepted = peer.notices('handled').filter(({ verdict }) => verdict === 'accepted').map(({ type, ns: number }) => [type, number])
    expect(accepted.slice(-2)).toEqual([['ICRQ', ns], ['HELLO', ns + 1]])
    expect(peer.heard.at(-1)?.nr).toBe(ns + 2)
  })

  test('R3931-5.4.3-18 without a Receive Window Size four messages may be on their way', () => {
    const peer = new ScriptedPeer({}, 3)
    peer.connected({ receiveWindowSize: undefined })
    for (let i = 0; i < 4; i++) place(peer)
    const heard = peer.heard.length
    peer.acknowledges = false
    for (let i = 0; i < 9; i++) place(peer)
    expect(peer.types(heard)).toEqual(Array(4).fill('ICRQ'))
  })
})

describe('who may do what', () => {
  const two = (): Pair => {
    const pair = new Pair(plain, plain)
    pair.open('A')
    pair.open('A')
    return pair
  }

  test('R3931-2-01 R3931-1.3-01 R3931-7.3-01 either end may ask for a session, on a connection that either has opened', () => {
    for (const from of ['A', 'R'] as const) {
      const pair = new Pair(plain, plain)
      pair.open(from)
      pair.call('A')
      pair.call('R')
      expect([pair.sessions('A'), pair.sessions('R')].map((texts) => texts.map((text) => text.split(' ')[1]))).toEqual(Array(2).fill(['established', 'established']))
    }
  })

  test('R3931-3-03 R3931-4.2-01 two connections between the same ends, each with sessions and numbers of its own', () => {
    const pair = two()
    for (const { localTunnelId: tunnel } of pair.tunnels('A')) {
      for (let i = 0; i < 20; i++) pair.command('A', { name: 'place-call', tunnel, call: 'incoming', sequenced: false })
      pair.pass(2 * SECOND)
    }
    for (const side of ['A', 'R'] as const) expect(pair.tunnels(side).map(({ sessions }) => sessions.size)).toEqual([20, 20])
    // RFC 3931 4.1: a Session ID names a session of the LCCE, not of a connection.
    const ids = pair.tunnels('A').flatMap(({ sessions }) => [...sessions.keys()])
    expect(new Set(ids).size).toBe(40)
    const [first, second] = pair.tunnels('A').map(({ channel }) => channel.nextNs)
    expect(first).toBe(second)
    pair.command('A', { name: 'close-tunnel', tunnel: pair.tunnels('A')[0]?.localTunnelId ?? 0 })
    pair.pass(SECOND)
    expect(pair.sessions('R')).toHaveLength(20)
  })

  test('R3931-3.4-01 a call waits for its connection', () => {
    const pair = new Pair(plain, plain)
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
    const tunnel = [...pair.core('A').tunnels()][0]?.localTunnelId ?? 0
    pair.command('A', { name: 'place-call', tunnel, call: 'incoming', sequenced: false })
    pair.pass(SECOND)
    const types = pair.said.map(({ type }) => type)
    expect(types.indexOf('ICRQ')).toBeGreaterThan(types.indexOf('SCCCN'))
    expect(pair.sessions('A')[0]).toMatch(/ established /)
  })

  test.each(['A', 'R'] as const)('R3931-3.4.3-01 %s ends a session by CDN, whoever asked for it', (side) => {
    const pair = new Pair(plain, plain)
    pair.open()
    for (const from of ['A', 'R'] as const) pair.call(from)
    const [tunnel] = pair.tunnels(side)
    for (const session of tunnel?.sessions.keys() ?? []) pair.command(side, { name: 'hang-up', tunnel: tunnel?.localTunnelId ?? 0, session })
    pair.pass(SECOND)
    expect([pair.sessions('A'), pair.sessions('R')]).toEqual([[], []])
    expect(pair.said.filter(({ type }) => type === 'CDN').map(({ from }) => from)).toEqual([side, side])
    expect(callEnds(pair, side === 'A' ? 'R' : 'A').map((end) => end.split(' ')[1])).toEqual(['cdn-received', 'cdn-received'])
    expect(pair.tunnels('A')).toHaveLength(1)
  })

  test('R3931-3.3.2-03 R3931-7.1-07 a StopCCN ends all sessions without a CDN', () => {
    const pair = two()
    for (let i = 0; i < 3; i++) pair.call('A')
    const begun = pair.now
    pair.command('R', { name: 'close-tunnel', tunnel: pair.tunnels('R')[0]?.localTunnelId ?? 0 })
    pair.pass(SECOND)
    expect(pair.said.filter(({ at }) => at >= begun).map(({ from, type }) => `${from} ${type}`)).toEqual(['R StopCCN', 'A ACK'])
    expect(callEnds(pair, 'A').map((end) => end.split(' ')[1])).toEqual(Array(3).fill('tunnel-closed'))
  })

  test('R3931-7.2-01 who wins a tie is the originator, whoever was first', () => {
    for (let chance = 0; chance < 400; chance += 100) {
      const pair = new Pair({ ...plain, tieBreaker: true }, { ...plain, tieBreaker: true }, chance)
      for (const [from, to] of [['A', 'R'], ['R', 'A']] as const) {
        pair.command(from, { name: 'open-tunnel', local: pair.addresses[from], peer: pair.addresses[to] })
      }
      pair.pass(5 * SECOND)
      const originator = pair.tunnels('A')[0]?.initiator === true ? 'A' : 'R'
      expect(pair.tunnels('R').map(({ initiator }) => initiator)).toEqual([originator === 'R'])
      expect(pair.said.filter(({ type }) => type === 'SCCRP').map(({ from }) => from)).toEqual([originator === 'A' ? 'R' : 'A'])
    }
  })
})

describe('what cannot be', () => {
  test.each([
    ['R3931-7.1-02 an unknown mandatory Message Type', control3(messageType(99))],
    ['R3931-7.1-02 a message about a call before the connection is established', proper3.ICRQ],
  ] as const)('R3931-7.1-01 %s is logged and clears the control connection', (_, message) => {
    const peer = new ScriptedPeer({}, 3)
    peer.say(proper3.SCCRQ)
    peer.say(message)
    expect(peer.types()).toEqual(['SCCRP', 'StopCCN'])
    expect(peer.notices('log')).toHaveLength(1)
    expect([...peer.core.tunnels()].filter(({ closing }) => !closing)).toEqual([])
  })

  test('R3931-AMB-05 an SCCRQ is known by who sends it and the ID in it: the same is a duplicate, another a new connection', () => {
    const peer = new ScriptedPeer({}, 3)
    peer.connected()
    const { ns } = peer
    peer.say(proper3.SCCRQ, { ns: 0 })
    expect(peer.notices('handled').at(-1)?.verdict).toBe('duplicate')
    peer.say({ ...proper3.SCCRQ, assignedTunnelId: PEER_TUNNEL_3 + 1 }, { ns: 0, nr: 0 })
    expect([...peer.core.tunnels()].map(({ state }) => state)).toEqual(['established', 'wait-ctl-conn'])
    expect(ns).toBe(peer.ns)
  })

  test('R3931-3-01 what is lost of the control channel comes again', () => {
    const pair = new Pair(plain, plain)
    let count = 0
    pair.fate = () => (count++ % 3 === 1 ? 'drop' : 'deliver')
    pair.open()
    pair.pass(20 * SECOND)
    pair.call()
    pair.pass(20 * SECOND)
    expect(pair.sessions('R')[0]).toMatch(/ established /)
    expect(verdicts(pair, 'R').filter((verdict) => verdict.endsWith('bad-nr'))).toEqual([])
    expect(logs(pair, 'A')).toEqual([])
  })
})
