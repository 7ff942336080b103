// `l2tpsim run`: one run of one scenario, told as a story, as JSON, or in one line, with trace, capture and diagram beside it.

import { setImmediate } from 'node:timers/promises'
import type { Command } from 'commander'
import { formatDuration, formatInstant } from '../base/time.ts'
import { VERSION } from '../base/version.ts'
import { findingsOf } from '../hunt/outcome.ts'
import { reproOf, reproText } from '../hunt/repro.ts'
import { dialogue } from '../run/dialogue.ts'
import { metrics } from '../run/metrics.ts'
import type { RunResult } from '../run/result.ts'
import { contextOf, Run } from '../run/run.ts'
import { timeline } from '../run/timeline.ts'
import { scenarioHash } from '../scenario/canonical.ts'
import { scenarioToYaml } from '../scenario/written.ts'
import type { TraceHeader } from '../trace/jsonl.ts'
import type { Fold } from '../trace/record.ts'
import { bugReport } from './bug-report.ts'
import { runLine } from './command-line.ts'
import { loadScenario, readInstant, type LoadedScenario } from './load-scenario.ts'
import { openOutputs, writeWhole, type OutputFiles } from './output-files.ts'
import { progressBar } from './progress.ts'
import { findingLines, linePainter, metricLines, opening, phasePainter, section, verdictLine, type Paper } from './report.ts'
import { EXIT, InputError, type Shell, type Stream } from './shell.ts'

interface RunFlags {
  readonly seed?: string
  readonly set: readonly string[]
  readonly until?: string
  readonly json?: true
  readonly quiet?: true
  readonly trace?: string
  readonly pcap?: string
  readonly pcapView: string
  readonly mermaid?: string
  readonly repro?: string
}

const EXAMPLES = `
Examples:
  $ l2tpsim run failover/lns-control-failure
  $ l2tpsim run my.yaml --seed 7 --set links[0].loss=5% --set endpoints.lns1.backup.detectionDelay=2s
  $ l2tpsim run my.yaml --pcap run.pcapng --trace run.jsonl --mermaid run.mmd
  $ l2tpsim run my.yaml --json | jq .metrics
  $ l2tpsim run my.yaml --pcap - --quiet | tshark -r -

Exit status: 0 everything held, 1 something did not hold, 2 wrong input, 3 a bug of the simulator, 130 interrupted.`

/** Adds the command; `done` takes the exit status. */
export function defineRun(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('run')
    .summary('run a scenario and tell what happened')
    .description('Runs a scenario once and tells what happened: timeline, dialogue of the recovery, metrics, verdict.')
    .argument('<scenario>', 'a file, - for standard input, or the name of a scenario that ships')
    .option('--seed <seed>', "seed of all random streams, instead of the scenario's")
    .option(
      '--set <path=value>',
      'change any field of the scenario (repeatable)',
      (value: string, all: readonly string[]) => [...all, value],
      [],
    )
    .option('--until <time>', 'stop at this simulated time, such as 20s, if the scenario lasts longer')
    .option('--json', 'print the result as one JSON document and nothing else')
    .option('--trace <file>', 'write every record of the run as JSON Lines (- for standard output)')
    .option('--pcap <file>', 'write a pcapng capture for Wireshark (- for standard output)')
    .option('--pcap-view <side>', 'the capture has packets as the sender or the receiver saw them', 'sender')
    .option('--mermaid <file>', 'write a Mermaid sequence diagram (- for standard output)')
    .option('--repro <file>', 'when something did not hold, write what is needed to see it again (- for standard output)')
    .option('--quiet', 'print the verdict and the digest only')
    .addHelpText('after', EXAMPLES)
    .action(async (reference: string, flags: RunFlags) => {
      done(await runCommand(reference, flags, shell))
    })
}

async function runCommand(reference: string, flags: RunFlags, shell: Shell): Promise<number> {
  const loaded = await loadScenario({ reference, set: flags.set, knownMetrics: metrics.map(({ name }) => name) }, shell)
  const until = flags.until === undefined ? undefined : readInstant('--until', flags.until)
  const seed = flags.seed ?? loaded.scenario.seed
  if (seed === '') throw new InputError('--seed: expected a number or a text, such as 1')
  const parts: SessionParts = {
    loaded,
    flags,
    seed,
    until,
    again: runLine({ reference, seed, set: flags.set, until: flags.until }),
    shell,
  }
  return openSession(parts)?.perform() ?? EXIT.bug
}

/** Undefined when not even the world of the scenario could be built, which is a bug: the scenario has passed all checks. */
function openSession(parts: SessionParts): Session | undefined {
  try {
    return new Session(parts)
  } catch (error) {
    if (error instanceof InputError) throw error
    parts.shell.stderr.write(bugReport(error, { seed: parts.seed, record: 0, at: '0s', again: parts.again }))
    return undefined
  }
}

interface SessionParts {
  readonly loaded: LoadedScenario
  readonly flags: RunFlags
  readonly seed: string
  readonly until: number | undefined
  /** The command that repeats the run. */
  readonly again: string
  readonly shell: Shell
}

/** Kernel events between two looks at the clock and at signals. */
const SLICE_EVENTS = 5_000
/** Milliseconds between two steps of the progress bar. */
const PROGRESS_STEP = 50

/** One invocation: the run with its folds and files, from the first line of output to the exit status. */
class Session {
  private readonly parts: SessionParts
  private readonly out: Stream
  private readonly paper: Paper
  private readonly files: OutputFiles
  private readonly timeline: Fold<readonly string[]>
  private readonly dialogue: Fold<readonly string[]>
  private readonly run: Run
  private interrupted = 0

  constructor(parts: SessionParts) {
    const { loaded, flags, seed, until, shell } = parts
    this.parts = parts
    const piped = [flags.trace, flags.pcap, flags.mermaid].includes('-')
    if (piped && flags.json === true) throw new InputError('--json and an output to - would both write to standard output')
    this.out = piped ? shell.stderr : shell.stdout
    this.paper = { colours: this.out.colours, width: Math.min(Math.max(this.out.columns ?? 100, 80), 120) }
    const endpointOf = endpointNamer(loaded)
    const warn = (text: string): void => {
      shell.stderr.write(`l2tpsim: ${text}\n`)
    }
    const scenarioFile = loaded.reference === '-' ? undefined : loaded.fileName
    const context = { header: headerOf(parts), endpointOf, warn, scenarioFile }
    this.files = openOutputs({ ...flags, pcapView: pcapView(flags.pcapView) }, context)
    const { colours, width } = this.paper
    this.timeline = timeline({ endpointOf, width: width - 2, paint: phasePainter(colours) })
    this.dialogue = dialogue({ endpointOf, width: width - 2, paint: linePainter(colours) })
    const told = flags.json === true || flags.quiet === true ? [] : [this.timeline, this.dialogue]
    const options = { seed, ...(until === undefined ? {} : { until }), folds: [...told, ...this.files.folds] }
    this.run = new Run(loaded.scenario, options)
  }

  async perform(): Promise<number> {
    const { shell, flags, until, loaded } = this.parts
    const { run } = this
    if (until !== undefined && until > loaded.scenario.duration) {
      const duration = formatDuration(loaded.scenario.duration)
      shell.stderr.write(
        `l2tpsim: the scenario ends at ${duration}, before --until; --set duration=${flags.until ?? ''} lets it last longer\n`,
      )
    }
    if (flags.json !== true && flags.quiet !== true) this.out.write(this.openingText())
    const started = shell.now()
    let result: RunResult
    try {
      await this.advance()
      result = run.result()
    } catch (error) {
      return this.breakOff(error)
    }
    this.files.close(run.now, { digest: result.digest, ended: result.ended })
    this.tell(result, shell.now() - started)
    if (flags.repro !== undefined) this.writeRepro(result, flags.repro)
    if (this.interrupted !== 0) return this.interrupted
    return verdictOf(result) === 'pass' ? EXIT.held : EXIT.notHeld
  }

  /** Lets the run go on in slices, so that signals are heard in between. */
  private async advance(): Promise<void> {
    const { shell, flags } = this.parts
    const stopListening = shell.onInterrupt((status) => {
      this.interrupted = status
    })
    const quiet = flags.json === true || flags.quiet === true
    const progress = quiet ? undefined : progressBar(this.run.end, shell.stderr)
    let shown = shell.now()
    try {
      while (this.run.advance(this.run.end, SLICE_EVENTS)) {
        await setImmediate()
        if (this.interrupted !== 0) this.run.interrupt()
        if (shell.now() - shown < PROGRESS_STEP) continue
        shown = shell.now()
        progress?.update(this.run.now, this.run.events)
      }
    } finally {
      progress?.stop()
      stopListening()
    }
  }

  /** The first thing that did not hold. */
  private writeRepro(result: RunResult, path: string): void {
    const { loaded, flags, seed, until, again, shell } = this.parts
    const [finding] = findingsOf(result)
    if (finding === undefined) {
      shell.stderr.write(`l2tpsim: everything held, ${path} is not written\n`)
      return
    }
    const origin = { command: again, from: loaded.reference, changes: flags.set, seed, ...(until === undefined ? {} : { until }) }
    writeWhole(path, reproText(reproOf(loaded.scenario, result, finding, origin)), this.out)
  }

  private breakOff(error: unknown): number {
    const { shell, seed, again } = this.parts
    const { run } = this
    this.files.close(run.now, undefined)
    if (error instanceof InputError) throw error
    shell.stderr.write(bugReport(error, { seed, record: run.records, at: formatInstant(run.now), again }))
    return EXIT.bug
  }

  private openingText(): string {
    const { loaded, seed, flags } = this.parts
    return opening(loaded.scenario, { version: VERSION, seed, set: flags.set, end: this.run.end }, this.paper)
  }

  private tell(result: RunResult, wallMs: number): void {
    const { flags, again } = this.parts
    const { colours } = this.paper
    const judged = { ...result, verdict: verdictOf(result) }
    if (flags.json === true) this.out.write(`${JSON.stringify(jsonOf(judged, { wallMs, again }), null, 2)}\n`)
    else if (flags.quiet === true) this.out.write(`${verdictLine(judged, colours)}\ndigest ${result.digest}\n`)
    else this.out.write(this.story(judged, wallMs))
  }

  private story(result: RunResult, wallMs: number): string {
    const { paper } = this
    const { colours } = paper
    const at = this.run.now
    const findings = findingLines(result, metrics, paper)
    const size = `${formatInstant(at, 3)} of simulated time, ${String(result.events)} events, ${String(result.records)} records`
    const speed = `${size} in ${String(Math.round(wallMs))} ms`
    return [
      section('Timeline', this.timeline.end(at), paper),
      section('Dialogue', this.dialogue.end(at), paper),
      section('Metrics', metricLines(result.metrics, metrics, paper), paper),
      findings.length === 0 ? '' : section('Expectations and invariants', findings, paper),
      `\n${verdictLine(result, colours)}\n`,
      `  ${colours.dim('digest')}  ${result.digest}  ${colours.dim(speed)}\n`,
      `  ${colours.dim('again')}   ${this.parts.again}\n`,
      ...this.reproLine(result),
    ].join('')
  }

  /** How to have what did not hold written down. */
  private reproLine(result: RunResult): readonly string[] {
    const { flags, again } = this.parts
    if (flags.repro !== undefined || findingsOf(result).length === 0) return []
    return [`  ${this.paper.colours.dim('repro')}   ${again} --repro bug.repro.yaml\n`]
  }
}

function pcapView(text: string): 'sender' | 'receiver' {
  if (text === 'sender' || text === 'receiver') return text
  throw new InputError(`--pcap-view ${text}: expected sender or receiver`)
}

/** A run that was stopped by the cap has not shown that anything holds. */
function verdictOf(result: RunResult): RunResult['verdict'] {
  return result.ended === 'event-cap' ? 'fail' : result.verdict
}

/** Name of the endpoint that has an address; the address itself if none has it. */
function endpointNamer({ scenario }: LoadedScenario): (address: string) => string {
  const names = new Map(contextOf(scenario).endpoints.flatMap(({ name, ips }) => ips.map((ip) => [ip, name])))
  return (address) => names.get(address.split(':')[0] ?? '') ?? address
}

function headerOf({ loaded: { scenario }, seed }: SessionParts): TraceHeader {
  return {
    version: VERSION,
    scenario: scenario.name,
    scenarioHash: scenarioHash(scenario),
    seed,
    scenarioText: scenarioToYaml(scenario),
    endpoints: contextOf(scenario).endpoints.flatMap(({ name, ips }) => ips.map((address) => ({ endpoint: name, address }))),
  }
}

/** The document of `--json`. Keys are only ever added. */
function jsonOf(
  result: RunResult,
  { wallMs, again }: { readonly wallMs: number; readonly again: string },
): Readonly<Record<string, unknown>> {
  const { scenario, scenarioHash: hash, seed, version, digest, simulatedNs, events, records, ended, verdict } = result
  return {
    ...{
      scenario,
      scenarioHash: hash,
      seed,
      version,
      digest,
      simulatedNs,
      events,
      records,
      wallMs: Math.round(wallMs * 1000) / 1000,
      ended,
      verdict,
    },
    ...{ metrics: result.metrics, expectations: result.expectations, violations: result.violations, goals: result.goals },
    endpoints: result.endpoints.map(({ endpoint, controlPlane, dataPlane }) => ({ endpoint, controlPlane, dataPlane })),
    tunnels: result.endpoints.flatMap(({ endpoint, tunnels }) => tunnels.map((tunnel) => ({ endpoint, ...tunnel }))),
    sessions: result.endpoints.flatMap(({ endpoint, sessions }) => sessions.map((session) => ({ endpoint, ...session }))),
    again,
  }
}
