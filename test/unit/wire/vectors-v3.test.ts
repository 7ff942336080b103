// Reference vectors of L2TPv3: whole messages with their digests, derived keys, a hidden value, data messages, to the bit.
// Origin: test/vectors/l2tpv3.json.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { decodeSessionData, encodeSessionData, sessionIdOf } from '../../../sim/l2tp/wire/data-v3.ts'
import { checkMessage, controlAuthentication, HMAC_MD5, HMAC_SHA_1, sealMessage, type DigestType } from '../../../sim/l2tp/wire/digest.ts'
import { decodeControlHeader, stampControlHeader } from '../../../sim/l2tp/wire/header.ts'
import { hide, hidingKey, unhide } from '../../../sim/l2tp/wire/hidden.ts'
import { deriveKey, DIGEST, HIDING } from '../../../sim/l2tp/wire/keys.ts'
import type { MessageIn } from '../../../sim/l2tp/wire/messages.ts'
import { accepted } from '../../support/bodies.ts'
import { concat, hex } from '../../support/octets.ts'

interface Vectors {
  readonly secret: string
  readonly hidingKey: string
  readonly digestKey: string
  readonly senderNonce: string
  readonly receiverNonce: string
  readonly hidden: { readonly attribute: number; readonly value: string; readonly randomVector: string; readonly hidden: string }
  readonly messages: Readonly<Record<string, string>>
  readonly data: { readonly udp_cookie64_seq0: string; readonly ip_cookie32_seq5: string }
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/l2tpv3.json', import.meta.url), 'utf8')) as Vectors
const { secret } = vectors
const querier = hex(vectors.senderNonce)
const responder = hex(vectors.receiverNonce)

interface Meaning {
  readonly message: MessageIn<3>
  readonly digest?: DigestType
  readonly from: 'querier' | 'responder'
}

const byQuerier = { from: 'querier' } as const
const byResponder = { from: 'responder' } as const

const meanings: Readonly<Record<string, Meaning>> = {
  SCCRQ_recovery_md5: {
    ...byQuerier,
    message: {
      type: 'SCCRQ',
      hostName: 'a',
      routerId: 0x0a000001,
      assignedTunnelId: 0x33333333,
      pseudowireCapabilities: [7],
      nonce: querier,
      tieBreaker: hex('0000000000000001'),
      tunnelRecovery: { recoverTunnelId: 0x11111111, recoverRemoteTunnelId: 0x22222222 },
    },
  },
  SCCRP_recovery_md5: {
    ...byResponder,
    message: {
      type: 'SCCRP',
      hostName: 'b',
      routerId: 0x0a000002,
      assignedTunnelId: 0x44444444,
      pseudowireCapabilities: [7],
      nonce: responder,
      suggestedControlSequence: { suggestedNs: 3, suggestedNr: 100 },
    },
  },
  SCCCN_recovery_md5: { ...byQuerier, message: { type: 'SCCCN' } },
  SCCCN_recovery_sha1: { ...byQuerier, message: { type: 'SCCCN' }, digest: HMAC_SHA_1 },
  ACK_for_recovery_SCCCN_md5: { ...byResponder, message: { type: 'ACK' } },
  FSQ_md5: {
    ...byQuerier,
    message: { type: 'FSQ', failoverSessionStates: [{ sessionId: 0xa0000001, remoteSessionId: 0xb0000002 }] },
  },
}

test('every message vector has its meaning written down', () => {
  expect(Object.keys(vectors.messages)).toEqual(Object.keys(meanings))
})

describe.each(Object.entries(meanings))('%s', (name, { message, digest = HMAC_MD5, from }) => {
  const bytes = hex(vectors.messages[name] ?? '')
  const [sender, receiver] = from === 'querier' ? [querier, responder] : [responder, querier]

  test('R3931-5.1-01, R4951-5.2-02, R4951-5.3-02, R4951-5.4-02: decodes to its meaning', () => {
    const { message: decoded, notes } = accepted(bytes, undefined, 3)
    expect(decoded).toEqual(message)
    expect(notes).toEqual([])
  })

  test('R3931-5.4.1-08, R3931-5.4.1-11, R3931-5.4.1-12, R3931-5.4.1-15: encodes and is sealed to the same octets', () => {
    const header = decodeControlHeader(bytes, 3)
    if (typeof header === 'string') throw new Error(header)
    const encoded = encodeMessage(message, undefined, { version: 3, digests: [digest] })
    stampControlHeader(encoded, header.tunnelId, 0, header.ns, header.nr)
    sealMessage(encoded, controlAuthentication([secret], sender, receiver))
    expect(encoded).toEqual(bytes)
  })

  test('R3931-5.4.1-14: is authentic to its receiver, and to nobody else', () => {
    const nobody = new Uint8Array(16)
    expect(checkMessage(bytes, controlAuthentication([secret], receiver, sender))).toBe('authentic')
    expect(checkMessage(bytes, controlAuthentication(['S3cret'], receiver, sender))).toBe('wrong')
    const stranger = checkMessage(bytes, controlAuthentication([secret], nobody, sender))
    expect(stranger).toBe(message.type === 'SCCRQ' ? 'authentic' : 'wrong')
  })
})

test('R3931-5.3-03, R3931-5.4.1-11: the keys derived from the secret', () => {
  expect(deriveKey(secret, HIDING)).toEqual(hex(vectors.hidingKey))
  expect(deriveKey(secret, DIGEST)).toEqual(hex(vectors.digestKey))
})

test('R3931-5.3-04, R3931-5.3-05: a hidden Local Session ID', () => {
  const { attribute, value, randomVector, hidden } = vectors.hidden
  const hiding = hidingKey(deriveKey(secret, HIDING), hex(randomVector))
  expect(hide(attribute, hiding, hex(value))).toEqual(hex(hidden))
  expect(unhide(attribute, hiding, hex(hidden))).toEqual(concat(Uint8Array.of(0, 4), hex(value)))
})

describe('data messages', () => {
  const payload = hex('7061796c6f6164')
  const long = { cookie: hex('c0c1c2c3c4c5c6c7'), sublayer: true }
  const short = { cookie: hex('c0c1c2c3'), sublayer: true }

  test('R3931-4.1.2.1-01, R3931-4.6-03: over UDP, 64-bit cookie, sequence number 0', () => {
    const bytes = hex(vectors.data.udp_cookie64_seq0)
    expect(encodeSessionData(0xb0000002, 0, payload, long)).toEqual(bytes)
    expect(sessionIdOf(bytes)).toBe(0xb0000002)
    expect(decodeSessionData(bytes, long)).toEqual({ ns: 0, payloadAt: 20 })
  })

  test('R3931-4.1.1.1-01: over IP, 32-bit cookie, sequence number 5', () => {
    const bytes = hex(vectors.data.ip_cookie32_seq5)
    expect(encodeSessionData(0xb0000002, 5, payload, short, 'ip')).toEqual(bytes)
    expect(sessionIdOf(bytes, 'ip')).toBe(0xb0000002)
    expect(decodeSessionData(bytes, short, 'ip')).toEqual({ ns: 5, payloadAt: 12 })
  })
})
