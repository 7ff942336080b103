// Keeps the books: takes each record in turn, tells the listeners, then enters it. The one place where records are interpreted;
// messages are in messages.ts, tunnels and sessions in lives.ts. Sees the trace only.

import { NEVER, type Nanos } from '../../base/time.ts'
import type { Fold, RecordKind, TraceRecord } from '../../trace/record.ts'
import type { RunContext } from '../context.ts'
import { noteRoom, type Books, type Channel, type Endpoint } from './books.ts'
import { emptyGlance } from './glance.ts'
import { enterData, enterHandled, enterSent, noteArrival, noteDamage, packetOf } from './messages.ts'
import {
  enterReset,
  enterMisspeech,
  enterRecovery,
  enterSession,
  enterSync,
  enterTableEdit,
  enterTunnel,
  loseControl,
  loseData,
} from './lives.ts'
import { listenersOf, type Listeners, type Watcher } from './watcher.ts'

/** Kinds of record the books are made of. */
const bookedKinds: readonly RecordKind[] = [
  'fault',
  'sent',
  'dropped',
  'delivered',
  'handled',
  'data',
  'timer',
  'tunnel',
  'negotiated',
  'session',
  'recovery',
  'controlReset',
  'dataReset',
  'sync',
  'log',
  'command',
  'replica',
  'plane',
]

/** Faults without an end: they happen and are over. */
const instantFaults: ReadonlySet<string> = new Set([
  'crash',
  'switchover',
  'restart',
  'call',
  'hang-up',
  'close-tunnel',
  'forget-sessions',
  'mispair-session',
  'query-sessions',
  'misspeak',
  'inject',
])

/** Reasons of loss that are a disturbance, not the usual weather of a link. */
const disturbingLosses: ReadonlySet<string> = new Set(['blackout', 'cut', 'no-route', 'scripted'])

export function openBooks(context: RunContext): Books {
  const endpoints = context.endpoints.map(({ name, ips, config }, index): Endpoint => ({
    name,
    index,
    ips,
    config,
    controlUp: true,
    dataUp: true,
    failedAt: -1,
    pauses: 0,
    resumedAt: 0,
    announced: undefined,
    channels: new Map(),
  }))
  return {
    context,
    endpoints,
    byName: new Map(endpoints.map((endpoint) => [endpoint.name, endpoint])),
    byAddress: new Map(),
    packets: new Map(),
    olderPackets: new Map(),
    damagedData: new Set(),
    forged: new Set(),
    anyHeld: false,
    glance: emptyGlance(),
    disturbedAt: 0,
    stirredAt: 0,
    openFaults: new Set(),
  }
}

/** Everything has had the time to converge: no fault is on, and the last one is long enough ago. */
export function mustHaveConverged({ openFaults, disturbedAt, context }: Books, at: Nanos): boolean {
  return openFaults.size === 0 && at - disturbedAt >= context.convergenceBound
}

/** Whether something that began at `since` should be over at `at`. */
export const isOverdue = ({ context }: Books, since: Nanos, at: Nanos): boolean => at - since >= context.convergenceBound

/**
 * The instant from which on nothing can be waited for any more, and every claim about rest is judged in full: the convergence bound after
 * the last stir. NEVER while a fault is on.
 */
export const restsFrom = ({ openFaults, stirredAt, context }: Books): Nanos =>
  openFaults.size > 0 ? NEVER : stirredAt + context.convergenceBound

/** All channels that hold their number at present, in the order of endpoints and of first use. */
export function* presentChannels({ endpoints }: Books): Generator<Channel> {
  for (const { channels } of endpoints) yield* channels.values()
}

/** A fold that keeps the books for these watchers. `result` is asked at the end. */
export function watch<R>(books: Books, watchers: readonly Watcher[], result: (at: Nanos) => R): Fold<R> {
  const on = listenersOf(watchers)
  return {
    kinds: bookedKinds,
    see(record) {
      enter(books, on, record)
    },
    end(at) {
      for (const end of on.end) end(at)
      return result(at)
    },
  }
}

function enter(books: Books, on: Listeners, record: TraceRecord): void {
  switch (record.kind) {
    case 'sent':
      enterSent(books, on, record)
      return
    case 'delivered':
      for (const listener of on.delivered) listener(record)
      if (record.flippedBit >= 0) noteDamage(books, record.packet)
      if (books.anyHeld) noteArrival(books, record)
      return
    case 'handled':
      enterHandled(books, on, record)
      return
    case 'data':
      enterData(books, on, record)
      return
    case 'dropped':
      enterDropped(books, on, record)
      return
    default:
      enterRare(books, on, record)
  }
}

function enterRare(books: Books, on: Listeners, record: TraceRecord): void {
  if (record.kind === 'timer') {
    enterTimer(books, on, record)
    return
  }
  books.stirredAt = record.at
  switch (record.kind) {
    case 'tunnel':
      enterTunnel(books, on, record)
      return
    case 'negotiated':
      enterNegotiated(books, on, record)
      return
    case 'session':
      enterSession(books, on, record)
      return
    case 'recovery':
      enterRecovery(books, on, record)
      return
    case 'controlReset':
      enterReset(books, on, record)
      return
    case 'dataReset':
      for (const listener of on.dataReset) listener(record)
      return
    case 'sync':
      enterSync(books, on, record)
      return
    case 'log':
      for (const listener of on.log) listener(record)
      if (record.what === 'table-edit') enterTableEdit(books, record)
      else if (record.what === 'misspoken') enterMisspeech(books, record)
      return
    case 'command':
      for (const listener of on.command) listener(record)
      return
    case 'replica':
      for (const listener of on.replica) listener(record)
      books.disturbedAt = record.at
      return
    case 'plane':
      enterPlane(books, on, record)
      return
    case 'fault':
      enterFault(books, on, record)
      return
    default:
      return
  }
}

function enterDropped(books: Books, on: Listeners, record: TraceRecord<'dropped'>): void {
  if (on.dropped.length > 0) {
    const ofData = packetOf(books, record.packet) === undefined && !books.forged.has(record.packet)
    for (const listener of on.dropped) listener(record, ofData)
  }
  if (disturbingLosses.has(record.why)) books.disturbedAt = books.stirredAt = record.at
}

function enterTimer({ byName }: Books, on: Listeners, record: TraceRecord<'timer'>): void {
  const channel = byName.get(record.endpoint)?.channels.get(record.tunnel)
  if (channel !== undefined) for (const listener of on.timer) listener(record, channel)
}

function enterNegotiated({ byName }: Books, on: Listeners, record: TraceRecord<'negotiated'>): void {
  const endpoint = byName.get(record.endpoint)
  const channel = endpoint?.channels.get(record.tunnel)
  if (endpoint === undefined || channel === undefined) return
  for (const listener of on.negotiated) listener(record, channel)
  channel.negotiated = record
  const { era } = channel
  era.least = Math.min(era.least, record.peerWindow)
  era.roomSince = record.at
  noteRoom(era, record.at)
  endpoint.announced ??= { initial: record.retransmitInitial, cap: record.retransmitCap, count: record.retransmitCount }
}

function enterPlane(books: Books, on: Listeners, record: TraceRecord<'plane'>): void {
  for (const listener of on.plane) listener(record)
  books.disturbedAt = record.at
  const endpoint = books.byName.get(record.endpoint)
  if (endpoint === undefined) return
  if (record.plane === 'control') {
    endpoint.controlUp = record.up
    if (record.up) return
    endpoint.failedAt = record.at
    loseControl(endpoint, record)
  } else {
    endpoint.dataUp = record.up
    if (!record.up) loseData(endpoint)
  }
}

function enterFault(books: Books, on: Listeners, record: TraceRecord<'fault'>): void {
  for (const listener of on.fault) listener(record)
  books.disturbedAt = record.at
  if (instantFaults.has(record.name)) return
  const begins = record.phase === 'begin'
  if (begins) books.openFaults.add(record.fault)
  else books.openFaults.delete(record.fault)
  const endpoint = record.name === 'pause' ? books.byName.get(record.target) : undefined
  if (endpoint === undefined) return
  endpoint.pauses += begins ? 1 : -1
  endpoint.resumedAt = record.at
}
