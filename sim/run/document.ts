// The references that are written from registries: docs/metrics-and-invariants.md and docs/quirks.md.

import { quirks } from '../l2tp/quirks.ts'
import { invariants, type Invariant, type InvariantKind } from './invariants.ts'
import { metrics } from './metrics.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')

const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

const watched = ({ name, ref, help }: Invariant): string => row(`\`${name}\``, ref, help)

function table(kind: InvariantKind): readonly string[] {
  return [
    row('name', 'requirement', 'what it says'),
    '|---|---|---|',
    ...invariants.filter((one) => one.kind === kind).map(watched),
  ]
}

/** What the help of single metrics takes for granted. */
const definitions: readonly string[] = [
  '- **The first failure** is the first crash, switchover or restart of an endpoint. Failures before all',
  '  tunnels concerned have settled (synchronised, or cleared) belong to it; with a later one it is over, and',
  '  nothing after that counts for durations and outages.',
  '- **Durations** run from the first failure to the last event of their kind, unless they are called mean or',
  '  first.',
  '- **An outage** belongs to one direction of a session, named by its receiving side: the longest gap between',
  '  two deliveries that spans the failure, or begins before the tunnel has settled again, less the mean',
  '  spacing before the failure, and never below 0. It needs two deliveries before and one after. Without a',
  '  failure, the first link cut or pause takes its place.',
  '- **Kept and lost** are judged at the end of the run, by the numbers of both halves. A session hung up by',
  '  CDN, or a tunnel closed by StopCCN, is neither.',
  '- **Octets** are those of UDP payloads.',
]

/** The document as Markdown. */
export function metricsDocument(): string {
  return [
    '# Metrics and invariants',
    '',
    'Written from the registries `sim/run/metrics.ts` and `sim/run/invariants.ts` by `scripts/docs-metrics.mjs`. All',
    'are folds over the trace: they say the same of a run under way and of one read back from a file.',
    '',
    '## Metrics',
    '',
    'A metric that does not apply to a run, or whose event never came, is null.',
    '',
    ...definitions,
    '',
    row('name', 'unit', 'what it says'),
    '|---|---|---|',
    ...metrics.map(({ name, unit, help }) => row(`\`${name}\``, unit, help)),
    '',
    '## Safety: what never happens',
    '',
    'Checked in every run, from the first record to the last. A message that was damaged on the way (`corruption`',
    'without UDP checksum) or injected proves nothing about its sender: from where one is accepted on, what the two',
    'sides of a tunnel agree on is not judged.',
    '',
    ...table('safety'),
    '',
    '## Liveness: what has happened in the end',
    '',
    'Checked at the end of a run, if no fault is on and nothing has disturbed it for its `convergenceBound`: no',
    'fault, no change of a plane or a replica, no loss to a blackout, a cut or a script. What began less than the',
    'bound ago is left alone.',
    '',
    ...table('liveness'),
    '',
    '## Goals: what may happen',
    '',
    'Not violations: a run tells which of these it has reached.',
    '',
    ...table('sometimes'),
    '',
  ].join('\n')
}

/** The quirks an endpoint can be given, as Markdown. */
export function quirksDocument(): string {
  return [
    '# Quirks',
    '',
    'Wrong or old behaviours that real stacks show, and wrong readings of RFC 4951 that one may fall for. An endpoint of a scenario is',
    'given them by name, and from then on works as that stack does; its peers stay correct:',
    '',
    '```yaml',
    'endpoints:',
    '  lns1: { role: LNS, quirks: [silent-failover, no-retransmission-cap] }',
    '```',
    '',
    'Invariants hold for correct endpoints: a run with quirks may violate some, and says so. Which ones notice which quirk, and how soon a',
    'hunt comes across it, is what `npm run zoo` tells. Written from `sim/l2tp/quirks.ts` by `scripts/docs-quirks.mjs`; do not edit.',
    '',
    row('quirk', 'what the endpoint does', 'seen in', 'what comes of it'),
    '|---|---|---|---|',
    ...quirks.map(({ name, does, seen, leads }) => row(`\`${name}\``, does, seen, leads)),
    '',
  ].join('\n')
}
