// The data plane by itself: forwarding, sequence numbers on and off as RFC 2661 5.4 has it, loss counted, and the reset by n
// messages in sequence of RFC 4951 3.2.3. Two planes face each other; the test carries the datagrams.

import { describe, expect, test } from 'vitest'
import { address, type Address, type Datagram } from '../../../sim/base/datagram.ts'
import { NEVER } from '../../../sim/base/time.ts'
import { DataPlane, SMALLEST_PAYLOAD, type DataOutcome, type ForwardedSession } from '../../../sim/l2tp/data-plane.ts'
import { encodeSessionData } from '../../../sim/l2tp/wire/data-v3.ts'
import { decodeDataHeader, encodeDataMessage } from '../../../sim/l2tp/wire/header.ts'
import { concat, uint16 } from '../../support/octets.ts'

const LAC = address('10.0.0.1', 1701)
const LNS = address('10.0.0.2', 1701)

const noFormat = { cookie: new Uint8Array(0), sublayer: false }
/** L2TPv2 has nothing between header and payload. */
const bare = { receives: noFormat, sends: noFormat }

/** A plane at one end of tunnel 1/2 (LAC's ID, LNS's ID) with session 11/22. */
function planeOf(end: 'lac' | 'lns', { sequenced = false, threshold = 4 } = {}): DataPlane {
  const plane = new DataPlane(threshold)
  const lac = end === 'lac'
  const [local, peer] = lac ? [LAC, LNS] : [LNS, LAC]
  plane.routeTunnel({ version: 2, localTunnelId: lac ? 1 : 2, peerTunnelId: lac ? 2 : 1, local, peer })
  plane.addSession(lac ? 1 : 2, { localSessionId: lac ? 11 : 22, peerSessionId: lac ? 22 : 11, sequenced, side: lac ? 'incoming-lac' : 'incoming-lns', ...bare })
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
    lns.routeTunnel({ version: 2, localTunnelId: 3, peerTunnelId: 9, local: LNS, peer: LAC })
    lns.addSession(3, { localSessionId: 22, peerSessionId: 90, sequenced: false, side: 'incoming-lns', ...bare })
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
    ['version 4', [0x00, 0x04, 0, 1, 0, 1, 0, 0]],
    ['version 3, cut off', [0x00, 0x03, 0, 0, 0, 0, 0]],
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
    const session: ForwardedSession = { localSessionId: 11, peerSessionId: 22, sequenced: true, side: 'incoming-lac', ...bare }
    fromLac(lac)
    lac.addSession(1, session)
    expect(numberOf(fromLac(lac))).toBe(1)
    lac.addSession(1, { ...session, peerSessionId: 23 })
    expect(numberOf(fromLac(lac))).toBe(0)
    lac.routeTunnel({ version: 2, localTunnelId: 1, peerTunnelId: 2, local: LAC, peer: address('10.0.0.3', 1701) })
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
    lac.addSession(1, { localSessionId: 12, peerSessionId: 23, sequenced: true, side: 'incoming-lac', ...bare })
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

describe('L2TPv3', () => {
  const receivesAtLns = { cookie: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), sublayer: true }
  const receivesAtLac = { cookie: Uint8Array.of(9, 9, 9, 9), sublayer: true }
  const [A, B, X, Y] = [0x1_0001, 0xffff_fffe, 0x7000_0001, 0xffff_ffff]

  /** A plane at one end of control connection A/B with session X/Y. */
  function planeOf3(end: 'lac' | 'lns', transport: 'udp' | 'ip' = 'udp', sequenced = true): DataPlane {
    const plane = new DataPlane(4)
    const lac = end === 'lac'
    const at = (own: Address): Address => (transport === 'ip' ? address(own.ip, 0) : own)
    const [local, peer] = lac ? [at(LAC), at(LNS)] : [at(LNS), at(LAC)]
    const formats = lac ? { receives: receivesAtLac, sends: receivesAtLns } : { receives: receivesAtLns, sends: receivesAtLac }
    const side = lac ? 'incoming-lac' : 'incoming-lns'
    plane.routeTunnel({ version: 3, localTunnelId: lac ? A : B, peerTunnelId: lac ? B : A, local, peer })
    plane.addSession(lac ? A : B, { localSessionId: lac ? X : Y, peerSessionId: lac ? Y : X, sequenced, side, ...formats })
    return plane
  }

  const send = (lac: DataPlane): Datagram => sent(lac.send(A, X, 20))
  const numberedTo = (ns: number): Datagram => {
    const bytes = encodeSessionData(Y, ns, new Uint8Array(SMALLEST_PAYLOAD), receivesAtLns)
    return { from: LAC, to: LNS, bytes, padding: 0 }
  }
  const verdicts3 = (lns: DataPlane, numbers: readonly number[]): string[] => numbers.map((ns) => receive(lns, numberedTo(ns)).verdict)

  test.each(['udp', 'ip'] as const)('R3931-4.1-03 R3931-4.6-05 R3931-C-03 over %s the Session ID alone selects the session, numbers begin at 0', (transport) => {
    const [lac, lns] = [planeOf3('lac', transport), planeOf3('lns', transport)]
    const expected = { verdict: 'accepted', tunnel: B, session: Y, skipped: 0 }
    expect(receive(lns, send(lac), 5)).toMatchObject({ ...expected, ns: 0, stamp: 1 })
    expect(receive(lns, send(lac), 6)).toMatchObject({ ...expected, ns: 1, stamp: 2 })
    expect([lns.lastData(B, 0), lns.lastData(B, Y)]).toEqual([6, 6])
    expect(receive(planeOf3('lns', transport === 'ip' ? 'udp' : 'ip'), send(lac)).verdict).toBe('unknown-session')
  })

  test('R3931-4.1-04 a message with another cookie, or none, is dropped and leaves no trace', () => {
    const lns = planeOf3('lns')
    const wrong = send(planeOf3('lac'))
    const bytes = wrong.bytes.map((octet, i) => (i === 15 ? octet ^ 1 : octet))
    expect(receive(lns, { ...wrong, bytes }, 5)).toMatchObject({ verdict: 'bad-cookie', tunnel: B, session: Y, ns: -1, stamp: 0 })
    expect(receive(lns, { ...wrong, bytes: wrong.bytes.subarray(0, 12) }).verdict).toBe('malformed')
    expect(lns.lastData(B, 0)).toBe(0)
    expect(receive(lns, wrong).verdict).toBe('accepted')
  })

  test('R3931-4.1-03 neither an unknown Session ID, nor 0, nor a foreign address reaches a session', () => {
    const lns = planeOf3('lns')
    const datagram = send(planeOf3('lac'))
    for (const id of [0, 1, X]) {
      const bytes = encodeSessionData(id, 0, new Uint8Array(8), receivesAtLns)
      expect(receive(lns, { ...datagram, bytes })).toMatchObject({ verdict: 'unknown-session', tunnel: 0, session: id })
    }
    expect(receive(lns, { ...datagram, from: address('10.0.0.3', 1701) }).verdict).toBe('unknown-session')
  })

  test('R3931-4.6-04 without the S bit the number does not count', () => {
    const lns = planeOf3('lns')
    expect(verdicts3(lns, [7, -1, -1, 8])).toEqual(['accepted', 'accepted', 'accepted', 'accepted'])
    expect(receive(lns, numberedTo(8)).verdict).toBe('old')
  })

  test('R3931-4.6-06 numbers have 24 bits: half of them are old, and they wrap', () => {
    const half = 0x80_0000
    expect(verdicts3(planeOf3('lns'), [half, 1, 0])).toEqual(['accepted', 'old', 'accepted'])
    expect(verdicts3(planeOf3('lns'), [0xff_ffff, 0, 0xff_ffff])).toEqual(['accepted', 'accepted', 'old'])
    const lns = planeOf3('lns')
    expect(verdicts3(lns, [0x1_0000, 0])).toEqual(['accepted', 'old'])
    expect(receive(lns, numberedTo(0x2_0001))).toMatchObject({ verdict: 'accepted', skipped: 0x1_0000 })
  })

  test('R3931-C-09 R4951-3.2.3-05 old numbers in sequence reset the expected one, also across the end of the number space', () => {
    const lns = planeOf3('lns')
    const old = [0xff_fffe, 0xff_ffff, 0, 1]
    expect(verdicts3(lns, [0x10_0000, ...old.slice(0, 3)])).toEqual(['accepted', 'old', 'old', 'old'])
    expect(receive(lns, numberedTo(1))).toMatchObject({ verdict: 'reset', was: 0x10_0001, expected: 2 })
    expect(verdicts3(lns, [2, 1])).toEqual(['accepted', 'old'])
  })

  test('R3931-4.6.1-01 the LAC does not follow the LNS: each direction is numbered as its receiver asked', () => {
    const [lac, lns] = [planeOf3('lac', 'udp', false), planeOf3('lns')]
    expect(receive(lac, sent(lns.send(B, Y, 8))).ns).toBe(0)
    expect(receive(lns, send(lac)).ns).toBe(-1)
  })

  test('sessions end with their tunnel, and another peer starts anew', () => {
    const lns = planeOf3('lns')
    const datagram = send(planeOf3('lac'))
    lns.dropSession(B, Y)
    expect(receive(lns, datagram).verdict).toBe('unknown-session')
    const another = planeOf3('lns')
    another.dropTunnel(B)
    another.dropTunnel(B)
    expect(receive(another, datagram).verdict).toBe('unknown-session')
    const lost = planeOf3('lns')
    lost.lose()
    expect(receive(lost, datagram).verdict).toBe('unknown-session')
  })

  test('R2661-3.1-10 R3931-4.7.2-01 a message of L2TPv2 reaches no session of L2TPv3 with its numbers', () => {
    const lns = new DataPlane(4)
    lns.routeTunnel({ version: 3, localTunnelId: 2, peerTunnelId: 1, local: LNS, peer: LAC })
    lns.addSession(2, { localSessionId: 22, peerSessionId: 11, sequenced: false, side: 'incoming-lns', ...bare })
    expect(receive(lns, fromLac(planeOf('lac'))).verdict).toBe('unknown-session')
  })
})
