// The dialogue of a recovery as aligned text: one line a message, drawn as an arrow between the columns of its endpoints, with
// tunnel, Ns/Nr and the AVPs that matter; between them what happened without a message. From shortly before the first fault until
// the tunnels are synchronised or gone. What is kept is decided in conversation.ts; colours are the caller's.

import { formatInstant } from '../base/time.ts'
import type { Fold } from '../trace/record.ts'
import { conversation, isAcknowledgement, isKeepalive, type Conversation, type Entry, type Message, type Remark } from './conversation.ts'
import { avpLegend, hints } from './notation.ts'
import { wrapped } from './text-lines.ts'
import type { EndpointOf } from './tunnel-phases.ts'

/** What a line is about, for colours. */
export type LineStyle = 'ordinary' | 'recovery' | 'lost' | 'fault' | 'remark' | 'note'

export interface DialogueOptions {
  readonly endpointOf: EndpointOf
  /** Lines at most; 40 when left out. */
  readonly limit?: number
  /** Columns to fill if the lines need them; 100 when left out. */
  readonly width?: number
  readonly paint?: (text: string, style: LineStyle) => string
}

/** Messages shown before the first fault. */
const BEFORE = 2
/** Up to so many endpoints have a column each. */
const MAX_LANES = 4
const TRACKS = { tunnel: 'old', recovery: 'recovery', recovered: 'recovered' } as const

/** Folds the trace to the lines of the dialogue, without line ends. */
export function dialogue(options: DialogueOptions): Fold<readonly string[]> {
  const limit = Math.max(1, (options.limit ?? 40) - BEFORE)
  const talk = conversation({ endpointOf: options.endpointOf, limit, before: BEFORE, focus: true })
  return {
    kinds: talk.kinds ?? [],
    see: (record) => {
      talk.see(record)
    },
    end: (at) => dialogueLines(talk.end(at), options),
  }
}

interface Layout {
  readonly lanes: readonly string[]
  /** Columns from one lane to the next. */
  readonly gap: number
  readonly track: boolean
  readonly width: number
}

function dialogueLines(talk: Conversation, options: DialogueOptions): readonly string[] {
  const paint = options.paint ?? ((text) => text)
  const entries = untilSettled(talk)
  if (entries.length === 0) return ['no control message was sent']
  const layout = layoutOf(entries, options.width ?? 100)
  const lines = entries.map((entry) => paint(clipped(lineOf(entry, layout), layout.width), styleOf(entry)))
  return [
    paint(heading(layout), 'note'),
    ...lines,
    ...[...notes(talk), ...legend(entries, layout)].map((note) => paint(note, 'note')),
  ]
}

/**
 * Leaves out the keepalives that an idle tunnel ends with, but for the acknowledgements of what came last. HELLOs of one side
 * alone stay when they are lost: nobody answers.
 */
function untilSettled({ entries, omittedOfInterest }: Conversation): readonly Entry[] {
  if (omittedOfInterest > 0) return entries
  let end = entries.findLastIndex((entry) => !isKeepalive(entry)) + 1
  const rest = entries.slice(end).filter((entry) => entry.entry === 'message')
  const unanswered = new Set(rest.map(({ sender }) => sender)).size === 1 && rest.some(({ fate }) => fate === 'lost')
  if (end === 0 || unanswered) return entries
  for (let next = entries[end]; next !== undefined && isAcknowledgement(next); next = entries[end]) end++
  return entries.slice(0, end)
}

function layoutOf(entries: readonly Entry[], width: number): Layout {
  const messages = entries.filter((entry) => entry.entry === 'message')
  const endpoints = [...new Set(messages.flatMap(({ sender, receiver }) => [sender, receiver]))]
  const lanes = endpoints.length > MAX_LANES ? [] : endpoints
  return { lanes, gap: lanes.length <= 2 ? 24 : 16, track: messages.some(({ track }) => track !== 'tunnel'), width }
}

function heading({ lanes, gap, track }: Layout): string {
  const parties = lanes.length === 0 ? 'from → to'.padEnd(PARTIES) : laneHeading(lanes, gap)
  return `${'time'.padStart(12)}  ${parties}${track ? `  ${'tunnel'.padEnd(9)}` : ''}${'Ns/Nr'.padStart(12)}  AVPs`
}

/** Names over their lanes: the first begins at its lane, the others end there. */
function laneHeading(lanes: readonly string[], gap: number): string {
  const line = Array.from({ length: gap * (lanes.length - 1) + 1 }, () => ' ')
  for (const [i, lane] of lanes.entries()) {
    const name = lane.slice(0, Math.max(1, gap - 2))
    const start = i === 0 ? 0 : i === lanes.length - 1 ? line.length - name.length : i * gap - Math.floor(name.length / 2)
    line.splice(start, name.length, ...name)
  }
  return line.join('')
}

const PARTIES = 36

function lineOf(entry: Entry, layout: Layout): string {
  const time = formatInstant(entry.at).padStart(12)
  return entry.entry === 'remark' ? `${time}  ${remarkLine(entry, layout)}` : `${time}  ${messageLine(entry, layout)}`
}

function remarkLine({ where, about, text }: Remark, { lanes, gap }: Layout): string {
  const words = about === 'fault' ? `fault: ${text}` : `${where} ${text}`
  if (lanes.length === 0) return `● ${words}`
  const line = lanes
    .map((lane) => (lane === where ? '●' : about === 'fault' && !lanes.includes(where) ? '╪' : '│'))
    .join(' '.repeat(gap - 1))
  return `${line}  ${words}`
}

function messageLine(said: Message, layout: Layout): string {
  const { message } = said
  const parties = layout.lanes.length === 0 ? partiesText(said) : arrow(said, layout)
  const numbers = message === undefined ? '' : `${String(message.ns)}/${String(message.nr)}`
  const track = layout.track ? `  ${TRACKS[said.track].padEnd(9)}` : ''
  const remarks = [...marks(said), message === undefined ? '' : hints(message, { sessions: 2 })]
    .filter((text) => text !== '')
    .join('  ')
  return `${parties}${track}${numbers.padStart(12)}  ${remarks}`.trimEnd()
}

function label({ message, attempt }: Message): string {
  return `${message?.type ?? '?'}${attempt > 1 ? ' again' : ''}`
}

/** What became of a message beyond its arrival. */
export function marks(said: Pick<Message, 'fate' | 'why' | 'duplicates'>): readonly string[] {
  const lost = said.fate === 'lost' ? [`lost: ${said.why}`] : []
  const duplicated =
    said.duplicates > 0 ? [said.duplicates === 1 ? 'duplicated' : `duplicated ${String(said.duplicates)} times`] : []
  return [...lost, ...duplicated]
}

function partiesText(said: Message): string {
  return `${said.sender} → ${said.receiver}  ${label(said)}`.padEnd(PARTIES)
}

/** Lanes with an arrow from the sender's to the receiver's, cut short when the message is lost. */
function arrow(said: Message, { lanes, gap }: Layout): string {
  const from = lanes.indexOf(said.sender)
  const to = lanes.indexOf(said.receiver)
  const [left, right] = from < to ? [from, to] : [to, from]
  const span = shaft(said, Math.max(1, (right - left) * gap - 1), from < to)
  const spaces = ' '.repeat(gap - 1)
  const before = Array.from({ length: left + 1 }, () => '│').join(spaces)
  const after = Array.from({ length: lanes.length - right }, () => '│').join(spaces)
  return from === to ? [before, '↺', after].join('') : `${before}${span}${after}`
}

/** `───── SCCRQ ────▶`; a lost one ends in a cross at three quarters of its way. */
function shaft(said: Message, length: number, rightward: boolean): string {
  const lost = said.fate === 'lost'
  const reach = lost ? Math.ceil((length * 3) / 4) : length
  const text = ` ${label(said)} `
  const dashes = Math.max(0, reach - text.length - 1)
  const tail = Math.floor(dashes / 2)
  const head = lost ? '✗' : rightward ? '▶' : '◀'
  const drawn = rightward
    ? `${'─'.repeat(tail)}${text}${'─'.repeat(dashes - tail)}${head}`
    : `${head}${'─'.repeat(dashes - tail)}${text}${'─'.repeat(tail)}`
  return rightward ? drawn.padEnd(length) : drawn.padStart(length)
}

function styleOf(entry: Entry): LineStyle {
  if (entry.entry === 'remark') return entry.about === 'fault' ? 'fault' : 'remark'
  if (entry.fate === 'lost') return 'lost'
  return entry.track === 'recovery' ? 'recovery' : 'ordinary'
}

function notes({ focus, elsewhere, omitted, omittedOfInterest }: Conversation): readonly string[] {
  const more = omittedOfInterest > 0 ? [`… and ${String(omitted)} more lines`] : []
  if (focus === undefined || elsewhere === 0) return more
  return [
    ...more,
    `shown: tunnel ${String(focus.tunnel)} of ${focus.endpoint}; ${String(elsewhere)} lines about other tunnels left out`,
  ]
}

/** What the numbers of the AVPs stand for. */
function legend(entries: readonly Entry[], { width }: Layout): readonly string[] {
  const messages = entries.flatMap((entry) => (entry.entry === 'message' && entry.message !== undefined ? [entry.message] : []))
  const names = avpLegend(messages)
  return names.length === 0 ? [] : wrapped(`AVPs: ${names.join(', ')}`, width)
}

function clipped(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`
}
