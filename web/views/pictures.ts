// Pictures of the views: the canvas views are drawn anew with a pen that writes SVG, the others are SVG already. PNG is made from SVG.

import { drawLadder } from '../draw/ladder.ts'
import { SvgPen } from '../draw/svg-pen.ts'
import { drawTimeline } from '../draw/timeline.ts'
import { model } from '../state.ts'
import { palette } from '../theme.ts'
import { ladderScene } from './ladder.tsx'
import { timelineScene } from './timelines.tsx'

export type PictureView = 'timelines' | 'ladder' | 'machines' | 'topology' | 'metrics'

interface Drawing {
  readonly svg: string
  readonly width: number
  readonly height: number
}

export async function pictureOf(view: PictureView, kind: 'svg' | 'png'): Promise<Blob> {
  const drawing = drawingOf(view)
  const svg = new Blob([drawing.svg], { type: 'image/svg+xml' })
  return kind === 'svg' ? svg : rastered(svg, drawing)
}

function drawingOf(view: PictureView): Drawing {
  const box = document.querySelector<HTMLElement>(`[data-view=${view}]`)
  const run = model.peek()
  if (box === null || run === undefined) return { svg: '<svg xmlns="http://www.w3.org/2000/svg"/>', width: 1, height: 1 }
  const size = { width: box.clientWidth, height: box.clientHeight }
  const pen = new SvgPen()
  if (view === 'timelines') {
    drawTimeline(pen, timelineScene(run, size))
    const axis = box.querySelector<SVGElement>('.axis > g')
    if (axis !== null) pen.add(new XMLSerializer().serializeToString(styled(axis)))
  } else if (view === 'ladder') {
    const scene = ladderScene(run, size)
    if (scene !== undefined) drawLadder(pen, scene)
  } else return copied(box)
  return { svg: pen.document(size, palette.peek().ground), ...size }
}

const STYLES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linejoin',
  'paint-order',
  'font-family',
  'font-size',
  'font-weight',
  'display',
  'text-anchor',
  'opacity',
] as const

/** A part of a drawing of the page with its styles written into it. */
function styled<T extends SVGElement>(original: T): T {
  const copy = original.cloneNode(true) as T
  const [from, to] = [original.querySelectorAll<SVGElement>('*'), copy.querySelectorAll<SVGElement>('*')]
  from.forEach((element, i) => {
    const style = getComputedStyle(element)
    for (const name of STYLES) to[i]!.style.setProperty(name, style.getPropertyValue(name))
  })
  return copy
}

/** An SVG of the page. */
function copied(box: HTMLElement): Drawing {
  const original = box.querySelector('svg')
  if (original === null) return { svg: '<svg xmlns="http://www.w3.org/2000/svg"/>', width: 1, height: 1 }
  const copy = styled(original)
  const { width, height } = original.getBoundingClientRect()
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  copy.setAttribute('style', `background: ${palette.peek().ground}; font-family: system-ui, sans-serif`)
  return { svg: new XMLSerializer().serializeToString(copy), width, height }
}

/** At twice the size, for sharp print. */
async function rastered(svg: Blob, { width, height }: Drawing): Promise<Blob> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await svg.text())}`
  await image.decode()
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: width * 2, height: height * 2 })
  canvas.getContext('2d')?.drawImage(image, 0, 0, width * 2, height * 2)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error('the browser made no picture'))
      else resolve(blob)
    }, 'image/png')
  })
}
