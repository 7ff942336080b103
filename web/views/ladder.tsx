// The ladder view: which endpoints and messages are shown, scrolling, pointer. Geometry is in layout/ladder.ts, drawing in draw/ladder.ts.

import { computed, effect, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { formatInstant, type Nanos } from '../../sim/base/time.ts'
import { drawLadder, LADDER_HEAD, lossOf, messageUnder, type LadderScene } from '../draw/ladder.ts'
import type { Pen, Size } from '../draw/pen.ts'
import { ladderLayout, MOST_MESSAGES, type LadderChoice } from '../layout/ladder.ts'
import { LOST, messageKinds, type RunModel } from '../model/model.ts'
import { remarksAt } from '../model/remarks.ts'
import { lastAtOrBefore } from '../trace/columns.ts'
import { chosenLane, cursor, model, select, selection, timeWindow } from '../state.ts'
import { palette } from '../theme.ts'
import { CanvasView } from './canvas-view.tsx'
import { isAskedByKey, openMenu } from './context-menu.tsx'
import { menuForInstant, menuForMessage } from './intervene.ts'
import { hideTooltip, showTooltip } from './tooltip.tsx'

const showData = signal(false)
const showKeepalives = signal(false)
const everyTunnel = signal(false)
const scroll = signal(0)
const view = signal<Size>({ width: 0, height: 0 })
/** So many endpoints have a column when all are shown. */
const MOST_COLUMNS = 6

const choice = computed((): LadderChoice => {
  const run = model.value
  const lane = run?.lanes[chosenLane.value]
  const placeOf = (name: string): number => run?.endpoints.findIndex((endpoint) => endpoint.name === name) ?? -1
  const ends =
    everyTunnel.value || lane === undefined
      ? []
      : lane.group
          .split(' ⇄ ')
          .map(placeOf)
          .filter((place) => place >= 0)
  const all = Array.from({ length: Math.min(MOST_COLUMNS, run?.endpoints.length ?? 0) }, (_, place) => place)
  return {
    endpoints: ends.length > 0 ? ends : all,
    lane: everyTunnel.value ? -1 : chosenLane.value,
    data: showData.value,
    keepalives: showKeepalives.value,
  }
})

const layout = computed(() => {
  const run = model.value
  if (run === undefined) return undefined
  const names = new Set(choice.value.endpoints.map((place) => run.endpoints[place]?.name ?? ''))
  const lane = everyTunnel.value ? undefined : run.lanes[choice.value.lane]
  return ladderLayout(run, choice.value, remarksAt(run, { endpoints: names, lane, most: MOST_MESSAGES }))
})

const most = computed(() => Math.max(0, (layout.value?.tall ?? 0) - (view.value.height - LADDER_HEAD)))

/** Keeps the cursor in sight. */
effect(() => {
  const at = cursor.value
  const ladder = layout.value
  const room = view.value.height - LADDER_HEAD
  if (ladder === undefined || room <= 0) return
  const y = ladder.height(at)
  const top = scroll.peek()
  if (y < top + 20 || y > top + room - 40) scroll.value = Math.min(most.value, Math.max(0, y - room / 3))
})

export function ladderScene(run: RunModel, size: Size): LadderScene | undefined {
  const ladder = layout.value
  if (ladder === undefined) return undefined
  return {
    model: run,
    palette: palette.value,
    layout: ladder,
    size,
    scroll: Math.min(scroll.value, most.value),
    columns: choice.value.endpoints,
    selected: selection.value,
    window: timeWindow.value,
  }
}

function draw(pen: Pen, size: Size): void {
  const run = model.value
  const scene = run === undefined ? undefined : ladderScene(run, size)
  if (scene !== undefined) drawLadder(pen, scene)
}

function drawOver(pen: Pen, size: Size): void {
  const ladder = layout.value
  if (ladder === undefined) return
  const y = LADDER_HEAD + ladder.height(cursor.value) - Math.min(scroll.value, most.value)
  if (y < LADDER_HEAD) return
  pen.fillStyle = palette.value.accent
  pen.globalAlpha = 0.6
  pen.fillRect(0, y + 8.5, size.width, 1.2)
  pen.globalAlpha = 1
}

interface Pointed {
  readonly message: number | undefined
  readonly remark: number | undefined
  readonly y: number
}

/** Share of the width from which on the words of remarks stand. */
const REMARK_WORDS = 0.6

/** Message or remark whose line is under the pointer. */
function pointed(event: MouseEvent): Pointed {
  const run = model.peek()
  const ladder = layout.peek()
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
  const y = event.clientY - box.top - LADDER_HEAD + Math.min(scroll.peek(), most.peek())
  if (run === undefined || ladder === undefined) return { message: undefined, remark: undefined, y }
  const remark = ladder.remarks.find((one) => Math.abs(one.y - y) <= 8)
  const size = { width: box.width, height: box.height }
  const scene = ladderScene(run, size)
  const place = scene === undefined ? undefined : messageUnder(scene, event.clientX - box.left, event.clientY - box.top)
  // A remark has a line of its own; only an arrow that crosses its line takes the pointer from it.
  const isRemark = remark !== undefined && (place === undefined || (event.clientX - box.left) / box.width > REMARK_WORDS)
  return {
    message: place === undefined || isRemark ? undefined : ladder.messages[place],
    remark: isRemark ? remark.remark.seq : undefined,
    y,
  }
}

function press(event: MouseEvent): void {
  const run = model.peek()
  if (run === undefined) return
  const { message, remark } = pointed(event)
  if (message !== undefined) select(run.messages.seq[message]!)
  else if (remark !== undefined) select(remark)
}

function hover(event: PointerEvent): void {
  if (event.buttons !== 0) return
  const run = model.peek()
  const { message } = pointed(event)
  if (run === undefined || message === undefined) {
    hideTooltip()
    return
  }
  const { messages, endpoints } = run
  const name = (place: number): string => endpoints[place]?.name ?? 'nobody'
  const kind = messageKinds[messages.kind[message]!]!
  const end = messages.endAt[message]!
  const fate =
    (messages.flags[message]! & LOST) !== 0
      ? `lost: ${lossOf(run, message)}`
      : end === Infinity
        ? 'under way'
        : `arrives ${formatInstant(end, 6)}`
  showTooltip(event.clientX, event.clientY, [
    `${kind}: ${name(messages.from[message]!)} → ${name(messages.to[message]!)}`,
    `sent ${formatInstant(messages.sentAt[message]!, 6)}, ${fate}`,
    'click to inspect, right-click to intervene',
  ])
}

function menu(event: MouseEvent): void {
  const run = model.peek()
  if (run === undefined) return
  event.preventDefault()
  hideTooltip()
  const byKey = isAskedByKey(event)
  const chosen = selection.peek()
  const { message } = byKey ? { message: chosen === undefined ? undefined : messageOf(run, chosen) } : pointed(event)
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
  const place = byKey ? { x: box.left + 140, y: box.top + 80 } : { x: event.clientX, y: event.clientY }
  openMenu(
    place,
    message === undefined ? menuForInstant(run, cursor.peek(), run.lanes[chosenLane.peek()]) : menuForMessage(run, message),
  )
}

function messageOf({ messages }: RunModel, seq: number): number | undefined {
  const place = messages.seq.findIndex((sent, i) => sent === seq || messages.endSeq[i] === seq)
  return place < 0 ? undefined : place
}

/** To the message sent after or before the one selected, of those shown. */
export function stepMessage(forward: boolean): void {
  const run = model.peek()
  const ladder = layout.peek()
  if (run === undefined || ladder === undefined || ladder.messages.length === 0) return
  const sent = Float64Array.from(ladder.messages, (message) => run.messages.seq[message]!)
  const at = selection.peek() ?? lastAtOrBefore(run.trace.at, cursor.peek())
  const place = lastAtOrBefore(sent, forward ? at : at - 1) + (forward ? 1 : 0)
  const next = sent[Math.min(Math.max(place, 0), sent.length - 1)]
  if (next !== undefined) select(next)
}

function scrollBy(down: number): void {
  scroll.value = Math.min(most.peek(), Math.max(0, Math.min(scroll.peek(), most.peek()) + down))
}

const zooming = {
  instantAt: (y: number): Nanos => layout.peek()?.height.invert(y - LADDER_HEAD + Math.min(scroll.peek(), most.peek())) ?? 0,
  onPull: (down: number) => {
    scrollBy(-down)
  },
} as const

const handlers = {
  onClick: press,
  onPointerMove: hover,
  onPointerLeave: hideTooltip,
  onContextMenu: menu,
  onWheel: (event: WheelEvent): void => {
    event.preventDefault()
    if (!event.ctrlKey) scrollBy(event.deltaY)
    hideTooltip()
  },
  tabIndex: 0,
  role: 'application',
  'aria-label': 'Ladder of messages. J and K move from message to message, the menu key intervenes.',
} as const

function Toggle({ state, words }: { readonly state: typeof showData; readonly words: string }): JSX.Element {
  return (
    <label class='check'>
      <input
        type='checkbox'
        checked={state.value}
        onChange={() => {
          state.value = !state.value
        }}
      />
      {words}
    </label>
  )
}

export function Ladder(): JSX.Element {
  const lane = model.value?.lanes[chosenLane.value]
  const shown = layout.value?.messages.length ?? 0
  return (
    <div class='view-column'>
      <div class='view-tools'>
        <span class='muted'>{everyTunnel.value ? 'all tunnels' : (lane?.label ?? 'no tunnel')}</span>
        <span class='muted'>{`${String(shown)} messages`}</span>
        <Toggle state={showKeepalives} words='ZLB and HELLO' />
        <Toggle state={showData} words='data' />
        <Toggle state={everyTunnel} words='all tunnels' />
        <span class='legend-line'>
          <i class='line solid' /> old <i class='line dashed' /> recovery <i class='line double' /> recovered
        </span>
      </div>
      <CanvasView
        name='ladder'
        label='Ladder of the messages between the endpoints of the chosen tunnel'
        draw={draw}
        drawOver={drawOver}
        attach={({ zoomScrolled }, box) => zoomScrolled(box, zooming)}
        onSize={(size) => {
          view.value = size
        }}
        handlers={handlers}
      />
    </div>
  )
}
