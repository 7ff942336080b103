// One tooltip for all views, beside the pointer.

import { signal } from '@preact/signals'
import type { JSX } from 'preact'

interface Tip {
  readonly x: number
  readonly y: number
  readonly lines: readonly string[]
}

const tip = signal<Tip | undefined>(undefined)

export function showTooltip(x: number, y: number, lines: readonly string[]): void {
  tip.value = lines.length === 0 ? undefined : { x, y, lines }
}

export function hideTooltip(): void {
  tip.value = undefined
}

export function Tooltip(): JSX.Element | null {
  const shown = tip.value
  if (shown === undefined) return null
  const right = shown.x > innerWidth - 300
  const low = shown.y > innerHeight - 140
  const place = {
    [right ? 'right' : 'left']: `${String(right ? innerWidth - shown.x + 12 : shown.x + 14)}px`,
    [low ? 'bottom' : 'top']: `${String(low ? innerHeight - shown.y + 12 : shown.y + 16)}px`,
  }
  return (
    <div class='tooltip' style={place} role='presentation'>
      {shown.lines.map((line, i) => (
        <div key={line} class={i === 0 ? 'tip-head' : ''}>
          {line}
        </div>
      ))}
    </div>
  )
}
