// The guided reading as a card over the page: text, section, and the way on. Each step moves cursor and selection to its place.

import { effect } from '@preact/signals'
import type { JSX } from 'preact'
import { guideSteps } from '../guide.ts'
import { panned, zoomed } from '../layout/time-axis.ts'
import { axis, cursor, dockTab, model, select, timeWindow, tourStep } from '../state.ts'
import { remember } from '../theme.ts'

/** The instant a step shows has some room on both sides. */
function show(step: number): void {
  const run = model.peek()
  const seq = run === undefined ? undefined : guideSteps[step]?.find(run)
  if (run === undefined || seq === undefined) return
  dockTab.value = 'ladder'
  timeWindow.value = { from: 0, to: run.end }
  if (step > 1) timeWindow.value = panned(axis.peek(), zoomed(axis.peek(), timeWindow.peek(), 0.5, run.trace.at[seq]!), 0)
  select(seq)
}

/** Waits for the run, which comes later than the page. */
let shown: number | undefined
effect(() => {
  const step = tourStep.value
  if (model.value === undefined || step === shown) return
  shown = step
  if (step !== undefined)
    queueMicrotask(() => {
      show(step)
    })
})

function close(): void {
  remember('l2tpsim-guided', 'yes')
  tourStep.value = undefined
}

export function Tour(): JSX.Element | null {
  const step = tourStep.value
  const content = step === undefined ? undefined : guideSteps[step]
  if (step === undefined || content === undefined) return null
  const isLast = step === guideSteps.length - 1
  return (
    <section class='tour' aria-label='Guided reading' data-step={step} data-at={cursor.value}>
      <p class='tour-count'>
        {`${String(step + 1)} of ${String(guideSteps.length)}`} <span class='ref'>{content.ref}</span>
      </p>
      <h2>{content.title}</h2>
      <p>{content.text}</p>
      <div class='row'>
        <button
          type='button'
          disabled={step === 0}
          onClick={() => {
            tourStep.value = step - 1
          }}
        >
          Back
        </button>
        <button
          type='button'
          class='primary'
          onClick={() => {
            if (isLast) close()
            else tourStep.value = step + 1
          }}
        >
          {isLast ? 'Explore' : 'Next'}
        </button>
        <span class='spring' />
        <button type='button' class='link' onClick={close}>
          close
        </button>
      </div>
    </section>
  )
}
