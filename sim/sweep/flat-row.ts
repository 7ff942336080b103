// Results as a flat table, one column a thing: what CSV, Parquet and SQL show. Factors are numbers in their base unit (nanoseconds,
// octets, bits per second, shares) with their text beside them.

import type { Plan } from './plan.ts'
import type { ResultRow } from './result-row.ts'

export interface FlatColumn {
  readonly name: string
  readonly kind: 'text' | 'number'
  readonly of: (row: ResultRow, point: number) => string | number | null
}

/** The columns of a study's results, in order. */
export function flatColumns({ study, points }: Plan): readonly FlatColumn[] {
  const text = (name: string, of: FlatColumn['of']): FlatColumn => ({ name, kind: 'text', of })
  const number = (name: string, of: FlatColumn['of']): FlatColumn => ({ name, kind: 'number', of })
  const factors = study.factors.flatMap(({ name, measure }, i) => {
    const own = text(measure === 'category' ? name : `${name}_text`, ({ factors: values }) => values[name] ?? null)
    const valueOf = (_: ResultRow, point: number): number | null => {
      const value = points[point]?.levels[i]?.value
      return typeof value === 'number' ? value : null
    }
    return measure === 'category' ? [own] : [number(name, valueOf), own]
  })
  const done =
    <T extends string | number>(of: (row: Extract<ResultRow, { status: 'done' }>) => T | null) =>
    (row: ResultRow): T | null =>
      row.status === 'done' ? of(row) : null
  return [
    number('point', (_, point) => point),
    text('point_key', ({ point }) => point),
    text('seed', ({ seed }) => seed),
    text('status', ({ status }) => status),
    ...(study.strategies.length > 1 ? [text('strategy', ({ strategy }) => strategy ?? null)] : []),
    ...factors,
    ...study.responses.map(({ name }) =>
      number(
        name,
        done(({ responses }) => responses[name] ?? null),
      ),
    ),
    number(
      'observed',
      done(({ observed }) => observed),
    ),
    text(
      'ended',
      done(({ ended }) => ended),
    ),
    text(
      'violated',
      done(({ violated }) => (violated.length === 0 ? null : violated.join(' '))),
    ),
    number(
      'events',
      done(({ events }) => events),
    ),
    text(
      'digest',
      done(({ digest }) => digest),
    ),
    text(
      'scenario',
      done(({ scenario }) => scenario),
    ),
    text('version', ({ version }) => version),
    text('error', (row) => (row.status === 'done' ? null : row.error)),
  ]
}

/** One line of CSV (RFC 4180), newline included. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  const cell = (value: string | number | null): string => {
    const written = value === null ? '' : String(value)
    return /[",\r\n]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written
  }
  return `${cells.map(cell).join(',')}\n`
}
