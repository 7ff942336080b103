// Questions as they are when somebody opens something: a scenario that ships, or a text of one's own, with nothing changed in it.

/// <reference types="vite/client" />

import { signal } from '@preact/signals'
import type { Shipped } from './shipped.ts'
import type { Inquiry } from './state.ts'

const NOTHING = { changes: [], interventions: [], seed: undefined } as const

/** What the page opens with, so that its text comes with the page. */
export const DEFAULT_SCENARIO = 'failover/lns-control-failure'
const first = import.meta.glob<string>('../scenarios/failover/lns-control-failure.yaml', { query: '?raw', import: 'default', eager: true })

/** The scenarios that ship, once they have been fetched. */
export const shipped = signal<readonly Shipped[]>([])

export async function fetchShipped(): Promise<readonly Shipped[]> {
  shipped.value = (await import('./shipped.ts')).shipped
  return shipped.value
}

/** The question that a shipped scenario stands for; that of the default scenario where there is none of this name. */
export async function inquiryFor(name: string): Promise<Inquiry> {
  const found = name === DEFAULT_SCENARIO ? undefined : (await fetchShipped()).find((scenario) => scenario.name === name)
  const known = found?.name ?? DEFAULT_SCENARIO
  return { shipped: known, text: found?.text ?? Object.values(first)[0] ?? '', fileName: `${known}.yaml`, ...NOTHING }
}

export function inquiryOfText(text: string, fileName: string): Inquiry {
  return { shipped: undefined, text, fileName, ...NOTHING }
}
