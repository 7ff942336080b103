// Mistakes in a scenario, still named by their path and not yet by line and column; and what zod finds, put into such words.

import type { z } from 'zod'
import { nearest } from './frame.ts'
import { type Path, isMap, pathText, valueAt } from './path.ts'
import { type Shape, chosen, chosenIndex, fieldsIn } from './shape.ts'

export interface Mistake {
  /** What is wrong; for a missing field, what it is missing from. Taking it away mends the mistake or leaves a missing field. */
  readonly path: Path
  /** Whether the key is wrong or its value. */
  readonly at: 'key' | 'value'
  readonly message: string
  readonly expected?: string | undefined
  /** What to write instead. */
  readonly suggestion?: string | undefined
  /** The value or key that was most likely meant, to look for further mistakes as if it stood there. */
  readonly mend?: Mend | undefined
  /** The field that is missing from what is at `path`. */
  readonly lacks?: string
}

export type Mend = { readonly value: string | number | boolean } | { readonly key: string }

/** A schema's issue, and the data it looked at with the shape of the whole. */
interface Looking {
  readonly data: unknown
  readonly shape: Shape
}

export function explain(issues: readonly z.core.$ZodIssue[], looking: Looking): readonly Mistake[] {
  const mistakes = issues.flatMap((issue) => explainOne(issue, [], looking))
  const mended = new Set(
    mistakes.flatMap(({ path, mend }) => (mend !== undefined && 'key' in mend ? [keyOf([...path.slice(0, -1), mend.key])] : [])),
  )
  const seen = new Set<string>()
  return mistakes.filter(({ path, at, lacks }) => {
    // A field that is there under a wrong name is not missing as well.
    if (lacks !== undefined) return !mended.has(keyOf([...path, lacks]))
    // Of several things wrong with one value the first says enough.
    const key = at + keyOf(path)
    return !seen.has(key) && seen.add(key).size > 0
  })
}

const keyOf = (path: Path): string => JSON.stringify(path)

function explainOne(issue: z.core.$ZodIssue, base: Path, looking: Looking): readonly Mistake[] {
  const path: Path = [...base, ...(issue.path as Path)]
  const value = valueAt(looking.data, path)
  const shape = shapeAt(looking, path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], shape, looking))
    case 'invalid_key':
      return [{ path, at: 'key', message: `${quote(path.at(-1))} ${issue.issues[0]?.message ?? ''}` }]
    case 'invalid_union':
      return explainUnion(issue, path, looking)
    default:
      return value === undefined ? [missing(path, shape)] : [wrongValue(issue, { path, value, shape })]
  }
}

function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, looking: Looking): readonly Mistake[] {
  const value = valueAt(looking.data, path)
  if (issue.discriminator !== undefined) return [wrongDiscriminator(path, issue.discriminator, looking)]
  const shape = shapeAt({ ...looking, keepChoice: true }, path)
  if (value === undefined || shape?.type !== 'choice') return [missing(path, shape)]
  const index = chosenIndex(shape, value)
  const errors = index === undefined ? undefined : issue.errors[index]
  if (errors !== undefined) return errors.flatMap((error) => explainOne(error, path, looking))
  const keys = isMap(value) ? Object.keys(value) : []
  if (keys.length > 0) return keys.map((key) => unknownKey([...path, key], shape, looking))
  const near = typeof value === 'string' ? nearest(value, wordsIn(shape)) : undefined
  return [{ path, at: 'value', message: `${quote(value)} is not understood here`, expected: describe(shape), ...mendedBy(near) }]
}

function wrongDiscriminator(path: Path, discriminator: string, looking: Looking): Mistake {
  const owner = path.at(-1) === discriminator ? path.slice(0, -1) : path
  const value = valueAt(looking.data, [...owner, discriminator])
  const shape = shapeAt({ ...looking, keepChoice: true }, owner)
  const options = shape?.type === 'choice' ? shape.options : []
  const words = options.flatMap((option) => wordsIn(fieldsIn(option).get(discriminator)?.shape))
  if (value === undefined) return lacking(owner, discriminator, listed(words))
  return notAmong([...owner, discriminator], value, words)
}

/** A field that must be there and is not. */
function missing(path: Path, shape: Shape | undefined): Mistake {
  return lacking(path.slice(0, -1), String(path.at(-1)), shape === undefined ? undefined : describe(shape))
}

function lacking(path: Path, field: string, expected: string | undefined): Mistake {
  return { path, at: 'key', message: `\`${field}\` is missing`, expected, lacks: field }
}

/** A key that the map in `shape` does not have: the nearest one, or where a field of this very name belongs. */
function unknownKey(path: Path, shape: Shape | undefined, looking: Looking): Mistake {
  const key = String(path.at(-1))
  const names = shape === undefined ? [] : [...fieldsIn(shape).keys()]
  const near = nearest(key, names)
  const elsewhere = near === undefined && shape !== undefined ? (fieldBelow(shape, key) ?? fieldAbove(path, looking)) : undefined
  const owner = path.length === 1 ? 'a scenario' : `\`${pathText(path.slice(0, -1))}\``
  return {
    path,
    at: 'key',
    message: `\`${key}\` is not a field of ${owner}`,
    expected: listed(names),
    suggestion: near ?? elsewhere,
    mend: near === undefined ? undefined : { key: near },
  }
}

/** Path of the field that is called as the last step of `path`, below the nearest map around it that has one. */
function fieldAbove(path: Path, looking: Looking): string | undefined {
  for (let length = path.length - 2; length >= 0; length -= 1) {
    const around = path.slice(0, length)
    const shape = shapeAt(looking, around)
    const below = shape === undefined ? undefined : fieldBelow(shape, String(path.at(-1)))
    if (below !== undefined) return length === 0 ? below : `${pathText(around)}.${below}`
  }
  return undefined
}

/** Path, from `shape`, of the nearest field below it that is called `name`; `*` stands for names and indices. */
export function fieldBelow(shape: Shape, name: string): string | undefined {
  const wanted = name.toLowerCase()
  let level: readonly (readonly [string, Shape])[] = [['', shape]]
  while (level.length > 0) {
    const next: (readonly [string, Shape])[] = []
    for (const [prefix, at] of level) {
      for (const [key, below] of inside(at)) {
        if (key.toLowerCase() === wanted) return prefix + key
        next.push([`${prefix}${key}.`, below])
      }
    }
    level = next
  }
  return undefined
}

function inside(shape: Shape): readonly (readonly [string, Shape])[] {
  if (shape.type === 'record') return [['*', shape.value]]
  if (shape.type === 'list') return inside(shape.item).map(([key, below]) => [key === '*' ? '*' : `*.${key}`, below])
  return [...fieldsIn(shape)].map(([key, field]) => [key, field.shape])
}

interface Wrong {
  readonly path: Path
  readonly value: unknown
  readonly shape: Shape | undefined
}

function wrongValue(issue: z.core.$ZodIssue, { path, value, shape }: Wrong): Mistake {
  const expected = shape === undefined ? undefined : describe(shape)
  const mistake = (why: string, instead?: string | number | boolean): Mistake => ({
    path,
    at: 'value',
    message: `${quote(value)} ${why}`,
    expected,
    ...mendedBy(instead),
  })
  switch (issue.code) {
    case 'custom':
      return { ...mistake(issue.message, textParam(issue, 'suggestion')), expected: textParam(issue, 'expected') ?? expected }
    case 'invalid_value':
      return notAmong(path, value, issue.values)
    case 'invalid_format':
      return mistake(issue.message)
    case 'too_small':
      return mistake(tooSmall(issue))
    case 'too_big':
      return mistake(tooBig(issue))
    default:
      return mistake(`is not ${shape === undefined ? 'expected here' : noun(shape)}`, otherForm(value, shape))
  }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'array') return 'has too few elements'
  return issue.origin === 'string' ? 'is empty' : `is below ${String(issue.minimum)}`
}

function tooBig(issue: z.core.$ZodIssueTooBig): string {
  if (issue.origin === 'array') return 'has too many elements'
  return issue.origin === 'string' ? `is longer than ${String(issue.maximum)} characters` : `is above ${String(issue.maximum)}`
}

/** A value to write instead: as text that YAML reads as just this. */
function mendedBy(value: string | number | boolean | undefined): Pick<Mistake, 'suggestion' | 'mend'> {
  if (value === undefined) return {}
  const looksOther = typeof value === 'string' && /^([\d.+-]+|true|false)$/.test(value)
  return { suggestion: looksOther ? `"${value}"` : String(value), mend: { value } }
}

function textParam(issue: z.core.$ZodIssueCustom, name: string): string | undefined {
  const value: unknown = issue.params?.[name]
  return typeof value === 'string' ? value : undefined
}

function notAmong(path: Path, value: unknown, values: readonly unknown[]): Mistake {
  const words = values.map(String)
  const word = typeof value === 'string' ? nearest(value, words) : undefined
  const meant = word === undefined ? undefined : values[words.indexOf(word)]
  const near = typeof meant === 'number' || typeof meant === 'boolean' ? meant : word
  return {
    path,
    at: 'value',
    message: `${quote(value)} is not among the values here`,
    expected: listed(words),
    ...mendedBy(near),
  }
}

/** The same value in the form that was wanted, where that is obvious. */
function otherForm(value: unknown, shape: Shape | undefined): string | number | boolean | undefined {
  if (shape?.type === 'text' && (typeof value === 'number' || typeof value === 'boolean')) return String(value)
  if (typeof value !== 'string') return undefined
  if (shape?.type === 'number' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value)
  if (shape?.type !== 'flag') return undefined
  if (/^(yes|on|y|true)$/i.test(value)) return true
  return /^(no|off|n|false)$/i.test(value) ? false : undefined
}

/** A value as a message shows it. */
export function quote(value: unknown): string {
  if (typeof value === 'string') return `\`${value.length > 60 ? `${value.slice(0, 57)}...` : value}\``
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number' || typeof value === 'boolean') return `\`${String(value)}\``
  return isMap(value) ? 'a map' : 'nothing'
}

export function listed(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}

function wordsIn(shape: Shape | undefined): readonly string[] {
  if (shape?.type === 'words') return shape.words
  return shape?.type === 'choice' ? shape.options.flatMap(wordsIn) : []
}

function noun(shape: Shape): string {
  switch (shape.type) {
    case 'object':
    case 'record':
      return 'a map'
    case 'list':
    case 'tuple':
      return 'a list'
    case 'number':
      return shape.integer ? 'a whole number' : 'a number'
    case 'text':
      return 'text'
    case 'flag':
      return '`true` or `false`'
    default:
      return 'understood here'
  }
}

/** What may be written where `shape` is expected, in words. */
export function describe(shape: Shape): string {
  switch (shape.type) {
    case 'object':
      return shape.fields.size > 8 ? 'a map' : `a map of ${listed([...shape.fields.keys()])}`
    case 'record':
      return 'a map of names'
    case 'list':
      return 'a list'
    case 'tuple':
      return `a list of ${String(shape.items.length)}, each ${describe(shape.items[0] ?? shape)}`
    case 'choice':
      return [...new Set(shape.options.map(describe))].join('; or ')
    case 'quantity':
      return `${shape.quantity.noun}: ${shape.quantity.form}`
    case 'words':
      return listed(shape.words)
    case 'number':
      return numberRange(shape)
    case 'text':
      return shape.noun
    case 'flag':
      return '`true` or `false`'
  }
}

function numberRange({ min, max, integer }: Extract<Shape, { type: 'number' }>): string {
  const number = integer ? 'a whole number' : 'a number'
  if (max >= Number.MAX_SAFE_INTEGER) return min > -Number.MAX_SAFE_INTEGER ? `${number} of at least ${String(min)}` : number
  return `${number} from ${String(min)} to ${String(max)}`
}

/** The shape of what stands at `path`; of alternatives the one that the data is most like, unless `keepChoice`. */
function shapeAt(looking: Looking & { readonly keepChoice?: boolean }, path: Path): Shape | undefined {
  let shape: Shape | undefined = looking.shape
  let value: unknown = looking.data
  for (const step of path) {
    shape = stepInto(narrowed(shape, value), step)
    value = isMap(value) || Array.isArray(value) ? Reflect.get(value, step) : undefined
    if (shape === undefined) return undefined
  }
  return looking.keepChoice === true ? shape : narrowed(shape, value)
}

function narrowed(shape: Shape, value: unknown): Shape {
  return shape.type === 'choice' ? (chosen(shape, value) ?? shape) : shape
}

function stepInto(shape: Shape, step: string | number): Shape | undefined {
  switch (shape.type) {
    case 'record':
      return shape.value
    case 'list':
      return shape.item
    case 'tuple':
      return shape.items[Number(step)]
    default:
      return fieldsIn(shape).get(String(step))?.shape
  }
}
