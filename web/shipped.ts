// The scenarios that ship, as the page offers them: in reading order, with what each shows. Only the first is wanted for the first picture;
// the others are fetched after it, by inquiries.ts.

/// <reference types="vite/client" />

import { byReadingOrder, folderOf } from '../sim/scenario/reading-order.ts'
import { titleOf } from './scenario-title.ts'

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
      title: titleOf(text) ?? name,
      text,
    }
  })
  .sort((a, b) => byReadingOrder(a.name, b.name))
