// From numbers back to what people write: any part of a scenario as plain data in the units of a file, and whole scenarios as
// YAML that reads back as the same scenario. Fields with their default are left out.

import { Document, type Node, isCollection, isScalar, visit } from 'yaml'
import { isMap } from './path.ts'
import { type Scenario, scenarioSchema } from './schema.ts'
import { type Field, type ObjectShape, type Shape, chosen, shapeOf } from './shape.ts'

type Data = Readonly<Record<string, unknown>>

/** `value`, of `shape`, as a file would have it. */
export function written(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case 'quantity':
      return typeof value === 'number' ? shape.quantity.write(value) : value
    case 'object':
      return isMap(value) ? writtenFields(shape, value) : value
    case 'record':
      return isMap(value) ? mapValues(value, (item) => written(shape.value, item)) : value
    case 'list':
      return Array.isArray(value) ? value.map((item) => written(shape.item, item)) : value
    case 'tuple':
      return Array.isArray(value) ? value.map((item, i) => written(shape.items[i] ?? shape, item)) : value
    case 'choice':
      return writtenChoice(shape, value)
    default:
      return value
  }
}

function writtenFields(shape: ObjectShape, value: Data): Data {
  const entries = [...shape.fields].flatMap(([name, field]) => {
    const item = value[name]
    if (item === undefined || isDefault(field, item)) return []
    const text = written(field.shape, item)
    return field.presence === 'default' && field.fallback === undefined && isEmpty(text) ? [] : [[name, text] as const]
  })
  return Object.fromEntries(entries)
}

function isDefault(field: Field, value: unknown): boolean {
  return field.fallback !== undefined && equal(value, field.fallback)
}

function isEmpty(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 0
}

function writtenChoice(shape: Extract<Shape, { type: 'choice' }>, value: unknown): unknown {
  if (typeof value === 'number') return written(shape.options.find(({ type }) => type === 'quantity') ?? { type: 'flag' }, value)
  const option = chosen(shape, value)
  return option === undefined ? value : written(option, value)
}

/** Equality of plain data. */
function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]))
  if (!isMap(a)) return a === b
  if (!isMap(b)) return false
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => equal(a[key], b[key]))
}

function mapValues(map: Data, change: (value: unknown) => unknown): Data {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]))
}

/** YAML that `parseScenario` reads as the same scenario; `comment` goes on top, each of its lines a comment. */
export function scenarioToYaml(scenario: Scenario, comment = ''): string {
  const document = new Document(inOrder(written(shapeOf(scenarioSchema), scenario) as Data))
  visit(document, {
    Collection: (_, node, path) => {
      if (path.length > 3 && fitsLine(node)) node.flow = true
    },
  })
  const header = comment === '' ? '' : comment.replace(/^/gm, '# ').concat('\n')
  return header + document.toString({ lineWidth: 120, flowCollectionPadding: true })
}

/** The fields of a scenario as files have them: the seed as a number where it is one, links and tunnels in their short forms. */
function inOrder(data: Data): Data {
  const { seed, endpoints, links, tunnels, faults, expect, ...rest } = data
  const number = Number(seed)
  const isNumber = Number.isSafeInteger(number) && String(number) === seed
  return {
    ...rest,
    ...(seed === undefined ? {} : { seed: isNumber ? number : seed }),
    endpoints,
    ...withList('links', links, linkAsWritten),
    ...withList('tunnels', tunnels, tunnelAsWritten),
    ...withList('faults', faults, (fault) => fault),
    ...withList('expect', expect, (expectation) => expectation),
  }
}

function withList(name: string, list: unknown, change: (entry: Data) => Data): Data {
  return Array.isArray(list) && list.length > 0 ? { [name]: list.map((entry) => change(isMap(entry) ? entry : {})) } : {}
}

/** What both directions have alike stands in the link itself. */
function linkAsWritten({ forward = {}, backward = {}, ...link }: Data): Data {
  const [there, back] = [isMap(forward) ? forward : {}, isMap(backward) ? backward : {}]
  const shared = Object.keys(there).filter((key) => Object.hasOwn(back, key) && equal(there[key], back[key]))
  const only = (direction: Data): Data => Object.fromEntries(Object.entries(direction).filter(([key]) => !shared.includes(key)))
  const entries = [['forward', only(there)] as const, ['backward', only(back)] as const].filter(
    ([, direction]) => !isEmpty(direction),
  )
  return { ...link, ...Object.fromEntries(shared.map((key) => [key, there[key]])), ...Object.fromEntries(entries) }
}

function tunnelAsWritten({ sessions, ...tunnel }: Data): Data {
  if (!Array.isArray(sessions) || sessions.length === 0) return tunnel
  return { ...tunnel, sessions: sessions.length === 1 ? (sessions[0] as unknown) : sessions }
}

/** Whether a collection is short enough to stand on one line. */
function fitsLine(node: Node): boolean {
  let length = 0
  visit(node, {
    Scalar: (_, scalar) => {
      length += String(scalar.value).length + 4
    },
  })
  return isCollection(node) && !isScalar(node) && length < 100
}
