// The form of the parameters, made from the schema and the scenario as it stands: every field with its place, control, text and
// source. Runs in the worker; the page only draws it. The ranges of sliders are a matter of taste and stand in slider-ranges.ts.

import { written } from '../../sim/scenario/written.ts'
import { scenarioSchema, type Scenario } from '../../sim/scenario/schema.ts'
import { chosen, shapeOf, type Field, type Shape } from '../../sim/scenario/shape.ts'
import { rangeFor, type Range } from './slider-ranges.ts'

export type Control =
  | { readonly control: 'slider'; readonly quantity: string; readonly range: Range }
  | { readonly control: 'words'; readonly words: readonly string[] }
  | { readonly control: 'flag' }
  | { readonly control: 'text' }

export interface FormField {
  /** As `--set` takes it. */
  readonly path: string
  readonly name: string
  readonly about: string
  readonly source: string
  readonly control: Control
  /** In the base unit, for sliders; else undefined. */
  readonly value: number | undefined
  /** As a file has it. */
  readonly text: string
  /** It differs from its default. */
  readonly special: boolean
}

export interface FormGroup {
  readonly path: string
  readonly title: string
  readonly about: string
  readonly fields: readonly FormField[]
  readonly groups: readonly FormGroup[]
}

interface Place {
  readonly path: string
  readonly name: string
  readonly about: string
}

/** The whole form, in the order of the schema. */
export function formOf(scenario: Scenario): readonly FormGroup[] {
  const shape = shapeOf(scenarioSchema)
  if (shape.type !== 'object') return []
  const whole = groupOf({ path: '', name: 'run', about: '' }, shape.fields, scenario as unknown as Data)
  const run = { ...whole, title: 'run', groups: [] }
  return [run, ...whole.groups]
}

type Data = Readonly<Record<string, unknown>>

function groupOf({ path, name, about }: Place, fields: ReadonlyMap<string, Field>, data: Data): FormGroup {
  const inner: FormField[] = []
  const groups: FormGroup[] = []
  for (const [key, field] of fields) {
    if (key === 'shows' || key === 'rfc' || key === 'name') continue
    const place = { path: path === '' ? key : `${path}.${key}`, name: key, about: field.about }
    addField({ inner, groups }, place, { field, value: data[key] })
  }
  return { path, title: name, about, fields: inner, groups }
}

interface Draft {
  readonly inner: FormField[]
  readonly groups: FormGroup[]
}

interface Valued {
  readonly field: Field
  readonly value: unknown
}

function addField(draft: Draft, place: Place, { field, value }: Valued): void {
  const { shape } = field
  const option = shape.type === 'choice' && typeof value === 'object' ? chosen(shape, value) : undefined
  const actual = option ?? shape
  if (actual.type === 'object' && typeof value === 'object' && value !== null) {
    draft.groups.push(groupOf(place, actual.fields, value as Data))
  } else if (actual.type === 'record' && typeof value === 'object' && value !== null) {
    draft.groups.push(recordGroup(place, actual.value, value as Data))
  } else if (isListOfGroups(actual) && Array.isArray(value)) {
    draft.groups.push(listGroup(place, actual.item, value))
  } else if (value !== undefined) draft.inner.push(fieldAt(place, { field, value }))
}

function isListOfGroups(shape: Shape): shape is Extract<Shape, { type: 'list' }> {
  return shape.type === 'list' && (shape.item.type === 'object' || shape.item.type === 'choice')
}

function recordGroup({ path, name, about }: Place, shape: Shape, data: Data): FormGroup {
  const groups = Object.entries(data).flatMap(([key, value]) =>
    element({ path: `${path}.${key}`, name: key, about: '' }, shape, value),
  )
  return { path, title: name, about, fields: [], groups }
}

function listGroup({ path, name, about }: Place, item: Shape, list: readonly unknown[]): FormGroup {
  const groups = list.flatMap((value, i) =>
    element({ path: `${path}[${String(i)}]`, name: titleOf(name, value, i), about: '' }, item, value),
  )
  return { path, title: name, about, fields: [], groups }
}

function element(place: Place, shape: Shape, value: unknown): readonly FormGroup[] {
  const option = shape.type === 'choice' ? chosen(shape, value) : shape
  if (option?.type !== 'object' || typeof value !== 'object' || value === null) return []
  return [linkGroup(groupOf(place, option.fields, value as Data))]
}

function titleOf(list: string, value: unknown, i: number): string {
  const data = (typeof value === 'object' && value !== null ? value : {}) as Data
  const { between, from, to, kind, metric } = data
  if (Array.isArray(between)) return between.join(' – ')
  if (typeof from === 'string' && typeof to === 'string') return `${from} → ${to}`
  const named = [kind, metric].find((text) => typeof text === 'string')
  return named ?? `${list} ${String(i + 1)}`
}

/** What both directions of a link have alike is one field of the link, as files write it. */
function linkGroup(group: FormGroup): FormGroup {
  const forward = group.groups.find(({ title }) => title === 'forward')
  const backward = group.groups.find(({ title }) => title === 'backward')
  if (forward === undefined || backward === undefined) return group
  const alike = forward.fields.filter(({ name, text }) =>
    backward.fields.some((other) => other.name === name && other.text === text),
  )
  const rest = ({ fields, ...direction }: FormGroup): FormGroup => ({
    ...direction,
    groups: [],
    fields: fields.filter(({ name }) => !alike.some((field) => field.name === name)),
  })
  const shared = alike.map((field): FormField => ({ ...field, path: field.path.replace('.forward.', '.') }))
  const directions = [rest(forward), rest(backward)].filter(({ fields }) => fields.length > 0)
  return { ...group, fields: [...group.fields, ...shared], groups: directions }
}

function fieldAt({ path, name, about }: Place, { field, value }: Valued): FormField {
  const { shape, source, fallback } = field
  const plain = written(shape, value)
  const text = typeof plain === 'string' ? plain : JSON.stringify(plain)
  const special = fallback !== undefined && JSON.stringify(fallback) !== JSON.stringify(value)
  const number = typeof value === 'number' ? value : undefined
  return { path, name, about, source, control: controlOf(shape, path, number), value: number, text, special }
}

function controlOf(shape: Shape, path: string, value: number | undefined): Control {
  const inner =
    shape.type === 'choice' ? (shape.options.find(({ type }) => type === 'quantity' || type === 'number') ?? shape) : shape
  if (value !== undefined && (inner.type === 'quantity' || inner.type === 'number')) {
    const quantity = inner.type === 'quantity' ? inner.quantity.name : 'count'
    const limits = inner.type === 'number' ? { least: inner.min, most: inner.max } : { least: 0, most: Infinity }
    const range = rangeFor(path, { quantity, value, ...limits })
    if (range !== undefined) return { control: 'slider', quantity, range }
  }
  if (shape.type === 'words') return { control: 'words', words: shape.words }
  return shape.type === 'flag' ? { control: 'flag' } : { control: 'text' }
}
