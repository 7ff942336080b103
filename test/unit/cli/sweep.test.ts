// `l2tpsim sweep` as a process: it finishes, is interrupted, killed at any instant, goes on, and in the end always has the same rows:
// none missing, none twice, none torn.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { l2tpsim } from '../../support/shell.ts'
import { pairScenario } from '../../support/studies.ts'

const root = join(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-sweep-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const study = `# Loss against round trip in little.
scenario: pair.yaml
seeds: 8
strategies: { usual: {}, window: { set: { endpoints.lac1.l2tp.receiveWindow: 1 } } }
factors:
  loss: { field: links.0.loss, values: [0, 5%, 10%] }
  rtt: { field: links.0.latency, values: [5ms, 50ms] }
responses: [timeToSynchronised, dataLost, { name: kept, value: sessionsLost == 0, better: higher }]
`
const RUNS = 2 * 3 * 2 * 8
const studyPath = join(folder, 'little.yaml')
/** The rows of an undisturbed run, sorted. */
let whole: readonly string[] = []

function rowsIn(path: string): readonly string[] {
  return readFileSync(path, 'utf8').split('\n').slice(1, -1)
}

const sorted = (rows: readonly string[]): readonly string[] => [...rows].sort()

const TIMEOUT = { timeout: 240_000 }

beforeAll(async () => {
  writeFileSync(join(folder, 'pair.yaml'), pairScenario)
  writeFileSync(studyPath, study)
  const { status, stdout, stderr } = await l2tpsim(['sweep', studyPath, '--out', join(folder, 'whole')])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain(`12 points, ${String(RUNS)} of ${String(RUNS)} runs`)
  whole = sorted(rowsIn(join(folder, 'whole/rows.ndjson')))
}, 120_000)

describe('an undisturbed study', () => {
  test('has a row for each run, each once, with all it takes to repeat it', () => {
    expect(new Set(whole).size).toBe(RUNS)
    const row = JSON.parse(whole[0]!) as Record<string, unknown>
    expect(Object.keys(row)).toEqual([
      'point', 'seed', 'status', 'version', 'scenario', 'strategy', 'factors', 'responses', 'observed', 'ended', 'violated', 'digest', 'events',
    ])
    expect(row).toMatchObject({ status: 'done', ended: 'until', violated: [], observed: 6e9 })
  })

  test('any row is repeated by `run`, digest and scenario hash included', TIMEOUT, async () => {
    const row = JSON.parse(whole[17]!) as { seed: string; strategy: string; factors: Record<string, string>; digest: string; scenario: string; responses: Record<string, number> }
    const set = [
      ...(row.strategy === 'window' ? ['--set', 'endpoints.lac1.l2tp.receiveWindow=1'] : []),
      ...['--set', `links.0.loss=${row.factors['loss'] ?? ''}`, '--set', `links.0.latency=${row.factors['rtt'] ?? ''}`],
    ]
    const { stdout } = await l2tpsim(['run', join(folder, 'pair.yaml'), '--seed', row.seed, ...set, '--json'])
    const again = JSON.parse(stdout) as { digest: string; scenarioHash: string; metrics: Record<string, number> }
    expect(again.digest).toBe(row.digest)
    expect(again.scenarioHash).toBe(row.scenario)
    expect(again.metrics['dataLost']).toBe(row.responses['dataLost'])
  })

  test('run again, does nothing; with one thread, gives the same rows', TIMEOUT, async () => {
    const again = await l2tpsim(['sweep', studyPath, '--out', join(folder, 'whole'), '--resume', '--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ ending: 'complete', runsPerformed: 0, runsFoundDone: RUNS })
    await l2tpsim(['sweep', studyPath, '--out', join(folder, 'single'), '--jobs', '1'])
    expect(sorted(rowsIn(join(folder, 'single/rows.ndjson')))).toEqual(whole)
  })

  test('a dry run names the points and runs nothing', async () => {
    const { stdout, status } = await l2tpsim(['sweep', studyPath, '--dry-run', '--out', join(folder, 'dry')])
    expect(status).toBe(0)
    expect(stdout).toContain(`12 points × seeds 1 to 8: ${String(RUNS)} runs`)
    expect(stdout).toContain('window, loss 10%, rtt 50ms')
    expect(stdout).toMatch(/runs tried: [\d.]+ ms each; about .+ with \d+ worker/)
    expect(existsSync(join(folder, 'dry'))).toBe(false)
  })
})

describe('going on', () => {
  test.each([
    ['in the middle of a row', (path: string) => { truncateSync(path, statSync(path).size - 100) }],
    ['with octets that were never written', (path: string) => { appendFileSync(path, Buffer.alloc(300)) }],
    ['with a line that is no row', (path: string) => { appendFileSync(path, '{"point":"x","seed":"1","status":"done"}\n') }],
    ['in the middle of the header', (path: string) => { truncateSync(path, 40) }],
    ['before the header', (path: string) => { truncateSync(path, 0) }],
  ])('from a journal torn %s', TIMEOUT, async (name, tear) => {
    const out = join(folder, `torn-${name.replaceAll(' ', '-')}`)
    await l2tpsim(['sweep', studyPath, '--out', out, '--runs', '20', '--jobs', '1'])
    expect(rowsIn(join(out, 'rows.ndjson'))).toHaveLength(20)
    tear(join(out, 'rows.ndjson'))
    const { status, stderr } = await l2tpsim(['sweep', studyPath, '--out', out, '--jobs', '1'])
    expect(status).toBe(0)
    expect(stderr).toMatch(name === 'before the header' ? /^$/ : /torn/)
    expect(sorted(rowsIn(join(out, 'rows.ndjson')))).toEqual(whole)
  })

  test('more seeds add to what is there', TIMEOUT, async () => {
    const out = join(folder, 'more')
    await l2tpsim(['sweep', studyPath, '--out', out, '--seeds', '3'])
    const { stdout } = await l2tpsim(['sweep', studyPath, '--out', out, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ runsFoundDone: 36, runsPerformed: RUNS - 36 })
    expect(sorted(rowsIn(join(out, 'rows.ndjson')))).toEqual(whole)
  })

  test('a study, scenario or version that changed is noticed, and nothing is touched', TIMEOUT, async () => {
    const out = join(folder, 'changed')
    const other = join(folder, 'other.yaml')
    copyFileSync(studyPath, other)
    await l2tpsim(['sweep', other, '--out', out, '--runs', '12'])
    const before = readFileSync(join(out, 'rows.ndjson'), 'utf8')
    const refused = await l2tpsim(['sweep', other, '--out', out, '--set', 'duration=9s'])
    expect(refused).toMatchObject({ status: 2 })
    expect(refused.stderr).toContain('holds the results of another plan: the changes by --set changed')
    writeFileSync(join(out, 'rows.ndjson'), before.replace('"version":"', '"version":"9.').replace(/"plan":"[^"]*"/, '"plan":"x"'))
    expect((await l2tpsim(['sweep', other, '--out', out])).stderr).toContain('the version of the simulator (9.')
    const fresh = await l2tpsim(['sweep', other, '--out', out, '--fresh'])
    expect(fresh).toMatchObject({ status: 0 })
    expect(fresh.stderr).toContain('rows.ndjson.old-1')
    expect(sorted(rowsIn(join(out, 'rows.ndjson')))).toEqual(whole)
  })

  test('a file that is no journal is not written to', async () => {
    const out = join(folder, 'foreign')
    await l2tpsim(['sweep', studyPath, '--out', out, '--runs', '12'])
    writeFileSync(join(out, 'rows.ndjson'), 'my notes\n')
    expect(await l2tpsim(['sweep', studyPath, '--out', out])).toMatchObject({ status: 2 })
    expect(readFileSync(join(out, 'rows.ndjson'), 'utf8')).toBe('my notes\n')
  })
})

/** A study in a process of its own, with more work than is done at once. */
function begin(out: string, more: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, ['bin/l2tpsim.js', 'sweep', studyPath, '--out', out, '--jobs', '2', ...more], { cwd: root, stdio: 'ignore' })
}

async function untilThereAre(rows: number, path: string): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (existsSync(path) && readFileSync(path, 'utf8').split('\n').length - 2 >= rows) return
    await setTimeout(20)
  }
  throw new Error(`${path} did not get ${String(rows)} rows`)
}

describe('interrupted', () => {
  test('killed again and again at any instant, loses little and repeats nothing', { timeout: 480_000 }, async () => {
    const out = join(folder, 'killed')
    const path = join(out, 'rows.ndjson')
    let before = 0
    for (let round = 0; round < 4; round++) {
      const child = begin(out)
      const ended = once(child, 'exit')
      await Promise.race([untilThereAre(Math.min(before + 3 + round, RUNS), path), ended])
      await setTimeout(round * 3)
      child.kill('SIGKILL')
      await ended
      const rows = rowsIn(path)
      expect(rows.length).toBeGreaterThanOrEqual(before)
      expect(new Set(rows).size).toBe(rows.length)
      for (const row of rows) expect(whole).toContain(row)
      before = rows.length
    }
    expect(spawnSync(process.execPath, ['bin/l2tpsim.js', 'sweep', studyPath, '--out', out], { cwd: root }).status).toBe(0)
    expect(sorted(rowsIn(path))).toEqual(whole)
  })

  test('by SIGINT, stops cleanly with status 130, leaves no lock, and goes on', TIMEOUT, async () => {
    const out = join(folder, 'sigint')
    const path = join(out, 'rows.ndjson')
    const child = begin(out, ['--seeds', '1..400'])
    const ended = once(child, 'exit')
    await untilThereAre(10, path)
    child.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true)
    expect(readdirSync(out)).toEqual(['rows.ndjson'])
    await l2tpsim(['sweep', studyPath, '--out', out])
    const first8 = rowsIn(path).filter((row) => Number((JSON.parse(row) as { seed: string }).seed) <= 8)
    expect(sorted(first8)).toEqual(whole)
  })

  test('two processes cannot write one journal at a time', TIMEOUT, async () => {
    const out = join(folder, 'twice')
    const child = begin(out, ['--seeds', '1..4000'])
    await untilThereAre(5, join(out, 'rows.ndjson'))
    const second = await l2tpsim(['sweep', studyPath, '--out', out, '--seeds', '1..4000'])
    expect(second.status).toBe(2)
    expect(second.stderr).toContain(`is being written by process ${String(child.pid)}`)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
})

describe('runs that go wrong', () => {
  test('one that takes too long is recorded with its seed, the others are done; --retry does it again', TIMEOUT, async () => {
    const out = join(folder, 'late')
    const text = `scenario: pair.yaml\nseeds: 2\nresponses: [dataLost]
factors: { rate: { field: tunnels.0.sessions.traffic.rate, values: [4/s, 20000/s] } }\nset: { duration: 60s, maxEvents: 1000000000 }\n`
    writeFileSync(join(folder, 'late.yaml'), text)
    const { status, stdout } = await l2tpsim(['sweep', join(folder, 'late.yaml'), '--out', out, '--run-time', '400ms', '--json'])
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ ending: 'complete', runsDone: 4, runsFailed: 2 })
    const failed = rowsIn(join(out, 'rows.ndjson')).map((row) => JSON.parse(row) as Record<string, unknown>).filter(({ status: one }) => one !== 'done')
    expect(failed.map(({ seed, status: one }) => `${String(seed)} ${String(one)}`).sort()).toEqual(['1 gave-up', '2 gave-up'])
    expect(failed[0]!['error']).toMatch(/^took too long: at \d+ ns of simulated time/)
    const again = await l2tpsim(['sweep', join(folder, 'late.yaml'), '--out', out, '--run-time', '300ms', '--retry', '--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ runsFoundDone: 2, runsPerformed: 2 })
  })

  test('one that needs more memory than there is does not stop the study', { timeout: 240_000 }, async () => {
    const out = join(folder, 'memory')
    const text = `scenario: pair.yaml\nseeds: 1\nresponses: [dataLost]
factors: { sessions: { field: tunnels.0.sessions.count, values: [3, 60000] } }\nset: { tunnels.0.sessions.traffic.rate: 0, tunnels.0.sessions.spacing: 10us, duration: 30s }\n`
    writeFileSync(join(folder, 'memory.yaml'), text)
    const { stdout } = await l2tpsim(['sweep', join(folder, 'memory.yaml'), '--out', out, '--run-memory', '70', '--jobs', '1', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ ending: 'complete', runsDone: 2, runsFailed: 1 })
    const errors = rowsIn(join(out, 'rows.ndjson')).flatMap((row) => {
      const { error } = JSON.parse(row) as { error?: string }
      return error === undefined ? [] : [error]
    })
    expect(errors).toEqual(['needed more memory than a worker has'])
  })

  test('one that violates an invariant is told with the command that writes its repro file', TIMEOUT, async () => {
    const out = join(folder, 'quirk')
    const text = `scenario: pair.yaml\nseeds: 2\nresponses: [dataLost]
strategies: { usual: {}, ignorant: { set: { endpoints.lac1.quirks: [suggestion-ignored] } } }\n`
    writeFileSync(join(folder, 'quirk.yaml'), text)
    const { status, stdout } = await l2tpsim(['sweep', join(folder, 'quirk.yaml'), '--out', out])
    expect(status).toBe(1)
    expect(stdout).toContain('2 runs violated an invariant')
    const [, seed = '', change = ''] = /^ {2}repro {3}npx l2tpsim run \S+ --seed (\S+) --set '(.+)' --repro bug\.repro\.yaml$/m.exec(stdout) ?? []
    const repro = join(folder, 'quirk.repro.yaml')
    expect((await l2tpsim(['run', join(folder, 'pair.yaml'), '--seed', seed, '--set', change, '--repro', repro])).status).toBe(1)
    expect(await l2tpsim(['replay', repro])).toMatchObject({ status: 1, stdout: expect.stringContaining('reproduced, record for record') as string })
  })

  test('fields that do not go together at one point are told there', TIMEOUT, async () => {
    const out = join(folder, 'invalid')
    const text = `scenario: pair.yaml\nseeds: 1\nresponses: [dataLost]\nset: { allow: [short-retransmit-cap] }
factors: { cap: { field: endpoints.lac1.l2tp.retransmit.cap, values: [1s, 8s] }, initial: { field: endpoints.lac1.l2tp.retransmit.initial, values: [1s, 4s] } }\n`
    writeFileSync(join(folder, 'invalid.yaml'), text)
    const { status, stdout, stderr } = await l2tpsim(['sweep', join(folder, 'invalid.yaml'), '--out', out, '--json'])
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ ending: 'complete', runsDone: 4, runsFailed: 1 })
    const rows = rowsIn(join(out, 'rows.ndjson')).map((row) => JSON.parse(row) as { status: string; factors: object; error?: string })
    expect(rows.filter(({ status: one }) => one === 'done')).toHaveLength(3)
    expect(rows.find(({ status: one }) => one !== 'done')).toMatchObject({
      ...{ status: 'invalid', factors: { cap: '1s', initial: '4s' } },
      error: 'endpoints.lac1.l2tp.retransmit.cap: the cap `1s` is below the first interval `4s`',
    })
  })
})

test('a precision adds runs where they are needed, and stops', TIMEOUT, async () => {
  const out = join(folder, 'precise')
  const text = `scenario: pair.yaml\nseeds: 4\nresponses: [dataLost]\nset: { tunnels.0.sessions.traffic.rate: 20/s }
factors: { loss: { field: links.0.loss, values: [0, 10%] } }\nprecision: 10%\n`
  writeFileSync(join(folder, 'precise.yaml'), text)
  const { stdout, status } = await l2tpsim(['sweep', join(folder, 'precise.yaml'), '--out', out, '--json'])
  expect({ status, ...(JSON.parse(stdout) as object) }).toMatchObject({ status: 0, ending: 'complete' })
  const counts = new Map<string, number>()
  for (const row of rowsIn(join(out, 'rows.ndjson'))) {
    const { loss = '' } = (JSON.parse(row) as { factors: Record<string, string> }).factors
    counts.set(loss, (counts.get(loss) ?? 0) + 1)
  }
  // Without loss nothing varies; with it, the spread of a few dozen losses asks for more.
  expect(counts.get('0')).toBe(4)
  expect(counts.get('10%')).toBeGreaterThan(4)
  const limited = await l2tpsim(['sweep', join(folder, 'precise.yaml'), '--out', join(folder, 'limited'), '--precision', '0.1%', '--runs', '30', '--json'])
  expect(JSON.parse(limited.stdout)).toMatchObject({ ending: 'out-of-runs', runsDone: 30 })
  // What the report says to do again is what was done.
  const report = await l2tpsim(['report', join(folder, 'limited'), '--out', '-'])
  expect(report.stdout).toMatch(/npx l2tpsim sweep \S*precise\.yaml --precision 0\.1%/)
})

test('a precision asked for on the command line needs a grid as one in the file does', async () => {
  writeFileSync(join(folder, 'drawn.yaml'), 'scenario: pair.yaml\ndesign: { kind: random, points: 4 }\nresponses: [dataLost]\nfactors: { loss: { field: links.0.loss, from: 0.1%, to: 10% } }\n')
  const { status, stderr } = await l2tpsim(['sweep', join(folder, 'drawn.yaml'), '--out', join(folder, 'drawn'), '--precision', '5%'])
  expect(status).toBe(2)
  expect(stderr).toContain('drawn.yaml:2:9: design: replications are added in a grid only: --precision does not go with this design')
})

test.each([
  [['sweep'], 'which study?'],
  [['sweep', 'recovery-tim'], 'no study recovery-tim'],
  [['sweep', studyPath, '--shard', '0/3'], '--shard 0/3: expected a share'],
  [['sweep', studyPath, '--shard', '1/3', '--precision', '5%'], 'exclude each other'],
  [['sweep', studyPath, '--jobs', 'many'], '--jobs many: expected a whole number'],
  [['sweep', studyPath, '--precision', '5s'], '--precision 5s: expected a share'],
  [['sweep', studyPath, '--resume', '--fresh'], '--resume and --fresh exclude each other'],
  [['sweep', studyPath, '--seeds', '9..1'], 'neither a number of replications nor a range'],
])('wrong input: %j', async (words, message) => {
  const { status, stderr } = await l2tpsim(words)
  expect(status).toBe(2)
  expect(stderr).toContain(message)
})
