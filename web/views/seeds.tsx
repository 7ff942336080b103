// Many seeds of the present scenario: how recovery time and lost sessions are distributed. A click on a dot opens that run.

import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { formatDuration } from '../../sim/base/time.ts'
import { dotPlot } from '../layout/dot-plot.ts'
import type { SeedResult } from '../run/protocol.ts'
import { cancelSeeds, runSeeds } from '../session.ts'
import { ask, inquiry, openedFile, seedResults, seedRun } from '../state.ts'
import { useBoxSize } from './box-size.ts'
import { FigureAxis } from './figure-axis.tsx'

const wanted = signal(200)
const wholeSeeds = (number: number): number => (Number.isFinite(number) ? Math.min(5000, Math.max(1, Math.floor(number))) : 200)

const openSeed = (seed: string): void => {
  ask({ ...inquiry.peek(), seed })
}

/** Arrow keys go to the next larger or smaller value, Enter and the space bar open its run. */
function moveDot(event: KeyboardEvent): void {
  const dot = event.target instanceof Element ? event.target.closest<SVGElement>('.dot') : null
  if (dot === null) return
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key] ?? 0
  const opens = event.key === 'Enter' || event.key === ' '
  if (by === 0 && !opens) return
  event.preventDefault()
  event.stopPropagation()
  if (opens) openSeed(dot.dataset['seed'] ?? '')
  else {
    const dots = [...(event.currentTarget as Element).querySelectorAll<SVGElement>('.dot')]
    const sorted = dots.sort((a, b) => Number(a.dataset['x']) - Number(b.dataset['x']))
    sorted[sorted.indexOf(dot) + by]?.focus()
  }
}

interface PlotProps {
  readonly title: string
  readonly results: readonly SeedResult[]
  /** Width, in pixels. */
  readonly room: number
  readonly value: (result: SeedResult) => number | null
  readonly text: (value: number) => string
}

function Plot({ title, results, room, value, text }: PlotProps): JSX.Element {
  const [width, height] = [Math.max(240, room), 130]
  const plot = dotPlot(results, { width, height, value })
  const seed = inquiry.value.seed
  const chosen = plot.dots.find(({ item }) => item.seed === seed)
  const first = (chosen ?? plot.dots[0])?.item
  return (
    <div class='plot'>
      <h2>{title}</h2>
      <svg width={width} height={height + 22} role='group' aria-label={`${title}; arrow keys go from dot to dot`} onKeyDown={moveDot}>
        <FigureAxis scale={plot.scale} y={height} format={text} />
        {plot.nevers > 0 && (
          <text class='never' x={plot.neverX} y={height + 16} text-anchor='middle'>
            never
          </text>
        )}
        {plot.dots.map(({ item, x, y }) => {
          const held = item.violations === 0
          const shown = value(item)
          const words = `seed ${item.seed}: ${shown === null ? 'never' : text(shown)}${held ? '' : ', an invariant is violated'}`
          const act = {
            onClick: () => {
              openSeed(item.seed)
            },
            'data-seed': item.seed,
            tabindex: item === first ? 0 : -1,
            'data-x': x,
            role: 'button',
            'aria-label': words,
          } as const
          return (
            <g key={item.seed} class={`dot ${held ? 'held' : 'failed'} ${item.seed === seed ? 'chosen' : ''}`} {...act}>
              <title>{words}</title>
              {held ? <circle cx={x} cy={y} r={3.6} /> : <path d={`M${String(x - 3.5)} ${String(y - 3.5)}l7 7m0-7l-7 7`} />}
            </g>
          )
        })}
      </svg>
    </div>
  )
}

const timeWords = (time: number | null): string => (time === null ? 'never synchronised' : formatDuration(time))

function Worst({ results }: { readonly results: readonly SeedResult[] }): JSX.Element {
  const sorted = [...results].sort((a, b) => badness(b) - badness(a)).slice(0, 12)
  return (
    <div>
      <h2>Worst first</h2>
      <ol class='worst'>
        {sorted.map(({ seed, timeToSynchronised, sessionsLost, verdict }) => (
          <li key={seed}>
            <button
              type='button'
              class='link'
              onClick={() => {
                openSeed(seed)
              }}
            >
              {`seed ${seed}: ${timeWords(timeToSynchronised)}, ${String(sessionsLost ?? 0)} lost`}
              {verdict === 'fail' ? ' ✗' : ''}
            </button>
          </li>
        ))}
      </ol>
    </div>
  )
}

const badness = ({ verdict, violations, sessionsLost, timeToSynchronised }: SeedResult): number =>
  violations * 1e18 + (verdict === 'fail' ? 1e16 : 0) + (sessionsLost ?? 0) * 1e13 + (timeToSynchronised ?? 9e12)

function Summary(): JSX.Element {
  const results = seedResults.value
  const violated = results.filter(({ violations }) => violations > 0).length
  const unmet = results.filter(({ violations, verdict }) => violations === 0 && verdict === 'fail').length
  const words = [
    `${String(results.length)} of ${String(seedRun.value.wanted)} runs`,
    `${String(violated)} violate an invariant`,
    `${String(unmet)} miss an expectation`,
  ]
  return (
    <span class='muted' data-seeds={results.length} role='status'>
      {results.length === 0 ? '' : words.join(', ')}
    </span>
  )
}

export function Seeds(): JSX.Element {
  const { ref, size } = useBoxSize()
  const results = seedResults.value
  const { running, wanted: total } = seedRun.value
  return (
    <div class='view-column'>
      <div class='view-tools'>
        <label>
          seeds{' '}
          <input
            id='seed-count'
            type='number'
            min={1}
            max={5000}
            value={wanted.value}
            onChange={(event) => {
              wanted.value = wholeSeeds(event.currentTarget.valueAsNumber)
            }}
          />
        </label>
        {running ? (
          <button type='button' class='primary' onClick={cancelSeeds}>
            Cancel
          </button>
        ) : (
          <button
            type='button'
            class='primary'
            disabled={openedFile.value !== undefined}
            onClick={() => {
              runSeeds(Array.from({ length: wanted.value }, (_, i) => String(i + 1)))
            }}
          >
            {`Run ${String(wanted.value)} seeds`}
          </button>
        )}
        <progress class={running ? '' : 'resting'} value={results.length} max={Math.max(1, total)} aria-label='Seeds done' />
        <Summary />
      </div>
      {results.length === 0 ? (
        <p class='hint'>
          The same scenario and changes with many seeds, on all processors: where does one run stand among its like? Each dot is a
          run; a click opens it.
        </p>
      ) : (
        <div class='seeds' tabIndex={0} role='region' aria-label='Distributions'>
          <div ref={ref}>
            <Plot
              title='Time until synchronised'
              results={results}
              room={size.value.width}
              value={(one) => one.timeToSynchronised}
              text={formatDuration}
            />
            <Plot
              title='Sessions lost'
              results={results}
              room={size.value.width}
              value={(one) => one.sessionsLost}
              text={(n) => (Number.isInteger(n) ? String(n) : '')}
            />
          </div>
          <Worst results={results} />
        </div>
      )}
    </div>
  )
}
