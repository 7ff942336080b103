// Data messages: how many were delivered, lost, late or twice, and for how long each direction of each session stood still around
// the first failure.

import { NEVER, type Nanos } from '../../base/time.ts'
import { isLive, partnerOf, type Books, type Deliveries, type Flow } from '../observe/books.ts'
import type { Watcher } from '../observe/watcher.ts'
import type { Episode } from './episode.ts'

/** Gaps in the running counts that are remembered for one flow; what is missing before them is lost for good. */
const REMEMBERED_GAPS = 64

export interface DataCounts {
  sent: number
  /** Each message once. */
  delivered: number
  duplicated: number
  reordered: number
  droppedAsOld: number
  droppedForCookie: number
  /** Messages whose original copy has come to an end, whatever it was. */
  settled: number
  /** In order of first delivery. */
  readonly flows: Flow[]
}

/** How long one direction of a session stood still; NEVER when it has not gone on although its sender has. */
export interface SessionOutage {
  /** The receiving side. */
  readonly endpoint: string
  readonly tunnel: number
  readonly session: number
  readonly outage: Nanos
}

export const newDataCounts = (): DataCounts => ({
  sent: 0,
  delivered: 0,
  duplicated: 0,
  reordered: 0,
  droppedAsOld: 0,
  droppedForCookie: 0,
  settled: 0,
  flows: [],
})

export function watchData(books: Books, episode: Episode, counts: DataCounts): Watcher {
  let arrived = -1
  let arrivedCopy = 0
  return {
    dataSent() {
      counts.sent += 1
    },
    delivered(record) {
      arrived = record.packet
      arrivedCopy = record.copy
    },
    dropped(record, ofData) {
      if (ofData && record.copy === 0) counts.settled += 1
    },
    data(record, _session, flow) {
      if (record.verdict === 'bad-cookie') counts.droppedForCookie += 1
      if (books.forged.size > 0 && books.forged.has(record.packet)) return
      if (arrived !== record.packet || arrivedCopy === 0) counts.settled += 1
      if (record.verdict === 'old') counts.droppedAsOld += 1
      if (flow === undefined || (record.verdict !== 'accepted' && record.verdict !== 'reset')) return
      const deliveries = (flow.deliveries ??= beginFlow(counts, flow, record.at))
      measure(episode, flow, deliveries, record)
      classify(counts, deliveries, record)
      deliveries.count += 1
      deliveries.lastAt = record.at
    },
  }
}

function beginFlow(counts: DataCounts, flow: Flow, at: Nanos): Deliveries {
  counts.flows.push(flow)
  return { count: 0, firstAt: at, lastAt: at, lastPacket: -1, lastStamp: -1, missing: [], usual: -1, longest: -1, resumedAt: -1 }
}

interface Delivery {
  readonly at: Nanos
  readonly packet: number
  readonly stamp: number
}

/** Once, twice or late? The running count tells, and starts anew when the sender's data plane does. */
function classify(counts: DataCounts, deliveries: Deliveries, { packet, stamp }: Delivery): void {
  if (packet > deliveries.lastPacket) {
    const { lastStamp, missing } = deliveries
    if (stamp <= lastStamp) missing.length = 0
    else if (lastStamp >= 0 && stamp > lastStamp + 1) missing.push(lastStamp + 1, stamp - 1)
    if (missing.length > 2 * REMEMBERED_GAPS) missing.splice(0, 2)
    deliveries.lastPacket = packet
    deliveries.lastStamp = stamp
    counts.delivered += 1
  } else if (packet < deliveries.lastPacket && fill(deliveries.missing, stamp)) {
    counts.delivered += 1
    counts.reordered += 1
  } else counts.duplicated += 1
}

/** Takes a count out of the gaps; false when it is in none. */
function fill(missing: number[], stamp: number): boolean {
  for (let i = missing.length - 2; i >= 0; i -= 2) {
    const first = missing[i]!
    const last = missing[i + 1]!
    if (stamp > last) return false
    if (stamp < first) continue
    const rest = [...(stamp > first ? [first, stamp - 1] : []), ...(stamp < last ? [stamp + 1, last] : [])]
    missing.splice(i, 2, ...rest)
    return true
  }
  return false
}

/** The gap before a delivery counts when it spans the fault, or began while the tunnel had not settled again. */
function measure(episode: Episode, flow: Flow, deliveries: Deliveries, { at, packet }: Delivery): void {
  if (episode.at < 0 || at <= episode.at || episode.over) return
  if (deliveries.count === 0) return
  if (deliveries.usual < 0 && deliveries.count > 1)
    deliveries.usual = (deliveries.lastAt - deliveries.firstAt) / (deliveries.count - 1)
  const spansFault = deliveries.lastPacket <= episode.lastPacket
  if (spansFault || deliveries.lastAt < flow.of.channel.settledAt)
    deliveries.longest = Math.max(deliveries.longest, at - deliveries.lastAt)
  if (deliveries.resumedAt < 0 && packet > episode.lastPacket) deliveries.resumedAt = at
}

/** Forgets what was measured from an earlier origin. */
export function measureAnew({ flows }: DataCounts): void {
  for (const { deliveries } of flows) if (deliveries !== undefined) deliveries.longest = deliveries.resumedAt = -1
}

/** One end of it failed; every flow counts where the fault was none of an endpoint. */
function isAffected({ failed, isFailure }: Episode, { of }: Flow): boolean {
  const { endpoint, peer } = of.channel
  return !isFailure || failed.has(endpoint.name) || (peer !== undefined && failed.has(peer.name))
}

/** Flows with a regular spacing before the fault, of sessions that still exist. */
export function outagesOf(episode: Episode, { flows }: DataCounts): readonly SessionOutage[] {
  if (episode.at < 0) return []
  return flows.flatMap((flow) => {
    const outage = isAffected(episode, flow) ? outageOf(episode, flow) : undefined
    const { endpoint, tunnel, session } = flow
    return outage === undefined ? [] : [{ endpoint: endpoint.name, tunnel, session, outage }]
  })
}

function outageOf(episode: Episode, { deliveries, of }: Flow): Nanos | undefined {
  if (deliveries === undefined || of.state !== 'established' || !isLive(of.channel)) return undefined
  if (deliveries.resumedAt >= 0)
    return deliveries.usual < 0 ? undefined : Math.max(0, Math.round(deliveries.longest - deliveries.usual))
  const sender = partnerOf(of.channel)?.sessions.get(of.peerSession)
  return deliveries.count > 1 && sender !== undefined && sender.dataSentAt > episode.at ? NEVER : undefined
}

/** When affected flows that ran before the fault went on, in order. */
export function resumptions(episode: Episode, { flows }: DataCounts): readonly Nanos[] {
  return flows
    .filter((flow) => isAffected(episode, flow) && flow.deliveries !== undefined && flow.deliveries.resumedAt >= 0)
    .filter(({ deliveries }) => deliveries !== undefined && deliveries.firstAt <= episode.at)
    .map(({ deliveries }) => deliveries?.resumedAt ?? 0)
    .sort((a, b) => a - b)
}
