// Where packets under way stand along their links: those of one direction on one side of the line, those of the other on the other. None
// stands on another: alike ones at one place are told as one with a count, and others step aside, along their link if need be.

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
  readonly width: number
}

/** Pixels beside the line, to the middle: of what has words, and of data, which is a dot. */
const BESIDE = 15
const DOT_BESIDE = 2.5
/** Kept off the boxes so far, or they would be hidden there. */
const BOX = 42
/** Of a packet with words, and the distance of one such from the next. */
const HEIGHT = 18
const ROW = 20
const LETTER = 6.7
/** A dot of data with some air. */
const DOT = 9
/** Where a packet that finds its place taken is tried, in pixels along its link. */
const TRIED = [0, 40, -40, 80, -80, 120, -120, 160, -160] as const

/** Room for the word, a mark, the arrow and a count. */
const widthOf = (kind: string): number => (kind === 'data' ? DOT : (kind.length + 5) * LETTER + 12)
const heightOf = (kind: string): number => (kind === 'data' ? DOT : HEIGHT)

const isOn = (a: PacketPlace, b: PacketPlace): boolean =>
  Math.abs(a.x - b.x) * 2 < a.width + b.width && Math.abs(a.y - b.y) * 2 < heightOf(a.kind) + heightOf(b.kind)

/** Packets told as one. */
const isAlike = (a: PacketPlace, b: PacketPlace): boolean =>
  a.kind === b.kind && a.look === b.look && a.rightwards === b.rightwards

export function packetPlaces(packets: readonly Wayfarer[], links: readonly LinkLine[]): readonly PacketPlace[] {
  const places: (PacketPlace & { count: number })[] = []
  for (const packet of packets) {
    const link = links.find(({ ends }) => ends.includes(packet.from) && ends.includes(packet.to))
    if (link === undefined) continue
    const tried = placesTried(packet, link)
    const first = tried[0]!
    const same = places.find((one) => isAlike(one, first) && isOn(one, first))
    const place = tried.find((candidate) => places.every((one) => !isOn(one, candidate)))
    if (same !== undefined) same.count += 1
    else if (place !== undefined) places.push({ ...place, count: 1 })
    else {
      const nearest = places.filter((one) => isAlike(one, first)).sort((a, b) => distance(a, first) - distance(b, first))[0]
      if (nearest === undefined) places.push({ ...first, count: 1 })
      else nearest.count += 1
    }
  }
  return places
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)

/** Where a packet can stand, the truest first: beside its place, one or two rows further out, then further along the link. */
function placesTried({ message, kind, look, from, share }: Wayfarer, link: LinkLine): readonly PacketPlace[] {
  const [start, end] = link.ends[0] === from ? [link.from, link.to] : [link.to, link.from]
  const length = Math.max(1, distance(start, end))
  const off = Math.min(0.3, BOX / Math.max(1, Math.abs(end.x - start.x)))
  const rightwards = end.x >= start.x
  const rows = kind === 'data' ? [DOT_BESIDE] : [BESIDE, BESIDE + ROW, BESIDE + 2 * ROW]
  return TRIED.flatMap((along) => {
    const done = Math.min(1 - off, Math.max(off, off + (1 - 2 * off) * share + along / length))
    const [x, y] = [start.x + (end.x - start.x) * done, start.y + (end.y - start.y) * done]
    const common = { message, kind, look, count: 1, x, rightwards, width: widthOf(kind) }
    return rows.map((beside) => ({ ...common, y: y + (rightwards ? -beside : beside) }))
  })
}
