// The format as JSON Schema, for editors that complete and check scenarios while they are written.

import * as z from 'zod'
import { aboutOf, quantities } from './field.ts'
import { scenarioFileSchema } from './schema.ts'
import { shapeOf } from './shape.ts'
import { written } from './written.ts'
import type { Quantity } from './units.ts'

type Schema = z.core.JSONSchema.BaseSchema

/** JSON Schema (draft 2020-12) of scenario files as people write them. */
export function scenarioJsonSchema(): Schema {
  const schema = z.toJSONSchema(scenarioFileSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => annotate(zodSchema as unknown as z.ZodType, jsonSchema),
  })
  return { ...schema, title: 'Scenario of l2tp-failover-sim' }
}

/** Gives a field its forms, its default as written, and its text with the source. */
function annotate(schema: z.ZodType, json: Schema): void {
  const quantity = quantities.get(schema)
  if (quantity !== undefined) json.anyOf = formsOf(quantity)
  const { description, source, fallbackText } = aboutOf(schema)
  delete json['source']
  delete json['fallbackText']
  if (description === undefined) return
  if (schema instanceof z.ZodDefault) Object.assign(json, { default: written(shapeOf(schema), schema.def.defaultValue) })
  const otherwise = fallbackText === undefined || fallbackText === '' ? '' : ` If left out: ${fallbackText}.`
  json.description = `${description}${otherwise} Source: ${source ?? ''}.`
}

function formsOf({ pattern, bareNumbers }: Quantity): Schema[] {
  const number: Schema = bareNumbers ? { type: 'number' } : { type: 'number', const: 0 }
  return [{ type: 'string', pattern }, number]
}
