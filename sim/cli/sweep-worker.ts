// The body of a worker thread: performs the batches it is sent, one after the other, and notes before each run which one it is
// about to do, so that the pool knows what a thread died of.

import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../base/assert.ts'
import { Performer, type Batch, type BatchOutcome } from '../sweep/batch.ts'
import { openBundle } from '../sweep/parse-study.ts'
import { planOf } from '../sweep/plan.ts'
import type { StudyBundle } from '../sweep/study.ts'

export interface WorkerStart {
  readonly bundle: StudyBundle
  /** Clock time one run may take. */
  readonly timeMs: number
  /** Where it notes the place in the batch of the run under way. */
  readonly place: SharedArrayBuffer
}

/** Batch number `order` is done; `tookMs` is the time it took on the clock. */
export interface WorkerAnswer {
  readonly order: number
  readonly outcome: BatchOutcome
  readonly tookMs: number
}

export interface WorkerTask {
  readonly order: number
  readonly batch: Batch
}

const { bundle, timeMs, place } = workerData as WorkerStart
const places = new Int32Array(place)
const opened = openBundle(bundle)
assert(opened.ok, 'a study that was read once cannot be read again')
const plan = planOf(opened.study)
assert(!('error' in plan), 'a study that had a plan has none any more')

const performer = new Performer(plan, {
  begun: (at) => {
    Atomics.store(places, 0, at)
  },
  stopwatch: () => {
    const end = performance.now() + timeMs
    return () => performance.now() > end
  },
})

parentPort?.on('message', ({ order, batch }: WorkerTask) => {
  const started = performance.now()
  const outcome = performer.perform(batch)
  Atomics.store(places, 0, -1)
  const answer: WorkerAnswer = { order, outcome, tookMs: performance.now() - started }
  parentPort?.postMessage(answer)
})
