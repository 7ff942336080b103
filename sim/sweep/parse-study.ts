// Reads studies: YAML or JSON text, with the scenarios it refers to, to a complete study or to its mistakes with their places in
// the study's own text. Every value of every factor is tried in the scenario, so that a wrong one is known before anything runs.

import { nearest } from '../scenario/frame.ts'
import { explain, listed, quote, type Mistake } from '../scenario/mistake.ts'
import { withoutNulls, type Data } from '../scenario/normalise.ts'
import { overridden, type Override } from '../scenario/override.ts'
import { parseScenario, parseScenarioData, type Issue } from '../scenario/parse.ts'
import { isMap, type Path } from '../scenario/path.ts'
import { scenarioFileSchema } from '../scenario/schema.ts'
import { shapeOf } from '../scenario/shape.ts'
import { openSource, placed, syntaxIssues, type Source } from '../scenario/source.ts'
import { evaluate, namesIn, parseExpression, type Expression } from './expression.ts'
import { readFactor } from './factor.ts'
import { levelWithin, type Level } from './level.ts'
import { metricResponse, makeResponse, isResponseName, readResponseExpression, responseNames, type Response } from './response.ts'
import { studyFileSchema, type StudyFile } from './study-schema.ts'
import type { Factor, NamedText, Seeds, Strategy, Study, StudyBundle } from './study.ts'

export type StudyResult =
  | { readonly ok: true; readonly study: Study }
  /** In the order of the text; never empty. Those of a scenario's own file come as they are. */
  | { readonly ok: false; readonly issues: readonly Issue[] }

/** What the reader needs beside the text. */
export interface StudySurroundings {
  /** Text of a scenario that a study refers to; a message where there is none. */
  readonly scenario: (reference: string) => NamedText | { readonly error: string }
  /** As in StudyBundle. */
  readonly set?: readonly string[]
  readonly seeds?: string
  readonly precision?: number
}

const SECONDS_PER_RUN = 60

/** Reads the study in `text`. */
export function readStudy(text: NamedText, surroundings: StudySurroundings): StudyResult {
  const source = openSource(text.text, text.fileName)
  const syntax = syntaxIssues(source)
  if (syntax.length > 0) return { ok: false, issues: syntax }
  return new Reading(text, source, surroundings).result()
}

/** Reads the study that a bundle holds, which has been read before. */
export function openBundle(bundle: StudyBundle): StudyResult {
  const scenario = (reference: string): NamedText | { readonly error: string } =>
    bundle.scenarios[reference] ?? { error: `the scenario ${reference} is not in the bundle` }
  const { study, set, seeds, precision } = bundle
  return readStudy(study, { scenario, set, ...(seeds === undefined ? {} : { seeds }), ...(precision === undefined ? {} : { precision }) })
}

/** One reading: collects mistakes on the way. */
class Reading {
  private readonly text: NamedText
  private readonly source: Source
  private readonly around: StudySurroundings
  private readonly mistakes: Mistake[] = []
  /** Mistakes in a scenario's own file. */
  private readonly foreign: Issue[] = []
  private readonly scenarios: Record<string, NamedText> = {}

  constructor(text: NamedText, source: Source, around: StudySurroundings) {
    this.text = text
    this.source = source
    this.around = around
  }

  result(): StudyResult {
    const file = this.file()
    const study = file === undefined ? undefined : this.study(file)
    const issues = [...placed(this.mistakes, [this.source]), ...unique(this.foreign)]
    return study === undefined || issues.length > 0 ? { ok: false, issues } : { ok: true, study }
  }

  private report(path: Path, message: string, more: Partial<Mistake> = {}): void {
    this.mistakes.push({ path, at: 'value', message, ...more })
  }

  private file(): StudyFile | undefined {
    const content: unknown = this.source.document.toJS()
    if (!isMap(content)) {
      this.report([], 'a study is a map of fields', { expected: 'fields such as `scenario`, `factors` and `responses`' })
      return undefined
    }
    const shape = shapeOf(studyFileSchema)
    const data = withoutNulls(shape, content)
    const parsed = studyFileSchema.safeParse(data)
    if (parsed.success) return parsed.data
    // The words for mistakes are those of scenarios, which name the whole file.
    const rename = (mistake: Mistake): Mistake => ({ ...mistake, message: mistake.message.replace(/a scenario$/, 'a study') })
    this.mistakes.push(...explain(parsed.error.issues, { data, shape }).map(rename))
    return undefined
  }

  private study(file: StudyFile): Study | undefined {
    const strategies = this.strategies(file)
    const factors = this.factors(file)
    const responses = this.responses(file)
    const seeds = this.seeds(file)
    const where = this.conditions(file, factors)
    this.checkDesign(file, factors)
    if (strategies !== undefined) this.tryLevels(strategies, factors)
    if (strategies === undefined || seeds === undefined || this.mistakes.length > 0) return undefined
    const { set = [], seeds: otherSeeds, precision: otherPrecision } = this.around
    const bundle = {
      study: this.text,
      scenarios: this.scenarios,
      set,
      ...(otherSeeds === undefined ? {} : { seeds: otherSeeds }),
      ...(otherPrecision === undefined ? {} : { precision: otherPrecision }),
    }
    const { asks, note, design, precision: own, confidence, budget, limits } = file
    const precision = otherPrecision ?? own
    return {
      name: file.name ?? titleOf(this.text.fileName),
      ...{ asks, note, bundle, strategies, factors, where, design, responses, seeds, precision, confidence },
      budget: { runs: budget.runs, timeNs: budget.time },
      limits: { timeMs: limits.time === undefined ? SECONDS_PER_RUN * 1000 : limits.time / 1e6, memoryMb: limits.memory },
    }
  }

  private strategies(file: StudyFile): readonly Strategy[] | undefined {
    const entries = Object.entries(file.strategies ?? {})
    const common = changesOf(file.set)
    const from = (this.around.set ?? []).map(overrideOf)
    const read = (name: string, path: Path, own: NonNullable<StudyFile['strategies']>[string]): Strategy | undefined => {
      const reference = own.scenario ?? file.scenario
      const at = own.scenario === undefined ? ['scenario'] : [...path, 'scenario']
      const changes = [...common, ...changesOf(own.set), ...from]
      const paths = [...keysOf(file.set, ['set']), ...keysOf(own.set, [...path, 'set']), ...from.map((): Path => [])]
      const label = own.label ?? name
      return this.strategy({ name, label, reference, set: changes }, { at, paths })
    }
    const found =
      entries.length === 0 ? [read('', [], { set: {} })] : entries.map(([name, own]) => read(name, ['strategies', name], own))
    const whole = found.filter((strategy) => strategy !== undefined)
    return whole.length === found.length ? whole : undefined
  }

  /** `at`: where the scenario is named; `paths`: where each change is written. */
  private strategy(
    given: Omit<Strategy, 'scenario' | 'data'>,
    { at, paths }: { readonly at: Path; readonly paths: readonly Path[] },
  ): Strategy | undefined {
    const text = this.around.scenario(given.reference)
    if ('error' in text) {
      this.report(at, text.error)
      return undefined
    }
    this.scenarios[given.reference] = text
    const parsed = parseScenario(text.text, text.fileName, given.set, { knownMetrics: responseNames })
    if (parsed.ok) {
      return { ...given, scenario: parsed.scenario, data: dataOf(text, given.set) }
    }
    for (const issue of parsed.issues) {
      const index = issue.file === '--set' ? given.set.findIndex((change) => issue.frame.includes(lineOf(change))) : -1
      const path = paths[index]
      if (path === undefined || path.length === 0) this.foreign.push(issue)
      else this.refuse(issue, path, given.set[index]!)
    }
    return undefined
  }

  /** An issue of an override, told where the study writes it. */
  private refuse({ message, expected, suggestion, column }: Issue, path: Path, change: Override): void {
    const isPath = column > 0 && column <= change.path.length
    this.report(path, message, { at: isPath ? 'key' : 'value', expected, suggestion })
  }

  private factors(file: StudyFile): readonly Factor[] {
    const isGrid = file.design.kind === 'grid'
    return Object.entries(file.factors).flatMap(([name, entry]) => {
      if (name === 'strategy') this.report(['factors', name], 'a factor cannot be called `strategy`', { at: 'key' })
      const factor = readFactor(name, entry, {
        isGrid,
        report: (path, message, more) => {
          this.report(['factors', name, ...path], message, more)
        },
      })
      return factor === undefined ? [] : [factor]
    })
  }

  private responses(file: StudyFile): readonly Response[] {
    const names = new Set<string>()
    return file.responses.flatMap((entry, i): readonly Response[] => {
      const name = typeof entry === 'string' ? entry : entry.name
      if (names.has(name)) this.report(['responses', i], `the response ${quote(name)} is given twice`)
      names.add(name)
      if (typeof entry === 'string') {
        if (isResponseName(entry)) return [metricResponse(entry)]
        this.report(['responses', i], `${quote(entry)} is not a metric`, {
          expected:
            'a metric (`l2tpsim run --json` shows them all), or a map with `name` and `value` for an expression over metrics',
          suggestion: nearest(entry, responseNames),
        })
        return []
      }
      const expression = this.expression(entry.value, ['responses', i, 'value'])
      const censored = entry.censored === undefined ? undefined : this.expression(entry.censored, ['responses', i, 'censored'])
      return expression === undefined ? [] : [makeResponse(entry, expression, censored)]
    })
  }

  private expression(text: string, path: Path): Expression | undefined {
    const read = readResponseExpression(text)
    if ('expression' in read) return read.expression
    this.report(path, read.why, { suggestion: read.unknown === undefined ? undefined : nearest(read.unknown, responseNames) })
    return undefined
  }

  private seeds(file: StudyFile): Seeds | undefined {
    const given = this.around.seeds ?? file.seeds
    const read = readSeeds(given)
    if (read !== undefined) return read
    this.report(['seeds'], `${quote(given)} is neither a number of replications nor a range of seeds`, {
      expected: '`20` or `1..20`',
    })
    return undefined
  }

  private conditions(file: StudyFile, factors: readonly Factor[]): readonly Expression[] {
    const names = [...factors.map(({ name }) => name), 'strategy']
    return file.where.flatMap((text, i): readonly Expression[] => {
      const path = ['where', i]
      const parsed = parseExpression(text)
      if (!parsed.ok) {
        this.report(path, `${parsed.why} (column ${String(parsed.column)} of the condition)`)
        return []
      }
      const unknown = [...namesIn(parsed.expression).keys()].filter((name) => !names.includes(name))
      for (const name of unknown) {
        this.report(path, `${quote(name)} is not a factor`, { expected: listed(names), suggestion: nearest(name, names) })
      }
      if (unknown.length > 0) return []
      this.checkCondition(parsed.expression, path, factors)
      return [parsed.expression]
    })
  }

  /** A condition must say yes or no for values of the kind that the factors have. */
  private checkCondition(condition: Expression, path: Path, factors: readonly Factor[]): void {
    const sample = new Map(factors.map(({ name, levels, range }) => [name, levels?.[0]?.value ?? range?.from ?? null]))
    const value = evaluate(condition, (name) => (name === 'strategy' ? '' : (sample.get(name) ?? null)))
    if (typeof value !== 'boolean')
      this.report(path, 'this says neither yes nor no', { expected: 'a comparison, such as `rtt < 1s`' })
  }

  private checkDesign(file: StudyFile, factors: readonly Factor[]): void {
    const { design } = file
    if (design.kind === 'grid') return
    if (factors.length === 0) this.report(['design'], `a design of kind \`${design.kind}\` needs factors`)
    const most = design.kind === 'sobol' ? (design.indices ? 10 : 21) : Infinity
    if (factors.length > most) this.report(['design'], `a Sobol design takes at most ${String(most)} factors here`)
    const isSaltelli = design.kind === 'sobol' && design.indices
    if (isSaltelli && file.where.length > 0) {
      this.report(['where'], 'Sobol indices need every point of the design: there can be no conditions', { at: 'key' })
    }
    const inGrids = 'replications are added in a grid only'
    if (this.around.precision !== undefined) this.report(['design'], `${inGrids}: --precision does not go with this design`)
    else if (file.precision !== undefined) this.report(['precision'], inGrids, { at: 'key' })
  }

  /** Tries each level in each strategy, by itself. */
  private tryLevels(strategies: readonly Strategy[], factors: readonly Factor[]): void {
    const told = new Set<string>()
    for (const strategy of strategies) {
      for (const factor of factors) {
        for (const [level, { text }] of (factor.levels ?? endsOf(factor)).entries()) {
          this.tryLevel(strategy, factor, { level, text, told })
        }
      }
    }
  }

  private tryLevel(
    strategy: Strategy,
    factor: Factor,
    { level, text, told }: { readonly level: number; readonly text: string; readonly told: Set<string> },
  ): void {
    for (const [which, path] of factor.fields.entries()) {
      const issue = firstIssue(strategy, { path, value: text })
      if (issue === undefined) continue
      const where = this.whereOf(factor, { level, which, isPath: isAboutPath(issue, path) })
      const key = JSON.stringify(where)
      if (told.has(key)) continue
      told.add(key)
      const { message, expected, suggestion } = issue
      const isPlain = message.includes(`\`${text}\``) || issue.file === '--set'
      this.report(where, isPlain ? message : `\`${path}=${text}\`: ${message}`, { expected, suggestion })
    }
  }

  /** Where the study writes a path or a level of a factor. */
  private whereOf(
    { name, range }: Factor,
    at: { readonly level: number; readonly which: number; readonly isPath: boolean },
  ): Path {
    const entry = ['factors', name]
    const field: unknown = this.source.document.getIn([...entry, 'field'], true)
    if (at.isPath)
      return typeof field === 'object' && field !== null && 'items' in field ? [...entry, 'field', at.which] : [...entry, 'field']
    return range === undefined ? [...entry, 'values', at.level] : [...entry, at.level === 0 ? 'from' : 'to']
  }
}

function isAboutPath(issue: Issue | undefined, path: string): boolean {
  return issue !== undefined && issue.file === '--set' && issue.column <= path.length
}

function firstIssue(strategy: Strategy, change: Override): Issue | undefined {
  const shape = shapeOf(scenarioFileSchema)
  const set = overridden(strategy.data, [change], shape)
  const [own] = set.issues
  if (own !== undefined) return own
  const parsed = parseScenarioData(set.data, strategy.scenario.name, { knownMetrics: responseNames })
  return parsed.ok ? undefined : parsed.issues[0]
}

/** The two ends of a range, for a factor that is drawn from. */
function endsOf({ range }: Factor): readonly Level[] {
  return range === undefined ? [] : [levelWithin(range, 0), levelWithin(range, 1)]
}

/** `1..20`, or a number of seeds from 1. */
function readSeeds(given: number | string): Seeds | undefined {
  if (typeof given === 'number') return { first: 1, count: given }
  const match = /^\s*(\d+)\s*(?:\.\.\s*(\d+)\s*)?$/.exec(given)
  if (match === null) return undefined
  const [, one, last] = match
  if (last === undefined) return Number(one) > 0 ? { first: 1, count: Number(one) } : undefined
  const count = Number(last) - Number(one) + 1
  return count > 0 && Number.isSafeInteger(count) ? { first: Number(one), count } : undefined
}

function changesOf(set: Readonly<Record<string, unknown>>): readonly Override[] {
  return Object.entries(set).map(([path, value]) => ({ path, value: typeof value === 'string' ? value : JSON.stringify(value) }))
}

const keysOf = (set: Readonly<Record<string, unknown>>, at: Path): readonly Path[] => Object.keys(set).map((key) => [...at, key])

/** `path=value` of an override in a message. */
const lineOf = ({ path, value }: Override): string => `${path}=${value}`

/** An override from `path=value`; one without `=` finds no place later. */
function overrideOf(text: string): Override {
  const equals = text.indexOf('=')
  return equals < 0 ? { path: text, value: '' } : { path: text.slice(0, equals), value: text.slice(equals + 1) }
}

function dataOf({ text, fileName }: NamedText, set: readonly Override[]): Data {
  const shape = shapeOf(scenarioFileSchema)
  const written = withoutNulls(shape, openSource(text, fileName).document.toJS()) as Data
  return overridden(written, set, shape).data
}

function titleOf(fileName: string): string {
  const base = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1)
  return base.replace(/\.(ya?ml|json)$/i, '')
}

function unique(issues: readonly Issue[]): readonly Issue[] {
  const seen = new Set<string>()
  return issues.filter((issue) => {
    const key = JSON.stringify(issue)
    return !seen.has(key) && seen.add(key).size > 0
  })
}
