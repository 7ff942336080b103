// The link from the command line to a repro in the explorer. Its scenario is packed into the link as the page itself packs it when a view
// is shared, and what goes wrong stands beside it, part by part: so each fault is a chip that can be taken away.

import { deflateRawSync } from 'node:zlib'
import { mutantsIn } from '../hunt/repro-mutants.ts'
import { reproParts } from '../hunt/repro-parts.ts'
import type { Repro } from '../hunt/repro.ts'
import { EXPLORER_ADDRESS, explorerHash, LONGEST_HASH } from '../run/explorer-link.ts'

/** Why there is no link: it would be longer than links may be, or the explorer cannot make this run. */
export type NoLink = 'too long' | 'mutants'

/** The address of the run at its violation, in the explorer that `l2tpsim view` serves. */
export function explorerLink(repro: Repro): { readonly link: string } | { readonly none: NoLink } {
  if (mutantsIn(repro.scenario).length > 0) return { none: 'mutants' }
  const { text, digest, record, at, ...parts } = reproParts(repro)
  const packed = deflateRawSync(Buffer.from(text), { level: 9 }).toString('base64url')
  const run = explorerHash({ ...parts, scenario: { packed }, digest: digest === '' ? undefined : digest })
  const hash = `${run}&t=${String(at)}&r=${String(record)}`
  return hash.length > LONGEST_HASH ? { none: 'too long' } : { link: EXPLORER_ADDRESS + hash }
}
