// What becomes of results: shares joined to the very octets of one run, tables that other programs read, SQL, and the report.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { l2tpsim } from '../../support/shell.ts'
import { pairScenario } from '../../support/studies.ts'

const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-results-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})
const at = (name: string): string => join(folder, name)

const study = `# Two strategies, two factors.
name: Little <study> & more
asks: what changes?
scenario: pair.yaml
seeds: 6
strategies: { usual: {}, slow: { label: slow takeover, set: { endpoints.lns1.backup.takeoverTime: 900ms } } }
factors:
  loss: { field: links.0.loss, values: [0, 10%, 20%] }
  rtt: { field: links.0.latency, values: [5ms, 50ms, 0.1s] }
responses:
  - timeToSynchronised
  - { name: dataLost, value: dataLost, label: 'packets, lost' }
  - { name: kept, value: sessionsLost == 0, better: higher }
`
const RUNS = 2 * 9 * 6

beforeAll(async () => {
  writeFileSync(at('pair.yaml'), pairScenario)
  writeFileSync(at('study.yaml'), study)
  expect(await l2tpsim(['sweep', at('study.yaml'), '--out', at('whole'), '--jobs', '1'])).toMatchObject({ status: 0, stderr: '' })
}, 120_000)

describe('shares', () => {
  test('give the same octets as one run, and missing ones are told', { timeout: 120_000 }, async () => {
    for (const share of ['1/3', '3/3']) await l2tpsim(['sweep', at('study.yaml'), '--out', at('shares'), '--shard', share, '--jobs', '1'])
    const early = await l2tpsim(['results', 'merge', at('shares'), '--out', at('early.ndjson')])
    expect(early).toMatchObject({ status: 1, stdout: `${at('early.ndjson')}: 72 runs; 36 runs of the study are missing\n` })
    await l2tpsim(['sweep', at('study.yaml'), '--out', at('elsewhere'), '--shard', '2/3', '--jobs', '1'])
    const merged = await l2tpsim(['results', 'merge', at('elsewhere'), at('shares'), '--out', at('shares.ndjson')])
    expect(merged).toMatchObject({ status: 0, stdout: `${at('shares.ndjson')}: ${String(RUNS)} runs\n` })
    expect(await l2tpsim(['results', 'merge', at('whole'), '--out', at('whole.ndjson')])).toMatchObject({ status: 0 })
    expect(readFileSync(at('shares.ndjson'), 'utf8')).toBe(readFileSync(at('whole.ndjson'), 'utf8'))
  })

  test('rows there twice count once', async () => {
    const { stdout } = await l2tpsim(['results', 'merge', at('whole'), at('whole'), '--out', at('double.ndjson')])
    expect(stdout).toContain(`${String(RUNS)} runs; ${String(RUNS)} rows were there twice`)
    await l2tpsim(['results', 'merge', at('whole'), '--out', at('once.ndjson')])
    expect(readFileSync(at('double.ndjson'), 'utf8')).toBe(readFileSync(at('once.ndjson'), 'utf8'))
  })

  test('results of different plans are not joined', async () => {
    await l2tpsim(['sweep', at('study.yaml'), '--out', at('other'), '--set', 'duration=9s', '--runs', '2', '--jobs', '1'])
    const { status, stderr } = await l2tpsim(['results', 'merge', at('whole'), at('other'), '--out', at('no.ndjson')])
    expect(status).toBe(2)
    expect(stderr).toContain('belongs to another plan')
  })
})

describe('tables', () => {
  test('CSV has a line for each run in order, with numbers in base units', async () => {
    const { stdout } = await l2tpsim(['results', 'export', at('whole'), '--csv', '-'])
    const [head, first, ...rest] = stdout.trimEnd().split('\n')
    expect(head).toBe('point,point_key,seed,status,strategy,loss,loss_text,rtt,rtt_text,timeToSynchronised,dataLost,kept,observed,ended,violated,events,digest,scenario,version,error')
    expect(first).toMatch(/^0,[0-9a-f]{16},1,done,usual,0,0,5000000,5ms,\d+,\d+,1,6000000000,until,,/)
    expect(rest).toHaveLength(RUNS - 1)
  })

  test('DuckDB reads the Parquet file: the same rows, and SQL over them agrees with the CSV', { timeout: 60_000 }, async () => {
    const { stdout } = await l2tpsim(['results', 'export', at('whole'), '--csv', '-', '--parquet', at('whole.parquet')])
    const lost = stdout.trimEnd().split('\n').slice(1).map((line) => line.split(',')).filter((cells) => cells[6] === '20%')
    const mean = lost.reduce((sum, cells) => sum + Number(cells[10]), 0) / lost.length
    const sql = 'select loss_text, avg(dataLost) as mean, count(*)::int as runs, max(rtt) as rtt from runs where loss = 0.2 group by 1'
    const { stdout: json, stderr, status } = await l2tpsim(['results', 'query', sql, at('whole'), '--format', 'json'])
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(JSON.parse(json)).toEqual([{ loss_text: '20%', mean: expect.closeTo(mean, 9) as number, runs: 36, rtt: 100e6 }])
    const file = await l2tpsim(['results', 'query', `select count(*)::int n from read_parquet('${at('whole.parquet')}')`, at('whole'), '--format', 'csv'])
    expect(file.stdout).toBe(`n\n${String(RUNS)}\n`)
  })

  test('a query that is none is the user\'s mistake', async () => {
    const { status, stderr } = await l2tpsim(['results', 'query', 'selec', at('whole')])
    expect(status).toBe(2)
    expect(stderr).toContain('the query was not understood')
  })
})

describe('the report', () => {
  test('is one page that needs nothing else and says what was found', async () => {
    const { status, stdout } = await l2tpsim(['report', at('whole')])
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${at('whole/report.html')}\n` })
    const page = readFileSync(at('whole/report.html'), 'utf8')
    // Links into the explorer lead away from it; nothing is fetched for it.
    expect(page).not.toMatch(/<(script|link|img|iframe)\b|\ssrc=|<(?!a )[a-z]+ [^>]*href="(?!#)|@import|url\(/)
    expect(page).toContain('<h1>Little &lt;study&gt; &amp; more</h1>')
    expect(page).toContain('18 points')
    expect(page).toContain('slow takeover')
    for (const heading of ['Compared with usual, seed by seed', 'Which factor matters', 'The worst runs', 'Every point', 'Commands']) expect(page).toContain(heading)
    // Every figure has words for those who do not see it.
    const figures = page.match(/<svg viewBox[^>]*>/g) ?? []
    expect(figures.length).toBeGreaterThan(8)
    for (const figure of figures) expect(figure).toMatch(/role="img" aria-label="[^"]{20,}"/)
  })

  test('writes values of factors as the study does, on axes too, and ends its sentences', async () => {
    const page = (await l2tpsim(['report', at('whole'), '--out', '-'])).stdout
    expect(page).toContain('>0.1s</text>')
    expect(page).not.toContain('>100ms</text>')
    expect(page).toContain('sessionsLost == 0. More is better.')
  })

  test('of rows that another state of the simulator made is written all the same, and says so', async () => {
    const older = readFileSync(at('whole/rows.ndjson'), 'utf8').replace(/"point":"[0-9a-f]{16}"/g, '"point":"0123456789abcdef"')
    writeFileSync(at('older.ndjson'), older)
    const { status, stdout } = await l2tpsim(['report', at('older.ndjson'), '--out', at('older.html')])
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${at('older.html')}\n  ${String(RUNS)} runs were made by another state of the simulator: repeated now, they may differ\n` })
    expect(readFileSync(at('older.html'), 'utf8')).toBe((await l2tpsim(['report', at('whole'), '--out', '-'])).stdout)
    const counted = await l2tpsim(['results', 'export', at('older.ndjson'), '--csv', '-'])
    expect(counted.stdout.trimEnd().split('\n')).toHaveLength(RUNS + 1)
    writeFileSync(at('lost.ndjson'), older.replaceAll('"loss":"', '"lost":"'))
    expect((await l2tpsim(['report', at('lost.ndjson')])).stderr).toContain(`its ${String(RUNS)} rows are about no point of the study`)
  })

  test('is the same text again, and from merged shares', async () => {
    await l2tpsim(['results', 'merge', at('whole'), '--out', at('merged.ndjson')])
    const [one, two] = [await l2tpsim(['report', at('whole'), '--out', '-']), await l2tpsim(['report', at('merged.ndjson'), '--out', '-'])]
    expect(two.stdout).toBe(one.stdout)
  })

  test('commands for the worst runs give the values it shows', async () => {
    const page = (await l2tpsim(['report', at('whole'), '--out', '-'])).stdout
    const worst = /<td>(\d+)<\/td><td>[^<]*<\/td><td>\d+<\/td><td class="bar"><a [^>]*>in the explorer<\/a> <code>npx l2tpsim (run [^<]*)<\/code>/.exec(page)
    const { stdout } = await l2tpsim([...(worst?.[2] ?? '').split(' '), '--json'])
    const { dataLost } = (JSON.parse(stdout) as { metrics: Record<string, number> }).metrics
    expect(dataLost).toBe(Number(worst?.[1]))
  })

  test.each([
    [['report', at('nowhere')], 'there are no results'],
    [['report', at('pair.yaml')], 'is not a file of results'],
    [['results', 'export', at('whole')], 'export to what?'],
  ])('%j is refused', async (words, message) => {
    const { status, stderr } = await l2tpsim(words)
    expect(status).toBe(2)
    expect(stderr).toContain(message)
  })
})
