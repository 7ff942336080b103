// Performs seeds of a hunt one after the other, as a worker does: draws, runs, and now and then runs twice, for a simulation that is not
// the same the second time is worth nothing.

import type { Scenario } from '../scenario/schema.ts'
import { firstDivergence, recordList } from '../trace/divergence.ts'
import type { TraceRecord } from '../trace/record.ts'
import { hunt, type HuntOptions } from './hunt.ts'
import { signed, type Finding, type HuntOutcome } from './outcome.ts'
import { scenarioOf } from './recipe.ts'
import type { Hunted } from './search.ts'
import { healedAt } from './swarm.ts'

/** One seed of so many is run twice. */
const TWICE = 50

type Perform = (scenario: Scenario, options: HuntOptions) => HuntOutcome

export class Hunter {
  private readonly hunted: Scenario | undefined
  private readonly perform: Perform
  private readonly known = new Set<number>()

  /** `hunted`: the scenario whose faults are drawn; without one everything is. */
  constructor(hunted?: Scenario, perform: Perform = hunt) {
    this.hunted = hunted
    this.perform = perform
  }

  /** Seeds must come in ascending order for `fresh` to be what the search wants. */
  hunt(recipe: string): Hunted {
    const scenario = scenarioOf(recipe, this.hunted)
    const outcome = this.perform(scenario, { features: true, calmFrom: healedAt(scenario) })
    const { digest, until, events, weaknesses, goals } = outcome
    const fresh = outcome.features.filter((feature) => !this.known.has(feature))
    for (const feature of fresh) this.known.add(feature)
    const isChecked = Number(recipe.slice(recipe.lastIndexOf('~') + 1)) % TWICE === 0
    const findings = isChecked ? [...outcome.findings, ...this.second(scenario, outcome)] : outcome.findings
    return { recipe, digest, until, events, findings, weaknesses, goals, fresh }
  }

  /** Runs it again: the same digest, or a finding with the first record at which two runs part. */
  private second(scenario: Scenario, { digest }: HuntOutcome): readonly Finding[] {
    const one = this.traced(scenario)
    if (one.digest === digest) return []
    const other = this.traced(scenario)
    const parting = firstDivergence(recordList(one.records), recordList(other.records))
    const [record, at] = parting === undefined ? [0, 0] : [parting, one.records[parting]?.at ?? 0]
    const where = parting === undefined ? 'the next two runs were equal' : `two runs part at record ${String(record)}`
    return [signed({ invariant: 'same-again', ref: '', at, record, message: `the same scenario and seed gave another digest; ${where}` })]
  }

  private traced(scenario: Scenario): { readonly digest: string; readonly records: readonly TraceRecord[] } {
    const records: TraceRecord[] = []
    const fold = { see: (record: TraceRecord) => records.push(record), end: () => undefined }
    const { digest } = this.perform(scenario, { folds: [fold], calmFrom: healedAt(scenario) })
    return { digest, records }
  }
}
