// The header of a message as fields of the inspector's tree (describe.ts), by its own bits and as far as there are octets: control
// messages of both versions, data messages of L2TPv2 in any layout, the session header of L2TPv3 data over UDP.

import { dialectOf, type Dialect } from './dialect.ts'
import { octetsField, type Field } from './describe-value.ts'
import { L_BIT, O_BIT, P_BIT, S_BIT, T_BIT, VERSION_BITS } from './header.ts'
import { uint16At, uint32At } from './octets.ts'

export interface HeaderTree {
  readonly field: Field
  readonly problem: string | undefined
  /** Where the fields end. */
  readonly end: number
  /** Where AVPs, cookie or payload begin; -1 if the header is cut off or of no known version. */
  readonly bodyAt: number
  readonly summary: string
}

interface Place {
  readonly name: string
  readonly octets: 2 | 4
  readonly present: boolean
}

/** The registries for the version in the header; those of L2TPv2 if it is neither 2 nor 3. */
export function dialectIn(bytes: Uint8Array): Dialect {
  return dialectOf(((bytes[1] ?? 0) & VERSION_BITS) === 3 ? 3 : 2)
}

/** `problem` is why a receiver discards the message for its header. */
export function describeHeader(bytes: Uint8Array, problem: string | undefined): HeaderTree {
  const ref = refOf(bytes)
  const tree = (fields: readonly Field[], end: number, bodyAt: number, summary: string): HeaderTree => {
    const mark = problem === undefined ? {} : { problem }
    const field = { name: 'Header', offset: 0, length: end, value: '', ref, fields, ...mark }
    return { field, problem, end, bodyAt, summary }
  }
  if (bytes.length < 2) {
    return tree([octetsField('Octets', { bytes, at: 0, end: bytes.length, shift: 0, ref })], bytes.length, -1, '')
  }
  const word = uint16At(bytes, 0)
  const children: Field[] = [flagsField(word, ref)]
  const numbers: string[] = []
  let at = 2
  for (const { name, octets, present } of placesOf(word)) {
    if (!present) continue
    if (at + octets > bytes.length) return tree(children, at, -1, '')
    const value = String(octets === 2 ? uint16At(bytes, at) : uint32At(bytes, at))
    children.push({ name, offset: at, length: octets, value, ref, fields: [] })
    numbers.push(`${name} ${value}`)
    at += octets
  }
  const summary = numbers.filter((text) => !/^(Length|Offset|Reserved)/.test(text)).join(', ')
  return tree(children, at, at > 2 ? at : -1, summary)
}

/** Control and data headers of L2TPv3 are drawn in different sections. */
function refOf(bytes: Uint8Array): string {
  const { version, refs } = dialectIn(bytes)
  return version === 3 && ((bytes[0] ?? 0) & 0x80) === 0 ? 'RFC 3931 4.1.2.1' : refs.header
}

function placesOf(word: number): readonly Place[] {
  const version = word & VERSION_BITS
  if (version === 3) return (word & T_BIT) !== 0 ? CONTROL_3 : DATA_3
  if (version !== 2) return []
  const sequenced = (word & S_BIT) !== 0
  return [
    { name: 'Length', octets: 2, present: (word & L_BIT) !== 0 },
    { name: 'Tunnel ID', octets: 2, present: true },
    { name: 'Session ID', octets: 2, present: true },
    { name: 'Ns', octets: 2, present: sequenced },
    { name: 'Nr', octets: 2, present: sequenced },
    { name: 'Offset Size', octets: 2, present: (word & O_BIT) !== 0 },
  ]
}

const always = (name: string, octets: 2 | 4): Place => ({ name, octets, present: true })
const CONTROL_3 = [always('Length', 2), always('Control Connection ID', 4), always('Ns', 2), always('Nr', 2)]
const DATA_3 = [always('Reserved', 2), always('Session ID', 4)]

/** L2TPv3 has neither O nor P bit. */
function flagsField(word: number, ref: string): Field {
  const bit = (name: string, mask: number): Field => {
    return { name, offset: 0, length: 2, value: (word & mask) !== 0 ? '1' : '0', ref, fields: [] }
  }
  const version = { name: 'Ver', offset: 0, length: 2, value: String(word & VERSION_BITS), ref, fields: [] }
  const old = (word & VERSION_BITS) === 3 ? [] : [bit('O', O_BIT), bit('P', P_BIT)]
  return {
    name: 'Flags and version',
    offset: 0,
    length: 2,
    value: `0x${word.toString(16).padStart(4, '0')}`,
    ref,
    fields: [bit('T', T_BIT), bit('L', L_BIT), bit('S', S_BIT), ...old, version],
  }
}
