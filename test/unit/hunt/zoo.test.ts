// The zoo: specimens are all there and unlike each other, searches catch what they should, and the document says what they found.

import { expect, test } from 'vitest'
import { machines } from '../../../sim/l2tp/machines/index.ts'
import { search, specimens, strategies } from '../../../sim/hunt/zoo.ts'
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

test.each(strategies)('%s search catches a suggestion that is ignored, by what the two sides reset to, and the same way each time', (strategy) => {
  const caught = search(named('suggestion-ignored'), { strategy, limit: 50 })
  expect(caught?.invariant).toBe('control-reset-values-agree')
  expect(search(named('suggestion-ignored'), { strategy, limit: 50 })).toEqual(caught)
})

test('nothing catches what changes nothing', () => {
  expect(search({ name: 'none', kind: 'quirk', change: { quirks: [] } }, { strategy: 'swarm', limit: 40 })).toBeUndefined()
})

test('the document tells what was caught, how soon, by what, and what was not', () => {
  const found = (after: number) => ({ after, invariant: 'tunnels-converge', message: 'm' })
  const rows = [
    { name: 'suggestion-ignored', kind: 'quirk', caught: { random: found(3), swarm: found(1), guided: undefined } },
    { name: 'vendor-ids-ignored', kind: 'quirk', caught: {} },
    { name: 'timer hello: halved', kind: 'mutant', caught: {}, late: found(700) },
    { name: 'timer linger: doubled', kind: 'mutant', caught: {} },
  ]
  const text: string = zooDocument(rows, { strategies: ['random', 'swarm', 'guided'], limit: 500, deep: 2000 })
  expect(text).toContain('| suggestion-ignored | 3 | 1 | – | tunnels-converge |')
  expect(text).toContain('| timer hello: halved | – | – | – | tunnels-converge (swarm, after 700) |')
  expect(text).toContain('Without a reason:\n\n- timer linger: doubled\n')
  expect(text).toMatch(/Needs a peer that sends AVPs of a vendor\.\n\n- vendor-ids-ignored\n/)
  expect(text).toContain('2 quirks and 2 mutants, 4 in all; 2 caught')
})
