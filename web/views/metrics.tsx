// Metrics of the run: the recovery time in its parts, what was kept and lost, outages by session, every counter, and the invariants with
// their verdicts.

import { max, scaleLinear } from 'd3'
import type { JSX } from 'preact'
import { formatDuration } from '../../sim/base/time.ts'
import type { MetricFacts, RunModel } from '../model/model.ts'
import { recoveryParts } from '../model/recovery-phases.ts'
import { model, select } from '../state.ts'
import { useBoxSize } from './box-size.ts'
import { FigureAxis } from './figure-axis.tsx'

export function metricText({ unit }: Pick<MetricFacts, 'unit'>, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  if (unit === 'ns') return formatDuration(value)
  return unit === 'ratio' ? `${(value * 100).toFixed(2)} %` : value.toLocaleString('en')
}

const textures = ['url(#m0)', 'url(#m1)', 'url(#m2)', 'url(#m3)', 'url(#m4)', 'url(#m5)'] as const

function Textures(): JSX.Element {
  const lines = ['', 'M0 6 6 0', 'M3 0V6', 'M0 0 6 6', 'M0 3H6', 'M0 0 6 6M0 6 6 0']
  return (
    <defs>
      {lines.map((d, i) => (
        <pattern key={i} id={`m${String(i)}`} width={6} height={6} patternUnits='userSpaceOnUse'>
          <rect width={6} height={6} class={`part-${String(i)}`} />
          <path d={d} stroke='rgba(255, 255, 255, 0.55)' stroke-width={1.1} />
        </pattern>
      ))}
    </defs>
  )
}

interface RoomyProps {
  readonly run: RunModel
  /** Width, in pixels. */
  readonly room: number
}

/** The bar of the parts of a recovery. */
function Parts({ run, room }: RoomyProps): JSX.Element | null {
  const parts = recoveryParts(run)
  const whole = parts.reduce((sum, { length }) => sum + length, 0)
  if (parts.length === 0 || whole === 0) return <p class='hint'>Nothing was recovered in this run.</p>
  const told = parts.map(({ words, length }) => `${words} ${formatDuration(length)}`)
  const scale = scaleLinear([0, whole], [0, Math.max(1, room - 2)])
  const starts = parts.map((_, i) => parts.slice(0, i).reduce((sum, { length }) => sum + length, 0))
  const firstData = run.result.metrics['timeToFirstData']
  return (
    <div class='parts' data-view='metrics'>
      <svg width={Math.max(1, room)} height={62} role='img' aria-label={`Recovery in ${formatDuration(whole)}: ${told.join(', ')}`}>
        <Textures />
        {parts.map(({ metric, words, length }, i) => {
          const [x, width] = [scale(starts[i]!) + 1, Math.max(1, scale(length))]
          const isNamed = width > words.length * 6.6 + 6
          return (
            <g key={metric}>
              <rect x={x} y={18} width={width} height={24} fill={textures[i]} />
              {isNamed && (
                <text x={x + width / 2} y={12} text-anchor='middle'>
                  {words}
                </text>
              )}
              {isNamed && width > formatDuration(length).length * 6.6 && (
                <text class='muted' x={x + width / 2} y={57} text-anchor='middle'>
                  {formatDuration(length)}
                </text>
              )}
            </g>
          )
        })}
      </svg>
      <table class='part-list'>
        <tbody>
          {parts.map(({ metric, words, help, length }, i) => (
            <tr key={metric}>
              <td>
                <svg width={16} height={12} aria-hidden='true'>
                  <rect width={16} height={12} fill={textures[i]} />
                </svg>
              </td>
              <th scope='row'>{words}</th>
              <td class='number'>{formatDuration(length)}</td>
              <td class='muted'>{help}</td>
            </tr>
          ))}
          <tr>
            <td />
            <th scope='row'>all</th>
            <td class='number'>{formatDuration(whole)}</td>
            <td class='muted'>from the failure until both sides are synchronised, mean over the tunnels</td>
          </tr>
          {firstData !== null && firstData !== undefined && (
            <tr>
              <td />
              <th scope='row'>first data</th>
              <td class='number'>{formatDuration(firstData)}</td>
              <td class='muted'>after the failure: data sent after it arrives</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}

const tiles = [
  'sessionsKept',
  'sessionsLost',
  'timeToSynchronised',
  'dataLost',
  'outageMax',
  'controlRetransmissions',
  'tunnelsRecovered',
  'falseAlarms',
]

function Tiles({ run }: { readonly run: RunModel }): JSX.Element {
  return (
    <dl class='tiles'>
      {tiles.map((name) => {
        const metric = run.metrics.find((one) => one.name === name)
        return metric === undefined ? null : (
          <div key={name} title={metric.help}>
            <dt>{wordsOf(name)}</dt>
            <dd>{metricText(metric, run.result.metrics[name])}</dd>
          </div>
        )
      })}
    </dl>
  )
}

/** `timeToFirstData` as `time to first data`. */
export const wordsOf = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

/** Rows of dots: how long each direction of each session stood still. */
function Outages({ run, room: width }: RoomyProps): JSX.Element | null {
  const ended = run.outages.filter(({ outage }) => Number.isFinite(outage))
  const never = run.outages.length - ended.length
  if (run.outages.length === 0) return <p class='hint'>No session had regular data before a failure that could have stopped.</p>
  const longest = max(ended, ({ outage }) => outage) ?? 0
  const room = Math.max(200, width)
  const right = never > 0 ? room - 110 : room - 26
  const scale = scaleLinear([0, Math.max(longest, 1e6)], [8, right]).nice()
  const bins = new Map<number, number>()
  const dots = ended.map((one) => {
    const x = Math.round(scale(one.outage) / 7) * 7
    const height = bins.get(x) ?? 0
    bins.set(x, height + 1)
    return { one, x, y: 70 - Math.min(height, 12) * 5 }
  })
  return (
    <svg
      class='outages'
      width={room}
      height={96}
      role='img'
      aria-label={`Outages of ${String(run.outages.length)} directions of sessions, longest ${formatDuration(longest)}`}
    >
      <FigureAxis scale={scale} y={75} format={formatDuration} />
      {dots.map(({ one, x, y }) => (
        <circle key={`${one.endpoint} ${String(one.tunnel)} ${String(one.session)}`} cx={x} cy={y} r={2.6}>
          <title>{`${one.endpoint} tunnel ${String(one.tunnel)} session ${String(one.session)}: ${formatDuration(one.outage)}`}</title>
        </circle>
      ))}
      {never > 0 && <text class='never' x={room - 2} y={60} text-anchor='end'>{`${String(never)} never went on`}</text>}
    </svg>
  )
}

function Invariants({ run }: { readonly run: RunModel }): JSX.Element {
  const { violations, goals } = run.result
  return (
    <ul class='invariants'>
      {run.invariants.map(({ name, help, ref }) => {
        const found = violations.filter(({ invariant }) => invariant === name)
        return (
          <li key={name} class={found.length > 0 ? 'violated' : 'held'} title={ref}>
            <b>
              {found.length > 0 ? '✗' : '✓'} {name}
            </b>{' '}
            <span class='muted'>{help}</span>
            {found.slice(0, 5).map(({ record, message }) => (
              <button
                key={record}
                type='button'
                class='link'
                data-violation={record}
                onClick={() => {
                  select(record)
                }}
              >
                {message}
              </button>
            ))}
          </li>
        )
      })}
      {goals
        .filter(({ times }) => times > 0)
        .map(({ goal, ref, times, first }) => (
          <li key={goal} class='goal' title={ref}>
            <b>◆ {goal}</b> <span class='muted'>{`reached ${String(times)} times`}</span>
            {first !== undefined && (
              <button
                type='button'
                class='link'
                onClick={() => {
                  select(first.record)
                }}
              >
                {first.message}
              </button>
            )}
          </li>
        ))}
    </ul>
  )
}

function Expectations({ run }: { readonly run: RunModel }): JSX.Element | null {
  const { expectations } = run.result
  if (expectations.length === 0) return null
  return (
    <ul class='invariants'>
      {expectations.map(({ metric, expected, actual, held }) => (
        <li key={metric + expected} class={held ? 'held' : 'violated'}>
          <b>
            {held ? '✓' : '✗'} {wordsOf(metric)}
          </b>{' '}
          <span class='muted'>{`expected ${expected}, is ${actual === null ? 'nothing' : String(actual)}`}</span>
        </li>
      ))}
    </ul>
  )
}

function Counters({ run }: { readonly run: RunModel }): JSX.Element {
  const shown = run.metrics.filter(({ name }) => {
    const value = run.result.metrics[name]
    return value !== null && value !== undefined && (value !== 0 || !name.includes('.'))
  })
  return (
    <details>
      <summary>{`All ${String(shown.length)} metrics that apply`}</summary>
      <dl class='counters'>
        {shown.map((metric) => (
          <div key={metric.name} title={metric.help}>
            <dt>{wordsOf(metric.name)}</dt>
            <dd>{metricText(metric, run.result.metrics[metric.name])}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

export function Metrics(): JSX.Element {
  const { ref, size } = useBoxSize()
  const run = model.value
  if (run === undefined) return <p class='hint'>No run yet.</p>
  const room = size.value.width
  return (
    <div class='metrics' tabIndex={0} role='region' aria-label='Metrics'>
      <div ref={ref}>
        <h2>How the recovery took its time</h2>
        <Parts run={run} room={room} />
        <Tiles run={run} />
        <h2>Outage of each direction of each session</h2>
        <Outages run={run} room={room} />
        <Counters run={run} />
      </div>
      <div>
        <h2>Expectations</h2>
        <Expectations run={run} />
        <h2>Invariants and goals</h2>
        <Invariants run={run} />
      </div>
    </div>
  )
}
