// The reference of metrics and invariants is that of the registries, whose entries say what they are and what they watch.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricsDocument, quirksDocument } from '../../../sim/run/document.ts'
import { invariants } from '../../../sim/run/invariants.ts'
import { metrics } from '../../../sim/run/metrics.ts'

test('docs/metrics-and-invariants.md is up to date (node scripts/docs-metrics.mjs writes it)', () => {
  expect(readFileSync('docs/metrics-and-invariants.md', 'utf8')).toBe(metricsDocument())
})

test('docs/quirks.md is up to date (node scripts/docs-quirks.mjs writes it)', () => {
  expect(readFileSync('docs/quirks.md', 'utf8')).toBe(quirksDocument())
})

test('names are unique, and every entry says what it is; every invariant names a requirement', () => {
  const names = [...metrics, ...invariants].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect([...metrics, ...invariants].filter(({ help }) => help.length < 10)).toEqual([])
  expect(invariants.filter(({ ref }) => !/R(2661|3931|4951)-/.test(ref)).map(({ name }) => name)).toEqual([])
})
