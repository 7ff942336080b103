// The figures of a study: those of the report, drawn by the worker, in a shadow of the page so that their style is theirs alone. A click
// on a mark chooses the runs behind it; dragging over a figure chooses those of a region.

import { useSignalEffect } from '@preact/signals'
import { brush, scaleLinear, select, type D3BrushEvent, type Selection } from 'd3'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { choose, chosen, openRun, shownStudy, study } from '../study.ts'
import { isDark } from '../theme.ts'

type Brushing = D3BrushEvent<unknown>

const pointOf = (element: Element): number => Number(element.getAttribute('data-point'))

const marked = (event: Event): Element | undefined =>
  event.composedPath().find((element): element is Element => element instanceof Element && element.hasAttribute('data-point'))

/** A region is being pulled: the figures stand still meanwhile. */
let isPulled = false

/** A brush on a figure. It begins on any of its marks, too, so that these keep their words and their clicks. */
function brushOn(chart: SVGSVGElement): void {
  const view = select<SVGSVGElement, unknown>(chart)
  view.selectAll('*').datum({ type: 'overlay' })
  const region = brush<unknown>()
    .on('start', ({ sourceEvent }: Brushing) => {
      isPulled = sourceEvent !== undefined
    })
    .on('end', ({ selection, sourceEvent }: Brushing) => {
      if (sourceEvent === undefined) return
      isPulled = false
      if (selection === null) chooseAt(chart, sourceEvent as Event)
      else {
        chooseRegion(chart, selection as Region)
        region.clear(group)
      }
    })
  const group = view as unknown as Selection<SVGGElement, unknown, null, undefined>
  group.call(region).attr('fill', null).select('.overlay').lower()
}

type Region = [readonly [number, number], readonly [number, number]]

/** What is under a press that pulled nothing. */
function chooseAt(chart: SVGSVGElement, event: Event): void {
  const { clientX, clientY } = event instanceof MouseEvent ? event : (event as TouchEvent).changedTouches[0]!
  const mark = (chart.getRootNode() as ShadowRoot).elementFromPoint(clientX, clientY)?.closest('[data-point]')
  if (mark !== null && mark !== undefined) choosePoints([pointOf(mark)], undefined)
}

/** All marks in the region; where the figure shows values along its width, only runs with values between its sides. */
function chooseRegion(chart: SVGSVGElement, [[left], [right]]: Region): void {
  const area = chart.querySelector('.selection')?.getBoundingClientRect()
  if (area === undefined) return
  const marks = [...chart.querySelectorAll('[data-point]')].filter((mark) => meets(mark.getBoundingClientRect(), area))
  const points = [...new Set(marks.map(pointOf))]
  const values = chart.dataset['values']?.split(' ').map(Number)
  if (points.length > 0 || values !== undefined) choosePoints(points, values === undefined ? undefined : between(values, left, right))
}

function between([x0 = 0, value0 = 0, x1 = 1, value1 = 1]: readonly number[], left: number, right: number): [number, number] {
  const value = scaleLinear([x0, x1], [value0, value1])
  return [value(left), value(right)]
}

const meets = (a: DOMRect, b: DOMRect): boolean => a.left <= b.right && a.right >= b.left && a.top <= b.bottom && a.bottom >= b.top

function choosePoints(points: readonly number[], bounds: [number, number] | undefined): void {
  const names = study.peek()?.points ?? []
  const [first = 0] = points
  const where = points.length === 1 ? (names[first] ?? '') : `${String(points.length)} points`
  void choose({ points, between: bounds, words: bounds === undefined ? where : `${where}, within what was drawn` })
}

/** Links to runs open them here. */
function click(event: MouseEvent): void {
  const link = marked(event)
  const seed = link?.getAttribute('data-seed')
  if (link === undefined || seed === null || seed === undefined) return
  event.preventDefault()
  void openRun(pointOf(link), seed)
}

const OWN_STYLE = `:host{--page:var(--ground)}
.overlay,.handle{fill:none}.selection{stroke:var(--link);fill:var(--link);fill-opacity:.2}
h2{margin:4px 0;border:0;padding:0}figure{margin:.6rem 0}svg[role=img]{cursor:crosshair;touch-action:none;user-select:none}
svg [data-point]{cursor:pointer}
.all{font-size:13px}.legend,.help,figcaption,table,.facts{font-size:12px}h2{font-size:15px}h3{font-size:13px}
[data-chosen] rect,[data-chosen].mark,[data-chosen] .mark{stroke:var(--ink);stroke-width:2.5}`

export function StudyFigures(): JSX.Element {
  const host = useRef<HTMLDivElement>(null)
  const draw = (): void => {
    const root = host.current?.shadowRoot
    const shown = shownStudy.value
    if (root === null || root === undefined || isPulled) return
    const closed = new Set([...root.querySelectorAll('details:not([open]) summary')].map(({ textContent }) => textContent))
    root.innerHTML = shown === undefined ? '' : `<style>${shown.style}${OWN_STYLE}</style><div class="all">${shown.html}</div>`
    root.querySelectorAll<SVGSVGElement>('svg[role=img]').forEach(brushOn)
    root.querySelectorAll('details').forEach((details) => {
      const { textContent = '' } = details.querySelector('summary') ?? {}
      details.open = closed.size > 0 && !closed.has(textContent)
    })
  }
  const mark = (): void => {
    const [points, shown] = [chosen.value?.points, shownStudy.value]
    host.current?.shadowRoot?.querySelectorAll('svg [data-point]').forEach((element) => {
      element.toggleAttribute('data-chosen', shown !== undefined && points?.includes(pointOf(element)) === true)
    })
  }
  useEffect(() => {
    if (host.current !== null && host.current.shadowRoot === null) host.current.attachShadow({ mode: 'open' })
    draw()
  }, [])
  useSignalEffect(draw)
  useSignalEffect(mark)
  return (
    <div
      ref={host}
      class='study-figures'
      data-theme={isDark.value ? 'dark' : 'light'}
      data-runs={shownStudy.value?.runs}
      tabIndex={0}
      role='region'
      aria-label='Figures of the study'
      onClick={click}
    />
  )
}
