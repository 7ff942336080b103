// `l2tpsim hunt`: draws scenarios from seeds on all cores and looks for a broken promise; what it finds it sums up by cause and writes down
// as repro files.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { reproOf, reproText } from '../hunt/repro.ts'
import { scenarioOf } from '../hunt/recipe.ts'
import { GENERATION, Search, type Found, type Hunted } from '../hunt/search.ts'
import { invariants } from '../run/invariants.ts'
import { metrics } from '../run/metrics.ts'
import { scenarioHash } from '../scenario/canonical.ts'
import type { Scenario } from '../scenario/schema.ts'
import { duration } from '../scenario/units.ts'
import type { Progress } from './campaign.ts'
import { quoted } from './command-line.ts'
import { generationLine, headerOf, openHunt } from './hunt-journal.ts'
import { huntDocument, huntText, slugOf } from './hunt-report.ts'
import { huntersOf } from './hunters.ts'
import { lock, type Journal } from './journal.ts'
import { loadScenario } from './load-scenario.ts'
import { writeWhole } from './output-files.ts'
import { makeFolder } from './results-folder.ts'
import { EXIT, InputError, type Shell } from './shell.ts'
import { sweepProgress } from './sweep-progress.ts'

interface HuntFlags {
  readonly swarm?: true
  readonly seeds?: string
  readonly time?: string
  readonly out?: string
  readonly jobs?: string
  readonly set: readonly string[]
  readonly unguided?: true
  readonly fresh?: true
  readonly json?: true
}

const EXAMPLES = `
Examples:
  $ l2tpsim hunt --swarm --time 60s                    random scenarios for a minute
  $ l2tpsim hunt --swarm --seeds 0..99999              so many seeds; the same again goes on where it stopped
  $ l2tpsim hunt failover/appendix-a --seeds 0..999    one scenario, with further faults drawn

Exit status: 0 nothing found, 1 something found, 2 wrong input, 130 interrupted: the same command goes on.`

/** Adds the command; `done` takes the exit status. */
export function defineHunt(program: Command, shell: Shell, done: (status: number) => void): void {
  const repeated = (value: string, all: readonly string[]): readonly string[] => [...all, value]
  program
    .command('hunt')
    .summary('look for defects in random scenarios')
    .description('Draws scenarios from seeds, runs them on all cores, and looks for a broken promise of the protocol.')
    .argument('[scenario]', 'a scenario to draw further faults for: a file, - for standard input, or the name of one that ships')
    .option('--swarm', 'draw everything: topology, settings, traffic and faults (the default without a scenario)')
    .option('--seeds <A..B>', 'the seeds (default: from 0 on)')
    .option('--time <time>', 'begin nothing after this time on the clock (default, without an end of the seeds: 60s)')
    .option('--set <path=value>', 'change a field of the scenario (repeatable)', repeated, [])
    .option('--out <folder>', 'folder of the journal and the repro files (default: results/hunt-NAME)')
    .option('--jobs <n>', 'worker threads (default: one for each core)')
    .option('--unguided', 'draw every seed afresh instead of varying what showed something new')
    .option('--fresh', 'forget what the folder has of an earlier hunt')
    .option('--json', 'print the outcome as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (reference: string | undefined, flags: HuntFlags) => {
      done(await huntCommand(reference, flags, shell))
    })
}

async function huntCommand(reference: string | undefined, flags: HuntFlags, shell: Shell): Promise<number> {
  if (reference !== undefined && flags.swarm === true) throw new InputError('--swarm draws the whole scenario: name none')
  const request = { set: flags.set, knownMetrics: metrics.map(({ name }) => name) }
  const loaded = reference === undefined ? undefined : await loadScenario({ reference, ...request }, shell)
  const [first, last] = readSeeds(flags.seeds)
  const time = flags.time === undefined ? (last === Infinity ? 60_000 : Infinity) : readTime(flags.time)
  const jobs = flags.jobs === undefined ? undefined : wholeOf('--jobs', flags.jobs)
  return new Hunt({ reference, hunted: loaded?.scenario, flags, first, last, timeMs: time, jobs, shell }).perform()
}

function readSeeds(text: string | undefined): readonly [number, number] {
  if (text === undefined) return [0, Infinity]
  const [, first = '', last = ''] = /^(\d{1,15})\.\.(\d{0,15})$/.exec(text) ?? []
  const range = [Number(first), last === '' ? Infinity : Number(last)] as const
  if (first !== '' && range[1] >= range[0]) return range
  throw new InputError(`--seeds ${text}: expected a range, such as 0..9999, or 0.. for one without an end`)
}

function readTime(text: string): number {
  const reading = duration.read(text)
  if (!reading.ok || reading.value <= 0) throw new InputError(`--time ${text}: expected ${duration.form}`)
  return reading.value / 1e6
}

function wholeOf(option: string, text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1) throw new InputError(`${option} ${text}: expected a whole number of at least 1`)
  return Number(text)
}

interface HuntParts {
  readonly reference: string | undefined
  readonly hunted: Scenario | undefined
  readonly flags: HuntFlags
  readonly first: number
  /** Infinity for no end. */
  readonly last: number
  readonly timeMs: number
  readonly jobs: number | undefined
  readonly shell: Shell
}

/** One invocation, from the folder to the exit status. */
class Hunt {
  private readonly parts: HuntParts
  private readonly folder: string
  private readonly search: Search
  private readonly written = new Map<string, string>()
  private interrupted = 0

  constructor(parts: HuntParts) {
    const { reference, flags, first } = parts
    this.parts = parts
    this.folder = flags.out ?? join('results', `hunt-${reference === undefined ? 'swarm' : slugOf(reference)}`)
    this.search = new Search({ first, guided: flags.unguided !== true })
  }

  async perform(): Promise<number> {
    const { flags, hunted, first, shell } = this.parts
    makeFolder(this.folder)
    const path = join(this.folder, 'hunt.ndjson')
    const unlock = lock(path)
    const stopListening = shell.onInterrupt((status) => {
      this.interrupted = status
    })
    try {
      if (flags.fresh === true) rmSync(path, { force: true })
      const header = headerOf(hunted === undefined ? 'swarm' : scenarioHash(hunted), first, flags.unguided !== true)
      const { journal, done } = openHunt(path, header, (outcomes) => {
        this.search.take(outcomes)
      })
      try {
        return await this.carryOut(journal, done)
      } finally {
        await journal.close()
      }
    } finally {
      stopListening()
      unlock()
    }
  }

  private async carryOut(journal: Journal, before: number): Promise<number> {
    const { shell, hunted, jobs } = this.parts
    const hunters = huntersOf(hunted, jobs)
    const progress = sweepProgress(shell)
    const started = shell.now()
    try {
      for (let next = this.parts.first + before; this.goesOn(next, shell.now() - started); ) {
        const outcomes = await Promise.race([hunters.perform(this.generation(next)), this.signal()])
        if (outcomes === undefined) break
        this.search.take(outcomes)
        await journal.append(generationLine(outcomes))
        this.writeRepros()
        next += outcomes.length
        progress.see(this.progress(before, shell.now() - started))
      }
    } finally {
      progress.stop()
      await hunters.close()
    }
    this.writeRepros()
    this.tell(before, shell.now() - started)
    if (this.interrupted !== 0) return this.interrupted
    return this.search.found.size > 0 ? EXIT.notHeld : EXIT.held
  }

  private goesOn(next: number, elapsedMs: number): boolean {
    return this.interrupted === 0 && next <= this.parts.last && elapsedMs < this.parts.timeMs
  }

  private generation(next: number): readonly string[] {
    return this.search.recipes(next, Math.min(GENERATION, this.parts.last - next + 1))
  }

  /** Resolves when the user wants to stop. */
  private signal(): Promise<readonly Hunted[] | undefined> {
    return new Promise((resolve) => {
      const look = setInterval(() => {
        if (this.interrupted === 0) return
        clearInterval(look)
        resolve(undefined)
      }, 100)
      look.unref()
    })
  }

  private progress(before: number, elapsedMs: number): Progress {
    const { runs: done, found } = this.search
    const performed = done - before
    const { last, first, timeMs } = this.parts
    const inTime = timeMs === Infinity ? Infinity : Math.round((performed * timeMs) / Math.max(elapsedMs, 1)) + before
    const violated = [...found.values()].reduce((sum, { times }) => sum + times, 0)
    return { performed, done, wanted: Math.max(done, Math.min(last - first + 1, inTime)), failed: 0, violated }
  }

  /** One file for each kind of finding: its first. */
  private writeRepros(): void {
    const { hunted, reference, shell } = this.parts
    for (const [signature, { finding, digest, until, recipe }] of this.search.found) {
      if (this.written.has(signature)) continue
      const path = join(this.folder, `${slugOf(finding.invariant)}-${String(this.written.size + 1)}.repro.yaml`)
      const origin = { command: this.again(), from: reference ?? 'swarm', changes: this.parts.flags.set, until }
      writeWhole(path, reproText(reproOf(scenarioOf(recipe, hunted), { digest }, finding, origin)), shell.stdout)
      this.written.set(signature, path)
    }
  }

  /** The command that found what is found. */
  private again(): string {
    const { reference, flags } = this.parts
    const words = [reference === undefined ? '--swarm' : quoted(reference), ...flags.set.map((change) => `--set ${quoted(change)}`)]
    if (flags.seeds !== undefined) words.push(`--seeds ${flags.seeds}`)
    if (flags.time !== undefined) words.push(`--time ${flags.time}`)
    if (flags.unguided === true) words.push('--unguided')
    return `npx l2tpsim hunt ${words.join(' ')}`
  }

  /** The command that goes on where this one was stopped: in the same folder. */
  private goOn(): string {
    const { out } = this.parts.flags
    return out === undefined ? this.again() : `${this.again()} --out ${quoted(out)}`
  }

  private tell(before: number, tookMs: number): void {
    const { flags, shell, first } = this.parts
    const goals = invariants.filter(({ kind }) => kind === 'sometimes').map(({ name }) => name)
    const pathOf = ({ finding }: Found): string => this.written.get(finding.signature) ?? ''
    const told = { search: this.search, goals, pathOf, first, before, tookMs, again: this.goOn(), isInterrupted: this.interrupted !== 0 }
    shell.stdout.write(flags.json === true ? `${JSON.stringify(huntDocument(told), null, 2)}\n` : huntText(told, shell.stdout.colours))
  }
}
