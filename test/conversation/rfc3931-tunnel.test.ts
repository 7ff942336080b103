// L2TPv3 between two real cores (RFC 3931): control connection and calls, 32-bit identifiers, ACK messages, digests with nonces and
// hidden AVPs, and the recovery of RFC 4951 with its change of nonces. Cookies and ties follow from what the messages say.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND } from '../../sim/base/time.ts'
import { noticesOf, tunnelEnds, verdicts } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { Pair, testRng, type Settings } from '../support/pair.ts'

/** Identifiers beyond 16 bits. */
const version3: Settings = { version: 3, sessionIds: 'random' }
const secured: Settings = { ...version3, secret: 'between friends' }

function established(settings: Settings): Pair {
  const pair = new Pair(settings, settings)
  pair.open()
  pair.call()
  return pair
}

/** R fails and comes back at once with all that it knew. */
function recovered(pair: Pair, settings: Settings = {}): void {
  const mirror = pair.mirror('R')
  pair.crash('R')
  pair.restore('R', mirror, settings)
  pair.pass(5 * SECOND)
}

describe('a control connection and a call', () => {
  test('R3931-3.3.1-01 R3931-3.4.1-01 R3931-4.2-04 R3931-6.15-01 R3931-5.4.3-15 R3931-5.4.4-05 are set up, with ACK messages', () => {
    const pair = established(version3)
    expect(transcriptOf(pair)).toEqual([
      'A>R SCCRQ [0 0/0] {61=x,76(CD,60s)}',
      'R>A SCCRP [x 0/1] {61=y,76(CD,60s)}',
      'A>R SCCCN [y 1/1]',
      'R>A ACK [x 1/2]',
      'A>R ICRQ [y 2/1] {63=a,64=0}',
      'R>A ICRP [x 1/3] {63=b,64=a}',
      'A>R ICCN [y 3/2] {63=a,64=b}',
      'R>A ACK [x 2/4]',
    ])
    const [tunnel] = pair.tunnels('A')
    expect([tunnel?.version, tunnel?.state]).toEqual([3, 'established'])
    expect(tunnel?.localTunnelId).toBeGreaterThan(0xffff)
    expect([...(tunnel?.sessions.keys() ?? [])][0]).toBeGreaterThan(0xffff)
  })

  test('R3931-3.3.2-01 R3931-6.4-03 one StopCCN ends it', () => {
    const pair = established(version3)
    const begun = pair.now
    pair.command('A', { name: 'close-tunnel', tunnel: pair.tunnels('A')[0]?.localTunnelId ?? 0 })
    pair.pass(2 * MINUTE)
    expect(transcriptOf(pair, { from: begun })).toEqual(['A>R StopCCN [y 4/2] {61=x,1=1}', 'R>A ACK [x 2/5]'])
    expect([...pair.core('A').tunnels(), ...pair.core('R').tunnels()]).toEqual([])
  })

  test('R3931-4.2-15 R3931-4.2-12 R3931-AMB-06 a silent peer is given up after ten retransmissions, at 71 s', () => {
    const pair = new Pair(version3, version3)
    pair.fate = () => 'drop'
    pair.open()
    pair.pass(2 * MINUTE)
    expect(pair.said.map(({ at }) => at / SECOND)).toEqual([0, 1, 3, 7, 15, 23, 31, 39, 47, 55, 63])
    expect(tunnelEnds(pair, 'A')).toEqual(['71s retransmission-limit'])
  })

  test('R3931-4.7.2-01 a node that speaks only the other version does not answer', () => {
    const pair = new Pair(version3, { version: 2 })
    pair.open()
    expect(new Set(verdicts(pair, 'R'))).toEqual(new Set(['malformed']))
  })

  test('R3931-4.7.2-01 a node that speaks both has tunnels of both', () => {
    const pair = new Pair({ version: 'both' }, { version: 'both' })
    for (const version of [2, 3] as const) {
      pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R, version })
      pair.pass(SECOND)
    }
    expect(pair.tunnels('R').map((tunnel) => [tunnel.version, tunnel.state])).toEqual([[2, 'established'], [3, 'established']])
  })
})

const dialogue = (digest: string): string[] => {
  const [alone, before] = digest === '' ? ['', ''] : [' {59}', '59,']
  const nonce = digest === '' ? '' : '59,73,'
  return [
    `R>A SCCRQ [0 0/0] {${nonce}5,61=w,77(y,x)}`,
    `A>R SCCRP [w 0/1] {${nonce}61=z,78(p,q)}`,
    `R>A SCCCN [z 1/1]${alone}`,
    `A>R ACK [w 1/2]${alone}`,
    `R>A StopCCN [z 2/1] {${before}61=w,1=1}`,
    `R>A FSQ [x p/q] {${before}79(b,a)}`,
    `A>R ACK [w 1/3]${alone}`,
    `A>R FSR [y q/p+1] {${before}79(a,b)}`,
    `R>A ACK [x p+1/q+1]${alone}`,
    `A>R FSQ [y q+1/p+1] {${before}79(a,b)}`,
    `R>A FSR [x p+1/q+2] {${before}79(b,a)}`,
    `A>R ACK [y q+2/p+2]${alone}`,
  ]
}

describe('recovery', () => {
  test('R4951-3.2.1-03 R4951-3.2.1-04 R4951-3.2.1-07 R4951-5.2-02 R4951-5.4-02 a recovery tunnel of the same version, identifiers of 32 bits', () => {
    const pair = established(version3)
    const failed = pair.now
    recovered(pair)
    expect(transcriptOf(pair, { from: failed })).toEqual(dialogue(''))
    expect(pair.sessions('A')[0]).toMatch(/ established synchronised$/)
  })

  test('R4951-3.2.1-26 R4951-3.2.1-27 R4951-AMB-52 with authentication: new nonces, and the recovered tunnel goes on with them', () => {
    const pair = established(secured)
    const [old] = pair.tunnels('A')
    const [before, failed] = [old?.authentication, pair.now]
    const hello = pair.said.findLast(({ from, type }) => from === 'R' && type === 'ACK')
    recovered(pair)
    expect(transcriptOf(pair, { from: failed })).toEqual(dialogue('HMAC-MD5'))
    expect(old?.authentication).not.toBe(before)
    // What was made with the old nonces is dropped, and not acknowledged.
    const [heard, said] = [verdicts(pair, 'A').length, pair.said.length]
    if (hello !== undefined) pair.inject('A', hello.datagram.bytes, pair.addresses.R)
    pair.pass(SECOND)
    expect(verdicts(pair, 'A').slice(heard)).toEqual(['ACK bad-digest'])
    expect(pair.said).toHaveLength(said)
  })

  test('R4951-AMB-68 with another secret the request is dropped without an answer, and given up at 71 s', () => {
    const pair = established(secured)
    const failed = pair.now
    recovered(pair, { secret: 'another' })
    pair.pass(2 * MINUTE)
    expect(pair.said.filter(({ at, from, type }) => at >= failed && from === 'R' && type === 'SCCRQ')).toHaveLength(11)
    expect(pair.said.filter(({ at, from, type }) => at >= failed && from === 'A' && type !== 'HELLO')).toEqual([])
    expect(noticesOf(pair, 'R', 'recovery').at(-1)?.notice).toMatchObject({ step: 'failed' })
  })
})

describe('control message authentication', () => {
  test.each(['HMAC-MD5', 'HMAC-SHA-1'] as const)('R3931-4.3-01 R3931-5.4.1-09 R3931-5.4.1-14 R3931-5.4.1-20 %s, AVPs hidden', (digest) => {
    const settings: Settings = { ...secured, hideAvps: true }
    const pair = new Pair(settings, settings)
    for (const side of ['A', 'R'] as const) expect(pair.configs[side].v3.digest).toBe('HMAC-MD5')
    const typed: Settings = { ...settings, v3: { ...pair.configs.A.v3, digest } }
    const other = established(typed)
    expect(other.sessions('R')[0]).toMatch(/ established synchronised$/)
    expect(other.tunnels('R')[0]?.authenticated).toBe(true)
  })

  test('R3931-AMB-07 a peer that does not take part is refused with result 4', () => {
    const pair = new Pair(version3, secured)
    pair.open()
    const said = transcriptOf(pair, { bodies: true }).slice(0, 2).map((line) => line.replace(/#\d+/, 'y'))
    expect(said).toEqual(['A>R SCCRQ [0 0/0] {61=x,76(CD,60s)}', 'R>A StopCCN [x 0/1] {59,61=y,1=4}'])
  })
})

/** Both dial at once; the lower tie breaker wins. */
function crossing(settings: Settings): Pair {
  const pair = new Pair({ ...settings, tieBreaker: true }, { ...settings, tieBreaker: true })
  for (const [from, to] of [['A', 'R'], ['R', 'A']] as const) {
    pair.command(from, { name: 'open-tunnel', local: pair.addresses[from], peer: pair.addresses[to] })
  }
  pair.pass(5 * SECOND)
  return pair
}

describe('ties', () => {
  const both = [['without', version3], ['with', secured]] as const
  test.each(both)('R3931-5.4.3-02 R3931-5.4.3-03 R3931-7.2-09 R3931-7.2-11 R3931-AMB-10 of connections, %s authentication: the loser is told, and acknowledges', (_, settings) => {
    const pair = crossing(settings)
    expect([...pair.tunnels('A'), ...pair.tunnels('R')].map(({ state }) => state)).toEqual(['established', 'established'])
    const winner = pair.tunnels('A')[0]?.initiator === true ? 'A' : 'R'
    const stops = pair.said.filter(({ type }) => type === 'StopCCN')
    expect(stops.map(({ from, attempt }) => [from, attempt])).toEqual([[winner, 1]])
    expect(transcriptOf(pair).find((line) => line.includes('StopCCN'))).toMatch(/ 0\/1\] \{.*1=3\}$/)
    const side = winner === 'A' ? 'R' : 'A'
    expect(tunnelEnds(pair, side).map((end) => end.split(' ')[1])).toEqual(['tie-lost'])
  })

  test('R4951-AMB-19 R4951-AMB-52 of two recoveries: one survives, by the nonces of the winner', () => {
    const pair = established(secured)
    const mirrors = { A: pair.mirror('A'), R: pair.mirror('R') }
    for (const side of ['A', 'R'] as const) pair.crash(side)
    const failed = pair.now
    for (const side of ['A', 'R'] as const) pair.restore(side, mirrors[side])
    pair.pass(10 * SECOND)
    expect([pair.sessions('A'), pair.sessions('R')].flat().every((text) => text.endsWith('established synchronised'))).toBe(true)
    expect([pair.sessions('A').length, pair.sessions('R').length]).toEqual([1, 1])
    const stops = pair.said.filter(({ at, type, attempt }) => at >= failed && type === 'StopCCN' && attempt === 1)
    // One to the loser of the tie, one at the end of the recovery tunnel; neither of them repeated.
    expect(stops).toHaveLength(2)
    expect(pair.said.filter(({ type, attempt }) => type === 'StopCCN' && attempt > 1)).toEqual([])
  })

  test('R4951-AMB-19 a winner whose request is lost tells the loser first: no refusal, and the recovery goes on', () => {
    const pair = established(version3)
    const mirrors = { A: pair.mirror('A'), R: pair.mirror('R') }
    for (const side of ['A', 'R'] as const) pair.crash(side)
    const lost = new Set<string>()
    pair.fate = ({ from, type }) => {
      if (type !== 'SCCRQ' || lost.has(from)) return 'deliver'
      lost.add(from)
      // The winner's own request goes astray, whoever that is: the later of the two meets the first.
      return lost.size === 1 ? 'drop' : 'deliver'
    }
    for (const side of ['A', 'R'] as const) pair.restore(side, mirrors[side])
    pair.pass(20 * SECOND)
    expect([pair.sessions('A'), pair.sessions('R')].flat().map((text) => text.slice(-24))).toEqual(Array(2).fill('established synchronised'))
  })

  test('R4951-AMB-19 R4951-AMB-49 a winner that tells the loser, and is not heard of again: the loser asks anew', () => {
    let told = 0
    for (let chance = 0; chance < 8; chance++) {
      const pair = established(version3)
      const mirrors = { A: pair.mirror('A'), R: pair.mirror('R') }
      for (const side of ['A', 'R'] as const) pair.crash(side)
      pair.fate = ({ from, type }) => (from === 'R' && type === 'SCCRQ' ? 'drop' : 'deliver')
      pair.restore('A', mirrors.A, {}, testRng(chance))
      pair.restore('R', mirrors.R, {}, testRng(chance + 100))
      const returned = pair.now
      pair.pass(15 * MILLISECOND)
      // Else A has won.
      if (!pair.said.some(({ at, from, type }) => at >= returned && from === 'R' && type === 'StopCCN')) continue
      told += 1
      pair.pass(5 * MILLISECOND)
      pair.crash('R')
      pair.pass(5 * SECOND)
      const requests = pair.said.filter(({ at, from, type, attempt }) => at >= returned && from === 'A' && type === 'SCCRQ' && attempt === 1)
      expect(requests).toHaveLength(2)
    }
    expect(told).toBeGreaterThan(0)
  })

  const circuit = { call: 'incoming', sequenced: false, remoteEndId: 'circuit 1' } as const

  /** Both ask for a session of the same circuit at once. */
  function crossingCalls(sessionTieBreaker: boolean): Pair {
    const { v3 } = new Pair().configs.A
    const settings: Settings = { ...version3, v3: { ...v3, sessionTieBreaker } }
    const pair = new Pair(settings, settings)
    pair.open()
    for (const side of ['A', 'R'] as const) {
      pair.command(side, { name: 'place-call', tunnel: pair.tunnels(side)[0]?.localTunnelId ?? 0, ...circuit })
    }
    pair.pass(5 * SECOND)
    return pair
  }

  test('R3931-5.4.4-09 R3931-5.4.4-12 R3931-7.3.1-07 R3931-7.3.1-08 of calls: one session comes of it, the other request is answered by CDN 13', () => {
    const pair = crossingCalls(true)
    expect([pair.sessions('A'), pair.sessions('R')].flat().map((text) => text.split(' ')[1])).toEqual(['established', 'established'])
    expect(transcriptOf(pair, { bodies: true }).filter((line) => line.includes('CDN'))).toEqual([expect.stringMatching(/1=13/)])
  })

  test('R3931-5.4.4-14 without tie breakers both calls end', () => {
    const pair = crossingCalls(false)
    expect([pair.sessions('A'), pair.sessions('R')].flat()).toEqual([])
  })
})
