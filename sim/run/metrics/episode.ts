// The first failure of a run and what followed from it: where durations are counted from, and until when. A second failure before
// the first is over (a crash of the other side, or of the recovery endpoint again) belongs to the same episode; one after it ends
// the episode, and nothing later counts.

import { NEVER, type Nanos } from '../../base/time.ts'
import { isLive, type Books } from '../observe/books.ts'
import { presentChannels } from '../observe/ledger.ts'
import type { Watcher } from '../observe/watcher.ts'

export interface Episode {
  /** When it began; -1 while nothing has happened. */
  at: Nanos
  /** It is a failure of an endpoint; false: another fault (a link cut, a pause), and a failure later takes its place. */
  isFailure: boolean
  /** Endpoints that failed in it. */
  readonly failed: Set<string>
  /** Latest packet sent before it began. */
  lastPacket: number
  over: boolean
}

/** Faults that stop an endpoint, or a part of it. */
const failures: ReadonlySet<string> = new Set(['crash', 'switchover', 'restart'])
/** Faults that disturb what is there; the other kinds are orders and edits. */
const disturbances: ReadonlySet<string> = new Set(['cut', 'pause'])

export const newEpisode = (): Episode => ({ at: -1, isFailure: false, failed: new Set(), lastPacket: -1, over: false })

/** Service is still disturbed somewhere, as far as any side knows. */
function isUnsettled(books: Books): boolean {
  for (const channel of presentChannels(books)) if (isLive(channel) && channel.settledAt === NEVER) return true
  return false
}

/** `begun` is called each time the origin is set. */
export function watchEpisode(books: Books, episode: Episode, begun: () => void): Watcher {
  let packet = -1
  const begin = (at: Nanos, isFailure: boolean): void => {
    episode.at = at
    episode.isFailure = isFailure
    episode.lastPacket = packet
    begun()
  }
  const fail = (endpoint: string, at: Nanos): void => {
    if (!episode.isFailure) begin(at, true)
    else if (episode.at !== at && !isUnsettled(books)) episode.over = true
    if (!episode.over) episode.failed.add(endpoint)
  }
  return {
    sent(record) {
      packet = record.packet
    },
    dataSent(record) {
      packet = record.packet
    },
    fault(record) {
      if (record.phase !== 'begin') return
      if (failures.has(record.name)) fail(record.target, record.at)
      else if (disturbances.has(record.name) && episode.at < 0) begin(record.at, false)
    },
    plane(record) {
      if (!record.up) fail(record.endpoint, record.at)
    },
  }
}
