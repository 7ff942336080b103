// A repro taken apart for the explorer: the scenario with nothing going wrong, and each fault and each intervention on a packet as an
// element that is added to it, so that any of them can be left out. Put together again it is the same run, digest and all.

import type { Nanos } from '../base/time.ts'
import type { AddedElement } from '../run/explorer-link.ts'
import type { Override } from '../scenario/parse.ts'
import { scenarioSchema, type LinkDirection, type Scenario } from '../scenario/schema.ts'
import { shapeOf } from '../scenario/shape.ts'
import { duration } from '../scenario/units.ts'
import { scenarioToYaml, written } from '../scenario/written.ts'
import { changed } from './base-parts.ts'
import { faultWords, packetWords, type Data } from './plan-words.ts'
import type { Repro } from './repro.ts'

export interface ReproParts {
  /** The scenario as YAML, without what is in `interventions`. */
  readonly text: string
  readonly interventions: readonly AddedElement[]
  /** What else makes it the recorded run: where it ends. */
  readonly changes: readonly Override[]
  readonly seed: string
  /** Empty when the run ended in a bug. */
  readonly digest: string
  readonly version: string
  /** Number of the record that shows the violation, and its instant. */
  readonly record: number
  readonly at: Nanos
}

/** The parts of a repro. Its mutants are not among them: no scenario file can have one. */
export function reproParts({ scenario, seed, until, digest, version, violation }: Repro): ReproParts {
  const { faults = [], links = [] } = written(shapeOf(scenarioSchema), scenario) as Written
  const scripts = links.map(commonScript)
  const calm = { script: [] } satisfies Partial<LinkDirection>
  const calmLinks = scenario.links.map((link, i) =>
    scripts[i] === undefined
      ? link
      : changed(link, { forward: changed(link.forward, calm), backward: changed(link.backward, calm) }),
  )
  const ends = until !== undefined && until < scenario.duration
  return {
    text: scenarioToYaml(changed(scenario, { faults: [], links: calmLinks } satisfies Partial<Scenario>)),
    interventions: [
      ...faults.map((fault) => element('faults', fault, faultWords)),
      ...scripts.flatMap((script = [], i) => script.map((step) => element(`links[${String(i)}].script`, step, packetWords))),
    ],
    changes: ends ? [{ path: 'duration', value: String(duration.write(until)) }] : [],
    ...{ seed, digest, version, record: violation.record, at: violation.at },
  }
}

const element = (list: string, data: Data, words: (data: Data) => string): AddedElement => ({
  list,
  value: JSON.stringify(data),
  label: words(data),
})

/** What is read of a scenario as files have it, with both directions of a link spelled out. */
interface Written {
  readonly faults?: readonly Data[]
  readonly links?: readonly WrittenLink[]
}

interface WrittenLink {
  readonly between: readonly [string, string]
  readonly forward?: { readonly script?: readonly Step[] }
  readonly backward?: { readonly script?: readonly Step[] }
}

type Step = Readonly<Record<string, Data>>

/**
 * One script for both directions that does what the two do: an element added by hand is for both. Undefined where there is none, because
 * both ends have one name and a direction cannot be told by its sender, or because one direction names the sender of the other.
 */
function commonScript({ between: [a, b], forward, backward }: WrittenLink): readonly Step[] | undefined {
  const [there, back] = [forward?.script ?? [], backward?.script ?? []]
  if (JSON.stringify(there) === JSON.stringify(back)) return there
  if (a === b) return undefined
  const own = [...there.map((step) => sentBy(step, a)), ...back.map((step) => sentBy(step, b))]
  return own.includes(undefined) ? undefined : own.filter((step) => step !== undefined)
}

/** The step for packets of `sender` only; undefined if it names another. */
function sentBy(step: Step, sender: string): Step | undefined {
  const named = Object.values(step).some(({ from = sender }) => from !== sender)
  return named ? undefined : Object.fromEntries(Object.entries(step).map(([verb, pick]) => [verb, { ...pick, from: sender }]))
}
