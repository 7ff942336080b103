// A pen that writes SVG: the drawings of the canvas views as a file that stays sharp at any size.

import type { Pen, Size } from './pen.ts'

const round = (n: number): string => String(Math.round(n * 100) / 100)
const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

const anchors: Readonly<Record<string, string>> = { center: 'middle', right: 'end', end: 'end' }

export class SvgPen implements Pen {
  fillStyle: Pen['fillStyle'] = '#000'
  strokeStyle: Pen['strokeStyle'] = '#000'
  lineWidth = 1
  font = '11px sans-serif'
  textAlign: CanvasTextAlign = 'left'
  textBaseline: CanvasTextBaseline = 'alphabetic'
  globalAlpha = 1
  private dash: readonly number[] = []
  private path = ''
  private readonly parts: string[] = []

  fillRect(x: number, y: number, width: number, height: number): void {
    const box = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`
    this.parts.push(`<rect ${box} fill="${this.colour(this.fillStyle)}"${this.opacity()}/>`)
  }

  beginPath(): void {
    this.path = ''
  }

  moveTo(x: number, y: number): void {
    this.path += `M${round(x)} ${round(y)}`
  }

  lineTo(x: number, y: number): void {
    this.path += `${this.path === '' ? 'M' : 'L'}${round(x)} ${round(y)}`
  }

  closePath(): void {
    this.path += 'Z'
  }

  /** Whole circles only, which is all the drawings use. */
  arc(x: number, y: number, radius: number): void {
    const [left, r, across] = [round(x - radius), round(radius), round(2 * radius)]
    this.path += `M${left} ${round(y)}a${r} ${r} 0 1 0 ${across} 0a${r} ${r} 0 1 0 -${across} 0`
  }

  stroke(): void {
    const dash = this.dash.length === 0 ? '' : ` stroke-dasharray="${this.dash.join(' ')}"`
    const stroke = `stroke="${this.colour(this.strokeStyle)}" stroke-width="${round(this.lineWidth)}"${dash}`
    this.parts.push(`<path d="${this.path}" fill="none" ${stroke}${this.opacity()}/>`)
  }

  fill(): void {
    this.parts.push(`<path d="${this.path}" fill="${this.colour(this.fillStyle)}"${this.opacity()}/>`)
  }

  fillText(text: string, x: number, y: number): void {
    const [, weight = '', size = '11px'] = /^(bold |600 )?.*?([\d.]+px)/.exec(this.font) ?? []
    const shift = this.textBaseline === 'middle' ? ' dominant-baseline="central"' : ''
    const bold = weight === '' ? '' : ' font-weight="600"'
    const style = `font-size="${size}"${bold} text-anchor="${anchors[this.textAlign] ?? 'start'}"${shift}`
    const place = `x="${round(x)}" y="${round(y)}"`
    this.parts.push(`<text ${place} ${style} fill="${this.colour(this.fillStyle)}"${this.opacity()}>${escaped(text)}</text>`)
  }

  /** What is SVG already. */
  add(markup: string): void {
    this.parts.push(markup)
  }

  setLineDash(dash: readonly number[]): void {
    this.dash = [...dash]
  }

  /** The whole drawing as a document. */
  document({ width, height }: Size, background: string): string {
    const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}"`
    const ground = `<rect width="100%" height="100%" fill="${background}"/>`
    return `${open} font-family="system-ui, sans-serif">\n${ground}\n${this.parts.join('\n')}\n</svg>\n`
  }

  private colour(style: Pen['fillStyle']): string {
    return typeof style === 'string' ? style : '#000'
  }

  private opacity(): string {
    return this.globalAlpha === 1 ? '' : ` opacity="${round(this.globalAlpha)}"`
  }
}
