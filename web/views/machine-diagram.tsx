// A state machine drawn: as large as its letters need, along or down, whichever fits the room better, and scrolled to the state that is lit
// where it does not fit.

import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { AnyMachine } from '../../sim/l2tp/fsm.ts'
import type { Size } from '../draw/pen.ts'
import {
  EVENT_FONT,
  eventsOf,
  LINE_HEIGHT,
  machineGraph,
  STATE_FONT,
  type Flow,
  type MachineGraph,
  type StateArrow,
  type StateBox,
} from '../layout/machine-graph.ts'
import type { RunModel } from '../model/model.ts'
import { firingsOf, lastTransition, type Instance } from '../model/transitions.ts'
import { cursor } from '../state.ts'
import { useBoxSize } from './box-size.ts'

/** Letters are never drawn smaller than this share of their size, nor much larger. */
const SMALLEST = 0.86
const LARGEST = 1.3

const scaleIn = ({ width, height }: Size, graph: MachineGraph): number =>
  Math.min((width - 4) / graph.width, (height - 4) / graph.height, LARGEST)

/** The drawing that can be shown largest. */
function fitting(table: AnyMachine, room: Size): { readonly graph: MachineGraph; readonly scale: number } {
  const graphs = (['right', 'down'] as const).flatMap((flow) => ([1, 2] as const).map((lines) => machineGraph(table, flow, lines)))
  const graph = graphs.reduce((best, other) => (scaleIn(room, other) > scaleIn(room, best) ? other : best))
  return { graph, scale: Math.max(SMALLEST, scaleIn(room, graph)) }
}

/** A way through all its places, straight along the flow at each of them, so that words stand on a level stretch. */
function curve(points: StateArrow['points'], flow: Flow): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let { x, y } = first
  let way = `M${String(x)} ${String(y)}`
  for (const next of rest) {
    const bend = flow === 'right' ? [(x + next.x) / 2, y, (x + next.x) / 2, next.y] : [x, (y + next.y) / 2, next.x, (y + next.y) / 2]
    way += `C${[...bend, next.x, next.y].map(String).join(' ')}`
    ;({ x, y } = next)
  }
  return way
}

interface ArrowProps {
  readonly arrow: StateArrow
  readonly flow: Flow
  readonly table: AnyMachine
  readonly lit: boolean
  readonly seqs: readonly number[]
  readonly step: (seqs: readonly number[]) => void
}

function Arrow({ arrow, flow, table, lit, seqs, step }: ArrowProps): JSX.Element {
  const { from, to, rows, lines, label, points } = arrow
  const fired = seqs.length
  return (
    <g
      class={`arrow ${lit ? 'lit' : ''} ${fired > 0 ? 'fired' : ''}`}
      data-arrow={`${from} ${to}`}
      onClick={() => {
        step(seqs)
      }}
    >
      <title>{`${from} → ${to}: ${eventsOf(table, rows).join(', ')}; fired ${String(fired)} times`}</title>
      <path class='grip' d={curve(points, flow)} />
      <path d={curve(points, flow)} marker-end={lit ? 'url(#head-lit)' : fired > 0 ? 'url(#head-fired)' : 'url(#head)'} />
      {lines.length > 1 && <rect {...paperUnder(arrow)} />}
      <text font-size={EVENT_FONT} text-anchor='middle' dominant-baseline='central'>
        {lines.map((words, i) => (
          <tspan key={words} x={label.x} y={label.y + (i - (lines.length - 1) / 2) * LINE_HEIGHT}>
            {words}
          </tspan>
        ))}
      </text>
    </g>
  )
}

/** What keeps the arrow out from between two lines of its words. */
function paperUnder({ lines, label: { x, y } }: StateArrow): JSX.IntrinsicElements['rect'] {
  const width = Math.max(...lines.map(({ length }) => length)) * EVENT_FONT * 0.5
  return { class: 'paper', x: x - width / 2, y: y - LINE_HEIGHT, width, height: 2 * LINE_HEIGHT }
}

function Heads(): JSX.Element {
  return (
    <defs>
      {['head', 'head-fired', 'head-lit'].map((name) => (
        <marker
          key={name}
          id={name}
          class={name}
          viewBox='0 0 8 8'
          refX='7'
          refY='4'
          markerUnits='userSpaceOnUse'
          markerWidth='9'
          markerHeight='9'
          orient='auto'
        >
          <path d='M0 0 8 4 0 8z' />
        </marker>
      ))}
    </defs>
  )
}

function State({ box, table, lit }: { readonly box: StateBox; readonly table: AnyMachine; readonly lit: boolean }): JSX.Element {
  const { state, x, y, width, height, staying } = box
  return (
    <g class={`state ${lit ? 'lit' : ''}`} data-state={state}>
      <title>{staying.length === 0 ? state : `${state}; stays so on ${eventsOf(table, staying).join(', ')}`}</title>
      <rect x={x} y={y} width={width} height={height} rx={8} />
      <text x={x + width / 2} y={y + height / 2} font-size={STATE_FONT} dominant-baseline='central' text-anchor='middle'>
        {state}
      </text>
    </g>
  )
}

export interface MachineDiagramProps {
  readonly run: RunModel
  readonly table: AnyMachine
  readonly instance: Instance | undefined
  /** Steps through these records. */
  readonly step: (seqs: readonly number[]) => void
}

export function MachineDiagram({ run, table, instance, step }: MachineDiagramProps): JSX.Element {
  const { ref, size, element } = useBoxSize()
  const { graph, scale } = fitting(table, size.value)
  const last = instance === undefined ? undefined : lastTransition(run, instance, cursor.value)
  const state = last?.to ?? (instance === undefined ? undefined : table.initial)
  const { byArrow } = firingsOf(run, table.name)
  const isLit = ({ from, to }: StateArrow): boolean => last !== undefined && last.from === from && last.to === to
  useEffect(() => {
    element.current?.querySelector('.state.lit')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [state, graph, scale, element])
  return (
    <div class='diagram' data-view='machines' ref={ref} tabIndex={0} role='region' aria-label={`Diagram of ${table.name}`}>
      <svg
        viewBox={`0 0 ${String(graph.width)} ${String(graph.height)}`}
        width={graph.width * scale}
        height={graph.height * scale}
        role='img'
        aria-label={`State machine ${table.name}, now ${state ?? 'not there'}`}
      >
        <Heads />
        {[...graph.arrows]
          .sort((a, b) => Number(isLit(a)) - Number(isLit(b)))
          .map((arrow) => (
            <Arrow
              key={`${arrow.from} ${arrow.to}`}
              arrow={arrow}
              flow={graph.flow}
              table={table}
              lit={isLit(arrow)}
              seqs={byArrow.get(`${arrow.from} ${arrow.to}`) ?? []}
              step={step}
            />
          ))}
        {graph.boxes.map((box) => (
          <State key={box.state} box={box} table={table} lit={box.state === state} />
        ))}
      </svg>
    </div>
  )
}
