// The same scenario and seed give the same run in Node, Chromium and Firefox: every shipped scenario, by the digest over its whole trace. The
// pages run the very worker that the explorer runs.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseScenario, run } from '../../sim/index.ts'
import { startExplorer, type Engine, type Explorer } from './browser.ts'
import { shippedScenarios } from '../../sim/cli/installation.ts'

interface Expected {
  readonly name: string
  readonly text: string
  readonly seed: string
  readonly digest: string
}

const expected: readonly Expected[] = shippedScenarios().map(({ name, path }) => {
  const text = readFileSync(path, 'utf8')
  const parsed = parseScenario(text, path)
  if (!parsed.ok) throw new Error(`${name} cannot be read`)
  const { seed, digest } = run(parsed.scenario)
  return { name, text, seed, digest }
})

/** Runs in the page: asks a worker of the page's own for the digest of each scenario. */
async function digestsInPage(scenarios: readonly Expected[]): Promise<readonly string[]> {
  const script = performance.getEntriesByType('resource').find(({ name }) => name.includes('run-worker'))
  if (script === undefined) throw new Error('the page has no worker')
  const worker = new Worker(script.name, { type: 'module' })
  const digests: string[] = []
  for (const [ticket, { text, seed, name }] of scenarios.entries()) {
    const question = { text, fileName: `${name}.yaml`, changes: [], additions: [], seed: undefined }
    digests.push(
      await new Promise<string>((resolve) => {
        worker.onmessage = ({ data }: MessageEvent<{ answer: string; message?: string; result?: { digest: string } }>) => {
          if (data.answer === 'seed') resolve(data.result?.digest ?? '')
          else if (data.answer !== 'done') resolve(`${data.answer}: ${data.message ?? ''}`)
        }
        worker.postMessage({ order: 'seeds', ticket: ticket + 1, question, seeds: [seed] })
      }),
    )
  }
  worker.terminate()
  return digests
}

describe.each<Engine>(['chromium', 'firefox'])('%s', (engine) => {
  let explorer: Explorer
  beforeAll(async () => {
    explorer = await startExplorer(engine)
  }, 240_000)
  afterAll(async () => {
    await explorer.close()
  }, 60_000)

  test('gives the digest of every shipped scenario that Node gives', { timeout: 240_000 }, async () => {
    const page = await explorer.open()
    const digests = await page.evaluate(digestsInPage, expected)
    expect(Object.fromEntries(expected.map(({ name }, i) => [name, digests[i]]))).toEqual(Object.fromEntries(expected.map(({ name, digest }) => [name, digest])))
  })
})
