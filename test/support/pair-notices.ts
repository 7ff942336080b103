// What the two cores of a Pair said and told, in a few words: single messages, how tunnels and calls ended, what became of what
// was received, what was logged.

import { formatDuration } from '../../sim/base/time.ts'
import type { LcceNotice } from '../../sim/l2tp/notices.ts'
import { decodeControlHeader, type ControlHeader } from '../../sim/l2tp/wire/header.ts'
import type { Message, MessageType } from '../../sim/l2tp/wire/messages.ts'
import { accepted } from './bodies.ts'
import type { Pair, Said, Side, Told } from './pair.ts'

type Kind = LcceNotice['kind']
type ToldOf<K extends Kind> = Told & { readonly notice: Extract<LcceNotice, { kind: K }> }

/** Every message of a type that was said, retransmissions included. */
export function messagesOf<T extends MessageType>(pair: Pair, type: T, secret?: string): Message<T>[] {
  const said = pair.said.filter((one) => one.type === type)
  return said.map(({ datagram }) => accepted(datagram.bytes, secret).message as Message<T>)
}

/** The first message of a type that was said. */
export function messageOf<T extends MessageType>(pair: Pair, type: T): Message<T> {
  const [message] = messagesOf(pair, type)
  if (message === undefined) throw new Error(`nobody said ${type}`)
  return message
}

/** The header of a control message that was said. */
export function headerOf({ datagram }: Said): ControlHeader {
  const header = decodeControlHeader(datagram.bytes)
  if (typeof header === 'string') throw new Error(header)
  return header
}

/** Notices of one kind by one side, with their instants. */
export function noticesOf<K extends Kind>(pair: Pair, side: Side, kind: K): ToldOf<K>[] {
  return pair.told.filter((told): told is ToldOf<K> => told.side === side && told.notice.kind === kind)
}

const ends = (told: readonly (ToldOf<'tunnel'> | ToldOf<'session'>)[]): string[] =>
  told.flatMap(({ at, notice }) => (notice.event === 'closed' ? [`${formatDuration(at)} ${notice.why}`] : []))

/** `31s retransmission-limit` for each tunnel of a side that has closed. */
export const tunnelEnds = (pair: Pair, side: Side): string[] => ends(noticesOf(pair, side, 'tunnel'))

/** `2.03s cdn-received` for each call of a side that has closed. */
export const callEnds = (pair: Pair, side: Side): string[] => ends(noticesOf(pair, side, 'session'))

/** `SCCRQ accepted`, or `accepted` alone for what has no type, for each message that a side received. */
export const verdicts = (pair: Pair, side: Side): string[] =>
  noticesOf(pair, side, 'handled').map(({ notice }) => `${notice.type} ${notice.verdict}`.trim())

/** `what: detail` for each log entry of a side. */
export const logs = (pair: Pair, side: Side): string[] =>
  noticesOf(pair, side, 'log').map(({ notice }) => `${notice.what}: ${notice.detail}`)
