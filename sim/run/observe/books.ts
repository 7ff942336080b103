// What an observer knows of a run at some record: endpoints, the control channels and sessions on each side, and the control
// packets in flight. Plain data, kept by ledger.ts; metrics and invariants read it. Tunnel and session numbers are those of the
// endpoint that owns them; the other side is found by its numbers, as a datagram would find it.

import { NEVER, type Nanos } from '../../base/time.ts'
import type { LcceConfig, RetransmitConfig } from '../../l2tp/config.ts'
import { protocols } from '../../l2tp/protocols.ts'
import type { Version } from '../../l2tp/wire/avps.ts'
import type { Fields, TraceRecord } from '../../trace/record.ts'
import type { RunContext } from '../context.ts'
import type { SessionState } from './avps.ts'
import type { Glance } from './glance.ts'

export interface Books {
  readonly context: RunContext
  /** In the order of the context. */
  readonly endpoints: readonly Endpoint[]
  readonly byName: ReadonlyMap<string, Endpoint>
  /** Who has an address, by its text; filled as addresses turn up. */
  readonly byAddress: Map<string, Endpoint | undefined>
  /** Control messages sent, by packet number, in two generations: the older one is dropped when the younger is full. */
  packets: Map<number, Packet>
  olderPackets: Map<number, Packet>
  /** Data packets of which a copy arrived with a flipped bit; packets that no endpoint of the run sent. */
  readonly damagedData: Set<number>
  readonly forged: Set<number>
  /** Some message has been held because it came out of order. */
  anyHeld: boolean
  /** The last look at the AVPs of a message. */
  readonly glance: Glance
  /** When a fault, or a network cut off, last disturbed the run. */
  disturbedAt: Nanos
  /** When last anything happened but what goes on for ever where all is well: HELLOs answered at once, data, timers. */
  stirredAt: Nanos
  /** Faults that last and have not ended. */
  readonly openFaults: Set<number>
}

export interface Endpoint {
  readonly name: string
  /** Position in the context. */
  readonly index: number
  readonly ips: readonly string[]
  readonly config: LcceConfig | undefined
  controlUp: boolean
  dataUp: boolean
  /** When its control plane last went down; -1 for never. */
  failedAt: Nanos
  /** Faults that hold its control processor at present, and when the last one ended. */
  pauses: number
  resumedAt: Nanos
  /** Its own retransmission settings as it first announced them; asked only where there is no `config`. */
  announced: RetransmitConfig | undefined
  /** Latest incarnation of each tunnel number. */
  readonly channels: Map<number, Channel>
}

/** `lost`: the control plane that kept it is gone. */
export type ChannelState = 'opening' | 'established' | 'closed' | 'lost'

/** One side of a control connection, from its first trace to its end. A number used again is a new channel. */
export interface Channel {
  readonly endpoint: Endpoint
  readonly tunnel: number
  /** Of the last message that it sent; before, of what its endpoint is likely to send. */
  version: Version
  /** The record and the instant that began it. */
  readonly seq: number
  readonly at: Nanos
  /** A `tunnel` record has told of it. An answer to a stranger leaves none. */
  announced: boolean
  purpose: '' | 'ordinary' | 'recovery'
  /** Of a recovery tunnel: the tunnel it recovers. */
  oldTunnel: number
  state: ChannelState
  /** When and by which record the state last changed. */
  changedAt: Nanos
  changedBy: number
  /** Why it was closed. */
  why: string
  peer: Endpoint | undefined
  peerTunnel: number
  /** The channel behind the first message it accepted: perhaps not the one that has that number now. */
  met: Channel | undefined
  /** This side sent the SCCRQ. */
  initiator: boolean
  negotiated: Fields<'negotiated'> | undefined
  era: Era
  readonly sessions: Map<number, Session>
  /** The channel that had this number before. */
  previous: Channel | undefined
  /** A damaged or forged message was taken here: what the two sides agree on is open. */
  tainted: boolean
  /** This side has said what it should not: a fault made it. */
  misspeaks: boolean
  /** A fault has edited its sessions since its last reset. */
  edited: boolean
  /** A fault has paired one anew at some time: two may have named one session of the peer, which the end of either ends. */
  mispaired: boolean
  /** A plane of either side failed under it; its outcome counts. */
  endangered: boolean
  /** Brought back from a mirror; `awaitsReset` until its control channel reset. */
  readonly restored: boolean
  awaitsReset: boolean
  /** Its recovery's handshake is complete since it was restored. */
  recovered: boolean
  /** Recovery tunnels offered to the peer for this tunnel and not yet through. */
  offers: readonly number[]
  /** Since when (record) new messages must wait for a reset; -1 when they need not. */
  mutedSince: number
  /** Of an old tunnel: the last recovery tunnel that this side opened for it. */
  attempt: Channel | undefined
  /** Its recovery was given up, or not tried, while it was still there. */
  unrecoverable: boolean
  /** Latest step of RFC 4951 recovery. */
  step: string
  stepAt: Nanos
  stepBy: number
  /** When its sessions were last found synchronised since its last reset; -1 before. */
  synchronisedAt: Nanos
  /** A query of this side stayed without an answer since its last reset. */
  unanswered: boolean
  /** How often this channel, as a recovery tunnel, has reset its old tunnel, and to what. */
  resets: number
  resetTo: { readonly ns: number; readonly nr: number; readonly role: string } | undefined
  /** End of the present disturbance of its service by a failure of either side; -1 when there was none. */
  settledAt: Nanos
  /** What accepted FSQs of this era asked about and no FSR has answered yet, by Session ID. */
  readonly asked: Map<number, AskedState>
  /** Last message that was found a duplicate and has not been acknowledged since; -1 for none. */
  duplicateAt: Nanos
  lastAcceptedAt: Nanos
  /** The peer sent a call request over it (a recovery tunnel must refuse it), or a query (it knows RFC 4951). */
  callRequested: boolean
  queriedByPeer: boolean
  /** Record of the last message that named a session in hiding; -1 for none. */
  namedHiddenBy: number
}

/** A control channel between two resets (RFC 4951 3.2.2): one run of Ns in each direction. */
export interface Era {
  readonly channel: Channel
  /** The recovery tunnel whose handshake began it; undefined for the first one. */
  readonly recovery: Channel | undefined
  /** Begun by a reset to zero. */
  readonly zero: boolean
  readonly at: Nanos
  readonly seq: number
  /** Record since which new messages and calls had waited for this reset; -1 in the first era. */
  readonly mutedFrom: number
  /** Side this endpoint took in the reset. */
  readonly role: string
  /** Ns of its first message sent; -1 before. */
  firstNs: number
  /** Ns of the next new message; -1 while unknown. */
  nextNs: number
  /** Ns expected from the peer; -1 while unknown. */
  expected: number
  /** Sent and not acknowledged by a message that was accepted, oldest first. */
  readonly outstanding: Outstanding[]
  /** How many of them are acknowledged by a message that was itself a duplicate or early. */
  doubtful: number
  /** Largest congestion window that RFC 2661 appendix A allows by now. */
  congestion: number
  /** Since when the oldest outstanding message is the oldest. */
  headSince: Nanos
  /** Congestion window that appendix A leaves at least, and what it grows by: threshold, and acknowledgements since it grew. */
  least: number
  threshold: number
  credit: number
  /** Since when one more message might have been sent; NEVER while the window is full. */
  roomSince: Nanos
}

export interface Outstanding {
  readonly ns: number
  readonly type: string
  readonly bytes: Uint8Array
  readonly seq: number
  readonly firstAt: Nanos
  lastAt: Nanos
  attempts: number
}

/** A control message that its sender really sent. */
export interface Packet {
  readonly seq: number
  /** Record of its first transmission; of this one where that is not known. */
  readonly firstSeq: number
  readonly at: Nanos
  readonly channel: Channel
  readonly era: Era
  /** Of its sender; 0 for none. */
  readonly session: number
  /** Message type, 'ZLB', or '' when it cannot be told. */
  readonly type: string
  readonly ns: number
  readonly nr: number
  /** Contents of an FSQ or FSR. */
  readonly states: readonly SessionState[] | undefined
  /** The control message; over IP without the 32 zero bits before it. */
  readonly bytes: Uint8Array
  /** A copy of it arrived with a flipped bit. */
  damaged: boolean
  /** Record by which it was last held, for it came out of order, and by which a copy arrived since; -1 for none. */
  heldBy: number
  arrivedBy: number
}

/** A Session ID that the peer asked about: how often without an answer, as whose other half, and by which record first. */
export interface AskedState {
  count: number
  remoteSessionId: number
  readonly at: Nanos
  readonly seq: number
}

export interface Session {
  readonly channel: Channel
  readonly session: number
  /** -1 while its pairing has been tampered with and no record has told the new one. */
  peerSession: number
  readonly outgoing: boolean
  /** This side asked for it, and has told so; one that was restored may be of either side. */
  readonly placed: boolean
  sequenced: boolean
  state: 'opening' | 'established' | 'closed'
  readonly openedAt: Nanos
  readonly openedBy: number
  changedAt: Nanos
  changedBy: number
  why: string
  /** Record that last ended a session with this number in a way the other side is told of; -1 for none. */
  readonly toldBefore: number
  /** When a CDN, and when data was last sent for it; -1 for never. */
  cdnAt: Nanos
  dataSentAt: Nanos
  /** Since the last reset: queried; answered so that it is in order; left without an answer. */
  queried: boolean
  confirmed: boolean
  unanswered: boolean
  /** A plane of either side failed under it; its outcome counts. */
  endangered: boolean
  /** It, or a call before it with its number, took a message meant for an earlier one: what the two sides make of it is open. */
  misled: boolean
  /** A message named it after its end: what answers that is no part of the end. */
  namedAfterEnd: boolean
  flow: Flow | undefined
}

/**
 * A message was sent, for the first time, before this session had its number, or about another call of its sender: to a call that had the
 * number earlier.
 */
export function isForEarlierCall({ openedBy, peerSession }: Session, { firstSeq, session }: Packet): boolean {
  return openedBy > firstSeq || (peerSession > 0 && session > 0 && session !== peerSession)
}

/** Ends of a session that the other side learns of by a message, perhaps still on its way, or that a fault brought about. */
export const toldEnds: ReadonlySet<string> = new Set([
  'cdn-sent',
  'cdn-received',
  'collision',
  'not-recoverable',
  'table-edit',
  'tunnel-closed',
  'forbidden',
])

/** Data messages received for one session; goes on when the session is restored. */
export interface Flow {
  readonly endpoint: Endpoint
  readonly tunnel: number
  readonly session: number
  /** Numbers are no larger. */
  readonly largest: number
  /** Number of the last one delivered; -1 when there is none to compare with. */
  lastNs: number
  /** Old messages in sequence, and the number of the last of them (RFC 4951 3.2.3). */
  run: number
  runNs: number
  /** The session it belongs to at present. */
  of: Session
  /** What was delivered; kept by whoever counts it. */
  deliveries: Deliveries | undefined
}

/** Deliveries of one flow in time and by the sender's running count. */
export interface Deliveries {
  count: number
  firstAt: Nanos
  lastAt: Nanos
  /** Packet number of the latest message sent among those delivered, and its running count. */
  lastPacket: number
  lastStamp: number
  /** Runs of counts below `lastStamp` that have not been seen, oldest first: first and last of each, alternating. */
  readonly missing: number[]
  /** Mean spacing before the fault; -1 while there was none. */
  usual: Nanos
  /** Longest gap of the outage; -1 while there was none. */
  longest: Nanos
  /** First delivery of a message sent after the fault; -1 while there is none. */
  resumedAt: Nanos
}

/** How long this side must wait for its peer's recovery (RFC 4951 5.1): 0 unless both sides can do it (R4951-AMB-30). */
export const grantedRecoveryTime = ({ negotiated }: Channel): Nanos =>
  negotiated !== undefined && negotiated.ownControl && negotiated.peerControl ? negotiated.recoveryTime : 0

export interface Reset {
  readonly recovery: Channel | undefined
  readonly ns: number
  readonly nr: number
  readonly role: string
}

export function newEra(channel: Channel, record: TraceRecord, reset?: Reset): Era {
  return {
    channel,
    recovery: reset?.recovery,
    zero: reset !== undefined && reset.ns === 0 && reset.nr === 0,
    at: record.at,
    seq: record.seq,
    mutedFrom: reset === undefined ? -1 : channel.mutedSince < 0 ? record.seq : channel.mutedSince,
    role: reset?.role ?? '',
    firstNs: -1,
    nextNs: reset?.ns ?? -1,
    expected: reset?.nr ?? -1,
    outstanding: [],
    doubtful: 0,
    congestion: 1,
    headSince: 0,
    least: 1,
    threshold: Infinity,
    credit: 0,
    roomSince: record.at,
  }
}

export function newChannel(endpoint: Endpoint, tunnel: number, record: TraceRecord, restored: boolean): Channel {
  const previous = endpoint.channels.get(tunnel)
  const channel: Omit<Channel, 'era'> = {
    endpoint,
    tunnel,
    version: previous?.version ?? (endpoint.config?.version === 3 ? 3 : 2),
    seq: record.seq,
    at: record.at,
    announced: false,
    purpose: '',
    oldTunnel: 0,
    state: 'opening',
    changedAt: record.at,
    changedBy: record.seq,
    why: '',
    peer: undefined,
    peerTunnel: 0,
    met: undefined,
    initiator: false,
    negotiated: restored ? previous?.negotiated : undefined,
    sessions: new Map(),
    previous,
    tainted: false,
    misspeaks: false,
    edited: false,
    mispaired: false,
    endangered: restored && previous?.endangered === true,
    restored,
    awaitsReset: restored,
    recovered: false,
    offers: [],
    mutedSince: restored ? record.seq : -1,
    attempt: undefined,
    unrecoverable: false,
    step: '',
    stepAt: 0,
    stepBy: -1,
    synchronisedAt: -1,
    unanswered: false,
    resets: 0,
    resetTo: undefined,
    settledAt: restored ? NEVER : -1,
    asked: new Map(),
    duplicateAt: -1,
    namedHiddenBy: -1,
    lastAcceptedAt: -1,
    callRequested: false,
    queriedByPeer: false,
  }
  const whole = channel as Channel
  whole.era = newEra(whole, record)
  // One generation back is enough for whoever asks, and a chain would never be freed.
  if (previous !== undefined) previous.previous = undefined
  if (tunnel !== 0) endpoint.channels.set(tunnel, whole)
  return whole
}

/** How its side retransmits; undefined where nothing has told. */
export function retransmitOf({ endpoint: { config, announced }, version }: Channel): RetransmitConfig | undefined {
  return config === undefined ? announced : protocols[version].retransmitOf(config)
}

/** What is assumed before the peer has told its Receive Window Size (RFC 2661 4.4.3). */
const UNTOLD_WINDOW = 4

export const windowOf = ({ negotiated }: Channel): number => negotiated?.peerWindow ?? UNTOLD_WINDOW

/** Notes whether there is room for one more message after what happened at `at`. */
export function noteRoom(era: Era, at: Nanos): void {
  const isFull = era.outstanding.length - era.doubtful >= Math.min(era.least, windowOf(era.channel))
  if (isFull) era.roomSince = NEVER
  else if (era.roomSince === NEVER) era.roomSince = at
}

/** Data numbers of its sessions are no larger. */
export const largestDataNumber = ({ version }: Channel): number => protocols[version].largestDataNumber

/** Begun by a control channel reset. */
export const isReset = (era: Era): boolean => era.mutedFrom >= 0

/** Whether both eras were begun by one and the same recovery, or both by none; undefined when the books cannot tell. */
export function areSameEra(a: Era, b: Era): boolean | undefined {
  if (isReset(a) !== isReset(b)) return false
  if (!isReset(a)) return true
  if (a.recovery === undefined || b.recovery === undefined) return undefined
  if (a.recovery.peerTunnel === 0 || b.recovery.peerTunnel === 0) return undefined
  return a.recovery.peerTunnel === b.recovery.tunnel && b.recovery.peerTunnel === a.recovery.tunnel
}

/** Up as far as its own side knows. */
export const isLive = (channel: Channel): boolean => channel.state === 'established' || channel.state === 'opening'

/** Closed by a StopCCN, and kept to acknowledge (RFC 2661 5.7). */
export const lingers = (channel: Channel): boolean => channel.why === 'stopccn-sent' || channel.why === 'stopccn-received'

/** The other side of a control connection as it stands, if both sides name each other. */
export function partnerOf(channel: Channel): Channel | undefined {
  if (channel.peerTunnel === 0) return undefined
  const other = channel.peer?.channels.get(channel.peerTunnel)
  return other?.peer === channel.endpoint && other.peerTunnel === channel.tunnel ? other : undefined
}

/** The other half of a session as it stands, whatever it is paired with. */
export const otherHalf = (session: Session, partner: Channel): Session | undefined => partner.sessions.get(session.peerSession)

/** Both halves are established and name each other. */
export function arePaired(session: Session, other: Session | undefined): boolean {
  return session.state === 'established' && other?.state === 'established' && other.peerSession === session.session
}

/**
 * No damaged or forged message was taken on either side, and none from a channel that had the number before: a node that fails twice
 * knows nothing of the recovery tunnels it answered in between, and may give their numbers again. What the two agree on can be judged.
 */
export function isTrustworthy(channel: Channel, partner: Channel | undefined): boolean {
  return !channel.tainted && partner?.tainted !== true && (partner?.met === undefined || partner.met === channel)
}

/** Text for a violation: `lns1 tunnel 17`. */
export const nameOf = (channel: Channel): string => `${channel.endpoint.name} tunnel ${String(channel.tunnel)}`

/** Which open question an answer settles: the one it names, or any where one of the two was hidden. */
export function questionFor(asked: ReadonlyMap<number, AskedState>, remoteSessionId: number): number {
  if (asked.has(remoteSessionId)) return remoteSessionId
  if (remoteSessionId >= 0) return HIDDEN
  const [first = HIDDEN] = asked.keys()
  return first
}

/** In place of a number in a hidden AVP. */
const HIDDEN = -1
