// What the encoder refuses to send (R2661-7.1-06: tolerance on receipt is no licence), and limits of size.

import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { encodeDataMessage } from '../../../sim/l2tp/wire/header.ts'
import type { Message } from '../../../sim/l2tp/wire/messages.ts'
import { accepted } from '../../support/bodies.ts'

const sccrq: Message<'SCCRQ'> = {
  type: 'SCCRQ',
  protocolVersion: { version: 1, revision: 0 },
  hostName: 'lac',
  framingCapabilities: 3,
  assignedTunnelId: 7,
}

const iccn: Message<'ICCN'> = { type: 'ICCN', txConnectSpeed: 1, framingType: 1 }

// Declared types: against the union of all messages the compiler takes seconds for each such object.
const sccrqWith = (change: Partial<Message<'SCCRQ'>>): Message<'SCCRQ'> => ({ ...sccrq, ...change })
const iccnWith = (change: Partial<Message<'ICCN'>>): Message<'ICCN'> => ({ ...iccn, ...change })

describe('values outside their layout', () => {
  test('R2661-7.1-06: numbers that do not fit', () => {
    for (const assignedTunnelId of [0, 65536, -1, 1.5, Number.NaN]) {
      expect(() => encodeMessage(sccrqWith({ assignedTunnelId }))).toThrow(/out of range/)
    }
    for (const txConnectSpeed of [2 ** 32, -1, 0.5]) {
      expect(() => encodeMessage(iccnWith({ txConnectSpeed }))).toThrow(/out of range/)
    }
    expect(() => encodeMessage(sccrqWith({ protocolVersion: { version: 256, revision: 0 } }))).toThrow(/out of range/)
    const pair = { sessionId: 65536, remoteSessionId: 1 }
    expect(() => encodeMessage({ type: 'FSQ', failoverSessionStates: [pair] })).toThrow(/16-bit/)
  })

  test('R2661-4.4.3-02: bits that are not defined in a mask', () => {
    expect(() => encodeMessage(sccrqWith({ framingCapabilities: 4 }))).toThrow(/out of range/)
  })

  test('R4951-5.1-06, R4951-5.1-10: a Failover Capability with neither C nor D', () => {
    const failoverCapability = { control: false, data: false, recoveryTimeMs: 0 }
    expect(() => encodeMessage(sccrqWith({ failoverCapability }))).toThrow(/flag/)
    for (const [control, data, word] of [[true, false, 1], [false, true, 2], [true, true, 3]] as const) {
      const bytes = encodeMessage(sccrqWith({ failoverCapability: { control, data, recoveryTimeMs: 0 } }))
      expect(bytes.subarray(-6)).toEqual(Uint8Array.of(0, word, 0, 0, 0, 0))
    }
  })

  test('R2661-4.4.3-12: an empty Host Name; R2661-4.4.3-20, R2661-4.4.3-21: octets of a wrong length', () => {
    expect(() => encodeMessage(sccrqWith({ hostName: '' }))).toThrow(/empty/)
    expect(() => encodeMessage(sccrqWith({ challenge: new Uint8Array(0) }))).toThrow(/length/)
    expect(() => encodeMessage({ type: 'SCCCN', challengeResponse: new Uint8Array(15) })).toThrow(/length/)
    expect(() => encodeMessage(sccrqWith({ tieBreaker: new Uint8Array(9) }))).toThrow(/length/)
  })

  test('a character without an octet', () => {
    expect(() => encodeMessage(sccrqWith({ hostName: 'ł' }))).toThrow(/octet/)
  })
})

describe('size', () => {
  test('R2661-4.1-08, R2661-AMB-12: a value has 1017 octets at most', () => {
    const proxyAuthenChallenge = Uint8Array.from({ length: 1017 }, (_, i) => i & 0xff)
    const bytes = encodeMessage(iccnWith({ proxyAuthenChallenge }))
    expect(accepted(bytes).message).toMatchObject({ proxyAuthenChallenge })
    expect(() => encodeMessage(iccnWith({ proxyAuthenChallenge: new Uint8Array(1018) }))).toThrow(/length|longer/)
    expect(() => encodeMessage(iccnWith({ proxyAuthenName: 'x'.repeat(1018) }))).toThrow(/longer/)
    const hiding = { secret: 's', randomVector: new Uint8Array(16) }
    expect(() => encodeMessage(iccnWith({ proxyAuthenName: 'x'.repeat(1016) }), hiding)).toThrow(/longer/)
  })

  test('R2661-3.1-11: a message has 65535 octets at most', () => {
    const pair = { sessionId: 1, remoteSessionId: 2 }
    const pairs = (count: number) => new Array<typeof pair>(count).fill(pair)
    const query = (count: number) => encodeMessage({ type: 'FSQ', failoverSessionStates: pairs(count) })
    expect(query(4094).length).toBe(65524)
    expect(() => query(4095)).toThrow(/longer/)
    expect(() => encodeDataMessage(1, 2, 3, new Uint8Array(0), 65524)).toThrow(/longer/)
  })
})

test('what stands behind an absent optional field makes it 0', () => {
  const bytes = encodeMessage({ type: 'StopCCN', assignedTunnelId: 1, resultCode: { result: 6, message: 'down' } })
  expect(accepted(bytes).message).toMatchObject({ resultCode: { result: 6, error: 0, message: 'down' } })
})
