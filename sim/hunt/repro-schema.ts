// The format of repro files: one violation, and everything that is needed to see it again. Our own format; no RFC says anything about it.

import * as z from 'zod'
import { OURS, durationOf, field, optional, required, valueOfField, whole } from '../scenario/field.ts'

const violation = z.strictObject({
  invariant: required(z.string().min(1), 'Name of the invariant, or `expectation`, `event-cap` or `bug`.', OURS),
  record: required(whole(0, Number.MAX_SAFE_INTEGER), 'Number of the record that shows it.', OURS),
  at: required(durationOf(), 'Instant of that record.', OURS),
  message: required(z.string(), 'What was violated.', OURS),
  signature: required(z.string().min(1), 'The same for all violations of one kind.', OURS),
})

const mutant = z.strictObject({
  endpoint: required(z.string().min(1), 'The endpoint, as the scenario names it.', OURS),
  mutant: required(z.string().min(1), 'What is changed, in the words of `npm run zoo`.', OURS),
})

/** The file without what is under `scenario`, which is read as a scenario. */
export const reproFileSchema = z.strictObject({
  repro: required(z.literal(1), 'Version of this format.', OURS),
  version: required(z.string().min(1), 'Version of the simulator that wrote it.', OURS),
  violation: required(violation, 'What went wrong.', OURS),
  digest: field(z.string().regex(/^([0-9a-f]{16})?$/, 'is not a digest'), '', 'Digest of the run; empty when a bug ended it.', OURS),
  seed: required(z.union([z.int(), z.string().min(1)]).transform(String), 'Seed of the run.', OURS),
  until: optional(durationOf({ min: 1 }), 'Instant at which the run was stopped.', OURS, 'its end'),
  from: optional(z.string().min(1), 'The scenario that it came from, or `swarm`.', OURS, 'nowhere'),
  changes: field(z.array(z.string()), [], 'Changes that made the scenario below of that one, as for `--set`.', OURS),
  mutants: field(z.array(mutant), [], 'Endpoints with one mechanical change to their machines, which no scenario file can have.', OURS),
  command: field(z.string(), '', 'The command that found it.', OURS),
  scenario: required(valueOfField(), 'The scenario, whole, with the list of faults.', OURS),
})
