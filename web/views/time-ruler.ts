// The axis of time over the lanes: an axis of d3 at the instants that have room (layout/time-ticks.ts).

import { axisTop, type Selection } from 'd3'
import { ticksOf, tickMiddle } from '../layout/time-ticks.ts'
import { placeOf, type ViewScale } from '../layout/time-axis.ts'

export type AxisGroup = Selection<SVGGElement, unknown, null, undefined>

/** Height at which the axis lies; its words stand above. */
const BASE = 25
const TICK = 5

/** `left` is where the scale begins. */
export function drawTimeAxis(axis: AxisGroup, scale: ViewScale, left: number): void {
  const ticks = ticksOf(scale)
  const places = ticks.map(({ at }) => placeOf(scale.axis, at))
  const words = (_: unknown, i: number): string => ticks[i]!.label
  axis
    .attr('transform', `translate(${String(left)}, ${String(BASE)})`)
    .call(axisTop(scale.pixels).tickValues(places).tickFormat(words).tickSize(TICK).tickPadding(5))
    .selectAll('.tick text')
    .attr('dx', (_, i) => tickMiddle(ticks[i]!, scale.width) - ticks[i]!.x)
}
