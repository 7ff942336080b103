// The journal of a hunt: a header, then a line for each generation of seeds, from which the search can go on where it stopped.

import { existsSync } from 'node:fs'
import { VERSION } from '../base/version.ts'
import { GENERATION, type Hunted } from '../hunt/search.ts'
import { Journal, linesOf } from './journal.ts'
import { InputError } from './shell.ts'

/** What a hunt is about: another header is another hunt. */
export interface HuntHeader {
  readonly hunt: 1
  readonly version: string
  /** `swarm`, or the hash of the scenario. */
  readonly hunted: string
  readonly first: number
  readonly guided: boolean
}

export function headerOf(hunted: string, first: number, guided: boolean): HuntHeader {
  return { hunt: 1, version: VERSION, hunted, first, guided }
}

export interface OpenHunt {
  readonly journal: Journal
  /** Seeds there already. */
  readonly done: number
}

/** Opens the journal at `path`, or begins it; `see` is given each whole generation that is there. */
export function openHunt(path: string, header: HuntHeader, see: (outcomes: readonly Hunted[]) => void): OpenHunt {
  const headerLine = JSON.stringify(header)
  let [goodOctets, done] = [0, 0]
  if (existsSync(path)) {
    for (const { line, end } of linesOf(path)) {
      if (goodOctets === 0 && line !== headerLine) throw new InputError(otherHunt(path, line, header))
      const outcomes = goodOctets === 0 ? [] : readGeneration(line)
      // A part of a generation is done again, with the rest of it.
      if (outcomes === undefined) break
      goodOctets = end
      done += outcomes.length
      see(outcomes)
    }
  }
  return { journal: Journal.open({ path, goodOctets, header: `${headerLine}\n` }), done }
}

function otherHunt(path: string, line: string, header: HuntHeader): string {
  const before = headerIn(line)
  const what = Object.entries(header).flatMap(([key, value]) => (before?.[key] === value ? [] : [partNames[key] ?? key]))
  return [
    `${path} is the journal of another hunt: ${what.join(', ')} changed`,
    '  --fresh begins anew; --out names another folder',
  ].join('\n')
}

const partNames: Readonly<Record<string, string>> = {
  version: 'the version of the simulator',
  hunted: 'what is hunted',
  first: 'the first seed',
}

function headerIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}

/** What a line leaves out. */
const nothing: Hunted = {
  recipe: '',
  digest: '',
  until: undefined,
  events: 0,
  findings: [],
  weaknesses: [],
  goals: [],
  fresh: [],
}

/** Undefined when the line is torn, or only a part of a generation. */
function readGeneration(line: string): readonly Hunted[] | undefined {
  try {
    const rows = JSON.parse(line) as readonly Partial<Hunted>[]
    if (rows.length !== GENERATION) return undefined
    return rows.map((row) => ({ ...nothing, ...row }))
  } catch {
    return undefined
  }
}

/** A line without what is empty, and without the digests of runs in which nothing was found. */
export function generationLine(outcomes: readonly Hunted[]): string {
  const rows = outcomes.map(({ recipe, digest, until, events, findings, weaknesses, goals, fresh }) => ({
    recipe,
    events,
    ...(findings.length + weaknesses.length === 0 ? {} : { digest, until, findings, weaknesses }),
    ...(goals.length === 0 ? {} : { goals }),
    ...(fresh.length === 0 ? {} : { fresh }),
  }))
  return `${JSON.stringify(rows)}\n`
}
