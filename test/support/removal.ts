// Takes one behaviour out of a state machine's table: a row, one action of a row, or a guard's say. For scripts/removals.mjs, which asks
// whether the tests notice.

import { listed, type AnyMachine } from '../../sim/l2tp/fsm.ts'

/** `row` removed (its events mean nothing there any more); its `action` not done; its guard always true or always false. */
export interface Removal {
  readonly machine: string
  readonly row: number
  readonly what: 'row' | 'action' | 'guard true' | 'guard false'
  /** Index of the action. */
  readonly action?: number
}

/** Everything that can be taken out of a table, each alone. */
export function removalsOf({ name, rows }: AnyMachine): readonly Removal[] {
  return rows.flatMap((row, index): Removal[] => [
    { machine: name, row: index, what: 'row' },
    ...row.do.map((_, action): Removal => ({ machine: name, row: index, what: 'action', action })),
    ...(row.if === undefined ? [] : (['guard true', 'guard false'] as const).map((what): Removal => ({ machine: name, row: index, what }))),
  ])
}

/** One line: which row, and what of it is missing. */
export function removalText({ rows }: AnyMachine, { machine, row, what, action }: Removal): string {
  const { from, on, if: guard, do: actions, to, ref } = rows[row]!
  const missing = what === 'action' ? `action ${actions[action ?? 0] ?? ''}` : what === 'row' ? 'the row' : `${guard ?? ''} always ${what.slice(6)}`
  return `${machine} ${String(row)}: ${listed(from).join(', ')} × ${listed(on).join(', ')} → ${to} (${ref}): ${missing}`
}

/** The table without that behaviour, as sound as before. */
export function without<T extends AnyMachine>(table: T, removal: Removal): T {
  if (table.name !== removal.machine) return table
  const row = table.rows[removal.row]
  if (row === undefined) throw new Error(`${table.name} has no row ${String(removal.row)}`)
  const { if: guard, ...unguarded } = row
  const changed = {
    row: [],
    action: [{ ...row, do: row.do.filter((_, index) => index !== removal.action) }],
    'guard true': guard === undefined ? [row] : [unguarded],
    'guard false': [],
  }[removal.what]
  return withIgnored({ ...table, rows: table.rows.flatMap((each, index) => (index === removal.row ? changed : [each])) })
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

/** The table as the tests are to see it: `REMOVAL` in the environment says what is missing. */
export function asTested<T extends AnyMachine>(table: T): T {
  const { REMOVAL } = process.env
  return REMOVAL === undefined ? table : without(table, JSON.parse(REMOVAL) as Removal)
}
