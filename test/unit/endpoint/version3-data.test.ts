// Data of L2TPv3 sessions as whole endpoints send it (RFC 3931 3, 4.1, 4.6, 5.4.4): when it begins, what stands before the payload, and that
// it is what the receiver has asked for in its control messages.

import { describe, expect, test } from 'vitest'
import { toHex } from '../../../sim/base/bytes.ts'
import { SECOND } from '../../../sim/base/time.ts'
import { DataPlane } from '../../../sim/l2tp/data-plane.ts'
import { decodeBody } from '../../../sim/l2tp/wire/codec.ts'
import { encodeSessionData, sessionIdOf } from '../../../sim/l2tp/wire/data-v3.ts'
import { decodeControlHeader } from '../../../sim/l2tp/wire/header.ts'
import type { MessageIn } from '../../../sim/l2tp/wire/messages.ts'
import { address } from '../../../sim/base/datagram.ts'
import { known, pairOf, tell, type Kind, type Story } from './story.ts'

interface Asked {
  readonly endpoint: string
  readonly session: number
  readonly cookie: string
  readonly sublayer: boolean
}

function messageIn({ bytes }: Kind<'sent'>): MessageIn<3> | undefined {
  const header = decodeControlHeader(bytes, 3)
  const body = typeof header === 'string' ? undefined : decodeBody(bytes, header, undefined)
  return body?.ok === true ? body.message : undefined
}

const key = (endpoint: string, session: number): string => `${endpoint} ${String(session)}`

/** What each end asked for in its request or reply, by the Session ID that it assigned. */
function askedFor(story: Story): ReadonlyMap<string, Asked> {
  const found = new Map<string, Asked>()
  for (const record of story.all('sent', { plane: 'control' })) {
    const message = messageIn(record)
    if (message === undefined || !('assignedCookie' in message)) continue
    const { assignedSessionId: session, assignedCookie, l2SpecificSublayer } = message
    const { endpoint } = record
    const cookie = toHex(assignedCookie ?? new Uint8Array(0))
    found.set(key(endpoint, session), { endpoint, session, cookie, sublayer: l2SpecificSublayer === 1 })
  }
  return found
}

const dataOf = (story: Story): readonly Kind<'sent'>[] => story.all('sent', { plane: 'data' })

/** When the messages that establish sessions were first sent. */
const established = (story: Story): number =>
  Math.min(...(['lac1', 'lns1'] as const).flatMap((endpoint) => ['ICCN', 'OCCN'].flatMap((type) => story.sent(endpoint, type).map(({ at }) => at))))

const l2tp = 'l2tp: { version: 3, answerDelay: 3s, v3: { cookieOctets: 8 } }'
const storyOf = (call: 'incoming' | 'outgoing', sequenced: boolean): Story =>
  tell(pairOf({ lac: l2tp, lns: l2tp, sessions: `{ count: 5, call: ${call}, sequenced: ${String(sequenced)}, at: 1s, traffic: { rate: 20/s } }`, duration: '8s' }))

describe('data of a session', () => {
  test.each([['incoming', 1], ['outgoing', 4]] as const)('R3931-3-02 R3931-6.10-01 of an %s call is forwarded when it is established, and not before', (call, seconds) => {
    const story = storyOf(call, false)
    const begun = established(story)
    expect(Math.floor(begun / SECOND)).toBe(seconds)
    const data = dataOf(story)
    expect(data.length).toBeGreaterThan(100)
    expect(Math.min(...data.map(({ at }) => at))).toBeGreaterThanOrEqual(begun)
    // In OCRP's time the LNS has a session too, but nothing to forward for it.
    const lns = data.filter(({ endpoint }) => endpoint === 'lns1')
    const heard = story.all('session', { endpoint: 'lns1', event: 'established' }).map(({ at }) => at)
    expect(Math.min(...lns.map(({ at }) => at))).toBeGreaterThanOrEqual(Math.min(...heard))
  })

  test.each([true, false])('R3931-5.4.4-02 R3931-5.4.4-07 R3931-5.4.4-19 R3931-5.4.4-22 sequenced %s: Session ID, cookie and sublayer are what the receiver has asked for', (sequenced) => {
    const story = storyOf('incoming', sequenced)
    const asked = askedFor(story)
    expect(asked.size).toBe(10)
    const counts = new Map<string, number>()
    for (const { endpoint, bytes } of dataOf(story)) {
      const session = key(endpoint === 'lac1' ? 'lns1' : 'lac1', sessionIdOf(bytes))
      const format = known(asked.get(session))
      expect(format.sublayer).toBe(sequenced)
      expect(toHex(bytes.subarray(8, 16))).toBe(format.cookie)
      const sent = counts.get(session) ?? 0
      counts.set(session, sent + 1)
      // S bit and a number that counts from 0; without the sublayer the payload begins at once.
      if (sequenced) expect(toHex(bytes.subarray(16, 20))).toBe(`40${sent.toString(16).padStart(6, '0')}`)
      else expect(toHex(bytes.subarray(16, 18))).toBe('ff03')
    }
    expect([...counts.keys()].sort()).toEqual([...asked.keys()].sort())
  })

  test('R3931-8.2-01 R3931-4.1-04 a cookie of 64 bits keeps out who does not know it, session by session', () => {
    const story = storyOf('incoming', false)
    const plane = new DataPlane(4)
    const [local, peer] = [address('10.0.0.1', 1701), address('10.0.0.2', 1701)]
    plane.routeTunnel({ version: 3, localTunnelId: 1, peerTunnelId: 2, local, peer })
    const formats = [...askedFor(story).values()].filter(({ endpoint }) => endpoint === 'lns1').map(({ session, cookie }) => ({ session, cookie: octetsOf(cookie) }))
    for (const { session, cookie } of formats) {
      const receives = { cookie, sublayer: false }
      plane.addSession(1, { localSessionId: session, peerSessionId: session, sequenced: false, side: 'incoming-lns', receives, sends: receives })
    }
    const verdict = (session: number, cookie: Uint8Array): string =>
      plane.receive({ from: peer, to: local, bytes: encodeSessionData(session, -1, new Uint8Array(8), { cookie, sublayer: false }), padding: 0 }, 0).verdict
    for (const one of formats) {
      expect(one.cookie).toHaveLength(8)
      for (const other of formats) expect(verdict(one.session, other.cookie)).toBe(one === other ? 'accepted' : 'bad-cookie')
      for (let octet = 0; octet < 8; octet++) {
        const guess = one.cookie.slice()
        guess[octet] = (guess[octet] ?? 0) ^ 0x10
        expect(verdict(one.session, guess)).toBe('bad-cookie')
      }
    }
  })

  test.each([1, 3, 9])('R3931-C-11 R3931-C-10 the number of old messages that resets the expected one is configured: %i', (threshold) => {
    const receives = { cookie: new Uint8Array(0), sublayer: true }
    const plane = new DataPlane(threshold)
    const [local, peer] = [address('10.0.0.1', 1701), address('10.0.0.2', 1701)]
    plane.routeTunnel({ version: 3, localTunnelId: 1, peerTunnelId: 2, local, peer })
    plane.addSession(1, { localSessionId: 5, peerSessionId: 6, sequenced: true, side: 'incoming-lns', receives, sends: receives })
    const verdict = (ns: number): string =>
      plane.receive({ from: peer, to: local, bytes: encodeSessionData(5, ns, new Uint8Array(8), receives), padding: 0 }, 0).verdict
    expect(verdict(100_000)).toBe('accepted')
    const verdicts = Array.from({ length: 12 }, (_, ns) => verdict(ns))
    expect(verdicts.indexOf('reset')).toBe(threshold - 1)
    expect(verdicts.filter((one) => one === 'old')).toHaveLength(threshold - 1)
  })

  test('S82 R3931-4.6-04 R3931-C-01 R3931-C-02 with sequencing of some packets only the others pass, whatever becomes of the numbers', () => {
    const receives = { cookie: new Uint8Array(0), sublayer: true }
    const plane = new DataPlane(4)
    const [local, peer] = [address('10.0.0.1', 1701), address('10.0.0.2', 1701)]
    plane.routeTunnel({ version: 3, localTunnelId: 1, peerTunnelId: 2, local, peer })
    plane.addSession(1, { localSessionId: 5, peerSessionId: 6, sequenced: true, side: 'incoming-lns', receives, sends: receives })
    const verdict = (ns: number): string =>
      plane.receive({ from: peer, to: local, bytes: encodeSessionData(5, ns, new Uint8Array(8), receives), padding: 0 }, 0).verdict
    expect([2_999_999, -1, 3_000_000, -1].map(verdict)).toEqual(Array(4).fill('accepted'))
    // The sender has failed: what it numbers begins at 0.
    expect([0, -1, 1, -1, 2, -1, 3, -1, 4].map(verdict)).toEqual(['old', 'accepted', 'old', 'accepted', 'old', 'accepted', 'reset', 'accepted', 'accepted'])
  })

  test.each(['incoming', 'outgoing'])('R3931-5.4.4-20 R3931-4.6-04 an %s call asks for Data Sequencing 1, and so does its answer; then only what is not IP has a number', (call) => {
    const sessions = `{ call: ${call}, sequenced: non-ip, traffic: { rate: 50/s, nonIp: 20% } }`
    const story = tell(pairOf({ lac: 'l2tp: { version: 3 }', lns: 'l2tp: { version: 3 }', sessions, duration: '5s' }))
    const levels = story.all('sent', { plane: 'control' }).flatMap((record) => {
      const message = messageIn(record)
      return message !== undefined && 'dataSequencing' in message ? [message.dataSequencing] : []
    })
    expect(levels).toEqual([1, 1, 1])
    for (const endpoint of ['lac1', 'lns1']) {
      const data = dataOf(story).filter((record) => record.endpoint === endpoint).map(({ bytes }) => bytes)
      const numbers = data.flatMap((bytes) => {
        const word = Number.parseInt(toHex(bytes.subarray(8, 12)), 16)
        const ip = bytes[15] === 0x21
        expect(word >= 0x40000000).toBe(!ip)
        return ip ? [] : [word & 0xffffff]
      })
      expect(numbers.length).toBe(Math.floor(data.length / 5))
      expect(numbers).toEqual(numbers.map((_, i) => i))
    }
    expect(story.result.metrics.dataLost).toBe(0)
  })

  test('with sequenced: non-ip L2TPv2, which has no such level, numbers everything', () => {
    const story = tell(pairOf({ sessions: '{ sequenced: non-ip, traffic: { rate: 50/s, nonIp: 20% } }', duration: '5s' }))
    expect(dataOf(story).length).toBeGreaterThan(400)
    for (const { bytes } of dataOf(story)) expect((bytes[0] ?? 0) & 0x08).toBe(0x08)
  })

  test('R4951-3.2.3-02 R3931-C-02 after a failure of both planes the 24-bit numbers of the sublayer begin anew, and the peer follows', () => {
    const settings = (more: string): string => `l2tp: { version: 3 }, ${more}`
    const story = tell(
      pairOf({
        lac: settings(''),
        lns: settings('backup: { mode: same-address }'),
        sessions: '{ sequenced: true, traffic: { rate: 50/s } }',
        faults: ['kind: crash, endpoint: lns1, at: 10s, plane: both'],
        duration: '30s',
      }),
    )
    const numbers = dataOf(story).filter(({ endpoint }) => endpoint === 'lns1').map(({ at, bytes }) => [at, Number.parseInt(toHex(bytes.subarray(9, 12)), 16)] as const)
    const restarted = numbers.filter(([, ns]) => ns === 0)
    expect(restarted).toHaveLength(2)
    expect(known(restarted[1])[0]).toBeGreaterThan(10 * SECOND)
    const before = Math.max(...numbers.filter(([at]) => at < 10 * SECOND).map(([, ns]) => ns))
    expect(before).toBeGreaterThan(400)
    const reset = story.one('dataReset', { endpoint: 'lac1' })
    expect(reset.was).toBe(before + 1)
  })
})

function octetsOf(hexadecimal: string): Uint8Array {
  return Uint8Array.from(hexadecimal.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
