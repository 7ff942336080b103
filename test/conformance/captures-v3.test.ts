// What real programs sent in L2TPv3, over IP and over UDP, read by our decoder and by tshark, field by field.
// Origin of the captures: test/captures/l2tpv3/ORIGIN.md.

import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { decodeBody } from '../../sim/l2tp/wire/codec.ts'
import { controlMessageIn, demultiplex } from '../../sim/l2tp/wire/demultiplex.ts'
import { describeMessage } from '../../sim/l2tp/wire/describe.ts'
import { decodeControlHeader, hasBody } from '../../sim/l2tp/wire/header.ts'
import { datagramsOn, l2tpOverIp, readCapture } from '../support/pcap.ts'
import { dissect } from '../support/pdml.ts'
import { differencesV3 } from '../support/tshark-l2tpv3.ts'

const folder = fileURLToPath(new URL('../captures/l2tpv3/', import.meta.url))

/** Ericsson's mandatory AVP makes every SCCRP unusable; the client left out Router ID once, and el2tpd's StopCCN says no reason. */
const vendors = 'refused: AVP 3 of vendor 193: not known'
const expectedOutcomes: readonly string[] = [
  ...['SCCRQ', vendors, 'SCCRQ', vendors, 'SCCRQ', vendors],
  'refused: AVP 60 (Router ID) is missing',
  ...['HELLO', 'ACK', 'ACK', 'HELLO'],
  'refused: AVP 1 (Result Code) is missing',
]

/** What we make of a control message over IP: `refused: text`, or the type and what was left out. */
function outcome(payload: Uint8Array): string {
  const bytes = controlMessageIn(payload, 'ip')
  const header = decodeControlHeader(bytes, 3)
  if (typeof header === 'string') return `discarded: ${header}`
  if (!hasBody(header)) return 'ZLB'
  const body = decodeBody(bytes, header, undefined)
  if (!body.ok) return `refused: ${body.fault.text}`
  return [body.message.type, ...body.notes.map(({ attribute, what }) => `${String(attribute)} ${what}`)].join(', ')
}

describe('el2tpd.pcap', () => {
  const path = `${folder}el2tpd.pcap`
  const packets = l2tpOverIp(readCapture(path))

  test('R3931-3.2.1-01, R3931-4.1.1.2-01, R3931-5.1-01: every packet has the fields that tshark prints for it', () => {
    const theirs = dissect(path, 'l2tp')
    expect(packets.map(({ frame }) => frame)).toEqual(theirs.map(({ frame }) => frame))
    const differing = packets.flatMap(({ frame, payload }, i) => {
      const protocol = theirs[i]
      return protocol === undefined ? [] : differencesV3(payload, 'ip', protocol).map((text) => `frame ${String(frame)}: ${text}`)
    })
    expect(differing).toEqual([])
  }, 60_000)

  test('R3931-5.2-01, R3931-5.2-02: what is refused or ignored is so for the right reason', () => {
    expect(packets.map(({ payload }) => outcome(payload))).toEqual(expectedOutcomes)
  })

  test('the inspector covers every octet, the 32 zero bits too', () => {
    for (const { payload } of packets) {
      const { fields } = describeMessage(payload, { transport: 'ip' })
      expect(fields.reduce((at, field) => (field.offset === at ? at + field.length : NaN), 0)).toBe(payload.length)
      expect(fields[0]).toMatchObject({ name: 'Session ID', value: '0' })
    }
  })
})

describe('arp.pcap', () => {
  const path = `${folder}arp.pcap`
  const packets = datagramsOn(1701, readCapture(path))

  test('R3931-4.1.2.1-01: every data message has the Session ID that tshark prints, and an Ethernet frame behind the sublayer', () => {
    const theirs = dissect(path, 'l2tp')
    expect(theirs).toHaveLength(3)
    for (const [i, { payload }] of packets.entries()) {
      const protocol = theirs[i]
      expect(demultiplex(payload)).toEqual({ version: 3, kind: 'data' })
      expect(protocol && differencesV3(payload, 'udp', protocol)).toEqual([])
      const { fields, summary } = describeMessage(payload, { formatOf: () => ({ cookie: new Uint8Array(0), sublayer: true }) })
      expect(summary).toBe('data: Session ID 3000')
      expect(fields.map(({ name }) => name)).toEqual(['Header', 'L2-Specific Sublayer', 'Payload'])
      expect(fields[2]?.value).toMatch(/^ffffffffffff005056a554e80806/)
    }
  }, 60_000)
})
