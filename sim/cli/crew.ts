// Worker threads that perform many tasks of one kind: they are dealt out in small batches and come back in order. A task whose thread
// dies or hangs is given up, after a second try of its own; what becomes of it then, the caller says.

import { availableParallelism } from 'node:os'
import { Thread, type Death } from './thread.ts'

export interface CrewOptions<T, R> {
  /** The module that is the body of the threads, and what it is told at the start. */
  readonly body: URL
  readonly data: object
  /** One for each core when undefined. */
  readonly threads: number | undefined
  /** Of a task that killed its thread or never ended: `why` in words. */
  readonly givenUp: (task: T, why: string) => R
}

/** Tasks handed to a thread at a time. */
const BATCH = 16
/** Milliseconds one task may take. */
const PATIENCE_MS = 60_000

export class Crew<T, R> {
  readonly size: number
  private readonly threads: readonly Thread<readonly T[], readonly R[]>[]
  private readonly givenUp: CrewOptions<T, R>['givenUp']

  constructor({ body, data, threads = availableParallelism(), givenUp }: CrewOptions<T, R>) {
    const size = ({ length }: readonly T[]): number => length
    this.size = threads
    this.threads = Array.from({ length: threads }, () => new Thread({ body, data, timeMs: PATIENCE_MS, size }))
    this.givenUp = givenUp
  }

  /** The outcomes of `tasks`, in their order. */
  async perform(tasks: readonly T[]): Promise<readonly R[]> {
    const batches: Promise<readonly R[]>[] = []
    for (let i = 0; i < tasks.length; i += BATCH) batches.push(this.batch(tasks.slice(i, i + BATCH)))
    return (await Promise.all(batches)).flat()
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.stop()))
  }

  private async batch(tasks: readonly T[]): Promise<readonly R[]> {
    const done = await this.attempt(tasks)
    if ('outcome' in done) return done.outcome
    if (tasks.length === 1) return [await this.suspect(tasks[0]!, done)]
    // Each alone: the one that kills its thread is then known.
    const all: R[] = []
    for (const task of tasks) all.push(...(await this.batch([task])))
    return all
  }

  private attempt(tasks: readonly T[]): Promise<{ readonly outcome: readonly R[] } | Death> {
    return this.threads.reduce((least, next) => (next.load < least.load ? next : least)).perform(tasks)
  }

  private async suspect(task: T, { hung, why }: Death): Promise<R> {
    const again = hung ? undefined : await this.attempt([task])
    if (again !== undefined && 'outcome' in again) return again.outcome[0]!
    return this.givenUp(task, `the run ${hung ? '' : 'killed its worker: '}${why}`)
  }
}
