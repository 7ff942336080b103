// Which AVPs each message carries (RFC 2661 section 6, RFC 4951 section 4): sent, required, allowed.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { avpRows } from '../../../sim/l2tp/wire/avps.ts'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { messageRows, type ControlMessage, type MessageRow, type MessageType } from '../../../sim/l2tp/wire/messages.ts'
import { fullMessageOf } from '../../support/arbitrary-messages.ts'
import { accepted, refused } from '../../support/bodies.ts'
import { control, hex } from '../../support/octets.ts'

type TableRow = readonly [MessageType<2>, number, string, readonly number[], string, readonly number[]]

const proxy = [26, 27, 28, 29, 30, 31, 32, 33]

/** Type, number, requirement and attributes it must have besides Message Type, requirement and attributes it may have. */
const table: readonly TableRow[] = [
  ['SCCRQ', 1, 'R2661-6.1-01', [2, 7, 3, 9], 'R2661-6.1-02', [4, 10, 11, 5, 6, 8, 76, 77]],
  ['SCCRP', 2, 'R2661-6.2-01', [2, 3, 7, 9], 'R2661-6.2-02', [4, 6, 8, 10, 11, 13, 76, 78]],
  ['SCCCN', 3, 'R2661-6.3-01', [], 'R2661-6.3-02', [13]],
  ['StopCCN', 4, 'R2661-6.4-01', [9, 1], '', []],
  ['HELLO', 6, 'R2661-6.5-05', [], '', []],
  ['OCRQ', 7, 'R2661-6.9-02', [14, 15, 16, 17, 18, 19, 21], 'R2661-6.9-03', [23]],
  ['OCRP', 8, 'R2661-6.10-01', [14], 'R2661-6.10-02', [25]],
  ['OCCN', 9, 'R2661-6.11-01', [24, 19], 'R2661-6.11-02', [38, 39]],
  ['ICRQ', 10, 'R2661-6.6-01', [14, 15], 'R2661-6.6-02', [18, 25, 22, 21, 23]],
  ['ICRP', 11, 'R2661-6.7-01', [14], '', []],
  ['ICCN', 12, 'R2661-6.8-01', [24, 19], 'R2661-6.8-02', [...proxy, 37, 38, 39]],
  ['CDN', 14, 'R2661-6.12-02', [1, 14], 'R2661-6.12-03', [12]],
  ['WEN', 15, 'R2661-6.13-02', [34], '', []],
  ['SLI', 16, 'R2661-6.14-02', [35], '', []],
  ['FSQ', 21, 'R4951-4.1-03', [79], 'R4951-4.1-05', []],
  ['FSR', 22, 'R4951-4.2-04', [79], 'R4951-4.2-06', []],
]

/** AVPs whose octets nothing else settles: drawn in the sections cited, values chosen so that every field differs. */
const layouts: readonly (readonly [string, ControlMessage, string])[] = [
  [
    'R2661-4.4.6-01, R2661-4.4.6-03: Call Errors',
    {
      type: 'WEN',
      callErrors: {
        crcErrors: 1,
        framingErrors: 2,
        hardwareOverruns: 3,
        bufferOverruns: 4,
        timeoutErrors: 5,
        alignmentErrors: 0xfffffffe,
      },
    },
    '8020 0000 0022 0000 00000001 00000002 00000003 00000004 00000005 fffffffe',
  ],
  [
    'R2661-4.4.6-02: ACCM',
    { type: 'SLI', accm: { send: 0x000a0000, receive: 0xffffffff } },
    '8010 0000 0023 0000 000a0000 ffffffff',
  ],
  [
    'R2661-4.4.4-14, R2661-4.4.4-15, R2661-4.4.4-10: speeds and asynchronous framing',
    { type: 'OCCN', txConnectSpeed: 64_000, framingType: 2, rxConnectSpeed: 33_600, sequencingRequired: true },
    '800a 0000 0018 0000fa00  800a 0000 0013 00000002  000a 0000 0026 00008340  8006 0000 0027',
  ],
  [
    'R2661-4.4.4-08, R2661-4.4.4-16: digital bearer and Physical Channel ID',
    { type: 'ICRQ', assignedSessionId: 1, callSerialNumber: 0x01020304, bearerType: 1, physicalChannelId: 9 },
    '8008 0000 000e 0001  800a 0000 000f 01020304  800a 0000 0012 00000001  000a 0000 0019 00000009',
  ],
]

test.each(layouts)('%s', (_name, message, octets) => {
  expect(encodeMessage(message).subarray(20)).toEqual(hex(octets))
})

test('R2661-4.4.3-02, R2661-4.4.3-04: bit 2 is asynchronous and analog, bit 1 synchronous and digital', () => {
  const bits = (name: string) => {
    const part = avpRows.find((row) => row.name === name)?.value[0]
    return part?.kind === 'uint' ? part.bits : undefined
  }
  expect(bits('framingCapabilities')).toEqual({ 2: 'asynchronous', 1: 'synchronous' })
  expect(bits('bearerCapabilities')).toEqual({ 2: 'analog', 1: 'digital' })
})

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

const attributeOf = (avp: Uint8Array) => (avp[4] as number) * 256 + (avp[5] as number)

test('the table and the registry name the same messages (R2661-3.2-01)', () => {
  const rows: readonly MessageRow[] = messageRows
  expect(rows.filter((row) => row.v2 !== undefined).map((row) => [row.type, row.number])).toEqual(
    table.map(([type, number]) => [type, number]),
  )
})

describe.each(table)('%s', (...row) => {
  const [type, number, mustId, must, mayId, may] = row
  const repeats = must.includes(79)
  const [message] = fc.sample(
    fullMessageOf(type).filter((one) => !('failoverSessionStates' in one) || one.failoverSessionStates.length === 1),
    { numRuns: 1, seed: number },
  )
  if (message === undefined) throw new Error('nothing generated')
  const avps = avpsOf(encodeMessage(message))
  const [first, ...others] = avps

  test(`${mustId}: Message Type comes first, then what it must have (R2661-4.4.1-01)`, () => {
    expect(first && attributeOf(first)).toBe(0)
    expect(first && (first[6] as number) * 256 + (first[7] as number)).toBe(number)
    expect(first && (first[0] as number)).toBe(number < 21 ? 0x80 : 0)
    const listed = new Set(others.map(attributeOf))
    expect([...listed].sort((a, b) => a - b)).toEqual([...must, ...may].sort((a, b) => a - b))
  })

  if (must.length > 0 && !repeats) {
    test(`${mustId}: without one of them it is malformed (R2661-7.1-01)`, () => {
      for (const attribute of must) {
        const fault = refused(control(...avps.filter((avp) => attributeOf(avp) !== attribute)))
        expect(fault).toMatchObject({ why: 'missing-avp', type, attribute, result: 2, error: 6 })
        expect(fault.text).toContain(`AVP ${String(attribute)} `)
      }
    })
  }

  if (may.length > 0) {
    test(`${mayId}: without what it may have it is sound`, () => {
      const bare = accepted(control(...avps.filter((avp) => !may.includes(attributeOf(avp))))).message
      expect(Object.values(bare).filter((value) => value !== undefined)).toHaveLength(1 + must.length)
    })
  }

  test('the order of its AVPs does not matter on receipt', () => {
    if (first === undefined) throw new Error('no AVP')
    expect(accepted(control(first, ...[...others].reverse())).message).toEqual(message)
  })
})
