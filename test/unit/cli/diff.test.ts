// `l2tpsim diff`: where two runs part, for traces, seeds and repro files.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { l2tpsim } from '../../support/shell.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diff-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test('a run is equal to itself, and to its stored trace', async () => {
  const trace = join(folder, 'a.jsonl')
  await l2tpsim(['run', 'failover/second-crash', '--quiet', '--trace', trace])
  const { status, stdout } = await l2tpsim(['diff', trace, 'failover/second-crash'])
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'equal: 179 records\n' })
})

test('two runs that differ in one fault part where it strikes; what follows from it alone is not listed', async () => {
  const [one, other] = [join(folder, 'one.jsonl'), join(folder, 'other.jsonl')]
  await l2tpsim(['run', 'failover/second-crash', '--quiet', '--trace', one])
  await l2tpsim(['run', 'failover/second-crash', '--quiet', '--trace', other, '--set', 'faults[1].delay=5ms', '--set', 'expect=[]'])
  const { status, stdout } = await l2tpsim(['diff', one, other])
  expect(status).toBe(1)
  const [, records = 'none'] = /^the first (\d+) records are equal/.exec(stdout) ?? []
  expect(Number(records)).toBeGreaterThan(20)
  expect(stdout).toMatch(/A: .*fault.*name crash/)
  expect(stdout).toMatch(/\d+ records in A, \d+ in B/)
})

test('seeds of the swarm are compared, and wrong input is told', async () => {
  expect((await l2tpsim(['diff', '#17', '#17'])).status).toBe(0)
  expect((await l2tpsim(['diff', '#17', '#18'])).status).toBe(1)
  const broken = join(folder, 'broken.jsonl')
  writeFileSync(broken, 'no trace\n')
  expect(await l2tpsim(['diff', broken, '#1'])).toMatchObject({ status: 2, stdout: '' })
  expect(await l2tpsim(['diff', 'failover/nothing', '#1'])).toMatchObject({ status: 2, stdout: '' })
})
