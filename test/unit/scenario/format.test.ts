// The format as a whole: every field documented, the reference document up to date, the JSON Schema true, the mirror of
// LcceConfig complete.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defaultLcce } from '../../../sim/l2tp/config.ts'
import { exampleScenario, scenarioFormatDocument } from '../../../sim/scenario/document.ts'
import { scenarioJsonSchema } from '../../../sim/scenario/json-schema.ts'
import { scenarioFileSchema } from '../../../sim/scenario/schema.ts'
import { l2tpSchema } from '../../../sim/scenario/schema-l2tp.ts'
import { type Field, type Shape, fieldsIn, shapeOf } from '../../../sim/scenario/shape.ts'
import { written } from '../../../sim/scenario/written.ts'
import { openSource } from '../../../sim/scenario/source.ts'
import { anyScenario } from './arbitrary-scenarios.ts'

/** Every field of the format with its path. */
function allFields(shape: Shape, path: string): readonly (readonly [string, Field])[] {
  if (shape.type === 'record') return allFields(shape.value, `${path}.*`)
  if (shape.type === 'list') return allFields(shape.item, `${path}[]`)
  const options = shape.type === 'choice' ? shape.options.filter(({ type }) => type === 'list') : []
  const own = [...fieldsIn(shape)].flatMap(
    ([name, field]) => [[`${path}.${name}`, field] as const, ...allFields(field.shape, `${path}.${name}`)],
  )
  return [...own, ...options.flatMap((option) => allFields(option, path))]
}

const fields = allFields(shapeOf(scenarioFileSchema), '')

describe('every field', () => {
  test('has a meaning and a source', () => {
    expect(fields.length).toBeGreaterThan(200)
    const bare = fields.filter(
      ([, { about, source }]) => !about.endsWith('.') || !/^(RFC \d{3,4}|R4951-AMB-\d\d|ours)/.test(source),
    )
    expect(bare.map(([path]) => path)).toEqual([])
  })

  test('that may be left out says what holds then', () => {
    const silent = fields.filter(([, { presence, fallback, fallbackText, shape }]) => {
      if (presence === 'optional') return fallbackText === ''
      return presence === 'default' && fallback === undefined && shape.type !== 'object'
    })
    expect(silent.map(([path]) => path)).toEqual([])
  })

  test('names requirements of the catalogue that exist', () => {
    const catalogue = readFileSync(new URL('../../conformance/catalogue/rfc4951.yaml', import.meta.url), 'utf8')
    const cited = fields.flatMap(
      ([, { source }]) => [...source.matchAll(/AMB-(\d\d)|(?<=AMB.*)-(\d\d)/g)].map((match) => match[1] ?? match[2]),
    )
    expect(cited.filter((number) => !catalogue.includes(`id: R4951-AMB-${number}\n`))).toEqual([])
  })
})

test('protocol settings are those of an LCCE, with its defaults', () => {
  const read = l2tpSchema.parse({})
  // What depends on the endpoint, or on the version of a tunnel, has no default of its own; quirks stand beside these settings.
  const { hostName: _, quirks: __, mutant: ___, ...rest } = defaultLcce
  expect(Object.keys(l2tpSchema.shape).sort()).toEqual([...Object.keys(rest), 'hostName'].sort())
  const names = (shape: Shape | undefined): readonly string[] => (shape === undefined ? [] : [...fieldsIn(shape).keys()].sort())
  const inner = fieldsIn(shapeOf(l2tpSchema))
  expect(names(inner.get('failover')?.shape)).toEqual(Object.keys(defaultLcce.failover).sort())
  expect(names(inner.get('retransmit')?.shape)).toEqual(Object.keys(defaultLcce.retransmit).sort())
  expect(names(inner.get('v3')?.shape)).toEqual(Object.keys(defaultLcce.v3).sort())
  const { retransmit, failover, v3 } = read
  expect({
    ...read,
    secret: undefined,
    retransmit: { count: undefined, ...retransmit },
    v3: { routerId: 0, ...v3 },
    failover: { ...failover, allowedRecoveryEndpoints: undefined },
  }).toEqual(rest)
})

describe('docs/scenario-format.md', () => {
  const document = scenarioFormatDocument()

  test('is up to date (else run: node scripts/docs-scenario-format.mjs)', () => {
    expect(readFileSync(new URL('../../../docs/scenario-format.md', import.meta.url), 'utf8')).toBe(document)
  })

  test('has a row for every field', () => {
    const rows = new Set([...document.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]))
    const missing = fields.map(([path]) => path.slice(path.lastIndexOf('.') + 1)).filter(
      (name) => !rows.has(name) && name !== 'kind',
    )
    expect(missing).toEqual([])
  })

  test('shows defaults that can be written', () => {
    const wrong = fields.filter(([, { shape, fallback }]) => {
      if (fallback === undefined || shape.type !== 'quantity') return false
      const reading = shape.quantity.read(written(shape, fallback))
      return !reading.ok || reading.value !== fallback
    })
    expect(wrong.map(([path]) => path)).toEqual([])
  })
})

describe('JSON Schema', () => {
  const schema = scenarioJsonSchema()
  const judge = z.fromJSONSchema(schema)
  const accepts = (text: string): boolean => judge.safeParse(openSource(text, '').document.toJS()).success

  test('accepts what the reader accepts', () => {
    expect(accepts(exampleScenario)).toBe(true)
    fc.assert(
      fc.property(anyScenario, (data) => judge.safeParse(data).success),
      { numRuns: 60 },
    )
  })

  test.each([
    ['200ms', '200'],
    ['0.1%', '0.1 percent'],
    ['kind: crash', 'kind: crush'],
    ['role: LNS', 'rolle: LNS'],
    ['50/s', '50'],
    ['count: 2', 'count: two'],
    ['uniform', 'unifrom'],
  ])('refuses the example with %s as %s', (right, wrong) => {
    expect(accepts(exampleScenario.replace(right, wrong))).toBe(false)
  })

  test('tells editors meaning, default and source', () => {
    expect(schema.properties?.['duration']).toMatchObject(
      { default: '2min', description: 'Simulated time at most. Source: ours.' },
    )
    const failover = schema.$defs?.['l2tp']?.properties?.['failover'] as typeof schema
    expect(failover.properties?.['recoveryTime']).toMatchObject({
      default: '1min',
      description: expect.stringMatching(/^Recovery Time .*Source: RFC 4951 5\.1; the value is ours\.$/) as string,
    })
    expect(/"(source|fallbackText)":/.test(JSON.stringify(schema))).toBe(false)
  })
})
