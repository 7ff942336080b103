// What the explorer offers is what ships, in the order of `l2tpsim scenarios`.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { shippedScenarios } from '../../../sim/cli/installation.ts'
import { shipped } from '../../../web/shipped.ts'

test('every scenario that ships is offered, in reading order', () => {
  const inFiles = shippedScenarios().map(({ name, path }) => [name, readFileSync(path, 'utf8')])
  expect(shipped.map(({ name, text }) => [name, text])).toEqual(inFiles)
})
