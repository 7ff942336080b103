// Takes one behaviour out of a state machine's table: a row, one action of a row, or a guard's say. For scripts/removals.mjs, which asks
// whether the tests notice.

import type { AnyMachine } from '../../sim/l2tp/fsm.ts'
import type { TableMutant } from '../../sim/l2tp/mutant.ts'
import { mutated, tableMutants } from '../../sim/l2tp/table-mutants.ts'

/** Everything that can be taken out of a table, each alone. */
export const removalsOf = (table: AnyMachine): readonly TableMutant[] => tableMutants(table).filter(({ what }) => what !== 'redirected')

/** The table as the tests are to see it: `REMOVAL` in the environment says what is missing. */
export function asTested<T extends AnyMachine>(table: T): T {
  const { REMOVAL } = process.env
  return REMOVAL === undefined ? table : mutated(table, JSON.parse(REMOVAL) as TableMutant)
}
