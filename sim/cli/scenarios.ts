// `l2tpsim scenarios`: the scenarios that ship, in the order in which to read them, with what each shows.

import type { Command } from 'commander'
import { metrics } from '../run/metrics.ts'
import { wrapped } from '../run/text-lines.ts'
import { loadScenario } from './load-scenario.ts'
import { shippedScenarios, shortPath } from './installation.ts'
import { EXIT, type Shell } from './shell.ts'

interface ScenarioListing {
  readonly name: string
  readonly path: string
  readonly title: string
  readonly shows: string
  readonly rfc: readonly string[]
}

/** Adds the command; `done` takes the exit status. */
export function defineScenarios(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('scenarios')
    .summary('list the scenarios that ship')
    .description('Lists the scenarios that ship, in the order in which to read them, with what each shows.')
    .option('--json', 'print the list as JSON')
    .addHelpText('after', '\nExample: run one of them by its name\n  $ l2tpsim run failover/lns-control-failure')
    .action(async (flags: { readonly json?: true }) => {
      const listing = await listScenarios(shell)
      shell.stdout.write(flags.json === true ? `${JSON.stringify(listing, null, 2)}\n` : listingText(listing, shell))
      done(EXIT.held)
    })
}

async function listScenarios(shell: Shell): Promise<readonly ScenarioListing[]> {
  const listing: ScenarioListing[] = []
  const knownMetrics = metrics.map(({ name }) => name)
  for (const { name, path } of shippedScenarios()) {
    const { scenario } = await loadScenario({ reference: path, set: [], knownMetrics }, shell)
    listing.push({ name, path: shortPath(path), title: scenario.name, shows: scenario.shows.trim(), rfc: scenario.rfc })
  }
  return listing
}

function listingText(listing: readonly ScenarioListing[], { stdout }: Shell): string {
  const { bold, dim } = stdout.colours
  const width = Math.min(Math.max(stdout.columns ?? 100, 60), 120)
  const entries = listing.map(({ name, title, shows, rfc }) =>
    [
      `${bold(name)}  ${title}`,
      ...wrapped(shows, width - 4).map((line) => `    ${line}`),
      ...(rfc.length === 0 ? [] : [`    ${dim(rfc.join(', '))}`]),
    ].join('\n'),
  )
  return `${[...entries, dim('Run one with: l2tpsim run NAME')].join('\n\n')}\n`
}
