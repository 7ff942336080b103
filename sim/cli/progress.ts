// A progress bar on standard error while simulated time advances; nothing at all where that is no terminal.

import cliProgress from 'cli-progress'
import { formatDuration, type Nanos } from '../base/time.ts'
import type { Stream } from './shell.ts'

export interface Progress {
  update(now: Nanos, events: number): void
  /** Takes the bar away. */
  stop(): void
}

const silent: Progress = { update: () => undefined, stop: () => undefined }

/** A bar from 0 to `end`. It shows itself only when the run takes long enough to be looked at. */
export function progressBar(end: Nanos, stream: Stream): Progress {
  if (!stream.isTerminal) return silent
  const format = `  ${stream.colours.cyan('{bar}')} {percentage}%  {simulated} of ${formatDuration(end)}  {events} events`
  const options = { format, stream: process.stderr, clearOnComplete: true, hideCursor: true, barsize: 40 }
  const bar = new cliProgress.SingleBar(options, cliProgress.Presets.shades_classic)
  let started = false
  return {
    update(now, events) {
      const payload = { simulated: formatDuration(now), events: String(events) }
      if (started) bar.update(now, payload)
      else bar.start(end, now, payload)
      started = true
    },
    stop() {
      if (started) bar.stop()
    },
  }
}
