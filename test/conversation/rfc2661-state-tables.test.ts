// RFC 2661 7, row for row, as conversations: a core is led into each state by real messages, meets each event, and must send and
// become what the RFC's table says. Then every row of our own tables must have fired, and what is ignored must change nothing.

import { describe, expect, test } from 'vitest'
import { listed, type AnyMachine } from '../../sim/l2tp/fsm.ts'
import { machines } from '../../sim/l2tp/machines/index.ts'
import type { Transition } from '../../sim/l2tp/notices.ts'
import { messagesOf, tableCases, type TableCase } from '../support/rfc2661-tables.ts'
import { RowCoverage } from '../support/row-coverage.ts'
import { placeCall, reach, stimuli, toldSince, type Stimulus, type Walk } from '../support/state-walks.ts'

/** The machines of RFC 2661 itself. */
const tables = machines.filter(({ name }) => name in stimuli)

function stimulusFor({ machine, on, acceptable }: TableCase): Stimulus {
  const found = stimuli[machine]?.find((stimulus) => stimulus.on === on && (stimulus.acceptable ?? true) === (acceptable ?? true))
  if (found === undefined) throw new Error(`no way to bring about ${on} in ${machine}`)
  return found
}

const transitions = (walk: Walk): readonly Transition[] =>
  toldSince(walk).filter((notice): notice is Transition => notice.kind === 'transition')

/** A message for a call that does not exist reaches one of the idle tables; which one is told by who may be a LAC. */
const isOf = ({ machine, state }: TableCase, { machine: fired }: Transition): boolean =>
  fired === machine || (machine !== 'control-connection' && state === 'idle' && fired.includes('call'))

const opensCalls = ({ row }: TableCase): boolean => row.actions.includes('send tunnel-open event to waiting sessions')

function walked(one: TableCase): Walk {
  const stimulus = stimulusFor(one)
  const walk = reach(one.machine, one.state, stimulus)
  // A call that waits shows that the tunnel has opened.
  if (opensCalls(one) && one.state !== 'established') placeCall(walk)
  stimulus.act(walk)
  return walk
}

function expectedMessages(one: TableCase): readonly string[] {
  const requeued = one.row.actions.includes('re-queue SCCRQ for idle state') ? ['SCCRP'] : []
  // What opens the tunnel is the SCCRP, which the tunnel answers first.
  const before = one.on === 'tunnel-open' ? ['SCCCN'] : []
  return [...before, ...messagesOf(one.row), ...requeued, ...(opensCalls(one) ? ['ICRQ'] : [])]
}

describe('the tables of RFC 2661 7 on the wire', () => {
  const cases = tableCases.map((one) => [`${one.requirement} ${one.machine}: ${one.state} × ${one.on}`, one] as const)
  test.each(cases)('%s', (_, one) => {
    const walk = walked(one)
    const taken = transitions(walk).find((transition) => isOf(one, transition) && transition.from === one.state)
    expect(taken).toMatchObject({ on: one.on, from: one.state, to: one.row.next })
    expect(walk.peer.types(walk.heard)).toEqual(expectedMessages(one))
    if (one.row.actions.includes('clean up')) expect(survivors(one, walk)).toEqual([])
  })
})

/** What the machine was about and is still in the core's tables, StopCCN and its linger apart. */
function survivors({ machine }: TableCase, { peer, tunnel, session }: Walk): string[] {
  const known = peer.core.tunnel(tunnel)
  if (known === undefined) return []
  if (machine === 'control-connection') return known.closing && known.sessions.size === 0 ? [] : [`tunnel in ${known.state}`]
  return known.sessions.has(session) ? [`session in ${known.sessions.get(session)?.state ?? ''}`] : []
}

/** Every event in every state in which the table has a row for it. */
function answered(table: AnyMachine): readonly Walk[] {
  return table.states.flatMap((state) =>
    (stimuli[table.name] ?? []).flatMap((stimulus) => {
      const rows = table.rows.filter((row) => listed(row.from).includes(state) && listed(row.on).includes(stimulus.on))
      if (rows.length === 0) return []
      const walk = reach(table.name, state, stimulus)
      stimulus.act(walk)
      return [walk]
    }),
  )
}

/**
 * Rows that no conversation under RFC 2661 alone can reach, and why.
 * - `silent-clear` of a tunnel is what RFC 4951 3.2.1 adds: a recovery that failed.
 */
const beyondRfc2661 = [
  'control-connection: wait-ctl-reply|wait-ctl-conn|established × silent-clear (R4951-3.2.1-28)',
]

test('every row of the five tables has fired', () => {
  const coverage = new RowCoverage()
  for (const table of tables) for (const { peer } of answered(table)) coverage.see(peer.told)
  expect(tables.flatMap((table) => coverage.unreached(table))).toEqual(beyondRfc2661)
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
