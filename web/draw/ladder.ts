// Draws the ladder: a column for each endpoint, an arrow for each message from where it was sent to where it arrived, cut off where it was
// lost. Which tunnel a message belongs to shows in its line and its track: old solid, recovery dashed, recovered double.

import { formatDuration, formatInstant } from '../../sim/base/time.ts'
import { glimpseOf, hints } from '../../sim/run/notation.ts'
import { labelPlaces, messagesBetween, type Arrow, type LadderLayout } from '../layout/ladder.ts'
import { AGAIN, COPIED, LOST, messageKinds, RECOVERED, RECOVERY, type RunModel } from '../model/model.ts'
import { recordAt } from '../trace/columns.ts'
import type { Palette } from './palette.ts'
import { fitted, roughWidth, type Pen, type Size } from './pen.ts'

export interface LadderScene {
  readonly model: RunModel
  readonly palette: Palette
  readonly layout: LadderLayout
  readonly size: Size
  readonly scroll: number
  /** Places of the endpoints, from left to right. */
  readonly columns: readonly number[]
  readonly selected: number | undefined
  readonly window: { readonly from: number; readonly to: number }
}

export const LADDER_HEAD = 42
/** Room for the instants at the left, and for numbers and AVPs at the right. */
const LEFT = 96
/** Between the lifelines of one endpoint. */
const TRACK = 21

interface Columns {
  readonly x: (place: number, track: number) => number
  readonly right: number
}

/** Where the lifelines stand; tracks go inwards from the outer edge in the left half, outwards in the right half. */
function ladderColumns({ size, columns, layout }: Pick<LadderScene, 'size' | 'columns' | 'layout'>): Columns {
  const notes = Math.min(Math.max(size.width * 0.42, 216), 380)
  const tracks = layout.hasRecovery ? 2 * TRACK : 0
  const first = LEFT + 26
  const span = size.width - notes - first - 26 - tracks
  const step = columns.length > 1 ? span / (columns.length - 1) : 0
  const places = new Map(columns.map((column, i) => [column, first + i * step]))
  return {
    x: (place, track) => (places.get(place) ?? first) + (layout.hasRecovery ? track * TRACK : 0),
    right: first + span + tracks + 26,
  }
}

const trackOf = (flags: number): number => ((flags & RECOVERY) !== 0 ? 1 : (flags & RECOVERED) !== 0 ? 2 : 0)

export function drawLadder(pen: Pen, scene: LadderScene): void {
  const { palette, size, layout, scroll } = scene
  pen.fillStyle = palette.ground
  pen.fillRect(0, 0, size.width, size.height)
  const columns = ladderColumns(scene)
  dimOutside(pen, scene)
  drawLifelines(pen, scene, columns)
  for (const { y, length } of layout.pauses) {
    const at = LADDER_HEAD + y - scroll
    if (at < LADDER_HEAD || at > size.height) continue
    pen.fillStyle = palette.muted
    pen.font = '10px system-ui, sans-serif'
    pen.textAlign = 'right'
    pen.textBaseline = 'middle'
    pen.fillText(`… ${formatDuration(length)}`, LEFT - 4, at)
  }
  const chosen = layout.remarks.find(({ remark }) => remark.seq === scene.selected)
  if (chosen !== undefined) {
    pen.fillStyle = palette.faint
    pen.fillRect(0, LADDER_HEAD + chosen.y - scroll - 8, size.width, 17)
  }
  drawMessages(pen, scene, columns)
  for (const { remark, y } of layout.remarks) {
    const at = LADDER_HEAD + y - scroll
    if (at > LADDER_HEAD - 20 && at < size.height + 20) drawRemark(pen, scene, columns, { ...remark, y: at })
  }
  drawHead(pen, scene, columns)
}

/** What lies outside the window of the timelines is shaded. */
function dimOutside(pen: Pen, { model, palette, layout, size, scroll, window }: LadderScene): void {
  const top = LADDER_HEAD + layout.height(window.from) - scroll - 6
  const bottom = LADDER_HEAD + layout.height(window.to) - scroll + 10
  pen.fillStyle = palette.raised
  if (window.from > 0 && top > 0) pen.fillRect(0, 0, size.width, Math.min(top, size.height))
  if (bottom < size.height && window.to < model.end) {
    pen.fillRect(0, Math.max(0, bottom), size.width, size.height - Math.max(0, bottom))
  }
}

const trackNames = ['old', 'rec.', 'new'] as const

function drawLifelines(pen: Pen, { palette, size, columns, layout }: LadderScene, { x }: Columns): void {
  for (const column of columns) {
    for (const track of layout.hasRecovery ? [0, 1, 2] : [0]) {
      pen.strokeStyle = palette.line
      pen.lineWidth = track === 2 ? 2.5 : 1.2
      pen.setLineDash(track === 1 ? [3, 4] : [])
      pen.beginPath()
      pen.moveTo(x(column, track), LADDER_HEAD)
      pen.lineTo(x(column, track), size.height)
      pen.stroke()
    }
  }
  pen.setLineDash([])
}

function drawHead(pen: Pen, { model, palette, size, columns, layout }: LadderScene, { x, right }: Columns): void {
  pen.fillStyle = palette.raised
  pen.fillRect(0, 0, size.width, LADDER_HEAD - 4)
  pen.fillStyle = palette.line
  pen.fillRect(0, LADDER_HEAD - 4, size.width, 1)
  pen.textBaseline = 'middle'
  for (const column of columns) {
    pen.fillStyle = palette.text
    pen.font = '600 12px system-ui, sans-serif'
    pen.textAlign = 'center'
    const middle = x(column, layout.hasRecovery ? 1 : 0)
    pen.fillText(model.endpoints[column]?.name ?? '', middle, layout.hasRecovery ? 11 : 18)
    if (!layout.hasRecovery) continue
    pen.font = '9px system-ui, sans-serif'
    pen.fillStyle = palette.muted
    trackNames.forEach((name, track) => {
      pen.fillText(name, x(column, track), 27)
    })
  }
  pen.fillStyle = palette.muted
  pen.font = '11px system-ui, sans-serif'
  pen.textAlign = 'right'
  pen.fillText('sent at', LEFT - 4, 18)
  pen.textAlign = 'left'
  pen.fillText('Ns/Nr, AVPs, what happened', right, 18)
}

interface ShownMessage {
  readonly message: number
  readonly line: Arrow
  readonly track: number
  readonly isLost: boolean
  readonly isChosen: boolean
  readonly colour: string
  readonly words: string
}

function shownMessage(scene: LadderScene, columns: Columns, place: number): ShownMessage {
  const { model, palette, layout, scroll, selected } = scene
  const table = model.messages
  const message = layout.messages[place]!
  const flags = table.flags[message]!
  const track = trackOf(flags)
  const isLost = (flags & LOST) !== 0
  const from = columns.x(table.from[message]!, track)
  const target = scene.columns.includes(table.to[message]!) ? columns.x(table.to[message]!, track) : from + 60
  const [y1, end] = [LADDER_HEAD + layout.from[place]! - scroll, LADDER_HEAD + layout.to[place]! - scroll]
  const share = isLost ? 0.62 : 1
  const line = { x1: from, y1, x2: from + (target - from) * share, y2: y1 + (end - y1) * (isLost ? 0.8 : 1) }
  const isChosen = selected === table.seq[message] || selected === table.endSeq[message]
  const ordinary = track === 1 ? palette.recovery : track === 2 ? palette.recovered : palette.text
  const colour = isChosen ? palette.selection : isLost ? palette.lost : ordinary
  const again = (flags & AGAIN) !== 0 ? ' (again)' : ''
  const copied = (flags & COPIED) !== 0 ? ' ×2' : ''
  return { message, line, track, isLost, isChosen, colour, words: `${messageKinds[table.kind[message]!]!}${again}${copied}` }
}

/** Place in the layout of the message whose arrow, or whose line of numbers, is at a point of the view. */
export function messageUnder(scene: LadderScene, x: number, y: number): number | undefined {
  const { layout, scroll } = scene
  const columns = ladderColumns(scene)
  const top = scroll + y - LADDER_HEAD
  let nearest: { readonly place: number; readonly distance: number } | undefined
  for (const place of messagesBetween(layout, top - 12, top + 12)) {
    const { x1, x2, y1, y2 } = shownMessage(scene, columns, place).line
    const isBeside = (x - x1) * (x - x2) > 0
    const distance = Math.abs((isBeside ? y1 : y1 + ((x - x1) / (x2 - x1)) * (y2 - y1)) - y)
    if (distance <= 8 && distance < (nearest?.distance ?? Infinity)) nearest = { place, distance }
  }
  return nearest?.place
}

/** All arrows before all words, so that no label hides the arrow of another message. */
function drawMessages(pen: Pen, scene: LadderScene, columns: Columns): void {
  const { layout, scroll, size, palette, model } = scene
  const shown = messagesBetween(layout, scroll, scroll + size.height).map((place) => shownMessage(scene, columns, place))
  for (const { isChosen, line } of shown) {
    if (!isChosen) continue
    pen.fillStyle = palette.faint
    pen.fillRect(0, line.y1 - 8, size.width, 17)
  }
  for (const { line, track, isChosen, isLost, colour, message } of shown) {
    drawShaft(pen, line, { colour, track, isData: model.messages.kind[message] === 0, isChosen })
    drawTip(pen, line, { colour, isLost, hollow: (model.messages.flags[message]! & AGAIN) !== 0, ground: palette.ground })
  }
  const widths = shown.map(({ words }) => roughWidth(words) * 1.12 + 10)
  const places = labelPlaces(shown.map(({ line }) => line), widths)
  shown.forEach((one, i) => {
    drawLabel(pen, scene, one, { ...places[i]!, width: widths[i]! })
    drawNumbers(pen, scene, columns, one)
  })
}

interface Shaft {
  readonly colour: string
  readonly track: number
  readonly isData: boolean
  readonly isChosen: boolean
}

function drawShaft(pen: Pen, { x1, y1, x2, y2 }: Arrow, { colour, track, isData, isChosen }: Shaft): void {
  pen.strokeStyle = colour
  pen.lineWidth = isChosen ? 2.2 : isData ? 0.8 : 1.3
  pen.setLineDash(track === 1 ? [6, 4] : isData ? [1, 3] : [])
  pen.beginPath()
  const lines = track === 2 ? [-1.4, 1.4] : [0]
  for (const by of lines) {
    pen.moveTo(x1, y1 + by)
    pen.lineTo(x2, y2 + by)
  }
  pen.stroke()
  pen.setLineDash([])
}

interface Tip {
  readonly colour: string
  readonly isLost: boolean
  readonly hollow: boolean
  readonly ground: string
}

/** An arrow head, hollow for a retransmission; a cross where the message was lost. */
function drawTip(pen: Pen, { x1, y1, x2, y2 }: Arrow, { colour, isLost, hollow, ground }: Tip): void {
  pen.strokeStyle = colour
  if (isLost) {
    pen.lineWidth = 2
    pen.beginPath()
    pen.moveTo(x2 - 4.5, y2 - 4.5)
    pen.lineTo(x2 + 4.5, y2 + 4.5)
    pen.moveTo(x2 + 4.5, y2 - 4.5)
    pen.lineTo(x2 - 4.5, y2 + 4.5)
    pen.stroke()
    return
  }
  const length = Math.hypot(x2 - x1, y2 - y1)
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length]
  pen.beginPath()
  pen.moveTo(x2, y2)
  pen.lineTo(x2 - 9 * ux - 4 * uy, y2 - 9 * uy + 4 * ux)
  pen.lineTo(x2 - 9 * ux + 4 * uy, y2 - 9 * uy - 4 * ux)
  pen.closePath()
  pen.fillStyle = hollow ? ground : colour
  pen.fill()
  pen.lineWidth = 1.3
  if (hollow) pen.stroke()
}

interface LabelPlace {
  readonly x: number
  readonly y: number
  readonly width: number
}

function drawLabel(pen: Pen, { model, palette }: LadderScene, shown: ShownMessage, { x, y, width }: LabelPlace): void {
  const { message, colour, words, isChosen } = shown
  const isAgain = (model.messages.flags[message]! & AGAIN) !== 0
  pen.font = isAgain ? '11px system-ui, sans-serif' : '600 11px system-ui, sans-serif'
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillStyle = isChosen ? palette.faint : palette.ground
  pen.fillRect(x - width / 2, y - 6, width, 12)
  pen.fillStyle = colour
  pen.fillText(words, x, y)
}

const lostWords = new Map<RunModel, Map<number, string>>()

/** Why a message was lost, as its record says. */
export function lossOf(run: RunModel, message: number): string {
  let words = lostWords.get(run)
  if (words === undefined) {
    lostWords.clear()
    words = new Map<number, string>()
    lostWords.set(run, words)
  }
  let text = words.get(message)
  if (text === undefined) {
    const record = recordAt(run.trace, run.messages.endSeq[message]!)
    words.set(message, (text = record.kind === 'dropped' ? record.why : ''))
  }
  return text
}

function drawNumbers(pen: Pen, scene: LadderScene, { right }: Columns, { message, line: { y1: y }, isChosen }: ShownMessage): void {
  const { model, palette, size } = scene
  const { messages: table, trace } = model
  pen.font = '11px ui-monospace, monospace'
  pen.textBaseline = 'middle'
  pen.fillStyle = isChosen ? palette.text : palette.muted
  pen.textAlign = 'right'
  pen.fillText(formatInstant(table.sentAt[message]!, 6), LEFT - 4, y)
  const record = recordAt(trace, table.seq[message]!)
  if (record.kind !== 'sent') return
  const seen = record.plane === 'control' ? glimpseOf(record) : undefined
  const numbers = seen === undefined ? `session ${String(record.session)}` : `${String(seen.ns)}/${String(seen.nr)}`
  const avps = seen === undefined ? '' : hints(seen, { sessions: 2 })
  const lost = (table.flags[message]! & LOST) !== 0 ? `lost: ${lossOf(model, message)}` : ''
  const text = [numbers, lost, avps].filter((part) => part !== '').join('  ')
  pen.textAlign = 'left'
  pen.fillStyle = lost !== '' ? palette.lost : isChosen ? palette.text : palette.muted
  pen.fillText(fitted(text, size.width - right - 8, 12), right, y)
}

/** A remark about no endpoint in sight stands at the first. */
function remarkX({ columns: all, layout }: LadderScene, { x }: Columns, column: number | undefined): number {
  return column === undefined ? x(all[0] ?? 0, 0) : x(column, layout.hasRecovery ? 1 : 0)
}

const remarkColour = (palette: Palette, about: string): string =>
  about === 'fault' ? palette.fault : about === 'reset' ? palette.accent : palette.muted

interface PlacedRemark {
  readonly seq: number
  readonly at: number
  readonly where: string
  readonly about: string
  readonly text: string
  readonly y: number
}

/** A dot at its endpoint, and its words where messages have their numbers, so that they hide no arrow. */
function drawRemark(pen: Pen, scene: LadderScene, columns: Columns, { where, about, text, y, at, seq }: PlacedRemark): void {
  const { palette, model, selected, size } = scene
  const column = scene.columns.find((place) => model.endpoints[place]?.name === where)
  const isFault = about === 'fault'
  pen.fillStyle = seq === selected ? palette.selection : remarkColour(palette, about)
  pen.beginPath()
  pen.arc(remarkX(scene, columns, column), y, isFault ? 5 : 3.5, 0, 7)
  pen.fill()
  const words = isFault ? `⚑ ${text}` : where === '' ? text : `${where}: ${text}`
  pen.font = isFault || seq === selected ? '600 11px system-ui, sans-serif' : '11px system-ui, sans-serif'
  pen.textBaseline = 'middle'
  pen.textAlign = 'left'
  pen.fillText(fitted(words, size.width - columns.right - 4), columns.right, y)
  pen.font = '11px ui-monospace, monospace'
  pen.textAlign = 'right'
  pen.fillText(formatInstant(at, 6), LEFT - 4, y)
}
