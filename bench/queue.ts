// The event queue under the hold model (each event, when it comes, schedules one more), beside a bare 4-ary heap on typed
// arrays that has no timers, no cancelling, nothing to call and no clock: with exponential, bursty (many equal times) and
// skewed increments. Then a load of cancelled timers: every event puts off a guard timer, as every message puts off a HELLO.
// Each figure comes of a process of its own. Run: npm run bench -- queue

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MILLISECOND, SECOND, type Nanos } from '../sim/base/time.ts'
import { Kernel, type Timer } from '../sim/kernel/kernel.ts'

const INCREMENTS = 1 << 16
const ROUNDS = 60
const ROUND_OPERATIONS = 50_000

/** A plain linear congruential generator: the bench draws beforehand, so its quality and cost do not matter. */
function incrementsOf(shape: string): Float64Array {
  let state = 12345
  const uniform = (): number => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 0x100000000
  const draw: Record<string, () => Nanos> = {
    exponential: () => Math.floor(-SECOND * Math.log(uniform())),
    bursty: () => Math.ceil(uniform() * 20) * 50 * MILLISECOND,
    skewed: () => Math.floor(uniform() < 0.9 ? uniform() * MILLISECOND : uniform() * 60 * SECOND),
  }
  return Float64Array.from({ length: INCREMENTS }, draw[shape] ?? (() => SECOND))
}

/** What a queue costs at the least: entries of (time, order of insertion, integer), a root to read, push and pop. */
class BareHeap {
  readonly times: Float64Array
  readonly items: Int32Array
  private readonly orders: Float64Array
  private size = 0
  private order = 0

  constructor(capacity: number) {
    this.times = new Float64Array(capacity)
    this.items = new Int32Array(capacity)
    this.orders = new Float64Array(capacity)
  }

  push(time: number, item: number): void {
    const { times, orders, items } = this
    let i = this.size++
    while (i > 0) {
      const parent = (i - 1) >> 2
      if (times[parent]! <= time) break
      times[i] = times[parent]!
      orders[i] = orders[parent]!
      items[i] = items[parent]!
      i = parent
    }
    times[i] = time
    orders[i] = this.order++
    items[i] = item
  }

  pop(): void {
    const { times, orders, items } = this
    const size = --this.size
    const time = times[size]!
    const order = orders[size]!
    const item = items[size]!
    let i = 0
    for (let child = 1; child < size; child = 4 * i + 1) {
      const first = this.firstOf(child, Math.min(child + 4, size))
      if (times[first]! > time || (times[first] === time && orders[first]! > order)) break
      times[i] = times[first]!
      orders[i] = orders[first]!
      items[i] = items[first]!
      i = first
    }
    times[i] = time
    orders[i] = order
    items[i] = item
  }

  private firstOf(from: number, end: number): number {
    const { times, orders } = this
    let first = from
    for (let k = from + 1; k < end; k++) {
      if (times[k]! < times[first]! || (times[k] === times[first] && orders[k]! < orders[first]!)) first = k
    }
    return first
  }
}

/** Nanoseconds per operation in the best of many short rounds, so that whatever else the machine does is left out. */
function nanosPerOperation(run: (operations: number) => void): number {
  run(ROUND_OPERATIONS * 10)
  let best = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    run(ROUND_OPERATIONS)
    best = Math.min(best, Number(process.hrtime.bigint() - start) / ROUND_OPERATIONS)
  }
  return best
}

function holdBare(pending: number, increments: Float64Array): number {
  const heap = new BareHeap(pending + 1)
  let next = 0
  for (let i = 0; i < pending; i++) heap.push(increments[next++ & (INCREMENTS - 1)]!, i)
  return nanosPerOperation((operations) => {
    for (let i = 0; i < operations; i++) {
      const now = heap.times[0]!
      const item = heap.items[0]!
      heap.pop()
      heap.push(now + increments[next++ & (INCREMENTS - 1)]!, item)
    }
  })
}

interface Holder {
  readonly kernel: Kernel
  readonly increments: Float64Array
  next: number
}

function hold(holder: Holder): void {
  const { kernel, increments } = holder
  kernel.schedule(kernel.now + increments[holder.next++ & (INCREMENTS - 1)]!, hold, holder)
}

function holdKernel(pending: number, increments: Float64Array): number {
  const kernel = new Kernel('bench')
  const holders = Array.from({ length: Math.min(pending, 1000) }, (_, i) => ({ kernel, increments, next: i * 61 }))
  for (let i = 0; i < pending; i++) hold(holders[i % holders.length]!)
  return nanosPerOperation((operations) => kernel.run(Infinity, operations))
}

const GUARD: Nanos = 60 * SECOND

interface Guarded extends Holder {
  guard: Timer
}

function expire(): void {
  // Guards are put off putOff and putOff; this one was not.
}

/** An event that puts off its owner's guard and comes putOff. */
function putOff(guarded: Guarded): void {
  const { kernel, increments } = guarded
  kernel.cancel(guarded.guard)
  guarded.guard = kernel.schedule(kernel.now + GUARD, expire, undefined)
  kernel.schedule(kernel.now + increments[guarded.next++ & (INCREMENTS - 1)]!, putOff, guarded)
}

function guardKernel(pending: number, increments: Float64Array): number {
  const kernel = new Kernel('bench')
  const all = Array.from({ length: pending }, (_, i) => ({ kernel, increments, next: i * 61, guard: 0 }))
  for (const guarded of all) kernel.schedule(increments[guarded.next & (INCREMENTS - 1)]!, putOff, guarded)
  return nanosPerOperation((operations) => kernel.run(Infinity, operations))
}

const measures: Readonly<Record<string, (pending: number, increments: Float64Array) => number>> = {
  bare: holdBare,
  kernel: holdKernel,
  guards: guardKernel,
}

/** Has one figure measured in a process of its own; nanoseconds. */
function measured(measure: string, pending: number, shape: string): number {
  const script = fileURLToPath(import.meta.url)
  const { stdout, status } = spawnSync(process.execPath, [...process.execArgv, script, measure, String(pending), shape], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`${measure} ${pending} ${shape}: exit status ${String(status)}`)
  return Number(stdout)
}

const perSecond = (nanos: number): string => `${(1000 / nanos).toFixed(2).padStart(6)} M/s`

function report(): void {
  console.log('holds a second              bare heap      kernel   kernel : bare')
  for (const shape of ['exponential', 'bursty', 'skewed']) {
    for (const pending of [1e3, 1e5, 1e6]) {
      const bare = measured('bare', pending, shape)
      const kernel = measured('kernel', pending, shape)
      const ratio = (bare / kernel).toFixed(2)
      console.log(`${shape.padEnd(12)} ${String(pending).padStart(8)}   ${perSecond(bare)}  ${perSecond(kernel)}   ${ratio}`)
    }
  }
  console.log('events a second, each of which cancels a timer and sets it anew')
  for (const pending of [1e3, 1e5]) {
    console.log(
      `guards       ${String(pending).padStart(8)}                ${perSecond(measured('guards', pending, 'exponential'))}`,
    )
  }
}

const [measure, pending, shape] = process.argv.slice(2)
if (measure === undefined) report()
else console.log(measures[measure]?.(Number(pending), incrementsOf(shape ?? 'exponential')))
