// `l2tpsim shrink`: the files it writes, and a link that the explorer understands.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VERSION } from '../../../sim/base/version.ts'
import { explorerLink } from '../../../sim/cli/explorer-link.ts'
import { drawScenario } from '../../../sim/hunt/index.ts'
import { withMutants } from '../../../sim/hunt/repro-mutants.ts'
import { parseRepro, reproOf } from '../../../sim/hunt/repro.ts'
import { run } from '../../../sim/index.ts'
import { mutants, mutantText } from '../../../sim/l2tp/mutants.ts'
import { formatIssues } from '../../../sim/scenario/parse.ts'
import { readHash } from '../../../web/address.ts'
import { parseQuestion } from '../../../web/run/parse-question.ts'
import { questionOf } from '../../../web/state.ts'
import { without } from '../../../web/views/intervene.ts'
import { l2tpsim } from '../../support/shell.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrink-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** A tunnel whose sessions do not fit any more says so with a CDN where RFC 4951 wants silence, once it has failed itself. */
const SENDS_CDN = [
  ...['--set', 'endpoints.lac1.quirks=[cdn-for-unknown-session]', '--set', 'expect=[]'],
  '--set',
  'faults=[{kind: crash, endpoint: lac1, at: 7s}, {kind: mispair-session, endpoint: lns1, at: 2s, session: 10, peerOf: 6},' +
    ' {kind: cut, link: [lac1, lns1], at: 1s, for: 100ms}]',
]
/** An expectation that does not hold. */
const LOST = 'expect[0]={metric: tunnelsRecovered, equals: 9}'

test('a failed run becomes small: repro, scenario, diagram, capture and link', { timeout: 120_000 }, async () => {
  const path = join(folder, 'bug.repro.yaml')
  await l2tpsim(['run', 'failover/both-ends-fail', '--set', LOST, '--quiet', '--repro', path])
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
  expect(stdout).toContain('  in the explorer: http://127.0.0.1:5174/#x=')
})

describe('the link', () => {
  test('has each fault as a part of its own; with all of them it is the run of the repro', { timeout: 120_000 }, async () => {
    const path = join(folder, 'cdn.repro.yaml')
    await l2tpsim(['run', 'failover/lns-control-failure', ...SENDS_CDN, '--quiet', '--repro', path])
    const { stdout } = await l2tpsim(['shrink', path])
    const read = parseRepro(readFileSync(join(folder, 'cdn.min.repro.yaml'), 'utf8'), 'cdn.min.repro.yaml')
    if (!read.ok) throw new Error(formatIssues(read.issues))
    const { digest, violation, seed } = read.repro
    const { inquiry, view, digest: promised, version } = await readHash(/#x=\S+/.exec(stdout)?.[0] ?? '')
    expect({ promised, version, seed: inquiry.seed }).toEqual({ promised: digest, version: VERSION, seed })
    expect(view).toEqual({ cursor: violation.at, selection: violation.record })
    expect(inquiry.interventions.map(({ list, label }) => [list, label])).toEqual([
      ['faults', 'crash lac1 at 7s'],
      ['faults', 'mispair-session lns1 at 2s, session 10, peerOf 6'],
    ])
    const asked = { ...inquiry, text: inquiry.text ?? '', fileName: 'shared.yaml' }
    expect(asked.text).not.toContain('faults:')
    const outcomes = [asked, without(asked, 0), without(asked, 1)].map((one) => {
      const { parsed } = parseQuestion(questionOf(one))
      if (!parsed.ok) throw new Error(formatIssues(parsed.issues))
      return run(parsed.scenario, { seed })
    })
    expect(outcomes[0]?.digest).toBe(digest)
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['fail', 'pass', 'pass'])
  })

  test('is replaced by a command where it would be too long for mail and chat', { timeout: 120_000 }, async () => {
    const path = join(folder, 'long.repro.yaml')
    const hex = Array.from({ length: 1_500 }, (_, i) => ((i * i * 7 + i) % 251).toString(16).padStart(2, '0')).join('')
    const injected = `faults[2]={kind: inject, at: 1s, from: lac1, to: lns1, hex: ${hex}}`
    await l2tpsim(['run', 'failover/both-ends-fail', '--set', LOST, '--set', injected, '--quiet', '--repro', path])
    const { stdout } = await l2tpsim(['shrink', path], { interrupt: 130 })
    expect(stdout).toContain(`  in the explorer: npx l2tpsim view ${join(folder, 'long.min.repro.yaml')}\n`)
    expect(stdout).not.toContain('#x=')
  })

  test('is left out for machines that the explorer does not have', () => {
    const scenario = withMutants(drawScenario('1'), [{ endpoint: 'lac1', mutant: mutantText(mutants[0]!) }])
    const violation = { invariant: 'any', ref: '', at: 0, record: 0, message: 'any', signature: 'any' }
    expect(explorerLink(reproOf(scenario, { digest: '' }, violation, { command: 'test' }))).toEqual({ none: 'mutants' })
  })
})

test('a repro that fails no longer is told', async () => {
  const path = join(folder, 'mended.repro.yaml')
  await l2tpsim(['run', 'failover/second-crash', '--set', 'expect[0].equals=9', '--quiet', '--repro', path])
  const text = readFileSync(path, 'utf8').replace('equals: 9', 'equals: 2')
  expect(await l2tpsim(['shrink', '-', '--out', folder], { stdin: text })).toMatchObject({ status: 1, stdout: '' })
})

test('an interrupted one writes the smallest so far, which fails in the same way', { timeout: 120_000 }, async () => {
  const path = join(folder, 'stopped.repro.yaml')
  await l2tpsim(['run', 'failover/both-ends-fail', '--set', LOST, '--quiet', '--repro', path])
  const { status, stdout } = await l2tpsim(['shrink', path], { interrupt: 130 })
  expect(status).toBe(130)
  expect(stdout).toContain('it was stopped: more may go')
  expect((await l2tpsim(['replay', join(folder, 'stopped.min.repro.yaml')])).stdout).toContain('reproduced, record for record')
})
