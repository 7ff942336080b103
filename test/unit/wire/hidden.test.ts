// Hiding of AVP values (RFC 2661 4.3): padding, several Random Vectors, wrong and missing secrets. Vectors: vectors.test.ts.

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { hide, hidingKey, unhide } from '../../../sim/l2tp/wire/hidden.ts'
import type { ControlMessage } from '../../../sim/l2tp/wire/messages.ts'
import { toHex } from '../../../sim/base/bytes.ts'
import { accepted, refused } from '../../support/bodies.ts'
import { avp, control, hex, messageType } from '../../support/octets.ts'

const secret = 's3cret'
const key = new TextEncoder().encode(secret)
const vectorA = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf'
const vectorB = '0102030405060708090a0b0c0d0e0f10'

/** Hidden form of a value as hexadecimal. */
function hidden(attribute: number, value: string, vector = vectorA, padding = ''): string {
  return toHex(hide(attribute, hidingKey(key, hex(vector)), hex(value), hex(padding)))
}

function icrp(...avps: readonly Uint8Array[]): Uint8Array {
  return control(messageType(11), ...avps)
}

describe('hidden AVPs received', () => {
  test('R2661-4.3-03: value of 4 octets with 12 of padding makes Length 24', () => {
    expect(hex(hidden(24, '0000fa00', vectorA, '00'.repeat(12))).length + 6).toBe(24)
  })

  test('R2661-4.3-04: padding of any size is dropped', () => {
    for (const size of [0, 1, 5, 12, 13, 30, 1000]) {
      const value = hidden(14, '00a1', vectorA, 'ee'.repeat(size))
      const bytes = icrp(avp(36, vectorA), avp(14, value, { hidden: true }))
      expect(accepted(bytes, secret).message).toEqual({ type: 'ICRP', assignedSessionId: 0xa1 })
    }
  })

  test('R2661-4.3-08, R2661-4.4.1-05: each uses the nearest Random Vector before it', () => {
    const bytes = control(
      messageType(7),
      avp(36, vectorA),
      avp(14, hidden(14, '00a1'), { hidden: true }),
      avp(15, hidden(15, '00000001'), { hidden: true }),
      avp(36, vectorB),
      avp(16, hidden(16, '00002580', vectorB), { hidden: true }),
      avp(17, '0000fa00'),
      avp(18, hidden(18, '00000001', vectorB), { hidden: true }),
      avp(19, '00000001'),
      avp(21, hidden(21, '35353531323334', vectorB), { hidden: true }),
    )
    expect(accepted(bytes, secret).message).toMatchObject({ assignedSessionId: 0xa1, minimumBps: 9600, calledNumber: '5551234' })
  })

  test('R2661-4.4.1-04: a Random Vector may have any length', () => {
    for (const vector of ['', '07', '07'.repeat(300)]) {
      const bytes = icrp(avp(36, vector), avp(14, hidden(14, '00a1', vector), { hidden: true }))
      expect(accepted(bytes, secret).message).toMatchObject({ assignedSessionId: 0xa1 })
    }
  })

  test('R2661-4.3-02: without a Random Vector before it, it is undecipherable', () => {
    const value = avp(14, hidden(14, '00a1'), { hidden: true })
    expect(refused(icrp(value, avp(36, vectorA)), secret)).toMatchObject({
      why: 'undecipherable',
      scope: 'session',
      attribute: 14,
      result: 2,
      error: 3,
    })
  })

  test('R2661-4.3-01: without a secret it is undecipherable, and the M bit decides', () => {
    const bytes = icrp(avp(36, vectorA), avp(14, hidden(14, '00a1'), { hidden: true }))
    for (const none of [undefined, '']) expect(refused(bytes, none)).toMatchObject({ why: 'undecipherable', error: 3 })
    const optional = avp(25, hidden(25, '00000001'), { hidden: true, mandatory: false })
    const { message, notes } = accepted(icrp(avp(36, vectorA), optional, avp(14, '00a1')))
    expect(message).toEqual({ type: 'ICRP', assignedSessionId: 0xa1 })
    expect(notes).toEqual([{ attribute: 25, vendor: 0, what: 'unexpected-ignored' }])
    const answer = control(messageType(8), avp(14, '00a1'), avp(36, vectorA), optional)
    expect(accepted(answer).notes).toEqual([{ attribute: 25, vendor: 0, what: 'undecipherable-ignored' }])
  })

  test('R2661-4.3-07: with another secret a nonsense length comes out', () => {
    const bytes = icrp(avp(36, vectorA), avp(14, hidden(14, '00a1'), { hidden: true }))
    expect(refused(bytes, 'other')).toMatchObject({ why: 'undecipherable', attribute: 14, error: 2 })
  })

  test('R2661-4.3-03: an original length that does not fit the AVP, or no room for one, is malformed', () => {
    const short = icrp(avp(36, vectorA), avp(14, hidden(14, 'a1'), { hidden: true }))
    expect(refused(short, secret)).toMatchObject({ why: 'malformed-avp', error: 2 })
    const zero = icrp(avp(36, vectorA), avp(14, hidden(14, '0000'), { hidden: true }))
    expect(refused(zero, secret)).toMatchObject({ why: 'malformed-avp', error: 3 })
    for (const value of ['', '78']) {
      const bytes = icrp(avp(36, vectorA), avp(14, value, { hidden: true }))
      expect(refused(bytes, secret)).toMatchObject({ why: 'malformed-avp', error: 2 })
    }
  })

  test('R2661-4.4.1-09: a hidden Random Vector is malformed', () => {
    expect(refused(icrp(avp(36, vectorA, { hidden: true }), avp(14, '00a1')), secret)).toMatchObject({ attribute: 36, error: 3 })
  })

  test('a hidden value of many segments agrees with another MD5', () => {
    const plain = hex('0028' + '5a'.repeat(40))
    let mask = md5(Uint8Array.of(0, 8), key, hex(vectorA))
    const expected: number[] = []
    for (let at = 0; at < plain.length; at += 16) {
      const segment = [...plain.subarray(at, at + 16)].map((octet, i) => octet ^ (mask[i] as number))
      expected.push(...segment)
      mask = md5(key, Uint8Array.from(segment))
    }
    expect(hex(hidden(8, '5a'.repeat(40)))).toEqual(Uint8Array.from(expected))
  })
})

function md5(...pieces: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('md5')
  for (const piece of pieces) hash.update(piece)
  return new Uint8Array(hash.digest())
}

describe('hidden AVPs sent', () => {
  const message: ControlMessage = {
    type: 'SCCRQ',
    protocolVersion: { version: 1, revision: 0 },
    hostName: 'lac',
    framingCapabilities: 3,
    assignedTunnelId: 7,
    tunnelRecovery: { recoverTunnelId: 1, recoverRemoteTunnelId: 2 },
  }
  const randomVector = hex(vectorA)

  test('R2661-4.3-02, R2661-4.4.1-05, R2661-4.4.1-08: one Random Vector with M = 1 stands before the first hidden AVP', () => {
    const bytes = encodeMessage(message, { secret, randomVector })
    const heads = [hex('8008 0000 0000'), hex('8008 0000 0002'), hex('8009 0000 0007'), hex('8016 0000 0024')]
    let at = 12
    for (const head of heads) {
      expect(bytes.subarray(at, at + 6)).toEqual(head)
      at += head[1] as number
    }
    expect(bytes.subarray(at - 16, at)).toEqual(randomVector)
    expect(bytes.subarray(at, at + 6)).toEqual(hex('c00c 0000 0003'))
    expect(toHex(bytes).split('801600000024')).toHaveLength(2)
  })

  test('R4951-5.2-04: a Tunnel Recovery AVP stays in clear', () => {
    const bytes = encodeMessage(message, { secret, randomVector })
    expect(bytes.subarray(-16)).toEqual(hex('8010 0000 004d 0000 0000 0001 0000 0002'))
    expect(accepted(bytes, secret).message).toEqual(message)
  })

  test('nothing to hide, no Random Vector', () => {
    expect(encodeMessage({ type: 'HELLO' }, { secret, randomVector })).toEqual(encodeMessage({ type: 'HELLO' }))
  })

  test('R2661-4.3-01: hiding without a secret is a mistake of the caller', () => {
    expect(() => encodeMessage(message, { secret: '', randomVector })).toThrow(/secret/)
  })

  test('hiding leaves the value it is given alone, and takes back what it did', () => {
    const value = hex('00a1')
    const made = hide(14, hidingKey(key, randomVector), value)
    expect(value).toEqual(hex('00a1'))
    expect(unhide(14, hidingKey(key, randomVector), made)).toEqual(hex('000200a1'))
    expect(unhide(14, hidingKey(key, randomVector), hex('78'))).toBeUndefined()
  })
})
