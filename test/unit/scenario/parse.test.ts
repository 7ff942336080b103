// What a scenario file turns into: defaults, merging, directions, the forms that stand for each other, and speed.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, NEVER, SECOND } from '../../../sim/base/time.ts'
import { defaultLcce } from '../../../sim/l2tp/config.ts'
import { exampleScenario } from '../../../sim/scenario/document.ts'
import { parseScenario, parseScenarioData } from '../../../sim/scenario/parse.ts'
import { pair, scenarioOf } from './reading.ts'

describe('what is left out', () => {
  test('has the documented defaults', () => {
    const scenario = scenarioOf(pair)
    expect(scenario).toMatchObject({
      name: 'test',
      shows: '',
      rfc: [],
      seed: '1',
      duration: 2 * MINUTE,
      maxEvents: 10_000_000,
      convergenceBound: 5 * MINUTE,
      allow: [],
      faults: [],
      expect: [],
    })
    expect(scenario.endpoints['lns1']).toMatchObject({
      role: 'LNS',
      count: 1,
      udpPort: 1701,
      sourcePort: 1701,
      processor: { serviceTime: 0, queue: 1024 },
      backup: {
        mode: 'none',
        takeoverTime: 300 * MILLISECOND,
        detectionDelay: 200 * MILLISECOND,
        mirror: { lag: 0, carries: 'sessions' },
      },
      restart: { after: 2 * SECOND, persistent: true },
      dataPlane: { survivesControlFailure: true, restartTime: 0 },
    })
    expect(scenario.links[0]?.forward).toEqual({
      latency: 0,
      reordering: false,
      bandwidth: NEVER,
      queue: 64_000,
      mtu: 1500,
      loss: 0,
      duplication: 0,
      corruption: 0,
      impairedUntil: Infinity,
      checksum: true,
      blackouts: [],
      script: [],
    })
    expect(scenario.tunnels[0]).toMatchObject({ pairing: 'every', at: 0, count: 1, spacing: 0, redial: 'never' })
    expect(scenario.tunnels[0]?.sessions).toEqual([
      {
        count: 3,
        call: 'incoming',
        at: 0,
        spacing: 0,
        sequenced: false,
        tied: false,
        holdTime: NEVER,
        hangUpBy: 'LAC',
        recall: 'never',
        traffic: { rate: 0, size: 200, nonIp: 1, direction: 'both', start: 0, end: NEVER },
      },
    ])
  })

  test('of protocol settings is what an LCCE has by default', () => {
    const { hostName, quirks, mutant, ...rest } = defaultLcce
    expect(hostName).not.toBe('')
    expect([quirks, mutant]).toEqual([[], undefined])
    const { secret, retransmit, v3, failover, ...settings } = scenarioOf(pair).endpoints['lac1']!.l2tp
    const [allowed, count, router] = [{ allowedRecoveryEndpoints: undefined }, { count: undefined }, { routerId: 0 }]
    const groups = { retransmit: { ...count, ...retransmit }, v3: { ...router, ...v3 }, failover: { ...allowed, ...failover } }
    expect({ ...settings, secret, ...groups }).toEqual(rest)
  })

  test('and what is left empty are the same', () => {
    const empty = pair.replace('{ role: LNS }', '\n    role: LNS\n    backup:\n    l2tp:\n      retransmit:\n')
    expect(scenarioOf(`${empty}faults:\nexpect:\n`)).toEqual(scenarioOf(pair))
  })

  test('gives every endpoint an address of its own', () => {
    const { endpoints } = scenarioOf(`
endpoints:
  a: { role: LAC, count: 300 }
  b: { role: LAC }
  c: { role: LNS, backup: { mode: own-address } }
  d: { role: LNS, address: 10.2.0.2 }
  e: { role: LNS, backup: { mode: own-address, address: 10.3.0.2 } }
  f: { role: LAC, address: 10.1.0.5 }
`)
    expect(Object.values(endpoints).map(({ address }) => address)).toEqual([
      '10.1.0.6', // 300 addresses do not fit before f's
      '10.1.1.50',
      '10.2.0.1',
      '10.2.0.2',
      '10.2.0.3',
      '10.1.0.5',
    ])
    expect(endpoints['c']?.backup.address).toBe('10.3.0.1')
    expect(endpoints['d']?.backup.address).toBeUndefined()
  })
})

describe('layers', () => {
  const layered = `
defaults:
  endpoint: { l2tp: { secret: s, helloInterval: 10s, retransmit: { count: 7 } }, backup: { mode: same-address } }
  link: { latency: 10ms, loss: { gilbertElliott: { toBad: 1%, toGood: 30% } }, backward: { mtu: 1400B } }
endpoints:
  lac1: { role: LAC, l2tp: { secret: null, retransmit: { initial: 500ms } }, backup: { mode: none } }
  lns1: { role: LNS }
links:
  - { between: [lac1, lns1], latency: { uniform: [5ms, 15ms] }, forward: { loss: 2% } }
`
  test('defaults.endpoint holds below what the endpoint says, field by field in groups', () => {
    const { lac1, lns1 } = scenarioOf(layered).endpoints
    expect(lac1?.l2tp).toMatchObject({ helloInterval: 10 * SECOND, retransmit: { count: 7, initial: 500 * MILLISECOND } })
    expect(lac1?.l2tp.secret).toBeUndefined()
    expect(lac1?.backup.mode).toBe('none')
    expect(lns1?.l2tp).toMatchObject({ secret: 's', retransmit: { count: 7, initial: SECOND } })
    expect(lns1?.backup.mode).toBe('same-address')
  })

  test('a direction is stronger than its link, the link than defaults.link; alternatives replace each other', () => {
    const [link] = scenarioOf(layered).links
    expect(link?.forward).toMatchObject({ latency: { uniform: [5_000_000, 15_000_000] }, loss: 0.02, mtu: 1500 })
    expect(link?.backward).toMatchObject({
      latency: { uniform: [5_000_000, 15_000_000] },
      loss: { gilbertElliott: { toBad: 0.01, toGood: 0.3, lossGood: 0, lossBad: 1 } },
      mtu: 1400,
    })
  })
})

describe('forms', () => {
  test('one group of sessions and a list of one are the same', () => {
    expect(scenarioOf(pair.replace('{ count: 3 }', '[{ count: 3 }]'))).toEqual(scenarioOf(pair))
  })

  test('JSON is read as well', () => {
    const data = { endpoints: { lac1: { role: 'LAC' }, lns1: { role: 'LNS', restart: { after: 'never' } } }, seed: 'x' }
    const scenario = scenarioOf(JSON.stringify(data, undefined, '\t'))
    expect(scenario.seed).toBe('x')
    expect(scenario.endpoints['lns1']?.restart.after).toBe(NEVER)
  })

  test('anchors and merge keys are read', () => {
    const { endpoints } = scenarioOf(`
endpoints:
  lac1: &lac { role: LAC, l2tp: { helloInterval: 5s } }
  lac2: { <<: *lac, restart: { after: 9s } }
`)
    expect(endpoints['lac2']).toMatchObject({ role: 'LAC', l2tp: { helloInterval: 5 * SECOND }, restart: { after: 9 * SECOND } })
  })

  test.each([
    ['7', '7'],
    ['"7"', '7'],
    ['abc', 'abc'],
    ['-3', '-3'],
  ])('seed %s is the text %s', (written, seed) => {
    expect(scenarioOf(`seed: ${written}\n${pair}`).seed).toBe(seed)
  })

  test('every kind of fault, intervention, latency and expectation', () => {
    const scenario = scenarioOf(`${pair}
faults:
  - { kind: crash, endpoint: lns1, plane: both, at: 10s }
  - { kind: restart, endpoint: lns1, when: { endpoint: lac1, receives: SCCRP, tunnel: recovery, nth: 2, after: 0 }, delay: 5ms }
  - { kind: cut, link: [lns1, lac1], direction: forward, at: 1s, for: 5s }
  - { kind: pause, endpoint: lac1, at: 1s, for: forever }
  - { kind: call, endpoint: lns1, call: outgoing, sequenced: true, at: 1s }
  - { kind: hang-up, endpoint: lac1, session: all, at: 1s }
  - { kind: close-tunnel, endpoint: lac1, at: 1s }
  - { kind: forget-sessions, endpoint: lac1, sessions: [1, 3], at: 1s }
  - { kind: mispair-session, endpoint: lac1, session: 1, peerOf: 2, at: 1s }
  - { kind: query-sessions, endpoint: lac1, at: 1s }
  - { kind: inject, from: 10.9.9.9, to: lac1, hex: 'c802 0014 0000', at: 1s }
expect:
  - { metric: a, equals: 0 }
  - { metric: b, atLeast: 1, atMost: 2s }
  - { metric: c, between: [1%, 2] }
`)
    expect(scenario.faults.map(({ kind }) => kind)).toHaveLength(11)
    expect(scenario.faults[1]).toEqual({
      kind: 'restart',
      endpoint: 'lns1',
      when: { endpoint: 'lac1', receives: 'SCCRP', tunnel: 'recovery', nth: 2, after: 0 },
      delay: 5 * MILLISECOND,
    })
    expect(scenario.expect).toEqual([
      { metric: 'a', equals: 0 },
      { metric: 'b', atLeast: 1, atMost: 2 * SECOND },
      { metric: 'c', between: [0.01, 2] },
    ])
  })

  test('plain data is read like a file', () => {
    const data = { endpoints: { lac1: { role: 'LAC' }, lns1: { role: 'LNS' } } }
    const result = parseScenarioData(data, 'title')
    expect(result).toMatchObject({ ok: true, scenario: { name: 'title' } })
    expect(data).toEqual({ endpoints: { lac1: { role: 'LAC' }, lns1: { role: 'LNS' } } })
  })

  test('the example of the reference is a scenario', () => {
    expect(scenarioOf(exampleScenario).name).toBe('LNS control failure')
  })
})

/** Milliseconds of the fastest of `runs` calls: the machine may be busy. */
function fastest(runs: number, action: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now()
    action()
    return performance.now() - start
  })
  return Math.min(...times)
}

describe('speed', () => {
  test('a small scenario takes milliseconds', () => {
    expect(fastest(300, () => parseScenario(exampleScenario, 'x'))).toBeLessThan(5)
  })

  test('templates of 10,000 endpoints take a fraction of a second', () => {
    const text = exampleScenario.replace('count: 2 }', 'count: 10000 }')
    expect(fastest(3, () => expect(parseScenario(text, 'x').ok).toBe(true))).toBeLessThan(400)
  })

  test('thousands of entries are read in linear time', () => {
    const entries = Array.from({ length: 4000 }, (_, i) => `  e${i}: { role: LAC }`).join('\n')
    expect(fastest(1, () => expect(parseScenario(`endpoints:\n${entries}`, 'x').ok).toBe(true))).toBeLessThan(8000)
  })
})
