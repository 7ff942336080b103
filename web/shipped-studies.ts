// The studies that ship, as the page offers them.

/// <reference types="vite/client" />

import { titleOf } from './scenario-title.ts'

const files = import.meta.glob<string>('../scenarios/studies/*.yaml', { query: '?raw', import: 'default', eager: true })

export interface ShippedStudy {
  /** `studies/recovery-time`. */
  readonly name: string
  readonly title: string
  readonly text: string
}

export const studies: readonly ShippedStudy[] = Object.entries(files)
  .map(([path, text]) => {
    const name = path.replace('../scenarios/', '').replace(/\.yaml$/, '')
    return { name, title: titleOf(text) ?? name, text }
  })
  .sort((a, b) => (a.name < b.name ? -1 : 1))
