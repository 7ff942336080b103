// What a hunt tells at its end: kinds of findings with how often each was met, the weaknesses of the protocol itself, and what was never
// reached, where nothing can have been found.

import type { Found, Search } from '../hunt/search.ts'
import { quoted } from './command-line.ts'
import type { Colours } from './shell.ts'
import { clockTime } from './sweep-progress.ts'

export interface Told {
  readonly search: Search
  /** Names of all goals. */
  readonly goals: readonly string[]
  /** The repro file of a finding. */
  readonly pathOf: (found: Found) => string
  readonly first: number
  /** Runs that were there before. */
  readonly before: number
  readonly tookMs: number
  readonly again: string
  readonly isInterrupted: boolean
}

/** A word for file names. */
export const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

const often = (all: ReadonlyMap<string, Found>): readonly Found[] => [...all.values()].sort((a, b) => b.times - a.times)

export function huntDocument({ search, goals, pathOf, first, before, tookMs, isInterrupted }: Told): object {
  const row = (found: Found): object => ({
    times: found.times,
    ...found.finding,
    recipe: found.recipe,
    digest: found.digest,
  })
  const { runs, events, features } = search
  return {
    ...{ seeds: [first, first + runs - 1], runs, runsFoundDone: before, events, features },
    ending: isInterrupted ? 'interrupted' : 'complete',
    findings: often(search.found).map((found) => ({ ...row(found), repro: pathOf(found) })),
    weaknesses: often(search.weaknesses).map(row),
    goals: Object.fromEntries(goals.map((goal) => [goal, search.goals.get(goal) ?? 0])),
    wallMs: Math.round(tookMs),
  }
}

export function huntText(told: Told, colours: Colours): string {
  const { search, goals, first, before, tookMs, again, isInterrupted } = told
  const { runs, events, features } = search
  const rate = tookMs > 0 ? `, ${String(Math.round(((runs - before) * 1000) / tookMs))}/s` : ''
  const found = before > 0 ? `, ${String(before)} of them earlier` : ''
  const never = goals.filter((goal) => !search.goals.has(goal))
  const [one, more] = ['weakness of RFC 4951 itself', 'weaknesses of RFC 4951 itself']
  const weak = search.weaknesses.size === 0 ? '' : kinds(search.weaknesses.size, one, more)
  const reached = `${String(goals.length - never.length)} of ${String(goals.length)}`
  return [
    `${colours.bold(`seeds ${String(first)}..${String(first + runs - 1)}`)}: ${String(runs)} runs${found}; ${clockTime(tookMs)}${rate}\n`,
    `  ${colours.dim(`${String(events)} events, ${String(features)} features`)}\n`,
    search.found.size === 0 ? `${colours.green('nothing found')}\n` : colours.red(kinds(search.found.size, 'violation')),
    ...often(search.found).flatMap((each) => findingLines(each, told)),
    weak,
    ...often(search.weaknesses).map(({ times, finding, recipe }) => `  ${count(times)} × ${finding.signature} (${seedText(recipe)})\n`),
    `goals reached: ${reached}${never.length === 0 ? '' : `; never: ${never.join(', ')}`}
`,
    isInterrupted ? `  ${colours.dim('go on')}   ${again}\n` : '',
  ].join('')
}

const kinds = (number: number, one: string, many = `kinds of ${one}`): string => `${String(number)} ${number === 1 ? one : many}:\n`

const count = (times: number): string => String(times).padStart(6)

/** `seed 17`, or `seed 203, a variation of 17`. */
function seedText(recipe: string): string {
  const seeds = recipe.split('~')
  const last = seeds.pop() ?? ''
  return seeds.length === 0 ? `seed ${last}` : `seed ${last}, a variation of ${seeds.join('~')}`
}

function findingLines(found: Found, { pathOf }: Told): readonly string[] {
  const { finding, times, recipe } = found
  return [
    `  ${count(times)} × ${finding.signature}\n`,
    `           first: ${seedText(recipe)}, record ${String(finding.record)}: ${finding.message}\n`,
    `           npx l2tpsim replay ${quoted(pathOf(found))}\n`,
  ]
}
