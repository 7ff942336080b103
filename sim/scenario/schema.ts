// The scenario format: its schema in two forms (as written in files, and with everything filled in) and the types of the latter.
// Structure is the same in both; only values with units change, from text to numbers (durations to nanoseconds, sizes to octets,
// bandwidths to bits per second). The parts stand in schema-*.ts; rules between fields in check.ts.

import * as z from 'zod'
import { MINUTE } from '../base/time.ts'
import type { Mutant } from '../l2tp/mutant.ts'
import { OURS, durationOf, field, measureOf, nameOf, optional, required, whole } from './field.ts'
import { endpointDefaultsSchema, endpointFileSchema, endpointSchema } from './schema-endpoint.ts'
import { faultSchema } from './schema-fault.ts'
import { type directionSchema, linkDefaultsSchema, linkFileSchema, linkSchema } from './schema-link.ts'
import { tunnelFileSchema, tunnelSchema } from './schema-tunnel.ts'

/** Departures from an RFC that a scenario must ask for by name. */
const allowances = ['short-retransmit-cap'] as const

const expectationSchema = z.strictObject({
  metric: required(z.string().min(1), 'Name of a metric.', OURS),
  equals: optional(measureOf(), 'The metric is this.', OURS, 'at least one comparison is given'),
  atLeast: optional(measureOf(), 'The metric is this or more.', OURS, 'no lower bound'),
  atMost: optional(measureOf(), 'The metric is this or less.', OURS, 'no upper bound'),
  between: optional(z.tuple([measureOf(), measureOf()]), 'The metric lies between the two, both included.', OURS, 'no bounds'),
})

const nameText = 'Title of the scenario.'

const common = {
  shows: field(z.string(), '', 'What one learns from it.', OURS),
  rfc: field(z.array(z.string().min(1)), [], 'Sections of the RFCs it is about.', OURS),
  seed: field(
    z.union([z.int(), z.string().min(1)]).transform(String),
    '1',
    'Seed of all random streams: a whole number or a text. The same seed gives the same run.',
    OURS,
  ),
  duration: field(durationOf({ min: 1 }), 2 * MINUTE, 'Simulated time at most.', OURS),
  maxEvents: field(whole(1, Number.MAX_SAFE_INTEGER), 10_000_000, 'Events at most: the run stops there and says so.', OURS),
  convergenceBound: field(
    durationOf({ min: 1 }),
    5 * MINUTE,
    'So long after the last fault, every tunnel and session has converged or been cleared (checked in every run long enough).',
    OURS,
  ),
  allow: field(
    z.array(z.enum(allowances)),
    [],
    'Departures from an RFC that this scenario wants: retransmission caps below 8 s (RFC 2661 5.8).',
    OURS,
  ),
}

const lists = {
  faults: field(z.array(faultSchema), [], 'What happens to endpoints and links.', OURS),
  expect: field(
    z.array(expectationSchema),
    [],
    'What metrics must show at the end. Violated invariants always count as well.',
    OURS,
  ),
}

const defaultsSchema = z.strictObject({
  endpoint: optional(endpointDefaultsSchema, 'Holds for every endpoint that does not say otherwise.', OURS, 'nothing'),
  link: optional(linkDefaultsSchema, 'Holds for every link that does not say otherwise.', OURS, 'nothing'),
})

/** A file as written. Its output is of no use: `scenarioSchema` reads what parse.ts makes of it. */
export const scenarioFileSchema = z.strictObject({
  name: optional(z.string().min(1), nameText, OURS, 'the name of the file'),
  ...common,
  defaults: optional(
    defaultsSchema,
    'Values that differ from those documented here for all endpoints or all links.',
    OURS,
    'nothing',
  ),
  endpoints: required(z.record(nameOf(), endpointFileSchema), 'The endpoints by name.', OURS),
  links: field(z.array(linkFileSchema), [], 'The links between them.', OURS),
  tunnels: field(z.array(tunnelFileSchema), [], 'The tunnels to open, with their sessions.', OURS),
  ...lists,
})

/** A scenario with `defaults` merged in and everything filled in. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1),
  ...common,
  endpoints: z.record(nameOf(), endpointSchema),
  links: z.array(linkSchema),
  tunnels: z.array(tunnelSchema),
  ...lists,
})

export type DeepReadonly<T> = T extends readonly unknown[] | object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T
type Output<S extends z.ZodType> = DeepReadonly<z.output<S>>

/** Durations and instants are Nanos, sizes octets, bandwidths bits per second, rates per second, probabilities 0 to 1; unlimited,
 *  `never` and `forever` are Infinity. */
export interface Scenario extends Output<typeof scenarioSchema> {
  readonly endpoints: Readonly<Record<string, EndpointSpec>>
  readonly links: readonly LinkScenario[]
  readonly tunnels: readonly TunnelSpec[]
  readonly faults: readonly FaultSpec[]
  readonly expect: readonly Expectation[]
}
/** One entry of `endpoints`: an endpoint, or a template of `count` of them. */
/** A mutant is no part of a file: hunts give it to endpoints of scenarios that they have drawn. */
export type EndpointSpec = Output<typeof endpointSchema> & { readonly mutant?: Mutant | undefined }
/** One entry of `links`, with both directions complete. */
export interface LinkScenario extends Output<typeof linkSchema> {
  readonly forward: LinkDirection
  readonly backward: LinkDirection
}
export type LinkDirection = Output<typeof directionSchema>
export type Latency = LinkDirection['latency']
export type Loss = LinkDirection['loss']
export type Intervention = LinkDirection['script'][number]
export type TunnelSpec = Output<typeof tunnelSchema>
export type SessionGroup = TunnelSpec['sessions'][number]
export type Again = TunnelSpec['redial']
export type FaultSpec = Output<typeof faultSchema>
export type FaultTrigger = NonNullable<FaultSpec['when']>
export type Expectation = Output<typeof expectationSchema>
/** A scenario as a file says it, for those who write one in TypeScript. */
export type ScenarioInput = DeepReadonly<z.input<typeof scenarioFileSchema>>
