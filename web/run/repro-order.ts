// The worker's part in repro files: reads one and takes it apart into a scenario without faults and its faults, so that the page can leave
// any of them out. Fetched with the first repro.

import { reproParts, type ReproParts } from '../../sim/hunt/repro-parts.ts'
import { parseRepro } from '../../sim/hunt/repro.ts'
import type { Issue } from '../../sim/scenario/parse.ts'

/** The parts of a repro; its mistakes instead when it has any. */
export function openedRepro(text: string, fileName: string): { readonly repro: ReproParts } | { readonly issues: readonly Issue[] } {
  const read = parseRepro(text, fileName)
  return read.ok ? { repro: reproParts(read.repro) } : { issues: read.issues }
}
