// `l2tpsim results`: joins the shares of a study, writes its results as CSV or Parquet, and answers SQL about them.

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as Duckdb from '@duckdb/node-api'
import type { Command } from 'commander'
import { csvLine, flatColumns } from '../sweep/flat-row.ts'
import { parseRow } from '../sweep/result-row.ts'
import { mergedResults, mergedText, writeWhole, type MergedResults } from './merge.ts'
import { placer } from './results-folder.ts'
import { EXIT, InputError, type Shell } from './shell.ts'

const QUERY_EXAMPLES = `
The table is called \`runs\`: a column for each factor (numbers in base units, and its text as NAME_text) and each response.

Examples:
  $ l2tpsim results query "select loss_text, avg(dataLost), count(*) from runs group by all order by 1" results/mine
  $ l2tpsim results query "select strategy, quantile_cont(outageMax, 0.99) / 1e9 as p99_seconds from runs group by 1"
  $ l2tpsim results query "select * from runs order by timeToSynchronised desc nulls first limit 5" --format csv`

/** Adds the commands; `done` takes the exit status. */
export function defineResults(program: Command, shell: Shell, done: (status: number) => void): void {
  const results = program
    .command('results')
    .summary('join, export and query results of studies')
    .description('Joins, exports and queries the results of studies.')
  results
    .command('merge')
    .description('Joins the results of several shares, folders or files of one study into one file, in one order, each run once.')
    .argument('<results...>', 'folders of results, or files of rows')
    .requiredOption('--out <file>', 'where to write it')
    .option('--partial', 'runs may be missing')
    .action((paths: readonly string[], flags: { readonly out: string; readonly partial?: true }) => {
      done(merge(paths, flags, shell))
    })
  results
    .command('export')
    .description('Writes results as a flat table for pandas, R, DuckDB or a spreadsheet.')
    .argument('<results...>', 'folders of results, or files of rows')
    .option('--csv <file>', 'write CSV (- for standard output)')
    .option('--parquet <file>', 'write Parquet')
    .action(async (paths: readonly string[], flags: ExportFlags) => {
      done(await exportResults(paths, flags, shell))
    })
  results
    .command('query')
    .description('Answers an SQL query about results, with DuckDB.')
    .argument('<sql>', 'such as "select avg(dataLost) from runs"')
    .argument('[results...]', 'folders of results, or files of rows (default: the only folder in results/)')
    .option('--format <format>', 'table, csv or json', 'table')
    .addHelpText('after', QUERY_EXAMPLES)
    .action(async (sql: string, paths: readonly string[], flags: { readonly format: string }) => {
      done(await query(sql, paths, flags.format, shell))
    })
}

function merge(
  paths: readonly string[],
  { out, partial }: { readonly out: string; readonly partial?: true },
  shell: Shell,
): number {
  const merged = mergedResults(paths)
  writeWhole(out, mergedText(merged))
  const { count, missing, repeated, foreign } = merged
  const notes = [
    missing > 0 && `${String(missing)} runs of the study are missing`,
    repeated > 0 && `${String(repeated)} rows were there twice`,
    foreign > 0 && `${String(foreign)} rows belong to no point of the study and were left out`,
  ].filter((note) => note !== false)
  shell.stdout.write(`${out}: ${String(count)} runs${notes.map((note) => `; ${note}`).join('')}\n`)
  return missing > 0 && partial !== true ? EXIT.notHeld : EXIT.held
}

interface ExportFlags {
  readonly csv?: string
  readonly parquet?: string
}

type Cells = readonly (string | number | null)[]

/** The flat rows in order. */
function* flatRows(merged: MergedResults): Generator<Cells> {
  const { plan } = merged
  const columns = flatColumns(plan)
  const place = placer(plan)
  for (const line of merged.lines()) {
    const row = parseRow(line)
    const at = row === undefined ? undefined : place(row)
    if (row !== undefined && at !== undefined) yield columns.map(({ of }) => of(row, at.point))
  }
}

function* csvOf(merged: MergedResults): Generator<string> {
  yield csvLine(flatColumns(merged.plan).map(({ name }) => name))
  for (const cells of flatRows(merged)) yield csvLine(cells)
}

async function exportResults(paths: readonly string[], { csv, parquet }: ExportFlags, shell: Shell): Promise<number> {
  if (csv === undefined && parquet === undefined) throw new InputError('export to what? --csv FILE, --parquet FILE, or both')
  const merged = mergedResults(paths)
  if (csv === '-') for (const line of csvOf(merged)) shell.stdout.write(line)
  else if (csv !== undefined) writeWhole(csv, csvOf(merged))
  if (parquet !== undefined) await writeParquet(parquet, merged)
  return EXIT.held
}

/** By row groups, so that memory does not grow with the number of runs. Compressed with Snappy, which all readers know. */
async function writeParquet(path: string, merged: MergedResults): Promise<void> {
  const { fileWriter, parquetWriteRows } = await import('hyparquet-writer')
  const columns = flatColumns(merged.plan)
  const names = columns.map(({ name }) => name)
  function* rows(): Generator<Record<string, string | number | null>> {
    for (const cells of flatRows(merged)) yield Object.fromEntries(cells.map((cell, i) => [names[i], cell]))
  }
  try {
    await parquetWriteRows({
      writer: fileWriter(path),
      rows: rows(),
      columns: columns.map(({ name }) => ({ name })),
      schema: [
        { name: 'root', num_children: columns.length },
        ...columns.map(({ name, kind }) =>
          kind === 'number'
            ? ({ name, type: 'DOUBLE', repetition_type: 'OPTIONAL' } as const)
            : ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' } as const),
        ),
      ],
      rowGroupSize: 50_000,
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw code === undefined ? error : new InputError(`cannot write ${path}: ${message}`)
  }
}

async function query(sql: string, paths: readonly string[], format: string, shell: Shell): Promise<number> {
  if (!['table', 'csv', 'json'].includes(format)) throw new InputError(`--format ${format}: expected table, csv or json`)
  const merged = mergedResults(paths.length === 0 ? [onlyFolder()] : paths)
  const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-query-'))
  try {
    const file = join(folder, 'runs.parquet')
    await writeParquet(file, merged)
    const { names, rows } = await answer(sql, file)
    shell.stdout.write(written(format, names, rows))
    return EXIT.held
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function onlyFolder(): string {
  const folders = safeFolders('results')
  const [only] = folders
  if (only !== undefined && folders.length === 1) return join('results', only)
  const found = folders.length === 0 ? 'there are none in results/' : `results/ has ${folders.join(', ')}`
  throw new InputError(`which results? Name a folder after the query: ${found}`)
}

function safeFolders(path: string): readonly string[] {
  try {
    return readdirSync(path).filter((name) => statSync(join(path, name)).isDirectory())
  } catch {
    return []
  }
}

interface Answer {
  readonly names: readonly string[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

async function answer(sql: string, file: string): Promise<Answer> {
  const { DuckDBInstance } = await duckdb()
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    await connection.run(`create view runs as select * from read_parquet('${file.replaceAll("'", "''")}')`)
    const reader = await connection.runAndReadAll(sql)
    return { names: reader.columnNames(), rows: reader.getRowObjectsJson() }
  } catch (error) {
    throw new InputError(`the query was not understood: ${(error as Error).message}`)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function duckdb(): Promise<Pick<typeof Duckdb, 'DuckDBInstance'>> {
  try {
    return await import('@duckdb/node-api')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new InputError(
      'queries need DuckDB; install it with: npm install @duckdb/node-api\n  or export with --parquet and ask another program',
    )
  }
}

function written(format: string, names: readonly string[], rows: Answer['rows']): string {
  if (format === 'json') return `${JSON.stringify(rows, null, 2)}\n`
  const cells = rows.map((row) => names.map((name) => cellOf(row[name])))
  if (format === 'csv') return [names, ...cells].map(csvLine).join('')
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]!.length)))
  const isNumber = names.map((_, i) => cells.length > 0 && cells.every((row) => /^-?[\d.e+-]*$/.test(row[i]!)))
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => (isNumber[i] === true ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return `${[line(names), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)].join('\n')}\n`
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
