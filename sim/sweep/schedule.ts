// Which runs come next: first one run of every point, which tells what its runs cost, then the points from the dearest to the
// cheapest, so that no long run is left for the end. The order changes nothing about the results.

import type { Batch, Piece } from './batch.ts'

export interface Work {
  /** Replications wanted of each point. */
  readonly targets: ArrayLike<number>
  readonly isDone: (point: number, offset: number) => boolean
  /** Whether a run is ours to do, when several machines share the work. */
  readonly isOurs: (point: number, offset: number) => boolean
  /** Kernel events of a run of a point; NaN while unknown. */
  readonly costOf: (point: number) => number
}

/** Runs that are still to be done. */
export function countPending({ targets, isDone, isOurs }: Work): number {
  let count = 0
  for (let point = 0; point < targets.length; point++) {
    for (let offset = 0; offset < targets[point]!; offset++) if (isOurs(point, offset) && !isDone(point, offset)) count++
  }
  return count
}

/** Gives out work piece by piece, each run once. */
export class Schedule {
  private readonly work: Work
  private readonly pieces: Generator<Piece, undefined>
  private rest: Piece | undefined

  constructor(work: Work) {
    this.work = work
    this.pieces = this.inOrder()
  }

  /** The next runs, at most `count`; none when all are given out. */
  take(count: number): Batch {
    const batch: Piece[] = []
    let wanted = count
    while (wanted > 0) {
      const piece = this.rest ?? this.next()
      this.rest = undefined
      if (piece === undefined) break
      const taken = Math.min(piece.count, wanted)
      batch.push({ ...piece, count: taken })
      if (taken < piece.count) this.rest = { point: piece.point, first: piece.first + taken, count: piece.count - taken }
      wanted -= taken
    }
    return batch
  }

  private next(): Piece | undefined {
    return this.pieces.next().value
  }

  private *inOrder(): Generator<Piece, undefined> {
    const { targets, costOf } = this.work
    const scouted = new Int32Array(targets.length).fill(-1)
    for (let point = 0; point < targets.length; point++) {
      const offset = Number.isNaN(costOf(point)) ? this.missingFrom(point, 0) : -1
      if (offset < 0) continue
      scouted[point] = offset
      yield { point, first: offset, count: 1 }
    }
    const cost = (point: number): number => (Number.isNaN(costOf(point)) ? Infinity : costOf(point))
    const order = Array.from(targets, (_, point) => ({ point, cost: cost(point) }))
    order.sort((a, b) => (a.cost === b.cost ? a.point - b.point : b.cost - a.cost))
    for (const { point } of order) yield* this.stretches(point, scouted[point]!)
  }

  /** First missing run of a point from `offset` on; -1 for none. */
  private missingFrom(point: number, offset: number): number {
    const { targets, isDone, isOurs } = this.work
    for (let at = offset; at < targets[point]!; at++) if (isOurs(point, at) && !isDone(point, at)) return at
    return -1
  }

  /** Missing runs of a point in stretches without a gap, but for the one that is done already. */
  private *stretches(point: number, except: number): Generator<Piece> {
    const target = this.work.targets[point]!
    const isWanted = (at: number): boolean =>
      at < target && at !== except && this.work.isOurs(point, at) && !this.work.isDone(point, at)
    for (let at = 0; at < target; at++) {
      if (!isWanted(at)) continue
      let end = at + 1
      while (isWanted(end)) end++
      yield { point, first: at, count: end - at }
      at = end
    }
  }
}
