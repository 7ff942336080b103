// Control message authentication of L2TPv3 (RFC 3931 4.3, 5.4.1): the hash functions against published test cases, what a digest
// covers, two digests and two secrets, and what is missing or wrong.

import { createHmac } from 'node:crypto'
import { hmac } from '@noble/hashes/hmac.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import {
  checkMessage,
  controlAuthentication,
  HMAC_MD5,
  HMAC_SHA_1,
  sealMessage,
  type DigestType,
} from '../../../sim/l2tp/wire/digest.ts'
import { encodeZlb, stampControlHeader } from '../../../sim/l2tp/wire/header.ts'
import { deriveKey, DIGEST } from '../../../sim/l2tp/wire/keys.ts'
import type { MessageIn } from '../../../sim/l2tp/wire/messages.ts'
import { accepted, refused } from '../../support/bodies.ts'
import { avp, concat, control3, hex, messageType } from '../../support/octets.ts'

const ascii = (text: string) => new TextEncoder().encode(text)
const repeated = (octet: number, count: number) => new Uint8Array(count).fill(octet)

/** RFC 2202 sections 2 (HMAC-MD5) and 3 (HMAC-SHA-1): key, data, digest. */
const published: readonly (readonly ['md5' | 'sha1', Uint8Array, Uint8Array, string])[] = [
  ['md5', repeated(0x0b, 16), ascii('Hi There'), '9294727a3638bb1c13f48ef8158bfc9d'],
  ['md5', ascii('Jefe'), ascii('what do ya want for nothing?'), '750c783e6ab0b503eaa86e310a5db738'],
  ['md5', repeated(0xaa, 16), repeated(0xdd, 50), '56be34521d144c88dbb8c733f0e8b3f6'],
  ['md5', repeated(0x0c, 16), ascii('Test With Truncation'), '56461ef2342edc00f9bab995690efd4c'],
  ['md5', repeated(0xaa, 80), ascii('Test Using Larger Than Block-Size Key - Hash Key First'), '6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd'],
  ['sha1', repeated(0x0b, 20), ascii('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  ['sha1', ascii('Jefe'), ascii('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  ['sha1', repeated(0xaa, 20), repeated(0xdd, 50), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  ['sha1', repeated(0x0c, 20), ascii('Test With Truncation'), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
  ['sha1', repeated(0xaa, 80), ascii('Test Using Larger Than Block-Size Key - Hash Key First'), 'aa4ae5e15272d00e95705637ce8a3b55ed402112'],
]

test.each(published)('R3931-5.4.1-06, R3931-5.4.1-07: HMAC-%s has the digest that RFC 2202 prints', (hash, key, data, digest) => {
  expect(hmac(hash === 'md5' ? md5 : sha1, key, data)).toEqual(hex(digest))
})

const [ours, theirs] = [hex('0102030405060708090a0b0c0d0e0f10'), hex('f0f1f2')]
const sender = (...secrets: readonly string[]) => controlAuthentication(secrets, ours, theirs)
const receiver = (...secrets: readonly string[]) => controlAuthentication(secrets, theirs, ours)
const cdn: MessageIn<3> = { type: 'CDN', resultCode: { result: 3 }, assignedSessionId: 7, remoteSessionId: 8 }

function sealed(message: MessageIn<3>, digests: readonly DigestType[], ...secrets: readonly string[]): Uint8Array {
  const bytes = encodeMessage(message, undefined, { version: 3, digests })
  stampControlHeader(bytes, 0x01020304, 0, 5, 6)
  sealMessage(bytes, sender(...secrets))
  return bytes
}

interface Hmac {
  readonly hash: string
  readonly secret: string
}

/** What Node's own HMAC makes of the message, its digests zero. */
function expected(hmac: Hmac, bytes: Uint8Array, nonces: readonly Uint8Array[], digests: readonly number[]): Uint8Array {
  const blank = bytes.slice()
  for (const at of digests) blank.fill(0, at, at + (bytes[at - 1] === 0 ? 16 : 20))
  const digest = createHmac(hmac.hash, deriveKey(hmac.secret, DIGEST))
  for (const piece of [...nonces, blank]) digest.update(piece)
  return new Uint8Array(digest.digest())
}

describe('the digest', () => {
  test('R3931-5.4.1-09, R3931-5.4.1-05, R3931-5.4.1-24: stands directly behind Message Type, at octet 27, with M = 1 and the right Length', () => {
    expect(sealed(cdn, [HMAC_MD5], 's').subarray(12, 27)).toEqual(hex('8008 0000 0000 000e  8017 0000 003b 00'))
    expect(sealed(cdn, [HMAC_SHA_1], 's').subarray(20, 27)).toEqual(hex('801b 0000 003b 01'))
  })

  test.each([
    ['md5', HMAC_MD5],
    ['sha1', HMAC_SHA_1],
  ] as const)('R3931-5.4.1-12, R3931-5.4.1-13: is the HMAC-%s over both nonces, ours first, and the message', (hash, type) => {
    const bytes = sealed(cdn, [type], 'secret')
    const digest = bytes.subarray(27, 27 + (type === HMAC_MD5 ? 16 : 20))
    expect(digest).toEqual(expected({ hash, secret: 'secret' }, bytes, [ours, theirs], [27]))
  })

  test('R3931-5.4.1-15: of an SCCRQ has no nonces in it', () => {
    const sccrq: MessageIn<3> = {
      type: 'SCCRQ',
      hostName: 'a',
      routerId: 1,
      assignedTunnelId: 1,
      pseudowireCapabilities: [5],
      nonce: ours,
    }
    const bytes = sealed(sccrq, [HMAC_MD5], 'secret')
    expect(bytes.subarray(27, 43)).toEqual(expected({ hash: 'md5', secret: 'secret' }, bytes, [], [27]))
  })

  test('R3931-5.4.1-10, R3931-5.4.1-16, R3931-5.4.1-18, R3931-5.4.1-33: of two, each counts both as zero and has its own secret', () => {
    const bytes = sealed(cdn, [HMAC_MD5, HMAC_SHA_1], 'old', 'new')
    expect(bytes.subarray(43, 50)).toEqual(hex('801b 0000 003b 01'))
    expect(bytes.subarray(27, 43)).toEqual(expected({ hash: 'md5', secret: 'old' }, bytes, [ours, theirs], [27, 50]))
    expect(bytes.subarray(50, 70)).toEqual(expected({ hash: 'sha1', secret: 'new' }, bytes, [ours, theirs], [27, 50]))
    expect(accepted(bytes, undefined, 3)).toMatchObject({ message: cdn, notes: [] })
  })

  test('is the same however often the message is sealed', () => {
    const bytes = sealed(cdn, [HMAC_MD5, HMAC_SHA_1], 'a')
    const again = bytes.slice()
    sealMessage(again, sender('a'))
    expect(again).toEqual(bytes)
  })

  test('a message without room for one is left alone', () => {
    const bytes = encodeMessage(cdn, undefined, { version: 3, digests: [] })
    const before = bytes.slice()
    sealMessage(bytes, sender('s'))
    expect(bytes).toEqual(before)
  })
})

describe('checking', () => {
  test('R3931-4.3-07, R3931-5.4.1-14: any octet changed within the message is found, what follows it does not count', () => {
    const bytes = sealed(cdn, [HMAC_MD5], 's')
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] as number) ^ 0x10
      if (at === 2) continue // Length beyond the datagram: discarded for its header
      expect([at, checkMessage(changed, receiver('s'))]).not.toEqual([at, 'authentic'])
    }
    expect(checkMessage(concat(bytes, hex('ffff')), receiver('s'))).toBe('authentic')
  })

  test('R3931-4.3-01: a message sent back to its sender is wrong', () => {
    expect(checkMessage(sealed(cdn, [HMAC_SHA_1], 's'), sender('s'))).toBe('wrong')
  })

  test('R3931-5.4.1-17: with two digests or two secrets, one agreement is enough', () => {
    const bytes = sealed(cdn, [HMAC_MD5, HMAC_SHA_1], 'old', 'new')
    for (const secrets of [['old'], ['new'], ['x', 'new'], ['old', 'x']]) {
      expect(checkMessage(bytes, receiver(...secrets))).toBe('authentic')
    }
    expect(checkMessage(bytes, receiver('x', 'y'))).toBe('wrong')
    expect(checkMessage(sealed(cdn, [HMAC_MD5], 'new'), receiver('old', 'new'))).toBe('authentic')
  })

  test('R3931-4.3-06: with empty secret and nonces it shows corruption only', () => {
    const nothing = new Uint8Array(0)
    const open = controlAuthentication([''], nothing, nothing)
    const bytes = encodeMessage(cdn, undefined, { version: 3, digests: [HMAC_MD5] })
    sealMessage(bytes, open)
    expect(checkMessage(bytes, open)).toBe('authentic')
    bytes[11] = 1
    expect(checkMessage(bytes, open)).toBe('wrong')
  })

  test('R3931-5.4.1-09: missing in a ZLB, without the AVP, or where it stands elsewhere', () => {
    const good = avp(59, `00${'00'.repeat(16)}`)
    const ids = [avp(63, '00000001'), avp(64, '00000002')]
    const missing = [
      encodeZlb(1, 2, 3, 3),
      control3(messageType(6)),
      control3(messageType(16), ...ids, good),
      control3(good, messageType(6)),
      control3(messageType(6), avp(59, `02${'00'.repeat(16)}`)),
      control3(messageType(6), avp(59, `00${'00'.repeat(15)}`)),
      control3(messageType(6), avp(59, `00${'00'.repeat(16)}`, { hidden: true })),
      control3(messageType(6), avp(59, '00', { length: 23 })),
    ]
    for (const bytes of missing) expect(checkMessage(bytes, receiver('s'))).toBe('missing')
    expect(checkMessage(control3(messageType(6), good), receiver('s'))).toBe('wrong')
  })

  test('R3931-AMB-01, R3931-5.4.1-33: elsewhere, a third one, or of another type or Length it is malformed', () => {
    const good = avp(59, `00${'00'.repeat(16)}`)
    const wrong = [
      control3(messageType(16), avp(63, '00000001'), avp(64, '00000002'), good),
      control3(messageType(6), good, good, good),
      control3(messageType(6), avp(59, `02${'00'.repeat(20)}`)),
      control3(messageType(6), avp(59, `01${'00'.repeat(16)}`)),
    ]
    for (const bytes of wrong) expect(refused(bytes, undefined, 3)).toMatchObject({ why: 'malformed-avp', attribute: 59, error: 3 })
    const free = avp(59, '02', { mandatory: false })
    expect(accepted(control3(messageType(6), free), undefined, 3).notes).toEqual([{ attribute: 59, vendor: 0, what: 'malformed-ignored' }])
  })

  test('never throws and never changes a message, whatever the octets', () => {
    const octets = fc.uint8Array({ maxLength: 80 }).map((rest) => Uint8Array.of(0xc8, 3, 0, 12 + rest.length, ...new Uint8Array(8), ...rest))
    fc.assert(
      fc.property(octets, (bytes) => {
        const before = bytes.slice()
        expect(checkMessage(bytes, receiver('s', 't'))).not.toBe('authentic')
        expect(bytes).toEqual(before)
      }),
      { numRuns: 2000 },
    )
  })
})

test('a third digest, or no secret at all, is a mistake of the caller', () => {
  expect(() => encodeMessage(cdn, undefined, { version: 3, digests: [0, 0, 0] })).toThrow(/two digests/)
  expect(() => controlAuthentication([], ours, theirs)).toThrow(/secret/)
})
