// What an LCCE keeps about one control connection and its sessions: data, and the lookups over it. What happens to it is in
// `control.ts`, `calls.ts`, `recovery.ts` and `synchronisation.ts`; when, in the tables of `machines/`.

import type { Address } from '../base/datagram.ts'
import { Deadlines } from '../base/deadlines.ts'
import type { Rng } from '../base/random.ts'
import type { Nanos } from '../base/time.ts'
import type { Channel, Outbound } from './channel.ts'
import type { LcceConfig } from './config.ts'
import type { Change } from './fsm.ts'
import type { ControlConnectionEvent, ControlConnectionState } from './machines/control-connection.ts'
import type { RecoveryEndpointState } from './machines/recovery-endpoint.ts'
import type { RemoteEndpointState } from './machines/remote-endpoint.ts'
import type { SessionSyncState } from './machines/session-sync.ts'
import type { LcceNotice, TunnelEnd } from './notices.ts'
import type { ControlMessage } from './wire/messages.ts'

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
}

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

  ownRecovery: OwnRecovery | undefined
  readonly peerRecovery: PeerRecovery = { state: 'normal', offers: [], queuedBefore: 0 }
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
    this.channel = lcce.newChannel(this)
  }

  /** When a timer is due; NEVER when it is off. */
  deadlineOf(timer: TimerName): Nanos {
    return this.deadlines.get(timerSlots[timer])
  }
}

export interface TunnelOptions {
  readonly localTunnelId: number
  readonly local: Address
  readonly peer: Address
  readonly purpose: 'ordinary' | 'recovery'
  readonly initiator: boolean
}

/** What the parts of an LCCE may ask of the whole. */
export interface LcceContext {
  readonly config: LcceConfig
  readonly rng: Rng
  readonly now: Nanos
  notice(notice: LcceNotice): void
  newChannel(tunnel: Tunnel): Channel
  /** Makes a tunnel with a free Tunnel ID (or the one given) and enters it into the table; undefined when none is free. */
  newTunnel(options: Omit<TunnelOptions, 'localTunnelId'> & { readonly localTunnelId?: number }): Tunnel | undefined
  newSessionId(tunnel: Tunnel): number
  nextSerialNumber(): number
  /** Takes a tunnel out of the table. */
  forget(tunnel: Tunnel): void
  /** Encodes and queues a control message. */
  send(tunnel: Tunnel, message: ControlMessage, session?: Session): void
  /** Sets or clears (NEVER) a timer. */
  setTimer(tunnel: Tunnel, timer: TimerName, at: Nanos): void
  touch(tunnel: Tunnel): void
  tunnel(localTunnelId: number): Tunnel | undefined
  tunnels(): IterableIterator<Tunnel>
  /** When data was last received for a tunnel, and for one of its sessions; 0 for never. */
  lastData(localTunnelId: number, localSessionId: number): Nanos
  /** Offers an event to a tunnel's control connection machine. */
  control(tunnel: Tunnel, on: ControlConnectionEvent, message?: ControlMessage): void
  /** A recovery ended one way or another: pacing may start the next. */
  recoveryDone(): void
}

/** Announces that a machine of a tunnel, or of one of its sessions, took a row. */
export function noteTransition(tunnel: Tunnel, machine: string, session: number, change: Change<string, string>): void {
  const { from, on, to, row } = change
  tunnel.lcce.notice({ kind: 'transition', machine, tunnel: tunnel.localTunnelId, session, from, on, to, row })
}
