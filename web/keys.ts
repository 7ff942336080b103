// The keyboard: one table for what the keys do and for the help that lists them.

import { jump, step, toEnd, toStart } from './jumps.ts'
import {
  axis,
  chosenLane,
  cursor,
  dialog,
  dockTab,
  goTo,
  inquiry,
  model,
  panelOpen,
  redo,
  timeWindow,
  tourStep,
  undo,
  type DockTab,
} from './state.ts'
import { instantAt, panned, placeOf, zoomed } from './layout/time-axis.ts'
import { nextTheme } from './theme.ts'
import { isMenuOpen } from './views/context-menu.tsx'
import { fork } from './views/intervene.ts'
import { stepMessage } from './views/ladder.tsx'
import { foldChosen } from './views/timelines.tsx'
import { showAll, toggleAxis, togglePlay } from './views/transport.tsx'

interface Key {
  /** As `KeyboardEvent.key`, with `Ctrl+` or `Shift+` before it. */
  readonly keys: readonly string[]
  readonly words: string
  readonly act: () => void
}

function zoom(factor: number): void {
  timeWindow.value = zoomed(axis.peek(), timeWindow.peek(), factor, cursor.peek())
}

function pan(share: number): void {
  timeWindow.value = panned(axis.peek(), timeWindow.peek(), share)
}

/** Moves the cursor by a share of the window. */
function nudge(share: number): void {
  const { from, to } = timeWindow.peek()
  const span = placeOf(axis.peek(), to) - placeOf(axis.peek(), from)
  goTo(instantAt(axis.peek(), placeOf(axis.peek(), cursor.peek()) + span * share))
}

function lane(by: number): void {
  const count = model.peek()?.lanes.length ?? 0
  if (count > 0) chosenLane.value = Math.min(count - 1, Math.max(0, chosenLane.peek() + by))
}

const tabs: readonly DockTab[] = ['ladder', 'machines', 'topology', 'metrics', 'compare', 'seeds', 'study']

export const keyTable: readonly Key[] = [
  { keys: [' '], words: 'play or pause', act: togglePlay },
  {
    keys: ['ArrowRight'],
    words: 'cursor right',
    act: () => {
      nudge(0.01)
    },
  },
  {
    keys: ['ArrowLeft'],
    words: 'cursor left',
    act: () => {
      nudge(-0.01)
    },
  },
  {
    keys: ['.'],
    words: 'next record',
    act: () => {
      step(true)
    },
  },
  {
    keys: [','],
    words: 'previous record',
    act: () => {
      step(false)
    },
  },
  {
    keys: ['j'],
    words: 'next message of the ladder',
    act: () => {
      stepMessage(true)
    },
  },
  {
    keys: ['k'],
    words: 'previous message of the ladder',
    act: () => {
      stepMessage(false)
    },
  },
  {
    keys: ['f'],
    words: 'next fault',
    act: () => {
      jump('fault', true)
    },
  },
  {
    keys: ['Shift+F'],
    words: 'previous fault',
    act: () => {
      jump('fault', false)
    },
  },
  {
    keys: ['r'],
    words: 'next control channel reset',
    act: () => {
      jump('reset', true)
    },
  },
  {
    keys: ['Shift+R'],
    words: 'previous control channel reset',
    act: () => {
      jump('reset', false)
    },
  },
  {
    keys: ['v'],
    words: 'next violation',
    act: () => {
      jump('violation', true)
    },
  },
  {
    keys: ['Shift+V'],
    words: 'previous violation',
    act: () => {
      jump('violation', false)
    },
  },
  { keys: ['Home'], words: 'to the start', act: toStart },
  { keys: ['End'], words: 'to the end', act: toEnd },
  {
    keys: ['+', '=', 'w'],
    words: 'zoom in',
    act: () => {
      zoom(0.7)
    },
  },
  {
    keys: ['-', 'q'],
    words: 'zoom out',
    act: () => {
      zoom(1 / 0.7)
    },
  },
  {
    keys: ['a'],
    words: 'window left',
    act: () => {
      pan(-0.15)
    },
  },
  {
    keys: ['d'],
    words: 'window right',
    act: () => {
      pan(0.15)
    },
  },
  { keys: ['0'], words: 'show the whole run', act: showAll },
  { keys: ['l'], words: 'folded or linear time', act: toggleAxis },
  {
    keys: ['ArrowDown'],
    words: 'next tunnel',
    act: () => {
      lane(1)
    },
  },
  {
    keys: ['ArrowUp'],
    words: 'previous tunnel',
    act: () => {
      lane(-1)
    },
  },
  {
    keys: ['x'],
    words: 'fold or unfold the tunnel',
    act: () => {
      foldChosen('lane')
    },
  },
  {
    keys: ['Shift+X'],
    words: 'fold or unfold its group',
    act: () => {
      foldChosen('group')
    },
  },
  ...tabs.map((tab, i): Key => ({
    keys: [String(i + 1)],
    words: `show ${tab}`,
    act: () => {
      dockTab.value = tab
    },
  })),
  {
    keys: ['p'],
    words: 'parameters and text',
    act: () => {
      panelOpen.value = !panelOpen.value
    },
  },
  {
    keys: ['c'],
    words: 'keep this run to compare with',
    act: () => {
      fork(inquiry.peek())
    },
  },
  {
    keys: ['e'],
    words: 'export',
    act: () => {
      dialog.value = 'export'
    },
  },
  {
    keys: ['s'],
    words: 'share',
    act: () => {
      dialog.value = 'share'
    },
  },
  {
    keys: ['g'],
    words: 'guided reading',
    act: () => {
      tourStep.value = tourStep.peek() === undefined ? 0 : undefined
    },
  },
  { keys: ['t'], words: 'light, dark or as the system', act: nextTheme },
  { keys: ['Ctrl+z'], words: 'undo', act: undo },
  { keys: ['Ctrl+y', 'Ctrl+Shift+Z'], words: 'redo', act: redo },
  {
    keys: ['?'],
    words: 'this list',
    act: () => {
      dialog.value = 'help'
    },
  },
]

const byKey = new Map(keyTable.flatMap((key) => key.keys.map((name) => [name, key] as const)))

/** Elements that need their keys themselves. */
function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  const isField = target instanceof HTMLInputElement && !['checkbox', 'button'].includes(target.type)
  return isField || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

/** A box that has the focus and more in it than shows is scrolled by the arrow keys, as boxes are. */
function scrolls(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement) || target.role !== 'region') return false
  const { scrollHeight, clientHeight, scrollWidth, clientWidth } = target
  if (['ArrowUp', 'ArrowDown', 'Home', 'End', ' '].includes(key)) return scrollHeight > clientHeight
  return ['ArrowLeft', 'ArrowRight'].includes(key) && scrollWidth > clientWidth
}

function nameOf(event: KeyboardEvent): string {
  const shift = event.shiftKey && /^[A-Z]$/.test(event.key) ? 'Shift+' : ''
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${shift}${event.key}`
}

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      dialog.value = undefined
      tourStep.value = undefined
    }
    const onButton =
      event.key === ' ' && event.target instanceof HTMLElement && event.target.closest('button, summary, label') !== null
    if (event.altKey || dialog.peek() !== undefined || isMenuOpen() || takesText(event.target) || onButton) return
    if (scrolls(event.target, event.key)) return
    const key = byKey.get(nameOf(event))
    if (key === undefined) return
    event.preventDefault()
    key.act()
  })
}
