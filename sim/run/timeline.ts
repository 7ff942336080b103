// The life of the tunnels as text: a bar for each side on one axis, and the instants of every step with its distance from the
// failure. With several tunnels, one line each. What happened is found out in tunnel-phases.ts; colours are the caller's.

import { formatDuration, formatInstant, NEVER, SECOND, type Nanos } from '../base/time.ts'
import type { Fold, TraceRecord } from '../trace/record.ts'
import { axisLine, columnsOf, type Columns } from './time-columns.ts'
import {
  phaseAt,
  phases,
  tunnelPhases,
  worstFirst,
  type EndpointOf,
  type Milestone,
  type Phase,
  type TunnelPair,
  type TunnelSide,
} from './tunnel-phases.ts'

export interface TimelineOptions {
  /** Who has an address; the address itself when nobody is known to. */
  readonly endpointOf: EndpointOf
  /** Columns to fill; 80 when left out. */
  readonly width?: number
  /** Tunnels shown before the rest is summed up; 12 when left out. */
  readonly limit?: number
  /** Colours a piece of a bar. */
  readonly paint?: (text: string, phase: Phase) => string
}

const glyphs: Readonly<Record<Phase, string>> = {
  establishing: '·',
  established: '━',
  failed: '×',
  unnoticed: '┄',
  waiting: '╌',
  'taking-over': '░',
  recovering: '▒',
  synchronising: '▓',
  recovered: '═',
  closed: ' ',
}

const legends: Readonly<Record<Phase, string>> = {
  establishing: 'establishing',
  established: 'established',
  failed: 'failed',
  unnoticed: 'peer failed, unnoticed',
  waiting: 'waiting for recovery',
  'taking-over': 'taking over',
  recovering: 'recovering',
  synchronising: 'reset, synchronising',
  recovered: 'synchronised',
  closed: '',
}

interface Drawing {
  readonly columns: Columns
  readonly paint: (text: string, phase: Phase) => string
  readonly used: Set<Phase>
}

/** Folds the trace to the lines of the timeline, without line ends. */
export function timeline(options: TimelineOptions): Fold<readonly string[]> {
  const lives = tunnelPhases(options.endpointOf)
  const see = (record: TraceRecord): void => {
    lives.see(record)
  }
  return { kinds: lives.kinds ?? [], see, end: (at) => timelineLines(lives.end(at), at, options) }
}

function timelineLines(pairs: readonly TunnelPair[], end: Nanos, options: TimelineOptions): readonly string[] {
  const only = pairs[0]
  if (only === undefined) return ['no tunnel was opened']
  return pairs.length === 1 ? onePair(only, end, options) : manyPairs(pairs, end, options)
}

function onePair(pair: TunnelPair, end: Nanos, options: TimelineOptions): readonly string[] {
  const sides = sidesOf(pair)
  const labels = sides.map((side) => `${side.endpoint} ${String(side.tunnel)}`)
  const indent = Math.max(...labels.map((label) => label.length)) + 2
  const drawing = newDrawing([pair], end, { ...options, width: (options.width ?? 80) - indent })
  const bars = sides.map((side, i) => (labels[i] ?? '').padEnd(indent) + bar((at) => phaseAt(side, at), drawing))
  const axis = ' '.repeat(indent) + axisLine(drawing.columns, landmarks([pair]))
  return [...bars, axis, ...legend(drawing, options.width ?? 80), '', ...table(sides, labels)]
}

function manyPairs(pairs: readonly TunnelPair[], end: Nanos, options: TimelineOptions): readonly string[] {
  const shown = pairs.slice(0, options.limit ?? 12)
  const labels = shown.map(pairLabel)
  const outcomes = shown.map(outcome)
  const indent = Math.max(...labels.map((label) => label.length)) + 2
  const room = Math.max(...outcomes.map((text) => text.length)) + 2
  const drawing = newDrawing(shown, end, { ...options, width: Math.max(20, (options.width ?? 80) - indent - room) })
  const lines = shown.map(
    (pair, i) => `${(labels[i] ?? '').padEnd(indent)}${bar((at) => phaseOfPair(pair, at), drawing)}  ${outcomes[i] ?? ''}`,
  )
  const rest = pairs.slice(shown.length)
  const more = rest.length === 0 ? [] : [`and ${String(rest.length)} more: ${summary(rest)}`]
  const axis = ' '.repeat(indent) + axisLine(drawing.columns, landmarks(shown))
  return [...lines.map((line) => line.trimEnd()), axis, ...legend(drawing, options.width ?? 80), ...more]
}

function newDrawing(pairs: readonly TunnelPair[], end: Nanos, options: TimelineOptions): Drawing {
  const instants = pairs.flatMap((pair) => sidesOf(pair)).flatMap((side) => side.milestones.map(({ at }) => at))
  const columns = columnsOf(windowOf(pairs, end), instants, options.width ?? 80)
  return { columns, paint: options.paint ?? ((text) => text), used: new Set() }
}

/** From shortly before the first failure to shortly after the last step that follows it; the whole run when nothing fails. */
function windowOf(pairs: readonly TunnelPair[], end: Nanos): { readonly from: Nanos; readonly to: Nanos } {
  const sides = pairs.flatMap((pair) => sidesOf(pair))
  const failures = sides.flatMap((side) => side.milestones.filter(({ phase }) => phase === 'failed').map(({ at }) => at))
  if (failures.length === 0) return { from: 0, to: Math.max(end, 1) }
  const first = Math.min(...failures)
  const settled = sides.every((side) => isSettled(side.milestones.at(-1)))
  const last = settled ? Math.max(...sides.flatMap((side) => toldMilestones(side).map(({ at }) => at))) : end
  const margin = Math.max(Math.floor((last - first) / 6), SECOND / 10)
  return { from: Math.max(0, first - margin), to: Math.min(Math.max(end, first + 1), last + margin) }
}

function isSettled(last: Milestone | undefined): boolean {
  return last === undefined || last.phase === 'recovered' || last.phase === 'closed' || last.phase === 'established'
}

function bar(phaseOf: (at: Nanos) => Phase | undefined, drawing: Drawing): string {
  let painted = ''
  let run = ''
  let current: Phase | undefined
  const flush = (): void => {
    painted += current === undefined ? run : drawing.paint(run, current)
    run = ''
  }
  for (const at of drawing.columns.instants) {
    const phase = phaseOf(at)
    if (phase !== current) flush()
    current = phase
    if (phase !== undefined) drawing.used.add(phase)
    run += phase === undefined ? ' ' : glyphs[phase]
  }
  flush()
  return painted
}

/** The glyphs that occur, in as many lines as the width needs. */
function legend(drawing: Drawing, width: number): readonly string[] {
  const lines: { text: string; length: number }[] = []
  for (const phase of phases.filter((phase) => drawing.used.has(phase) && legends[phase] !== '')) {
    const length = legends[phase].length + 4
    const text = `${drawing.paint(glyphs[phase], phase)} ${legends[phase]}  `
    const last = lines.at(-1)
    if (last !== undefined && last.length + length <= width)
      Object.assign(last, { text: last.text + text, length: last.length + length })
    else lines.push({ text, length })
  }
  const scale = drawing.columns.linear ? [] : ['(no phase is drawn shorter than one column)']
  return [...lines.map(({ text }) => text.trimEnd()), ...scale]
}

interface TableRow {
  readonly label: string
  readonly steps: (Milestone | undefined)[]
}

/** One row for each step, the same step of both sides beside each other. */
function table(sides: readonly TunnelSide[], labels: readonly string[]): readonly string[] {
  const rows = tableRows(sides)
  const failures = sides.flatMap((side) => side.milestones.filter(({ phase }) => phase === 'failed').map(({ at }) => at))
  const first = Math.max(12, ...rows.map(({ label }) => label.length)) + 2
  const widths = labels.map((label) => Math.max(label.length, 11) + 2)
  const heading =
    ' '.repeat(first) +
    labels.map((label, i) => label.padStart(widths[i] ?? 0)).join('') +
    (failures.length > 0 ? '  since failure' : '')
  return [heading, ...rows.map((row) => tableLine(row, { first, widths, failures }))]
}

function tableRows(sides: readonly TunnelSide[]): readonly TableRow[] {
  const rows = new Map<string, TableRow>()
  for (const [i, side] of sides.entries()) {
    const seen = new Map<string, number>()
    for (const milestone of toldMilestones(side)) {
      const nth = (seen.get(milestone.label) ?? 0) + 1
      seen.set(milestone.label, nth)
      const key = `${milestone.label} ${String(nth)}`
      const row = rows.get(key) ?? { label: milestone.label, steps: sides.map(() => undefined) }
      row.steps[i] = milestone
      rows.set(key, row)
    }
  }
  return [...rows.values()].sort(byTime)
}

/** Those with a label, but for passing stages that lasted no time. */
function toldMilestones({ milestones }: TunnelSide): readonly Milestone[] {
  const isPassing = ({ label, at }: Milestone, next: Milestone | undefined): boolean =>
    passing.includes(label) && at === next?.at
  return milestones.filter((milestone, i) => milestone.label !== '' && !isPassing(milestone, milestones[i + 1]))
}

const passing = ['restored', 'queued']

function byTime(a: TableRow, b: TableRow): number {
  const [one, other] = [earliest(a), earliest(b)]
  return one.at === other.at ? phases.indexOf(one.phase) - phases.indexOf(other.phase) : one.at - other.at
}

function earliest({ steps }: TableRow): Pick<Milestone, 'at' | 'phase'> {
  const none: Pick<Milestone, 'at' | 'phase'> = { at: NEVER, phase: 'closed' }
  return steps.reduce((found, step) => (step !== undefined && step.at < found.at ? step : found), none)
}

interface TableLayout {
  readonly first: number
  readonly widths: readonly number[]
  readonly failures: readonly Nanos[]
}

function tableLine(row: TableRow, { first, widths, failures }: TableLayout): string {
  const cells = row.steps.map((step, i) => (step === undefined ? '·' : formatInstant(step.at)).padStart(widths[i] ?? 0))
  const last = Math.max(...row.steps.map((step) => step?.at ?? 0))
  const failure = Math.max(-1, ...failures.filter((at) => at < last))
  const since = failure < 0 ? '' : `+${formatDuration(last - failure)}`
  const why = [...new Set(row.steps.map((step) => step?.why ?? '').filter((text) => text !== ''))].join(', ')
  const rest = failures.length > 0 ? since.padStart(15) : ''
  return `${row.label.padEnd(first)}${cells.join('')}${rest}${why === '' ? '' : `  ${why}`}`.trimEnd()
}

/** Instants worth a label on the axis, the most telling first. */
function landmarks(pairs: readonly TunnelPair[]): readonly Nanos[] {
  const milestones = pairs.flatMap((pair) => sidesOf(pair)).flatMap((side) => side.milestones)
  const order: readonly Phase[] = ['failed', 'recovered', 'closed', 'recovering', 'synchronising', 'taking-over', 'established']
  return order.flatMap((phase) => milestones.filter((milestone) => milestone.phase === phase).map(({ at }) => at))
}

function sidesOf(pair: TunnelPair): readonly TunnelSide[] {
  return pair[1] === undefined ? [pair[0]] : [pair[0], pair[1]]
}

function pairLabel(pair: TunnelPair): string {
  const [one, other] = pair
  return `${one.endpoint} ${String(one.tunnel)} ⇄ ${other === undefined ? one.peer : `${other.endpoint} ${String(other.tunnel)}`}`
}

function phaseOfPair(pair: TunnelPair, at: Nanos): Phase | undefined {
  const present = sidesOf(pair).map((side) => phaseAt(side, at))
  return worstFirst.find((phase) => present.includes(phase))
}

/** How it ended for a tunnel: `synchronised +3.24s`, `given up +33s`, `established 0.1s`. */
function outcome(pair: TunnelPair): string {
  const { phase, label, at } = ending(pair)
  const since = recoveryTime(pair)
  return `${label === '' ? phase : label} ${since === undefined ? formatDuration(at) : `+${formatDuration(since)}`}`
}

/** The last step of the side that ended worse. */
function ending(pair: TunnelPair): Milestone {
  const lasts = sidesOf(pair).flatMap(
    ({ milestones }) => milestones.findLast(({ label }) => label !== '') ?? milestones.slice(-1),
  )
  const begun: Milestone = { at: 0, phase: 'recovered', label: '', why: '' }
  return lasts.reduce((found, last) => (endedWorse(last, found) ? last : found), lasts[0] ?? begun)
}

/** Of two that ended alike, the later. */
function endedWorse(a: Milestone, b: Milestone): boolean {
  return a.phase === b.phase ? a.at > b.at : worstFirst.indexOf(a.phase) < worstFirst.indexOf(b.phase)
}

/** From the last failure before the ending to the ending. */
function recoveryTime(pair: TunnelPair): Nanos | undefined {
  const { at } = ending(pair)
  const failures = sidesOf(pair).flatMap((side) =>
    side.milestones.filter((step) => step.phase === 'failed' && step.at < at).map((step) => step.at),
  )
  return failures.length === 0 ? undefined : at - Math.max(...failures)
}

/** `80 synchronised (+3.1s to +5.2s), 8 given up (+33s)`. */
function summary(pairs: readonly TunnelPair[]): string {
  const groups = new Map<string, Nanos[]>()
  for (const pair of pairs) {
    const { label, phase } = ending(pair)
    const name = label === '' ? phase : label
    const group = groups.get(name)
    const time = recoveryTime(pair) ?? NEVER
    if (group === undefined) groups.set(name, [time])
    else group.push(time)
  }
  return [...groups]
    .map(([name, times]) => `${String(times.length)} ${name}${spread(times.filter((time) => time !== NEVER))}`)
    .join(', ')
}

function spread(times: readonly Nanos[]): string {
  if (times.length === 0) return ''
  const low = formatDuration(times.reduce((least, time) => Math.min(least, time)))
  const high = formatDuration(times.reduce((most, time) => Math.max(most, time)))
  return low === high ? ` (+${low})` : ` (+${low} to +${high})`
}
