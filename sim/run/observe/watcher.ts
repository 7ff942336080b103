// What a metric or an invariant may listen to: the records of a trace, with the parties they are about already looked up.
// Every listener is called before its record is entered in the books, so that the books show the state the record met.

import type { TraceRecord } from '../../trace/record.ts'
import type { Nanos } from '../../base/time.ts'
import type { Channel, Flow, Outstanding, Packet, Session } from './books.ts'

export interface Watcher {
  /** A control message for the first time (attempt 1). */
  readonly first?: (record: TraceRecord<'sent'>, packet: Packet) => void
  /** A retransmission; `kept` is what the books have of the message, undefined when nothing with its Ns is outstanding. */
  readonly again?: (record: TraceRecord<'sent'>, packet: Packet, kept: Outstanding | undefined) => void
  /** Any control message, ZLB included. */
  readonly sent?: (record: TraceRecord<'sent'>, packet: Packet) => void
  /** A message that no endpoint of the run sent, or one of them from an address that is not its own. */
  readonly forged?: (record: TraceRecord<'sent'>) => void
  /** A data message of an endpoint of the run. */
  readonly dataSent?: (record: TraceRecord<'sent'>) => void
  /** `ofData`: it is none of the control messages in the books. */
  readonly dropped?: (record: TraceRecord<'dropped'>, ofData: boolean) => void
  readonly delivered?: (record: TraceRecord<'delivered'>) => void
  /** A control message that was handled, by verdict. `packet` is undefined when nobody in the books sent it. */
  readonly accepted?: (record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined) => void
  readonly acknowledged?: (record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined) => void
  readonly duplicate?: (record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined) => void
  readonly discarded?: (record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined) => void
  readonly lingering?: (record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined) => void
  /** A data message was looked at; `session` and `flow` are those the record names, if the books have them. */
  readonly data?: (record: TraceRecord<'data'>, session: Session | undefined, flow: Flow | undefined) => void
  /** `channel`: the one that has the number so far. */
  readonly tunnel?: (record: TraceRecord<'tunnel'>, channel: Channel | undefined) => void
  /** `session`: the one that has the number so far. */
  readonly session?: (record: TraceRecord<'session'>, channel: Channel, session: Session | undefined) => void
  readonly recovery?: (record: TraceRecord<'recovery'>, channel: Channel) => void
  readonly controlReset?: (record: TraceRecord<'controlReset'>, channel: Channel, recoveryTunnel: Channel | undefined) => void
  readonly dataReset?: (record: TraceRecord<'dataReset'>) => void
  readonly sync?: (record: TraceRecord<'sync'>, session: Session | undefined) => void
  readonly timer?: (record: TraceRecord<'timer'>, channel: Channel) => void
  /** An order from outside: `hang-up`, `close-tunnel` … */
  readonly command?: (record: TraceRecord<'command'>) => void
  readonly log?: (record: TraceRecord<'log'>) => void
  /** A control message for no tunnel of this endpoint. */
  readonly stranger?: (record: TraceRecord<'handled'>, packet: Packet | undefined) => void
  /** A control message that is kept or dropped for being early, by verdict. */
  readonly early?: (record: TraceRecord<'handled'>, channel: Channel) => void
  readonly negotiated?: (record: TraceRecord<'negotiated'>, channel: Channel) => void
  readonly replica?: (record: TraceRecord<'replica'>) => void
  readonly plane?: (record: TraceRecord<'plane'>) => void
  readonly fault?: (record: TraceRecord<'fault'>) => void
  readonly end?: (at: Nanos) => void
}

/** The listeners of all watchers, by what they listen to. */
export type Listeners = { readonly [K in keyof Watcher]-?: NonNullable<Watcher[K]>[] }

export function listenersOf(watchers: readonly Watcher[]): Listeners {
  const listeners: Listeners = {
    first: [],
    again: [],
    sent: [],
    forged: [],
    dataSent: [],
    dropped: [],
    delivered: [],
    accepted: [],
    acknowledged: [],
    duplicate: [],
    discarded: [],
    lingering: [],
    data: [],
    tunnel: [],
    session: [],
    recovery: [],
    controlReset: [],
    dataReset: [],
    sync: [],
    timer: [],
    command: [],
    log: [],
    stranger: [],
    early: [],
    negotiated: [],
    replica: [],
    plane: [],
    fault: [],
    end: [],
  }
  const byName = listeners as unknown as Record<string, unknown[]>
  for (const watcher of watchers) {
    const its = watcher as unknown as Record<string, unknown>
    for (const name of Object.keys(watcher)) byName[name]?.push(its[name])
  }
  return listeners
}
