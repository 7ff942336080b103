// Command lines as text: quoting for a POSIX shell, and the line that repeats a run.

export interface RunLine {
  readonly reference: string
  readonly seed: string
  readonly set: readonly string[]
  readonly until: string | undefined
}

/** A word as a POSIX shell reads it back. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** The command that repeats exactly this run. */
export function runLine({ reference, seed, set, until }: RunLine): string {
  const options = [
    `--seed ${quoted(seed)}`,
    ...set.map((text) => `--set ${quoted(text)}`),
    ...(until === undefined ? [] : [`--until ${quoted(until)}`]),
  ]
  const input = reference === '-' ? ' < SCENARIO' : ''
  return `npx l2tpsim run ${[quoted(reference), ...options].join(' ')}${input}`
}
