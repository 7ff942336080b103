// A response over two factors: a cell for each combination, coloured and with its value in it, so that nothing hangs on colour alone.

import type { Unit } from '../../run/metrics.ts'
import type { Bounds } from '../estimate.ts'
import { boundsText, valueText } from './format.ts'
import { chart, element, pointAttribute, textAt, type Frame } from './svg.ts'

export interface HeatCell {
  readonly column: number
  readonly row: number
  /** Place in the plan. */
  readonly point: number
  readonly bounds: Bounds
  readonly title: string
}

export interface HeatMapOptions {
  readonly title: string
  readonly columns: { readonly label: string; readonly texts: readonly string[] }
  readonly rows: { readonly label: string; readonly texts: readonly string[] }
  readonly cells: readonly HeatCell[]
  readonly unit: Unit
  /** Ends of the colours, the same in all panels. */
  readonly extent: { readonly low: number; readonly high: number }
}

/** From dark blue over grey to yellow (cividis, J. R. Nuñez and others, 2018), legible to all who see colours differently. */
const COLOURS = [
  '#00224e',
  '#123570',
  '#3b496c',
  '#575d6d',
  '#707173',
  '#8a8678',
  '#a59c74',
  '#c3b369',
  '#e1cc55',
  '#fee838',
] as const

const CELL = { width: 78, height: 30 }

export function heatMap({ title, columns, rows, cells, unit, extent }: HeatMapOptions): string {
  const left = 30 + Math.max(46, ...rows.texts.map((text) => text.length * 7))
  const frame: Frame = {
    width: left + columns.texts.length * CELL.width + 12,
    height: 52 + rows.texts.length * CELL.height + 42,
    ...{ left, right: 12, top: 34, bottom: 42 },
  }
  const at = (column: number, row: number): readonly [number, number] => [
    left + column * CELL.width,
    frame.top + (rows.texts.length - 1 - row) * CELL.height,
  ]
  const bottom = frame.top + rows.texts.length * CELL.height
  const ends = `${valueText(extent.low, unit)} (dark) to ${valueText(extent.high, unit)} (light)`
  const description = `${rows.label} by ${columns.label}; colours from ${ends}. Each cell shows its value.`
  return chart(
    frame,
    { title, description },
    textAt(8, 20, rows.label, { class: 'label' }),
    ...cells.map((cell) => cellOf(cell, { at: at(cell.column, cell.row), unit, extent })),
    ...columns.texts.map((text, i) =>
      textAt(left + (i + 0.5) * CELL.width, bottom + 16, text, { 'text-anchor': 'middle', class: 'tick' }),
    ),
    ...rows.texts.map((text, i) =>
      textAt(left - 8, at(0, i)[1] + CELL.height / 2 + 4, text, { 'text-anchor': 'end', class: 'tick' }),
    ),
    textAt(left + (columns.texts.length * CELL.width) / 2, bottom + 34, columns.label, {
      'text-anchor': 'middle',
      class: 'label',
    }),
  )
}

interface Placed {
  readonly at: readonly [number, number]
  readonly unit: Unit
  readonly extent: { readonly low: number; readonly high: number }
}

function cellOf({ bounds, title, point }: HeatCell, { at: [x, y], unit, extent }: Placed): string {
  const { value } = bounds
  const share = value === null ? 0 : extent.high === extent.low ? 0.5 : (value - extent.low) / (extent.high - extent.low)
  const colour = COLOURS[Math.max(0, Math.min(COLOURS.length - 1, Math.floor(share * COLOURS.length)))]!
  const box = { x: x + 1, y: y + 1, width: CELL.width - 2, height: CELL.height - 2, rx: 2 }
  const fill = value === null ? { class: 'empty' } : { fill: colour }
  // Dark writing on the light half of the colours.
  const ink = value === null ? { class: 'tick' } : { class: share >= 0.55 ? 'on-light' : 'on-dark' }
  return element(
    'g',
    pointAttribute(point),
    element('title', {}, `${title}: ${boundsText(bounds, unit)}`),
    element('rect', { ...box, ...fill }),
    textAt(x + CELL.width / 2, y + CELL.height / 2 + 4, value === null ? 'never' : valueText(value, unit), {
      'text-anchor': 'middle',
      ...ink,
    }),
  )
}
