// The data plane by itself: forwarding, sequence numbers on and off as RFC 2661 5.4 has it, loss counted, and the reset by n
// messages in sequence of RFC 4951 3.2.3. Two planes face each other; the test carries the datagrams.

import { describe, expect, test } from 'vitest'
import { address, type Datagram } from '../../../sim/base/datagram.ts'
import { NEVER } from '../../../sim/base/time.ts'
import { DataPlane, SMALLEST_PAYLOAD, type DataOutcome, type ForwardedSession } from '../../../sim/l2tp/data-plane.ts'
import { decodeDataHeader, encodeDataMessage } from '../../../sim/l2tp/wire/header.ts'
import { concat, uint16 } from '../../support/octets.ts'

const LAC = address('10.0.0.1', 1701)
const LNS = address('10.0.0.2', 1701)

/** A plane at one end of tunnel 1/2 (LAC's ID, LNS's ID) with session 11/22. */
function planeOf(end: 'lac' | 'lns', { sequenced = false, threshold = 4 } = {}): DataPlane {
  const plane = new DataPlane(threshold)
  const lac = end === 'lac'
  const [local, peer] = lac ? [LAC, LNS] : [LNS, LAC]
  plane.routeTunnel({ localTunnelId: lac ? 1 : 2, peerTunnelId: lac ? 2 : 1, local, peer })
  plane.addSession(lac ? 1 : 2, { localSessionId: lac ? 11 : 22, peerSessionId: lac ? 22 : 11, sequenced, side: lac ? 'incoming-lac' : 'incoming-lns' })
  return plane
}

const fromLac = (plane: DataPlane, octets = SMALLEST_PAYLOAD): Datagram => sent(plane.send(1, 11, octets))
const fromLns = (plane: DataPlane, octets = SMALLEST_PAYLOAD): Datagram => sent(plane.send(2, 22, octets))
function sent(datagram: Datagram | undefined): Datagram {
  if (datagram === undefined) throw new Error('nothing was sent')
  return datagram
}

const receive = (plane: DataPlane, datagram: Datagram, now = 0): DataOutcome => ({ ...plane.receive(datagram, now) })

/** Ns on the wire; -1 without. */
function numberOf(datagram: Datagram): number {
  const header = decodeDataHeader(datagram.bytes, datagram.padding)
  if (typeof header === 'string') throw new Error(header)
  return header.ns
}

/** A sequenced message to the LNS with any number. */
function numbered(ns: number): Datagram {
  const bytes = encodeDataMessage(2, 22, ns, new Uint8Array(SMALLEST_PAYLOAD))
  return { from: LAC, to: LNS, bytes, padding: 0 }
}

/** What the LNS makes of messages with these numbers, in this order. */
const verdicts = (lns: DataPlane, numbers: readonly number[]): string[] => numbers.map((ns) => receive(lns, numbered(ns)).verdict)

describe('forwarding', () => {
  test('R2661-5.3-01 R2661-3.1-12 R2661-3.1-13 messages carry the IDs of the receiver and reach its session', () => {
    const outcome = receive(planeOf('lns'), fromLac(planeOf('lac')), 5)
    expect(outcome).toMatchObject({ verdict: 'accepted', tunnel: 2, session: 22, ns: -1, skipped: 0, stamp: 1 })
  })

  test('R2661-5.3-01 equal Session IDs in two tunnels are two sessions', () => {
    const lns = planeOf('lns')
    lns.routeTunnel({ localTunnelId: 3, peerTunnelId: 9, local: LNS, peer: LAC })
    lns.addSession(3, { localSessionId: 22, peerSessionId: 90, sequenced: false, side: 'incoming-lns' })
    const other = encodeDataMessage(3, 22, -1, new Uint8Array(SMALLEST_PAYLOAD))
    expect(receive(lns, { from: LAC, to: LNS, bytes: other, padding: 0 }, 7)).toMatchObject({ verdict: 'accepted', tunnel: 3 })
    expect([lns.lastData(3, 22), lns.lastData(2, 22)]).toEqual([7, 0])
  })

  test('payloads count in full, and the filler is not stored', () => {
    const datagram = fromLac(planeOf('lac'), 1400)
    expect([datagram.bytes.length, datagram.padding]).toEqual([6 + SMALLEST_PAYLOAD, 1400 - SMALLEST_PAYLOAD])
    expect(receive(planeOf('lns'), datagram).verdict).toBe('accepted')
    expect(fromLac(planeOf('lac'), 0).padding).toBe(0)
  })

  test('the running count tells loss and order without sequence numbers', () => {
    const lac = planeOf('lac')
    const lns = planeOf('lns')
    const datagrams = [1, 2, 3].map(() => fromLac(lac))
    expect(datagrams.map((datagram) => receive(lns, datagram).stamp)).toEqual([1, 2, 3])
  })

  test('what is not known, or comes from elsewhere, is not taken', () => {
    const lns = planeOf('lns')
    const datagram = fromLac(planeOf('lac'))
    expect(receive(new DataPlane(4), datagram).verdict).toBe('unknown-session')
    expect(receive(lns, { ...datagram, from: address('10.0.0.66', 1701) }).verdict).toBe('unknown-session')
    lns.dropSession(2, 22)
    expect(receive(lns, datagram).verdict).toBe('unknown-session')
    expect(lns.lastData(2, 0)).toBe(0)
  })

  test.each([
    ['empty', []],
    ['version 3', [0x00, 0x03, 0, 1, 0, 1, 0, 0]],
    ['control', [0xc8, 0x02, 0, 12, 0, 1, 0, 1, 0, 0, 0, 0]],
    ['cut off', [0x40, 0x02, 0, 40, 0, 1]],
    ['Length beyond the datagram', [0x40, 0x02, 0, 40, 0, 1, 0, 1]],
  ])('R2661-3.1-10 malformed: %s', (_, octets) => {
    expect(receive(planeOf('lns'), { from: LAC, to: LNS, bytes: Uint8Array.from(octets), padding: 0 }).verdict).toBe('malformed')
  })

  test('R2661-3.1-17 padding by Offset Size does not hide the payload', () => {
    const datagram = fromLac(planeOf('lac'))
    const payload = datagram.bytes.subarray(6)
    const bytes = concat(uint16(0x0202), uint16(2), uint16(22), uint16(6), new Uint8Array(6).fill(0xee), payload)
    expect(receive(planeOf('lns'), { ...datagram, bytes })).toMatchObject({ verdict: 'accepted', stamp: 1 })
  })

  test('tables: entering twice keeps the numbers, another peer starts anew, and a lost plane knows nothing', () => {
    const lac = planeOf('lac', { sequenced: true })
    const session: ForwardedSession = { localSessionId: 11, peerSessionId: 22, sequenced: true, side: 'incoming-lac' }
    fromLac(lac)
    lac.addSession(1, session)
    expect(numberOf(fromLac(lac))).toBe(1)
    lac.addSession(1, { ...session, peerSessionId: 23 })
    expect(numberOf(fromLac(lac))).toBe(0)
    lac.routeTunnel({ localTunnelId: 1, peerTunnelId: 2, local: LAC, peer: address('10.0.0.3', 1701) })
    expect(fromLac(lac).to.ip).toBe('10.0.0.3')
    expect([[...lac.forwarded()], lac.knows(1, 11)]).toEqual([[[1, 11]], true])
    lac.addSession(99, session)
    lac.lose()
    expect([[...lac.forwarded()], lac.knows(1, 11), lac.send(1, 11, 8), lac.lastData(1, 11)]).toEqual([[], false, undefined, 0])
    const dropped = planeOf('lac')
    dropped.dropTunnel(1)
    expect([dropped.knows(1, 11), dropped.send(1, 11, 8)]).toEqual([false, undefined])
  })
})

describe('RFC 2661 5.4: sequence numbers', () => {
  test('R2661-5.4-01 R2661-3.1-14 each session counts for itself, from 0', () => {
    const lac = planeOf('lac', { sequenced: true })
    lac.addSession(1, { localSessionId: 12, peerSessionId: 23, sequenced: true, side: 'incoming-lac' })
    expect([fromLac(lac), fromLac(lac), sent(lac.send(1, 12, 8)), fromLac(lac)].map(numberOf)).toEqual([0, 1, 0, 2])
  })

  test('R2661-5.4-03 R2661-4.4.4-20 required: both ends number everything, whatever the other does', () => {
    const lac = planeOf('lac', { sequenced: true })
    const lns = planeOf('lns', { sequenced: true })
    expect(receive(lac, fromLns(planeOf('lns'))).verdict).toBe('unsequenced')
    expect(receive(lns, fromLac(planeOf('lac'))).verdict).toBe('unsequenced')
    expect([numberOf(fromLac(lac)), numberOf(fromLns(lns))]).toEqual([0, 0])
  })

  test('R2661-5.4-05 R2661-5.4-06 not required: the LAC follows the LNS, on and off', () => {
    const lac = planeOf('lac')
    const numbering = planeOf('lns', { sequenced: true })
    const plain = planeOf('lns')
    const afterHearing = (datagram: Datagram): number => {
      expect(receive(lac, datagram).verdict).toBe('accepted')
      return numberOf(fromLac(lac))
    }
    expect(numberOf(fromLac(lac))).toBe(-1)
    expect(afterHearing(fromLns(numbering))).toBe(0)
    expect(afterHearing(fromLns(plain))).toBe(-1)
    // R2661-5.4-07: numbers go on from where they were, in both directions.
    expect(afterHearing(fromLns(numbering))).toBe(1)
  })

  test('R2661-5.4-07 what is expected also goes on from where it was', () => {
    const lac = planeOf('lac')
    const numbering = planeOf('lns', { sequenced: true })
    for (let i = 0; i < 3; i++) receive(lac, fromLns(numbering))
    receive(lac, fromLns(planeOf('lns')))
    fromLns(numbering)
    expect(receive(lac, fromLns(numbering))).toMatchObject({ verdict: 'accepted', ns: 4, skipped: 1 })
  })

  test('R2661-5.4-04 an LNS does not follow the LAC', () => {
    const lns = planeOf('lns')
    expect(receive(lns, fromLac(planeOf('lac', { sequenced: true }))).verdict).toBe('accepted')
    expect(numberOf(fromLns(lns))).toBe(-1)
  })

  test('R2661-5.4-02 R2661-3-01 a lost message is counted and never sent again', () => {
    const lac = planeOf('lac', { sequenced: true })
    const lns = planeOf('lns', { sequenced: true })
    receive(lns, fromLac(lac))
    fromLac(lac)
    fromLac(lac)
    expect(receive(lns, fromLac(lac))).toMatchObject({ verdict: 'accepted', ns: 3, skipped: 2 })
    expect(receive(lns, fromLac(lac))).toMatchObject({ verdict: 'accepted', ns: 4, skipped: 0 })
  })

  test('numbers wrap from 65535 to 0 without a gap', () => {
    const lns = planeOf('lns', { sequenced: true })
    expect(verdicts(lns, [65_534, 65_535, 0, 1])).toEqual(Array(4).fill('accepted'))
    expect(receive(lns, numbered(2)).skipped).toBe(0)
    const lac = planeOf('lac', { sequenced: true })
    for (let i = 0; i < 65_535; i++) fromLac(lac)
    expect([numberOf(fromLac(lac)), numberOf(fromLac(lac))]).toEqual([65_535, 0])
  })

  test('R2661-3.1-16 the Nr of a data message means nothing', () => {
    const lns = planeOf('lns', { sequenced: true })
    const datagram = numbered(0)
    datagram.bytes[10] = datagram.bytes[11] = 0xff
    expect(receive(lns, datagram)).toMatchObject({ verdict: 'accepted', ns: 0 })
  })
})

describe('RFC 4951 3.2.3: reset of the expected number', () => {
  /** An LNS that expects 500. */
  const expecting500 = (threshold: number): DataPlane => {
    const lns = planeOf('lns', { sequenced: true, threshold })
    receive(lns, numbered(499))
    return lns
  }

  test('R4951-3.2.3-05 R4951-AMB-25 the nth old message in sequence sets the number and is delivered', () => {
    const lns = expecting500(4)
    expect(verdicts(lns, [0, 1, 2])).toEqual(['old', 'old', 'old'])
    expect(receive(lns, numbered(3))).toMatchObject({ verdict: 'reset', was: 500, ns: 3 })
    expect(receive(lns, numbered(4))).toMatchObject({ verdict: 'accepted', skipped: 0, was: -1 })
  })

  test('R4951-3.2.3-05 R4951-AMB-25 n-1 of them and a gap reset nothing; the count starts again', () => {
    const lns = expecting500(4)
    expect(verdicts(lns, [0, 1, 2, 4, 5, 6])).toEqual(Array(6).fill('old'))
    expect(receive(lns, numbered(7)).verdict).toBe('reset')
  })

  test('R4951-AMB-25 a repeated number is no sequence either', () => {
    expect(verdicts(expecting500(3), [0, 0, 1, 1, 2, 2])).toEqual(Array(6).fill('old'))
  })

  test('R4951-AMB-25 a message that is accepted in between starts the count again', () => {
    const lns = expecting500(4)
    expect(verdicts(lns, [0, 1, 2, 500, 3, 4, 5])).toEqual(['old', 'old', 'old', 'accepted', 'old', 'old', 'old'])
    expect(receive(lns, numbered(6)).verdict).toBe('reset')
  })

  test.each([
    [1, ['reset', 'accepted', 'accepted']],
    [2, ['old', 'reset', 'accepted']],
    [16, ['old', 'old', 'old']],
    [NEVER, ['old', 'old', 'old']],
  ])('R4951-3.2.3-06 n = %s', (threshold, expected) => {
    expect(verdicts(expecting500(threshold), [0, 1, 2])).toEqual(expected)
  })

  test('R4951-3.2.3-06 n = 16 and without end', () => {
    const twenty = Array.from({ length: 20 }, (_, ns) => ns)
    expect(verdicts(expecting500(16), twenty).indexOf('reset')).toBe(15)
    expect(verdicts(expecting500(NEVER), twenty)).not.toContain('reset')
  })

  test('R4951-3.2.3-05 the run may cross 65535', () => {
    expect(verdicts(expecting500(3), [65_534, 65_535, 0])).toEqual(['old', 'old', 'reset'])
  })

  test.each([
    [33_267, 'accepted'],
    [33_268, 'old'],
  ])('R4951-AMB-26 half the number space decides what is old: %s after 499 is %s', (ns, verdict) => {
    expect(receive(expecting500(4), numbered(ns)).verdict).toBe(verdict)
  })

  test('R4951-AMB-26 a restart at 0 that looks new is taken at once', () => {
    const lns = planeOf('lns', { sequenced: true })
    receive(lns, numbered(39_999))
    expect(receive(lns, numbered(0)).verdict).toBe('accepted')
  })

  test('R4951-AMB-27 a plane that has lost its numbers takes the first message as in order', () => {
    const outcome = receive(planeOf('lns', { sequenced: true }), numbered(812))
    expect(outcome).toMatchObject({ verdict: 'accepted', skipped: 0 })
  })

  test('R4951-AMB-27 one that has not keeps what it expects', () => {
    const lns = expecting500(4)
    expect(receive(lns, numbered(498)).verdict).toBe('old')
  })

  test('R4951-3.2.3-03 R4951-3.2.3-04 the recovery endpoint starts at 0, the other side counts on', () => {
    const lac = planeOf('lac', { sequenced: true })
    const lns = planeOf('lns', { sequenced: true })
    for (let i = 0; i < 3; i++) fromLac(lac)
    fromLns(lns)
    expect(lac.restart(1, 11)).toBe(3)
    expect([numberOf(fromLac(lac)), numberOf(fromLns(lns))]).toEqual([0, 1])
    expect(lac.restart(1, 99)).toBe(-1)
    expect(lac.restart(9, 11)).toBe(-1)
  })
})
