// What a command sees of the process it runs in: streams, terminal, signals, clock. A value, so that tests can run commands in a
// shell of their own. Nothing here knows the simulator.

import picocolors from 'picocolors'

export type Colours = ReturnType<typeof picocolors.createColors>

export interface Stream {
  write(text: string): void
  readonly isTerminal: boolean
  /** Width of the terminal; undefined when it is none. */
  readonly columns: number | undefined
  readonly colours: Colours
}

export interface Shell {
  readonly stdout: Stream
  readonly stderr: Stream
  /** Everything on standard input. */
  readStdin(): Promise<string>
  /** Calls back at the first SIGINT or SIGTERM; the returned function stops listening. A second one ends the process. */
  onInterrupt(callback: (status: number) => void): () => void
  /** Milliseconds of wall-clock time, from an arbitrary origin. */
  now(): number
}

/** Exit statuses. */
export const EXIT = {
  held: 0,
  notHeld: 1,
  badInput: 2,
  bug: 3,
  interrupted: 130,
  terminated: 143,
} as const

/** What the user gave cannot be used: its message is all that is shown, and the exit status is 2. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

/** The real process. */
export function processShell(): Shell {
  return {
    stdout: streamOf(process.stdout),
    stderr: streamOf(process.stderr),
    readStdin,
    onInterrupt,
    now: () => performance.now(),
  }
}

/** A reader that goes away, as `head` does, is no reason to fail: what is written afterwards is dropped. */
function streamOf(stream: NodeJS.WriteStream): Stream {
  let open = true
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (open && error.code !== 'EPIPE') {
      process.stderr.write(`l2tpsim: cannot write the output: ${error.message}\n`)
      process.exit(EXIT.badInput)
    }
    open = false
  })
  return {
    write(text) {
      if (open) stream.write(text)
    },
    isTerminal: isTerminal(stream),
    columns: stream.columns,
    colours: picocolors.createColors(wantsColour(stream)),
  }
}

/** https://no-color.org and its counterpart; a terminal decides when neither is set. */
function wantsColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '0') return true
  return isTerminal(stream) && TERM !== 'dumb'
}

/** The types of Node say that `isTTY` is a boolean, but on pipes and files it is absent. */
function isTerminal(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function onInterrupt(callback: (status: number) => void): () => void {
  const stop = (): void => {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', terminated)
  }
  const interrupted = (): void => {
    stop()
    callback(EXIT.interrupted)
  }
  const terminated = (): void => {
    stop()
    callback(EXIT.terminated)
  }
  process.on('SIGINT', interrupted)
  process.on('SIGTERM', terminated)
  return stop
}
