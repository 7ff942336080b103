// The format of study files: a scenario, factors to vary in it, how often to repeat, and what to look at. Rules between fields
// are in parse-study.ts. Our own format; no RFC says anything about it.

import * as z from 'zod'
import { OURS, durationOf, field, measureOf, nameOf, optional, required, valueOfField, whole } from '../scenario/field.ts'

const changes = (): z.ZodRecord<z.ZodString, z.ZodUnknown> => z.record(z.string().min(1), valueOfField())

const factorSchema = z.strictObject({
  field: required(
    z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    'Path of the field of the scenario that is varied, as for `--set`; a list of paths takes the same value in all.',
    OURS,
  ),
  label: optional(z.string().min(1), 'What to call it in reports.', OURS, 'its name'),
  values: optional(z.array(valueOfField()).min(1), 'The values it takes.', OURS, 'exactly one of `values` and `from` with `to`'),
  from: optional(valueOfField(), 'Least value of a range.', OURS, 'none'),
  to: optional(valueOfField(), 'Greatest value of a range.', OURS, 'none'),
  steps: optional(whole(2, 10_000), 'Values in the range, both ends included.', OURS, '5 in a grid'),
  step: optional(valueOfField(), 'Distance between the values of a linear range, instead of `steps`.', OURS, 'none'),
  scale: field(z.enum(['linear', 'log']), 'linear', 'Whether values lie at equal distances or at equal ratios.', OURS),
  round: optional(valueOfField(), 'Values of a range are rounded to multiples of this.', OURS, 'four significant digits'),
})

const strategySchema = z.strictObject({
  scenario: optional(z.string().min(1), 'Another scenario than that of the study.', OURS, 'that of the study'),
  set: field(changes(), {}, 'Fields that differ.', OURS),
  label: optional(z.string().min(1), 'What to call it in reports.', OURS, 'its name'),
})

const pointCount = (): z.ZodInt => required(whole(1, 1_000_000), 'Points to draw.', OURS)
const designSeed = (): z.ZodDefault<
  z.ZodPipe<z.ZodUnion<readonly [z.ZodInt, z.ZodString]>, z.ZodTransform<string, string | number>>
> =>
  field(z.union([z.int(), z.string().min(1)]).transform(String), '1', 'Seed of the design; runs have seeds of their own.', OURS)

const designSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: required(z.literal('grid'), 'Every value of every factor with every other.', OURS) }),
  z.strictObject({
    kind: required(z.literal('random'), 'Independent draws from the ranges.', OURS),
    points: pointCount(),
    seed: designSeed(),
  }),
  z.strictObject({
    kind: required(z.literal('latin-hypercube'), 'Each range cut into as many strata as there are points, each met once.', OURS),
    points: pointCount(),
    seed: designSeed(),
  }),
  z.strictObject({
    kind: required(z.literal('sobol'), 'The Sobol sequence, which fills the space evenly; shifted at random by the seed.', OURS),
    points: pointCount(),
    seed: designSeed(),
    indices: field(
      z.boolean(),
      false,
      'Add the points that Sobol indices need (points × (factors + 2) in all) and report how much each factor matters.',
      OURS,
    ),
  }),
])

const responseSchema = z.strictObject({
  name: required(nameOf(), 'Name of the column.', OURS),
  value: required(z.string().min(1), 'A metric, or an expression over metrics.', OURS),
  kind: optional(
    z.enum(['time', 'mean', 'proportion']),
    'How it is judged: `time` counts what never came as censored, `proportion` is how often a condition holds.',
    OURS,
    'by the unit of the metric or the form of the expression',
  ),
  censored: optional(
    z.string().min(1),
    'Condition over metrics under which a `time` had not come to its end when the run ended, whatever its value says.',
    OURS,
    'when the value is missing',
  ),
  unit: optional(z.enum(['ns', 'count', 'octets', 'ratio']), 'Unit of an expression.', OURS, 'that of its first metric'),
  better: field(z.enum(['lower', 'higher']), 'lower', 'Which end of the scale is good: worst runs are at the other.', OURS),
  label: optional(z.string().min(1), 'What to call it in reports.', OURS, 'its name in words'),
})

const budgetSchema = z.strictObject({
  runs: optional(whole(1, 1_000_000_000), 'Runs at most, in all.', OURS, 'no limit'),
  time: optional(durationOf({ min: 1 }), 'Time on the clock after which no further run is begun.', OURS, 'no limit'),
})

const limitsSchema = z.strictObject({
  time: optional(durationOf({ min: 1 }), 'A run that takes longer on the clock is given up and recorded as such.', OURS, '60s'),
  memory: optional(whole(16, 1_000_000), 'Megabytes of heap of a worker.', OURS, 'as much as Node gives'),
})

/** A study file as written. */
export const studyFileSchema = z.strictObject({
  name: optional(z.string().min(1), 'Title of the study.', OURS, 'the name of the file'),
  asks: field(z.string(), '', 'The question it answers.', OURS),
  note: field(z.string(), '', 'What a reader of the answer must know: assumptions, sources.', OURS),
  scenario: required(z.string().min(1), 'The scenario: a file beside the study, or the name of one that ships.', OURS),
  set: field(changes(), {}, 'Fields of the scenario that differ in all runs, by path as for `--set`.', OURS),
  seeds: field(
    z.union([whole(1, 1_000_000_000), z.string().min(1)]),
    10,
    'Replications of each point: a number, for seeds from 1, or a range such as `1..50`. All points use the same seeds.',
    OURS,
  ),
  strategies: optional(
    z.record(nameOf(), strategySchema),
    'Alternatives that are compared with each other under the same seeds; the first is what the others are compared with.',
    OURS,
    'none',
  ),
  factors: field(z.record(nameOf(), factorSchema), {}, 'What is varied, by name.', OURS),
  where: field(z.array(z.string().min(1)), [], 'Conditions between factors; points that break one are left out.', OURS),
  design: field(designSchema, { kind: 'grid' }, 'Which points are run.', OURS),
  responses: required(
    z.array(z.union([z.string().min(1), responseSchema])).min(1),
    'What is looked at: names of metrics, or expressions over them. The first is the main one.',
    OURS,
  ),
  precision: optional(
    measureOf(),
    'Add replications point by point until the interval of the main response is that narrow: half its width, relative to the value.',
    OURS,
    'none: every point has the same seeds',
  ),
  confidence: field(z.number().min(0.5).max(0.9999), 0.95, 'Confidence of all intervals.', OURS),
  budget: field(budgetSchema, {}, 'What the study may cost.', OURS),
  limits: field(limitsSchema, {}, 'What one run may cost.', OURS),
})

export type StudyFile = z.output<typeof studyFileSchema>
export type FactorFile = StudyFile['factors'][string]
export type Design = StudyFile['design']
export type ResponseFile = z.output<typeof responseSchema>
