// Every valid message survives the way to octets and back, in clear and hidden, and its description covers it.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { describeMessage } from '../../sim/l2tp/wire/describe.ts'
import {
  decodeControlHeader,
  decodeDataHeader,
  encodeDataMessage,
  encodeZlb,
  peekType,
  stampControlHeader,
} from '../../sim/l2tp/wire/header.ts'
import { anyMessage } from '../support/arbitrary-messages.ts'
import { accepted } from '../support/bodies.ts'

const uint16 = fc.integer({ min: 0, max: 0xffff })
const hiding = fc.record({
  secret: fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
  randomVector: fc.uint8Array({ minLength: 0, maxLength: 40 }),
})

describe('control messages', () => {
  test('R2661-4.1-10: in clear they come back the same, without a note', () => {
    fc.assert(
      fc.property(anyMessage(), (message) => {
        const bytes = encodeMessage(message)
        const { message: decoded, notes } = accepted(bytes)
        expect(decoded).toEqual(message)
        expect(notes).toEqual([])
        expect(encodeMessage(decoded)).toEqual(bytes)
        expect(peekType(bytes)).toBe(message.type)
      }),
      { numRuns: 3000 },
    )
  })

  test('R2661-4.1-07, R2661-4.3-08: hidden they come back the same', () => {
    fc.assert(
      fc.property(anyMessage(), hiding, (message, how) => {
        const bytes = encodeMessage(message, how)
        expect(accepted(bytes, how.secret).message).toEqual(message)
        expect(peekType(bytes)).toBe(message.type)
      }),
      { numRuns: 1000 },
    )
  })

  test('R2661-3.1-12, R2661-3.1-13: ids and sequence numbers come back, for ZLBs too', () => {
    fc.assert(
      fc.property(anyMessage(), fc.tuple(uint16, uint16, uint16, uint16), (message, [tunnelId, sessionId, ns, nr]) => {
        const bytes = encodeMessage(message)
        stampControlHeader(bytes, tunnelId, sessionId, ns, nr)
        expect(decodeControlHeader(bytes)).toEqual({ length: bytes.length, tunnelId, sessionId, ns, nr })
        expect(accepted(bytes).message).toEqual(message)
        expect(decodeControlHeader(encodeZlb(tunnelId, ns, nr))).toEqual({ length: 12, tunnelId, sessionId: 0, ns, nr })
      }),
    )
  })

  test('the description of a valid message finds no problem, in clear or hidden', () => {
    fc.assert(
      fc.property(anyMessage(), fc.option(hiding, { nil: undefined }), (message, how) => {
        const { problem, fields, type } = describeMessage(encodeMessage(message, how), { secret: how?.secret })
        expect(problem).toBeUndefined()
        expect(fields.filter((field) => field.problem !== undefined)).toEqual([])
        expect(type).toBe(message.type)
      }),
      { numRuns: 1000 },
    )
  })
})

test('data messages come back with their payload where it says', () => {
  const payload = fc.uint8Array({ maxLength: 50 })
  const number = fc.integer({ min: -1, max: 0xffff })
  fc.assert(
    fc.property(fc.tuple(uint16, uint16, number), payload, fc.nat(2000), ([tunnelId, sessionId, ns], data, more) => {
      const bytes = encodeDataMessage(tunnelId, sessionId, ns, data, data.length + more)
      const header = decodeDataHeader(bytes, more)
      expect(header).toMatchObject({ tunnelId, sessionId, ns })
      if (typeof header !== 'string') expect(bytes.subarray(header.payloadAt)).toEqual(data)
    }),
  )
})
