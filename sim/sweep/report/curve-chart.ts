// Which share of the runs has come to its end by when (one minus the Kaplan–Meier curve, with its band), one curve a series. A curve
// that stays below 100 % shows the share that never came.

import { kaplanMeier, type Curve, type Observation } from '../statistics/survival.ts'
import { valueText } from './format.ts'
import { linearScale, type Scale } from './scale.ts'
import { bottomAxis, chart, element, leftAxis, pathThrough, plot, pointAttribute, SERIES, textAt, type Frame } from './svg.ts'

export interface CurveSeries {
  readonly name: string
  /** Place in the plan. */
  readonly point: number
  readonly curve: Curve
}

export interface CurveChartOptions {
  readonly title: string
  readonly label: string
  readonly series: readonly CurveSeries[]
  readonly width: number
}

export function curveChart({ title, label, series, width }: CurveChartOptions): string {
  const frame: Frame = { width, height: 280, left: 66, right: 28, top: 30, bottom: 44 }
  const { x0, x1, y0, y1 } = plot(frame)
  const last = Math.max(...series.map(({ curve }) => endOf(curve)), 1)
  const x = linearScale({ low: 0, high: last }, x0, x1)
  const y = linearScale({ low: 0, high: 1 }, y0, y1)
  const told = series.map(
    ({ name, curve }) => `${name}: ${String(curve.count - curve.censored)} of ${String(curve.count)} came to their end`,
  )
  return chart(
    frame,
    { title, description: told.join('; '), values: [x.at(0), 0, x.at(last), last] },
    leftAxis(frame, {
      ticks: y.ticks.map((tick) => ({ ...tick, text: valueText(tick.value, 'ratio') })),
      label: 'share of runs',
    }),
    bottomAxis(frame, { ticks: x.ticks.map((tick) => ({ ...tick, text: valueText(tick.value, 'ns') })), label }),
    ...series.map((one, i) => drawCurve(one, { place: i, x, y, last })),
  )
}

/** Where nothing happens any more; with censored runs a little further, so that the plateau is seen. */
function endOf({ steps, horizon, censored }: Curve): number {
  const last = steps.at(-1)?.time ?? horizon
  return censored > 0 ? Math.min(horizon, last * 1.3) : last * 1.02
}

interface Drawing {
  readonly place: number
  readonly x: Scale
  readonly y: Scale
  readonly last: number
}

function drawCurve({ name, point, curve: { steps, censored, count } }: CurveSeries, { place, x, y, last }: Drawing): string {
  const kind = `series-${String(place % SERIES)}`
  const stairs = (of: (step: Curve['steps'][number]) => number): (readonly [number, number])[] => {
    const points: (readonly [number, number])[] = [[x.at(0), y.at(0)]]
    let before = 0
    for (const step of steps) {
      points.push([x.at(step.time), y.at(before)], [x.at(step.time), y.at(1 - of(step))])
      before = 1 - of(step)
    }
    points.push([x.at(last), y.at(before)])
    return points
  }
  const band = `${pathThrough(stairs(({ low }) => low))}${pathThrough(stairs(({ high }) => high).reverse()).replace('M', 'L')}Z`
  const mark =
    censored > 0
      ? [
          textAt(x.at(last) - 4, y.at(1 - (steps.at(-1)?.survival ?? 1)) - 6, `${String(censored)} of ${String(count)} never`, {
            'text-anchor': 'end',
            class: 'tick',
          }),
        ]
      : []
  return element(
    'g',
    pointAttribute(point),
    element('title', {}, name),
    element('path', { d: band, class: `${kind} band` }),
    element('path', { d: pathThrough(stairs(({ survival }) => survival)), class: `${kind} line` }),
    ...mark,
  )
}

/** The curve of values of which NaN were watched for `observed` in vain. */
export function curveOf(values: ArrayLike<number>, observed: ArrayLike<number>, confidence: number): Curve {
  const observations: Observation[] = []
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i]!)) observations.push({ time: values[i]!, ended: true })
    else if (!Number.isNaN(observed[i]!)) observations.push({ time: observed[i]!, ended: false })
  }
  return kaplanMeier(observations, confidence)
}
