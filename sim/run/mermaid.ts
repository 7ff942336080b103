// The run as a Mermaid sequence diagram: endpoints as participants, control messages as arrows (dotted on a recovery tunnel,
// ending in a cross when lost), faults, resets and ends as notes. Bounded: a diagram of thousands of messages helps nobody.

import { formatInstant } from '../base/time.ts'
import type { Fold } from '../trace/record.ts'
import { conversation, type Conversation, type Entry, type Message, type Remark } from './conversation.ts'
import { marks } from './dialogue.ts'
import { hints } from './notation.ts'
import type { EndpointOf } from './tunnel-phases.ts'

export interface MermaidOptions {
  readonly endpointOf: EndpointOf
  /** Messages and notes at most; 500 when left out. */
  readonly limit?: number
  /** Heading of the diagram. */
  readonly title?: string
}

/** Folds the trace to the text of the diagram, line ends included. */
export function mermaid(options: MermaidOptions): Fold<string> {
  const talk = conversation({ endpointOf: options.endpointOf, limit: options.limit ?? 500 })
  return {
    kinds: talk.kinds ?? [],
    see: (record) => {
      talk.see(record)
    },
    end: (at) => diagram(talk.end(at), options),
  }
}

function diagram(talk: Conversation, options: MermaidOptions): string {
  const messages = talk.entries.filter((entry) => entry.entry === 'message')
  const endpoints = [...new Set(messages.flatMap(({ sender, receiver }) => [sender, receiver]))]
  const participants = new Map(endpoints.map((endpoint, i) => [endpoint, `p${String(i)}`]))
  const title = options.title === undefined ? [] : [`  title ${quoted(options.title)}`]
  const cut =
    talk.omitted === 0 ? [] : [`  ${note(participants, '', `… ${String(talk.omitted)} more messages and notes are left out`)}`]
  const lines = [
    'sequenceDiagram',
    ...title,
    ...[...participants].map(([endpoint, participant]) => `  participant ${participant} as ${quoted(endpoint)}`),
    ...(participants.size === 0 ? ['  participant nobody as no control message was sent'] : []),
    ...talk.entries.map((entry) => `  ${statement(entry, participants)}`),
    ...cut,
  ]
  return `${lines.join('\n')}\n`
}

type Participants = ReadonlyMap<string, string>

function statement(entry: Entry, participants: Participants): string {
  return entry.entry === 'message' ? arrow(entry, participants) : note(participants, entry.where, remarkText(entry))
}

function arrow(said: Message, participants: Participants): string {
  const line = said.track === 'recovery' ? '--' : '-'
  const head = said.fate === 'lost' ? 'x' : '>>'
  const from = participants.get(said.sender) ?? ''
  const to = participants.get(said.receiver) ?? ''
  return `${from}${line}${head}${to}: ${quoted(messageText(said))}`
}

const TRACKS = { tunnel: '', recovery: '(recovery)', recovered: '(recovered)' } as const

function messageText(said: Message): string {
  const { message, at, attempt } = said
  const again = attempt > 1 ? `retransmission ${String(attempt - 1)}` : ''
  const avps = message === undefined ? '' : hints(message, { sessions: 2 })
  const numbers = message === undefined ? '' : `Ns ${String(message.ns)} Nr ${String(message.nr)}`
  const parts = [formatInstant(at), message?.type ?? '?', TRACKS[said.track], numbers, avps, again, ...marks(said)]
  return parts.filter((part) => part !== '').join(' ')
}

function remarkText({ at, where, about, text }: Remark): string {
  return about === 'fault' ? `${formatInstant(at)} fault: ${text}` : `${formatInstant(at)} ${where} ${text}`
}

/** A note at its endpoint; over the whole width when it is about a link or everything. */
function note(participants: Participants, where: string, text: string): string {
  const all = [...participants.values()]
  const over = participants.get(where) ?? (all.length > 1 ? `${all[0] ?? ''},${all.at(-1) ?? ''}` : (all[0] ?? 'nobody'))
  return `Note over ${over}: ${quoted(text)}`
}

/** Mermaid ends a statement at a semicolon and begins an entity with a number sign; line ends would end the line. */
function quoted(text: string): string {
  return text
    .replace(/#/g, '#35;')
    .replace(/(?<!#35);/g, '#59;')
    .replace(/\s+/g, ' ')
}
