// What a study costs beyond its runs, how well it uses a second core, and whether its memory grows with the number of runs. The study
// is the default scenario with loss and latency varied. Aims: under 100 us a run beyond the simulation, 95 % of linear on two cores,
// 10,000 runs in seconds, the same memory for 1,000 runs and for 10,000.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spent } from './support/processor-time.ts'
import { Campaign } from '../sim/cli/campaign.ts'
import { Journal } from '../sim/cli/journal.ts'
import { Pool } from '../sim/cli/pool.ts'
import { DoneRuns } from '../sim/cli/results-folder.ts'
import { run } from '../sim/run/run.ts'
import { Performer } from '../sim/sweep/batch.ts'
import { readStudy } from '../sim/sweep/parse-study.ts'
import { planOf, type Plan } from '../sim/sweep/plan.ts'
import { prepare } from '../sim/sweep/prepare.ts'
import { headerOf } from '../sim/sweep/result-row.ts'

const text = `
scenario: failover/lns-control-failure
factors:
  loss: { field: links.0.loss, values: [0, 1%, 2%, 5%, 10%] }
  latency: { field: links.0.latency, values: [5ms, 20ms] }
responses: [timeToSynchronised, dataLost, sessionsKept, controlRetransmissions]
`

function planFor(runs: number): Plan {
  const scenario = (reference: string): { fileName: string; text: string } => {
    const fileName = join('scenarios', `${reference}.yaml`)
    return { fileName, text: readFileSync(fileName, 'utf8') }
  }
  const read = readStudy({ fileName: 'bench.yaml', text }, { scenario, seeds: String(runs / 10) })
  if (!read.ok) throw new Error(read.issues.map(({ message }) => message).join('\n'))
  const plan = planOf(read.study)
  if ('error' in plan) throw new Error(plan.error)
  return plan
}

/** Seeds that are run before anything counts. */
const WARM_UP = 20

/** Processor seconds of a run by `run` alone and by the performer of batches, in turns. */
function overhead(plan: Plan, seeds: number): { readonly bare: number; readonly batch: number } {
  const performer = new Performer(plan)
  const scenarios = plan.points.map((point) => {
    const prepared = prepare(plan.study, point)
    if (!prepared.ok) throw new Error(prepared.why)
    return prepared.scenario
  })
  const took = { bare: 0, batch: 0 }
  const ways = {
    bare: (index: number, seed: number): unknown => run(scenarios[index]!, { seed: String(seed + 1) }),
    batch: (index: number, seed: number): unknown => performer.perform([{ point: index, first: seed, count: 1 }]),
  }
  for (let seed = 0; seed < seeds; seed++) {
    for (const { index } of plan.points) {
      // Each comes first as often as second: what the first leaves to be collected, the second pays.
      for (const way of seed % 2 === 0 ? (['bare', 'batch'] as const) : (['batch', 'bare'] as const)) {
        const start = process.cpuUsage()
        ways[way](index, seed)
        if (seed >= WARM_UP) took[way] += spent(start)
      }
    }
  }
  const counted = (seeds - WARM_UP) * plan.points.length * 1e3
  return { bare: took.bare / counted, batch: took.batch / counted }
}

interface Timing {
  readonly seconds: number
  /** Of the processor, in all threads. */
  readonly cpuSeconds: number
  readonly peakMb: number
}

/** A whole study with threads, journal and all. Threads are started and warmed by the batches of a small study before. */
async function study(runs: number, threads: number): Promise<Timing> {
  const plan = planFor(runs)
  const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-bench-'))
  const executor = new Pool({ plan, threads })
  const journal = Journal.open({ path: join(folder, 'rows.ndjson'), goodOctets: 0, header: `${JSON.stringify(headerOf(plan))}\n` })
  const points = plan.points.length
  const warm = plan.points.map(({ index }) => ({ point: index, first: 0, count: 20 }))
  await Promise.all(Array.from({ length: threads }, () => executor.perform(warm)))
  let peakMb = 0
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, process.memoryUsage.rss() / 1e6)
  }, 20)
  const campaign = new Campaign({
    ...{ plan, executor, done: new DoneRuns(points), costs: new Float64Array(points).fill(NaN), samples: undefined, shard: undefined },
    store: (rows) => journal.append(rows),
    see: () => undefined,
    now: () => performance.now(),
  })
  const cpu = process.cpuUsage()
  const started = performance.now()
  const ending = await campaign.run()
  const seconds = (performance.now() - started) / 1000
  const cpuSeconds = spent(cpu) / 1e3
  clearInterval(watch)
  await executor.close()
  await journal.close()
  rmSync(folder, { recursive: true })
  if (ending !== 'complete' || campaign.progress.done !== runs) throw new Error(`the study ended ${ending}`)
  return { seconds, cpuSeconds, peakMb }
}

/** Mean milliseconds by the clock that this many processes at once, with nothing in common, take for the same number of runs each. */
async function lone(processes: number): Promise<number> {
  const script = fileURLToPath(new URL('support/lone-runs.js', import.meta.url))
  const children = Array.from({ length: processes }, () => {
    return spawn(process.execPath, [...process.execArgv, script], { stdio: ['pipe', 'pipe', 'inherit'] })
  })
  const heard = () => Promise.all(children.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])))
  await heard()
  for (const { stdin } of children) stdin.write('go\n')
  const took = (await heard()).map(Number)
  return took.reduce((sum, each) => sum + each, 0) / processes
}

const { bare, batch } = overhead(planFor(2_000), 120)
const beyond = (batch - bare) * 1e6
console.log(`one run by itself                     ${(bare * 1e6).toFixed(0)} us`)
console.log(`beyond it, with its row of results    ${beyond.toFixed(0)} us   (aim: under 100 us)`)

const cores = availableParallelism()
const RUNS = 3_000
const single = await study(RUNS, 1)
const extra = (single.cpuSeconds / RUNS - batch) * 1e6
console.log(`${String(RUNS)} runs on one thread               ${single.seconds.toFixed(2)} s, ${(RUNS / single.seconds).toFixed(0)} runs/s`)
console.log(`beyond the runs: threads and journal  ${extra.toFixed(0)} us of processor time a run`)
if (cores >= 2) {
  const ceiling = ((await lone(1)) / (await lone(2))) * 100
  console.log(`two lone processes against one        ${ceiling.toFixed(1)} % of linear: what this machine has to give`)
  const double = await study(RUNS, 2)
  const byClock = ((single.seconds / double.seconds) * 50).toFixed(1)
  const byProcessor = ((single.cpuSeconds / double.cpuSeconds) * 100).toFixed(1)
  console.log(`${String(RUNS)} runs on two threads              ${double.seconds.toFixed(2)} s, ${byClock} % of linear   (aim: 95 %)`)
  // On a machine that does other things as well, the clock tells about those.
  console.log(`the same by processor time            ${byProcessor} %`)
}
const small = await study(1_000, cores)
const large = await study(10_000, cores)
console.log(`10,000 runs on ${String(cores)} threads             ${large.seconds.toFixed(2)} s   (aim: seconds)`)
console.log(`memory at 1,000 and at 10,000 runs    ${small.peakMb.toFixed(0)} MB, ${large.peakMb.toFixed(0)} MB   (aim: the same)`)
