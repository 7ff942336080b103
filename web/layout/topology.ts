// Where endpoints stand in the topology: LACs at the left, LNSs at the right, the chosen pair first; links between their inner edges.

import type { RunModel } from '../model/model.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface NodeBox extends Point {
  readonly name: string
  readonly width: number
  readonly height: number
}

export interface LinkLine {
  readonly ends: readonly [string, string]
  readonly from: Point
  readonly to: Point
}

export interface TopologyLayout {
  readonly boxes: readonly NodeBox[]
  readonly links: readonly LinkLine[]
  readonly width: number
  readonly height: number
  /** Endpoints left out. */
  readonly left: number
}

const BOX = { width: 226, height: 102, gap: 16 } as const
const WIDTH = 860
/** In each column; more would be too small to read. */
const MOST = 5

export function topologyLayout(
  { endpoints, links }: Pick<RunModel, 'endpoints' | 'links'>,
  first: readonly string[],
): TopologyLayout {
  const rank = (name: string): number => (first.includes(name) ? 0 : 1)
  const column = (isLeft: boolean): readonly string[] =>
    endpoints
      .filter(({ role }) => (role === 'LNS') !== isLeft)
      .map(({ name }) => name)
      .sort((a, b) => rank(a) - rank(b))
  const [lefts, rights] = [column(true), column(false)]
  const rows = Math.min(MOST, Math.max(lefts.length, rights.length, 2))
  const height = rows * (BOX.height + BOX.gap) + BOX.gap
  const boxesOf = (names: readonly string[], x: number): readonly NodeBox[] => {
    const shown = names.slice(0, MOST)
    const space = height / Math.max(1, shown.length)
    return shown.map((name, i) => ({ name, x, y: (i + 0.5) * space - BOX.height / 2, width: BOX.width, height: BOX.height }))
  }
  const boxes = [...boxesOf(lefts, 14), ...boxesOf(rights, WIDTH - BOX.width - 14)]
  const lines = links.flatMap(({ ends }): readonly LinkLine[] => {
    const [one, other] = ends.map((name) => boxes.find((box) => box.name === name))
    return one === undefined || other === undefined ? [] : [{ ends, from: edgeOf(one, other), to: edgeOf(other, one) }]
  })
  return { boxes, links: lines, width: WIDTH, height, left: endpoints.length - boxes.length }
}

/** The middle of the edge that faces the other box. */
function edgeOf(box: NodeBox, other: NodeBox): Point {
  const y = box.y + box.height / 2
  if (box.x === other.x) return { x: box.x + box.width / 2, y: other.y > box.y ? box.y + box.height : box.y }
  return { x: other.x > box.x ? box.x + box.width : box.x, y }
}
