// What the two cores of a Pair told, in a few words: how tunnels and calls ended, what became of received messages, what was logged.

import { formatDuration } from '../../sim/base/time.ts'
import type { LcceNotice } from '../../sim/l2tp/notices.ts'
import type { Pair, Side, Told } from './pair.ts'

type Kind = LcceNotice['kind']

/** Notices of one kind by one side, with their instants. */
export function noticesOf<K extends Kind>(pair: Pair, side: Side, kind: K): (Told & { readonly notice: Extract<LcceNotice, { kind: K }> })[] {
  return pair.told.filter((told): told is Told & { readonly notice: Extract<LcceNotice, { kind: K }> } => {
    return told.side === side && told.notice.kind === kind
  })
}

/** `31s retransmission-limit` for each tunnel of a side that has closed. */
export const tunnelEnds = (pair: Pair, side: Side): string[] =>
  noticesOf(pair, side, 'tunnel').flatMap(({ at, notice }) => (notice.event === 'closed' ? [`${formatDuration(at)} ${notice.why}`] : []))

/** `2.03s cdn-received` for each call of a side that has closed. */
export const callEnds = (pair: Pair, side: Side): string[] =>
  noticesOf(pair, side, 'session').flatMap(({ at, notice }) => (notice.event === 'closed' ? [`${formatDuration(at)} ${notice.why}`] : []))

/** `SCCRQ accepted`, or `accepted` alone for what has no type, for each message that a side received. */
export const verdicts = (pair: Pair, side: Side): string[] =>
  noticesOf(pair, side, 'handled').map(({ notice }) => `${notice.type} ${notice.verdict}`.trim())

/** `what: detail` for each log entry of a side. */
export const logs = (pair: Pair, side: Side): string[] =>
  noticesOf(pair, side, 'log').map(({ notice }) => `${notice.what}: ${notice.detail}`)
