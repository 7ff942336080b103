// L2TPv3 headers (RFC 3931 3.2.1, 4.1, 4.6) of control and data messages, over UDP and over IP, and how the versions are told apart.

import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { decodeSessionData, encodeSessionData, sessionIdOf } from '../../../sim/l2tp/wire/data-v3.ts'
import { carried, controlMessageIn, demultiplex } from '../../../sim/l2tp/wire/demultiplex.ts'
import { decodeControlHeader, encodeDataMessage, encodeZlb, hasBody, peekType, stampControlHeader } from '../../../sim/l2tp/wire/header.ts'
import { avp, concat, control3, hex, messageType } from '../../support/octets.ts'

const v3 = { version: 3, digests: [] } as const
const hello = encodeMessage({ type: 'HELLO' }, undefined, v3)

function flagged(word: number): Uint8Array {
  return concat(Uint8Array.of(word >>> 8, word & 0xff), hello.subarray(2))
}

describe('control header', () => {
  test('R3931-3.2-01, R3931-3.2.1-01, R3931-3.2.1-02, R3931-3.2.1-04, R3931-AMB-03: 32-bit id at 4, Ns at 8, Nr at 10, no Session ID', () => {
    const bytes = hello.slice()
    stampControlHeader(bytes, 0xfedcba98, 77, 0x0506, 0xfffe)
    expect(bytes).toEqual(hex('c803 0014 fedcba98 0506 fffe 8008 0000 0000 0006'))
    expect(decodeControlHeader(bytes, 3)).toEqual({
      version: 3,
      length: 20,
      tunnelId: 0xfedcba98,
      sessionId: 0,
      ns: 0x0506,
      nr: 0xfffe,
    })
  })

  test('R3931-3.2.1-03: other bits are ignored on receipt', () => {
    for (const bit of [0x2000, 0x1000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010]) {
      expect(decodeControlHeader(flagged(0xc803 | bit), 3)).toEqual(decodeControlHeader(hello, 3))
      expect(peekType(flagged(0xc803 | bit))).toBe('HELLO')
    }
  })

  test('R3931-7.1-03: without T, L or S, of another version, with a wrong Length or cut off it is discarded', () => {
    for (const word of [0x8803, 0xc003, 0x4803]) expect(decodeControlHeader(flagged(word), 3)).toBe('bad-flags')
    for (const version of [0, 1, 2, 4, 15]) expect(decodeControlHeader(flagged(0xc800 | version), 3)).toBe('bad-version')
    expect(decodeControlHeader(hello, 2)).toBe('bad-version')
    expect(decodeControlHeader(concat(hex('c803 000b'), hello.subarray(4)), 3)).toBe('bad-length')
    expect(decodeControlHeader(hello.subarray(0, 19), 3)).toBe('bad-length')
    for (let size = 0; size < 12; size++) expect(decodeControlHeader(hello.subarray(0, size), 3)).toBe('too-short')
  })

  test('R3931-6.15-02: a ZLB is a header alone', () => {
    const zlb = encodeZlb(0x01020304, 5, 6, 3)
    expect(zlb).toEqual(hex('c803 000c 01020304 0005 0006'))
    const header = decodeControlHeader(zlb, 3)
    expect(typeof header === 'string' || hasBody(header)).toBe(false)
    expect(peekType(zlb)).toBe('ZLB')
  })

  test('R3931-6.15-03, R3931-AMB-09: an ACK is a message of its own, which L2TPv2 does not have', () => {
    const ack = encodeMessage({ type: 'ACK' }, undefined, v3)
    expect(ack.subarray(12)).toEqual(hex('8008 0000 0000 0014'))
    expect(peekType(ack)).toBe('ACK')
    expect(peekType(concat(hex('c802'), ack.subarray(2)))).toBe('')
  })

  test('peeking: reserved bits of Message Type do not matter (R3931-5.1-02), everything else does', () => {
    expect(peekType(control3(messageType(6, { reserved: 5 })))).toBe('HELLO')
    for (const shape of [{ hidden: true }, { vendor: 9 }, { length: 7 }]) expect(peekType(control3(messageType(6, shape)))).toBe('')
    expect(peekType(control3(avp(59, '00')))).toBe('')
  })
})

describe('over IP', () => {
  test('R3931-4.1.1.2-01, R3931-3.2.1-05: 32 zero bits stand before a control message, and Length does not count them', () => {
    const bytes = carried(hello, 'ip')
    expect(bytes).toEqual(concat(hex('00000000'), hello))
    expect(bytes[7]).toBe(20)
    expect(controlMessageIn(bytes, 'ip')).toEqual(hello)
    expect(carried(hello, 'udp')).toBe(hello)
    expect(controlMessageIn(hello, 'udp')).toBe(hello)
  })

  test('R3931-4.1.1.1-01: Session ID 0 is control, everything else data', () => {
    expect(demultiplex(carried(hello, 'ip'), 'ip')).toEqual({ version: 3, kind: 'control' })
    expect(demultiplex(hex('c8030014'), 'ip')).toEqual({ version: 3, kind: 'data' })
    expect(demultiplex(hex('000000'), 'ip').version).toBeUndefined()
  })
})

describe('one UDP port for all', () => {
  test('R3931-4.1.2.1-05, R3931-4.7.2-01: Ver tells L2F, L2TPv2 and L2TPv3 apart', () => {
    expect(demultiplex(encodeZlb(1, 2, 3))).toEqual({ version: 2, kind: 'control' })
    expect(demultiplex(hello)).toEqual({ version: 3, kind: 'control' })
    expect(demultiplex(encodeDataMessage(1, 2, -1, hex('ff03')))).toEqual({ version: 2, kind: 'data' })
    expect(demultiplex(hex('0003 0000 00000001'))).toEqual({ version: 3, kind: 'data' })
    expect(demultiplex(hex('2001 0100'))).toEqual({ version: 1, kind: 'data' })
    for (const bytes of [hex(''), hex('c8'), hex('c800'), hex('c804'), hex('c80f')]) expect(demultiplex(bytes).version).toBeUndefined()
  })
})

describe('data messages', () => {
  const payload = hex('ff03c021')
  const plain = { cookie: hex(''), sublayer: false }
  const full = { cookie: hex('0102030405060708'), sublayer: true }

  test('R3931-4.1.2.1-01, R3931-4.1.2.1-02, R3931-4.1.2.1-04: over UDP, without cookie and sublayer', () => {
    expect(encodeSessionData(0xb2, -1, payload, plain)).toEqual(hex('0003 0000 000000b2 ff03c021'))
    expect(decodeSessionData(hex('0003 0000 000000b2 ff03c021'), plain)).toEqual({ ns: -1, payloadAt: 8 })
  })

  test('R3931-4.1.2.1-03: reserved bits and the reserved field mean nothing', () => {
    expect(sessionIdOf(hex('7ff3 ffff 000000b2'))).toBe(0xb2)
  })

  test('R3931-4.1-04, R3931-4.6-04, R3931-4.6-05: cookie, then sublayer; S tells whether there is a number', () => {
    const unnumbered = encodeSessionData(1, -1, payload, full, 'ip')
    expect(unnumbered).toEqual(hex('00000001 0102030405060708 00000000 ff03c021'))
    expect(decodeSessionData(unnumbered, full, 'ip')).toEqual({ ns: -1, payloadAt: 16 })
    const last = encodeSessionData(1, 0xffffff, payload, full, 'ip')
    expect(last).toEqual(hex('00000001 0102030405060708 40ffffff ff03c021'))
    expect(decodeSessionData(last, full, 'ip')).toEqual({ ns: 0xffffff, payloadAt: 16 })
    const ignored = hex('00000001 0102030405060708 bf000005 ff03c021')
    expect(decodeSessionData(ignored, full, 'ip')).toEqual({ ns: -1, payloadAt: 16 })
    expect(() => encodeSessionData(1, 0, payload, plain)).toThrow(/sublayer/)
  })

  test('R3931-4.5-02: a wrong cookie, or octets too few for what was asked for, are found', () => {
    const bytes = encodeSessionData(1, 0, payload, full)
    for (let at = 8; at < 16; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] as number) ^ 1
      expect(decodeSessionData(changed, full)).toBe('bad-cookie')
    }
    for (let size = 8; size < 20; size++) expect(decodeSessionData(bytes.subarray(0, size), full)).toBe('too-short')
    expect(decodeSessionData(bytes.subarray(0, 20), full)).toEqual({ ns: 0, payloadAt: 20 })
  })

  test('what is no data of version 3 has no Session ID', () => {
    for (const bytes of [hex('0003000000000b'), hex('8003 0000 00000001'), hex('0002 0000 00000001')]) expect(sessionIdOf(bytes)).toBe(-1)
    expect(sessionIdOf(hex('000001'), 'ip')).toBe(-1)
  })
})
