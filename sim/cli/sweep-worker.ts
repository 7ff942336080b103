// The body of a worker thread: performs the batches it is sent, one after the other, and notes before each run which one it is
// about to do, so that the pool knows what a thread died of.

import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../base/assert.ts'
import { Performer, type Batch, type BatchOutcome } from '../sweep/batch.ts'
import { openBundle } from '../sweep/parse-study.ts'
import { planOf } from '../sweep/plan.ts'
import type { StudyBundle } from '../sweep/study.ts'
import type { Answer, Task, ThreadStart } from './thread.ts'

export interface SweepStart {
  readonly bundle: StudyBundle
  /** Clock time one run may take. */
  readonly timeMs: number
}

const { bundle, timeMs, place } = workerData as SweepStart & ThreadStart
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

parentPort?.on('message', ({ order, batch }: Task<Batch>) => {
  const started = performance.now()
  const outcome = performer.perform(batch)
  Atomics.store(places, 0, -1)
  const answer: Answer<BatchOutcome> = { order, outcome, tookMs: performance.now() - started }
  parentPort?.postMessage(answer)
})
