// From the name of a repro file to the repro: every mistake in it is an InputError that says what was expected.

import { parseRepro, type Repro } from '../hunt/repro.ts'
import { formatIssues } from '../scenario/parse.ts'
import { readText, shortPath } from './installation.ts'
import { InputError, type Shell } from './shell.ts'

/** Reads the repro in a file, or on standard input for `-`. */
export async function loadRepro(path: string, shell: Shell): Promise<Repro> {
  const content = path === '-' ? { text: await shell.readStdin() } : readText(path)
  if ('error' in content) throw new InputError(`cannot read ${path}: ${content.error.message}`)
  const read = parseRepro(content.text, path === '-' ? 'standard input' : shortPath(path))
  if (!read.ok) throw new InputError(formatIssues(read.issues))
  return read.repro
}
