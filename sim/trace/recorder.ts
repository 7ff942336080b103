// Takes the records of a run as they happen, feeds the digest, and hands each record to the folds that want its kind. Kinds
// that make up nearly all of a trace have a way in of their own, where a record that no fold wants never becomes an object.

import { assert } from '../base/assert.ts'
import type { Datagram } from '../base/datagram.ts'
import type { Nanos } from '../base/time.ts'
import { endpointOf, kindNumbers, treatments } from './digest.ts'
import { absent, nothing, type Stamp } from './frequent.ts'
import { Hasher } from './hasher.ts'
import { NO_CAUSE, recordKinds, type Fields, type Fold, type RecordKind, type TraceEvent, type TraceRecord } from './record.ts'

const SENT = kindNumbers.sent
const DELIVERED = kindNumbers.delivered
const DATA = kindNumbers.data

/** An event of an endpoint, without the endpoint's name. */
export type Noted<K extends RecordKind = RecordKind> = { [P in K]: { readonly kind: P } & Omit<Fields<P>, 'endpoint'> }[K]

/** What became of a data message, beside which one it is and where. */
type Outcome = Omit<Fields<'data'>, 'endpoint' | 'packet'>

/** What the trace says of a datagram beside the datagram: its sender, and the sender's own tunnel and session, 0 for none. */
export interface About {
  readonly endpoint: string
  readonly plane: 'control' | 'data'
  readonly tunnel: number
  readonly session: number
  /** 1 for a first transmission, n+1 for the nth retransmission, 0 for what is never retransmitted. */
  readonly attempt: number
}

export class Recorder {
  /** The record that leads to those emitted without a cause of their own. */
  cause: number = NO_CAUSE
  private readonly clock: { readonly now: Nanos }
  private readonly hash = new Hasher()
  private readonly control = this.hash.placeOf('control')
  private readonly dataPlane = this.hash.placeOf('data')
  /** By number of kind: the folds that want it, undefined for none. */
  private readonly wanting: readonly (readonly Fold<unknown>[] | undefined)[]
  private next = 0
  private dispatching = false

  /** A fold sees each record of its kinds before anything else is recorded, in the order of `folds`; it may record nothing. */
  constructor(clock: { readonly now: Nanos }, folds: readonly Fold<unknown>[]) {
    this.clock = clock
    const kinds = Object.keys(recordKinds) as RecordKind[]
    this.wanting = kinds.map((kind) => {
      const wanting = folds.filter((fold) => fold.kinds === undefined || fold.kinds.includes(kind))
      return wanting.length === 0 ? undefined : wanting
    })
  }

  /** Records so far: the number of the next one. */
  get count(): number {
    return this.next
  }

  /** 16 hexadecimal digits over everything recorded so far; equal to `digestOf` the records. */
  digest(): string {
    return this.hash.hex()
  }

  /** Records an event of any kind; gives its number. */
  emit(event: TraceEvent, cause: number = this.cause): number {
    return this.take(kindNumbers[event.kind], endpointOf(event), event, cause)
  }

  /** Records what an endpoint tells of itself; gives its number. */
  note(endpoint: string, event: Noted, cause: number = this.cause): number {
    return this.take(kindNumbers[event.kind], endpoint, event, cause)
  }

  private take(kind: number, endpoint: string, event: TraceEvent | Noted, cause: number): number {
    const at = this.clock.now
    const { write, build } = treatments[kind]!
    const n = this.begin(kind, at, cause)
    this.hash.end(write(this.hash, n, endpoint, event))
    const folds = this.wanting[kind]
    if (folds !== undefined) this.dispatch(folds, build({ seq: this.next, at, cause }, endpoint, event))
    return this.next++
  }

  /** Records that a datagram is handed to the network. */
  sent(datagram: Datagram, about: About, packet: number, backlog: number): number {
    const { hash, cause } = this
    const { plane, tunnel, session, attempt } = about
    const at = this.clock.now
    let n = this.begin(SENT, at, cause)
    n = hash.endpoint(n, about.endpoint)
    n = hash.address(n, datagram.from)
    n = hash.address(n, datagram.to)
    n = hash.int(n, packet)
    n = hash.named(n, plane === 'control' ? this.control : this.dataPlane)
    n = hash.int(n, tunnel)
    n = hash.int(n, session)
    n = hash.int(n, attempt)
    n = hash.int(n, backlog)
    n = hash.int(n, datagram.padding)
    hash.end(hash.bytes(n, datagram.bytes))
    const folds = this.wanting[SENT]
    if (folds !== undefined) this.dispatch(folds, sentRecord({ seq: this.next, at, cause }, datagram, about, { packet, backlog }))
    return this.next++
  }

  /** Records that a datagram, or a copy of one, has reached an endpoint; `cause` is its `sent` record. */
  // eslint-disable-next-line max-params -- positional, so that nothing is allocated
  delivered(endpoint: string, packet: number, copy: number, flippedBit: number, depth: number, cause: number): number {
    const { hash } = this
    const at = this.clock.now
    let n = this.begin(DELIVERED, at, cause)
    n = hash.endpoint(n, endpoint)
    n = hash.int(n, packet)
    n = hash.int(n, copy)
    n = hash.int(n, flippedBit)
    hash.end(hash.int(n, depth))
    const folds = this.wanting[DELIVERED]
    if (folds !== undefined) {
      this.dispatch(folds, deliveredRecord({ seq: this.next, at, cause }, endpoint, { packet, copy, flippedBit, depth }))
    }
    return this.next++
  }

  /** Records what became of a data message. */
  data(
    endpoint: string,
    packet: number,
    outcome: Outcome,
    cause: number = this.cause,
  ): number {
    const { hash } = this
    const { tunnel, session, ns, verdict, skipped, stamp } = outcome
    const at = this.clock.now
    let n = this.begin(DATA, at, cause)
    n = hash.endpoint(n, endpoint)
    n = hash.int(n, packet)
    n = hash.int(n, tunnel)
    n = hash.int(n, session)
    n = hash.int(n, ns)
    n = hash.name(n, verdict)
    n = hash.int(n, skipped)
    hash.end(hash.int(n, stamp))
    const folds = this.wanting[DATA]
    if (folds !== undefined) this.dispatch(folds, dataRecord({ seq: this.next, at, cause }, endpoint, packet, outcome))
    return this.next++
  }

  private begin(kind: number, at: Nanos, cause: number): number {
    assert(!this.dispatching, 'a fold has recorded something')
    return this.hash.begin(kind, at, cause)
  }

  private dispatch(folds: readonly Fold<unknown>[], record: TraceRecord): void {
    this.dispatching = true
    for (const fold of folds) fold.see(record)
    this.dispatching = false
  }
}

interface Passage {
  readonly packet: number
  readonly backlog: number
}

function sentRecord({ seq, at, cause }: Stamp, datagram: Datagram, about: About, { packet, backlog }: Passage): TraceRecord<'sent'> {
  const { from, to, padding, bytes } = datagram
  const { endpoint, plane, tunnel, session, attempt } = about
  return {
    kind: 'sent',
    seq,
    at,
    cause,
    endpoint,
    from: from.text,
    to: to.text,
    packet,
    plane,
    tunnel,
    session,
    attempt,
    backlog,
    padding,
    bytes,
  }
}

function deliveredRecord({ seq, at, cause }: Stamp, endpoint: string, event: Omit<Fields<'delivered'>, 'endpoint'>): TraceRecord {
  const { packet, copy, flippedBit, depth } = event
  return { kind: 'delivered', seq, at, cause, endpoint, packet, copy, flippedBit, depth }
}

function dataRecord({ seq, at, cause }: Stamp, endpoint: string, packet: number, outcome: Outcome): TraceRecord<'data'> {
  const { tunnel, session, ns, verdict, skipped, stamp } = outcome
  return { kind: 'data', seq, at, cause, endpoint, packet, tunnel, session, ns, verdict, skipped, stamp }
}

sentRecord(nothing, nothing, nothing, nothing)
deliveredRecord(nothing, absent, nothing)
dataRecord(nothing, absent, absent, nothing)
