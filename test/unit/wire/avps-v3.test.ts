// Every AVP of L2TPv3 on the wire: M bit, H bit and Length against a table copied from the RFCs, and what a receiver makes of each
// breach. Source: RFC 3931 sections 5.1 and 5.4.1 to 5.4.5 (34: R3931-AMB-02), RFC 4951 5.1 to 5.4.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { avpRows, type AvpRow } from '../../../sim/l2tp/wire/avps.ts'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { messageRows, type MessageIn, type MessageRow, type MessageType } from '../../../sim/l2tp/wire/messages.ts'
import { fullMessageOf } from '../../support/arbitrary-messages.ts'
import { accepted, refused } from '../../support/bodies.ts'
import { catalogue } from '../../support/catalogue.ts'
import { avp, control3, hex, messageType } from '../../support/octets.ts'

/** Attribute, M bit, its requirement, whether it may be hidden, that requirement, Length before hiding (0: varies). */
type TableRow = readonly [number, boolean, string, boolean, string, number]

const table: readonly TableRow[] = [
  [1, true, 'R3931-5.4.2-10', false, 'R3931-5.4.2-12', 0],
  [5, true, 'R3931-5.4.3-22, R3931-5.4.4-41', false, 'R3931-5.4.3-24, R3931-5.4.4-43', 14],
  [7, true, 'R3931-5.4.3-25', false, 'R3931-5.4.3-27', 0],
  [8, false, 'R3931-5.4.3-31', true, 'R3931-5.4.3-33', 0],
  [10, true, 'R3931-5.4.3-37', false, 'R3931-5.4.3-39', 8],
  [15, false, 'R3931-5.4.4-35', true, 'R3931-5.4.4-37', 10],
  [25, false, 'R3931-5.4.4-59', true, 'R3931-5.4.4-61', 10],
  [34, false, 'R3931-5.4.5-12', true, 'R3931-5.4.5-14', 24],
  [60, true, 'R3931-5.4.3-28', false, 'R3931-5.4.3-30', 10],
  [61, true, 'R3931-5.4.3-34', true, 'R3931-5.4.3-36', 10],
  [62, true, 'R3931-5.4.3-40', true, 'R3931-5.4.3-42', 0],
  [63, true, 'R3931-5.4.4-26', true, 'R3931-5.4.4-28', 10],
  [64, true, 'R3931-5.4.4-29', true, 'R3931-5.4.4-31', 10],
  [65, true, 'R3931-5.4.4-32', true, 'R3931-5.4.4-34', 0],
  [66, true, 'R3931-5.4.4-38', true, 'R3931-5.4.4-40', 0],
  [68, true, 'R3931-5.4.4-44', true, 'R3931-5.4.4-46', 8],
  [69, true, 'R3931-5.4.4-47', true, 'R3931-5.4.4-49', 8],
  [70, true, 'R3931-5.4.4-50', true, 'R3931-5.4.4-52', 8],
  [71, true, 'R3931-5.4.5-09', true, 'R3931-5.4.5-11', 8],
  [72, false, 'R3931-5.4.3-43', true, 'R3931-5.4.3-45', 0],
  [73, true, 'R3931-5.4.1-27', false, 'R3931-5.4.1-29', 0],
  [74, false, 'R3931-5.4.4-53', true, 'R3931-5.4.4-55', 14],
  [75, false, 'R3931-5.4.4-56', true, 'R3931-5.4.4-58', 14],
  [76, false, 'R4951-5.1-03', true, 'R4951-5.1-02', 12],
  [77, true, 'R4951-5.2-05', false, 'R4951-5.2-04', 16],
  [78, false, 'R4951-5.3-04', true, 'R4951-5.3-03', 12],
  [79, true, 'R4951-5.4-05', true, 'R4951-5.4-04', 16],
]

const secret = 's3cret'
const hiding = { secret, randomVector: hex('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf') }
const form = { version: 3, digests: [] } as const
const both = (message: MessageIn<3>) => encodeMessage(message, undefined, form)

interface Sample {
  readonly name: string
  readonly message: MessageIn<3>
}

/** A message of the first type that carries the attribute, with every AVP it may have. */
function sampleWith(attribute: number): Sample {
  const avps: readonly AvpRow[] = avpRows
  const name = avps.find((row) => row.attribute === attribute && row.versions.includes(3))?.name ?? ''
  const rows: readonly MessageRow[] = messageRows
  const row = rows.find(({ v3 }) => v3 !== undefined && [...v3.required, ...v3.optional].includes(name))
  if (row === undefined) throw new Error(`no message carries AVP ${String(attribute)}`)
  const full = fullMessageOf(row.type as MessageType<3>, 3)
  const carrying = full.filter((one) => !('failoverSessionStates' in one) || one.failoverSessionStates.length > 0)
  const [message] = fc.sample(carrying, { numRuns: 1, seed: attribute })
  if (message === undefined) throw new Error('nothing generated')
  return { name, message }
}

/** Where the attribute's first AVP begins, found by walking from AVP to AVP. */
function placeOf(attribute: number, bytes: Uint8Array): number {
  for (let at = 12; at < bytes.length; at += lengthAt(bytes, at)) {
    if (((bytes[at + 4] as number) << 8) + (bytes[at + 5] as number) === attribute) return at
  }
  throw new Error(`no AVP ${String(attribute)}`)
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) & 3) << 8) + (bytes[at + 1] as number)
}

function withFlags(bytes: Uint8Array, at: number, flags: number): Uint8Array {
  const changed = bytes.slice()
  changed[at] = flags | ((bytes[at] as number) & 3)
  return changed
}

/** `bytes` with the value of the AVP at `at` one octet longer or shorter, M bit set, all Lengths right. */
function resized(bytes: Uint8Array, at: number, by: 1 | -1): Uint8Array {
  const end = at + lengthAt(bytes, at)
  const changed = Uint8Array.from([...bytes.subarray(0, Math.min(end, end + by)), ...(by > 0 ? [0] : []), ...bytes.subarray(end)])
  changed[2] = changed.length >>> 8
  changed[3] = changed.length
  changed[at] = 0x80 | ((end - at + by) >>> 8)
  changed[at + 1] = end - at + by
  return changed
}

test('R3931-5.2-04: the table and the registry name the same AVPs of L2TPv3', () => {
  const ofCodec = [0, 36, 58, 59]
  const listed = [...table.map(([attribute]) => attribute), ...ofCodec].sort((a, b) => a - b)
  const rows: readonly AvpRow[] = avpRows
  const known = rows.filter((row) => row.versions.includes(3)).map((row) => row.attribute)
  expect(known.sort((a, b) => a - b)).toEqual(listed)
})

describe.each(table)('AVP %i', (...row) => {
  const [attribute, mandatory, mandatoryId, mayHide, hideId, length] = row
  const { message, name } = sampleWith(attribute)
  const clear = both(message)
  const at = placeOf(attribute, clear)

  test(`${mandatoryId}: is sent with M = ${mandatory ? '1' : '0'}, H = 0 and no reserved bit (R3931-5.1-02)`, () => {
    expect((clear[at] as number) & 0xfc).toBe(mandatory ? 0x80 : 0)
  })

  // What the RFC says of each AVP by name, that its M bit may be either way.
  const varies = catalogue(3931).filter(({ text }) => text.includes(`AVP (${String(attribute)}) may be set to the other value`))
  test(`${['R3931-5.1-03', 'R3931-5.1-02', ...varies.map(({ id }) => id)].join(', ')}: of a received one neither M bit nor reserved bits are judged; it is the property ${name}`, () => {
    for (const flags of [0, 0x80, 0x3c, 0xbc, 0x84]) expect(accepted(withFlags(clear, at, flags), undefined, 3).message).toEqual(message)
    expect(message).toHaveProperty(name)
  })

  if (mayHide) {
    test(`${hideId}: may be hidden and comes out the same`, () => {
      const hidden = encodeMessage(message, hiding, form)
      expect((hidden[placeOf(attribute, hidden)] as number) & 0x40).toBe(0x40)
      expect(accepted(hidden, secret, 3).message).toEqual(message)
    })
  } else {
    test(`${hideId}: is never sent hidden, and hidden it is malformed`, () => {
      const sent = encodeMessage(message, hiding, form)
      expect((sent[placeOf(attribute, sent)] as number) & 0x40).toBe(0)
      expect(refused(withFlags(clear, at, 0xc0), secret, 3)).toMatchObject({ why: 'malformed-avp', attribute, result: 2, error: 3 })
    })
  }

  if (length > 0) {
    const ids = attribute >= 76 ? 'R4951-AMB-11, R4951-AMB-09' : 'R3931-5.4-01'
    test(`${ids}: has Length ${String(length)}; one octet less or more is malformed (R3931-7.1-04, R3931-7.1-05)`, () => {
      expect(lengthAt(clear, at)).toBe(length)
      for (const by of [1, -1] as const) {
        const fault = refused(resized(clear, at, by), undefined, 3)
        expect(fault).toMatchObject({ why: 'malformed-avp', attribute, result: 2, error: 2 })
      }
    })
  }
})

/** Octets that the sections draw, values chosen so that every field differs. */
const ids = { assignedSessionId: 0xdeadbeef, remoteSessionId: 0x01020304 } as const
const idOctets = '800a 0000 003f deadbeef  800a 0000 0040 01020304'
const layouts: readonly (readonly [string, MessageIn<3>, string])[] = [
  [
    'R3931-5.4.5-07, R3931-5.4.5-08, R3931-AMB-02: Circuit Errors',
    {
      type: 'WEN',
      ...ids,
      circuitErrors: { hardwareOverruns: 3, bufferOverruns: 4, timeoutErrors: 5, alignmentErrors: 0xfffffffe },
    },
    `${idOctets} 0018 0000 0022 0000 00000003 00000004 00000005 fffffffe`,
  ],
  [
    'R3931-5.4.5-01, R3931-5.4.5-02: Circuit Status, N and A',
    { type: 'SLI', ...ids, circuitStatus: { active: false, new: true } },
    `${idOctets} 8008 0000 0047 0002`,
  ],
  [
    'R3931-5.4.5-01: Circuit Status, not active',
    { type: 'SLI', ...ids, circuitStatus: { active: false, new: false } },
    `${idOctets} 8008 0000 0047 0000`,
  ],
  [
    'R3931-5.4.4-06, R3931-5.4.4-18, R3931-5.4.4-20, R3931-5.4.4-24: cookie, sublayer, sequencing and 64-bit speeds',
    {
      type: 'ICRP',
      ...ids,
      circuitStatus: { active: true, new: true },
      assignedCookie: hex('c0c1c2c3c4c5c6c7'),
      l2SpecificSublayer: 1,
      dataSequencing: 2,
      txConnectSpeed: 0xfedcba9876543210n,
      rxConnectSpeed: 0n,
      physicalChannelId: 9,
    },
    `${idOctets} 8008 0000 0047 0003 800e 0000 0041 c0c1c2c3c4c5c6c7 8008 0000 0045 0001 8008 0000 0046 0002
     000e 0000 004a fedcba9876543210 000e 0000 004b 0000000000000000 000a 0000 0019 00000009`,
  ],
  [
    'R3931-5.4.3-09, R3931-5.4.3-13, R3931-5.4.3-19, R3931-5.4.3-20: Router ID, own id, pseudowires, language',
    {
      type: 'SCCRP',
      hostName: 'b',
      routerId: 0xc0000201,
      assignedTunnelId: 0x80000001,
      pseudowireCapabilities: [5, 7],
      preferredLanguage: 'en',
    },
    `8007 0000 0007 62 800a 0000 003c c0000201 800a 0000 003d 80000001 800a 0000 003e 0005 0007 0008 0000 0048 656e`,
  ],
  [
    'R4951-5.2-02, R4951-AMB-09: Tunnel Recovery with ids above 65535',
    {
      type: 'SCCRQ',
      hostName: 'a',
      routerId: 1,
      assignedTunnelId: 1,
      pseudowireCapabilities: [7],
      tunnelRecovery: { recoverTunnelId: 0x11111111, recoverRemoteTunnelId: 0xffffffff },
    },
    `8007 0000 0007 61 800a 0000 003c 00000001 800a 0000 003d 00000001 8008 0000 003e 0007
     8010 0000 004d 0000 11111111 ffffffff`,
  ],
  [
    'R4951-5.4-02: Failover Session State',
    { type: 'FSR', failoverSessionStates: [{ sessionId: 0, remoteSessionId: 0xa0000001 }] },
    '8010 0000 004f 0000 00000000 a0000001',
  ],
]

test.each(layouts)('%s', (_name, message, octets) => {
  const bytes = both(message)
  expect(bytes.subarray(20)).toEqual(hex(octets))
  expect(accepted(bytes, undefined, 3)).toMatchObject({ message, notes: [] })
})

describe('values with rules of their own', () => {
  const session = [avp(63, '00000001'), avp(64, '00000000')]
  const wen = (value: string) => control3(messageType(15), ...session, avp(34, value))

  test('R3931-AMB-02: Circuit Errors of the stated Length, with two counters in front, are read too', () => {
    const long = `0000 ffffffff ffffffff 00000001 00000002 00000003 00000004`
    const circuitErrors = { hardwareOverruns: 1, bufferOverruns: 2, timeoutErrors: 3, alignmentErrors: 4 }
    expect(accepted(wen(long), undefined, 3).message).toMatchObject({ circuitErrors })
    for (const octets of [17, 19, 22, 25, 27]) {
      expect(refused(wen('00'.repeat(octets)), undefined, 3)).toMatchObject({ attribute: 34, error: 2 })
    }
  })

  test('R3931-5.4.4-06, R3931-5.4-01: a cookie has 0, 4 or 8 octets', () => {
    const icrp = (octets: number) => control3(messageType(11), ...session, avp(71, '0001'), avp(65, '5a'.repeat(octets)))
    for (const octets of [0, 4, 8]) expect(accepted(icrp(octets), undefined, 3).message).toHaveProperty('assignedCookie')
    for (const octets of [1, 3, 5, 7, 9, 12]) expect(refused(icrp(octets), undefined, 3)).toMatchObject({ attribute: 65, error: 2 })
  })

  test('R3931-5.4.3-16, R3931-5.4.4-01: 0 is never assigned; R3931-5.4.4-05: a Remote Session ID may be 0', () => {
    const stop = control3(messageType(4), avp(1, '0001'), avp(61, '00000000'))
    expect(refused(stop, undefined, 3)).toMatchObject({ attribute: 61, error: 3 })
    const cdn = (local: string) => control3(messageType(14), avp(1, '0001'), avp(63, local), avp(64, '00000000'))
    expect(refused(cdn('00000000'), undefined, 3)).toMatchObject({ attribute: 63, error: 3, remoteSessionId: 0 })
    expect(accepted(cdn('00000009'), undefined, 3).message).toMatchObject({ assignedSessionId: 9, remoteSessionId: 0 })
  })

  test('R3931-5.4.3-19: a Pseudowire Capabilities List has whole entries, one at least', () => {
    const sccrq = (value: string) =>
      control3(messageType(1), avp(7, '61'), avp(60, '00000001'), avp(61, '00000001'), avp(62, value))
    expect(accepted(sccrq('0005 0007 8001'), undefined, 3).message).toMatchObject({ pseudowireCapabilities: [5, 7, 0x8001] })
    for (const value of ['', '00', '000500']) expect(refused(sccrq(value), undefined, 3)).toMatchObject({ attribute: 62, error: 2 })
  })

  test('R3931-5.4.3-08: a Host Name has one octet at least', () => {
    const sccrq = (name: string) => control3(messageType(1), avp(7, name), avp(60, '00000001'), avp(61, '00000001'), avp(62, '0007'))
    expect(accepted(sccrq('61'), undefined, 3).message).toMatchObject({ hostName: 'a' })
    expect(refused(sccrq(''), undefined, 3)).toMatchObject({ attribute: 7, error: 2 })
  })

  test('R3931-5.4.2-02: an Error Message is UTF-8', () => {
    const message = 'Überlauf · 過負荷 · 🚇'
    const bytes = encodeMessage<3>({ type: 'StopCCN', resultCode: { result: 2, error: 4, message } }, undefined, { version: 3, digests: [] })
    const utf8 = new TextEncoder().encode(message)
    expect(bytes.subarray(-utf8.length)).toEqual(utf8)
    expect(accepted(bytes, undefined, 3).message).toMatchObject({ resultCode: { message } })
  })

  test('R3931-6-01: what is reserved or has nothing to say is sent as 0', () => {
    const sent = (message: MessageIn<3>): Uint8Array => encodeMessage<3>(message, undefined, { version: 3, digests: [] })
    const valueOf = (bytes: Uint8Array, octets: number): string => Buffer.from(bytes.subarray(-octets)).toString('hex')
    const circuitErrors = { hardwareOverruns: 1, bufferOverruns: 2, timeoutErrors: 3, alignmentErrors: 4 }
    expect(valueOf(sent({ type: 'WEN', ...ids, circuitErrors }), 18)).toBe('000000000001000000020000000300000004')
    expect(valueOf(sent({ type: 'SLI', ...ids, circuitStatus: { active: true, new: true } }), 2)).toBe('0003')
    expect(valueOf(sent({ type: 'SLI', ...ids, circuitStatus: { active: false, new: false } }), 2)).toBe('0000')
    const states = [{ sessionId: 0x1234_5678, remoteSessionId: 0 }]
    expect(valueOf(sent({ type: 'FSQ', failoverSessionStates: states }), 10)).toBe('00001234567800000000')
    // First word: type, Length and sequence bits and the version, nothing else; ids and numbers unknown yet.
    expect(Buffer.from(sent({ type: 'HELLO' }).subarray(0, 12)).toString('hex')).toBe('c80300140000000000000000')
  })

  test('values beyond their layout are a mistake of the caller', () => {
    const sli = (circuit: MessageIn<3>) => () => both(circuit)
    const speeds = { type: 'ICCN', ...ids } as const
    expect(sli({ ...speeds, txConnectSpeed: 1n << 64n })).toThrow(/out of range/)
    expect(sli({ ...speeds, txConnectSpeed: -1n })).toThrow(/out of range/)
    expect(sli({ type: 'FSR', failoverSessionStates: [{ sessionId: 2 ** 32, remoteSessionId: 1 }] })).toThrow(/32-bit/)
    const hosts = { type: 'SCCRP', hostName: 'b', routerId: 1, assignedTunnelId: 1 } as const
    expect(sli({ ...hosts, pseudowireCapabilities: [] })).toThrow(/not allowed/)
    expect(sli({ ...hosts, pseudowireCapabilities: [65536] })).toThrow(/16-bit/)
  })
})
