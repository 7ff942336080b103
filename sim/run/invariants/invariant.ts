// What an invariant is: a watcher of the books that reports violations. Rows are written in the files beside this one.

import type { Nanos } from '../../base/time.ts'
import type { Fold } from '../../trace/record.ts'
import type { RunContext } from '../context.ts'
import type { Books } from '../observe/books.ts'
import { openBooks, watch } from '../observe/ledger.ts'
import type { Watcher } from '../observe/watcher.ts'

/**
 * - `safety`: something bad never happens;
 * - `liveness`: something good has happened by the end, if the run went on undisturbed for the convergence bound;
 * - `sometimes`: a goal: it is worth knowing whether a run reached it. Its "violations" are the occasions.
 */
export type InvariantKind = 'safety' | 'liveness' | 'sometimes'

export interface Violation {
  readonly at: Nanos
  /** `seq` of the record that shows it. */
  readonly record: number
  readonly message: string
}

/** Reports a violation that a record (or an instant and a record number) shows. */
export type Report = (record: { readonly at: Nanos; readonly seq: number }, message: string) => void

export interface InvariantRow {
  readonly name: string
  readonly kind: InvariantKind
  /** Requirements it watches, by their ids, separated by commas. */
  readonly ref: string
  readonly help: string
  readonly check: (books: Books, report: Report) => Watcher
}

export interface Invariant extends InvariantRow {
  readonly start: (context: RunContext) => Fold<readonly Violation[]>
}

/** Violations of one invariant that are kept; a broken machine may show millions. */
const KEPT_VIOLATIONS = 100

export function reportInto(violations: Violation[]): Report {
  return ({ at, seq }, message) => {
    if (violations.length < KEPT_VIOLATIONS) violations.push({ at, record: seq, message })
  }
}

export function invariant(row: InvariantRow): Invariant {
  return {
    ...row,
    start(context) {
      const books = openBooks(context)
      const violations: Violation[] = []
      return watch(books, [row.check(books, reportInto(violations))], () => violations)
    },
  }
}
