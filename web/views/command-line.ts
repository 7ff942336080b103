// The command that repeats the run shown, for a POSIX shell.

import type { Origin } from '../model/model.ts'
import type { Inquiry } from '../state.ts'

function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** A scenario of one's own is named as its file would be. */
export function commandLine({ shipped, fileName }: Inquiry, { seed, sets }: Origin): string {
  const options = [`--seed ${quoted(seed)}`, ...sets.map((set) => `--set ${quoted(set)}`)]
  return ['npx l2tpsim run', quoted(shipped ?? fileName), ...options].join(' ')
}
