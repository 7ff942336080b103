// The transmission line of one direction: a bandwidth, and a queue with room for so many octets before it. Fragmentation, which
// decides how many octets a datagram takes on the line (RFC 791 3.2), is here too.

import { assert } from '../base/assert.ts'
import type { Nanos } from '../base/time.ts'

const IP_HEADER = 20
/** Fragments other than the last carry a multiple of it (RFC 791 3.2). */
const FRAGMENT_UNIT = 8
/** Bits and nanoseconds: an octet at b bit/s takes 8e9 / b ns. */
const OCTET = 8e9
const FIRST_CAPACITY = 16

/** Fragments of an IP packet of `sizeOctets` (with its header, 20 octets) on a path that carries `mtuOctets` at once. */
export function fragmentsOf(sizeOctets: number, mtuOctets: number): number {
  if (sizeOctets <= mtuOctets) return 1
  const last = mtuOctets - IP_HEADER
  const other = last - (last % FRAGMENT_UNIT)
  assert(other > 0, `an MTU of ${String(mtuOctets)} octets carries nothing`)
  return 1 + Math.ceil((sizeOctets - IP_HEADER - last) / other)
}

/** Octets of all fragments together: each has a header of its own. */
export function octetsOnLine(sizeOctets: number, fragments: number): number {
  return sizeOctets + (fragments - 1) * IP_HEADER
}

/** No room in the queue. */
export const REFUSED = -1

export class Line {
  private readonly bandwidth: number
  private readonly roomOctets: number
  /** The line is free at `free` nanoseconds and `rest / bandwidth` of one: exact, so that long bursts do not drift. */
  private free: Nanos = 0
  private rest = 0
  // Datagrams waiting for their transmission to begin: a ring.
  private starts = new Float64Array(FIRST_CAPACITY)
  private sizes = new Float64Array(FIRST_CAPACITY)
  private head = 0
  private count = 0
  private waitingOctets = 0

  /** `bandwidth` in bit/s; `roomOctets` of waiting datagrams, not counting the one in transmission. */
  constructor(bandwidth: number, roomOctets: number) {
    assert(bandwidth > 0 && bandwidth < Infinity, `a bandwidth of ${String(bandwidth)} bit/s`)
    this.bandwidth = bandwidth
    this.roomOctets = roomOctets
  }

  /** Octets of the datagrams whose transmission has not begun. */
  backlog(now: Nanos): number {
    this.drain(now)
    return this.waitingOctets
  }

  /** Instant at which a datagram of so many octets has left, rounded up; REFUSED when it must wait and there is no room. */
  transmit(octets: number, now: Nanos): Nanos {
    this.drain(now)
    const start = this.rest > 0 ? this.free + 1 : this.free
    if (start <= now) {
      this.free = now
      this.rest = 0
    } else {
      if (this.waitingOctets + octets > this.roomOctets) return REFUSED
      this.wait(start, octets)
    }
    const work = this.rest + octets * OCTET
    let whole = Math.floor(work / this.bandwidth)
    let rest = work - whole * this.bandwidth
    // The quotient was rounded before it was cut.
    if (rest < 0) {
      whole -= 1
      rest += this.bandwidth
    }
    this.free += whole
    this.rest = rest
    return rest > 0 ? this.free + 1 : this.free
  }

  private wait(start: Nanos, octets: number): void {
    if (this.count === this.starts.length) this.grow()
    const at = (this.head + this.count) & (this.starts.length - 1)
    this.starts[at] = start
    this.sizes[at] = octets
    this.count++
    this.waitingOctets += octets
  }

  private drain(now: Nanos): void {
    while (this.count > 0 && this.starts[this.head]! <= now) {
      this.waitingOctets -= this.sizes[this.head]!
      this.head = (this.head + 1) & (this.starts.length - 1)
      this.count--
    }
  }

  private grow(): void {
    this.starts = unrolled(this.starts, this.head)
    this.sizes = unrolled(this.sizes, this.head)
    this.head = 0
  }
}

/** A ring of twice the size that begins at 0. */
function unrolled(ring: Float64Array, head: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(ring.length * 2)
  larger.set(ring.subarray(head))
  larger.set(ring.subarray(0, head), ring.length - head)
  return larger
}
