// The state machines: each table as a diagram and as rows. The state at the cursor is lit; a click on a row steps through the instants at
// which it fired.

import { computed, signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { AnyMachine } from '../../sim/l2tp/fsm.ts'
import { machines } from '../../sim/l2tp/machines/index.ts'
import { machineGraph, type StateArrow } from '../layout/machine-graph.ts'
import type { RunModel } from '../model/model.ts'
import { firingsOf, lastTransition, type Instance } from '../model/transitions.ts'
import { chosenLane, cursor, model, select, selection } from '../state.ts'

const chosenMachine = signal<string | undefined>(undefined)
const chosenInstance = signal<string | undefined>(undefined)

const keyOf = ({ endpoint, tunnel, session }: Instance): string => `${endpoint} ${String(tunnel)} ${String(session)}`

/** Machines that did something come first to mind; without a choice, the one whose transition is selected, else that of a recovery. */
const machine = computed((): AnyMachine => {
  const run = model.value
  const wanted =
    chosenMachine.value ??
    (run !== undefined && firingsOf(run, 'recovery-endpoint').instances.length > 0 ? 'recovery-endpoint' : undefined)
  return machines.find(({ name }) => name === wanted) ?? machines[0]!
})

/** Instances offered; of many, those of the chosen tunnel. */
const MOST_INSTANCES = 300

const instances = computed((): readonly Instance[] => {
  const run = model.value
  if (run === undefined) return []
  const all = firingsOf(run, machine.value.name).instances
  const sides = run.lanes[chosenLane.value]?.sides ?? []
  const own = all.filter((one) => sides.some(({ endpoint, tunnel }) => one.endpoint === endpoint && one.tunnel === tunnel))
  const rest = all.filter((one) => !own.includes(one))
  return [...own, ...rest].slice(0, MOST_INSTANCES)
})

const instance = computed(() => instances.value.find((one) => keyOf(one) === chosenInstance.value) ?? instances.value[0])

const wordsFor = ({ endpoint, tunnel, session }: Instance): string =>
  `${endpoint} tunnel ${String(tunnel)}${session === 0 ? '' : ` session ${String(session)}`}`

/** A smooth way: straight into the first corner's middle, bent at every corner. */
function curve(points: StateArrow['points']): string {
  const [first, ...rest] = points
  const last = rest.at(-1)
  if (first === undefined || last === undefined) return ''
  const bends = rest.slice(0, -1).map(({ x, y }, i) => {
    const next = rest[i + 1]!
    return i + 2 === rest.length
      ? `Q${String(x)} ${String(y)} ${String(last.x)} ${String(last.y)}`
      : `Q${String(x)} ${String(y)} ${String((x + next.x) / 2)} ${String((y + next.y) / 2)}`
  })
  return `M${String(first.x)} ${String(first.y)}${bends.join('')}${bends.length === 0 ? `L${String(last.x)} ${String(last.y)}` : ''}`
}

function Arrow({
  arrow,
  table,
  lit,
  fired,
}: {
  readonly arrow: StateArrow
  readonly table: AnyMachine
  readonly lit: boolean
  readonly fired: number
}): JSX.Element {
  const events = [...new Set(arrow.rows.flatMap((row) => table.rows[row]!.on))]
  const middle = arrow.points[Math.floor(arrow.points.length / 2)]!
  const title = events.length > 1 ? `${events[0]!} +${String(events.length - 1)}` : events[0]!
  return (
    <g class={`arrow ${lit ? 'lit' : ''} ${fired > 0 ? 'fired' : ''}`}>
      <title>{`${arrow.from} → ${arrow.to}: ${events.join(', ')}; fired ${String(fired)} times`}</title>
      <path d={curve(arrow.points)} marker-end={lit ? 'url(#head-lit)' : fired > 0 ? 'url(#head-fired)' : 'url(#head)'} />
      <text x={middle.x} y={middle.y - 4} text-anchor='middle'>
        {title}
      </text>
    </g>
  )
}

function Diagram({ run, table }: { readonly run: RunModel; readonly table: AnyMachine }): JSX.Element {
  const graph = machineGraph(table)
  const one = instance.value
  const last = one === undefined ? undefined : lastTransition(run, one, cursor.value)
  const state = last?.to ?? (one === undefined ? undefined : table.initial)
  const { byRow } = firingsOf(run, table.name)
  const count = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + (byRow.get(row)?.length ?? 0), 0)
  return (
    <div class='diagram' data-view='machines' tabIndex={0} role='region' aria-label={`Diagram of ${table.name}`}>
      <svg
        viewBox={`0 0 ${String(graph.width)} ${String(graph.height)}`}
        style={{ maxWidth: `${String(graph.width * 1.25)}px` }}
        role='img'
        aria-label={`State machine ${table.name}, now ${state ?? 'not there'}`}
      >
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
        {graph.arrows.map((arrow) => (
          <Arrow
            key={`${arrow.from} ${arrow.to}`}
            arrow={arrow}
            table={table}
            lit={last !== undefined && last.from === arrow.from && last.to === arrow.to}
            fired={count(arrow.rows)}
          />
        ))}
        {graph.boxes.map(({ state: name, x, y, width, height }) => (
          <g key={name} class={`state ${name === state ? 'lit' : ''}`} data-state={name}>
            <rect x={x} y={y} width={width} height={height} rx={8} />
            <text x={x + width / 2} y={y + height / 2} dominant-baseline='central' text-anchor='middle'>
              {name}
            </text>
          </g>
        ))}
      </svg>
    </div>
  )
}

/** The next instant at which a row fired, after the one that is selected; around from the last to the first. */
function stepRow(seqs: readonly number[]): void {
  const at = selection.peek() ?? -1
  const next = seqs.find((seq) => seq > at) ?? seqs[0]
  if (next !== undefined) select(next)
}

const text = (value: string | readonly string[]): string => (typeof value === 'string' ? value : value.join(', '))

function Rows({ run, table }: { readonly run: RunModel; readonly table: AnyMachine }): JSX.Element {
  const { byRow } = firingsOf(run, table.name)
  const chosen = selection.value
  return (
    <div class='table-box' tabIndex={0} role='region' aria-label='Rows of the table'>
      <table class='rows'>
        <thead>
          <tr>
            <th>fired</th>
            <th>from</th>
            <th>on</th>
            <th>if</th>
            <th>do</th>
            <th>to</th>
            <th>requirement</th>
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, place) => {
            const seqs = byRow.get(place) ?? []
            const isLit = chosen !== undefined && seqs.includes(chosen)
            return (
              <tr key={place} class={isLit ? 'lit' : seqs.length === 0 ? 'idle' : ''} data-row={place}>
                <td>
                  <button
                    type='button'
                    disabled={seqs.length === 0}
                    onClick={() => {
                      stepRow(seqs)
                    }}
                    aria-label={`Step through row ${String(place)}, fired ${String(seqs.length)} times`}
                  >
                    {seqs.length}
                  </button>
                </td>
                <td>{text(row.from)}</td>
                <td>{text(row.on)}</td>
                <td>{row.if ?? ''}</td>
                <td>{row.do.join(', ')}</td>
                <td>{row.to}</td>
                <td class='ref'>{row.ref}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

export function Machines(): JSX.Element {
  const run = model.value
  if (run === undefined) return <p class='hint'>No run yet.</p>
  const table = machine.value
  return (
    <div class='view-column'>
      <div class='view-tools'>
        <select
          aria-label='State machine'
          value={table.name}
          onChange={(event) => {
            chosenMachine.value = event.currentTarget.value
          }}
        >
          {machines.map(({ name }) => (
            <option key={name} value={name}>{`${name} (${String(firingsOf(run, name).instances.length)})`}</option>
          ))}
        </select>
        <select
          aria-label='Which one'
          value={instance.value === undefined ? '' : keyOf(instance.value)}
          onChange={(event) => {
            chosenInstance.value = event.currentTarget.value
          }}
        >
          {instances.value.length === 0 && <option value=''>none in this run</option>}
          {instances.value.map((one) => (
            <option key={keyOf(one)} value={keyOf(one)}>
              {wordsFor(one)}
            </option>
          ))}
        </select>
        <span class='muted'>lit: the state at the cursor, and how it got there</span>
      </div>
      <div class='machine'>
        <Diagram run={run} table={table} />
        <Rows run={run} table={table} />
      </div>
    </div>
  )
}
