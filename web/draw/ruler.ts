// What the ruler of time draws on the lanes: its lines, fold marks, the marks of faults that go down across all lanes, and the cursor.

import { formatInstant, type Nanos } from '../../sim/base/time.ts'
import { flagLabels, type Flag } from '../layout/flag-labels.ts'
import { foldMarks, tickMiddle, ticksOf } from '../layout/time-ticks.ts'
import type { ViewScale } from '../layout/time-axis.ts'
import type { FaultMark } from '../model/model.ts'
import type { Palette } from './palette.ts'
import { roughWidth, type Pen } from './pen.ts'

export interface RulerFrame {
  readonly left: number
  readonly top: number
  readonly height: number
  readonly headHeight: number
  readonly palette: Palette
  readonly scale: ViewScale
}

/** The lines of the axis of time down across the lanes, and the marks of its folds. The axis itself is that of views/time-ruler.ts. */
export function drawGrid(pen: Pen, { left, top, height, headHeight, palette, scale }: RulerFrame): void {
  pen.fillStyle = palette.line
  pen.globalAlpha = 0.5
  for (const { x } of ticksOf(scale)) pen.fillRect(left + x, headHeight, 1, height - headHeight)
  pen.globalAlpha = 1
  for (const { x, length } of foldMarks(scale)) drawFold(pen, { x: left + x, y: top + 24, length, palette })
}

interface FoldPlace {
  readonly x: number
  readonly y: number
  readonly length: Nanos
  readonly palette: Palette
}

/** A zigzag where a silence is folded. */
function drawFold(pen: Pen, { x, y, palette }: FoldPlace): void {
  pen.strokeStyle = palette.muted
  pen.lineWidth = 1.2
  pen.beginPath()
  pen.moveTo(x - 6, y - 3)
  for (let i = 0; i < 4; i++) pen.lineTo(x - 6 + (i + 1) * 3, y - 3 + (i % 2 === 0 ? 5 : 0))
  pen.stroke()
}

/** Faults: a flag with words in the head and a line down across the lanes; a stretch where they last. */
export function drawFaults(
  pen: Pen,
  { left, height, headHeight, palette, scale }: RulerFrame,
  faults: readonly FaultMark[],
): void {
  const shown = faults.filter(({ at, to }) => to >= scale.window.from && at <= scale.window.to)
  const flags: Flag[] = []
  for (const { at, to, name, target } of shown) {
    const x = Math.max(0, scale.x(at))
    const right = Math.min(scale.width, scale.x(to))
    pen.fillStyle = palette.fault
    if (right - x > 2) {
      pen.globalAlpha = 0.12
      pen.fillRect(left + x, headHeight, right - x, height - headHeight)
      pen.globalAlpha = 1
    }
    dashedDown(pen, { x: left + x, top: headHeight - 6, bottom: height }, palette.fault)
    flag(pen, left + x, headHeight - 17)
    flags.push({ x, words: `${name} ${target}` })
  }
  pen.font = '600 11px system-ui, sans-serif'
  pen.textBaseline = 'middle'
  pen.textAlign = 'left'
  pen.fillStyle = palette.fault
  for (const { x, words } of flagLabels(flags, scale.width)) pen.fillText(words, left + x, headHeight - 11)
}

interface Upright {
  readonly x: number
  readonly top: number
  readonly bottom: number
}

function dashedDown(pen: Pen, { x, top, bottom }: Upright, colour: string): void {
  pen.strokeStyle = colour
  pen.lineWidth = 1.3
  pen.setLineDash([4, 3])
  pen.beginPath()
  pen.moveTo(x, top)
  pen.lineTo(x, bottom)
  pen.stroke()
  pen.setLineDash([])
}

function flag(pen: Pen, x: number, y: number): void {
  pen.beginPath()
  pen.moveTo(x, y)
  pen.lineTo(x + 8, y + 4.5)
  pen.lineTo(x, y + 9)
  pen.closePath()
  pen.fill()
  pen.fillRect(x - 0.5, y, 1.2, 16)
}

/** The instants of the ruler that a plate would cover in part are covered whole. */
function coverTicks(pen: Pen, { left, top, palette, scale }: RulerFrame, plate: { readonly x: number; readonly width: number }): void {
  pen.fillStyle = palette.ground
  for (const tick of ticksOf(scale)) {
    const width = roughWidth(tick.label) + 8
    const middle = left + tickMiddle(tick, scale.width)
    if (Math.abs(middle - plate.x - plate.width / 2) < (width + plate.width) / 2) pen.fillRect(middle - width / 2, top + 3, width, 16)
  }
}

/** The cursor: a line with its instant on a plate. */
export function drawCursor(pen: Pen, { left, top, height, headHeight, palette, scale }: RulerFrame, at: Nanos): void {
  const x = scale.x(at)
  if (x < -1 || x > scale.width + 1) return
  const words = formatInstant(at, 6)
  const width = roughWidth(words) * 1.1 + 12
  const plate = Math.min(Math.max(left + x - width / 2, left), left + scale.width - width)
  coverTicks(pen, { left, top, height, headHeight, palette, scale }, { x: plate, width })
  pen.fillStyle = palette.accent
  pen.fillRect(left + x - 0.75, top + 20, 1.5, height - 20)
  pen.fillRect(plate, top + 2, width, 18)
  pen.fillStyle = palette.dark ? '#10141a' : '#ffffff'
  pen.font = '600 11px system-ui, sans-serif'
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText(words, plate + width / 2, top + 11.5)
}
