// The time ruler above the lanes, fold marks, the marks of faults that go down across all lanes, and the cursor.

import { formatInstant, type Nanos } from '../../sim/base/time.ts'
import { foldMarks, ticksOf } from '../layout/time-ticks.ts'
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

export function drawRuler(pen: Pen, { left, top, height, headHeight, palette, scale }: RulerFrame): void {
  pen.font = '11px system-ui, sans-serif'
  pen.textBaseline = 'middle'
  pen.textAlign = 'center'
  for (const { x, label } of ticksOf(scale)) {
    pen.fillStyle = palette.muted
    const middle = Math.min(Math.max(x, roughWidth(label) / 2 + 2), scale.width - roughWidth(label) / 2 - 2)
    pen.fillText(label, left + middle, top + 11)
    pen.fillStyle = palette.line
    pen.fillRect(left + x, top + 20, 1, 5)
    pen.globalAlpha = 0.5
    pen.fillRect(left + x, headHeight, 1, height - headHeight)
    pen.globalAlpha = 1
  }
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
  let taken = -Infinity
  for (const { at, to, name, target } of faults) {
    if (to < scale.window.from || at > scale.window.to) continue
    const x = left + Math.max(0, scale.x(at))
    const right = left + Math.min(scale.width, scale.x(to))
    pen.fillStyle = palette.fault
    if (right - x > 2) {
      pen.globalAlpha = 0.12
      pen.fillRect(x, headHeight, right - x, height - headHeight)
      pen.globalAlpha = 1
    }
    dashedDown(pen, { x, top: headHeight - 6, bottom: height }, palette.fault)
    flag(pen, x, headHeight - 17)
    const words = `${name} ${target}`
    if (x + 10 < taken) continue
    taken = x + 16 + roughWidth(words)
    pen.font = '600 11px system-ui, sans-serif'
    const flip = taken > left + scale.width
    pen.textAlign = flip ? 'right' : 'left'
    pen.textBaseline = 'middle'
    pen.fillStyle = palette.fault
    pen.fillText(words, flip ? x - 5 : x + 11, headHeight - 11)
  }
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

/** The cursor: a line with its instant on a plate. */
export function drawCursor(pen: Pen, { left, top, height, palette, scale }: RulerFrame, at: Nanos): void {
  const x = scale.x(at)
  if (x < -1 || x > scale.width + 1) return
  pen.fillStyle = palette.accent
  pen.fillRect(left + x - 0.75, top + 20, 1.5, height - 20)
  const words = formatInstant(at, 6)
  const width = roughWidth(words) + 12
  const plate = Math.min(Math.max(left + x - width / 2, left), left + scale.width - width)
  pen.fillRect(plate, top + 2, width, 18)
  pen.fillStyle = palette.dark ? '#10141a' : '#ffffff'
  pen.font = '600 11px system-ui, sans-serif'
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText(words, plate + width / 2, top + 11.5)
}
