// Carries searches to their ends while worker threads run and judge the plans they make. What is found and counted does not depend on
// the number of threads: plans are judged in the order in which they were made, and the first that broke something decides.

import { setImmediate } from 'node:timers/promises'
import { fatal, groundOf, type Explorer, type Ground, type Plan, type Proposal } from '../explore/index.ts'
import type { Finding } from '../hunt/outcome.ts'
import { Crew } from './crew.ts'
import type { Keeper } from './explore-keep.ts'
import type { Shell } from './shell.ts'

/** `time`, or the status of an interruption; undefined when the search went to its own end. */
export type Stopped = 'time' | number | undefined

type Judges = Crew<Plan, Finding | undefined>

function judgesFor(ground: Ground, threads: number | undefined): Judges {
  const body = new URL('./explore-worker.ts', import.meta.url)
  return new Crew<Plan, Finding | undefined>({ body, data: { ground }, threads, givenUp: (_, why) => fatal(why) })
}

/** States looked at between two looks at the clock and at signals. */
const SLICE = 200
/** Plans handed out together at least, while more are to come. */
const SHARE = 32
/** Shares under way for each thread; the search waits when there are more. */
const AHEAD = 8

interface Share {
  readonly proposals: readonly Proposal[]
  readonly answer: Promise<readonly (Finding | undefined)[]>
  isOver: boolean
}

/** The plans of one search that are being judged, in their order. */
class Docket {
  private readonly explorer: Explorer
  private readonly judges: () => Judges
  private waiting: Proposal[] = []
  private shares: Share[] = []

  constructor(explorer: Explorer, judges: () => Judges) {
    this.explorer = explorer
    this.judges = judges
  }

  /** Hands out the plans that were made since, when there are at least so many. */
  hand(least: number): void {
    this.waiting.push(...this.explorer.proposed())
    if (this.waiting.length < least) return
    const proposals = this.waiting
    this.waiting = []
    const answer = this.judges().perform(proposals.map(({ plan }) => plan))
    const share: Share = { proposals, answer, isOver: false }
    const over = (): void => {
      share.isOver = true
    }
    answer.then(over, over)
    this.shares.push(share)
  }

  /** Takes what has been judged, and waits until at most so many shares are under way; true when something was broken. */
  async settle(most: number): Promise<boolean> {
    for (let first = this.shares[0]; first?.isOver === true || this.shares.length > most; first = this.shares[0]) {
      if (first === undefined) return false
      const findings = await first.answer
      this.shares.shift()
      const broken = findings.findIndex((finding) => finding !== undefined)
      if (broken < 0) continue
      this.shares = []
      this.explorer.found(first.proposals[broken]!, findings[broken]!)
      return true
    }
    return false
  }
}

export interface ConductorOptions {
  readonly shell: Shell
  /** Undefined for one for each core. */
  readonly threads: number | undefined
  /** On the shell's clock: when to stop. */
  readonly until: number
  /** Called after each slice. */
  readonly look: (explorer: Explorer) => void
}

export class Conductor {
  stopped: Stopped
  private readonly options: ConductorOptions
  private readonly stopListening: () => void
  private judges: Judges | undefined

  constructor(options: ConductorOptions) {
    this.options = options
    this.stopListening = options.shell.onInterrupt((status) => {
      this.stopped = status
    })
  }

  async close(): Promise<void> {
    this.stopListening()
    await this.judges?.close()
  }

  /**
   * Lets a search go on to its end; false when it was stopped before. All plans that it has made are judged then, and whenever it is
   * kept on the way.
   */
  async carryOut(explorer: Explorer, keeper?: Pick<Keeper, 'isDue' | 'keep'>): Promise<boolean> {
    const { shell, until, look } = this.options
    const docket = new Docket(explorer, () => (this.judges ??= judgesFor(groundOf(explorer.preparation), this.options.threads)))
    while (this.stopped === undefined && explorer.advance(SLICE)) {
      await setImmediate()
      docket.hand(SHARE)
      if (await docket.settle(AHEAD * (this.judges?.size ?? 1))) return true
      if (shell.now() >= until) this.stopped ??= 'time'
      look(explorer)
      if (keeper?.isDue !== true) continue
      docket.hand(1)
      if (await docket.settle(0)) return true
      keeper.keep(explorer)
    }
    docket.hand(1)
    return (await docket.settle(0)) || explorer.over
  }
}
