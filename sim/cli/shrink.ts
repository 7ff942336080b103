// `l2tpsim shrink`: makes a failing scenario as small as it can be, and writes down everything one wants of it: the smaller repro, its
// dialogue, its packets, a scenario file that serves as a regression test, and a link into the explorer.

import { basename, dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Command } from 'commander'
import { formatInstant } from '../base/time.ts'
import { VERSION } from '../base/version.ts'
import { replay, reproText, type Repro } from '../hunt/repro.ts'
import { shrinking, type Shrunk } from '../hunt/shrink.ts'
import { dialogue } from '../run/dialogue.ts'
import { mermaid } from '../run/mermaid.ts'
import { contextOf } from '../run/run.ts'
import { scenarioToYaml } from '../scenario/written.ts'
import { pcapngWriter } from '../trace/pcapng.ts'
import { quoted } from './command-line.ts'
import { configurationLines } from './configuration.ts'
import { explorerLink } from './explorer-link.ts'
import { loadRepro } from './load-repro.ts'
import { writeWhole } from './output-files.ts'
import { makeFolder } from './results-folder.ts'
import { EXIT, type Shell } from './shell.ts'

const EXAMPLES = `
Examples:
  $ l2tpsim shrink results/hunt-swarm/tunnels-converge-1.repro.yaml

Exit status: 0 shrunk, 1 the repro fails no longer (l2tpsim replay says more), 2 wrong input, 130 interrupted: the smallest so far is
written.`

/** Adds the command; `done` takes the exit status. */
export function defineShrink(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('shrink')
    .summary('make a failing scenario as small as it can be')
    .description('Takes away whatever can go from the scenario of a repro file while it fails in the same way.')
    .argument('<file>', 'a repro file, or - for standard input')
    .option('--out <folder>', 'folder of the files (default: that of the repro)')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: { readonly out?: string }) => {
      done(await shrinkCommand(await loadRepro(path, shell), { path, out: flags.out, shell }))
    })
}

interface ShrinkParts {
  readonly path: string
  readonly out: string | undefined
  readonly shell: Shell
}

/** Runs between two looks at signals. */
const SLICE = 20

/** Shrinks until nothing more can go, or the user wants to stop; then with the status of that. */
async function shrinkAll(repro: Repro, shell: Shell): Promise<readonly [Shrunk | undefined, number]> {
  let interrupted = 0
  const stopListening = shell.onInterrupt((status) => {
    interrupted = status
  })
  const steps = shrinking(repro)
  let step = steps.next(false)
  while (step.done !== true) {
    if (step.value.runs % SLICE === 0) await setImmediate()
    step = steps.next(interrupted !== 0)
  }
  stopListening()
  return [step.value, interrupted]
}

async function shrinkCommand(repro: Repro, { path, out, shell }: ShrinkParts): Promise<number> {
  const started = shell.now()
  const [shrunk, interrupted] = await shrinkAll(repro, shell)
  if (shrunk === undefined) {
    shell.stderr.write(`l2tpsim: ${path} fails no longer as it says; l2tpsim replay says more\n`)
    return EXIT.notHeld
  }
  const folder = out ?? (path === '-' ? '.' : dirname(path))
  makeFolder(folder)
  const stem = join(folder, `${basename(path === '-' ? 'shrunk' : path).replace(/(\.repro)?\.ya?ml$/, '')}.min`)
  shell.stdout.write(textOf(shrunk, writeFiles(shrunk.repro, stem, shell), shell, shell.now() - started))
  return interrupted === 0 ? EXIT.held : interrupted
}

interface Written {
  readonly names: readonly string[]
  readonly dialogue: readonly string[]
  /** How to see it in the explorer; undefined when one cannot. */
  readonly look: string | undefined
}

function writeFiles(repro: Repro, stem: string, shell: Shell): Written {
  const { scenario, violation } = repro
  const names = new Map(contextOf(scenario).endpoints.flatMap(({ name, ips }) => ips.map((ip) => [ip, name])))
  const endpointOf = (address: string): string => names.get(address.split(':')[0] ?? '') ?? address
  const packets: Uint8Array[] = []
  const sink = (chunk: Uint8Array): void => {
    packets.push(chunk)
  }
  const [talk, diagram, capture] = [
    dialogue({ endpointOf, width: 100 }),
    mermaid({ endpointOf, title: violation.invariant }),
    pcapngWriter({ view: 'sender', application: `l2tpsim ${VERSION}`, comment: violation.message, sink }),
  ]
  replay(repro, { folds: [talk, diagram, capture] })
  const at = scenario.duration
  const lines = talk.end(at)
  capture.end(at)
  const files = [
    [`${stem}.repro.yaml`, reproText(repro)],
    [`${stem}.scenario.yaml`, scenarioToYaml(scenario, regressionComment(repro))],
    [`${stem}.mmd`, diagram.end(at)],
    [`${stem}.pcapng`, Buffer.concat(packets)],
  ] as const
  for (const [name, content] of files) writeWhole(name, content, shell.stdout)
  return { names: files.map(([name]) => name), dialogue: lines, look: wayIntoExplorer(repro, `${stem}.repro.yaml`) }
}

/** A link; for a run too long for one the command that opens its file. */
function wayIntoExplorer(repro: Repro, file: string): string | undefined {
  const found = explorerLink(repro)
  if ('link' in found) return found.link
  return found.none === 'too long' ? `npx l2tpsim view ${quoted(file)}` : undefined
}

/** What a reader of the regression test must know. */
function regressionComment({ violation, from }: Repro): string {
  const origin = from === undefined ? '' : ` Found from ${from}.`
  return `Regression: ${violation.invariant} was violated here: ${violation.message}.${origin}`
}

function textOf(shrunk: Shrunk, { names, dialogue: lines, look }: Written, shell: Shell, tookMs: number): string {
  const { repro, runs, elements, isPartial } = shrunk
  const { colours } = shell.stdout
  const { violation, scenario, seed } = repro
  const plan = configurationLines(scenario).map(([label, text]) => `  ${label.padEnd(14)} ${text}\n`)
  return [
    `${colours.bold(`${String(elements)} elements are left`)}, after ${String(runs)} runs in ${(tookMs / 1000).toFixed(1)} s\n`,
    ...(isPartial ? ['  it was stopped: more may go; the same command on the smaller repro goes on\n'] : []),
    `  ${violation.invariant}: ${violation.message}\n`,
    `  record ${String(violation.record)} at ${formatInstant(violation.at)}, seed ${seed}\n\n`,
    ...plan,
    '\n',
    ...lines.map((line) => `  ${line}\n`),
    '\n',
    ...names.map((name) => `  ${quoted(name)}\n`),
    ...(look === undefined ? [] : [`  ${colours.dim('in the explorer:')} ${look}\n`]),
  ].join('')
}
