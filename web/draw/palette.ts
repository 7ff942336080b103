// Colours and textures. Every state has both, so that none is told by colour alone; the hues are chosen to differ in lightness and for
// eyes that confuse red and green (after Paul Tol's schemes).

import type { ShownPhase } from '../model/model.ts'

export type Texture = 'plain' | 'dots' | 'rising' | 'falling' | 'cross' | 'upright' | 'level' | 'hollow'

export interface PhaseLook {
  readonly words: string
  readonly texture: Texture
  readonly light: string
  readonly dark: string
}

/** In the order of the legend. */
export const phaseLooks: Readonly<Record<ShownPhase, PhaseLook>> = {
  establishing: { words: 'establishing', texture: 'dots', light: '#9fb3c8', dark: '#627d98' },
  established: { words: 'established', texture: 'plain', light: '#4477aa', dark: '#5a8fc4' },
  failed: { words: 'failed', texture: 'cross', light: '#2f2f38', dark: '#0b0b0f' },
  unnoticed: { words: 'peer failed, unnoticed', texture: 'rising', light: '#dd8833', dark: '#d98a3d' },
  waiting: { words: 'waiting for recovery', texture: 'upright', light: '#ddcc66', dark: '#cdbb55' },
  'taking-over': { words: 'taking over', texture: 'level', light: '#9b8bc4', dark: '#8f7fc0' },
  recovering: { words: 'recovering', texture: 'falling', light: '#aa3377', dark: '#c2558f' },
  synchronising: { words: 'reset, synchronising', texture: 'dots', light: '#33aadd', dark: '#3fb0e0' },
  recovered: { words: 'recovered, synchronised', texture: 'plain', light: '#228877', dark: '#33a594' },
  'given-up': { words: 'given up', texture: 'hollow', light: '#8a3b3b', dark: '#c47272' },
  closed: { words: 'closed', texture: 'hollow', light: '#b8bec6', dark: '#4d545e' },
}

export interface Palette {
  readonly dark: boolean
  readonly ground: string
  readonly raised: string
  readonly line: string
  readonly faint: string
  readonly text: string
  readonly muted: string
  readonly accent: string
  readonly fault: string
  readonly area: string
  readonly data: string
  readonly gap: string
  readonly hatch: string
  readonly lost: string
  readonly recovery: string
  readonly recovered: string
  readonly selection: string
  /** Words on a bar of states. */
  readonly onBar: string
}

const light: Palette = {
  dark: false,
  ground: '#ffffff',
  raised: '#f4f6f8',
  line: '#d5dae1',
  faint: '#eceff3',
  text: '#1c2430',
  muted: '#5a6675',
  accent: '#1f5fbf',
  fault: '#b3261e',
  area: '#a9c3e0',
  data: '#5b6b7f',
  gap: '#dd8833',
  hatch: 'rgba(255, 255, 255, 0.62)',
  lost: '#b3261e',
  recovery: '#aa3377',
  recovered: '#1d7a6b',
  selection: '#1f5fbf',
  onBar: '#ffffff',
}

const dark: Palette = {
  dark: true,
  ground: '#14171c',
  raised: '#1c2027',
  line: '#363d47',
  faint: '#22272f',
  text: '#e6e9ee',
  muted: '#9aa5b3',
  accent: '#7db1f5',
  fault: '#ff8a80',
  area: '#33516f',
  data: '#93a3b5',
  gap: '#d98a3d',
  hatch: 'rgba(255, 255, 255, 0.5)',
  lost: '#ff8a80',
  recovery: '#e08ab8',
  recovered: '#4cc2af',
  selection: '#7db1f5',
  onBar: '#10141a',
}

export const paletteFor = (isDark: boolean): Palette => (isDark ? dark : light)

export const phaseColour = ({ dark: isDark }: Palette, phase: ShownPhase): string => phaseLooks[phase][isDark ? 'dark' : 'light']
