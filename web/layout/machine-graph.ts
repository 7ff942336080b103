// A state machine's table as a drawing: a box for each state, an arrow for each pair of states that rows connect. Placed by dagre.

import { Graph, layout } from '@dagrejs/dagre'
import type { AnyMachine } from '../../sim/l2tp/fsm.ts'

export interface StateBox {
  readonly state: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface StateArrow {
  readonly from: string
  readonly to: string
  /** Rows of the table that lead this way. */
  readonly rows: readonly number[]
  /** Corners of its way, ends included. */
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface MachineGraph {
  readonly boxes: readonly StateBox[]
  readonly arrows: readonly StateArrow[]
  readonly width: number
  readonly height: number
}

const known = new Map<string, MachineGraph>()

/** Worked out once for each machine. Rows that stay in their state are told by the table alone. */
export function machineGraph(machine: AnyMachine): MachineGraph {
  let graph = known.get(machine.name)
  if (graph === undefined) known.set(machine.name, (graph = placed(machine)))
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
      if (from === row.to) continue
      const key = `${from} ${row.to}`
      const pair = pairs.get(key) ?? { from, to: row.to, rows: [] }
      pair.rows.push(place)
      pairs.set(key, pair)
    }
  })
  return [...pairs.values()]
}

function placed(machine: AnyMachine): MachineGraph {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 26, ranksep: 62, marginx: 14, marginy: 26 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const state of machine.states) graph.setNode(state, { width: state.length * 7.2 + 24, height: 30 })
  const pairs = pairsOf(machine)
  for (const { from, to } of pairs) graph.setEdge(from, to)
  layout(graph)
  const boxes = machine.states.map((state): StateBox => {
    const { x, y, width, height } = graph.node(state)
    return { state, x: x - width / 2, y: y - height / 2, width, height }
  })
  const arrows = pairs.map((pair): StateArrow => {
    const { points } = graph.edge(pair.from, pair.to)
    return { ...pair, points }
  })
  const { width, height } = graph.graph()
  return { boxes, arrows, width, height }
}
