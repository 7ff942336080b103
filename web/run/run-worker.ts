// The worker: runs scenarios, reads traces, tries many seeds and writes exports, so that the page never waits for a simulation. A run
// goes on in slices, and a newer order of the same kind ends it.

import { NEVER } from '../../sim/base/time.ts'
import { VERSION } from '../../sim/base/version.ts'
import { Run } from '../../sim/run/run.ts'
import { scenarioHash } from '../../sim/scenario/canonical.ts'
import type { Issue } from '../../sim/scenario/parse.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import { scenarioToYaml } from '../../sim/scenario/written.ts'
import { formOf } from '../form/form-fields.ts'
import { modelOfRun, modelOfTrace } from '../model/build.ts'
import type { RunModel } from '../model/model.ts'
import { buffersOf, columnWriter } from '../trace/columns.ts'
import { exported } from './exports.ts'
import { parseQuestion } from './parse-question.ts'
import type { Answer, Order, Question, SeedResult, ShownIssue } from './protocol.ts'
import { readFile } from './trace-file.ts'

/** Latest order whose result is still wanted; older runs and series of seeds end when they notice. */
let latest = 0

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  if (data.order === 'run' || data.order === 'read' || data.order === 'seeds') latest = data.ticket
  obey(data).catch((error: unknown) => {
    tell({
      answer: 'failed',
      ticket: data.ticket,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  })
})

function tell(answer: Answer, transfer: Transferable[] = []): void {
  postMessage(answer, { transfer })
}

async function obey(order: Order): Promise<void> {
  switch (order.order) {
    case 'run':
      await run(order.ticket, order.question)
      break
    case 'read':
      await read(order.ticket, order.file)
      break
    case 'check': {
      const { parsed } = parseQuestion(order.question)
      tell({ answer: 'issues', ticket: order.ticket, issues: parsed.ok ? [] : parsed.issues.map(shownIssue) })
      break
    }
    case 'seeds':
      await trySeeds(order.ticket, order.question, order.seeds)
      break
    case 'export': {
      const { name, blob } = await exported(order.source, order.format)
      tell({ answer: 'export', ticket: order.ticket, name, blob })
      break
    }
    case 'repro': {
      const { ticket, text, fileName } = order
      const opened = (await import('./repro-order.ts')).openedRepro(text, fileName)
      if ('issues' in opened) tell({ answer: 'issues', ticket, issues: opened.issues.map(shownIssue) })
      else tell({ answer: 'repro', ticket, ...opened })
      break
    }
    default: {
      const { obeyStudy } = await import('./study-orders.ts')
      const outcome = await obeyStudy(order)
      const { ticket } = order
      tell('issues' in outcome ? { answer: 'issues', ticket, issues: outcome.issues.map(shownIssue) } : { ...outcome, ticket })
    }
  }
}

function shownIssue({ file, line, column, message, expected, suggestion, path, frame }: Issue): ShownIssue {
  const hints = [
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(suggestion === undefined ? [] : [`did you mean ${suggestion}?`]),
  ]
  const inText = file !== '--set'
  const width = /\^+/.exec(frame)?.[0].length ?? 1
  return { line: inText ? line : 0, column: inText ? column : 0, width, path, message, hint: hints.join('; ') }
}

/** Kernel events between two looks for newer orders. */
const SLICE = 20_000

async function run(ticket: number, question: Question): Promise<void> {
  const { parsed, sets } = parseQuestion(question)
  if (!parsed.ok) {
    tell({ answer: 'issues', ticket, issues: parsed.issues.map(shownIssue) })
    return
  }
  const { scenario } = parsed
  const writer = columnWriter()
  const started = performance.now()
  const running = new Run(scenario, { folds: [writer], ...(question.seed === undefined ? {} : { seed: question.seed }) })
  while (running.advance(running.end, SLICE)) {
    tell({ answer: 'progress', ticket, share: running.now / running.end, records: running.records })
    await breath()
    if (ticket !== latest) return
  }
  const result = running.result()
  const wallMs = performance.now() - started
  const trace = writer.end(running.now)
  const origin = {
    title: scenario.name,
    shows: scenario.shows,
    seed: running.seed,
    version: VERSION,
    scenarioHash: scenarioHash(scenario),
    yaml: scenarioToYaml(scenario),
    sets,
    damaged: false,
  }
  tellModel(ticket, modelOfRun({ scenario, origin, trace, result, wallMs }), scenario)
}

function tellModel(ticket: number, model: RunModel, scenario: Scenario | undefined): void {
  const { messages, effects, instants } = model
  const { seq, endSeq, packet, sentAt, endAt, from, to, lane, kind, flags } = messages
  const tables = [seq, endSeq, packet, sentAt, endAt, from, to, lane, kind, flags, effects.first, effects.next, instants]
  const buffers = [...buffersOf(model.trace), ...tables.map(({ buffer }) => buffer as ArrayBuffer)]
  tell({ answer: 'model', ticket, model, form: scenario === undefined ? [] : formOf(scenario) }, [...new Set(buffers)])
}

/** Lets waiting messages in. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}

async function read(ticket: number, file: Blob): Promise<void> {
  const reading = await readFile(file)
  if (!reading.ok) {
    tell({ answer: 'failed', ticket, message: `line ${String(reading.line)}: ${reading.message}` })
    return
  }
  const made = modelOfTrace(reading)
  if (made.ok) tellModel(ticket, made.model, undefined)
  else tell({ answer: 'failed', ticket, message: made.message })
}

async function trySeeds(ticket: number, question: Question, seeds: readonly string[]): Promise<void> {
  const { parsed } = parseQuestion(question)
  if (!parsed.ok) {
    tell({ answer: 'issues', ticket, issues: parsed.issues.map(shownIssue) })
    return
  }
  for (const seed of seeds) {
    tell({ answer: 'seed', ticket, result: resultOf(parsed.scenario, seed) })
    await breath()
    if (ticket !== latest) return
  }
  tell({ answer: 'done', ticket })
}

function resultOf(scenario: Scenario, seed: string): SeedResult {
  const tried = new Run(scenario, { seed })
  tried.advance(NEVER)
  const { verdict, digest, metrics: values, violations } = tried.result()
  return {
    seed,
    verdict,
    digest,
    timeToSynchronised: finite(values['timeToSynchronised']),
    sessionsLost: finite(values['sessionsLost']),
    outageMax: finite(values['outageMax']),
    violations: violations.length,
  }
}

function finite(value: number | null | undefined): number | null {
  return value === undefined || value === null || !Number.isFinite(value) ? null : value
}
