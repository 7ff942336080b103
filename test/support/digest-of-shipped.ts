// The digest of a shipped scenario, for other processes and threads. As a program: `digest-of-shipped.ts NAME SEED` prints it.

import { run } from '../../sim/run/run.ts'
import { shipped } from './shipped.ts'

export function digestOfShipped(name: string, seed: string): string {
  const found = shipped.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  return run(found.scenario, { seed }).digest
}

const [, program, name, seed] = process.argv
if (program?.endsWith('digest-of-shipped.ts') === true && name !== undefined && seed !== undefined) {
  process.stdout.write(digestOfShipped(name, seed))
}
