// What page and worker say to each other. One worker runs scenarios for the page; others, of the same code, run many seeds.

import type { ReproParts } from '../../sim/hunt/repro-parts.ts'
import type { AddedElement } from '../../sim/run/explorer-link.ts'
import type { Override } from '../../sim/scenario/parse.ts'
import type { FormGroup } from '../form/form-fields.ts'
import type { RunModel } from '../model/model.ts'
import type { StudyAnswer, StudyOrder } from './study-protocol.ts'

/** What is to be run: a scenario as text, with changes as `--set` writes them. */
export interface Question {
  readonly text: string
  /** Name of the file, for messages and titles. */
  readonly fileName: string
  readonly changes: readonly Override[]
  /** Elements added to lists of the scenario after that: faults, and interventions on packets. */
  readonly additions: readonly Addition[]
  /** Instead of the scenario's. */
  readonly seed: string | undefined
}

/** One more element of a list. */
export type Addition = Pick<AddedElement, 'list' | 'value'>

export type ExportFormat = 'pcapng' | 'jsonl' | 'perfetto' | 'mermaid' | 'yaml'

/** Where the records of an export come from: a run made again, or a trace file as it was read. */
export type ExportSource = { readonly question: Question } | { readonly file: Blob }

export type Order =
  | StudyOrder
  | { readonly order: 'repro'; readonly ticket: number; readonly text: string; readonly fileName: string }
  | { readonly order: 'run'; readonly ticket: number; readonly question: Question }
  | { readonly order: 'read'; readonly ticket: number; readonly file: Blob }
  | { readonly order: 'check'; readonly ticket: number; readonly question: Question }
  | { readonly order: 'seeds'; readonly ticket: number; readonly question: Question; readonly seeds: readonly string[] }
  | { readonly order: 'export'; readonly ticket: number; readonly source: ExportSource; readonly format: ExportFormat }

/** A mistake in a scenario as the editor shows it. */
export interface ShownIssue {
  /** Line and column from 1; 0 when it is about a change, not the text. */
  readonly line: number
  readonly column: number
  readonly width: number
  readonly path: string
  readonly message: string
  /** What was expected and the nearest valid name, in words. */
  readonly hint: string
}

/** One of many runs. */
export interface SeedResult {
  readonly seed: string
  readonly verdict: 'pass' | 'fail'
  readonly digest: string
  readonly timeToSynchronised: number | null
  readonly sessionsLost: number | null
  readonly outageMax: number | null
  readonly violations: number
}

export type Answer =
  | StudyAnswer
  | { readonly answer: 'repro'; readonly ticket: number; readonly repro: ReproParts }
  | { readonly answer: 'model'; readonly ticket: number; readonly model: RunModel; readonly form: readonly FormGroup[] }
  | { readonly answer: 'issues'; readonly ticket: number; readonly issues: readonly ShownIssue[] }
  | { readonly answer: 'progress'; readonly ticket: number; readonly share: number; readonly records: number }
  | { readonly answer: 'seed'; readonly ticket: number; readonly result: SeedResult }
  | { readonly answer: 'done'; readonly ticket: number }
  | { readonly answer: 'export'; readonly ticket: number; readonly name: string; readonly blob: Blob }
  | { readonly answer: 'failed'; readonly ticket: number; readonly message: string }
