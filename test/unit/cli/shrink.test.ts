// `l2tpsim shrink`: the files it writes, and a link that the explorer understands.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readHash } from '../../../web/address.ts'
import { l2tpsim } from '../../support/shell.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrink-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test('a failed run becomes small: repro, scenario, diagram, capture and link', { timeout: 120_000 }, async () => {
  const path = join(folder, 'bug.repro.yaml')
  await l2tpsim(['run', 'failover/both-ends-fail', '--set', 'expect[0]={metric: tunnelsRecovered, equals: 9}', '--quiet', '--repro', path])
  const { status, stdout, stderr } = await l2tpsim(['shrink', path])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/\d+ elements are left, after \d+ runs/)
  expect((await l2tpsim(['replay', join(folder, 'bug.min.repro.yaml')])).stdout).toContain('reproduced, record for record')
  const text = readFileSync(join(folder, 'bug.min.scenario.yaml'), 'utf8')
  expect(text).toContain('# Regression: expectation was violated here')
  expect((await l2tpsim(['run', join(folder, 'bug.min.scenario.yaml'), '--quiet'])).status).toBe(1)
  expect(readFileSync(join(folder, 'bug.min.mmd'), 'utf8')).toContain('sequenceDiagram')
  // Section Header Block, as every pcapng file begins.
  expect(readFileSync(join(folder, 'bug.min.pcapng')).subarray(0, 4).toString('hex')).toBe('0a0d0d0a')
  const link = /#x=\S+/.exec(stdout)?.[0] ?? ''
  const address = await readHash(link)
  expect(address.inquiry.text).toBe(text)
  expect(address.view.selection).toBeGreaterThan(0)
})

test('a repro that fails no longer is told', async () => {
  const path = join(folder, 'mended.repro.yaml')
  await l2tpsim(['run', 'failover/second-crash', '--set', 'expect[0].equals=9', '--quiet', '--repro', path])
  const text = readFileSync(path, 'utf8').replace('equals: 9', 'equals: 2')
  expect(await l2tpsim(['shrink', '-', '--out', folder], { stdin: text })).toMatchObject({ status: 1, stdout: '' })
})

test('an interrupted one writes the smallest so far, which fails in the same way', { timeout: 120_000 }, async () => {
  const path = join(folder, 'stopped.repro.yaml')
  await l2tpsim(['run', 'failover/both-ends-fail', '--set', 'expect[0]={metric: tunnelsRecovered, equals: 9}', '--quiet', '--repro', path])
  const { status, stdout } = await l2tpsim(['shrink', path], { interrupt: 130 })
  expect(status).toBe(130)
  expect(stdout).toContain('it was stopped: more may go')
  expect((await l2tpsim(['replay', join(folder, 'stopped.min.repro.yaml')])).stdout).toContain('reproduced, record for record')
})
