// What can happen next in a joint state. A move is one input to one endpoint together with what becomes of the messages it sends in
// answer, and perhaps the endpoint's crash right after it.
//
// Time: a message arrives before any timer fires, unless it is a late one, which arrives whenever it likes. So timers fire only when
// nothing but late messages is under way, in the order of their instants; those of one instant in every order. A crash happens right
// after an input, or just before the next timer of anyone. At rest, timers that fire without a word are part of the wait: that state would
// be the one before it, and the message that ends the rest would never be sent.

import { NEVER, type Nanos } from '../base/time.ts'
import type { Budgets, FaultKind, Joint, Joints } from './joint.ts'
import { faultKinds } from './joint.ts'
import type { Locals } from './locals.ts'
import { IS_DOWN } from './outlook.ts'

export type Fate = 'arrives' | 'lost' | 'twice' | 'late'

/** What made a state of another. */
export interface Move {
  /** `crash`: nothing but a crash, just before the next timer. */
  readonly kind: 'receive' | 'due' | 'crash'
  readonly endpoint: number
  /** The message received, coded as in the state. */
  readonly message: number
  /** Time that passed before it. */
  readonly waited: Nanos
  /** Messages sent, by number, and their fates. */
  readonly sent: readonly number[]
  readonly fates: readonly Fate[]
  /** The endpoint crashed right after it. */
  readonly crashed: boolean
  readonly thrown: string | undefined
}

/** Called for each successor; `false` ends the enumeration. */
export type Visit = (next: number[], move: Move) => boolean

interface Stepped {
  readonly kind: Move['kind']
  readonly endpoint: number
  readonly message: number
  readonly waited: Nanos
  readonly base: number[]
  readonly local: number
  readonly sent: readonly number[]
  readonly thrown: string | undefined
}

const FATES: readonly (readonly [Fate, FaultKind])[] = [
  ['lost', 'losses'],
  ['twice', 'duplicates'],
  ['late', 'delays'],
]

export interface MovesOptions {
  readonly locals: Locals
  readonly joints: Joints
  readonly budgets: Budgets
  /** A late message does not outlive a wait of more than this. */
  readonly longestDelay: Nanos
}

export class Moves {
  private readonly options: MovesOptions

  constructor(options: MovesOptions) {
    this.options = options
  }

  /** Everything that can happen next, always in the same order; the first is what happens if nothing goes wrong. */
  each(joint: Joint, visit: Visit): boolean {
    const { joints } = this.options
    const punctual = joints.hasPunctual(joint)
    for (let i = joints.messagesAt; i < joint.length; i++) {
      if ((punctual && (joint[i]! & 1) === 0) && !this.receive(joint, i, visit)) return false
    }
    if (!punctual && !this.wait(joint, visit)) return false
    for (let i = joints.messagesAt; i < joint.length; i++) if ((joint[i]! & 1) === 1 && !this.receive(joint, i, visit)) return false
    return true
  }

  /** What happens next if nothing goes wrong any more; undefined when nothing does. Late messages stay away. */
  undisturbed(joint: Joint): { readonly next: number[]; readonly move: Move } | undefined {
    let found: { readonly next: number[]; readonly move: Move } | undefined
    const { joints } = this.options
    const visit: Visit = (next, move) => {
      found = { next, move }
      return false
    }
    if (joints.hasPunctual(joint)) this.each(joint, visit)
    else this.wait(joint, visit)
    return found
  }

  private receive(joint: Joint, at: number, visit: Visit): boolean {
    const { joints, locals } = this.options
    const message = joint[at]!
    if (at > joints.messagesAt && joint[at - 1] === message) return true
    const { target } = joints.message(message)
    const base = joint.slice()
    base.splice(at, 1)
    const step = locals.receive(joint[target]!, message >> 1)
    return this.fates({ kind: 'receive', endpoint: target, message, waited: 0, base, ...step }, visit)
  }

  /** Time passes until the next timer; at rest, until the next one that has something to say. */
  private wait(joint: Joint, visit: Visit): boolean {
    const { joints, locals } = this.options
    const patience = joints.isAtRest(joint) ? MOST_SILENT : 0
    const start = this.ripe(joint, patience)
    if (start === undefined) return true
    const { aged, waited } = start
    for (let i = 0; i < joints.endpoints; i++) {
      if (locals.entries[aged[i]!]!.due > 0) continue
      const step = locals.due(aged[i]!)
      if (!this.fates({ kind: 'due', endpoint: i, message: -1, waited, base: aged.slice(), ...step }, visit)) return false
    }
    if (waited === 0) return true
    for (let i = 0; i < joints.endpoints; i++) if (!this.crashed(aged, i, waited, visit)) return false
    return true
  }

  /** The state just before the next timer, after at most so many that said nothing; undefined when there is none. */
  private ripe(joint: Joint, silent: number): { readonly aged: number[]; readonly waited: Nanos } | undefined {
    const { joints, locals } = this.options
    let [aged, waited] = [joint, 0]
    for (let left = silent; left >= 0; ) {
      let wait: Nanos = NEVER
      for (let i = 0; i < joints.endpoints; i++) wait = Math.min(wait, locals.entries[aged[i]!]!.due)
      if (wait === NEVER) return undefined
      const ripe = this.aged(aged, wait)
      waited += wait
      const quiet = silent > 0 ? this.quietOf(ripe) : -1
      if (quiet < 0) return { aged: ripe, waited }
      ripe[quiet] = locals.due(ripe[quiet]!).local
      aged = ripe
      left -= 1
    }
    return undefined
  }

  /** An endpoint whose timer is due and says nothing; -1 for none. */
  private quietOf(ripe: Joint): number {
    const { joints, locals } = this.options
    for (let i = 0; i < joints.endpoints; i++) {
      if (locals.entries[ripe[i]!]!.due > 0) continue
      const { sent, thrown } = locals.due(ripe[i]!)
      if (sent.length === 0 && thrown === undefined) return i
    }
    return -1
  }

  private aged(joint: Joint, by: Nanos): number[] {
    const { joints, locals, longestDelay } = this.options
    const aged = joint.slice(0, by > longestDelay ? joints.messagesAt : joint.length)
    for (let i = 0; i < joints.endpoints; i++) aged[i] = locals.age(joint[i]!, by)
    return aged
  }

  private canSpend(joint: Joint, kind: FaultKind): boolean {
    const { joints, budgets } = this.options
    return joints.spent(joint, kind) < budgets[kind]
  }

  private spend(joint: number[], kind: FaultKind, by: number): void {
    joint[this.options.joints.faultsAt + faultKinds.indexOf(kind)]! += by
  }

  private crashed(joint: Joint, endpoint: number, waited: Nanos, visit: Visit): boolean {
    const { locals } = this.options
    if (!this.canSpend(joint, 'crashes') || !isUp(locals, joint[endpoint]!)) return true
    const next = joint.slice()
    const { local, thrown } = locals.crash(joint[endpoint]!)
    next[endpoint] = local
    this.spend(next, 'crashes', 1)
    return visit(next, { kind: 'crash', endpoint, message: -1, waited, sent: [], fates: [], crashed: true, thrown })
  }

  /** Every fate of the messages sent, with and without a crash after them. */
  private fates(step: Stepped, visit: Visit): boolean {
    const { base, endpoint, local } = step
    base[endpoint] = local
    return this.fateOf(step, [], visit)
  }

  private fateOf(step: Stepped, fates: Fate[], visit: Visit): boolean {
    const { base, sent } = step
    if (fates.length === sent.length) return this.finish(step, fates, visit)
    const message = sent[fates.length]!
    // What is for nobody is gone whatever befalls it.
    const astray = this.options.locals.messages[message]!.target < 0
    base.push(...(astray ? [] : [message * 2]))
    if (!this.fateOf(step, [...fates, 'arrives'], visit)) return false
    if (astray) return true
    base.pop()
    for (const [fate, kind] of FATES) {
      if (!this.canSpend(base, kind)) continue
      const arrivals = fate === 'lost' ? [] : fate === 'late' ? [message * 2 + 1] : [message * 2, message * 2 + 1]
      this.spend(base, kind, 1)
      base.push(...arrivals)
      const goOn = this.fateOf(step, [...fates, fate], visit)
      base.length -= arrivals.length
      this.spend(base, kind, -1)
      if (!goOn) return false
    }
    return true
  }

  private finish(step: Stepped, fates: readonly Fate[], visit: Visit): boolean {
    const { kind, endpoint, message, waited, base, sent, thrown } = step
    const { locals } = this.options
    const move: Move = { kind, endpoint, message, waited, sent, fates, crashed: false, thrown }
    if (!visit(this.inOrder(base), move)) return false
    if (thrown !== undefined || !this.canSpend(base, 'crashes') || !isUp(locals, base[endpoint]!)) return true
    const crash = locals.crash(base[endpoint]!)
    const next = this.inOrder(base)
    next[endpoint] = crash.local
    this.spend(next, 'crashes', 1)
    return visit(next, { ...move, crashed: true, thrown: crash.thrown })
  }

  /** A copy with its messages in order. */
  private inOrder(base: readonly number[]): number[] {
    const { messagesAt } = this.options.joints
    const next = base.slice()
    // A few messages at most: put each in its place.
    for (let i = messagesAt + 1; i < next.length; i++) {
      const value = next[i]!
      let at = i
      while (at > messagesAt && next[at - 1]! > value) {
        next[at] = next[at - 1]!
        at -= 1
      }
      next[at] = value
    }
    return next
  }
}

const isUp = (locals: Locals, local: number): boolean => locals.entries[local]!.outlook.unsettled !== IS_DOWN

/** Timers in a row that say nothing; after more of them nothing is expected any more. */
const MOST_SILENT = 1_000
