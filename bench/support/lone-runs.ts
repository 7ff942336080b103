// A process that does runs of the default scenario and nothing else: no threads, no journal, nothing shared. Two of these at once, against
// one, tell how much a second core can give on this machine at all. Says `ready` when warm, waits for a line, says how many milliseconds
// its runs took, by the clock.

import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { parseScenario } from '../../sim/scenario/parse.ts'
import { run } from '../../sim/run/run.ts'

const WARM_UP = 300
const RUNS = 1_500

const path = 'scenarios/failover/lns-control-failure.yaml'
const parsed = parseScenario(readFileSync(path, 'utf8'), path)
if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join('\n'))
const { scenario } = parsed

const runs = (count: number): void => {
  for (let seed = 1; seed <= count; seed++) run(scenario, { seed: String(seed) })
}

runs(WARM_UP)
console.log('ready')
await once(process.stdin, 'data')
const started = performance.now()
runs(RUNS)
console.log(String(performance.now() - started))
process.exit(0)
