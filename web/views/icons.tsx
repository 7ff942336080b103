// The few icons, as paths on a 16 by 16 grid.

import type { JSX } from 'preact'

const paths = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9.5 2.5h3v11h-3z',
  start: 'M3 3h2v10H3zM13 3v10L6 8z',
  end: 'M11 3h2v10h-2zM3 3v10l7-5z',
  back: 'M11 3v10L4 8z',
  forward: 'M5 3v10l7-5z',
  undo: 'M6 3 2 7l4 4V8h4a3 3 0 0 1 0 6H7v1.5h3a4.5 4.5 0 0 0 0-9H6z',
  redo: 'M10 3l4 4-4 4V8H6a3 3 0 0 0 0 6h3v1.5H6a4.5 4.5 0 0 1 0-9h4z',
  share: 'M11 2 15 6l-4 4V7.5C7 7.5 4 9 2 13c.5-5 3.5-8.3 9-8.5z',
  save: 'M7 2h2v6h3l-4 4.5L4 8h3zM2 13h12v1.5H2z',
  help: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM7.2 11h1.6v1.6H7.2zM5 6.5Q5 3.6 8 3.6t3 2.6-2 3.8H7.3q0-2 2-4 0-1-1-1T6.6 6.5z',
  theme: 'M8 1.5a6.5 6.5 0 1 0 0 13zM8 1.5a6.5 6.5 0 0 1 0 13V13a5 5 0 0 0 0-10z',
  panel: 'M1.5 2.5h13v11h-13zM3 4v8h3V4zM7.5 4v8H13V4z',
  close: 'M3.5 2.5 8 7l4.5-4.5 1 1L9 8l4.5 4.5-1 1L8 9l-4.5 4.5-1-1L7 8 2.5 3.5z',
  fork: 'M4 1.5a1.8 1.8 0 0 1 .8 3.4V6h6.4V4.9a1.8 1.8 0 1 1 1.4 0V7.4H8.7v2.7a1.8 1.8 0 1 1-1.4 0V7.4H3.4V4.9A1.8 1.8 0 0 1 4 1.5z',
  guide: 'M2 2.5h5L8 3.5l1-1h5v10.5H9.5L8 14l-1.5-1H2zM3.5 4v7.5H7L7.3 12V4.5L6.7 4zM12.5 4H9.3l-.6.5V12l.3-.5h3.5z',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class='icon' viewBox='0 0 16 16' width='16' height='16' aria-hidden='true'>
      <path d={paths[name]} fill='currentColor' fill-rule='evenodd' />
    </svg>
  )
}
