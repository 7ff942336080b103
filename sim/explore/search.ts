// Breadth-first search through everything that can happen, so that the first violation found is one of the shortest. States are known
// by a hash when met again; how each was reached is kept as one parent and the number of a move.

import { NEVER, type Nanos } from '../base/time.ts'
import type { Finding } from '../hunt/outcome.ts'
import { chartsOf, Course, type Charts } from './course.ts'
import { hash64 } from './fingerprints.ts'
import { Ints, Met, type SavedMet } from './growing.ts'
import { Joints, type Budgets, type FaultKind, type Joint } from './joint.ts'
import { Level, type SavedLevel } from './level.ts'
import { Locals, type Local, type SavedLocals } from './locals.ts'
import { Moves, type Fate, type Move } from './moves.ts'
import { disagreement, holds, IS_DOWN } from './outlook.ts'
import { planKey, type Plan } from './plan.ts'
import { preparationOf, type Preparation } from './prepare.ts'
import { noSymmetry } from './symmetry.ts'
import type { Scenario } from '../scenario/schema.ts'

export interface Bounds extends Budgets {
  /** Moves from the beginning at most. */
  readonly depth: number
  /** States at most. */
  readonly states: number
}

export interface ExploreOptions {
  readonly bounds: Bounds
  /** Of each tunnel, instead of the scenario's. */
  readonly sessions?: number | undefined
  readonly seed?: string | undefined
  /** What is demanded; all of it by default. */
  readonly properties?: readonly Property[] | undefined
  /** States that differ only in which session is which are looked at once. */
  readonly symmetry?: boolean | undefined
}

/**
 * - `no-bug`: no promise of the simulator itself is broken;
 * - `converges`: from every state, undisturbed, everything settles within the scenario's convergence bound, equal on both sides;
 * - `sessions-kept`: no side gives up an established session that the other side still holds, or will know again after its crash;
 * - `invariants`: every invariant of runs holds in an ordinary run of every plan of faults and orders that the search meets.
 */
export const properties = ['no-bug', 'converges', 'sessions-kept', 'invariants'] as const
export type Property = (typeof properties)[number]

export interface Violation {
  readonly property: Property
  readonly message: string
  /** From the beginning to the violation. */
  readonly moves: readonly Move[]
  /** How many of the last moves are what follows undisturbed. */
  readonly undisturbed: number
  /** Of `invariants`: what the run showed. */
  readonly finding: Finding | undefined
}

/** Whether two violations are about the same. */
export const sameTrouble = (a: Violation | undefined, b: Violation | undefined): boolean =>
  a !== undefined && a.property === b?.property && a.finding?.invariant === b.finding?.invariant

/** A plan to be run and judged, and where the search stood when it was made. */
export interface Proposal {
  readonly plan: Plan
  /** The state whose move ends the path, -1 for the path of no move. */
  readonly from: number
  readonly move: Move | undefined
  readonly counts: Counts
}

export interface Counts {
  readonly states: number
  readonly transitions: number
  /** Moves to the states that are being looked at. */
  readonly depth: number
  /** States found whose successors have not been looked at. */
  readonly waiting: number
  /** States of single endpoints, and inputs really given to one. */
  readonly localStates: number
  readonly localSteps: number
  /** States in which everything is settled. */
  readonly settled: number
  /** Plans that were run and judged. */
  readonly runs: number
}

/** A search as plain data. Only what was made by the same program with the same scenario and options may be taken back. */
export interface SavedSearch {
  readonly locals: SavedLocals
  readonly met: SavedMet
  readonly converging: SavedMet
  readonly planned: SavedMet
  readonly parents: Int32Array
  readonly ordinals: Int32Array
  readonly present: SavedLevel
  readonly following: SavedLevel
  /** Places of counts, see Charts. */
  readonly places: ReadonlyMap<number, number>
  readonly depth: number
  readonly transitions: number
  readonly settledStates: number
}

/** How a state was reached. */
interface Reached {
  readonly parent: number
  readonly ordinal: number
  readonly course: Course | undefined
}

/** Whoever is down for good keeps nobody waiting: the others are to be done with it. */
const isGone = ({ outlook, due }: Local): boolean => outlook.unsettled === IS_DOWN && due === NEVER

const isLate = ({ kind, message }: Move): boolean => kind === 'receive' && (message & 1) === 1

export class Explorer {
  readonly preparation: Preparation
  violation: Violation | undefined
  private readonly scenario: Scenario
  private readonly options: ExploreOptions
  private readonly bounds: Bounds
  private readonly locals: Locals
  private readonly charts: Charts
  private readonly joints: Joints
  private readonly moves: Moves
  private readonly met = new Met()
  /** States from which an undisturbed run is known to converge. */
  private readonly converging = new Met()
  private readonly parents = new Ints()
  private readonly ordinals = new Ints()
  private present = new Level()
  private following = new Level()
  private depth = 0
  private transitions = 0
  private settledStates = 0
  private refused = 0
  private readonly first: number[]
  private readonly demanded: readonly Property[]
  private readonly planned = new Met()
  private proposals: Proposal[] = []
  /** The counts as they were when the violation was met that has been found since. */
  private frozen: Counts | undefined

  constructor(scenario: Scenario, options: ExploreOptions) {
    this.scenario = scenario
    this.options = options
    const preparation = preparationOf(scenario, options)
    this.preparation = preparation
    this.bounds = options.bounds
    this.demanded = options.properties ?? properties
    const symmetry = options.symmetry === false ? noSymmetry : preparation.symmetry
    this.locals = new Locals({ ...preparation, symmetry })
    this.charts = chartsOf(preparation.names, (number) => this.messageOf(number))
    this.joints = new Joints({ endpoints: preparation.names.length, locals: this.locals, symmetry })
    const { longestDelay } = preparation
    this.moves = new Moves({ locals: this.locals, joints: this.joints, budgets: options.bounds, longestDelay })
    this.first = [...preparation.names.map((_, endpoint) => this.locals.start(endpoint)), 0, 0, 0, 0]
    const course = this.demanded.includes('invariants') ? new Course(this.charts) : undefined
    this.meet(this.first, { parent: -1, ordinal: 0, course })
    this.following = new Level()
    if (course !== undefined) this.propose(course, -1, undefined)
  }

  /** Where a search stands that is not over, and whose plans have all been judged. It shares its tables with the search. */
  save(): SavedSearch {
    const { locals, met, converging, planned, parents, ordinals, present, following, charts, depth, transitions, settledStates } = this
    return {
      locals: locals.save(),
      met: met.save(),
      converging: converging.save(),
      planned: planned.save(),
      parents: parents.save(),
      ordinals: ordinals.save(),
      present: present.save(),
      following: following.save(),
      places: charts.places,
      ...{ depth, transitions, settledStates },
    }
  }

  /** Has a search that was just made go on from there. */
  restore(saved: SavedSearch): void {
    this.locals.restore(saved.locals)
    this.met.restore(saved.met)
    this.converging.restore(saved.converging)
    this.planned.restore(saved.planned)
    this.parents.restore(saved.parents)
    this.ordinals.restore(saved.ordinals)
    for (const [key, place] of saved.places) this.charts.places.set(key, place)
    this.present.restore(saved.present, this.charts)
    this.following.restore(saved.following, this.charts)
    this.depth = saved.depth
    this.transitions = saved.transitions
    this.settledStates = saved.settledStates
    this.proposals = []
  }

  /** A search of the same for one fault of a kind less than its violation has, as deep and as large; undefined when it has none. */
  withFewer(kind: FaultKind): Explorer | undefined {
    const spent = this.spentBy(this.violation?.moves ?? [])
    if (spent[kind] === 0) return undefined
    const { bounds } = this.options
    const room = { depth: bounds.depth, states: Math.min(bounds.states, this.counts.states) }
    return new Explorer(this.scenario, { ...this.options, bounds: { ...spent, [kind]: spent[kind] - 1, ...room } })
  }

  private spentBy(moves: readonly Move[]): Budgets {
    const fates = moves.flatMap((move) => move.fates)
    const count = (fate: Fate): number => fates.filter((each) => each === fate).length
    const crashes = moves.filter(({ crashed }) => crashed).length
    return { losses: count('lost'), duplicates: count('twice'), delays: count('late'), crashes }
  }

  get counts(): Counts {
    return this.frozen ?? this.currentCounts()
  }

  private currentCounts(): Counts {
    return {
      states: this.met.count,
      transitions: this.transitions,
      depth: this.depth,
      waiting: this.present.left + this.following.left,
      localStates: this.locals.entries.length,
      localSteps: this.locals.steps,
      settled: this.settledStates,
      runs: this.planned.count,
    }
  }

  /** Every state that the faults allow has been looked at. */
  get complete(): boolean {
    return this.over && this.violation === undefined && this.refused === 0 && this.present.left + this.following.left === 0
  }

  /** A state was found for which there was no room. */
  get full(): boolean {
    return this.refused > 0
  }

  /** Nothing is left to look at within the bounds, or a violation was found. */
  get over(): boolean {
    if (this.violation !== undefined || this.refused > 0) return true
    return this.present.left === 0 && (this.following.left === 0 || this.depth >= this.bounds.depth)
  }

  /** Looks at so many states more; false when the search is over. */
  advance(states: number): boolean {
    const joint: number[] = []
    for (let left = states; left > 0 && !this.over; left--) {
      if (this.present.left === 0) {
        ;[this.present, this.following] = [this.following, this.present]
        this.following.clear()
        this.depth += 1
      }
      const { course } = this.present
      const number = this.present.take(joint)
      this.expand(joint, number, course)
    }
    return !this.over
  }

  private expand(joint: Joint, number: number, course: Course | undefined): void {
    let ordinal = 0
    this.moves.each(joint, (next, move) => {
      this.transitions += 1
      const wrong = this.judgeMove(joint, next, move)
      if (wrong !== undefined) {
        this.violate(wrong, [...this.pathTo(number), move])
        return false
      }
      const further = course?.then(move)
      // What happens next if nothing goes wrong is part of the run that led here.
      if (further !== undefined && (ordinal > 0 || isLate(move))) this.propose(further, number, move)
      this.meet(next, { parent: number, ordinal, course: further })
      ordinal += 1
      return this.violation === undefined && this.refused === 0
    })
  }

  private violate(found: readonly [Property, string], moves: readonly Move[], undisturbed: readonly Move[] = []): void {
    const [property, message] = found
    const all = [...moves, ...undisturbed]
    this.violation ??= { property, message, moves: all, undisturbed: undisturbed.length, finding: undefined }
  }

  private propose(course: Course, from: number, move: Move | undefined): void {
    const plan = course.plan()
    const [low, high] = hash64(planKey(plan))
    if (this.planned.add(low, high)) this.proposals.push({ plan, from, move, counts: this.currentCounts() })
  }

  /** Plans to be run and judged that have not been asked for yet, in the order of the search. */
  proposed(): readonly Proposal[] {
    const { proposals } = this
    this.proposals = []
    return proposals
  }

  /** The run of a plan broke something: the search ends where it stood when it made the plan. All plans before it have held. */
  found({ from, move, counts }: Proposal, finding: Finding): void {
    const moves = from < 0 || move === undefined ? [] : [...this.pathTo(from), move]
    this.violation = { property: 'invariants', message: `${finding.invariant}: ${finding.message}`, moves, undisturbed: 0, finding }
    this.frozen = counts
  }

  /** Enters a state if it is new, and sees whether it would converge. */
  private meet(joint: Joint, { parent, ordinal, course }: Reached): void {
    const { joints } = this
    joints.hash(joint, this.restsInAgreement(joint))
    if (this.met.count >= this.bounds.states) {
      if (!this.met.has(joints.low, joints.high)) this.refused += 1
      return
    }
    if (!this.met.add(joints.low, joints.high)) return
    const number = this.parents.length
    this.parents.push(parent)
    this.ordinals.push(ordinal)
    const target = parent < 0 ? this.present : this.following
    target.push(joint, number, course)
    this.settle(joint, number)
  }

  /** Nothing is under way, and both sides of every tunnel stand at the same numbers: then the numbers themselves do not matter. */
  private restsInAgreement(joint: Joint): boolean {
    return this.joints.isAtRest(joint) && this.disagreementOf(joint) === undefined
  }

  private disagreementOf(joint: Joint): string | undefined {
    const { entries } = this.locals
    const { endpoints } = this.joints
    for (let i = 0; i < endpoints; i++) {
      if (isGone(entries[joint[i]!]!)) continue
      for (let k = 0; k < endpoints; k++) {
        const why = i === k ? undefined : disagreement(entries[joint[i]!]!.outlook, entries[joint[k]!]!.outlook)
        if (why !== undefined) return `${this.preparation.names[i]!}: ${why}`
      }
    }
    return undefined
  }

  /** Why a state is not the end of all trouble; undefined when it is. */
  private unrest(joint: Joint): string | undefined {
    const { entries } = this.locals
    if (this.joints.hasPunctual(joint)) return 'messages are under way'
    for (let i = 0; i < this.joints.endpoints; i++) {
      const entry = entries[joint[i]!]!
      const { unsettled } = entry.outlook
      if (unsettled !== '' && !isGone(entry)) return `${this.preparation.names[i]!}: ${unsettled}`
    }
    return this.disagreementOf(joint)
  }

  /** Lets a state go on undisturbed until all is settled, or for the convergence bound. */
  private settle(from: Joint, number: number): void {
    const { joints, converging } = this
    const seen: number[] = []
    const moves: Move[] = []
    let joint = from
    let waited: Nanos = 0
    for (;;) {
      joints.hash(joint, false)
      const { low, high } = joints
      if (converging.has(low, high)) break
      seen.push(low, high)
      const unrest = this.unrest(joint)
      if (unrest === undefined) {
        this.settledStates += 1
        break
      }
      const step = this.moves.undisturbed(joint)
      waited += step?.move.waited ?? NEVER
      if (step === undefined || waited > this.preparation.convergenceBound || moves.length > MOST_MOVES) {
        this.violate(['converges', `undisturbed, this never settles: ${unrest}`], this.pathTo(number), moves)
        return
      }
      const wrong = this.judgeMove(joint, step.next, step.move)
      moves.push(step.move)
      if (wrong !== undefined) {
        this.violate(wrong, this.pathTo(number), moves)
        return
      }
      joint = step.next
    }
    for (let i = 0; i < seen.length; i += 2) converging.add(seen[i]!, seen[i + 1]!)
  }

  /** What a move did wrong. */
  private judgeMove(joint: Joint, next: Joint, move: Move): readonly [Property, string] | undefined {
    if (move.thrown !== undefined) return ['no-bug', `${this.preparation.names[move.endpoint]!} threw: ${move.thrown}`]
    if (!this.demanded.includes('sessions-kept')) return undefined
    const { entries } = this.locals
    const before = entries[joint[move.endpoint]!]!.outlook
    const after = entries[next[move.endpoint]!]!.outlook
    if (before === after || move.crashed) return undefined
    for (const session of before.sessions) {
      if (after.sessions.some(({ key }) => key === session.key)) continue
      const peer = this.preparation.byIp.get(session.peerIp)
      if (peer === undefined || !holds(entries[joint[peer]!]!.outlook, session)) continue
      const [here, there] = [this.preparation.names[move.endpoint]!, this.preparation.names[peer]!]
      const lost = `session ${String(session.session)} of tunnel ${String(session.tunnel)}`
      return ['sessions-kept', `${here} gave up ${lost}, which ${there} still held`]
    }
    return undefined
  }

  /** The moves that led to a state. */
  private pathTo(number: number): Move[] {
    const ordinals: number[] = []
    for (let at = number; this.parents.at(at) >= 0; at = this.parents.at(at)) ordinals.push(this.ordinals.at(at))
    const path: Move[] = []
    let joint: Joint = this.first
    for (const wanted of ordinals.reverse()) {
      let ordinal = 0
      let chosen: readonly number[] = joint
      this.moves.each(joint, (next, move) => {
        if (ordinal++ < wanted) return true
        chosen = next
        path.push(move)
        return false
      })
      joint = chosen
    }
    return path
  }

  /** A message in words, and both ends of it. */
  messageOf(number: number): Locals['messages'][number] {
    return this.locals.messages[number]!
  }
}

/** Moves of an undisturbed run without an end. */
const MOST_MOVES = 100_000
