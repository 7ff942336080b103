// Keeps the run in step with the question: hands each new question to the worker, takes its answers, and drops those that are no longer
// wanted. Also the way to the other workers: the one of the second run, the pool for many seeds, exports.

import { batch, effect } from '@preact/signals'
import type { ReproParts } from '../sim/hunt/repro-parts.ts'
import type { Origin } from './model/model.ts'
import { readyWorker } from './run/first-worker.ts'
import { Hand } from './run/hand.ts'
import type { Answer, ExportFormat, ExportSource } from './run/protocol.ts'
import {
  ask,
  dockTab,
  expectedDigest,
  failure,
  form,
  inquiry,
  issues,
  model,
  openedFile,
  otherInquiry,
  otherModel,
  progress,
  questionOf,
  seedResults,
  seedRun,
  type Inquiry,
  type OpenedFile,
} from './state.ts'

let runTicket = 0
let shownTicket = 0
let busy = false
let waiting: Inquiry | undefined

const main = new Hand((answer) => {
  if (answer.ticket !== runTicket) return
  if (answer.answer === 'progress') progress.value = answer.share
  else settle(answer)
}, readyWorker())

/** An answer to the latest question; if the question has changed meanwhile, the next one is asked at once. */
function settle(answer: Answer): void {
  busy = false
  progress.value = undefined
  if (answer.answer === 'model') {
    shownTicket = answer.ticket
    issues.value = []
    failure.value = undefined
    batch(() => {
      model.value = answer.model
      const file = openedFile.peek()
      if (file !== undefined) inquiry.value = inquiryOfTrace(file.name, answer.model.origin)
    })
    if (answer.form.length > 0) form.value = answer.form
  } else if (answer.answer === 'issues') issues.value = answer.issues
  else if (answer.answer === 'failed') failure.value = answer.message
  const next = waiting
  waiting = undefined
  if (next !== undefined) start(next)
}

/** What a trace is the answer to: whatever is changed from here on is changed in its own scenario, under its own seed. */
function inquiryOfTrace(name: string, { yaml, seed }: Origin): Inquiry {
  const fileName = `${name.replace(/\.[^.]*$/, '')}.yaml`
  return { shipped: undefined, text: yaml, fileName, changes: [], interventions: [], seed }
}

function start(next: Inquiry): void {
  busy = true
  progress.value = 0
  const file = openedFile.peek()
  runTicket = main.give(file === undefined ? { order: 'run', question: questionOf(next) } : { order: 'read', file: file.file })
}

/** A short run is let finish, so that a moving slider shows every run it can; a long one is given up for the new question. */
const PATIENCE_MS = 250
let startedAt = 0

function request(next: Inquiry): void {
  if (busy && performance.now() - startedAt < PATIENCE_MS) {
    waiting = next
    return
  }
  waiting = undefined
  startedAt = performance.now()
  start(next)
}

/** Whether the run shown is the answer to the present question. */
export const isSettled = (): boolean => shownTicket === runTicket && !busy && waiting === undefined

let readFile: OpenedFile | undefined

/** Begins to answer questions. */
export function beginSession(): void {
  effect(() => {
    const next = inquiry.value
    const file = openedFile.value
    // A trace is read once; that its scenario becomes known asks nothing new.
    if (file !== undefined && file === readFile) return
    readFile = file
    if (next.text !== '' || file !== undefined) request(next)
  })
  effect(() => {
    const other = otherInquiry.value
    if (other === undefined) otherModel.value = undefined
    else askOther(other)
  })
}

let second: Hand | undefined

function askOther(other: Inquiry): void {
  second ??= new Hand((answer, hand) => {
    if (answer.ticket !== hand.latest) return
    if (answer.answer === 'model') otherModel.value = answer.model
    else if (answer.answer === 'failed') failure.value = answer.message
    else if (answer.answer === 'issues') failure.value = answer.issues.map(({ message }) => message).join('; ')
  })
  second.give({ order: 'run', question: questionOf(other) })
}

/** Makes a file of the present run. */
export function exportRun(format: ExportFormat): Promise<{ readonly name: string; readonly blob: Blob }> {
  const file = openedFile.peek()
  const source: ExportSource = file === undefined ? { question: questionOf(inquiry.peek()) } : { file: file.file }
  return new Promise((resolve, reject) => {
    const hand = new Hand((answer) => {
      hand.end()
      if (answer.answer === 'export') resolve({ name: answer.name, blob: answer.blob })
      else reject(new Error(answer.answer === 'failed' ? answer.message : 'no file was made'))
    })
    hand.give({ order: 'export', source, format })
  })
}

/** Opens a repro file: the run it is about, with its faults as interventions, at the record that shows the violation. */
export function openRepro(text: string, fileName: string): void {
  const hand = new Hand((answer) => {
    hand.end()
    if (answer.answer === 'repro') showRepro(answer.repro, fileName)
    else if (answer.answer === 'issues') {
      const first = answer.issues[0]
      failure.value = `${fileName}:${String(first?.line ?? 0)}:${String(first?.column ?? 0)} ${first?.message ?? ''}`
    } else if (answer.answer === 'failed') failure.value = answer.message
  })
  hand.give({ order: 'repro', text, fileName })
}

function showRepro({ text, interventions, changes, seed, digest, version, record }: ReproParts, fileName: string): void {
  dockTab.value = 'ladder'
  ask({ shipped: undefined, text, fileName, changes, interventions, seed })
  expectedDigest.value = { digest, version, source: 'The repro', record }
}

let pool: Hand[] = []

/** Seeds handed to a worker at a time: few, so that all end together. */
const BATCH = 4

/** Runs the present scenario with many seeds, on all processors but one; results come in as they are made. */
export function runSeeds(seeds: readonly string[]): void {
  cancelSeeds()
  seedResults.value = []
  seedRun.value = { wanted: seeds.length, running: true }
  const question = questionOf(inquiry.peek())
  const left = [...seeds]
  const next = (hand: Hand): void => {
    const batch = left.splice(0, BATCH)
    if (batch.length > 0) hand.give({ order: 'seeds', question, seeds: batch })
  }
  const hear = (answer: Answer, hand: Hand): void => {
    if (answer.answer === 'seed') {
      seedResults.value = [...seedResults.value, answer.result]
      if (seedResults.value.length === seeds.length) cancelSeeds()
    } else if (answer.answer === 'done') next(hand)
    else cancelSeeds()
  }
  const hands = Math.max(1, Math.min(8, navigator.hardwareConcurrency - 1))
  pool = Array.from({ length: hands }, () => new Hand(hear))
  pool.forEach(next)
}

/** Stops the runs of many seeds; what there is stays. */
export function cancelSeeds(): void {
  pool.forEach((hand) => {
    hand.end()
  })
  pool = []
  seedRun.value = { ...seedRun.value, running: false }
}

/** Checks a text without running it. */
export function checkText(text: string, hear: (found: typeof issues.value) => void): void {
  checker ??= new Hand((answer, hand) => {
    if (answer.ticket === hand.latest && answer.answer === 'issues') heard(answer.issues)
  })
  heard = hear
  checker.give({ order: 'check', question: questionOf({ ...inquiry.peek(), text }) })
}

let checker: Hand | undefined
let heard: (found: typeof issues.value) => void = () => undefined
