// Scenarios drawn from seeds, as the hunt draws them, in L2TPv3 and with both versions on one node: over UDP and IP, with cookies, digests
// and hidden AVPs, under loss, duplication, corruption and failures of either side no invariant is violated and all converges.

import { describe, expect, test } from 'vitest'
import { hunt } from '../../sim/hunt/hunt.ts'
import { drawScenario, healedAt, settled } from '../../sim/hunt/swarm.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'

const SEEDS = 60

/** The drawn scenario in L2TPv3, or with nodes that speak both; what else L2TPv3 can differ in goes with the seed. */
function spoken(scenario: Scenario, seed: number, version: 3 | 'both'): Scenario {
  const endpoints = Object.entries(scenario.endpoints).map(([name, spec]) => {
    const v3 = {
      ...spec.l2tp.v3,
      cookieOctets: ([0, 4, 8] as const)[seed % 3]!,
      digest: (['HMAC-MD5', 'HMAC-SHA-1'] as const)[seed % 2]!,
      integrity: seed % 4 === 1,
    }
    return [name, { ...spec, l2tp: { ...spec.l2tp, version, challenge: false, v3 } }]
  })
  const tunnels = scenario.tunnels.map((tunnel, i) => {
    const overIp = (seed + i) % 3 === 0
    const asked = version === 'both' && (seed + i) % 3 === 1 ? (2 as const) : undefined
    return { ...tunnel, transport: overIp ? ('ip' as const) : ('udp' as const), version: asked }
  })
  const changed = { ...scenario, tunnels, endpoints: Object.fromEntries(endpoints) as Scenario['endpoints'] }
  return settled(changed, healedAt(scenario))
}

describe.each([3, 'both'] as const)('version %s', (version) => {
  test('R4951-2-08, R4951-3.3-04, R4951-3.2.1-26: nothing that is claimed fails', { timeout: 120_000 }, () => {
    const goals = new Set<string>()
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = hunt(spoken(drawScenario(String(seed)), seed, version))
      expect([seed, outcome.findings]).toEqual([seed, []])
      for (const goal of outcome.goals) goals.add(goal)
    }
    expect([...goals]).toEqual(expect.arrayContaining(['double-failure', 'recovery-time-expired', 'recovery-time-keeps-tunnel']))
  })
})
