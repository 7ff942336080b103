// The report of a run for people: configuration, timeline, dialogue, metrics, what did not hold, verdict, digest and the command
// that repeats it. Only text: what it says comes from the result and from folds over the trace.

import { formatDuration, formatInstant, NEVER } from '../base/time.ts'
import type { LineStyle } from '../run/dialogue.ts'
import type { CheckedExpectation, FoundViolation, RunResult } from '../run/result.ts'
import { wrapped } from '../run/text-lines.ts'
import type { Phase } from '../run/tunnel-phases.ts'
import type { Scenario } from '../scenario/schema.ts'
import { configurationLines } from './configuration.ts'
import type { Colours } from './shell.ts'

/** What the report needs to know of a metric. */
export interface MetricText {
  readonly name: string
  readonly unit: string
  readonly help: string
}

export interface Paper {
  readonly colours: Colours
  /** Columns to use, 80 to 120. */
  readonly width: number
}

export function phasePainter({
  green,
  red,
  yellow,
  cyan,
  magenta,
  blue,
  dim,
}: Colours): (text: string, phase: Phase) => string {
  const paints: Readonly<Record<Phase, (text: string) => string>> = {
    establishing: dim,
    established: green,
    failed: red,
    unnoticed: yellow,
    waiting: yellow,
    'taking-over': magenta,
    recovering: cyan,
    synchronising: blue,
    recovered: green,
    closed: dim,
  }
  return (text, phase) => paints[phase](text)
}

export function linePainter({ red, yellow, cyan, bold, dim }: Colours): (text: string, style: LineStyle) => string {
  const paints: Readonly<Record<LineStyle, (text: string) => string>> = {
    ordinary: (text) => text,
    recovery: cyan,
    lost: yellow,
    fault: (text) => bold(red(text)),
    remark: bold,
    note: dim,
  }
  return (text, style) => paints[style](text)
}

/** What stands before the run: what is simulated and with which seed. */
export function opening(
  scenario: Scenario,
  about: { readonly version: string; readonly seed: string; readonly set: readonly string[]; readonly end: number },
  paper: Paper,
): string {
  const { bold, dim } = paper.colours
  const lines = configurationLines(scenario)
  const rows = [
    ...lines,
    ...(about.set.length > 0 ? [['changed', about.set.join(', ')] as const] : []),
    ['lasts', `${formatDuration(about.end)} of simulated time`] as const,
    ['seed', about.seed] as const,
  ]
  const indent = Math.min(Math.max(...rows.map(([label]) => label.length)), 28) + 2
  return [
    `${bold(scenario.name)} ${dim(`l2tpsim ${about.version}`)}`,
    ...wrapped(scenario.shows, paper.width),
    ...(scenario.rfc.length > 0 ? wrapped(scenario.rfc.join(', '), paper.width).map((line) => dim(line)) : []),
    '',
    ...rows.flatMap(([label, text]) => hanging(label, text, indent, paper)),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

/** A label and its text, further lines of which stand below its first. */
function hanging(label: string, text: string, indent: number, { width, colours }: Paper): readonly string[] {
  const [first = '', ...rest] = wrapped(text, width - indent - 2)
  return [`  ${colours.dim(label.padEnd(indent))}${first}`, ...rest.map((line) => `  ${' '.repeat(indent)}${line}`)]
}

export function section(title: string, lines: readonly string[], { colours }: Paper): string {
  return [`\n${colours.bold(title)}`, ...lines.map((line) => (line === '' ? '' : `  ${line}`))]
    .map((line) => `${line}\n`)
    .join('')
}

/** Value and unit as people read them: `1.25s`, `3`, `12.5%`, `1 234 567`. */
export function measureText(value: number, unit: string): string {
  if (unit === 'ns') return formatDuration(value)
  if (value === NEVER) return 'never'
  return unit === 'ratio' ? `${String(Math.round(value * 10_000) / 100)}%` : grouped(Math.round(value * 1000) / 1000)
}

/** Digits of large numbers in groups of three. */
function grouped(value: number): string {
  const [whole = '', fraction] = String(value).split('.')
  const groups = whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, ' ')
  return fraction === undefined ? groups : `${groups}.${fraction}`
}

/**
 * The metrics: one line each with its explanation; those counted by kind (`sent.SCCRQ`) as tables, a row for each kind that
 * occurred; those that are zero or do not apply by name only.
 */
export function metricLines(values: RunResult['metrics'], metrics: readonly MetricText[], paper: Paper): readonly string[] {
  const single = metrics.filter(({ name }) => !name.includes('.'))
  const isIdle = ({ name }: MetricText): boolean => (values[name] ?? null) === null
  const isZero = ({ name, unit }: MetricText): boolean => values[name] === 0 && unit !== 'ns'
  return [
    ...singleLines(
      values,
      single.filter((metric) => !isIdle(metric) && !isZero(metric)),
      paper,
    ),
    ...namesLine('zero', single.filter(isZero), paper),
    ...namesLine('does not apply', single.filter(isIdle), paper),
    ...familyTables(values, metrics).flatMap((table) => ['', ...table]),
  ]
}

function singleLines(
  values: RunResult['metrics'],
  metrics: readonly MetricText[],
  { width, colours }: Paper,
): readonly string[] {
  const texts = metrics.map(({ name, unit }) => measureText(values[name] ?? 0, unit) + (unit === 'octets' ? ' octets' : ''))
  const nameWidth = Math.max(0, ...metrics.map(({ name }) => name.length))
  const valueWidth = Math.max(0, ...texts.map((text) => text.length))
  const indent = nameWidth + valueWidth + 4
  return metrics.flatMap(({ name, help }, i) => {
    const [first = '', ...rest] = wrapped(help.replace(/\.$/, ''), width - indent - 2)
    const value = colours.bold((texts[i] ?? '').padStart(valueWidth))
    return [
      `${name.padEnd(nameWidth)}  ${value}  ${colours.dim(first)}`.trimEnd(),
      ...rest.map((line) => ' '.repeat(indent) + colours.dim(line)),
    ]
  })
}

function namesLine(label: string, metrics: readonly MetricText[], { width, colours }: Paper): readonly string[] {
  if (metrics.length === 0) return []
  return wrapped(`${label}: ${metrics.map(({ name }) => name).join(', ')}`, width - 2).map((line) => colours.dim(line))
}

/** Families of metrics that count the same kinds, side by side; without the kinds that never occurred. */
function familyTables(values: RunResult['metrics'], metrics: readonly MetricText[]): readonly (readonly string[])[] {
  const families = new Map<string, string[]>()
  for (const { name } of metrics) {
    const [family, kind] = split(name)
    if (kind !== undefined) families.set(family, [...(families.get(family) ?? []), kind])
  }
  const alike = new Map<string, string[]>()
  for (const [family, kinds] of families) alike.set(kinds.join(), [...(alike.get(kinds.join()) ?? []), family])
  return [...alike].flatMap(([kinds, columns]) => familyTable(values, kinds.split(','), columns))
}

function familyTable(values: RunResult['metrics'], kinds: readonly string[], families: readonly string[]): readonly string[][] {
  const numbers = (kind: string): readonly number[] => families.map((family) => values[`${family}.${kind}`] ?? 0)
  const present = kinds.filter((kind) => numbers(kind).some((number) => number !== 0))
  if (present.length === 0) return []
  const first = Math.max(...present.map((kind) => kind.length))
  const row = (label: string, cells: readonly string[]): string =>
    label.padEnd(first) + cells.map((cell, i) => cell.padStart(Math.max(families[i]?.length ?? 0, 10) + 2)).join('')
  return [
    [
      row('', families),
      ...present.map((kind) =>
        row(
          kind,
          numbers(kind).map((number) => measureText(number, 'count')),
        ),
      ),
    ],
  ]
}

/** Family and kind of a name such as `sent.SCCRQ`. */
function split(name: string): readonly [string, string | undefined] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)]
}

/** Expectations and violated invariants; empty lists when the scenario expects nothing and nothing was violated. */
export function findingLines(result: RunResult, metrics: readonly MetricText[], { colours, width }: Paper): readonly string[] {
  const unitOf = (name: string): string => metrics.find((metric) => metric.name === name)?.unit ?? 'count'
  const expected = result.expectations.map((expectation) => expectationLine(expectation, unitOf(expectation.metric), colours))
  const shown = result.violations.slice(0, MAX_VIOLATIONS)
  const rest = result.violations.length - shown.length
  return [
    ...expected,
    ...shown.flatMap((violation) => violationLines(violation, colours, width)),
    ...(rest > 0 ? [`… and ${String(rest)} more violations (all are in --json)`] : []),
  ]
}

const MAX_VIOLATIONS = 10

function expectationLine(
  { metric, expected, actual, held }: CheckedExpectation,
  unit: string,
  { green, red }: Colours,
): string {
  const outcome = actual === null ? 'it does not apply' : `it is ${measureText(actual, unit)}`
  return `${held ? green('✓') : red('✗')} ${metric} ${inUnit(expected, unit)}${held ? '' : `: ${outcome}`}`
}

/** `at most 2000000000` reads better in seconds. */
function inUnit(expected: string, unit: string): string {
  return expected.replace(/\d+(\.\d+)?(e[+-]?\d+)?/g, (number) => measureText(Number(number), unit))
}

function violationLines(
  { invariant, ref, at, record, message }: FoundViolation,
  { red, dim }: Colours,
  width: number,
): readonly string[] {
  const [first = '', ...more] = wrapped(message, width - 6)
  return [
    `${red('✗')} ${invariant} ${dim(`(${ref}) at ${formatInstant(at)}, record ${String(record)}`)}`,
    `    ${first}`,
    ...more.map((line) => `    ${line}`),
  ]
}

/** Verdict, in one line. */
export function verdictLine(result: RunResult, { green, red, yellow, bold }: Colours): string {
  const failed = result.expectations.filter(({ held }) => !held).length
  const findings = [
    result.ended === 'event-cap' ? 'stopped at the cap on events' : '',
    failed === 0 ? '' : `${countOf(failed, 'expectation')} not met`,
    result.violations.length === 0 ? '' : `${countOf(result.violations.length, 'violation')} of invariants`,
  ].filter((text) => text !== '')
  const name = `${result.scenario}, seed ${result.seed}`
  if (result.ended === 'interrupted') return `${bold(yellow('INTERRUPTED'))} ${name}: at ${formatInstant(result.simulatedNs)}`
  if (findings.length > 0) return `${bold(red('FAIL'))} ${name}: ${findings.join(', ')}`
  const held = result.expectations.length === 0 ? 'every invariant held' : `every expectation and invariant held`
  return `${bold(green('PASS'))} ${name}: ${held}`
}

function countOf(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}
