// The body of a worker thread of a hunt: performs the recipes it is sent, in order, and notes before each which one it is about to do.

import { parentPort, workerData } from 'node:worker_threads'
import { Hunter } from '../hunt/hunter.ts'
import type { Hunted } from '../hunt/search.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { Answer, Task, ThreadStart } from './thread.ts'

export interface HuntStart {
  /** The scenario that is hunted; undefined for the swarm. */
  readonly hunted: Scenario | undefined
}

const { hunted, place } = workerData as HuntStart & ThreadStart
const places = new Int32Array(place)
const hunter = new Hunter(hunted)

parentPort?.on('message', ({ order, batch }: Task<readonly string[]>) => {
  const started = performance.now()
  const outcome = batch.map((recipe, i): Hunted => {
    Atomics.store(places, 0, i)
    return hunter.hunt(recipe)
  })
  Atomics.store(places, 0, -1)
  const answer: Answer<readonly Hunted[]> = { order, outcome, tookMs: performance.now() - started }
  parentPort?.postMessage(answer)
})
