// What a mutant is: one mechanical change to an LCCE, as plain data that a repro can hold. All of them, and what they do: mutants.ts.

/** One row of a table changed: gone, leading elsewhere, its guard always true or always false, or one of its actions not done. */
export interface TableMutant {
  readonly machine: string
  /** Index in the table's rows. */
  readonly row: number
  readonly what: 'row' | 'redirected' | 'guard true' | 'guard false' | 'action'
  /** Index of the action that is missing. */
  readonly action?: number
  /** State that the row leads to instead. */
  readonly to?: string
}

/** A timer that takes twice as long, half as long, or never fires. */
export interface TimerMutant {
  readonly timer: string
  readonly factor: 2 | 0.5 | 'never'
}

/** A number that is off by one. */
export interface CounterMutant {
  readonly counter: string
  readonly by: 1 | -1
}

export type Mutant = TableMutant | TimerMutant | CounterMutant
