// Bytes of heap per idle session: 100 LACs with one tunnel each to one LNS, with and without 100 calls a tunnel, after everything has
// been set up. Counts both ends, their data planes and mirrors, and the workload; beside it the same with metrics and invariants.
// The baseline in the same run is a plain object of eight numbers kept in a Map.

import { SECOND } from '../sim/base/time.ts'
import { Run } from '../sim/run/run.ts'
import { parseScenario } from '../sim/scenario/parse.ts'

const TUNNELS = 100
const SESSIONS = 100

function established(sessions: number, unobserved: boolean): Run {
  const calls = sessions === 0 ? '[]' : `{ count: ${String(sessions)}, at: 1s, spacing: 10ms }`
  const parsed = parseScenario(
    `
duration: 10min
endpoints: { lac: { role: LAC, count: ${String(TUNNELS)} }, lns1: { role: LNS, backup: { mode: same-address } } }
links: [{ between: [lac, lns1], latency: 10ms }]
tunnels: [{ from: lac, to: lns1, sessions: ${calls} }]
`,
    'bench',
  )
  if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join('\n'))
  const run = new Run(parsed.scenario, { unobserved })
  run.advance(50 * SECOND)
  return run
}

/** Heap in use after collection, in bytes. */
function heap(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const kept: unknown[] = []

/** Heap that what `make` returns holds on to. */
function held(make: () => unknown): number {
  const before = heap()
  kept.push(make())
  return heap() - before
}

if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
established(1, false)
const perSession = (unobserved: boolean): number =>
  (held(() => established(SESSIONS, unobserved)) - held(() => established(0, unobserved))) / (TUNNELS * SESSIONS)
const record = (i: number): unknown => ({ a: i, b: 1, c: 2, d: 3, e: 4, f: 5, g: 6, h: 7 })
const RECORDS = 200_000
const mapOfRecords = (): unknown => {
  const map = new Map<number, unknown>()
  for (let i = 0; i < RECORDS; i++) map.set(i, record(i))
  return map
}
// The first collections also free what loading and the first run have left.
held(mapOfRecords)
const plain = held(mapOfRecords) / RECORDS
const bare = perSession(true)
const observed = perSession(false)
console.log(`a plain record in a Map            ${plain.toFixed(0)} bytes`)
console.log(`an idle session, both ends         ${bare.toFixed(0)} bytes   (${(bare / plain).toFixed(1)} records)`)
console.log(`with metrics and invariants        ${observed.toFixed(0)} bytes   (${(observed / plain).toFixed(1)} records)`)
