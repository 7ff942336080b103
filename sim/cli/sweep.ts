// `l2tpsim sweep`: carries out a study on this machine, or one share of it, and keeps the results in a folder from which it can go on
// at any time.

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { Samples } from '../sweep/precision.ts'
import type { Plan, Point } from '../sweep/plan.ts'
import { runCommand } from '../sweep/report/commands.ts'
import { headerOf } from '../sweep/result-row.ts'
import { duration, probability } from '../scenario/units.ts'
import { Campaign, type Ending, type Shard } from './campaign.ts'
import { quoted } from './command-line.ts'
import { dryRun } from './dry-run.ts'
import { Journal, lock } from './journal.ts'
import { loadStudy, shippedStudies, type LoadedStudy, type StudyChanges } from './load-study.ts'
import { Pool, type Executor } from './pool.ts'
import { openQueue } from './queue.ts'
import { DoneRuns, journalName, makeFolder, placer, readJournal, requirePlan, setAside } from './results-folder.ts'
import { EXIT, InputError, type Shell } from './shell.ts'
import { clockTime, sweepProgress } from './sweep-progress.ts'

interface SweepFlags {
  readonly out?: string
  readonly jobs?: string
  readonly seeds?: string
  readonly set: readonly string[]
  readonly precision?: string
  readonly runs?: string
  readonly time?: string
  readonly runTime?: string
  readonly runMemory?: string
  readonly shard?: string
  readonly queue?: string
  readonly dryRun?: true
  readonly fresh?: true
  readonly resume?: true
  readonly retry?: true
  readonly json?: true
  readonly list?: true
}

const EXAMPLES = `
Examples:
  $ l2tpsim sweep studies/recovery-time --dry-run      what would be run, and how long it takes
  $ l2tpsim sweep my-study.yaml --out results/mine     run it; the same again goes on where it stopped
  $ l2tpsim sweep my-study.yaml --precision 2%         until the main response is known to 2 %
  $ l2tpsim sweep my-study.yaml --shard 3/16           one of sixteen shares; l2tpsim results merge joins them
  $ l2tpsim report results/mine                        the answer, as one page

Exit status: 0 complete and every invariant held, 1 something did not hold or a run failed, 2 wrong input, 3 a bug of the simulator,
130 interrupted: the same command goes on.`

/** Adds the command; `done` takes the exit status. */
export function defineSweep(program: Command, shell: Shell, done: (status: number) => void): void {
  const repeated = (value: string, all: readonly string[]): readonly string[] => [...all, value]
  program
    .command('sweep')
    .summary('run a study: a scenario with factors, many times')
    .description(
      'Runs a study: every point of its design under the same seeds, on all cores. Results go to a folder; an interrupted study goes on.',
    )
    .argument('[study]', 'a file, - for standard input, or the name of a study that ships')
    .option('--out <folder>', 'folder of the results (default: results/NAME)')
    .option('--jobs <n>', 'worker threads (default: one for each core)')
    .option('--seeds <seeds>', "replications, instead of the study's: 50, or a range 1..50")
    .option('--set <path=value>', 'change a field of all scenarios (repeatable)', repeated, [])
    .option('--precision <share>', 'add replications until the main response is known so well, such as 2%')
    .option('--runs <n>', 'runs at most, in all')
    .option('--time <time>', 'begin no run after this time on the clock, such as 10min')
    .option('--run-time <time>', 'give a single run up after this time on the clock (default 60s)')
    .option('--run-memory <MB>', 'megabytes of heap of a worker')
    .option('--shard <I/N>', 'do only share I of N, into a file of its own')
    .option('--queue <url>', 'have the runs done by `l2tpsim worker` processes on this Redis server (redis://host:port)')
    .option('--dry-run', 'print the points and an estimate of the time, and run nothing')
    .option('--resume', 'go on where earlier results in the folder end (the default)')
    .option('--fresh', 'put earlier results in the folder aside and begin anew')
    .option('--retry', 'do runs again that took too long or too much memory')
    .option('--json', 'print the outcome as one JSON document')
    .option('--list', 'list the studies that ship')
    .addHelpText('after', EXAMPLES)
    .action(async (reference: string | undefined, flags: SweepFlags) => {
      done(await sweepCommand(reference, flags, shell))
    })
}

async function sweepCommand(reference: string | undefined, flags: SweepFlags, shell: Shell): Promise<number> {
  if (flags.list === true) {
    shell.stdout.write(
      shippedStudies()
        .map(({ name }) => `${name}\n`)
        .join(''),
    )
    return EXIT.held
  }
  if (reference === undefined) throw new InputError('which study? A file, or one of those that `l2tpsim sweep --list` lists')
  if (flags.resume === true && flags.fresh === true) throw new InputError('--resume and --fresh exclude each other')
  const precision = flags.precision === undefined ? {} : { precision: shareOf('--precision', flags.precision) }
  const loaded = await loadStudy({ reference, set: flags.set, seeds: flags.seeds, ...precision }, changesOf(flags), shell)
  const { plan } = loaded
  const jobs = flags.jobs === undefined ? availableParallelism() : wholeOf('--jobs', flags.jobs)
  if (flags.dryRun === true) {
    shell.stdout.write(dryRun(plan, jobs, shell))
    return EXIT.held
  }
  return new Sweep({ loaded, flags, jobs, shell, reference }).perform()
}

function changesOf({ runs, time, runTime, runMemory }: SweepFlags): StudyChanges {
  const limits = {
    ...(runTime === undefined ? {} : { timeMs: nanosOf('--run-time', runTime) / 1e6 }),
    ...(runMemory === undefined ? {} : { memoryMb: wholeOf('--run-memory', runMemory) }),
  }
  const budget = {
    ...(runs === undefined ? {} : { runs: wholeOf('--runs', runs) }),
    ...(time === undefined ? {} : { timeNs: nanosOf('--time', time) }),
  }
  return { limits, budget }
}

function wholeOf(option: string, text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1) throw new InputError(`${option} ${text}: expected a whole number of at least 1`)
  return value
}

function nanosOf(option: string, text: string): number {
  const reading = duration.read(text)
  if (!reading.ok || reading.value <= 0) throw new InputError(`${option} ${text}: expected ${duration.form}`)
  return reading.value
}

function shareOf(option: string, text: string): number {
  const reading = probability.read(text)
  if (!reading.ok || reading.value <= 0 || reading.value >= 1)
    throw new InputError(`${option} ${text}: expected a share, such as 2%`)
  return reading.value
}

/** `3/16`. */
function readShard(text: string): Shard {
  const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number)
  if (count >= 1 && index >= 1 && index <= count) return { index, count }
  throw new InputError(`--shard ${text}: expected a share and how many there are, such as 3/16; the first is 1`)
}

interface SweepParts {
  readonly loaded: LoadedStudy
  readonly flags: SweepFlags
  readonly jobs: number
  readonly shell: Shell
  readonly reference: string
}

/** One invocation, from the folder to the exit status. */
class Sweep {
  private readonly parts: SweepParts
  private readonly plan: Plan
  private readonly folder: string
  private readonly shard: Shard | undefined
  private readonly done: DoneRuns
  private readonly costs: Float64Array
  private readonly samples: Samples | undefined
  private interrupted = 0
  /** Of the runs that were there before. */
  private failedBefore = 0
  private violatedBefore = 0

  constructor(parts: SweepParts) {
    const { loaded, flags } = parts
    this.parts = parts
    this.plan = loaded.plan
    this.folder = flags.out ?? join('results', loaded.slug)
    this.shard = flags.shard === undefined ? undefined : readShard(flags.shard)
    const { points, study } = this.plan
    if (this.shard !== undefined && study.precision !== undefined) {
      throw new InputError(
        '--shard and a precision exclude each other: how many runs a point needs is known only where all are known',
      )
    }
    this.done = new DoneRuns(points.length)
    this.costs = new Float64Array(points.length).fill(NaN)
    this.samples = study.precision === undefined ? undefined : new Samples(study, points.length)
  }

  async perform(): Promise<number> {
    makeFolder(this.folder)
    const path = join(this.folder, journalName(this.shard))
    const unlock = lock(path)
    try {
      if (this.parts.flags.fresh === true) this.tellAside(setAside(this.folder))
      const journal = this.openJournal(path)
      try {
        return await this.carryOut(journal)
      } finally {
        await journal.close()
      }
    } finally {
      unlock()
    }
  }

  private tellAside(paths: readonly string[]): void {
    for (const path of paths) this.say(`earlier results are now in ${path}`)
  }

  private say(text: string): void {
    this.parts.shell.stderr.write(`l2tpsim: ${text}\n`)
  }

  /** Reads what is there already. */
  private openJournal(path: string): Journal {
    const header = `${JSON.stringify(headerOf(this.plan))}\n`
    if (!existsSync(path)) return Journal.open({ path, goodOctets: 0, header })
    const place = placer(this.plan)
    const { retry } = this.parts.flags
    const reading = readJournal(path, (row) => {
      const at = place(row)
      if (at === undefined || (retry === true && row.status === 'gave-up')) return
      if (!this.done.add(at.point, at.offset)) return
      if (row.status !== 'done') this.failedBefore++
      else if (row.violated.length > 0) this.violatedBefore++
      if (row.status === 'done') this.costs[at.point] = row.events
      this.samples?.add(at.point, at.offset, row)
    })
    if (reading.header !== undefined) requirePlan(path, reading.header, this.plan)
    if (reading.isTorn) this.say(`${path}: the last line was torn, as by a crash, and is done again`)
    return Journal.open({ path, goodOctets: reading.goodOctets, header })
  }

  private async carryOut(journal: Journal): Promise<number> {
    const { shell } = this.parts
    const before = this.done.count
    const executor = await this.executor()
    const progress = sweepProgress(shell)
    const { plan, done, costs, samples, shard } = this
    const campaign = new Campaign({
      ...{ plan, executor, done, costs, samples, shard },
      store: (text) => journal.append(text),
      see: (seen) => {
        progress.see(seen)
      },
      now: () => shell.now(),
    })
    const stopListening = shell.onInterrupt((status) => {
      this.interrupted = status
      campaign.interrupt()
    })
    const started = shell.now()
    try {
      const ending = await campaign.run()
      progress.stop()
      this.tell({ ending, before, tookMs: shell.now() - started, campaign })
      return this.statusOf(ending, campaign)
    } finally {
      progress.stop()
      stopListening()
      await executor.close()
    }
  }

  private async executor(): Promise<Executor> {
    const { flags, jobs } = this.parts
    if (flags.queue === undefined) return new Pool({ plan: this.plan, threads: jobs })
    return openQueue(flags.queue, this.plan)
  }

  /** Of all runs there are, whenever they were done. */
  private troubleIn({ progress }: Campaign): { readonly failed: number; readonly violated: number } {
    return { failed: this.failedBefore + progress.failed, violated: this.violatedBefore + progress.violated }
  }

  private statusOf(ending: Ending, campaign: Campaign): number {
    if (ending === 'interrupted') return this.interrupted === 0 ? EXIT.interrupted : this.interrupted
    const { failed, violated } = this.troubleIn(campaign)
    return failed > 0 || violated > 0 ? EXIT.notHeld : EXIT.held
  }

  private tell(outcome: Outcome): void {
    const { flags, shell } = this.parts
    if (flags.json === true) shell.stdout.write(`${JSON.stringify(this.documentOf(outcome), null, 2)}\n`)
    else shell.stdout.write(this.textOf(outcome))
  }

  private documentOf({ ending, before, tookMs, campaign }: Outcome): object {
    const { done, wanted, performed } = campaign.progress
    const { failed, violated } = this.troubleIn(campaign)
    const { study, points, hash } = this.plan
    return {
      ...{ study: study.name, plan: hash, points: points.length, ending, folder: this.folder },
      ...{ runsDone: done, runsWanted: wanted, runsPerformed: performed, runsFoundDone: before, runsFailed: failed },
      runsWithViolations: violated,
      wallMs: Math.round(tookMs),
    }
  }

  private textOf({ ending, before, tookMs, campaign }: Outcome): string {
    const { done, wanted, performed } = campaign.progress
    const { failed, violated } = this.troubleIn(campaign)
    const { bold, dim, green, red, yellow } = this.parts.shell.stdout.colours
    const word = {
      complete: green('complete'),
      interrupted: yellow('interrupted'),
      'out-of-time': yellow('out of time'),
      'out-of-runs': yellow('out of runs'),
    }[ending]
    const rate = tookMs > 0 ? `, ${String(Math.round((performed * 1000) / tookMs))}/s` : ''
    const speed = `${String(performed)} in ${clockTime(tookMs)}${rate}`
    const found = before > 0 ? `, ${String(before)} were there already` : ''
    const trouble = [
      failed > 0 ? [red(`  ${String(failed)} runs failed; the report lists them`)] : [],
      violated > 0 ? [red(`  ${String(violated)} runs violated an invariant; the report lists them`)] : [],
      failed + violated > 0 ? this.reproCommand().map((command) => `  ${dim('repro')}   ${command}`) : [],
    ].flat()
    return [
      `${bold(this.plan.study.name)}: ${word}`,
      `  ${String(this.plan.points.length)} points, ${String(done)} of ${String(wanted)} runs${found}; ${speed}`,
      ...trouble,
      ending === 'complete'
        ? `  ${dim('report')}  npx l2tpsim report ${quoted(this.folder)}`
        : `  ${dim('go on')}   ${this.again()}`,
      '',
    ].join('\n')
  }

  /** Writes the repro file of the first run, in the order of the study, that crashed or violated an invariant. */
  private reproCommand(): readonly string[] {
    const { study, points } = this.plan
    const place = placer(this.plan)
    let first: { readonly number: number; readonly point: Point; readonly seed: string } | undefined
    readJournal(join(this.folder, journalName(this.shard)), (row) => {
      if (row.status !== 'crashed' && (row.status !== 'done' || row.violated.length === 0)) return
      const at = place(row)
      if (at === undefined) return
      const number = at.point * study.seeds.count + at.offset
      if (first === undefined || number < first.number) first = { number, point: points[at.point]!, seed: row.seed }
    })
    return first === undefined ? [] : [`${runCommand(study, first.point, first.seed)} --repro bug.repro.yaml`]
  }

  private again(): string {
    const { reference, flags } = this.parts
    const set = flags.set.map((change) => ` --set ${quoted(change)}`).join('')
    const seeds = flags.seeds === undefined ? '' : ` --seeds ${quoted(flags.seeds)}`
    const shard = flags.shard === undefined ? '' : ` --shard ${flags.shard}`
    return `npx l2tpsim sweep ${quoted(reference)} --out ${quoted(this.folder)}${seeds}${set}${shard}`
  }
}

interface Outcome {
  readonly ending: Ending
  /** Runs that were there before. */
  readonly before: number
  readonly tookMs: number
  readonly campaign: Campaign
}
