// Rules about faults and expectations: one trigger each, targets that exist and can suffer the fault, metrics that are measured.

import { type Linked, tunnelsAt } from './check-topology.ts'
import { pairs, specOf } from './expand.ts'
import { nearest } from './frame.ts'
import { type Judged, isAddress, lookUp, lookUpOne, roleOf } from './judged.ts'
import { listed, quote } from './mistake.ts'
import type { Path } from './path.ts'
import type { Expectation, FaultSpec, FaultTrigger } from './schema.ts'

export function checkFaults(judged: Judged, linked: Linked): void {
  judged.scenario.faults.forEach((fault, i) => {
    const path: Path = ['faults', i]
    checkEither(judged, fault, { path, names: ['at', 'when'], what: 'the fault' })
    if (fault.when !== undefined) checkTrigger(judged, fault.when, { path: [...path, 'when'], fault })
    if (fault.kind === 'cut') checkCut(judged, fault.link, { path: [...path, 'link'], linked })
    else checkTarget(judged, fault, path)
  })
}

interface Either {
  readonly path: Path
  readonly names: readonly [string, string]
  readonly what: string
}

/** Exactly one of two fields must be there. */
function checkEither({ report }: Judged, of: object, { path, names, what }: Either): void {
  const [first, second] = names.map((name) => Reflect.get(of, name) !== undefined)
  if (first !== second) return
  const has = first === true ? `both \`${names[0]}\` and` : `neither \`${names[0]}\` nor`
  report(path, `${what} has ${has} \`${names[1]}\``, { expected: 'one of them', about: names.map((name) => [...path, name]) })
}

interface Of {
  readonly path: Path
  readonly fault: FaultSpec
}

function checkTrigger(judged: Judged, when: FaultTrigger, { path, fault }: Of): void {
  lookUpOne(judged, when.endpoint, [...path, 'endpoint'])
  checkEither(judged, when, { path, names: ['sends', 'receives'], what: '`when`' })
  if (when.after !== undefined) checkAfter(judged, when.after, { path: [...path, 'after'], fault })
}

function checkAfter(judged: Judged, after: string | number, { path, fault }: Of): void {
  const { scenario, report, lost } = judged
  const { faults } = scenario
  if (lost.has('faults')) return
  if (typeof after === 'number') {
    if (after >= faults.length) report(path, `there is no fault ${after}`, { expected: `0 to ${faults.length - 1}` })
    else if (faults[after] === fault) report(path, 'a fault cannot wait for itself')
    return
  }
  const names = faults.flatMap(({ name }) => name ?? [])
  if (after === fault.name) report(path, 'a fault cannot wait for itself')
  else if (!names.includes(after)) {
    report(path, `${quote(after)} is not the name of a fault`, { expected: listed(names), suggestion: nearest(after, names) })
  }
}

function checkTarget(judged: Judged, fault: Exclude<FaultSpec, { kind: 'cut' }>, path: Path): void {
  switch (fault.kind) {
    case 'inject':
      for (const end of ['from', 'to'] as const) if (!isAddress(fault[end])) lookUpOne(judged, fault[end], [...path, end])
      return
    case 'attack':
      lookUpOne(judged, fault.as, [...path, 'as'])
      lookUp(judged, fault.endpoint, [...path, 'endpoint'])
      return
    default: {
      const found = lookUp(judged, fault.endpoint, [...path, 'endpoint'])
      if (found !== undefined) checkVictim(judged, fault, { path, instance: found[0]! })
    }
  }
}

interface CutAt {
  readonly path: Path
  readonly linked: Linked
}

function checkCut(judged: Judged, link: string | readonly [string, string], { path, linked }: CutAt): void {
  const { scenario, report, lost } = judged
  if (typeof link === 'string') {
    const names = scenario.links.flatMap(({ name }) => name ?? [])
    if (names.includes(link) || lost.has('links')) return
    report(path, `${quote(link)} is not the name of a link`, { expected: listed(names), suggestion: nearest(link, names) })
    return
  }
  const ends = link.map((name, i) => lookUp(judged, name, [...path, i]))
  if (ends.includes(undefined) || linked === undefined) return
  if (!pairs(scenario, { ends: link, pairing: 'every' }).some(([a, b]) => linked.has(`${a} ${b}`))) {
    report(path, `${quote(link[0])} and ${quote(link[1])} have no link`)
  }
}

interface Victim {
  readonly path: Path
  readonly instance: string
}

type EndpointFault = Extract<FaultSpec, { readonly endpoint: string }>

function checkVictim(judged: Judged, fault: EndpointFault, { path, instance }: Victim): void {
  const { scenario, report } = judged
  if (fault.kind === 'switchover' && specOf(scenario, instance)?.backup.mode === 'none') {
    report([...path, 'endpoint'], `${quote(fault.endpoint)} has no backup to switch over to`, {
      expected: '`backup.mode` of the endpoint other than `none`',
      about: [['endpoints', fault.endpoint, 'backup', 'mode']],
    })
  }
  const placedBy = roleOf(judged, instance)
  if (fault.kind === 'call' && placedBy !== undefined && (fault.call === 'incoming') !== (placedBy === 'LAC')) {
    const right = fault.call === 'incoming' ? 'LAC, not by the LNS' : 'LNS, not by the LAC'
    report([...path, 'call'], `an ${fault.call} call is placed by the ${right} (RFC 2661 5.2)`)
  }
  if (fault.kind === 'mispair-session') {
    checkEither(
      judged,
      fault,
      { path, names: ['peerOf', 'peerSessionId'], what: 'the fault' },
    )
  }
  if ('tunnel' in fault) checkNumbers(judged, fault, { path, instance })
}

type TunnelFault = Extract<FaultSpec, { readonly tunnel: number }>

/** Numbers of tunnels and sessions, where nothing but the scenario's own lists opens any. */
function checkNumbers(judged: Judged, fault: TunnelFault, { path, instance }: Victim): void {
  const { scenario, report, lost } = judged
  const tunnels = tunnelsAt(judged, instance)
  if (lost.has('tunnels') || tunnels.some(({ redial }) => redial !== 'never')) return
  const tunnel = tunnels[fault.tunnel - 1]
  if (tunnel === undefined) {
    report([...path, 'tunnel'], `${quote(instance)} has no tunnel ${fault.tunnel}`, {
      expected: tunnels.length === 0 ? 'an entry in `tunnels`' : `1 to ${tunnels.length}`,
      about: [['tunnels']],
    })
    return
  }
  if (fault.kind === 'mispair-session' && tunnel.version === 2 && (fault.peerSessionId ?? 0) > 0xffff) {
    report([...path, 'peerSessionId'], 'a Session ID of L2TPv2 has 16 bits (RFC 2661 3.1)', { expected: 'at most 65535' })
  }
  const calls = tunnel.sessions.reduce((sum, group) => sum + group.count, 0)
  if (scenario.faults.some(({ kind }) => kind === 'call') || tunnel.sessions.some(({ recall }) => recall !== 'never')) return
  for (const { number, at } of sessionNumbers(fault)) {
    if (number <= calls) continue
    const expected = calls === 0 ? '`sessions` in the tunnel' : `1 to ${calls}`
    report([...path, ...at], `the tunnel has no session ${number}`, { expected, about: [['tunnels']] })
  }
}

interface SessionNumber {
  readonly number: number
  readonly at: Path
}

function sessionNumbers(fault: TunnelFault): readonly SessionNumber[] {
  switch (fault.kind) {
    case 'hang-up':
      return fault.session === 'all' ? [] : [{ number: fault.session, at: ['session'] }]
    case 'forget-sessions':
      return fault.sessions === 'all' ? [] : fault.sessions.map((number, i) => ({ number, at: ['sessions', i] }))
    case 'mispair-session':
      return [
        { number: fault.session, at: ['session'] },
        { number: fault.peerOf ?? 0, at: ['peerOf'] },
      ]
    default:
      return []
  }
}

export function checkExpectations(judged: Judged): void {
  judged.scenario.expect.forEach((expectation, i) => {
    checkMetric(judged, expectation.metric, ['expect', i, 'metric'])
    checkComparison(judged, expectation, ['expect', i])
  })
}

function checkMetric({ knownMetrics, report }: Judged, metric: string, path: Path): void {
  if (knownMetrics === undefined || knownMetrics.includes(metric)) return
  report(path, `${quote(metric)} is not a metric`, { expected: listed(knownMetrics), suggestion: nearest(metric, knownMetrics) })
}

function checkComparison({ report }: Judged, { equals, atLeast, atMost, between }: Expectation, path: Path): void {
  const forms = [equals, between, atLeast ?? atMost].filter((form) => form !== undefined)
  const about = ['equals', 'between', 'atLeast', 'atMost'].map((name) => [...path, name])
  if (forms.length !== 1) {
    report(path, forms.length === 0 ? 'the expectation compares with nothing' : 'the expectation has more than one comparison', {
      expected: 'one of `equals`, `between`, `atLeast` and `atMost`; or the last two together',
      about,
    })
  }
  const [low, high] = between ?? [atLeast ?? -Infinity, atMost ?? Infinity]
  if (low > high) report(path, 'no value lies in this range: its first end is above the second', { about })
}
