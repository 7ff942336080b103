// Draws the timelines: a row per tunnel with a bar of states for each side, its data flow with gaps, its timers, its live sessions, and
// across all rows the faults. Only the rows in sight are drawn, and what is finer than a pixel is summed up first.

import { formatDuration, type Nanos } from '../../sim/base/time.ts'
import { flowGaps, type Gap } from '../layout/flow-gaps.ts'
import { CLOSED_HEIGHT, LANE, type GroupRow, type LaneRow, type Row } from '../layout/lane-layout.ts'
import { phaseOfLane } from '../layout/phase-at.ts'
import type { ViewScale } from '../layout/time-axis.ts'
import type { Lane, LaneSide, RunModel } from '../model/model.ts'
import { lastAtOrBefore } from '../trace/columns.ts'
import { drawFaults, drawGrid } from './ruler.ts'
import { phaseColour, phaseLooks, type Palette } from './palette.ts'
import { fitted, roughWidth, type Pen, type Size } from './pen.ts'
import { texturedBox } from './texture.ts'

export interface TimelineScene {
  readonly model: RunModel
  readonly palette: Palette
  /** Of the part right of the gutter. */
  readonly scale: ViewScale
  readonly size: Size
  /** Width of the labels at the left. */
  readonly gutter: number
  readonly rows: readonly Row[]
  /** Pixels of the column above the view. */
  readonly scroll: number
  readonly chosenLane: number
}

/** Height of ruler and fault marks above the lanes. */
export const HEAD = 46

/** Draws everything but the cursor. */
export function drawTimeline(pen: Pen, scene: TimelineScene): void {
  const { palette, size, gutter, rows } = scene
  pen.fillStyle = palette.ground
  pen.fillRect(0, 0, size.width, size.height)
  const edges = edgesOf(scene)
  for (const row of rows) {
    if (row.row === 'group') drawGroup(pen, scene, row)
    else if (row.open) drawOpenLane(pen, scene, { row, edges })
    else drawClosedLane(pen, scene, row)
  }
  // The ruler stands still above the lanes, so it is drawn over what has been scrolled beneath it.
  pen.fillStyle = palette.ground
  pen.fillRect(0, 0, size.width, HEAD)
  const frame = { left: gutter, top: 0, height: size.height, headHeight: HEAD, palette, scale: scene.scale }
  drawGrid(pen, frame)
  drawFaults(pen, frame, scene.model.faults)
  pen.fillStyle = palette.line
  pen.fillRect(gutter - 1, 0, 1, size.height)
  pen.fillRect(0, HEAD - 1, size.width, 1)
}

/** Pixels that one bin of the data flow takes. */
const BIN = 3

/** The instants between the bins, once for all lanes. */
function edgesOf({ scale }: TimelineScene): Float64Array {
  const bins = Math.ceil(scale.width / BIN)
  return Float64Array.from({ length: bins + 1 }, (_, i) => scale.at(i * BIN))
}

const topOf = ({ scroll }: TimelineScene, row: Row): number => HEAD + row.top - scroll

function drawGroup(pen: Pen, scene: TimelineScene, row: GroupRow): void {
  const { palette, size, gutter, model } = scene
  const y = topOf(scene, row)
  pen.fillStyle = palette.raised
  pen.fillRect(0, y, size.width, row.height)
  pen.fillStyle = palette.text
  pen.font = '600 12px system-ui, sans-serif'
  pen.textAlign = 'left'
  pen.textBaseline = 'middle'
  const count = row.lanes.length === 1 ? '1 tunnel' : `${String(row.lanes.length)} tunnels`
  triangle(pen, 12, y + row.height / 2, row.open)
  pen.fillText(fitted(row.group, gutter - 34, 12), 22, y + row.height / 2)
  if (row.open) {
    pen.font = '11px system-ui, sans-serif'
    pen.fillStyle = palette.muted
    pen.fillText(count, gutter + 8, y + row.height / 2)
  } else drawShares(pen, scene, { y: y + 5, height: row.height - 10, lanes: row.lanes.map((lane) => model.lanes[lane]!) })
}

function triangle(pen: Pen, x: number, y: number, open: boolean): void {
  pen.beginPath()
  pen.moveTo(x - 4, open ? y - 3 : y - 4)
  if (open) pen.lineTo(x + 4, y - 3)
  else pen.lineTo(x + 2, y)
  pen.lineTo(open ? x : x - 4, open ? y + 3 : y + 4)
  pen.closePath()
  pen.fill()
}

interface Shares {
  readonly y: number
  readonly height: number
  readonly lanes: readonly Lane[]
}

/** Lanes looked at for the summary of a closed group; more are sampled evenly. */
const SAMPLED = 200
const SHARE_BIN = 6

/** A closed group: at each place the states of its tunnels, stacked by how many are in each. */
function drawShares(pen: Pen, scene: TimelineScene, { y, height, lanes }: Shares): void {
  const { scale, gutter, palette } = scene
  const step = Math.max(1, Math.ceil(lanes.length / SAMPLED))
  const sample = lanes.filter((_, i) => i % step === 0)
  for (let x = 0; x < scale.width; x += SHARE_BIN) {
    const counts = new Map<string, number>()
    const at = scale.at(x + SHARE_BIN / 2)
    for (const lane of sample) {
      const phase = phaseOfLane(lane, at)
      if (phase !== undefined && phase !== 'closed') counts.set(phase, (counts.get(phase) ?? 0) + 1)
    }
    let top = y
    for (const phase of Object.keys(phaseLooks) as (keyof typeof phaseLooks)[]) {
      const part = ((counts.get(phase) ?? 0) / sample.length) * height
      if (part <= 0) continue
      pen.fillStyle = phaseColour(palette, phase)
      pen.fillRect(gutter + x, top, SHARE_BIN, part)
      top += part
    }
  }
}

interface LaneWords {
  readonly text: string
  /** Of the line it stands on, from the top of the row. */
  readonly middle: number
}

function laneLabel(pen: Pen, scene: TimelineScene, row: LaneRow, { text, middle }: LaneWords): void {
  const { palette, gutter, chosenLane } = scene
  const y = topOf(scene, row)
  if (row.lane === chosenLane) {
    pen.fillStyle = palette.accent
    pen.fillRect(0, y + 2, 3, row.height - 4)
  }
  pen.fillStyle = row.lane === chosenLane ? palette.text : palette.muted
  pen.font = '11px system-ui, sans-serif'
  pen.textAlign = 'left'
  pen.textBaseline = 'middle'
  pen.fillText(fitted(text, gutter - 24), 22, y + middle)
  triangle(pen, 12, y + middle, row.open)
}

function drawClosedLane(pen: Pen, scene: TimelineScene, row: LaneRow): void {
  const lane = scene.model.lanes[row.lane]!
  const y = topOf(scene, row)
  laneLabel(pen, scene, row, { text: lane.label, middle: CLOSED_HEIGHT / 2 })
  const height = (CLOSED_HEIGHT - 5) / Math.max(1, lane.sides.length)
  lane.sides.forEach((side, i) => {
    drawBar(pen, scene, side, { y: y + 2 + i * height, height: height - 1, words: false })
  })
}

type Parts = Readonly<Record<keyof typeof LANE, number>>

/** The parts of a lane that is stretched; timers stay thin, as lines do. */
function partsOf(stretch: number): Parts {
  const { bar, gap, flow, timers, sessions, margin } = LANE
  const spare = timers * (stretch - 1)
  return {
    bar: bar * stretch,
    gap: gap * stretch + spare,
    flow: flow * stretch,
    timers,
    sessions: sessions * stretch,
    margin: margin * stretch,
  }
}

interface LanePlace {
  readonly y: number
  readonly parts: Parts
}

interface OpenLane {
  readonly row: LaneRow
  readonly edges: Float64Array
}

function drawOpenLane(pen: Pen, scene: TimelineScene, { row, edges }: OpenLane): void {
  const { palette, gutter, model } = scene
  const lane = model.lanes[row.lane]!
  const y = topOf(scene, row)
  const parts = partsOf(row.stretch)
  laneLabel(pen, scene, row, { text: '', middle: parts.margin + parts.bar / 2 })
  lane.sides.forEach((side, i) => {
    const top = y + parts.margin + i * (parts.bar + parts.flow + parts.timers + parts.gap)
    pen.fillStyle = row.lane === scene.chosenLane ? palette.text : palette.muted
    pen.font = '11px system-ui, sans-serif'
    pen.textAlign = 'left'
    pen.textBaseline = 'middle'
    pen.fillText(fitted(`${side.endpoint}  tunnel ${String(side.tunnel)}`, gutter - 30), 22, top + parts.bar / 2)
    drawBar(pen, scene, side, { y: top, height: parts.bar, words: true })
    drawResets(pen, scene, side, { y: top, parts })
    drawFlow(pen, scene, side, { y: top + parts.bar + 1, parts, edges })
    drawTimers(pen, scene, side, top + parts.bar + parts.flow)
    pen.fillStyle = palette.muted
    pen.font = '10px system-ui, sans-serif'
    pen.textAlign = 'right'
    pen.textBaseline = 'middle'
    if (side.delivered.length > 0) pen.fillText('data in', gutter - 8, top + parts.bar + parts.flow / 2 + 1)
  })
  drawSessions(pen, scene, lane, { y: y + row.height - parts.margin, parts })
}

interface BarPlace {
  readonly y: number
  readonly height: number
  readonly words: boolean
}

function drawBar(pen: Pen, scene: TimelineScene, side: LaneSide, { y, height, words }: BarPlace): void {
  const { scale, palette, gutter } = scene
  for (const { from, to, phase } of side.spans) {
    if (to < scale.window.from || from > scale.window.to) continue
    const left = Math.max(0, scale.x(from))
    const right = Math.min(scale.width, Math.max(scale.x(to), left + 1.5))
    if (right <= 0 || left >= scale.width) continue
    const look = phaseLooks[phase]
    const box = { x: gutter + left, y, width: right - left, height }
    texturedBox(pen, box, { colour: phaseColour(palette, phase), texture: look.texture }, palette)
    if (words && look.texture === 'plain' && right - left > roughWidth(look.words, 10) + 12) {
      pen.fillStyle = palette.onBar
      pen.font = '10px system-ui, sans-serif'
      pen.textAlign = 'left'
      pen.textBaseline = 'middle'
      pen.fillText(look.words, gutter + left + 6, y + height / 2 + 0.5)
    }
  }
}

/** RFC 4951 3.2.2: a notch where the control channel is reset. */
function drawResets(pen: Pen, { scale, palette, gutter, model }: TimelineScene, side: LaneSide, { y, parts }: LanePlace): void {
  for (const seq of side.resets) {
    const x = scale.x(model.trace.at[seq]!)
    if (x < 0 || x > scale.width) continue
    pen.fillStyle = palette.text
    pen.beginPath()
    pen.moveTo(gutter + x - 4, y - 4)
    pen.lineTo(gutter + x + 4, y - 4)
    pen.lineTo(gutter + x, y + 3)
    pen.closePath()
    pen.fill()
    pen.fillRect(gutter + x - 0.75, y, 1.5, parts.bar)
  }
}

const gapsOf = new WeakMap<LaneSide, readonly Gap[]>()

function drawFlow(
  pen: Pen,
  { scale, palette, gutter, model }: TimelineScene,
  side: LaneSide,
  { y, parts, edges }: LanePlace & { readonly edges: Float64Array },
): void {
  if (side.delivered.length === 0 && side.refused.length === 0) return
  const height = parts.flow - 2
  bins(side.delivered, edges, (i, share) => {
    pen.fillStyle = palette.data
    const tall = height * (0.4 + 0.6 * Math.sqrt(share))
    pen.fillRect(gutter + i * BIN, y + height - tall, BIN - 1, tall)
  })
  bins(side.refused, edges, (i) => {
    pen.fillStyle = palette.lost
    pen.fillRect(gutter + i * BIN, y, BIN - 1, 3)
  })
  let gaps = gapsOf.get(side)
  if (gaps === undefined) gapsOf.set(side, (gaps = flowGaps(side.delivered, model.end)))
  for (const { from, to } of gaps) {
    if (to < scale.window.from || from > scale.window.to) continue
    const [left, right] = [Math.max(0, scale.x(from)), Math.min(scale.width, scale.x(to))]
    if (right - left < 2) continue
    pen.fillStyle = palette.gap
    pen.fillRect(gutter + left, y + height - 2, right - left, 2)
    const text = `no data for ${formatDuration(to - from)}`
    const wide = roughWidth(text, 10) + 8
    if (right - left < wide) continue
    const middle = gutter + (left + right) / 2
    pen.fillStyle = palette.ground
    pen.fillRect(middle - wide / 2, y, wide, height + 1)
    pen.fillStyle = palette.text
    pen.font = '10px system-ui, sans-serif'
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.fillText(text, middle, y + height / 2 + 0.5)
  }
}

/** Calls `draw` for every bin with something in it; `share` compares it with the fullest bin in sight. */
function bins(instants: Float64Array, edges: Float64Array, draw: (bin: number, share: number) => void): void {
  if (instants.length === 0) return
  const counts = new Int32Array(edges.length - 1)
  let most = 0
  let before = lastAtOrBefore(instants, edges[0]! - 1)
  for (let i = 0; i < counts.length; i++) {
    const upTo = lastAtOrBefore(instants, edges[i + 1]! - 1)
    counts[i] = upTo - before
    most = Math.max(most, upTo - before)
    before = upTo
  }
  for (let i = 0; i < counts.length; i++) if (counts[i]! > 0) draw(i, counts[i]! / most)
}

function drawTimers(pen: Pen, { scale, palette, gutter }: TimelineScene, side: LaneSide, y: number): void {
  for (const { timer, from, to, fired } of side.timers) {
    if (to < scale.window.from || from > scale.window.to) continue
    const [left, right] = [Math.max(0, scale.x(from)), Math.min(scale.width, scale.x(to))]
    if (right < left) continue
    const isRecovery = timer === 'recovery-time'
    const top = isRecovery ? y + 2 : y
    pen.fillStyle = isRecovery ? palette.recovery : palette.muted
    pen.fillRect(gutter + left, top, Math.max(1, right - left), isRecovery ? 3 : 1.5)
    pen.fillRect(gutter + left, y, 1, 5)
    if (fired) cross(pen, gutter + right, y + 2.5)
  }
}

function cross(pen: Pen, x: number, y: number): void {
  pen.strokeStyle = pen.fillStyle
  pen.lineWidth = 1.4
  pen.beginPath()
  pen.moveTo(x - 3, y - 3)
  pen.lineTo(x + 3, y + 3)
  pen.moveTo(x + 3, y - 3)
  pen.lineTo(x - 3, y + 3)
  pen.stroke()
}

/** Live sessions as an area of steps: that of the first side filled, that of the second as a line where it differs. */
function drawSessions(pen: Pen, scene: TimelineScene, lane: Lane, { y: bottom, parts }: LanePlace): void {
  const { palette, gutter } = scene
  const [one, other] = lane.sides
  if (one === undefined || lane.peakSessions === 0) return
  const height = parts.sessions - 2
  pen.fillStyle = palette.area
  steps(scene, one, (left, right, count) => {
    const tall = (count / lane.peakSessions) * height
    if (tall > 0) pen.fillRect(gutter + left, bottom - tall, right - left, tall)
  })
  if (other !== undefined) {
    pen.strokeStyle = palette.accent
    pen.lineWidth = 1
    pen.beginPath()
    steps(scene, other, (left, right, count) => {
      const y = bottom - (count / lane.peakSessions) * height
      pen.moveTo(gutter + left, y)
      pen.lineTo(gutter + right, y)
    })
    pen.stroke()
  }
  pen.fillStyle = palette.muted
  pen.font = '10px system-ui, sans-serif'
  pen.textAlign = 'right'
  pen.textBaseline = 'middle'
  const word = lane.peakSessions === 1 ? 'session' : 'sessions'
  pen.fillText(`${String(lane.peakSessions)} ${word}`, gutter - 8, bottom - height + 5)
}

function steps({ scale }: TimelineScene, side: LaneSide, draw: (left: number, right: number, count: number) => void): void {
  const { sessionTimes, sessionCounts } = side
  const { from, to } = scale.window
  const first = Math.max(0, lastAtOrBefore(sessionTimes, from))
  let left = 0
  for (let i = first; i < sessionTimes.length && sessionTimes[i]! <= to; i++) {
    const ends: Nanos = sessionTimes[i + 1] ?? Infinity
    const right = ends >= to ? scale.width : Math.max(0, scale.x(ends))
    // Steps closer than half a pixel are one.
    if (right - left < 0.5 && ends < to) continue
    draw(left, right, sessionCounts[i]!)
    left = right
  }
}
