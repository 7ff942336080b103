// Hunted runs per second on one core, as a worker of `l2tpsim hunt --swarm` does them: each seed's scenario is drawn, run to its end with
// digest, codec, all invariants and goals, and looked through for novelty, every fiftieth twice. Beside it, over the same seeds in the same
// process, what the parts of it cost: the simulation alone of scenarios drawn before. Aim: 1,000 a second.

import { Hunter } from '../sim/hunt/hunter.ts'
import { scenarioOf } from '../sim/hunt/recipe.ts'
import { run } from '../sim/run/run.ts'
import { spent } from './support/processor-time.ts'

const SEEDS = 3_000
/** The engine takes seconds to compile everything that hunted runs touch. */
const WARM_UP = 4_000

/** Milliseconds of processor time that `perform` takes for each of `SEEDS` seeds. */
function perSeed(perform: (seed: number) => void): number {
  const start = process.cpuUsage()
  for (let seed = 0; seed < SEEDS; seed++) perform(seed)
  return spent(start) / SEEDS
}

const warm = new Hunter()
for (let seed = 0; seed < WARM_UP; seed++) warm.hunt(String(1_000_000 + seed))

const hunter = new Hunter()
const hunts = Array.from({ length: SEEDS }, (_, seed) => {
  const start = process.cpuUsage()
  const { events } = hunter.hunt(String(seed))
  return { events, ms: spent(start) }
}).sort((a, b) => a.events - b.events)
/** Mean over some of the runs. */
const mean = (of: 'events' | 'ms', runs = hunts): number => runs.reduce((sum, run) => sum + run[of], 0) / runs.length
const hunted = mean('ms')
const small = hunts.slice(0, SEEDS / 2)
const drawn = perSeed((seed) => scenarioOf(String(seed), undefined))
const scenarios = Array.from({ length: SEEDS }, (_, seed) => scenarioOf(String(seed), undefined))
perSeed((seed) => run(scenarios[seed]!, { unobserved: true }))
const bare = perSeed((seed) => run(scenarios[seed]!, { unobserved: true }))

const each = `(aim 1000; ${mean('events').toFixed(0)} events a run)`
console.log(`hunted runs, drawn and observed    ${(1000 / hunted).toFixed(0)} /s   ${each}`)
const half = `(${mean('events', small).toFixed(0)} events a run)`
console.log(`the smaller half of them           ${(1000 / mean('ms', small)).toFixed(0)} /s   ${half}`)
console.log(`the same, drawn before, unobserved ${(1000 / bare).toFixed(0)} /s`)
console.log(`drawing scenarios alone            ${(1000 / drawn).toFixed(0)} /s`)
console.log(`a hunted run costs                 ${(hunted / bare).toFixed(2)} bare ones`)
