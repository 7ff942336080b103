// `--set path=value`: changes of any field of a scenario, made before it is read. Values are written as in a file.

import { type Issue, type Source, issueAt, openOption } from './source.ts'
import { nearest } from './frame.ts'
import { describe, fieldBelow, listed } from './mistake.ts'
import type { Data } from './normalise.ts'
import { type Path, isMap, pathText } from './path.ts'
import { type Shape, chosen, fieldsIn } from './shape.ts'

export interface Override {
  /** Such as `endpoints.lns1.l2tp.failover.recoveryTime`, `links[0].loss` or `links[wan].loss`. */
  readonly path: string
  /** As in a file: `20s`, `1%`, `[1, 2]`, `{ after: 5s }`. */
  readonly value: string
}

export interface Overridden {
  readonly data: Data
  /** The options that found their place, for the positions of what is wrong with their values. */
  readonly sources: readonly Source[]
  readonly issues: readonly Issue[]
}

/** `data` with `overrides` applied in order; one that finds no place is an issue and changes nothing. */
export function overridden(data: Data, overrides: readonly Override[], shape: Shape): Overridden {
  const sources: Source[] = []
  const issues: Issue[] = []
  let changed = data
  for (const override of overrides) {
    const target = targetOf(changed, override, shape)
    if (!target.ok) {
      issues.push(target.issue)
      continue
    }
    const source = openOption(`${override.path}=${override.value}`, override.path.length + 1, target.path)
    const value = valueOf(source, override.value, target.shape)
    if (!value.ok) issues.push(syntaxIssue(source, target.path, value.why))
    else {
      changed = withValue(changed, target.path, value.value) as Data
      sources.push(source)
    }
  }
  return { data: changed, sources, issues }
}

function syntaxIssue(source: Source, path: Path, why: string): Issue {
  const span = { line: 1, column: source.offset + 1, width: Math.max(1, source.text.length - source.offset) }
  return issueAt(source, span, { path, at: 'value', message: why })
}

type Value = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string }

/** Where text is wanted the option's text is the value, without quotes; elsewhere it is YAML. */
function valueOf({ document }: Source, text: string, shape: Shape): Value {
  const [error] = document.errors
  const takesText = shape.type === 'text' || (shape.type === 'choice' && shape.options.some(({ type }) => type === 'text'))
  if (error !== undefined) return takesText ? { ok: true, value: text } : { ok: false, why: error.message }
  const value: unknown = document.toJS()
  const mayBeElse = shape.type !== 'text' && typeof value === 'object'
  if (!takesText || value === null || mayBeElse) return { ok: true, value }
  return { ok: true, value: typeof value === 'string' ? value : text.trim() }
}

type Target =
  | { readonly ok: true; readonly path: Path; readonly shape: Shape }
  | { readonly ok: false; readonly issue: Issue }

/** A step of a written path with the column, from 1, at which it begins. */
interface Step {
  readonly text: string
  readonly column: number
}

const STEP = /\.?([^.[\]]+)|\[([^\]]*)\]/y

function stepsOf(path: string): readonly Step[] | undefined {
  const steps: Step[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < path.length) {
    const start = STEP.lastIndex
    const match = STEP.exec(path)
    if (match === null || path.startsWith('.')) return undefined
    const text = (match[1] ?? match[2] ?? '').trim()
    steps.push({ text, column: start + 1 + match[0].indexOf(text) })
  }
  return steps.length === 0 ? undefined : steps
}

const NOT_A_PATH = {
  message: 'this is not a path',
  expected: 'names with dots, and places of lists in brackets: `links[0].loss`',
}

function textOf(steps: readonly Step[]): string {
  return steps.map(({ text }) => (/^\d+$/.test(text) ? `[${text}]` : `.${text}`)).join('')
}

function targetOf(data: Data, override: Override, root: Shape): Target {
  const steps = stepsOf(override.path)
  if (steps === undefined) return refused(override, { text: override.path, column: 1 }, NOT_A_PATH)
  let shape = root
  let value: unknown = data
  let path: Path = []
  for (const [i, step] of steps.entries()) {
    const next = into({ shape, value, path }, step.text, i === steps.length - 1)
    if (!next.ok) {
      const rest = next.whole === true ? '' : textOf(steps.slice(i + 1))
      return refused(override, step, { ...next, suggestion: next.suggestion === undefined ? undefined : next.suggestion + rest })
    }
    path = next.path
    shape = next.shape
    value = next.value
  }
  return { ok: true, path, shape }
}

function refused(override: Override, step: Step, why: Pick<Refusal, 'message' | 'expected' | 'suggestion'>): Target {
  const text = `${override.path}=${override.value}`
  const span = { line: 1, column: step.column, width: Math.max(1, step.text.length) }
  const issue = issueAt({ file: '--set', textLines: [text] }, span, { path: [], at: 'key', ...why })
  return { ok: false, issue: { ...issue, path: override.path } }
}

interface At {
  readonly shape: Shape
  readonly value: unknown
  readonly path: Path
}

interface Refusal {
  readonly message: string
  readonly expected?: string | undefined
  /** A path that would do. */
  readonly suggestion?: string | undefined
  /** The suggestion stands for the whole path, not only up to this step. */
  readonly whole?: boolean
}

type Into = ({ readonly ok: true } & At) | ({ readonly ok: false } & Refusal)

function into(at: At, step: string, last: boolean): Into {
  const { shape, path } = at
  switch (shape.type) {
    case 'object':
      return intoField(at, step)
    case 'record':
      return intoRecord(at, shape.value, { step, last })
    case 'list':
      return intoList(at, shape.item, { step, last })
    case 'tuple':
      return intoTuple(at, shape.items, step)
    case 'choice':
      return intoChoice(at, step, last)
    default:
      return {
        ok: false,
        message: `\`${pathText(path)}\` has no parts`,
        expected: describe(shape),
        suggestion: pathText(path),
        whole: true,
      }
  }
}

function intoTuple({ value, path }: At, items: readonly Shape[], step: string): Into {
  const shape = /^\d+$/.test(step) ? items[Number(step)] : undefined
  if (shape !== undefined) return { ok: true, shape, value: childOf(value, Number(step)), path: [...path, Number(step)] }
  return { ok: false, message: `\`${pathText(path)}\` has no place \`${step}\``, expected: `0 to ${items.length - 1}` }
}

function childOf(value: unknown, key: string | number): unknown {
  return (isMap(value) || Array.isArray(value)) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}

function intoField({ shape, value, path }: At, step: string): Into {
  const fields = fieldsIn(shape)
  const field = fields.get(step)
  if (field !== undefined) return { ok: true, shape: field.shape, value: childOf(value, step), path: [...path, step] }
  const near = nearest(step, fields.keys())
  const below = near === undefined ? fieldBelow(shape, step) : undefined
  const suggested = near ?? below
  const prefix = path.length === 0 ? '' : `${pathText(path)}.`
  return {
    ok: false,
    message: `\`${step}\` is not a field of ${path.length === 0 ? 'a scenario' : `\`${pathText(path)}\``}`,
    expected: listed([...fields.keys()]),
    suggestion: suggested === undefined ? undefined : prefix + suggested,
  }
}

interface Stepping {
  readonly step: string
  /** It is the last step, so that the value is what is there as a whole. */
  readonly last: boolean
}

function intoRecord({ value, path }: At, inner: Shape, { step, last }: Stepping): Into {
  const names = isMap(value) ? Object.keys(value) : []
  if (names.includes(step) || last) return { ok: true, shape: inner, value: childOf(value, step), path: [...path, step] }
  const near = nearest(step, names)
  return {
    ok: false,
    message: `\`${step}\` is not in \`${pathText(path)}\``,
    expected: listed(names),
    suggestion: near === undefined ? undefined : `${pathText(path)}.${near}`,
  }
}

function intoList({ value, path }: At, item: Shape, { step, last }: Stepping): Into {
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  const index = /^\d+$/.test(step) ? Number(step) : items.findIndex((element) => namesOf(element).includes(step))
  // One past the end adds an element, which must be given as a whole.
  if (index >= 0 && (index < items.length || (last && index === items.length))) return {
    ok: true,
    shape: item,
    value: items[index],
    path: [...path, index],
  }
  const names = items.flatMap(namesOf)
  const near = nearest(step, names) ?? (items.length > 0 && index >= 0 ? String(items.length - 1) : undefined)
  return {
    ok: false,
    message: `\`${pathText(path)}\` has no element \`${step}\``,
    expected: [`0 to ${String(items.length)}`, ...(names.length > 0 ? [listed(names)] : [])].join(', or '),
    suggestion: near === undefined ? undefined : `${pathText(path)}[${near}]`,
  }
}

/** What an element of a list can be called by: its `name`, or a link by its two ends. */
function namesOf(element: unknown): readonly string[] {
  if (!isMap(element)) return []
  const { name, between } = element
  const ends = Array.isArray(between) ? [between.join('-')] : []
  return typeof name === 'string' ? [name, ...ends] : ends
}

/** A list of one element and the element itself are the same to a path; of other alternatives, the one that has such a part. */
function intoChoice({ shape, value, path }: At, step: string, last: boolean): Into {
  if (shape.type !== 'choice') return { ok: false, message: 'not a choice' }
  const isIndex = /^\d+$/.test(step)
  const list = shape.options.find((option) => option.type === 'list')
  if (list !== undefined && isMap(value) && isIndex) {
    const single = chosen(shape, value)
    if (Number(step) === 0 && single !== undefined) return { ok: true, shape: single, value, path }
  }
  if (list !== undefined && Array.isArray(value)) {
    if (isIndex) return into({ shape: list, value, path }, step, last)
    if (value.length === 1) return into({ shape: list.item, value: value[0], path: [...path, 0] }, step, last)
  }
  const likely = chosen(shape, value)
  const options = [...(likely === undefined ? [] : [likely]), ...shape.options].filter(
    (option) => option.type !== 'list' || value === undefined,
  )
  const results = options.map((option) => into({ shape: option, value, path }, step, last))
  return results.find(({ ok }) => ok) ?? intoField({ shape, value, path }, step)
}

/** A copy of `data` with `value` at `path`; maps and lists on the way are made where they are missing. */
function withValue(data: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  const inner = withValue(childOf(data, step), rest, value)
  if (typeof step === 'number') return Object.assign(Array.isArray(data) ? [...(data as unknown[])] : [], { [step]: inner })
  return { ...(isMap(data) ? data : {}), [step]: inner }
}
