// A study shared out over a real Redis server: workers come, are killed in the middle, others go on, and the results are those of a
// local run, octet for octet.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { l2tpsim } from '../../support/shell.ts'
import { pairScenario } from '../../support/studies.ts'

const root = join(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-queue-'))
const at = (name: string): string => join(folder, name)
const children: ChildProcess[] = []
let url = ''

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

beforeAll(async () => {
  const port = await freePort()
  url = `redis://127.0.0.1:${String(port)}`
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder])
  children.push(server)
  let said = ''
  server.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  for (let waited = 0; waited < 20_000 && !said.includes('Ready to accept connections'); waited += 20) await setTimeout(20)
  expect(said).toContain('Ready to accept connections')
  writeFileSync(at('pair.yaml'), pairScenario)
  const text = `scenario: pair.yaml\nseeds: 40\nresponses: [timeToSynchronised, dataLost]
factors: { loss: { field: links.0.loss, values: [0, 10%] }, rtt: { field: links.0.latency, values: [5ms, 50ms] } }\n`
  writeFileSync(at('study.yaml'), text)
}, 60_000)

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
})

function begin(...words: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['bin/l2tpsim.js', ...words], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  return child
}

/** Rows in a journal so far. */
const rowsIn = (path: string): number => (existsSync(path) ? Math.max(0, readFileSync(path, 'utf8').split('\n').length - 2) : 0)

test('workers killed mid-job cost time, not results: the set is that of a local run', { timeout: 240_000 }, async () => {
  await l2tpsim(['sweep', at('study.yaml'), '--out', at('local'), '--jobs', '1'])
  await l2tpsim(['results', 'merge', at('local'), '--out', at('local.ndjson')])

  const sweep = begin('sweep', at('study.yaml'), '--out', at('queued'), '--queue', url)
  const finished = once(sweep, 'exit')
  let said = ''
  sweep.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const first = begin('worker', '--queue', url, '--jobs', '1')
  for (let waited = 0; waited < 60_000 && rowsIn(at('queued/rows.ndjson')) < 5; waited += 20) await setTimeout(20)
  first.kill('SIGKILL')
  const second = begin('worker', '--queue', url, '--jobs', '1')
  expect(await finished).toEqual([0, null])
  expect(said).not.toContain('Warning')
  second.kill('SIGTERM')

  expect(rowsIn(at('queued/rows.ndjson'))).toBe(160)
  await l2tpsim(['results', 'merge', at('queued'), '--out', at('queued.ndjson')])
  expect(readFileSync(at('queued.ndjson'), 'utf8')).toBe(readFileSync(at('local.ndjson'), 'utf8'))
})

test('a worker without work ends when asked to, and by SIGTERM', { timeout: 60_000 }, async () => {
  const idle = begin('worker', '--queue', url, '--jobs', '1', '--idle', '200ms')
  expect(await once(idle, 'exit')).toEqual([0, null])
  const patient = begin('worker', '--queue', url, '--jobs', '1')
  if (patient.stderr !== null) await once(patient.stderr, 'data')
  patient.kill('SIGTERM')
  expect(await once(patient, 'exit')).toEqual([143, null])
})

test('no server, or no address of one, is said at once', async () => {
  const none = await l2tpsim(['worker', '--queue', `redis://127.0.0.1:${String(await freePort())}`])
  expect(none).toMatchObject({ status: 2 })
  expect(none.stderr).toContain('cannot reach the Redis server')
  expect((await l2tpsim(['worker', '--queue', 'localhost'])).stderr).toContain('expected the address of a Redis server')
})
