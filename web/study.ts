// A study in the page: which one, what is known of it, the runs behind what was chosen in its figures, and its runs under way. One worker
// keeps the results, others perform runs, as `l2tpsim sweep` does with its own.

import { batch as together, signal } from '@preact/signals'
import { VERSION } from '../sim/base/version.ts'
import type { NamedText } from '../sim/sweep/study.ts'
import { inquiryOfText } from './inquiries.ts'
import { Hand } from './run/hand.ts'
import type { Answer, Order, ShownIssue } from './run/protocol.ts'
import type { ListedRun, OpenedStudy, ShownStudy, StudySource } from './run/study-protocol.ts'
import { shipped } from './shipped.ts'
import { ask, dockShare, dockTab, expectedDigest, failure, notice, type Inquiry } from './state.ts'

export interface Chosen {
  readonly points: readonly number[] | undefined
  readonly between: readonly [low: number, high: number] | undefined
  /** What was chosen, in words. */
  readonly words: string
}

export const study = signal<OpenedStudy | undefined>(undefined)
/** Text of the study, where it is one that can be changed; undefined for results from files. */
export const studyText = signal<NamedText | undefined>(undefined)
export const studyIssues = signal<readonly ShownIssue[]>([])
export const shownStudy = signal<(ShownStudy & { readonly style: string }) | undefined>(undefined)
export const response = signal(0)
export const chosen = signal<Chosen | undefined>(undefined)
export const listed = signal<{ readonly count: number; readonly runs: readonly ListedRun[] }>({ count: 0, runs: [] })
export const underWay = signal(false)
/** The run that was opened from the list: point and seed. */
export const openedRun = signal('')

type WithoutTicket<T> = T extends Order ? Omit<T, 'ticket'> : never

/** A worker that is asked and answers. */
class Clerk {
  private readonly waiting = new Map<number, (answer: Answer) => void>()
  private readonly hand = new Hand((answer) => {
    const hear = this.waiting.get(answer.ticket)
    this.waiting.delete(answer.ticket)
    hear?.(answer)
  })

  /** The answer of the sort expected; undefined, and told to the user, when it is another. */
  async ask<A extends Answer['answer']>(order: WithoutTicket<Order>, wanted: A): Promise<(Answer & { readonly answer: A }) | undefined> {
    const answer = await new Promise<Answer>((resolve) => {
      this.waiting.set(this.hand.give(order), resolve)
    })
    if (answer.answer === wanted) return answer as Answer & { readonly answer: A }
    if (answer.answer === 'issues') studyIssues.value = answer.issues
    else if (answer.answer === 'failed') failure.value = answer.message.split('\n    at ')[0]
    return undefined
  }

  end(): void {
    this.hand.end()
  }
}

let keeper: Clerk | undefined
const theKeeper = (): Clerk => (keeper ??= new Clerk())

/** Shows results from files: journals of `l2tpsim sweep`. */
export async function openResults(files: readonly Blob[]): Promise<void> {
  studyText.value = undefined
  await open({ files })
}

/** Scenarios that were opened along with a study, by the names it may use for them. */
let beside: Readonly<Record<string, NamedText>> = {}

/** Opens a study from its text; `others` are texts beside it. */
export async function openStudy(text: NamedText, others: Readonly<Record<string, NamedText>> = {}): Promise<void> {
  beside = others
  await changeStudy(text, undefined)
}

/** The study with another text, or with other seeds. */
export async function changeStudy(text: NamedText, seeds: string | undefined): Promise<void> {
  studyText.value = text
  const scenarios = Object.fromEntries(shipped.map((one) => [one.name, { fileName: `${one.name}.yaml`, text: one.text }]))
  await open({ text, scenarios: { ...scenarios, ...beside }, seeds })
}

async function open(source: StudySource): Promise<void> {
  cancelStudy()
  studyIssues.value = []
  dockTab.value = 'study'
  // Figures need room; the run above is not what one came for.
  dockShare.value = Math.max(dockShare.peek(), 0.74)
  const answer = await theKeeper().ask({ order: 'study-open', source }, 'study-opened')
  if (answer === undefined) return
  together(() => {
    study.value = answer.study
    response.value = Math.min(response.peek(), answer.study.responses.length - 1)
    shownStudy.value = undefined
    chosen.value = undefined
    listed.value = { count: 0, runs: [] }
  })
  const { foreign, older, version } = answer.study
  if (foreign > 0) notice.value = `${String(foreign)} rows belong to no point of this study as it is read here.`
  else if (version !== VERSION) notice.value = `Version ${version} made these results, this is ${VERSION}: its runs may differ from them.`
  else if (older > 0) notice.value = `Another state of the simulator made ${String(older)} of these runs: repeated here, they may differ.`
  if (answer.study.runs > 0) await choose(undefined)
  await show()
}

export async function showResponse(place: number): Promise<void> {
  response.value = place
  if (chosen.peek() !== undefined) await choose(chosen.peek())
  await show()
}

let showing = false

async function show(): Promise<void> {
  if (showing || study.peek() === undefined) return
  showing = true
  const answer = await theKeeper().ask({ order: 'study-show', response: response.peek() }, 'study-shown')
  showing = false
  if (answer === undefined) return
  shownStudy.value = { ...answer.shown, style: answer.style }
  if (answer.shown.response !== response.peek()) await show()
}

/** Lists the runs behind something; all of them for undefined. */
export async function choose(what: Chosen | undefined): Promise<void> {
  chosen.value = what ?? { points: undefined, between: undefined, words: 'all runs, the worst first' }
  const { points, between } = chosen.value
  const selection = { points, between, response: response.peek() }
  const answer = await theKeeper().ask({ order: 'study-select', selection }, 'study-selected')
  if (answer !== undefined) listed.value = { count: answer.count, runs: answer.runs }
}

/** Shows a run in the timelines: the same scenario, factors and seed; its digest is compared with the one of the results. */
export async function openRun(point: number, seed: string): Promise<void> {
  const answer = await theKeeper().ask({ order: 'study-run', point, seed }, 'study-run')
  if (answer === undefined) return
  const { reference, scenario, changes, digest, version } = answer.run
  const isShipped = shipped.some(({ name, text }) => name === reference && text === scenario.text)
  const base: Inquiry = isShipped
    ? { ...inquiryOfText(scenario.text, scenario.fileName), shipped: reference }
    : inquiryOfText(scenario.text, scenario.fileName)
  openedRun.value = `${String(point)} ${seed}`
  // The timelines come into sight again.
  dockShare.value = Math.min(dockShare.peek(), 0.5)
  ask({ ...base, changes, seed })
  expectedDigest.value = digest === undefined ? undefined : { digest, version, source: 'The file of results' }
}

let pool: Clerk[] = []

/** Milliseconds of work to hand out at a time. */
const PORTION_MS = 80
const MOST_AT_ONCE = 50
const REDRAW_MS = 700

/** Does all runs that are missing, on all processors but one. */
export async function runStudy(): Promise<void> {
  const opened = study.peek()
  if (opened === undefined || underWay.peek()) return
  underWay.value = true
  let drawn = performance.now()
  const work = async (clerk: Clerk, place: number): Promise<void> => {
    let bundle: OpenedStudy['bundle'] | undefined = opened.bundle
    let count = 1
    for (let fresh = place === 0; underWay.peek(); fresh = false) {
      const taken = await theKeeper().ask({ order: 'study-take', count, fresh }, 'study-batch')
      const runs = taken?.batch.reduce((sum, piece) => sum + piece.count, 0) ?? 0
      if (taken === undefined || runs === 0) return
      const started = performance.now()
      const { batch } = taken
      const rows = await clerk.ask({ order: 'study-perform', bundle, batch }, 'study-rows')
      if (rows === undefined) return
      bundle = undefined
      await theKeeper().ask({ order: 'study-add', batch, text: rows.text, events: rows.events }, 'study-added')
      count = Math.max(1, Math.min(MOST_AT_ONCE, Math.round((runs * PORTION_MS) / (performance.now() - started))))
      if (performance.now() - drawn > REDRAW_MS) {
        drawn = performance.now()
        void show()
      }
    }
  }
  const hands = Math.max(1, Math.min(8, navigator.hardwareConcurrency - 1))
  const mine = Array.from({ length: hands }, () => new Clerk())
  pool = mine
  await Promise.all(mine.map(work))
  if (pool !== mine) return
  cancelStudy()
  await show()
  await choose(chosen.peek())
}

/** Ends what is under way and shows what there is. */
export function stopStudy(): void {
  cancelStudy()
  void show().then(() => choose(chosen.peek()))
}

/** Ends what is under way; what there is stays, and can be gone on with. */
function cancelStudy(): void {
  pool.forEach((clerk) => {
    clerk.end()
  })
  pool = []
  underWay.value = false
}
