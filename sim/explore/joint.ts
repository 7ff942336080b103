// The state of everything: one state of each endpoint, the messages under way, and the faults already spent. Held as a short list of
// numbers [endpoint states…, losses, duplicates, delays, crashes, messages…]; a message is its number times two, plus one when it is late.

import type { Locals, Message } from './locals.ts'
import type { Symmetry } from './symmetry.ts'

/** Faults that may happen in all. */
export interface Budgets {
  readonly losses: number
  readonly duplicates: number
  readonly delays: number
  readonly crashes: number
}

export const faultKinds = ['losses', 'duplicates', 'delays', 'crashes'] as const
export type FaultKind = (typeof faultKinds)[number]

export type Joint = readonly number[]

export interface JointOptions {
  readonly endpoints: number
  readonly locals: Locals
  readonly symmetry: Symmetry
}

/** Reads and hashes joint states. */
export class Joints {
  readonly endpoints: number
  /** Where the faults spent begin, and where the messages do. */
  readonly faultsAt: number
  readonly messagesAt: number
  low = 0
  high = 0
  private readonly locals: Locals
  private readonly ways: number
  private readonly sorted: number[] = []

  constructor({ endpoints, locals, symmetry }: JointOptions) {
    this.endpoints = endpoints
    this.faultsAt = endpoints
    this.messagesAt = endpoints + faultKinds.length
    this.locals = locals
    this.ways = symmetry.renamings(0).length
  }

  spent(joint: Joint, kind: FaultKind): number {
    return joint[this.faultsAt + faultKinds.indexOf(kind)]!
  }

  message(coded: number): Message {
    return this.locals.messages[coded >> 1]!
  }

  /** Whether a message is under way that is not late. */
  hasPunctual(joint: Joint): boolean {
    for (let i = this.messagesAt; i < joint.length; i++) if ((joint[i]! & 1) === 0) return true
    return false
  }

  /** Every endpoint settled, nothing under way at all, and nothing due at this instant. */
  isAtRest(joint: Joint): boolean {
    if (joint.length > this.messagesAt) return false
    for (let i = 0; i < this.endpoints; i++) {
      const { outlook, due } = this.locals.entries[joint[i]!]!
      if (!outlook.settled || due === 0) return false
    }
    return true
  }

  /** Hashes the class of the state into `low` and `high`: the least over all ways of renaming. */
  hash(joint: Joint, atRest: boolean): void {
    this.low = this.high = 0x7fffffff
    for (let way = 0; way < this.ways; way++) this.hashWay(joint, way, atRest)
  }

  private hashWay(joint: Joint, way: number, atRest: boolean): void {
    const { sorted, locals } = this
    let low = atRest ? 0x2545f491 : 0x1b873593
    let high = 0x165667b1
    const mix = (value: number): void => {
      low = Math.imul(low ^ value, 0x9e3779b1)
      low ^= low >>> 15
      high = Math.imul(high ^ value ^ low, 0x85ebca77)
      high ^= high >>> 13
    }
    for (let i = 0; i < this.endpoints; i++) {
      const { classes, restClasses } = locals.entries[joint[i]!]!
      mix((atRest ? restClasses : classes)[way]!)
    }
    for (let i = this.faultsAt; i < this.messagesAt; i++) mix(joint[i]!)
    sorted.length = 0
    for (let i = this.messagesAt; i < joint.length; i++) sorted.push(this.message(joint[i]!).classes[way]! * 2 + (joint[i]! & 1))
    if (sorted.length > 1) sorted.sort((a, b) => a - b)
    for (const value of sorted) mix(value)
    if (low < this.low || (low === this.low && high < this.high)) {
      this.low = low
      this.high = high
    }
  }
}
