// What can be asked of `l2tpsim explore`, read from the words of its options.

import { properties, type Bounds, type Property } from '../explore/index.ts'
import { quoted } from './command-line.ts'
import { InputError } from './shell.ts'

export interface ExploreFlags {
  readonly losses: string
  readonly duplicates: string
  readonly delays: string
  readonly crashes: string
  readonly sessions?: string
  readonly depth: string
  readonly states: string
  readonly time?: string
  readonly check?: string
  readonly seed?: string
  readonly set: readonly string[]
  readonly output?: string
  readonly symmetry: boolean
  readonly jobs?: string
  readonly out?: string
  readonly fresh?: true
  readonly json?: true
  readonly quiet?: true
}

/** A whole number, 0 included. */
export function countOf(option: string, text: string): number {
  const isWhole = /^\d+$/.test(text) && Number.isSafeInteger(Number(text))
  if (!isWhole) throw new InputError(`--${option} ${text}: expected a whole number, such as 1`)
  return Number(text)
}

/** Undefined for one thread for each core. */
export function jobsOf(text: string | undefined): number | undefined {
  const jobs = text === undefined ? undefined : countOf('jobs', text)
  if (jobs === 0) throw new InputError('--jobs 0: expected a whole number of at least 1')
  return jobs
}

export const boundsIn = (flags: ExploreFlags): Bounds => ({
  losses: countOf('losses', flags.losses),
  duplicates: countOf('duplicates', flags.duplicates),
  delays: countOf('delays', flags.delays),
  crashes: countOf('crashes', flags.crashes),
  depth: countOf('depth', flags.depth),
  states: countOf('states', flags.states),
})

export function demandedIn(text: string | undefined): readonly Property[] {
  if (text === undefined) return properties
  return text.split(',').map((name) => {
    const found = properties.find((property) => property === name.trim())
    if (found === undefined) throw new InputError(`--check ${name}: expected ${properties.join(', ')}`)
    return found
  })
}

/** The command that searches again. */
export function again(reference: string, flags: ExploreFlags): string {
  const { losses, duplicates, delays, crashes, sessions, check, seed, set, symmetry } = flags
  const bounds = Object.entries({ losses, duplicates, delays, crashes, sessions, check, seed })
  const words = bounds.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quoted(value)}`]))
  const changes = set.map((change) => `--set ${quoted(change)}`)
  return ['npx l2tpsim explore', quoted(reference), ...words, ...changes, ...(symmetry ? [] : ['--no-symmetry'])].join(' ')
}
