// Where the words of flags along a line stand, as those of faults do: right of their flag, else left of it, never on another flag nor on
// other words. Flags too close to be told apart have their words in common.

export interface Flag {
  readonly x: number
  readonly words: string
}

/** Words from `x` on. */
export interface FlagLabel extends Flag {
  readonly width: number
}

/** Width of a letter of the labels, which are bold and 11 pixels high. */
const LETTER = 6.9
/** Flags are so wide; words begin this far beside them. */
const FLAG = 9
const BESIDE = 11

interface Group {
  readonly first: number
  readonly last: number
  readonly words: readonly string[]
}

function grouped(flags: readonly Flag[]): readonly Group[] {
  const groups: Group[] = []
  for (const { x, words } of [...flags].sort((a, b) => a.x - b.x)) {
    const group = groups.at(-1)
    if (group === undefined || x - group.last > FLAG) groups.push({ first: x, last: x, words: [words] })
    else groups[groups.length - 1] = { first: group.first, last: x, words: [...new Set([...group.words, words])] }
  }
  return groups
}

/** The words of flags on a line `width` pixels long; those with no room for any have none. */
export function flagLabels(flags: readonly Flag[], width: number): readonly FlagLabel[] {
  const groups = grouped(flags)
  const labels: FlagLabel[] = []
  groups.forEach(({ first, last, words }, i) => {
    const before = Math.max((groups[i - 1]?.last ?? -FLAG) + FLAG, ...labels.map((label) => label.x + label.width + 4))
    const after = groups[i + 1]?.first ?? width
    const short = words.length > 1 ? [`${words[0]!} +${String(words.length - 1)}`] : []
    for (const text of [words.join(', '), ...short]) {
      const room = text.length * LETTER
      const x = last + BESIDE + room <= after - 2 ? last + BESIDE : first - 5 - room >= before ? first - 5 - room : undefined
      if (x === undefined) continue
      labels.push({ x, words: text, width: room })
      break
    }
  })
  return labels
}
