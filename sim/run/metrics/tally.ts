// Everything the metrics are read from, kept up to date by one set of watchers.

import type { Books } from '../observe/books.ts'
import type { Watcher } from '../observe/watcher.ts'
import { newControlCounts, watchControl, type ControlCounts } from './control-counts.ts'
import { measureAnew, newDataCounts, watchData, type DataCounts } from './data-counts.ts'
import { newEpisode, watchEpisode, type Episode } from './episode.ts'
import { newRecoveryTimes, watchRecoveryTimes, type RecoveryTimes } from './recovery-times.ts'
import { newSessionCounts, watchSessions, type SessionCounts } from './session-counts.ts'

export interface Tally {
  readonly episode: Episode
  readonly control: ControlCounts
  readonly times: RecoveryTimes
  readonly sessions: SessionCounts
  readonly data: DataCounts
}

/** A tally and the watchers that keep it, in the order in which they must listen. */
export function openTally(books: Books): { readonly tally: Tally; readonly watchers: readonly Watcher[] } {
  const episode = newEpisode()
  const tally = {
    episode,
    control: newControlCounts(),
    times: newRecoveryTimes(episode),
    sessions: newSessionCounts(),
    data: newDataCounts(),
  }
  const watchers = [
    watchEpisode(books, episode, () => {
      measureAnew(tally.data)
    }),
    watchControl(books, tally.control),
    watchRecoveryTimes(tally.times),
    watchSessions(books, tally.sessions),
    watchData(books, episode, tally.data),
  ]
  return { tally, watchers }
}
