// How the AVPs of a received message are treated (RFC 2661 4.1, 4.3, 4.4.1, 7.1; RFC 4951 4.1, 5): what ends a tunnel or session,
// with which codes, what is only noted, and what can still be read for the answer.

import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import type { BodyFault } from '../../../sim/l2tp/wire/codec.ts'
import type { ControlMessage } from '../../../sim/l2tp/wire/messages.ts'
import { accepted, refused } from '../../support/bodies.ts'
import { avp, concat, control, messageType, type AvpShape } from '../../support/octets.ts'

const sccrqAvps = [avp(2, '0100'), avp(7, '6c6163'), avp(3, '00000003'), avp(9, '0007')]
const icrqAvps = [avp(14, '00a1'), avp(15, '00000001')]
const sccrq = (...more: readonly Uint8Array[]) => control(messageType(1), ...sccrqAvps, ...more)
const icrq = (...more: readonly Uint8Array[]) => control(messageType(10), ...icrqAvps, ...more)
const hello = (...more: readonly Uint8Array[]) => control(messageType(6), ...more)
const fsq = (...more: readonly Uint8Array[]) => control(messageType(21, { mandatory: false }), ...more)
const iccnAvps = [avp(24, '0000fa00'), avp(19, '00000001')]
const fss = avp(79, '00000000 00a1 0000 00b2')

const plainSccrq: ControlMessage = {
  type: 'SCCRQ',
  protocolVersion: { version: 1, revision: 0 },
  hostName: 'lac',
  framingCapabilities: 3,
  assignedTunnelId: 7,
}

/** Fault of an SCCRQ to which one AVP is added. */
function faultOf(attribute: number, value: string, shape: AvpShape = {}): BodyFault {
  return refused(sccrq(avp(attribute, value, shape)))
}

describe('unrecognised AVPs', () => {
  test('R2661-4.1-05: in a tunnel message, with M, ends the tunnel with result 2 error 8', () => {
    const fault = refused(sccrq(avp(99, 'ab')))
    expect(fault).toMatchObject({ why: 'unknown-avp', type: 'SCCRQ', typeNumber: 1, scope: 'tunnel', mandatory: true })
    expect(fault).toMatchObject({ result: 2, error: 8, attribute: 99, assignedTunnelId: 7 })
    expect(refused(hello(avp(99, ''))).scope).toBe('tunnel')
  })

  test('R2661-4.1-04: in a session message, with M, ends the session with result 2 error 8', () => {
    const fault = refused(icrq(avp(99, 'ab')))
    expect(fault).toMatchObject({ why: 'unknown-avp', type: 'ICRQ', scope: 'session', assignedSessionId: 0xa1 })
    expect(fault).toMatchObject({ result: 2, error: 8, attribute: 99 })
  })

  test('R2661-4.4.2-06: the text names the attribute', () => {
    expect(refused(sccrq(avp(99, 'ab'))).text).toBe('AVP 99: not known')
    expect(refused(sccrq(avp(5, '00', { vendor: 9 }))).text).toBe('AVP 5 of vendor 9: not known')
    expect(refused(sccrq(avp(10, '0004', { reserved: 4 }))).text).toBe('AVP 10 (Receive Window Size): reserved bits set')
  })

  test('R2661-4.1-06: without M it is ignored and noted', () => {
    const { message, notes } = accepted(sccrq(avp(99, 'ab', { mandatory: false }), avp(10, '0008')))
    expect(message).toEqual({ ...plainSccrq, receiveWindowSize: 8 })
    expect(notes).toEqual([{ attribute: 99, vendor: 0, what: 'unknown-ignored' }])
  })

  test('R2661-4.1-09: an attribute of another vendor is unrecognised, whatever its number', () => {
    expect(refused(sccrq(avp(10, '0008', { vendor: 9 })))).toMatchObject({ why: 'unknown-avp', attribute: 10 })
    const { message, notes } = accepted(sccrq(avp(10, '0008', { vendor: 9, mandatory: false })))
    expect(message).toEqual(plainSccrq)
    expect(notes).toEqual([{ attribute: 10, vendor: 9, what: 'unknown-ignored' }])
  })

  test('R2661-4.1-03: with a reserved bit set, a known AVP is unrecognised', () => {
    expect(refused(icrq(avp(18, '00000001', { reserved: 1 })))).toMatchObject({ why: 'unknown-avp', attribute: 18, error: 8 })
    const { notes } = accepted(icrq(avp(18, '00000001', { reserved: 8, mandatory: false })))
    expect(notes).toEqual([{ attribute: 18, vendor: 0, what: 'unknown-ignored' }])
  })

  test('an attribute of L2TPv3 only is unrecognised in L2TPv2', () => {
    expect(refused(sccrq(avp(61, '00000007')))).toMatchObject({ why: 'unknown-avp', attribute: 61 })
  })

  test('R2661-4.1-05: the fault found first counts, and the ids behind it are still read', () => {
    const bytes = control(messageType(4), avp(99, ''), avp(98, ''), avp(9, '0042'), avp(1, '0001'))
    expect(refused(bytes)).toMatchObject({ attribute: 99, assignedTunnelId: 0x42 })
    expect(refused(hello(avp(99, '')))).not.toHaveProperty('assignedTunnelId')
  })
})

describe('malformed AVPs', () => {
  test('R2661-7.1-04: a wrong Length with M ends session or tunnel with error 2', () => {
    expect(refused(control(messageType(11), avp(14, '00')))).toMatchObject({ why: 'malformed-avp', scope: 'session', error: 2 })
    expect(faultOf(10, '000400')).toMatchObject({ why: 'malformed-avp', scope: 'tunnel', result: 2, error: 2, attribute: 10 })
  })

  test('R2661-7.1-05: without M it is ignored and noted; the RFC names a two-octet Rx Connect Speed', () => {
    const { message, notes } = accepted(control(messageType(12), ...iccnAvps, avp(38, 'fa00', { mandatory: false })))
    expect(message).toEqual({ type: 'ICCN', txConnectSpeed: 64000, framingType: 1 })
    expect(notes).toEqual([{ attribute: 38, vendor: 0, what: 'malformed-ignored' }])
  })

  test('R2661-4.4.3-15, R2661-4.4.4-02: an assigned id of 0 is out of range: error 3', () => {
    expect(refused(control(messageType(11), avp(14, '0000')))).toMatchObject({ why: 'malformed-avp', error: 3, attribute: 14 })
    expect(refused(control(messageType(4), avp(9, '0000'), avp(1, '0001')))).toMatchObject({ error: 3, attribute: 9 })
  })

  test('R2661-5.8-18: a Receive Window Size of 0 is out of range: error 3', () => {
    expect(faultOf(10, '0000')).toMatchObject({ why: 'malformed-avp', result: 2, error: 3 })
  })

  test('R2661-4.4.3-12: an empty Host Name is malformed', () => {
    const bytes = control(messageType(1), avp(2, '0100'), avp(7, ''), avp(3, '00000003'), avp(9, '0007'))
    expect(refused(bytes)).toMatchObject({ why: 'malformed-avp', attribute: 7, error: 2, assignedTunnelId: 7 })
  })

  test('R2661-4.4.3-20: an empty Challenge is malformed', () => {
    expect(faultOf(11, '')).toMatchObject({ why: 'malformed-avp', error: 2 })
  })

  test('R2661-4.4.2-01: a Result Code has 2 octets, or 4 and more', () => {
    const stop = (value: string) => control(messageType(4), avp(9, '0001'), avp(1, value))
    expect(accepted(stop('0001')).message).toMatchObject({ resultCode: { result: 1 } })
    expect(accepted(stop('00020008')).message).toMatchObject({ resultCode: { result: 2, error: 8 } })
    expect(accepted(stop('00020008 c3a9 78')).message).toMatchObject({ resultCode: { result: 2, error: 8, message: 'éx' } })
    for (const value of ['', '00', '000100']) expect(refused(stop(value))).toMatchObject({ attribute: 1, error: 2 })
  })

  test('R2661-4.4.4-01: a Q.931 Cause Code has 3 octets and perhaps a text', () => {
    const cdn = (value: string) => control(messageType(14), avp(1, '0001'), avp(14, '0001'), avp(12, value))
    expect(accepted(cdn('001045')).message).toMatchObject({ q931CauseCode: { cause: 16, causeMessage: 0x45 } })
    expect(accepted(cdn('001045 6279 65')).message).toMatchObject({ q931CauseCode: { advisory: 'bye' } })
    expect(refused(cdn('0010'))).toMatchObject({ attribute: 12, error: 2 })
  })

  test('R4951-AMB-31: a Failover Capability without any bit is as if it were absent', () => {
    const { message, notes } = accepted(sccrq(avp(76, '0000 00007530', { mandatory: false })))
    expect(message).toEqual(plainSccrq)
    expect(notes).toEqual([{ attribute: 76, vendor: 0, what: 'malformed-ignored' }])
  })

  test('R2661-4.1-08: a Length beyond the message is malformed, and the M bit decides', () => {
    expect(refused(sccrq(avp(10, '0008', { length: 9 })))).toMatchObject({ why: 'malformed-avp', attribute: 10, error: 2 })
    const { message, notes } = accepted(sccrq(avp(8, '41', { length: 1023, mandatory: false })))
    expect(message).toEqual(plainSccrq)
    expect(notes).toEqual([{ attribute: 8, vendor: 0, what: 'malformed-ignored' }])
    const intoTheRest = concat(sccrq(avp(10, '', { length: 8 })), Uint8Array.of(0, 8))
    expect(refused(intoTheRest)).toMatchObject({ why: 'malformed-avp', attribute: 10, error: 2 })
  })

  test('R2661-4.1-08, R2661-7.1-01: a Length below 6, or octets that are no AVP, cannot be recovered from', () => {
    for (const mandatory of [true, false]) {
      const fault = refused(sccrq(avp(8, '41', { length: 5, mandatory })))
      expect(fault).toMatchObject({ why: 'malformed-avp', attribute: 8, result: 2, error: 2, assignedTunnelId: 7 })
    }
    for (let size = 1; size < 6; size++) {
      expect(refused(sccrq(new Uint8Array(size)))).toMatchObject({ why: 'malformed-avp', attribute: -1, error: 2 })
    }
  })

  test('R2661-7.1-01: a required AVP that had to be ignored is missing', () => {
    const bytes = control(messageType(11), avp(14, '0000', { mandatory: false }))
    expect(refused(bytes)).toMatchObject({ why: 'missing-avp', attribute: 14 })
  })
})

describe('values with reserved bits', () => {
  test('R2661-AMB-11: they are ignored, in masks and in reserved fields', () => {
    const request = control(messageType(1), avp(2, '0100'), avp(7, '6c'), avp(3, 'fffffffe'), avp(9, '0007'))
    expect(accepted(request).message).toMatchObject({ framingCapabilities: 2 })
    const sli = control(messageType(16), avp(35, 'ffff 00000001 000a0000'))
    expect(accepted(sli).message).toEqual({ type: 'SLI', accm: { send: 1, receive: 0xa0000 } })
    const iccn = control(messageType(12), ...iccnAvps, avp(32, 'ff07', { mandatory: false }))
    expect(accepted(iccn).message).toMatchObject({ proxyAuthenId: 7 })
  })

  test('R4951-AMB-10: the capability word keeps its two low bits', () => {
    const { message } = accepted(sccrq(avp(76, 'ffff 00007530', { mandatory: false })))
    expect(message).toMatchObject({ failoverCapability: { control: true, data: true, recoveryTimeMs: 30_000 } })
  })

  test('R4951-AMB-09, R4951-AMB-10: ids of L2TPv2 are the low 16 bits', () => {
    const pair = 'ffff ffff 0011 ffff 0022'
    expect(accepted(sccrq(avp(77, pair))).message).toMatchObject({
      tunnelRecovery: { recoverTunnelId: 0x11, recoverRemoteTunnelId: 0x22 },
    })
    expect(accepted(fsq(avp(79, pair))).message).toMatchObject({
      failoverSessionStates: [{ sessionId: 0x11, remoteSessionId: 0x22 }],
    })
  })
})

describe('AVPs out of place', () => {
  test('R4951-AMB-02: a Tunnel Recovery AVP in an SCCRP is ignored, though its M bit is set', () => {
    const { notes } = accepted(control(messageType(2), ...sccrqAvps, avp(77, '00000000 0022 0000 0011')))
    expect(notes).toEqual([{ attribute: 77, vendor: 0, what: 'unexpected-ignored' }])
  })

  test('a known AVP that does not belong in the message is ignored, sound or not', () => {
    const { message, notes } = accepted(hello(avp(9, '0007'), avp(76, '00'), avp(0, '0006')))
    expect(message).toEqual({ type: 'HELLO' })
    expect(notes.map(({ attribute, what }) => [attribute, what])).toEqual([
      [9, 'unexpected-ignored'],
      [76, 'unexpected-ignored'],
      [0, 'unexpected-ignored'],
    ])
  })

  test('R4951-5.1-16, R4951-5.3-09: AVPs 76 and 78 are read in any SCCRQ or SCCRP, recovery or not', () => {
    const both = sccrq(avp(76, '0001 00000000', { mandatory: false }), avp(77, '00000000 0011 0000 0022'))
    expect(accepted(both).message).toHaveProperty('failoverCapability')
    const scs = control(messageType(2), ...sccrqAvps, avp(78, '0000 0003 0064', { mandatory: false }))
    expect(accepted(scs).message).toMatchObject({ suggestedControlSequence: { suggestedNs: 3, suggestedNr: 100 } })
  })

  test('of two AVPs of a kind the first counts', () => {
    const { message, notes } = accepted(sccrq(avp(10, '0008'), avp(10, '0000'), avp(9, '0009')))
    expect(message).toEqual({ ...plainSccrq, receiveWindowSize: 8 })
    expect(notes.map(({ what }) => what)).toEqual(['duplicate-ignored', 'duplicate-ignored'])
  })

  test('a first one that had to be ignored leaves room for the second', () => {
    const { message } = accepted(sccrq(avp(10, '0000', { mandatory: false }), avp(10, '0008')))
    expect(message).toMatchObject({ receiveWindowSize: 8 })
  })

  test('no more than 32 ignored AVPs are noted, and without any the list is always the same', () => {
    const many = Array.from({ length: 100 }, () => avp(99, '', { mandatory: false }))
    expect(accepted(hello(...many)).notes).toHaveLength(32)
    expect(accepted(hello()).notes).toBe(accepted(icrq()).notes)
  })
})

describe('FSQ and FSR', () => {
  test.each([
    ['R4951-4.1-06', 21, 'FSQ'],
    ['R4951-4.2-07', 22, 'FSR'],
  ])('%s: other AVPs are ignored in type %i, whatever their M bit', (_id, number, type) => {
    const others = [avp(99, ''), avp(9, '0007'), avp(5, '', { vendor: 9 }), avp(79, '', { reserved: 1 })]
    const { message, notes } = accepted(control(messageType(number, { mandatory: false }), ...others, fss))
    expect(message).toEqual({ type, failoverSessionStates: [{ sessionId: 0xa1, remoteSessionId: 0xb2 }] })
    expect(notes).toHaveLength(others.length)
  })

  test('R4951-AMB-56: without any Failover Session State the list is empty', () => {
    expect(accepted(fsq()).message).toEqual({ type: 'FSQ', failoverSessionStates: [] })
  })

  test('R4951-AMB-11: a Failover Session State of wrong Length is malformed', () => {
    expect(refused(fsq(fss, avp(79, '00000000 00a1 0000')))).toMatchObject({ why: 'malformed-avp', attribute: 79, error: 2 })
  })

  test('R4951-4.1-07, R4951-4.2-08, R4951-4.1-02, R4951-4.2-03: their Message Type has M = 0 and values 21 and 22', () => {
    const body = (type: 'FSQ' | 'FSR') => encodeMessage({ type, failoverSessionStates: [] }).subarray(12)
    expect(body('FSQ')).toEqual(messageType(21, { mandatory: false }))
    expect(body('FSR')).toEqual(messageType(22, { mandatory: false }))
  })

  test('R4951-AMB-57: 90 sessions fit an IP packet of 1500 octets, 91 do not', () => {
    const size = (count: number) => {
      const pairs = Array.from({ length: count }, () => ({ sessionId: 1, remoteSessionId: 2 }))
      return 28 + encodeMessage({ type: 'FSQ', failoverSessionStates: pairs }).length
    }
    expect(size(90)).toBe(1488)
    expect(size(91)).toBeGreaterThan(1500)
  })
})

describe('Message Type', () => {
  test('R2661-4.4.1-02: an unknown type with M ends the tunnel', () => {
    const fault = refused(control(messageType(99), avp(9, '0007')))
    expect(fault).toMatchObject({ why: 'unknown-message', type: undefined, typeNumber: 99, mandatory: true, scope: 'tunnel' })
    expect(fault).toMatchObject({ result: 2, error: 3, attribute: 0 })
  })

  test('R2661-4.4.1-03: an unknown type without M may be ignored', () => {
    const fault = refused(control(messageType(99, { mandatory: false }), avp(98, '')))
    expect(fault).toMatchObject({ why: 'unknown-message', typeNumber: 99, mandatory: false })
  })

  test('R2661-3.2-01: 0, 5, 13 and the ACK of L2TPv3 (20) are no types of L2TPv2', () => {
    for (const number of [0, 5, 13, 20, 23, 65535]) expect(refused(control(messageType(number))).why).toBe('unknown-message')
  })

  test('R2661-4.4.1-01: it must come first', () => {
    expect(refused(control(avp(9, '0007'), messageType(4), avp(1, '0001')))).toMatchObject({
      why: 'no-message-type',
      type: undefined,
      typeNumber: -1,
      scope: 'tunnel',
      error: 6,
    })
  })

  test('R2661-4.4.1-01: malformed, unrecognised or cut off, there is none', () => {
    expect(refused(control(avp(0, '0006', { length: 9 })))).toMatchObject({ why: 'no-message-type', error: 2 })
    expect(refused(control(avp(0, '000600')))).toMatchObject({ why: 'no-message-type', error: 2 })
    expect(refused(control(messageType(6, { reserved: 2 })))).toMatchObject({ why: 'no-message-type', error: 8 })
    expect(refused(control(messageType(6, { vendor: 1 })))).toMatchObject({ why: 'no-message-type', error: 6 })
    for (let size = 1; size < 8; size++) {
      expect(refused(control(messageType(6).subarray(0, size)))).toMatchObject({ why: 'no-message-type', error: 2 })
    }
  })

  test('R2661-4.4.1-07: it may not be hidden', () => {
    expect(refused(control(messageType(6, { hidden: true })))).toMatchObject({ why: 'no-message-type', error: 3 })
  })

  test('R2661-7.1-03: octets behind Length belong to no AVP', () => {
    expect(accepted(concat(hello(), avp(99, ''))).message).toEqual({ type: 'HELLO' })
  })
})
