// The timelines view: its rows, scrolling, pointer and keys. How it is drawn is in draw/timeline.ts.

import { computed, effect, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { drawCursor } from '../draw/ruler.ts'
import { drawTimeline, HEAD, type TimelineScene } from '../draw/timeline.ts'
import type { Pen, Size } from '../draw/pen.ts'
import { columnHeight, laneRows, rowsBetween, type LaneChoice, type Row } from '../layout/lane-layout.ts'
import { viewScale, type ViewScale } from '../layout/time-axis.ts'
import { nearestRecord } from '../model/nearest.ts'
import type { RunModel } from '../model/model.ts'
import { axis, chosenLane, cursor, goTo, model, select, selection, timeWindow } from '../state.ts'
import { palette } from '../theme.ts'
import { isAskedByKey, openMenu } from './context-menu.tsx'
import { menuForInstant } from './intervene.ts'
import { CanvasView } from './canvas-view.tsx'
import { hideTooltip, showTooltip } from './tooltip.tsx'
import { drawTimeAxis } from './time-ruler.ts'
import { timelineTip } from './timeline-tip.ts'

export const GUTTER = 176

const choice = signal<Omit<LaneChoice, 'room'>>({ closedGroups: new Set(), toggledLanes: new Set() })
const scroll = signal(0)
const view = signal<Size>({ width: 0, height: 0 })

const rows = computed((): readonly Row[] => {
  const run = model.value
  return run === undefined ? [] : laneRows(run.lanes, { ...choice.value, room: view.value.height - HEAD })
})

const most = computed(() => Math.max(0, columnHeight(rows.value) - (view.value.height - HEAD)))

const timelineScale = computed((): ViewScale => viewScale(axis.value, timeWindow.value, Math.max(1, view.value.width - GUTTER)))

/** What is drawn at present; `size` is that of the view or of a picture made of it. */
export function timelineScene(run: RunModel, size: Size): TimelineScene {
  const top = Math.min(scroll.value, most.value)
  return {
    model: run,
    palette: palette.value,
    scale: viewScale(axis.value, timeWindow.value, Math.max(1, size.width - GUTTER)),
    size,
    gutter: GUTTER,
    rows: rowsBetween(rows.value, top, top + size.height - HEAD),
    scroll: top,
    chosenLane: chosenLane.value,
  }
}

function draw(pen: Pen, size: Size): void {
  const run = model.value
  if (run !== undefined) drawTimeline(pen, timelineScene(run, size))
}

function drawOver(pen: Pen, size: Size): void {
  const run = model.value
  if (run === undefined) return
  const frame = {
    left: GUTTER,
    top: 0,
    height: size.height,
    headHeight: HEAD,
    palette: palette.value,
    scale: timelineScale.value,
  }
  const chosen = selection.value
  if (chosen !== undefined && chosen < run.trace.count) {
    const x = GUTTER + timelineScale.value.x(run.trace.at[chosen]!)
    pen.fillStyle = palette.value.selection
    if (x >= GUTTER) {
      pen.beginPath()
      pen.arc(x, HEAD - 4, 3.5, 0, 7)
      pen.fill()
    }
  }
  drawCursor(pen, frame, cursor.value)
}

function toggle<T>(set: ReadonlySet<T>, member: T): ReadonlySet<T> {
  const next = new Set(set)
  if (!next.delete(member)) next.add(member)
  return next
}

interface Place {
  readonly x: number
  readonly y: number
}

const rowAt = ({ y }: Place): Row | undefined => {
  const height = y - HEAD + Math.min(scroll.peek(), most.peek())
  return y < HEAD ? undefined : rows.peek().find(({ top, height: tall }) => height >= top && height < top + tall)
}

function placeIn(event: MouseEvent): Place {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
  return { x: event.clientX - box.left, y: event.clientY - box.top }
}

function hover(event: PointerEvent): void {
  if (event.buttons !== 0) return
  const run = model.peek()
  const place = placeIn(event)
  const row = rowAt(place)
  if (run === undefined || place.x < GUTTER) hideTooltip()
  else showTooltip(event.clientX, event.clientY, timelineTip(run, timelineScale.peek(), { ...place, x: place.x - GUTTER, row }))
}

function click(event: MouseEvent): void {
  const place = placeIn(event)
  const row = rowAt(place)
  if (place.x < GUTTER) pressLabel(place, row)
  else {
    if (row?.row === 'lane') chosenLane.value = row.lane
    pick(place)
  }
}

function pressLabel({ x }: Place, row: Row | undefined): void {
  const { closedGroups, toggledLanes } = choice.peek()
  if (row?.row === 'group') choice.value = { toggledLanes, closedGroups: toggle(closedGroups, row.group) }
  else if (row?.row === 'lane' && (x < 20 || row.lane === chosenLane.peek())) {
    choice.value = { closedGroups, toggledLanes: toggle(toggledLanes, row.lane) }
  } else if (row?.row === 'lane') chosenLane.value = row.lane
}

/** Folds or unfolds the chosen tunnel, or the group it is in. */
export function foldChosen(what: 'lane' | 'group'): void {
  const lane = model.peek()?.lanes[chosenLane.peek()]
  if (lane === undefined) return
  const { closedGroups, toggledLanes } = choice.peek()
  if (what === 'group') choice.value = { toggledLanes, closedGroups: toggle(closedGroups, lane.group) }
  else choice.value = { closedGroups, toggledLanes: toggle(toggledLanes, lane.place) }
}

/** The chosen tunnel is brought into sight when another one is chosen. */
effect(() => {
  const [lane, room] = [chosenLane.value, view.value.height - HEAD]
  const row = rows.peek().find((one) => (one.row === 'lane' ? one.lane === lane : !one.open && one.lanes.includes(lane)))
  if (row === undefined || room <= 0) return
  const top = Math.min(scroll.peek(), most.peek())
  if (row.top < top) scroll.value = row.top
  else if (row.top + row.height > top + room) scroll.value = Math.min(row.top, row.top + row.height - room)
})

/** The nearest thing that happened within a few pixels, else the bare instant. */
function pick({ x }: Place): void {
  const run = model.peek()
  if (run === undefined) return
  const scale = timelineScale.peek()
  const at = scale.at(x - GUTTER)
  const near = nearestRecord(run, { at, from: scale.at(x - GUTTER - 5), to: scale.at(x - GUTTER + 5), lane: chosenLane.peek() })
  if (near !== undefined) select(near)
  else goTo(at)
}

function scrollBy(down: number): void {
  scroll.value = Math.min(most.peek(), Math.max(0, Math.min(scroll.peek(), most.peek()) + down))
}

/** The wheel scrolls with Shift and over the names. */
const isScroll = (event: WheelEvent, x: number): boolean => event.shiftKey || x < GUTTER

function turn(event: WheelEvent): void {
  event.preventDefault()
  hideTooltip()
  const { deltaX, deltaY } = event
  if (isScroll(event, placeIn(event).x)) scrollBy(event.shiftKey && deltaY === 0 ? deltaX : deltaY)
}

const zooming = {
  left: GUTTER,
  head: HEAD,
  isOther: isScroll,
  onPull: (down: number) => {
    scrollBy(-down)
  },
} as const

function menu(event: MouseEvent): void {
  const run = model.peek()
  if (run === undefined) return
  event.preventDefault()
  const byKey = isAskedByKey(event)
  const place = byKey ? { x: GUTTER + timelineScale.peek().x(cursor.peek()), y: 60 } : placeIn(event)
  const at = byKey ? cursor.peek() : timelineScale.peek().at(Math.max(0, place.x - GUTTER))
  const row = rowAt(place)
  const lane = row?.row === 'lane' ? run.lanes[row.lane] : run.lanes[chosenLane.peek()]
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
  openMenu({ x: box.left + place.x, y: box.top + place.y }, menuForInstant(run, at, lane))
}

const handlers = {
  onClick: click,
  onPointerMove: hover,
  onPointerDown: hideTooltip,
  onPointerLeave: hideTooltip,
  onWheel: turn,
  onContextMenu: menu,
  tabIndex: 0,
  role: 'application',
  'aria-label': 'Timelines of the tunnels. Arrow keys move the cursor, plus and minus zoom, the menu key intervenes.',
} as const

export function Timelines(): JSX.Element {
  return (
    <CanvasView
      name='timelines'
      class='timelines'
      label='Timelines: states of each side of each tunnel over simulated time'
      draw={draw}
      drawOver={drawOver}
      drawAxis={(ruler, size) => {
        drawTimeAxis(ruler, viewScale(axis.value, timeWindow.value, Math.max(1, size.width - GUTTER)), GUTTER)
      }}
      attach={({ zoomTime }, box, size) => zoomTime(box, size, zooming)}
      onSize={(size) => {
        view.value = size
      }}
      handlers={handlers}
    />
  )
}
