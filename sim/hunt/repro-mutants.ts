// Mutants in repro files: no scenario file can have one, so a repro names them beside its scenario, in the words of mutants.ts.

import { mutants, mutantText } from '../l2tp/mutants.ts'
import type { Mistake } from '../scenario/mistake.ts'
import type { Scenario } from '../scenario/schema.ts'
import { changed } from './base-parts.ts'

export interface NamedMutant {
  readonly endpoint: string
  readonly mutant: string
}

export function mutantsIn({ endpoints }: Scenario): readonly NamedMutant[] {
  return Object.entries(endpoints).flatMap(([endpoint, { mutant }]) =>
    mutant === undefined ? [] : [{ endpoint, mutant: mutantText(mutant) }],
  )
}

const mutantNamed = (text: string): (typeof mutants)[number] | undefined => mutants.find((mutant) => mutantText(mutant) === text)

/** What names no endpoint, or nothing that can be changed. */
export function unknownMutants(scenario: Scenario | undefined, named: readonly NamedMutant[] = []): readonly Mistake[] {
  if (scenario === undefined) return []
  const mistake = (path: Mistake['path'], message: string, expected: string): Mistake => ({ path, at: 'value', message, expected })
  return named.flatMap(({ endpoint, mutant }, i) => {
    const names = Object.keys(scenario.endpoints)
    if (!names.includes(endpoint)) return [mistake(['mutants', i, 'endpoint'], `there is no endpoint ${endpoint}`, names.join(', '))]
    if (mutantNamed(mutant) !== undefined) return []
    return [mistake(['mutants', i, 'mutant'], 'this version has no such mutant', 'one that `npm run zoo` lists')]
  })
}

export function withMutants(scenario: Scenario, named: readonly NamedMutant[]): Scenario {
  if (named.length === 0) return scenario
  const endpoints = Object.entries(scenario.endpoints).map(([name, spec]) => {
    const own = named.find(({ endpoint }) => endpoint === name)
    return [name, own === undefined ? spec : changed(spec, { mutant: mutantNamed(own.mutant) })] as const
  })
  return changed(scenario, { endpoints: Object.fromEntries(endpoints) })
}
