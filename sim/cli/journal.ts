// An append-only file of results: a header line, then a line for each run. What is on disk is always a beginning of what was written:
// a line torn by a crash is cut off when the file is opened again, and every append is on the disk before it counts as done. One
// process at a time writes a journal; a lock left behind by a dead one is taken over.

import {
  closeSync,
  existsSync,
  fdatasync,
  ftruncateSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { InputError } from './shell.ts'

const syncLater = promisify(fdatasync)

const CHUNK = 1 << 18

/** Every whole line of a file with the offset just after it; memory does not grow with the file. */
export function* linesOf(path: string): Generator<{ readonly line: string; readonly end: number }, undefined> {
  const descriptor = openSync(path, 'r')
  const chunk = Buffer.alloc(CHUNK)
  let rest: Buffer = Buffer.alloc(0)
  let end = 0
  try {
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      const text = Buffer.concat([rest, chunk.subarray(0, read)])
      let start = 0
      for (let stop = text.indexOf(10); stop >= 0; stop = text.indexOf(10, start)) {
        end += stop + 1 - start
        yield { line: text.toString('utf8', start, stop), end }
        start = stop + 1
      }
      rest = Buffer.from(text.subarray(start))
    }
    return undefined
  } finally {
    closeSync(descriptor)
  }
}

/** Octets in the file that `linesOf` has shown to be good, and the file itself. */
export interface JournalStart {
  readonly path: string
  /** The file is cut here before anything is added; 0 begins it anew with the header. */
  readonly goodOctets: number
  /** Header line, newline included. */
  readonly header: string
}

export class Journal {
  readonly path: string
  private readonly descriptor: number
  /** Octets of the file so far. */
  private offset: number
  private waiting: string[] = []
  private writing: Promise<void> | undefined

  private constructor(path: string, descriptor: number, offset: number) {
    this.path = path
    this.descriptor = descriptor
    this.offset = offset
  }

  /** Opens for appending. The caller holds the lock. */
  static open({ path, goodOctets, header }: JournalStart): Journal {
    const descriptor = guarded(path, () => openSync(path, existsSync(path) ? 'r+' : 'w+'))
    guarded(path, () => {
      ftruncateSync(descriptor, goodOctets)
      if (goodOctets === 0) writeSync(descriptor, header, 0)
      fsyncSync(descriptor)
      syncFolder(dirname(path))
    })
    return new Journal(path, descriptor, goodOctets === 0 ? Buffer.byteLength(header) : goodOctets)
  }

  /** Adds whole lines. Resolves when they are on the disk; lines added meanwhile go together in the next write. */
  append(text: string): Promise<void> {
    this.waiting.push(text)
    this.writing ??= this.flush()
    return this.writing
  }

  async close(): Promise<void> {
    while (this.writing !== undefined) await this.writing
    closeSync(this.descriptor)
  }

  private async flush(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const bytes = Buffer.from(this.waiting.join(''))
        this.waiting = []
        await this.put(bytes)
        await syncLater(this.descriptor)
      }
    } catch (error) {
      throw new InputError(`cannot write ${this.path}: ${(error as Error).message}`)
    } finally {
      this.writing = undefined
    }
  }

  private async put(bytes: Buffer): Promise<void> {
    let rest: Uint8Array = bytes
    while (rest.length > 0) {
      const written = await writeAt(this.descriptor, rest, this.offset)
      this.offset += written
      rest = rest.subarray(written)
    }
  }
}

function writeAt(descriptor: number, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, 0, bytes.length, position, (error, written) => {
      if (error === null) resolve(written)
      else reject(error)
    })
  })
}

/** Makes the name of a new file last, too; not every system can. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r')
    fsyncSync(descriptor)
    closeSync(descriptor)
  } catch {
    // Windows cannot open folders; there, the file system sees to it.
  }
}

function guarded<R>(path: string, action: () => R): R {
  try {
    return action()
  } catch (error) {
    throw new InputError(`cannot write ${path}: ${(error as Error).message}`)
  }
}

interface Holder {
  readonly host: string
  readonly pid: number
}

/** Takes the lock of a journal; the function it gives lets it go. Another live process holding it is the user's mistake. */
export function lock(path: string): () => void {
  const lockPath = `${path}.lock`
  const text = JSON.stringify({ host: hostname(), pid: process.pid } satisfies Holder)
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const descriptor = openSync(lockPath, 'wx')
      writeSync(descriptor, text)
      closeSync(descriptor)
      return () => {
        rmSync(lockPath, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new InputError(`cannot write ${lockPath}: ${(error as Error).message}`)
      const holder = holderOf(lockPath)
      if (holder !== undefined && isAlive(holder)) {
        throw new InputError(
          `${path} is being written by process ${String(holder.pid)} on ${holder.host}\n  if that is gone, remove ${lockPath}`,
        )
      }
      rmSync(lockPath, { force: true })
    }
  }
  throw new InputError(`${lockPath} cannot be had: several processes want it at once`)
}

function holderOf(lockPath: string): Holder | undefined {
  try {
    const value = JSON.parse(readFileSync(lockPath, 'utf8')) as Partial<Holder>
    return typeof value.host === 'string' && typeof value.pid === 'number' ? { host: value.host, pid: value.pid } : undefined
  } catch {
    return undefined
  }
}

/** Of a process on another machine nothing is known: it counts as alive. */
function isAlive({ host, pid }: Holder): boolean {
  if (host !== hostname()) return true
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
