// Allocation of Tunnel and Session IDs: from 1 to the largest of the protocol version, never one in use (RFC 2661 5.3, RFC 3931
// 5.4.3, 5.4.4: 0 is never assigned).

import type { Rng } from '../base/random.ts'

export type AllocationPolicy = 'least-recently-used' | 'lowest-free' | 'random'

export class Identifiers {
  private cursor = 0
  private readonly policy: AllocationPolicy
  private readonly rng: Rng

  private readonly largest: number

  constructor(policy: AllocationPolicy, rng: Rng, largest = 0xffff) {
    this.policy = policy
    this.rng = rng
    this.largest = largest
  }

  /** A free identifier, or 0 when all are taken. The cyclic cursor hands out the one freed longest ago (RFC 4951 3.3). */
  next(taken: (identifier: number) => boolean): number {
    if (this.policy === 'lowest-free') this.cursor = 0
    if (this.policy === 'random') this.cursor = this.rng.uint32() % this.largest
    for (let i = 0; i < this.largest; i++) {
      this.cursor = (this.cursor % this.largest) + 1
      if (!taken(this.cursor)) return this.cursor
    }
    return 0
  }

  /**
   * After a restart the last identifiers handed out are unknown. A recovery tunnel with the ID of one from before a second
   * failure would be a duplicate to the peer (R4951-AMB-69), and the old one's packets would reach it.
   */
  startAnywhere(): void {
    this.cursor = this.rng.uint32() % this.largest
  }

  /** Goes on behind `identifier`, known to have been handed out before a restart. */
  skipPast(identifier: number): void {
    if (identifier > this.cursor) this.cursor = identifier
  }
}
