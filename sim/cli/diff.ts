// `l2tpsim diff`: two runs side by side: the first record at which they part, what led to it in each, and, aligned by cause, what only
// one of them has after that.

import type { Command } from 'commander'
import { formatInstant } from '../base/time.ts'
import { rootsOf } from '../hunt/divergence.ts'
import { hunt } from '../hunt/hunt.ts'
import { drawScenario } from '../hunt/swarm.ts'
import { metrics } from '../run/metrics.ts'
import type { Scenario } from '../scenario/schema.ts'
import { differingFields, firstDivergence, recordList } from '../trace/divergence.ts'
import { readTrace } from '../trace/jsonl-reader.ts'
import type { TraceRecord } from '../trace/record.ts'
import { readText } from './installation.ts'
import { loadRepro } from './load-repro.ts'
import { loadScenario } from './load-scenario.ts'
import { EXIT, InputError, type Shell } from './shell.ts'

const EXAMPLES = `
Examples:
  $ l2tpsim diff before.jsonl after.jsonl                     two traces written by run --trace
  $ l2tpsim diff failover/appendix-a#1 failover/appendix-a#2  two seeds of a scenario
  $ l2tpsim diff bug.repro.yaml bug.min.repro.yaml            two repro files
  $ l2tpsim diff '#17' '#18'                                  two seeds of the swarm

Exit status: 0 the runs are equal, 1 they are not, 2 wrong input.`

/** Adds the command; `done` takes the exit status. */
export function defineDiff(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('diff')
    .summary('show where two runs part')
    .description('Compares two traces, repro files or seeds, record by record, and tells where they part and what differs after that.')
    .argument('<a>', 'a trace, a repro file, a scenario with #seed, or #seed alone for one of the swarm')
    .argument('<b>', 'another one')
    .addHelpText('after', EXAMPLES)
    .action(async (one: string, other: string) => {
      const [a, b] = [await recordsOf(one, shell), await recordsOf(other, shell)]
      const parting = firstDivergence(recordList(a), recordList(b))
      shell.stdout.write(parting === undefined ? `equal: ${String(a.length)} records\n` : differenceText({ a, b }, parting))
      done(parting === undefined ? EXIT.held : EXIT.notHeld)
    })
}

type Records = readonly TraceRecord[]

async function recordsOf(reference: string, shell: Shell): Promise<Records> {
  if (reference.endsWith('.jsonl')) return storedTrace(reference)
  if (/\.repro\.ya?ml$/.test(reference)) {
    const { scenario, seed } = await loadRepro(reference, shell)
    return traced(scenario, seed)
  }
  const [, name = reference, seed] = /^(.*)#([^#]+)$/.exec(reference) ?? []
  if (name === '' && seed !== undefined) return traced(drawScenario(seed), seed)
  const { scenario } = await loadScenario({ reference: name, set: [], knownMetrics: metrics.map(({ name }) => name) }, shell)
  return traced({ ...scenario, expect: [] }, seed ?? scenario.seed)
}

function storedTrace(path: string): Records {
  const content = readText(path)
  if ('error' in content) throw new InputError(`cannot read ${path}: ${content.error.message}`)
  const read = readTrace(content.text.split('\n').filter((line) => line !== ''))
  if (!read.ok) throw new InputError(`${path}:${String(read.line)}: ${read.message}`)
  return read.records
}

function traced(scenario: Scenario, seed: string): Records {
  const records: TraceRecord[] = []
  hunt(scenario, { seed, folds: [{ see: (record) => records.push(record), end: () => undefined }] })
  return records
}

interface Two {
  readonly a: Records
  readonly b: Records
}

/** Causes shown above a record, and roots of the difference shown of each run. */
const CAUSES = 4
const ROOTS = 8

function differenceText({ a, b }: Two, parting: number): string {
  const [one, other] = [a[parting], b[parting]]
  const fields = one === undefined || other === undefined ? [] : differingFields(one, other)
  return [
    `the first ${String(parting)} records are equal; then\n`,
    ...sideLines('A', a, one),
    ...sideLines('B', b, other),
    ...fields.map(({ field, a: here, b: there }) => `  ${field}: ${here} in A, ${there} in B\n`),
    `after that, what only one has although the other has what led to it:\n`,
    ...rootLines('A', rootsOf(a, b)),
    ...rootLines('B', rootsOf(b, a)),
    `${String(a.length)} records in A, ${String(b.length)} in B\n`,
  ].join('')
}

function sideLines(name: string, records: Records, record: TraceRecord | undefined): readonly string[] {
  if (record === undefined) return [`  ${name}: ends here\n`]
  const chain: TraceRecord[] = [record]
  for (let { cause } = record; cause >= 0 && chain.length <= CAUSES; cause = records[cause]?.cause ?? -1) {
    const led = records[cause]
    if (led === undefined) break
    chain.unshift(led)
  }
  return chain.map((each, i) => `  ${i === chain.length - 1 ? name : ' '}: ${'  '.repeat(i)}${recordText(each)}\n`)
}

function rootLines(name: string, roots: Records): readonly string[] {
  const more = roots.length - ROOTS
  return [
    ...roots.slice(0, ROOTS).map((record) => `  ${name}: ${recordText(record)}\n`),
    ...(more > 0 ? [`  ${name}: and ${String(more)} more\n`] : []),
    ...(roots.length === 0 ? [`  ${name}: nothing\n`] : []),
  ]
}

/** A record in a line: what is not empty, octets by their number. */
function recordText(record: TraceRecord): string {
  const shown = Object.entries(record).flatMap(([field, value]: readonly [string, unknown]) => {
    if (['seq', 'at', 'cause', 'kind'].includes(field) || value === '' || value === 0) return []
    return [`${field} ${value instanceof Uint8Array ? `${String(value.length)} octets` : String(value)}`]
  })
  return `#${String(record.seq)} ${formatInstant(record.at)} ${record.kind} ${shown.join(', ')}`
}
