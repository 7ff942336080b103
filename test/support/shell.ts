// A shell that commands can run in within the test: streams kept as text, no terminal, a clock that stands still.

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
  { stdin = '', interrupt, columns }: Circumstances = {},
): Promise<Outcome> {
  const stdout = keptStream(columns)
  const stderr = keptStream(columns)
  const shell: Shell = {
    stdout,
    stderr,
    readStdin: () => Promise.resolve(stdin),
    onInterrupt: (callback) => {
      if (interrupt !== undefined) callback(interrupt)
      return () => undefined
    },
    now: () => 0,
  }
  const status = await runProgram(words, shell)
  return { status, stdout: stdout.text(), stderr: stderr.text() }
}
