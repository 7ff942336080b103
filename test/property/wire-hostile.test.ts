// Whatever octets arrive, nothing throws, what is accepted is sound, and decoder, inspector and peek agree with one another.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Version } from '../../sim/l2tp/wire/avps.ts'
import { decodeBody, encodeMessage, type Body } from '../../sim/l2tp/wire/codec.ts'
import { decodeSessionData, sessionIdOf } from '../../sim/l2tp/wire/data-v3.ts'
import { demultiplex } from '../../sim/l2tp/wire/demultiplex.ts'
import { describeMessage, type Field, type Viewer } from '../../sim/l2tp/wire/describe.ts'
import { checkMessage, controlAuthentication, HMAC_MD5, HMAC_SHA_1, type DigestType } from '../../sim/l2tp/wire/digest.ts'
import { decodeControlHeader, decodeDataHeader, hasBody, isControl, peekType } from '../../sim/l2tp/wire/header.ts'
import { anyMessage, anyMessageIn } from '../support/arbitrary-messages.ts'
import { control, control3 } from '../support/octets.ts'

const secret = 's3cret'
const randomVector = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i)
const RUNS = { numRuns: 5000 }
const format = { cookie: Uint8Array.of(1, 2, 3, 4), sublayer: true }
const authentication = controlAuthentication([secret], randomVector, randomVector)

/** A valid message to which something happened. */
function mutated(): fc.Arbitrary<Uint8Array> {
  const hiding = fc.constantFrom(undefined, { secret, randomVector })
  const valid2 = fc.tuple(anyMessage(), hiding).map(([message, how]) => encodeMessage(message, how))
  const digests = fc.subarray<DigestType>([HMAC_MD5, HMAC_SHA_1])
  const valid3 = fc.tuple(anyMessageIn(3), hiding, digests).map(([message, how, list]) => {
    return encodeMessage<3>(message, how, { version: 3, digests: list })
  })
  const valid = fc.oneof(valid2, valid3)
  const damage = fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 4 })
  const overwritten = fc.tuple(valid, damage).map(([bytes, hits]) => {
    const copy = bytes.slice()
    for (const [at, octet] of hits) copy[at % copy.length] = octet
    return copy
  })
  const flipped = fc.tuple(valid, fc.nat(40_000)).map(([bytes, bit]) => {
    const copy = bytes.slice()
    const at = (bit >> 3) % copy.length
    copy[at] = (copy[at] as number) ^ (1 << (bit & 7))
    return copy
  })
  const cut = fc.tuple(valid, fc.nat(4000)).map(([bytes, size]) => bytes.slice(0, size % (bytes.length + 1)))
  const shortened = fc.tuple(valid, fc.nat(4000)).map(([bytes, size]) => {
    const length = 12 + (size % (bytes.length - 11))
    const copy = bytes.slice()
    copy[2] = length >>> 8
    copy[3] = length & 0xff
    return copy
  })
  return fc.oneof(overwritten, flipped, cut, shortened)
}

/** A control header before random AVP-like octets. */
function avpSoup(): fc.Arbitrary<Uint8Array> {
  const avp = fc
    .tuple(fc.nat(255), fc.nat(40), fc.constantFrom(0, 0, 0, 9), fc.nat(85), fc.uint8Array({ maxLength: 34 }))
    .map(([flags, length, vendor, attribute, value]) => Uint8Array.of(flags, length, 0, vendor, 0, attribute, ...value))
  const first = fc.nat(24).map((number) => Uint8Array.of(number < 21 ? 0x80 : 0, 8, 0, 0, 0, 0, 0, number))
  const made = fc.constantFrom(control, control3)
  return fc.tuple(made, first, fc.array(avp, { maxLength: 12 })).map(([make, type, avps]) => make(type, ...avps))
}

/** Everything that can be done with received octets. */
function readAll(bytes: Uint8Array): Body<Version> | undefined {
  const before = bytes.slice()
  peekType(bytes)
  isControl(bytes)
  decodeDataHeader(bytes, 7)
  describeMessage(bytes)
  describeMessage(bytes, { secret, missingOctets: 3, authentication, formatOf: () => format })
  for (const transport of ['udp', 'ip'] as const) {
    demultiplex(bytes, transport)
    if (sessionIdOf(bytes, transport) >= 0) decodeSessionData(bytes, format, transport)
  }
  const version = demultiplex(bytes).version === 3 ? 3 : 2
  const header = decodeControlHeader(bytes, version)
  if (typeof header !== 'string') checkMessage(bytes, authentication)
  const body = typeof header === 'string' || !hasBody(header) ? undefined : decodeBody(bytes, header, secret)
  if (typeof header !== 'string') decodeBody(bytes, header, undefined)
  expect(bytes).toEqual(before)
  return body
}

function leaves(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap((field) => [field, ...leaves(field.fields)])
}

/** The type if there is one. */
function namedType(type: string): string | undefined {
  return type === '' ? undefined : type
}

/** What must hold between decoder, peek and inspector. */
function checkAgreement(bytes: Uint8Array): void {
  const body = readAll(bytes)
  const description = describeMessage(bytes, { secret })
  const ignored = description.fields.filter(({ problem }) => problem?.startsWith('ignored') === true)
  if (body?.ok === true) {
    expect(peekType(bytes)).toBe(body.message.type)
    expect(description.problem).toBeUndefined()
    expect(Math.min(ignored.length, 32)).toBe(body.notes.length)
    const version = demultiplex(bytes).version === 3 ? 3 : 2
    const again = encodeMessage<Version>(body.message, undefined, { version, digests: [] })
    expect([...again.subarray(0, 2)]).toEqual([0xc8, version])
  } else if (body !== undefined) {
    expect(description.problem).toContain(body.fault.text)
    expect(body.fault.type).toBe(namedType(peekType(bytes)))
    expect(body.fault.result).toBe(2)
    expect(body.fault.text.length).toBeLessThan(200)
  }
}

/** The top fields of a description follow one another and leave nothing out; parts lie within what they are part of. */
function checkCoverage(bytes: Uint8Array): void {
  checkCovered(bytes, { secret })
  checkCovered(bytes, { secret, formatOf: () => format })
  checkCovered(bytes, { secret, transport: 'ip', formatOf: () => format })
  checkCovered(Uint8Array.of(0, 0, 0, 0, ...bytes), { secret, transport: 'ip', authentication })
}

function checkCovered(bytes: Uint8Array, viewer: Viewer): void {
  const { fields } = describeMessage(bytes, viewer)
  let at = 0
  const astray: Field[] = []
  for (const field of fields) {
    if (field.offset !== at) astray.push(field)
    at += field.length
    astray.push(...leaves([field]).filter((leaf) => leaf.offset < field.offset || leaf.offset + leaf.length > at))
  }
  expect(astray).toEqual([])
  expect(at).toBe(bytes.length)
}

describe.each([
  ['random octets', fc.uint8Array({ maxLength: 80 })],
  ['random octets behind a control word', fc.uint8Array({ maxLength: 80 }).map((rest) => Uint8Array.of(0xc8, 0x02, ...rest))],
  ['random octets behind a control word of L2TPv3', fc.uint8Array({ maxLength: 80 }).map((rest) => Uint8Array.of(0xc8, 3, ...rest))],
  ['damaged messages', mutated()],
  ['AVPs of all sorts', avpSoup()],
])('%s', (_name, octets) => {
  test('R2661-7.1-01, R2661-7.1-03, R3931-7.1-03: never throw, are never changed, and are judged alike everywhere', () => {
    fc.assert(fc.property(octets, checkAgreement), RUNS)
  })

  test('are described octet for octet', () => {
    fc.assert(fc.property(octets, checkCoverage), RUNS)
  })
})

test('the longest possible messages are read in bounded time and memory', () => {
  const size = 65_535
  const tiny = new Uint8Array(size)
  tiny.set([0xc8, 0x02, 0xff, 0xff])
  tiny.set([0x80, 8, 0, 0, 0, 0, 0, 6], 12)
  for (let at = 20; at + 6 <= size; at += 6) tiny.set([0, 6, 0, 0, 0, 99], at)
  const body = readAll(tiny)
  expect(body?.ok).toBe(false)
  const pairs = new Uint8Array(20 + 4094 * 16)
  pairs.set([0xc8, 0x02, pairs.length >>> 8, pairs.length & 0xff])
  pairs.set([0, 8, 0, 0, 0, 0, 0, 21], 12)
  for (let at = 20; at < pairs.length; at += 16) pairs.set([0x80, 16, 0, 0, 0, 79], at)
  const query = readAll(pairs)
  expect(query).toMatchObject({ ok: true, message: { type: 'FSQ' } })
  if (query?.ok === true && query.message.type === 'FSQ') expect(query.message.failoverSessionStates).toHaveLength(4094)
})
