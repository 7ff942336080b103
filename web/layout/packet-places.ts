// Where packets under way stand along their links: those of one direction on one side of the line, those of the other on the other, and
// those that would stand on each other as one with a count.

import type { LinkLine, Point } from './topology.ts'

/** A packet on its way. */
export interface Wayfarer {
  readonly message: number
  readonly kind: string
  /** Look and fate, which packets told as one have in common. */
  readonly look: string
  readonly from: string
  readonly to: string
  /** Share of its way that is done. */
  readonly share: number
}

export interface PacketPlace extends Point {
  /** The first of those that stand here. */
  readonly message: number
  readonly kind: string
  readonly look: string
  readonly count: number
  /** Points to the right. */
  readonly rightwards: boolean
}

/** Pixels beside the line. */
const BESIDE = 13
/** Kept off the boxes so far, or they would be hidden there. */
const BOX = 42
/** Packets nearer to each other than this are told as one, and different ones stand one line further out. */
const NEAR = 58

export function packetPlaces(packets: readonly Wayfarer[], links: readonly LinkLine[]): readonly PacketPlace[] {
  const places: (PacketPlace & { readonly link: LinkLine; count: number; row: number })[] = []
  for (const { message, kind, look, from, to, share } of packets) {
    const link = links.find(({ ends }) => ends.includes(from) && ends.includes(to))
    if (link === undefined) continue
    const [start, end] = link.ends[0] === from ? [link.from, link.to] : [link.to, link.from]
    const off = Math.min(0.3, BOX / Math.max(1, Math.abs(end.x - start.x)))
    const done = off + (1 - 2 * off) * share
    const [x, y] = [start.x + (end.x - start.x) * done, start.y + (end.y - start.y) * done]
    const rightwards = end.x >= start.x
    const near = places.filter((one) => one.link === link && one.rightwards === rightwards && Math.abs(one.x - x) < NEAR)
    const same = near.find((one) => one.kind === kind && one.look === look)
    if (same !== undefined) {
      same.count += 1
      continue
    }
    const row = kind === 'data' ? 0 : near.filter((one) => one.kind !== 'data').length
    const beside = kind === 'data' ? 4 : BESIDE + row * 20
    places.push({ message, kind, look, count: 1, x, y: y + (rightwards ? -beside : beside), rightwards, link, row })
  }
  return places
}
