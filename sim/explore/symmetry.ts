// Sessions are alike: two states that differ only in which session is which have the same future. Each endpoint's Session IDs are
// exchanged among those that its calls get at first, in every way and independently of the other endpoint's.

import type { Renaming } from './portrait.ts'

export interface Symmetry {
  /** Ways to rename, the same number for each endpoint; the first leaves everything as it is. */
  readonly renamings: (endpoint: number) => readonly (Renaming | undefined)[]
}

/** Sessions beyond this number are not exchanged: the ways grow with the square of their factorial. */
const MOST_SESSIONS = 3

function permutations(count: number): readonly (readonly number[])[] {
  if (count === 0) return [[]]
  return permutations(count - 1).flatMap((shorter) => shorter.map((_, i) => insert(shorter, i, count)).concat([[...shorter, count]]))
}

const insert = (list: readonly number[], at: number, value: number): readonly number[] => [...list.slice(0, at), value, ...list.slice(at)]

const renamer =
  (order: readonly number[]) =>
  (session: number): number =>
    session >= 1 && session <= order.length ? order[session - 1]! : session

/** Without symmetry every state stands for itself. */
export const noSymmetry: Symmetry = { renamings: () => [undefined] }

/** Of two endpoints with so many sessions, numbered from 1 at either end. */
export function symmetryOf(sessions: number): Symmetry {
  if (sessions < 2 || sessions > MOST_SESSIONS) return noSymmetry
  const orders = permutations(sessions)
    .map((order) => ({ order, identity: order.every((value, i) => value === i + 1) }))
    .sort((a, b) => Number(b.identity) - Number(a.identity))
    .map(({ order }) => renamer(order))
  const ways = orders.flatMap((first) => orders.map((second) => [first, second] as const))
  const forEndpoint = [
    ways.map(([own, peer]): Renaming => ({ own, peer })),
    ways.map(([peer, own]): Renaming => ({ own, peer })),
  ]
  return { renamings: (endpoint) => forEndpoint[endpoint]! }
}
