// What a run came across: rows of the state machines that fired, states that endpoints were in at the same time, messages met in a state,
// and which AVPs stood together in a message. Each feature is a 32-bit number made of its names, the same in every run.

import { avalanche, hashName } from '../base/name-hash.ts'
import { isControl, peekType } from '../l2tp/wire/header.ts'
import { visitAvps } from '../run/observe/avps.ts'
import type { Fold, TraceRecord } from '../trace/record.ts'

/** What a feature is about; part of its number. */
const ROW = 1
const PAIR = 2
const MET = 3
const AVPS = 4
const FAILED = 5

const hashes = new Map<string, number>()

function hashOf(name: string): number {
  let hash = hashes.get(name)
  if (hash === undefined) hashes.set(name, (hash = hashName(name)[0]))
  return hash
}

/** Not symmetrical in its arguments. */
const joined = (a: number, b: number): number => avalanche(Math.imul(a, 0x9e3779b1) ^ b)

/** What one endpoint did last: machine and state, as a number. */
interface Standing {
  readonly endpoint: string
  state: number
}

/** Folds a trace to the features in it, in the order in which they first showed. */
export function features(): Fold<readonly number[]> {
  const found = new Set<number>()
  const standings: Standing[] = []
  const standingOf = (endpoint: string): Standing => {
    for (const standing of standings) if (standing.endpoint === endpoint) return standing
    const standing = { endpoint, state: 0 }
    standings.push(standing)
    return standing
  }
  const move = ({ endpoint, machine, row, to }: TraceRecord<'transition'>): void => {
    const own = standingOf(endpoint)
    const name = hashOf(machine)
    found.add(joined(joined(ROW, name), row))
    own.state = joined(name, hashOf(to))
    for (const other of standings) if (other !== own) found.add(joined(joined(PAIR, own.state), other.state))
  }
  return {
    kinds: ['transition', 'sent', 'handled', 'plane'],
    see(record) {
      switch (record.kind) {
        case 'transition':
          move(record)
          return
        case 'handled':
          found.add(joined(joined(joined(MET, hashOf(record.type)), hashOf(record.verdict)), standingOf(record.endpoint).state))
          return
        case 'sent':
          if (record.attempt === 1) found.add(avpsOf(record.bytes))
          return
        case 'plane':
          for (const { state } of standings) found.add(joined(joined(FAILED, record.up ? 1 : 0), state))
          return
        default:
          return
      }
    },
    end: () => [...found],
  }
}

/** Which attributes stand in a control message, in their order; those that follow each other count once. */
function avpsOf(bytes: Uint8Array): number {
  if (!isControl(bytes)) return 0
  let all = joined(AVPS, hashOf(peekType(bytes)))
  let last = -1
  visitAvps(bytes, (attribute) => {
    if (attribute !== last) all = joined(all, attribute)
    last = attribute
  })
  return all
}
