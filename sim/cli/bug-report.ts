// What is printed when the simulator itself is wrong: enough for anyone to repeat it.

import { VERSION } from '../base/version.ts'

export interface Circumstances {
  readonly seed: string
  /** Records emitted before it. */
  readonly record: number
  /** Simulated time, as text. */
  readonly at: string
  /** The command that repeats it. */
  readonly again: string
}

/** The text for standard error. */
export function bugReport(error: unknown, { seed, record, at, again }: Circumstances): string {
  const where = `seed ${seed}, record ${String(record)}, simulated time ${at}, l2tpsim ${VERSION}, Node ${process.version}`
  return `${bugHeading(error)}  ${where}\n  again: ${again}\n`
}

/** The same where no run is under way. */
export function bugHeading(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error)
  const indented = text.replace(/^/gm, '  ')
  return `l2tpsim: this is a bug of the simulator, not of the scenario. Please report it with all of this:\n${indented}\n`
}
