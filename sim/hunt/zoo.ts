// The zoo: every quirk and every mutant, put into drawn scenarios until an invariant notices. It measures the hunt, not the protocol: a
// defect that no seed shows is one that hunting would not find in our own machines either.

import type { Mutant } from '../l2tp/mutant.ts'
import { mutants, mutantText } from '../l2tp/mutants.ts'
import { quirks } from '../l2tp/quirks.ts'
import type { EndpointSpec, Scenario } from '../scenario/schema.ts'
import { changed } from './base-parts.ts'
import { Dice } from './dice.ts'
import { hunt } from './hunt.ts'
import type { Finding } from './outcome.ts'
import { drawScenario } from './swarm.ts'
import { varyScenario } from './vary.ts'

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

/** Everything on at once; knobs and faults on or off for each seed; that, and variations of seeds that showed something new. */
export type Strategy = 'random' | 'swarm' | 'guided'
export const strategies: readonly Strategy[] = ['random', 'swarm', 'guided']

/** Seeds tried in all, and what noticed; undefined when nothing did. */
export interface Caught {
  readonly after: number
  readonly invariant: string
  readonly message: string
}

/** Who has it: everybody, the LACs, or the LNSs, in turn. */
const hosts: readonly ('everybody' | EndpointSpec['role'])[] = ['everybody', 'LAC', 'LNS']

function infected(scenario: Scenario, { change }: Specimen, turn: number): Scenario {
  const host = hosts[turn % hosts.length]
  const endpoints: Record<string, EndpointSpec> = {}
  for (const [name, spec] of Object.entries(scenario.endpoints)) {
    endpoints[name] = host === 'everybody' || spec.role === host ? changed(spec, change as Partial<EndpointSpec>) : spec
  }
  return changed(scenario, { endpoints })
}

/** Scenarios that showed something new, to be varied; the oldest give way. */
const CORPUS = 64

/** Gives scenarios of a strategy, and learns from what they showed. */
interface Source {
  next(turn: number): Scenario
  learn(scenario: Scenario, features: readonly number[]): void
}

function sourceOf(strategy: Strategy): Source {
  const style = strategy === 'random' ? 'everything' : 'swarm'
  const fresh = (turn: number): Scenario => drawScenario(String(turn), style)
  if (strategy !== 'guided') return { next: fresh, learn: () => undefined }
  const known = new Set<number>()
  const corpus: Scenario[] = []
  const dice = new Dice('0', 'zoo')
  return {
    next: (turn) => (corpus.length === 0 || turn % 2 === 1 ? fresh(turn) : varyScenario(dice.pick(corpus), String(turn))),
    learn: (scenario, features) => {
      const { size } = known
      for (const feature of features) known.add(feature)
      if (known.size === size) return
      if (corpus.length >= CORPUS) corpus.shift()
      corpus.push(scenario)
    },
  }
}

export interface SearchOptions {
  readonly strategy: Strategy
  /** Seeds tried at most. */
  readonly limit: number
  /** What correct machines show too, and therefore nothing is caught by. */
  readonly isNoise?: (finding: Finding) => boolean
}

/** Tries seeds 1, 2, 3 … until an invariant notices the specimen. */
export function search(specimen: Specimen, { strategy, limit, isNoise }: SearchOptions): Caught | undefined {
  const source = sourceOf(strategy)
  for (let turn = 1; turn <= limit; turn++) {
    const scenario = source.next(turn)
    const { findings, features } = hunt(infected(scenario, specimen, turn), { features: strategy === 'guided' })
    const found = findings.find((finding) => isNoise?.(finding) !== true)
    if (found !== undefined) return { after: turn, invariant: found.invariant, message: found.message }
    source.learn(scenario, features)
  }
  return undefined
}
