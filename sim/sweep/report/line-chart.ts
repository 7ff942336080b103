// A response against a factor: a line for each series with its confidence intervals, in one panel.

import type { Unit } from '../../run/metrics.ts'
import type { Bounds } from '../estimate.ts'
import { measured, textOf, type Measure } from '../level.ts'
import { boundsText, valueText } from './format.ts'
import { extentOf, linearScale, logScale, placeOf, widened, type Scale, type Tick } from './scale.ts'
import { bottomAxis, chart, element, leftAxis, marker, pathThrough, plot, pointAttribute, SERIES, type Frame } from './svg.ts'

export interface LinePoint {
  /** Number on the axis, or the place of a category. */
  readonly x: number
  readonly text: string
  /** Place in the plan. */
  readonly point: number
  readonly bounds: Bounds
}

export interface Series {
  readonly name: string
  readonly points: readonly LinePoint[]
}

export interface XAxis {
  readonly label: string
  readonly measure: Measure
  /** Its values as the study writes them. */
  readonly texts: readonly string[]
  readonly isLog: boolean
}

export interface LineChartOptions {
  readonly title: string
  readonly x: XAxis
  readonly y: { readonly label: string; readonly unit: Unit; readonly extent?: { readonly low: number; readonly high: number } }
  readonly series: readonly Series[]
  /** Numbers on the axis in all panels, so that they are alike. */
  readonly xValues: readonly number[]
  readonly width: number
}

const HEIGHT = 280

export function lineChart({ title, x, y, series, xValues, width }: LineChartOptions): string {
  const frame: Frame = { width, height: HEIGHT, left: 66, right: 16, top: 30, bottom: 44 }
  const { x0, x1, y0, y1 } = plot(frame)
  const xScale = xScaleOf(x, xValues, { from: x0 + 14, to: x1 - 14 })
  const yScale = linearScale(y.extent ?? yExtent(series), y0, y1, { unit: y.unit })
  const names = series.map(({ name }) => name).join(', ')
  const description = `${y.label} against ${x.label}; series: ${names}. The values are in the table of points.`
  return chart(
    frame,
    { title, description },
    leftAxis(frame, { ticks: yScale.ticks.map((tick) => ({ ...tick, text: valueText(tick.value, y.unit) })), label: y.label }),
    bottomAxis(frame, { ticks: tickTexts(x, xScale.ticks), label: x.label }),
    ...series.map((one, i) => drawSeries(one, { place: i, of: series.length, x: xScale, y: yScale, unit: y.unit })),
  )
}

/** From 0 where that is not far away, so that sizes can be compared. */
export function yExtent(series: readonly Series[]): { readonly low: number; readonly high: number } {
  const all = series.flatMap(({ points }) => points.flatMap(({ bounds: { value, low, high } }) => [value, low, high]))
  const known = all.filter((value) => value !== null)
  const isSize = series.every(({ points }) => points.every(({ bounds: { value } }) => (value ?? 0) >= 0))
  const { low: least, high } = extentOf(known)
  // An interval may reach below 0 where the thing itself cannot: that part is cut off.
  const low = isSize ? Math.max(0, least) : least
  return low > 0 && low < high * 0.6 ? { low: 0, high } : { low, high }
}

function xScaleOf(x: XAxis, values: readonly number[], pixels: { readonly from: number; readonly to: number }): Scale {
  if (x.measure === 'category') {
    const at = (value: number): number => placeOf(value, x.texts.length, pixels)
    return { at, ticks: x.texts.map((_, value) => ({ value, at: at(value) })) }
  }
  const extent = extentOf(values)
  if (x.isLog && extent.low > 0) {
    const scale = logScale(widened(extent, 0), pixels.from, pixels.to)
    // Where the values themselves are few, they are the best ticks.
    return { at: scale.at, ticks: ownTicks(values, scale) }
  }
  const at = (value: number): number =>
    pixels.from + ((value - extent.low) / (extent.high - extent.low)) * (pixels.to - pixels.from)
  const nice = linearScale(extent, pixels.from, pixels.to).ticks.filter(
    ({ value }) => value >= extent.low && value <= extent.high,
  )
  return { at, ticks: ownTicks(values, { at, ticks: nice.map(({ value }) => ({ value, at: at(value) })) }) }
}

const LEAST_GAP = 40

function ownTicks(values: readonly number[], scale: Scale): readonly Tick[] {
  const own = [...new Set(values)].sort((a, b) => a - b).map((value) => ({ value, at: scale.at(value) }))
  const isRoomy = own.every(({ at }, i) => i === 0 || at - own[i - 1]!.at >= LEAST_GAP)
  if (isRoomy) return own
  if (scale.ticks.length >= 2) return scale.ticks
  return own.filter((_, i) => i === 0 || i === own.length - 1)
}

function tickTexts({ measure, texts }: XAxis, ticks: readonly Tick[]): readonly (Tick & { readonly text: string })[] {
  return ticks.map((tick) => ({
    ...tick,
    text: measure === 'category' ? short(texts[tick.value] ?? '') : (asWritten(texts, tick.value) ?? textOf(tick.value, measure)),
  }))
}

/** `60s` stays `60s`, as in the table and the heat map. */
const asWritten = (texts: readonly string[], value: number): string | undefined =>
  texts.find((text) => measured(text)?.value === value)

const short = (text: string): string => (text.length > 18 ? `${text.slice(0, 16)}…` : text)

interface Drawing {
  readonly place: number
  readonly of: number
  readonly x: Scale
  readonly y: Scale
  readonly unit: Unit
}

function drawSeries({ name, points }: Series, { place, of, x, y, unit }: Drawing): string {
  // Side by side by a little, so that equal intervals do not hide each other.
  const shift = (place - (of - 1) / 2) * 5
  const known = points.filter(({ bounds }) => bounds.value !== null)
  const at = (point: LinePoint): readonly [number, number] => [x.at(point.x) + shift, y.at(point.bounds.value ?? NaN)]
  const kind = `series-${String(place % SERIES)}`
  return element(
    'g',
    {},
    element('path', {
      d: pathThrough(points.map((point) => (point.bounds.value === null ? [NaN, NaN] : at(point)))),
      class: `${kind} line`,
    }),
    ...known.flatMap((point) => {
      const [px, py] = at(point)
      return [
        element(
          'g',
          pointAttribute(point.point),
          whisker(px, point.bounds, { y, kind }),
          marker(place, px, py, `${name}, ${point.text}: ${boundsText(point.bounds, unit)}`),
        ),
      ]
    }),
  )
}

function whisker(x: number, { low, high, value }: Bounds, { y, kind }: { readonly y: Scale; readonly kind: string }): string {
  if (value === null || low === null) return ''
  const top = y.at(high ?? value)
  const least = y.ticks[0]?.value ?? low
  const bottom = y.at(Math.max(low, least))
  if (Math.abs(top - bottom) < 0.5) return ''
  // An end that is cut off has no cap.
  const cap = (end: number): string => (low < least && end === bottom ? '' : `M${(x - 3).toFixed(1)} ${end.toFixed(1)}h6`)
  const d = `M${x.toFixed(1)} ${bottom.toFixed(1)}V${top.toFixed(1)}${cap(bottom)}${high === null ? '' : cap(top)}`
  return element('path', { d, class: `${kind} whisker` })
}
