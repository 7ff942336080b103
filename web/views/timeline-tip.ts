// What the tooltip says of a place in the timelines.

import { formatDuration, formatInstant } from '../../sim/base/time.ts'
import { phaseLooks } from '../draw/palette.ts'
import type { Row } from '../layout/lane-layout.ts'
import { countBetween, phaseOfSide, sessionsAt } from '../layout/phase-at.ts'
import type { ViewScale } from '../layout/time-axis.ts'
import type { LaneSide, RunModel } from '../model/model.ts'

export interface TipPlace {
  /** Right of the labels. */
  readonly x: number
  readonly y: number
  readonly row: Row | undefined
}

export function timelineTip(run: RunModel, scale: ViewScale, { x, row }: TipPlace): readonly string[] {
  const at = scale.at(x)
  const faults = run.faults
    .filter((fault) => Math.abs(scale.x(fault.at) - x) < 5)
    .map(({ name, target, detail }) => `fault: ${name} ${target}${detail === '' ? '' : ` (${detail})`}`)
  const head = formatInstant(at, 6)
  if (row?.row !== 'lane') return faults.length === 0 ? (row === undefined ? [] : [head]) : [head, ...faults]
  const lane = run.lanes[row.lane]
  return [head, ...faults, ...(lane?.sides.flatMap((side) => sideLines(side, scale, x)) ?? [])]
}

function sideLines(side: LaneSide, scale: ViewScale, x: number): readonly string[] {
  const at = scale.at(x)
  const span = side.spans.findLast(({ from }) => from <= at)
  if (span === undefined) return [`${side.endpoint}: not there yet`]
  const words = phaseLooks[phaseOfSide(side, at) ?? 'closed'].words
  const since = formatDuration(Math.max(0, at - span.from))
  const label = span.label === '' || span.label === words ? '' : ` (${span.label})`
  const timers = side.timers
    .filter(({ from, to }) => from <= at && to >= at)
    .map(
      ({ timer, from, to }) =>
        `${side.endpoint}: ${timer === 'recovery-time' ? 'Recovery Time' : timer} timer, ${formatDuration(to - from)}`,
    )
  const data = countBetween(side.delivered, scale.at(x - 2), scale.at(x + 2))
  const counts = `${String(sessionsAt(side, at))} sessions${data > 0 ? `, ${String(data)} data messages here` : ''}`
  return [`${side.endpoint}: ${words}${label} for ${since}, ${counts}`, ...timers]
}
