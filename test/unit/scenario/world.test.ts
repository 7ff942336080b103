// A world built of a scenario: topologies, templates by the thousand, and what is shared between runs of one scenario.

import { describe, expect, test } from 'vitest'
import { World } from '../../../sim/scenario/world.ts'
import { known, pairOf, tell, tellOf } from '../endpoint/story.ts'
import { scenarioOf } from './reading.ts'

const THOUSAND = `
duration: 20s
endpoints:
  lac: { role: LAC, count: 1000 }
  lns1: { role: LNS }
links: [{ between: [lac, lns1], latency: 10ms }]
tunnels: [{ from: lac, to: lns1, spacing: 1ms, sessions: { count: 2 } }]
`

describe('a template of a thousand LACs', () => {
  test('becomes a thousand endpoints with links and tunnels of their own; the time it takes is printed', () => {
    const begun = performance.now()
    const scenario = scenarioOf(THOUSAND)
    const read = performance.now()
    const world = new World(scenario, { seed: '1', folds: [] })
    const built = performance.now()
    console.log(`1,000 LACs: read in ${(read - begun).toFixed(0)} ms, built in ${(built - read).toFixed(0)} ms`)
    expect(world.endpoints.size).toBe(1001)
    expect(world.endpoints.get('lac1000')?.address.ip).toBe('10.1.3.232')
    for (const ip of ['10.1.0.1', '10.1.3.232']) expect(world.network.link(ip, '10.2.0.1')).toBeDefined()
    expect(world.network.link('10.1.0.1', '10.1.0.2')).toBeUndefined()
    expect(world.kernel.pending).toBe(1000)
  })

  test('they all connect, in turn, and bring their calls up', () => {
    const { result, times } = tell(THOUSAND)
    expect(times('command', { command: 'open-tunnel' })).toEqual(Array.from({ length: 1000 }, (_, i) => i * 1_000_000))
    const { tunnels, sessions } = known(result.endpoints.at(-1))
    expect([tunnels.length, sessions.length]).toEqual([1000, 2000])
    expect(new Set(tunnels.map(({ peer }) => peer)).size).toBe(1000)
    expect(result.endpoints.slice(0, -1).every((lac) => lac.tunnels.length === 1 && lac.sessions.length === 2)).toBe(true)
  })
})

describe('topologies', () => {
  test('every pair, or the first with the first', () => {
    const ends = (pairing: string): readonly string[] => {
      const { all } = tell(`
duration: 5s
endpoints: { lac: { role: LAC, count: 4 }, lns: { role: LNS, count: 2 } }
links: [{ between: [lac, lns], pairing: ${pairing} }]
tunnels: [{ from: lac, to: lns, pairing: ${pairing} }]
`)
      return all('sent').filter(({ endpoint }) => endpoint.startsWith('lac')).map(({ endpoint, to }) => `${endpoint} ${to}`)
    }
    expect(new Set(ends('every')).size).toBe(8)
    expect(new Set(ends('matched'))).toEqual(
      new Set(['lac1 10.2.0.1:1701', 'lac2 10.2.0.2:1701', 'lac3 10.2.0.1:1701', 'lac4 10.2.0.2:1701']),
    )
  })

  test('an endpoint is LAC to one and its tunnels are its own: a failure of one LNS is no other’s business', () => {
    const { all, result } = tell(`
duration: 30s
endpoints: { lac1: { role: LAC }, lns: { role: LNS, count: 2, backup: { mode: same-address } } }
links: [{ between: [lac1, lns], latency: 10ms }]
tunnels: [{ from: lac1, to: lns, sessions: { count: 2, at: 1s } }]
faults: [{ kind: crash, endpoint: lns2, at: 5s }]
`)
    expect(all('controlReset').map(({ endpoint }) => endpoint).sort()).toEqual(['lac1', 'lns2'])
    expect(all('sent', { endpoint: 'lns1' }).filter(({ at }) => at > 2e9)).toEqual([])
    expect(result.metrics).toMatchObject({ sessionsKept: 2, sessionsLost: 0, tunnelsRecovered: 1 })
  })

  test('a backup’s own address shares the links of its endpoint', () => {
    const scenario = scenarioOf(pairOf({ lns: 'backup: { mode: own-address, address: 10.3.0.9 }' }))
    const { network } = new World(scenario, { seed: '1', folds: [] })
    expect(network.link('10.1.0.1', '10.3.0.9')).toBe(network.link('10.1.0.1', '10.2.0.1'))
    expect(network.link('10.3.0.9', '10.1.0.1')).toBe(network.link('10.2.0.1', '10.1.0.1'))
  })
})

describe('several runs of one scenario', () => {
  test('share nothing that changes: each has the same trace', () => {
    const scenario = scenarioOf(pairOf({
      link: 'loss: 5%, script: [{ drop: { message: ICRQ } }]',
      sessions: '{ count: 3, at: 1s, traffic: { rate: 5/s } }',
      lns: 'backup: { mode: same-address }',
      faults: ['kind: crash, endpoint: lns1, when: { endpoint: lac1, sends: ICCN, nth: 2 }'],
    }))
    const [first, second] = [tellOf(scenario), tellOf(scenario)]
    expect(second.records).toEqual(first.records)
    expect(second.result.digest).toBe(first.result.digest)
  })

  test('side by side do not meet', () => {
    const scenario = scenarioOf(pairOf({ link: 'loss: 5%', sessions: '{ count: 3, at: 1s, traffic: { rate: 5/s } }' }))
    const alone = new World(scenario, { seed: '7', folds: [] })
    alone.kernel.run(10e9, Infinity)
    const [one, other] = [new World(scenario, { seed: '7', folds: [] }), new World(scenario, { seed: '8', folds: [] })]
    for (let at = 0; at <= 10e9; at += 1e9) for (const world of [one, other]) world.kernel.run(at, Infinity)
    expect(one.recorder.digest()).toBe(alone.recorder.digest())
    expect(other.recorder.digest()).not.toBe(alone.recorder.digest())
  })
})

describe('R3931-5.4.3-07 a request of L2TPv3 that crosses one’s own', () => {
  const crossing = (peerRouterId: string): string => `
duration: 5s
defaults: { endpoint: { l2tp: { version: 3, tieBreaker: true } } }
endpoints: { lac1: { role: LAC }, lns1: { role: LNS } }
links: [{ between: [lac1, lns1], latency: 10ms }]
tunnels:
  - { from: lac1, to: lns1, peerRouterId: ${peerRouterId} }
  - { from: lns1, to: lac1, peerRouterId: ${peerRouterId} }
`

  test.each([
    ['unknown', 1],
    ['known', 1],
    ['77', 2],
  ])('is recognised by the Router ID: with %s there are %i control connections', (peerRouterId, connections) => {
    const { result } = tell(crossing(peerRouterId))
    expect(result.endpoints.map((each) => known(each).tunnels.length)).toEqual([connections, connections])
  })
})
