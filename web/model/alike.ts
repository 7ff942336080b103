// Lists of records made short: what repeats, one by one or in turn, is told once with how often. Records that differ in their numbers only
// (sessions, attempts) count as alike.

export interface Line {
  readonly seq: number
  readonly words: string
}

export interface ToldLine extends Line {
  /** So many that follow are like this one. */
  readonly more: number
}

/** Longest cycle that is looked for: a timer that fires, its message sent again, and the timer set anew. */
const LONGEST_CYCLE = 4

const plain = (words: string): string => words.replace(/\d+/g, '#')

/** The lines with repetitions told once. */
export function toldOnce(lines: readonly Line[]): readonly ToldLine[] {
  const kinds = lines.map(({ words }) => plain(words))
  const told: ToldLine[] = []
  for (let at = 0; at < lines.length; ) {
    const { length, times } = cycleAt(kinds, at)
    for (let i = at; i < at + length; i++) told.push({ ...lines[i]!, more: times - 1 })
    at += length * times
  }
  return told
}

/** The shortest stretch from `at` on that is repeated at once, and how often it stands there. */
function cycleAt(kinds: readonly string[], at: number): { readonly length: number; readonly times: number } {
  for (let length = 1; length <= LONGEST_CYCLE; length++) {
    let times = 1
    while (kinds.length >= at + (times + 1) * length && repeats(kinds, at, at + times * length, length)) times++
    if (times > 1) return { length, times }
  }
  return { length: 1, times: 1 }
}

function repeats(kinds: readonly string[], one: number, other: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (kinds[one + i] !== kinds[other + i]) return false
  return true
}
