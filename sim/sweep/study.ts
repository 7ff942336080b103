// A study with everything read: what the plan, the runs and the statistics work with. Reading it from a file is parse-study.ts.

import type { Override } from '../scenario/parse.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { Expression } from './expression.ts'
import type { Level, Measure, Range } from './level.ts'
import type { Response } from './response.ts'
import type { Design } from './study-schema.ts'

/** A text with the name it is known by in messages. */
export interface NamedText {
  readonly fileName: string
  readonly text: string
}

/** All that a study is made of, as plain data: enough to run any of its points anywhere. */
export interface StudyBundle {
  readonly study: NamedText
  /** The scenarios it refers to, by the reference as written. */
  readonly scenarios: Readonly<Record<string, NamedText>>
  /** Changes to all scenarios from the command line, stronger than those of the study but not than factors: `path=value`. */
  readonly set: readonly string[]
  /** Seeds instead of the study's. */
  readonly seeds?: string
  /** Precision instead of the study's: relative half-width of the main interval. */
  readonly precision?: number
}

export interface Factor {
  readonly name: string
  readonly label: string
  /** Paths of the fields it sets, all to the same value. */
  readonly fields: readonly string[]
  readonly measure: Measure
  /** The values it takes; of a range without a number of steps, undefined. */
  readonly levels: readonly Level[] | undefined
  /** Undefined when values are listed. */
  readonly range: Range | undefined
  readonly isLog: boolean
}

export interface Strategy {
  /** Empty when the study compares none. */
  readonly name: string
  readonly label: string
  /** The scenario as the study refers to it. */
  readonly reference: string
  /** What differs from the scenario's file, in order. */
  readonly set: readonly Override[]
  /** The scenario with these changes, before any factor. */
  readonly scenario: Scenario
  /** The file's content as plain data, with the changes. */
  readonly data: Readonly<Record<string, unknown>>
}

export interface Seeds {
  readonly first: number
  readonly count: number
}

export interface Study {
  readonly name: string
  readonly asks: string
  readonly note: string
  readonly bundle: StudyBundle
  readonly strategies: readonly Strategy[]
  readonly factors: readonly Factor[]
  readonly where: readonly Expression[]
  readonly design: Design
  readonly responses: readonly Response[]
  readonly seeds: Seeds
  /** Half the relative width of the interval wanted of the main response; undefined for fixed replications. */
  readonly precision: number | undefined
  readonly confidence: number
  readonly budget: { readonly runs?: number | undefined; readonly timeNs?: number | undefined }
  readonly limits: { readonly timeMs: number; readonly memoryMb: number | undefined }
}
