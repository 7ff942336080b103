// The mutants of a table: a row that is missing or leads elsewhere, a guard without a say, an action that is not done. Knows no particular
// table; all of them together: mutants.ts.

import { listed, type AnyMachine } from './fsm.ts'
import type { TableMutant } from './mutant.ts'

/** Everything that can be changed about a table, one thing at a time. */
export function tableMutants({ name: machine, rows, states }: AnyMachine): readonly TableMutant[] {
  return rows.flatMap((row, index): TableMutant[] => [
    { machine, row: index, what: 'row' },
    ...row.do.map((_, action): TableMutant => ({ machine, row: index, what: 'action', action })),
    ...(row.if === undefined ? [] : (['guard true', 'guard false'] as const).map((what): TableMutant => ({ machine, row: index, what }))),
    { machine, row: index, what: 'redirected', to: states[(states.indexOf(row.to) + 1) % states.length]! },
  ])
}

/** The table with that change, as sound as before. */
export function mutated<T extends AnyMachine>(table: T, mutant: TableMutant): T {
  if (table.name !== mutant.machine) return table
  const row = table.rows[mutant.row]
  if (row === undefined) throw new Error(`${table.name} has no row ${String(mutant.row)}`)
  const { if: guard, ...unguarded } = row
  // A row that never holds keeps its place, so that the others keep their numbers.
  const nowhere = { ...row, from: [] }
  const changed = {
    row: nowhere,
    redirected: { ...row, to: mutant.to ?? row.to },
    action: { ...row, do: row.do.filter((_, index) => index !== mutant.action) },
    'guard true': guard === undefined ? row : unguarded,
    'guard false': nowhere,
  }[mutant.what]
  return withIgnored({ ...table, rows: table.rows.map((each, index) => (index === mutant.row ? changed : each)) })
}

/** Pairs of state and event that no row answers are declared ignored. */
function withIgnored<T extends AnyMachine>(table: T): T {
  const ignored = Object.fromEntries(
    table.states.map((state) => {
      const rows = table.rows.filter(({ from }) => listed(from).includes(state))
      const left = table.events.filter((event) => {
        const answers = rows.filter(({ on }) => listed(on).includes(event))
        return answers.length === 0 || ((table.ignored[state]?.includes(event) ?? false) && answers.every((row) => row.if !== undefined))
      })
      return [state, left]
    }),
  )
  return { ...table, ignored }
}

/** One line: which row, and what of it is missing or other. */
export function tableMutantText({ name, rows }: AnyMachine, { row: index, what, action, to: elsewhere }: TableMutant): string {
  const row = rows[index]
  if (row === undefined) return `${name} ${String(index)}: no such row`
  const { from, on, if: guard, do: actions, to, ref } = row
  const change = {
    row: 'the row is missing',
    redirected: `leads to ${elsewhere ?? ''}`,
    action: `action ${actions[action ?? 0] ?? ''} is missing`,
    'guard true': `${guard ?? ''} is always true`,
    'guard false': `${guard ?? ''} is always false`,
  }[what]
  return `${name} ${String(index)}: ${listed(from).join(', ')} × ${listed(on).join(', ')} → ${to} (${ref}): ${change}`
}
