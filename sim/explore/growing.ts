// Lists of numbers that grow to many millions, and the set of states met, kept in typed arrays.

const FIRST = 1 << 12

export class Ints {
  length = 0
  private values = new Int32Array(FIRST)

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(this.length * 2)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.length++] = value
  }

  at(index: number): number {
    return this.values[index]!
  }

  clear(): void {
    this.length = 0
  }

  /** The list as plain data, and taken back. */
  save(): Int32Array {
    return this.values.slice(0, this.length)
  }

  restore(saved: Int32Array): void {
    this.length = saved.length
    this.values = new Int32Array(Math.max(FIRST, saved.length))
    this.values.set(saved)
  }
}

/** A set as plain data. */
export interface SavedMet {
  readonly size: number
  readonly low: Int32Array
  readonly high: Int32Array
}

/** States met, by 64 bits of their hash; open addressing. Among ten million states two would meet by chance once in 300,000 searches. */
export class Met {
  private size = 0
  private mask = FIRST - 1
  private low = new Int32Array(FIRST)
  private high = new Int32Array(FIRST)

  get count(): number {
    return this.size
  }

  /** Adds a state; false when it is there already. */
  add(low: number, high: number): boolean {
    // Empty places are zeros in both halves.
    const first = low === 0 && high === 0 ? 1 : low
    if (!this.place(first, high)) return false
    this.size += 1
    if (this.size * 2 > this.mask) this.grow()
    return true
  }

  has(low: number, high: number): boolean {
    const first = low === 0 && high === 0 ? 1 : low
    let i = first & this.mask
    while (this.low[i] !== 0 || this.high[i] !== 0) {
      if (this.low[i] === first && this.high[i] === high) return true
      i = (i + 1) & this.mask
    }
    return false
  }

  private place(low: number, high: number): boolean {
    let i = low & this.mask
    while (this.low[i] !== 0 || this.high[i] !== 0) {
      if (this.low[i] === low && this.high[i] === high) return false
      i = (i + 1) & this.mask
    }
    this.low[i] = low
    this.high[i] = high
    return true
  }

  save(): SavedMet {
    return { size: this.size, low: this.low, high: this.high }
  }

  restore({ size, low, high }: SavedMet): void {
    this.size = size
    this.mask = low.length - 1
    this.low = new Int32Array(low)
    this.high = new Int32Array(high)
  }

  private grow(): void {
    const { low, high } = this
    this.mask = this.mask * 2 + 1
    this.low = new Int32Array(this.mask + 1)
    this.high = new Int32Array(this.mask + 1)
    for (let i = 0; i < low.length; i++) if (low[i] !== 0 || high[i] !== 0) this.place(low[i]!, high[i]!)
  }
}
