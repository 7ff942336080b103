// The command lines that repeat a run of a study, and the study itself.

import { probability } from '../../scenario/units.ts'
import { overridesOf, type Point } from '../plan.ts'
import type { Study } from '../study.ts'

/** A word as a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** What to name on the command line: a scenario that ships by its name, a file by its path. */
function referenceTo(study: Study, reference: string): string {
  const fileName = study.bundle.scenarios[reference]?.fileName ?? reference
  const isName = !/\.(ya?ml|json)$/.test(reference)
  return isName ? reference : fileName
}

/** Repeats one run of a point. */
export function runCommand(study: Study, point: Point, seed: string): string {
  const { strategy } = point
  const set = [...strategy.set, ...overridesOf(study, point)].map(({ path, value }) => ` --set ${quoted(`${path}=${value}`)}`)
  return `npx l2tpsim run ${quoted(referenceTo(study, strategy.reference))} --seed ${quoted(seed)}${set.join('')}`
}

/** Repeats the study. */
export function sweepCommand({ bundle }: Study): string {
  const set = bundle.set.map((change) => ` --set ${quoted(change)}`).join('')
  const seeds = bundle.seeds === undefined ? '' : ` --seeds ${quoted(bundle.seeds)}`
  const precision = bundle.precision === undefined ? '' : ` --precision ${String(probability.write(bundle.precision))}`
  const file = bundle.study.fileName === '-' ? '-' : bundle.study.fileName
  return `npx l2tpsim sweep ${quoted(file)}${seeds}${precision}${set}`
}
