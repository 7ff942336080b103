// Playing, stepping, jumping, and the choice of the time axis.

import type { JSX } from 'preact'
import { formatInstant } from '../../sim/base/time.ts'
import { hasTarget, jump, step, toEnd, toStart, type JumpTarget } from '../jumps.ts'
import { axisMode, cursor, model, playing, timeWindow } from '../state.ts'
import { Icon, type IconName } from './icons.tsx'

interface ButtonProps {
  readonly icon: IconName
  readonly title: string
  readonly act: () => void
}

function Button({ icon, title, act }: ButtonProps): JSX.Element {
  return (
    <button type='button' class='tool' title={title} aria-label={title} onClick={act}>
      <Icon name={icon} />
    </button>
  )
}

function Jump({
  target,
  words,
  letter,
}: {
  readonly target: JumpTarget
  readonly words: string
  readonly letter: string
}): JSX.Element {
  const run = model.value
  const absent = run === undefined || !hasTarget(run, target)
  return (
    <button
      type='button'
      class='tool word'
      disabled={absent}
      title={`Next ${words} (${letter}); with Shift the one before`}
      onClick={(event) => {
        jump(target, !event.shiftKey)
      }}
    >
      {words}
    </button>
  )
}

export function showAll(): void {
  timeWindow.value = { from: 0, to: model.peek()?.end ?? 1 }
}

export function togglePlay(): void {
  playing.value = !playing.value
}

export function toggleAxis(): void {
  axisMode.value = axisMode.value === 'folded' ? 'linear' : 'folded'
}

export function Transport(): JSX.Element {
  const title = playing.value ? 'Pause (space)' : 'Play (space)'
  return (
    <div class='transport' role='toolbar' aria-label='Time'>
      <Button icon='start' title='To the start (Home)' act={toStart} />
      <Button
        icon='back'
        title='Previous record (,)'
        act={() => {
          step(false)
        }}
      />
      <Button icon={playing.value ? 'pause' : 'play'} title={title} act={togglePlay} />
      <Button
        icon='forward'
        title='Next record (.)'
        act={() => {
          step(true)
        }}
      />
      <Button icon='end' title='To the end (End)' act={toEnd} />
      <output class='now' aria-label='Cursor' data-cursor={cursor.value}>
        {formatInstant(cursor.value, 6)}
      </output>
      <span class='jump-label'>next</span>
      <Jump target='fault' words='fault' letter='F' />
      <Jump target='reset' words='reset' letter='R' />
      <Jump target='violation' words='violation' letter='V' />
      <span class='spring' />
      <div class='choice' role='group' aria-label='Time axis'>
        {(['folded', 'linear'] as const).map((mode) => (
          <button
            key={mode}
            type='button'
            aria-pressed={axisMode.value === mode}
            title={mode === 'folded' ? 'Stretch where things happen, fold silence (L)' : 'Even time (L)'}
            onClick={() => {
              axisMode.value = mode
            }}
          >
            {mode}
          </button>
        ))}
      </div>
      <button type='button' class='tool word' title='Show the whole run (0)' onClick={showAll}>
        whole run
      </button>
    </div>
  )
}
