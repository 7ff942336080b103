// The values a factor takes: as a scenario writes them, and as numbers for axes, designs and conditions. Ranges are spaced evenly or
// by equal ratios and rounded to values a person would write.

import { exp, log } from '../base/math.ts'
import { bandwidth, duration, packetRate, probability, size, type Quantity } from '../scenario/units.ts'
import type { Value } from './expression.ts'

/** What the values of a factor are measured in; `category` when they are no numbers. */
export type Measure = 'duration' | 'size' | 'bandwidth' | 'rate' | 'probability' | 'number' | 'category'

export interface Level {
  /** As an override takes it: `40ms`, `1%`, `{"uniform":["5ms","15ms"]}`. */
  readonly text: string
  /** The number it stands for (durations in nanoseconds), the truth value, or the text. */
  readonly value: Value
}

/** Values between two ends. */
export interface Range {
  readonly from: number
  readonly to: number
  readonly isLog: boolean
  readonly measure: Measure
  /** Values are multiples of this; 0 for four significant digits. */
  readonly round: number
  /** Only whole numbers make sense. */
  readonly isWhole: boolean
}

const quantities: readonly (readonly [Measure, Quantity])[] = [
  ['duration', duration],
  ['size', size],
  ['bandwidth', bandwidth],
  ['rate', packetRate],
  ['probability', probability],
]

/** What a value as written is measured in, and its number; undefined when it is no number. */
export function measured(written: unknown): { readonly measure: Measure; readonly value: number } | undefined {
  if (typeof written === 'number') return { measure: 'number', value: written }
  if (typeof written !== 'string') return undefined
  if (/^[+-]?\d+(\.\d+)?$/.test(written.trim())) return { measure: 'number', value: Number(written) }
  for (const [measure, quantity] of quantities) {
    const reading = quantity.read(written)
    if (reading.ok) return { measure, value: reading.value }
  }
  return undefined
}

/** The level that a value as written in a study stands for. */
export function levelOf(written: unknown): Level {
  const text = typeof written === 'string' ? written : JSON.stringify(written)
  const number = measured(written)
  if (number !== undefined) return { text, value: number.value }
  return { text, value: typeof written === 'boolean' ? written : text }
}

/** The measure that all of `values` share; bare numbers go with any other. */
export function measureOfAll(values: readonly unknown[]): Measure {
  const measures = new Set(values.map((value) => measured(value)?.measure ?? 'category'))
  if (measures.size > 1) measures.delete('number')
  const [only] = measures
  return measures.size === 1 && only !== undefined ? only : 'category'
}

/** A number of the given measure as a scenario writes it. */
export function textOf(value: number, measure: Measure): string {
  const quantity = quantities.find(([name]) => name === measure)?.[1]
  return String(quantity === undefined ? value : quantity.write(value))
}

/** The level at share `u` (0 to 1) of the way through a range. */
export function levelWithin(range: Range, u: number): Level {
  const { from, to, isLog } = range
  const exact = isLog ? exp(log(from) + (log(to) - log(from)) * u) : from + (to - from) * u
  const value = rounded(exact, range)
  return { text: textOf(value, range.measure), value }
}

function rounded(value: number, { round, measure, isWhole, from, to }: Range): number {
  const even = round > 0 ? Math.round(value / round) * round : Number(value.toPrecision(4))
  const near = Math.min(Math.max(even, Math.min(from, to)), Math.max(from, to))
  const counts = isWhole || measure === 'duration' || measure === 'size' || measure === 'bandwidth'
  // A multiple of a decimal fraction carries rounding errors that nobody wrote.
  return counts ? Math.round(near) : Number(near.toPrecision(12))
}

/** `steps` levels of a range, both ends included; those that rounding makes equal appear once. */
export function levelsAcross(range: Range, steps: number): readonly Level[] {
  const levels = Array.from({ length: steps }, (_, i) => levelWithin(range, i / (steps - 1)))
  return levels.filter(({ text }, i) => text !== levels[i - 1]?.text)
}

/** The levels of a linear range that lie `step` apart, from its beginning on. */
export function levelsEvery(range: Range, step: number): readonly Level[] {
  // A tolerance, so that 0.1 + 0.1 + 0.1 still counts as reaching 0.3.
  const steps = Math.floor((range.to - range.from) / step + 1e-9)
  const exact = { ...range, round: 0 }
  return Array.from({ length: steps + 1 }, (_, i) => levelWithin({ ...exact, to: range.from + i * step }, 1))
}
