// What page and worker say to each other about studies. One worker keeps a study with its results; others perform its runs.

import type { Override } from '../../sim/scenario/parse.ts'
import type { Batch } from '../../sim/sweep/batch.ts'
import type { RunSelection, SelectedRun } from '../../sim/sweep/runs.ts'
import type { NamedText, StudyBundle } from '../../sim/sweep/study.ts'

/** Where a study comes from: files of results, of which the first line holds it; or its text with the scenarios it may name. */
export type StudySource =
  | { readonly files: readonly Blob[] }
  | { readonly text: NamedText; readonly scenarios: Readonly<Record<string, NamedText>>; readonly seeds: string | undefined }

export type StudyOrder =
  | { readonly order: 'study-open'; readonly ticket: number; readonly source: StudySource }
  /** The next runs to be done; `fresh` begins with all that are missing. */
  | { readonly order: 'study-take'; readonly ticket: number; readonly count: number; readonly fresh: boolean }
  /** `bundle` is undefined when the worker has it from before. */
  | { readonly order: 'study-perform'; readonly ticket: number; readonly bundle: StudyBundle | undefined; readonly batch: Batch }
  | {
      readonly order: 'study-add'
      readonly ticket: number
      readonly batch: Batch
      readonly text: string
      readonly events: readonly number[]
    }
  | { readonly order: 'study-show'; readonly ticket: number; readonly response: number }
  | { readonly order: 'study-select'; readonly ticket: number; readonly selection: RunSelection }
  | { readonly order: 'study-run'; readonly ticket: number; readonly point: number; readonly seed: string }

export interface OpenedStudy {
  readonly name: string
  readonly asks: string
  readonly bundle: StudyBundle
  /** Version of the simulator that made the results. */
  readonly version: string
  /** Replications of each point. */
  readonly seeds: number
  readonly points: readonly string[]
  readonly responses: readonly { readonly name: string; readonly label: string }[]
  readonly runs: number
  readonly wanted: number
  /** Rows that belong to no point of the study as it is read here. */
  readonly foreign: number
  /** Rows that another state of the simulator made. */
  readonly older: number
}

/** What stands in the page of a study, as HTML, and how far it is. */
export interface ShownStudy {
  readonly response: number
  readonly html: string
  readonly runs: number
  readonly wanted: number
  readonly failed: number
  readonly violated: number
}

/** A run of the list, with its value in words. */
export interface ListedRun extends SelectedRun {
  readonly words: string
}

/** All that repeats a run. */
export interface StudyRun {
  readonly reference: string
  readonly scenario: NamedText
  readonly changes: readonly Override[]
  readonly seed: string
  readonly digest: string | undefined
  readonly version: string
}

export type StudyAnswer =
  | { readonly answer: 'study-opened'; readonly ticket: number; readonly study: OpenedStudy }
  | { readonly answer: 'study-batch'; readonly ticket: number; readonly batch: Batch }
  | { readonly answer: 'study-rows'; readonly ticket: number; readonly text: string; readonly events: readonly number[] }
  | { readonly answer: 'study-added'; readonly ticket: number }
  | { readonly answer: 'study-shown'; readonly ticket: number; readonly shown: ShownStudy; readonly style: string }
  | { readonly answer: 'study-selected'; readonly ticket: number; readonly count: number; readonly runs: readonly ListedRun[] }
  | { readonly answer: 'study-run'; readonly ticket: number; readonly run: StudyRun }
