// Constructors of schema fields: each field is a zod schema that also knows its quantity, its text and its source. What the
// documents, the error messages, the YAML printer and `--set` know of the format they read from here (through shape.ts).

import * as z from 'zod'
import { type Quantity, bandwidth, duration, measure, orWord, orZeroWord, packetRate, probability, size } from './units.ts'

/** Source of what no RFC settles. */
export const OURS = 'ours'

/** What a text must be, with article. */
export const textForms = z.registry<{ readonly noun: string }>()

const NAME_FORM = 'is not a name: a letter, then letters, digits, `-` or `_`'

function textIn<S extends z.ZodType>(noun: string, schema: S): S {
  textForms.add(schema, { noun })
  return schema
}

/** Which quantity a schema reads. */
export const quantities = z.registry<Quantity>()

/** Reads text (or a number, where a bare one makes sense) into a number. */
export type QuantityField = z.ZodType<number, string | number>

interface Limits {
  readonly min?: number
  readonly max?: number
}

/** Reads `quantity` within `limits` (inclusive, in the quantity's base unit). */
function reading(quantity: Quantity, limits: Limits = {}): QuantityField {
  const { min = -Infinity, max = Infinity } = limits
  const schema = z.unknown().transform((value, context) => {
    const refuse = (message: string, suggestion?: string): number => {
      context.issues.push(
        { code: 'custom', input: value, message, params: { expected: `${quantity.noun}: ${quantity.form}`, suggestion } },
      )
      return 0
    }
    if (value === undefined) return refuse('is missing')
    const result = quantity.read(value)
    if (!result.ok) return refuse(result.why, result.suggestion)
    if (result.value < min) return refuse(`must be at least ${String(quantity.write(min))}`)
    if (result.value > max && result.value !== Infinity) return refuse(`must be at most ${String(quantity.write(max))}`)
    return result.value
  })
  quantities.add(schema, quantity)
  return schema as unknown as QuantityField
}

/** Longest instant: beyond it nanoseconds are no longer exact (104 days). */
export const LONGEST = Number.MAX_SAFE_INTEGER

export const durationOf = (limits: Limits = {}): QuantityField => reading(duration, { max: LONGEST, ...limits })
/** A duration, or `word` (`never`, `forever`, `end`) for one that does not end: Infinity. */
export const durationOr = (word: string, limits: Limits = {}): QuantityField => reading(
  orWord(duration, word),
  { max: LONGEST, ...limits },
)
export const probabilityOf = (): QuantityField => reading(probability)
export const sizeOf = (limits: Limits): QuantityField => reading(size, limits)
export const sizeOr = (word: string, limits: Limits): QuantityField => reading(orWord(size, word), limits)
export const bandwidthOr = (word: string, limits: Limits): QuantityField => reading(orWord(bandwidth, word), limits)
export const packetRateOrNone = (): QuantityField => reading(orZeroWord(packetRate, 'none'))
export const measureOf = (): QuantityField => reading(measure)
export const whole = (min: number, max: number): z.ZodInt => z.int().min(min).max(max)
/** A whole number of at least `min`, or the word `all`. */
export const wholeOrAll = (min: number): z.ZodUnion<readonly [z.ZodInt, z.ZodLiteral<'all'>]> =>
  z.union([z.int().min(min), z.literal('all')])
/** Names of endpoints, links, tunnels and faults: a letter, then letters, digits, `-` and `_`. */
export const nameOf = (): z.ZodString => textIn('a name', z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, NAME_FORM))
/** An IPv4 address, dotted. */
export const ipv4 = (): z.ZodIPv4 => textIn('an IPv4 address, such as `10.0.0.1`', z.ipv4('is not an IPv4 address'))
/** Octets, two digits each; white space does not matter. */
export const hexadecimal = (): z.ZodString =>
  textIn(
    'hexadecimal, two digits an octet',
    z.string().regex(/^\s*([0-9a-fA-F]{2}\s*)+$/, 'is not hexadecimal with two digits an octet'),
  )
/** Any text but none. */
export const text = (longest = 250): z.ZodString => z.string().min(1).max(longest)
/** Text that `null` in the file takes away again; absent means undefined. */
export const nullable = <S extends z.ZodType>(
  schema: S,
): z.ZodPipe<z.ZodOptional<z.ZodNullable<S>>, z.ZodTransform<z.output<S> | undefined, z.output<S> | null | undefined>> =>
  schema.nullish().transform((value) => value ?? undefined)

const anything: Quantity = {
  name: 'value',
  noun: 'a value',
  form: 'whatever the field of the scenario takes, such as `40ms`, `1%`, `true` or `{ uniform: [5ms, 15ms] }`',
  pattern: '',
  bareNumbers: true,
  read: () => ({ ok: true, value: 0 }),
  write: (value) => value,
}

/** A value of any field of a scenario, kept as written. */
export function valueOfField(): z.ZodUnknown {
  const schema = z.unknown()
  quantities.add(schema, anything)
  return schema
}

/** A field that may be left out, then `fallback` (in its output form) holds. `source` of the default: an RFC section or OURS. */
export function field<S extends z.ZodType>(
  schema: S,
  fallback: z.output<S> & NonNullable<unknown>,
  about: string,
  source: string,
): z.ZodDefault<S> {
  return z._default(schema, fallback as never).meta({ description: about, source })
}

/** A field that must be there. */
export function required<S extends z.ZodType>(schema: S, about: string, source: string): S {
  return schema.meta({ description: about, source })
}

/** A field that may be left out; `fallbackText` says what holds then. */
export function optional<S extends z.ZodType>(schema: S, about: string, source: string, fallbackText = ''): z.ZodOptional<S> {
  return schema.optional().meta({ description: about, source, fallbackText })
}

/** A group of fields, each with its own default; what a group left out reads as is worked out once, here. */
export function group<S extends z.ZodType>(schema: S, about: string, source: string): z.ZodDefault<S> {
  return z._default(schema, schema.parse({}) as never).meta({ description: about, source })
}

/** Gives a schema that stands in several places a name in the JSON Schema. */
export function named<S extends z.ZodType>(id: string, schema: S): S {
  return schema.meta({ id })
}

/** What `field` and its kin noted about a schema. */
export interface About {
  readonly description?: string
  readonly source?: string
  /** What holds for a field that is left out and has no default. */
  readonly fallbackText?: string
}

export function aboutOf(schema: z.ZodType): About {
  return (schema.meta() ?? {}) as About
}
