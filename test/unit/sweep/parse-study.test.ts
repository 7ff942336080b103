// What a user sees of a study file: what it means, and every mistake at its place with what was probably meant.

import { describe, expect, test } from 'vitest'
import { prepare } from '../../../sim/sweep/prepare.ts'
import { errors, planFrom } from '../../support/studies.ts'

const BASE = 'scenario: pair\nresponses: [timeToSynchronised]\n'

describe('mistakes', () => {
  test.each([
    ['nmae: x', '3:1 `nmae` is not a field of a study -> name'],
    ['seeds: 20..3', '3:8 `20..3` is neither a number of replications nor a range of seeds'],
    ['seeds: 0', '3:8 `0` is below 1'],
    ['factors: { loss: { field: links.0.los, values: [1%] } }', '3:27 `los` is not a field of `links[0]` -> links[0].loss'],
    ['factors: { loss: { field: links.0.loss, values: [0, 5] } }', '3:53 `5` lies outside 0 to 1 (0% to 100%) -> 5%'],
    ['factors: { loss: { field: links.0.loss, values: [1%, 1%] } }', '3:54 `1%` is given twice'],
    ['factors: { loss: { field: links.0.loss } }', '3:12 `values` is missing'],
    ['factors: { loss: { field: links.0.loss, from: 1% } }', '3:12 `to` is missing'],
    ['factors: { loss: { field: links.0.loss, from: 5%, to: 1% } }', '3:55 `1%` is not above `from`'],
    ['factors: { loss: { field: links.0.loss, from: 0, to: 1%, scale: log } }', '3:47 `0`: a range with `scale: log` begins above 0'],
    ['factors: { rtt: { field: links.0.latency, from: 5ms, to: 5% } }', '3:58 `5%` is not measured in the unit of `from`'],
    ['factors: { rtt: { field: links.0.latency, from: 5ms, to: 300 } }', '3:58 `300` needs a unit as `from` has one'],
    ['factors: { rtt: { field: links.0.latency, from: fast, to: 5ms } }', '3:49 `fast` is not a number with a unit, as a range needs'],
    ['factors: { strategy: { field: seed, values: [1] } }', '3:12 a factor cannot be called `strategy`'],
    ['factors: { cap: { field: "endpoints.lns1.l2tp.retransmit.cap", values: [8s, 4s] } }',
      '3:77 the cap `4s` is below the 8 s that RFC 2661 5.8 asks for'],
    ["where: ['loss < 5%']", '3:9 `loss` is not a factor'],
    ["where: ['1 <']", '3:9 something is missing at the end (column 4 of the condition)'],
    ["where: ['1 + 2']", '3:9 this says neither yes nor no'],
    ['set: { "links[0].los": 1% }', '3:8 `los` is not a field of `links[0]` -> links[0].loss'],
    ['set: { "links[0].loss": 1s }', '3:25 `1s` has an unknown unit `s` -> 1%'],
    ['strategies: { other: { scenario: pear } }', '3:34 no scenario `pear`'],
    ['strategies: { other: { set: { duratoin: 3s } } }', '3:31 `duratoin` is not a field of a scenario -> duration'],
    ['design: { kind: sobl, points: 3 }', '3:17 `sobl` is not among the values here -> sobol'],
    ['design: { kind: sobol, points: 3 }', '3:9 a design of kind `sobol` needs factors'],
  ])('%s', (line, message) => {
    const [first = ''] = errors(`${BASE}${line}\n`)
    expect(first.startsWith(message) ? message : first).toBe(message)
  })

  test.each([
    ['timeToSynchronizd', '`timeToSynchronizd` is not a metric -> timeToSynchronised'],
    ['{ name: x, value: sessionKept / 2 }', '`sessionKept` is not a metric -> sessionsKept'],
    ['{ name: x, value: "sessionsKept /" }', 'something is missing at the end (column 15 of the expression)'],
    ['{ name: x, valeu: dataLost }', '`valeu` is not a field of `responses[0]` -> value'],
  ])('response %s', (response, message) => {
    expect(errors(`scenario: pair\nresponses: [${response}]\n`).join('\n')).toContain(message)
  })

  test('all are told at once, in the order of the text', () => {
    const text = 'scenario: pair\nseeds: x\nfactors:\n  loss: { field: links.0.loss, values: [7] }\nwhere: [lo > 1%]\nresponses: [dataLos]\n'
    expect(errors(text).map((issue) => issue.split(' ')[0])).toEqual(['2:8', '4:41', '5:9', '6:13'])
  })

  test('syntax is told with its place', () => {
    expect(errors('scenario: [\n')[0]).toMatch(/^\d+:\d+ /)
    expect(errors('- a\n')).toEqual(['1:1 a study is a map of fields'])
  })
})

describe('points', () => {
  test('a grid has every combination, each strategy in turn, less what conditions take away', () => {
    const plan = planFrom(`${BASE}
strategies: { a: {}, b: { set: { duration: 3s } } }
factors:
  loss: { field: links.0.loss, values: [0, 5%] }
  rtt: { field: links.0.latency, from: 5ms, to: 320ms, steps: 7, scale: log }
where: ['loss < 5% or rtt <= 20ms', "not (strategy == 'b' and loss == 5%)"]
`)
    const texts = plan.points.map(({ strategy, levels }) => [strategy.name, ...levels.map(({ text }) => text)].join(' '))
    expect(texts).toEqual([
      ...['5ms', '10ms', '20ms', '40ms', '80ms', '160ms', '320ms'].map((rtt) => `a 0 ${rtt}`),
      ...['5ms', '10ms', '20ms'].map((rtt) => `a 5% ${rtt}`),
      ...['5ms', '10ms', '20ms', '40ms', '80ms', '160ms', '320ms'].map((rtt) => `b 0 ${rtt}`),
    ])
  })

  test.each([
    ['{ field: links.0.loss, from: 0, to: 0.3, step: 0.1 }', ['0', '0.1', '0.2', '0.3']],
    ['{ field: links.0.loss, from: 0%, to: 2%, steps: 3 }', ['0', '1%', '2%']],
    ['{ field: endpoints.lac1.l2tp.receiveWindow, from: 1, to: 64, steps: 4, scale: log }', ['1', '4', '16', '64']],
    ['{ field: links.0.latency, from: 1ms, to: 2s, steps: 3, scale: log, round: 10ms }', ['1ms', '40ms', '2s']],
    ['{ field: links.0.latency, values: [5ms, { uniform: [1ms, 9ms] }] }', ['5ms', '{"uniform":["1ms","9ms"]}']],
  ])('levels of %s', (factor, levels) => {
    expect(planFrom(`${BASE}factors: { x: ${factor} }\n`).points.map((point) => point.levels[0]?.text)).toEqual(levels)
  })

  test('a factor of several fields sets them all, and the scenario at a point has the values', () => {
    const plan = planFrom(`${BASE}set: { duration: 7s }
factors: { x: { field: ['links[0].loss', 'links[lac1-lns1].forward.duplication'], values: [2%] } }
`)
    const prepared = prepare(plan.study, plan.points[0]!)
    expect(prepared).toMatchObject({ ok: true, scenario: { duration: 7e9, links: [{ forward: { loss: 0.02, duplication: 0.02 } }] } })
  })

  test.each(['random', 'latin-hypercube', 'sobol'])('a %s design draws within the ranges, the same each time', (kind) => {
    const text = `${BASE}design: { kind: ${kind}, points: 32, seed: 5 }
factors: { loss: { field: links.0.loss, from: 1%, to: 20% }, rtt: { field: links.0.latency, from: 1ms, to: 1s, scale: log } }
`
    const plan = planFrom(text)
    expect(plan.points).toHaveLength(32)
    expect(planFrom(text).hash).toBe(plan.hash)
    for (const { levels: [loss, rtt] } of plan.points) {
      expect(loss?.value).toBeGreaterThanOrEqual(0.01)
      expect(loss?.value).toBeLessThanOrEqual(0.2)
      expect(rtt?.value).toBeGreaterThanOrEqual(1e6)
      expect(rtt?.value).toBeLessThanOrEqual(1e9)
    }
  })

  test('what rows mean decides the hash of a plan; how many seeds there are does not', () => {
    const hash = (more: string): string => planFrom(`${BASE}${more}\n`).hash
    expect(hash('seeds: 5')).toBe(hash('seeds: 50'))
    expect(hash('asks: why?')).toBe(hash('asks: how?'))
    expect(hash('set: { duration: 3s }')).not.toBe(hash('set: { duration: 4s }'))
    expect(hash('')).not.toBe(planFrom('scenario: pair\nresponses: [dataLost]\n').hash)
  })

  test('responses know their kind and unit', () => {
    const { responses } = planFrom(`scenario: pair
responses:
  - timeToSynchronised
  - dataLost
  - { name: all, value: sessionsLost == 0 }
  - { name: kept, value: sessionsKept / (sessionsKept + sessionsLost), unit: ratio, better: higher }
  - { name: twice, value: outageMax * 2, censored: outagesUnended > 0 }
`).study
    expect(responses.map(({ name, kind, unit }) => `${name} ${kind} ${unit}`)).toEqual([
      'timeToSynchronised time ns', 'dataLost mean count', 'all proportion ratio', 'kept mean ratio', 'twice time ns',
    ])
  })
})
