// Playing a run: the cursor moves along the axis at an even pace on the screen, so that a folded axis passes over silences in a moment
// and lingers where things happen.

import { effect } from '@preact/signals'
import { advanced } from './layout/time-axis.ts'
import { axis, cursor, goTo, model, playing, timeWindow } from './state.ts'

/** Milliseconds the cursor takes across the window. */
const CROSSING = 15_000

/** A page that was hidden goes on where it was, not where it would be. */
const LONGEST_STEP = 100

let before = 0

function frame(now: number): void {
  const run = model.peek()
  if (!playing.peek() || run === undefined) return
  const share = Math.min(now - before, LONGEST_STEP) / CROSSING
  before = now
  goTo(advanced(axis.peek(), timeWindow.peek(), cursor.peek(), share))
  if (cursor.peek() >= run.end) playing.value = false
  else requestAnimationFrame(frame)
}

/** Lets `playing` take effect. */
export function beginPlayback(): void {
  effect(() => {
    if (!playing.value) return
    before = performance.now()
    if (cursor.peek() >= (model.peek()?.end ?? 0)) goTo(0)
    requestAnimationFrame(frame)
  })
}
