// `l2tpsim view`: serves the explorer, and opens a scenario or a stored trace in it.

import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { packageFolder, shippedScenarios } from './installation.ts'
import { EXIT, InputError, type Shell } from './shell.ts'
import { serveFolder, type WebServer } from './web-server.ts'

interface ViewFlags {
  readonly port: string
  readonly idleExit?: string
}

const EXAMPLES = `
Examples:
  $ l2tpsim view                               the explorer with its first scenario
  $ l2tpsim view failover/lost-cdn             with another one that ships
  $ l2tpsim run my.yaml --trace run.jsonl && l2tpsim view run.jsonl`

/** Adds the command; `done` takes the exit status. */
export function defineView(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('view')
    .summary('serve the explorer, with a trace or a scenario in it')
    .description('Serves the explorer on this machine until interrupted, and shows a stored trace or a scenario in it.')
    .argument('[file]', 'a trace written by run --trace, a scenario file, or the name of a scenario that ships')
    .option('--port <number>', 'port to serve on; another one when it is taken', '5174')
    .option('--idle-exit <seconds>', 'end when nobody has asked for anything for so long')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string | undefined, flags: ViewFlags) => {
      done(await viewCommand(file, flags, shell))
    })
}

async function viewCommand(file: string | undefined, flags: ViewFlags, shell: Shell): Promise<number> {
  const folder = join(packageFolder, 'dist/web')
  if (!existsSync(join(folder, 'index.html'))) throw new InputError('the explorer is not built; build it with: npm run build')
  const shown = shownFile(file)
  const port = wholeNumber('--port', flags.port, 65_535)
  const idle = flags.idleExit === undefined ? Infinity : wholeNumber('--idle-exit', flags.idleExit, 1_000_000) * 1000
  const now = (): number => shell.now()
  const server = await serveFolder({ folder, port, now, ...(shown.extra === undefined ? {} : { extra: shown.extra }) })
  shell.stdout.write(`explorer: ${server.address}${shown.suffix}\n`)
  await untilEnded(server, idle, shell)
  await server.close()
  return EXIT.held
}

interface Shown {
  /** What follows the address of the server. */
  readonly suffix: string
  readonly extra: { readonly name: string; readonly path: string } | undefined
}

function shownFile(file: string | undefined): Shown {
  if (file === undefined) return { suffix: '', extra: undefined }
  if (existsSync(file)) {
    const kind = looksLikeTrace(file) ? 'trace.jsonl' : `${basename(file).replace(/\.[^.]*$/, '').replace(/[^\w-]/g, '-')}.yaml`
    return { suffix: `?trace=${kind}`, extra: { name: kind, path: file } }
  }
  const name = file.replace(/^(\.\/)?scenarios\//, '').replace(/\.ya?ml$/, '')
  if (shippedScenarios().some((shipped) => shipped.name === name)) return { suffix: `#s=${name}`, extra: undefined }
  throw new InputError(`${file}: neither a file nor the name of a scenario that ships`)
}

function looksLikeTrace(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').startsWith('{"format":"l2tpsim-trace"')
  } catch (error) {
    throw new InputError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > most) throw new InputError(`${option} ${text}: expected a whole number up to ${String(most)}`)
  return value
}

/** Waits for an interruption, or for nobody to come. */
async function untilEnded(server: WebServer, idleMs: number, shell: Shell): Promise<void> {
  const ending = new AbortController()
  const stopListening = shell.onInterrupt(() => {
    ending.abort()
  })
  while (!ending.signal.aborted && server.idleMs() < idleMs) await setTimeout(100)
  stopListening()
}
