// `l2tpsim explore` as one meets it: verdict, exit status, the counterexample as a file, mistakes, interruption.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { l2tpsim } from '../../support/shell.ts'

const forgetful = `
endpoints:
  lac1: { role: LAC, l2tp: { helloInterval: 0 } }
  lns1: { role: LNS, l2tp: { helloInterval: 0 }, restart: { persistent: false } }
links: [{ between: [lac1, lns1] }]
tunnels: [{ from: lac1, to: lns1, sessions: {} }]
`

const sound = `
endpoints:
  lac1: { role: LAC }
  lns1: { role: LNS, backup: { mode: same-address, detectionDelay: 200ms, takeoverTime: 300ms } }
links: [{ between: [lac1, lns1] }]
tunnels: [{ from: lac1, to: lns1, sessions: { at: 100ms } }]
`

/** What a reset should discard is sent again after it. */
const keepsMessages = `
endpoints:
  lac1: { role: LAC, quirks: [reset-keeps-sent-messages] }
  lns1: { role: LNS, backup: { mode: same-address, detectionDelay: 200ms, takeoverTime: 300ms } }
links: [{ between: [lac1, lns1] }]
tunnels: [{ from: lac1, to: lns1, sessions: { at: 100ms } }]
`

const explore = (words: readonly string[], more = {}): ReturnType<typeof l2tpsim> =>
  l2tpsim(['explore', '-', '--losses', '0', ...words], { stdin: forgetful, ...more })

describe('l2tpsim explore', () => {
  test('says when everything was looked at', async () => {
    const { status, stdout } = await explore(['--crashes', '0'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/no violation; everything within the bounds was looked at\n\d+ states, \d+ transitions, depth \d+, 0 still to look at, 1 plan run, \d+ invariants judged in each/)
  })

  test('an invariant of runs that is broken somewhere is found, the same with one thread as with two', async () => {
    const words = ['explore', '-', '--losses', '0', '--crashes', '1', '--sessions', '1']
    const without = await l2tpsim([...words, '--check', 'no-bug,converges,sessions-kept'], { stdin: keepsMessages })
    expect(without.stdout).toMatch(/^no violation; everything within the bounds was looked at/)
    const [one, two] = [
      await l2tpsim([...words, '--jobs', '1'], { stdin: keepsMessages }),
      await l2tpsim([...words, '--jobs', '2'], { stdin: keepsMessages }),
    ]
    expect(one.status).toBe(1)
    expect(one.stdout).toMatch(/^violated: invariants: only-unacknowledged-is-retransmitted: /)
    expect(one.stdout).toMatch(/an ordinary run shows it: only-unacknowledged-is-retransmitted: /)
    expect(one.stdout).toMatch(/repro: 1[^]*invariant: only-unacknowledged-is-retransmitted/)
    expect(two).toEqual(one)
  })

  test('says what was not looked at when a bound is met', async () => {
    const { status, stdout } = await explore(['--crashes', '0', '--depth', '3'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/not everything was looked at: --depth 3 was reached, \d+ states found were not gone on from/)
  })

  test('gives a counterexample as a repro that shows it', async () => {
    const file = join(tmpdir(), `explore-${String(process.pid)}.repro.yaml`)
    const { status, stdout } = await explore(['--crashes', '1', '--check', 'converges', '--output', file])
    expect(status).toBe(1)
    expect(stdout).toContain('violated: converges')
    expect(stdout).toContain('and lns1 crashes')
    const digest = /an ordinary run shows it: tunnels-converge[^]*digest {2}([0-9a-f]{16})/.exec(stdout)?.[1]
    expect(readFileSync(file, 'utf8')).toContain('kind: crash')
    const replayed = await l2tpsim(['replay', file])
    expect(replayed.status).toBe(1)
    expect(replayed.stdout).toContain('reproduced, record for record\n  tunnels-converge')
    expect(replayed.stdout).toContain(`digest ${digest ?? 'that was named'}`)
    rmSync(file)
  })

  test('--json is one document', async () => {
    const { status, stdout } = await explore(['--crashes', '1', '--check', 'converges', '--json'])
    expect(status).toBe(1)
    const document = JSON.parse(stdout) as { violation: { property: string }; complete: boolean; path: string[]; scenario: string; repro: string }
    expect(document.violation.property).toBe('converges')
    expect(document.complete).toBe(false)
    expect(document.path.length).toBeGreaterThan(3)
    expect(document.scenario).toContain('faults:')
    expect(document.repro).toMatch(/invariant: tunnels-converge[^]*command: npx l2tpsim explore - --losses 0[^]*kind: crash/)
  })

  test('an interrupted search says so, and the same command goes on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'explore-'))
    const out = join(folder, 'kept')
    const words = ['--crashes', '0', '--out', out]
    const { status, stdout } = await explore(words, { interrupt: 130 })
    expect(status).toBe(130)
    expect(stdout).toContain('it was interrupted, 1 states found were not gone on from; the same command goes on')
    expect(readdirSync(out)).toEqual([expect.stringMatching(/^[0-9a-f]{12}\.search$/)])
    const again = await explore(words)
    expect(again.stderr).toContain('going on from 1 states')
    expect(again.stdout).toBe((await explore(['--crashes', '0'])).stdout)
    expect(existsSync(out)).toBe(false)
    rmSync(folder, { recursive: true })
  })

  test('stopped again and again, it ends with the same report', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'explore-'))
    const words = ['explore', '-', '--losses', '1', '--crashes', '1', '--sessions', '1', '--depth', '14', '--check', 'converges']
    const without = (text: string): string => text.replace(/[\d.]+ s\n/g, '')
    const whole = await l2tpsim(words, { stdin: sound })
    let stops = 0
    let last = await l2tpsim([...words, '--out', folder, '--time', '1s'], { stdin: sound, tick: 1_000 })
    for (; last.stdout.includes('the time was up'); stops++) last = await l2tpsim([...words, '--out', folder, '--time', '1s'], { stdin: sound, tick: 1_000 })
    expect(stops).toBeGreaterThan(1)
    expect(without(last.stdout)).toBe(without(whole.stdout))
    expect(last.status).toBe(whole.status)
    rmSync(folder, { recursive: true, force: true })
  }, 120_000)

  test('what another program left, or what is damaged, is not gone on from', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'explore-'))
    const words = ['--crashes', '0', '--out', folder]
    await explore(words, { interrupt: 130 })
    const [name = ''] = readdirSync(folder)
    writeFileSync(join(folder, name), 'no search')
    const { status, stdout, stderr } = await explore(words)
    expect(stderr).toContain('is damaged: beginning anew')
    expect(status).toBe(0)
    expect(stdout).toContain('no violation; everything within the bounds was looked at')
    await explore(words, { interrupt: 130 })
    expect((await explore([...words, '--fresh'])).stderr).toBe('')
    rmSync(folder, { recursive: true, force: true })
  })

  test('mistakes are told', async () => {
    expect(await explore(['--crashes', 'many'])).toMatchObject({ status: 2, stderr: 'l2tpsim: --crashes many: expected a whole number, such as 1\n' })
    expect((await explore(['--check', 'all'])).stderr).toContain('expected no-bug, converges, sessions-kept, invariants')
    expect(await explore(['--jobs', '0'])).toMatchObject({ status: 2, stderr: 'l2tpsim: --jobs 0: expected a whole number of at least 1\n' })
    expect((await l2tpsim(['explore', 'stress/fifty-lacs'])).stderr).toContain('up to 3 can be explored')
  })
})
