// What the checks between fields share: the scenario before them, the mistakes they find, and looking up names.

import { nearest } from './frame.ts'
import { entryOf, members } from './expand.ts'
import { type Mistake, listed, quote } from './mistake.ts'
import type { Path } from './path.ts'
import type { EndpointSpec, Scenario } from './schema.ts'

/** A scenario under examination, perhaps with parts missing that could not be read. */
export interface Judged {
  readonly scenario: Scenario
  /** Endpoints whose role is not known, or that are not here because they could not be read. */
  readonly lostEndpoints: ReadonlySet<string>
  /** Lists (`links`, `tunnels`, …) of which elements are missing here that could not be read. */
  readonly lost: ReadonlySet<string>
  /** Metrics that `expect` may name; undefined for any. */
  readonly knownMetrics: readonly string[] | undefined
  /** Notes a mistake. */
  readonly report: (path: Path, message: string, more?: Finding) => void
}

export interface Finding extends Partial<Pick<Mistake, 'expected' | 'suggestion' | 'at'>> {
  /** What else it is judged from: when something there could not be read, there is nothing to say. */
  readonly about?: readonly Path[]
}

/** Instances that `name` stands for; undefined, and reported, when it stands for none. */
export function lookUp(judged: Judged, name: string, path: Path): readonly string[] | undefined {
  const found = members(judged.scenario, name)
  if (found.length > 0) return found
  const entries = [...new Set([...Object.keys(judged.scenario.endpoints), ...judged.lostEndpoints])]
  const likely = entries.filter((entry) => name.startsWith(entry))
  if (likely.some((entry) => judged.lostEndpoints.has(entry)) || judged.lost.has('endpoints')) return undefined
  const about = likely.map((entry) => ['endpoints', entry, 'count'])
  judged.report(
    path,
    `${quote(name)} is not an endpoint`,
    { expected: listed(entries), suggestion: nearest(name, entries), about },
  )
  return undefined
}

/** As `lookUp`, for what must be one endpoint. */
export function lookUpOne(judged: Judged, name: string, path: Path): string | undefined {
  const found = lookUp(judged, name, path)
  if (found === undefined || found.length === 1) return found?.[0]
  judged.report(path, `${quote(name)} stands for ${String(found.length)} endpoints`, {
    expected: 'one of them',
    suggestion: found[0],
  })
  return undefined
}

/** Role of the endpoints that an entry or instance stands for; undefined when that is not known. */
export function roleOf({ scenario, lostEndpoints }: Judged, instance: string): EndpointSpec['role'] | undefined {
  const entry = entryOf(scenario, instance)?.entry
  return entry === undefined || lostEndpoints.has(entry) ? undefined : scenario.endpoints[entry]?.role
}

export function isAddress(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}
