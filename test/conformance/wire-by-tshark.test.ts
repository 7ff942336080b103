// What we send, read by tshark: random messages of every type with every AVP, ZLBs and data messages, field by field.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { encodeDataMessage, encodeZlb, stampControlHeader } from '../../sim/l2tp/wire/header.ts'
import { messageRows } from '../../sim/l2tp/wire/messages.ts'
import { fullMessageOf, messageOf, typesIn } from '../support/arbitrary-messages.ts'
import { dissect, type PdmlField } from '../support/pdml.ts'
import { writeCapture } from '../support/pcap.ts'
import { differences } from '../support/tshark-l2tp.ts'

const SAMPLES = 12

function sentMessages(): readonly Uint8Array[] {
  return typesIn(2).flatMap((type) => {
    const number = messageRows.find((row) => row.type === type)?.number ?? 0
    const some = fc.sample(messageOf(type), { numRuns: SAMPLES, seed: number })
    const full = fc.sample(fullMessageOf(type), { numRuns: SAMPLES, seed: number })
    return [...some, ...full].map((message, i) => {
      const bytes = encodeMessage(message)
      stampControlHeader(bytes, 65535 - number, i, 7 * i, 65535 - i)
      return bytes
    })
  })
}

const sent = [
  ...sentMessages(),
  encodeZlb(0x33, 1, 65535),
  encodeDataMessage(1, 2, -1, Uint8Array.of(0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4)),
  encodeDataMessage(1, 2, 65535, Uint8Array.of(0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4)),
]

/** Runs tshark once over all that was sent. */
function dissected() {
  const folder = mkdtempSync(join(tmpdir(), 'l2tp-wire-'))
  try {
    const path = join(folder, 'sent.pcap')
    writeFileSync(path, writeCapture(1701, sent))
    return dissect(path, 'l2tp')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const named = (field: PdmlField): readonly string[] => [field.name, ...field.fields.flatMap(named)]

test('R2661-3-03, R2661-4.1-01, R2661-4.4-01: tshark reads every field as we meant it, and finds nothing malformed', () => {
  const theirs = dissected()
  expect(theirs).toHaveLength(sent.length)
  const differing = sent.flatMap((bytes, i) => {
    const protocol = theirs[i]
    return protocol === undefined ? [] : differences(bytes, protocol).map((text) => `message ${String(i)}: ${text}`)
  })
  expect(differing).toEqual([])
  const complaints = theirs.flatMap(named).filter((name) => /malformed|avp_length\.bad|incorrect_digest/.test(name))
  expect(complaints).toEqual([])
}, 60_000)
