// A link into the explorer from the command line, with the scenario packed into it as the page itself packs it when a view is shared.

import { deflateRawSync } from 'node:zlib'
import { VERSION } from '../base/version.ts'
import type { Nanos } from '../base/time.ts'
import { EXPLORER_ADDRESS, explorerHash } from '../run/explorer-link.ts'

export interface Shared {
  /** The scenario as YAML. */
  readonly text: string
  readonly seed: string
  readonly digest: string
  /** Where to look: the record, and its instant. */
  readonly record: number
  readonly at: Nanos
}

/** The address of that run at that record, in the explorer that `l2tpsim view` serves. */
export function explorerLink({ text, seed, digest, record, at }: Shared): string {
  const packed = deflateRawSync(Buffer.from(text), { level: 9 }).toString('base64url')
  const hash = explorerHash({ scenario: { packed }, changes: [], seed, digest, version: VERSION })
  return `${EXPLORER_ADDRESS}${hash}&t=${String(at)}&r=${String(record)}`
}
