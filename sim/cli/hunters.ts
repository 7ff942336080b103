// Worker threads that hunt: a generation of recipes is dealt out in small batches and comes back in order. A seed whose thread dies or
// hangs is a finding, after a second try of its own.

import { availableParallelism } from 'node:os'
import { signed } from '../hunt/outcome.ts'
import type { Hunted } from '../hunt/search.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { HuntStart } from './hunt-worker.ts'
import { Thread, type Death } from './thread.ts'

/** Recipes handed to a thread at a time. */
const BATCH = 16
/** Milliseconds one run may take. */
const PATIENCE_MS = 60_000

const body = new URL('./hunt-worker.ts', import.meta.url)

type Recipes = readonly string[]

export class Hunters {
  private readonly threads: readonly Thread<Recipes, readonly Hunted[]>[]

  constructor(hunted: Scenario | undefined, threads = availableParallelism()) {
    const data: HuntStart = { hunted }
    const size = ({ length }: Recipes): number => length
    this.threads = Array.from({ length: threads }, () => new Thread({ body, data, timeMs: PATIENCE_MS, size }))
  }

  /** The outcomes of `recipes`, in their order. */
  async hunt(recipes: Recipes): Promise<readonly Hunted[]> {
    const batches: Promise<readonly Hunted[]>[] = []
    for (let i = 0; i < recipes.length; i += BATCH) batches.push(this.batch(recipes.slice(i, i + BATCH)))
    return (await Promise.all(batches)).flat()
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.stop()))
  }

  private async batch(recipes: Recipes): Promise<readonly Hunted[]> {
    const done = await this.attempt(recipes)
    if ('outcome' in done) return done.outcome
    if (recipes.length === 1) return [await this.suspect(recipes[0]!, done)]
    // Each alone: the one that kills its thread is then known.
    const all: Hunted[] = []
    for (const recipe of recipes) all.push(...(await this.batch([recipe])))
    return all
  }

  private attempt(recipes: Recipes): Promise<{ readonly outcome: readonly Hunted[] } | Death> {
    return this.threads.reduce((least, next) => (next.load < least.load ? next : least)).perform(recipes)
  }

  private async suspect(recipe: string, { hung, why }: Death): Promise<Hunted> {
    const again = hung ? undefined : await this.attempt([recipe])
    if (again !== undefined && 'outcome' in again) return again.outcome[0]!
    const finding = signed({ invariant: 'bug', ref: '', at: 0, record: 0, message: `the run ${hung ? '' : 'killed its worker: '}${why}` })
    return { recipe, digest: '', until: undefined, events: 0, findings: [finding], weaknesses: [], goals: [], fresh: [] }
  }
}
