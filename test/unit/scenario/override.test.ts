// `--set path=value`: any field, lists by place and by name, and the nearest path for a wrong one.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { formatIssues, parseScenario } from '../../../sim/scenario/parse.ts'
import { issuesOf, overrideOf, pair, scenarioOf } from './reading.ts'

describe('a value is set', () => {
  test('that the file has, or leaves to its default, at any depth', () => {
    const scenario = scenarioOf(pair, [
      'seed=007',
      'name=a: b',
      'endpoints.lns1.l2tp.failover.recoveryTime=20s',
      'endpoints.lac1.l2tp.secret=12',
      'tunnels[0].sessions.count=5',
      'defaults.endpoint.l2tp.helloInterval=9s',
    ])
    expect(scenario).toMatchObject({ seed: '007', name: 'a: b' })
    expect(scenario.endpoints['lns1']?.l2tp).toMatchObject({ helloInterval: 9 * SECOND, failover: { recoveryTime: 20 * SECOND } })
    expect(scenario.endpoints['lac1']?.l2tp.secret).toBe('12')
    expect(scenario.tunnels[0]?.sessions[0]?.count).toBe(5)
  })

  test.each([
    'links[0].loss=1%',
    'links.0.loss=1%',
    'links[lac1-lns1].loss=1%',
    'links[wan].loss=1%',
  ])('in a list: %s', (set) => {
    const named = pair.replace('between:', 'name: wan, between:')
    expect(scenarioOf(named, [set]).links[0]?.forward.loss).toBe(0.01)
  })

  test('in a list of sessions whether the file has one group or a list', () => {
    const list = pair.replace('{ count: 3 }', '[{ count: 3 }]')
    for (const text of [pair, list]) {
      for (const set of ['tunnels[0].sessions[0].count=9', 'tunnels[0].sessions.count=9']) {
        expect(scenarioOf(text, [set]).tunnels[0]?.sessions[0]?.count).toBe(9)
      }
    }
  })

  test('to a whole map or list, in place of what was there', () => {
    const scenario = scenarioOf(
      pair,
      ['links[0]={ between: [lns1, lac1], mtu: 1400 }', 'tunnels[0].sessions=[{ count: 1 }, { count: 2 }]'],
    )
    expect(scenario.links[0]).toMatchObject({ between: ['lns1', 'lac1'], forward: { mtu: 1400 } })
    expect(scenario.tunnels[0]?.sessions.map(({ count }) => count)).toEqual([1, 2])
  })

  test('in a form that replaces another', () => {
    const [link] = scenarioOf(pair, ['links[0].latency=10ms', 'links[0].latency.exponential.mean=5ms']).links
    expect(link?.forward.latency).toEqual({ exponential: { mean: 5_000_000, minimum: 0 } })
    expect(scenarioOf(pair, ['tunnels[0].redial.after=5s']).tunnels[0]?.redial).toEqual({ after: 5 * SECOND, limit: 10 })
  })

  test('as a new element, a new endpoint, or back to nothing', () => {
    const scenario = scenarioOf(pair, [
      'endpoints.lns2={ role: LNS }',
      'faults[0]={ kind: restart, endpoint: lns2, at: 1s }',
      'faults[1]={ kind: restart, endpoint: lns2, at: 2s }',
      'endpoints.lac1.l2tp.secret=x',
      'endpoints.lac1.l2tp.secret=null',
      'links[0].mtu=1400',
      'links[0].mtu=null',
    ])
    expect(scenario.faults).toHaveLength(2)
    expect(scenario.endpoints['lac1']?.l2tp.secret).toBeUndefined()
    expect(scenario.links[0]?.forward.mtu).toBe(1500)
  })

  test('in order: the last one counts', () => {
    expect(scenarioOf(pair, ['duration=1s', 'duration=2s']).duration).toBe(2 * SECOND)
  })

  test('below what the direction itself says', () => {
    const scenario = scenarioOf(pair.replace('] }', '], forward: { loss: 3% } }'), ['links[0].loss=1%'])
    expect(scenario.links[0]?.forward.loss).toBe(0.03)
    expect(scenario.links[0]?.backward.loss).toBe(0.01)
  })
})

describe('a wrong path names the nearest one', () => {
  test.each([
    ['endpoint.lns1.l2tp.secret=x', '1:1 `endpoint` is not a field of a scenario -> endpoints.lns1.l2tp.secret'],
    ['endpoints.lsn1.l2tp.secret=x', '1:11 `lsn1` is not in `endpoints` -> endpoints.lns1.l2tp.secret'],
    [
      'endpoints.lns1.recoveryTime=5s',
      '1:16 `recoveryTime` is not a field of `endpoints.lns1` -> endpoints.lns1.l2tp.failover.recoveryTime',
    ],
    [
      'endpoints.lns1.l2tp.failover.recoverytime=5s',
      '1:30 `recoverytime` is not a field of `endpoints.lns1.l2tp.failover` -> endpoints.lns1.l2tp.failover.recoveryTime',
    ],
    ['links[1].loss=1%', '1:7 `links` has no element `1` -> links[0].loss'],
    ['links[2].loss=1%', '1:7 `links` has no element `2` -> links[0].loss'],
    ['links[lac1-lns2].loss=1%', '1:7 `links` has no element `lac1-lns2` -> links[lac1-lns1].loss'],
    ['links[0].between[2]=x', '1:18 `links[0].between` has no place `2`'],
    ['links[0].mtu.min=5', '1:14 `links[0].mtu` has no parts -> links[0].mtu'],
    ['links[0].latency.unifrom=[1ms, 2ms]', '1:18 `unifrom` is not a field of `links[0].latency` -> links[0].latency.uniform'],
    ['tunnels[0].sessions.cuont=5', '1:21 `cuont` is not a field of `tunnels[0].sessions` -> tunnels[0].sessions.count'],
    ['tunnels[0].sessions.0.cuont=5', '1:23 `cuont` is not a field of `tunnels[0].sessions` -> tunnels[0].sessions.count'],
    ['links..loss=1%', '1:1 this is not a path'],
    ['=5', '1:1 this is not a path'],
  ])('%s', (set, issue) => {
    const issues = issuesOf(pair, { sets: [set] })
    expect(issues).toEqual([`--set ${issue}`])
  })
})

describe('a wrong value', () => {
  test('is shown in the option, at the part that is wrong', () => {
    const result = parseScenario(pair, 'x.yaml', ['seed=2', 'faults[0]={ kind: crash, endpoint: lns9, at: 1s }'].map(overrideOf))
    expect(result.ok ? '' : formatIssues(result.issues)).toBe(`--set:1:36: faults[0].endpoint: \`lns9\` is not an endpoint
> 1 | faults[0]={ kind: crash, endpoint: lns9, at: 1s }
    |                                    ^^^^
  expected: \`lac1\`, \`lns1\`
  did you mean \`lns1\`?`)
  })

  test('is reported beside all others, in the file and in other options', () => {
    const sets = ['duration=5', 'links[0].loss=101%', 'links[0].mut=4', 'links[0].latency={']
    expect(issuesOf(`sede: 1\n${pair}`, { sets })).toEqual([
      '1:1 `sede` is not a field of a scenario -> seed',
      '--set 1:10 `5` needs a unit -> 5s',
      '--set 1:15 `101%` lies outside 0 to 1 (0% to 100%)',
      '--set 1:10 `mut` is not a field of `links[0]` -> links[0].mtu',
      '--set 1:18 Flow map must end with a }',
    ])
  })

  test('that contradicts another is shown where it was set', () => {
    const sets = ['endpoints.lac1.l2tp.retransmit.initial=20s', 'endpoints.lac1.l2tp.retransmit.cap=10s']
    expect(issuesOf(pair, { sets })).toEqual([
      '--set 1:36 the cap `10s` is below the first interval `20s`',
    ])
  })
})
