// `l2tpsim run --repro` and `l2tpsim replay`: from a failed run to a file that shows the same failure anywhere.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { l2tpsim } from '../../support/shell.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'replay-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const FAILING = ['failover/second-crash', '--set', 'expect[0].equals=7']

describe('from a failed run to a repro', () => {
  test('a failed run says how to have it written down, and --repro does', async () => {
    const told = await l2tpsim(['run', ...FAILING])
    expect(told.status).toBe(1)
    expect(told.stdout).toContain('--repro bug.repro.yaml')
    const path = join(folder, 'bug.repro.yaml')
    expect((await l2tpsim(['run', ...FAILING, '--quiet', '--repro', path])).status).toBe(1)
    const text = readFileSync(path, 'utf8')
    expect(text).toContain('from: failover/second-crash')
    const replayed = await l2tpsim(['replay', path])
    expect(replayed).toMatchObject({ status: 1, stderr: '' })
    expect(replayed.stdout).toContain('reproduced, record for record')
    const mended = await l2tpsim(['replay', '-', '--json'], { stdin: text.replace('equals: 7', 'equals: 2') })
    expect(mended.status).toBe(0)
    expect(JSON.parse(mended.stdout)).toMatchObject({ verdict: 'not-reproduced' })
  })

  test('a run in which everything held writes none', async () => {
    const path = join(folder, 'none.repro.yaml')
    const held = await l2tpsim(['run', 'failover/second-crash', '--quiet', '--repro', path])
    expect(held).toMatchObject({ status: 0 })
    expect(held.stderr).toContain('everything held')
  })

  test('a file that is no repro is wrong input', async () => {
    const path = join(folder, 'other.yaml')
    writeFileSync(path, 'endpoints: {}\n')
    expect(await l2tpsim(['replay', path])).toMatchObject({ status: 2, stdout: '' })
    expect((await l2tpsim(['replay', join(folder, 'missing.yaml')])).stderr).toContain('cannot read')
  })
})
