// The structure of a schema as plain data: what error messages, `--set`, the YAML printer, the reference document and forms walk
// instead of zod's internals. Derived once per schema.

import * as z from 'zod'
import { unreachable } from '../base/assert.ts'
import { type About, aboutOf, quantities, textForms } from './field.ts'
import type { Quantity } from './units.ts'

export type Shape =
  | { readonly type: 'object'; readonly fields: ReadonlyMap<string, Field> }
  | { readonly type: 'record'; readonly value: Shape }
  | { readonly type: 'list'; readonly item: Shape }
  | { readonly type: 'tuple'; readonly items: readonly Shape[] }
  | { readonly type: 'choice'; readonly options: readonly Shape[]; readonly discriminator: string | undefined }
  | { readonly type: 'quantity'; readonly quantity: Quantity }
  /** Numbers among the words are written as such. */
  | { readonly type: 'words'; readonly words: readonly string[]; readonly values: readonly (string | number | boolean)[] }
  | { readonly type: 'number'; readonly min: number; readonly max: number; readonly integer: boolean }
  | { readonly type: 'text'; readonly noun: string }
  | { readonly type: 'flag' }

export type ObjectShape = Extract<Shape, { type: 'object' }>

export interface Field {
  readonly shape: Shape
  readonly presence: 'required' | 'optional' | 'default'
  /** Default in its output form; undefined unless `presence` is `default`, and for groups, whose fields have their own. */
  readonly fallback: unknown
  /** What holds when the field is left out and has no default of its own. */
  readonly fallbackText: string
  /** `null` may be written to take away a value that `defaults` gave. */
  readonly nullable: boolean
  readonly about: string
  readonly source: string
}

const shapes = new WeakMap<z.ZodType, Shape>()

export function shapeOf(schema: z.ZodType): Shape {
  let shape = shapes.get(schema)
  if (shape === undefined) shapes.set(schema, (shape = derive(schema)))
  return shape
}

/** As `shapeOf`, for a schema known to be an object. */
export function objectShapeOf(schema: z.ZodObject): ObjectShape {
  return { type: 'object', fields: fieldsOf(schema) }
}

/** The kinds of zod schema that the format uses. */
type Known =
  | z.ZodObject | z.ZodRecord | z.ZodArray | z.ZodTuple | z.ZodUnion
  | z.ZodEnum | z.ZodLiteral | z.ZodNumber | z.ZodString | z.ZodBoolean
  | z.ZodDefault | z.ZodOptional | z.ZodNullable | z.ZodPipe

function derive(schema: z.ZodType): Shape {
  const quantity = quantities.get(schema)
  if (quantity !== undefined) return { type: 'quantity', quantity }
  const known = schema as Known
  switch (known.type) {
    case 'object':
      return objectShapeOf(known)
    case 'record':
      return { type: 'record', value: shapeOf(known.valueType as z.ZodType) }
    case 'array':
      return { type: 'list', item: shapeOf(known.element as z.ZodType) }
    case 'tuple':
      return { type: 'tuple', items: known.def.items.map((item) => shapeOf(item as z.ZodType)) }
    case 'union':
      return choiceOf(known)
    case 'enum':
      return wordsOf(known.options)
    case 'literal':
      return wordsOf([...known.values])
    case 'number':
      return numberShape(known)
    case 'string':
      return { type: 'text', noun: textForms.get(known)?.noun ?? 'text' }
    case 'boolean':
      return { type: 'flag' }
    case 'default':
    case 'optional':
    case 'nullable':
      return shapeOf(known.def.innerType as z.ZodType)
    case 'pipe':
      return shapeOf(known.in as z.ZodType)
    default:
      return unreachable(known)
  }
}

function wordsOf(values: readonly unknown[]): Shape {
  const plain = (value: unknown) => (typeof value === 'number' || typeof value === 'boolean' ? value : String(value))
  return { type: 'words', words: values.map(String), values: values.map(plain) }
}

function choiceOf(union: z.ZodUnion): Shape {
  const discriminator: unknown = Reflect.get(union.def, 'discriminator')
  return {
    type: 'choice',
    options: union.options.map((option) => shapeOf(option as z.ZodType)),
    discriminator: typeof discriminator === 'string' ? discriminator : undefined,
  }
}

function numberShape(schema: z.ZodNumber): Shape {
  return {
    type: 'number',
    min: schema.minValue ?? -Infinity,
    max: schema.maxValue ?? Infinity,
    integer: schema.format === 'safeint',
  }
}

function fieldsOf(schema: z.ZodObject): ReadonlyMap<string, Field> {
  return new Map(Object.entries(schema.shape).map(([name, value]) => [name, fieldOf(value as z.ZodType)]))
}

function fieldOf(schema: z.ZodType): Field {
  const about: About = aboutOf(schema)
  const shape = shapeOf(schema)
  return {
    shape,
    presence: presenceOf(schema),
    fallback: schema instanceof z.ZodDefault && shape.type !== 'object' ? schema.def.defaultValue : undefined,
    fallbackText: about.fallbackText ?? '',
    nullable: acceptsNull(schema),
    about: about.description ?? '',
    source: about.source ?? '',
  }
}

function presenceOf(schema: z.ZodType): Field['presence'] {
  if (schema instanceof z.ZodDefault) return 'default'
  if (quantities.get(schema) !== undefined) return 'required'
  return schema.safeParse(undefined).success ? 'optional' : 'required'
}

function acceptsNull(schema: z.ZodType): boolean {
  const inner = schema instanceof z.ZodOptional ? (schema.def.innerType as z.ZodType) : schema
  return inner instanceof z.ZodPipe && inner.in instanceof z.ZodOptional && inner.in.def.innerType instanceof z.ZodNullable
}

/** The fields in which `shape` can be written as a map: its own, or those of all its alternatives. */
export function fieldsIn(shape: Shape): ReadonlyMap<string, Field> {
  if (shape.type === 'object') return shape.fields
  if (shape.type !== 'choice') return new Map()
  return new Map(shape.options.flatMap((option) => [...fieldsIn(option)]))
}

/** The alternative of a choice that `value` is most likely meant to be; undefined when nothing speaks for one. */
export function chosen(shape: Extract<Shape, { type: 'choice' }>, value: unknown): Shape | undefined {
  const index = chosenIndex(shape, value)
  return index === undefined ? undefined : shape.options[index]
}

export function chosenIndex(shape: Extract<Shape, { type: 'choice' }>, value: unknown): number | undefined {
  const scores = shape.options.map((option) => likeness(option, value, shape.discriminator))
  const best = Math.max(...scores)
  return best > 0 && scores.filter((score) => score === best).length === 1 ? scores.indexOf(best) : undefined
}

/** How much speaks for `value` being of `shape`: 0 for nothing. */
function likeness(shape: Shape, value: unknown, discriminator: string | undefined): number {
  if (Array.isArray(value)) return shape.type === 'list' || shape.type === 'tuple' ? 1 : 0
  if (typeof value !== 'object' || value === null) return ['object', 'record', 'list', 'tuple'].includes(shape.type) ? 0 : 1
  if (shape.type !== 'object') return 0
  const map = value as Readonly<Record<string, unknown>>
  if (discriminator !== undefined) return hasWord(shape.fields.get(discriminator)?.shape, map[discriminator]) ? 1 : 0
  return 0.5 + Object.keys(map).filter((key) => shape.fields.has(key)).length
}

function hasWord(shape: Shape | undefined, word: unknown): boolean {
  return shape?.type === 'words' && typeof word === 'string' && shape.words.includes(word)
}
