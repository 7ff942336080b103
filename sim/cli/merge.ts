// All results of a study in one order, whoever made them: by point and then by seed, each run once. The same octets come out of a
// local run, of shards and of a queue. Memory holds one number for each run, not the rows.

import { closeSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import type { Plan } from '../sweep/plan.ts'
import { headerOf, type ResultRow } from '../sweep/result-row.ts'
import { planOfBundle } from './load-study.ts'
import { commonHeader, journalsIn, placer, readJournal } from './results-folder.ts'
import { InputError } from './shell.ts'

/** Where a row lies: which journal, and where in it. */
interface Rows {
  readonly journals: readonly string[]
  /** For each run in order: point, replication, journal, first octet, octets. Five numbers each, in one list. */
  readonly places: Float64Array
  readonly count: number
}

const WIDTH = 5

export interface MergedResults {
  readonly plan: Plan
  /** Runs that the study asks for and that are not there. */
  readonly missing: number
  readonly count: number
  /** Rows there were twice, and rows of no point of the plan. */
  readonly repeated: number
  readonly foreign: number
  /** Every row in order, with its line. */
  lines(): Generator<string>
}

/** The results of several folders or files. */
export function mergedResults(paths: readonly string[]): MergedResults {
  const journals = paths.flatMap(journalsIn)
  const plan = planOfBundle(commonHeader(journals).bundle)
  const { rows, repeated, foreign } = collect(plan, journals)
  const wanted = plan.points.length * plan.study.seeds.count
  return {
    ...{ plan, count: rows.count, repeated, foreign },
    missing: plan.study.precision === undefined ? Math.max(0, wanted - rows.count) : 0,
    lines: () => linesIn(rows),
  }
}

interface Collected {
  readonly rows: Rows
  readonly repeated: number
  readonly foreign: number
}

function collect(plan: Plan, journals: readonly string[]): Collected {
  const place = placer(plan)
  let places = new Float64Array(WIDTH * 1024)
  let count = 0
  let foreign = 0
  for (const [journal, path] of journals.entries()) {
    let offset = -1
    readJournal(path, (row, line, start) => {
      offset = start
      const at = place(row)
      if (at === undefined) {
        foreign++
        return
      }
      if ((count + 1) * WIDTH > places.length) places = grown(places)
      places.set([at.point, at.offset * 2 + failedFlag(row), journal, offset, Buffer.byteLength(line)], count * WIDTH)
      count++
    })
  }
  const sorted = sortedOnce(places, count)
  return { rows: { journals, places: sorted, count: sorted.length / WIDTH }, repeated: count - sorted.length / WIDTH, foreign }
}

/** Of two rows of one run the one that came to its end stands first. */
const failedFlag = ({ status }: ResultRow): number => (status === 'done' ? 0 : 1)

function grown(places: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(places.length * 2)
  larger.set(places)
  return larger
}

/** In order of point and replication, the first row of each. */
function sortedOnce(places: Float64Array, count: number): Float64Array {
  const order = new Uint32Array(count).map((_, i) => i)
  const at = (row: number, field: number): number => places[row * WIDTH + field]!
  order.sort((a, b) => [0, 1, 2, 3].map((field) => at(a, field) - at(b, field)).find((difference) => difference !== 0) ?? 0)
  const kept = new Float64Array(count * WIDTH)
  let length = 0
  let before = -1
  for (const row of order) {
    const isSame = before >= 0 && at(row, 0) === at(before, 0) && at(row, 1) >> 1 === at(before, 1) >> 1
    if (isSame) continue
    kept.set(places.subarray(row * WIDTH, row * WIDTH + WIDTH), length)
    length += WIDTH
    before = row
  }
  return kept.slice(0, length)
}

function* linesIn({ journals, places, count }: Rows): Generator<string> {
  const files = journals.map((path) => openSync(path, 'r'))
  try {
    for (let i = 0; i < count; i++) {
      const [, , journal = 0, offset = 0, length = 0] = places.subarray(i * WIDTH, i * WIDTH + WIDTH)
      const bytes = Buffer.alloc(length)
      readSync(files[journal]!, bytes, 0, length, offset)
      yield bytes.toString('utf8')
    }
  } finally {
    files.forEach((file) => {
      closeSync(file)
    })
  }
}

const WRITE_OCTETS = 1 << 18

/** Writes a file piece by piece, under another name until it is whole. */
export function writeWhole(path: string, pieces: Iterable<string>): void {
  const draft = `${path}.part`
  try {
    const file = openSync(draft, 'w')
    let waiting: string[] = []
    let size = 0
    const flush = (): void => {
      writeSync(file, waiting.join(''))
      waiting = []
      size = 0
    }
    for (const piece of pieces) {
      waiting.push(piece)
      size += piece.length
      if (size > WRITE_OCTETS) flush()
    }
    flush()
    closeSync(file)
    renameSync(draft, path)
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`cannot write ${path}: ${(error as Error).message}`)
  }
}

/** The merged results as a file of their own: header and rows. */
export function* mergedText(merged: MergedResults): Generator<string> {
  yield `${JSON.stringify(headerOf(merged.plan))}\n`
  for (const line of merged.lines()) yield `${line}\n`
}
