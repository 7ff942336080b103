// What became of sessions and tunnels that were there when a plane of either end failed: kept, lost, or ended by someone's wish.

import { arePaired, isLive, otherHalf, partnerOf, type Books, type Channel, type Session } from '../observe/books.ts'
import type { Watcher } from '../observe/watcher.ts'

export interface SessionCounts {
  /** Sessions that became established, each once. */
  established: number
  clearedAsStale: number
  /** One side of each session and tunnel that both sides had when one of them failed. */
  readonly sessions: Session[]
  readonly tunnels: Channel[]
}

export interface Outcome {
  kept: number
  lost: number
  ended: number
}

export const newSessionCounts = (): SessionCounts => ({ established: 0, clearedAsStale: 0, sessions: [], tunnels: [] })

function endanger(counts: SessionCounts, channel: Channel, partner: Channel): void {
  if (!channel.endangered) counts.tunnels.push(channel)
  channel.endangered = partner.endangered = true
  for (const session of channel.sessions.values()) {
    const other = otherHalf(session, partner)
    if (session.endangered || other === undefined || !arePaired(session, other)) continue
    session.endangered = other.endangered = true
    counts.sessions.push(session)
  }
}

export function watchSessions({ byName }: Books, counts: SessionCounts): Watcher {
  return {
    session(record, channel) {
      if (record.event === 'closed' && record.why === 'unknown-to-peer') counts.clearedAsStale += 1
      if (record.event !== 'established') return
      const other = partnerOf(channel)?.sessions.get(record.peerSession)
      const counted = other?.state === 'established' && other.peerSession === record.session
      if (!counted) counts.established += 1
    },
    plane(record) {
      if (record.up) return
      for (const channel of byName.get(record.endpoint)?.channels.values() ?? []) {
        const partner = channel.purpose === 'ordinary' && channel.state === 'established' ? partnerOf(channel) : undefined
        if (partner !== undefined && partner.state !== 'closed') endanger(counts, channel, partner)
      }
    },
  }
}

/** The channels that have the numbers of this one and its peer at present. */
function present({ endpoint, tunnel, peer, peerTunnel }: Channel): readonly [Channel | undefined, Channel | undefined] {
  return [endpoint.channels.get(tunnel), peer?.channels.get(peerTunnel)]
}

const areUp = (channel: Channel | undefined, other: Channel | undefined): boolean =>
  channel !== undefined && other !== undefined && isLive(channel) && isLive(other) && partnerOf(channel) === other

/** Somebody wanted it to end. */
const isEnded = (channel: Channel | undefined, session?: Session): boolean =>
  channel?.why === 'stopccn-sent' || session?.why === 'cdn-sent'

function count(outcome: Outcome, kept: boolean, ended: boolean): void {
  if (kept) outcome.kept += 1
  else if (ended) outcome.ended += 1
  else outcome.lost += 1
}

/** What has become of the sessions by now; found by their numbers, as they may have been restored since. */
export function outcomeOfSessions({ sessions }: SessionCounts): Outcome {
  const outcome: Outcome = { kept: 0, lost: 0, ended: 0 }
  for (const { channel, session, peerSession } of sessions) {
    const [own, other] = present(channel)
    const half = own?.sessions.get(session)
    const rest = other?.sessions.get(peerSession)
    const kept = areUp(own, other) && half !== undefined && half.peerSession === peerSession && arePaired(half, rest)
    count(outcome, kept, isEnded(own, half) || isEnded(other, rest))
  }
  return outcome
}

export function outcomeOfTunnels({ tunnels }: SessionCounts): Outcome {
  const outcome: Outcome = { kept: 0, lost: 0, ended: 0 }
  for (const channel of tunnels) {
    const [own, other] = present(channel)
    count(outcome, areUp(own, other), isEnded(own) || isEnded(other))
  }
  return outcome
}
