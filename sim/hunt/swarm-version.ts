// What a drawn scenario has of L2TPv3: in most seeds nothing. Drawn from a stream of its own, so that a seed without it is what it would
// be if there were only L2TPv2, and costs no more.

import type { EndpointSpec, Scenario, TunnelSpec } from '../scenario/schema.ts'
import { speaks } from '../scenario/expand.ts'
import { changed } from './base-parts.ts'
import type { Dice } from './dice.ts'

type L2tp = EndpointSpec['l2tp']

/** Of a hundred seeds so many are L2TPv2 alone, and so many more L2TPv3 alone; the rest have nodes that speak both. */
const VERSION_2 = 75
const VERSION_3 = 17

/** `scenario`, all L2TPv2 as yet, in the versions that the dice give it. */
export function versioned(scenario: Scenario, dice: Dice): Scenario {
  const roll = dice.int(0, 99)
  if (roll < VERSION_2) return scenario
  const draw = endpointDrawer(dice, roll < VERSION_2 + VERSION_3)
  const endpoints = Object.fromEntries(Object.entries(scenario.endpoints).map(([name, spec]) => [name, draw(spec)]))
  const [overIp, named] = [dice.on(0.4), dice.on(0.4)]
  const tunnels = scenario.tunnels.map((tunnel) => {
    const [from, to] = [endpoints[tunnel.from]!, endpoints[tunnel.to]!]
    const spoken = ([2, 3] as const).filter((version) => speaks(from, version) && speaks(to, version))
    const transport: TunnelSpec['transport'] = overIp && spoken.includes(3) && dice.chance(0.6) ? 'ip' : 'udp'
    return changed(tunnel, { transport, version: named && transport === 'udp' ? dice.pick(spoken) : undefined })
  })
  return changed(scenario, { endpoints, tunnels })
}

/** Draws what L2TPv3 adds to the settings of an endpoint; what both ends must agree on is the same for all. */
function endpointDrawer(dice: Dice, only3: boolean): (spec: EndpointSpec) => EndpointSpec {
  const digest = dice.pick(['HMAC-MD5', 'HMAC-MD5', 'HMAC-SHA-1', 'none'] as const)
  const [cookies, checked, tied] = [dice.on(0.5), dice.on(0.3), dice.on(0.3)]
  return (spec) => {
    const { l2tp, role } = spec
    const version: L2tp['version'] = only3 ? 3 : role === 'LNS' ? 'both' : dice.pick([2, 3, 'both'] as const)
    const v3 = changed(l2tp.v3, {
      digest,
      cookieOctets: cookies ? dice.pick([0, 4, 8] as const) : 0,
      integrity: checked && digest !== 'none',
      sessionTieBreaker: tied && dice.chance(0.5),
    })
    return changed(spec, { l2tp: lawful(changed(l2tp, { version, v3 })) })
  }
}

/** One seed of so many has an endpoint with another secret than the rest. */
const ESTRANGED = 25

/** In most seeds as it is, else with an endpoint that nobody can authenticate. */
export function estranged(scenario: Scenario, dice: Dice): Scenario {
  if (!dice.chance(1 / ESTRANGED)) return scenario
  const name = dice.pick(Object.keys(scenario.endpoints))
  const spec = scenario.endpoints[name]!
  const l2tp = lawful(changed(spec.l2tp, { secret: 'another', challenge: true }))
  return changed(scenario, { endpoints: { ...scenario.endpoints, [name]: changed(spec, { l2tp }) } })
}

/** Without what its version does not have (RFC 3931 4.3), or needs a digest for (5.3). */
export function lawful(l2tp: L2tp): L2tp {
  const { version, v3, challenge, hideAvps } = l2tp
  if (version === 2) return l2tp
  return changed(l2tp, { challenge: challenge && version !== 3, hideAvps: hideAvps && v3.digest !== 'none' })
}
