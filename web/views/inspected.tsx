// What the inspector shows of the selected record: its fields, its datagram as a tree beside the octets, why it happened and what it
// led to.

import { computed, signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { formatInstant } from '../../sim/base/time.ts'
import { machines } from '../../sim/l2tp/machines/index.ts'
import type { Field } from '../../sim/l2tp/wire/describe.ts'
import type { TraceRecord } from '../../sim/trace/record.ts'
import { toldOnce, type ToldLine } from '../model/alike.ts'
import { decodedOf, fieldsOf, lineOf } from '../model/inspect.ts'
import type { RunModel } from '../model/model.ts'
import { chainOf, ledTo } from '../trace/effects.ts'
import { recordAt } from '../trace/columns.ts'
import { model, select, selection } from '../state.ts'
import { HexView, overlaps, type Span } from './hex-view.tsx'

const hovered = signal<Span | undefined>(undefined)

const record = computed((): TraceRecord | undefined => {
  const [run, seq] = [model.value, selection.value]
  return run === undefined || seq === undefined || seq >= run.trace.count ? undefined : recordAt(run.trace, seq)
})

const decoded = computed(() => {
  const [run, chosen] = [model.value, record.value]
  return run === undefined || chosen === undefined ? undefined : decodedOf(run, chosen)
})

export function Inspected(): JSX.Element | null {
  const [run, chosen] = [model.value, record.value]
  if (run === undefined || chosen === undefined) return null
  const { trace, effects } = run
  const chain = chainOf(trace.cause, chosen.seq, 200)
  const effect = ledTo(effects, chosen.seq, 200)
  return (
    <>
      <h2>{lineOf(run, chosen.seq)}</h2>
      <p class='facts'>
        <span class='kind'>{chosen.kind}</span> record {chosen.seq} at <b>{formatInstant(chosen.at, 9)}</b>
      </p>
      <Packet />
      <Fields run={run} record={chosen} />
      <Records
        key={`why ${String(chosen.seq)}`}
        title='Why it happened'
        none='nothing in the run: it was set from outside'
        seqs={chain}
        run={run}
      />
      <Records key={`led ${String(chosen.seq)}`} title='What it led to' none='nothing further' seqs={effect} run={run} />
    </>
  )
}

function Fields({ record: chosen }: { readonly run: RunModel; readonly record: TraceRecord }): JSX.Element {
  const row = chosen.kind === 'transition' ? machines.find(({ name }) => name === chosen.machine)?.rows[chosen.row] : undefined
  return (
    <details open={!('packet' in chosen)}>
      <summary>Fields of the record</summary>
      <dl class='fields'>
        {fieldsOf(chosen).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {row !== undefined && (
          <div>
            <dt>table row</dt>
            <dd>
              {row.do.length === 0 ? 'no action' : row.do.join(', ')} <span class='ref'>{row.ref}</span>
            </dd>
          </div>
        )}
      </dl>
    </details>
  )
}

function Packet(): JSX.Element | null {
  const packet = decoded.value
  if (packet === undefined) return null
  const { bytes, description } = packet
  return (
    <div class='packet'>
      {description.problem !== undefined && <p class='problem'>{description.problem}</p>}
      <div class='tree' role='tree' aria-label='Decoded message' tabIndex={0} onKeyDown={moveInTree}>
        {description.fields.map((field) => (
          <TreeField key={`${String(field.offset)} ${field.name}`} field={field} depth={0} />
        ))}
      </div>
      <HexView bytes={bytes} hovered={hovered} fields={description.fields} />
    </div>
  )
}

function AvpBits({ avp: { attribute, mandatory, hidden } }: { readonly avp: NonNullable<Field['avp']> }): JSX.Element {
  const words = ['attribute', String(attribute), ...(mandatory ? ['mandatory'] : []), ...(hidden ? ['hidden'] : [])]
  return (
    <span class='bits' title={words.join(' ')}>
      {attribute}
      <b>
        {mandatory ? ' M' : ''}
        {hidden ? ' H' : ''}
      </b>
    </span>
  )
}

/** What stands behind the name: nothing where the parts below say it. */
function valueOf(field: Field, parts: readonly Field[]): string {
  const { avp, value } = field
  if (field.name === FLAGS) return flagWords(field)
  return parts.length > 0 && avp !== undefined && avp.attribute > 1 ? '' : value
}

/** The parts that have lines of their own. */
function partsOf({ name, avp, fields }: Field): readonly Field[] {
  if (name === FLAGS) return []
  if (avp === undefined) return fields
  const parts = fields.filter((part) => !told.has(part.name))
  return parts.length === 1 ? [] : parts
}

const FLAGS = 'Flags and version'

/** Parts of an AVP's header are told by its marks, not as lines of their own. */
const told: ReadonlySet<string> = new Set(['M', 'H', 'Length', 'Vendor ID', 'Attribute Type'])

/** Arrow keys light one line after the other, as pointing at them does. */
function moveInTree(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (by === undefined) return
  event.preventDefault()
  event.stopPropagation()
  const tree = event.currentTarget as HTMLElement
  const lines = [...tree.querySelectorAll<HTMLElement>('.tree-line')]
  const at = lines.findIndex((line) => line.classList.contains('lit'))
  const line = lines[Math.min(lines.length - 1, Math.max(0, at + by))]
  if (line === undefined) return
  hovered.value = { offset: Number(line.dataset['offset']), length: Number(line.dataset['length']) }
  line.scrollIntoView({ block: 'nearest' })
}

function TreeField({ field, depth }: { readonly field: Field; readonly depth: number }): JSX.Element {
  const { name, ref, avp, offset, length, problem } = field
  const span: Span = { offset, length }
  const parts = partsOf(field)
  const lit = hovered.value !== undefined && overlaps(hovered.value, span)
  return (
    <div role='treeitem' aria-level={depth + 1} aria-selected={lit}>
      <div
        class={`tree-line ${lit ? 'lit' : ''} ${problem === undefined ? '' : 'bad'}`}
        style={{ paddingLeft: `${String(6 + depth * 13)}px` }}
        data-offset={offset}
        data-length={length}
        onPointerEnter={() => {
          hovered.value = span
        }}
        onPointerLeave={() => {
          hovered.value = undefined
        }}
      >
        {avp !== undefined && <AvpBits avp={avp} />}
        <span class='name'>{name}</span>
        <span class='value'>{valueOf(field, parts)}</span>
        <span class='ref'>{ref}</span>
      </div>
      {problem !== undefined && (
        <div class='problem' style={{ paddingLeft: `${String(20 + depth * 13)}px` }}>
          {problem}
        </div>
      )}
      {parts.length > 0 && (
        <div role='group'>
          {parts.map((part) => (
            <TreeField key={`${String(part.offset)} ${part.name}`} field={part} depth={depth + 1} />
          ))}
        </div>
      )}
    </div>
  )
}

/** The bits that are set, by their letters. */
function flagWords({ value, fields }: Field): string {
  const bits = fields.filter((bit) => bit.name.length === 1 && bit.value === '1').map((bit) => bit.name)
  const version = fields.find((bit) => bit.name === 'Ver')?.value ?? ''
  return `${value}  ${bits.join(' ')}  Ver ${version}`
}

interface RecordsProps {
  readonly title: string
  readonly none: string
  readonly seqs: readonly number[]
  readonly run: RunModel
}

/** Lines shown of a long list: the nearest, and, of causes, the first of all. */
const FIRST = 8
const LAST = 2

function Records({ title, none, seqs, run }: RecordsProps): JSX.Element {
  const whole = useSignal(false)
  const told = toldOnce(seqs.map((seq) => ({ seq, words: lineOf(run, seq) })))
  const isShort = whole.value || told.length <= FIRST + LAST + 1
  const left = told.length - FIRST - LAST
  const rest = (
    <li key='rest'>
      <button
        type='button'
        class='link'
        onClick={() => {
          whole.value = true
        }}
      >{`… ${String(left)} more`}</button>
    </li>
  )
  return (
    <div class='records'>
      <h3>{title}</h3>
      {seqs.length === 0 && <p class='hint'>{none}</p>}
      <ol>
        {(isShort ? told : told.slice(0, FIRST)).map((line) => (
          <RecordLine key={line.seq} line={line} run={run} />
        ))}
        {!isShort && rest}
        {!isShort && told.slice(-LAST).map((line) => <RecordLine key={line.seq} line={line} run={run} />)}
      </ol>
    </div>
  )
}

function RecordLine({ line: { seq, words, more }, run }: { readonly line: ToldLine; readonly run: RunModel }): JSX.Element {
  return (
    <li>
      <button
        type='button'
        class='link'
        onClick={() => {
          select(seq)
        }}
      >
        <span class='at'>{formatInstant(run.trace.at[seq]!, 3)}</span> {words}
        {more > 0 && <span class='muted'>{` and ${String(more)} more like it`}</span>}
      </button>
    </li>
  )
}
