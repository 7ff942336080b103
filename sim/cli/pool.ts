// A pool of worker threads that performs batches of runs. A run that kills its thread (out of memory) or never ends is recorded as
// failed after a second try of its own; everything else the thread had to do is done again. Not which runs there are: campaign.ts.

import { Worker } from 'node:worker_threads'
import { runsIn, seedOf, type Batch, type BatchOutcome, type Piece } from '../sweep/batch.ts'
import type { Plan } from '../sweep/plan.ts'
import { failedRow, rowLine } from '../sweep/result-row.ts'
import { InputError } from './shell.ts'
import type { WorkerAnswer, WorkerStart, WorkerTask } from './sweep-worker.ts'

/** Performs batches somewhere. */
export interface Executor {
  /** Batches it can usefully have at a time. */
  readonly appetite: number
  perform(batch: Batch): Promise<Performed>
  /** Gives up what is under way. */
  close(): Promise<void>
}

export interface Performed {
  readonly outcome: BatchOutcome
  /** Clock time it took. */
  readonly tookMs: number
}

/** What becomes of a batch that was given up: nobody hears of it again. */
export const NEVER_ANSWERED = new Promise<never>(() => {
  // Neither kept nor broken.
})

export interface PoolOptions {
  readonly plan: Plan
  readonly threads: number
}

/** Batches a thread has before it, so that it need not wait for the next. */
const AHEAD = 2

interface Waiting {
  readonly task: WorkerTask
  readonly answer: (performed: Performed) => void
  readonly fail: (death: Death) => void
}

/** Why a batch was not performed; `place` is the run that was under way, -1 when none of it was. */
interface Death {
  readonly why: string
  readonly place: number
  /** It had to be stopped because it did not end. */
  readonly hung: boolean
}

export class Pool implements Executor {
  readonly appetite: number
  private readonly options: PoolOptions
  private readonly threads: Thread[]
  private closed = false
  private falseStarts = 0

  constructor(options: PoolOptions) {
    this.options = options
    this.appetite = options.threads * AHEAD
    this.threads = Array.from({ length: options.threads }, () => new Thread(options.plan))
  }

  async perform(batch: Batch): Promise<Performed> {
    const death = await this.attempt(batch)
    return 'outcome' in death ? death : this.recover(batch, death)
  }

  async close(): Promise<void> {
    this.closed = true
    await Promise.all(this.threads.map((thread) => thread.stop()))
  }

  private attempt(batch: Batch): Promise<Performed | Death> {
    const thread = this.threads.reduce((least, next) => (next.load < least.load ? next : least))
    return thread.perform(batch)
  }

  /** Does what can be done of a batch whose thread died. */
  private async recover(batch: Batch, death: Death): Promise<Performed> {
    // Nothing more will be answered; the runs stay to be done another time.
    if (this.closed) return NEVER_ANSWERED
    if (death.place < 0) {
      // It died before its first run; when that happens again and again, no run will ever be done.
      if (++this.falseStarts > this.options.threads + 2) throw new InputError(`workers cannot start: ${death.why}`)
      return this.perform(batch)
    }
    this.falseStarts = 0
    const [before, culprit, after] = splitAt(batch, death.place)
    const parts: Performed[] = []
    if (before.length > 0) parts.push(await this.perform(before))
    parts.push(await this.suspect(culprit, death))
    if (after.length > 0) parts.push(await this.perform(after))
    return joined(parts)
  }

  /** Tries the one run under way when a thread died once more, unless it hung. */
  private async suspect(culprit: Batch, death: Death): Promise<Performed> {
    const again = death.hung ? death : await this.attempt(culprit)
    if ('outcome' in again) return again
    return again.place < 0 && !again.hung ? this.perform(culprit) : this.givenUp(culprit, again.why)
  }

  private givenUp(batch: Batch, why: string): Performed {
    const { plan } = this.options
    const { point, first } = batch[0]!
    const row = failedRow(plan.study, plan.points[point]!, { seed: seedOf(plan, first), status: 'gave-up', error: why })
    return { outcome: { text: rowLine(row), runs: 1, failed: 1, violated: 0, events: [0] }, tookMs: 0 }
  }
}

/** A batch in three: the runs before `place`, that run, and those after it. */
function splitAt(batch: Batch, place: number): readonly [Batch, Batch, Batch] {
  const parts: [Piece[], Piece[], Piece[]] = [[], [], []]
  let at = 0
  for (const { point, first, count } of batch) {
    const cut = Math.min(Math.max(place - at, 0), count)
    const isHere = place >= at && place < at + count
    if (cut > 0) parts[0].push({ point, first, count: cut })
    if (isHere) parts[1].push({ point, first: first + cut, count: 1 })
    const rest = count - cut - (isHere ? 1 : 0)
    if (rest > 0) parts[2].push({ point, first: first + count - rest, count: rest })
    at += count
  }
  return parts
}

function joined(parts: readonly Performed[]): Performed {
  const outcomes = parts.map(({ outcome }) => outcome)
  const sum = (of: (outcome: BatchOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0)
  return {
    outcome: {
      text: outcomes.map(({ text }) => text).join(''),
      runs: sum(({ runs }) => runs),
      failed: sum(({ failed }) => failed),
      violated: sum(({ violated }) => violated),
      events: [],
    },
    tookMs: parts.reduce((total, { tookMs }) => total + tookMs, 0),
  }
}

const body = new URL('./sweep-worker.ts', import.meta.url)

/** From the sources a thread needs a start of its own; compiled, the body is JavaScript beside this file. */
const entry = import.meta.url.endsWith('.ts')
  ? new URL('./worker-boot.mjs', import.meta.url)
  : new URL(body.href.replace(/\.ts$/, '.js'))

/** One place for a thread: when the thread dies, the next one takes over. */
class Thread {
  private readonly plan: Plan
  private readonly place = new SharedArrayBuffer(4)
  private readonly places = new Int32Array(this.place)
  private waiting: Waiting[] = []
  private worker: Worker | undefined
  private order = 0
  private watch: NodeJS.Timeout | undefined

  constructor(plan: Plan) {
    this.plan = plan
  }

  /** Runs it still has to do. */
  get load(): number {
    return this.waiting.reduce((sum, { task }) => sum + runsIn(task.batch), 0)
  }

  perform(batch: Batch): Promise<Performed | Death> {
    const task = { order: this.order++, batch }
    if (this.waiting.length === 0) this.begin()
    const answer = new Promise<Performed | Death>((resolve) => {
      this.waiting.push({ task, answer: resolve, fail: resolve })
    })
    this.worker ??= this.start()
    this.worker.postMessage(task)
    return answer
  }

  async stop(): Promise<void> {
    clearTimeout(this.watch)
    const { worker } = this
    this.worker = undefined
    await worker?.terminate()
  }

  private start(): Worker {
    const { study } = this.plan
    const { timeMs, memoryMb } = study.limits
    const workerData: WorkerStart = { bundle: study.bundle, timeMs, place: this.place }
    const resourceLimits = memoryMb === undefined ? {} : { maxOldGenerationSizeMb: memoryMb }
    const worker = new Worker(entry, { workerData, resourceLimits })
    worker.on('message', (answer: WorkerAnswer) => {
      this.answered(answer)
    })
    worker.on('error', (error: Error & { code?: string }) => {
      this.died(worker, { why: reasonOf(error), hung: false })
    })
    worker.on('exit', () => {
      this.died(worker, { why: 'the worker ended by itself', hung: false })
    })
    return worker
  }

  /** A run has begun, or may begin: none is known to be under way yet. */
  private begin(): void {
    Atomics.store(this.places, 0, -1)
    this.guard(-1)
  }

  private answered({ order, outcome, tookMs }: WorkerAnswer): void {
    const [first] = this.waiting
    if (first?.task.order !== order) return
    this.waiting.shift()
    if (this.waiting.length > 0) this.guard(-1)
    else clearTimeout(this.watch)
    first.answer({ outcome, tookMs })
  }

  /** Stops a run that does not even come to the question whether it is late. `seen` is the run under way at the last look. */
  private guard(seen: number): void {
    clearTimeout(this.watch)
    const patience = this.plan.study.limits.timeMs * 2 + START_MS
    this.watch = setTimeout(() => {
      const place = Atomics.load(this.places, 0)
      const isSame = place === seen && place >= 0
      if (!isSame) this.guard(place)
      else this.kill('did not end, and could not be interrupted')
    }, patience)
    this.watch.unref()
  }

  private kill(why: string): void {
    const { worker } = this
    if (worker === undefined) return
    this.died(worker, { why, hung: true })
    void worker.terminate()
  }

  private died(worker: Worker, { why, hung }: Omit<Death, 'place'>): void {
    if (worker !== this.worker) return
    this.worker = undefined
    clearTimeout(this.watch)
    const place = Atomics.load(this.places, 0)
    const { waiting } = this
    this.waiting = []
    for (const [i, { fail }] of waiting.entries()) fail({ why, hung: hung && i === 0, place: i === 0 ? place : -1 })
  }
}

/** How long a thread may take to start, beside its first run. */
const START_MS = 10_000

function reasonOf({ code, message }: Error & { code?: string }): string {
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'needed more memory than a worker has' : message
}
