// The kinds of record a run leaves, and their fields. The trace is the only output of a run: metrics, invariants, digest and
// every view are folds over these records. This file is the registry; recorder, digest and JSON Lines are derived from it.

import type { Nanos } from '../base/time.ts'

/**
 * Type of a field.
 * - `name`: text out of a small set (endpoints, states, verdicts), hashed once and remembered;
 * - `text`: free text;
 * - `int`: safe integer, or Infinity for an instant that never comes;
 * - `flag`: boolean;
 * - `bytes`: octets.
 */
export type FieldType = 'name' | 'text' | 'int' | 'flag' | 'bytes'

/**
 * Every kind with its fields in the order in which they enter the digest. All fields are always present: 0, -1 or '' where
 * nothing applies, as the comment of the field says. Tunnel and session numbers are local to `endpoint` and 0 for none.
 */
export const recordKinds = {
  /** The run itself. `phase` begin | end; `detail` at the end: until | idle | event-cap | interrupted. */
  run: { phase: 'name', detail: 'text' },
  /** Something done from outside the protocol: a tunnel dialled, a call placed or hung up. */
  command: { endpoint: 'name', command: 'name', tunnel: 'int', session: 'int', detail: 'text' },
  /**
   * An injected fault. `fault` is its index in the scenario; `name` its kind; `target` an endpoint or link;
   * `phase` begin | end.
   */
  fault: { fault: 'int', name: 'name', target: 'name', phase: 'name', detail: 'text' },
  /** A datagram handed to the network. `plane` control | data. `attempt` 1 for a first transmission, n+1 for the nth
   *  retransmission, 0 for what is never retransmitted (ZLB, data). `backlog` octets waiting in the link before it. */
  sent: {
    endpoint: 'name',
    from: 'name',
    to: 'name',
    packet: 'int',
    plane: 'name',
    tunnel: 'int',
    session: 'int',
    attempt: 'int',
    backlog: 'int',
    padding: 'int',
    bytes: 'bytes',
  },
  /** A datagram (or one copy of it) that will not arrive. `where` a link or an endpoint; `why` a DropReason. */
  dropped: { packet: 'int', copy: 'int', where: 'name', why: 'name' },
  /** A datagram reached an endpoint. `copy` 0 for the original, 1.. for duplicates; `flippedBit` -1 when intact, else the
   *  bit index in the UDP payload; `depth` messages then waiting before it in the control processor's input queue. */
  delivered: { endpoint: 'name', packet: 'int', copy: 'int', flippedBit: 'int', depth: 'int' },
  /** A control message was looked at. `type` a message type, 'ZLB', or '' if unreadable; `session` the receiver's own;
   *  `verdict` see `controlVerdicts`. */
  handled: {
    endpoint: 'name',
    packet: 'int',
    tunnel: 'int',
    session: 'int',
    type: 'name',
    ns: 'int',
    nr: 'int',
    verdict: 'name',
  },
  /** A data message was looked at. `ns` -1 when unsequenced; `verdict` see `dataVerdicts`; `skipped` sequence numbers
   *  found missing before it; `stamp` the sender's running count of messages in this session and direction. */
  data: {
    endpoint: 'name',
    packet: 'int',
    tunnel: 'int',
    session: 'int',
    ns: 'int',
    verdict: 'name',
    skipped: 'int',
    stamp: 'int',
  },
  /** A state machine took a row. `row` is its index in the machine's table. */
  transition: {
    endpoint: 'name',
    machine: 'name',
    tunnel: 'int',
    session: 'int',
    from: 'name',
    on: 'name',
    to: 'name',
    row: 'int',
  },
  /** `action` start | stop | fire. Retransmission and Hello timers record only their firing: their start is the `sent`
   *  (or `delivered`) record itself. `due` the instant set (start), else the present one. */
  timer: { endpoint: 'name', name: 'name', tunnel: 'int', session: 'int', action: 'name', due: 'int' },
  /** Life of a control connection. `purpose` ordinary | recovery; `oldTunnel` the tunnel a recovery tunnel recovers;
   *  `event` opening | established | closed | restored (from a mirror); `why` for closed, see `tunnelEnds`. */
  tunnel: {
    endpoint: 'name',
    tunnel: 'int',
    peerTunnel: 'int',
    peer: 'name',
    purpose: 'name',
    oldTunnel: 'int',
    event: 'name',
    why: 'text',
  },
  /** What both sides agreed on when a tunnel was established (own settings beside the peer's). Capabilities are those of
   *  AVP 76, both false when absent or unusable; `recoveryTime` the one the peer asked for. */
  negotiated: {
    endpoint: 'name',
    tunnel: 'int',
    ownWindow: 'int',
    peerWindow: 'int',
    retransmitInitial: 'int',
    retransmitCap: 'int',
    retransmitCount: 'int',
    ownControl: 'flag',
    ownData: 'flag',
    peerControl: 'flag',
    peerData: 'flag',
    recoveryTime: 'int',
  },
  /** Life of a session. `call` incoming | outgoing; `event` opening | established | closed | restored; `why` for closed,
   *  see `sessionEnds`. */
  session: {
    endpoint: 'name',
    tunnel: 'int',
    session: 'int',
    peerSession: 'int',
    call: 'name',
    sequenced: 'flag',
    event: 'name',
    why: 'text',
  },
  /** A step of RFC 4951 recovery seen by one side. `tunnel` the old one; `role` recovery | remote; `step` see
   *  `recoverySteps`. */
  recovery: { endpoint: 'name', tunnel: 'int', recoveryTunnel: 'int', role: 'name', step: 'name', why: 'text' },
  /** RFC 4951 3.2.2: the control channel of `tunnel` starts anew with `ns`, `nr`. `epoch` 1 after the first reset. */
  controlReset: {
    endpoint: 'name',
    tunnel: 'int',
    recoveryTunnel: 'int',
    role: 'name',
    ns: 'int',
    nr: 'int',
    epoch: 'int',
    flushed: 'int',
  },
  /** RFC 4951 3.2.3: `direction` send (Ns restarted at `value`) | receive (expected number set to `value`). `was` the
   *  number before, -1 if unknown. */
  dataReset: { endpoint: 'name', tunnel: 'int', session: 'int', direction: 'name', was: 'int', value: 'int' },
  /** RFC 4951 3.3: what synchronisation found out about a session. `outcome` see `syncOutcomes`. */
  sync: { endpoint: 'name', tunnel: 'int', session: 'int', peerSession: 'int', outcome: 'name' },
  /** Something a real implementation would log: an ignored AVP, a refused message. */
  log: { endpoint: 'name', tunnel: 'int', session: 'int', what: 'name', detail: 'text' },
  /** Role of a replica of an endpoint. `state` active | standby | failed | detecting | taking-over | restarting. */
  replica: { endpoint: 'name', replica: 'name', state: 'name', why: 'text' },
  /** A plane of an endpoint goes up or down. `plane` control | data. */
  plane: { endpoint: 'name', plane: 'name', up: 'flag', why: 'text' },
} as const satisfies Record<string, Record<string, FieldType>>

export type RecordKind = keyof typeof recordKinds

type ValueOf<T extends FieldType> = T extends 'int' ? number : T extends 'flag' ? boolean : T extends 'bytes' ? Uint8Array : string

/** The fields of one kind, without `seq`, `at`, `cause`. */
export type Fields<K extends RecordKind> = {
  readonly [F in keyof (typeof recordKinds)[K]]: (typeof recordKinds)[K][F] extends FieldType
    ? ValueOf<(typeof recordKinds)[K][F]>
    : never
}

/** A record as its author gives it. */
export type TraceEvent<K extends RecordKind = RecordKind> = { [P in K]: { readonly kind: P } & Fields<P> }[K]

/** A record as it stands in the trace. */
export type TraceRecord<K extends RecordKind = RecordKind> = TraceEvent<K> & {
  /** Position in the trace, from 0 without gaps. */
  readonly seq: number
  readonly at: Nanos
  /** `seq` of the record that led to this one, NO_CAUSE when nothing did. */
  readonly cause: number
}

export const NO_CAUSE = -1

/** A fold over the trace. It sees the records of the kinds it names, in order; `end` gives its result. */
export interface Fold<R> {
  /** Kinds it wants to see; undefined means all. */
  readonly kinds?: readonly RecordKind[]
  see(record: TraceRecord): void
  end(at: Nanos): R
}

/** Why a datagram, or a copy of it, did not reach a control or data plane. */
export const dropReasons = [
  'loss', // independent loss
  'burst-loss', // Gilbert-Elliott
  'scripted', // named by the scenario
  'queue-full', // the link's bandwidth queue
  'mtu', // over the MTU and a fragment was lost
  'checksum', // corrupted and caught by the UDP checksum
  'blackout', // the link is in a blackout window
  'cut', // the link is cut by a fault
  'no-host', // nobody has this address
  'no-route', // the two addresses have no link
  'plane-down', // the plane it is for is down
  'input-queue-full', // the control processor's queue
] as const
export type DropReason = (typeof dropReasons)[number]

/** What became of a control message that reached a control plane. Only `accepted` changes anything above the channel. */
export const controlVerdicts = [
  'accepted', // in order, given to the state machines
  'held', // ahead of the expected Ns, kept for later (a second record says accepted when its turn comes)
  'ahead', // ahead of the expected Ns, dropped (policy or window)
  'duplicate', // old Ns, acknowledged again
  'acknowledged', // ZLB, or ACK of L2TPv3: only its Nr counts
  'discarded', // silently, RFC 4951 3.2.1: the tunnel awaits its control channel reset
  'bad-digest', // L2TPv3: the Message Digest is wrong or missing: dropped silently (RFC 3931 4.3)
  'bad-nr', // acknowledges what was never sent
  'unknown-tunnel',
  'malformed', // header unusable
  'lingering', // for a tunnel already closed, kept only to acknowledge
] as const

export const dataVerdicts = [
  'accepted',
  'old', // sequence number at or before the last one: dropped
  'reset', // the nth old one in sequence: expected number reset, delivered (RFC 4951 3.2.3)
  'unknown-session',
  'bad-cookie', // L2TPv3: not the cookie asked for: dropped (RFC 3931 4.5)
  'unsequenced', // sequence numbers required but missing: dropped
  'malformed',
] as const

export const tunnelEnds = [
  'stopccn-sent',
  'stopccn-received',
  'retransmission-limit', // after the recovery time too, where one is running
  'recovery-failed', // recovery endpoint: silent clear, RFC 4951 3.2.1
  'tie-lost',
  'tie-equal',
  'superseded', // a newer recovery tunnel took its place
  'silent', // cleared for another reason without a message
] as const

export const sessionEnds = [
  'cdn-sent',
  'cdn-received',
  'tunnel-closed',
  'not-established', // RFC 4951 3.3 step I
  'unknown-to-peer', // FSR with Session ID 0
  'collision', // RFC 4951 3.3: the peer reuses the Session ID
  'not-recoverable', // RFC 4951 3.2.3: sequenced, and a side without the D bit
  'table-edit', // a fault edited the table
  'forbidden', // ICRQ/OCRQ refused
] as const

export const recoverySteps = [
  'waiting', // recovery endpoint: queued by pacing
  'requested', // recovery SCCRQ sent
  'offered', // remote: recovery SCCRQ accepted, SCCRP sent
  'refused', // the peer's recovery SCCRQ was refused by this side
  'tie-won',
  'tie-lost',
  'tie-equal',
  'superseded',
  'aborted', // remote: the attempt ended before its reset, the old tunnel goes on
  'recovered', // the recovery tunnel's handshake is complete on this side
  'synchronised', // every session of the tunnel has been confirmed or cleared
  'failed', // recovery endpoint: given up
  'not-attempted', // recovery endpoint: policy or missing capability
] as const

export const syncOutcomes = [
  'queried',
  'confirmed', // established on both sides
  'cleared', // unknown to the peer, removed here
  'stale', // paired differently, to be queried later
  'unanswered', // tries exhausted, left as it is
  'answered-valid', // responder
  'answered-unknown', // responder: Session ID 0
] as const
