// The state tables of RFC 2661 7 as the catalogue tells them, in the names of our tables: which machine, which events, which
// messages an action sends.

import { catalogue, type TableRow } from './catalogue.ts'

export interface TableCase {
  readonly requirement: string
  readonly machine: string
  readonly state: string
  readonly on: string
  /** Of events that a guard divides. */
  readonly acceptable: boolean | undefined
  readonly row: TableRow
}

const machineOf: Readonly<Record<string, string>> = {
  'Control connection': 'control-connection',
  'LAC incoming call': 'incoming-call-lac',
  'LNS incoming call': 'incoming-call-lns',
  'LAC outgoing call': 'outgoing-call-lac',
  'LNS outgoing call': 'outgoing-call-lns',
}

const eventOf: Readonly<Record<string, string>> = {
  'local open request': 'local-open',
  'local open request (new call)': 'local-open',
  'receive SCCRQ and lose tie-breaker': 'lose-tie',
  'admin tunnel close': 'admin-close',
  'bearer ring or ready to indicate incoming connection': 'bearer-ring',
  'tunnel-open': 'tunnel-open',
  'bearer line drop or local close request': 'local-close',
  'local close request or bearer line drop': 'local-close',
  'local close request': 'local-close',
  'bearer answer and framing detected': 'bearer-answer',
  'bearer failure': 'bearer-failure',
}

function event(text: string): { readonly on: string; readonly acceptable: boolean | undefined } {
  const received = /^receive ([A-Za-z]+)( acceptable| not acceptable)?$/.exec(text)
  if (received === null) return { on: named(eventOf, text), acceptable: undefined }
  const [, type = '', verdict] = received
  return { on: `rcv-${type}`, acceptable: verdict === undefined ? undefined : verdict === ' acceptable' }
}

function named(names: Readonly<Record<string, string>>, text: string): string {
  const name = names[text]
  if (name === undefined) throw new Error(`the catalogue says '${text}', which has no name here`)
  return name
}

/** Every pair of state and event of every row of RFC 2661 7. */
export const tableCases: readonly TableCase[] = catalogue(2661).flatMap(({ id: requirement, section, row }) => {
  if (row === undefined || !section.startsWith('7.')) return []
  const machine = named(machineOf, row.table)
  return row.states.flatMap((state) => row.events.map((text) => ({ requirement, machine, state, ...event(text), row })))
})

/** The messages that the row's actions send, in order. */
export const messagesOf = ({ actions }: TableRow): readonly string[] =>
  actions.flatMap((action) => /^send ([A-Z][A-Za-z]+)$/.exec(action)?.[1] ?? [])
