// Allocation of Tunnel and Session IDs: 1..65535, never one in use (RFC 2661 5.3: 0 is never assigned).

import type { Rng } from '../base/random.ts'

const LARGEST = 0xffff

export type AllocationPolicy = 'least-recently-used' | 'lowest-free' | 'random'

export class Identifiers {
  private cursor = 0
  private readonly policy: AllocationPolicy
  private readonly rng: Rng

  constructor(policy: AllocationPolicy, rng: Rng) {
    this.policy = policy
    this.rng = rng
  }

  /** A free identifier, or 0 when all are taken. The cyclic cursor hands out the one freed longest ago (RFC 4951 3.3). */
  next(taken: (identifier: number) => boolean): number {
    if (this.policy === 'lowest-free') this.cursor = 0
    if (this.policy === 'random') this.cursor = this.rng.uint32() % LARGEST
    for (let i = 0; i < LARGEST; i++) {
      this.cursor = (this.cursor % LARGEST) + 1
      if (!taken(this.cursor)) return this.cursor
    }
    return 0
  }

  /**
   * After a restart the last identifiers handed out are unknown. A recovery tunnel with the ID of one from before a second
   * failure would be a duplicate to the peer (R4951-AMB-69), and the old one's packets would reach it.
   */
  startAnywhere(): void {
    this.cursor = this.rng.uint32() % LARGEST
  }

  /** Goes on behind `identifier`, known to have been handed out before a restart. */
  skipPast(identifier: number): void {
    if (identifier > this.cursor) this.cursor = identifier
  }
}
