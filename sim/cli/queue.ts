// Studies shared out over a Redis server with BullMQ: `l2tpsim sweep --queue` puts batches in, `l2tpsim worker` processes anywhere take
// them out, join and leave at will. A batch may be performed twice when a worker dies, but its rows are stored once, by the one who
// asked. The packages are optional: everything else works without them.

import type * as Bullmq from 'bullmq'
import type { Queue, QueueEvents, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { fingerprint } from '../base/hash.ts'
import { VERSION } from '../base/version.ts'
import type { Batch } from '../sweep/batch.ts'
import type { Plan } from '../sweep/plan.ts'
import type { Study, StudyBundle } from '../sweep/study.ts'
import { planOfBundle } from './load-study.ts'
import { NEVER_ANSWERED, Pool, type Executor, type Performed } from './pool.ts'
import { InputError } from './shell.ts'

/** Workers take batches of their own version only. */
const QUEUE = `l2tpsim-${VERSION}`

/** Batches in the queue at a time: how many workers there are is not known. */
const APPETITE = 64

/** How long a batch whose worker fell silent is left alone, and how often that is looked at, in milliseconds. */
const LOCK_MS = 10_000
const STALLED_MS = 5_000

/** Seconds for which a study and its answers are kept on the server. */
const KEPT_S = 7 * 24 * 3600

interface Job {
  readonly plan: string
  readonly batch: Batch
}

interface KeptStudy {
  readonly bundle: StudyBundle
  readonly limits: Study['limits']
}

interface Libraries {
  readonly bullmq: Pick<typeof Bullmq, 'Queue' | 'QueueEvents' | 'UnrecoverableError' | 'Worker'>
  readonly Connection: typeof Redis
}

async function libraries(): Promise<Libraries> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')])
    return { bullmq, Connection: ioredis.Redis }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new InputError('queues need the packages bullmq and ioredis; install them with: npm install bullmq ioredis')
  }
}

/** Opens a connection, or says at once that there is no server. */
async function connect(url: string): Promise<Redis> {
  const { Connection } = await libraries()
  if (!/^rediss?:\/\//.test(url))
    throw new InputError(`--queue ${url}: expected the address of a Redis server, such as redis://localhost:6379`)
  let reached = false
  const redis = new Connection(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    retryStrategy: (times) => (reached ? Math.min(times * 200, 2_000) : null),
  })
  let why = 'it does not answer'
  redis.on('error', (error: Error) => {
    why = error.message
  })
  try {
    await redis.connect()
    reached = true
    return redis
  } catch {
    redis.disconnect()
    throw new InputError(`--queue ${url}: cannot reach the Redis server: ${why}`)
  }
}

const studyKey = (plan: string): string => `l2tpsim:study:${plan}`

/** An executor that has batches performed by whoever listens to the queue. */
export async function openQueue(url: string, plan: Plan): Promise<Executor> {
  const redis = await connect(url)
  const { bullmq } = await libraries()
  const kept: KeptStudy = { bundle: plan.study.bundle, limits: plan.study.limits }
  await redis.set(studyKey(plan.hash), JSON.stringify(kept), 'EX', KEPT_S)
  const queue = new bullmq.Queue<Job, Performed>(QUEUE, { connection: redis })
  // Each batch waited for listens until the queue closes; without this Node warns of a leak from the eleventh on.
  queue.setMaxListeners(2 * APPETITE)
  const listening = redis.duplicate()
  const events = new bullmq.QueueEvents(QUEUE, { connection: listening })
  await events.waitUntilReady()
  return new QueueExecutor({ queue, events, connections: [redis, listening], plan })
}

interface QueueParts {
  readonly queue: Queue<Job, Performed>
  readonly events: QueueEvents
  readonly connections: readonly Redis[]
  readonly plan: Plan
}

class QueueExecutor implements Executor {
  readonly appetite = APPETITE
  private readonly parts: QueueParts
  private closed = false

  constructor(parts: QueueParts) {
    this.parts = parts
  }

  async perform(batch: Batch): Promise<Performed> {
    const { queue, events, plan } = this.parts
    const jobId = `${plan.hash}-${fingerprint(JSON.stringify(batch))}`
    const keep = { age: KEPT_S, count: 10_000 }
    try {
      // The same batch asked for again, as after an interrupt, is answered from what is kept.
      const job = await queue.add('batch', { plan: plan.hash, batch }, { jobId, removeOnComplete: keep, removeOnFail: true })
      return await job.waitUntilFinished(events)
    } catch (error) {
      if (this.closed) return NEVER_ANSWERED
      throw new InputError(`a worker could not do its part: ${(error as Error).message}`)
    }
  }

  async close(): Promise<void> {
    this.closed = true
    const { queue, events, connections } = this.parts
    await Promise.allSettled([queue.close(), events.close()])
    for (const connection of connections) connection.disconnect()
  }
}

export interface QueueWorkerOptions {
  readonly url: string
  readonly threads: number
  /** Called when a batch has been done. */
  readonly done: (runs: number) => void
  readonly warn: (text: string) => void
}

/** Takes batches from the queue until it is closed; closing waits for those under way. */
export async function openWorker({ url, threads, done, warn }: QueueWorkerOptions): Promise<{ close(): Promise<void> }> {
  const redis = await connect(url)
  const { bullmq } = await libraries()
  const pools = new Pools(redis, threads)
  const perform = async ({ data }: { readonly data: Job }): Promise<Performed> => {
    const pool = await pools.of(data.plan)
    if (pool === undefined) throw new bullmq.UnrecoverableError(`worker and study differ, although both have version ${VERSION}`)
    const performed = await pool.perform(data.batch)
    done(performed.outcome.runs)
    return performed
  }
  const connection = redis.duplicate()
  const worker: Worker<Job, Performed> = new bullmq.Worker<Job, Performed>(QUEUE, perform, {
    connection,
    concurrency: threads * 2,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_MS,
    // However many workers die over it: the batch is done in the end.
    maxStalledCount: 1_000_000,
  })
  worker.on('error', (error) => {
    warn(error.message)
  })
  return {
    async close() {
      await worker.close()
      await pools.close()
      for (const open of [connection, redis]) open.disconnect()
    },
  }
}

/** A pool of threads for the study at hand; another study takes its place. */
class Pools {
  private readonly redis: Redis
  private readonly threads: number
  private current: { readonly plan: string; readonly pool: Promise<Pool | undefined> } | undefined

  constructor(redis: Redis, threads: number) {
    this.redis = redis
    this.threads = threads
  }

  /** Undefined when the study does not give the same plan here. */
  of(plan: string): Promise<Pool | undefined> {
    if (this.current?.plan !== plan) {
      const before = this.current
      this.current = { plan, pool: this.open(plan) }
      void before?.pool.then((pool) => pool?.close())
    }
    return this.current.pool
  }

  async close(): Promise<void> {
    await (await this.current?.pool)?.close()
  }

  private async open(hash: string): Promise<Pool | undefined> {
    const text = await this.redis.get(studyKey(hash))
    if (text === null) return undefined
    const { bundle, limits } = JSON.parse(text) as KeptStudy
    const read = planOfBundle(bundle)
    if (read.hash !== hash) return undefined
    return new Pool({ plan: { ...read, study: { ...read.study, limits } }, threads: this.threads })
  }
}
