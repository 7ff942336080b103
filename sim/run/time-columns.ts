// Simulated time on the columns of a text line: proportional, but with at least one column for every stretch between two
// instants of interest while there are few enough of them. Knows nothing of what is drawn.

import { formatDuration, type Nanos } from '../base/time.ts'

export interface Columns {
  /** For each column the instant it stands for. */
  readonly instants: readonly Nanos[]
  /** Strictly proportional: no stretch had to be widened to be seen. */
  readonly linear: boolean
}

export interface TimeWindow {
  readonly from: Nanos
  readonly to: Nanos
}

/** Spreads the window over `width` columns; `interest` are the instants that should not share a column. */
export function columnsOf(window: TimeWindow, interest: readonly Nanos[], width: number): Columns {
  const { from, to } = window
  const inside = [...new Set(interest)].filter((at) => at > from && at < to).sort((a, b) => a - b)
  const starts = [from, ...inside]
  if (starts.length > width / 2) return { instants: proportional(window, width), linear: true }
  const lengths = starts.map((start, i) => (((starts[i + 1] ?? to) - start) / (to - from)) * width)
  const counts = wholeColumns(lengths, width)
  return {
    instants: starts.flatMap((start, i) => Array.from({ length: counts[i] ?? 0 }, () => start)),
    linear: lengths.every((length) => length >= 1),
  }
}

/** The last instant of each column, so that a short phase beginning in it shows. */
function proportional({ from, to }: TimeWindow, width: number): Nanos[] {
  return Array.from({ length: width }, (_, i) => Math.floor(from + ((to - from) * (i + 1)) / width) - 1)
}

/** Whole numbers near `lengths`, each at least 1, that add up to `width`; what is missing or too much goes to the longest. */
function wholeColumns(lengths: readonly number[], width: number): readonly number[] {
  const counts = lengths.map((length) => Math.max(1, Math.round(length)))
  let surplus = counts.reduce((sum, count) => sum + count, 0) - width
  while (surplus !== 0) {
    const longest = counts.indexOf(Math.max(...counts))
    const step = surplus > 0 ? -1 : 1
    counts[longest] = (counts[longest] ?? 0) + step
    surplus += step
  }
  return counts
}

/** Labels under the columns, `└12.02s` or `12.02s┘` where each instant begins; earlier ones win where two would touch. */
export function axisLine(columns: Columns, landmarks: readonly Nanos[]): string {
  const width = columns.instants.length
  const line = Array.from({ length: width }, () => ' ')
  const first = columns.instants[0] ?? 0
  for (const at of [...landmarks, first]) {
    const column = columns.instants.findIndex((instant) => instant >= at)
    if (column < 0 || at < first) continue
    const text = formatDuration(at)
    const fits = column + text.length < width
    const start = fits ? column : column - text.length
    const room = line.slice(Math.max(0, start - 1), start + text.length + 2)
    if (start >= 0 && room.every((character) => character === ' ')) {
      line.splice(start, text.length + 1, ...(fits ? `└${text}` : `${text}┘`))
    }
  }
  return line.join('').trimEnd()
}
