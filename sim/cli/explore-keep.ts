// Keeps an unfinished search in a file, from which the same command goes on. The file is of one program, one scenario and one set of
// options: its name says which, and its first line says so again. It is replaced as a whole, so that a crash leaves the one before.

import { createHash } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import type { Explorer, SavedSearch } from '../explore/index.ts'
import { makeFolder } from './results-folder.ts'
import type { Shell } from './shell.ts'

interface Kept {
  /** Of the program that made it. */
  readonly program: string
  /** Milliseconds that the search has taken so far. */
  readonly tookMs: number
  readonly search: SavedSearch
}

/** Milliseconds between two times that the search is kept, and the share of the time that may take. */
const CALM_MS = 60_000
const SHARE = 20

export interface KeeperOptions {
  readonly folder: string
  /** Everything that decides what the search finds. */
  readonly question: string
  readonly shell: Shell
  /** Takes what the user should know. */
  readonly say: (text: string) => void
}

export class Keeper {
  private readonly options: KeeperOptions
  private readonly path: string
  private readonly started: number
  private due: number
  private before = 0

  constructor(options: KeeperOptions) {
    this.options = options
    this.path = join(options.folder, `${digestOf([options.question]).slice(0, 12)}.search`)
    this.started = options.shell.now()
    this.due = this.started + CALM_MS
  }

  /** Time that the search has taken, over all commands that went on with it. */
  get tookMs(): number {
    return this.before + this.options.shell.now() - this.started
  }

  get isDue(): boolean {
    return this.options.shell.now() >= this.due
  }

  /** Has a search that was just made go on where an earlier one stopped, if one did. */
  resume(explorer: Explorer): void {
    const { say } = this.options
    if (!existsSync(this.path)) return
    const kept = read(this.path)
    if (kept?.program !== programDigest()) {
      say(`${this.path} was left by another version of the simulator, or is damaged: beginning anew`)
      return
    }
    explorer.restore(kept.search)
    this.before = kept.tookMs
    say(`going on from ${String(explorer.counts.states)} states that ${this.path} has`)
  }

  /** Keeps what there is. A search too large to be kept is not. */
  keep(explorer: Explorer): void {
    const { folder, shell, say } = this.options
    const began = shell.now()
    makeFolder(folder)
    try {
      replace(this.path, serialize({ program: programDigest(), tookMs: this.tookMs, search: explorer.save() } satisfies Kept))
    } catch (error) {
      say(`the search cannot be kept: ${(error as Error).message}`)
    }
    const now = shell.now()
    this.due = now + Math.max(CALM_MS, (now - began) * SHARE)
  }

  /** Forgets what was kept: the search is over, or is to begin anew. */
  forget(): void {
    const { folder } = this.options
    rmSync(this.path, { force: true })
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
  }
}

function read(path: string): Kept | undefined {
  try {
    return deserialize(readFileSync(path)) as Kept
  } catch {
    return undefined
  }
}

function replace(path: string, bytes: Uint8Array): void {
  const descriptor = openSync(`${path}.tmp`, 'w')
  try {
    for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(writeSync(descriptor, rest))
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${path}.tmp`, path)
}

function digestOf(texts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(text).update('\0')
  return hash.digest('hex')
}

let program: string | undefined

/** Of every module of the program as it runs, and of what runs it: a state of the search means nothing to any other. */
function programDigest(): string {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const modules = (): readonly string[] =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[jt]s$/.test(name)).sort()
  program ??= digestOf([process.version, ...modules().flatMap((name) => [name, readFileSync(join(root, name))])])
  return program
}
