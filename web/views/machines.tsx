// The state machines: each table as a diagram and as rows. The state at the cursor is lit; a click on a row or an arrow steps through the
// instants at which it fired.

import { computed, effect, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { AnyMachine } from '../../sim/l2tp/fsm.ts'
import { machines } from '../../sim/l2tp/machines/index.ts'
import type { RunModel } from '../model/model.ts'
import { firingsOf, keyOf, type Instance } from '../model/transitions.ts'
import { chosenLane, model, select, selection } from '../state.ts'
import { recordAt } from '../trace/columns.ts'
import { MachineDiagram } from './machine-diagram.tsx'

const chosenMachine = signal<string | undefined>(undefined)
const chosenInstance = signal<string | undefined>(undefined)

/** A transition that is selected brings up its own machine. */
effect(() => {
  const [run, seq] = [model.value, selection.value]
  if (run === undefined || seq === undefined || seq >= run.trace.count) return
  const record = recordAt(run.trace, seq)
  if (record.kind !== 'transition') return
  chosenMachine.value = record.machine
  chosenInstance.value = keyOf(record)
})

/** Without a choice, that of a recovery if there is one. */
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
  const chosen = all.filter((one) => !own.includes(one) && keyOf(one) === chosenInstance.value)
  const rest = all.filter((one) => !own.includes(one) && !chosen.includes(one))
  return [...chosen, ...own, ...rest].slice(0, MOST_INSTANCES)
})

const instance = computed(() => instances.value.find((one) => keyOf(one) === chosenInstance.value) ?? instances.value[0])

const wordsFor = ({ endpoint, tunnel, session }: Instance): string =>
  `${endpoint} tunnel ${String(tunnel)}${session === 0 ? '' : ` session ${String(session)}`}`

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
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.querySelector('tr.lit')?.scrollIntoView({ block: 'nearest' })
  }, [chosen, table])
  return (
    <div class='table-box' ref={box} tabIndex={0} role='region' aria-label='Rows of the table'>
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
        <MachineDiagram run={run} table={table} instance={instance.value} step={stepRow} />
        <Rows run={run} table={table} />
      </div>
    </div>
  )
}
