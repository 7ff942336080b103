// Timers as data: an owner keeps its deadlines in a small table of numbered slots, and an agenda orders owners by their earliest
// one. Nothing here fires by itself; a driver asks for `next` and wakes the owner.

import { NEVER, type Nanos } from './time.ts'

/** A fixed number of timers of one owner. A slot holds an instant, or NEVER when it is off. */
export class Deadlines {
  /** Earliest instant of all slots. */
  next: Nanos = NEVER
  /** Position in an agenda's heap, -1 when in none. Kept by the agenda. */
  position = -1
  private readonly at: Nanos[]

  constructor(slots: number) {
    this.at = new Array<Nanos>(slots).fill(NEVER)
  }

  get(slot: number): Nanos {
    return this.at[slot] ?? NEVER
  }

  /** Sets a slot; true when the earliest instant changed. */
  set(slot: number, instant: Nanos): boolean {
    const was = this.at[slot] ?? NEVER
    if (was === instant) return false
    this.at[slot] = instant
    const before = this.next
    if (instant < before) this.next = instant
    else if (was === before) this.next = this.earliest()
    return this.next !== before
  }

  private earliest(): Nanos {
    let earliest: Nanos = NEVER
    for (const instant of this.at) if (instant < earliest) earliest = instant
    return earliest
  }
}

interface Entry<T> {
  readonly owner: T
  readonly deadlines: Deadlines
  /** Ties are served in order of joining. */
  readonly order: number
}

/** Owners ordered by their earliest deadline, ties by order of joining: an indexed binary heap. */
export class Agenda<T> {
  private readonly heap: Entry<T>[] = []
  private joined = 0

  /** The earliest deadline of all owners. */
  get next(): Nanos {
    return this.heap[0]?.deadlines.next ?? NEVER
  }

  get first(): T | undefined {
    return this.heap[0]?.owner
  }

  add(owner: T, deadlines: Deadlines): void {
    deadlines.position = this.heap.length
    this.heap.push({ owner, deadlines, order: this.joined++ })
    this.up(deadlines.position)
  }

  remove(deadlines: Deadlines): void {
    const position = deadlines.position
    if (position < 0) return
    deadlines.position = -1
    const last = this.heap.pop()
    if (last === undefined || position === this.heap.length) return
    this.put(position, last)
    this.moved(last.deadlines)
  }

  /** To be called after the earliest instant of `deadlines` changed. */
  moved(deadlines: Deadlines): void {
    if (deadlines.position < 0) return
    this.up(deadlines.position)
    this.down(deadlines.position)
  }

  private put(position: number, entry: Entry<T>): void {
    this.heap[position] = entry
    entry.deadlines.position = position
  }

  private before(a: Entry<T>, b: Entry<T>): boolean {
    return a.deadlines.next < b.deadlines.next || (a.deadlines.next === b.deadlines.next && a.order < b.order)
  }

  private up(start: number): void {
    let position = start
    const entry = this.heap[position]
    if (entry === undefined) return
    while (position > 0) {
      const parentAt = (position - 1) >> 1
      const parent = this.heap[parentAt]
      if (parent === undefined || !this.before(entry, parent)) break
      this.put(position, parent)
      position = parentAt
    }
    this.put(position, entry)
  }

  private down(start: number): void {
    let position = start
    const entry = this.heap[position]
    if (entry === undefined) return
    for (;;) {
      const left = 2 * position + 1
      const first = this.heap[left]
      if (first === undefined) break
      const second = this.heap[left + 1]
      const child = second !== undefined && this.before(second, first) ? second : first
      if (!this.before(child, entry)) break
      const childAt = child.deadlines.position
      this.put(position, child)
      position = childAt
    }
    this.put(position, entry)
  }
}
