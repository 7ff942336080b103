// The panel at the left: the parameters with sliders and the whole form, the interventions as chips, and the scenario as text.

import { signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { FormField, FormGroup } from '../form/form-fields.ts'
import { featured, positionOf, valueAt, type Range } from '../form/slider-ranges.ts'
import { bandwidth, duration, packetRate, probability, size } from '../../sim/scenario/units.ts'
import {
  ask,
  form,
  inquiry,
  issues,
  model,
  openedFile,
  panelTab,
  withChange,
  type PanelTab,
} from '../state.ts'
import { fork, withdraw, without } from './intervene.ts'
import { Icon } from './icons.tsx'
import { lazily } from './lazily.tsx'

const TextEditor = lazily(async () => (await import('./text-editor.tsx')).TextEditor)

const quantities = { duration, probability, size, bandwidth, rate: packetRate }

/** A number as a file has it, with its unit. */
function writtenAs(quantity: string, value: number): string {
  const known = Object.hasOwn(quantities, quantity) ? quantities[quantity as keyof typeof quantities] : undefined
  return String(known === undefined ? value : known.write(value))
}

/** The slider that is being moved: its changes, one soon after the other, are one step of undo. */
let moving: { readonly path: string; readonly at: number } | undefined
const PAUSE_MS = 1500

function change(path: string, value: string, continued: boolean): void {
  const question = inquiry.peek()
  const before = question.changes.find((one) => one.path === path)?.value
  if (before === value) return
  const now = performance.now()
  const goesOn = continued && moving?.path === path && now - moving.at < PAUSE_MS
  ask({ ...question, changes: withChange(question.changes, { path, value }) }, goesOn)
  moving = continued ? { path, at: now } : undefined
}

/** Without the change of this field. */
function restore(path: string): void {
  const question = inquiry.peek()
  ask({ ...question, changes: question.changes.filter((one) => one.path !== path) })
}

interface FieldProps {
  readonly field: FormField
  readonly label: string
}

/** What is shown while the run that shows it is not yet there. */
const drafts = signal<Readonly<Record<string, string>>>({})

/** Where sliders were put: values are rounded, so a slider must not jump back to where its value has its place. */
const positions = signal<Readonly<Record<string, number>>>({})

function Slider({
  field,
  label,
  range,
  quantity,
}: FieldProps & { readonly range: Range; readonly quantity: string }): JSX.Element {
  const { path, value = 0 } = field
  const asked = inquiry.value.changes.find((one) => one.path === path)?.value
  const text = drafts.value[path] ?? asked ?? field.text
  const put = positions.value[path]
  const stays = put !== undefined && writtenAs(quantity, valueAt(range, put)) === (asked ?? field.text)
  return (
    <div class={`field ${asked === undefined ? '' : 'changed'}`}>
      <label for={`f-${path}`} title={`${field.about} (${field.source})`}>
        {label}
      </label>
      <input
        id={`f-${path}`}
        class='value'
        value={text}
        spellcheck={false}
        aria-label={`${label}, as text`}
        onInput={(event) => {
          drafts.value = { ...drafts.value, [path]: event.currentTarget.value }
        }}
        onChange={(event) => {
          const { [path]: _, ...rest } = drafts.value
          drafts.value = rest
          change(path, event.currentTarget.value, false)
        }}
      />
      <input
        type='range'
        min={0}
        max={1}
        step={0.004}
        value={stays ? put : positionOf(range, value)}
        aria-label={label}
        aria-valuetext={text}
        data-path={path}
        onInput={(event) => {
          const position = Number(event.currentTarget.value)
          positions.value = { ...positions.value, [path]: position }
          change(path, writtenAs(quantity, valueAt(range, position)), true)
        }}
      />
      {asked !== undefined && (
        <button
          type='button'
          class='reset'
          title='Back to the scenario'
          aria-label={`${label}: back to the scenario`}
          onClick={() => {
            restore(path)
          }}
        >
          <Icon name='undo' />
        </button>
      )}
    </div>
  )
}

function Field({ field, label }: FieldProps): JSX.Element {
  const { path, control, text } = field
  if (control.control === 'slider')
    return <Slider field={field} label={label} range={control.range} quantity={control.quantity} />
  const title = `${field.about} (${field.source})`
  const changed = inquiry.value.changes.some((one) => one.path === path)
  return (
    <div class={`field plain ${changed ? 'changed' : ''}`}>
      <label for={`f-${path}`} title={title}>
        {label}
      </label>
      {control.control === 'flag' && (
        <input
          id={`f-${path}`}
          type='checkbox'
          checked={text === 'true'}
          onChange={(event) => {
            change(path, String(event.currentTarget.checked), false)
          }}
        />
      )}
      {control.control === 'words' && (
        <select
          id={`f-${path}`}
          value={text}
          onChange={(event) => {
            change(path, event.currentTarget.value, false)
          }}
        >
          {control.words.map((word) => (
            <option key={word} value={word}>
              {word}
            </option>
          ))}
        </select>
      )}
      {control.control === 'text' && (
        <input
          id={`f-${path}`}
          class='value wide'
          value={text}
          spellcheck={false}
          onChange={(event) => {
            change(path, event.currentTarget.value, false)
          }}
        />
      )}
    </div>
  )
}

function allFields(groups: readonly FormGroup[]): readonly FormField[] {
  return groups.flatMap(({ fields, groups: inner }) => [...fields, ...allFields(inner)])
}

/** The entry a field belongs to, where several have such a field. */
function ownerOf({ path }: FormField): string {
  const endpoint = /^endpoints\.([^.]+)/.exec(path)?.[1]
  if (endpoint !== undefined) return endpoint
  const link = /^links\[(\d+)\](\.forward|\.backward)?/.exec(path)
  const title = form.value.find(({ title: name }) => name === 'links')?.groups[Number(link?.[1] ?? -1)]?.title
  const tunnel = /^tunnels\[(\d+)\]/.exec(path)
  const direction = link?.[2] === undefined ? '' : ` ${link[2].slice(1)}`
  if (link !== null) return `${title ?? 'link'}${direction}`
  return tunnel === null ? '' : (form.value.find(({ title: name }) => name === 'tunnels')?.groups[Number(tunnel[1])]?.title ?? '')
}

/** Sliders at most for one parameter: the rest is in the form. */
const MOST_OF_A_KIND = 2

/** A backup that is not there has no detection delay worth a slider. */
function isIdle({ path }: FormField, fields: readonly FormField[]): boolean {
  const endpoint = /^(endpoints\.[^.]+\.backup)\./.exec(path)?.[1]
  return endpoint !== undefined && fields.some((field) => field.path === `${endpoint}.mode` && field.text === 'none')
}

function Featured(): JSX.Element {
  const fields = allFields(form.value)
  return (
    <div class='featured'>
      {featured.map(({ pattern, label }) => {
        const found = fields.filter(
          (field) => pattern.test(field.path) && field.control.control === 'slider' && !isIdle(field, fields),
        )
        return found
          .slice(0, MOST_OF_A_KIND)
          .map((field) => <Field key={field.path} field={field} label={`${label} · ${ownerOf(field)}`} />)
      })}
    </div>
  )
}

/** A part of the form. A scenario has hundreds of fields, so only what is unfolded is made. */
function Group({ group, depth }: { readonly group: FormGroup; readonly depth: number }): JSX.Element | null {
  const open = useSignal(false)
  if (group.fields.length === 0 && group.groups.length === 0) return null
  return (
    <details
      class={`group depth-${String(depth)}`}
      onToggle={(event) => {
        open.value = event.currentTarget.open
      }}
    >
      <summary title={group.about}>{group.title}</summary>
      {open.value && (
        <>
          {group.fields.map((field) => (
            <Field key={field.path} field={field} label={field.name} />
          ))}
          {group.groups.map((inner) => (
            <Group key={inner.path} group={inner} depth={depth + 1} />
          ))}
        </>
      )}
    </details>
  )
}

function Chips(): JSX.Element | null {
  const { interventions } = inquiry.value
  if (interventions.length === 0) return null
  return (
    <div class='chips' role='list' aria-label='Interventions'>
      {interventions.map(({ label, value }, place) => (
        <span class='chip' role='listitem' key={`${String(place)} ${label}`} title={value}>
          {label}
          <button
            type='button'
            aria-label={`Beside the run without: ${label}`}
            title='See it beside the run without this'
            onClick={() => {
              fork(without(inquiry.value, place))
            }}
          >
            <Icon name='fork' />
          </button>
          <button
            type='button'
            aria-label={`Remove: ${label}`}
            title='Remove'
            onClick={() => {
              withdraw(place)
            }}
          >
            <Icon name='close' />
          </button>
        </span>
      ))}
    </div>
  )
}

function Parameters(): JSX.Element {
  if (openedFile.value !== undefined) {
    return (
      <div class='hint'>
        <p>This run was read from {openedFile.value.name}. Take its scenario to change it:</p>
        <button
          type='button'
          class='primary'
          onClick={() => {
            ask(inquiry.peek())
          }}
        >
          Run its scenario here
        </button>
      </div>
    )
  }
  const changed = inquiry.value.changes.length
  return (
    <>
      <p class='shows'>{model.value?.origin.shows}</p>
      <Chips />
      <Featured />
      {changed > 0 && (
        <button
          type='button'
          class='tool word'
          onClick={() => {
            ask({ ...inquiry.value, changes: [] })
          }}
        >
          {changed === 1 ? 'undo the change' : `undo all ${String(changed)} changes`}
        </button>
      )}
      <h2>Every parameter</h2>
      {form.value.map((group) => (
        <Group key={group.title} group={group} depth={0} />
      ))}
    </>
  )
}

const tabWords: Readonly<Record<PanelTab, string>> = { parameters: 'Parameters', text: 'Text' }

export function Panel(): JSX.Element {
  const found = issues.value
  return (
    <aside class='panel' aria-label='Scenario'>
      <div class='tabs' role='tablist' aria-label='Scenario'>
        {(Object.keys(tabWords) as PanelTab[]).map((tab) => (
          <button
            key={tab}
            type='button'
            role='tab'
            id={`tab-${tab}`}
            aria-selected={panelTab.value === tab}
            aria-controls='panel-body'
            onClick={() => {
              panelTab.value = tab
            }}
          >
            {tabWords[tab]}
          </button>
        ))}
      </div>
      {found.length > 0 && panelTab.value === 'parameters' && (
        <div class='problem' role='alert'>
          {found.map(({ message, path, hint }) => (
            <p key={path + message}>
              {path === '' ? '' : `${path}: `}
              {message}
              {hint === '' ? '' : `; ${hint}`}
            </p>
          ))}
        </div>
      )}
      <div class='panel-body' id='panel-body' role='tabpanel' aria-labelledby={`tab-${panelTab.value}`}>
        {panelTab.value === 'parameters' ? <Parameters /> : <TextEditor />}
      </div>
    </aside>
  )
}
