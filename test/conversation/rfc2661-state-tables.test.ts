// RFC 2661 7, row for row, as conversations: a core is led into each state by real messages, meets each event, and must send and
// become what the RFC's table says. Then every row of our own tables must have fired, and what is ignored must change nothing.

import { describe, expect, test } from 'vitest'
import { machines } from '../../sim/l2tp/machines/index.ts'
import { tableCases } from '../support/state-tables.ts'
import { reach, stimuli } from '../support/state-walks.ts'
import { transitions, unreachedRows, walkRow, type Ways } from '../support/table-walks.ts'

const ways: Ways = { version: 2, stimuli }

describe('the tables of RFC 2661 7 on the wire', () => {
  const cases = tableCases(2661).map((one) => [`${one.requirement} ${one.machine}: ${one.state} × ${one.on}`, one] as const)
  test.each(cases)('%s', (_, one) => {
    const { expected, actual, first } = walkRow(ways, one)
    expect(actual).toEqual(expected)
    expect(first).toMatchObject({ from: one.state, to: one.next })
  })
})

/**
 * Rows that no conversation under RFC 2661 alone can reach, and why.
 * - `silent-clear` of a tunnel is what RFC 4951 3.2.1 adds: a recovery that failed.
 */
const beyondRfc2661 = [
  'control-connection: wait-ctl-reply|wait-ctl-conn|established × silent-clear (R4951-3.2.1-28)',
]

test('every row of the five tables has fired', () => {
  expect(unreachedRows(ways)).toEqual(beyondRfc2661)
})

/** Events that only the machine itself brings about, or that no message can carry into the state that ignores them. */
const ignoredByWire: readonly (readonly [machine: string, state: string, on: string])[] = [
  ['control-connection', 'wait-ctl-reply', 'local-open'],
  ['control-connection', 'wait-ctl-conn', 'local-open'],
  ['control-connection', 'wait-ctl-reply', 'rcv-SCCRQ'],
]

describe('what a table ignores', () => {
  test.each(ignoredByWire)('%s: %s × %s says and changes nothing', (machine, state, on) => {
    const table = machines.find(({ name }) => name === machine)
    expect(table?.ignored[state]).toContain(on)
    const stimulus = stimuli[machine]?.find((candidate) => candidate.on === on)
    if (stimulus === undefined) throw new Error(`no way to bring about ${on}`)
    const walk = reach(machine, state, stimulus)
    stimulus.act(walk)
    expect(walk.peer.types(walk.heard)).toEqual([])
    expect(transitions(walk).filter((transition) => transition.machine === machine)).toEqual([])
    expect(walk.peer.core.tunnel(walk.tunnel)?.state).toBe(state)
  })
})
