// One step simpler: every way of taking one element out of a scenario, or of putting one of its values back to the usual. What the shrinker
// tries, the largest steps first.

import { MILLISECOND, SECOND, type Nanos } from '../base/time.ts'
import { entryOf, expandTunnels, members } from '../scenario/expand.ts'
import { isMap } from '../scenario/path.ts'
import type { EndpointSpec, FaultSpec, FaultTrigger, LinkDirection, Scenario, SessionGroup, TunnelSpec } from '../scenario/schema.ts'
import { baseParts, changed } from './base-parts.ts'
import { withoutFaults } from './faults-list.ts'

/** Lazily, so that the caller can stop at the first that serves. */
export function* simplerScenarios(scenario: Scenario): Generator<Scenario> {
  yield* withoutParts(scenario)
  yield* calmerEndpoints(scenario)
  yield* calmerLinks(scenario)
  yield* calmerTunnels(scenario)
  yield* calmerFaults(scenario)
  yield* shorter(scenario)
}

/** Fewer endpoints, tunnels, calls, faults. */
function* withoutParts(scenario: Scenario): Generator<Scenario> {
  const { faults, tunnels } = scenario
  if (faults.length > 3) {
    const half = faults.length >> 1
    yield changed(scenario, { faults: withoutFaults(faults, placesFrom(0, half)) })
    yield changed(scenario, { faults: withoutFaults(faults, placesFrom(half, faults.length)) })
  }
  for (const name of Object.keys(scenario.endpoints)) yield withoutEndpoint(scenario, name)
  for (const i of faults.keys()) yield changed(scenario, { faults: withoutFaults(faults, new Set([i])) })
  for (const i of tunnels.keys()) yield withoutTunnel(scenario, i)
  for (const [i, tunnel] of tunnels.entries()) {
    for (const k of tunnel.sessions.keys()) yield withTunnel(scenario, i, { sessions: tunnel.sessions.filter((_, other) => other !== k) })
  }
  if (scenario.expect.length > 1) for (const expectation of scenario.expect) yield changed(scenario, { expect: [expectation] })
}

const placesFrom = (from: number, to: number): ReadonlySet<number> => new Set(Array.from({ length: to - from }, (_, i) => from + i))

function withoutEndpoint(scenario: Scenario, name: string): Scenario {
  const endpoints = Object.fromEntries(Object.entries(scenario.endpoints).filter(([other]) => other !== name))
  const isGone = (instance: string): boolean => entryOf(scenario, instance)?.entry === name || instance === name
  const faults = new Set(scenario.faults.flatMap((fault, i) => (namesIn(fault).some(isGone) ? [i] : [])))
  return withoutStrangers(
    changed(scenario, {
      endpoints,
      links: scenario.links.filter(({ between }) => !between.some(isGone)),
      tunnels: scenario.tunnels.filter(({ from, to }) => !isGone(from) && !isGone(to)),
      faults: withoutFaults(scenario.faults, faults),
    }),
  )
}

function namesIn(fault: FaultSpec): readonly string[] {
  const own = 'endpoint' in fault ? [fault.endpoint] : []
  const link = fault.kind === 'cut' && typeof fault.link !== 'string' ? fault.link : []
  const ends = fault.kind === 'inject' ? [fault.from, fault.to] : []
  return [...own, ...link, ...ends, ...(fault.when === undefined ? [] : [fault.when.endpoint])]
}

/** Nobody is allowed to recover who is not there. */
function withoutStrangers(scenario: Scenario): Scenario {
  return eachEndpoint(scenario, (spec) => {
    const list = spec.l2tp.failover.allowedRecoveryEndpoints
    if (list === undefined) return spec
    const known = list.filter((name) => name.includes('.') || members(scenario, name).length > 0)
    return changed(spec, { l2tp: changed(spec.l2tp, { failover: changed(spec.l2tp.failover, { allowedRecoveryEndpoints: known }) }) })
  })
}

/** Faults that name a tunnel are about the same one still, or gone with it. */
function withoutTunnel(scenario: Scenario, place: number): Scenario {
  const rest = changed(scenario, { tunnels: scenario.tunnels.filter((_, i) => i !== place) })
  const order = (of: Scenario, at: string): readonly TunnelSpec[] =>
    expandTunnels(of)
      .filter(({ from, to }) => members(of, from).includes(at) || from === at || to === at)
      .sort((a, b) => a.at - b.at)
      .map(({ entry }) => of.tunnels[entry]!)
  const gone = new Set<number>()
  const faults = rest.faults.map((fault, i) => {
    if (!('tunnel' in fault)) return fault
    const victim = members(scenario, fault.endpoint)[0] ?? ''
    const tunnel = order(rest, victim).indexOf(order(scenario, victim)[fault.tunnel - 1]!) + 1
    if (tunnel === 0) gone.add(i)
    return tunnel === fault.tunnel || tunnel === 0 ? fault : { ...fault, tunnel }
  })
  return changed(rest, { faults: withoutFaults(faults, gone) })
}

function withTunnel(scenario: Scenario, place: number, changes: Partial<TunnelSpec>): Scenario {
  return changed(scenario, { tunnels: scenario.tunnels.map((tunnel, i) => (i === place ? changed(tunnel, changes) : tunnel)) })
}

function eachEndpoint(scenario: Scenario, change: (spec: EndpointSpec, name: string) => EndpointSpec): Scenario {
  const entries = Object.entries(scenario.endpoints).map(([name, spec]) => [name, change(spec, name)] as const)
  return changed(scenario, { endpoints: Object.fromEntries(entries) })
}

type Groups = Readonly<Record<string, unknown>>

/** Every way to put one value, or one group of values, back to `usual`. */
function* resets<T extends object>(value: T, usual: T, keep: readonly string[] = []): Generator<T> {
  const [own, base] = [value as Groups, usual as Groups]
  for (const key of Object.keys(own)) {
    if (keep.includes(key) || same(own[key], base[key])) continue
    yield changed(value, { [key]: base[key] } as Partial<T>)
    const [inner, outer] = [own[key], base[key]]
    if (isMap(inner) && isMap(outer)) for (const part of resets(inner, outer)) yield changed(value, { [key]: part } as Partial<T>)
  }
}

const same = (a: unknown, b: unknown): boolean => a === b || (JSON.stringify(a) === JSON.stringify(b) && a !== Infinity && b !== Infinity)

/** What is put back in all endpoints at once, where they agree on it, and then in each alone. */
function* calmerEndpoints(scenario: Scenario): Generator<Scenario> {
  const keep = ['role', 'address', 'count']
  const usual = ({ role }: EndpointSpec): EndpointSpec => (role === 'LAC' ? baseParts().lac : baseParts().lns)
  for (const key of ['l2tp', 'backup', 'restart', 'processor', 'dataPlane', 'udpPort', 'sourcePort'] as const) {
    const calmed = eachEndpoint(scenario, (spec) => changed(spec, { [key]: usual(spec)[key] }))
    if (!same(calmed.endpoints, scenario.endpoints)) yield calmed
  }
  for (const key of ['secret', 'challenge', 'hideAvps', 'firstNs'] as const) {
    const calmed = eachEndpoint(scenario, (spec) => changed(spec, { l2tp: changed(spec.l2tp, { [key]: usual(spec).l2tp[key] }) }))
    if (!same(calmed.endpoints, scenario.endpoints)) yield calmed
  }
  for (const [name, spec] of Object.entries(scenario.endpoints)) {
    if (spec.count > 1) yield withEndpoint(scenario, name, changed(spec, { count: spec.count >> 1 }))
    for (const calmer of resets(spec, usual(spec), keep)) yield withEndpoint(scenario, name, calmer)
  }
}

const withEndpoint = (scenario: Scenario, name: string, spec: EndpointSpec): Scenario =>
  eachEndpoint(scenario, (other, at) => (at === name ? spec : other))

function* calmerLinks(scenario: Scenario): Generator<Scenario> {
  for (const [place, link] of scenario.links.entries()) {
    for (const side of ['forward', 'backward'] as const) {
      const direction = link[side]
      const put = (calmer: LinkDirection): Scenario =>
        changed(scenario, { links: scenario.links.map((other, i) => (i === place ? changed(link, { [side]: calmer }) : other)) })
      for (const calmer of resets(direction, baseParts().direction, ['latency'])) yield put(calmer)
      if (typeof direction.latency !== 'number') yield put(changed(direction, { latency: 10 * MILLISECOND }))
      else for (const latency of rounder(direction.latency)) yield put(changed(direction, { latency }))
      for (const i of direction.script.keys()) yield put(changed(direction, { script: direction.script.filter((_, k) => k !== i) }))
    }
  }
}

function* calmerTunnels(scenario: Scenario): Generator<Scenario> {
  for (const [i, tunnel] of scenario.tunnels.entries()) {
    for (const calmer of resets(tunnel, baseParts().tunnel, ['from', 'to', 'sessions', 'name'])) yield withTunnel(scenario, i, calmer)
    for (const at of rounder(tunnel.at)) yield withTunnel(scenario, i, { at })
    for (const [k, group] of tunnel.sessions.entries()) {
      const put = (calmer: SessionGroup): Scenario =>
        withTunnel(scenario, i, { sessions: tunnel.sessions.map((other, place) => (place === k ? calmer : other)) })
      for (const count of fewer(group.count)) yield put(changed(group, { count }))
      for (const calmer of resets(group, baseParts().sessions, ['count'])) yield put(calmer)
      for (const at of rounder(group.at)) yield put(changed(group, { at }))
    }
  }
}

const fewer = (count: number): readonly number[] => [...new Set([1, count >> 1, count - 1])].filter((less) => less >= 1 && less < count)

function* calmerFaults(scenario: Scenario): Generator<Scenario> {
  const { faults } = scenario
  for (const [i, fault] of faults.entries()) {
    const put = (calmer: FaultSpec): Scenario => changed(scenario, { faults: faults.map((other, k) => (k === i ? calmer : other)) })
    if (fault.when !== undefined) for (const when of calmerTriggers(fault.when)) yield put({ ...fault, when })
    for (const delay of rounder(fault.delay)) yield put({ ...fault, delay })
    if (fault.at !== undefined) for (const at of rounder(fault.at)) yield put({ ...fault, at })
    if ('for' in fault) for (const time of rounder(fault.for)) yield put({ ...fault, for: time })
    if (fault.kind === 'crash' && fault.plane !== 'control') yield put({ ...fault, plane: 'control' })
    if (fault.kind === 'cut' && fault.direction !== 'both') yield put({ ...fault, direction: 'both' })
  }
}

function* calmerTriggers(trigger: FaultTrigger): Generator<FaultTrigger> {
  const { after, ...when } = trigger
  if (after !== undefined) yield when
  for (const nth of fewer(trigger.nth)) yield { ...trigger, nth }
  if (trigger.tunnel !== 'any') yield { ...trigger, tunnel: 'any' }
}

/** Less time, and the plainest seed. */
function* shorter(scenario: Scenario): Generator<Scenario> {
  const { duration, seed } = scenario
  for (const time of [duration / 8, duration / 2, (duration * 3) / 4, duration * 0.9]) {
    const whole = Math.ceil(time / SECOND) * SECOND
    if (whole < duration) yield changed(scenario, { duration: whole })
  }
  for (const plain of ['1', '2', '3']) if (Number(seed) > Number(plain) || !/^\d+$/.test(seed)) yield changed(scenario, { seed: plain })
}

/** Durations with fewer digits near `time`, the simplest first. */
function rounder(time: Nanos): readonly Nanos[] {
  if (!Number.isFinite(time) || time === 0) return []
  const steps = [10 * SECOND, SECOND, 100 * MILLISECOND, 10 * MILLISECOND, MILLISECOND]
  const rounded = steps.flatMap((step) => [Math.floor(time / step) * step, Math.ceil(time / step) * step])
  const digits = digitsOf(time)
  return [0, ...new Set(rounded)].filter((other, i) => (other !== 0 || i === 0) && digitsOf(other) < digits)
}

/** Decimal digits that a duration takes to write, without the zeros at its end. */
const digitsOf = (time: Nanos): number => (time === 0 ? 0 : String(time).replace(/0+$/, '').length)
