// docs/ambiguities.md is current, and its commands run and show something: the digest differs from that of the scenario as it ships.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { run } from '../../sim/run/run.ts'
import { parseScenario, type Override } from '../../sim/scenario/parse.ts'
import { ambiguitiesDocument, readReadings } from '../support/ambiguities.ts'
import { catalogue } from '../support/catalogue.ts'
import { shipped } from '../support/shipped.ts'

test('docs/ambiguities.md is what scripts/docs-ambiguities.mjs writes', () => {
  expect(readFileSync('docs/ambiguities.md', 'utf8')).toBe(ambiguitiesDocument())
})

test('readings are those of ambiguities that there are', () => {
  const known = new Set(catalogue(4951).map(({ id }) => id))
  expect(readReadings().filter(({ id }) => !known.has(id) || !id.includes('-AMB-'))).toEqual([])
})

const digest = (name: string, overrides: readonly Override[]): string => {
  const found = shipped.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  const parsed = parseScenario(found.text, name, overrides)
  if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join('\n'))
  return run(parsed.scenario, { unobserved: true }).digest
}

/** The scenario and the settings of `l2tpsim run NAME --set a=b …`. */
function readCommand(command: string): { readonly name: string; readonly overrides: readonly Override[] } {
  const [program, verb, name = '', ...words] = command.trim().split(/\s+/)
  expect([program, verb]).toEqual(['l2tpsim', 'run'])
  const overrides = words.flatMap((word) => {
    if (word === '--set') return []
    const [path = '', value = ''] = word.split('=')
    return [{ path, value }]
  })
  return { name, overrides }
}

const every = (text: string): readonly string[] => [...text.matchAll(/`--set ([^`]+)`/g)].map(([, set]) => set ?? '')

test.each(readReadings().map((reading) => [reading.id, reading] as const))('the commands of %s show another run', (_, { command, shows }) => {
  const { name, overrides } = readCommand(command)
  const first = digest(name, overrides)
  expect(first).not.toBe(digest(name, []))
  for (const set of every(shows)) expect(digest(name, [...overrides, ...readCommand(`l2tpsim run x --set ${set}`).overrides])).not.toBe(first)
})
