// `l2tpsim explore`: every interleaving of a scenario within bounds, and the shortest counterexample as a repro that can be replayed.

import { setImmediate } from 'node:timers/promises'
import type { Command } from 'commander'
import {
  Explorer,
  counterexample,
  pathLines,
  properties,
  unfit,
  withFewestFaults,
  type Counterexample,
  type Counts,
  type Property,
} from '../explore/index.ts'
import { hunt } from '../hunt/hunt.ts'
import { reproOf, reproText, type Repro } from '../hunt/repro.ts'
import { metrics } from '../run/metrics.ts'
import { scenarioToYaml } from '../scenario/written.ts'
import { loadScenario, readInstant } from './load-scenario.ts'
import { quoted } from './command-line.ts'
import { writeWhole } from './output-files.ts'
import { EXIT, InputError, type Shell, type Stream } from './shell.ts'

interface ExploreFlags {
  readonly losses: string
  readonly duplicates: string
  readonly delays: string
  readonly crashes: string
  readonly sessions?: string
  readonly depth: string
  readonly states: string
  readonly time?: string
  readonly check?: string
  readonly seed?: string
  readonly set: readonly string[]
  readonly output?: string
  readonly symmetry: boolean
  readonly json?: true
  readonly quiet?: true
}

const EXAMPLES = `
Examples:
  $ l2tpsim explore failover/lns-control-failure --sessions 1 --losses 1 --crashes 1
  $ l2tpsim explore my.yaml --crashes 2 --check converges --time 10min
  $ l2tpsim explore my.yaml --crashes 2 --losses 1 --output found.repro.yaml && l2tpsim replay found.repro.yaml

Exit status: 0 no violation was found (the text says whether everything was looked at), 1 a counterexample was found, 2 wrong input,
3 a bug of the simulator, 130 interrupted.`

/** Adds the command; `done` takes the exit status. */
export function defineExplore(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('explore')
    .summary('look at every interleaving of a scenario, within bounds')
    .description(
      'Lets the endpoints of a scenario meet every order of delivery, loss, duplication, delay, crash and timers within bounds, and ' +
        'gives the shortest way to a violation as a repro. Its own faults and impairments are not used.',
    )
    .argument('<scenario>', 'a file, - for standard input, or the name of a scenario that ships')
    .option('--losses <n>', 'messages that may be lost, in all', '1')
    .option('--duplicates <n>', 'messages that may arrive twice, the copy whenever it likes', '0')
    .option('--delays <n>', 'messages that may arrive late, after timers have fired', '0')
    .option('--crashes <n>', 'crashes of control planes', '1')
    .option('--sessions <n>', "calls in each tunnel, instead of the scenario's")
    .option('--depth <n>', 'moves from the beginning at most', '100000')
    .option('--states <n>', 'states at most', '20000000')
    .option('--time <time>', 'stop after so much time, such as 5min')
    .option('--check <list>', `what is demanded, separated by commas: ${properties.join(', ')}`)
    .option('--no-symmetry', 'do not treat states as one that differ only in which session is which')
    .option('--seed <seed>', "seed of all random streams, instead of the scenario's")
    .option(
      '--set <path=value>',
      'change any field of the scenario (repeatable)',
      (value: string, all: readonly string[]) => [...all, value],
      [],
    )
    .option('--output <file>', 'write a counterexample as a repro (- for standard output); as a scenario if no run shows it')
    .option('--json', 'print the result as one JSON document and nothing else')
    .option('--quiet', 'print the verdict only')
    .addHelpText('after', EXAMPLES)
    .action(async (reference: string, flags: ExploreFlags) => {
      done(await exploreCommand(reference, flags, shell))
    })
}

function countOf(option: string, text: string): number {
  const isWhole = /^\d+$/.test(text) && Number.isSafeInteger(Number(text))
  if (!isWhole) throw new InputError(`--${option} ${text}: expected a whole number, such as 1`)
  return Number(text)
}

function demandedIn(text: string | undefined): readonly Property[] {
  if (text === undefined) return properties
  return text.split(',').map((name) => {
    const found = properties.find((property) => property === name.trim())
    if (found === undefined) throw new InputError(`--check ${name}: expected ${properties.join(', ')}`)
    return found
  })
}

/** States looked at between two looks at the clock and at signals. */
const SLICE = 200
/** Milliseconds between two lines of progress. */
const CALM_MS = 5_000

async function exploreCommand(reference: string, flags: ExploreFlags, shell: Shell): Promise<number> {
  const { scenario } = await loadScenario({ reference, set: flags.set, knownMetrics: metrics.map(({ name }) => name) }, shell)
  const reasons = unfit(scenario)
  if (reasons.length > 0) throw new InputError(`${reference} cannot be explored: ${reasons.join('; ')}`)
  const time = flags.time === undefined ? Infinity : readInstant('--time', flags.time) / 1e6
  const explorer = new Explorer(scenario, {
    bounds: {
      losses: countOf('losses', flags.losses),
      duplicates: countOf('duplicates', flags.duplicates),
      delays: countOf('delays', flags.delays),
      crashes: countOf('crashes', flags.crashes),
      depth: countOf('depth', flags.depth),
      states: countOf('states', flags.states),
    },
    sessions: flags.sessions === undefined ? undefined : countOf('sessions', flags.sessions),
    seed: flags.seed,
    properties: demandedIn(flags.check),
    symmetry: flags.symmetry,
  })
  const started = shell.now()
  const stopped = await search(explorer, { until: started + time, quiet: flags.quiet === true || flags.json === true }, shell)
  const best = explorer.violation === undefined ? explorer : withFewestFaults(explorer)
  const found = best.violation === undefined ? undefined : given(counterexample(best, best.violation), again(reference, flags))
  if (found !== undefined && flags.output !== undefined) writeWhole(flags.output, found.text, shell.stdout)
  tell({ explorer, best, found, flags, stopped, wallMs: shell.now() - started }, shell)
  if (found !== undefined) return EXIT.notHeld
  return typeof stopped === 'number' ? stopped : EXIT.held
}

/** A counterexample as it is handed over. */
interface Given extends Counterexample {
  /** Undefined when no ordinary run shows the violation. */
  readonly repro: Repro | undefined
  /** Of the file: the repro, else the scenario. */
  readonly text: string
}

/** What the run shows first is what the repro is about: the same in other words, for an invariant or expectation judges it. */
function given(found: Counterexample, command: string): Given {
  const { scenario, violation } = found
  const outcome = hunt(scenario)
  const finding = found.shown === undefined ? undefined : outcome.findings[0]
  const changes = [`found by exploring: ${violation.property}, ${violation.message}`]
  const repro = finding === undefined ? undefined : reproOf(scenario, outcome, finding, { command, changes })
  const comment = `Found by l2tpsim explore: ${violation.property}. ${violation.message}.`
  return { ...found, repro, text: repro === undefined ? scenarioToYaml(scenario, comment) : reproText(repro) }
}

/** The command that searches again. */
function again(reference: string, flags: ExploreFlags): string {
  const { losses, duplicates, delays, crashes, sessions, check, seed, set, symmetry } = flags
  const bounds = Object.entries({ losses, duplicates, delays, crashes, sessions, check, seed })
  const words = bounds.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quoted(value)}`]))
  const changes = set.map((change) => `--set ${quoted(change)}`)
  return ['npx l2tpsim explore', quoted(reference), ...words, ...changes, ...(symmetry ? [] : ['--no-symmetry'])].join(' ')
}

/** `time`, or the status of an interruption; undefined when the search went to its own end. */
type Stopped = 'time' | number | undefined

async function search(
  explorer: Explorer,
  { until, quiet }: { readonly until: number; readonly quiet: boolean },
  shell: Shell,
): Promise<Stopped> {
  let stopped: Stopped
  let told = shell.now()
  const stopListening = shell.onInterrupt((status) => {
    stopped = status
  })
  while (stopped === undefined && explorer.advance(SLICE)) {
    await setImmediate()
    const now = shell.now()
    if (now >= until) stopped ??= 'time'
    if (quiet || now - told < CALM_MS) continue
    told = now
    shell.stderr.write(`l2tpsim: ${progressText(explorer.counts)}\n`)
  }
  stopListening()
  return explorer.violation === undefined ? stopped : undefined
}

const thousands = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

function progressText({ states, transitions, depth, waiting }: Counts): string {
  const size = `${thousands(states)} states, ${thousands(transitions)} transitions`
  return `${size}, depth ${String(depth)}, ${thousands(waiting)} still to look at`
}

interface Told {
  readonly explorer: Explorer
  /** The one whose violation is told. */
  readonly best: Explorer
  readonly found: Given | undefined
  readonly flags: ExploreFlags
  readonly stopped: Stopped
  readonly wallMs: number
}

/** Why the search did not see everything; empty when it did. */
function unseen({ explorer, stopped, flags, found }: Told): string {
  if (found !== undefined || explorer.complete) return ''
  const { waiting } = explorer.counts
  const bound = explorer.full ? `--states ${flags.states} was reached` : `--depth ${flags.depth} was reached`
  const why = stopped === 'time' ? 'the time was up' : stopped === undefined ? bound : 'it was interrupted'
  return `not everything was looked at: ${why}, ${thousands(waiting)} states found were not gone on from`
}

function tell(told: Told, shell: Shell): void {
  const { found, flags } = told
  const out = flags.output === '-' ? shell.stderr : shell.stdout
  if (flags.json === true) {
    out.write(`${JSON.stringify(jsonOf(told), null, 2)}\n`)
    return
  }
  const verdict = found === undefined ? cleanLine(told, out) : violatedLine(found, out)
  const lines = [verdict, ...(found === undefined || flags.quiet === true ? [] : findingLines(told, found)), sizeLine(told)]
  out.write(`${lines.join('\n')}\n`)
}

const violatedLine = ({ violation: { property, message } }: Counterexample, { colours }: Stream): string =>
  colours.red(`violated: ${property}: ${message}`)

function cleanLine(told: Told, { colours }: Stream): string {
  const why = unseen(told)
  return why === '' ? colours.green('no violation; everything within the bounds was looked at') : `no violation found; ${why}`
}

function sizeLine({ explorer, wallMs }: Told): string {
  const seconds = String(Math.round(wallMs / 100) / 10)
  return `${progressText(explorer.counts)}, ${thousands(explorer.counts.localStates)} states of single endpoints, ${seconds} s`
}

/** The path, what an ordinary run of it shows, and the repro or the command that replays it. */
function findingLines({ best, flags }: Told, { violation, shown, scenario, result, repro, text }: Given): readonly string[] {
  const told =
    shown === undefined
      ? 'an ordinary run of this path does not show it: the search takes more for possible than happens there'
      : `an ordinary run shows it: ${shown}`
  const verb = repro === undefined ? 'run' : 'replay'
  const next = flags.output === undefined ? ['', text] : [`  again   npx l2tpsim ${verb} ${quoted(flags.output)}`]
  return [
    '',
    ...pathLines(best, violation).map((line) => `  ${line}`),
    '',
    told,
    ...(result === undefined ? [] : [`  digest  ${result.digest}  seed ${scenario.seed}`]),
    ...(flags.output === '-' ? [] : next),
  ]
}

/** The document of `--json`. Keys are only ever added. */
function jsonOf(told: Told): Readonly<Record<string, unknown>> {
  const { explorer, best, found, wallMs } = told
  return {
    complete: explorer.complete,
    unseen: unseen(told),
    counts: explorer.counts,
    wallMs: Math.round(wallMs),
    violation: found === undefined ? null : { property: found.violation.property, message: found.violation.message },
    path: found === undefined ? [] : pathLines(best, found.violation),
    shown: found?.shown ?? null,
    scenario: found === undefined ? null : scenarioToYaml(found.scenario),
    repro: found?.repro === undefined ? null : found.text,
  }
}
