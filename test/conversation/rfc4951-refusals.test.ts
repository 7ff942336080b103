// Recoveries that are refused, and those that must not be (RFC 4951 3.2.1): IDs, capabilities, identity, hidden and
// unknown AVPs, messages that do not belong. R refuses by StopCCN and keeps the old tunnel; A takes every refusal as the end and clears silently.

import { describe, expect, test } from 'vitest'
import { MINUTE, SECOND, type Nanos } from '../../sim/base/time.ts'
import type { ControlMessage } from '../../sim/l2tp/wire/messages.ts'
import {
  bothEnds,
  established,
  failAndReturn,
  HANDMADE,
  message,
  numbers,
  recoveryRequest,
  recoveryTunnels,
  sessionPairs,
  steps,
  told,
  tunnelOf,
} from '../support/failover-scenes.ts'
import { answers, expectRefusal, expectUntouched } from '../support/failover-refusals.ts'
import { avp, concat, control, messageType } from '../support/octets.ts'
import type { Pair } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

type Sccrq = Extract<ControlMessage, { readonly type: 'SCCRQ' }>

describe('R refuses a recovery SCCRQ', () => {
  const ids =
    (change: (x: number, y: number) => readonly [number, number]) =>
    (pair: Pair): Partial<Sccrq> => {
      const { localTunnelId: y, peerTunnelId: x } = tunnelOf(pair, 'R')
      const [recoverTunnelId, recoverRemoteTunnelId] = change(x, y)
      return { tunnelRecovery: { recoverTunnelId, recoverRemoteTunnelId } }
    }

  test.each([
    ['R4951-3.2.1-19 an unknown Recover Tunnel ID', '2/1', ids((x, y) => [x + 1, y])],
    ['R4951-3.2.1-19 an unknown Recover Remote Tunnel ID', '2/1', ids((x, y) => [x, (y + 1) & 0xffff])],
    ['R4951-3.2.1-19 both unknown', '2/1', ids((x, y) => [x + 1, (y + 1) & 0xffff])],
    ['R4951-3.2.1-19 both zero', '2/1', ids(() => [0, 0])],
    ['R4951-5.2-06 R4951-5.2-07 R4951-AMB-13 the two exchanged', '2/1', ids((x, y) => [y, x])],
    ['S93 R4951-AMB-71 another Host Name', '4', () => ({ hostName: 'somebody' })],
    ['R2661-4.4.3-01 another protocol version', '5/1', () => ({ protocolVersion: { version: 2, revision: 0 } })],
    ['R4951-3.2.1-23 a Challenge that it cannot answer', '4', () => ({ challenge: new Uint8Array(16) })],
  ])('%s: %s', (_, codes, overrides: (pair: Pair) => Partial<Sccrq>) => {
    const pair = established()
    const before = numbers(tunnelOf(pair, 'R'))
    expectRefusal(answers(pair, recoveryRequest(pair, overrides(pair))), codes)
    expectUntouched(pair, before)
    expect(steps(pair, 'R')).toEqual(['remote refused'])
  })

  test('R4951-AMB-14: two IDs of different tunnels are no pair', () => {
    const pair = established()
    pair.open('A')
    const [first, second] = pair.tunnels('R')
    const tunnelRecovery = { recoverTunnelId: first?.peerTunnelId ?? 0, recoverRemoteTunnelId: second?.localTunnelId ?? 0 }
    const request = recoveryRequest(established(), { tunnelRecovery })
    expectRefusal(answers(pair, request), '2/1')
  })

  test('S62 R4951-1-01 R4951-AMB-47: an old tunnel that R has not yet seen established', () => {
    const pair = established({ calls: 0 })
    const { local, peer } = tunnelOf(pair, 'A')
    pair.fate = ({ type }) => (type === 'SCCCN' ? 'drop' : 'deliver')
    pair.command('A', { name: 'open-tunnel', local, peer })
    pair.runUntilSent('A', 'SCCCN')
    const mirror = pair.mirror('A')
    expect(mirror.tunnels).toHaveLength(2)
    pair.crash('A')
    pair.fate = () => 'deliver'
    pair.restore('A', { tunnels: mirror.tunnels.slice(1) })
    const returned = pair.now
    pair.pass(SECOND / 2)
    expect(transcriptOf(pair, { from: returned, bodies: true }).filter((line) => !line.endsWith('!lost'))).toEqual([
      'A>R SCCRQ [0 0/0] {5,9=z,77(x2,y2)}',
      expect.stringMatching(/^R>A StopCCN \[z 0\/1\] \{9=#\d+,1=2\/1\}$/),
    ])
    expect([...pair.core('A').tunnels()].filter(({ purpose }) => purpose === 'ordinary')).toEqual([])
    pair.pass(2 * MINUTE)
    expect(told(pair, 'R', 'tunnel', returned).map(({ event, why }) => [event, why])).toContainEqual([
      'closed',
      'retransmission-limit',
    ])
  })

  test('S63 R4951-AMB-48: an old tunnel that R is just closing', () => {
    const pair = established()
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.command('R', { name: 'close-tunnel', tunnel: tunnelOf(pair, 'R').localTunnelId })
    pair.pass(2 * SECOND)
    pair.restore('A', mirror)
    const returned = pair.now
    pair.pass(MINUTE)
    expect(transcriptOf(pair, { from: returned, bodies: true }).slice(0, 2)).toEqual([
      'A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
      expect.stringMatching(/^R>A StopCCN \[z 0\/1\] \{9=#\d+,1=2\/1\}$/),
    ])
    expect([...pair.core('A').tunnels(), ...pair.core('R').tunnels()]).toEqual([])
  })
})

describe('capabilities', () => {
  const capability = {
    none: { enabled: false },
    C0D1: { controlChannel: false },
    C1D0: { dataChannel: false },
    C1D1: {},
  } as const
  const names = ['none', 'C0D1', 'C1D0', 'C1D1'] as const

  test.each(names.flatMap((a) => names.map((r) => [a, r] as const)))(
    'S50 S51 R4951-3.2.1-20 R4951-5.1-04 R4951-5.1-05 R4951-AMB-30: A %s, R %s',
    (a, r) => {
      const able = a.startsWith('C1') && r.startsWith('C1')
      const scene = { a: { failover: capability[a] }, r: { failover: capability[r] } }
      const pair = established(scene)
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      expect(pair.said.filter(({ at, type }) => at >= returned && type === 'SCCRQ')).toHaveLength(able ? 1 : 0)
      expect(steps(pair, 'A', returned).at(-1)).toBe(able ? 'recovery synchronised' : 'recovery failed')

      const forced = established(scene)
      const again = failAndReturn(forced, { settings: { failover: { force: true } } })
      forced.pass(10 * SECOND)
      const answer = transcriptOf(forced, { from: again, bodies: true })[1]
      expect(answer).toMatch(able ? /SCCRP/ : /^R>A StopCCN \[z 0\/1\] \{9=#\d+,1=4\}$/)
      expect([...forced.core('A').tunnels()].filter(({ purpose, closing }) => purpose === 'ordinary' && !closing)).toHaveLength(
        able ? 1 : 0,
      )
      expect(forced.tunnels('R').filter(({ purpose }) => purpose === 'ordinary')).toHaveLength(1)
    },
  )

  test('S50 R4951-AMB-30: what R cannot recover it clears without extra time', () => {
    const pair = established({ a: { failover: { enabled: false } }, r: { helloInterval: 10 * SECOND } })
    pair.crash('A')
    const hello = pair.runUntilSent('R', 'HELLO')
    pair.pass(5 * MINUTE)
    const closed = pair.told.find(({ side, notice }) => side === 'R' && notice.kind === 'tunnel' && notice.event === 'closed')
    expect(closed?.at).toBe(hello.at + 31 * SECOND)
  })

  test('R4951-5.1-11: a Recovery Time beside C = 0 means nothing', () => {
    const pair = established({ a: { failover: { controlChannel: false, recoveryTime: 100 * SECOND } } })
    expect(tunnelOf(pair, 'R').peerCapability).toEqual({ control: false, data: true, recoveryTime: 0 })
  })

  test('S52 R4951-5.1-10 R4951-AMB-31: a flag word of 0 counts as no AVP at all, and the tunnel comes up', () => {
    const pair = established({ calls: 0 })
    const { local, peer } = tunnelOf(pair, 'A')
    pair.fate = ({ from, type, datagram }) => {
      const at = datagram.bytes.findIndex(
        (octet, i) => type === 'SCCRP' && octet === 76 && datagram.bytes[i - 1] === 0 && datagram.bytes[i - 4] === 12,
      )
      if (from === 'R' && at > 0) datagram.bytes[at + 2] = 0
      return 'deliver'
    }
    pair.command('A', { name: 'open-tunnel', local, peer })
    pair.pass(SECOND)
    const [, second] = pair.tunnels('A')
    expect(second).toMatchObject({ state: 'established', peerCapability: { control: false, data: false, recoveryTime: 0 } })
    expect(told(pair, 'A', 'log').map(({ what }) => what)).toEqual(['malformed-ignored'])
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    expect(steps(pair, 'A', returned).filter((step) => step.endsWith('not-attempted'))).toHaveLength(1)
    expect(pair.tunnels('A')).toHaveLength(1)
  })

  test('S64 R4951-5.2-05 R4951-5.1-03: a peer that knows nothing of RFC 4951 names the AVP it does not know; A clears silently', () => {
    const pair = established()
    const { peerTunnelId: y } = tunnelOf(pair, 'A')
    pair.fate = ({ from }) => (from === 'R' ? 'drop' : 'deliver')
    const returned = failAndReturn(pair)
    const z = recoveryTunnels(pair, 'A')[0]?.localTunnelId ?? 0
    const unknown: ControlMessage = { type: 'StopCCN', assignedTunnelId: 9, resultCode: { result: 2, error: 8, message: '77' } }
    pair.inject('A', message(unknown, { tunnelId: z, ns: 0, nr: 1 }), pair.addresses.R)
    pair.pass(SECOND)
    expect(transcriptOf(pair, { from: returned }).filter((line) => line.startsWith('A>R'))).toEqual([
      'A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}',
      'A>R ZLB [#9 1/1]',
    ])
    expect(told(pair, 'A', 'recovery', returned).at(-1)).toMatchObject({ step: 'failed', why: 'refused with result 2' })
    expect(y).not.toBe(0)
    expect(sessionPairs(pair, 'A')).toEqual([])
  })
})

describe('AVPs', () => {
  test('S65 R4951-AMB-22 R4951-AMB-32 R4951-3.2.1-06: no tie breaker, and a capability where none belongs: the recovery goes on', () => {
    const pair = established()
    const failoverCapability = { control: false, data: true, recoveryTimeMs: 1 }
    const lines = answers(pair, recoveryRequest(pair, { tieBreaker: undefined, failoverCapability }))
    expect(lines[0]).toBe('R>A SCCRP [#4711 0/1] {9=w,78(p,q)}')
    expect(tunnelOf(pair, 'R').peerCapability).toEqual({ control: true, data: true, recoveryTime: 60 * SECOND })
  })

  test('S65 R4951-AMB-02 R4951-AMB-32: an SCCRP with AVPs 76 and 77: both are ignored', () => {
    const pair = established()
    pair.fate = ({ from }) => (from === 'R' ? 'drop' : 'deliver')
    const returned = failAndReturn(pair)
    const z = recoveryTunnels(pair, 'A')[0]?.localTunnelId ?? 0
    const sccrp = concat(
      control(
        messageType(2),
        avp(2, '0100'),
        avp(7, '72'),
        avp(3, '00000003'),
        avp(9, '1267'),
        avp(76, '000200000001', { mandatory: false }),
        avp(77, '00000000000100000002'),
        avp(78, '000000030064', { mandatory: false }),
      ),
    )
    sccrp[4] = z >>> 8
    sccrp[5] = z & 0xff
    sccrp[11] = 1
    pair.inject('A', sccrp, pair.addresses.R)
    pair.pass(SECOND / 2)
    expect(told(pair, 'A', 'controlReset', returned)).toMatchObject([{ ns: 3, nr: 100 }])
    expect(transcriptOf(pair, { from: returned, bodies: true }).filter((line) => line.startsWith('A>R'))).toContain(
      'A>R SCCCN [#4711 1/1]',
    )
    expect(tunnelOf(pair, 'A').peerCapability).toEqual({ control: true, data: true, recoveryTime: 60 * SECOND })
  })

  test.each(bothEnds)(
    'S67 R4951-5.1-02 R4951-5.3-03 R4951-5.4-04 R4951-3.3-07: AVPs 76, 78 and 79 hidden (%s fails)',
    (failing) => {
      const hidden = { secret: 'shared', hideAvps: true }
      const pair = established({ failing, calls: 3, a: hidden, r: hidden })
      expect(tunnelOf(pair, 'R').peerCapability).toEqual({ control: true, data: true, recoveryTime: 60 * SECOND })
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      const [a] = told(pair, 'A', 'controlReset')
      expect(a?.ns).not.toBe(0)
      expect(told(pair, 'R', 'controlReset')).toMatchObject([{ ns: a?.nr, nr: a?.ns }])
      expect(transcriptOf(pair, { from: returned, bodies: true }).filter((line) => line.includes('FSQ'))).toEqual([
        expect.stringContaining('{79(hidden),79(hidden),79(hidden)}'),
        expect.stringContaining('{79(hidden),79(hidden),79(hidden)}'),
      ])
      expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
      expect(sessionPairs(pair, 'R')).toHaveLength(3)
    },
  )

  test('S67 R4951-5.2-04: a hidden AVP 77 is malformed: result 2, error 3', () => {
    const secret = 'shared'
    const pair = established({ a: { secret }, r: { secret } })
    const request = concat(
      control(
        messageType(1),
        avp(2, '0100'),
        avp(7, '61'),
        avp(3, '00000003'),
        avp(9, '1267'),
        avp(36, '00112233445566778899aabbccddeeff'),
        avp(77, '0011223344556677889900112233', { hidden: true }),
      ),
    )
    const before = numbers(tunnelOf(pair, 'R'))
    expectRefusal(answers(pair, request), '2/3')
    expectUntouched(pair, before)
  })

  test('R4951-3.2.1-03: a recovery SCCRQ without its mandatory AVPs is malformed', () => {
    const pair = established()
    const { localTunnelId: y, peerTunnelId: x } = tunnelOf(pair, 'R')
    const hex4 = (value: number): string => value.toString(16).padStart(4, '0')
    const tunnelRecovery = avp(77, `00000000${hex4(x)}0000${hex4(y)}`)
    const request = control(messageType(1), avp(2, '0100'), avp(3, '00000003'), avp(9, '1267'), tunnelRecovery)
    const before = numbers(tunnelOf(pair, 'R'))
    expect(answers(pair, request)[0]).toMatch(/^R>A StopCCN \[#4711 0\/1\] \{9=.*,1=2\/6\}$/)
    expectUntouched(pair, before)
  })
})

describe('messages that do not belong', () => {
  /** A recovery tunnel held half open or open at R by hand. */
  function handmade(pair: Pair, through: boolean): { readonly w: number; readonly start: Nanos } {
    pair.crash('A')
    pair.inject('R', recoveryRequest(pair), pair.addresses.A)
    pair.pass(SECOND / 2)
    const w = recoveryTunnels(pair, 'R')[0]?.localTunnelId ?? 0
    if (through) pair.inject('R', message({ type: 'SCCCN' }, { tunnelId: w, ns: 1, nr: 1 }), pair.addresses.A)
    pair.pass(SECOND / 2)
    return { w, start: pair.now }
  }

  test('R4951-AMB-45 R4951-3.2.1-07: on the recovery tunnel a call is refused, an FSQ ignored, both acknowledged', () => {
    const pair = established()
    const { w, start } = handmade(pair, true)
    const say = (body: ControlMessage, ns: number): void => {
      pair.inject('R', message(body, { tunnelId: w, ns, nr: 1 }), pair.addresses.A)
      pair.pass(SECOND / 10)
    }
    say({ type: 'ICRQ', assignedSessionId: 5, callSerialNumber: 1 }, 2)
    say(
      {
        type: 'OCRQ',
        assignedSessionId: 6,
        callSerialNumber: 1,
        minimumBps: 1,
        maximumBps: 2,
        bearerType: 1,
        framingType: 1,
        calledNumber: '5',
      },
      3,
    )
    say({ type: 'FSQ', failoverSessionStates: [{ sessionId: 1, remoteSessionId: 2 }] }, 4)
    say({ type: 'HELLO' }, 5)
    const lines = transcriptOf(pair, { from: start }).filter((line) => line.includes('#4711'))
    expect(lines.map((line) => line.replace(/14=\S+,/, ''))).toEqual([
      'R>A CDN [#4711 #5 1/3] {1=2/1} !lost',
      'R>A CDN [#4711 #6 2/4] {1=2/1} !lost',
      'R>A ZLB [#4711 3/5] !lost',
      'R>A ZLB [#4711 3/6] !lost',
    ])
    expect(recoveryTunnels(pair, 'R')).toHaveLength(1)
    expect(sessionPairs(pair, 'R')).toHaveLength(1)
  })

  test.each([
    ['before its reset', false, 1, 'remote aborted'],
    ['after it', true, 2, 'remote recovered'],
  ])('R4951-AMB-43 R4951-3.2.2-07: R gets a StopCCN on the recovery tunnel %s', (_, through, ns, step) => {
    const pair = established()
    const { w } = handmade(pair, through)
    const stop: ControlMessage = { type: 'StopCCN', assignedTunnelId: HANDMADE, resultCode: { result: 1 } }
    pair.inject('R', message(stop, { tunnelId: w, ns, nr: 1 }), pair.addresses.A)
    pair.pass(SECOND / 4)
    expect(recoveryTunnels(pair, 'R')).toEqual([])
    expect(steps(pair, 'R')).toContain(step)
    expect(tunnelOf(pair, 'R')).toMatchObject({ state: 'established', channel: { suspended: false, epoch: through ? 1 : 0 } })
    expect(sessionPairs(pair, 'R')).toHaveLength(1)
  })

  test.each([
    ['SCCRQ, result 1', 'SCCRQ', 1, 1, 'failed'],
    ['SCCRQ, result 6', 'SCCRQ', 6, 1, 'failed'],
    ['SCCCN without acknowledging it, result 1', 'SCCCN', 1, 1, 'failed'],
    ['SCCCN and acknowledges it, result 1', 'SCCCN', 1, 2, 'recovered'],
    ['SCCCN and acknowledges it, result 4', 'SCCCN', 4, 2, 'failed'],
  ] as const)('R4951-AMB-43: A gets a StopCCN on the recovery tunnel after its %s', (...[, after, result, nr, outcome]) => {
    const pair = established()
    // Let only the handshake up to there through.
    pair.fate = ({ from, type }) => (from === 'R' && (after === 'SCCRQ' || type !== 'SCCRP') ? 'drop' : 'deliver')
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.restore('A', mirror)
    if (after === 'SCCCN') pair.runUntilSent('A', 'SCCCN')
    const z = recoveryTunnels(pair, 'A')[0]?.localTunnelId ?? 0
    const stop: ControlMessage = { type: 'StopCCN', assignedTunnelId: 9, resultCode: { result } }
    pair.inject('A', message(stop, { tunnelId: z, ns: after === 'SCCRQ' ? 0 : 1, nr }), pair.addresses.R)
    pair.pass(SECOND / 4)
    expect(told(pair, 'A', 'recovery').map(({ step }) => step)).toContain(outcome)
    expect(pair.tunnels('A').filter(({ purpose }) => purpose === 'ordinary')).toHaveLength(outcome === 'recovered' ? 1 : 0)
    expect(recoveryTunnels(pair, 'A')).toEqual([])
    // Nothing was said on the old tunnel to end it.
    expect(pair.said.filter(({ type }) => type === 'CDN')).toEqual([])
  })
})
