// What wheel, pointer and fingers do with the window of time: d3's zoom on the views. The window of the state is the truth, and what d3
// remembers of an element follows it. Fetched when the first picture is there.

import { effect, type ReadonlySignal } from '@preact/signals'
import {
  drag,
  pointers,
  scaleLinear,
  select,
  zoom,
  zoomIdentity,
  zoomTransform,
  type D3DragEvent,
  type D3ZoomEvent,
  type ScaleLinear,
  type ZoomTransform,
} from 'd3'
import type { Nanos } from '../../sim/base/time.ts'
import type { Size } from '../draw/pen.ts'
import { instantAt, placeOf, windowOf, zoomed, type TimeWindow } from '../layout/time-axis.ts'
import { axis, goTo, timeWindow } from '../state.ts'
import { hideTooltip } from './tooltip.tsx'

type Pointing = MouseEvent | TouchEvent
type Zooming = D3ZoomEvent<HTMLElement, unknown>
type Pulling = D3DragEvent<HTMLElement, unknown, unknown>

/** A press that moves no further is a click. */
const CLICK = 4

/** A second press makes the picture glide, except for those who want nothing to move by itself. */
const glide = (): number => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200)

/** Sideways, which moves the window and does not zoom. With Shift many browsers tell a wheel as one that turns sideways. */
const isAcross = ({ deltaX, deltaY, shiftKey }: WheelEvent): boolean => !shiftKey && Math.abs(deltaX) > Math.abs(deltaY)

/** The main button, fingers, and pinching on a touch pad, which comes as a wheel with Ctrl. */
const isMain = (event: Pointing): boolean =>
  (!event.ctrlKey || event.type === 'wheel') && !(event instanceof MouseEvent && event.button !== 0)

/** Pulled by the main button or by one finger. */
const isPull = (event: unknown): boolean =>
  event instanceof MouseEvent ? event.type === 'mousemove' : event instanceof UIEvent && 'touches' in event && isOne(event.touches)

const isOne = (touches: unknown): boolean => touches instanceof TouchList && touches.length === 1

export interface ZoomedView {
  /** Where the scale of time begins. */
  readonly left: number
  /** Pulling above this height moves the cursor. */
  readonly head: number
  /** Whether the wheel does something else there than to zoom. */
  readonly isOther?: (event: WheelEvent, x: number) => boolean
  /** Is told by how much the view is pulled down. */
  readonly onPull?: (down: number) => void
}

/** Wheel, pinch, double click and pulling zoom and move the window of time, which runs across the view. */
export function zoomTime(box: HTMLElement, size: ReadonlySignal<Size>, { left, head, isOther, onPull }: ZoomedView): () => void {
  const view = select<HTMLElement, unknown>(box)
  const right = (): number => Math.max(left + 1, size.value.width)
  const places = (): ScaleLinear<number, number> => scaleLinear([0, 1], [left, right()])
  const shown = (transform: ZoomTransform): TimeWindow => {
    const [from = 0, to = 1] = transform.rescaleX(places()).domain()
    return windowOf(axis.peek(), from, to)
  }
  let isFollowing = false
  let height = 0
  const behaviour = zoom<HTMLElement, unknown>()
    .scaleExtent([1, Infinity])
    .extent(() => [[left, 0], [right(), size.peek().height]])
    .clickDistance(CLICK)
    .duration(glide())
    .filter((event: Pointing) => {
      const [[x, y] = [0, 0]] = pointers(event, box)
      if (event instanceof WheelEvent) return !isAcross(event) && isOther?.(event, x) !== true
      return isMain(event) && (event.type === 'dblclick' ? x >= left : y >= head || x < left)
    })
    .on('zoom', ({ transform, sourceEvent }: Zooming) => {
      const down = transform.y - height
      height = transform.y
      if (isFollowing) return
      hideTooltip()
      timeWindow.value = shown(transform)
      if (isPull(sourceEvent)) onPull?.(down)
    })
  const pan = (event: WheelEvent): void => {
    event.preventDefault()
    if (isAcross(event)) behaviour.translateBy(view, -event.deltaX / zoomTransform(box).k, 0)
  }
  view.on('wheel.pan', pan, { passive: false }).call(scrub(box, { left, head, places })).call(behaviour)
  const stop = effect(() => {
    behaviour.translateExtent([[left, -Infinity], [right(), Infinity]])
    const [from, to] = [placeOf(axis.value, timeWindow.value.from), placeOf(axis.value, timeWindow.value.to)]
    const before = zoomTransform(box)
    if (isSame(shown(before), timeWindow.value)) return
    const k = 1 / Math.max(to - from, 1e-12)
    isFollowing = true
    behaviour.transform(view, zoomIdentity.translate(left - k * places()(from), before.y).scale(k))
    isFollowing = false
  })
  return () => {
    stop()
    view.on('.zoom', null).on('.drag', null).on('wheel.pan', null)
  }
}

const isSame = (a: TimeWindow, b: TimeWindow): boolean => a.from === b.from && a.to === b.to

interface Scrubbed extends Pick<ZoomedView, 'left' | 'head'> {
  readonly places: () => ScaleLinear<number, number>
}

/** The cursor pulled along the head of a view. */
const scrub = (box: HTMLElement, { left, head, places }: Scrubbed): ReturnType<typeof drag<HTMLElement, unknown>> =>
  drag<HTMLElement, unknown>()
    .container(box)
    .clickDistance(CLICK)
    .filter((event: Pointing) => {
      const [[x, y] = [0, 0]] = pointers(event, box)
      return isMain(event) && y < head && x >= left
    })
    .on('drag', ({ x }: Pulling) => {
      hideTooltip()
      goTo(instantAt(axis.peek(), zoomTransform(box).rescaleX(places()).invert(x)))
    })

export interface ScrolledView {
  /** The instant at a height of the view. */
  readonly instantAt: (y: number) => Nanos
  readonly onPull: (down: number) => void
}

/** Where time runs downwards and is scrolled: pinch, wheel with Ctrl and double click zoom the common window about the instant there. */
export function zoomScrolled(box: HTMLElement, { instantAt: at, onPull }: ScrolledView): () => void {
  let before = zoomIdentity
  const behaviour = zoom<HTMLElement, unknown>()
    .clickDistance(CLICK)
    .duration(glide())
    .filter((event: Pointing) => isMain(event) && (!(event instanceof WheelEvent) || event.ctrlKey))
    .on('zoom', ({ transform, sourceEvent }: Zooming) => {
      const [[, y] = [0, 0]] = pointers(sourceEvent, box)
      hideTooltip()
      if (transform.k !== before.k) timeWindow.value = zoomed(axis.peek(), timeWindow.peek(), before.k / transform.k, at(y))
      else if (isPull(sourceEvent)) onPull(transform.y - before.y)
      before = transform
    })
  const view = select<HTMLElement, unknown>(box).call(behaviour)
  return () => {
    view.on('.zoom', null)
  }
}
