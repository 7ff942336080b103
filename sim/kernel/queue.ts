// The pending events: a 4-ary min-heap on typed arrays, ordered by (time, order of insertion), with cancellable entries. It
// holds no clock and starts nothing by itself; that is the kernel's part.
//
// Three things make it faster than the textbook heap. The smallest of four children is found without branches, for what a heap
// spends its time on is the processor's wrong guesses. The root of an event under way stays an empty hole, so that the first
// event it schedules goes down from there: one descent in place of a descent and an ascent. And order of insertion and place of
// the entry are one number, so that little is moved and a tie is decided without looking elsewhere. Cancelling marks the entry;
// it leaves when it reaches the root, or when more than half of the heap is marked and all are swept.

import { assert } from '../base/assert.ts'
import { NEVER, type Nanos } from '../base/time.ts'

/** Handle of a scheduled event: 0 is none. Never given out twice, so that one kept too long is harmless. */
export type Timer = number

// A slot holds one event from scheduling until it leaves the heap: [action, subject, generation, next free slot] in `entries`.
// A key is order * SLOTS + slot. When the orders are used up, those pending are numbered anew.
// A handle is generation * SLOTS + slot. A slot whose generations are used up is not used again.
const SLOTS = 0x1000000
const LIMIT = 0x20000000
const STRIDE = 4
const NONE = -1
const FIRST_CAPACITY = 64
const SWEEP_AT_LEAST = 64
/** Heap positions below it lie in the processor's cache. Beyond, wrong guesses are worth it: they fetch memory ahead. */
const NEAR = 0x20000

type Action = (subject: unknown) => void

/** A pending event as an onlooker sees it. Of events at one instant the one with the lower `order` comes first. */
export interface Waiting {
  readonly at: Nanos
  readonly order: number
  readonly action: Action
  readonly subject: unknown
}

export class EventQueue {
  private times = new Float64Array(FIRST_CAPACITY)
  private keys = new Float64Array(FIRST_CAPACITY)
  private size = 0
  /** The root belongs to an event that has been taken and is to be overwritten. */
  private hole = false
  private readonly entries: unknown[] = []
  private slotCount = 0
  private freeSlot = NONE
  private marked = 0
  private order = 0
  private readonly orderLimit: number
  private readonly generationLimit: number

  /** The limits are those of exact integers; smaller ones let a test reach them. */
  constructor(orderLimit = LIMIT, generationLimit = LIMIT) {
    this.orderLimit = orderLimit
    this.generationLimit = generationLimit
  }

  /** Events waiting that have not been cancelled. */
  get pending(): number {
    return this.size - this.marked - (this.hole ? 1 : 0)
  }

  /** O(log n) at most, O(1) on average for an event later than most or earlier than all. */
  add(at: Nanos, action: Action, subject: unknown): Timer {
    if (this.order === this.orderLimit) this.renumber()
    const entries = this.entries
    const slot = this.freeSlot === NONE ? this.newSlot() : this.freeSlot
    const base = slot * STRIDE
    this.freeSlot = entries[base + 3] as number
    entries[base] = action
    entries[base + 1] = subject
    const key = this.order++ * SLOTS + slot
    if (this.hole) {
      this.hole = false
      this.descend(at, key)
    } else {
      if (this.size === this.times.length) this.grow()
      this.ascend(this.size++, at, key)
    }
    return (entries[base + 2] as number) * SLOTS + slot
  }

  /** Forgets the event if it is still waiting; any other handle is ignored. O(1) amortised. */
  cancel(timer: Timer): void {
    const generation = Math.floor(timer / SLOTS)
    const slot = timer - generation * SLOTS
    const base = slot * STRIDE
    if (slot >= this.slotCount || this.entries[base + 2] !== generation || this.entries[base] === undefined) return
    this.entries[base] = undefined
    this.entries[base + 1] = undefined
    this.marked++
    if (this.marked >= SWEEP_AT_LEAST && this.marked * 2 > this.size) this.sweep()
  }

  /** The events waiting, in no order of time. */
  *waiting(): Generator<Waiting> {
    for (let i = this.hole ? 1 : 0; i < this.size; i++) {
      const base = slotOf(this.keys[i]!) * STRIDE
      const action = this.entries[base] as Action | undefined
      if (action !== undefined) yield { at: this.times[i]!, order: this.keys[i]!, action, subject: this.entries[base + 1] }
    }
  }

  /** The instant of the earliest event, NEVER when there is none. */
  nextAt(): Nanos {
    if (this.hole) this.closeHole()
    if (this.marked > 0) this.dropMarkedRoots()
    return this.size === 0 ? NEVER : this.times[0]!
  }

  /** Takes the earliest event out and runs it. To be called right after `nextAt` gave its instant. */
  fire(): void {
    const entries = this.entries
    const slot = slotOf(this.keys[0]!)
    const base = slot * STRIDE
    const action = entries[base] as Action
    const subject = entries[base + 1]
    this.release(slot)
    this.hole = true
    action(subject)
  }

  private newSlot(): number {
    const slot = this.slotCount++
    assert(slot < SLOTS, 'more than 2^24 events pending')
    this.entries.push(undefined, undefined, 1, NONE)
    return slot
  }

  private release(slot: number): void {
    const entries = this.entries
    const base = slot * STRIDE
    const generation = (entries[base + 2] as number) + 1
    entries[base] = undefined
    entries[base + 1] = undefined
    entries[base + 2] = generation
    if (generation === this.generationLimit) return
    entries[base + 3] = this.freeSlot
    this.freeSlot = slot
  }

  private grow(): void {
    this.times = doubled(this.times)
    this.keys = doubled(this.keys)
  }

  private closeHole(): void {
    this.hole = false
    this.removeRoot()
  }

  private removeRoot(): void {
    const last = --this.size
    if (last > 0) this.descend(this.times[last]!, this.keys[last]!)
  }

  private dropMarkedRoots(): void {
    while (this.size > 0) {
      const slot = slotOf(this.keys[0]!)
      if (this.entries[slot * STRIDE] !== undefined) return
      this.marked--
      this.release(slot)
      this.removeRoot()
    }
  }

  /** Takes every cancelled event out and builds the heap anew. The order of events is total, so nothing else changes. */
  private sweep(): void {
    if (this.hole) this.closeHole()
    const { times, keys, entries } = this
    let kept = 0
    for (let i = 0; i < this.size; i++) {
      const slot = slotOf(keys[i]!)
      if (entries[slot * STRIDE] === undefined) this.release(slot)
      else {
        times[kept] = times[i]!
        keys[kept++] = keys[i]!
      }
    }
    this.size = kept
    this.marked = 0
    for (let i = (kept - 2) >> 2; i >= 0; i--) {
      const time = times[i]!
      const key = keys[i]!
      const place = this.sink(i, time, key)
      times[place] = time
      keys[place] = key
    }
  }

  /** Orders from 0 for the events pending, in the order they have: the heap stands as it is. */
  private renumber(): void {
    if (this.hole) this.closeHole()
    const { keys, size } = this
    const inOrder = keys.slice(0, size).sort()
    assert(size < this.orderLimit, 'more events pending than there are numbers for their order')
    const orders = new Map<number, number>()
    inOrder.forEach((key, order) => orders.set(key, order))
    for (let i = 0; i < size; i++) keys[i] = (orders.get(keys[i]!) ?? 0) * SLOTS + slotOf(keys[i]!)
    this.order = size
  }

  /** Places an event into the empty position `from` or, as long as what is above is later, above it. */
  private ascend(from: number, at: Nanos, key: number): void {
    const { times, keys } = this
    let i = from
    while (i > 0) {
      const parent = (i - 1) >> 2
      const time = times[parent]!
      if (time < at || (time === at && keys[parent]! < key)) break
      times[i] = time
      keys[i] = keys[parent]!
      i = parent
    }
    times[i] = at
    keys[i] = key
  }

  /** Places an event into the empty root or below it. */
  private descend(at: Nanos, key: number): void {
    const { times, keys, size } = this
    const end = size - 3 < NEAR ? size - 3 : NEAR
    let i = 0
    for (let child = 1; child < end; child = 4 * i + 1) {
      const t0 = times[child]!
      const t1 = times[child + 1]!
      const t2 = times[child + 2]!
      const t3 = times[child + 3]!
      const left = child + Number(t1 < t0)
      const right = child + 2 + Number(t3 < t2)
      const leftTime = times[left]!
      const rightTime = times[right]!
      let first = left + (right - left) * Number(rightTime < leftTime)
      // Times are integers: the product is 0 only if two are equal. One test that is seldom true costs less than three.
      if ((t1 - t0) * (t3 - t2) * (rightTime - leftTime) === 0) first = this.firstOfFour(child)
      const time = times[first]!
      if (time > at) break
      times[i] = time
      keys[i] = keys[first]!
      i = first
    }
    // An equal time was passed without a look at its key, so the way may lead up again.
    this.ascend(this.sink(i, at, key), at, key)
  }

  /** Moves the empty position `from` down, past every child that is before the given event; tells where it ends. */
  private sink(from: number, at: Nanos, key: number): number {
    const { times, keys, size } = this
    let i = from
    for (let child = 4 * i + 1; child < size; child = 4 * i + 1) {
      const end = child + 4 < size ? child + 4 : size
      let first = child
      let time = times[child]!
      for (let k = child + 1; k < end; k++) {
        const other = times[k]!
        if (other > time || (other === time && keys[k]! > keys[first]!)) continue
        first = k
        time = other
      }
      if (time > at || (time === at && keys[first]! > key)) break
      times[i] = time
      keys[i] = keys[first]!
      i = first
    }
    return i
  }

  /** Position of the first of four siblings among which times are equal. */
  private firstOfFour(child: number): number {
    const left = child + this.later(child, child + 1)
    const right = child + 2 + this.later(child + 2, child + 3)
    return left + (right - left) * this.later(left, right)
  }

  /** 1 when the event at position `a` is later than that at `b`, else 0; without a branch. */
  private later(a: number, b: number): number {
    const { times, keys } = this
    const before = times[a]!
    const after = times[b]!
    return Number(after < before) | (Number(after === before) & Number(keys[b]! < keys[a]!))
  }
}

function slotOf(key: number): number {
  return key - Math.floor(key / SLOTS) * SLOTS
}

function doubled(from: Float64Array): Float64Array<ArrayBuffer> {
  const to = new Float64Array(from.length * 2)
  to.set(from)
  return to
}
