// Points of a drawn design: a response against one of its factors.

import type { Unit } from '../../run/metrics.ts'
import { escaped, valueText } from './format.ts'
import { extentOf, linearScale, logScale } from './scale.ts'
import { bottomAxis, chart, element, leftAxis, plot, pointAttribute, type Frame } from './svg.ts'

export interface ScatterChartOptions {
  readonly title: string
  readonly x: { readonly label: string; readonly isLog: boolean; readonly textOf: (value: number) => string }
  readonly y: { readonly label: string; readonly unit: Unit }
  readonly marks: readonly { readonly x: number; readonly y: number; readonly point: number; readonly title: string }[]
  readonly width: number
}

export function scatterChart({ title, x, y, marks, width }: ScatterChartOptions): string {
  const frame: Frame = { width, height: 260, left: 66, right: 24, top: 30, bottom: 44 }
  const { x0, x1, y0, y1 } = plot(frame)
  const extent = extentOf(marks.map((mark) => mark.x))
  const xScale = x.isLog && extent.low > 0 ? logScale(extent, x0, x1) : linearScale(extent, x0, x1, { wanted: 4 })
  const yScale = linearScale(extentOf([...marks.map((mark) => mark.y), 0]), y0, y1)
  return chart(
    frame,
    { title, description: `${String(marks.length)} points of the design.` },
    leftAxis(frame, { ticks: yScale.ticks.map((tick) => ({ ...tick, text: valueText(tick.value, y.unit) })), label: y.label }),
    bottomAxis(frame, { ticks: xScale.ticks.map((tick) => ({ ...tick, text: x.textOf(tick.value) })), label: x.label }),
    ...marks.map((mark) =>
      element(
        'circle',
        { cx: xScale.at(mark.x), cy: yScale.at(mark.y), r: 3, class: 'series-0 dot', ...pointAttribute(mark.point) },
        element('title', {}, escaped(mark.title)),
      ),
    ),
  )
}
