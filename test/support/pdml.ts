// Reads PDML, the XML in which tshark prints a dissected packet: protocols made of nested fields. Only what tshark writes.

import { tshark } from './tshark.ts'

export interface PdmlField {
  /** `l2tp.avp.type`; '' for a mere group. */
  readonly name: string
  /** As displayed, without its label. */
  readonly show: string
  /** Octets in hexadecimal; of a bit field the field's own value. */
  readonly value: string
  /** In octets from the start of the frame. */
  readonly position: number
  readonly size: number
  readonly fields: readonly PdmlField[]
}

export interface PdmlProtocol extends PdmlField {
  /** Of the packet it is in, from 1. */
  readonly frame: number
}

/** Every occurrence of one protocol in a capture file, in order; one run of tshark, with more options if need be. */
export function dissect(path: string, protocol: string, ...options: readonly string[]): readonly PdmlProtocol[] {
  return parsePdml(tshark('-r', path, ...options, '-T', 'pdml'), protocol)
}

interface Open extends PdmlField {
  readonly fields: PdmlField[]
}

function parsePdml(xml: string, protocol: string): readonly PdmlProtocol[] {
  const found: PdmlProtocol[] = []
  const open: Open[] = []
  let frame = 0
  for (const [, close, tag, attributes = '', empty] of xml.matchAll(/<(\/?)(packet|proto|field)\b([^>]*?)(\/?)>/g)) {
    if (tag === 'packet') frame += close === '' ? 1 : 0
    else if (close === '') {
      const field = openField(attributes)
      open.at(-1)?.fields.push(field)
      if (open.length === 0 && field.name === protocol) found.push({ ...field, frame })
      if (empty === '') open.push(field)
    } else open.pop()
  }
  return found
}

function openField(text: string): Open {
  const attributes = new Map([...text.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1], unescaped(match[2] ?? '')]))
  const number = (name: string) => Number(attributes.get(name) ?? 0)
  const get = (name: string) => attributes.get(name) ?? ''
  return { name: get('name'), show: get('show'), value: get('value'), position: number('pos'), size: number('size'), fields: [] }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function unescaped(text: string): string {
  return text.replace(/&(#?)(\w+);/g, (whole, number: string, name: string) => {
    if (number === '') return ENTITIES[name] ?? whole
    return String.fromCodePoint(Number(name.startsWith('x') ? `0${name}` : name))
  })
}
