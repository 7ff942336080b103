// The zoo: specimens are all there and unlike each other, searches catch what they should, and the document says what they found.

import { expect, test } from 'vitest'
import { machines } from '../../../sim/l2tp/machines/index.ts'
import { alterationOf } from '../../../sim/l2tp/mutants.ts'
import { quirkNamed } from '../../../sim/l2tp/quirks.ts'
import { hunt } from '../../../sim/hunt/index.ts'
import { isReached, touchedBy } from '../../../sim/hunt/reach.ts'
import { search, specimens, strategies, Trials } from '../../../sim/hunt/zoo.ts'
import { shipped } from '../../support/shipped.ts'
import { zooDocument } from '../../../scripts/zoo-document.mjs'

const named = (name: string) => {
  const found = specimens.find((specimen) => specimen.name === name)
  if (found === undefined) throw new Error(`no specimen ${name}`)
  return found
}

test('at least a hundred, each with a name of its own, of every table and every kind of change', () => {
  expect(specimens.length).toBeGreaterThan(100)
  expect(new Set(specimens.map(({ name }) => name)).size).toBe(specimens.length)
  for (const { name } of machines) expect(specimens.filter((specimen) => specimen.name.startsWith(`${name} `)).length).toBeGreaterThan(10)
  for (const change of ['the row is missing', 'leads to', 'is always true', 'is always false', 'doubled', 'halved', 'never fires', 'one more'])
    expect(specimens.some(({ name }) => name.includes(change))).toBe(true)
})

const library = new Map(shipped.filter(({ name }) => /^failover\/(appendix-a|second-crash|odd-queries)$/.test(name)).map(({ name, scenario }) => [name, scenario]))

test.each(strategies)('%s search catches a suggestion that is ignored, by what the two sides reset to, and the same way each time', (strategy) => {
  const { caught } = search(named('suggestion-ignored'), new Trials(strategy, library), 50)
  expect(caught?.invariant).toBe('control-reset-values-agree')
  expect(search(named('suggestion-ignored'), new Trials(strategy, library), 50).caught).toEqual(caught)
})

test('nothing catches what changes nothing', () => {
  const nothing = { name: 'none', kind: 'mutant', change: { mutant: { timer: 'response', factor: 0.5 } } } as const
  expect(search(nothing, new Trials('swarm'), 40)).toEqual({ caught: undefined, reached: 40 })
})

test('what a run never comes to makes no difference to it', { timeout: 120_000 }, () => {
  const rows = specimens.filter(({ change }) => 'mutant' in change && 'machine' in change.mutant)
  const trials = new Trials('guided', library)
  let untouched = 0
  for (let turn = 1; turn <= 12; turn++) {
    const { scenario, reach } = trials.at(turn)
    if (reach === undefined) continue
    const { digest } = hunt(scenario)
    for (const specimen of rows.filter((_, i) => i % 12 === turn % 12)) {
      if (!('mutant' in specimen.change) || isReached(touchedBy(alterationOf(specimen.change.mutant)), reach, ['LAC', 'LNS'])) continue
      const { mutant } = specimen.change
      const endpoints = Object.fromEntries(Object.entries(scenario.endpoints).map(([name, spec]) => [name, { ...spec, mutant }]))
      expect([specimen.name, hunt({ ...scenario, endpoints }).digest]).toEqual([specimen.name, digest])
      untouched += 1
    }
  }
  expect(untouched).toBeGreaterThan(100)
})

test('a mutant whose timer fires for ever at one instant is caught, and does not hold the search up', { timeout: 120_000 }, () => {
  const endless = named('session-sync 9: queried × no-response → unanswered (R4951-AMB-64): the row is missing')
  expect(search(endless, new Trials('swarm'), 400).caught).toMatchObject({ invariant: 'bug' })
})

test('a change that reaches beyond the tables may matter anywhere', () => {
  expect(touchedBy(quirkNamed('suggestion-swapped'))?.size).toBeGreaterThan(0)
  expect(touchedBy(quirkNamed('acknowledgement-without-modulo'))).toBeUndefined()
})

test('the document tells what was caught, how soon, by what, and what was not', () => {
  const found = (after: number) => ({ after, invariant: 'tunnels-converge', message: 'm' })
  const rows = [
    { name: 'suggestion-ignored', kind: 'quirk', caught: { random: found(3), swarm: found(1), guided: undefined } },
    { name: 'receive window: one more', kind: 'quirk', caught: {} },
    { name: 'timer hello: halved', kind: 'mutant', caught: {}, late: found(700) },
    { name: 'timer linger: doubled', kind: 'mutant', caught: {} },
  ]
  const text: string = zooDocument(rows, { strategies: ['random', 'swarm', 'guided'], limit: 500, deep: 2000 })
  expect(text).toContain('| suggestion-ignored | 3 | 1 | – | tunnels-converge |')
  expect(text).toContain('| timer hello: halved | – | – | – | tunnels-converge (swarm, after 700) |')
  expect(text).toContain('Without a reason:\n\n- timer linger: doubled (no seed came to it)\n')
  expect(text).toMatch(/Equivalent: a message one beyond the window .*\n\n- receive window: one more\n/)
  expect(text).toContain('2 quirks and 2 mutants, 4 in all; 2 caught')
})
