// What a study looks at in each run: metrics, and expressions over them. A time that had not come to its end when the run ended is
// censored, which is different from a value that does not exist.

import type { Nanos } from '../base/time.ts'
import { metrics, type Unit } from '../run/metrics.ts'
import type { RunResult } from '../run/result.ts'
import { evaluate, isCondition, namesIn, parseExpression, type Expression, type Value } from './expression.ts'
import type { ResponseFile } from './study-schema.ts'

export type ResponseKind = 'time' | 'mean' | 'proportion'

export interface Response {
  readonly name: string
  readonly label: string
  /** As the study says it. */
  readonly text: string
  readonly kind: ResponseKind
  readonly unit: Unit
  readonly better: 'lower' | 'higher'
  /** What it is, for reports; that of the metric where it is one. */
  readonly help: string
  readonly expression: Expression
  readonly censored: Expression | undefined
}

/** Facts of a run that responses may use beside its metrics; `observed`: for how long it was watched after its first failure. */
const facts: Readonly<Record<string, (result: RunResult, observed: Nanos | null) => number | null>> = {
  violations: ({ violations }) => violations.length,
  expectationsMissed: ({ expectations }) => expectations.filter(({ held }) => !held).length,
  simulatedTime: ({ simulatedNs }) => simulatedNs,
  timeWatched: (_, observed) => observed,
  events: ({ events }) => events,
  records: ({ records }) => records,
}

const byName = new Map(metrics.map((metric) => [metric.name, metric]))

/** Names that a response may use. */
export const responseNames: readonly string[] = [...byName.keys(), ...Object.keys(facts)]

const known: ReadonlySet<string> = new Set(responseNames)

export const isResponseName = (name: string): boolean => known.has(name)

/** The response that is a metric by itself; `text` must be a known name. */
export function metricResponse(name: string): Response {
  return makeResponse({ name, value: name, better: betterOf(name) }, { type: 'name', name, column: 1 }, undefined)
}

/** Metrics that say how much went well; of all others less is better. */
const gains = new Set(['sessionsKept', 'sessionsEstablished', 'tunnelsRecovered', 'dataDelivered'])

const betterOf = (name: string): Response['better'] => (gains.has(name) ? 'higher' : 'lower')

const TIMES: ReadonlySet<string> = new Set(['simulatedTime', 'timeWatched'])

const unitOf = (name: string): Unit | undefined => (TIMES.has(name) ? 'ns' : byName.get(name)?.unit)

/** A response from its entry in a study and its expressions, already read. */
export function makeResponse(entry: ResponseFile, expression: Expression, censored: Expression | undefined): Response {
  const names = [...namesIn(expression).keys()]
  const metric = expression.type === 'name' ? byName.get(expression.name) : undefined
  const unit = entry.unit ?? (isCondition(expression) ? 'ratio' : (unitOf(names[0] ?? '') ?? 'count'))
  const kind = entry.kind ?? (isCondition(expression) ? 'proportion' : unit === 'ns' ? 'time' : 'mean')
  const { name, label = words(name), value: text, better } = entry
  return { name, label, text, kind, unit, better, help: metric?.help ?? text, expression, censored }
}

/** `timeToSynchronised` as `time to synchronised`; `lost.loss` stays as it is. */
const words = (name: string): string =>
  /^[a-z]+([A-Z][a-z0-9]+)+$/.test(name) ? name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) : name

/** The values of one run, in the order of the responses; null for what is missing, and for times that are censored. */
export function responsesOf(responses: readonly Response[], result: RunResult, observed: Nanos | null): readonly (number | null)[] {
  const valueOf = (name: string): Value => result.metrics[name] ?? facts[name]?.(result, observed) ?? null
  return responses.map(({ expression, censored }) => {
    if (censored !== undefined && evaluate(censored, valueOf) === true) return null
    const value = evaluate(expression, valueOf)
    if (typeof value === 'boolean') return value ? 1 : 0
    return typeof value === 'number' && Number.isFinite(value) ? value : null
  })
}

/** Reads an expression over metrics; gives its first unknown name instead when it has one. */
export function readResponseExpression(
  text: string,
): { readonly expression: Expression } | { readonly why: string; readonly unknown?: string } {
  const parsed = parseExpression(text)
  if (!parsed.ok) return { why: `${parsed.why} (column ${String(parsed.column)} of the expression)` }
  const unknown = [...namesIn(parsed.expression).keys()].find((name) => !isResponseName(name))
  return unknown === undefined ? { expression: parsed.expression } : { why: `\`${unknown}\` is not a metric`, unknown }
}
