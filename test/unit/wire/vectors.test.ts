// Reference vectors: whole messages, hidden values and challenge responses, to the bit. Origin: test/vectors/l2tpv2.json.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { challengeResponse } from '../../../sim/l2tp/wire/auth.ts'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import {
  decodeControlHeader,
  decodeDataHeader,
  encodeDataMessage,
  encodeZlb,
  stampControlHeader,
} from '../../../sim/l2tp/wire/header.ts'
import { hide, hidingKey, unhide } from '../../../sim/l2tp/wire/hidden.ts'
import type { ControlMessage } from '../../../sim/l2tp/wire/messages.ts'
import { accepted } from '../../support/bodies.ts'
import { avp, concat, control, hex, messageType } from '../../support/octets.ts'

interface HiddenVector {
  readonly name: string
  readonly attribute: number
  readonly value: string
  readonly padding: string
  readonly randomVector: string
  readonly hidden: string
}

interface Vectors {
  readonly secret: string
  readonly challengeResponses: readonly { readonly messageType: 2 | 3; readonly challenge: string; readonly response: string }[]
  readonly hidden: readonly HiddenVector[]
  readonly messages: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/l2tpv2.json', import.meta.url), 'utf8')) as Vectors
const { secret } = vectors
const key = new TextEncoder().encode(secret)

/** What each vector says, in the words of RFC 4951 appendix A: x and y the old tunnel, z and w the recovery tunnel. */
const meanings: Readonly<Record<string, ControlMessage>> = {
  SCCRQ_normal_failover_capable: {
    type: 'SCCRQ',
    protocolVersion: { version: 1, revision: 0 },
    hostName: 'lns',
    framingCapabilities: 3,
    assignedTunnelId: 0x11,
    receiveWindowSize: 4,
    failoverCapability: { control: true, data: true, recoveryTimeMs: 30_000 },
  },
  SCCRQ_recovery_x11_y22_z33: {
    type: 'SCCRQ',
    protocolVersion: { version: 1, revision: 0 },
    hostName: 'lns',
    framingCapabilities: 3,
    assignedTunnelId: 0x33,
    tieBreaker: hex('0000000000000001'),
    tunnelRecovery: { recoverTunnelId: 0x11, recoverRemoteTunnelId: 0x22 },
  },
  SCCRP_recovery_SCS_3_100: {
    type: 'SCCRP',
    protocolVersion: { version: 1, revision: 0 },
    framingCapabilities: 3,
    hostName: 'lac',
    assignedTunnelId: 0x44,
    suggestedControlSequence: { suggestedNs: 3, suggestedNr: 100 },
  },
  SCCCN_recovery: { type: 'SCCCN' },
  StopCCN_recovery: { type: 'StopCCN', assignedTunnelId: 0x33, resultCode: { result: 1 } },
  FSQ_ns3_nr100_A1B2: { type: 'FSQ', failoverSessionStates: [{ sessionId: 0xa1, remoteSessionId: 0xb2 }] },
  FSR_valid: { type: 'FSR', failoverSessionStates: [{ sessionId: 0xb2, remoteSessionId: 0xa1 }] },
  FSR_invalid: { type: 'FSR', failoverSessionStates: [{ sessionId: 0, remoteSessionId: 0xa1 }] },
  CDN_ICRQ_collision: { type: 'CDN', resultCode: { result: 2, error: 5 }, assignedSessionId: 0xb2 },
}

test('every message vector has its meaning written down', () => {
  expect(Object.keys(vectors.messages).filter((name) => name !== 'ZLB_for_recovery_SCCCN')).toEqual(Object.keys(meanings))
})

describe.each(Object.entries(meanings))('%s', (name, meaning) => {
  const bytes = hex(vectors.messages[name] ?? '')

  test('R4951-5.1-01, R4951-5.2-03, R4951-5.3-02, R4951-5.4-03, R2661-4.1-01: decodes to its meaning', () => {
    const { message, notes } = accepted(bytes)
    expect(message).toEqual(meaning)
    expect(notes).toEqual([])
  })

  test('encodes to the same octets', () => {
    const header = decodeControlHeader(bytes)
    if (typeof header === 'string') throw new Error(header)
    const encoded = encodeMessage(meaning)
    stampControlHeader(encoded, header.tunnelId, header.sessionId, header.ns, header.nr)
    expect(encoded).toEqual(bytes)
  })
})

test('R2661-1.2-03: the ZLB that acknowledges the recovery SCCCN', () => {
  expect(encodeZlb(0x33, 1, 2)).toEqual(hex(vectors.messages['ZLB_for_recovery_SCCCN'] ?? ''))
})

describe('data messages', () => {
  test.each([
    ['data_seq', 0],
    ['data_noseq', -1],
  ])('R2661-3.1-01: %s', (name, ns) => {
    const bytes = hex(vectors.data[name] ?? '')
    expect(encodeDataMessage(0x22, 0xb2, ns, hex('ff03c021'))).toEqual(bytes)
    expect(decodeDataHeader(bytes)).toMatchObject({ tunnelId: 0x22, sessionId: 0xb2, ns })
  })
})

describe('hidden values', () => {
  test.each(vectors.hidden)('R2661-4.3-05, R2661-4.3-06, R2661-4.3-07: $name', (vector) => {
    const { attribute } = vector
    const hiding = () => hidingKey(key, hex(vector.randomVector))
    expect(hide(attribute, hiding(), hex(vector.value), hex(vector.padding))).toEqual(hex(vector.hidden))
    const plain = concat(Uint8Array.of(0, vector.value.length / 2), hex(vector.value), hex(vector.padding))
    expect(unhide(attribute, hiding(), hex(vector.hidden))).toEqual(plain)
  })

  test('R2661-4.3-07, R2661-4.3-08: a message with the vector of a hidden Assigned Tunnel ID', () => {
    const { randomVector, hidden } = vectors.hidden[0] as HiddenVector
    const stop = control(messageType(4), avp(36, randomVector), avp(9, hidden, { hidden: true }), avp(1, '0001'))
    expect(accepted(stop, secret).message).toEqual({ type: 'StopCCN', assignedTunnelId: 0x1234, resultCode: { result: 1 } })
  })
})

describe('challenge response', () => {
  test.each(vectors.challengeResponses)('R2661-4.4.3-21, R2661-4.4.3-23: in message type $messageType', (vector) => {
    expect(challengeResponse(vector.messageType, secret, hex(vector.challenge))).toEqual(hex(vector.response))
  })

  test('R2661-4.4.3-23: agrees with another MD5 for any text and length', () => {
    for (const [password, size] of [['', 1], ['päß', 55], ['x'.repeat(100), 64], ['s', 1017]] as const) {
      const challenge = Uint8Array.from({ length: size }, (_, i) => (i * 7) & 0xff)
      const expected = createHash('md5').update(Uint8Array.of(3)).update(password).update(challenge).digest('hex')
      expect(challengeResponse(3, password, challenge)).toEqual(hex(expected))
    }
  })
})
