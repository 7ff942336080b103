// `l2tpsim worker`: does runs of studies that wait in a queue, until it is told to stop.

import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { duration } from '../scenario/units.ts'
import { openWorker } from './queue.ts'
import { EXIT, InputError, type Shell } from './shell.ts'

interface WorkerFlags {
  readonly queue: string
  readonly jobs?: string
  readonly idle?: string
}

/** Adds the command; `done` takes the exit status. */
export function defineWorker(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('worker')
    .summary('do runs of studies that wait in a queue')
    .description(
      'Does runs of the studies that `l2tpsim sweep --queue` put into a queue. Any number of workers, on any machines, may come and go.',
    )
    .requiredOption('--queue <url>', 'the Redis server, such as redis://localhost:6379')
    .option('--jobs <n>', 'worker threads (default: one for each core)')
    .option('--idle <time>', 'end after so long without work, such as 5min (default: never)')
    .action(async (flags: WorkerFlags) => {
      done(await work(flags, shell))
    })
}

/** How often idleness is looked at, in milliseconds. */
const LOOK_MS = 100

async function work({ queue, jobs, idle }: WorkerFlags, shell: Shell): Promise<number> {
  const threads = jobs === undefined ? availableParallelism() : Number(jobs)
  if (!Number.isInteger(threads) || threads < 1)
    throw new InputError(`--jobs ${jobs ?? ''}: expected a whole number of at least 1`)
  const patience = idle === undefined ? Infinity : idleMs(idle)
  let runs = 0
  let last = shell.now()
  const say = (text: string): void => {
    shell.stderr.write(`l2tpsim: ${text}\n`)
  }
  const worker = await openWorker({
    url: queue,
    threads,
    done: (count) => {
      runs += count
      last = shell.now()
    },
    warn: say,
  })
  // Signals are heard from before it is said that work has begun.
  const ended = ending(shell, () => shell.now() - last > patience)
  say(`working for ${queue} with ${String(threads)} threads`)
  const status = await ended
  await worker.close()
  say(`${String(runs)} runs done`)
  return status
}

/** The exit status once a signal comes or there has been nothing to do for too long. */
function ending(shell: Shell, isIdle: () => boolean): Promise<number> {
  return new Promise((resolve) => {
    const end = (status: number): void => {
      clearInterval(look)
      stop()
      resolve(status)
    }
    const look = setInterval(() => {
      if (isIdle()) end(EXIT.held)
    }, LOOK_MS)
    const stop = shell.onInterrupt(end)
  })
}

function idleMs(text: string): number {
  const reading = duration.read(text)
  if (!reading.ok) throw new InputError(`--idle ${text}: expected ${duration.form}`)
  return reading.value / 1e6
}
