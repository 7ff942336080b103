// From entries to instances: a template of `count: 1000` becomes a thousand endpoints, and links, tunnels and faults that name it
// stand for each of them. The world is built from these lists; their order is that of the scenario.

import { address, type Address } from '../base/datagram.ts'
import { fromHex } from '../base/bytes.ts'
import type { Nanos } from '../base/time.ts'
import type { LcceConfig } from '../l2tp/config.ts'
import type { Version } from '../l2tp/wire/avps.ts'
import { addressNumber, addressText } from './addresses.ts'
import { lcceConfig } from './lcce-config.ts'
import type { EndpointSpec, FaultSpec, FaultTrigger, LinkDirection, Scenario, TunnelSpec } from './schema.ts'

type Kept = 'role' | 'udpPort' | 'sourcePort' | 'processor' | 'backup' | 'restart' | 'dataPlane'

export interface ExpandedEndpoint extends Pick<EndpointSpec, Kept> {
  /** The entry's name, with a number from 1 when the entry is a template. */
  readonly name: string
  /** Name of the entry in the scenario. */
  readonly entry: string
  /** IPv4. */
  readonly address: string
  /** IPv4 of the backup in mode `own-address`, else undefined. */
  readonly backupAddress: string | undefined
  /** Host Name and Router ID filled in; `allowedRecoveryEndpoints` as addresses. */
  readonly l2tp: LcceConfig
  /** Of whoever takes over or comes back: `l2tp` itself unless something differs. */
  readonly successor: LcceConfig
}

export interface ExpandedLink {
  /** `a-b` of the two instances. */
  readonly name: string
  /** Index of the entry in the scenario. */
  readonly entry: number
  readonly ends: readonly [string, string]
  /** From the first end to the second, with the interventions for packets of that sender only. */
  readonly forward: LinkDirection
  readonly backward: LinkDirection
}

export interface ExpandedTunnel extends Pick<TunnelSpec, 'transport' | 'redial' | 'sessions'> {
  /** Index of the entry in the scenario. */
  readonly entry: number
  readonly from: string
  readonly to: string
  readonly at: Nanos
  readonly version: Version | 'detect'
  /** 0 if the end that asks does not know it. */
  readonly peerRouterId: number
}

export interface ExpandedFault {
  /** The fault, whose place in the scenario is its place in the list. */
  readonly spec: FaultSpec
  /** Instances of `endpoint`; none for faults without one. */
  readonly endpoints: readonly string[]
  /** For `cut`: sender and receiver of each direction that is cut. */
  readonly directions: readonly (readonly [string, string])[]
  /** `when` with `after` as the place of the other fault. */
  readonly when: ExpandedTrigger | undefined
  /** For `inject`. */
  readonly datagram: { readonly from: Address; readonly to: Address; readonly bytes: Uint8Array } | undefined
}

export interface ExpandedTrigger extends Pick<FaultTrigger, 'endpoint' | 'tunnel' | 'nth'> {
  readonly action: 'sends' | 'receives'
  readonly message: NonNullable<FaultTrigger['sends']>
  readonly after: number | undefined
}

/** A scenario as lists of instances. */
export interface Expansion {
  readonly endpoints: readonly ExpandedEndpoint[]
  readonly links: readonly ExpandedLink[]
  readonly tunnels: readonly ExpandedTunnel[]
  readonly faults: readonly ExpandedFault[]
}

/** `scenario` must have passed its checks. */
export function expand(scenario: Scenario): Expansion {
  return {
    endpoints: expandEndpoints(scenario),
    links: expandLinks(scenario),
    tunnels: expandTunnels(scenario),
    faults: expandFaults(scenario),
  }
}

/** Names of the instances of one entry. */
export function instanceNames(entry: string, count: number): readonly string[] {
  return count === 1 ? [entry] : Array.from({ length: count }, (_, i) => entry + String(i + 1))
}

/** Names of the instances that `name`, of an entry or of an instance, stands for; none when it stands for nothing. */
export function members(scenario: Pick<Scenario, 'endpoints'>, name: string): readonly string[] {
  const spec = Object.hasOwn(scenario.endpoints, name) ? scenario.endpoints[name] : undefined
  if (spec !== undefined) return instanceNames(name, spec.count)
  return entryOf(scenario, name) === undefined ? [] : [name]
}

interface Origin {
  readonly entry: string
  /** Place among the instances of the entry, from 0. */
  readonly index: number
}

/** Where an instance comes from; undefined for what is none. */
export function entryOf(scenario: Pick<Scenario, 'endpoints'>, instance: string): Origin | undefined {
  const own = Object.hasOwn(scenario.endpoints, instance) ? scenario.endpoints[instance] : undefined
  if (own?.count === 1) return { entry: instance, index: 0 }
  for (let end = instance.length - 1; end > 0 && /[0-9]/.test(instance[end] ?? ''); end--) {
    const entry = instance.slice(0, end)
    const index = Number(instance.slice(end)) - 1
    const spec = Object.hasOwn(scenario.endpoints, entry) ? scenario.endpoints[entry] : undefined
    if (spec !== undefined && instance[end] !== '0' && spec.count > 1 && index < spec.count) return { entry, index }
  }
  return undefined
}

export function expandEndpoints(scenario: Scenario): readonly ExpandedEndpoint[] {
  return Object.entries(scenario.endpoints).flatMap(([entry, spec]) => {
    const allowed = spec.l2tp.failover.allowedRecoveryEndpoints?.flatMap((name) => addressesOf(scenario, name))
    return instanceNames(entry, spec.count).map((name, i) => expandEndpoint({ name, entry, i }, spec, allowed))
  })
}

/** Undefined where nothing is said. */
type Addresses = readonly string[] | undefined

interface Instance {
  readonly name: string
  readonly entry: string
  readonly i: number
}

function expandEndpoint({ name, entry, i }: Instance, spec: EndpointSpec, allowed: Addresses): ExpandedEndpoint {
  const { role, udpPort, sourcePort, processor, backup, restart, dataPlane } = spec
  const identity = { hostName: name, routerId: routerIdOf(spec, i) }
  const l2tp = lcceConfig(spec, allowed, identity)
  return {
    name,
    entry,
    role,
    address: plus(spec.address, i),
    backupAddress: backup.mode === 'own-address' && backup.address !== undefined ? plus(backup.address, i) : undefined,
    udpPort,
    sourcePort,
    l2tp,
    successor: isSucceededBySame(spec) ? l2tp : lcceConfig(successorSpec(spec), allowed, identity),
    processor,
    backup,
    restart,
    dataPlane,
  }
}

const isSucceededBySame = ({ successor }: EndpointSpec): boolean => Object.values(successor).every((value) => value === undefined)

function successorSpec(spec: EndpointSpec): EndpointSpec {
  const { l2tp } = spec
  const { secret = l2tp.secret, hostName = l2tp.hostName, routerId = l2tp.v3.routerId } = spec.successor
  return { ...spec, l2tp: { ...l2tp, secret, hostName, v3: { ...l2tp.v3, routerId } } }
}

function plus(text: string, i: number): string {
  return i === 0 ? text : addressText(addressNumber(text) + i)
}

/** The address itself, or the addresses of the endpoints of that name and of their backups. */
function addressesOf(scenario: Scenario, nameOrAddress: string): readonly string[] {
  const names = members(scenario, nameOrAddress)
  return names.length === 0 ? [nameOrAddress] : names.flatMap((name) => instanceAddresses(scenario, name))
}

function instanceAddresses(scenario: Scenario, name: string): readonly string[] {
  const found = entryOf(scenario, name)
  const spec = found === undefined ? undefined : scenario.endpoints[found.entry]
  if (found === undefined || spec === undefined) return []
  const { mode, address: backupAddress } = spec.backup
  const own = plus(spec.address, found.index)
  return mode === 'own-address' && backupAddress !== undefined ? [own, plus(backupAddress, found.index)] : [own]
}

/** Pairs of instances that an entry between two names stands for. */
export function pairs(scenario: Pick<Scenario, 'endpoints'>, entry: PairEntry): readonly (readonly [string, string])[] {
  const [first, second] = [members(scenario, entry.ends[0]), members(scenario, entry.ends[1])]
  if (entry.pairing === 'every') return first.flatMap((a) => second.map((b) => [a, b] as const))
  if (first.length === 0 || second.length === 0) return []
  const length = Math.max(first.length, second.length)
  return Array.from({ length }, (_, i) => [first[i % first.length]!, second[i % second.length]!] as const)
}

interface PairEntry {
  readonly ends: readonly [string, string]
  readonly pairing: 'every' | 'matched'
}

function expandLinks(scenario: Scenario): readonly ExpandedLink[] {
  return scenario.links.flatMap((link, entry) => {
    const { forward, backward, between, pairing } = link
    const there = heeding(scenario, forward)
    const back = heeding(scenario, backward)
    return pairs(scenario, { ends: between, pairing }).map((ends) => ({
      name: `${ends[0]}-${ends[1]}`,
      entry,
      ends,
      forward: there(ends[0]),
      backward: back(ends[1]),
    }))
  })
}

/** `direction` with those interventions only that concern packets of a sender; senders with the same ones share the object. */
function heeding(scenario: Scenario, direction: LinkDirection): (sender: string) => LinkDirection {
  if (direction.script.every((step) => pickOf(step).from === undefined)) return () => direction
  const senders = direction.script.map((step) => new Set(members(scenario, pickOf(step).from ?? '')))
  const known = new Map<string, LinkDirection>()
  return (sender) => {
    const concerns = direction.script.map((step, i) => pickOf(step).from === undefined || senders[i]?.has(sender) === true)
    const key = concerns.join()
    let heeded = known.get(key)
    if (heeded === undefined) {
      heeded = { ...direction, script: direction.script.filter((_, i) => concerns[i] === true) }
      known.set(key, heeded)
    }
    return heeded
  }
}

/** What an intervention says about the packets it is for. */
export function pickOf(step: LinkDirection['script'][number]): { readonly from?: string | undefined } {
  if ('drop' in step) return step.drop
  if ('delay' in step) return step.delay
  return 'duplicate' in step ? step.duplicate : step.corrupt
}

export function expandTunnels(scenario: Scenario): readonly ExpandedTunnel[] {
  return scenario.tunnels.flatMap((tunnel, entry) => {
    const { from, to, pairing, at, count, spacing, transport, redial, sessions } = tunnel
    const ends = pairs(scenario, { ends: [from, to], pairing })
    const version = versionOf(scenario, tunnel)
    return Array.from({ length: ends.length * count }, (_, k) => {
      const [dialler, answerer] = ends[Math.floor(k / count)]!
      const peerRouterId = routerIdMeant(scenario, tunnel, answerer)
      return { entry, from: dialler, to: answerer, at: at + k * spacing, version, peerRouterId, transport, redial, sessions }
    })
  })
}

/** Whether an endpoint or template speaks a version. */
export const speaks = ({ l2tp: { version } }: EndpointSpec, spoken: Version): boolean => version === 'both' || version === spoken

/** The version in which a tunnel is asked for: the one it names, else the highest that both ends speak. */
function versionOf(scenario: Pick<Scenario, 'endpoints'>, { version, from, to }: TunnelSpec): Version | 'detect' {
  if (version !== undefined) return version
  const ends = [from, to].map((name) => specOf(scenario, name))
  return ends.every((spec) => spec !== undefined && speaks(spec, 3)) ? 3 : 2
}

/** The Router ID that the end that asks expects of one instance; 0 for none. */
function routerIdMeant(scenario: Pick<Scenario, 'endpoints'>, { peerRouterId }: TunnelSpec, answerer: string): number {
  if (peerRouterId === 'unknown') return 0
  const origin = entryOf(scenario, answerer)
  const spec = scenario.endpoints[origin?.entry ?? '']
  if (peerRouterId !== 'known' || origin === undefined || spec === undefined) return Number(peerRouterId)
  return routerIdOf(spec, origin.index)
}

/** The one it was given, else the number that its address is. */
const routerIdOf = ({ address: first, l2tp }: EndpointSpec, index: number): number => l2tp.v3.routerId ?? addressNumber(first) + index

/** The entry that an endpoint or instance comes from. */
export function specOf(scenario: Pick<Scenario, 'endpoints'>, name: string): EndpointSpec | undefined {
  return scenario.endpoints[Object.hasOwn(scenario.endpoints, name) ? name : (entryOf(scenario, name)?.entry ?? '')]
}

function expandFaults(scenario: Scenario): readonly ExpandedFault[] {
  const hasCut = scenario.faults.some(({ kind }) => kind === 'cut')
  const linked = hasCut ? scenario.links.map(({ between, pairing }) => pairs(scenario, { ends: between, pairing })) : []
  const names = new Set(linked.flat().map(([a, b]) => `${a} ${b}`))
  return scenario.faults.map((spec) => ({
    spec,
    endpoints: 'endpoint' in spec ? members(scenario, spec.endpoint) : [],
    directions: spec.kind === 'cut' ? cutDirections(scenario, spec, { linked, names }) : [],
    when: spec.when === undefined ? undefined : expandTrigger(scenario, spec.when),
    datagram: spec.kind === 'inject' ? injected(scenario, spec) : undefined,
  }))
}

type Cut = Extract<FaultSpec, { kind: 'cut' }>

type Pairs = readonly (readonly [string, string])[]

interface LinkedPairs {
  /** Of each entry of `links`. */
  readonly linked: readonly Pairs[]
  /** `a b` of all. */
  readonly names: ReadonlySet<string>
}

function cutDirections(scenario: Scenario, { link, direction }: Cut, links: LinkedPairs): Pairs {
  return cutPairs(scenario, link, links).flatMap(([a, b]) => {
    const forward = direction === 'backward' ? [] : [[a, b] as const]
    return direction === 'forward' ? forward : [...forward, [b, a] as const]
  })
}

/** Pairs of instances, in the order in which the fault names them, that have a link. */
function cutPairs(scenario: Scenario, link: Cut['link'], { linked, names }: LinkedPairs): Pairs {
  if (typeof link === 'string') return linked[scenario.links.findIndex(({ name }) => name === link)] ?? []
  return pairs(scenario, { ends: link, pairing: 'every' }).filter(([a, b]) => names.has(`${a} ${b}`) || names.has(`${b} ${a}`))
}

function expandTrigger(scenario: Scenario, { endpoint, sends, receives, tunnel, nth, after }: FaultTrigger): ExpandedTrigger {
  return {
    endpoint,
    tunnel,
    nth,
    action: sends === undefined ? 'receives' : 'sends',
    message: sends ?? receives ?? 'any',
    after: typeof after === 'string' ? scenario.faults.findIndex(({ name }) => name === after) : after,
  }
}

function injected(scenario: Scenario, spec: Extract<FaultSpec, { kind: 'inject' }>): ExpandedFault['datagram'] {
  const [from = spec.from] = addressesOf(scenario, spec.from)
  const [to = spec.to] = addressesOf(scenario, spec.to)
  const [fromPort, toPort] = spec.transport === 'ip' ? [0, 0] : [spec.fromPort, spec.toPort]
  return { from: address(from, fromPort), to: address(to, toPort), bytes: fromHex(spec.hex) ?? new Uint8Array() }
}
