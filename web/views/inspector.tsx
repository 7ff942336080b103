// The inspector: the place for the selected record, and what it is for while nothing is selected.

import type { JSX } from 'preact'
import { model, selection } from '../state.ts'
import { lazily } from './lazily.tsx'

const Inspected = lazily(async () => (await import('./inspected.tsx')).Inspected)

export function Inspector(): JSX.Element {
  const [run, seq] = [model.value, selection.value]
  if (run === undefined || seq === undefined || seq >= run.trace.count) {
    return (
      <section class='inspector' aria-label='Inspector'>
        <h2>Inspector</h2>
        <p class='hint'>
          Click a message in the ladder, a mark in the timelines or a line anywhere: here stands what it is, octet by octet, why
          it happened and what it led to. Right-click to intervene.
        </p>
      </section>
    )
  }
  return (
    <section class='inspector' aria-label='Inspector' tabIndex={0}>
      <Inspected />
    </section>
  )
}
