// Tunnel authentication (RFC 2661 5.1.1) and hidden AVPs (4.3) between two real cores: every combination, wrong and missing
// secrets, and every message of a tunnel's life with all its AVPs hidden that may be.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../sim/base/time.ts'
import { challengeResponse } from '../../sim/l2tp/wire/auth.ts'
import { avpRows } from '../../sim/l2tp/wire/avps.ts'
import { CONTROL_HEADER, decodeControlHeader } from '../../sim/l2tp/wire/header.ts'
import { readHead, type AvpHead } from '../../sim/l2tp/wire/judge.ts'
import { callEnds, logs, messageOf, messagesOf, noticesOf, tunnelEnds } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { Pair, type Settings } from '../support/pair.ts'
import { proper, ScriptedPeer } from '../support/scripted-peer.ts'

const plain: Settings = { failover: { enabled: false } }
const knows: Settings = { ...plain, secret: 'between friends' }
const asks: Settings = { ...knows, challenge: true }
const wrong: Settings = { ...asks, secret: 'between enemies' }

describe('RFC 2661 5.1.1', () => {
  test.each([
    ['nobody', plain, plain, ['A>R SCCRQ [0 0/0] {9=x}', 'R>A SCCRP [x 0/1] {9=y}', 'A>R SCCCN [y 1/1]']],
    ['the initiator', asks, knows, ['A>R SCCRQ [0 0/0] {9=x,11}', 'R>A SCCRP [x 0/1] {9=y,13}', 'A>R SCCCN [y 1/1]']],
    ['the responder', knows, asks, ['A>R SCCRQ [0 0/0] {9=x}', 'R>A SCCRP [x 0/1] {9=y,11}', 'A>R SCCCN [y 1/1] {13}']],
    ['both', asks, asks, ['A>R SCCRQ [0 0/0] {9=x,11}', 'R>A SCCRP [x 0/1] {9=y,13,11}', 'A>R SCCCN [y 1/1] {13}']],
  ])('R2661-5.1.1-01 R2661-5.1.1-02 R2661-4.4.3-22 %s asks', (_, a, r, dialogue) => {
    const pair = new Pair(a, r)
    pair.open()
    expect(transcriptOf(pair, { bodies: true })).toEqual(dialogue)
    expect([pair.tunnels('A')[0]?.authenticated, pair.tunnels('R')[0]?.authenticated]).toEqual([a === asks, r === asks])
    expect(pair.tunnels('R')[0]?.state).toBe('established')
  })

  test('R2661-4.4.3-23 each response is a digest of the message number, the secret and the challenge', () => {
    const pair = new Pair(asks, asks)
    pair.open()
    const request = messageOf(pair, 'SCCRQ').challenge ?? new Uint8Array()
    const reply = messageOf(pair, 'SCCRP')
    expect(request).toHaveLength(16)
    expect(request).not.toEqual(reply.challenge)
    expect(reply.challengeResponse).toEqual(challengeResponse(2, 'between friends', request))
    const response = challengeResponse(3, 'between friends', reply.challenge ?? new Uint8Array())
    expect(messageOf(pair, 'SCCCN').challengeResponse).toEqual(response)
  })

  test('R2661-9.1-01 a response made for the other direction is worth nothing', () => {
    const peer = new ScriptedPeer(asks)
    peer.say(proper.SCCRQ)
    const challenge = peer.last('SCCRP').challenge ?? new Uint8Array()
    peer.say({ type: 'SCCCN', challengeResponse: challengeResponse(2, 'between friends', challenge) })
    expect(peer.types()).toEqual(['SCCRP', 'StopCCN'])
    expect(peer.last('StopCCN').resultCode).toMatchObject({ result: 4 })
  })

  test('R2661-5.1.1-03 the initiator finds the response wrong', () => {
    const pair = new Pair(asks, { ...wrong, challenge: false })
    pair.open()
    expect(transcriptOf(pair)).toEqual([
      'A>R SCCRQ [0 0/0] {9=x,11}',
      'R>A SCCRP [x 0/1] {9=y,13}',
      'A>R StopCCN [y 1/1] {9=x,1=4}',
      'R>A ZLB [x 1/2]',
    ])
    expect([pair.tunnels('A'), pair.tunnels('R')]).toEqual([[], []])
  })

  test('R2661-5.1.1-03 R2661-7.2.1-20 the responder finds the response wrong', () => {
    const pair = new Pair({ ...wrong, challenge: false }, asks)
    pair.open()
    expect(transcriptOf(pair).slice(2)).toEqual([
      'A>R SCCCN [y 1/1] {13}',
      'R>A StopCCN [x 1/2] {9=y,1=4}',
      'A>R ZLB [y 2/2]',
    ])
    expect([pair.tunnels('A'), pair.tunnels('R')]).toEqual([[], []])
  })

  test('R2661-4.4.3-22 a missing response is a wrong one', () => {
    const initiator = new ScriptedPeer(asks)
    initiator.answered()
    expect(initiator.transcript().at(-1)).toBe('StopCCN [77 1/1] {9=1,1=4}')
    const responder = new ScriptedPeer(asks)
    responder.connected()
    expect(responder.transcript().at(-1)).toBe('StopCCN [77 1/2] {9=1,1=4}')
  })

  test.each(['A', 'R'] as const)('R2661-5.1.1-04 R2661-5.1.1-02 who is asked without a secret (%s) takes no part', (ignorant) => {
    const pair = new Pair(ignorant === 'A' ? plain : asks, ignorant === 'A' ? asks : plain)
    pair.open()
    expect(pair.said.find(({ type }) => type === 'StopCCN')?.from).toBe(ignorant)
    expect(messageOf(pair, 'StopCCN').resultCode).toMatchObject({ result: 4 })
    expect([pair.tunnels('A'), pair.tunnels('R')]).toEqual([[], []])
  })

  test('a response that nobody asked for is not looked at', () => {
    const peer = new ScriptedPeer(knows)
    peer.answered({ challengeResponse: new Uint8Array(16) })
    expect(peer.core.tunnel(1)?.state).toBe('established')
  })

  test('R2661-5.8-04 a retransmitted SCCRP repeats its Challenge, and the response still fits', () => {
    const pair = new Pair(asks, asks)
    let lost = 0
    pair.fate = ({ type }) => (type === 'SCCRP' && lost++ === 0 ? 'drop' : 'deliver')
    pair.open()
    pair.pass(5 * SECOND)
    const replies = messagesOf(pair, 'SCCRP')
    expect(replies).toHaveLength(2)
    expect(replies[0]).toEqual(replies[1])
    expect(pair.tunnels('R')[0]?.state).toBe('established')
  })
})

const hiding: Settings = { ...asks, hideAvps: true }

/** The AVPs of a message, as their headers stand on the wire. */
function headsOf(bytes: Uint8Array): AvpHead[] {
  const header = decodeControlHeader(bytes)
  if (typeof header === 'string') throw new Error(header)
  const heads: AvpHead[] = []
  for (let at = CONTROL_HEADER; ; ) {
    const head = readHead(bytes, at, header.length)
    if (head === undefined) return heads
    heads.push(head)
    at += head.length
  }
}

const RANDOM_VECTOR = 36
const mayHide = new Set<number>(avpRows.filter((row) => row.hides).map((row) => row.attribute))

describe('RFC 2661 4.3: hidden AVPs', () => {
  /** A life in which every kind of message occurs that a core sends. */
  function wholeLife(): Pair {
    const pair = new Pair(hiding, hiding)
    pair.open()
    pair.call('A', true)
    pair.call()
    pair.command('R', { name: 'place-call', tunnel: 1, call: 'outgoing', sequenced: false })
    pair.pass(70 * SECOND)
    pair.command('A', { name: 'hang-up', tunnel: 1, session: 1 })
    pair.pass(SECOND)
    pair.command('R', { name: 'close-tunnel', tunnel: 1 })
    pair.pass(SECOND)
    return pair
  }

  test('R2661-4.3-01 R2661-4.3-02 R2661-4.4.1-05 in every message all AVPs that may be are hidden, after a Random Vector', () => {
    const { said } = wholeLife()
    const types = new Set<string>()
    for (const { type, datagram } of said) {
      if (type === 'ZLB') continue
      types.add(type)
      const heads = headsOf(datagram.bytes)
      expect([type, heads.filter((head) => head.hidden !== mayHide.has(head.attribute))]).toEqual([type, []])
      const vectors = heads.filter((head) => head.attribute === RANDOM_VECTOR)
      const firstHidden = heads.findIndex((head) => head.hidden)
      expect(vectors.length).toBe(firstHidden < 0 ? 0 : 1)
      if (firstHidden >= 0) expect(heads.findIndex((head) => head.attribute === RANDOM_VECTOR)).toBeLessThan(firstHidden)
    }
    const all = ['SCCRQ', 'SCCRP', 'SCCCN', 'ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN', 'HELLO', 'CDN', 'StopCCN']
    expect([...types].sort()).toEqual(all.sort())
  })

  test('R2661-4.3-08 and the two ends understand each other as without', () => {
    const pair = wholeLife()
    expect([callEnds(pair, 'A').length, callEnds(pair, 'R').length]).toEqual([3, 3])
    expect(callEnds(pair, 'R').filter((end) => end.endsWith('cdn-received'))).toHaveLength(1)
    const established = noticesOf(pair, 'R', 'session').filter(({ notice }) => notice.event === 'established')
    expect(established.map(({ notice }) => [notice.call, notice.sequenced])).toEqual([
      ['incoming', true],
      ['incoming', false],
      ['outgoing', false],
    ])
    expect(tunnelEnds(pair, 'A').map((end) => end.split(' ')[1])).toEqual(['stopccn-received'])
  })

  test('R2661-4.4.1-04 each message has its own Random Vector of 16 octets', () => {
    const vectors = wholeLife().said.flatMap(({ type, attempt, datagram: { bytes } }) => {
      if (type === 'ZLB' || attempt > 1) return []
      const heads = headsOf(bytes).filter(({ attribute }) => attribute === RANDOM_VECTOR)
      return heads.map(({ at, length }) => bytes.slice(at + 6, at + length).join())
    })
    expect(new Set(vectors).size).toBe(vectors.length)
    expect(new Set(vectors.map((vector) => vector.split(',').length))).toEqual(new Set([16]))
  })

  test('one side hides, the other does not', () => {
    const pair = new Pair(hiding, knows)
    pair.open()
    pair.call()
    expect(pair.sessions('R')).toEqual(['1/1 established synchronised'])
  })

  test('R2661-4.3-01 without a secret nothing is hidden', () => {
    const pair = new Pair({ ...plain, hideAvps: true }, plain)
    pair.open()
    expect(pair.said.flatMap(({ datagram }) => headsOf(datagram.bytes)).filter((head) => head.hidden)).toEqual([])
    expect(pair.tunnels('R')[0]?.state).toBe('established')
  })

  test.each([
    ['another secret', wrong],
    ['no secret', plain],
  ])('R2661-4.3-08 a peer with %s cannot read the SCCRQ, and nothing comes of it', (_, other) => {
    const pair = new Pair(hiding, other)
    pair.open()
    pair.pass(100 * SECOND)
    expect(pair.tunnels('R')).toEqual([])
    expect(tunnelEnds(pair, 'A')).toHaveLength(1)
    expect(noticesOf(pair, 'A', 'tunnel').some(({ notice }) => notice.event === 'established')).toBe(false)
    expect(logs(pair, 'R').length).toBeGreaterThan(0)
  })

  test('R2661-4.3-08 R2661-7.1-01 a call request that cannot be deciphered names no call to refuse: the tunnel ends', () => {
    const peer = new ScriptedPeer(plain)
    const hidden = new ScriptedPeer({ ...knows, hideAvps: true })
    peer.answered()
    hidden.answered()
    hidden.command({ name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    for (const { type, bytes } of hidden.heard) if (type === 'ICRQ') peer.say(bytes, { sessionId: 0 })
    expect(peer.types()).toEqual(['SCCRQ', 'SCCCN', 'StopCCN'])
    expect(peer.last('StopCCN').resultCode).toMatchObject({ result: 2, error: 3 })
    expect(peer.notices('log').map(({ what }) => what)).toEqual(['undecipherable'])
  })
})
