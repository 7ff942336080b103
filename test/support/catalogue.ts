// The catalogue of requirements as the tests read it: ids, and the rows of the RFCs' state tables.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export interface Requirement {
  readonly id: string
  readonly section: string
  readonly level: string
  readonly text: string
  /** A row of a state table. */
  readonly row?: TableRow
}

export interface TableRow {
  readonly table: string
  readonly states: readonly string[]
  readonly events: readonly string[]
  readonly actions: readonly string[]
  readonly next: string
}

/** All requirements of one RFC, in its order. */
export function catalogue(rfc: 2661 | 3931 | 4951): readonly Requirement[] {
  const path = new URL(`../conformance/catalogue/rfc${String(rfc)}.yaml`, import.meta.url)
  return parse(readFileSync(path, 'utf8')) as readonly Requirement[]
}
