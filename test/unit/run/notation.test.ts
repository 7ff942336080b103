// L2TPv3 messages in the short notation of dialogues: 32-bit ids, no Session ID in the header, the AVPs that tell the story. How
// L2TPv2 messages look is tested by every dialogue of test/conversation.

import { expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { HMAC_MD5 } from '../../../sim/l2tp/wire/digest.ts'
import { encodeZlb, stampControlHeader } from '../../../sim/l2tp/wire/header.ts'
import type { MessageIn } from '../../../sim/l2tp/wire/messages.ts'
import { avpLegend, glimpse, headerText, hints, type Glimpse } from '../../../sim/run/notation.ts'

function seen(message: MessageIn<3>, tunnelId: number, ns: number, nr: number): Glimpse {
  const bytes = encodeMessage(message, undefined, { version: 3, digests: [HMAC_MD5] })
  stampControlHeader(bytes, tunnelId, 0, ns, nr)
  return glimpsed(bytes)
}

function glimpsed(bytes: Uint8Array): Glimpse {
  const found = glimpse(bytes)
  if (found === undefined) throw new Error('no usable header')
  return found
}

const line = (message: Glimpse) => `${message.type} ${headerText(message)} {${hints(message)}}`

test('R4951-3.2.1-10, R4951-5.2-02: a recovery request shows digest, nonce, tie breaker, its id and the pair it recovers', () => {
  const request: MessageIn<3> = {
    type: 'SCCRQ',
    hostName: 'a',
    routerId: 1,
    assignedTunnelId: 51,
    pseudowireCapabilities: [5],
    nonce: new Uint8Array(16),
    tieBreaker: new Uint8Array(8),
    tunnelRecovery: { recoverTunnelId: 0x11111111, recoverRemoteTunnelId: 34 },
  }
  expect(line(seen(request, 0, 0, 0))).toBe('SCCRQ [0 0/0] {59,73,5=0,61=51,77(286331153,34)}')
  expect(avpLegend([seen(request, 0, 0, 0)])).toEqual([
    '5 Tie Breaker',
    '59 Message Digest',
    '61 Assigned Control Connection ID',
    '73 Control Message Authentication Nonce',
    '77 Tunnel Recovery',
  ])
})

test('a session message shows both sessions, an unknown one as 0, and whose they are', () => {
  const call = { callSerialNumber: 1, pseudowireType: 5, remoteEndId: new Uint8Array(1), circuitStatus: { active: true, new: true } }
  const icrq = seen({ type: 'ICRQ', assignedSessionId: 161, remoteSessionId: 0, ...call }, 0xffffffff, 3, 2)
  expect(line(icrq)).toBe('ICRQ [4294967295 3/2] {59,63=161,64=0}')
  const cdn = seen({ type: 'CDN', resultCode: { result: 2, error: 5 }, assignedSessionId: 161, remoteSessionId: 178 }, 34, 3, 2)
  const names = hints(cdn, { name: (owner, space, number) => `${owner} ${space} ${String(number)}` })
  expect(names).toBe('59,63=sender session 161,64=receiver session 178,1=2/5')
})

test('R4951-5.4-02: a query shows 32-bit session pairs, an explicit acknowledgement its type', () => {
  const fsq = seen({ type: 'FSQ', failoverSessionStates: [{ sessionId: 0xa0000001, remoteSessionId: 0xb0000002 }] }, 1, 3, 100)
  expect(line(fsq)).toBe('FSQ [1 3/100] {59,79(2684354561,2952790018)}')
  expect(line(seen({ type: 'ACK' }, 1, 1, 2))).toBe('ACK [1 1/2] {59}')
  expect(glimpse(encodeZlb(7, 1, 2, 3))).toEqual({ type: 'ZLB', tunnelId: 7, sessionId: 0, ns: 1, nr: 2, avps: [] })
})

test('what is hidden is marked as hidden, what is malformed as unreadable, and the legend names both', () => {
  const hiding = { secret: 's3cret', randomVector: new Uint8Array(16) }
  const message = { type: 'SCCRP', protocolVersion: { version: 1, revision: 0 }, framingCapabilities: 3, hostName: 'r', assignedTunnelId: 51 } as const
  const bytes = encodeMessage({ ...message, suggestedControlSequence: { suggestedNs: 1, suggestedNr: 2 } }, hiding)
  const hidden = glimpsed(bytes)
  expect(hints(hidden)).toBe('9(hidden),78(hidden)')
  expect(avpLegend([hidden])).toEqual(['9 Assigned Tunnel ID', '78 Suggested Control Sequence'])
  const short = encodeMessage(message).slice()
  // The last AVP, Assigned Tunnel ID, a value of no octets.
  short.set([0x80, 6], short.length - 8)
  short[3] = short.length - 2
  expect(hints(glimpsed(short.slice(0, -2)))).toBe('9?')
})
