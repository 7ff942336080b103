// What the page as a whole knows: the question (scenario, changes, seed), the run that answers it, and how one looks at it. Every view
// reads these signals and no other; cursor, window and selection are common to all.

import { batch, computed, effect, signal, type ReadonlySignal } from '@preact/signals'
import type { Nanos } from '../sim/base/time.ts'
import type { AddedElement } from '../sim/run/explorer-link.ts'
import type { Override } from '../sim/scenario/parse.ts'
import type { FormGroup } from './form/form-fields.ts'
import { revealing, timeAxis, type AxisMode, type TimeAxis, type TimeWindow } from './layout/time-axis.ts'
import type { RunModel } from './model/model.ts'
import type { Question, SeedResult, ShownIssue } from './run/protocol.ts'

/** One more fault or one packet treated otherwise, with words for its chip. */
export type Intervention = AddedElement

/** All that decides a run. */
export interface Inquiry {
  /** Name of a scenario that ships; undefined for text of one's own. */
  readonly shipped: string | undefined
  readonly text: string
  readonly fileName: string
  readonly changes: readonly Override[]
  readonly interventions: readonly Intervention[]
  readonly seed: string | undefined
}

export type DockTab = 'ladder' | 'machines' | 'topology' | 'metrics' | 'compare' | 'seeds' | 'study'
export type PanelTab = 'parameters' | 'text'

export const inquiry = signal<Inquiry>({
  shipped: undefined,
  text: '',
  fileName: '',
  changes: [],
  interventions: [],
  seed: undefined,
})
/** What was asked, to come back to. */
interface Asked {
  readonly inquiry: Inquiry
  readonly file: OpenedFile | undefined
}

const past = signal<readonly Asked[]>([])
const future = signal<readonly Asked[]>([])
export const canUndo = computed(() => past.value.length > 0)
export const canRedo = computed(() => future.value.length > 0)

/** A trace opened from a file, in place of a run made here. Once it is read, `inquiry` is that of its own scenario and seed. */
export interface OpenedFile {
  readonly name: string
  readonly file: Blob
}

export const openedFile = signal<OpenedFile | undefined>(undefined)

export const model = signal<RunModel | undefined>(undefined)
export const form = signal<readonly FormGroup[]>([])
export const issues = signal<readonly ShownIssue[]>([])
/** Share done of a run under way; undefined while none is. */
export const progress = signal<number | undefined>(undefined)
/** What went wrong beyond the scenario itself. */
export const failure = signal<string | undefined>(undefined)
/** What the run asked for last is said to be by whatever named it: checked when it is there. */
export const expectedDigest = signal<
  | {
      /** Empty when it ended in a bug. */
      readonly digest: string
      readonly version: string
      readonly source: string
      /** Record to be shown then. */
      readonly record?: number
    }
  | undefined
>(undefined)
/** What the address or a file of results said that does not fit: another version, another digest. It stays until it is closed. */
export const notice = signal<string | undefined>(undefined)

export const axisMode = signal<AxisMode>('folded')
export const timeWindow = signal<TimeWindow>({ from: 0, to: 1 })
export const cursor = signal<Nanos>(0)
/** Number of the record that is selected. */
export const selection = signal<number | undefined>(undefined)
/** Place of the lane that is selected. */
export const chosenLane = signal(0)
export const dockTab = signal<DockTab>('ladder')

/** Share of the height that the lower views take. */
export const dockShare = signal(0.54)
export const panelTab = signal<PanelTab>('parameters')
/** Shut at first where it would leave too little room for the rest. */
export const panelOpen = signal(typeof innerWidth === 'undefined' || innerWidth >= 1080)
export const playing = signal(false)
export const dialog = signal<'help' | 'share' | 'export' | undefined>(undefined)
/** Step of the guided reading; undefined when it is closed. */
export const tourStep = signal<number | undefined>(undefined)

/** The second run of the side-by-side view, and what it differs in. */
export const otherInquiry = signal<Inquiry | undefined>(undefined)
export const otherModel = signal<RunModel | undefined>(undefined)

export const seedResults = signal<readonly SeedResult[]>([])
export const seedRun = signal<{ readonly wanted: number; readonly running: boolean }>({ wanted: 0, running: false })

export const axis: ReadonlySignal<TimeAxis> = computed(() => {
  const run = model.value
  return timeAxis(axisMode.value, run?.end ?? 1, run?.instants ?? new Float64Array())
})

const asked = (): Asked => ({ inquiry: inquiry.peek(), file: openedFile.peek() })

/** Changes the question, so that it can be undone. `merge`: it continues the change before it, as a slider that moves does. */
export function ask(next: Inquiry, merge = false): void {
  if (!merge) past.value = [...past.value.slice(-199), asked()]
  // In one step, or the question before would be asked once more without the file.
  batch(() => {
    future.value = []
    openedFile.value = undefined
    inquiry.value = next
  })
}

/** Shows a trace, which can be undone, too. */
export function openTrace(file: OpenedFile): void {
  if (model.peek() !== undefined) past.value = [...past.value.slice(-199), asked()]
  future.value = []
  openedFile.value = file
}

function restore({ inquiry: question, file }: Asked): void {
  batch(() => {
    openedFile.value = file
    inquiry.value = question
  })
}

export function undo(): void {
  const before = past.value.at(-1)
  if (before === undefined) return
  past.value = past.value.slice(0, -1)
  future.value = [...future.value, asked()]
  restore(before)
}

export function redo(): void {
  const after = future.value.at(-1)
  if (after === undefined) return
  future.value = future.value.slice(0, -1)
  past.value = [...past.value, asked()]
  restore(after)
}

/** `changes` with one field changed; a field set again is not set twice. */
export function withChange(changes: readonly Override[], change: Override): readonly Override[] {
  return [...changes.filter(({ path }) => path !== change.path), change]
}

export function questionOf({ text, fileName, changes, interventions, seed }: Inquiry): Question {
  return { text, fileName, changes, additions: interventions.map(({ list, value }) => ({ list, value })), seed }
}

/** Moves the cursor to an instant and, where it is outside, the window with it. */
export function goTo(at: Nanos): void {
  const end = model.value?.end ?? at
  cursor.value = Math.min(Math.max(0, at), end)
  timeWindow.value = revealing(axis.value, timeWindow.value, cursor.value)
}

/** Selects a record and goes to its instant. */
export function select(seq: number): void {
  const run = model.value
  if (run === undefined || seq < 0 || seq >= run.trace.count) return
  selection.value = seq
  goTo(run.trace.at[seq]!)
}

let shownEnd = 0

/** A new run keeps the window if it shows a part that still exists; else everything is shown. */
effect(() => {
  const run = model.value
  if (run === undefined) return
  const { from, to } = timeWindow.peek()
  const whole = from === 0 && to === shownEnd
  if (whole || to > run.end || shownEnd === 0) timeWindow.value = { from: 0, to: run.end }
  shownEnd = run.end
  if (cursor.peek() > run.end) cursor.value = run.end
  if ((selection.peek() ?? 0) >= run.trace.count) selection.value = undefined
  if (chosenLane.peek() >= run.lanes.length) chosenLane.value = 0
})
