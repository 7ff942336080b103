// Taking behaviours out of tables, as `npm run removals` does: each table left is another one and answers every event.

import { describe, expect, test } from 'vitest'
import { flaws } from '../../../sim/l2tp/fsm.ts'
import { machines } from '../../../sim/l2tp/machines/index.ts'
import { mutated, tableMutantText } from '../../../sim/l2tp/table-mutants.ts'
import { removalsOf } from '../../support/removal.ts'

describe.each(machines.map((machine) => [machine.name, machine] as const))('%s', (_, machine) => {
  test('each removal changes the table and leaves every pair of state and event answered or ignored', () => {
    for (const removal of removalsOf(machine)) {
      const left = mutated(machine, removal)
      expect({ rows: left.rows, ignored: left.ignored }).not.toEqual({ rows: machine.rows, ignored: machine.ignored })
      expect(flaws(left).filter((flaw) => !flaw.endsWith('no row leads there') && !/guard|shadowed/.test(flaw)), tableMutantText(machine, removal)).toEqual([])
    }
  })

  test('every row can be removed, and every action of it', () => {
    const removals = removalsOf(machine)
    expect(removals.filter(({ what }) => what === 'row')).toHaveLength(machine.rows.length)
    expect(removals.filter(({ what }) => what === 'action')).toHaveLength(machine.rows.flatMap((row) => row.do).length)
  })
})
