// A state machine's table as a drawing: a box for each state, an arrow for each pair of states that rows connect, with room kept for the
// words on it. Ranks, order and room are dagre's; where an arrow meets its box is worked out here. Measures in pixels.

import { Graph, layout } from '@dagrejs/dagre'
import type { AnyMachine } from '../../sim/l2tp/fsm.ts'

interface Point {
  readonly x: number
  readonly y: number
}

export interface StateBox extends Point {
  readonly state: string
  readonly width: number
  readonly height: number
  /** Rows that stay in this state. */
  readonly staying: readonly number[]
}

export interface StateArrow {
  readonly from: string
  readonly to: string
  /** Rows of the table that lead this way. */
  readonly rows: readonly number[]
  /** Its words, line by line. */
  readonly lines: readonly string[]
  /** Middle of the words, which stand on the arrow. */
  readonly label: Point
  /** Places on its way, ends included; it goes through each of them along `MachineGraph.flow`. */
  readonly points: readonly Point[]
}

/** Which way time mostly goes in a drawing. */
export type Flow = 'right' | 'down'

/** In how many lines long words stand. */
export type Lines = 1 | 2

export interface MachineGraph {
  readonly flow: Flow
  readonly boxes: readonly StateBox[]
  readonly arrows: readonly StateArrow[]
  readonly width: number
  readonly height: number
}

/** Sizes of the letters, and the width of one of them on average, wide fonts included. */
export const STATE_FONT = 12
export const EVENT_FONT = 10.5
const LETTER = 0.61

export const LINE_HEIGHT = EVENT_FONT + 0.5

const known = new Map<string, MachineGraph>()

/** Worked out once for each machine and way. */
export function machineGraph(machine: AnyMachine, flow: Flow, lines: Lines): MachineGraph {
  const key = `${machine.name} ${flow} ${String(lines)}`
  let graph = known.get(key)
  if (graph === undefined) known.set(key, (graph = placed(machine, flow, lines)))
  return graph
}

interface Pair {
  readonly from: string
  readonly to: string
  readonly rows: number[]
}

const listed = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value)

function pairsOf({ rows }: AnyMachine): readonly Pair[] {
  const pairs = new Map<string, Pair>()
  rows.forEach((row, place) => {
    for (const from of listed(row.from)) {
      const key = `${from} ${row.to}`
      const pair = pairs.get(key) ?? { from, to: row.to, rows: [] }
      pair.rows.push(place)
      pairs.set(key, pair)
    }
  })
  return [...pairs.values()]
}

/** The events of some rows, each once. */
export function eventsOf({ rows }: AnyMachine, places: readonly number[]): readonly string[] {
  return [...new Set(places.flatMap((place) => listed(rows[place]!.on)))]
}

/** Shorter words are not worth a second line. */
const LONG = 12

function linesOn(machine: AnyMachine, { rows }: Pair, most: Lines): readonly string[] {
  const events = eventsOf(machine, rows)
  const words = events.length > 1 ? `${events[0]!} +${String(events.length - 1)}` : events[0]!
  const breaks = [...words.matchAll(/[- ]/g)].map(({ index }) => index + 1)
  const middle = breaks.sort((a, b) => Math.abs(a - words.length / 2) - Math.abs(b - words.length / 2))[0]
  if (most === 1 || words.length < LONG || middle === undefined) return [words]
  return [words.slice(0, middle).trimEnd(), words.slice(middle)]
}

function placed(machine: AnyMachine, flow: Flow, most: Lines): MachineGraph {
  const graph = new Graph()
  graph.setGraph({
    rankdir: flow === 'right' ? 'LR' : 'TB',
    nodesep: 8,
    edgesep: 5,
    ranksep: flow === 'right' ? 12 : 22,
    marginx: 4,
    marginy: 4,
    // Turns as few arrows around as it can: the drawing gets little more than half as wide.
    acyclicer: 'greedy',
  })
  const all = pairsOf(machine)
  const pairs = all.filter(({ from, to }) => from !== to)
  for (const state of machine.states) {
    graph.setNode(state, { width: state.length * STATE_FONT * LETTER + 16, height: boxHeight(pairs, state) })
  }
  for (const pair of pairs) {
    const lines = linesOn(machine, pair, most)
    const width = Math.max(...lines.map(({ length }) => length)) * EVENT_FONT * LETTER + 6
    graph.setEdge(pair.from, pair.to, { width, height: lines.length * LINE_HEIGHT + 3, labelpos: 'c' })
  }
  layout(graph)
  const boxes = machine.states.map((state): StateBox => {
    const { x, y, width, height } = graph.node(state)
    const staying = all.find(({ from, to }) => from === state && to === state)?.rows ?? []
    return { state, x: x - width / 2, y: y - height / 2, width, height, staying }
  })
  const arrows = pairs.map((pair): StateArrow => {
    const { points, x, y } = graph.edge(pair.from, pair.to)
    return { ...pair, lines: linesOn(machine, pair, most), label: { x, y }, points }
  })
  const { width, height } = graph.graph()
  return { flow, boxes, arrows: docked(arrows, boxes, flow), width, height }
}

/** Arrows on the fuller side of a box stand this far apart at least. */
const APART = 8

function boxHeight(pairs: readonly Pair[], state: string): number {
  const [leaving, coming] = [pairs.filter(({ from }) => from === state), pairs.filter(({ to }) => to === state)]
  return Math.max(26, Math.max(leaving.length, coming.length) * APART + 8)
}

interface End {
  readonly arrow: number
  /** 0 for its tail, 1 for its tip. */
  readonly end: 0 | 1
  readonly box: StateBox
  /** The next place of the arrow from here. */
  readonly next: Point
}

/** The arrows with their ends side by side along the edges of the boxes, in the order in which they come. */
function docked(arrows: readonly StateArrow[], boxes: readonly StateBox[], flow: Flow): readonly StateArrow[] {
  const turn = ({ x, y }: Point): Point => (flow === 'right' ? { x, y } : { x: y, y: x })
  const sides = new Map<string, End[]>()
  arrows.forEach(({ from, to, points }, arrow) => {
    for (const end of [0, 1] as const) {
      const box = boxes.find(({ state }) => state === (end === 0 ? from : to))
      if (box === undefined) continue
      const next = points[end === 0 ? 1 : points.length - 2]!
      const isAhead = turn(next).x > turn(middleOf(box)).x
      const key = `${box.state} ${String(isAhead)}`
      sides.set(key, [...(sides.get(key) ?? []), { arrow, end, box, next }])
    }
  })
  const moved = arrows.map(({ points }) => [...points])
  for (const [key, ends] of sides) {
    const sorted = ends.sort((a, b) => turn(a.next).y - turn(b.next).y)
    sorted.forEach(({ arrow, end, box }, i) => {
      const share = (i + 1) / (sorted.length + 1)
      const ahead = key.endsWith('true') ? 1 : 0
      const points = moved[arrow]!
      points[end === 0 ? 0 : points.length - 1] =
        flow === 'right'
          ? { x: box.x + ahead * box.width, y: box.y + share * box.height }
          : { x: box.x + share * box.width, y: box.y + ahead * box.height }
    })
  }
  return arrows.map((arrow, i) => ({ ...arrow, points: moved[i]! }))
}

const middleOf = ({ x, y, width, height }: StateBox): Point => ({ x: x + width / 2, y: y + height / 2 })
