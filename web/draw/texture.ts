// Bars with a texture. Lines are cut to the bar by arithmetic, so that they can be drawn by any pen.

import type { Palette, Texture } from './palette.ts'
import type { Pen } from './pen.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Pixels between two lines of a texture. */
const PITCH = 6

/** Fills a box with a colour and a texture over it; `left` is where the texture's pattern begins, so that it does not swim. */
export function texturedBox(
  pen: Pen,
  box: Box,
  look: { readonly colour: string; readonly texture: Texture },
  palette: Palette,
): void {
  const { x, y, width, height } = box
  if (look.texture === 'hollow') {
    pen.fillStyle = look.colour
    pen.fillRect(x, y + height / 2 - 1, width, 2)
    return
  }
  pen.fillStyle = look.colour
  pen.fillRect(x, y, width, height)
  if (look.texture === 'plain' || width < 3) return
  if (look.texture === 'dots') {
    dots(pen, box, palette.hatch)
    return
  }
  pen.strokeStyle = palette.hatch
  pen.lineWidth = 1.2
  pen.beginPath()
  if (look.texture === 'rising' || look.texture === 'cross') diagonals(pen, box, true)
  if (look.texture === 'falling' || look.texture === 'cross') diagonals(pen, box, false)
  if (look.texture === 'upright')
    for (let at = next(x, PITCH); at < x + width; at += PITCH) stroke(pen, [at, y], [at, y + height])
  if (look.texture === 'level') for (let at = y + 2.5; at < y + height; at += 3) stroke(pen, [x, at], [x + width, at])
  pen.stroke()
}

const next = (from: number, pitch: number): number => Math.ceil(from / pitch) * pitch

type Spot = readonly [x: number, y: number]

function stroke(pen: Pen, from: Spot, to: Spot): void {
  pen.moveTo(...from)
  pen.lineTo(...to)
}

/** Lines at 45 degrees; each is cut where it leaves the box. */
function diagonals(pen: Pen, { x, y, width, height }: Box, rising: boolean): void {
  const right = x + width
  for (let at = next(x - height, PITCH); at < right; at += PITCH) {
    const [from, to] = [Math.max(at, x), Math.min(at + height, right)]
    if (to <= from) continue
    if (rising) stroke(pen, [from, y + height - (from - at)], [to, y + height - (to - at)])
    else stroke(pen, [from, y + (from - at)], [to, y + (to - at)])
  }
}

function dots(pen: Pen, { x, y, width, height }: Box, colour: string): void {
  pen.fillStyle = colour
  for (let at = next(x, PITCH); at < x + width - 1.5; at += PITCH) {
    for (let row = y + 2; row < y + height - 1.5; row += 4) pen.fillRect(at + (Math.round((row - y) / 4) % 2) * 3, row, 1.5, 1.5)
  }
}
