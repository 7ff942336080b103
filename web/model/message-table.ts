// The table of all datagrams of a run: who sent what when, and what became of it. Kept in columns because there may be a million.

import { isPortless } from '../../sim/base/datagram.ts'
import { controlMessageIn } from '../../sim/l2tp/wire/demultiplex.ts'
import { peekType } from '../../sim/l2tp/wire/header.ts'
import { kindNumbers } from '../../sim/trace/digest.ts'
import { slotOf, type TraceColumns } from '../trace/columns.ts'
import { AGAIN, COPIED, LOST, messageKinds, NOBODY, RECOVERED, RECOVERY, type MessageTable } from './model.ts'
import type { TunnelIndex } from './tunnel-index.ts'

const SENT = {
  endpoint: slotOf('sent', 'endpoint'),
  to: slotOf('sent', 'to'),
  packet: slotOf('sent', 'packet'),
  plane: slotOf('sent', 'plane'),
  tunnel: slotOf('sent', 'tunnel'),
  attempt: slotOf('sent', 'attempt'),
  bytes: slotOf('sent', 'bytes'),
} as const
const DROPPED = { packet: slotOf('dropped', 'packet'), copy: slotOf('dropped', 'copy') } as const
const DELIVERED = { packet: slotOf('delivered', 'packet'), copy: slotOf('delivered', 'copy') } as const

const kindPlaces = new Map<string, number>(messageKinds.map((kind, place) => [kind, place]))
const UNKNOWN = messageKinds.length - 1

export interface MessageSources {
  readonly trace: TraceColumns
  readonly tunnels: TunnelIndex
  /** Place of an endpoint by its name, and by an address with port. */
  readonly placeOfName: (name: string) => number
  readonly placeOfAddress: (address: string) => number
}

/** Builds the table in one pass over the trace. */
export function messageTable(sources: MessageSources): MessageTable {
  const { trace } = sources
  const table = newTable(countOf(trace, kindNumbers.sent))
  const byPacket: number[] = []
  let count = 0
  let longest = 0
  for (let seq = 0; seq < trace.count; seq++) {
    const kind = trace.kinds[seq]!
    if (kind === kindNumbers.sent) {
      byPacket[trace.values[trace.start[seq]! + SENT.packet]!] = count
      addSent(sources, table, count++, seq)
    } else if (kind === kindNumbers.delivered || kind === kindNumbers.dropped) {
      const slots = kind === kindNumbers.delivered ? DELIVERED : DROPPED
      const message = byPacket[trace.values[trace.start[seq]! + slots.packet]!]
      if (message === undefined) continue
      longest = Math.max(longest, trace.at[seq]! - table.sentAt[message]!)
      settle(trace, table, { message, seq, copy: trace.values[trace.start[seq]! + slots.copy]! })
    }
  }
  return { ...table, count, longest }
}

type Columns = Omit<MessageTable, 'count' | 'longest'>

function newTable(room: number): Columns {
  return {
    seq: new Int32Array(room),
    endSeq: new Int32Array(room).fill(-1),
    packet: new Int32Array(room),
    sentAt: new Float64Array(room),
    endAt: new Float64Array(room).fill(Infinity),
    from: new Uint16Array(room),
    to: new Uint16Array(room),
    lane: new Int32Array(room),
    kind: new Uint8Array(room),
    flags: new Uint8Array(room),
  }
}

function countOf({ kinds }: TraceColumns, kind: number): number {
  let count = 0
  for (const one of kinds) if (one === kind) count += 1
  return count
}

function addSent(sources: MessageSources, table: Columns, message: number, seq: number): void {
  const { trace, tunnels } = sources
  const start = trace.start[seq]!
  const value = (slot: number): number => trace.values[start + slot]!
  const endpoint = trace.texts[value(SENT.endpoint)]!
  const offset = value(SENT.bytes)
  const bytes = trace.octets.subarray(offset, offset + value(SENT.bytes + 1))
  const to = trace.texts[value(SENT.to)]!
  const isData = trace.texts[value(SENT.plane)] === 'data'
  const at = trace.at[seq]!
  const tunnel = tunnels.find(endpoint, value(SENT.tunnel), at)
  table.seq[message] = seq
  table.packet[message] = value(SENT.packet)
  table.sentAt[message] = at
  table.from[message] = sources.placeOfName(endpoint)
  table.to[message] = sources.placeOfAddress(to)
  table.lane[message] = tunnel?.lane ?? -1
  table.kind[message] = isData ? 0 : (kindPlaces.get(peekType(controlMessageIn(bytes, isPortless(to) ? 'ip' : 'udp'))) ?? UNKNOWN)
  const track = tunnel === undefined ? 0 : tunnel.recovery ? RECOVERY : at >= tunnel.resetAt ? RECOVERED : 0
  table.flags[message] = track | (value(SENT.attempt) > 1 ? AGAIN : 0)
}

/** What happened to the original ends its way; copies are only marked. */
function settle(
  trace: TraceColumns,
  table: Columns,
  { message, seq, copy }: { readonly message: number; readonly seq: number; readonly copy: number },
): void {
  if (copy > 0) {
    table.flags[message] = table.flags[message]! | COPIED
    return
  }
  table.endSeq[message] = seq
  table.endAt[message] = trace.at[seq]!
  if (trace.kinds[seq] === kindNumbers.dropped) table.flags[message] = table.flags[message]! | LOST
}

/** Number of the message with a packet number; -1 if there is none. */
export function messageOfPacket({ packet, count }: MessageTable, wanted: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (packet[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low < count && packet[low] === wanted ? low : -1
}

/** Number of the first message sent at or after an instant. */
function firstSentFrom({ sentAt, count }: MessageTable, at: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sentAt[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}

/** Messages on their way at an instant, at most `limit`. */
export function underWay(table: MessageTable, at: number, limit: number): readonly number[] {
  const found: number[] = []
  for (let i = firstSentFrom(table, at - table.longest); i < table.count && found.length < limit; i++) {
    if (table.sentAt[i]! > at) break
    if (table.endAt[i]! > at && table.endAt[i] !== Infinity && table.to[i] !== NOBODY) found.push(i)
  }
  return found
}
