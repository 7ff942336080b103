// What a transcript test asserts of a run: its dialogue, the tables of both sides at the end, the expectations of its file and
// the invariants.

import { expect } from 'vitest'
import { matchDialogue, type Dialogue } from './dialogue.ts'
import type { Bindings } from './dialogue-line.ts'
import { saidIn, tablesOf, type Played } from './dialogue-run.ts'

export interface Expected {
  readonly dialogue: Dialogue
  /** Rows of both sides' tables, in any order; all of them. */
  readonly end: string
  readonly since?: 'fault' | 'start'
  /** Applied to every line before it is compared. */
  readonly heard?: (text: string) => string
  /** Invariants that the run is there to violate, in order. */
  readonly violates?: readonly string[]
}

/**
 * Asserts that the run said what the dialogue says, ended with these tables, kept every expectation of its file and violated no
 * invariant. Gives what the letters stand for.
 */
export function expectDialogue(played: Played, { dialogue, end, since = 'fault', heard, violates }: Expected): Bindings {
  const said = saidIn(played, since)
  const matched = matchDialogue(dialogue, heard === undefined ? said : said.map(({ at, text }) => ({ at, text: heard(text) })))
  if (!matched.ok) expect.fail(matched.message)
  const rows = tablesOf(played).map((text) => ({ at: 0, text }))
  const tables = matchDialogue({ together: end.trim().split('\n') }, rows, matched.bindings)
  if (!tables.ok) expect.fail(`tables at the end: ${tables.message}`)
  expectHeld(played, violates)
  return tables.bindings
}

/** Every expectation of the file held, and no invariant was violated but those named. */
export function expectHeld({ result }: Played, violates: readonly string[] = []): void {
  expect(result.violations.map(({ invariant }) => invariant)).toEqual(violates)
  expect(result.expectations.filter(({ held }) => !held)).toEqual([])
}
