// How long the recoveries of the first failure took, step by step (RFC 4951 3.2, 3.3), tunnel by tunnel.

import type { Nanos } from '../../base/time.ts'
import { partnerOf, type Channel } from '../observe/books.ts'
import type { Watcher } from '../observe/watcher.ts'
import type { Episode } from './episode.ts'

/** Instants of one tunnel's recovery; -1 for what did not happen. */
export interface TunnelRecovery {
  /** Recovery endpoint and its number of the old tunnel. */
  readonly endpoint: string
  readonly tunnel: number
  /** First recovery SCCRQ. */
  requestedAt: Nanos
  /** Control channel reset at the recovery endpoint (its SCCRP came), and at the remote endpoint (the SCCCN came). */
  resetAt: Nanos
  remoteResetAt: Nanos
  /** The SCCCN was acknowledged. */
  recoveredAt: Nanos
  /** Each side's sessions were found in order or cleared. */
  synchronisedAt: Nanos
  remoteSynchronisedAt: Nanos
}

export interface RecoveryTimes {
  readonly episode: Episode
  /** A replica began to take over, or the node to restart; and one was active again. -1 before. */
  detectedAt: Nanos
  activeAt: Nanos
  /** A session was last found in order or cleared. */
  sessionSynchronisedAt: Nanos
  /** In order of first mention. */
  readonly tunnels: TunnelRecovery[]
}

export const newRecoveryTimes = (episode: Episode): RecoveryTimes => ({
  episode,
  detectedAt: -1,
  activeAt: -1,
  sessionSynchronisedAt: -1,
  tunnels: [],
})

export function watchRecoveryTimes(times: RecoveryTimes): Watcher {
  const { episode } = times
  const known = new Map<string, Map<number, TunnelRecovery>>()
  const counts = (): boolean => episode.isFailure && !episode.over
  const recoveryOf = ({ endpoint, tunnel }: Channel): TunnelRecovery => {
    let tunnels = known.get(endpoint.name)
    if (tunnels === undefined) known.set(endpoint.name, (tunnels = new Map<number, TunnelRecovery>()))
    let found = tunnels.get(tunnel)
    if (found === undefined) {
      found = newTunnelRecovery(endpoint.name, tunnel)
      tunnels.set(tunnel, found)
      times.tunnels.push(found)
    }
    return found
  }
  /** The recovery this record is about, told by either side. */
  const concerned = (channel: Channel, role: string): TunnelRecovery | undefined => {
    const recovering = role === 'recovery' ? channel : partnerOf(channel)
    return recovering === undefined ? undefined : recoveryOf(recovering)
  }
  return {
    replica(record) {
      if (!counts() || !episode.failed.has(record.endpoint)) return
      if ((record.state === 'taking-over' || record.state === 'restarting') && times.detectedAt < 0) times.detectedAt = record.at
      if (record.state === 'active' && times.activeAt < 0) times.activeAt = record.at
    },
    recovery(record, channel) {
      if (!counts()) return
      if (record.step === 'requested') {
        const recovery = recoveryOf(channel)
        if (recovery.requestedAt < 0) recovery.requestedAt = record.at
      } else if (record.step === 'recovered' && record.role === 'recovery') recoveryOf(channel).recoveredAt = record.at
      else if (record.step === 'synchronised') {
        const recovery = concerned(channel, record.role)
        if (recovery === undefined) return
        if (record.role === 'recovery') recovery.synchronisedAt = record.at
        else recovery.remoteSynchronisedAt = record.at
      }
    },
    controlReset(record, channel) {
      const recovery = counts() ? concerned(channel, record.role) : undefined
      if (recovery === undefined) return
      if (record.role === 'recovery') recovery.resetAt = record.at
      else recovery.remoteResetAt = record.at
    },
    sync({ at, outcome }) {
      if (counts() && (outcome === 'confirmed' || outcome === 'cleared')) times.sessionSynchronisedAt = at
    },
  }
}

function newTunnelRecovery(endpoint: string, tunnel: number): TunnelRecovery {
  return {
    endpoint,
    tunnel,
    requestedAt: -1,
    resetAt: -1,
    remoteResetAt: -1,
    recoveredAt: -1,
    synchronisedAt: -1,
    remoteSynchronisedAt: -1,
  }
}

/** When both sides had been reset, or had synchronised; -1 while one of them had not. */
export const bothReset = ({ resetAt, remoteResetAt }: TunnelRecovery): Nanos =>
  Math.min(resetAt, remoteResetAt) < 0 ? -1 : Math.max(resetAt, remoteResetAt)

export const bothSynchronised = ({ synchronisedAt, remoteSynchronisedAt }: TunnelRecovery): Nanos =>
  Math.min(synchronisedAt, remoteSynchronisedAt) < 0 ? -1 : Math.max(synchronisedAt, remoteSynchronisedAt)
