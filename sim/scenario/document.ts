// The reference of the scenario format as Markdown, made from the schema: every field with its type, default, meaning and source.

import { scenarioFileSchema } from './schema.ts'
import { type Field, type ObjectShape, type Shape, shapeOf } from './shape.ts'
import { written } from './written.ts'

/** A small complete scenario, shown in the document. */
export const exampleScenario = `# yaml-language-server: $schema=scenario.schema.json
name: LNS control failure
shows: the control plane of an LNS dies under live sessions, its backup recovers them, and no data is lost
rfc: [RFC 4951 3.2, RFC 4951 A]
endpoints:
  lac: { role: LAC, count: 2 }
  lns:
    role: LNS
    backup: { mode: same-address, detectionDelay: 200ms, takeoverTime: 300ms }
    l2tp:
      failover: { recoveryTime: 20s }
links:
  - between: [lac, lns]
    latency: { uniform: [5ms, 15ms] }
    loss: 0.1%
tunnels:
  - from: lac
    to: lns
    sessions: { count: 10, traffic: { rate: 50/s, size: 200B } }
faults:
  - { kind: crash, endpoint: lns, plane: control, at: 10s }
expect:
  - { metric: sessionsLost, equals: 0 }
`

const INTRODUCTION = `# The scenario format

A scenario is a YAML file (JSON is YAML too) that says which endpoints there are, how they are linked, what work
they do, what goes wrong and what is expected to come out. \`l2tpsim run FILE\` runs one. Every field but
\`endpoints\` and the few marked *required* may be left out.

\`\`\`yaml
${exampleScenario.trimEnd()}
\`\`\`

## Rules that hold everywhere

- **Units** are written with the number: durations \`40ms\`, \`1.5s\`, \`2min\`, \`1h\`, \`100us\`, \`0\`;
  probabilities \`1%\` or \`0.01\`; bandwidths \`10Mbit/s\`; rates \`50/s\`; sizes \`1500B\`, \`64kB\` (1000 octets
  to the kB, 1024 to the KiB) or a bare number of octets. A value that needs a unit and has none is refused, except
  0.
- **Templates**: an endpoint with \`count: 1000\` stands for a thousand of them, named with numbers from 1 (\`lac1\`
  to \`lac1000\`), with addresses counting up. A link, tunnel or fault that names \`lac\` stands for each of them;
  \`lac17\` is one of them.
- **Defaults**: \`defaults.endpoint\` and \`defaults.link\` hold for all endpoints and links that do not say
  otherwise. What stands in the entry itself is stronger; groups such as \`l2tp.retransmit\` are merged field by
  field, everything else is replaced.
- **Directions**: what a link says holds for both directions; \`forward\` (from the first of \`between\` to the
  second) and \`backward\` say what differs, and are stronger.
- **Changing a field from the command line**: \`--set path=value\`, as often as needed, with the value written as in
  the file: \`--set endpoints.lns.l2tp.failover.recoveryTime=20s\`, \`--set 'links[0].loss=1%'\`. Elements of lists
  go by their place from 0, by their \`name\`, or, for links, by their two ends: \`links[lac-lns].loss\`. Place one
  past the end adds an element.
- **Mistakes** are reported all at once, each with its line, what was expected, and the nearest valid name.
- **Editors** complete and check scenarios with the JSON Schema that \`l2tpsim schema\` prints.
- The *source* of a field says where its meaning comes from, and with it the default: a section of an RFC, an entry
  \`R4951-AMB-…\` of the catalogue of ambiguities of RFC 4951, or *ours* where no document says anything.
`

interface Section {
  readonly title: string
  readonly text: string
  readonly shape: ObjectShape
  /** Exactly one of the fields is given. */
  readonly isChoice?: boolean
}

/** The whole document. */
export function scenarioFormatDocument(): string {
  const root = shapeOf(scenarioFileSchema)
  const sections = root.type === 'object' ? [{ title: 'The file', text: '', shape: root }, ...sectionsBelow('', root)] : []
  return `${INTRODUCTION}\n${sections.map(render).join('\n')}`
}

/** What is documented once and referred to elsewhere: where it stands first decides. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['defaults.endpoint', 'as an entry of `endpoints`, without `role`, `address` and `count`'],
  ['defaults.link', 'as an entry of `links`, without `name`, `between` and `pairing`'],
  ['links[].forward', 'the fields from `latency` on'],
  ['links[].backward', 'the fields from `latency` on'],
])

function sectionsBelow(prefix: string, shape: ObjectShape): readonly Section[] {
  return [...shape.fields].flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    return ELSEWHERE.has(path) ? [] : sectionsOf(path, field.shape, field.about)
  })
}

function sectionsOf(path: string, shape: Shape, text: string): readonly Section[] {
  switch (shape.type) {
    case 'object':
      return [{ title: path, text, shape }, ...sectionsBelow(path, shape)]
    case 'record':
      return sectionsOf(`${path}.NAME`, shape.value, text)
    case 'list':
      return sectionsOf(`${path}[]`, shape.item, text)
    case 'choice':
      return shape.discriminator === undefined ? alternatives(path, shape, text) : variants(path, shape)
    default:
      return []
  }
}

type Choice = Extract<Shape, { type: 'choice' }>

/** One table for all the forms that a value can take as a map, then what stands in each. */
function alternatives(path: string, shape: Choice, text: string): readonly Section[] {
  const maps = shape.options.filter((option) => option.type === 'object')
  if (maps.length === 0) return []
  const merged = objectOf(maps.flatMap((option) => [...option.fields]))
  const isChoice = maps.length > 1
  const section = { title: path, text: text + (isChoice ? ' A map with one of:' : ''), shape: merged, isChoice }
  const inner = [...merged.fields].flatMap(
    ([name, field]) => (field.shape.type === 'object' ? [[name, field.shape] as const] : []),
  )
  const shared = inner.length === merged.fields.size && isChoice ? sharedFields(inner.map(([, map]) => map)) : []
  if (shared.length === 0) return [section, ...sectionsBelow(path, merged)]
  const own = inner.map(
    ([name, map]): Section => ({ title: `${path}.${name}`, text: 'In addition:', shape: without(map, shared) }),
  )
  const all = { title: `${path}.*`, text: 'What each of them holds:', shape: objectOf(shared) }
  return [section, all, ...own.filter(({ shape: { fields } }) => fields.size > 0)]
}

type Fields = readonly (readonly [string, Field])[]

const objectOf = (fields: Fields): ObjectShape => ({ type: 'object', fields: new Map(fields) })

/** Fields that mean the same in all of `maps`. */
function sharedFields(maps: readonly ObjectShape[]): Fields {
  const [first] = maps
  return [...(first?.fields ?? [])].filter(([name, { about }]) => maps.every(({ fields }) => fields.get(name)?.about === about))
}

function without(map: ObjectShape, fields: Fields): ObjectShape {
  const names = new Set(fields.map(([name]) => name))
  return objectOf([...map.fields].filter(([name]) => !names.has(name)))
}

/** A table of what all variants share, then one for each. */
function variants(path: string, { options, discriminator }: Choice): readonly Section[] {
  const maps = options.filter((option) => option.type === 'object')
  if (discriminator === undefined) return []
  const shared = sharedFields(maps)
  const own = maps.map((map): Section => {
    const kind = map.fields.get(discriminator)
    const word = kind?.shape.type === 'words' ? kind.shape.words.join() : ''
    const shape = without(map, [...shared, ...(kind === undefined ? [] : [[discriminator, kind] as const])])
    return { title: `${path} of kind ${word}`, text: kind?.about ?? '', shape }
  })
  const sharedShape = objectOf(shared)
  const text = `Every fault has a \`${discriminator}\`, one of those below, and:`
  return [{ title: path, text, shape: sharedShape }, ...sectionsBelow(path, sharedShape), ...own]
}

function render({ title, text, shape, isChoice = false }: Section): string {
  const heading = title === 'The file' ? title : title.replace(/^\S+/, '`$&`').replace(/kind (.*)/, 'kind `$1`')
  const rows = [...shape.fields].map(([name, field]) => row(title, name, isChoice ? { ...field, presence: 'optional' } : field))
  const table = rows.length === 0 ? [] : ['| field | value | default | meaning | source |', '|---|---|---|---|---|', ...rows, '']
  return [`## ${heading}`, '', ...(text === '' ? [] : [text, '']), ...table].join('\n')
}

function row(section: string, name: string, field: Field): string {
  const path = section === 'The file' ? name : `${section}.${name}`
  const value = ELSEWHERE.get(path) ?? valueText(field.shape)
  return `| ${[`\`${name}\``, value, defaultText(field), field.about, field.source].map(cell).join(' | ')} |`
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function defaultText(field: Field): string {
  if (field.presence === 'required') return '*required*'
  if (field.presence === 'optional') return field.fallbackText
  if (field.shape.type === 'object') return 'as below'
  return defaultValue(written(field.shape, field.fallback))
}

function defaultValue(value: unknown): string {
  if (Array.isArray(value) && value.length === 0) return 'none'
  return value === '' ? 'empty' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

/** What may be written, in few words. */
function valueText(shape: Shape): string {
  switch (shape.type) {
    case 'object':
      return 'map'
    case 'record':
      return 'map of names'
    case 'list':
      return `list of ${valueText(shape.item)}`
    case 'tuple':
      return `list of ${shape.items.length}: ${shape.items.map(valueText).join(', ')}`
    case 'choice':
      return shape.discriminator === undefined ? [...new Set(shape.options.map(valueText))].join(' or ') : 'map'
    case 'quantity':
      return quantityText(shape.quantity.name, shape.quantity.form)
    case 'words':
      return shape.words.map((word) => `\`${word}\``).join(', ')
    case 'number':
      return numberText(shape)
    case 'text':
      return shape.noun.replace(/^an? /, '').replace(/,.*$/, '')
    case 'flag':
      return '`true`, `false`'
  }
}

/** The words that stand for a value of their own are the last part of a quantity's form. */
function quantityText(name: string, form: string): string {
  const word = /; or (`\w+`)$/.exec(form)?.[1]
  return word === undefined ? name : `${name} or ${word}`
}

function numberText({ min, max, integer }: Extract<Shape, { type: 'number' }>): string {
  const kind = integer ? 'whole number' : 'number'
  if (max < Number.MAX_SAFE_INTEGER) return `${kind} ${min} to ${max}`
  return min > -Number.MAX_SAFE_INTEGER ? `${kind}, at least ${min}` : kind
}
