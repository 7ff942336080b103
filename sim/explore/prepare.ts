// A scenario as the search needs it: for each endpoint the part that it does by itself, without faults, impairments and data.

import { SECOND, type Nanos } from '../base/time.ts'
import { convergenceBoundOf } from '../hunt/bound.ts'
import { expandEndpoints, expandTunnels } from '../scenario/expand.ts'
import type { LinkDirection, Scenario, TunnelSpec } from '../scenario/schema.ts'
import { noSymmetry, symmetryOf, type Symmetry } from './symmetry.ts'

export interface Preparation {
  /** What is explored, whole. */
  readonly scenario: Scenario
  readonly names: readonly string[]
  readonly scenarios: readonly Scenario[]
  readonly byIp: ReadonlyMap<string, number>
  readonly seed: string
  readonly symmetry: Symmetry
  readonly convergenceBound: Nanos
  readonly longestDelay: Nanos
}

/** Without HELLOs, a late message may be under way for so long. */
const LONGEST_DELAY = 10 * SECOND

/** What a scenario must be to be explored; each line says what is wrong. */
export function unfit(scenario: Scenario): readonly string[] {
  const endpoints = expandEndpoints(scenario)
  const roles = new Map(endpoints.map(({ name, role }) => [name, role]))
  const tunnels = expandTunnels(scenario)
  const lines: string[] = []
  if (endpoints.length > 3) lines.push(`it has ${String(endpoints.length)} endpoints; up to 3 can be explored`)
  if (tunnels.length === 0) lines.push('it opens no tunnel')
  for (const { from, sessions } of tunnels) {
    const foreign = sessions.find(({ call }) => (call === 'incoming') !== (roles.get(from) === 'LAC'))
    if (foreign === undefined) continue
    lines.push(`${foreign.call} calls in a tunnel that ${from} dials: only calls that the dialling side places can be explored`)
  }
  return lines
}

const idealDirection = (direction: LinkDirection): LinkDirection => ({
  ...direction,
  latency: 0,
  reordering: true,
  bandwidth: Infinity,
  loss: 0,
  duplication: 0,
  corruption: 0,
  blackouts: [],
  script: [],
})

function quietTunnel(tunnel: TunnelSpec, sessions: number | undefined): TunnelSpec {
  const groups = tunnel.sessions.map((group) => ({ ...group, traffic: { ...group.traffic, rate: 0 } }))
  if (sessions === undefined) return { ...tunnel, sessions: groups }
  const [first] = groups
  if (first === undefined) return { ...tunnel, sessions: [] }
  return { ...tunnel, sessions: sessions === 0 ? [] : [{ ...first, count: sessions }] }
}

export function preparationOf(
  given: Scenario,
  options: { readonly sessions?: number | undefined; readonly seed?: string | undefined },
): Preparation {
  // A scenario may give the time that its own faults take; here others happen.
  const convergenceBound = Math.max(given.convergenceBound, convergenceBoundOf(given.endpoints))
  const scenario: Scenario = {
    ...given,
    convergenceBound,
    seed: options.seed ?? given.seed,
    faults: [],
    expect: [],
    links: given.links.map((link) => ({ ...link, forward: idealDirection(link.forward), backward: idealDirection(link.backward) })),
    tunnels: given.tunnels.map((tunnel) => quietTunnel(tunnel, options.sessions)),
  }
  const endpoints = expandEndpoints(scenario)
  const names = endpoints.map(({ name }) => name)
  const addresses = endpoints.flatMap(({ address, backupAddress }, i) =>
    [address, ...(backupAddress === undefined ? [] : [backupAddress])].map((ip) => [ip, i] as const),
  )
  const intervals = endpoints.map(({ l2tp }) => l2tp.helloInterval).filter((interval) => interval > 0)
  const counts = expandTunnels(scenario).map((tunnel) => tunnel.sessions.reduce((sum, { count }) => sum + count, 0))
  const alike = names.length === 2 && counts.length === 1 && scenario.tunnels.every((tunnel) => tunnel.sessions.length <= 1)
  return {
    scenario,
    names,
    scenarios: names.map((name) => ({ ...scenario, tunnels: scenario.tunnels.filter(({ from }) => from === name) })),
    byIp: new Map(addresses),
    seed: scenario.seed,
    symmetry: alike ? symmetryOf(counts[0] ?? 0) : noSymmetry,
    convergenceBound,
    longestDelay: Math.min(LONGEST_DELAY, ...intervals.map((interval) => interval / 2)),
  }
}
