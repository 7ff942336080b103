// The top line: which scenario and seed, how the run ended, undo, export, share, guide, help.

import type { JSX } from 'preact'
import { signal } from '@preact/signals'
import { openFiles } from '../files.ts'
import { inquiryFor, shipped } from '../inquiries.ts'
import { titleOf } from '../scenario-title.ts'
import {
  ask,
  canRedo,
  canUndo,
  dialog,
  inquiry,
  model,
  openedFile,
  panelOpen,
  progress,
  redo,
  tourStep,
  undo,
  type Inquiry,
} from '../state.ts'
import { nextTheme, theme } from '../theme.ts'
import { Icon, type IconName } from './icons.tsx'

const GROUP_WORDS: Readonly<Record<string, string>> = {
  basic: 'Basics',
  failover: 'Failover',
  v3: 'L2TPv3',
  faults: 'Other faults',
  stress: 'Stress',
}

function Tool({
  icon,
  title,
  act,
  disabled = false,
}: {
  readonly icon: IconName
  readonly title: string
  readonly act: () => void
  readonly disabled?: boolean
}): JSX.Element {
  return (
    <button type='button' class='tool' title={title} aria-label={title} disabled={disabled} onClick={act}>
      <Icon name={icon} />
    </button>
  )
}

function ScenarioPicker(): JSX.Element {
  const chosen = openedFile.value === undefined ? (inquiry.value.shipped ?? '') : ''
  const groups = [...new Set(shipped.value.map(({ group }) => group))]
  const own = openedFile.value?.name ?? inquiry.value.fileName
  return (
    <select
      id='scenario'
      aria-label='Scenario'
      value={chosen}
      onChange={(event) => {
        if (event.currentTarget.value !== '') void inquiryFor(event.currentTarget.value).then(ask)
      }}
    >
      {chosen === '' && <option value=''>{own}</option>}
      {chosen !== '' && shipped.value.length === 0 && <option value={chosen}>{titleOf(inquiry.value.text) ?? chosen}</option>}
      {groups.map((group) => (
        <optgroup key={group} label={GROUP_WORDS[group] ?? group}>
          {shipped.value
            .filter((one) => one.group === group)
            .map(({ name, title }) => (
              <option key={name} value={name} selected={name === chosen}>
                {title}
              </option>
            ))}
        </optgroup>
      ))}
    </select>
  )
}

const draftSeed = signal<string | undefined>(undefined)

function askSeed(text: string): void {
  draftSeed.value = undefined
  const seed = text.trim()
  const { seed: before, ...rest } = inquiry.peek()
  const next: Inquiry = { ...rest, seed: seed === '' ? undefined : seed }
  if (next.seed !== before) ask(next)
}

/** The number after; 1 after a text. */
function seedAfter(seed: string): string {
  const number = Number.parseInt(seed, 10)
  return String(Number.isFinite(number) ? number + 1 : 1)
}

function SeedField(): JSX.Element {
  const shown = draftSeed.value ?? inquiry.value.seed ?? model.value?.origin.seed ?? ''
  return (
    <label class='seed'>
      seed
      <input
        id='seed'
        value={shown}
        spellcheck={false}
        disabled={openedFile.value !== undefined}
        onInput={(event) => {
          draftSeed.value = event.currentTarget.value
        }}
        onChange={(event) => {
          askSeed(event.currentTarget.value)
        }}
      />
      <button
        type='button'
        class='tool word'
        title='Another seed'
        disabled={openedFile.value !== undefined}
        onClick={() => {
          askSeed(seedAfter(shown))
        }}
      >
        next
      </button>
    </label>
  )
}

const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`

function Verdict(): JSX.Element | null {
  const run = model.value
  if (run === undefined) return null
  const { verdict, digest, violations, expectations } = run.result
  const unmet = expectations.filter(({ held }) => !held).length
  const words =
    verdict === 'pass'
      ? 'everything held'
      : [
          ...(violations.length > 0 ? [counted(violations.length, 'violation')] : []),
          ...(unmet > 0 ? [`${counted(unmet, 'expectation')} not met`] : []),
        ].join(', ')
  return (
    <span class={`verdict ${verdict}`} role='status' aria-live='polite'>
      <b>
        {verdict === 'pass' ? '✓' : '✗'} {words === '' ? verdict : words}
      </b>
      <code title='Digest of the whole trace: equal digests, equal runs' data-digest={digest} data-records={run.trace.count}>
        {digest}
      </code>
    </span>
  )
}

export function Header(): JSX.Element {
  const busy = progress.value
  return (
    <header>
      <Tool
        icon='panel'
        title='Parameters and text (P)'
        act={() => {
          panelOpen.value = !panelOpen.value
        }}
      />
      <h1>L2TP failover</h1>
      <ScenarioPicker />
      <SeedField />
      <Verdict />
      <progress class={busy === undefined || busy === 0 ? 'resting' : ''} value={busy ?? 0} max={1} aria-label='Simulation' />
      <span class='spring' />
      <Tool icon='undo' title='Undo (Ctrl+Z)' act={undo} disabled={!canUndo.value} />
      <Tool icon='redo' title='Redo (Ctrl+Y)' act={redo} disabled={!canRedo.value} />
      <label class='tool file' title='Open a scenario, a trace, a study or results'>
        open
        <input
          type='file'
          multiple
          accept='.yaml,.yml,.json,.jsonl,.ndjson'
          aria-label='Open a scenario, a trace, a study or results'
          onChange={(event) => {
            void openFiles([...(event.currentTarget.files ?? [])])
            event.currentTarget.value = ''
          }}
        />
      </label>
      <Tool
        icon='save'
        title='Export (E)'
        act={() => {
          dialog.value = 'export'
        }}
      />
      <Tool
        icon='share'
        title='Share this view (S)'
        act={() => {
          dialog.value = 'share'
        }}
      />
      <Tool
        icon='guide'
        title='Guided reading (G)'
        act={() => {
          tourStep.value = tourStep.value === undefined ? 0 : undefined
        }}
      />
      <Tool icon='theme' title={`Colours: ${theme.value} (T)`} act={nextTheme} />
      <Tool
        icon='help'
        title='Keys and help (?)'
        act={() => {
          dialog.value = 'help'
        }}
      />
    </header>
  )
}
