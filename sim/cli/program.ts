// The command line as a whole: the list of commands, help, and how every ending becomes an exit status. A command is one file
// that defines itself; a new one is added to the list here.

import { Command, CommanderError } from 'commander'
import { VERSION } from '../base/version.ts'
import { bugHeading } from './bug-report.ts'
import { defineExplore } from './explore.ts'
import { defineResults } from './results.ts'
import { defineRun } from './run.ts'
import { defineScenarios } from './scenarios.ts'
import { defineSchema } from './schema.ts'
import { EXIT, InputError, type Shell } from './shell.ts'
import { defineDiff } from './diff.ts'
import { defineHunt } from './hunt.ts'
import { defineReplay } from './replay.ts'
import { defineShrink } from './shrink.ts'
import { defineReport } from './study-report.ts'
import { defineSweep } from './sweep.ts'
import { defineView } from './view.ts'
import { defineWorker } from './worker.ts'

const commands = [
  defineRun,
  defineScenarios,
  defineSchema,
  defineSweep,
  defineResults,
  defineReport,
  defineWorker,
  defineHunt,
  defineDiff,
  defineReplay,
  defineShrink,
  defineExplore,
  defineView,
]

const EXAMPLES = `
Examples:
  $ l2tpsim run failover/lns-control-failure   a failover, told packet by packet
  $ l2tpsim scenarios                          what else ships
  $ l2tpsim help run                           all options of a command`

/** Runs a command line (without program name) in `shell`; gives the exit status. */
export async function runProgram(words: readonly string[], shell: Shell): Promise<number> {
  let status: number = EXIT.held
  try {
    await programFor(shell, (ended) => {
      status = ended
    }).parseAsync(words, { from: 'user' })
    return status
  } catch (error) {
    return statusOf(error, shell)
  }
}

function programFor(shell: Shell, done: (status: number) => void): Command {
  const program = new Command('l2tpsim')
    .description('Simulates L2TP failover (RFC 4951): real protocol state machines, real bytes, virtual time.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help of a command')
    .addHelpText('after', EXAMPLES)
  for (const define of commands) define(program, shell, done)
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands: inner }) => inner)]) adapt(command, shell)
  return program
}

/** Text goes to the shell, and an ending is an exception, for every command alike. */
function adapt(command: Command, { stdout, stderr }: Shell): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => {
      stdout.write(text)
    },
    writeErr: (text) => {
      stderr.write(text)
    },
    getOutHelpWidth: () => Math.min(stdout.columns ?? 100, 100),
    getErrHelpWidth: () => Math.min(stderr.columns ?? 100, 100),
    getOutHasColors: () => stdout.colours.isColorSupported,
    getErrHasColors: () => stderr.colours.isColorSupported,
    outputError: (text, write) => {
      write(text.replace(/^error: /, 'l2tpsim: '))
    },
  })
}

function statusOf(error: unknown, { stderr }: Shell): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.held : EXIT.badInput
  if (error instanceof InputError) {
    stderr.write(`${error.message.includes('\n') ? '' : 'l2tpsim: '}${error.message}\n`)
    return EXIT.badInput
  }
  stderr.write(bugHeading(error))
  return EXIT.bug
}
