// What we send in L2TPv3, read by tshark: random messages of every type with every AVP over UDP and IP, field by field; and the
// digests of a whole dialogue, which tshark computes itself from the shared secret and the nonces it saw.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { encodeSessionData } from '../../sim/l2tp/wire/data-v3.ts'
import { carried } from '../../sim/l2tp/wire/demultiplex.ts'
import { controlAuthentication, HMAC_MD5, HMAC_SHA_1, sealMessage, type DigestType } from '../../sim/l2tp/wire/digest.ts'
import { encodeZlb, stampControlHeader } from '../../sim/l2tp/wire/header.ts'
import { messageRows, type MessageIn } from '../../sim/l2tp/wire/messages.ts'
import { fullMessageOf, messageOf, typesIn } from '../support/arbitrary-messages.ts'
import { writeCapture, writeIpCapture } from '../support/pcap.ts'
import { dissect, type PdmlField } from '../support/pdml.ts'
import { tshark } from '../support/tshark.ts'
import { differencesV3 } from '../support/tshark-l2tpv3.ts'

const SAMPLES = 8

function sentMessages(): readonly Uint8Array[] {
  return typesIn(3).flatMap((type) => {
    const number = messageRows.find((row) => row.type === type)?.number ?? 0
    const some = fc.sample(messageOf<3>(type, 3), { numRuns: SAMPLES, seed: number })
    const full = fc.sample(fullMessageOf<3>(type, 3), { numRuns: SAMPLES, seed: number })
    return [...some, ...full].map((message, i) => {
      const bytes = encodeMessage<3>(message, undefined, { version: 3, digests: i % 3 === 0 ? [HMAC_MD5] : [] })
      stampControlHeader(bytes, 0xffffffff - number, 0, 7 * i, 65535 - i)
      return bytes
    })
  })
}

const format = { cookie: Uint8Array.of(1, 2, 3, 4), sublayer: true }
const data = (transport: 'udp' | 'ip') => encodeSessionData(0xb0000002, 0xffffff, Uint8Array.of(0xff, 3), format, transport)
const messages = [...sentMessages(), encodeZlb(0x33333333, 1, 65535, 3)]

/** Runs `use` on a capture file that holds `octets`. */
function withCapture<T>(octets: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'l2tpv3-wire-'))
  try {
    const path = join(folder, 'sent.pcap')
    writeFileSync(path, octets)
    return use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const named = (field: PdmlField): readonly string[] => [field.name, ...field.fields.flatMap(named)]

test.each(['udp', 'ip'] as const)('R3931-3.2.1-01, R3931-4.1.1.2-01, R3931-5.4-01: over %s tshark reads every field as we meant it', (transport) => {
  const sent = [...messages.map((bytes) => carried(bytes, transport)), data(transport)]
  const capture = transport === 'udp' ? writeCapture(1701, sent) : writeIpCapture(sent)
  const theirs = withCapture(capture, (path) => dissect(path, 'l2tp'))
  expect(theirs).toHaveLength(sent.length)
  const differing = sent.flatMap((bytes, i) => {
    const protocol = theirs[i]
    return protocol === undefined ? [] : differencesV3(bytes, transport, protocol).map((text) => `message ${String(i)}: ${text}`)
  })
  expect(differing).toEqual([])
  const complaints = theirs.flatMap(named).filter((name) => /malformed|avp_length\.bad/.test(name))
  expect(complaints).toEqual([])
}, 60_000)

const secret = 's3cret'
const nonces = [fc.sample(fc.uint8Array({ minLength: 16, maxLength: 16 }), { numRuns: 2, seed: 1 })].flat()
const [ours = new Uint8Array(16), theirs = new Uint8Array(16)] = nonces
const host = { hostName: 'a', routerId: 1, pseudowireCapabilities: [5] }
const call = { callSerialNumber: 1, pseudowireType: 5, remoteEndId: Uint8Array.of(65), circuitStatus: { active: true, new: true } }

/** Who says it (0: the initiator), Ns and Nr. */
const dialogue: readonly (readonly [0 | 1, number, number, MessageIn<3>])[] = [
  [0, 0, 0, { type: 'SCCRQ', ...host, assignedTunnelId: 0x33333333, nonce: ours }],
  [1, 0, 1, { type: 'SCCRP', ...host, assignedTunnelId: 0x44444444, nonce: theirs }],
  [0, 1, 1, { type: 'SCCCN' }],
  [1, 1, 2, { type: 'ACK' }],
  [0, 2, 1, { type: 'ICRQ', assignedSessionId: 0xa0000001, remoteSessionId: 0, ...call }],
  [1, 1, 3, { type: 'ICRP', assignedSessionId: 0xb0000002, remoteSessionId: 0xa0000001, circuitStatus: call.circuitStatus }],
  [0, 3, 2, { type: 'ICCN', assignedSessionId: 0xa0000001, remoteSessionId: 0xb0000002 }],
  [1, 2, 4, { type: 'FSQ', failoverSessionStates: [{ sessionId: 0xb0000002, remoteSessionId: 0xa0000001 }] }],
  [0, 4, 3, { type: 'StopCCN', resultCode: { result: 1 }, assignedTunnelId: 0x33333333 }],
]

function sealedDialogue(digest: DigestType): readonly Uint8Array[] {
  const ends = [controlAuthentication([secret], ours, theirs), controlAuthentication([secret], theirs, ours)]
  return dialogue.map(([from, ns, nr, message]) => {
    const bytes = encodeMessage(message, undefined, { version: 3, digests: [digest] })
    const to = message.type === 'SCCRQ' ? 0 : from === 0 ? 0x44444444 : 0x33333333
    stampControlHeader(bytes, to, 0, ns, nr)
    sealMessage(bytes, ends[from] as (typeof ends)[number])
    return carried(bytes, 'ip')
  })
}

/** Frames whose digest tshark finds wrong. */
function wrongDigests(messagesOfDialogue: readonly Uint8Array[], key: string): readonly string[] {
  const capture = writeIpCapture(
    messagesOfDialogue,
    dialogue.map(([from]) => from),
  )
  const text = withCapture(capture, (path) =>
    tshark('-r', path, '-o', `l2tp.shared_secret:${key}`, '-Y', 'l2tp.incorrect_digest', '-T', 'fields', '-e', 'frame.number'),
  )
  return text.split('\n').filter((line) => line !== '')
}

test.each([
  ['HMAC-MD5', HMAC_MD5],
  ['HMAC-SHA-1', HMAC_SHA_1],
] as const)('R3931-5.4.1-06, R3931-5.4.1-07, R3931-5.4.1-12, R3931-5.4.1-15: tshark finds every %s digest right, and objects to damage', (_name, digest) => {
  const sent = sealedDialogue(digest)
  expect(wrongDigests(sent, secret)).toEqual([])
  expect(wrongDigests(sent, 'another')).toEqual(dialogue.map((_, i) => String(i + 1)))
  const damaged = sent.map((bytes, i) => {
    const copy = bytes.slice()
    if (i === 5) copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1
    return copy
  })
  expect(wrongDigests(damaged, secret)).toEqual(['6'])
}, 60_000)
