// `l2tpsim explore`: every interleaving of a scenario within bounds, and the shortest counterexample as a repro that can be replayed.

import { join } from 'node:path'
import type { Command } from 'commander'
import {
  Explorer,
  counterexample,
  properties,
  unfit,
  withFewestFaults,
  type Counterexample,
  type ExploreOptions,
} from '../explore/index.ts'
import { reproOf, reproText } from '../hunt/repro.ts'
import { metrics } from '../run/metrics.ts'
import { canonicalScenario } from '../scenario/canonical.ts'
import { scenarioToYaml } from '../scenario/written.ts'
import { again, boundsIn, countOf, demandedIn, jobsOf, type ExploreFlags } from './explore-flags.ts'
import { Keeper } from './explore-keep.ts'
import { progressText, tell, type Given } from './explore-report.ts'
import { Conductor } from './explore-search.ts'
import { slugOf } from './hunt-report.ts'
import { loadScenario, readInstant } from './load-scenario.ts'
import { writeWhole } from './output-files.ts'
import { EXIT, InputError, type Shell } from './shell.ts'

const EXAMPLES = `
Examples:
  $ l2tpsim explore failover/lns-control-failure --sessions 1 --losses 1 --crashes 1
  $ l2tpsim explore my.yaml --crashes 2 --check converges --time 10min
  $ l2tpsim explore my.yaml --crashes 2 --losses 1 --output found.repro.yaml && l2tpsim replay found.repro.yaml

Exit status: 0 no violation was found (the text says whether everything was looked at), 1 a counterexample was found, 2 wrong input,
3 a bug of the simulator, 130 interrupted: the same command goes on.`

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
    .option('--jobs <n>', 'worker threads that run and judge plans (default: one for each core)')
    .option('--out <folder>', 'folder that keeps an unfinished search (default: results/explore-NAME)')
    .option('--fresh', 'begin anew instead of where an earlier search stopped')
    .option('--output <file>', 'write a counterexample as a repro (- for standard output); as a scenario if no run shows it')
    .option('--json', 'print the result as one JSON document and nothing else')
    .option('--quiet', 'print the verdict only')
    .addHelpText('after', EXAMPLES)
    .action(async (reference: string, flags: ExploreFlags) => {
      done(await exploreCommand(reference, flags, shell))
    })
}

/** Milliseconds between two lines of progress. */
const CALM_MS = 5_000

async function exploreCommand(reference: string, flags: ExploreFlags, shell: Shell): Promise<number> {
  const { scenario } = await loadScenario({ reference, set: flags.set, knownMetrics: metrics.map(({ name }) => name) }, shell)
  const reasons = unfit(scenario)
  if (reasons.length > 0) throw new InputError(`${reference} cannot be explored: ${reasons.join('; ')}`)
  const time = flags.time === undefined ? Infinity : readInstant('--time', flags.time) / 1e6
  const threads = jobsOf(flags.jobs)
  const options: ExploreOptions = {
    bounds: boundsIn(flags),
    sessions: flags.sessions === undefined ? undefined : countOf('sessions', flags.sessions),
    seed: flags.seed,
    properties: demandedIn(flags.check),
    symmetry: flags.symmetry,
  }
  const explorer = new Explorer(scenario, options)
  const isQuiet = flags.quiet === true || flags.json === true
  const say = (text: string): void => {
    if (!isQuiet) shell.stderr.write(`l2tpsim: ${text}\n`)
  }
  const folder = flags.out ?? join('results', `explore-${slugOf(reference)}`)
  const keeper = new Keeper({ folder, question: canonicalScenario(scenario) + JSON.stringify(options), shell, say })
  const conductor = new Conductor({ shell, threads, until: shell.now() + time, look: progressLines(shell, say) })
  try {
    if (flags.fresh === true) keeper.forget()
    keeper.resume(explorer)
    return await carriedOut({ explorer, conductor, keeper, reference, flags, shell })
  } finally {
    await conductor.close()
  }
}

interface Parts {
  readonly explorer: Explorer
  readonly conductor: Conductor
  readonly keeper: Keeper
  readonly reference: string
  readonly flags: ExploreFlags
  readonly shell: Shell
}

async function carriedOut({ explorer, conductor, keeper, reference, flags, shell }: Parts): Promise<number> {
  await conductor.carryOut(explorer, keeper)
  const stopped = explorer.over ? undefined : conductor.stopped
  if (stopped !== undefined) keeper.keep(explorer)
  const best = explorer.violation === undefined ? explorer : await withFewestFaults(explorer, (fewer) => conductor.carryOut(fewer))
  const found = best.violation === undefined ? undefined : given(counterexample(best, best.violation), again(reference, flags))
  if (found !== undefined && flags.output !== undefined) writeWhole(flags.output, found.text, shell.stdout)
  tell({ explorer, best, found, flags, stopped, wallMs: keeper.tookMs }, shell)
  if (stopped === undefined) keeper.forget()
  if (found !== undefined) return EXIT.notHeld
  return typeof stopped === 'number' ? stopped : EXIT.held
}

/** A line now and then. */
function progressLines(shell: Shell, say: (text: string) => void): (explorer: Explorer) => void {
  let told = shell.now()
  return ({ counts }) => {
    const now = shell.now()
    if (now - told < CALM_MS) return
    told = now
    say(progressText(counts))
  }
}

/** What the run shows is what the repro is about: the same in other words where an invariant or expectation judges it. */
function given(found: Counterexample, command: string): Given {
  const { scenario, violation, outcome, shown } = found
  const changes = [`found by exploring: ${violation.property}, ${violation.message}`]
  const repro = shown === undefined ? undefined : reproOf(scenario, outcome, shown, { command, changes })
  const comment = `Found by l2tpsim explore: ${violation.property}. ${violation.message}.`
  return { ...found, repro, text: repro === undefined ? scenarioToYaml(scenario, comment) : reproText(repro) }
}
