// The files a run writes beside its report: trace, capture, sequence diagram. They are opened before the run, so that a path that
// cannot be written is known at once, and filled while it runs, so that an interrupted run leaves what it had.

import { closeSync, openSync, realpathSync, writeSync } from 'node:fs'
import { mermaid } from '../run/mermaid.ts'
import { jsonlWriter, type TraceHeader } from '../trace/jsonl.ts'
import { pcapngWriter } from '../trace/pcapng.ts'
import type { Fold } from '../trace/record.ts'
import type { Nanos } from '../base/time.ts'
import { InputError, type Stream } from './shell.ts'

export interface OutputPaths {
  readonly trace?: string | undefined
  readonly pcap?: string | undefined
  readonly pcapView: 'sender' | 'receiver'
  readonly mermaid?: string | undefined
}

export interface OutputContext {
  readonly header: TraceHeader
  readonly endpointOf: (address: string) => string
  /** Takes what the user should know of the files. */
  readonly warn: (text: string) => void
  /** File the scenario came from, which must not be overwritten. */
  readonly scenarioFile: string | undefined
}

export interface OutputFiles {
  readonly folds: readonly Fold<unknown>[]
  /** Completes the files. Without a digest (the run broke off), the trace has no trailer, which its readers understand. */
  close(at: Nanos, ended: { readonly digest: string; readonly ended: string } | undefined): void
}

interface OpenFile {
  readonly fold: Fold<unknown>
  close(at: Nanos, ended: { readonly digest: string; readonly ended: string } | undefined): void
}

/** Opens what `paths` names. */
export function openOutputs(paths: OutputPaths, context: OutputContext): OutputFiles {
  const named = [paths.trace, paths.pcap, paths.mermaid].filter((path) => path !== undefined)
  const twice = named.find((path, i) => named.indexOf(path) !== i)
  if (twice !== undefined) throw new InputError(`${twice} is named for two outputs`)
  for (const path of named)
    if (isSame(path, context.scenarioFile)) throw new InputError(`${path} is the scenario itself: not overwritten`)
  const files = [
    ...(paths.trace === undefined ? [] : [openTrace(paths.trace, context)]),
    ...(paths.pcap === undefined ? [] : [openCapture(paths.pcap, paths.pcapView, context)]),
    ...(paths.mermaid === undefined ? [] : [openDiagram(paths.mermaid, context)]),
  ]
  return {
    folds: files.map(({ fold }) => fold),
    close(at, ended) {
      for (const file of files) file.close(at, ended)
    },
  }
}

function openTrace(path: string, { header }: OutputContext): OpenFile {
  const file = openFile(path)
  const fold = jsonlWriter(header, file.write)
  return {
    fold,
    close(at, ended) {
      fold.end(at)
      if (ended !== undefined) fold.finish({ at, ...ended })
      file.close()
    },
  }
}

function openCapture(path: string, view: 'sender' | 'receiver', { header, warn }: OutputContext): OpenFile {
  const file = openFile(path)
  const comment = `${header.scenario}, seed ${header.seed}, scenario ${header.scenarioHash}, as seen by the ${view}s`
  const fold = pcapngWriter({ view, application: `l2tpsim ${header.version}`, comment, sink: file.write })
  return {
    fold,
    close(at) {
      const { forgotten } = fold.end(at)
      file.close()
      if (view === 'receiver' && forgotten > 0) warn(`${path} lacks ${String(forgotten)} packets that arrived very late`)
    },
  }
}

function openDiagram(path: string, { header, endpointOf }: OutputContext): OpenFile {
  const file = openFile(path)
  const fold = mermaid({ endpointOf, title: `${header.scenario}, seed ${header.seed}` })
  return {
    fold,
    close(at) {
      file.write(fold.end(at))
      file.close()
    },
  }
}

/** Writes a whole text to a file, or to `out` for `-`. */
export function writeWhole(path: string, text: string | Uint8Array, out: Stream): void {
  if (path === '-' && typeof text === 'string') {
    out.write(text)
    return
  }
  const file = openFile(path)
  file.write(text)
  file.close()
}

interface WritableFile {
  readonly write: (chunk: string | Uint8Array) => void
  close(): void
}

function openFile(path: string): WritableFile {
  let gone = false
  /** Undefined when the reader of a pipe has gone: the rest is dropped. */
  const guarded = <R>(action: () => R): R | undefined => {
    if (gone) return undefined
    try {
      return action()
    } catch (error) {
      gone = true
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') return undefined
      throw new InputError(`cannot write ${path}: ${reasonOf(error as NodeJS.ErrnoException)}`)
    }
  }
  const descriptor = guarded(() => openSync(path === '-' ? '/dev/stdout' : path, 'w')) ?? -1
  return {
    write: (chunk) => {
      let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      while (rest.length > 0) rest = rest.subarray(guarded(() => writeSync(descriptor, rest)) ?? rest.length)
    },
    close() {
      if (descriptor >= 0) closeSync(descriptor)
    },
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is a file',
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return reasons[error.code ?? ''] ?? error.message
}

function isSame(path: string, other: string | undefined): boolean {
  if (other === undefined) return false
  try {
    return realpathSync(path) === realpathSync(other)
  } catch {
    return false
  }
}
