// The whole run in a strip: how much is said when, states of the chosen tunnel, faults, and the window as a brush to move and resize.

import { effect, useSignal } from '@preact/signals'
import { brushX, select as selectElement, type BrushBehavior, type D3BrushEvent } from 'd3'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { phaseColour } from '../draw/palette.ts'
import type { Pen, Size } from '../draw/pen.ts'
import { viewScale } from '../layout/time-axis.ts'
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
  const scale = viewScale(axis.value, { from: 0, to: run.end }, width - GUTTER)
  pen.fillStyle = palette.value.accent
  pen.fillRect(GUTTER + scale.x(cursor.value) - 0.75, 0, 1.5, height)
}

export function Minimap(): JSX.Element {
  const size = useSignal<Size>({ width: 0, height: 0 })
  const layer = useRef<SVGGElement>(null)
  useEffect(() => {
    const brush: BrushBehavior<unknown> = brushX().handleSize(8)
    if (layer.current === null) return undefined
    const group = selectElement(layer.current)
    brush.on('brush', (event: D3BrushEvent<unknown>) => {
      const chosen = event.selection as [number, number] | null
      if (event.sourceEvent === undefined || event.sourceEvent === null || chosen === null) return
      const scale = viewScale(axis.peek(), { from: 0, to: model.peek()?.end ?? 1 }, size.peek().width - GUTTER)
      const [from, to] = [scale.at(chosen[0] - GUTTER), scale.at(chosen[1] - GUTTER)]
      if (to - from >= 1000) timeWindow.value = { from, to }
    })
    return effect(() => {
      const { width, height } = size.value
      const run = model.value
      if (width === 0 || run === undefined) return
      brush.extent([
        [GUTTER, 0],
        [width, height],
      ])
      group.call(brush)
      const scale = viewScale(axis.value, { from: 0, to: run.end }, width - GUTTER)
      const [left, right] = [GUTTER + scale.x(timeWindow.value.from), GUTTER + scale.x(timeWindow.value.to)]
      group.call((target) => {
        brush.move(target, [left, Math.max(right, left + 2)])
      })
    })
  }, [size])
  return (
    <div class='minimap'>
      <CanvasView
        name='minimap'
        label='Overview of the whole run with the window that is shown'
        draw={draw}
        drawOver={drawOver}
        onSize={(next) => {
          size.value = next
        }}
      />
      <svg class='brush' width={size.value.width} height={size.value.height} aria-hidden='true'>
        <g ref={layer} />
      </svg>
    </div>
  )
}
