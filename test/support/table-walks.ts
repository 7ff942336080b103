// The tables of RFC 2661 7 and RFC 3931 7 walked row for row: the event of a row is brought about in its state, and what the core then
// takes, says and keeps is held against the row.

import { listed, type AnyMachine } from '../../sim/l2tp/fsm.ts'
import { machines } from '../../sim/l2tp/machines/index.ts'
import type { Transition } from '../../sim/l2tp/notices.ts'
import type { Version } from '../../sim/l2tp/wire/avps.ts'
import { RowCoverage } from './row-coverage.ts'
import { messagesOf, type TableCase } from './state-tables.ts'
import { placeCall, reach, toldSince, type Stimulus, type Walk } from './state-walks.ts'

/** The ways of one protocol version to bring about events, by machine. */
export interface Ways {
  readonly version: Version
  readonly stimuli: Readonly<Record<string, readonly Stimulus[]>>
}

function stimulusFor({ stimuli }: Ways, { machine, on, acceptable }: TableCase): Stimulus {
  const found = stimuli[machine]?.find((stimulus) => stimulus.on === on && (stimulus.acceptable ?? true) === (acceptable ?? true))
  if (found === undefined) throw new Error(`no way to bring about ${on} in ${machine}`)
  return found
}

export const transitions = (walk: Walk): readonly Transition[] =>
  toldSince(walk).filter((notice): notice is Transition => notice.kind === 'transition')

/** A message for a call that does not exist reaches one of the idle tables; which one is told by who may be a LAC. */
const isOf = ({ machine, state }: TableCase, { machine: fired }: Transition): boolean =>
  fired === machine || (machine !== 'control-connection' && state === 'idle' && fired.includes('call'))

const opensCalls = ({ row }: TableCase): boolean => row.actions.some((action) => action.endsWith('open event to waiting sessions'))

/** What is said where another connection, or another call, goes on in place of the one of the row. */
const instead: Readonly<Record<string, string>> = {
  're-queue SCCRQ for idle state': 'SCCRP',
  'process as ICRQ recipient': 'ICRP',
  'process as OCRQ recipient': 'OCRP',
}

function expectedMessages(one: TableCase): readonly string[] {
  // What opens the tunnel is the SCCRP, which the tunnel answers first.
  const before = one.on === 'tunnel-open' ? ['SCCCN'] : []
  const after = one.row.actions.flatMap((action) => instead[action] ?? [])
  return [...before, ...messagesOf(one.row), ...after, ...(opensCalls(one) ? ['ICRQ'] : [])]
}

/** What the machine was about and is still in the core's tables, StopCCN and its linger apart. */
function survivors({ machine }: TableCase, { peer, tunnel, session }: Walk): string[] {
  const known = peer.core.tunnel(tunnel)
  if (known === undefined) return []
  if (machine === 'control-connection') return known.closing && known.sessions.size === 0 ? [] : [`tunnel in ${known.state}`]
  return known.sessions.has(session) ? [`session in ${known.sessions.get(session)?.state ?? ''}`] : []
}

/** A row of the RFC, as it is and as the core does it: the event taken, where it leads, what is said, and what is left of what ends. */
export function walkRow(ways: Ways, one: TableCase) {
  const stimulus = stimulusFor(ways, one)
  const walk = reach(one.machine, one.state, stimulus, ways.version)
  // A call that waits shows that the tunnel has opened.
  if (opensCalls(one) && one.state !== 'established') placeCall(walk)
  stimulus.act(walk)
  const taken = transitions(walk).filter((transition) => isOf(one, transition) && transition.from === one.state)
  const ends = one.row.actions.some((action) => action.startsWith('clean up'))
  const [first] = taken
  return {
    expected: { on: stimulus.takenAs ?? one.on, said: expectedMessages(one), left: [] },
    actual: { on: first?.on, said: walk.peer.types(walk.heard), left: ends ? survivors(one, walk) : [] },
    first,
    walk,
  }
}

/** Every event in every state in which the table has a row for it. */
function answered({ stimuli, version }: Ways, table: AnyMachine): readonly Walk[] {
  return table.states.flatMap((state) =>
    (stimuli[table.name] ?? []).flatMap((stimulus) => {
      const rows = table.rows.filter((row) => listed(row.from).includes(state) && listed(row.on).includes(stimulus.on))
      if (rows.every((row) => (row.version ?? version) !== version)) return []
      const walk = reach(table.name, state, stimulus, version)
      stimulus.act(walk)
      return [walk]
    }),
  )
}

/** The rows of the tables of one version that no conversation reaches. */
export function unreachedRows(ways: Ways): readonly string[] {
  const coverage = new RowCoverage()
  const tables = machines.filter(({ name }) => name in ways.stimuli)
  for (const table of tables) for (const { peer } of answered(ways, table)) coverage.see(peer.told)
  return tables.flatMap((table) => coverage.unreached(table, ways.version))
}
