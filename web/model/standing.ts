// Where replicas and planes of the endpoints stand at an instant, and how long the queues are.

import type { Nanos } from '../../sim/base/time.ts'
import { kindNumbers } from '../../sim/trace/digest.ts'
import { lastAtOrBefore, recordAt, slotOf } from '../trace/columns.ts'
import type { RunModel } from './model.ts'

export interface Standing {
  /** By name: `active`, `standby`, `failed`, `detecting`, `taking-over`, `restarting`. */
  readonly replicas: ReadonlyMap<string, string>
  readonly control: boolean
  readonly data: boolean
}

/** By endpoint. */
export function standingAt(run: RunModel, at: Nanos): ReadonlyMap<string, Standing> {
  const found = new Map<string, { replicas: Map<string, string>; control: boolean; data: boolean }>()
  for (const { name } of run.endpoints) found.set(name, { replicas: new Map(), control: true, data: true })
  for (const seq of run.standing) {
    if (run.trace.at[seq]! > at) break
    const record = recordAt(run.trace, seq)
    if (record.kind === 'replica') found.get(record.endpoint)?.replicas.set(record.replica, record.state)
    else if (record.kind === 'plane') {
      const standing = found.get(record.endpoint)
      if (standing === undefined) continue
      if (record.plane === 'control') standing.control = record.up
      else standing.data = record.up
    }
  }
  return found
}

const slots = {
  endpoint: slotOf('delivered', 'endpoint'),
  depth: slotOf('delivered', 'depth'),
  sender: slotOf('sent', 'endpoint'),
  backlog: slotOf('sent', 'backlog'),
} as const

/** Records looked back at for the latest word on a queue. */
const LOOK_BACK = 4000

export interface Queues {
  /** Messages that waited before the latest one that arrived, by endpoint. */
  readonly input: ReadonlyMap<string, number>
  /** Octets that waited in the link before the latest datagram, by sender. */
  readonly link: ReadonlyMap<string, number>
}

export function queuesAt({ trace }: RunModel, at: Nanos): Queues {
  const input = new Map<string, number>()
  const link = new Map<string, number>()
  const last = lastAtOrBefore(trace.at, at)
  for (let seq = last; seq >= 0 && seq > last - LOOK_BACK; seq--) {
    const kind = trace.kinds[seq]
    const value = (slot: number): number => trace.values[trace.start[seq]! + slot]!
    if (kind === kindNumbers.delivered) {
      const endpoint = trace.texts[value(slots.endpoint)]!
      if (!input.has(endpoint)) input.set(endpoint, value(slots.depth))
    } else if (kind === kindNumbers.sent) {
      const endpoint = trace.texts[value(slots.sender)]!
      if (!link.has(endpoint)) link.set(endpoint, value(slots.backlog))
    }
  }
  return { input, link }
}
