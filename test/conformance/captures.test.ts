// What real daemons sent, read by our decoder and by tshark: every L2TPv2 packet of the captures, field by field.
// Origin of the captures: test/captures/ORIGIN.md.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { decodeBody } from '../../sim/l2tp/wire/codec.ts'
import { decodeControlHeader, hasBody, isControl } from '../../sim/l2tp/wire/header.ts'
import { datagramsOn, readCapture, type UdpDatagram } from '../support/pcap.ts'
import { dissect } from '../support/pdml.ts'
import { differences } from '../support/tshark-l2tp.ts'
import { tshark } from '../support/tshark.ts'

const folder = fileURLToPath(new URL('../captures/', import.meta.url))
const captures = readdirSync(folder).filter((name) => name.endsWith('.pcap'))

/** What a receiver objects to, by capture and frame: all that is not accepted without a note. */
const objections: Readonly<Record<string, readonly string[]>> = {
  // Cut down by a fuzzer: no S bit, and a Length of 514 in 16 octets.
  'l2tp-avp-overflow.pcap': [1, 2, 3, 4, 5, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 20].map(
    (frame) => `${String(frame)} discarded: bad-flags`,
  ),
  // The scripted client left out what RFC 2661 6.8, 6.6 and 6.12 require, to see what xl2tpd does.
  'xl2tpd-sequence-probe.pcap': [
    '96 refused: AVP 24 ((Tx) Connect Speed) is missing',
    '137 refused: AVP 14 (Assigned Session ID) is missing',
    '168 refused: AVP 1 (Result Code) is missing',
  ],
  // The scripted client put a Suggested Control Sequence into an SCCRQ (RFC 4951 5.3: SCCRP only).
  'xl2tpd-setup-probe.pcap': ['86 SCCRQ: AVP 78 unexpected-ignored'],
}

/** What we do not accept in a packet; '' if all is well. */
function objection({ payload }: UdpDatagram): string {
  if (!isControl(payload)) return ''
  const header = decodeControlHeader(payload)
  if (typeof header === 'string') return `discarded: ${header}`
  if (!hasBody(header)) return ''
  const body = decodeBody(payload, header, undefined)
  if (!body.ok) return `refused: ${body.fault.text}`
  return body.notes.map(({ attribute, what }) => `${body.message.type}: AVP ${String(attribute)} ${what}`).join(', ')
}

test('there are captures of every kind', () => {
  expect(captures).toHaveLength(17)
})

describe.each(captures)('%s', (name) => {
  const packets = datagramsOn(1701, readCapture(folder + name))

  test('R2661-3.1-01, R2661-4.1-01: every packet has the fields that tshark prints for it', () => {
    const theirs = dissect(folder + name, 'l2tp')
    expect(packets.map(({ frame }) => frame)).toEqual(theirs.map(({ frame }) => frame))
    const differing = packets.flatMap(({ frame, payload }, i) => {
      const protocol = theirs[i]
      return protocol === undefined ? [] : differences(payload, protocol).map((text) => `frame ${String(frame)}: ${text}`)
    })
    expect(differing).toEqual([])
  }, 60_000)

  test('R2661-7.1-01, R2661-7.1-03: what is discarded, refused or ignored is so for the right reason', () => {
    const found = packets.map((packet) => `${String(packet.frame)} ${objection(packet)}`).filter((text) => !text.endsWith(' '))
    expect(found).toEqual(objections[name] ?? [])
  })
})

test('the same packets are found in pcapng', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'l2tp-captures-'))
  try {
    const converted = join(temporary, 'auth.pcapng')
    tshark('-r', `${folder}auth.pcap`, '-F', 'pcapng', '-w', converted)
    expect(readCapture(converted)).toEqual(readCapture(`${folder}auth.pcap`))
  } finally {
    rmSync(temporary, { recursive: true })
  }
}, 60_000)
