// A shell that commands can run in within the test: streams kept as text, no terminal, a clock that stands still or
// goes on as the test wants.

import picocolors from 'picocolors'
import { runProgram } from '../../sim/cli/program.ts'
import type { Shell, Stream } from '../../sim/cli/shell.ts'

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface Circumstances {
  readonly stdin?: string
  /** Sends a signal as soon as the command listens for one. */
  readonly interrupt?: number
  readonly columns?: number
  /** Milliseconds by which the clock goes on whenever it is looked at; 0 by default. */
  readonly tick?: number
}

interface KeptStream extends Stream {
  readonly text: () => string
}

function keptStream(columns: number | undefined): KeptStream {
  let kept = ''
  const write = (text: string): void => {
    kept += text
  }
  return { write, isTerminal: false, columns, colours: picocolors.createColors(false), text: () => kept }
}

/** Runs `l2tpsim` with these words. */
export async function l2tpsim(
  words: readonly string[],
  { stdin = '', interrupt, columns, tick = 0 }: Circumstances = {},
): Promise<Outcome> {
  const stdout = keptStream(columns)
  const stderr = keptStream(columns)
  let clock = 0
  const shell: Shell = {
    stdout,
    stderr,
    readStdin: () => Promise.resolve(stdin),
    onInterrupt: (callback) => {
      if (interrupt !== undefined) callback(interrupt)
      return () => undefined
    },
    now: () => (clock += tick),
  }
  const status = await runProgram(words, shell)
  return { status, stdout: stdout.text(), stderr: stderr.text() }
}
