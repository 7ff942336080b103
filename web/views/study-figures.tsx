// The figures of a study: those of the report, drawn by the worker, in a shadow of the page so that their style is theirs alone. A click
// on a mark chooses the runs behind it; dragging over a figure chooses those of a region.

import { useSignalEffect } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { choose, chosen, openRun, shownStudy, study } from '../study.ts'
import { isDark } from '../theme.ts'

/** Shorter pulls are clicks. */
const LEAST_PULL = 5

interface Pull {
  readonly chart: SVGSVGElement
  readonly x: number
  readonly y: number
  readonly frame: HTMLElement
}

let pull: Pull | undefined

const svgOf = (event: Event): SVGSVGElement | undefined =>
  event.composedPath().find((element): element is SVGSVGElement => element instanceof SVGSVGElement && element.role === 'img')

const pointOf = (element: Element): number => Number(element.getAttribute('data-point'))

const marked = (event: Event): Element | undefined =>
  event.composedPath().find((element): element is Element => element instanceof Element && element.hasAttribute('data-point'))

function press(event: PointerEvent): void {
  const chart = svgOf(event)
  if (chart === undefined || event.button !== 0) return
  const frame = document.createElement('div')
  frame.className = 'region'
  chart.getRootNode().appendChild(frame)
  pull = { chart, x: event.clientX, y: event.clientY, frame }
  ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
  event.preventDefault()
}

function move({ clientX, clientY }: PointerEvent): void {
  if (pull === undefined) return
  const { left, top, width, height } = rectangle(pull, clientX, clientY)
  const sides = Object.entries({ left, top, width, height })
  for (const [side, pixels] of sides) pull.frame.style.setProperty(side, `${String(pixels)}px`)
}

function rectangle({ x, y }: Pull, clientX: number, clientY: number): DOMRect {
  return new DOMRect(Math.min(x, clientX), Math.min(y, clientY), Math.abs(x - clientX), Math.abs(y - clientY))
}

function release(event: PointerEvent): void {
  const held = pull
  pull = undefined
  if (held === undefined) return
  held.frame.remove()
  const area = rectangle(held, event.clientX, event.clientY)
  if (area.width < LEAST_PULL && area.height < LEAST_PULL) {
    const root = held.chart.getRootNode() as ShadowRoot
    const mark = root.elementFromPoint(event.clientX, event.clientY)?.closest('[data-point]')
    if (mark !== null && mark !== undefined) choosePoints([pointOf(mark)], undefined)
  } else chooseRegion(held.chart, area)
}

function cancel(): void {
  pull?.frame.remove()
  pull = undefined
}

/** All marks in the region; where the figure shows values along its width, only runs with values between its sides. */
function chooseRegion(chart: SVGSVGElement, area: DOMRect): void {
  const marks = [...chart.querySelectorAll('[data-point]')].filter((mark) => meets(mark.getBoundingClientRect(), area))
  const points = [...new Set(marks.map(pointOf))]
  const scale = chart.dataset['values']?.split(' ').map(Number)
  if (points.length > 0 || scale !== undefined) choosePoints(points, scale === undefined ? undefined : between(chart, scale, area))
}

function between(chart: SVGSVGElement, [x0 = 0, value0 = 0, x1 = 1, value1 = 1]: readonly number[], area: DOMRect): [number, number] {
  const box = chart.getBoundingClientRect()
  const valueAt = (clientX: number): number => {
    const x = ((clientX - box.left) / box.width) * chart.viewBox.baseVal.width
    return value0 + ((x - x0) / (x1 - x0)) * (value1 - value0)
  }
  return [valueAt(area.left), valueAt(area.right)]
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
.region{position:fixed;z-index:9;border:1px solid var(--link);background:var(--link);opacity:.2;pointer-events:none}
h2{margin:4px 0;border:0;padding:0}figure{margin:.6rem 0}svg[role=img]{cursor:crosshair;touch-action:none;user-select:none}
svg [data-point]{cursor:pointer}
.all{font-size:13px}.legend,.help,figcaption,table,.facts{font-size:12px}h2{font-size:15px}h3{font-size:13px}
[data-chosen] rect,[data-chosen].mark,[data-chosen] .mark{stroke:var(--ink);stroke-width:2.5}`

export function StudyFigures(): JSX.Element {
  const host = useRef<HTMLDivElement>(null)
  const draw = (): void => {
    const root = host.current?.shadowRoot
    const shown = shownStudy.value
    if (root === null || root === undefined || pull !== undefined) return
    const closed = new Set([...root.querySelectorAll('details:not([open]) summary')].map(({ textContent }) => textContent))
    root.innerHTML = shown === undefined ? '' : `<style>${shown.style}${OWN_STYLE}</style><div class="all">${shown.html}</div>`
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
      onPointerDown={press}
      onPointerMove={move}
      onPointerUp={release}
      onPointerCancel={cancel}
      onClick={click}
    />
  )
}
