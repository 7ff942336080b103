// Where a run comes by in the state machines, and whether something changed in them can make a difference to it. Machines are
// deterministic: as long as no changed row is looked at, a changed endpoint does what a correct one does, so that a run which never comes
// there need not be run again with the change.

import type { Alteration } from '../l2tp/alteration.ts'
import { listed, type AnyMachine } from '../l2tp/fsm.ts'
import { machines } from '../l2tp/machines/index.ts'
import type { EndpointSpec, Scenario } from '../scenario/schema.ts'
import type { Fold } from '../trace/record.ts'

type Role = EndpointSpec['role']

/** What the endpoints of each role came by: rows taken (`machine row`), state and event (`machine state × event`), states. */
export type Reach = Readonly<Record<Role, ReadonlySet<string>>>

/** Collects the reach of a run of `scenario`. */
export function reachOf({ endpoints }: Scenario): Fold<Reach> {
  const reach: Record<Role, Set<string>> = { LAC: new Set([EVERYWHERE]), LNS: new Set([EVERYWHERE]) }
  return {
    kinds: ['transition'],
    see(record) {
      if (record.kind !== 'transition') return
      const role = endpoints[record.endpoint]?.role
      // An instance of a template: who knows of which.
      for (const each of role === undefined ? (['LAC', 'LNS'] as const) : [role]) {
        const { machine, row, from, on, to } = record
        reach[each].add(rowKey(machine, row)).add(pairKey(machine, from, on)).add(stateKey(machine, from)).add(stateKey(machine, to))
      }
    },
    end: () => reach,
  }
}

/** Where every run comes by: the state a machine begins in. */
const EVERYWHERE = ''

const rowKey = (machine: string, row: number): string => `${machine} ${String(row)}`
const pairKey = (machine: string, state: string, on: string): string => `${machine} ${state} × ${on}`
const stateKey = (machine: string, state: string): string => `${machine} in ${state}`

/** Keys of which a run must have one for a change to matter; undefined for a change that may matter in every run. */
export type Touched = ReadonlySet<string> | undefined

/** Whether a change at endpoints of these roles can make a difference to a run. */
export const isReached = (touched: Touched, reach: Reach, roles: readonly Role[]): boolean =>
  touched === undefined || roles.some((role) => [...touched].some((key) => reach[role].has(key)))

/** What of the machines an alteration touches. One that reaches beyond tables, guards and actions touches everything. */
export function touchedBy({ config, rules, says, spells, hears, table, guards, actions }: Alteration): Touched {
  if ([config, rules, says, spells, hears].some((part) => part !== undefined)) return undefined
  const keys = new Set<string>()
  for (const machine of machines) {
    const altered = table?.(machine) ?? machine
    const [guarded, acting] = [namesIn(guards, machine.name), namesIn(actions, machine.name)]
    machine.rows.forEach((row, index) => {
      const now = altered.rows[index]
      const isAskedAnew = now?.if !== row.if || now?.from !== row.from
      if (isAskedAnew || (row.if !== undefined && guarded.has(row.if))) addConsidered(keys, machine, index)
      else if (row.do.some((action) => acting.has(action)) || now !== row) keys.add(rowKey(machine.name, index))
    })
  }
  return keys
}

const namesIn = (replaced: object | undefined, machine: string): ReadonlySet<string> =>
  new Set(Object.keys((replaced as Readonly<Record<string, object>> | undefined)?.[machine] ?? {}))

/**
 * A guard may be asked whenever state and event of its row come up. Where no row of them is without a guard the event may leave no trace,
 * and having been in the state has to do.
 */
function addConsidered(keys: Set<string>, { name, rows, initial }: AnyMachine, index: number): void {
  const row = rows[index]!
  for (const from of listed(row.from)) {
    for (const on of listed(row.on)) {
      keys.add(pairKey(name, from, on))
      const answers = rows.filter((other) => listed(other.from).includes(from) && listed(other.on).includes(on))
      if (answers.every((answer) => answer.if !== undefined)) keys.add(from === initial ? EVERYWHERE : stateKey(name, from))
    }
  }
}
