// A canvas that fills its box at the screen's resolution and is drawn anew, once a frame at most, when a signal its drawing has read
// changes, or its size. An axis in SVG may lie over it, and gestures of d3 may be had on it once their code is there.

import { effect, useSignal, type ReadonlySignal } from '@preact/signals'
import { select } from 'd3'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Pen, Size } from '../draw/pen.ts'
import type { AxisGroup } from './time-ruler.ts'
import { gestures, type Gestures } from './lazily.tsx'

/** Runs `draw` and, from then on, once in the frame after any signal it read has changed. Gives the way to stop it. */
function drawOnChange(draw: () => void): () => void {
  let asked = 0
  let stop: () => void = () => undefined
  const perform = (): void => {
    asked = 0
    stop()
    let first = true
    stop = effect(() => {
      if (first) {
        first = false
        draw()
      } else if (asked === 0) asked = requestAnimationFrame(perform)
    })
  }
  perform()
  return () => {
    stop()
    cancelAnimationFrame(asked)
  }
}

export interface CanvasProps {
  readonly draw: (pen: Pen, size: Size) => void
  /** Drawn on a second canvas above, so that what moves often does not redraw the rest. */
  readonly drawOver?: (pen: Pen, size: Size) => void
  /** Draws an axis in SVG between the two. */
  readonly drawAxis?: (axis: AxisGroup, size: Size) => void
  /** Gives the box its gestures; gives the way to take them from it. */
  readonly attach?: (gestures: Gestures, box: HTMLElement, size: ReadonlySignal<Size>) => () => void
  readonly label: string
  readonly class?: string
  readonly onSize?: (size: Size) => void
  readonly handlers?: JSX.IntrinsicElements['div']
  readonly name: string
}

export function CanvasView(props: CanvasProps): JSX.Element {
  const { label, handlers, name } = props
  const box = useRef<HTMLDivElement>(null)
  const below = useRef<HTMLCanvasElement>(null)
  const axis = useRef<SVGGElement>(null)
  const above = useRef<HTMLCanvasElement>(null)
  const size = useSignal<Size>({ width: 0, height: 0 })
  const latest = useRef(props)
  latest.current = props

  useLayoutEffect(() => {
    const measure = (): void => {
      const { clientWidth: width = 0, clientHeight: height = 0 } = box.current ?? {}
      const { width: was, height: high } = size.peek()
      if (width === was && height === high) return
      size.value = { width, height }
      latest.current.onSize?.(size.value)
    }
    measure()
    const observer = new ResizeObserver(measure)
    if (box.current !== null) observer.observe(box.current)
    return () => {
      observer.disconnect()
    }
  }, [size])

  useEffect(() => {
    const stops = [
      drawOnChange(() => {
        paint(below.current, size.value, latest.current.draw)
      }),
      drawOnChange(() => {
        const { drawOver } = latest.current
        if (drawOver !== undefined) paint(above.current, size.value, drawOver)
      }),
      drawOnChange(() => {
        if (axis.current !== null && size.value.width > 0) latest.current.drawAxis?.(select(axis.current), size.value)
      }),
      effect(() =>
        gestures.value === undefined || box.current === null ? undefined : latest.current.attach?.(gestures.value, box.current, size),
      ),
    ]
    return () => {
      stops.forEach((stop) => {
        stop()
      })
    }
  }, [size])

  return (
    <div class={`canvas-box ${props.class ?? ''}`} ref={box} data-view={name} {...handlers}>
      <canvas ref={below} role='img' aria-label={label} />
      {props.drawAxis !== undefined && (
        <svg class='over axis' aria-hidden='true'>
          <g ref={axis} />
        </svg>
      )}
      <canvas ref={above} class='over' aria-hidden='true' />
    </div>
  )
}

function paint(canvas: HTMLCanvasElement | null, size: Size, draw: (pen: Pen, size: Size) => void): void {
  const context = canvas?.getContext('2d')
  if (canvas === null || context === undefined || context === null || size.width === 0) return
  const ratio = devicePixelRatio
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)]
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, size.width, size.height)
  draw(context, size)
}
