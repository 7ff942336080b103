// A place for a worker thread that performs tasks in order: when the thread dies or hangs, whoever waits is told what it died of, and the
// next task has a new thread. Which tasks there are is the caller's business (pool.ts for studies, crew.ts for the rest).

import { Worker } from 'node:worker_threads'

/** What a thread's body is sent, and what it answers. `place` (see ThreadOptions) tells which part of the task is under way. */
export interface Task<T> {
  readonly order: number
  readonly batch: T
}

export interface Answer<R> {
  readonly order: number
  readonly outcome: R
  /** Clock time it took. */
  readonly tookMs: number
}

/** Why a task was not performed; `place` is the part that was under way, -1 when none of it was. */
export interface Death {
  readonly why: string
  readonly place: number
  /** It had to be stopped because it did not end. */
  readonly hung: boolean
}

/** Every body finds these in its `workerData`. */
export interface ThreadStart {
  /** Address of the body's source. */
  readonly body: string
  /** Where it notes the part of the task under way. */
  readonly place: SharedArrayBuffer
}

export interface ThreadOptions<T> {
  /** The module that is the body, as TypeScript source. */
  readonly body: URL
  /** What the body is told at the start, beside ThreadStart. */
  readonly data: object
  /** Clock time one part of a task may take; a body that is late by far is stopped. */
  readonly timeMs: number
  readonly memoryMb?: number | undefined
  /** How much work a task is. */
  readonly size: (task: T) => number
}

type Performed<R> = Omit<Answer<R>, 'order'>

interface Waiting<T, R> {
  readonly task: Task<T>
  readonly answer: (performed: Performed<R> | Death) => void
}

/** From the sources a thread needs a start of its own; compiled, the body is JavaScript beside its source's name. */
const entryOf = (body: URL): URL =>
  import.meta.url.endsWith('.ts') ? new URL('./worker-boot.mjs', import.meta.url) : new URL(body.href.replace(/\.ts$/, '.js'))

export class Thread<T, R> {
  private readonly options: ThreadOptions<T>
  private readonly place = new SharedArrayBuffer(4)
  private readonly places = new Int32Array(this.place)
  private waiting: Waiting<T, R>[] = []
  private worker: Worker | undefined
  private order = 0
  private watch: NodeJS.Timeout | undefined

  constructor(options: ThreadOptions<T>) {
    this.options = options
  }

  /** Work it still has to do. */
  get load(): number {
    return this.waiting.reduce((sum, { task }) => sum + this.options.size(task.batch), 0)
  }

  perform(batch: T): Promise<Performed<R> | Death> {
    const task = { order: this.order++, batch }
    if (this.waiting.length === 0) this.begin()
    const answer = new Promise<Performed<R> | Death>((resolve) => {
      this.waiting.push({ task, answer: resolve })
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
    const { body, data, memoryMb } = this.options
    const workerData: ThreadStart = { ...data, body: body.href, place: this.place }
    const resourceLimits = memoryMb === undefined ? {} : { maxOldGenerationSizeMb: memoryMb }
    const worker = new Worker(entryOf(body), { workerData, resourceLimits })
    worker.on('message', (answer: Answer<R>) => {
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

  private answered({ order, outcome, tookMs }: Answer<R>): void {
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
    const patience = this.options.timeMs * 2 + START_MS
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
    for (const [i, { answer }] of waiting.entries()) answer({ why, hung: hung && i === 0, place: i === 0 ? place : -1 })
  }
}

/** How long a thread may take to start, beside its first run. */
const START_MS = 10_000

function reasonOf({ code, message }: Error & { code?: string }): string {
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'needed more memory than a worker has' : message
}
