// The zoo: every quirk and every mutant, put into hunted scenarios until an invariant notices. It measures the hunt, not the protocol: a
// defect that no seed shows is one that hunting would not find in our own machines either. Which scenarios are tried is settled by
// runs of correct machines, the same for all specimens; where those runs never come to what a specimen changes, it is not run.

import { alterationOf, mutants, mutantText } from '../l2tp/mutants.ts'
import type { Mutant } from '../l2tp/mutant.ts'
import { quirkNamed, quirks } from '../l2tp/quirks.ts'
import type { EndpointSpec, Scenario } from '../scenario/schema.ts'
import { changed } from './base-parts.ts'
import { hunt } from './hunt.ts'
import type { HuntOutcome } from './outcome.ts'
import { isReached, reachOf, touchedBy, type Reach, type Touched } from './reach.ts'
import { scenarioOf, type Library } from './recipe.ts'
import { Search } from './search.ts'
import { drawScenario } from './swarm.ts'

/** One quirk or one mutant. */
export interface Specimen {
  /** Unique; one line. */
  readonly name: string
  readonly kind: 'quirk' | 'mutant'
  readonly change: { readonly quirks: readonly string[] } | { readonly mutant: Mutant }
}

/** Every quirk, then every mutant. */
export const specimens: readonly Specimen[] = [
  ...quirks.map(({ name }): Specimen => ({ name, kind: 'quirk', change: { quirks: [name] } })),
  ...mutants.map((mutant): Specimen => ({ name: mutantText(mutant), kind: 'mutant', change: { mutant } })),
]


/** Everything on at once; knobs and faults on or off for each seed; that, and scenarios that ship, and variations of what was new. */
export type Strategy = 'random' | 'swarm' | 'guided'
export const strategies: readonly Strategy[] = ['random', 'swarm', 'guided']

/** Seeds tried in all, and what noticed. */
export interface Caught {
  readonly after: number
  readonly invariant: string
  readonly message: string
}

/** What came of a search: of the seeds tried, `reached` came to what the specimen changes. */
export interface Searched {
  readonly caught: Caught | undefined
  readonly reached: number
}

/** Who has it: everybody, the LACs, or the LNSs, in turn. */
const hosts: readonly (readonly EndpointSpec['role'][])[] = [['LAC', 'LNS'], ['LAC'], ['LNS']]

const rolesIn = (turn: number): readonly EndpointSpec['role'][] => hosts[turn % hosts.length]!

function infected(scenario: Scenario, { change }: Specimen, roles: readonly EndpointSpec['role'][]): Scenario {
  const endpoints: Record<string, EndpointSpec> = {}
  for (const [name, spec] of Object.entries(scenario.endpoints)) {
    endpoints[name] = roles.includes(spec.role) ? changed(spec, change as Partial<EndpointSpec>) : spec
  }
  return changed(scenario, { endpoints })
}

function touchedIn({ change }: Specimen): Touched {
  return 'mutant' in change ? touchedBy(alterationOf(change.mutant)) : touchedBy(quirkNamed(change.quirks[0]!))
}

/** A scenario to try, and where correct machines come by in it. Undefined reach: they break a promise themselves, or go on too long. */
interface Trial {
  readonly scenario: Scenario
  readonly reach: Reach | undefined
}

/** Longer runs are not tried: a thousand others cost as much. */
const MOST_EVENTS = 20_000

/** The trials of a strategy, by seed from 1 on; each is run once, with correct machines, when it is first asked for. */
export class Trials {
  private readonly strategy: Strategy
  private readonly library: Library
  private readonly guide = new Search({ first: 1, guided: true })
  private readonly known: Trial[] = []
  /** Scenarios of the library that are fit to be tried. */
  private beginnings: readonly string[] | undefined

  /** `library`: scenarios that guided search begins with, and varies. */
  constructor(strategy: Strategy, library: Library = new Map()) {
    this.strategy = strategy
    this.library = new Map([...library].map(([name, scenario]) => [name, changed(scenario, { maxEvents: MOST_EVENTS })]))
  }

  at(turn: number): Trial {
    while (this.known.length < turn) this.known.push(this.next(this.known.length + 1))
    return this.known[turn - 1]!
  }

  private next(turn: number): Trial {
    if (this.strategy === 'guided') return this.guided(this.recipeFor(turn))
    return tried(drawScenario(String(turn), styles[this.strategy])).trial
  }

  private guided(recipe: string): Trial {
    const { trial, outcome } = tried(scenarioOf(recipe, undefined, this.library))
    if (trial.reach !== undefined) this.guide.take([{ ...outcome, recipe, fresh: outcome.features }])
    return trial
  }

  /** Every second one is a scenario of the library, as long as there is one that some host has not had; else the search decides. */
  private recipeFor(turn: number): string {
    this.beginnings ??= [...this.library.keys()].filter((name) => this.guided(name).reach !== undefined)
    const beginning = turn % 2 === 0 ? this.beginnings[Math.floor((turn / 2 - 1) / hosts.length)] : undefined
    return beginning ?? this.guide.recipes(turn, 1)[0]!
  }
}

function tried(scenario: Scenario): { readonly trial: Trial; readonly outcome: HuntOutcome } {
  const fold = reachOf(scenario)
  const outcome = hunt(scenario, { features: true, folds: [fold] })
  const isFit = outcome.findings.length === 0 && outcome.events < MOST_EVENTS
  return { trial: { scenario, reach: isFit ? fold.end(0) : undefined }, outcome }
}

const styles = { random: 'everything', swarm: 'swarm' } as const

/** Tries up to `limit` seeds of `trials` until an invariant notices the specimen. */
export function search(specimen: Specimen, trials: Trials, limit: number): Searched {
  const touched = touchedIn(specimen)
  let reached = 0
  for (let turn = 1; turn <= limit; turn++) {
    const { scenario, reach } = trials.at(turn)
    const roles = rolesIn(turn)
    if (reach === undefined || !isReached(touched, reach, roles)) continue
    reached += 1
    const [found] = hunt(infected(scenario, specimen, roles)).findings
    if (found !== undefined) return { caught: { after: turn, invariant: found.invariant, message: found.message }, reached }
  }
  return { caught: undefined, reached }
}
