// The worker's part in repro files: reads one and takes it apart into a scenario without faults and its faults, so that the page can leave
// any of them out. Fetched with the first repro.

import { parseRepro } from '../../sim/hunt/repro.ts'
import type { Issue } from '../../sim/scenario/parse.ts'
import { scenarioSchema, type Scenario } from '../../sim/scenario/schema.ts'
import { shapeOf } from '../../sim/scenario/shape.ts'
import { duration } from '../../sim/scenario/units.ts'
import { scenarioToYaml, written } from '../../sim/scenario/written.ts'
import type { OpenedRepro } from './protocol.ts'

/** The parts of a repro; its mistakes instead when it has any. */
export function openedRepro(text: string, fileName: string): { readonly repro: OpenedRepro } | { readonly issues: readonly Issue[] } {
  const read = parseRepro(text, fileName)
  if (!read.ok) return { issues: read.issues }
  const { scenario, seed, until, digest, version, violation } = read.repro
  return {
    repro: {
      text: scenarioToYaml({ ...scenario, faults: [] }),
      interventions: faultsOf(scenario),
      changes: until === undefined ? [] : [{ path: 'duration', value: String(duration.write(until)) }],
      ...{ seed, digest, version },
      record: violation.record,
      message: `${violation.invariant}: ${violation.message}`,
    },
  }
}

/** Each fault as an element that is added to the empty list. */
function faultsOf({ faults }: Scenario): OpenedRepro['interventions'] {
  const shape = shapeOf(scenarioSchema)
  const list = shape.type === 'object' ? shape.fields.get('faults')?.shape : undefined
  return faults.map((fault) => {
    const data = list?.type === 'list' ? written(list.item, fault) : fault
    return { list: 'faults', value: JSON.stringify(data), label: wordsOf(data as Readonly<Record<string, unknown>>) }
  })
}

/** `crash lns1 at 5s`, and what else it says. */
function wordsOf({ kind, name, at, ...rest }: Readonly<Record<string, unknown>>): string {
  const others = Object.values(rest).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  const when = typeof at === 'string' ? [`at ${at}`] : []
  return [String(name ?? kind), ...others.slice(0, 1), ...when, ...others.slice(1)].join(' ')
}
