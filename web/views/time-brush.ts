// The window of time as a brush of d3 over the whole run: its inside moves it, its ends resize it, and beside it a new one is drawn. The
// window of the state is the truth, and the brush follows it. Fetched when the first picture is there.

import { effect, type ReadonlySignal } from '@preact/signals'
import { brushSelection, brushX, scaleLinear, select, type D3BrushEvent, type ScaleLinear } from 'd3'
import type { Size } from '../draw/pen.ts'
import { placeOf, windowOf, type TimeWindow } from '../layout/time-axis.ts'
import { axis, timeWindow } from '../state.ts'

type Brushing = D3BrushEvent<unknown>

/** In pixels: the widest grip of an end, and the narrowest window that can still be taken hold of. */
const GRIP = 10
const NARROWEST = 4

/** `left` is where the scale begins in the box. */
export function brushWindow(box: HTMLElement, size: ReadonlySignal<Size>, left: number): () => void {
  const layer = select(box).append('svg').attr('class', 'brush').attr('aria-hidden', 'true')
  const group = layer.append('g')
  const places = (): ScaleLinear<number, number> => scaleLinear([0, 1], [left, Math.max(left + 1, size.value.width)])
  const within = (selection: Brushing['selection']): TimeWindow | undefined => {
    const [from = 0, to = 0] = (selection ?? []) as readonly number[]
    return to - from < 1 ? undefined : windowOf(axis.value, places().invert(from), places().invert(to))
  }
  const behaviour = brushX<unknown>().on('brush end', ({ selection, sourceEvent, type }: Brushing) => {
    if (sourceEvent === undefined) return
    timeWindow.value = within(selection) ?? timeWindow.peek()
    // A press that drew nothing has wiped the brush away.
    if (type === 'end') follow()
  })
  const follow = (): void => {
    const from = places()(placeOf(axis.value, timeWindow.value.from))
    const to = Math.max(from + NARROWEST, places()(placeOf(axis.value, timeWindow.value.to)))
    behaviour.handleSize(Math.min(GRIP, ((to - from) * 2) / 3)).move(group, [from, to])
  }
  const stops = [
    effect(() => {
      const { width, height } = size.value
      group.call(behaviour.extent([[left, 0], [Math.max(left + 1, width), height]]))
    }),
    effect(() => {
      const { from, to } = within(brushSelection(group.node() as SVGGElement)) ?? {}
      if (from !== timeWindow.value.from || to !== timeWindow.value.to) follow()
    }),
  ]
  return () => {
    stops.forEach((stop) => {
      stop()
    })
    layer.remove()
  }
}
