// Calls that are placed or hung up while a tunnel is being recovered, at either side (RFC 4951 3.2.2): nothing of them is said
// before step I, nothing is lost, and both sides agree in the end.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND, type Nanos } from '../../sim/base/time.ts'
import { bothEnds, established, sessionPairs, told, tunnelOf, type Failing } from '../support/failover-scenes.ts'
import type { Pair, Side } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

const place = (pair: Pair, side: Side, call: 'incoming' | 'outgoing' = 'incoming'): void => {
  pair.command(side, { name: 'place-call', tunnel: tunnelOf(pair, side).localTunnelId, call, sequenced: false })
}

const hangUp = (pair: Pair, side: Side, index = 0): void => {
  const session = [...tunnelOf(pair, side).sessions.keys()][index] ?? 0
  pair.command(side, { name: 'hang-up', tunnel: tunnelOf(pair, side).localTunnelId, session })
}

/** A returns; the wire delays its SCCCN, so that there is time to act between SCCRP and SCCCN. */
function returning(failing: Failing, calls = 1): { readonly pair: Pair; readonly returned: Nanos } {
  const pair = established({ failing, calls })
  const mirror = pair.mirror('A')
  pair.crash('A')
  pair.pass(2 * SECOND)
  pair.fate = ({ type, attempt }) => (type === 'SCCCN' && attempt === 1 ? 100 * MILLISECOND : 'deliver')
  pair.restore('A', mirror)
  return { pair, returned: pair.now }
}

const said = (pair: Pair, from: Nanos): readonly string[] =>
  transcriptOf(pair, { from, since: from, bodies: true }).filter((line) => !/StopCCN/.test(line))

function expectAgreement(pair: Pair, sessions: number): void {
  expect(sessionPairs(pair, 'A')).toHaveLength(sessions)
  expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
}

describe.each(bothEnds)('at R, between SCCRP and SCCCN (%s fails)', (failing) => {
  test('S29 R4951-3.2.2-01 R4951-3.2.2-08 R4951-AMB-75: a new call waits for the reset', () => {
    const { pair, returned } = returning(failing)
    pair.runUntilSent('R', 'SCCRP')
    place(pair, 'R')
    pair.pass(20 * SECOND)
    expect(said(pair, returned).slice(0, 4)).toEqual([
      '0s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
      '10ms R>A SCCRP [z 0/1] {9=w,78(p,q)}',
      '20ms A>R SCCCN [w 1/1]',
      '130ms R>A ICRQ [x q/p] {14=b2}',
    ])
    expect(
      said(pair, returned)
        .filter((line) => /IC/.test(line))
        .map((line) => line.replace(/^\S+ (\S+ \S+) .*/, '$1')),
    ).toEqual(['R>A ICRQ', 'A>R ICRP', 'R>A ICCN'])
    expectAgreement(pair, 2)
  })

  test('R4951-AMB-75: a call hung up is told once, with a number from after the reset', () => {
    const { pair, returned } = returning(failing, 2)
    pair.runUntilSent('R', 'SCCRP')
    hangUp(pair, 'R')
    pair.pass(20 * SECOND)
    expect(said(pair, returned).filter((line) => line.includes('CDN'))).toEqual(['130ms R>A CDN [x a q/p] {14=b,1=3}'])
    expectAgreement(pair, 1)
  })

  test('R4951-AMB-75: a call placed and hung up again in between is never heard of', () => {
    const { pair, returned } = returning(failing)
    pair.runUntilSent('R', 'SCCRP')
    place(pair, 'R')
    hangUp(pair, 'R', 1)
    pair.pass(20 * SECOND)
    expect(said(pair, returned).filter((line) => /ICRQ|CDN/.test(line))).toEqual([])
    expectAgreement(pair, 1)
  })

  test('R4951-3.2.2-02 R4951-AMB-75: what was queued before is flushed, what was queued since is kept', () => {
    const pair = established({ failing, calls: 3, r: { receiveWindow: 4 } })
    const mirror = pair.mirror('A')
    pair.crash('A')
    // Three CDNs: one on the wire, two behind it.
    for (let i = 0; i < 3; i++) hangUp(pair, 'R')
    pair.pass(500 * MILLISECOND)
    pair.restore('A', mirror)
    const returned = pair.now
    pair.runUntilSent('R', 'SCCRP')
    place(pair, 'R')
    pair.pass(20 * SECOND)
    expect(told(pair, 'R', 'controlReset')).toMatchObject([{ flushed: 3 }])
    expect(said(pair, returned).filter((line) => /CDN/.test(line) && !line.includes('!'))).toEqual([])
    expect(said(pair, returned).filter((line) => /ICRQ/.test(line))).toEqual([
      expect.stringContaining('R>A ICRQ [x q/p] {14=b4}'),
    ])
    expectAgreement(pair, 1)
  })
})

describe.each(bothEnds)('at A (%s fails)', (failing) => {
  test('R4951-3.2.2-08: calls placed before the SCCRP wait until R has reset too', () => {
    const { pair, returned } = returning(failing)
    place(pair, 'A')
    place(pair, 'A', 'outgoing')
    pair.pass(20 * SECOND)
    const requests = said(pair, returned).filter((line) => /A>R (ICRQ|OCRQ)/.test(line))
    expect(requests).toEqual(
      ['140ms A>R ICRQ [y p/q] {14=a2}', '160ms A>R OCRQ [y p+1/q+1] {14=a3}'].map(
        (line) => expect.stringContaining(line.split(' {')[0] ?? '') as string,
      ),
    )
    expectAgreement(pair, 3)
  })

  test('R4951-3.2.2-08: a call hung up before the SCCRP is told after the reset', () => {
    const { pair, returned } = returning(failing, 2)
    hangUp(pair, 'A')
    pair.pass(20 * SECOND)
    const notices = said(pair, returned).filter((line) => line.includes('CDN'))
    expect(notices[0]).toBe('20ms A>R CDN [y b p/q] {14=a,1=3}')
    // It overtakes the delayed SCCCN and is discarded (R4951-AMB-36), and comes again.
    expect(notices.slice(1)).toEqual(['1.02s A>R CDN [y b p/q] {14=a,1=3} !again'])
    expectAgreement(pair, 1)
  })

  test('R4951-3.2.2-08: a call still waiting when the recovery fails ends with the tunnel', () => {
    const { pair } = returning(failing)
    pair.fate = () => 'drop'
    place(pair, 'A')
    pair.pass(2 * MINUTE)
    expect(
      told(pair, 'A', 'session')
        .slice(-2)
        .map(({ event, why }) => [event, why]),
    ).toEqual([
      ['closed', 'tunnel-closed'],
      ['closed', 'tunnel-closed'],
    ])
    expect([...pair.core('A').tunnels()]).toEqual([])
  })

  test('R4951-3.2.1-28: the tunnel closed by order before the SCCRP is cleared silently, and the recovery tunnel ends', () => {
    const { pair, returned } = returning(failing)
    pair.command('A', { name: 'close-tunnel', tunnel: tunnelOf(pair, 'A').localTunnelId })
    pair.pass(5 * MINUTE)
    const lines = transcriptOf(pair, { from: returned, bodies: true }).filter((line) => line.startsWith('A>R'))
    expect(lines.filter((line) => line.includes('[y '))).toEqual([])
    expect(lines).toContainEqual(expect.stringMatching(/^A>R StopCCN \[w 1\/1\] \{9=z,1=1\}/))
    expect([...pair.core('A').tunnels(), ...pair.core('R').tunnels()]).toEqual([])
  })
})

describe('an outgoing call answered in between', () => {
  test('R4951-3.3-04 R4951-AMB-75: the LAC takes it for established; the LNS, which cleared it, has it cleared', () => {
    const pair = established({ failing: 'LNS', calls: 0, r: { answerDelay: 3 * SECOND } })
    place(pair, 'A', 'outgoing')
    pair.runUntilSent('R', 'OCRP')
    const asked = pair.now
    pair.pass(SECOND)
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.run(asked + 2990 * MILLISECOND)
    pair.fate = ({ type, attempt }) => (type === 'SCCCN' && attempt === 1 ? 100 * MILLISECOND : 'deliver')
    pair.restore('A', mirror)
    const returned = pair.now
    pair.pass(20 * SECOND)
    expect(
      said(pair, returned)
        .slice(3)
        .map((line) => line.replace(/^\S+ /, '')),
    ).toEqual(['R>A OCCN [x a q/p]', 'R>A FSQ [x q+1/p] {79(b,a)}', 'A>R FSR [y p/q+2] {79(0,b)}'])
    expectAgreement(pair, 0)
  })
})
