// docs/ambiguities.md: each place where RFC 4951 can be read in two ways, from the catalogue, and what a run shows of it, from
// readings.yaml.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { catalogue, type Requirement } from './catalogue.ts'

export interface Reading {
  readonly id: string
  /** Path of the setting in a scenario's endpoint. */
  readonly setting: string
  /** A command line; it runs another reading than the default, or the case in which readings differ. */
  readonly command: string
  readonly shows: string
}

type Ambiguity = Requirement & { readonly title: string; readonly interpretation: string; readonly why: string; readonly observe: string }

export function readReadings(): readonly Reading[] {
  return parse(readFileSync(new URL('../conformance/readings.yaml', import.meta.url), 'utf8')) as readonly Reading[]
}

const isAmbiguity = (entry: Requirement): entry is Ambiguity => entry.id.includes('-AMB-')

export function ambiguitiesDocument(): string {
  const readings = new Map(readReadings().map((reading) => [reading.id, reading]))
  const entries = catalogue(4951).filter(isAmbiguity)
  return `${[
    '# Ambiguities of RFC 4951',
    '',
    'Where the RFC can be read in more than one way, the reading chosen here and why. Written by `node scripts/docs-ambiguities.mjs` from',
    '`test/conformance/catalogue/rfc4951.yaml` and `test/conformance/readings.yaml`; do not edit. Which tests show each reading is in',
    '[conformance.md](conformance.md). Where a setting of the scenario chooses the reading, a command shows what the other one leads to.',
    ...entries.flatMap((entry) => chapter(entry, readings.get(entry.id))),
  ].join('\n')}\n`
}

function chapter({ id, section, title, text, interpretation, why, observe }: Ambiguity, reading: Reading | undefined): readonly string[] {
  return [
    '',
    `## ${id}: ${title}`,
    '',
    `Section ${section}. ${text}`,
    '',
    `- **Reading:** ${interpretation}`,
    `- **Why:** ${why}`,
    `- **What a run shows:** ${observe}`,
    ...(reading === undefined ? [] : ['', `\`${reading.setting}\` chooses. ${reading.shows.trim()}`, '', `    npx ${reading.command}`]),
  ]
}
