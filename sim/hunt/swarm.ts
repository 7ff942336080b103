// Draws complete scenarios from seeds (swarm testing): topology, settings, traffic and faults, small enough for a thousand a second. Faults
// come first; then everything is healed, and what is left of the run is long enough to demand that all has converged.

import { SECOND, type Nanos } from '../base/time.ts'
import { expandEndpoints, expandTunnels, pairs } from '../scenario/expand.ts'
import type { EndpointSpec, LinkScenario, Scenario, SessionGroup, TunnelSpec } from '../scenario/schema.ts'
import { baseParts, changed } from './base-parts.ts'
import { convergenceBoundOf } from './bound.ts'
import { Dice } from './dice.ts'
import { arenaOf, drawAttacks, drawFaults, type Arena } from './swarm-faults.ts'
import { drawRarity } from './swarm-rarities.ts'
import { drawStory } from './swarm-recoveries.ts'
import { directionDrawer, drawCommon, settingsDrawer } from './swarm-settings.ts'
import { drawIncidents, unusual } from './swarm-calls.ts'
import { estranged, versioned } from './swarm-version.ts'

/**
 * The scenario that a seed stands for. Its endpoints are `lac1`, perhaps `lac2`, `lns1`, perhaps `lns2`; it passes all checks. With
 * `everything` no knob is ever off: plain random search, for comparison.
 */
export function drawScenario(seed: string, style: 'swarm' | 'everything' = 'swarm'): Scenario {
  const dice = new Dice(seed, 'swarm', style === 'everything')
  const lacs = namesOf('lac', dice.chance(0.12) ? 2 : 1)
  const lnss = namesOf('lns', dice.chance(0.12) ? 2 : 1)
  const healed = dice.pick([1, 3, 8, 20]) * SECOND
  const endpoints = drawEndpoints(dice, lacs, lnss)
  const linked = lacs.flatMap((lac) => lnss.map((lns) => [lac, lns] as const))
  const drawn: Scenario = changed(baseParts().scenario, {
    name: `swarm ${seed}`,
    seed,
    maxEvents: EVENTS,
    endpoints,
    links: drawLinks(dice, linked, healed),
    tunnels: drawTunnels(dice, linked),
    faults: [],
  })
  const calm = estranged(versioned(drawn, new Dice(seed, 'version', style === 'everything')), new Dice(seed, 'stranger'))
  const rare = drawRarity(calm, new Dice(seed, 'rarities'))
  if (rare !== undefined) return settled(changed(rare.scenario, { faults: rare.faults }), Math.max(healed, rare.until))
  const telling = new Dice(seed, 'recoveries')
  const story = drawStory(calm, telling)
  const scenario = story?.scenario ?? calm
  const until = Math.max(healed, story?.until ?? 0)
  const arena = arenaFor(scenario, until)
  // Half of the stories are told undisturbed.
  const told = story?.faults ?? []
  const faults = told.length > 0 && telling.chance(0.5) ? told : [...told, ...drawFaults(dice, arena, told.length)]
  const attacks = drawAttacks(new Dice(seed, 'attack'), arena)
  const odd = unusual(changed(scenario, { faults: [...faults, ...attacks] }), seed)
  const incidents = drawIncidents(seed, arenaFor(odd, until), style === 'everything')
  return settled(incidents.length === 0 ? odd : changed(odd, { faults: [...odd.faults, ...incidents] }), until)
}

const namesOf = (role: string, count: number): readonly string[] => Array.from({ length: count }, (_, i) => role + String(i + 1))

/** `scenario` with time enough after `healed` to converge, and held to it. */
export function settled(scenario: Scenario, healed: Nanos): Scenario {
  const convergenceBound = convergenceBoundOf(scenario.endpoints)
  return changed(scenario, { convergenceBound, duration: healed + 2 * convergenceBound })
}

/** Events of a drawn scenario at most: a run that reaches it does not come to rest. */
const EVENTS = 200_000

/** What faults may be drawn for in a scenario. */
export function arenaFor(scenario: Scenario, healed: Nanos): Arena {
  const links = scenario.links.flatMap(({ between, pairing }) => pairs(scenario, { ends: between, pairing }).map((ends) => ({ ends })))
  return arenaOf({ endpoints: expandEndpoints(scenario), links, tunnels: expandTunnels(scenario) }, healed)
}

/** When the faults of a drawn scenario end. */
export const healedAt = ({ duration, convergenceBound }: Scenario): Nanos => Math.max(0, duration - 2 * convergenceBound)

function drawEndpoints(dice: Dice, lacs: readonly string[], lnss: readonly string[]): Scenario['endpoints'] {
  const common = drawCommon(dice)
  const draw = settingsDrawer(dice, common)
  const endpoints: Record<string, EndpointSpec> = {}
  lacs.forEach((name, i) => (endpoints[name] = draw('LAC', i + 1)))
  lnss.forEach((name, i) => (endpoints[name] = draw('LNS', i + 1)))
  return allowed(endpoints)
}

/** Backups with an address of their own are allowed to recover, by those who heed it. */
function allowed(endpoints: Record<string, EndpointSpec>): Scenario['endpoints'] {
  if (Object.values(endpoints).every(({ backup }) => backup.mode !== 'own-address')) return endpoints
  const names = Object.keys(endpoints)
  for (const name of names) {
    const spec = endpoints[name]!
    const failover = changed(spec.l2tp.failover, { allowedRecoveryEndpoints: names.filter((other) => other !== name) })
    endpoints[name] = changed(spec, { l2tp: changed(spec.l2tp, { failover }) })
  }
  return endpoints
}

type Linked = readonly (readonly [string, string])[]

function drawLinks(dice: Dice, linked: Linked, healed: Nanos): readonly LinkScenario[] {
  const draw = directionDrawer(dice, healed)
  return linked.map(([a, b]) => {
    const forward = draw()
    return { between: [a, b], pairing: 'every', forward, backward: dice.chance(0.5) ? forward : draw() }
  })
}

function drawTunnels(dice: Dice, linked: Linked): readonly TunnelSpec[] {
  const count = dice.pick([1, 1, 1, 2, 3])
  const [busy, calling, redialling] = [dice.on(0.3), dice.on(0.85), dice.on(0.2)]
  return Array.from({ length: Math.max(count, linked.length > 1 ? 2 : 1) }, (_, i) => {
    const [lac, lns] = linked[i % linked.length]!
    const [from, to] = dice.chance(0.8) ? [lac, lns] : [lns, lac]
    return changed(baseParts().tunnel, {
      from,
      to,
      at: dice.chance(0.5) ? 0 : dice.shortMs(1_000),
      sessions: calling ? drawSessions(dice, busy) : [],
      redial: redialling ? { after: dice.ms(100, 3_000), limit: dice.int(1, 3) } : 'never',
    })
  })
}

function drawSessions(dice: Dice, busy: boolean): readonly SessionGroup[] {
  return Array.from({ length: dice.pick([1, 1, 2]) }, () => {
    const { sessions } = baseParts()
    const leaving = dice.chance(0.15)
    return changed(sessions, {
      count: dice.pick([1, 1, 2, 3]),
      call: dice.chance(0.75) ? 'incoming' : 'outgoing',
      at: dice.chance(0.5) ? 0 : dice.shortMs(2_000),
      spacing: dice.chance(0.5) ? 0 : dice.shortMs(500),
      sequenced: dice.chance(0.3),
      holdTime: leaving ? dice.ms(100, 10_000) : Infinity,
      hangUpBy: dice.pick(['LAC', 'LNS']),
      recall: dice.chance(0.1) ? { after: dice.ms(100, 3_000), limit: dice.int(1, 3) } : 'never',
      traffic: busy ? changed(sessions.traffic, { rate: dice.pick([1, 4]), size: 60, end: dice.int(2, 10) * SECOND }) : sessions.traffic,
    })
  })
}

