// `l2tpsim hunt`: what it sums up, the files it writes, going on where it stopped, and its exit statuses.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { l2tpsim } from '../../support/shell.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hunt-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const TIME = { timeout: 240_000 }

/** One that fails: it may not go on for long. */
const IMPATIENT = `
duration: 2s
endpoints: { lac1: { role: LAC }, lns1: { role: LNS } }
links: [ { between: [ lac1, lns1 ], latency: 10ms } ]
tunnels: [ { from: lac1, to: lns1, sessions: { count: 2 } } ]
maxEvents: 60
`

describe('l2tpsim hunt', () => {
  test('the swarm: sums up, and goes on where it stopped', TIME, async () => {
    const out = join(folder, 'swarm')
    const first = await l2tpsim(['hunt', '--swarm', '--seeds', '0..299', '--jobs', '1', '--out', out, '--json'])
    expect(first.status).toBe(0)
    const told = JSON.parse(first.stdout) as Readonly<Record<string, unknown>>
    expect(told).toMatchObject({ runs: 300, findings: [], ending: 'complete', runsFoundDone: 0 })
    const further = await l2tpsim(['hunt', '--swarm', '--seeds', '0..319', '--jobs', '2', '--out', out])
    expect(further.status).toBe(0)
    expect(further.stdout).toContain('320 runs, 256 of them earlier')
    expect(further.stdout).toMatch(/goals reached: \d+ of \d+; never: /)
    const anew = await l2tpsim(['hunt', '--swarm', '--seeds', '0..319', '--jobs', '1', '--out', join(folder, 'again'), '--json'])
    const same = await l2tpsim(['hunt', '--swarm', '--seeds', '0..319', '--jobs', '1', '--out', out, '--json'])
    const essence = (text: string): object => {
      const { events, features, goals } = JSON.parse(text) as Readonly<Record<string, unknown>>
      return { events, features, goals }
    }
    expect(essence(same.stdout)).toEqual(essence(anew.stdout))
  })

  test('a scenario that fails: one line for each cause, and a repro that replays', TIME, async () => {
    const [file, out] = [join(folder, 'impatient.yaml'), join(folder, 'failing')]
    writeFileSync(file, IMPATIENT)
    const hunted = await l2tpsim(['hunt', file, '--set', 'endpoints.lac1.l2tp.helloInterval=1s', '--seeds', '0..15', '--jobs', '1', '--out', out])
    expect(hunted.stderr).toBe('')
    expect(hunted.stdout).toContain('seeds 0..15: 16 runs')
    const repros = readdirSync(out).filter((name) => name.endsWith('.repro.yaml'))
    expect(hunted.status).toBe(1)
    expect(hunted.stdout).toMatch(/1[0-6] × event-cap: the run reached its cap/)
    for (const name of repros) {
      expect(hunted.stdout).toContain(name)
      expect(readFileSync(join(out, name), 'utf8')).toContain('helloInterval=1s')
      expect((await l2tpsim(['replay', join(out, name)])).stdout).toContain('reproduced, record for record')
    }
    expect(repros).toHaveLength(1)
  })

  test('an interrupted hunt says how to go on', TIME, async () => {
    const out = join(folder, 'stopped')
    const stopped = await l2tpsim(['hunt', '--seeds', '0..', '--jobs', '1', '--out', out], { interrupt: 130 })
    expect(stopped.status).toBe(130)
    expect(stopped.stdout).toContain(`npx l2tpsim hunt --swarm --seeds 0.. --out ${out}`)
  })

  test('wrong input is told', async () => {
    const wrong = async (...words: readonly string[]): Promise<string> => {
      const { status, stderr } = await l2tpsim(['hunt', ...words])
      expect(status).toBe(2)
      return stderr
    }
    expect(await wrong('--seeds', '9..1')).toContain('expected a range')
    expect(await wrong('--time', 'soon')).toContain('--time soon')
    expect(await wrong('failover/appendix-a', '--swarm')).toContain('name none')
    expect(await wrong('--jobs', '0')).toContain('--jobs 0')
    const out = join(folder, 'swarm')
    expect(await wrong('--seeds', '5..9', '--out', out)).toContain('the first seed changed')
  })
})
