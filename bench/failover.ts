// Complete failover runs per second: a tunnel with ten calls is set up, the LNS's control plane dies, the backup recovers the
// tunnel, all sessions are synchronised; digest, metrics and all invariants on. Beside it, in the same run, the same without
// metrics and invariants. Aim: 1,500 runs a second on one core.

import { spent } from './support/processor-time.ts'
import { parseScenario } from '../sim/scenario/parse.ts'
import { run, type RunOptions } from '../sim/run/run.ts'

const text = `
name: ten calls through a failover
duration: 30s
endpoints:
  lac1: { role: LAC }
  lns1: { role: LNS, backup: { mode: same-address } }
links:
  - { between: [lac1, lns1], latency: 10ms }
tunnels:
  - { from: lac1, to: lns1, sessions: { count: 10, at: 100ms } }
faults:
  - { kind: crash, endpoint: lns1, plane: control, at: 5s }
expect:
  - { metric: sessionsKept, equals: 10 }
`

const parsed = parseScenario(text, 'bench')
if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join('\n'))
const { scenario } = parsed

/** Runs per second over about `seconds`, each with its own seed. */
function rate(seconds: number, options: RunOptions): { readonly perSecond: number; readonly records: number } {
  let runs = 0
  let records = 0
  const start = process.cpuUsage()
  let elapsed: number
  do {
    for (let i = 0; i < 10; i++) {
      const result = run(scenario, { ...options, seed: String(runs++) })
      if (options.unobserved !== true && result.verdict !== 'pass') {
        throw new Error(`seed ${result.seed} failed: ${JSON.stringify(result.violations[0] ?? result.expectations[0])}`)
      }
      records = result.records
    }
    elapsed = spent(start)
  } while (elapsed < seconds * 1000)
  return { perSecond: (runs * 1000) / elapsed, records }
}

// The engine takes seconds to compile everything that a run touches.
rate(10, {})
const observed = rate(4, {})
rate(2, { unobserved: true })
const bare = rate(3, { unobserved: true })
const each = `(aim 1500; ${String(observed.records)} records a run)`
console.log(`failover runs, all invariants on   ${observed.perSecond.toFixed(0)} /s   ${each}`)
console.log(`the same without observation       ${bare.perSecond.toFixed(0)} /s`)
console.log(`share of metrics and invariants    ${((1 - observed.perSecond / bare.perSecond) * 100).toFixed(0)} %`)
