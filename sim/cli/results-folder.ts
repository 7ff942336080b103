// A folder of results: one journal for each process or machine that took part (`rows.ndjson`, `rows-2-of-8.ndjson`, …). Which runs
// are there, whether they belong to a plan, and the whole set in one order. Not how runs come about.

import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pointFinder, type Plan } from '../sweep/plan.ts'
import { headerOf, parseHeader, parseRow, type ResultRow, type ResultsHeader } from '../sweep/result-row.ts'
import { linesOf } from './journal.ts'
import { InputError } from './shell.ts'

const JOURNAL = /^rows(-\d+-of-\d+)?\.ndjson$/

/** Name of the journal of one process, or of one shard of several. */
export function journalName(shard: { readonly index: number; readonly count: number } | undefined): string {
  return shard === undefined ? 'rows.ndjson' : `rows-${String(shard.index)}-of-${String(shard.count)}.ndjson`
}

/** The journals in a folder, or the one file that is named; in order of name. */
export function journalsIn(path: string): readonly string[] {
  if (!existsSync(path)) throw new InputError(`${path}: there are no results: neither a folder nor a file`)
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).filter((name) => JOURNAL.test(name))
  return names.sort().map((name) => join(path, name))
}

export interface JournalReading {
  readonly header: ResultsHeader | undefined
  /** Octets of whole, readable lines. */
  readonly goodOctets: number
  /** Lines after the last good one, or a torn piece of one. */
  readonly isTorn: boolean
}

/** Reads a journal row by row, with the octet at which each begins; the first line that is none ends it. */
export function readJournal(path: string, see: (row: ResultRow, line: string, start: number) => void): JournalReading {
  let header: ResultsHeader | undefined
  let goodOctets = 0
  for (const { line, end } of linesOf(path)) {
    if (header === undefined) {
      header = parseHeader(line)
      if (header === undefined) throw new InputError(`${path} is not a file of results that this version reads`)
    } else {
      const row = parseRow(line)
      if (row === undefined) break
      see(row, line, goodOctets)
    }
    goodOctets = end
  }
  return { header, goodOctets, isTorn: goodOctets < statSync(path).size }
}

/** The header that all journals of a set share: they must be of one plan. */
export function commonHeader(paths: readonly string[]): ResultsHeader {
  let common: ResultsHeader | undefined
  for (const path of paths) {
    const first = firstLine(path)
    if (first === undefined) continue
    const header = parseHeader(first)
    if (header === undefined) throw new InputError(`${path} is not a file of results that this version reads`)
    common ??= header
    if (header.plan !== common.plan) {
      throw new InputError(`${path} belongs to another plan than ${paths[0] ?? ''}: ${differences(common, header).join(', ')}`)
    }
  }
  if (common === undefined) throw new InputError(`${paths.length === 0 ? 'no journal' : paths.join(', ')}: there are no results`)
  return common
}

function firstLine(path: string): string | undefined {
  const lines = linesOf(path)
  const { value } = lines.next()
  lines.return(undefined)
  return value?.line
}

/** What differs between two plans, in words. */
function differences(before: ResultsHeader, now: ResultsHeader): readonly string[] {
  const scenarios = (header: ResultsHeader): string => JSON.stringify(header.bundle.scenarios)
  const parts = [
    before.version !== now.version && `the version of the simulator (${before.version}, now ${now.version})`,
    scenarios(before) !== scenarios(now) && 'a scenario',
    JSON.stringify(before.responses) !== JSON.stringify(now.responses) && 'the responses',
    before.bundle.study.text !== now.bundle.study.text && 'the study file',
    JSON.stringify(before.bundle.set) !== JSON.stringify(now.bundle.set) && 'the changes by --set',
  ].filter((part) => part !== false)
  return parts.length === 0 ? ['what the simulator makes of the same files (another state of it was used)'] : parts
}

/** Which runs of a plan are done: one bit for each. */
export class DoneRuns {
  private readonly bits: Uint8Array[]
  /** Runs done. */
  count = 0

  constructor(points: number) {
    this.bits = Array.from({ length: points }, () => new Uint8Array(0))
  }

  has(point: number, offset: number): boolean {
    return ((this.bits[point]![offset >> 3] ?? 0) & (1 << (offset & 7))) !== 0
  }

  /** False when it was there already. */
  add(point: number, offset: number): boolean {
    if (this.has(point, offset)) return false
    let bytes = this.bits[point]!
    if (offset >> 3 >= bytes.length) {
      const larger = new Uint8Array(Math.max(2 * bytes.length, (offset >> 3) + 1))
      larger.set(bytes)
      bytes = this.bits[point] = larger
    }
    bytes[offset >> 3]! |= 1 << (offset & 7)
    this.count++
    return true
  }
}

/** Finds the place in a plan of the run that a row is about. */
export function placer(plan: Plan): (row: ResultRow) => { readonly point: number; readonly offset: number } | undefined {
  const placeOf = pointFinder(plan)
  const { first } = plan.study.seeds
  return (row) => {
    const point = placeOf(row)
    const offset = Number(row.seed) - first
    return point === undefined || !Number.isSafeInteger(offset) || offset < 0 ? undefined : { point, offset }
  }
}

/** The folder, made if need be. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    throw new InputError(`cannot make the folder ${path}: ${(error as Error).message}`)
  }
}

/** Puts the journals of an earlier study out of the way, where they do no harm and are not lost. */
export function setAside(folder: string): readonly string[] {
  return journalsIn(folder).map((path) => {
    let number = 1
    while (existsSync(`${path}.old-${String(number)}`)) number++
    renameSync(path, `${path}.old-${String(number)}`)
    return `${path}.old-${String(number)}`
  })
}

/** Throws unless the journal at `path` is of this plan. */
export function requirePlan(path: string, found: ResultsHeader, plan: Plan): void {
  if (found.plan === plan.hash) return
  throw new InputError(
    [
      `${path} holds the results of another plan: ${differences(found, headerOf(plan)).join(', ')} changed`,
      '  --fresh puts them aside and begins anew; --out names another folder',
    ].join('\n'),
  )
}
