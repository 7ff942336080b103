// What a message about a text shows: the offending line with a mark under the mistake, and the name that was probably meant.

export interface Span {
  /** Both from 1. */
  readonly line: number
  readonly column: number
  /** Columns covered, at least 1; cut at the end of the line. */
  readonly width: number
}

/** Tabs and other control characters would shift the mark under the line. */
const printable = (line: string): string => line.replace(/\p{Cc}/gu, ' ')

/** The line of `span` with the one before it, numbered, and a mark under the span; empty when there is no such line. */
export function codeFrame(lines: readonly string[], span: Span): string {
  const line = lines[span.line - 1]
  if (line === undefined) return ''
  const digits = String(span.line).length
  const before = lines[span.line - 2]
  const context = before === undefined || before.trim() === '' ? [] : [
    `  ${String(span.line - 1).padStart(digits)} | ${printable(before)}`,
  ]
  const width = Math.max(1, Math.min(span.width, line.length - span.column + 1))
  const mark = `  ${' '.repeat(digits)} | ${' '.repeat(span.column - 1)}${'^'.repeat(width)}`
  return [...context, `> ${String(span.line)} | ${printable(line)}`, mark].join('\n')
}

/**
 * The candidate that `name` most likely means: the same in another case, the beginning of one, or few letters away. The first of
 * equals; undefined when none is near.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length * 0.4)) + 0.5
  for (const candidate of candidates) {
    const distance = separation(wanted, candidate.toLowerCase())
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}

function separation(wanted: string, candidate: string): number {
  if (wanted === candidate) return 0
  const shorter = wanted.length < candidate.length ? wanted : candidate
  const longer = shorter === wanted ? candidate : wanted
  if (shorter.length >= 3 && longer.startsWith(shorter)) return 1
  return editDistance(wanted, candidate)
}

/** Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
