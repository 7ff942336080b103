// Two runs side by side: the present one and one with another seed, without the changes, or with one intervention more or less. The same
// window and cursor on both, and the first record at which they part.

import { computed } from '@preact/signals'
import type { JSX } from 'preact'
import { formatInstant } from '../../sim/base/time.ts'
import { differingFields, firstDivergence } from '../../sim/trace/divergence.ts'
import { drawCursor } from '../draw/ruler.ts'
import { drawTimeline, HEAD } from '../draw/timeline.ts'
import type { Pen, Size } from '../draw/pen.ts'
import { openHeight, type Row } from '../layout/lane-layout.ts'
import { viewScale, type ViewScale } from '../layout/time-axis.ts'
import { lineOf } from '../model/inspect.ts'
import type { RunModel } from '../model/model.ts'
import { listed, recordAt } from '../trace/columns.ts'
import {
  ask,
  axis,
  chosenLane,
  cursor,
  goTo,
  inquiry,
  model,
  otherInquiry,
  otherModel,
  select,
  timeWindow,
  type Inquiry,
} from '../state.ts'
import { palette } from '../theme.ts'
import { CanvasView } from './canvas-view.tsx'
import { metricText, wordsOf } from './metrics.tsx'
import { drawTimeAxis } from './time-ruler.ts'

const GUTTER = 150

const parting = computed(() => {
  const [one, other] = [model.value, otherModel.value]
  return one === undefined || other === undefined ? undefined : firstDivergence(listed(one.trace), listed(other.trace))
})

const scaleIn = (width: number): ViewScale => viewScale(axis.value, timeWindow.value, Math.max(1, width - GUTTER))

/** The chosen tunnel of a run, as one row of its own. */
function rowsFor(run: RunModel): readonly Row[] {
  const lane = Math.min(chosenLane.value, run.lanes.length - 1)
  return lane < 0
    ? []
    : [{ row: 'lane', lane, top: 0, height: openHeight(run.lanes[lane]!.sides.length), open: true, stretch: 1 }]
}

function drawRun(run: RunModel | undefined, pen: Pen, size: Size): void {
  if (run === undefined) return
  const scale = scaleIn(size.width)
  const colours = palette.value
  drawTimeline(pen, {
    model: run,
    palette: colours,
    scale,
    size,
    gutter: GUTTER,
    rows: rowsFor(run),
    scroll: 0,
    chosenLane: chosenLane.value,
  })
  const seq = parting.value
  const at = seq === undefined ? undefined : run.trace.at[seq]
  if (at === undefined) return
  const x = GUTTER + scale.x(at)
  if (x < GUTTER || x > size.width) return
  pen.fillStyle = colours.accent
  pen.globalAlpha = 0.1
  pen.fillRect(x, HEAD, size.width - x, size.height - HEAD)
  pen.globalAlpha = 1
  pen.fillRect(x - 1, HEAD, 2, size.height - HEAD)
}

function drawOver(pen: Pen, size: Size): void {
  const scale = scaleIn(size.width)
  drawCursor(pen, { left: GUTTER, top: 0, height: size.height, headHeight: HEAD, palette: palette.value, scale }, cursor.value)
}

function Run({
  name,
  words,
  which,
}: {
  readonly name: string
  readonly words: string
  readonly which: typeof model
}): JSX.Element {
  return (
    <div class='compare-run'>
      <p>
        <b>{words}</b>
      </p>
      <CanvasView
        name={name}
        label={`Timeline of ${words}`}
        draw={(pen, size) => {
          drawRun(which.value, pen, size)
        }}
        drawOver={drawOver}
        drawAxis={(ruler, size) => {
          drawTimeAxis(ruler, scaleIn(size.width), GUTTER)
        }}
        attach={({ zoomTime }, box, size) => zoomTime(box, size, { left: GUTTER, head: HEAD })}
        handlers={{
          onClick: (event: MouseEvent) => {
            const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect()
            goTo(scaleIn(width).at(Math.max(0, event.clientX - left - GUTTER)))
          },
        }}
      />
    </div>
  )
}

/** What an inquiry is, beside the scenario, in a few words. */
function wordsFor(question: Inquiry, run: RunModel | undefined): string {
  const parts = [
    `seed ${question.seed ?? run?.origin.seed ?? ''}`,
    ...(question.changes.length === 0
      ? []
      : [question.changes.map(({ path, value }) => `${path.replace(/^.*\./, '')} ${value}`).join(', ')]),
    ...question.interventions.map(({ label }) => label),
  ]
  return parts.join(' · ')
}

function nextSeed(): void {
  const seed = Number.parseInt(model.peek()?.origin.seed ?? '1', 10)
  otherInquiry.value = { ...inquiry.peek(), seed: String(Number.isFinite(seed) ? seed + 1 : 1) }
}

const compared = [
  'timeToSynchronised',
  'sessionsKept',
  'sessionsLost',
  'dataLost',
  'outageMax',
  'controlMessages',
  'controlRetransmissions',
  'packetsLost',
]

function Differences({ one, other }: { readonly one: RunModel; readonly other: RunModel }): JSX.Element {
  return (
    <table class='differences'>
      <thead>
        <tr>
          <th>metric</th>
          <th>this run</th>
          <th>the other</th>
        </tr>
      </thead>
      <tbody>
        {compared.map((name) => {
          const metric = one.metrics.find((candidate) => candidate.name === name)
          if (metric === undefined) return null
          const [a, b] = [one.result.metrics[name], other.result.metrics[name]]
          return (
            <tr key={name} class={a === b ? '' : 'differs'}>
              <td title={metric.help}>{wordsOf(name)}</td>
              <td>{metricText(metric, a)}</td>
              <td>
                {metricText(metric, b)}
                {a === b ? '' : ' ≠'}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Parting({ one, other }: { readonly one: RunModel; readonly other: RunModel }): JSX.Element {
  const seq = parting.value
  if (seq === undefined)
    return (
      <p class='parting' data-parting='none'>
        Both runs are the same, record for record: digest <code>{one.result.digest}</code>.
      </p>
    )
  const differing =
    seq < Math.min(one.trace.count, other.trace.count) ? differingFields(recordAt(one.trace, seq), recordAt(other.trace, seq)) : []
  const line = (run: RunModel): string =>
    seq < run.trace.count ? `${formatInstant(run.trace.at[seq]!, 6)} ${lineOf(run, seq)}` : 'has ended'
  return (
    <div class='parting' data-parting={seq}>
      <p>The first {seq} records are the same. Then they part:</p>
      <button
        type='button'
        class='link'
        onClick={() => {
          select(Math.min(seq, one.trace.count - 1))
        }}
      >{`this run: ${line(one)}`}</button>
      <p>{`the other: ${line(other)}`}</p>
      {differing.map(({ field, a, b }) => (
        <p key={field} class='muted'>{`${field}: ${a} here, ${b} there`}</p>
      ))}
    </div>
  )
}

export function Compare(): JSX.Element {
  const [one, other, question] = [model.value, otherModel.value, otherInquiry.value]
  const mine = inquiry.value
  const hasChanges = mine.changes.length > 0 || mine.interventions.length > 0
  return (
    <div class='view-column'>
      <div class='view-tools'>
        <span class='muted'>beside this run:</span>
        <button type='button' class='tool word' onClick={nextSeed}>
          the next seed
        </button>
        <button
          type='button'
          class='tool word'
          disabled={!hasChanges}
          onClick={() => {
            otherInquiry.value = { ...mine, changes: [], interventions: [] }
          }}
        >
          without my changes
        </button>
        <button
          type='button'
          class='tool word'
          onClick={() => {
            otherInquiry.value = mine
          }}
        >
          this run, kept (C)
        </button>
        {question !== undefined && (
          <button
            type='button'
            class='tool word'
            onClick={() => {
              ask(question)
              otherInquiry.value = mine
            }}
          >
            swap
          </button>
        )}
      </div>
      {one === undefined || question === undefined ? (
        <p class='hint'>
          Choose what to see beside this run. “This run, kept” holds it while you move sliders or intervene; the fork on a chip
          shows the run without that intervention.
        </p>
      ) : (
        <div class='compare'>
          <div class='compare-runs'>
            <Run name='compare-one' words={`This run: ${wordsFor(mine, one)}`} which={model} />
            <Run name='compare-other' words={`The other: ${wordsFor(question, other)}`} which={otherModel} />
          </div>
          {other === undefined ? (
            <p class='hint'>running…</p>
          ) : (
            <div class='compare-words' tabIndex={0} role='region' aria-label='Differences'>
              <Parting one={one} other={other} />
              <Differences one={one} other={other} />
            </div>
          )}
        </div>
      )}
    </div>
  )
}
