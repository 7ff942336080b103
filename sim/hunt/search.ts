// A guided search over a range of seeds: half of them are drawn afresh, the others vary a scenario that showed something new. Seeds go in
// generations; what one generation may vary is settled before it begins, so the search is the same however many workers there are.

import type { Nanos } from '../base/time.ts'
import { Dice } from './dice.ts'
import type { Finding, HuntOutcome } from './outcome.ts'
import { LONGEST_RECIPE, stepsOf, varied } from './recipe.ts'

/** Seeds in a generation. */
export const GENERATION = 256

/** Scenarios worth varying that are kept. */
const CORPUS = 4096

/** What a worker tells of one seed. */
export interface Hunted extends Pick<HuntOutcome, 'digest' | 'until' | 'events' | 'findings' | 'weaknesses' | 'goals'> {
  readonly recipe: string
  /** Features that its worker had not come across at a lower seed. */
  readonly fresh: readonly number[]
}

/** A kind of finding: the first of it, and how often it was met. */
export interface Found {
  readonly finding: Finding
  readonly digest: string
  readonly until: Nanos | undefined
  readonly recipe: string
  times: number
}

export interface SearchOptions {
  /** First seed. */
  readonly first: number
  /** Without novelty every seed is drawn afresh. */
  readonly guided: boolean
}

export class Search {
  readonly options: SearchOptions
  /** By signature, in the order in which they were found. */
  readonly found = new Map<string, Found>()
  readonly weaknesses = new Map<string, Found>()
  /** Runs that reached a goal, by its name. */
  readonly goals = new Map<string, number>()
  runs = 0
  events = 0
  private readonly known = new Set<number>()
  private readonly corpus: string[] = []

  constructor(options: SearchOptions) {
    this.options = options
  }

  /** Features met so far. */
  get features(): number {
    return this.known.size
  }

  /** Recipes of the seeds from `seed` on. To be asked for only when everything before their generation has been taken in. */
  recipes(seed: number, count: number): readonly string[] {
    return Array.from({ length: count }, (_, i) => this.recipe(seed + i))
  }

  private recipe(seed: number): string {
    const plain = String(seed)
    if (!this.options.guided || this.corpus.length === 0) return plain
    const dice = new Dice(plain, 'search')
    if (dice.chance(0.5)) return plain
    // The later of two: what is new now is rarer than what was new in the beginning.
    const [one, other] = [dice.int(0, this.corpus.length - 1), dice.int(0, this.corpus.length - 1)]
    return varied(this.corpus[Math.max(one, other)]!, seed)
  }

  /** Takes in what came of a generation, or of the part of it that was wanted, in the order of the seeds. */
  take(outcomes: readonly Hunted[]): void {
    for (const outcome of outcomes) this.takeOne(outcome)
  }

  private takeOne({ recipe, digest, until, events, findings, weaknesses, goals, fresh }: Hunted): void {
    this.runs += 1
    this.events += events
    for (const finding of findings) note(this.found, { finding, digest, until, recipe, times: 1 })
    for (const finding of weaknesses) note(this.weaknesses, { finding, digest, until, recipe, times: 1 })
    for (const goal of goals) this.goals.set(goal, (this.goals.get(goal) ?? 0) + 1)
    const before = this.known.size
    for (const feature of fresh) this.known.add(feature)
    const isNew = this.known.size > before
    if (isNew && stepsOf(recipe) < LONGEST_RECIPE && this.corpus.length < CORPUS) this.corpus.push(recipe)
  }
}

function note(all: Map<string, Found>, found: Found): void {
  const known = all.get(found.finding.signature)
  if (known === undefined) all.set(found.finding.signature, found)
  else known.times += 1
}
