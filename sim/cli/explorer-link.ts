// A link into the explorer from the command line: the part of its address after `#`, with the scenario packed into it as the page itself
// packs it when a view is shared.

import { deflateRawSync } from 'node:zlib'
import { VERSION } from '../base/version.ts'
import type { Nanos } from '../base/time.ts'

export interface Shared {
  /** The scenario as YAML. */
  readonly text: string
  readonly seed: string
  readonly digest: string
  /** Where to look: the record, and its instant. */
  readonly record: number
  readonly at: Nanos
}

/** What to put behind the address of the explorer. */
export function explorerLink({ text, seed, digest, record, at }: Shared): string {
  const packed = deflateRawSync(Buffer.from(text), { level: 9 }).toString('base64url')
  const parts = new URLSearchParams({ x: packed, seed, t: String(at), r: String(record), d: digest, ver: VERSION })
  return `#${parts.toString()}`
}
