// What an LCCE keeps about one control connection and its sessions: data, and the lookups over it. What happens to it is in
// `control.ts`, `calls.ts`, `recovery.ts` and `synchronisation.ts`; when, in the tables of `machines/`.

import type { Address, Datagram } from '../base/datagram.ts'
import { Deadlines } from '../base/deadlines.ts'
import type { Rng } from '../base/random.ts'
import type { Nanos } from '../base/time.ts'
import type { Channel, Outbound } from './channel.ts'
import type { LcceConfig, RetransmitConfig } from './config.ts'
import type { Change, Step } from './fsm.ts'
import type { ControlConnectionEvent, ControlConnectionState } from './machines/control-connection.ts'
import type { RecoveryEndpointEvent, RecoveryEndpointState } from './machines/recovery-endpoint.ts'
import type { RemoteEndpointEvent, RemoteEndpointState } from './machines/remote-endpoint.ts'
import type { SessionSyncEvent, SessionSyncState } from './machines/session-sync.ts'
import type { LcceNotice, SessionEnd, TunnelEnd } from './notices.ts'
import type { Rules } from './rules.ts'
import type { Version } from './wire/avps.ts'
import type { DataFormat } from './wire/data-v3.ts'
import type { Transport } from './wire/demultiplex.ts'
import type { ControlAuthentication } from './wire/digest.ts'
import type { Form } from './wire/encode.ts'
import type { AnyMessage, AnyMessageOf } from './wire/messages.ts'

/** The timers of a tunnel: slots of its `deadlines`. The order is that in which timers due at one instant fire. */
export const timerNames = [
  'retransmit', // head of the control channel (RFC 2661 5.8)
  'recovery-time', // RFC 4951 5.1
  'guard', // remote: recovery tunnel still up (R4951-AMB-42)
  'hello', // RFC 2661 5.5; before the tunnel is established: a handshake that stands still
  'linger', // closed, kept to acknowledge (RFC 2661 5.7)
  'response', // an FSR is awaited (R4951-AMB-64)
  'stale', // stale sessions are queried (R4951-AMB-63)
  'first-query', // remote: starts its own query if the peer sends none
  'coalesce', // answers to FSQs are gathered
  'answer', // LAC: an outgoing call is being answered (RFC 2661 7.5.1)
  'retry', // recovery endpoint: next attempt
] as const
export type TimerName = (typeof timerNames)[number]

/** Slot of each timer. */
export const timerSlots = Object.fromEntries(timerNames.map((name, slot) => [name, slot])) as Record<TimerName, number>

export interface FailoverCapability {
  readonly control: boolean
  readonly data: boolean
  readonly recoveryTime: Nanos
}

export const NO_FAILOVER: FailoverCapability = { control: false, data: false, recoveryTime: 0 }

/** Side and direction of a call; names its machine. */
export type CallSide = 'incoming-lac' | 'incoming-lns' | 'outgoing-lac' | 'outgoing-lns'

export interface Session {
  readonly tunnel: Tunnel
  readonly localSessionId: number
  peerSessionId: number
  readonly side: CallSide
  /** State of the machine that `side` names. */
  state: string
  sequenced: boolean
  readonly serialNumber: number
  sync: SessionSyncState
  /** When the answer to a query, or the next query of a stale session, is due. */
  syncDue: Nanos
  syncTries: number
  /** LAC, outgoing call: when the bearer answers, and when that is given up. */
  answerDue: Nanos
  /** L2TPv3: what stands between header and payload of the data we receive, and of the data we send. */
  receives: DataFormat
  sends: DataFormat
  /** L2TPv3, a call we place: the circuit it is for, and the Session Tie Breaker of our request. */
  remoteEndId: Uint8Array
  tieBreaker: Uint8Array | undefined
}

/**
 * Which data of a call is to have numbers. `non-ip`: in L2TPv3 only what does not carry IP (RFC 3931 5.4.4, Data Sequencing 1);
 * L2TPv2 has no such level, there it is all.
 */
export type Sequenced = boolean | 'non-ip'

/** No cookie, no sublayer. */
export const PLAIN_DATA: DataFormat = { cookie: new Uint8Array(0), sublayer: false, nonIpOnly: false }
export const NO_OCTETS: Uint8Array = new Uint8Array(0)

/** Result and error codes for a StopCCN or CDN (RFC 2661 4.4.2). */
export interface Refusal {
  readonly result: number
  readonly error?: number
  readonly message?: string
}

/** State of RFC 4951 on an old tunnel, recovery endpoint's side. */
export interface OwnRecovery {
  state: RecoveryEndpointState
  recoveryTunnel: Tunnel | undefined
  tieBreaker: Uint8Array | undefined
  attempts: number
  tieRetries: number
  /** Counts among the recoveries under way. */
  underWay: boolean
  readonly begun: Nanos
}

/** State of RFC 4951 on an old tunnel, remote endpoint's side. */
export interface PeerRecovery {
  state: RemoteEndpointState
  /** Recovery tunnels accepted and not yet through, oldest first. */
  offers: Tunnel[]
  /** Messages in the send queue when it was suspended: older than the failure. */
  queuedBefore: number
  /** Own sessions that were never established and have ended since it was suspended, with a CDN that waits. */
  readonly unfinished: Set<number>
}

export class Tunnel {
  readonly lcce: LcceContext
  readonly localTunnelId: number
  peerTunnelId = 0
  local: Address
  peer: Address
  readonly purpose: 'ordinary' | 'recovery'
  /** Of a recovery tunnel: the tunnel it recovers. */
  oldTunnel: Tunnel | undefined
  /** Whether we sent the SCCRQ. */
  readonly initiator: boolean
  /** What its protocol version has of its own. */
  protocol: Protocol
  /** Of L2TPv2 until its SCCRQ is answered, maybe in L2TPv3 (RFC 3931 4.7.3). */
  undecided = false
  readonly transport: Transport
  retransmit: RetransmitConfig
  state: ControlConnectionState = 'idle'
  /** Cleaned up; kept only to acknowledge and to deliver a last StopCCN. */
  closing = false
  /** Out of the table for good. */
  gone = false
  readonly channel: Channel
  readonly deadlines = new Deadlines(timerNames.length)
  /** Waits for its outputs at the end of the present call. */
  touched = false

  peerHostName = ''
  peerFraming = 0
  peerBearer = 0
  capability: FailoverCapability = NO_FAILOVER
  peerCapability: FailoverCapability = NO_FAILOVER
  /** The Challenge we sent, and the one we must answer. */
  ownChallenge: Uint8Array | undefined
  peerChallenge: Uint8Array | undefined
  /** The peer has proved that it knows our secret. */
  authenticated = false
  /** L2TPv3: the peer's Router ID, 0 while it is not known, and pseudowire types. */
  peerRouterId = 0
  peerPseudowires: readonly number[] = []
  /** L2TPv3: how messages are written, undefined for L2TPv2; and what their digests are made of, undefined for none. */
  form: Form<3> | undefined
  authentication: ControlAuthentication | undefined
  localNonce: Uint8Array = NO_OCTETS
  peerNonce: Uint8Array = NO_OCTETS
  /** Tie Breaker of our SCCRQ. */
  tieBreaker: Uint8Array | undefined
  /** Why this tunnel's set-up is refused, for its StopCCN. */
  refusal: Refusal | undefined
  /** Why it is being cleaned up. */
  end: TunnelEnd = 'silent'

  readonly sessions = new Map<number, Session>()
  /** Calls placed that wait for the tunnel to open; some may have ended since. */
  readonly waitingCalls: Session[] = []
  /** Sessions by the peer's Session ID. */
  readonly byPeerSession = new Map<number, Session>()
  lastHeard: Nanos = 0
  /** Silence after which the next HELLO is said. */
  helloAfter: Nanos = 0

  ownRecovery: OwnRecovery | undefined
  readonly peerRecovery: PeerRecovery = { state: 'normal', offers: [], queuedBefore: 0, unfinished: new Set() }
  /** Of a recovery tunnel at the remote: what its SCCRP suggested; undefined for the reset to zero. */
  suggested: { readonly ns: number; readonly nr: number } | undefined
  /** The unacknowledged message that the running recovery timer belongs to (RFC 4951 5.1). */
  recoveryTimerOf: Outbound | undefined
  /** Its life has been announced by a notice. */
  announced = false

  /** Sessions to be put into the next FSQ, and FSS answers to be put into the next FSR. */
  readonly toQuery: Session[] = []
  readonly toAnswer: { readonly sessionId: number; readonly remoteSessionId: number }[] = []
  /** A recovery's synchronisation is under way, in which we have this role. */
  synchronising: 'recovery' | 'remote' | undefined

  constructor(lcce: LcceContext, made: TunnelOptions) {
    this.lcce = lcce
    this.localTunnelId = made.localTunnelId
    this.local = made.local
    this.peer = made.peer
    this.purpose = made.purpose
    this.initiator = made.initiator
    this.protocol = made.protocol
    this.transport = made.local.port === 0 ? 'ip' : 'udp'
    this.form = made.protocol.formOf(lcce.config)
    this.authentication = made.protocol.authenticationOf(lcce.config, NO_OCTETS, NO_OCTETS)
    this.retransmit = made.protocol.retransmitOf(lcce.config)
    this.channel = lcce.newChannel(this)
  }

  get version(): Version {
    return this.protocol.version
  }

  /** When a timer is due; NEVER when it is off. */
  deadlineOf(timer: TimerName): Nanos {
    return this.deadlines.get(timerSlots[timer])
  }
}

export interface TunnelOptions {
  readonly protocol: Protocol
  readonly localTunnelId: number
  readonly local: Address
  readonly peer: Address
  readonly purpose: 'ordinary' | 'recovery'
  readonly initiator: boolean
}

/** What comes with an event of a call: the message, or why a local end happens. */
export interface CallArgument {
  readonly message?: AnyMessage
  readonly refusal?: Refusal
  readonly end?: SessionEnd
}

/** What comes with an event of a recovery, at the recovery endpoint and at the remote one. */
export interface RecoveryArgument {
  readonly sccrp?: AnyMessageOf<'SCCRP'>
  readonly why?: string
}
export interface RemoteArgument {
  readonly recoveryTunnel?: Tunnel
}

/** Takes the events that the machine of this side knows. */
export type CallSteps = Readonly<Record<CallSide, (session: Session, on: never, argument: CallArgument) => boolean>>

type Versions<T> = Readonly<Record<Version, T>>

/** What an LCCE works by: the tables with what gives them life, compiled once, and the rules beside them (machinery.ts). */
export interface Machinery {
  readonly control: Versions<Step<ControlConnectionEvent, Tunnel, AnyMessage | undefined>>
  readonly calls: Versions<CallSteps>
  readonly ownRecovery: Versions<Step<RecoveryEndpointEvent, Tunnel, RecoveryArgument>>
  readonly peerRecovery: Versions<Step<RemoteEndpointEvent, Tunnel, RemoteArgument>>
  readonly sync: Versions<Step<SessionSyncEvent, Session, undefined>>
  readonly rules: Rules
  /** A control message on its way in, before anything is looked at. */
  readonly hears: (lcce: LcceContext, datagram: Datagram, packet: number) => void
  /** A control message on its way out, before it is encoded. */
  readonly says: (message: AnyMessage, tunnel: Tunnel) => AnyMessage
  /** Its octets, still without numbers and digests. */
  readonly spells: (bytes: Uint8Array, message: AnyMessage, tunnel: Tunnel) => Uint8Array
}

/** Whom a tunnel of ours is to lead to. */
export interface Dialling {
  readonly local: Address
  readonly peer: Address
  /** L2TPv3: 0 or absent if not known. */
  readonly peerRouterId?: number
  /** The version is found out (RFC 3931 4.7.3); that of the protocol is then L2TPv2. */
  readonly undecided?: boolean
}

/** What the parts of an LCCE may ask of the whole. */
export interface LcceContext {
  readonly config: LcceConfig
  readonly machinery: Machinery
  readonly rng: Rng
  readonly now: Nanos
  notice(notice: LcceNotice): void
  newChannel(tunnel: Tunnel): Channel
  /** Makes a tunnel with a free Tunnel ID (or the one given) and enters it into the table; undefined when none is free. */
  newTunnel(options: Omit<TunnelOptions, 'localTunnelId'> & { readonly localTunnelId?: number }): Tunnel | undefined
  /** Dials a tunnel; false when there is no room. */
  openTunnel(protocol: Protocol, dialling: Dialling): boolean
  /** Session IDs of all L2TPv3 tunnels: there they select the session without a Tunnel ID (RFC 3931 4.1). */
  readonly nodeSessions: Set<number>
  /** L2TPv3: sessions that we have asked for; some may have been answered or ended since. */
  readonly requests: Set<Session>
  /** Tunnels that peers asked for, among them all that are not established. */
  readonly handshakes: Set<Tunnel>
  /** Whether one more may be asked for. */
  admitsHandshake(): boolean
  newSessionId(tunnel: Tunnel): number
  nextSerialNumber(): number
  /** The value of the next tie breaker, as configured or drawn: 8 octets. */
  nextTieBreaker(): Uint8Array
  nextSessionTieBreaker(): Uint8Array
  /** Takes a tunnel out of the table. */
  forget(tunnel: Tunnel): void
  /** Encodes and queues a control message. */
  send(tunnel: Tunnel, message: AnyMessage, session?: Session): void
  /** Sets or clears (NEVER) a timer. */
  setTimer(tunnel: Tunnel, timer: TimerName, at: Nanos): void
  touch(tunnel: Tunnel): void
  tunnel(localTunnelId: number): Tunnel | undefined
  tunnels(): IterableIterator<Tunnel>
  /** When data was last received for a tunnel, and for one of its sessions; 0 for never. */
  lastData(localTunnelId: number, localSessionId: number): Nanos
  /** Offers an event to a tunnel's control connection machine. */
  control(tunnel: Tunnel, on: ControlConnectionEvent, message?: AnyMessage): void
  /** A recovery ended one way or another: pacing may start the next. */
  recoveryDone(): void
}

/**
 * What one protocol version has of its own: what its messages say, what they are taken for, and the numbers that differ. Each tunnel
 * holds one; they are in l2tpv2.ts and l2tpv3.ts.
 */
export interface Protocol {
  readonly version: Version
  /** Tunnel and Session IDs are no larger. */
  readonly largestId: number
  /** Session IDs are unique in the whole LCCE, not only in their tunnel. */
  readonly sessionIdsOfNode: boolean
  /** Sequence numbers of data are no larger, and wrap behind it. */
  readonly largestDataNumber: number
  /** The LNS decides whether a session that need not be sequenced has numbers, and the LAC follows (RFC 2661 5.4). */
  readonly lnsNumbers: boolean
  /** The loser of a tie is told (RFC 3931 5.4.3), and so keeps what it needs to acknowledge that. */
  readonly tellsLoser: boolean
  /** HELLOs of several tunnels to one LCCE are spread (RFC 3931 4.4). */
  readonly jittersHello: boolean

  readonly retransmitOf: (config: LcceConfig) => RetransmitConfig
  /** How long state is kept after a StopCCN. */
  readonly lingerOf: (config: LcceConfig) => number
  readonly formOf: (config: LcceConfig) => Form<3> | undefined
  /** What digests are made of with these nonces; undefined without digests. */
  readonly authenticationOf: (config: LcceConfig, own: Uint8Array, peers: Uint8Array) => ControlAuthentication | undefined
  /** The secret with which AVPs are hidden, if there is one. */
  readonly hidingSecret: (config: LcceConfig) => string | undefined
  /** The secret with which those of a received message are unhidden, if there is one. */
  readonly unhidingSecret: (config: LcceConfig, bytes: Uint8Array, authentication?: ControlAuthentication) => string | undefined

  /** Draws what our first message of a tunnel needs of chance. */
  readonly prepare: (tunnel: Tunnel) => void
  readonly sccrq: (tunnel: Tunnel) => AnyMessage
  readonly sccrp: (tunnel: Tunnel) => AnyMessage
  readonly scccn: (tunnel: Tunnel) => AnyMessage
  /** Why a message of the handshake is not acceptable in this version; undefined when it is. */
  readonly objection: (tunnel: Tunnel, message: AnyMessageOf<'SCCRQ' | 'SCCRP' | 'SCCCN'>) => Refusal | undefined
  /** Stores what SCCRQ or SCCRP tells of the peer and only this version has. */
  readonly learnPeer: (tunnel: Tunnel, message: AnyMessageOf<'SCCRQ' | 'SCCRP'>) => void
  /** Takes over the nonce of an SCCRQ, with which the answer is sealed. */
  readonly learnNonce: (tunnel: Tunnel, nonce: Uint8Array) => void
  /** Whether an SCCRQ comes from the LCCE to which this tunnel of ours is being opened, and so competes with it. */
  readonly competes: (opening: Tunnel, message: AnyMessageOf<'SCCRQ'>, from: Address) => boolean
  /** Whether a recovery comes from who the old tunnel's peer is said to be. */
  readonly samePeer: (old: Tunnel, message: AnyMessageOf<'SCCRQ'>) => boolean

  /** Draws what a new session needs of chance. */
  readonly prepareCall: (session: Session) => void
  /** Draws what the request of a call that we place needs of chance. */
  readonly prepareRequest: (session: Session) => void
  readonly icrq: (session: Session) => AnyMessage
  readonly icrp: (session: Session) => AnyMessage
  readonly iccn: (session: Session) => AnyMessage
  readonly ocrq: (session: Session) => AnyMessage
  readonly ocrp: (session: Session) => AnyMessage
  readonly occn: (session: Session) => AnyMessage
  readonly cdn: (session: Session, refusal: Refusal) => AnyMessage
  /** Whether the peer can take the call we mean to request. */
  readonly requestable: (session: Session) => boolean
  /** Why a call message is not acceptable in this version; undefined when it is. */
  readonly callObjection: (session: Session, message: AnyMessage) => Refusal | undefined
  /** Whether we are taken for the LAC of an outgoing call that we do not know. */
  readonly placesOutgoing: (tunnel: Tunnel) => boolean
  /** For a message in a state that does not expect it. */
  readonly callOutOfTurn: (type: string) => Refusal
  /** Stores what an acceptable call message says about data. */
  readonly learnCall: (session: Session, message: AnyMessage) => void
}

/** Announces that a machine of a tunnel, or of one of its sessions, took a row. */
export function noteTransition(tunnel: Tunnel, machine: string, session: number, change: Change<string, string>): void {
  const { from, on, to, row } = change
  tunnel.lcce.notice({ kind: 'transition', machine, tunnel: tunnel.localTunnelId, session, from, on, to, row })
}
