// Which rows of which machine fired when, and where an instance of a machine stands at an instant: indexed once for each run.

import type { Nanos } from '../../sim/base/time.ts'
import { recordAt } from '../trace/columns.ts'
import type { TraceRecord } from '../../sim/trace/record.ts'
import type { RunModel } from './model.ts'

/** One life of a machine: an endpoint's tunnel, or a session of it. */
export interface Instance {
  readonly endpoint: string
  readonly tunnel: number
  readonly session: number
  /** Its transitions, in order. */
  readonly seqs: readonly number[]
}

/** What tells one life of a machine from another. */
export const keyOf = ({ endpoint, tunnel, session }: Pick<Instance, 'endpoint' | 'tunnel' | 'session'>): string =>
  `${endpoint} ${String(tunnel)} ${String(session)}`

export interface Firings {
  /** By row: the records in which it fired. */
  readonly byRow: ReadonlyMap<number, readonly number[]>
  /** By the state left and the state entered, `from to`. */
  readonly byArrow: ReadonlyMap<string, readonly number[]>
  readonly instances: readonly Instance[]
}

const known = new WeakMap<RunModel, Map<string, Firings>>()

/** Everything a machine did in a run. */
export function firingsOf(run: RunModel, machine: string): Firings {
  let machines = known.get(run)
  if (machines === undefined) known.set(run, (machines = indexed(run)))
  return machines.get(machine) ?? { byRow: new Map(), byArrow: new Map(), instances: [] }
}

interface Draft {
  readonly byRow: Map<number, number[]>
  readonly byArrow: Map<string, number[]>
  readonly instances: Map<string, { endpoint: string; tunnel: number; session: number; seqs: number[] }>
}

function indexed(run: RunModel): Map<string, Firings> {
  const drafts = new Map<string, Draft>()
  for (const seq of run.transitions) {
    const record = recordAt(run.trace, seq) as TraceRecord<'transition'>
    const { machine, endpoint, tunnel, session, row, from, to } = record
    let draft = drafts.get(machine)
    if (draft === undefined) drafts.set(machine, (draft = { byRow: new Map(), byArrow: new Map(), instances: new Map() }))
    addTo(draft.byRow, row, seq)
    addTo(draft.byArrow, `${from} ${to}`, seq)
    const key = keyOf(record)
    const instance = draft.instances.get(key) ?? { endpoint, tunnel, session, seqs: [] }
    instance.seqs.push(seq)
    draft.instances.set(key, instance)
  }
  return new Map([...drafts].map(([name, { instances, ...firings }]) => [name, { ...firings, instances: [...instances.values()] }]))
}

function addTo<K>(lists: Map<K, number[]>, key: K, seq: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [seq])
  else list.push(seq)
}

/** The last transition of an instance at or before an instant; undefined before its first. */
export function lastTransition(run: RunModel, { seqs }: Instance, at: Nanos): TraceRecord<'transition'> | undefined {
  let low = 0
  let high = seqs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (run.trace.at[seqs[middle]!]! <= at) low = middle + 1
    else high = middle
  }
  const seq = seqs[low - 1]
  return seq === undefined ? undefined : (recordAt(run.trace, seq) as TraceRecord<'transition'>)
}
