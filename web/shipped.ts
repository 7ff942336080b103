// The scenarios that ship, as the page offers them: in reading order, with what each shows.

/// <reference types="vite/client" />

import { byReadingOrder, folderOf } from '../sim/scenario/reading-order.ts'

const files = import.meta.glob<string>(['../scenarios/*/*.yaml', '!../scenarios/studies/*.yaml'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

export interface Shipped {
  /** `failover/lns-control-failure`. */
  readonly name: string
  readonly group: string
  readonly title: string
  readonly text: string
}

export const shipped: readonly Shipped[] = Object.entries(files)
  .map(([path, text]): Shipped => {
    const name = path.replace('../scenarios/', '').replace(/\.yaml$/, '')
    return {
      name,
      group: folderOf(name),
      title: /^name:\s*(.+)$/m.exec(text)?.[1]?.replace(/^['"]|['"]$/g, '') ?? name,
      text,
    }
  })
  .sort((a, b) => byReadingOrder(a.name, b.name))

export const DEFAULT_SCENARIO = 'failover/lns-control-failure'
