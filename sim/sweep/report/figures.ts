// The figures of one response: curves or scatter over the factors, heat maps, distributions, and when times come to their end.

import type { Judgement } from '../estimate.ts'
import { textOf } from '../level.ts'
import type { ResponseSummary } from '../summary.ts'
import type { ResultTable } from '../table.ts'
import { curveChart, curveOf } from './curve-chart.ts'
import { escaped, valueText } from './format.ts'
import { heatMap } from './heat-map.ts'
import { lineChart, yExtent, type Series } from './line-chart.ts'
import { heatLayoutOf, layoutOf, mainExtent, representatives, seriesIn, type Layout, type Panel } from './panels.ts'
import { pointName } from './names.ts'
import { scatterChart } from './scatter-chart.ts'
import { extentOf } from './scale.ts'
import { stripChart } from './strip-chart.ts'
import { element, marker, SERIES } from './svg.ts'

const MOST_PANELS = 12
const WIDE = 1000
const NARROW = 500

export function figuresOf(table: ResultTable, summary: ResponseSummary, index: number): string {
  const { plan } = table
  if (plan.points.length === 1) return distributionFigures(table, summary, index)
  if (plan.study.design.kind !== 'grid') return scatterFigures(table, summary) + distributionFigures(table, summary, index)
  const layout = layoutOf(plan)
  return lineFigure(table, summary, layout) + heatFigure(table, summary) + distributionFigures(table, summary, index)
}

const figure = (caption: string, ...inside: readonly string[]): string =>
  `<figure>${inside.join('')}<figcaption>${escaped(caption)}</figcaption></figure>`

function panelsHtml(panels: readonly { readonly title: string; readonly svg: string }[]): string {
  const html = panels.map(
    ({ title, svg }) => `<div class="panel">${title === '' ? '' : `<p class="title">${escaped(title)}</p>`}${svg}</div>`,
  )
  return `<div class="panels">${html.join('')}</div>`
}

function legend(names: readonly string[]): string {
  if (names.length < 2) return ''
  const items = names.map((name, i) => {
    const line = element('path', { d: 'M0 8H28', class: `series-${String(i % SERIES)} line` })
    const svg = `<svg width="28" height="16" aria-hidden="true">${line}${marker(i, 14, 8, '')}</svg>`
    return `<li>${svg}${escaped(name)}</li>`
  })
  return `<ul class="legend">${items.join('')}</ul>`
}

/** What the main value of a response is, in a caption. */
function whatIs({ points }: ResponseSummary, confidence: number): string {
  const kinds = new Set(points.map(({ what }) => what))
  const what =
    kinds.size === 1
      ? points[0]?.what === 'mean'
        ? 'Means'
        : points[0]?.what === 'median'
          ? 'Medians'
          : 'Proportions'
      : 'Means, and medians where some runs never came to their end'
  return `${what} with ${shortPercent(confidence)} confidence intervals`
}

const shortPercent = (share: number): string => `${String(Math.round(share * 10000) / 100)} %`

function lineFigure(table: ResultTable, summary: ResponseSummary, layout: Layout): string {
  const { x, panels } = layout
  const { response, points } = summary
  if (x === undefined) return ''
  const shown = panels.slice(0, MOST_PANELS)
  const all = shown.map((panel) => seriesOf(panel, layout, points))
  const extent = yExtent(all.flat())
  const xValues = all.flat().flatMap((series) => series.points.map((point) => point.x))
  const width = shown.length === 1 ? WIDE * 0.8 : NARROW
  const charts = shown.map((panel, i) => {
    const title = `${response.label}${panel.title === '' ? '' : `, ${panel.title}`}`
    const y = { label: response.label, unit: response.unit, extent }
    return { title: panel.title, svg: lineChart({ title, x: x.axis, y, series: all[i]!, xValues, width }) }
  })
  const more = panels.length > MOST_PANELS ? ` The first ${String(MOST_PANELS)} of ${String(panels.length)} panels.` : ''
  const caption = `${whatIs(summary, table.plan.study.confidence)}.${more}`
  return figure(caption, legend(seriesIn(shown[0]!, layout).map(({ name }) => name)), panelsHtml(charts))
}

function seriesOf(panel: Panel, layout: Layout, judgements: readonly Judgement[]): readonly Series[] {
  const { x } = layout
  return seriesIn(panel, layout).map(({ name, points }) => ({
    name,
    points: points.map((point) => ({
      x: x?.numberOf(point) ?? 0,
      point,
      text: x === undefined ? '' : `${x.label} ${x.axis.texts[x.placeOf(point)] ?? ''}`,
      bounds: judgements[point]!.main,
    })),
  }))
}

function heatFigure(table: ResultTable, { response, points }: ResponseSummary): string {
  const layout = heatLayoutOf(table.plan)
  if (layout === undefined) return ''
  const { columns, rows, panels } = layout
  const extent = mainExtent(points)
  const charts = panels.slice(0, MOST_PANELS).map((panel) => ({
    title: panel.title,
    svg: heatMap({
      title: `${response.label}${panel.title === '' ? '' : `, ${panel.title}`}`,
      columns: { label: columns.label, texts: columns.axis.texts },
      rows: { label: rows.label, texts: rows.axis.texts },
      cells: panel.points.map((point) => ({
        column: columns.placeOf(point),
        row: rows.placeOf(point),
        point,
        bounds: points[point]!.main,
        title: pointName(table.plan, point),
      })),
      unit: response.unit,
      extent,
    }),
  }))
  return figure(
    `Colours run from ${valueText(extent.low, response.unit)} (dark) to ${valueText(extent.high, response.unit)} (light).`,
    panelsHtml(charts),
  )
}

/** Mean of each point against each factor. */
function scatterFigures({ plan }: ResultTable, { response, points }: ResponseSummary): string {
  const charts = plan.study.factors.flatMap((factor, i) => {
    if (factor.measure === 'category') return []
    const marks = plan.points.flatMap(({ index, levels }) => {
      const value = points[index]!.main.value
      return value === null || Number.isNaN(value)
        ? []
        : [{ x: Number(levels[i]!.value), y: value, point: index, title: `${pointName(plan, index)}: ${valueText(value, response.unit)}` }]
    })
    const options = {
      title: `${response.label} against ${factor.label}`,
      x: { label: factor.label, isLog: factor.isLog, textOf: (value: number) => textOf(value, factor.measure) },
    }
    return [
      { title: '', svg: scatterChart({ ...options, y: { label: response.label, unit: response.unit }, marks, width: NARROW }) },
    ]
  })
  return figure('Each dot is one point of the design: the mean of its runs.', panelsHtml(charts))
}

const MOST_CURVES = 6
const MOST_STRIPS = 14

function distributionFigures(table: ResultTable, { response }: ResponseSummary, index: number): string {
  const { plan } = table
  if (response.kind === 'proportion') return ''
  const layout = layoutOf(plan)
  const few = representatives(plan, layout, MOST_CURVES)
  const some = representatives(plan, layout, MOST_STRIPS)
  const colourOf = (point: number): number => layout.series?.placeOf(point) ?? 0
  const curves = few.map((point) => ({
    name: pointName(plan, point),
    point,
    curve: curveOf(table.values(point, index), table.observed(point), plan.study.confidence),
  }))
  const chosen = some.length < plan.points.length ? ' Points chosen from the ends and the middle; all are in the table.' : ''
  const known = some.map((point) => ({
    name: pointName(plan, point),
    point,
    series: colourOf(point),
    values: [...table.values(point, index)].filter((value) => !Number.isNaN(value)),
  }))
  const rows = known.filter(({ values }) => values.length > 0)
  const extent = extentOf(rows.flatMap(({ values }) => values))
  const strips =
    rows.length === 0 || extent.low === extent.high
      ? ''
      : figure(
          `Every run as a dot; the box is the middle half, the line the median.${chosen}`,
          stripChart({
            title: `Distribution of ${response.label}`,
            label: response.label,
            unit: response.unit,
            rows,
            width: WIDE,
          }),
        )
  if (response.kind !== 'time' || curves.every(({ curve }) => curve.count === 0)) return strips
  const caption =
    'Share of runs that have come to their end by then (Kaplan–Meier), with its confidence band. ' +
    'What stays away at the right never came while the run was watched.'
  return (
    strips +
    figure(
      caption,
      legend(curves.map(({ name }) => name)),
      curveChart({
        title: `When ${response.label} comes`,
        label: response.label,
        series: curves.filter(({ curve }) => curve.count > 0),
        width: WIDE * 0.8,
      }),
    )
  )
}
