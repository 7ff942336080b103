// The results of a study as lines of JSON: a header that says what the rows are and can be run again from, then one row for each
// run. docs/studies.md describes the format. The text of a row depends on nothing but the run, so that the results of one study are
// the same octets wherever and in whatever order they were made; times on the clock are not part of it.

import { VERSION } from '../base/version.ts'
import { ROW_VERSION, type Plan, type Point } from './plan.ts'
import type { Study, StudyBundle } from './study.ts'

const RESULTS_FORMAT = 'l2tpsim-results'

export interface ResultsHeader {
  readonly format: typeof RESULTS_FORMAT
  readonly formatVersion: number
  /** Version of the simulator. */
  readonly version: string
  readonly study: string
  /** Hash of the plan: rows of another plan do not belong here. */
  readonly plan: string
  readonly factors: readonly string[]
  readonly responses: readonly { readonly name: string; readonly kind: string; readonly unit: string }[]
  readonly bundle: StudyBundle
}

/** `done`: the run came to its end. `crashed`: a bug ended it. `gave-up`: it took too long or too much memory. `invalid`: fields
 *  that do not go together. */
export type RowStatus = 'done' | 'crashed' | 'gave-up' | 'invalid'

interface RowIdentity {
  /** Key of the point. */
  readonly point: string
  readonly seed: string
  readonly status: RowStatus
  readonly version: string
  readonly strategy?: string
  /** Values of the factors as the scenario has them. */
  readonly factors: Readonly<Record<string, string>>
}

export interface DoneRow extends RowIdentity {
  readonly status: 'done'
  /** Hash of the scenario. */
  readonly scenario: string
  /** By name; null for what is missing, and for a time that was censored. */
  readonly responses: Readonly<Record<string, number | null>>
  /** How long the run went on after the first failure: where its times are censored. Null when nothing failed. */
  readonly observed: number | null
  readonly ended: string
  /** Invariants that were violated, each once; none in a correct run. */
  readonly violated: readonly string[]
  readonly digest: string
  readonly events: number
}

export interface FailedRow extends RowIdentity {
  readonly status: Exclude<RowStatus, 'done'>
  readonly error: string
}

export type ResultRow = DoneRow | FailedRow

export function headerOf({ study, hash }: Plan): ResultsHeader {
  return {
    format: RESULTS_FORMAT,
    formatVersion: ROW_VERSION,
    version: VERSION,
    study: study.name,
    plan: hash,
    factors: study.factors.map(({ name }) => name),
    responses: study.responses.map(({ name, kind, unit }) => ({ name, kind, unit })),
    bundle: study.bundle,
  }
}

/** What all rows of a point have in common. */
export function rowIdentity(study: Study, point: Point, seed: string): Omit<RowIdentity, 'status'> {
  const { key, strategy, levels } = point
  const factors = Object.fromEntries(study.factors.map(({ name }, i) => [name, levels[i]?.text ?? '']))
  return { point: key, seed, version: VERSION, ...(strategy.name === '' ? {} : { strategy: strategy.name }), factors }
}

export function failedRow(
  study: Study,
  point: Point,
  failure: { readonly seed: string; readonly status: FailedRow['status']; readonly error: string },
): FailedRow {
  const { seed, status, error } = failure
  return { ...rowIdentity(study, point, seed), status, error }
}

/** The row as its line, newline included. */
export const rowLine = (row: ResultRow): string => `${JSON.stringify(row)}\n`

/** Reads a header; undefined when the line is none, or of a version unknown here. */
export function parseHeader(line: string): ResultsHeader | undefined {
  const value = parsed(line)
  const header = value as Partial<ResultsHeader> | undefined
  return header?.format === RESULTS_FORMAT && header.formatVersion === ROW_VERSION ? (header as ResultsHeader) : undefined
}

/** Reads a row; undefined when the line is none, as when writing it was cut short. */
export function parseRow(line: string): ResultRow | undefined {
  const row = parsed(line) as Partial<ResultRow> | undefined
  if (typeof row?.point !== 'string' || typeof row.seed !== 'string' || typeof row.status !== 'string') return undefined
  return row.factors instanceof Object ? (row as ResultRow) : undefined
}

function parsed(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
