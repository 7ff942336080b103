// What `l2tpsim explore` has found, as text and as a document.

import { pathLines, type Counterexample, type Counts, type Explorer } from '../explore/index.ts'
import type { Repro } from '../hunt/repro.ts'
import { invariants } from '../run/invariants.ts'
import { scenarioToYaml } from '../scenario/written.ts'
import { quoted } from './command-line.ts'
import type { ExploreFlags } from './explore-flags.ts'
import type { Stopped } from './explore-search.ts'
import type { Shell, Stream } from './shell.ts'

/** A counterexample as it is handed over. */
export interface Given extends Counterexample {
  /** Undefined when no ordinary run shows the violation. */
  readonly repro: Repro | undefined
  /** Of the file: the repro, else the scenario. */
  readonly text: string
}

const thousands = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

/** How far a search is. */
export function progressText({ states, transitions, depth, waiting, runs }: Counts): string {
  const size = `${thousands(states)} states, ${thousands(transitions)} transitions`
  const plans = runs === 0 ? '' : `, ${thousands(runs)} ${runs === 1 ? 'plan' : 'plans'}`
  return `${size}, depth ${String(depth)}, ${thousands(waiting)} still to look at${plans}`
}

export interface Told {
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
  const goesOn = stopped === undefined ? '' : '; the same command goes on'
  return `not everything was looked at: ${why}, ${thousands(waiting)} states found were not gone on from${goesOn}`
}

export function tell(told: Told, shell: Shell): void {
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

/** Invariants that every run is judged by. */
const JUDGED = invariants.filter(({ kind }) => kind !== 'sometimes').length

function sizeLine({ explorer, wallMs }: Told): string {
  const seconds = String(Math.round(wallMs / 100) / 10)
  const { counts } = explorer
  const runs = counts.runs === 0 ? '' : ` run, ${String(JUDGED)} invariants judged in each`
  return `${progressText(counts)}${runs}, ${thousands(counts.localStates)} states of single endpoints, ${seconds} s`
}

/** The path, what an ordinary run of it shows, and the repro or the command that replays it. */
function findingLines({ best, flags }: Told, { violation, shown, scenario, outcome, repro, text }: Given): readonly string[] {
  const told =
    shown === undefined
      ? 'an ordinary run of this path does not show it: the search takes more for possible than happens there'
      : `an ordinary run shows it: ${shown.invariant}: ${shown.message}`
  const verb = repro === undefined ? 'run' : 'replay'
  const next = flags.output === undefined ? ['', text] : [`  again   npx l2tpsim ${verb} ${quoted(flags.output)}`]
  return [
    '',
    ...pathLines(best, violation).map((line) => `  ${line}`),
    '',
    told,
    ...(outcome.digest === '' ? [] : [`  digest  ${outcome.digest}  seed ${scenario.seed}`]),
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
    invariants: explorer.counts.runs === 0 ? 0 : JUDGED,
    wallMs: Math.round(wallMs),
    violation: found === undefined ? null : { property: found.violation.property, message: found.violation.message },
    path: found === undefined ? [] : pathLines(best, found.violation),
    shown: found?.shown === undefined ? null : `${found.shown.invariant}: ${found.shown.message}`,
    scenario: found === undefined ? null : scenarioToYaml(found.scenario),
    repro: found?.repro === undefined ? null : found.text,
  }
}
