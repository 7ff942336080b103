// Numbers as a report shows them: few digits, with their unit. Exact values are in the results themselves.

import type { Unit } from '../../run/metrics.ts'
import type { Bounds } from '../estimate.ts'

/** Three significant digits, without an exponent for everyday sizes. */
export function shortNumber(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e15 || size < 1e-6) return value.toExponential(2)
  if (size >= 1000) return withSpaces(Math.round(Number(value.toPrecision(size >= 1e5 ? 4 : 6))))
  return String(Number(value.toPrecision(3)))
}

/** Groups of three, as in 24 000; a narrow space, which no locale reads as a point. */
function withSpaces(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

const TIME_UNITS: readonly (readonly [string, number])[] = [
  ['h', 3600e9],
  ['min', 60e9],
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
]

function timeText(nanos: number): string {
  if (nanos === 0) return '0 s'
  const size = Math.abs(nanos)
  const [unit, length] = TIME_UNITS.find(([name, least]) => size >= (name === 'min' || name === 'h' ? least * 3 : least)) ?? [
    'ns',
    1,
  ]
  return `${shortNumber(nanos / length)} ${unit}`
}

/** A value of a response. */
export function valueText(value: number | null, unit: Unit): string {
  if (value === null || Number.isNaN(value)) return '–'
  if (unit === 'ns') return timeText(value)
  if (unit === 'ratio') return `${shortNumber(value * 100)} %`
  return unit === 'octets' ? `${shortNumber(value)} B` : shortNumber(value)
}

/** `545 ms (541 ms to 552 ms)`. */
export function boundsText({ value, low, high }: Bounds, unit: Unit): string {
  if (low === null && high === null) return valueText(value, unit)
  if (value !== null && low === value && high === value) return valueText(value, unit)
  const upper = high === null ? 'no bound' : valueText(high, unit)
  return `${valueText(value, unit)} (${valueText(low, unit)} to ${upper})`
}

/** Text for HTML and SVG. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
