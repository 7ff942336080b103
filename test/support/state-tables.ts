// The state tables of RFC 2661 7 and RFC 3931 7 as the catalogues tell them, in the names of our tables: which machine, which events,
// which messages an action sends.

import { catalogue, type TableRow } from './catalogue.ts'

export interface TableCase {
  readonly requirement: string
  readonly machine: string
  readonly state: string
  readonly on: string
  /** Of events that a guard divides. */
  readonly acceptable: boolean | undefined
  readonly next: string
  readonly row: TableRow
}

type Names = Readonly<Record<string, string>>

const machineOf: Names = {
  'Control connection': 'control-connection',
  'LAC incoming call': 'incoming-call-lac',
  'LNS incoming call': 'incoming-call-lns',
  'LAC outgoing call': 'outgoing-call-lac',
  'LNS outgoing call': 'outgoing-call-lns',
  'ICRQ sender': 'incoming-call-lac',
  'ICRQ recipient': 'incoming-call-lns',
  'OCRQ sender': 'outgoing-call-lns',
  'OCRQ recipient (LAC)': 'outgoing-call-lac',
}

/** States that RFC 3931 calls otherwise. */
const stateOf: Names = { 'wait-control-conn': 'wait-tunnel' }

const eventOf: Names = {
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
  'administrative control-conn close event': 'admin-close',
  'call signal or ready to receive incoming connection': 'bearer-ring',
  'control-conn-open': 'tunnel-open',
  'call placement successful': 'bearer-answer',
  'call placement failed': 'bearer-failure',
}

/** Ties by how they end; the SCCRQ that loses or wins them may itself be acceptable or not. */
const ties: readonly (readonly [text: RegExp, on: string, acceptable: boolean | undefined])[] = [
  [/ and lose tie breaker and SCCRQ acceptable$/, 'lose-tie', true],
  [/ and lose tie breaker and SCCRQ unacceptable$/, 'lose-tie', false],
  [/ and lose tie breaker$/, 'lose-tie', undefined],
  [/ and win tie breaker$/, 'win-tie', undefined],
]

function event(text: string): { readonly on: string; readonly acceptable: boolean | undefined } {
  const tie = ties.find(([pattern]) => pattern.test(text))
  if (tie !== undefined) return { on: tie[1], acceptable: tie[2] }
  const received = /^receive ([A-Za-z]+)( acceptable| not acceptable)?$/.exec(text)
  if (received === null) return { on: named(eventOf, text), acceptable: undefined }
  const [, type = '', verdict] = received
  return { on: `rcv-${type}`, acceptable: verdict === undefined ? undefined : verdict === ' acceptable' }
}

function named(names: Names, text: string): string {
  const name = names[text]
  if (name === undefined) throw new Error(`the catalogue says '${text}', which has no name here`)
  return name
}

/** Every pair of state and event of every row of section 7 of an RFC. */
export const tableCases = (rfc: 2661 | 3931): readonly TableCase[] =>
  catalogue(rfc).flatMap(({ id: requirement, section, row }) => {
    if (row === undefined || !section.startsWith('7.')) return []
    const machine = named(machineOf, row.table)
    const own = (state: string): string => stateOf[state] ?? state
    return row.states.flatMap((state) =>
      row.events.map((text) => ({ requirement, machine, state: own(state), ...event(text), next: own(row.next), row })),
    )
  })

/** The messages that the row's actions send, in order. */
export const messagesOf = ({ actions }: TableRow): readonly string[] =>
  actions.flatMap((action) => /^send ([A-Z][A-Za-z]+)(?: for losing .*)?$/.exec(action)?.[1] ?? [])
