// The body of a worker thread of `l2tpsim explore`: runs and judges the plans it is sent, in order, and notes before each which one it is
// about to do.

import { parentPort, workerData } from 'node:worker_threads'
import { judge, type Ground, type Plan } from '../explore/index.ts'
import type { Finding } from '../hunt/outcome.ts'
import type { Answer, Task, ThreadStart } from './thread.ts'

export interface ExploreStart {
  readonly ground: Ground
}

const { ground, place } = workerData as ExploreStart & ThreadStart
const places = new Int32Array(place)

parentPort?.on('message', ({ order, batch }: Task<readonly Plan[]>) => {
  const started = performance.now()
  const outcome = batch.map((plan, i) => {
    Atomics.store(places, 0, i)
    return judge(ground, plan)
  })
  Atomics.store(places, 0, -1)
  const answer: Answer<readonly (Finding | undefined)[]> = { order, outcome, tookMs: performance.now() - started }
  parentPort?.postMessage(answer)
})
