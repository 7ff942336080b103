// The address under which the explorer shows a run: what stands after `#`. The explorer writes such addresses too, with the place one looks
// at (web/address.ts); this is the part that names the run. Only text: nothing is fetched or opened.

import type { Override } from '../scenario/parse.ts'

/** Where `l2tpsim view` serves the explorer when nothing else is said. */
export const EXPLORER_ADDRESS = 'http://127.0.0.1:5174/'

/** One more element of a list of the scenario, with words for its chip. */
export interface AddedElement {
  /** `faults`, or `links[0].script`. */
  readonly list: string
  /** As a file has it, in one line. There is no `|` in it: names, numbers and octets have none. */
  readonly value: string
  readonly label: string
}

export interface LinkedRun {
  /** A scenario that ships, by name; or the text of any other, deflated (RFC 1951) and in the letters of base64url. */
  readonly scenario: { readonly shipped: string } | { readonly packed: string }
  readonly changes: readonly Override[]
  /** Added to the scenario after that; each can be taken away in the explorer. None when left out. */
  readonly interventions?: readonly AddedElement[]
  readonly seed: string
  readonly digest: string | undefined
  /** Version of the simulator that made the run. */
  readonly version: string
}

/** Longest part that a link has: longer addresses do not survive mail and chat. */
export const LONGEST_HASH = 2000

/** What follows the address of the explorer, `#` included. */
export function explorerHash({ scenario, changes, interventions = [], seed, digest, version }: LinkedRun): string {
  const parts = [
    'shipped' in scenario ? `s=${encoded(scenario.shipped)}` : `x=${scenario.packed}`,
    ...changes.map(({ path, value }) => `set=${encoded(`${path}=${value}`)}`),
    ...interventions.map(({ list, value, label }) => `add=${encoded(`${list}|${value}|${label}`)}`),
    `seed=${encoded(seed)}`,
    ...(digest === undefined ? [] : [`d=${digest}`]),
    `ver=${encoded(version)}`,
  ]
  return `#${parts.join('&')}`
}

/** As a form would write it, but legible where that does no harm. */
const encoded = (text: string): string => encodeURIComponent(text).replace(/%2F/g, '/').replace(/%3A/g, ':').replace(/%2C/g, ',')
