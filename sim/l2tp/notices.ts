// What an LCCE tells its driver besides datagrams. The simulator turns each into a trace record of the same kind and fields;
// another driver would log them. Tunnel and session numbers are the LCCE's own, 0 for none.

import type { Nanos } from '../base/time.ts'

export interface Handled {
  readonly kind: 'handled'
  readonly packet: number
  readonly tunnel: number
  readonly session: number
  readonly type: string
  readonly ns: number
  readonly nr: number
  readonly verdict: string
}

export interface Transition {
  readonly kind: 'transition'
  readonly machine: string
  readonly tunnel: number
  readonly session: number
  readonly from: string
  readonly on: string
  readonly to: string
  readonly row: number
}

export interface TimerNotice {
  readonly kind: 'timer'
  readonly name: string
  readonly tunnel: number
  readonly session: number
  readonly action: 'start' | 'stop' | 'fire'
  readonly due: Nanos
}

export type TunnelEnd =
  | 'stopccn-sent'
  | 'stopccn-received'
  | 'retransmission-limit'
  | 'recovery-failed'
  | 'tie-lost'
  | 'tie-equal'
  | 'superseded'
  | 'silent'

export interface TunnelNotice {
  readonly kind: 'tunnel'
  readonly tunnel: number
  readonly peerTunnel: number
  readonly peer: string
  readonly purpose: 'ordinary' | 'recovery'
  readonly oldTunnel: number
  readonly event: 'opening' | 'established' | 'closed' | 'restored'
  readonly why: TunnelEnd | ''
}

export interface Negotiated {
  readonly kind: 'negotiated'
  readonly tunnel: number
  readonly ownWindow: number
  readonly peerWindow: number
  readonly retransmitInitial: Nanos
  readonly retransmitCap: Nanos
  readonly retransmitCount: number
  readonly ownControl: boolean
  readonly ownData: boolean
  readonly peerControl: boolean
  readonly peerData: boolean
  readonly recoveryTime: Nanos
}

export type SessionEnd =
  | 'cdn-sent'
  | 'cdn-received'
  | 'tunnel-closed'
  | 'not-established'
  | 'unknown-to-peer'
  | 'collision'
  | 'not-recoverable'
  | 'table-edit'
  | 'forbidden'
  | 'tie-lost'

export interface SessionNotice {
  readonly kind: 'session'
  readonly tunnel: number
  readonly session: number
  readonly peerSession: number
  readonly call: 'incoming' | 'outgoing'
  readonly sequenced: boolean
  readonly event: 'opening' | 'established' | 'closed' | 'restored'
  readonly why: SessionEnd | ''
}

export type RecoveryStep =
  | 'waiting'
  | 'requested'
  | 'offered'
  | 'refused'
  | 'tie-won'
  | 'tie-lost'
  | 'tie-equal'
  | 'superseded'
  | 'aborted'
  | 'recovered'
  | 'synchronised'
  | 'failed'
  | 'not-attempted'

export interface RecoveryNotice {
  readonly kind: 'recovery'
  readonly tunnel: number
  readonly recoveryTunnel: number
  readonly role: 'recovery' | 'remote'
  readonly step: RecoveryStep
  readonly why: string
}

export interface ControlReset {
  readonly kind: 'controlReset'
  readonly tunnel: number
  readonly recoveryTunnel: number
  readonly role: 'recovery' | 'remote'
  readonly ns: number
  readonly nr: number
  readonly epoch: number
  readonly flushed: number
}

/** Orders the data plane to restart a session's numbers (RFC 4951 3.2.3); the data plane answers with `dataReset`. */
export interface RestartData {
  readonly kind: 'restartData'
  readonly tunnel: number
  readonly session: number
}

export interface SyncNotice {
  readonly kind: 'sync'
  readonly tunnel: number
  readonly session: number
  readonly peerSession: number
  readonly outcome: 'queried' | 'confirmed' | 'cleared' | 'stale' | 'unanswered' | 'answered-valid' | 'answered-unknown'
}

export interface Log {
  readonly kind: 'log'
  readonly tunnel: number
  readonly session: number
  readonly what: string
  readonly detail: string
}

export type LcceNotice =
  | Handled
  | Transition
  | TimerNotice
  | TunnelNotice
  | Negotiated
  | SessionNotice
  | RecoveryNotice
  | ControlReset
  | RestartData
  | SyncNotice
  | Log
