// The worker's part in studies: reads them, keeps their results, draws what is known of them, and performs runs. Fetched with the first
// order about a study.

import { VERSION } from '../../sim/base/version.ts'
import type { Issue } from '../../sim/scenario/parse.ts'
import { Performer, type Batch } from '../../sim/sweep/batch.ts'
import { openBundle, readStudy, type StudyResult } from '../../sim/sweep/parse-study.ts'
import { overridesOf, planOf, type Plan } from '../../sim/sweep/plan.ts'
import { firstTargets } from '../../sim/sweep/precision.ts'
import { valueText } from '../../sim/sweep/report/format.ts'
import { pointName } from '../../sim/sweep/report/names.ts'
import { responseSection, troubleSection } from '../../sim/sweep/report/page.ts'
import { EMBEDDED_STYLE } from '../../sim/sweep/report/style.ts'
import { parseHeader, parseRow, type ResultsHeader } from '../../sim/sweep/result-row.ts'
import { runsBehind } from '../../sim/sweep/runs.ts'
import { Schedule } from '../../sim/sweep/schedule.ts'
import type { StudyBundle } from '../../sim/sweep/study.ts'
import { summarise } from '../../sim/sweep/summary.ts'
import { ResultTable } from '../../sim/sweep/table.ts'
import type { ListedRun, OpenedStudy, ShownStudy, StudyAnswer, StudyOrder, StudyRun, StudySource } from './study-protocol.ts'

type WithoutTicket<T> = T extends StudyAnswer ? Omit<T, 'ticket'> : never

/** What the order is answered with; issues instead when a study has mistakes. */
export type Outcome = WithoutTicket<StudyAnswer> | { readonly issues: readonly Issue[] }

interface Kept {
  readonly table: ResultTable
  readonly version: string
  /** Kernel events of a run of each point; NaN where unknown. */
  readonly costs: Float64Array
  schedule: Schedule | undefined
}

let kept: Kept | undefined

function theStudy(): Kept {
  if (kept === undefined) throw new Error('no study is open')
  return kept
}

export async function obeyStudy(order: StudyOrder): Promise<Outcome> {
  switch (order.order) {
    case 'study-open':
      return openStudy(order.source)
    case 'study-take':
      return { answer: 'study-batch', batch: take(theStudy(), order.count, order.fresh) }
    case 'study-perform': {
      const { text, events } = performerFor(order.bundle).perform(order.batch)
      return { answer: 'study-rows', text, events }
    }
    case 'study-add':
      add(theStudy(), order.batch, order)
      return { answer: 'study-added' }
    case 'study-show':
      return { answer: 'study-shown', shown: shownStudy(theStudy().table, order.response), style: EMBEDDED_STYLE }
    case 'study-select': {
      const { table } = theStudy()
      const { count, runs } = runsBehind(table, order.selection, MOST_LISTED)
      const { unit } = table.plan.study.responses[order.selection.response]!
      const inWords = (run: (typeof runs)[number]): ListedRun => ({
        ...run,
        words: run.value === null ? (run.censored ? 'never' : '–') : valueText(run.value, unit),
      })
      return { answer: 'study-selected', count, runs: runs.map(inWords) }
    }
    case 'study-run':
      return { answer: 'study-run', run: runOf(theStudy(), order.point, order.seed) }
  }
}

const MOST_LISTED = 200

async function openStudy(source: StudySource): Promise<Outcome> {
  if ('files' in source) return openResults(source.files)
  const { text, scenarios, seeds } = source
  const result = readStudy(text, {
    scenario: (reference) =>
      scenarios[reference] ?? { error: `there is no scenario ${reference} here; open its file along with the study` },
    ...(seeds === undefined ? {} : { seeds }),
  })
  return result.ok ? keep(planFor(result), VERSION) : { issues: result.issues }
}

function planFor(result: StudyResult): Plan {
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
  const plan = planOf(result.study)
  if ('error' in plan) throw new Error(plan.error)
  return plan
}

function keep(plan: Plan, version: string): Outcome {
  kept = { table: new ResultTable(plan), version, costs: new Float64Array(plan.points.length).fill(NaN), schedule: undefined }
  return { answer: 'study-opened', study: openedStudy(kept) }
}

function openedStudy({ table, version }: Kept): OpenedStudy {
  const { plan } = table
  const { name, asks, bundle, seeds, responses } = plan.study
  return {
    ...{ name, asks, bundle, version },
    seeds: seeds.count,
    points: plan.points.map(({ index }) => pointName(plan, index)),
    responses: responses.map(({ name: response, label }) => ({ name: response, label })),
    runs: table.runs,
    wanted: wantedOf(plan),
    foreign: table.foreign,
    older: table.older,
  }
}

const wantedOf = (plan: Plan): number => firstTargets(plan).targets.reduce((sum, count) => sum + count, 0)

/** Reads files of results, which must be of one plan. */
async function openResults(files: readonly Blob[]): Promise<Outcome> {
  let first: ResultsHeader | undefined
  for (const file of files) {
    let isHeader = true
    for await (const line of linesOf(file)) {
      if (isHeader) {
        const header = parseHeader(line)
        if (header === undefined) throw new Error('this is not a file of results that this version reads')
        if (first !== undefined && first.plan !== header.plan) throw new Error('these files are results of different studies')
        if (first === undefined) keep(planFor(openBundle(header.bundle)), header.version)
        first ??= header
        isHeader = false
        continue
      }
      const row = parseRow(line)
      if (row === undefined) break
      kept?.table.add(row)
    }
  }
  return { answer: 'study-opened', study: openedStudy(theStudy()) }
}

async function* linesOf(file: Blob): AsyncGenerator<string> {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + read.value).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

function take(study: Kept, count: number, fresh: boolean): Batch {
  const { table, costs } = study
  if (fresh || study.schedule === undefined) {
    study.schedule = new Schedule({
      targets: firstTargets(table.plan).targets,
      isDone: (point, offset) => table.has(point, offset),
      isOurs: () => true,
      costOf: (point) => costs[point]!,
    })
  }
  return study.schedule.take(count)
}

function add({ table, costs }: Kept, batch: Batch, { text, events }: { readonly text: string; readonly events: readonly number[] }): void {
  batch.forEach(({ point, count }, i) => {
    costs[point] = events[i]! / count
  })
  for (const line of text.split('\n')) {
    const row = parseRow(line)
    if (row !== undefined) table.add(row)
  }
}

let performer: Performer | undefined

function performerFor(bundle: StudyBundle | undefined): Performer {
  if (bundle !== undefined) {
    const plan = planFor(openBundle(bundle))
    const { timeMs } = plan.study.limits
    const stopwatch = (): (() => boolean) => {
      const end = performance.now() + timeMs
      return () => performance.now() > end
    }
    performer = new Performer(plan, { stopwatch })
  }
  if (performer === undefined) throw new Error('no study to perform')
  return performer
}

function shownStudy(table: ResultTable, response: number): ShownStudy {
  const summary = summarise(table)[response]
  const toRun = (): string => '#'
  const figures = summary === undefined || table.runs === 0 ? '' : responseSection(table, summary, response, toRun)
  const counts = table.plan.points.map(({ index }) => table.counts(index))
  return {
    response,
    html: figures + troubleSection(table, toRun),
    runs: table.runs,
    wanted: wantedOf(table.plan),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    violated: counts.reduce((sum, { violated }) => sum + violated, 0),
  }
}

function runOf({ table, version }: Kept, place: number, seed: string): StudyRun {
  const { study, points } = table.plan
  const point = points[place]!
  const { reference, set } = point.strategy
  const scenario = study.bundle.scenarios[reference] ?? { fileName: reference, text: '' }
  const changes = [...set, ...overridesOf(study, point)]
  return { reference, scenario, changes, seed, digest: table.digest(place, seed), version }
}
