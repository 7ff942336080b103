// The inspector's tree: places, names, values, bits and sections of a message's fields, sound or not.

import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { describeMessage, type Field } from '../../../sim/l2tp/wire/describe.ts'
import { encodeDataMessage, encodeZlb, stampControlHeader } from '../../../sim/l2tp/wire/header.ts'
import { avp, concat, control, hex, messageType } from '../../support/octets.ts'

/** `name @offset+length = value` of each field. */
function lines(fields: readonly Field[]): readonly string[] {
  return fields.map(({ name, offset, length, value }) => `${name} @${String(offset)}+${String(length)} = ${value}`)
}

function fieldOf(fields: readonly Field[], name: string): Field {
  const field = fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw new Error(`no field ${name} in ${lines(fields).join('; ')}`)
  return field
}

const recovery = encodeMessage({
  type: 'SCCRQ',
  protocolVersion: { version: 1, revision: 0 },
  hostName: 'lns',
  framingCapabilities: 3,
  assignedTunnelId: 0x33,
  tunnelRecovery: { recoverTunnelId: 0x11, recoverRemoteTunnelId: 0x22 },
})

describe('a sound control message', () => {
  stampControlHeader(recovery, 1, 2, 3, 4)
  const { kind, type, summary, problem, fields } = describeMessage(recovery)

  test('has a summary and the fields of its header', () => {
    expect({ kind, type, summary, problem }).toEqual({
      kind: 'control',
      type: 'SCCRQ',
      summary: 'SCCRQ: Tunnel ID 1, Session ID 2, Ns 3, Nr 4',
      problem: undefined,
    })
    expect(lines(fieldOf(fields, 'Header').fields)).toEqual([
      'Flags and version @0+2 = 0xc802',
      'Length @2+2 = 71',
      'Tunnel ID @4+2 = 1',
      'Session ID @6+2 = 2',
      'Ns @8+2 = 3',
      'Nr @10+2 = 4',
    ])
  })

  test('shows every AVP with its value in words, its bits and its section', () => {
    expect(lines(fields.slice(1))).toEqual([
      'Message Type @12+8 = 1 (SCCRQ)',
      'Protocol Version @20+8 = Version 1, Revision 0',
      'Host Name @28+9 = "lns"',
      'Framing Capabilities @37+10 = 3 (synchronous, asynchronous)',
      'Assigned Tunnel ID @47+8 = 51',
      'Tunnel Recovery @55+16 = Recover Tunnel ID 17, Recover Remote Tunnel ID 34',
    ])
    const last = fieldOf(fields, 'Tunnel Recovery')
    expect(last.avp).toEqual({ attribute: 77, vendor: 0, mandatory: true, hidden: false })
    expect(last.ref).toBe('RFC 4951 5.2')
    expect(lines(last.fields)).toEqual([
      'M @55+2 = 1',
      'H @55+2 = 0',
      'Length @55+2 = 16',
      'Vendor ID @57+2 = 0',
      'Attribute Type @59+2 = 77',
      'Reserved @61+4 = 00000000',
      'Recover Tunnel ID @65+2 = 17',
      'Reserved @67+2 = 0000',
      'Recover Remote Tunnel ID @69+2 = 34',
    ])
  })
})

describe('values in words', () => {
  const valueOf = (bytes: Uint8Array, name: string) => fieldOf(describeMessage(bytes).fields, name).value

  test('result and error codes', () => {
    const resultCode = { result: 2, error: 8, message: 'AVP 99' }
    const stop = encodeMessage({ type: 'StopCCN', assignedTunnelId: 3, resultCode })
    expect(valueOf(stop, 'Result Code')).toBe('general error (2): unknown AVP with the M bit (8) "AVP 99"')
    const cdn = encodeMessage({ type: 'CDN', assignedSessionId: 3, resultCode: { result: 8 } })
    expect(valueOf(cdn, 'Result Code')).toBe('busy (8)')
  })

  test('flags, masks without a bit, hexadecimal maps, choices, presence', () => {
    const capability = { control: true, data: false, recoveryTimeMs: 30_000 }
    const sccrq = encodeMessage({
      type: 'SCCRQ',
      protocolVersion: { version: 1, revision: 0 },
      hostName: 'a',
      framingCapabilities: 0,
      assignedTunnelId: 1,
      failoverCapability: capability,
    })
    expect(valueOf(sccrq, 'Failover Capability')).toBe('Control 1, Data 0, Recovery Time (ms) 30000')
    expect(valueOf(sccrq, 'Framing Capabilities')).toBe('0 (none)')
    const sli = encodeMessage({ type: 'SLI', accm: { send: 0xa0000, receive: 0xffffffff } })
    expect(valueOf(sli, 'ACCM')).toBe('Send 0x000a0000, Receive 0xffffffff')
    const iccn = encodeMessage({ type: 'ICCN', txConnectSpeed: 1, framingType: 1, proxyAuthenType: 2, sequencingRequired: true })
    expect(valueOf(iccn, 'Proxy Authen Type')).toBe('2 (CHAP)')
    expect(valueOf(iccn, 'Sequencing Required')).toBe('present')
  })

  test('R2661-4.1-07: a hidden value is shown deciphered in its place, if the secret is known', () => {
    const message = { type: 'ICRP', assignedSessionId: 0xa1 } as const
    const bytes = encodeMessage(message, { secret: 's3cret', randomVector: new Uint8Array(16) })
    const known = fieldOf(describeMessage(bytes, { secret: 's3cret' }).fields, 'Assigned Session ID')
    expect(known.value).toBe('161')
    expect(lines(known.fields.slice(-2))).toEqual(['Original length @48+2 = 2', 'Value @50+2 = 161'])
    const unknown = describeMessage(bytes)
    expect(unknown.problem).toContain('there is no secret')
    const cipher = fieldOf(unknown.fields, 'Assigned Session ID').fields.at(-1)
    expect(cipher).toMatchObject({ name: 'Hidden value', offset: 48, length: 4 })
  })
})

describe('other messages', () => {
  test('a ZLB', () => {
    expect(describeMessage(encodeZlb(7, 8, 9))).toMatchObject({
      kind: 'control',
      type: 'ZLB',
      summary: 'ZLB: Tunnel ID 7, Session ID 0, Ns 8, Nr 9',
    })
  })

  test('data with sequence number and filler that is not stored', () => {
    const bytes = encodeDataMessage(1, 2, 3, hex('ff03'), 100)
    const { kind, summary, problem, fields } = describeMessage(bytes, { missingOctets: 98 })
    expect({ kind, summary, problem }).toEqual({
      kind: 'data',
      summary: 'data: Tunnel ID 1, Session ID 2, Ns 3, Nr 0',
      problem: undefined,
    })
    expect(fieldOf(fields, 'Payload')).toMatchObject({ offset: 12, length: 2, value: 'ff03 and 98 octets of filler' })
  })

  test('data with an offset pad', () => {
    const { fields } = describeMessage(hex('0202 0022 00b2 0003 aaaaaa ff'))
    expect(lines(fields.slice(1))).toEqual(['Offset pad @8+3 = aaaaaa', 'Payload @11+1 = ff'])
  })
})

describe('what is wrong', () => {
  const sccrp = [avp(2, '0100'), avp(7, '61'), avp(3, '00000003'), avp(9, '0007')]
  const problemsOf = (bytes: Uint8Array) =>
    describeMessage(bytes).fields.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]))

  test('R2661-7.1-03: a header for which it is discarded', () => {
    expect(describeMessage(hex('c804 000c 00000000 0000 0000'))).toMatchObject({
      kind: 'unreadable',
      problem: 'discarded: unknown version',
    })
    expect(describeMessage(hex('')).problem).toBe('discarded: the header is cut off')
    expect(describeMessage(hex('c802 000b 0000 0000 0000 0000')).problem).toBe('discarded: Length does not fit the datagram')
    expect(describeMessage(hex('c002 000c 0000 0000 0000 0000')).problem).toContain('discarded: T, L, S and O bits')
  })

  test('AVPs that are refused or ignored say so, and why', () => {
    const bytes = control(
      messageType(2),
      ...sccrp,
      avp(77, '00000000 0022 0000 0011'),
      avp(10, '0000'),
      avp(99, 'ab', { mandatory: false }),
      avp(9, '0008'),
    )
    expect(problemsOf(bytes)).toEqual([
      'Tunnel Recovery: ignored: does not belong in SCCRP',
      'Receive Window Size: refused: value out of range',
      'AVP 99: ignored: not known',
      'Assigned Tunnel ID: ignored: the first one counts',
    ])
    expect(describeMessage(bytes).problem).toBe('refused: AVP 10 (Receive Window Size): value out of range')
  })

  test('a value of wrong length is shown as far as it goes', () => {
    const { fields, problem } = describeMessage(control(messageType(4), avp(9, '000712'), avp(1, '00')))
    expect(lines(fieldOf(fields, 'Assigned Tunnel ID').fields.slice(-2))).toEqual(['Value @26+2 = 7', 'Octets @28+1 = 12'])
    expect(lines(fieldOf(fields, 'Result Code').fields.slice(-1))).toEqual(['Octets @35+1 = 00'])
    expect(problem).toContain('AVP 9 (Assigned Tunnel ID): Length 9 is wrong')
  })

  test('octets that are no AVP, and octets behind the message', () => {
    const { fields } = describeMessage(concat(control(messageType(6), hex('0005 0000')), hex('ffff')))
    expect(lines(fields.slice(2))).toEqual(['No AVP @20+4 = 00050000', 'Behind the message @24+2 = ffff'])
  })

  test('R2661-4.4.1-02, R2661-4.4.1-03: of an unknown message the AVPs are shown unjudged', () => {
    const body = [avp(9, '0007'), avp(98, '')]
    const refusedMessage = describeMessage(control(messageType(99), ...body))
    expect(refusedMessage.problem).toBe('refused: message type 99 is not known')
    expect(lines(refusedMessage.fields.slice(1))).toEqual([
      'Message Type @12+8 = 99',
      'Assigned Tunnel ID @20+8 = 7',
      'AVP 98 @28+6 = ',
    ])
    expect(describeMessage(control(messageType(99, { mandatory: false }), ...body)).problem).toMatch(/^ignored: /)
  })
})
