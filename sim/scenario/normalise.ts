// From a scenario as written to a complete one, still in the units of the file: `defaults` merged in, both directions of each
// link spelled out, sessions as lists, addresses given. Not the built-in defaults of fields: those are the schema's.

import { giveAddresses } from './addresses.ts'
import { isMap } from './path.ts'
import { type ObjectShape, type Shape, chosen, fieldsIn, objectShapeOf } from './shape.ts'
import { endpointDefaultsSchema } from './schema-endpoint.ts'
import { directionSchema } from './schema-link.ts'

export type Data = Record<string, unknown>

/**
 * A copy of `value` without the nulls that mean "nothing written" (a key with nothing after it), so that what is left out and
 * what is left empty are the same. Nulls stay where the shape gives them a meaning, and in lists.
 */
export function withoutNulls(shape: Shape | undefined, value: unknown): unknown {
  if (shape?.type === 'choice') return withoutNulls(chosen(shape, value) ?? { type: 'object', fields: fieldsIn(shape) }, value)
  if (Array.isArray(value)) return value.map((item: unknown, i) => withoutNulls(itemShape(shape, i), item))
  if (!isMap(value)) return value
  const entries: (readonly [string, unknown])[] = []
  for (const [key, item] of Object.entries(value)) {
    if (shape?.type === 'record') entries.push([key, withoutNulls(shape.value, item ?? {})])
    else {
      const field = shape === undefined ? undefined : fieldsIn(shape).get(key)
      if (item !== null || field === undefined || field.nullable) entries.push([key, withoutNulls(field?.shape, item)])
    }
  }
  return Object.fromEntries(entries)
}

function itemShape(shape: Shape | undefined, index: number): Shape | undefined {
  if (shape?.type === 'list') return shape.item
  return shape?.type === 'tuple' ? shape.items[index] : undefined
}

const endpointShape = objectShapeOf(endpointDefaultsSchema)
const directionShape = objectShapeOf(directionSchema)

/** The complete form of `file`, which must fit `scenarioFileSchema`. `title` is the name of a scenario that has none. */
export function normalised(file: Data, title: string): Data {
  const { defaults, endpoints, links, tunnels, ...rest } = file
  const { endpoint = {}, link = {} } = mapOr(defaults)
  return {
    ...rest,
    name: file['name'] ?? title,
    endpoints: giveAddresses(mapEntries(mapOr(endpoints), (own) => layered(endpointShape, [mapOr(endpoint), own]))),
    links: listOr(links).map((own) => normalisedLink(mapOr(own), mapOr(link))),
    tunnels: listOr(tunnels).map((own) => normalisedTunnel(mapOr(own))),
  }
}

function normalisedLink(own: Data, defaults: Data): Data {
  const { name, between, pairing } = own
  const direction = (which: 'forward' | 'backward'): Data =>
    layered(directionShape, [defaults, mapOr(defaults[which]), own, mapOr(own[which])].map(onlyDirection))
  return { name, between, pairing, forward: direction('forward'), backward: direction('backward') }
}

function onlyDirection(layer: Data): Data {
  return Object.fromEntries(Object.entries(layer).filter(([key]) => directionShape.fields.has(key)))
}

function normalisedTunnel(own: Data): Data {
  const { sessions = [] } = own
  return { ...own, sessions: Array.isArray(sessions) ? sessions : [sessions] }
}

/** `layers` over each other, the last the strongest; maps with fixed fields are merged, everything else is replaced. */
function layered(shape: ObjectShape, layers: readonly Data[]): Data {
  const result: Data = {}
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) {
      const inner = shape.fields.get(key)?.shape
      const below = result[key]
      result[key] = inner?.type === 'object' && isMap(below) && isMap(value) ? layered(inner, [below, value]) : value
    }
  }
  return result
}

function mapOr(value: unknown): Data {
  return isMap(value) ? { ...value } : {}
}

function listOr(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function mapEntries(map: Data, change: (value: Data) => Data): Data {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(mapOr(value))]))
}
