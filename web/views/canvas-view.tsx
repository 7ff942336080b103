// A canvas that fills its box at the screen's resolution and is drawn anew, once a frame at most, when a signal its drawing has read
// changes, or its size.

import { effect, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Pen, Size } from '../draw/pen.ts'

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
