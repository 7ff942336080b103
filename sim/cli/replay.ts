// `l2tpsim replay`: runs what a repro file describes and says whether the violation is still there, and if not everything is as it was, in
// which way it is not.

import type { Command } from 'commander'
import { formatInstant } from '../base/time.ts'
import { replay, type Repro, type Replay } from '../hunt/repro.ts'
import { loadRepro } from './load-repro.ts'
import { EXIT, type Shell } from './shell.ts'

const EXAMPLES = `
Examples:
  $ l2tpsim replay results/hunt/tunnels-converge-1.repro.yaml
  $ git bisect run npx l2tpsim replay bug.repro.yaml

Exit status: 1 the violation is there, exactly as recorded or with differences that are listed; 0 it is there no more; 2 wrong input.`

/** Adds the command; `done` takes the exit status. */
export function defineReplay(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('replay')
    .summary('see a violation again')
    .description('Runs what a repro file describes, and says whether the violation is still there or what has become of it.')
    .argument('<file>', 'a repro file, or - for standard input')
    .option('--json', 'print the outcome as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: { readonly json?: true }) => {
      const repro = await loadRepro(path, shell)
      const replayed = replay(repro)
      if (flags.json === true) shell.stdout.write(`${JSON.stringify(documentOf(repro, replayed), null, 2)}\n`)
      else shell.stdout.write(textOf(repro, replayed, shell))
      done(replayed.finding === undefined ? EXIT.held : EXIT.notHeld)
    })
}

type Verdict = 'reproduced' | 'reproduced-differently' | 'not-reproduced'

function verdictOf({ finding, isSame, differences }: Replay): Verdict {
  if (finding === undefined) return 'not-reproduced'
  return isSame && differences.length === 0 ? 'reproduced' : 'reproduced-differently'
}

function documentOf(repro: Repro, replayed: Replay): object {
  const { violation, digest, version } = repro
  const { finding, differences, outcome } = replayed
  const now = { digest: outcome.digest, violation: finding ?? null }
  return { verdict: verdictOf(replayed), recorded: { version, digest, violation }, now, differences }
}

function textOf(repro: Repro, replayed: Replay, { stdout: { colours } }: Shell): string {
  const { finding, differences } = replayed
  const { violation, digest } = repro
  const words: Readonly<Record<Verdict, string>> = {
    reproduced: colours.red('reproduced, record for record'),
    'reproduced-differently': colours.yellow('the violation is there, but not everything is as it was recorded'),
    'not-reproduced': colours.green('not reproduced'),
  }
  const shows = finding ?? violation
  return [
    `${words[verdictOf(replayed)]}\n`,
    `  ${violation.invariant}: ${shows.message}\n`,
    `  record ${String(shows.record)} at ${formatInstant(shows.at)}, seed ${repro.seed}, digest ${digest === '' ? 'none' : digest}\n`,
    ...differences.map((difference) => `  - ${difference}\n`),
  ].join('')
}
