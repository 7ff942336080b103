// State machines as tables: rows are plain data that hold names only, in the order and words of the RFC, so that they can be
// drawn, checked, counted and cited. This file checks a table and compiles it once into lookups; `step` is the one place where
// a state changes and where the transition is announced.

import { assert } from '../base/assert.ts'

/**
 * One row: in state `from`, on event `on`, if guard `if` holds, do the actions and go to `to`. `ref` cites its source, `ref3` that
 * for L2TPv3 where it is another. A row with a `version` holds for that protocol version only.
 */
export interface Row<S extends string, E extends string, G extends string, A extends string> {
  readonly from: S | readonly S[]
  readonly on: E | readonly E[]
  readonly if?: G
  readonly do: readonly A[]
  readonly to: S
  readonly ref: string
  readonly ref3?: string
  readonly version?: ProtocolVersion
}

/** L2TPv2 or L2TPv3. */
export type ProtocolVersion = 2 | 3

export interface Machine<S extends string, E extends string, G extends string, A extends string> {
  readonly name: string
  readonly states: readonly S[]
  readonly events: readonly E[]
  readonly initial: S
  readonly rows: readonly Row<S, E, G, A>[]
  /** Events that mean nothing in a state, and are meant to: the declared rest. */
  readonly ignored: Readonly<Partial<Record<S, readonly E[]>>>
}

/** Any machine, for code that only reads tables. */
export type AnyMachine = Machine<string, string, string, string>

export const listed = <T extends string>(one: T | readonly T[]): readonly T[] => (typeof one === 'string' ? [one] : one)

/**
 * What is wrong with a table: names that are no state or event of it, states no row leads to, pairs of state and event neither
 * handled nor ignored, pairs both handled and ignored, rows that an earlier unguarded row or one with the same guard shadows,
 * and guarded rows without a last word. Each protocol version is looked at by itself; what only the other one handles does not
 * occur in it. Empty for a sound machine.
 */
export function flaws(machine: AnyMachine): readonly string[] {
  const pairs = ([2, 3] as const).flatMap((version) =>
    machine.states.flatMap((state) => machine.events.flatMap((on) => pairFlaws(machine, state, on, version))),
  )
  return [...unknownNames(machine), ...unreachableStates(machine), ...new Set(pairs)]
}

/** Whether a row is one of this protocol version. */
function holdsIn(version: ProtocolVersion, row: Row<string, string, string, string>): boolean {
  return row.version === undefined || row.version === version
}

function unknownNames({ states, events, initial, rows, ignored }: AnyMachine): string[] {
  const usedStates = [initial, ...rows.flatMap((row) => [...listed(row.from), row.to]), ...Object.keys(ignored)]
  const usedEvents = [...rows.flatMap((row) => listed(row.on)), ...Object.values(ignored).flatMap((on) => on ?? [])]
  return [
    ...usedStates.filter((state) => !states.includes(state)).map((state) => `${state}: no state of the table`),
    ...usedEvents.filter((on) => !events.includes(on)).map((on) => `${on}: no event of the table`),
  ]
}

function unreachableStates(machine: AnyMachine): string[] {
  const reached = new Set([machine.initial])
  for (let grown = true; grown; ) {
    grown = false
    for (const row of machine.rows) {
      if (reached.has(row.to) || !listed(row.from).some((from) => reached.has(from))) continue
      reached.add(row.to)
      grown = true
    }
  }
  return machine.states.filter((state) => !reached.has(state)).map((state) => `${state}: no row leads there`)
}

function pairFlaws(machine: AnyMachine, state: string, on: string, version: ProtocolVersion): string[] {
  const answers = machine.rows.filter((row) => listed(row.from).includes(state) && listed(row.on).includes(on))
  const rows = answers.filter((row) => holdsIn(version, row))
  const ignored = machine.ignored[state]?.includes(on) ?? false
  if (rows.length === 0) return ignored || answers.length > 0 ? [] : [`${state} × ${on}: neither handled nor ignored`]
  const unguarded = rows.findIndex((row) => row.if === undefined)
  const found: string[] = []
  if (ignored && unguarded >= 0) found.push(`${state} × ${on}: both handled and ignored`)
  if (unguarded >= 0 && unguarded < rows.length - 1) found.push(`${state} × ${on}: a row is shadowed by the unguarded one before it`)
  const guards = rows.flatMap((row) => row.if ?? [])
  if (new Set(guards).size < guards.length) found.push(`${state} × ${on}: two rows have the same guard`)
  if (unguarded < 0 && !ignored) found.push(`${state} × ${on}: guarded rows only, and the rest not ignored`)
  return found
}

/** What gives a table life: the guards and actions its names stand for, and where the state is kept. */
export interface Behaviour<S extends string, E extends string, G extends string, A extends string, Subject, Argument> {
  readonly state: (subject: Subject) => S
  /** Stores the new state and announces the transition; `row` is its index in the table. */
  readonly enter: (subject: Subject, change: Change<S, E>) => void
  readonly guards: Readonly<Record<G, (subject: Subject, argument: Argument) => boolean>>
  readonly actions: Readonly<Record<A, (subject: Subject, argument: Argument) => void>>
}

export interface Change<S extends string, E extends string> {
  readonly from: S
  readonly on: E
  readonly to: S
  readonly row: number
}

/** Offers an event; true when a row was taken, false when the event is declared ignored. */
export type Step<E extends string, Subject, Argument> = (subject: Subject, on: E, argument: Argument) => boolean

/** Makes a step of a table and what gives it life: `compile`, or what alters them before (alteration.ts). */
export type Build = <S extends string, E extends string, G extends string, A extends string, Subject, Argument>(
  machine: Machine<S, E, G, A>,
  behaviour: Behaviour<S, E, G, A, Subject, Argument>,
  version: ProtocolVersion,
) => Step<E, Subject, Argument>

interface Compiled<S extends string, E extends string, Subject, Argument> {
  readonly change: Change<S, E>
  readonly guard: ((subject: Subject, argument: Argument) => boolean) | undefined
  readonly actions: readonly ((subject: Subject, argument: Argument) => void)[]
}

type Lookup<S extends string, E extends string, Subject, Argument> = Record<string, Record<string, Compiled<S, E, Subject, Argument>[]>>

/** Compiles the rows of one protocol version; the returned function costs two property lookups and the guards. */
export function compile<S extends string, E extends string, G extends string, A extends string, Subject, Argument>(
  machine: Machine<S, E, G, A>,
  behaviour: Behaviour<S, E, G, A, Subject, Argument>,
  version: ProtocolVersion = 2,
): Step<E, Subject, Argument> {
  const lookup = lookupOf(machine, behaviour, version)
  return (subject, on, argument) => {
    const candidates = lookup[behaviour.state(subject)]?.[on]
    assert(candidates !== undefined, `${machine.name}: ${behaviour.state(subject)} has no answer to ${on}`)
    for (const { change, guard, actions } of candidates) {
      if (guard !== undefined && !guard(subject, argument)) continue
      behaviour.enter(subject, change)
      for (const action of actions) action(subject, argument)
      return true
    }
    return false
  }
}

function lookupOf<S extends string, E extends string, G extends string, A extends string, Subject, Argument>(
  machine: Machine<S, E, G, A>,
  behaviour: Behaviour<S, E, G, A, Subject, Argument>,
  version: ProtocolVersion,
): Lookup<S, E, Subject, Argument> {
  const lookup: Lookup<S, E, Subject, Argument> = {}
  for (const state of machine.states) {
    const byEvent: Record<string, Compiled<S, E, Subject, Argument>[]> = (lookup[state] = {})
    for (const on of machine.ignored[state] ?? []) byEvent[on] = []
  }
  machine.rows.forEach((row, index) => {
    for (const from of listed(row.from)) {
      for (const on of listed(row.on)) {
        const byEvent = lookup[from]
        if (byEvent === undefined) continue
        const known = (byEvent[on] ??= [])
        if (!holdsIn(version, row)) continue
        known.push({
          change: { from, on, to: row.to, row: index },
          guard: row.if === undefined ? undefined : behaviour.guards[row.if],
          actions: row.do.map((name) => behaviour.actions[name]),
        })
      }
    }
  })
  return lookup
}

/** Gives a table's names their types without repeating them. */
export function machine<const S extends string, const E extends string, const G extends string, const A extends string>(
  table: Machine<S, E, G, A>,
): Machine<S, E, G, A> {
  return table
}

export type StateOf<M> = M extends Machine<infer S, string, string, string> ? S : never
export type EventOf<M> = M extends Machine<string, infer E, string, string> ? E : never
