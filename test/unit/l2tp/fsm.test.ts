// State machines as tables: what `flaws` finds in a broken one, what the compiled `step` does, that the shipped tables are sound,
// cite what exists, and say what the tables of RFC 2661 7 say.

import { describe, expect, test } from 'vitest'
import { SimulatorBug } from '../../../sim/base/assert.ts'
import { compile, flaws, listed, machine, type AnyMachine, type Change } from '../../../sim/l2tp/fsm.ts'
import { machines } from '../../../sim/l2tp/machines/index.ts'
import { catalogue } from '../../support/catalogue.ts'
import { tableCases, type TableCase } from '../../support/state-tables.ts'

/** A door that can be locked: sound, with a guard. */
const door = machine({
  name: 'door',
  states: ['open', 'shut', 'locked'],
  events: ['push', 'pull', 'turn'],
  initial: 'open',
  rows: [
    { from: 'open', on: 'push', do: ['slam', 'rattle'], to: 'shut', ref: 'a' },
    { from: 'shut', on: 'pull', do: [], to: 'open', ref: 'b' },
    { from: 'shut', on: 'turn', if: 'key-fits', do: ['click'], to: 'locked', ref: 'c' },
    { from: 'shut', on: 'turn', do: ['jam'], to: 'shut', ref: 'd' },
    { from: 'locked', on: 'turn', if: 'key-fits', do: ['click'], to: 'shut', ref: 'e' },
  ],
  ignored: { open: ['pull', 'turn'], shut: ['push'], locked: ['push', 'pull', 'turn'] },
})

type Row = AnyMachine['rows'][number]
const broken = (change: Partial<AnyMachine>): readonly string[] => flaws({ ...(door as AnyMachine), ...change })
const withRow = (row: Row): readonly string[] => broken({ rows: [...door.rows, row] })

describe('flaws', () => {
  test('a sound table has none', () => {
    expect(flaws(door)).toEqual([])
  })

  test('a state no row leads to, also when only an unreached state leads there', () => {
    const states = [...door.states, 'ajar', 'gone']
    const rows = [...door.rows, { from: 'ajar', on: 'push', do: [], to: 'gone', ref: 'x' }]
    const ignored = { ...door.ignored, ajar: ['pull', 'turn'], gone: [...door.events] }
    expect(broken({ states, rows, ignored })).toEqual(['ajar: no row leads there', 'gone: no row leads there'])
  })

  test('an event neither handled nor ignored in a state', () => {
    expect(broken({ ignored: { ...door.ignored, open: ['pull'] } })).toEqual(['open × turn: neither handled nor ignored'])
  })

  test('an event both handled and ignored', () => {
    expect(broken({ ignored: { ...door.ignored, open: [...door.events] } })).toEqual(['open × push: both handled and ignored'])
  })

  test('a row behind an unguarded one', () => {
    const row = { from: ['open', 'locked'], on: ['push'], if: 'key-fits', do: [], to: 'open', ref: 'x' }
    expect(withRow(row)).toEqual(['open × push: a row is shadowed by the unguarded one before it'])
  })

  test('two rows with the same guard', () => {
    const row = { from: 'locked', on: 'turn', if: 'key-fits', do: [], to: 'open', ref: 'x' }
    expect(withRow(row)).toEqual(['locked × turn: two rows have the same guard'])
  })

  test('guarded rows without a last word', () => {
    expect(broken({ ignored: { ...door.ignored, locked: ['push', 'pull'] } })).toEqual([
      'locked × turn: guarded rows only, and the rest not ignored',
    ])
  })

  test('names that are no state or event of the table', () => {
    const rows = door.rows.map((row) => (row.ref === 'b' ? { ...row, to: 'opne' } : row))
    expect(broken({ rows })).toEqual(['opne: no state of the table'])
    expect(broken({ initial: 'closed' })).toContain('closed: no state of the table')
    expect(broken({ ignored: { ...door.ignored, opn: ['kick'] } })).toEqual([
      'opn: no state of the table',
      'kick: no event of the table',
    ])
    expect(withRow({ from: 'shut', on: 'kick', do: [], to: 'open', ref: 'x' })).toEqual(['kick: no event of the table'])
  })
})

describe('a compiled table', () => {
  interface Subject {
    state: 'open' | 'shut' | 'locked'
    readonly log: string[]
  }
  const log =
    (name: string) =>
    ({ log, state }: Subject, key: number): void => {
      log.push(`${name} ${state} ${String(key)}`)
    }
  const step = compile(door, {
    state: ({ state }: Subject) => state,
    enter: (subject, { from, on, to, row }: Change<Subject['state'], string>) => {
      subject.log.push(`${from} ${on} ${to} row ${String(row)}`)
      subject.state = to
    },
    guards: { 'key-fits': (_subject, key: number) => key === 7 },
    actions: { slam: log('slam'), rattle: log('rattle'), click: log('click'), jam: log('jam') },
  })

  test('enters the state, then runs the actions in order, with the argument', () => {
    const subject: Subject = { state: 'open', log: [] }
    expect(step(subject, 'push', 1)).toBe(true)
    expect(subject.log).toEqual(['open push shut row 0', 'slam shut 1', 'rattle shut 1'])
  })

  test('takes the first row whose guard holds', () => {
    const subject: Subject = { state: 'shut', log: [] }
    expect([step(subject, 'turn', 1), subject.state]).toEqual([true, 'shut'])
    expect([step(subject, 'turn', 7), subject.state]).toEqual([true, 'locked'])
    expect(subject.log).toEqual(['shut turn shut row 3', 'jam shut 1', 'shut turn locked row 2', 'click locked 7'])
  })

  test('does nothing for a declared exception, guarded or not', () => {
    const subject: Subject = { state: 'locked', log: [] }
    expect([step(subject, 'push', 7), step(subject, 'turn', 1)]).toEqual([false, false])
    expect(subject).toEqual({ state: 'locked', log: [] })
  })

  test('an event that the table does not know is a bug of ours', () => {
    const unchecked = step as (subject: Subject, on: string, key: number) => boolean
    expect(() => unchecked({ state: 'open', log: [] }, 'kick', 1)).toThrow(SimulatorBug)
  })
})

describe('the shipped tables', () => {
  test.each(machines.map((table) => [table.name, table] as const))('%s has no flaw', (_, table) => {
    expect(flaws(table)).toEqual([])
  })

  const known = new Set([...catalogue(2661), ...catalogue(3931), ...catalogue(4951)].map(({ id }) => id))
  test.each(machines.map((table) => [table.name, table] as const))('every row of %s cites a requirement', (_, table) => {
    const cited = table.rows.flatMap(({ ref, ref3 }) => (ref3 === undefined ? [ref] : [ref, ref3]))
    expect(cited.filter((ref) => !known.has(ref))).toEqual([])
  })
})

const rows2661 = tableCases(2661)
const requirementsOf = (cases: readonly TableCase[]): readonly string[] => [...new Set(cases.map(({ requirement }) => requirement))]

/** The rows of a table that answer the event, told apart by the guard as the case asks. */
function answering({ machine: name, state, on, acceptable }: TableCase): readonly Row[] {
  const table = machines.find((candidate) => candidate.name === name)
  const rows = (table?.rows ?? []).filter((row) => listed(row.from).includes(state) && listed(row.on).includes(on))
  if (acceptable === undefined) return rows
  return rows.filter((row) => (row.if === 'acceptable') === acceptable)
}

/** Our action for each of the RFC's; undefined where the action is not the machine's. */
const actionOf: Readonly<Record<string, string | undefined>> = {
  'initiate local tunnel open': 'open-tunnel',
  'initiate local tunnel-open': 'open-tunnel',
  'send tunnel-open event to waiting sessions': 'tunnel-open',
  'prepare for data': 'prepare-for-data',
  'open bearer': 'open-bearer',
  'clean up': 'clean-up',
  // The SCCRQ is read again by whoever found the tie lost.
  're-queue SCCRQ for idle state': undefined,
  none: undefined,
}
const ownAction = (action: string): readonly string[] => {
  const name = action in actionOf ? actionOf[action] : action.replace(/^send /, 'send-')
  return name === undefined ? [] : [name]
}
/** Beside the RFC's actions a row may announce what has happened. */
const announcements = ['tunnel-established', 'call-established']

describe('RFC 2661 7 row for row', () => {
  const cases = rows2661.map((one) => [`${one.requirement} ${one.state} × ${one.on}`, one] as const)
  test.each(cases)('%s', (_, one) => {
    const [first] = answering(one)
    expect(first?.to).toBe(one.next)
    const own = first?.do.filter((action) => !announcements.includes(action))
    expect(own).toEqual(one.row.actions.flatMap(ownAction))
    // Where two rows of the RFC say the same, either may be cited.
    const same = ({ machine: name, state, on }: TableCase): boolean => name === one.machine && state === one.state && on === one.on
    const twins = rows2661.filter(same)
    expect(twins.map(({ requirement }) => requirement)).toContain(first?.ref)
  })

  test('each of its rows stands in a table of ours under its own name', () => {
    const cited = new Set(machines.flatMap(({ rows }) => rows.map(({ ref }) => ref)))
    expect(requirementsOf(rows2661).filter((id) => !cited.has(id))).toEqual([])
  })
})

test('each row of RFC 3931 7 stands in a table of ours under its own name', () => {
  const cited = new Set(machines.flatMap(({ rows }) => rows.map(({ ref, ref3 }) => ref3 ?? ref)))
  // R3931-7.2-10 is a tie lost, which R3931-7.2-09 is too; what becomes of the SCCRQ is told by the rows for idle.
  expect(requirementsOf(tableCases(3931)).filter((id) => !cited.has(id))).toEqual(['R3931-7.2-10'])
})
