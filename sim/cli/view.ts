// `l2tpsim view`: serves the explorer, and opens a scenario, a stored trace, a study or the results of one in it.

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { packageFolder, shippedScenarios } from './installation.ts'
import { EXIT, InputError, type Shell } from './shell.ts'
import { shippedStudies } from './load-study.ts'
import { commonHeader, journalsIn } from './results-folder.ts'
import { serveFolder, type ExtraFile, type WebServer } from './web-server.ts'

interface ViewFlags {
  readonly port: string
  readonly idleExit?: string
}

const EXAMPLES = `
Examples:
  $ l2tpsim view                               the explorer with its first scenario
  $ l2tpsim view failover/lost-cdn             with another one that ships
  $ l2tpsim run my.yaml --trace run.jsonl && l2tpsim view run.jsonl
  $ l2tpsim sweep studies/recovery-or-redial && l2tpsim view results/recovery-or-redial`

/** Adds the command; `done` takes the exit status. */
export function defineView(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('view')
    .summary('serve the explorer, with a trace, a scenario or results in it')
    .description('Serves the explorer on this machine until interrupted, with a trace, a scenario or results in it.')
    .argument('[file]', 'a trace written by run --trace, a scenario or study, the name of one that ships, or a folder of results')
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
  const server = await serveFolder({ folder, port, extra: shown.extra, now })
  shell.stdout.write(`explorer: ${server.address}${shown.suffix}\n`)
  await untilEnded(server, idle, shell)
  await server.close()
  return EXIT.held
}

interface Shown {
  /** What follows the address of the server. */
  readonly suffix: string
  readonly extra: readonly ExtraFile[]
}

function shownFile(file: string | undefined): Shown {
  if (file === undefined) return { suffix: '', extra: [] }
  if (existsSync(file)) {
    if (statSync(file).isDirectory() || startsWith(file, '{"format":"l2tpsim-results"')) return shownResults(file)
    const title = basename(file).replace(/\.[^.]*$/, '').replace(/[^\w-]/g, '-')
    const kind = startsWith(file, '{"format":"l2tpsim-trace"') ? 'trace.jsonl' : `${title}.yaml`
    return { suffix: `?trace=${kind}`, extra: [{ name: kind, path: file }] }
  }
  const name = file.replace(/^(\.\/)?scenarios\//, '').replace(/\.ya?ml$/, '')
  if (shippedStudies().some((shipped) => shipped.name === name)) return { suffix: `?study=${name}`, extra: [] }
  if (shippedScenarios().some((shipped) => shipped.name === name)) return { suffix: `#s=${name}`, extra: [] }
  throw new InputError(`${file}: neither a file nor the name of a scenario or study that ships`)
}

/** The journals of a folder of results, which must be of one study. */
function shownResults(path: string): Shown {
  const journals = journalsIn(path)
  commonHeader(journals)
  const extra = journals.map((journal) => ({ name: basename(journal).replace(/[^\w.-]/g, '-'), path: journal }))
  return { suffix: `?results=${extra.map(({ name }) => name).join(',')}`, extra }
}

/** Whether a file begins with a text; of a large one no more is read. */
function startsWith(file: string, text: string): boolean {
  try {
    const descriptor = openSync(file, 'r')
    const head = Buffer.alloc(text.length)
    readSync(descriptor, head)
    closeSync(descriptor)
    return head.toString('latin1') === text
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
