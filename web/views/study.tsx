// Studies: parameter sweeps run in the page, and results of others opened here, with the figures of the report and the runs behind them.

import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { ListedRun } from '../run/study-protocol.ts'
import { studies } from '../shipped-studies.ts'
import {
  changeStudy,
  choose,
  chosen,
  listed,
  openedRun,
  openRun,
  openStudy,
  response,
  runStudy,
  showResponse,
  shownStudy,
  stopStudy,
  study,
  studyIssues,
  studyText,
  underWay,
} from '../study.ts'
import { StudyFigures } from './study-figures.tsx'

function Picker(): JSX.Element {
  const text = studyText.value
  const known = studies.find(({ name }) => `${name}.yaml` === text?.fileName)?.name ?? ''
  const own = text?.fileName ?? (study.value === undefined ? 'choose a study' : 'results from a file')
  return (
    <select
      id='study-choice'
      aria-label='Study'
      value={known}
      onChange={(event) => {
        const found = studies.find(({ name }) => name === event.currentTarget.value)
        if (found !== undefined) void openStudy({ fileName: `${found.name}.yaml`, text: found.text })
      }}
    >
      {known === '' && <option value=''>{own}</option>}
      {studies.map(({ name, title }) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </select>
  )
}

function SeedCount(): JSX.Element | null {
  const [opened, text] = [study.value, studyText.value]
  if (opened === undefined || text === undefined) return null
  return (
    <label>
      seeds{' '}
      <input
        id='study-seeds'
        type='number'
        min={1}
        max={1000}
        value={opened.seeds}
        disabled={underWay.value}
        onChange={(event) => {
          const count = Math.floor(event.currentTarget.valueAsNumber)
          if (count >= 1 && count <= 1000) void changeStudy(text, String(count))
        }}
      />
    </label>
  )
}

function Tools(): JSX.Element {
  const opened = study.value
  const before = { runs: opened?.runs ?? 0, wanted: opened?.wanted ?? 1, failed: 0, violated: 0 }
  const { runs, wanted, failed, violated } = shownStudy.value ?? before
  const words = [
    `${String(runs)} of ${String(wanted)} runs`,
    ...(failed > 0 ? [`${String(failed)} failed`] : []),
    ...(violated > 0 ? [`${String(violated)} violate an invariant`] : []),
  ]
  return (
    <div class='view-tools'>
      <Picker />
      <SeedCount />
      {underWay.value ? (
        <button type='button' class='primary' onClick={stopStudy}>
          Cancel
        </button>
      ) : (
        opened !== undefined &&
        runs < wanted && (
          <button type='button' class='primary' onClick={() => void runStudy()}>
            {`Run ${String(wanted - runs)} runs`}
          </button>
        )
      )}
      <progress class={underWay.value ? '' : 'resting'} value={runs} max={wanted} aria-label='Runs done' />
      {opened !== undefined && (
        <>
          <span class='muted' role='status' data-study-runs={runs}>
            {words.join(', ')}
          </span>
          <select
            id='study-response'
            aria-label='What is looked at'
            value={String(response.value)}
            onChange={(event) => void showResponse(Number(event.currentTarget.value))}
          >
            {opened.responses.map(({ name, label }, place) => (
              <option key={name} value={String(place)}>
                {label}
              </option>
            ))}
          </select>
        </>
      )}
    </div>
  )
}

function Line({ run: { point, seed, name, words } }: { readonly run: ListedRun }): JSX.Element {
  const isOpen = openedRun.value === `${String(point)} ${seed}`
  return (
    <li>
      <button
        type='button'
        class='link'
        aria-current={isOpen}
        data-run={`${String(point)} ${seed}`}
        onClick={() => void openRun(point, seed)}
      >
        <b>{words}</b> seed {seed} <span class='muted'>{name}</span>
      </button>
    </li>
  )
}

/** The runs behind what was chosen, and another way to choose a point than by pointer. */
function Runs(): JSX.Element | null {
  const opened = study.value
  const what = chosen.value
  if (opened === undefined || what === undefined) return null
  const { count, runs } = listed.value
  const [only] = what.points?.length === 1 ? what.points : []
  return (
    <div class='study-runs' tabIndex={0} role='region' aria-label='Runs behind the figures'>
      <h2>{`${String(count)} runs${count > runs.length ? `, the ${String(runs.length)} worst` : ''}`}</h2>
      <p class='muted'>{what.words}</p>
      <select
        id='study-point'
        aria-label='Point of the study'
        value={only === undefined ? '' : String(only)}
        onChange={(event) => {
          const { value } = event.currentTarget
          const place = Number(value)
          void choose(value === '' ? undefined : { points: [place], between: undefined, words: opened.points[place] ?? '' })
        }}
      >
        <option value=''>every point</option>
        {opened.points.slice(0, MOST_POINTS).map((name, place) => (
          <option key={name} value={String(place)}>
            {name}
          </option>
        ))}
      </select>
      <ol>
        {runs.map((run) => (
          <Line key={`${String(run.point)} ${run.seed}`} run={run} />
        ))}
      </ol>
    </div>
  )
}

const MOST_POINTS = 2000

const draft = signal<string | undefined>(undefined)
let timer: ReturnType<typeof setTimeout> | undefined

/** The study as text, checked while it is typed. */
function StudyText(): JSX.Element | null {
  const text = studyText.value
  if (text === undefined) return null
  return (
    <details class='study-text' open={studyIssues.value.length > 0}>
      <summary>The study as text</summary>
      <textarea
        id='study-text'
        aria-label='Study as YAML'
        spellcheck={false}
        rows={14}
        value={draft.value ?? text.text}
        onInput={(event) => {
          const { value } = event.currentTarget
          draft.value = value
          clearTimeout(timer)
          timer = setTimeout(() => {
            draft.value = undefined
            void changeStudy({ fileName: text.fileName.replace(/^.*\//, 'my-'), text: value }, undefined)
          }, 400)
        }}
      />
      <ul class='mistakes' aria-label='Mistakes in the study'>
        {studyIssues.value.map(({ line, column, path, message, hint }) => (
          <li key={`${String(line)} ${String(column)} ${message}`}>
            <b>{`${String(line)}:${String(column)} `}</b>
            <code>{path}</code> {message} {hint}
          </li>
        ))}
      </ul>
    </details>
  )
}

export function Study(): JSX.Element {
  const opened = study.value
  return (
    <div class='view-column'>
      <Tools />
      {opened === undefined ? (
        <p class='hint'>
          A study runs one scenario at many points and under many seeds, and says what comes out and how certain that is. Choose one
          above and run it here, or open one of your own, or the file <code>rows.ndjson</code> of a results folder, with{' '}
          <i>open</i> or by dropping it on the page.
        </p>
      ) : (
        <div class='study'>
          <div class='study-main'>
            <p class='study-asks'>
              <b>{opened.name}.</b> {opened.asks} <span class='muted'>Click a mark or pull over a region to see its runs.</span>
            </p>
            <StudyText />
            <StudyFigures />
          </div>
          <Runs />
        </div>
      )}
    </div>
  )
}
