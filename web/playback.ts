// Playing a run: the cursor moves along the axis at an even pace on the screen, so that a folded axis passes over silences in a moment
// and lingers where things happen.

import { effect } from '@preact/signals'
import { instantAt, placeOf } from './layout/time-axis.ts'
import { axis, cursor, goTo, model, playing, timeWindow } from './state.ts'

/** Milliseconds the cursor takes across the window. */
const CROSSING = 15_000

let before = 0

function frame(now: number): void {
  const run = model.peek()
  if (!playing.peek() || run === undefined) return
  const { from, to } = timeWindow.peek()
  const map = axis.peek()
  const span = placeOf(map, to) - placeOf(map, from)
  const place = placeOf(map, cursor.peek()) + (span * Math.min(now - before, 100)) / CROSSING
  before = now
  goTo(instantAt(map, place))
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
