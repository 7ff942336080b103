// Where endpoints stand in the topology: LACs at the left, LNSs at the right, the chosen pair first; links between their inner edges. Those
// for which the room is too small are told in one line each, further down than the room if need be.

import type { Size } from '../draw/pen.ts'
import type { RunModel } from '../model/model.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface NodeBox extends Point {
  readonly name: string
  readonly width: number
  readonly height: number
  /** In one line. */
  readonly brief: boolean
}

export interface LinkLine {
  readonly ends: readonly [string, string]
  readonly from: Point
  readonly to: Point
}

export interface TopologyLayout extends Size {
  readonly boxes: readonly NodeBox[]
  readonly links: readonly LinkLine[]
  /** Endpoints left out. */
  readonly left: number
}

export interface TopologyChoice {
  readonly room: Size
  /** Endpoints that come first, and are told whole. */
  readonly first: readonly string[]
  /** Replicas of an endpoint that has most of them. */
  readonly replicas: number
}

/** Height of a line in a box, and of what stands around the lines of replicas. */
export const LINE = 16
const AROUND = 74
const BRIEF = 26
const GAP = 10
const EDGE = 12
/** In each column. */
const MOST = 200

export function topologyLayout({ endpoints, links }: Pick<RunModel, 'endpoints' | 'links'>, choice: TopologyChoice): TopologyLayout {
  const { room, first, replicas } = choice
  const tall = AROUND + LINE * Math.max(1, replicas)
  const wide = Math.min(Math.max(room.width * 0.3, 196), 260)
  const rank = (name: string): number => (first.includes(name) ? 0 : 1)
  const column = (isLeft: boolean): readonly string[] =>
    endpoints
      .filter(({ role }) => (role === 'LNS') !== isLeft)
      .map(({ name }) => name)
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, MOST)
  const boxesOf = (names: readonly string[], x: number): readonly NodeBox[] => {
    const fits = names.length * (tall + GAP) + GAP <= room.height
    const heights = names.map((name) => (fits || first.includes(name) ? tall : BRIEF))
    const spare = Math.max(GAP, (room.height - heights.reduce((sum, height) => sum + height, 0)) / (names.length + 1))
    let y = 0
    return names.map((name, i): NodeBox => {
      const height = heights[i]!
      const box = { name, x, y: y + (fits ? spare : GAP), width: wide, height, brief: height === BRIEF }
      y = box.y + height
      return box
    })
  }
  const boxes = [...boxesOf(column(true), EDGE), ...boxesOf(column(false), room.width - wide - EDGE)]
  const lines = joined(links, new Map(boxes.map((box) => [box.name, box])))
  const height = Math.max(room.height, ...boxes.map((box) => box.y + box.height + GAP))
  return { boxes, links: lines, width: room.width, height, left: endpoints.length - boxes.length }
}

/** Links between the edges that face each other. Those of a box that has many stand side by side along its edge. */
function joined(links: RunModel['links'], boxes: ReadonlyMap<string, NodeBox>): readonly LinkLine[] {
  const pairs = links.flatMap(({ ends }) => {
    const [one, other] = [boxes.get(ends[0]), boxes.get(ends[1])]
    return one === undefined || other === undefined ? [] : [{ ends, one, other }]
  })
  const others = new Map<NodeBox, NodeBox[]>()
  for (const { one, other } of pairs) {
    others.set(one, [...(others.get(one) ?? []), other])
    others.set(other, [...(others.get(other) ?? []), one])
  }
  for (const list of others.values()) list.sort((a, b) => a.y - b.y)
  const edgeOf = (box: NodeBox, other: NodeBox): Point => {
    if (box.x === other.x) return { x: box.x + box.width / 2, y: other.y > box.y ? box.y + box.height : box.y }
    const list = others.get(box) ?? []
    const share = (list.indexOf(other) + 1) / (list.length + 1)
    return { x: other.x > box.x ? box.x + box.width : box.x, y: box.y + box.height * share }
  }
  return pairs.map(({ ends, one, other }) => ({ ends, from: edgeOf(one, other), to: edgeOf(other, one) }))
}
