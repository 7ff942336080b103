// Same scenario, seed and version: the same trace, byte for byte, wherever and however it is run.

import { spawnSync } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { SECOND } from '../sim/base/time.ts'
import { Run, run } from '../sim/run/run.ts'
import { parseScenario } from '../sim/scenario/parse.ts'
import type { Scenario } from '../sim/scenario/schema.ts'
import { digestOf } from '../sim/trace/digest.ts'
import type { Fold, TraceRecord } from '../sim/trace/record.ts'
import { shipped } from './support/shipped.ts'

const STRESSED = 'stress/both-ends-crash-under-loss'

function scenarioOf(name: string): Scenario {
  const found = shipped.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  return found.scenario
}

function recording(): { readonly fold: Fold<undefined>; readonly records: TraceRecord[] } {
  const records: TraceRecord[] = []
  return { records, fold: { see: (record) => void records.push(record), end: () => undefined } }
}

const inWorker = (name: string, seed: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./support/run-in-worker.mjs', import.meta.url), { workerData: { name, seed } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })

describe('the digest of a run', () => {
  test.each(['failover/lns-control-failure', STRESSED])('%s: the same twice, in another process and in a worker thread', { timeout: 60_000 }, async (name) => {
    const scenario = scenarioOf(name)
    const digest = run(scenario, { seed: '42' }).digest
    expect(run(scenario, { seed: '42' }).digest).toBe(digest)
    const child = spawnSync(process.execPath, ['--import', 'tsx', 'test/support/digest-of-shipped.ts', name, '42'], { encoding: 'utf8' })
    expect(child.stdout, child.stderr).toBe(digest)
    await expect(inWorker(name, '42')).resolves.toBe(digest)
  })

  test('another seed gives another digest', () => {
    const digests = ['1', '2', '3', '01', 'one'].map((seed) => run(scenarioOf(STRESSED), { seed, until: 30 * SECOND }).digest)
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('how the run is divided, what is observed and what is kept of it make no difference', () => {
    const scenario = scenarioOf(STRESSED)
    const { digest } = run(scenario)
    expect(run(scenario, { unobserved: true }).digest).toBe(digest)
    const sliced = new Run(scenario)
    for (let until = 0; sliced.advance(until, 997); ) if (sliced.now >= until) until += SECOND / 7 - ((SECOND / 7) % 1)
    expect(sliced.result().digest).toBe(digest)
    const { fold, records } = recording()
    expect(run(scenario, { folds: [fold] }).digest).toBe(digest)
    expect(digestOf(records)).toBe(digest)
  })
})

describe('the trace', () => {
  test('is numbered without gaps, never goes back in time, and every cause lies before its effect', () => {
    const { fold, records } = recording()
    run(scenarioOf(STRESSED), { folds: [fold] })
    expect(records.every(({ seq }, i) => seq === i)).toBe(true)
    expect(records.every(({ at }, i) => i === 0 || at >= records[i - 1]!.at)).toBe(true)
    expect(records.filter(({ seq, cause }) => cause >= seq || cause < -1)).toEqual([])
  })

  test('every send, delivery, loss, handled message and reset has a cause, back to a command, a fault, a timer or the traffic', () => {
    const { fold, records } = recording()
    run(scenarioOf('failover/lns-control-failure'), { folds: [fold] })
    const rootless = records.filter(({ kind, cause }) => cause < 0 && ['delivered', 'dropped', 'handled', 'controlReset', 'sync', 'recovery'].includes(kind))
    expect(rootless).toEqual([])
    const sentAlone = records.filter((record) => record.kind === 'sent' && record.plane === 'control' && record.cause < 0)
    expect(sentAlone).toEqual([])
  })
})

describe('streams', () => {
  const text = (extra: string): string => `
endpoints: { lac1: { role: LAC }, lns1: { role: LNS, backup: { mode: same-address } }, lns2: { role: LNS } }
links:
  - { between: [lac1, lns1], latency: { uniform: [5ms, 15ms] }, loss: 10%, reordering: true }
${extra}
tunnels: [{ from: lac1, to: lns1, sessions: { count: 5, traffic: { rate: 5/s } } }]
faults: [{ kind: crash, endpoint: lns1, at: 20s }]
`
  const records = (extra: string): TraceRecord[] => {
    const parsed = parseScenario(text(extra), 'streams')
    if (!parsed.ok) throw new Error(parsed.issues[0]?.message)
    const { fold, records: kept } = recording()
    run(parsed.scenario, { folds: [fold] })
    return kept
  }

  test('an idle link added changes no other draw: the records are the same', () => {
    expect(records('  - { between: [lac1, lns2], latency: { uniform: [1ms, 2ms] }, loss: 50% }')).toEqual(records(''))
  })
})

describe('poisoned globals', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('a run asks neither the clock nor chance nor the engine’s inexact maths', () => {
    const scenario = scenarioOf(STRESSED)
    const { digest } = run(scenario)
    const poison = (): never => {
      throw new Error('not in a simulation')
    }
    vi.spyOn(Date, 'now').mockImplementation(poison)
    vi.spyOn(performance, 'now').mockImplementation(poison)
    for (const name of ['random', 'log', 'exp', 'pow', 'sin', 'cos', 'tan', 'hypot', 'log2', 'log10', 'cbrt'] as const) {
      vi.spyOn(Math, name).mockImplementation(poison)
    }
    const poisoned = run(scenario).digest
    vi.restoreAllMocks()
    expect(poisoned).toBe(digest)
  })
})
