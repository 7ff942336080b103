// Distributions side by side: for each row every run as a dot, the middle half as a box, and the median. And differences with their
// intervals, one row each.

import type { Unit } from '../../run/metrics.ts'
import type { Bounds } from '../estimate.ts'
import { quantileOf } from '../statistics/interval.ts'
import { boundsText, valueText } from './format.ts'
import { extentOf, linearScale, type Scale } from './scale.ts'
import { bottomAxis, chart, element, plot, pointAttribute, SERIES, textAt, type Frame } from './svg.ts'

const ROW = 26

function frameFor(names: readonly string[], width: number): Frame {
  const left = Math.min(320, 24 + Math.max(...names.map((name) => name.length * 6.6)))
  return { width, height: 18 + names.length * ROW + 48, left, right: 24, top: 14, bottom: 48 }
}

export interface StripRow {
  readonly name: string
  /** Place in the plan. */
  readonly point: number
  /** Which colour it has. */
  readonly series: number
  readonly values: readonly number[]
}

const MOST_DOTS = 300

export function stripChart(options: {
  readonly title: string
  readonly label: string
  readonly unit: Unit
  readonly rows: readonly StripRow[]
  readonly width: number
}): string {
  const { title, label, unit, rows, width } = options
  const frame = frameFor(
    rows.map(({ name }) => name),
    width,
  )
  const { x0, x1 } = plot(frame)
  const { low, high } = extentOf(rows.flatMap(({ values }) => values))
  const x = linearScale({ low, high }, x0, x1)
  const medians = rows.map(({ name, values }) => `${name} median ${valueText(medianOf(values), unit)}`)
  const description = `Every run as a dot, the middle half as a box, the median as a line: ${medians.join('; ')}`
  return chart(
    frame,
    { title, description, values: [x.at(low), low, x.at(high), high] },
    ...rowLines(
      frame,
      rows.map(({ name }) => name),
    ),
    ...rows.map((row, i) => drawStrip(row, { x, y: frame.top + (i + 0.5) * ROW })),
    bottomAxis(frame, { ticks: x.ticks.map((tick) => ({ ...tick, text: valueText(tick.value, unit) })), label }),
  )
}

function medianOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : quantileOf(Float64Array.from(values).sort(), 0.5)
}

function rowLines(frame: Frame, names: readonly string[]): readonly string[] {
  const { x0, x1 } = plot(frame)
  return names.map((name, i) => {
    const y = frame.top + (i + 0.5) * ROW
    return (
      element('line', { x1: x0, x2: x1, y1: y, y2: y, class: 'grid' }) +
      textAt(x0 - 10, y + 4, clipped(name), { 'text-anchor': 'end', class: 'tick' })
    )
  })
}

const clipped = (text: string): string => (text.length > 46 ? `${text.slice(0, 44)}…` : text)

function drawStrip({ values, series, point }: StripRow, { x, y }: { readonly x: Scale; readonly y: number }): string {
  if (values.length === 0) return ''
  const kind = `series-${String(series % SERIES)}`
  const sorted = Float64Array.from(values).sort()
  const [q1, q2, q3] = [0.25, 0.5, 0.75].map((q) => x.at(quantileOf(sorted, q))) as [number, number, number]
  // Dots are spread upwards and downwards by their place, not by chance.
  const step = Math.ceil(values.length / MOST_DOTS)
  const dots = values
    .filter((_, i) => i % step === 0)
    .map((value, i) => element('circle', { cx: x.at(value), cy: y + (((i * 7) % 11) - 5) * 1.1, r: 1.8, class: `${kind} dot` }))
  return element(
    'g',
    pointAttribute(point),
    ...dots,
    element('rect', { x: q1, y: y - 7, width: Math.max(1, q3 - q1), height: 14, class: `${kind} box` }),
    element('line', { x1: q2, x2: q2, y1: y - 8, y2: y + 8, class: `${kind} median` }),
  )
}

export interface DifferenceRow {
  readonly name: string
  /** Place in the plan. */
  readonly point: number
  readonly bounds: Bounds
}

/** Differences around 0. */
export function differenceChart(options: {
  readonly title: string
  readonly label: string
  readonly unit: Unit
  readonly rows: readonly DifferenceRow[]
  readonly width: number
}): string {
  const { title, label, unit, rows, width } = options
  const frame = frameFor(
    rows.map(({ name }) => name),
    width,
  )
  const { x0, x1, y0, y1 } = plot(frame)
  const ends = rows.flatMap(({ bounds: { value, low, high } }) => [value, low, high]).filter((value) => value !== null)
  const x = linearScale(extentOf([0, ...ends]), x0, x1)
  const description = rows.map(({ name, bounds }) => `${name}: ${boundsText(bounds, unit)}`).join('; ')
  return chart(
    frame,
    { title, description },
    ...rowLines(
      frame,
      rows.map(({ name }) => name),
    ),
    element('line', { x1: x.at(0), x2: x.at(0), y1: y1, y2: y0, class: 'zero' }),
    ...rows.map(({ name, bounds, point }, i) =>
      drawDifference({ title: `${name}: ${boundsText(bounds, unit)}`, point }, bounds, { x, y: frame.top + (i + 0.5) * ROW }),
    ),
    bottomAxis(frame, { ticks: x.ticks.map((tick) => ({ ...tick, text: valueText(tick.value, unit) })), label }),
  )
}

function drawDifference(
  { title, point }: { readonly title: string; readonly point: number },
  { value, low, high }: Bounds,
  { x, y }: { readonly x: Scale; readonly y: number },
): string {
  if (value === null) return ''
  const bar =
    low === null || high === null
      ? ''
      : element('line', { x1: x.at(low), x2: x.at(high), y1: y, y2: y, class: 'series-0 interval' })
  return element(
    'g',
    pointAttribute(point),
    element('title', {}, title),
    bar,
    element('circle', { cx: x.at(value), cy: y, r: 4, class: 'series-0 mark' }),
  )
}
