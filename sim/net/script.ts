// Faults of single packets, picked by what they are and by their turn: "the second SCCCN in this direction". The network carries
// octets; what a packet is, a predicate from above says.

import { assert } from '../base/assert.ts'
import type { Nanos } from '../base/time.ts'

export interface ScriptedFault {
  /** `portless`: directly over IP, so that the octets say less about themselves. */
  readonly matches: (bytes: Uint8Array, portless: boolean) => boolean
  /** The first one that is hit among those that match, counted from 1 in order of sending, lost ones included. */
  readonly nth: number
  /** How many are hit in a row; Infinity for all that follow. */
  readonly count: number
  readonly action: 'drop' | 'delay' | 'duplicate' | 'corrupt'
  /** delay: latency added (the packet may be overtaken); duplicate: how much later the copy arrives. 0 when left out. */
  readonly by?: Nanos | undefined
  /** corrupt: the bit of the payload to flip, 0 the first on the wire. Drawn when left out. */
  readonly bit?: number | undefined
}

/** What befalls one packet by script. */
export interface Scripted {
  drop: boolean
  delay: Nanos
  /** Delays of copies after the original. */
  readonly copies: Nanos[]
  corrupt: boolean
  /** -1 for a bit to be drawn. */
  bit: number
}

interface Armed {
  readonly fault: ScriptedFault
  seen: number
}

/** The faults of one direction of a link. */
export class Script {
  private armed: readonly Armed[] = []

  /** No fault is left that could hit. */
  get over(): boolean {
    return this.armed.length === 0
  }

  /** Arms a fault; its count begins with the next packet. */
  add(fault: ScriptedFault): void {
    const { nth, count, by = 0 } = fault
    assert(Number.isInteger(nth) && nth >= 1 && count >= 1 && by >= 0, 'a scripted fault that hits nothing, or before its time')
    this.armed = [...this.armed, { fault, seen: 0 }]
  }

  /** Counts a packet; what it meets, undefined for nothing. */
  meet(bytes: Uint8Array, portless: boolean): Scripted | undefined {
    let met: Scripted | undefined
    for (const armed of this.armed) {
      const { fault } = armed
      if (!fault.matches(bytes, portless)) continue
      armed.seen++
      if (armed.seen >= fault.nth) met = combine(met ?? { drop: false, delay: 0, copies: [], corrupt: false, bit: -1 }, fault)
    }
    if (met !== undefined) this.armed = this.armed.filter(({ fault, seen }) => seen + 1 < fault.nth + fault.count)
    return met
  }
}

function combine(met: Scripted, { action, by = 0, bit = -1 }: ScriptedFault): Scripted {
  if (action === 'drop') met.drop = true
  else if (action === 'delay') met.delay += by
  else if (action === 'duplicate') met.copies.push(by)
  else {
    met.corrupt = true
    met.bit = bit
  }
  return met
}
