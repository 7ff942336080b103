// Headers of control and data messages (RFC 2661 section 3.1), sent and received, right and wrong.

import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import {
  decodeControlHeader,
  decodeDataHeader,
  encodeDataMessage,
  encodeZlb,
  hasBody,
  isControl,
  peekType,
  stampControlHeader,
  type ControlHeader,
} from '../../../sim/l2tp/wire/header.ts'
import { avp, concat, control, hex, messageType } from '../../support/octets.ts'

const hello = encodeMessage({ type: 'HELLO' })

/** HELLO with the flags word replaced. */
function flagged(word: number): Uint8Array {
  return concat(Uint8Array.of(word >>> 8, word & 0xff), hello.subarray(2))
}

function headerOf(bytes: Uint8Array): ControlHeader {
  const header = decodeControlHeader(bytes)
  if (typeof header === 'string') throw new Error(header)
  return header
}

describe('control header', () => {
  test('R2661-3-03, R2661-3.1-01: fields stand at 0, 2, 4, 6, 8, 10, high octet first', () => {
    const bytes = encodeMessage({ type: 'HELLO' })
    stampControlHeader(bytes, 0x0102, 0x0304, 0x0506, 0xfffe)
    expect(bytes).toEqual(hex('c802 0014 0102 0304 0506 fffe 8008 0000 0000 0006'))
    expect(headerOf(bytes)).toEqual({ version: 2, length: 20, tunnelId: 0x0102, sessionId: 0x0304, ns: 0x0506, nr: 0xfffe })
  })

  const sent = 'R2661-3.1-02, R2661-3.1-03, R2661-3.1-05, R2661-3.1-06, R2661-3.1-08, R2661-3.1-09'
  test(`${sent}: is sent with T, L, S, without O and P, version 2, reserved bits 0`, () => {
    expect(hello.subarray(0, 2)).toEqual(hex('c802'))
    expect(encodeZlb(1, 2, 3).subarray(0, 2)).toEqual(hex('c802'))
  })

  test('R2661-3.1-11: Length counts the whole message', () => {
    const bytes = encodeMessage({ type: 'StopCCN', assignedTunnelId: 1, resultCode: { result: 1, error: 0, message: 'bye' } })
    expect((bytes[2] as number) * 256 + (bytes[3] as number)).toBe(bytes.length)
  })

  test('R2661-1.2-03: a ZLB is a header alone', () => {
    const zlb = encodeZlb(0x33, 1, 2)
    expect(zlb).toEqual(hex('c802000c0033000000010002'))
    expect(hasBody(headerOf(zlb))).toBe(false)
    expect(hasBody(headerOf(hello))).toBe(true)
  })

  test('R2661-3.1-04: reserved bits are ignored on receipt', () => {
    for (const bit of [0x2000, 0x1000, 0x0400, 0x0080, 0x0040, 0x0020, 0x0010]) {
      expect(decodeControlHeader(flagged(0xc802 | bit))).toEqual(headerOf(hello))
    }
  })

  test('R2661-3.1-08: a P bit does no harm', () => {
    expect(decodeControlHeader(flagged(0xc902))).toEqual(headerOf(hello))
  })

  test('R2661-3.1-10: another version is discarded, L2F (1) and L2TPv3 (3) too', () => {
    for (const version of [0, 1, 3, 4, 15]) expect(decodeControlHeader(flagged(0xc800 | version))).toBe('bad-version')
  })

  test('R2661-7.1-03, R2661-3.1-03, R2661-3.1-05, R2661-3.1-06: without L or S, with O, or with T 0 it is discarded', () => {
    for (const word of [0x8802, 0xc002, 0xca02, 0x4802]) expect(decodeControlHeader(flagged(word))).toBe('bad-flags')
  })

  test('R2661-7.1-03: a Length below 12 or beyond the datagram is discarded, octets behind it are ignored', () => {
    const withLength = (length: number) => concat(hello.subarray(0, 2), Uint8Array.of(0, length), hello.subarray(4))
    expect(decodeControlHeader(withLength(11))).toBe('bad-length')
    expect(decodeControlHeader(withLength(21))).toBe('bad-length')
    expect(headerOf(concat(hello, hex('ffff')))).toEqual(headerOf(hello))
  })

  test('R2661-7.1-03: anything cut off is discarded', () => {
    for (let size = 0; size < 12; size++) expect(decodeControlHeader(hello.subarray(0, size))).toBe('too-short')
    expect(decodeControlHeader(hello.subarray(0, 19))).toBe('bad-length')
  })
})

describe('data header', () => {
  const payload = hex('ff03c021')

  test('R2661-3.1-01: plain, it is 6 octets', () => {
    const bytes = encodeDataMessage(0x22, 0xb2, -1, payload)
    expect(bytes).toEqual(hex('0002002200b2ff03c021'))
    expect(isControl(bytes)).toBe(false)
    expect(decodeDataHeader(bytes)).toEqual({ tunnelId: 0x22, sessionId: 0xb2, ns: -1, payloadAt: 6 })
  })

  test('R2661-3-02: with sequence numbers it has Length, Ns and an Nr of 0', () => {
    const bytes = encodeDataMessage(0x22, 0xb2, 0xfffe, payload)
    expect(bytes).toEqual(hex('48020010002200b2fffe0000ff03c021'))
    expect(decodeDataHeader(bytes)).toEqual({ tunnelId: 0x22, sessionId: 0xb2, ns: 0xfffe, payloadAt: 12 })
  })

  test('R2661-3.1-16: Nr is ignored', () => {
    const bytes = hex('48020010002200b200071234ff03c021')
    expect(decodeDataHeader(bytes)).toMatchObject({ ns: 7, payloadAt: 12 })
  })

  test('R2661-3.1-01, R2661-3.1-17: L, S and O bits each add their fields, and the pad is skipped', () => {
    const ids = { tunnelId: 0x22, sessionId: 0xb2 }
    expect(decodeDataHeader(hex('0802 0022 00b2 0009 0000 ff'))).toEqual({ ...ids, ns: 9, payloadAt: 10 })
    expect(decodeDataHeader(hex('4002 0009 0022 00b2 ff'))).toEqual({ ...ids, ns: -1, payloadAt: 8 })
    expect(decodeDataHeader(hex('0202 0022 00b2 0003 aaaaaa ff'))).toMatchObject({ ns: -1, payloadAt: 11 })
    expect(decodeDataHeader(hex('4a02 0012 0022 00b2 0005 0000 0002 aaaa ffff'))).toMatchObject({ ns: 5, payloadAt: 16 })
  })

  test('R2661-3.1-04, R2661-3.1-07: reserved bits and the P bit change nothing', () => {
    expect(decodeDataHeader(hex('35f2 0022 00b2 ff'))).toMatchObject({ tunnelId: 0x22, payloadAt: 6 })
  })

  test('filler that is not stored counts for Length', () => {
    const bytes = encodeDataMessage(1, 2, 3, payload, 1000)
    expect(bytes.length).toBe(16)
    expect(bytes.subarray(2, 4)).toEqual(hex('03f4'))
    expect(decodeDataHeader(bytes)).toBe('bad-length')
    expect(decodeDataHeader(bytes, 996)).toMatchObject({ ns: 3, payloadAt: 12 })
  })

  test('R2661-7.1-03: what does not fit is discarded', () => {
    expect(decodeDataHeader(hex(''))).toBe('too-short')
    expect(decodeDataHeader(hex('00'))).toBe('too-short')
    expect(decodeDataHeader(hex('0002002200'))).toBe('too-short')
    expect(decodeDataHeader(hex('4802001000220002'))).toBe('too-short')
    expect(decodeDataHeader(hex('0003002200b2'))).toBe('bad-version')
    expect(decodeDataHeader(hex('c802000c0022000000000000'))).toBe('bad-flags')
    expect(decodeDataHeader(hex('4002 000b 0022 00b2 ff'))).toBe('bad-length')
    expect(decodeDataHeader(hex('4002 0007 0022 00b2 ff'))).toBe('bad-length')
    expect(decodeDataHeader(hex('0202 0022 00b2 0004 aaaaaa'))).toBe('bad-length')
    expect(decodeDataHeader(hex('0202 0022 00b2 0004 aaaaaa'), 100)).toBe('bad-length')
  })
})

describe('peeking at the type', () => {
  test('names messages and ZLB', () => {
    expect(peekType(hello)).toBe('HELLO')
    expect(peekType(encodeMessage({ type: 'FSQ', failoverSessionStates: [] }))).toBe('FSQ')
    expect(peekType(encodeZlb(1, 2, 3))).toBe('ZLB')
  })

  test('is empty for what is no readable control message', () => {
    const unreadable = [
      hex(''),
      encodeDataMessage(1, 2, -1, hello),
      flagged(0xc804),
      flagged(0x8002),
      control(messageType(99)),
      control(messageType(6, { hidden: true })),
      control(messageType(6, { reserved: 1 })),
      control(messageType(6, { vendor: 9 })),
      control(avp(9, '0006')),
      control(avp(0, '000600')),
      control(avp(0, '00', { length: 8 })),
      hello.subarray(0, 19),
    ]
    for (const bytes of unreadable) expect(peekType(bytes)).toBe('')
  })
})
