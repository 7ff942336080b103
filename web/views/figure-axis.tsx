// The axis under a figure: one of d3, in the drawing of the page.

import { axisBottom, select, type ScaleLinear } from 'd3'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

export interface FigureAxisProps {
  readonly scale: ScaleLinear<number, number>
  /** Height at which it lies. */
  readonly y: number
  readonly format: (value: number) => string
}

/** Room of the words of a tick, in pixels. */
const ROOM = 110

export function FigureAxis({ scale, y, format }: FigureAxisProps): JSX.Element {
  const group = useRef<SVGGElement>(null)
  useLayoutEffect(() => {
    const [left = 0, right = 0] = scale.range()
    const axis = axisBottom(scale)
      .ticks(Math.max(2, Math.floor((right - left) / ROOM)))
      .tickFormat((value) => format(value.valueOf()))
    if (group.current !== null) select(group.current).call(axis.tickSizeOuter(0))
  })
  return <g ref={group} class='axis' transform={`translate(0, ${String(y)})`} />
}
