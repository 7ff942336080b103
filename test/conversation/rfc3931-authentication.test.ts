// Control message authentication between L2TPv3 cores (RFC 3931 4.3, 5.3, 5.4.1, 8.1): who takes part and who does not, what chance is used
// for, and the change from one shared secret to the next. The digests themselves are in unit/wire/digest.test.ts.

import { describe, expect, test } from 'vitest'
import { toHex } from '../../sim/base/bytes.ts'
import { SECOND } from '../../sim/base/time.ts'
import { avpRows } from '../../sim/l2tp/wire/avps.ts'
import { CONTROL_HEADER, H_BIT } from '../../sim/l2tp/wire/dialect.ts'
import { readHead, type AvpHead } from '../../sim/l2tp/wire/judge.ts'
import { utf8 } from '../../sim/l2tp/wire/text.ts'
import { logs, tunnelEnds, verdicts } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { configOf, messageIn, Pair, type Said, type Settings } from '../support/pair.ts'
import { proper3, ScriptedPeer } from '../support/scripted-peer.ts'

const SECRET = 'between friends'
const NEXT = 'between better friends'
const version3: Settings = { version: 3 }
const secured: Settings = { ...version3, secret: SECRET }
const { v3 } = configOf('', {})
const changing = (secret: string, nextSecret?: string): Settings => ({ ...version3, secret, v3: { ...v3, nextSecret } })

const DIGEST = 59
const NONCE = 73
const RANDOM_VECTOR = 36

interface Avp extends AvpHead {
  readonly value: Uint8Array
}

/** Every AVP of a message, as it stands on the wire. */
function avpsOf(said: Said): readonly Avp[] {
  const bytes = messageIn(said.datagram)
  const found: Avp[] = []
  for (let head = readHead(bytes, CONTROL_HEADER, bytes.length); head !== undefined; head = readHead(bytes, head.at + head.length, bytes.length)) {
    found.push({ ...head, value: bytes.slice(head.at + 6, head.at + head.length) })
  }
  return found
}

/** The values of one AVP in all messages, in hexadecimal. */
const valuesOf = (pair: Pair, attribute: number, type?: string): string[] =>
  pair.said
    .filter((said) => type === undefined || said.type === type)
    .flatMap((said) => avpsOf(said).filter((avp) => avp.attribute === attribute).map(({ value }) => toHex(value)))

function conversation(a: Settings, r: Settings = a, chance = 0): Pair {
  const pair = new Pair(a, r, chance)
  pair.open()
  pair.call()
  return pair
}

const connected = (pair: Pair): boolean => pair.sessions('A').length === 1 && pair.sessions('R').length === 1

describe('taking part', () => {
  test('R3931-4.3-02 without a secret there is no authentication: no nonce, no digest, and nothing is hidden', () => {
    const pair = conversation({ ...version3, hideAvps: true })
    expect(connected(pair)).toBe(true)
    expect([valuesOf(pair, NONCE), valuesOf(pair, DIGEST)]).toEqual([[], []])
    expect(pair.tunnels('R')[0]?.authenticated).toBe(false)
    expect(pair.said.flatMap(avpsOf).filter(({ hidden }) => hidden)).toEqual([])
  })

  test('R3931-4.3-03 it is switched off where both agree, a secret or not', () => {
    const off: Settings = { ...secured, v3: { ...v3, digest: 'none' } }
    const pair = conversation(off)
    expect(connected(pair)).toBe(true)
    expect([valuesOf(pair, NONCE), valuesOf(pair, DIGEST)]).toEqual([[], []])
  })

  test('R3931-4.3-04 R3931-5.4.1-20 with the nonces exchanged every message has a digest, acknowledgements too', () => {
    const pair = conversation(secured)
    pair.command('A', { name: 'close-tunnel', tunnel: pair.tunnels('A')[0]?.localTunnelId ?? 0 })
    pair.pass(SECOND)
    expect(new Set(pair.said.map(({ type }) => type))).toEqual(new Set(['SCCRQ', 'SCCRP', 'SCCCN', 'ACK', 'ICRQ', 'ICRP', 'ICCN', 'StopCCN']))
    for (const said of pair.said) expect([said.type, avpsOf(said)[1]?.attribute]).toEqual([said.type, DIGEST])
    const withNonce = pair.said.filter((said) => avpsOf(said).some(({ attribute }) => attribute === NONCE))
    expect(withNonce.map(({ type }) => type)).toEqual(['SCCRQ', 'SCCRP'])
  })

  test('R3931-4.3-04 a message without a digest is not taken once the nonces are exchanged', () => {
    const pair = conversation(secured)
    const heard = verdicts(pair, 'R').length
    pair.carry = ({ datagram }) => ({ ...datagram, bytes: withoutDigest(datagram.bytes) })
    pair.command('A', { name: 'close-tunnel', tunnel: pair.tunnels('A')[0]?.localTunnelId ?? 0 })
    pair.pass(2 * SECOND)
    expect(new Set(verdicts(pair, 'R').slice(heard))).toEqual(new Set(['StopCCN bad-digest']))
    expect(pair.tunnels('R').map(({ state }) => state)).toEqual(['established'])
  })

  test('R3931-4.3-05 R3931-4.3-04 an SCCRP without a nonce does not answer an SCCRQ with one: result 4', () => {
    const peer = new ScriptedPeer({ secret: SECRET }, 3)
    peer.dialled()
    peer.say(proper3.SCCRP)
    expect(peer.last('StopCCN').resultCode.result).toBe(4)
    expect([...peer.core.tunnels()].filter(({ closing }) => !closing)).toEqual([])
  })

  test('R3931-4.3-05 an SCCRQ without a nonce is refused where authentication is wanted: result 4', () => {
    const peer = new ScriptedPeer({ secret: SECRET }, 3)
    peer.say(proper3.SCCRQ)
    expect(peer.types()).toEqual(['StopCCN'])
    expect(peer.last('StopCCN').resultCode.result).toBe(4)
  })

  test('R3931-4.3-05 who has no secret cannot answer a peer that wants authentication: both give up', () => {
    const pair = conversation(secured, version3)
    expect(transcriptOf(pair).some((line) => /1=4/.test(line))).toBe(true)
    expect([pair.tunnels('A'), pair.tunnels('R')].flat().filter(({ state }) => state === 'established')).toEqual([])
    expect(tunnelEnds(pair, 'A')).toHaveLength(1)
  })

  test('R3931-8.1-01 the secret is in no message', () => {
    const pair = conversation({ ...secured, hideAvps: true })
    const secret = toHex(utf8(SECRET))
    for (const { datagram } of pair.said) expect(toHex(datagram.bytes)).not.toContain(secret)
  })
})

/** The message with its Message Digest AVP cut out. */
function withoutDigest(bytes: Uint8Array): Uint8Array {
  const head = readHead(bytes, CONTROL_HEADER + 8, bytes.length)
  if (head?.attribute !== DIGEST) return bytes
  const cut = Uint8Array.from([...bytes.subarray(0, head.at), ...bytes.subarray(head.at + head.length)])
  cut[2] = cut.length >>> 8
  cut[3] = cut.length
  return cut
}

describe('what chance is for', () => {
  test('R3931-5.4.1-19 nonces have 16 octets, and are drawn anew for each connection and end', () => {
    const pair = new Pair(secured, secured)
    for (let i = 0; i < 10; i++) pair.open(i % 2 === 0 ? 'A' : 'R')
    const nonces = valuesOf(pair, NONCE)
    expect(nonces).toHaveLength(20)
    expect(new Set(nonces).size).toBe(20)
    expect(new Set(nonces.map((nonce) => nonce.length))).toEqual(new Set([32]))
    const again = new Pair(secured, secured, 1000)
    again.open()
    expect(valuesOf(again, NONCE).filter((nonce) => nonces.includes(nonce))).toEqual([])
  })

  const hiding: Settings = { ...secured, hideAvps: true }

  test('R3931-5.4.1-21 R3931-5.3-06 a Random Vector of 16 octets stands before the first hidden AVP, another one in each message', () => {
    const pair = conversation(hiding)
    const hidden = pair.said.filter((said) => avpsOf(said).some((avp) => avp.hidden))
    expect(new Set(hidden.map(({ type }) => type))).toEqual(new Set(['SCCRQ', 'SCCRP', 'ICRQ', 'ICRP', 'ICCN']))
    for (const said of hidden) {
      const avps = avpsOf(said)
      const vector = avps.findIndex(({ attribute }) => attribute === RANDOM_VECTOR)
      expect(vector).toBeGreaterThan(0)
      expect(vector).toBeLessThan(avps.findIndex((avp) => avp.hidden))
      expect(avps[vector]?.length).toBe(22)
    }
    const vectors = valuesOf(pair, RANDOM_VECTOR)
    expect(vectors).toHaveLength(hidden.length)
    expect(new Set(vectors).size).toBe(vectors.length)
  })

  test('R3931-5.4.1-26 R3931-5.4.1-29 R3931-5.4.1-32 digest, nonce and Random Vector are never hidden, whatever else is', () => {
    const open = new Set(avpRows.filter(({ versions, hides }) => (versions as readonly number[]).includes(3) && !hides).map(({ attribute }) => attribute as number))
    for (const attribute of [DIGEST, NONCE, RANDOM_VECTOR]) expect(open.has(attribute)).toBe(true)
    const avps = conversation(hiding).said.flatMap(avpsOf)
    for (const { attribute, hidden } of avps) expect([attribute, hidden]).toEqual([attribute, !open.has(attribute)])
    expect(avps.some(({ hidden }) => hidden)).toBe(true)
  })

  test.each([['R3931-5.4.1-26', DIGEST], ['R3931-5.4.1-32', RANDOM_VECTOR]] as const)('%s received hidden it is malformed', (_, attribute) => {
    const pair = new Pair(hiding, hiding)
    pair.carry = (said) => {
      const place = avpsOf(said).find((avp) => avp.attribute === attribute)
      if (said.from !== 'A' || place === undefined) return said.datagram
      const bytes = said.datagram.bytes.slice()
      bytes[place.at] = (bytes[place.at] ?? 0) | H_BIT
      return { ...said.datagram, bytes }
    }
    pair.open()
    expect(pair.tunnels('R').filter(({ state }) => state === 'established')).toEqual([])
    expect(new Set(verdicts(pair, 'R'))).not.toContain('SCCCN accepted')
  })
})

describe('two shared secrets', () => {
  /** Each step of a change that leaves one end alone at a time. */
  const steps: readonly (readonly [string, Settings, Settings, boolean])[] = [
    ['old, old', changing(SECRET), changing(SECRET), true],
    ['old and new, old', changing(SECRET, NEXT), changing(SECRET), true],
    ['old and new, old and new', changing(SECRET, NEXT), changing(SECRET, NEXT), true],
    ['new and old, old and new', changing(NEXT, SECRET), changing(SECRET, NEXT), true],
    ['new and old, new and old', changing(NEXT, SECRET), changing(NEXT, SECRET), true],
    ['new, new and old', changing(NEXT), changing(NEXT, SECRET), true],
    ['new, old and new', changing(NEXT), changing(SECRET, NEXT), true],
    ['new, new', changing(NEXT), changing(NEXT), true],
    ['new, old', changing(NEXT), changing(SECRET), false],
  ]

  test.each(steps)('R3931-5.4.1-16 R3931-5.4.1-17 R3931-5.4.1-10 at %s the connection is made: %#', (_, a, r, agrees) => {
    for (const [one, other] of [[a, r], [r, a]] as const) {
      const pair = conversation(one, other)
      expect(connected(pair)).toBe(agrees)
      const digests = (side: 'A' | 'R'): Set<number> =>
        new Set(pair.said.filter(({ from }) => from === side).map((said) => avpsOf(said).filter(({ attribute }) => attribute === DIGEST).length))
      expect(digests('A')).toEqual(new Set([one.v3?.nextSecret === undefined ? 1 : 2]))
      if (agrees) expect(pair.tunnels('R')[0]?.authenticated).toBe(true)
    }
  })

  // The first secret is the one that hides, so it has to be one that the other end has too.
  const readable = steps.filter(([name, , , agrees]) => agrees && name !== 'new, old and new')
  test.each(readable)('R3931-5.4.1-16 R3931-5.3-03 at %s AVPs hidden by either are read by the other', (_, a, r) => {
    for (const [one, other] of [[a, r], [r, a]] as const) {
      const pair = conversation({ ...one, hideAvps: true }, { ...other, hideAvps: true })
      expect([connected(pair), logs(pair, 'A'), logs(pair, 'R')]).toEqual([true, [], []])
    }
  })

  test('R3931-5.4.1-17 R4951-3.2.1-27 a recovery works in the middle of a change', () => {
    const pair = conversation(changing(SECRET, NEXT), changing(SECRET))
    const mirror = pair.mirror('R')
    pair.crash('R')
    pair.restore('R', mirror, changing(NEXT))
    pair.pass(5 * SECOND)
    expect(pair.sessions('A')[0]).toMatch(/ established synchronised$/)
    expect(pair.sessions('R')[0]).toMatch(/ established synchronised$/)
  })
})
