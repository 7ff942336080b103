// Which lane of the picture a tunnel number of an endpoint belongs to at an instant: numbers are used again, and a recovery tunnel
// belongs to the lane of the tunnel it recovers (RFC 4951 3.2).

import type { Nanos } from '../../sim/base/time.ts'
import type { TunnelPair } from '../../sim/run/tunnel-phases.ts'
import type { TraceRecord } from '../../sim/trace/record.ts'

export interface KnownTunnel {
  readonly from: Nanos
  readonly lane: number
  /** 0 or 1: which of the lane's sides. */
  readonly side: number
  readonly recovery: boolean
  /** First reset of its control channel; Infinity without one. */
  resetAt: Nanos
}

export interface TunnelIndex {
  find(endpoint: string, tunnel: number, at: Nanos): KnownTunnel | undefined
}

/** `recoveries` are the records that open a recovery tunnel, `resets` those of control channel resets, each in order. */
export function tunnelIndex(
  pairs: readonly TunnelPair[],
  recoveries: readonly TraceRecord<'tunnel'>[],
  resets: readonly TraceRecord<'controlReset'>[],
): TunnelIndex {
  const known = new Map<string, KnownTunnel[]>()
  const add = (endpoint: string, tunnel: number, what: KnownTunnel): void => {
    const key = `${endpoint}/${String(tunnel)}`
    const list = known.get(key)
    if (list === undefined) known.set(key, [what])
    else list.push(what)
  }
  const find = (endpoint: string, tunnel: number, at: Nanos): KnownTunnel | undefined => {
    const list = known.get(`${endpoint}/${String(tunnel)}`)
    return list?.findLast(({ from }) => from <= at) ?? list?.[0]
  }
  pairs.forEach((pair, lane) => {
    pair.forEach((side, place) => {
      const from = side?.milestones[0]?.at ?? 0
      if (side !== undefined) add(side.endpoint, side.tunnel, { from, lane, side: place, recovery: false, resetAt: Infinity })
    })
  })
  for (const list of known.values()) list.sort((a, b) => a.from - b.from)
  for (const { endpoint, tunnel, oldTunnel, at } of recoveries) {
    const old = find(endpoint, oldTunnel, at)
    if (old !== undefined) add(endpoint, tunnel, { ...old, from: at, recovery: true, resetAt: Infinity })
  }
  for (const { endpoint, tunnel, at } of resets) {
    const old = find(endpoint, tunnel, at)
    if (old !== undefined && old.resetAt === Infinity) old.resetAt = at
  }
  for (const list of known.values()) list.sort((a, b) => a.from - b.from)
  return { find }
}
