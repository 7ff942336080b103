// A dot plot: values along an axis, equal ones stacked. What never came stands in a column of its own at the right.

import { scaleLinear, type ScaleLinear } from 'd3'

export interface Dot<T> {
  readonly item: T
  readonly x: number
  readonly y: number
}

export interface DotPlot<T> {
  readonly dots: readonly Dot<T>[]
  readonly scale: ScaleLinear<number, number>
  readonly nevers: number
  /** Where those stand that never came. */
  readonly neverX: number
}

export interface DotPlotOptions<T> {
  readonly width: number
  readonly height: number
  readonly value: (item: T) => number | null
}

const RADIUS = 4
const MARGIN = 26
const NEVER_ROOM = 60

export function dotPlot<T>(items: readonly T[], { width, height, value }: DotPlotOptions<T>): DotPlot<T> {
  const values = items.map(value)
  const known = values.filter((one) => one !== null)
  const nevers = values.length - known.length
  const least = Math.min(...known)
  const most = Math.max(...known)
  const domain = known.length === 0 ? [0, 1] : least === most ? [Math.min(0, least), Math.max(most, least + 1)] : [least, most]
  const right = width - MARGIN - (nevers > 0 ? NEVER_ROOM : 0)
  const scale = scaleLinear(domain, [MARGIN, right]).nice(5)
  const columns = new Map<number, number>()
  const tallest = new Map<number, number>()
  const columnOf = (one: number | null): number =>
    one === null ? width - NEVER_ROOM / 2 : Math.round(scale(one) / (2 * RADIUS)) * 2 * RADIUS
  for (const one of values) tallest.set(columnOf(one), (tallest.get(columnOf(one)) ?? 0) + 1)
  // Columns that would not fit are several dots wide, so that each dot can still be told from the next.
  const abreast = Math.max(1, Math.ceil((Math.max(1, ...tallest.values()) * 2 * RADIUS) / (height - 10)))
  const dots = items.map((item, i): Dot<T> => {
    const x = columnOf(values[i]!)
    const place = columns.get(x) ?? 0
    columns.set(x, place + 1)
    const wide = Math.min(abreast, tallest.get(x) ?? 1)
    const aside = ((place % wide) - (wide - 1) / 2) * 2 * RADIUS
    return { item, x: x + aside, y: height - RADIUS - 1 - Math.floor(place / wide) * 2 * RADIUS }
  })
  return { dots, scale, nevers, neverX: width - NEVER_ROOM / 2 }
}
