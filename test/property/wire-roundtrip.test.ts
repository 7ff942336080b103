// Every valid message survives the way to octets and back, in clear and hidden, and its description covers it.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeMessage, type Form } from '../../sim/l2tp/wire/codec.ts'
import { decodeSessionData, encodeSessionData, sessionIdOf } from '../../sim/l2tp/wire/data-v3.ts'
import { demultiplex } from '../../sim/l2tp/wire/demultiplex.ts'
import { describeMessage } from '../../sim/l2tp/wire/describe.ts'
import { checkMessage, controlAuthentication, HMAC_MD5, HMAC_SHA_1, sealMessage } from '../../sim/l2tp/wire/digest.ts'
import {
  decodeControlHeader,
  decodeDataHeader,
  encodeDataMessage,
  encodeZlb,
  peekType,
  stampControlHeader,
} from '../../sim/l2tp/wire/header.ts'
import { anyMessage, anyMessageIn } from '../support/arbitrary-messages.ts'
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
        expect(decodeControlHeader(bytes)).toEqual({ version: 2, length: bytes.length, tunnelId, sessionId, ns, nr })
        expect(accepted(bytes).message).toEqual(message)
        expect(decodeControlHeader(encodeZlb(tunnelId, ns, nr))).toEqual({ version: 2, length: 12, tunnelId, sessionId: 0, ns, nr })
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

describe('L2TPv3 control messages', () => {
  const digests = fc.array(fc.constantFrom(HMAC_MD5, HMAC_SHA_1), { maxLength: 2 })
  const anyForm = digests.map((list): Form<3> => ({ version: 3, digests: list }))

  test('R3931-5.1-01: with any digests they come back the same, without a note, and described without a problem', () => {
    fc.assert(
      fc.property(anyMessageIn(3), anyForm, (message, form) => {
        const bytes = encodeMessage(message, undefined, form)
        expect(accepted(bytes, undefined, 3)).toEqual({ ok: true, message, notes: [] })
        expect(peekType(bytes)).toBe(message.type)
        const { type, problem, fields } = describeMessage(bytes)
        expect([type, problem, fields.filter((field) => field.problem !== undefined)]).toEqual([message.type, undefined, []])
      }),
      { numRuns: 2000 },
    )
  })

  test('R3931-5.3-04, R3931-5.3-07: hidden they come back the same', () => {
    fc.assert(
      fc.property(anyMessageIn(3), hiding, anyForm, (message, how, form) => {
        const bytes = encodeMessage(message, how, form)
        expect(accepted(bytes, how.secret, 3).message).toEqual(message)
        expect(describeMessage(bytes, { secret: how.secret }).fields.filter((field) => field.problem !== undefined)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  test('R3931-3.2.1-06: ids and sequence numbers come back, for ZLBs too', () => {
    const uint32 = fc.integer({ min: 0, max: 0xffffffff })
    fc.assert(
      fc.property(anyMessageIn(3), fc.tuple(uint32, uint16, uint16), (message, [tunnelId, ns, nr]) => {
        const bytes = encodeMessage(message, undefined, { version: 3, digests: [] })
        stampControlHeader(bytes, tunnelId, 0, ns, nr)
        expect(decodeControlHeader(bytes, 3)).toEqual({ version: 3, length: bytes.length, tunnelId, sessionId: 0, ns, nr })
        expect(decodeControlHeader(encodeZlb(tunnelId, ns, nr, 3), 3)).toMatchObject({ length: 12, tunnelId, ns, nr })
        expect(accepted(bytes, undefined, 3).message).toEqual(message)
      }),
    )
  })

  test('R3931-5.4.1-12, R3931-5.4.1-14: sealed they are authentic to the peer and to nobody with another secret', () => {
    const nonce = fc.uint8Array({ maxLength: 40 })
    // HMAC fills short keys up with zeros: secrets that differ in NULs at their end are one.
    const keyOf = (secret: string): string => secret.replace(/\0+$/, '')
    const secrets = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 70 }), { minLength: 2, maxLength: 2, selector: keyOf })
    const some = anyForm.filter(({ digests: list }) => list.length > 0)
    fc.assert(
      fc.property(anyMessageIn(3), some, fc.tuple(nonce, nonce), secrets, (message, form, [ours, theirs], [right, wrong]) => {
        const bytes = encodeMessage(message, undefined, form)
        sealMessage(bytes, controlAuthentication([right ?? ''], ours, theirs))
        expect(checkMessage(bytes, controlAuthentication([right ?? ''], theirs, ours))).toBe('authentic')
        expect(checkMessage(bytes, controlAuthentication([wrong ?? ''], theirs, ours))).toBe('wrong')
      }),
      { numRuns: 300 },
    )
  })
})

test('R3931-4.1-03, R3931-4.1-04: L2TPv3 data messages come back with number and payload', () => {
  const cookie = fc.constantFrom(0, 4, 8).chain((size) => fc.uint8Array({ minLength: size, maxLength: size }))
  const number = fc.integer({ min: -1, max: 0xffffff })
  const sessionId = fc.integer({ min: 1, max: 0xffffffff })
  const transport = fc.constantFrom('udp' as const, 'ip' as const)
  const payload = fc.uint8Array({ maxLength: 50 })
  fc.assert(
    fc.property(sessionId, fc.tuple(number, cookie, fc.boolean()), payload, transport, (id, [n, octets, sublayer], data, over) => {
      const ns = sublayer ? n : -1
      const format = { cookie: octets, sublayer }
      const bytes = encodeSessionData(id, ns, data, format, over)
      expect(demultiplex(bytes, over)).toEqual({ version: 3, kind: 'data' })
      expect(sessionIdOf(bytes, over)).toBe(id)
      const found = decodeSessionData(bytes, format, over)
      expect(found).toMatchObject({ ns })
      if (typeof found !== 'string') expect(bytes.subarray(found.payloadAt)).toEqual(data)
    }),
  )
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
