// A pool of worker threads that performs batches of runs. A run that kills its thread (out of memory) or never ends is recorded as
// failed after a second try of its own; everything else the thread had to do is done again. Not which runs there are: campaign.ts.

import { runsIn, seedOf, type Batch, type BatchOutcome, type Piece } from '../sweep/batch.ts'
import type { Plan } from '../sweep/plan.ts'
import { failedRow, rowLine } from '../sweep/result-row.ts'
import { InputError } from './shell.ts'
import type { SweepStart } from './sweep-worker.ts'
import { Thread, type Death } from './thread.ts'

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

const body = new URL('./sweep-worker.ts', import.meta.url)

function threadFor({ study }: Plan): Thread<Batch, BatchOutcome> {
  const { timeMs, memoryMb } = study.limits
  const data: SweepStart = { bundle: study.bundle, timeMs }
  return new Thread({ body, data, timeMs, memoryMb, size: runsIn })
}

export class Pool implements Executor {
  readonly appetite: number
  private readonly options: PoolOptions
  private readonly threads: Thread<Batch, BatchOutcome>[]
  private closed = false
  private falseStarts = 0

  constructor(options: PoolOptions) {
    this.options = options
    this.appetite = options.threads * AHEAD
    this.threads = Array.from({ length: options.threads }, () => threadFor(options.plan))
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
