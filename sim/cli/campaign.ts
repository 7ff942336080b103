// Carries a study out: takes runs from the schedule, has them performed, stores their rows, and, where a precision is wanted, decides
// after each round which points need more. What is decided depends on the results only, never on the order in which they came.

import { seedOf, type Batch, type BatchOutcome } from '../sweep/batch.ts'
import type { Plan } from '../sweep/plan.ts'
import { firstTargets, nextTargets, type Samples } from '../sweep/precision.ts'
import { parseRow } from '../sweep/result-row.ts'
import { countPending, Schedule, type Work } from '../sweep/schedule.ts'
import type { Executor } from './pool.ts'
import type { DoneRuns } from './results-folder.ts'

export interface Shard {
  /** From 1. */
  readonly index: number
  readonly count: number
}

export interface CampaignOptions {
  readonly plan: Plan
  readonly executor: Executor
  readonly done: DoneRuns
  /** Kernel events of a run of each point; NaN where unknown. Filled in as runs come back. */
  readonly costs: Float64Array
  /** What the runs already done say, where a precision is wanted. */
  readonly samples: Samples | undefined
  readonly shard: Shard | undefined
  /** Puts rows on the disk. */
  readonly store: (text: string) => Promise<void>
  readonly see: (progress: Progress) => void
  readonly now: () => number
}

export interface Progress {
  /** Runs done in all, and wanted as far as is known. */
  readonly done: number
  readonly wanted: number
  /** Of those done since the beginning of this campaign. */
  readonly performed: number
  readonly failed: number
  readonly violated: number
}

export type Ending = 'complete' | 'interrupted' | 'out-of-time' | 'out-of-runs'

/** Milliseconds of work to ask for at a time: enough to make asking cheap, little enough to lose. */
const BATCH_MS = 25
const MOST_IN_BATCH = 500
/** Milliseconds that runs under way are waited for after an interrupt. */
const GRACE_MS = 3_000

export class Campaign {
  private readonly options: CampaignOptions
  private readonly started: number
  private performed = 0
  private failed = 0
  private violated = 0
  private wanted = 0
  private msPerRun = BATCH_MS
  private interrupted = false
  private wake: () => void = () => undefined

  constructor(options: CampaignOptions) {
    this.options = options
    this.started = options.now()
  }

  /** Lets nothing more begin. */
  interrupt(): void {
    this.interrupted = true
    this.wake()
  }

  get progress(): Progress {
    const { performed, failed, violated, wanted } = this
    return { done: this.options.done.count, wanted, performed, failed, violated }
  }

  async run(): Promise<Ending> {
    const { plan } = this.options
    let { targets, limited } = firstTargets(plan)
    for (;;) {
      await this.round(targets)
      if (this.interrupted) return 'interrupted'
      if (this.isOutOfTime) return 'out-of-time'
      if (this.options.samples === undefined) return limited ? 'out-of-runs' : 'complete'
      const next = nextTargets(plan.study, this.options.samples, targets)
      if (next === undefined) return limited ? 'out-of-runs' : 'complete'
      targets = next.targets
      limited = next.limited
    }
  }

  private get isOutOfTime(): boolean {
    const { timeNs } = this.options.plan.study.budget
    return timeNs !== undefined && (this.options.now() - this.started) * 1e6 >= timeNs
  }

  private workFor(targets: readonly number[]): Work {
    const { plan, done, costs, shard } = this.options
    const { count } = plan.study.seeds
    return {
      targets,
      isDone: (point, offset) => done.has(point, offset),
      isOurs: (point, offset) => shard === undefined || (point * count + offset) % shard.count === shard.index - 1,
      costOf: (point) => costs[point] ?? NaN,
    }
  }

  /** Does all that `targets` want and that is not done. */
  private async round(targets: readonly number[]): Promise<void> {
    const work = this.workFor(targets)
    let left = countPending(work)
    this.wanted = this.options.done.count + left
    this.options.see(this.progress)
    const schedule = new Schedule(work)
    const underWay = new Set<Promise<void>>()
    let broken: { readonly error: unknown } | undefined
    while (!this.interrupted && !this.isOutOfTime && broken === undefined) {
      const batch = schedule.take(this.batchSize(left))
      if (batch.length === 0) break
      left -= batch.reduce((sum, { count }) => sum + count, 0)
      const work = this.perform(batch).catch((error: unknown) => {
        broken ??= { error }
      })
      const tracked = work.finally(() => underWay.delete(tracked))
      underWay.add(tracked)
      if (underWay.size >= this.options.executor.appetite) await Promise.race([...underWay, this.interruption()])
    }
    await this.settle(underWay)
    if (broken !== undefined) throw broken.error
  }

  private interruption(): Promise<void> {
    if (this.interrupted) return Promise.resolve()
    return new Promise((resolve) => {
      this.wake = resolve
    })
  }

  /** Waits for what is under way; after an interrupt, not for ever. */
  private async settle(underWay: ReadonlySet<Promise<void>>): Promise<void> {
    const all = Promise.all(underWay)
    await Promise.race([all, this.interruption()])
    if (!this.interrupted) return
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, GRACE_MS)
    })
    await Promise.race([all, patience])
    clearTimeout(timer)
  }

  private batchSize(left: number): number {
    const byTime = Math.min(MOST_IN_BATCH, Math.round(BATCH_MS / Math.max(this.msPerRun, 1e-3)))
    // Towards the end in smaller portions, so that all finish together.
    const fair = Math.ceil(left / (this.options.executor.appetite * 2))
    return Math.max(1, Math.min(byTime, fair))
  }

  private async perform(batch: Batch): Promise<void> {
    const { outcome, tookMs } = await this.options.executor.perform(batch)
    if (tookMs > 0) this.msPerRun += (tookMs / outcome.runs - this.msPerRun) * 0.3
    this.note(batch, outcome)
    await this.options.store(outcome.text)
    this.options.see(this.progress)
  }

  private note(batch: Batch, { text, runs, failed, violated, events }: BatchOutcome): void {
    const { done, costs } = this.options
    for (const [i, { point, first, count }] of batch.entries()) {
      for (let offset = first; offset < first + count; offset++) done.add(point, offset)
      const cost = events[i]
      if (cost !== undefined) costs[point] = cost / count
    }
    this.performed += runs
    this.failed += failed
    this.violated += violated
    if (this.options.samples !== undefined) this.learn(batch, text)
  }

  private learn(batch: Batch, text: string): void {
    const { plan, samples } = this.options
    const lines = text.split('\n')
    let at = 0
    for (const { point, first, count } of batch) {
      for (let offset = first; offset < first + count; offset++) {
        const row = parseRow(lines[at++] ?? '')
        if (row?.seed === seedOf(plan, offset)) samples?.add(point, offset, row)
      }
    }
  }
}
