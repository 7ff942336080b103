// Rules about links and the tunnels over them: ends that exist, one link for a pair, a link below every tunnel, LAC and LNS.

import { type ExpandedTunnel, expandTunnels, members, pairs, pickOf, speaks, specOf } from './expand.ts'
import { LONGEST } from './field.ts'
import { type Judged, lookUp, roleOf } from './judged.ts'
import { listed, quote } from './mistake.ts'
import type { Path } from './path.ts'
import type { Latency, LinkDirection, LinkScenario, SessionGroup, TunnelSpec } from './schema.ts'

/** Links, and tunnels, in all. */
const MOST_PAIRS = 2_000_000

/** Pairs `a b` of instances that have a link, both ways round; undefined when not all are known. */
export type Linked = ReadonlySet<string> | undefined

export function checkTopology(judged: Judged): Linked {
  const { links, tunnels, faults } = judged.scenario
  const linked = new Set<string>()
  const counted = links.map((link, i) => checkLink(judged, link, { path: ['links', i], linked }))
  const known = counted.every(Boolean) && !judged.lost.has('links') ? linked : undefined
  tunnels.forEach((tunnel, i) => {
    const path = ['tunnels', i]
    checkTunnel(judged, tunnel, { path, linked: known })
    tunnel.sessions.forEach((group, k) => checkSessions(judged, group, [...path, 'sessions', k]))
  })
  checkUniqueNames(judged, links, 'links')
  checkUniqueNames(judged, tunnels, 'tunnels')
  checkUniqueNames(judged, faults, 'faults')
  return known
}

/** `false` when the pairs that it is meant for cannot be told. */
function checkLink(judged: Judged, link: LinkScenario, { path, linked }: { path: Path; linked: Set<string> }): boolean {
  checkDirection(judged, link, [...path, 'forward'])
  checkDirection(judged, link, [...path, 'backward'])
  const { between, pairing } = link
  const [first, second] = between.map((name, end) => lookUp(judged, name, [...path, 'between', end]))
  if (first === undefined || second === undefined) return false
  if (tooManyPairs(judged, first.length * second.length, [...path, 'between'])) return false
  const all = pairs(judged.scenario, { ends: between, pairing })
  const self = all.find(([a, b]) => a === b)
  if (self !== undefined) judged.report([...path, 'between'], `${quote(self[0])} cannot be linked with itself`)
  const twice = all.find(([a, b]) => a !== b && linked.has(`${a} ${b}`))
  if (twice !== undefined) judged.report([...path, 'between'], `${quote(twice[0])} and ${quote(twice[1])} have a link already`)
  for (const [a, b] of all) linked.add(`${a} ${b}`).add(`${b} ${a}`)
  return self === undefined
}

function tooManyPairs({ report }: Judged, count: number, path: Path): boolean {
  if (count <= MOST_PAIRS) return false
  report(path, `${count} pairs are too many`, { expected: `at most ${MOST_PAIRS}` })
  return true
}

function checkDirection(judged: Judged, link: LinkScenario, path: Path): void {
  const direction: LinkDirection = path.at(-1) === 'forward' ? link.forward : link.backward
  checkLatency(judged, direction.latency, [...path, 'latency'])
  direction.blackouts.forEach(({ start, end }, i) => {
    if (end <= start) judged.report([...path, 'blackouts', i, 'end'], 'a blackout must end after it starts')
  })
  direction.script.forEach((step, i) => {
    const { from } = pickOf(step)
    const ends = link.between.flatMap((name) => [name, ...members(judged.scenario, name)])
    if (from === undefined || ends.includes(from) || link.between.some((name) => judged.lostEndpoints.has(name))) return
    const [kind = ''] = Object.keys(step)
    judged.report(
      [...path, 'script', i, kind, 'from'],
      `${quote(from)} is not an end of this link`,
      { expected: listed(link.between) },
    )
  })
}

function checkLatency({ report }: Judged, latency: Latency, path: Path): void {
  if (typeof latency === 'number') return
  if ('uniform' in latency && latency.uniform[0] > latency.uniform[1]) {
    report([...path, 'uniform'], 'the first duration must not exceed the second')
  }
  if ('quantiles' in latency && latency.quantiles.some((value, i) => i > 0 && value < latency.quantiles[i - 1]!)) {
    report([...path, 'quantiles'], 'quantiles must ascend')
  }
}

interface TunnelEntry {
  readonly path: Path
  readonly linked: Linked
}

function checkTunnel(judged: Judged, tunnel: TunnelSpec, { path, linked }: TunnelEntry): void {
  const { scenario, report } = judged
  const { from, to, pairing } = tunnel
  const diallers = lookUp(judged, from, [...path, 'from'])
  const answerers = lookUp(judged, to, [...path, 'to'])
  if (diallers === undefined || answerers === undefined) return
  const role = roleOf(judged, diallers[0]!)
  if (role !== undefined && role === roleOf(judged, answerers[0]!)) {
    report(
      [...path, 'to'],
      `${quote(from)} and ${quote(to)} are both ${role}; a tunnel runs between a LAC and an LNS (RFC 2661 1.2)`,
    )
    return
  }
  checkTunnelSize(judged, tunnel, path)
  checkVersion(judged, tunnel, path)
  checkTies(judged, tunnel, path)
  if (tooManyPairs(judged, diallers.length * answerers.length * tunnel.count, [...path, 'to']) || linked === undefined) return
  const apart = pairs(scenario, { ends: [from, to], pairing }).find(([a, b]) => !linked.has(`${a} ${b}`))
  if (apart === undefined) return
  report(
    [...path, 'to'],
    `${quote(apart[0])} and ${quote(apart[1])} have no link`,
    { expected: 'an entry in `links` for every pair' },
  )
}

/** RFC 3931 4.7.3: there must be something to find out. */
function checkDetection({ scenario, report }: Judged, { from, transport }: TunnelSpec, path: Path): void {
  const spoken = specOf(scenario, from)?.l2tp.version ?? 'both'
  const why = transport === 'ip' ? 'over IP there is nothing to fall back to (RFC 3931 4.7.1)' : `${quote(from)} speaks one version alone`
  if (transport === 'udp' && spoken === 'both') return
  report([...path, 'version'], `nothing is to be detected: ${why}`, {
    expected: '`l2tp.version: both` at who asks, over UDP',
    about: [['endpoints', from, 'l2tp', 'version'], [...path, 'transport']],
  })
}

/** RFC 3931 4.1, 4.7.2: who asks must speak the version, IP carries L2TPv3 only, and without a version there must be one in common. */
function checkVersion(judged: Judged, tunnel: TunnelSpec, path: Path): void {
  const { scenario, report } = judged
  const { from, to, version, transport } = tunnel
  const ends = [from, to].map((name) => ({ name, spec: specOf(scenario, name) }))
  const about = [...ends.map(({ name }) => ['endpoints', name, 'l2tp', 'version']), [...path, 'version'], [...path, 'transport']]
  const silent = (wanted: 2 | 3) => ends.find(({ spec }) => spec !== undefined && !speaks(spec, wanted))
  const [dialler] = ends
  if (version === 'detect') {
    checkDetection(judged, tunnel, path)
  } else if (version !== undefined && dialler?.spec !== undefined && !speaks(dialler.spec, version)) {
    report([...path, 'version'], `${quote(from)} does not speak version ${String(version)}`, {
      expected: `\`l2tp.version\` ${String(version)} or \`both\` at ${quote(from)}`,
      about,
    })
  } else if (transport === 'ip') {
    const deaf = version === 2 ? undefined : silent(3)
    if (version !== 2 && deaf === undefined) return
    const why = deaf === undefined ? 'this is version 2' : `${quote(deaf.name)} does not speak it`
    report([...path, 'transport'], `directly over IP there is L2TPv3 only, and ${why} (RFC 3931 4.1)`, { about })
  } else if (version === undefined && silent(2) !== undefined && silent(3) !== undefined) {
    report([...path, 'to'], `${quote(from)} and ${quote(to)} speak no common version`, {
      expected: 'a common `l2tp.version`, or `version` to see what becomes of it',
      about,
    })
  }
}

/** Requests compete for a circuit only where both ends can name it: in L2TPv3. */
function checkTies({ scenario, report }: Judged, { from, to, version, sessions }: TunnelSpec, path: Path): void {
  const ends = [from, to].map((end) => specOf(scenario, members(scenario, end)[0] ?? ''))
  const has3 = version !== 2 && ends.every((spec) => spec === undefined || speaks(spec, 3))
  sessions.forEach(({ tied }, k) => {
    if (tied && !has3) report([...path, 'sessions', k, 'tied'], '`tied` calls need a tunnel of L2TPv3 (RFC 3931 5.4.4)')
  })
}

function checkTunnelSize({ scenario, report }: Judged, { from, to, count, sessions, at, spacing }: TunnelSpec, path: Path): void {
  const calls = sessions.reduce((sum, group) => sum + group.count, 0)
  for (const end of [from, to]) {
    const limits = specOf(scenario, members(scenario, end)[0] ?? '')?.l2tp
    if (limits === undefined) continue
    const { maxSessionsPerTunnel, maxTunnels } = limits
    if (calls > maxSessionsPerTunnel) {
      report(
        [...path, 'sessions'],
        `${calls} calls in a tunnel are more than the ${maxSessionsPerTunnel} that ${quote(end)} takes`,
      )
    }
    if (count > maxTunnels) {
      report(
        [...path, 'count'],
        `${count} tunnels are more than the ${maxTunnels} that ${quote(end)} takes`,
      )
    }
  }
  if (at + spacing * (count - 1) > LONGEST) {
    report(
      [...path, 'spacing'],
      'the last tunnel would come after the longest run there is',
    )
  }
}

function checkSessions({ report }: Judged, { at, spacing, count, traffic }: SessionGroup, path: Path): void {
  if (traffic.end <= traffic.start) {
    report([...path, 'traffic', 'end'], 'traffic must end after it starts', { about: [[...path, 'traffic', 'start']] })
  }
  if (at + spacing * (count - 1) > LONGEST) {
    report(
      [...path, 'spacing'],
      'the last call would come after the longest run there is',
    )
  }
}

type Named = readonly { readonly name?: string | undefined }[]

function checkUniqueNames({ report }: Judged, entries: Named, list: string): void {
  const seen = new Set<string>()
  entries.forEach(({ name }, i) => {
    if (name === undefined) return
    if (seen.has(name)) report([list, i, 'name'], `${quote(name)} is the name of two entries of \`${list}\``)
    seen.add(name)
  })
}

/** Tunnels that the scenario opens at an endpoint, in order of opening. */
export function tunnelsAt({ scenario }: Judged, instance: string): readonly ExpandedTunnel[] {
  const own = expandTunnels(scenario).filter(({ from, to }) => from === instance || to === instance)
  return own.sort((a, b) => a.at - b.at)
}
