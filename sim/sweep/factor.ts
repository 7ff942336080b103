// Reads one factor of a study: a list of values, or a range with its spacing.

import type { Mistake } from '../scenario/mistake.ts'
import { quote } from '../scenario/mistake.ts'
import type { Path } from '../scenario/path.ts'
import { levelOf, levelsAcross, levelsEvery, measured, measureOfAll, textOf, type Level, type Range } from './level.ts'
import type { FactorFile } from './study-schema.ts'
import type { Factor } from './study.ts'

interface FactorReading {
  /** All values are needed; else a range may be drawn from. */
  readonly isGrid: boolean
  /** `path` is within the factor. */
  readonly report: (path: Path, message: string, more?: Partial<Mistake>) => void
}

const USUAL_STEPS = 5

/** Undefined, with mistakes reported, when it cannot be read. */
export function readFactor(name: string, entry: FactorFile, { isGrid, report }: FactorReading): Factor | undefined {
  const { field, label = name, values } = entry
  const fields = typeof field === 'string' ? [field] : field
  if (values !== undefined) {
    for (const key of ['from', 'to', 'steps', 'step', 'round'] as const) {
      if (entry[key] !== undefined) report([key], `\`${key}\` says nothing beside \`values\``, { at: 'key' })
    }
    const measure = measureOfAll(values)
    const isLog = entry.scale === 'log'
    return { name, label, fields, measure, levels: distinct(values, report), range: undefined, isLog }
  }
  const range = readRange(entry, report)
  if (range === undefined) return undefined
  const levels = levelsOf(range, entry, { isGrid, report })
  return { name, label, fields, measure: range.measure, levels, range, isLog: range.isLog }
}

function distinct(values: readonly unknown[], report: FactorReading['report']): readonly Level[] {
  const seen = new Set<string>()
  return values.map((value, i) => {
    const level = levelOf(value)
    if (seen.has(level.text)) report(['values', i], `${quote(value)} is given twice`)
    seen.add(level.text)
    return level
  })
}

function readRange(entry: FactorFile, report: FactorReading['report']): Range | undefined {
  const { from, to, scale, round, step } = entry
  if (from === undefined || to === undefined) {
    const lacks = from === undefined && to === undefined ? 'values' : from === undefined ? 'from' : 'to'
    report([], `\`${lacks}\` is missing`, { at: 'key', expected: '`values`, or `from` and `to`', lacks })
    return undefined
  }
  const ends = [measured(from), measured(to)] as const
  for (const [i, key] of (['from', 'to'] as const).entries()) {
    if (ends[i] === undefined) report([key], `${quote(entry[key])} is not a number with a unit, as a range needs`)
  }
  const [least, most] = ends
  if (least === undefined || most === undefined) return undefined
  const measure = measureOfAll([from, to])
  const isLog = scale === 'log'
  const mistake = mistakeIn({ least, most, measure, isLog }, entry)
  if (mistake !== undefined) {
    report([mistake.key], mistake.message)
    return undefined
  }
  const isWhole = measure === 'number' && [least.value, most.value, measured(step)?.value ?? 0].every(Number.isInteger)
  return { from: least.value, to: most.value, isLog, measure, isWhole, round: readRound(round, report) }
}

interface Ends {
  readonly least: NonNullable<ReturnType<typeof measured>>
  readonly most: NonNullable<ReturnType<typeof measured>>
  readonly measure: Range['measure']
  readonly isLog: boolean
}

/** Measures in which a bare number says nothing. */
const NEED_UNITS: ReadonlySet<string> = new Set(['duration', 'bandwidth', 'rate'])

function mistakeIn(
  { least, most, measure, isLog }: Ends,
  { from, to }: FactorFile,
): { readonly key: 'from' | 'to'; readonly message: string } | undefined {
  if (measure === 'category') return { key: 'to', message: `${quote(to)} is not measured in the unit of \`from\`` }
  const lacksUnit = (end: Ends['least']): boolean => NEED_UNITS.has(measure) && end.measure === 'number' && end.value !== 0
  if (lacksUnit(least)) return { key: 'from', message: `${quote(from)} needs a unit as \`to\` has one` }
  if (lacksUnit(most)) return { key: 'to', message: `${quote(to)} needs a unit as \`from\` has one` }
  if (least.value >= most.value) return { key: 'to', message: `${quote(to)} is not above \`from\`` }
  if (isLog && least.value <= 0) return { key: 'from', message: `${quote(from)}: a range with \`scale: log\` begins above 0` }
  return undefined
}

function readRound(round: unknown, report: FactorReading['report']): number {
  if (round === undefined) return 0
  const read = measured(round)?.value
  if (read === undefined || read <= 0) report(['round'], `${quote(round)} is not a number above 0`)
  return read ?? 0
}

function levelsOf(range: Range, entry: FactorFile, { isGrid, report }: FactorReading): readonly Level[] | undefined {
  const { step, steps } = entry
  if (step === undefined) return steps !== undefined || isGrid ? levelsAcross(range, steps ?? USUAL_STEPS) : undefined
  const distance = measured(step)?.value
  if (steps !== undefined) report(['step'], '`step` and `steps` exclude each other', { at: 'key' })
  if (range.isLog) report(['step'], '`step` is for linear ranges; `steps` says how many values a log range has', { at: 'key' })
  if (distance === undefined || distance <= 0) {
    report(['step'], `${quote(step)} is not a number above 0`)
    return []
  }
  if ((range.to - range.from) / distance > 10_000) {
    report(['step'], `${quote(step)} makes more than 10000 values`, {
      suggestion: textOf((range.to - range.from) / 10, range.measure),
    })
    return []
  }
  return levelsEvery(range, distance)
}
