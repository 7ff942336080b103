// `l2tpsim report`: writes the report of a folder of results as one self-contained page.

import { statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import type { Command } from 'commander'
import { VERSION } from '../base/version.ts'
import { EXPLORER_ADDRESS, explorerHash, LONGEST_HASH } from '../run/explorer-link.ts'
import { overridesOf } from '../sweep/plan.ts'
import { reportPage, type LinkOf } from '../sweep/report/page.ts'
import { ResultTable } from '../sweep/table.ts'
import { shippedScenarios } from './installation.ts'
import { planOfBundle } from './load-study.ts'
import { commonHeader, journalsIn, readJournal } from './results-folder.ts'
import { EXIT, InputError, type Shell } from './shell.ts'

interface ReportFlags {
  readonly out?: string
  readonly explorer: string
}

/** Adds the command; `done` takes the exit status. */
export function defineReport(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('report')
    .summary('write the results of a study as one page')
    .description(
      'Writes the results of a study as one self-contained HTML page: figures, comparisons, effects, the worst runs, every point.',
    )
    .argument('<results>', 'a folder of results, or one file of rows')
    .option('--out <file>', 'where to write it (default: report.html in the folder; - for standard output)')
    .option('--explorer <address>', 'where the links to single runs lead: an explorer that is served somewhere', EXPLORER_ADDRESS)
    .addHelpText('after', '\nExample:\n  $ l2tpsim report results/recovery-time && open results/recovery-time/report.html')
    .action((path: string, flags: ReportFlags) => {
      writeReport(path, flags, shell)
      done(EXIT.held)
    })
}

/** The results at `path`, a folder or a file, in columns. */
function tableOf(path: string): ResultTable {
  const journals = journalsIn(path)
  const table = new ResultTable(planOfBundle(commonHeader(journals).bundle))
  for (const journal of journals) {
    readJournal(journal, (row) => {
      table.add(row)
    })
  }
  return table
}

/** Links to the runs of a table. A scenario that does not ship goes along in the link, if it is not too long for that. */
function linksInto(explorer: string, table: ResultTable): LinkOf {
  const { plan } = table
  const names = new Set(shippedScenarios().map(({ name }) => name))
  const packed = new Map<string, string>()
  const packedText = (reference: string): string => {
    const { text = '' } = plan.study.bundle.scenarios[reference] ?? {}
    const known = packed.get(reference) ?? deflateRawSync(text, { level: 9 }).toString('base64url')
    packed.set(reference, known)
    return known
  }
  return (place, seed) => {
    const point = plan.points[place]!
    const { reference, set } = point.strategy
    const hash = explorerHash({
      scenario: names.has(reference) ? { shipped: reference } : { packed: packedText(reference) },
      changes: [...set, ...overridesOf(plan.study, point)],
      seed,
      digest: table.digest(place, seed),
      version: VERSION,
    })
    return hash.length > LONGEST_HASH ? undefined : explorer.replace(/#.*$/, '') + hash
  }
}

function writeReport(path: string, { out, explorer }: ReportFlags, shell: Shell): void {
  const table = tableOf(path)
  if (table.runs === 0) {
    const { foreign } = table
    const why = foreign === 0 ? 'there are no runs yet' : `its ${String(foreign)} rows are about no point of the study in its first line`
    throw new InputError(`${path}: ${why}`)
  }
  const page = reportPage(table, linksInto(explorer, table))
  if (out === '-') {
    shell.stdout.write(page)
    return
  }
  const file = out ?? join(statSync(path).isDirectory() ? path : dirname(path), 'report.html')
  try {
    writeFileSync(file, page)
  } catch (error) {
    throw new InputError(`cannot write ${file}: ${(error as Error).message}`)
  }
  const missing = missingRuns(table)
  const notes = [
    missing > 0 && `  ${String(missing)} runs of the study are missing; its intervals are the wider for it\n`,
    table.older > 0 && `  ${String(table.older)} runs were made by another state of the simulator: repeated now, they may differ\n`,
  ].filter((note) => note !== false)
  shell.stdout.write(`${file}\n${notes.join('')}`)
}

function missingRuns({ plan, runs }: ResultTable): number {
  return Math.max(0, plan.points.length * plan.study.seeds.count - runs)
}
