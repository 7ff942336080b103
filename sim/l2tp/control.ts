// The control connection: the guards and actions behind the table of RFC 2661 7.2.1, for ordinary and recovery tunnels alike.
// What RFC 4951 adds to a recovery tunnel is asked of `recovery.ts`.

import { equalBytes } from '../base/bytes.ts'
import { randomBytes } from '../base/random.ts'
import { MILLISECOND, NEVER } from '../base/time.ts'
import { offer } from './calls.ts'
import { retransmissionCycle } from './channel.ts'
import { compile } from './fsm.ts'
import { controlConnection, type ControlConnectionEvent } from './machines/control-connection.ts'
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
import { NO_FAILOVER, noteTransition, timerNames, type FailoverCapability, type Refusal, type Tunnel } from './tunnel.ts'
import { challengeResponse } from './wire/auth.ts'
import type { ControlMessage } from './wire/messages.ts'

type Sccrq = Extract<ControlMessage, { type: 'SCCRQ' }>
type Sccrp = Extract<ControlMessage, { type: 'SCCRP' }>

const NOT_AUTHORISED: Refusal = { result: 4 }
const FSM_ERROR: Refusal = { result: 7 }
const GENERAL_CLEAR: Refusal = { result: 1 }

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

/** Our own capability as AVP 76 tells it; none on a recovery tunnel (RFC 4951 3.2.1). */
function ownCapability(tunnel: Tunnel): FailoverCapability {
  const { enabled, controlChannel, dataChannel, recoveryTime } = tunnel.lcce.config.failover
  if (!enabled || tunnel.purpose === 'recovery') return NO_FAILOVER
  return { control: controlChannel, data: dataChannel, recoveryTime }
}

/** What SCCRQ and SCCRP have in common. */
function introduction(tunnel: Tunnel): Omit<Sccrq, 'type'> {
  const { config } = tunnel.lcce
  const capability = (tunnel.capability = ownCapability(tunnel))
  return {
    protocolVersion: { version: 1, revision: 0 },
    framingCapabilities: config.framingCapabilities,
    hostName: config.hostName,
    assignedTunnelId: tunnel.localTunnelId,
    receiveWindowSize: config.receiveWindow,
    vendorName: config.vendorName,
    ...(config.bearerCapabilities === 0 ? {} : { bearerCapabilities: config.bearerCapabilities }),
    ...(tunnel.ownChallenge === undefined ? {} : { challenge: tunnel.ownChallenge }),
    ...(capability.control || capability.data
      ? {
          failoverCapability: {
            control: capability.control,
            data: capability.data,
            recoveryTimeMs: Math.round(capability.recoveryTime / MILLISECOND),
          },
        }
      : {}),
  }
}

/** Draws a Challenge when this endpoint authenticates its peers, or did so on the old tunnel (RFC 4951 3.2.1, R4951-AMB-50). */
function drawChallenge(tunnel: Tunnel): void {
  const { config, rng } = tunnel.lcce
  const wanted = config.challenge || tunnel.oldTunnel?.authenticated === true
  if (wanted && config.secret !== undefined) tunnel.ownChallenge = randomBytes(rng, 16)
}

/** Stores what SCCRQ or SCCRP tells of the peer. */
function learnPeer(tunnel: Tunnel, message: Sccrq | Sccrp): void {
  tunnel.peerTunnelId = message.assignedTunnelId
  tunnel.peerHostName = message.hostName
  tunnel.peerFraming = message.framingCapabilities
  tunnel.peerBearer = message.bearerCapabilities ?? 0
  tunnel.peerChallenge = message.challenge
  // Receive Window Size 0 is invalid (RFC 2661 4.4.3); the codec refuses it, 4 is what an absent AVP means.
  tunnel.channel.openWindow(message.receiveWindowSize ?? 4)
  if (tunnel.purpose === 'ordinary') tunnel.peerCapability = capabilityOf(tunnel, message)
}

/** Headers carry the peer's Tunnel ID from the first Assigned Tunnel ID on, whatever the message (RFC 2661 4.4.3). */
export function learnTunnelId(tunnel: Tunnel, assignedTunnelId: number | undefined): void {
  if (tunnel.peerTunnelId === 0 && assignedTunnelId !== undefined) tunnel.peerTunnelId = assignedTunnelId
}

/** Until the tunnel is established, the `hello` timer watches that the handshake moves. */
function watchHandshake(tunnel: Tunnel): void {
  const { lcce } = tunnel
  lcce.setTimer(tunnel, 'hello', lcce.now + retransmissionCycle(lcce.config.retransmit))
}

function capabilityOf(tunnel: Tunnel, { failoverCapability }: Sccrq | Sccrp): FailoverCapability {
  if (failoverCapability === undefined) return NO_FAILOVER
  const { control, data, recoveryTimeMs } = failoverCapability
  if (!control && !data) {
    // R4951-AMB-31: as if the AVP were absent.
    tunnel.lcce.notice({ kind: 'log', tunnel: tunnel.localTunnelId, session: 0, what: 'capability-0', detail: 'neither C nor D is set' })
    return NO_FAILOVER
  }
  return { control, data, recoveryTime: control ? recoveryTimeMs * MILLISECOND : 0 }
}

/** RFC 2661 5.1.1: whether the peer's response proves that it knows our secret. */
function authenticates(tunnel: Tunnel, typeNumber: 2 | 3, response: Uint8Array | undefined): boolean {
  const { secret } = tunnel.lcce.config
  // RFC 4951 3.2.1: as on the old tunnel, so without the secret there is no recovery (R4951-AMB-50).
  if (tunnel.ownChallenge === undefined || secret === undefined) return tunnel.oldTunnel?.authenticated !== true
  const expected = challengeResponse(typeNumber, secret, tunnel.ownChallenge)
  tunnel.authenticated = response !== undefined && equalBytes(response, expected)
  return tunnel.authenticated
}

/** The answer to the peer's Challenge; none if there is none to give. */
function response(tunnel: Tunnel, typeNumber: 2 | 3): { challengeResponse?: Uint8Array } {
  const { secret } = tunnel.lcce.config
  if (tunnel.peerChallenge === undefined || secret === undefined) return {}
  return { challengeResponse: challengeResponse(typeNumber, secret, tunnel.peerChallenge) }
}

const answerable = (tunnel: Tunnel, message: Sccrq | Sccrp): boolean =>
  message.challenge === undefined || tunnel.lcce.config.secret !== undefined

/** Why a message of the handshake is not acceptable; undefined when it is. */
function objection(tunnel: Tunnel, message: ControlMessage | undefined): Refusal | undefined {
  switch (message?.type) {
    case 'SCCRQ':
      if (message.protocolVersion.version !== 1) return { result: 5, error: 1 }
      if (!answerable(tunnel, message)) return NOT_AUTHORISED
      return message.tunnelRecovery === undefined ? undefined : refuseRecovery(tunnel.oldTunnel, tunnel.peer.ip, message)
    case 'SCCRP':
      if (message.protocolVersion.version !== 1) return { result: 5, error: 1 }
      if (!answerable(tunnel, message)) return NOT_AUTHORISED
      return authenticates(tunnel, 2, message.challengeResponse) ? undefined : NOT_AUTHORISED
    case 'SCCCN':
      return authenticates(tunnel, 3, message.challengeResponse) ? undefined : NOT_AUTHORISED
    default:
      return FSM_ERROR
  }
}

const actions = {
  'send-SCCRQ': (tunnel: Tunnel): void => {
    const { lcce, oldTunnel } = tunnel
    drawChallenge(tunnel)
    announceTunnel(tunnel, 'opening')
    lcce.send(tunnel, {
      type: 'SCCRQ',
      ...introduction(tunnel),
      ...(tunnel.tieBreaker === undefined ? {} : { tieBreaker: tunnel.tieBreaker }),
      ...(oldTunnel === undefined
        ? {}
        : { tunnelRecovery: { recoverTunnelId: oldTunnel.localTunnelId, recoverRemoteTunnelId: oldTunnel.peerTunnelId } }),
    })
    watchHandshake(tunnel)
  },
  'send-SCCRP': (tunnel: Tunnel, message?: ControlMessage): void => {
    if (message?.type !== 'SCCRQ') return
    learnPeer(tunnel, message)
    announceTunnel(tunnel, 'opening')
    if (tunnel.oldTunnel !== undefined) acceptRecovery(tunnel, tunnel.oldTunnel)
    drawChallenge(tunnel)
    const { suggested } = tunnel
    tunnel.lcce.send(tunnel, {
      type: 'SCCRP',
      ...introduction(tunnel),
      ...response(tunnel, 2),
      ...(suggested === undefined ? {} : { suggestedControlSequence: { suggestedNs: suggested.ns, suggestedNr: suggested.nr } }),
    })
    watchHandshake(tunnel)
  },
  'send-SCCCN': (tunnel: Tunnel): void => {
    tunnel.lcce.send(tunnel, { type: 'SCCCN', ...response(tunnel, 3) })
  },
  'send-StopCCN': (tunnel: Tunnel, message?: ControlMessage): void => {
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
  'tunnel-established': (tunnel: Tunnel, message?: ControlMessage): void => {
    if (message?.type === 'SCCRP') learnPeer(tunnel, message)
    announceTunnel(tunnel, 'established')
    announceNegotiated(tunnel)
    const { lcce, oldTunnel } = tunnel
    const { helloInterval } = lcce.config
    lcce.setTimer(tunnel, 'hello', helloInterval > 0 ? lcce.now + helloInterval : NEVER)
    if (oldTunnel === undefined) return
    if (message?.type === 'SCCRP') ownRecoveryEvent(oldTunnel, 'rcv-SCCRP', { sccrp: message })
    else peerRecoveryEvent(oldTunnel, 'rcv-SCCCN', { recoveryTunnel: tunnel })
  },
  'tunnel-open': (tunnel: Tunnel): void => {
    for (const session of tunnel.waitingCalls.splice(0)) if (session.state === 'wait-tunnel') offer(session, 'tunnel-open')
  },
  'clean-up': (tunnel: Tunnel, message?: ControlMessage): void => {
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
  const { config } = tunnel.lcce
  tunnel.lcce.notice({
    kind: 'negotiated',
    tunnel: tunnel.localTunnelId,
    ownWindow: config.receiveWindow,
    peerWindow: tunnel.channel.peerWindow,
    retransmitInitial: config.retransmit.initial,
    retransmitCap: config.retransmit.cap,
    retransmitCount: config.retransmit.count,
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
  if (byMessage) lcce.setTimer(tunnel, 'linger', lcce.now + lcce.config.linger)
  else lcce.forget(tunnel)
  lcce.touch(tunnel)
  recoveryTunnelEnded(tunnel, result)
}

const step = compile(controlConnection, {
  state: (tunnel: Tunnel) => tunnel.state,
  enter: (tunnel, change) => {
    tunnel.state = change.to
    noteTransition(tunnel, controlConnection.name, 0, change)
  },
  guards: {
    acceptable: (tunnel: Tunnel, message?: ControlMessage) => {
      tunnel.refusal = objection(tunnel, message)
      return tunnel.refusal === undefined
    },
  },
  actions,
})

/** Offers an event to a tunnel's control connection. */
export function controlEvent(tunnel: Tunnel, on: ControlConnectionEvent, message?: ControlMessage): void {
  step(tunnel, on, message)
}
