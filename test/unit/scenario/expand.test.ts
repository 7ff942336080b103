// Templates: what entries stand for, in which order, and at which addresses and instants.

import { describe, expect, test } from 'vitest'
import { address } from '../../../sim/base/datagram.ts'
import { MILLISECOND, SECOND } from '../../../sim/base/time.ts'
import { defaultLcce } from '../../../sim/l2tp/config.ts'
import { entryOf, expand, members } from '../../../sim/scenario/expand.ts'
import { scenarioOf } from './reading.ts'

const templates = `
endpoints:
  lac: { role: LAC, count: 3, address: 10.0.0.254 }
  lns: { role: LNS, count: 2, backup: { mode: own-address, address: 10.9.0.1 } }
  solo: { role: LNS, l2tp: { hostName: gate, failover: { allowedRecoveryEndpoints: [10.7.7.7, lns, lac2] } } }
links:
  - {
    name: all,
    between: [lac, lns],
    latency: 1ms,
    script: [{ drop: { from: lac2 } }, { delay: { from: lns, by: 1s } }, { drop: {} }],
  }
  - { between: [solo, lac], pairing: matched, backward: { script: [{ drop: { message: FSQ } }] } }
tunnels:
  - { from: lac, to: lns, pairing: matched, at: 1s, count: 2, spacing: 10ms, sessions: { count: 5 } }
  - { from: solo, to: lac3 }
faults:
  - { name: start, kind: crash, endpoint: lns, at: 5s }
  - { kind: cut, link: [lns2, lac], direction: forward, at: 6s }
  - { kind: cut, link: all, at: 6s, when: }
  - { kind: restart, endpoint: lac2, when: { endpoint: lac2, receives: SCCRP, tunnel: recovery, nth: 3, after: start } }
  - { kind: inject, from: lac3, to: 10.2.0.1, fromPort: 4711, hex: 'c8 02', at: 1s }
`
const scenario = scenarioOf(templates)
const { endpoints, links, tunnels, faults } = expand(scenario)

describe('endpoints', () => {
  test('a template becomes numbered instances with addresses counting up, an entry of one stays as it is', () => {
    expect(endpoints.map(({ name, entry, address: own, backupAddress }) => [name, entry, own, backupAddress])).toEqual([
      ['lac1', 'lac', '10.0.0.254', undefined],
      ['lac2', 'lac', '10.0.0.255', undefined],
      ['lac3', 'lac', '10.0.1.0', undefined],
      ['lns1', 'lns', '10.2.0.1', '10.9.0.1'],
      ['lns2', 'lns', '10.2.0.2', '10.9.0.2'],
      ['solo', 'solo', '10.2.0.3', undefined],
    ])
  })

  test('have a complete configuration: Host Name and Router ID by default their own name and address, recovery endpoints as addresses', () => {
    expect(endpoints[1]?.l2tp).toEqual({ ...defaultLcce, hostName: 'lac2', v3: { ...defaultLcce.v3, routerId: 0x0a0000ff } })
    expect(endpoints[5]?.l2tp.hostName).toBe('gate')
    expect(endpoints[5]?.l2tp.failover.allowedRecoveryEndpoints).toEqual([
      '10.7.7.7',
      ...['10.2.0.1', '10.9.0.1', '10.2.0.2', '10.9.0.2'],
      '10.0.0.255',
    ])
  })

  test('are the same after a failure, unless their successors are configured otherwise', () => {
    const [same, other] = expand(
      scenarioOf(`
endpoints:
  lac1: { role: LAC, l2tp: { secret: one } }
  lns1: { role: LNS, l2tp: { secret: one }, successor: { secret: two, hostName: spare, routerId: 5 } }
links: [{ between: [lac1, lns1] }]
`),
    ).endpoints
    expect(same?.successor).toBe(same?.l2tp)
    const { l2tp, successor } = other ?? {}
    expect(successor).toEqual({ ...l2tp, secret: 'two', hostName: 'spare', v3: { ...l2tp?.v3, routerId: 5 } })
  })

  test('are found by entry and by instance', () => {
    expect(members(scenario, 'lac')).toEqual(['lac1', 'lac2', 'lac3'])
    expect(members(scenario, 'lac3')).toEqual(['lac3'])
    expect(members(scenario, 'solo')).toEqual(['solo'])
    for (const name of ['lac0', 'lac4', 'lac03', 'solo1', 'la', '', 'constructor']) expect(members(scenario, name)).toEqual([])
    expect(entryOf(scenario, 'lac2')).toEqual({ entry: 'lac', index: 1 })
    expect(entryOf(scenario, 'lac')).toBeUndefined()
  })
})

describe('links', () => {
  test('are made for every pair, or pair by pair', () => {
    expect(links.map(({ name, entry }) => [name, entry])).toEqual([
      ...['lac1-lns1', 'lac1-lns2', 'lac2-lns1', 'lac2-lns2', 'lac3-lns1', 'lac3-lns2'].map((name) => [name, 0]),
      ...['solo-lac1', 'solo-lac2', 'solo-lac3'].map((name) => [name, 1]),
    ])
  })

  test('have the interventions that concern their sender', () => {
    const actions = (script: readonly object[]): readonly string[] => script.flatMap((step) => Object.keys(step))
    expect(links.slice(0, 4).map(({ forward, backward }) => [actions(forward.script), actions(backward.script)])).toEqual([
      [['drop'], ['delay', 'drop']],
      [['drop'], ['delay', 'drop']],
      [['drop', 'drop'], ['delay', 'drop']],
      [['drop', 'drop'], ['delay', 'drop']],
    ])
    expect(links[6]?.forward.script).toEqual([])
    expect(links[6]?.backward.script).toHaveLength(1)
    expect(links[0]?.forward).toBe(links[1]?.forward)
  })
})

test('tunnels are numbered over all pairs, and asked for one after the other', () => {
  expect(tunnels.map(({ entry, from, to, at }) => [entry, from, to, at])).toEqual([
    [0, 'lac1', 'lns1', SECOND],
    [0, 'lac1', 'lns1', SECOND + 10 * MILLISECOND],
    [0, 'lac2', 'lns2', SECOND + 20 * MILLISECOND],
    [0, 'lac2', 'lns2', SECOND + 30 * MILLISECOND],
    [0, 'lac3', 'lns1', SECOND + 40 * MILLISECOND],
    [0, 'lac3', 'lns1', SECOND + 50 * MILLISECOND],
    [1, 'solo', 'lac3', 0],
  ])
  expect(tunnels[3]?.sessions).toMatchObject([{ count: 5 }])
})

describe('faults', () => {
  test('strike every instance of their entry', () => {
    expect(faults[0]?.endpoints).toEqual(['lns1', 'lns2'])
    expect(faults[3]?.endpoints).toEqual(['lac2'])
  })

  test('cut the directions that are meant, as the fault names the ends', () => {
    expect(faults[1]?.directions).toEqual([
      ['lns2', 'lac1'],
      ['lns2', 'lac2'],
      ['lns2', 'lac3'],
    ])
    expect(faults[2]?.directions).toHaveLength(12)
    expect(faults[2]?.directions.slice(0, 2)).toEqual([
      ['lac1', 'lns1'],
      ['lns1', 'lac1'],
    ])
  })

  test('follow messages, and other faults by their place', () => {
    expect(faults[3]?.when).toEqual(
      { endpoint: 'lac2', action: 'receives', message: 'SCCRP', tunnel: 'recovery', nth: 3, after: 0 },
    )
    expect(faults[0]?.when).toBeUndefined()
  })

  test('inject datagrams between addresses', () => {
    expect(faults[4]?.datagram).toEqual(
      { from: address('10.0.1.0', 4711), to: address('10.2.0.1', 1701), bytes: Uint8Array.of(0xc8, 2) },
    )
  })
})

describe('tunnels of L2TPv3', () => {
  const { tunnels: asked, endpoints: nodes } = expand(
    scenarioOf(`
defaults: { endpoint: { l2tp: { version: both, secret: old, v3: { nextSecret: new } } } }
endpoints:
  lac: { role: LAC, count: 2 }
  lns: { role: LNS, count: 2, address: 10.2.0.8 }
  gate: { role: LNS, l2tp: { v3: { routerId: 9, nextSecret: null } } }
links: [{ between: [lac, lns] }, { between: [lac, gate] }]
tunnels:
  - { from: lac, to: lns, pairing: matched, version: detect, peerRouterId: known }
  - { from: lac1, to: gate, peerRouterId: known }
  - { from: lac1, to: gate, peerRouterId: 77, version: 2 }
  - { from: lac1, to: gate }
`),
  )

  test('are asked for in a version, or in whichever the peer speaks', () => {
    expect(asked.map(({ version }) => version)).toEqual(['detect', 'detect', 3, 2, 3])
  })

  test('R3931-5.4.3-07: expect the Router ID of the very peer, or another, or none', () => {
    expect(asked.map(({ peerRouterId }) => peerRouterId)).toEqual([0x0a020008, 0x0a020009, 9, 77, 0])
  })

  test('R3931-5.4.1-16: have a second secret, and none where it is taken away again', () => {
    expect(nodes.map(({ l2tp: { secret, v3 } }) => [secret, v3.nextSecret])).toEqual([
      ...Array.from({ length: 4 }, () => ['old', 'new']),
      ['old', undefined],
    ])
  })
})
