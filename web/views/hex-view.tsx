// The octets of a datagram in rows of sixteen. What is pointed at here or in the tree is lit in both.

import type { Signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Field } from '../../sim/l2tp/wire/describe.ts'

/** A run of octets from the start of the UDP payload. */
export interface Span {
  readonly offset: number
  readonly length: number
}

export const overlaps = (a: Span, b: Span): boolean => a.offset === b.offset && a.length === b.length

/** The smallest field that holds an octet. */
function fieldAt(fields: readonly Field[], octet: number): Field | undefined {
  const found = fields.find(({ offset, length }) => octet >= offset && octet < offset + length)
  return found === undefined ? undefined : (fieldAt(found.fields, octet) ?? found)
}

/** Rows shown; longer payloads are filler. */
const MOST_ROWS = 64

export interface HexViewProps {
  readonly bytes: Uint8Array
  readonly fields: readonly Field[]
  readonly hovered: Signal<Span | undefined>
}

export function HexView({ bytes, fields, hovered }: HexViewProps): JSX.Element {
  const rows = Array.from({ length: Math.min(MOST_ROWS, Math.ceil(bytes.length / 16)) }, (_, row) => row)
  const lit = hovered.value
  const point = (octet: number): void => {
    const field = fieldAt(fields, octet)
    hovered.value = field === undefined ? undefined : { offset: field.offset, length: field.length }
  }
  return (
    <div
      class='hex'
      role='region'
      aria-label='Octets'
      tabIndex={0}
      onPointerLeave={() => {
        hovered.value = undefined
      }}
    >
      {rows.map((row) => (
        <div key={row} class='hex-row'>
          <span class='hex-offset'>{(row * 16).toString(16).padStart(4, '0')}</span>
          {[...bytes.subarray(row * 16, row * 16 + 16)].map((octet, i) => {
            const at = row * 16 + i
            const isLit = lit !== undefined && at >= lit.offset && at < lit.offset + lit.length
            return (
              <span
                key={at}
                class={isLit ? 'octet lit' : 'octet'}
                onPointerEnter={() => {
                  point(at)
                }}
              >
                {octet.toString(16).padStart(2, '0')}
              </span>
            )
          })}
        </div>
      ))}
    </div>
  )
}
