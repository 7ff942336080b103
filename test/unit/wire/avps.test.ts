// Every AVP on the wire: M bit, H bit and Length against a table copied from the RFCs, and what a receiver makes of each breach.
// Source: RFC 2661 sections 4.4.1 to 4.4.6, RFC 4951 5.1 to 5.4 (Lengths of 32 and of 76 to 79 are sums of the fields drawn).

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { avpRows, type AvpRow } from '../../../sim/l2tp/wire/avps.ts'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { messageRows, type ControlMessage, type MessageRow, type MessageType } from '../../../sim/l2tp/wire/messages.ts'
import { fullMessageOf } from '../../support/arbitrary-messages.ts'
import { accepted, refused } from '../../support/bodies.ts'
import { hex } from '../../support/octets.ts'

/** Attribute, M bit, its requirement, whether it may be hidden, that requirement, Length before hiding (0: varies). */
type TableRow = readonly [number, boolean, string, boolean, string, number]

const table: readonly TableRow[] = [
  [1, true, 'R2661-4.4.2-08', false, 'R2661-4.4.2-09', 0],
  [2, true, 'R2661-4.4.3-25', false, 'R2661-4.4.3-26', 8],
  [3, true, 'R2661-4.4.3-27', true, 'R2661-4.4.3-28', 10],
  [4, true, 'R2661-4.4.3-29', true, 'R2661-4.4.3-30', 10],
  [5, false, 'R2661-4.4.3-31', false, 'R2661-4.4.3-32', 14],
  [6, false, 'R2661-4.4.3-33', true, 'R2661-4.4.3-34', 8],
  [7, true, 'R2661-4.4.3-35', false, 'R2661-4.4.3-36', 0],
  [8, false, 'R2661-4.4.3-37', true, 'R2661-4.4.3-38', 0],
  [9, true, 'R2661-4.4.3-39', true, 'R2661-4.4.3-40', 8],
  [10, true, 'R2661-4.4.3-41', false, 'R2661-4.4.3-42', 8],
  [11, true, 'R2661-4.4.3-43', true, 'R2661-4.4.3-44', 0],
  [12, true, 'R2661-4.4.4-21', false, 'R2661-4.4.4-22', 0],
  [13, true, 'R2661-4.4.3-45', true, 'R2661-4.4.3-46', 22],
  [14, true, 'R2661-4.4.4-23', true, 'R2661-4.4.4-24', 8],
  [15, true, 'R2661-4.4.4-25', true, 'R2661-4.4.4-26', 10],
  [16, true, 'R2661-4.4.4-27', true, 'R2661-4.4.4-28', 10],
  [17, true, 'R2661-4.4.4-29', true, 'R2661-4.4.4-30', 10],
  [18, true, 'R2661-4.4.4-31', true, 'R2661-4.4.4-32', 10],
  [19, true, 'R2661-4.4.4-33', true, 'R2661-4.4.4-34', 10],
  [21, true, 'R2661-4.4.4-35', true, 'R2661-4.4.4-36', 0],
  [22, true, 'R2661-4.4.4-37', true, 'R2661-4.4.4-38', 0],
  [23, true, 'R2661-4.4.4-39', true, 'R2661-4.4.4-40', 0],
  [24, true, 'R2661-4.4.4-41', true, 'R2661-4.4.4-42', 10],
  [25, false, 'R2661-4.4.4-45', true, 'R2661-4.4.4-46', 10],
  [26, false, 'R2661-4.4.5-02', true, 'R2661-4.4.5-03', 0],
  [27, false, 'R2661-4.4.5-04', true, 'R2661-4.4.5-05', 0],
  [28, false, 'R2661-4.4.5-06', true, 'R2661-4.4.5-07', 0],
  [29, false, 'R2661-4.4.5-08', true, 'R2661-4.4.5-09', 8],
  [30, false, 'R2661-4.4.5-10', true, 'R2661-4.4.5-11', 0],
  [31, false, 'R2661-4.4.5-12', true, 'R2661-4.4.5-13', 0],
  [32, false, 'R2661-4.4.5-14', true, 'R2661-4.4.5-15', 8],
  [33, false, 'R2661-4.4.5-16', true, 'R2661-4.4.5-17', 0],
  [34, true, 'R2661-4.4.6-04', true, 'R2661-4.4.6-05', 32],
  [35, true, 'R2661-4.4.6-06', true, 'R2661-4.4.6-07', 16],
  [37, false, 'R2661-4.4.4-47', true, 'R2661-4.4.4-48', 0],
  [38, false, 'R2661-4.4.4-43', true, 'R2661-4.4.4-44', 10],
  [39, true, 'R2661-4.4.4-49', false, 'R2661-4.4.4-50', 6],
  [76, false, 'R4951-5.1-03', true, 'R4951-5.1-02', 12],
  [77, true, 'R4951-5.2-05', false, 'R4951-5.2-04', 16],
  [78, false, 'R4951-5.3-04', true, 'R4951-5.3-03', 12],
  [79, true, 'R4951-5.4-05', true, 'R4951-5.4-04', 16],
]

const hiding = { secret: 's3cret', randomVector: hex('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf') }

interface Sample {
  readonly type: MessageType<2>
  readonly name: string
  readonly ignoresOthers: boolean
  readonly message: ControlMessage
}

/** A message of the first type that carries the attribute, with every AVP it may have. */
function sampleWith(attribute: number): Sample {
  const name = avpRows.find((row) => row.attribute === attribute)?.name ?? ''
  const rows: readonly MessageRow[] = messageRows
  const row = rows.find(({ v2 }) => v2 !== undefined && [...v2.required, ...v2.optional].includes(name))
  if (row === undefined) throw new Error(`no message carries AVP ${String(attribute)}`)
  const type = row.type as MessageType<2>
  const carrying = fullMessageOf(type).filter((message) => type !== 'FSQ' || lists(message))
  const [message] = fc.sample(carrying, { numRuns: 1, seed: attribute })
  if (message === undefined) throw new Error('nothing generated')
  return { type, name, ignoresOthers: row.ignoresOthers === true, message }
}

function lists(message: ControlMessage): boolean {
  return 'failoverSessionStates' in message && message.failoverSessionStates.length > 0
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

/** `bytes` with the M bit of the AVP at `at` set, and other bits of its first octet as given. */
function withFlags(bytes: Uint8Array, at: number, flags: number): Uint8Array {
  const changed = bytes.slice()
  changed[at] = 0x80 | flags | ((bytes[at] as number) & 3)
  return changed
}

/** `bytes` with the value of the AVP at `at` one octet shorter or longer, all Lengths right again. */
function resized(bytes: Uint8Array, at: number, by: 1 | -1): Uint8Array {
  const end = at + lengthAt(bytes, at)
  const tail = [...bytes.subarray(end)]
  const changed = Uint8Array.from([...bytes.subarray(0, by < 0 ? end - 1 : end), ...(by > 0 ? [0] : []), ...tail])
  changed[2] = changed.length >>> 8
  changed[3] = changed.length
  const length = end - at + by
  changed[at] = ((bytes[at] as number) & 0xfc) | (length >>> 8)
  changed[at + 1] = length
  return changed
}

test('the table and the registry name the same AVPs of L2TPv2', () => {
  const special = [0, 36]
  const listed = [...table.map(([attribute]) => attribute), ...special].sort((a, b) => a - b)
  const rows: readonly AvpRow[] = avpRows
  expect(listed).toEqual(rows.filter((row) => row.versions.includes(2)).map((row) => row.attribute))
})

describe.each(table)('AVP %i', (...row) => {
  const [attribute, mandatory, mandatoryId, mayHide, hideId, length] = row
  const { message, name, ignoresOthers } = sampleWith(attribute)
  const clear = encodeMessage(message)
  const at = placeOf(attribute, clear)

  test(`${mandatoryId}: is sent with M = ${mandatory ? '1' : '0'}, H = 0 and no reserved bit (R2661-4.1-02)`, () => {
    expect((clear[at] as number) & 0xfc).toBe(mandatory ? 0x80 : 0)
  })

  test(`${mandatoryId}: the M bit of a received one is not judged`, () => {
    const flipped = clear.slice()
    flipped[at] = (clear[at] as number) ^ 0x80
    expect(accepted(flipped).message).toEqual(message)
  })

  if (mayHide) {
    test(`${hideId}: may be hidden and comes out the same`, () => {
      const hidden = encodeMessage(message, hiding)
      expect((hidden[placeOf(attribute, hidden)] as number) & 0x40).toBe(0x40)
      expect(accepted(hidden, hiding.secret).message).toEqual(message)
    })
  } else {
    test(`${hideId}: is never sent hidden, and hidden it is malformed`, () => {
      const sent = encodeMessage(message, hiding)
      expect((sent[placeOf(attribute, sent)] as number) & 0x40).toBe(0)
      const fault = refused(withFlags(clear, at, 0x40), hiding.secret)
      expect(fault).toMatchObject({ why: 'malformed-avp', attribute, result: 2, error: 3 })
    })
  }

  if (length > 0) {
    const ids = attribute >= 76 ? 'R4951-AMB-11' : 'R2661-4.4-01'
    test(`${ids}: has Length ${String(length)}; one octet less or more is malformed (R2661-7.1-04)`, () => {
      expect(lengthAt(clear, at)).toBe(length)
      const odd = [resized(clear, at, 1), ...(length > 6 ? [resized(clear, at, -1)] : [])]
      for (const bytes of odd) {
        expect(refused(withFlags(bytes, at, 0))).toMatchObject({ why: 'malformed-avp', attribute, result: 2, error: 2 })
      }
    })
  }

  if (!ignoresOthers) {
    test('R2661-4.1-03: with a reserved bit set it is unrecognised', () => {
      for (const bit of [0x04, 0x08, 0x10, 0x20]) {
        expect(refused(withFlags(clear, at, bit))).toMatchObject({ why: 'unknown-avp', attribute, result: 2, error: 8 })
      }
    })
  }

  test(`is the property ${name} of the decoded message`, () => {
    expect(accepted(clear).message).toEqual(message)
    expect(accepted(clear).message).toHaveProperty(name)
  })
})
