// Pieces of SVG as text, and the frame that all charts share: a title and a description for those who do not see it, axes with ticks.
// Colours are classes; style.ts gives them for light, dark and print.

import { escaped } from './format.ts'
import type { Tick } from './scale.ts'

/** Colours and marks that series can be told by: eight, each with a shape of its own. */
export const SERIES = 8

const round = (value: number): string => String(Math.round(value * 100) / 100)

export type Attributes = Readonly<Record<string, string | number>>

export function element(name: string, attributes: Attributes, ...inside: readonly string[]): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escaped(value)}"`,
  )
  return inside.length === 0 ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${inside.join('')}</${name}>`
}

export function textAt(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(content))
}

/** A line through points; one with NaN interrupts it. */
export function pathThrough(points: readonly (readonly [number, number])[]): string {
  let isOpen = false
  return points
    .map(([x, y]) => {
      if (Number.isNaN(x) || Number.isNaN(y)) {
        isOpen = false
        return ''
      }
      const command = isOpen ? 'L' : 'M'
      isOpen = true
      return `${command}${round(x)} ${round(y)}`
    })
    .join('')
}

/** Says which point of the plan a mark stands for. */
export const pointAttribute = (point: number | undefined): Attributes => (point === undefined ? {} : { 'data-point': point })

/** The shape of a series at a point. */
export function marker(series: number, x: number, y: number, title: string): string {
  const kind = `series-${String(series % SERIES)} mark`
  const r = 4
  const shapes = [
    (): string => element('circle', { cx: x, cy: y, r, class: kind }, element('title', {}, escaped(title))),
    (): string =>
      element('rect', { x: x - r, y: y - r, width: 2 * r, height: 2 * r, class: kind }, element('title', {}, escaped(title))),
    (): string =>
      polygon([
        [0, -1.3],
        [1.2, 0.9],
        [-1.2, 0.9],
      ]),
    (): string =>
      polygon([
        [0, -1.4],
        [1.4, 0],
        [0, 1.4],
        [-1.4, 0],
      ]),
    (): string =>
      polygon([
        [0, 1.3],
        [1.2, -0.9],
        [-1.2, -0.9],
      ]),
    (): string =>
      polygon([
        [-1.3, -0.45],
        [-0.45, -0.45],
        [-0.45, -1.3],
        [0.45, -1.3],
        [0.45, -0.45],
        [1.3, -0.45],
        [1.3, 0.45],
        [0.45, 0.45],
        [0.45, 1.3],
        [-0.45, 1.3],
        [-0.45, 0.45],
        [-1.3, 0.45],
      ]),
  ]
  function polygon(corners: readonly (readonly [number, number])[]): string {
    const points = corners.map(([dx, dy]) => `${round(x + dx * r)},${round(y + dy * r)}`).join(' ')
    return element('polygon', { points, class: kind }, element('title', {}, escaped(title)))
  }
  return shapes[series % shapes.length]!()
}

export interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Pixels of the plotting area. */
export const plot = ({ width, height, left, right, top, bottom }: Frame): { x0: number; x1: number; y0: number; y1: number } => ({
  x0: left,
  x1: width - right,
  y0: height - bottom,
  y1: top,
})

export interface Described {
  readonly title: string
  /** What one would say of it in two sentences. */
  readonly description: string
  /** Where the horizontal axis shows values of runs: two of its places, each with its value. */
  readonly values?: readonly [x0: number, value0: number, x1: number, value1: number]
}

/** The whole chart. A page that lets one choose runs in it finds the values of its horizontal axis in `data-values`. */
export function chart(
  { width, height }: Pick<Frame, 'width' | 'height'>,
  { title, description, values }: Described,
  ...inside: readonly string[]
): string {
  const box = `0 0 ${String(width)} ${String(height)}`
  const head = [element('title', {}, escaped(title)), element('desc', {}, escaped(description))]
  return element(
    'svg',
    {
      ...{ viewBox: box, width, height, role: 'img', 'aria-label': `${title}. ${description}` },
      ...(values === undefined ? {} : { 'data-values': values.join(' ') }),
    },
    ...head,
    ...inside,
  )
}

export interface AxisOptions {
  readonly ticks: readonly (Tick & { readonly text: string })[]
  readonly label: string
}

export function bottomAxis(frame: Frame, { ticks, label }: AxisOptions): string {
  const { x0, x1, y0 } = plot(frame)
  return element(
    'g',
    { class: 'axis' },
    element('line', { x1: x0, x2: x1, y1: y0, y2: y0 }),
    ...ticks.map(
      ({ at, text }) =>
        element('line', { x1: at, x2: at, y1: y0, y2: y0 + 4 }) + textAt(at, y0 + 16, text, { 'text-anchor': 'middle' }),
    ),
    textAt((x0 + x1) / 2, y0 + 34, label, { 'text-anchor': 'middle', class: 'label' }),
  )
}

/** With lines across the plot, faint. */
export function leftAxis(frame: Frame, { ticks, label }: AxisOptions): string {
  const { x0, x1, y1 } = plot(frame)
  return element(
    'g',
    { class: 'axis' },
    ...ticks.map(
      ({ at, text }) =>
        element('line', { x1: x0, x2: x1, y1: at, y2: at, class: 'grid' }) +
        textAt(x0 - 6, at + 4, text, { 'text-anchor': 'end' }),
    ),
    textAt(x0 - 50, y1 - 12, label, { class: 'label' }),
  )
}
