// Questions as they are when somebody opens something: a scenario that ships, or a text of one's own, with nothing changed in it.

import { DEFAULT_SCENARIO, shipped } from './shipped.ts'
import type { Inquiry } from './state.ts'

const NOTHING = { changes: [], interventions: [], seed: undefined } as const

/** The question that a shipped scenario stands for. */
export function inquiryFor(name: string): Inquiry {
  const found =
    shipped.find((scenario) => scenario.name === name) ?? shipped.find((scenario) => scenario.name === DEFAULT_SCENARIO)
  const known = found?.name ?? ''
  return { shipped: known, text: found?.text ?? '', fileName: `${known}.yaml`, ...NOTHING }
}

export function inquiryOfText(text: string, fileName: string): Inquiry {
  return { shipped: undefined, text, fileName, ...NOTHING }
}
