// The part of a canvas context that the drawings use, so that the same drawing can be written as SVG (svg-pen.ts). No clipping and no
// images: a drawing keeps within its bounds by itself.

export type Pen = Pick<
  CanvasRenderingContext2D,
  | 'fillRect'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'closePath'
  | 'arc'
  | 'stroke'
  | 'fill'
  | 'fillText'
  | 'setLineDash'
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'globalAlpha'
>

export interface Size {
  readonly width: number
  readonly height: number
}

/** Width of a text in the page's small font, near enough to decide whether it fits. */
export const roughWidth = (text: string, fontSize = 11): number => text.length * fontSize * 0.56

/** A text, shortened so that it fits. */
export function fitted(text: string, width: number, fontSize = 11): string {
  const most = Math.floor(width / (fontSize * 0.56))
  return text.length <= most ? text : most < 3 ? '' : `${text.slice(0, most - 1)}…`
}
