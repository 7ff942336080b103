// The whole run in a strip: how much is said when, states of the chosen tunnel, faults, and the window to move and resize.

import type { JSX } from 'preact'
import { phaseColour } from '../draw/palette.ts'
import type { Pen, Size } from '../draw/pen.ts'
import { SHORTEST_WINDOW, viewScale, type ViewScale } from '../layout/time-axis.ts'
import { dragged, gripAt, type PixelWindow, type WindowGrip, type WindowHold } from '../layout/window-drag.ts'
import { lastAtOrBefore } from '../trace/columns.ts'
import { axis, chosenLane, cursor, model, timeWindow } from '../state.ts'
import { palette } from '../theme.ts'
import { CanvasView } from './canvas-view.tsx'
import { GUTTER } from './timelines.tsx'

const BIN = 3

function draw(pen: Pen, { width, height }: Size): void {
  const run = model.value
  if (run === undefined) return
  const colours = palette.value
  const scale = viewScale(axis.value, { from: 0, to: run.end }, width - GUTTER)
  pen.fillStyle = colours.muted
  pen.font = '10px system-ui, sans-serif'
  pen.textAlign = 'right'
  pen.textBaseline = 'middle'
  pen.fillText('whole run', GUTTER - 8, height / 2 - 6)
  pen.fillText('control messages', GUTTER - 8, height / 2 + 6)
  const bins = Math.ceil(scale.width / BIN)
  const counts = Array.from({ length: bins }, (_, i) => {
    const [from, to] = [scale.at(i * BIN), scale.at((i + 1) * BIN)]
    return lastAtOrBefore(run.instants, to - 1) - lastAtOrBefore(run.instants, from - 1)
  })
  const most = Math.max(1, ...counts)
  pen.fillStyle = colours.data
  counts.forEach((count, i) => {
    const tall = count === 0 ? 0 : 2 + (height - 16) * Math.sqrt(count / most)
    pen.fillRect(GUTTER + i * BIN, height - 7 - tall, BIN - 1, tall)
  })
  const lane = run.lanes[chosenLane.value]
  lane?.sides.forEach((side, i) => {
    for (const { from, to, phase } of side.spans) {
      pen.fillStyle = phaseColour(colours, phase)
      pen.fillRect(GUTTER + scale.x(from), height - 6 + i * 3, Math.max(1, scale.x(to) - scale.x(from)), 2.5)
    }
  })
  for (const { at } of run.faults) {
    pen.fillStyle = colours.fault
    pen.fillRect(GUTTER + scale.x(at) - 0.75, 0, 1.5, height)
  }
}

function drawOver(pen: Pen, { width, height }: Size): void {
  const run = model.value
  if (run === undefined) return
  const scale = wholeScale(run.end, width)
  const { from, to } = shownIn(scale)
  pen.fillStyle = palette.value.accent
  pen.globalAlpha = 0.13
  pen.fillRect(GUTTER + from, 0, Math.max(2, to - from), height)
  pen.globalAlpha = 1
  for (const end of [from, to]) {
    pen.fillRect(GUTTER + end - 0.6, 0, 1.2, height)
    pen.fillRect(GUTTER + end - 2, height / 2 - 7, 4, 14)
  }
  pen.fillRect(GUTTER + scale.x(cursor.value) - 0.75, 0, 1.5, height)
}

const wholeScale = (end: number, width: number): ViewScale =>
  viewScale(axis.value, { from: 0, to: end }, Math.max(1, width - GUTTER))

/** The window in pixels of the minimap, right of its gutter. */
const shownIn = (scale: ViewScale): PixelWindow => ({ from: scale.x(timeWindow.value.from), to: scale.x(timeWindow.value.to) })

let hold: WindowHold | undefined

const cursors: Readonly<Record<WindowGrip, string>> = { move: 'grab', from: 'ew-resize', to: 'ew-resize', new: 'crosshair' }

interface Pointed {
  readonly x: number
  readonly scale: ViewScale
  readonly box: HTMLElement
}

function pointed(event: PointerEvent): Pointed {
  const box = event.currentTarget as HTMLElement
  const { left, width } = box.getBoundingClientRect()
  return { x: event.clientX - left - GUTTER, scale: wholeScale(model.peek()?.end ?? 1, width), box }
}

function press(event: PointerEvent): void {
  const { x, scale, box } = pointed(event)
  if (event.button !== 0 || x < 0) return
  box.setPointerCapture(event.pointerId)
  const before = shownIn(scale)
  hold = { grip: gripAt(before, x), before, pressed: x }
}

function move(event: PointerEvent): void {
  const { x, scale, box } = pointed(event)
  box.style.cursor = x < 0 ? 'default' : cursors[hold?.grip ?? gripAt(shownIn(scale), x)]
  if (hold === undefined) return
  const next = dragged(hold, x, scale.width)
  const [from, to] = [scale.at(next.from), scale.at(next.to)]
  if (to - from >= SHORTEST_WINDOW) timeWindow.value = { from, to }
}

function release(): void {
  hold = undefined
}

const handlers = { onPointerDown: press, onPointerMove: move, onPointerUp: release, onPointerCancel: release }

export function Minimap(): JSX.Element {
  return (
    <div class='minimap'>
      <CanvasView
        name='minimap'
        label='Overview of the whole run with the window that is shown'
        draw={draw}
        drawOver={drawOver}
        handlers={handlers}
      />
    </div>
  )
}

