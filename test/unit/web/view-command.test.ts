// `l2tpsim view` and its server: what is served, what is refused, and which address is printed.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveFolder, type WebServer } from '../../../sim/cli/web-server.ts'
import { buildWeb } from '../../../scripts/build-web.mjs'
import { l2tpsim } from '../../support/shell.ts'

const folder = mkdtempSync(join(tmpdir(), 'view-'))
const trace = join(folder, 'run.jsonl')

beforeAll(async () => {
  mkdirSync(join(folder, 'page/assets'), { recursive: true })
  writeFileSync(join(folder, 'page/index.html'), '<p>page</p>')
  writeFileSync(join(folder, 'page/assets/a.js'), 'a()')
  writeFileSync(trace, '{"format":"l2tpsim-trace","formatVersion":1}\n')
  await buildWeb()
}, 240_000)
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the server', () => {
  let server: WebServer
  let clock = 0
  beforeAll(async () => {
    server = await serveFolder({ folder: join(folder, 'page'), port: 0, extra: [{ name: 'trace.jsonl', path: trace }], now: () => clock })
  })
  afterAll(async () => {
    await server.close()
  })

  test.each([
    ['', 'text/html; charset=utf-8', '<p>page</p>'],
    ['assets/a.js?x', 'text/javascript; charset=utf-8', 'a()'],
    ['trace.jsonl', 'application/x-ndjson', '{"format":"l2tpsim-trace","formatVersion":1}\n'],
  ])('gives %j as %s', async (path, type, body) => {
    const response = await fetch(server.address + path)
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, type, body])
  })

  test.each(['run.jsonl', '../run.jsonl', '%2e%2e/run.jsonl', '..%2frun.jsonl', 'assets', '%zz'])('does not give %s', async (path) => {
    expect((await fetch(server.address + path)).status).toBe(404)
  })

  test('takes nothing', async () => {
    expect((await fetch(server.address, { method: 'POST', body: 'x' })).status).toBe(405)
  })

  test('knows how long nobody has asked', async () => {
    await (await fetch(server.address)).text()
    clock += 5000
    expect(server.idleMs()).toBe(5000)
  })

  test('takes another port when the one wanted is in use', async () => {
    const other = await serveFolder({ folder: join(folder, 'page'), port: Number(new URL(server.address).port), now: () => 0 })
    expect(other.address).not.toBe(server.address)
    await other.close()
  })
})

describe('the command', () => {
  // An interruption as soon as it listens: it prints its address, serves, and ends.
  const view = (...words: string[]): ReturnType<typeof l2tpsim> => l2tpsim(['view', '--port', '0', ...words], { interrupt: 130 })

  test('prints the address of the explorer, with a trace or a scenario in it', async () => {
    expect((await view()).stdout).toMatch(/^explorer: http:\/\/127\.0\.0\.1:\d+\/\n$/)
    expect((await view(trace)).stdout).toMatch(/\/\?trace=trace\.jsonl\n$/)
    expect((await view('failover/lost-cdn')).stdout).toMatch(/\/#s=failover\/lost-cdn\n$/)
    expect((await view('scenarios/failover/lost-cdn.yaml')).stdout).toMatch(/\/\?trace=lost-cdn\.yaml\n$/)
  })

  test('serves the journals of a folder of results, and knows studies that ship', async () => {
    const results = join(folder, 'results')
    mkdirSync(results)
    const header = (plan: string): string => `{"format":"l2tpsim-results","formatVersion":1,"plan":"${plan}","bundle":{"study":{"text":""},"scenarios":{},"set":[]}}\n`
    for (const shard of [1, 2]) writeFileSync(join(results, `rows-${String(shard)}-of-2.ndjson`), header('a'))
    expect((await view(results)).stdout).toMatch(/\/\?results=rows-1-of-2\.ndjson,rows-2-of-2\.ndjson\n$/)
    expect((await view(join(results, 'rows-2-of-2.ndjson'))).stdout).toMatch(/\/\?results=rows-2-of-2\.ndjson\n$/)
    expect((await view('studies/recovery-time')).stdout).toMatch(/\/\?study=studies\/recovery-time\n$/)
    writeFileSync(join(results, 'rows-2-of-2.ndjson'), header('b'))
    expect(await view(results)).toMatchObject({ status: 2, stderr: expect.stringContaining('another plan') as string })
  })

  test('refuses what it cannot show', async () => {
    expect(await view('nowhere.jsonl')).toMatchObject({ status: 2, stderr: expect.stringContaining('nowhere.jsonl') as string })
    expect(await l2tpsim(['view', '--port', 'x'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--port') as string })
  })
})
