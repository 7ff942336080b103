// Light or dark: as the system says, or as the user has chosen, which the browser remembers.

import { computed, effect, signal } from '@preact/signals'
import { paletteFor } from './draw/palette.ts'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'l2tpsim-theme'
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = signal(systemDark.matches)
systemDark.addEventListener('change', () => {
  systemIsDark.value = systemDark.matches
})

function remembered(): Theme {
  const known = read(KEY)
  return known === 'light' || known === 'dark' ? known : 'system'
}

/** Storage may be forbidden to the page; then nothing is remembered. */
export function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Nothing depends on it.
  }
}

export const theme = signal<Theme>(remembered())
/** Whether dark colours are shown, asked for or taken from the system. */
export const isDark = computed(() => (theme.value === 'system' ? systemIsDark.value : theme.value === 'dark'))
export const palette = computed(() => paletteFor(isDark.value))

effect(() => {
  document.documentElement.dataset['theme'] = isDark.value ? 'dark' : 'light'
})

export function nextTheme(): void {
  theme.value = theme.value === 'system' ? 'dark' : theme.value === 'dark' ? 'light' : 'system'
  remember(KEY, theme.value)
}
