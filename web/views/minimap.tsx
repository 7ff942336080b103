// The whole run in a strip: how much is said when, states of the chosen tunnel, faults, and the window as a brush.

import type { JSX } from 'preact'
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

/** The grips of the window, which is a brush, and the cursor. */
function drawOver(pen: Pen, { width, height }: Size): void {
  const run = model.value
  if (run === undefined) return
  const scale = viewScale(axis.value, { from: 0, to: run.end }, width - GUTTER)
  pen.fillStyle = palette.value.accent
  for (const end of [timeWindow.value.from, timeWindow.value.to]) pen.fillRect(GUTTER + scale.x(end) - 2, height / 2 - 7, 4, 14)
  pen.fillRect(GUTTER + scale.x(cursor.value) - 0.75, 0, 1.5, height)
}

export function Minimap(): JSX.Element {
  return (
    <div class='minimap'>
      <CanvasView
        name='minimap'
        label='Overview of the whole run with the window that is shown'
        draw={draw}
        drawOver={drawOver}
        attach={({ brushWindow }, box, size) => brushWindow(box, size, GUTTER)}
      />
    </div>
  )
}

