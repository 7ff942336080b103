// The control connection: the guards and actions behind the table of RFC 2661 7.2.1 and RFC 3931 7.2, for ordinary and recovery tunnels
// alike. What a protocol version has of its own is asked of the tunnel's `protocol`.
// What RFC 4951 adds to a recovery tunnel is asked of `recovery.ts`.

import { NEVER } from '../base/time.ts'
import { offer } from './calls.ts'
import { peerCapability } from './capability.ts'
import { retransmissionCycle } from './channel.ts'
import type { Behaviour, Build } from './fsm.ts'
import { awaitHello } from './keepalive.ts'
import { controlConnection, type ControlConnectionEvent, type ControlConnectionState } from './machines/control-connection.ts'
import type { TunnelNotice } from './notices.ts'
import {
  acceptRecovery,
  noteRefused,
  oldTunnelClosed,
  ownRecoveryEvent,
  peerRecoveryEvent,
  recoveryTunnelEnded,
} from './recovery.ts'
import { refuseRecovery } from './recovery-request.ts'
import { noteTransition, timerNames, type CallArgument, type Machinery, type Refusal, type Tunnel } from './tunnel.ts'
import type { AnyMessage, AnyMessageOf } from './wire/messages.ts'

type Sccrq = AnyMessageOf<'SCCRQ'>
type Sccrp = AnyMessageOf<'SCCRP'>

const FSM_ERROR: Refusal = { result: 7 }
const GENERAL_CLEAR: Refusal = { result: 1 }
/** How a call ends that cannot be asked for: the peer has not advertised what it needs. */
const UNREQUESTED: CallArgument = { end: 'forbidden' }

export function announceTunnel(tunnel: Tunnel, event: TunnelNotice['event'], why: TunnelNotice['why'] = ''): void {
  tunnel.announced = true
  tunnel.lcce.notice({
    kind: 'tunnel',
    tunnel: tunnel.localTunnelId,
    peerTunnel: tunnel.peerTunnelId,
    peer: tunnel.peer.text,
    purpose: tunnel.purpose,
    oldTunnel: tunnel.oldTunnel?.localTunnelId ?? 0,
    event,
    why,
  })
}

/** Stores what SCCRQ or SCCRP tells of the peer. */
function learnPeer(tunnel: Tunnel, message: Sccrq | Sccrp): void {
  tunnel.peerTunnelId = message.assignedTunnelId
  tunnel.peerHostName = message.hostName
  tunnel.protocol.learnPeer(tunnel, message)
  // Receive Window Size 0 is invalid (RFC 2661 4.4.3); the codec refuses it, 4 is what an absent AVP means.
  tunnel.channel.openWindow(message.receiveWindowSize ?? 4)
  if (tunnel.purpose === 'ordinary') tunnel.peerCapability = peerCapability(tunnel, message)
}

/** Headers carry the peer's Tunnel ID from the first Assigned Tunnel ID on, whatever the message (RFC 2661 4.4.3). */
export function learnTunnelId(tunnel: Tunnel, assignedTunnelId: number | undefined): void {
  if (tunnel.peerTunnelId === 0 && assignedTunnelId !== undefined) tunnel.peerTunnelId = assignedTunnelId
}

/** Until the tunnel is established, the `hello` timer watches that the handshake moves. */
function watchHandshake(tunnel: Tunnel): void {
  const { lcce } = tunnel
  lcce.setTimer(tunnel, 'hello', lcce.now + retransmissionCycle(tunnel.retransmit))
}

/** Why a message of the handshake is not acceptable; undefined when it is. */
function objection(tunnel: Tunnel, message: AnyMessage | undefined): Refusal | undefined {
  switch (message?.type) {
    case 'SCCRQ':
      // The loser of a tie is told by a refusal (RFC 3931 5.4.3).
      if (tunnel.refusal !== undefined) return tunnel.refusal
      return tunnel.protocol.objection(tunnel, message) ?? recoveryObjection(tunnel, message)
    case 'SCCRP':
    case 'SCCCN':
      return tunnel.protocol.objection(tunnel, message)
    default:
      return FSM_ERROR
  }
}

function recoveryObjection(tunnel: Tunnel, message: Sccrq): Refusal | undefined {
  return message.tunnelRecovery === undefined ? undefined : refuseRecovery(tunnel.oldTunnel, tunnel, message)
}

const actions = {
  'send-SCCRQ': (tunnel: Tunnel): void => {
    tunnel.protocol.prepare(tunnel)
    announceTunnel(tunnel, 'opening')
    tunnel.lcce.send(tunnel, tunnel.protocol.sccrq(tunnel))
    watchHandshake(tunnel)
  },
  'send-SCCRP': (tunnel: Tunnel, message?: AnyMessage): void => {
    if (message?.type !== 'SCCRQ') return
    learnPeer(tunnel, message)
    announceTunnel(tunnel, 'opening')
    if (tunnel.oldTunnel !== undefined) acceptRecovery(tunnel, tunnel.oldTunnel)
    tunnel.protocol.prepare(tunnel)
    tunnel.lcce.send(tunnel, tunnel.protocol.sccrp(tunnel))
    watchHandshake(tunnel)
  },
  'send-SCCCN': (tunnel: Tunnel): void => {
    tunnel.lcce.send(tunnel, tunnel.protocol.scccn(tunnel))
  },
  'send-StopCCN': (tunnel: Tunnel, message?: AnyMessage): void => {
    tunnel.end = 'stopccn-sent'
    if (message?.type === 'SCCRQ' && message.tunnelRecovery !== undefined && tunnel.refusal !== undefined) noteRefused(tunnel)
    if (message !== undefined && 'assignedTunnelId' in message) learnTunnelId(tunnel, message.assignedTunnelId)
    tunnel.channel.dropQueued()
    tunnel.channel.suspended = false
    // The Assigned Tunnel ID lets a peer that never learned ours find the tunnel (RFC 2661 4.4.3).
    tunnel.lcce.send(tunnel, {
      type: 'StopCCN',
      assignedTunnelId: tunnel.localTunnelId,
      resultCode: tunnel.refusal ?? (message === undefined ? GENERAL_CLEAR : FSM_ERROR),
    })
  },
  'tunnel-established': (tunnel: Tunnel, message?: AnyMessage): void => {
    if (message?.type === 'SCCRP') learnPeer(tunnel, message)
    announceTunnel(tunnel, 'established')
    announceNegotiated(tunnel)
    const { lcce, oldTunnel } = tunnel
    awaitHello(tunnel, lcce.now)
    if (oldTunnel === undefined) return
    if (message?.type === 'SCCRP') ownRecoveryEvent(oldTunnel, 'rcv-SCCRP', { sccrp: message })
    else peerRecoveryEvent(oldTunnel, 'rcv-SCCCN', { recoveryTunnel: tunnel })
  },
  'tunnel-open': (tunnel: Tunnel): void => {
    for (const session of tunnel.waitingCalls.splice(0)) if (session.state === 'wait-tunnel') offer(session, 'tunnel-open', UNREQUESTED)
  },
  'clean-up': (tunnel: Tunnel, message?: AnyMessage): void => {
    if (message?.type !== 'StopCCN') {
      cleanUp(tunnel, tunnel.refusal?.result ?? 0)
      return
    }
    tunnel.end = 'stopccn-received'
    learnTunnelId(tunnel, message.assignedTunnelId)
    tunnel.channel.dropQueued()
    cleanUp(tunnel, message.resultCode.result)
  },
}

function announceNegotiated(tunnel: Tunnel): void {
  const { lcce, retransmit } = tunnel
  lcce.notice({
    kind: 'negotiated',
    tunnel: tunnel.localTunnelId,
    ownWindow: lcce.config.receiveWindow,
    peerWindow: tunnel.channel.peerWindow,
    retransmitInitial: retransmit.initial,
    retransmitCap: retransmit.cap,
    retransmitCount: retransmit.count,
    ownControl: tunnel.capability.control,
    ownData: tunnel.capability.data,
    peerControl: tunnel.peerCapability.control,
    peerData: tunnel.peerCapability.data,
    recoveryTime: tunnel.peerCapability.recoveryTime,
  })
}

/** Ends a tunnel: its sessions without CDN (RFC 2661 5.7), its timers, its part in a recovery. `result` is that of the StopCCN. */
function cleanUp(tunnel: Tunnel, result: number): void {
  if (tunnel.closing || tunnel.gone) return
  const { lcce } = tunnel
  tunnel.closing = true
  for (const session of [...tunnel.sessions.values()]) offer(session, 'tunnel-closed', { end: 'tunnel-closed' })
  if (tunnel.announced) announceTunnel(tunnel, 'closed', tunnel.end)
  for (const timer of timerNames) lcce.setTimer(tunnel, timer, NEVER)
  oldTunnelClosed(tunnel)
  const byMessage = tunnel.end === 'stopccn-sent' || tunnel.end === 'stopccn-received'
  const told = tunnel.protocol.tellsLoser && (tunnel.end === 'tie-lost' || tunnel.end === 'tie-equal')
  if (told) tunnel.channel.abandon()
  if (byMessage || told) lcce.setTimer(tunnel, 'linger', lcce.now + tunnel.protocol.lingerOf(lcce.config))
  else lcce.forget(tunnel)
  lcce.touch(tunnel)
  recoveryTunnelEnded(tunnel, result)
}

type Action = keyof typeof actions

const behaviour: Behaviour<ControlConnectionState, ControlConnectionEvent, 'acceptable', Action, Tunnel, AnyMessage | undefined> =
  {
    state: (tunnel) => tunnel.state,
    enter: (tunnel, change) => {
      tunnel.state = change.to
      noteTransition(tunnel, controlConnection.name, 0, change)
    },
    guards: {
      acceptable: (tunnel, message) => {
        tunnel.refusal = objection(tunnel, message)
        return tunnel.refusal === undefined
      },
    },
    actions,
  }

export const controlSteps = (build: Build): Machinery['control'] => ({
  2: build(controlConnection, behaviour, 2),
  3: build(controlConnection, behaviour, 3),
})

/** Offers an event to a tunnel's control connection. */
export function controlEvent(tunnel: Tunnel, on: ControlConnectionEvent, message?: AnyMessage): void {
  tunnel.lcce.machinery.control[tunnel.version](tunnel, on, message)
}
