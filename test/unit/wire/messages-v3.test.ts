// Which AVPs each L2TPv3 message carries (RFC 3931 section 6, RFC 4951 section 4): sent, required, allowed; how those are treated
// that do not belong (RFC 3931 5.1, 5.2, 5.4.1, 7.1).

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { HMAC_MD5, HMAC_SHA_1 } from '../../../sim/l2tp/wire/digest.ts'
import { messageRows, type MessageIn, type MessageRow, type MessageType } from '../../../sim/l2tp/wire/messages.ts'
import { fullMessageOf } from '../../support/arbitrary-messages.ts'
import { accepted, refused } from '../../support/bodies.ts'
import { avp, control3, hex, messageType } from '../../support/octets.ts'

type TableRow = readonly [MessageType<3>, number, string, readonly number[], string, readonly number[]]

/** Type, number, requirement and attributes it must have besides Message Type, requirement and attributes it may have. */
const table: readonly TableRow[] = [
  ['SCCRQ', 1, 'R3931-6.1-01', [7, 60, 61, 62], 'R3931-6.1-02', [73, 5, 8, 10, 72, 76, 77]],
  ['SCCRP', 2, 'R3931-6.2-01', [7, 60, 61, 62], 'R3931-6.2-02', [73, 8, 10, 72, 76, 78]],
  ['SCCCN', 3, 'R3931-6.3-01', [], 'R3931-6.3-02', []],
  ['StopCCN', 4, 'R3931-6.4-01', [1], 'R3931-6.4-02', [61]],
  ['HELLO', 6, 'R3931-6.5-01', [], 'R3931-6.5-02', []],
  ['OCRQ', 7, 'R3931-6.9-01', [63, 64, 15, 68, 66, 71], 'R3931-6.9-02', [65, 74, 75, 5, 69, 70]],
  ['OCRP', 8, 'R3931-6.10-02', [63, 64, 71], 'R3931-6.10-03', [65, 69, 74, 75, 70, 25]],
  ['OCCN', 9, 'R3931-6.11-01', [63, 64], 'R3931-6.11-02', [69, 74, 75, 70, 71]],
  ['ICRQ', 10, 'R3931-6.6-01', [63, 64, 15, 68, 66, 71], 'R3931-6.6-02', [65, 5, 69, 70, 74, 75, 25]],
  ['ICRP', 11, 'R3931-6.7-01', [63, 64, 71], 'R3931-6.7-02', [65, 69, 70, 74, 75, 25]],
  ['ICCN', 12, 'R3931-6.8-01', [63, 64], 'R3931-6.8-02', [69, 70, 74, 75, 71]],
  ['CDN', 14, 'R3931-6.12-02', [1, 63, 64], 'R3931-6.12-03', []],
  ['WEN', 15, 'R3931-6.13-02', [63, 64, 34], 'R3931-6.13-03', []],
  ['SLI', 16, 'R3931-6.14-02', [63, 64], 'R3931-6.14-03', [71]],
  ['ACK', 20, 'R3931-6.15-03', [], 'R3931-6.15-03', []],
  ['FSQ', 21, 'R4951-4.1-03', [79], 'R4951-4.1-05', []],
  ['FSR', 22, 'R4951-4.2-04', [79], 'R4951-4.2-06', []],
]

const form = { version: 3, digests: [] } as const
const hiding = { secret: 's3cret', randomVector: hex('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf') }

/** The AVPs of a message, whole, in order. */
function avpsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const avps: Uint8Array[] = []
  for (let at = 12; at < bytes.length; ) {
    const end = at + (((bytes[at] as number) & 3) << 8) + (bytes[at + 1] as number)
    avps.push(bytes.subarray(at, end))
    at = end
  }
  return avps
}

const attributeOf = (one: Uint8Array) => (one[4] as number) * 256 + (one[5] as number)

test('R3931-3.1-01: the table and the registry name the same messages', () => {
  const rows: readonly MessageRow[] = messageRows
  const known = rows.filter((row) => row.v3 !== undefined).map((row) => [row.type, row.number])
  expect(known).toEqual(table.map(([type, number]) => [type, number]))
})

describe.each(table)('%s', (...row) => {
  const [type, number, mustId, must, mayId, may] = row
  const full: fc.Arbitrary<MessageIn<3>> = fullMessageOf(type, 3)
  const [message] = fc.sample(
    full.filter((one) => !('failoverSessionStates' in one) || one.failoverSessionStates.length === 1),
    { numRuns: 1, seed: number },
  )
  if (message === undefined) throw new Error('nothing generated')
  const avps = avpsOf(encodeMessage(message, undefined, form))
  const [first, ...others] = avps

  test(`${mustId}: Message Type comes first, M = ${number < 21 ? '1' : '0'}, then what it must have (R3931-5.4.1-01, R3931-5.4.1-22)`, () => {
    expect(first && attributeOf(first)).toBe(0)
    expect(first && (first[6] as number) * 256 + (first[7] as number)).toBe(number)
    expect(first && (first[0] as number)).toBe(number < 21 ? 0x80 : 0)
    const listed = [...new Set(others.map(attributeOf))].sort((a, b) => a - b)
    expect(listed).toEqual([...must, ...may].sort((a, b) => a - b))
  })

  test(`R3931-AMB-08, R3931-5.4.1-09, ${mayId}: digests follow at once, then the Random Vector, then the rest`, () => {
    const bytes = encodeMessage(message, hiding, { version: 3, digests: [HMAC_MD5, HMAC_SHA_1] })
    const order = avpsOf(bytes).map(attributeOf)
    expect(order.slice(0, 3)).toEqual([0, 59, 59])
    const hidden = avpsOf(bytes).findIndex((one) => ((one[0] as number) & 0x40) !== 0)
    expect(hidden < 0 || order.slice(3, hidden).includes(36)).toBe(true)
    expect(accepted(bytes, hiding.secret, 3)).toMatchObject({ message, notes: [] })
  })

  if (must.length > 0 && !must.includes(79)) {
    test(`${mustId}: without one of them it is malformed (R3931-7.1-05)`, () => {
      for (const attribute of must) {
        const fault = refused(control3(...avps.filter((one) => attributeOf(one) !== attribute)), undefined, 3)
        expect(fault).toMatchObject({ why: 'missing-avp', type, attribute, result: 2, error: 6 })
      }
    })
  }

  if (may.length > 0) {
    test(`${mayId}: without what it may have it is sound`, () => {
      const bare = accepted(control3(...avps.filter((one) => !may.includes(attributeOf(one)))), undefined, 3).message
      expect(Object.values(bare).filter((value) => value !== undefined)).toHaveLength(1 + must.length)
    })
  }
})

describe('what does not belong', () => {
  const ids = [avp(63, '000000a1'), avp(64, '000000b2')]
  const sli = (...more: readonly Uint8Array[]) => control3(messageType(16), ...ids, ...more)
  const hello = (...more: readonly Uint8Array[]) => control3(messageType(6), ...more)
  const ids3 = { scope: 'session', assignedSessionId: 0xa1, remoteSessionId: 0xb2 }

  test('R3931-5.2-01: unrecognised with M in a session message ends the session, which the AVPs name', () => {
    expect(refused(sli(avp(99, 'ab')), undefined, 3)).toMatchObject({ why: 'unknown-avp', type: 'SLI', result: 2, error: 8, ...ids3 })
    expect(refused(sli(avp(71, '0001', { vendor: 9 })), undefined, 3)).toMatchObject({ why: 'unknown-avp', attribute: 71, ...ids3 })
  })

  test('R3931-5.2-02: unrecognised with M in a control connection message ends the control connection', () => {
    expect(refused(hello(avp(99, 'ab')), undefined, 3)).toMatchObject({ why: 'unknown-avp', scope: 'tunnel', result: 2, error: 8 })
  })

  test('R3931-5.4.2-06: the text names the attribute', () => {
    expect(refused(hello(avp(99, 'ab')), undefined, 3).text).toBe('AVP 99: not known')
    expect(refused(sli(avp(71, '00')), undefined, 3).text).toBe('AVP 71 (Circuit Status): Length 7 is wrong')
  })

  test('R3931-5.2-03, R3931-7.1-06: without M it is ignored and noted, malformed too', () => {
    const notes = accepted(sli(avp(99, 'ab', { mandatory: false }), avp(71, '00', { mandatory: false })), undefined, 3).notes
    expect(notes.map(({ attribute, what }) => [attribute, what])).toEqual([
      [99, 'unknown-ignored'],
      [71, 'malformed-ignored'],
    ])
  })

  test('R3931-7.1-06: Rx Connect Speed of 10 octets without M is as if it were absent', () => {
    const iccn = control3(messageType(12), ...ids, avp(75, '0000fa00', { mandatory: false }))
    expect(accepted(iccn, undefined, 3)).toEqual({
      ok: true,
      message: { type: 'ICCN', assignedSessionId: 0xa1, remoteSessionId: 0xb2 },
      notes: [{ attribute: 75, vendor: 0, what: 'malformed-ignored' }],
    })
  })

  test('an attribute of L2TPv2 only is unrecognised in L2TPv3', () => {
    expect(refused(hello(avp(9, '0007')), undefined, 3)).toMatchObject({ why: 'unknown-avp', attribute: 9 })
  })

  test('R3931-5.1-05: an Extended Vendor ID AVP is ignored, whatever is in it, hidden or not', () => {
    for (const shape of [{}, { mandatory: false }, { mandatory: false, hidden: true }]) {
      const { message, notes } = accepted(hello(avp(58, '00012345 0007 abcd', shape)), undefined, 3)
      expect(message).toEqual({ type: 'HELLO' })
      expect(notes).toEqual([{ attribute: 58, vendor: 0, what: 'unknown-ignored' }])
    }
  })

  test('R3931-5.4.1-02, R3931-5.4.1-03, R3931-5.4.1-04: an unknown message, a vendor\'s too; the M bit decides', () => {
    for (const type of [messageType(99), messageType(1, { vendor: 9 }), messageType(1, { vendor: 9, reserved: 3 })]) {
      expect(refused(control3(type), undefined, 3)).toMatchObject({ why: 'unknown-message', scope: 'tunnel', mandatory: true })
    }
    for (const type of [messageType(99, { mandatory: false }), messageType(1, { vendor: 9, mandatory: false })]) {
      expect(refused(control3(type), undefined, 3)).toMatchObject({ why: 'unknown-message', mandatory: false })
    }
  })

  test('R3931-5.4.1-01, R3931-5.4.1-23: a body that does not begin with a sound Message Type', () => {
    for (const type of [avp(63, '00000001'), messageType(6, { hidden: true }), avp(0, '000600')]) {
      expect(refused(control3(type), undefined, 3)).toMatchObject({ why: 'no-message-type', scope: 'tunnel', result: 2 })
    }
  })

  test('R3931-5.3-01, R3931-5.3-02, R3931-5.3-07: hidden needs a secret and a Random Vector before it; the nearest one counts', () => {
    const stop: MessageIn<3> = { type: 'StopCCN', resultCode: { result: 1 }, assignedTunnelId: 0x12345678 }
    const bytes = encodeMessage(stop, hiding, form)
    expect(accepted(bytes, 's3cret', 3).message).toEqual(stop)
    expect(refused(bytes, undefined, 3)).toMatchObject({ why: 'undecipherable', attribute: 61, error: 3 })
    expect(refused(bytes, 'other', 3)).toMatchObject({ attribute: 61 })
    const pieces = avpsOf(bytes)
    const between = avp(36, '00'.repeat(16))
    const last = pieces.at(-1) ?? between
    expect(accepted(control3(pieces[0] ?? between, between, ...pieces.slice(1)), 's3cret', 3).message).toEqual(stop)
    expect(refused(control3(...pieces.slice(0, -1), between, last), 's3cret', 3)).toMatchObject({ attribute: 61 })
    expect(refused(control3(...pieces.filter((one) => attributeOf(one) !== 36)), 's3cret', 3)).toMatchObject({ error: 3 })
  })

  test('R4951-4.1-05: an FSQ ignores whatever else it carries, a misplaced digest too', () => {
    const fss = avp(79, '0000 000000a1 000000b2')
    const fsq = control3(messageType(21, { mandatory: false }), fss, avp(99, ''), avp(61, '00000007'), avp(59, '00'))
    expect(accepted(fsq, undefined, 3).message).toEqual({
      type: 'FSQ',
      failoverSessionStates: [{ sessionId: 0xa1, remoteSessionId: 0xb2 }],
    })
  })
})
