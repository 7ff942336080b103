// A control message from arrival to the machine it is for: which tunnel (RFC 2661 3.1, 4.4.3), whether the channel takes it
// (5.8), whether its AVPs are acceptable (4.1, 7.1), and then control.ts or call-reception.ts. A peer's octets are judged here and
// never throw.

import type { Datagram } from '../base/datagram.ts'
import { receiveInEstablished, sessionForFault } from './call-reception.ts'
import { offer } from './calls.ts'
import { controlEvent, learnTunnelId } from './control.ts'
import { compareTieBreakers, ignoresRecoveryFrom, namedTunnel } from './recovery-request.ts'
import { ownRecoveryEvent, survivesTie } from './recovery.ts'
import type { LcceContext, Tunnel } from './tunnel.ts'
import { decodeBody, type Body, type BodyFault } from './wire/codec.ts'
import { decodeControlHeader, hasBody, peekType, type ControlHeader } from './wire/header.ts'
import type { ControlMessage } from './wire/messages.ts'

type Sccrq = Extract<ControlMessage, { type: 'SCCRQ' }>

/** One received message on its way. */
interface Received {
  readonly lcce: LcceContext
  readonly datagram: Datagram
  readonly packet: number
  readonly header: ControlHeader
}

function handled(received: Received, tunnel: number, verdict: string, session = 0): void {
  const { header, datagram, packet, lcce } = received
  const type = peekType(datagram.bytes)
  lcce.notice({ kind: 'handled', packet, tunnel, session, type, ns: header.ns, nr: header.nr, verdict })
}

const log = (lcce: LcceContext, tunnel: number, what: string, detail: string): void => {
  lcce.notice({ kind: 'log', tunnel, session: 0, what, detail })
}

/** Takes a datagram that carries a control message. */
export function receiveControl(lcce: LcceContext, datagram: Datagram, packet: number): void {
  const header = decodeControlHeader(datagram.bytes)
  if (typeof header === 'string') {
    lcce.notice({ kind: 'handled', packet, tunnel: 0, session: 0, type: '', ns: -1, nr: -1, verdict: 'malformed' })
    return
  }
  const received = { lcce, datagram, packet, header }
  const tunnel = findTunnel(received)
  if (tunnel === undefined) receiveStranger(received)
  else receiveOn(tunnel, received)
}

/** The tunnel that the header names, if the sender is its peer (RFC 2661 8.1: addresses stay for the life of a tunnel). */
function findTunnel({ lcce, datagram, header }: Received): Tunnel | undefined {
  if (header.tunnelId === 0) return undefined
  const tunnel = lcce.tunnel(header.tunnelId)
  if (tunnel === undefined || tunnel.peer === datagram.from) return tunnel
  // The responder may answer an SCCRQ from another port (8.1).
  if (tunnel.state !== 'wait-ctl-reply' || tunnel.peer.ip !== datagram.from.ip) return undefined
  tunnel.peer = datagram.from
  return tunnel
}

/** A message whose Tunnel ID is 0 or none of ours. */
function receiveStranger(received: Received): void {
  const { lcce, datagram, header } = received
  if (!hasBody(header)) {
    handled(received, 0, 'unknown-tunnel')
    return
  }
  const type = peekType(datagram.bytes)
  if (header.tunnelId === 0 && type === 'SCCRQ') {
    receiveSccrq(received)
    return
  }
  const body = decodeBody(datagram.bytes, header, lcce.config.secret)
  const assigned = body.ok && 'assignedTunnelId' in body.message ? body.message.assignedTunnelId : 0
  const known = header.tunnelId === 0 && type === 'StopCCN' ? tunnelOfPeer(received, assigned) : undefined
  if (known !== undefined) {
    receiveOn(known, received)
    return
  }
  handled(received, 0, 'unknown-tunnel')
  if (body.ok) answerStranger(received, body.message, assigned)
}

/** The tunnel to which this sender assigned that Tunnel ID (RFC 2661 4.4.3: a StopCCN may come with header Tunnel ID 0). */
function tunnelOfPeer({ lcce, datagram }: Received, peerTunnelId: number): Tunnel | undefined {
  for (const tunnel of lcce.tunnels()) {
    if (tunnel.peerTunnelId === peerTunnelId && tunnel.peer === datagram.from && peerTunnelId !== 0) return tunnel
  }
  return undefined
}

/**
 * An SCCRP, SCCCN or StopCCN for a tunnel that we do not have: idle, so an SCCRP is answered by StopCCN (RFC 2661 7.2.1), an
 * SCCCN is not, and a StopCCN is acknowledged (5.7). The Tunnel ID the sender believes in and its numbers are taken over, so
 * that it understands.
 */
function answerStranger(received: Received, message: ControlMessage, peerTunnelId: number): void {
  const { lcce, datagram, header } = received
  const on = strangerEvents[message.type]
  if (on === undefined || header.tunnelId === 0 || lcce.tunnel(header.tunnelId) !== undefined) return
  const { to: local, from: peer } = datagram
  const options = { local, peer, purpose: 'ordinary', initiator: false, localTunnelId: header.tunnelId } as const
  const tunnel = lcce.newTunnel(options)
  if (tunnel === undefined) return
  tunnel.peerTunnelId = peerTunnelId
  tunnel.channel.reset(header.nr, (header.ns + 1) & 0xffff, 0)
  tunnel.channel.acknowledgementDue = true
  lcce.touch(tunnel)
  controlEvent(tunnel, on, message)
  // Nothing is kept: should the acknowledgement get lost, all this happens again.
  if (on === 'rcv-StopCCN') lcce.setTimer(tunnel, 'linger', lcce.now)
}

const strangerEvents: Readonly<Record<string, 'rcv-SCCRP' | 'rcv-SCCCN' | 'rcv-StopCCN'>> = {
  SCCRP: 'rcv-SCCRP',
  SCCCN: 'rcv-SCCCN',
  StopCCN: 'rcv-StopCCN',
}

/** An SCCRQ: a duplicate, a loser of a tie, or a new tunnel. */
function receiveSccrq(received: Received): void {
  const { lcce, datagram, header } = received
  const body = decodeBody(datagram.bytes, header, lcce.config.secret)
  const assigned = body.ok ? (body.message.type === 'SCCRQ' ? body.message.assignedTunnelId : 0) : (body.fault.assignedTunnelId ?? 0)
  const duplicate = tunnelOfPeer(received, assigned)
  if (duplicate !== undefined && !duplicate.initiator) {
    // R4951-AMB-69: the same source and Assigned Tunnel ID: acknowledged again, nothing chosen anew.
    receiveOn(duplicate, received)
    return
  }
  const sccrq = body.ok && body.message.type === 'SCCRQ' ? body.message : undefined
  if (sccrq !== undefined && !survivesTies(received, sccrq)) return
  openAsResponder(received, body, assigned)
}

/** Tie breakers, in their two scopes (RFC 4951 3.2.1); false when the SCCRQ is to be dropped without an answer. */
function survivesTies(received: Received, sccrq: Sccrq): boolean {
  const { lcce, datagram } = received
  if (sccrq.tunnelRecovery === undefined) {
    const survives = ordinaryTie(received, sccrq)
    if (!survives) handled(received, 0, 'discarded')
    return survives
  }
  const old = namedTunnel((id) => lcce.tunnel(id), sccrq)
  const ignored = ignoresRecoveryFrom(lcce.config.failover.allowedRecoveryEndpoints, old, datagram.from.ip)
  if (!ignored && (old === undefined || survivesTie(old, datagram.from.ip, sccrq))) return true
  handled(received, old?.localTunnelId ?? 0, 'discarded')
  return false
}

/** RFC 2661 4.4.3: our own SCCRQs to this peer compete with its one; without any tie breaker both tunnels are opened. */
function ordinaryTie({ lcce, datagram }: Received, sccrq: Sccrq): boolean {
  let survives = true
  for (const tunnel of [...lcce.tunnels()]) {
    const competes = tunnel.purpose === 'ordinary' && tunnel.state === 'wait-ctl-reply' && tunnel.peer.ip === datagram.from.ip
    if (!competes || (tunnel.tieBreaker === undefined && sccrq.tieBreaker === undefined)) continue
    const order = compareTieBreakers(tunnel.tieBreaker, sccrq.tieBreaker)
    if (order <= 0) survives = false
    if (order < 0) continue
    tunnel.end = order > 0 ? 'tie-lost' : 'tie-equal'
    controlEvent(tunnel, 'lose-tie')
  }
  return survives
}

function openAsResponder(received: Received, body: Body, peerTunnelId: number): void {
  const { lcce, datagram, header } = received
  const sccrq = body.ok && body.message.type === 'SCCRQ' ? body.message : undefined
  const recovery = sccrq?.tunnelRecovery !== undefined
  const options = { local: datagram.to, peer: datagram.from, purpose: recovery ? 'recovery' : 'ordinary', initiator: false } as const
  const tunnel = peerTunnelId === 0 ? undefined : lcce.newTunnel(options)
  if (tunnel === undefined) {
    handled(received, 0, 'unknown-tunnel')
    log(lcce, 0, 'SCCRQ-dropped', peerTunnelId === 0 ? 'no usable Assigned Tunnel ID' : 'no room for another tunnel')
    return
  }
  tunnel.peerTunnelId = peerTunnelId
  if (sccrq !== undefined && recovery) tunnel.oldTunnel = namedTunnel((id) => lcce.tunnel(id), sccrq)
  const verdict = tunnel.channel.receive(header.ns, header.nr, true)
  lcce.touch(tunnel)
  handled(received, tunnel.localTunnelId, verdict)
  if (verdict !== 'accepted') {
    lcce.forget(tunnel)
    return
  }
  read(tunnel, header, body)
}

/** A message for a tunnel that exists. */
function receiveOn(tunnel: Tunnel, received: Received): void {
  const { lcce, header, datagram, packet } = received
  const { channel } = tunnel
  if (channel.suspended && !tunnel.closing) {
    // RFC 4951 3.2.1: silently, before the control channel reset.
    handled(received, tunnel.localTunnelId, 'discarded')
    return
  }
  const { pending } = channel
  const verdict = channel.receive(header.ns, header.nr, hasBody(header))
  lcce.touch(tunnel)
  if (verdict === 'bad-nr') {
    handled(received, tunnel.localTunnelId, verdict)
    return
  }
  tunnel.lastHeard = lcce.now
  if (tunnel.closing) {
    handled(received, tunnel.localTunnelId, 'lingering')
    if (verdict === 'accepted') learnLate(tunnel, received)
    // The full retransmission interval counts from the final exchange (RFC 2661 5.8).
    if (pending > 0 && channel.idle) lcce.setTimer(tunnel, 'linger', lcce.now + lcce.config.linger)
    return
  }
  handled(received, tunnel.localTunnelId, verdict, header.sessionId)
  if (verdict === 'held') channel.hold({ ns: header.ns, nr: header.nr, bytes: datagram.bytes, packet })
  if (verdict === 'accepted') {
    deliver(tunnel, header, datagram.bytes)
    releaseHeld(tunnel, received)
  }
  confirmHandshake(tunnel)
}

/** An SCCRP that crosses our StopCCN still tells the Tunnel ID under which the peer finds it (RFC 2661 4.4.3). */
function learnLate(tunnel: Tunnel, { lcce, datagram, header }: Received): void {
  if (tunnel.peerTunnelId !== 0) return
  const body = decodeBody(datagram.bytes, header, lcce.config.secret)
  if (body.ok && 'assignedTunnelId' in body.message) learnTunnelId(tunnel, body.message.assignedTunnelId)
}

/** Messages kept out of order whose turn has come. */
function releaseHeld(tunnel: Tunnel, received: Received): void {
  while (!tunnel.closing && !tunnel.channel.suspended) {
    const held = tunnel.channel.release()
    if (held === undefined) return
    const header = decodeControlHeader(held.bytes)
    if (typeof header === 'string') return
    const again = { ...received, header, packet: held.packet, datagram: { ...received.datagram, bytes: held.bytes } }
    handled(again, tunnel.localTunnelId, 'accepted', header.sessionId)
    deliver(tunnel, header, held.bytes)
  }
}

/** Our SCCCN on a recovery tunnel is acknowledged: the remote endpoint has reset too (R4951-AMB-42). */
function confirmHandshake(tunnel: Tunnel): void {
  const { oldTunnel } = tunnel
  if (oldTunnel === undefined || !tunnel.initiator || tunnel.closing || tunnel.state !== 'established') return
  if (tunnel.channel.idle && oldTunnel.ownRecovery?.recoveryTunnel === tunnel) ownRecoveryEvent(oldTunnel, 'SCCCN-acknowledged')
}

function deliver(tunnel: Tunnel, header: ControlHeader, bytes: Uint8Array): void {
  read(tunnel, header, decodeBody(bytes, header, tunnel.lcce.config.secret))
}

/** A message that is in order goes on; what was ignored in it is logged (RFC 2661 7.1). */
function read(tunnel: Tunnel, header: ControlHeader, body: Body): void {
  if (!body.ok) {
    faulty(tunnel, header, body.fault)
    return
  }
  for (const { what, attribute, vendor } of body.notes) {
    log(tunnel.lcce, tunnel.localTunnelId, what, `AVP ${String(attribute)} of vendor ${String(vendor)}`)
  }
  dispatch(tunnel, header, body.message)
}

function dispatch(tunnel: Tunnel, header: ControlHeader, message: ControlMessage): void {
  switch (message.type) {
    case 'SCCRQ':
      controlEvent(tunnel, 'rcv-SCCRQ', message)
      return
    case 'SCCRP':
      controlEvent(tunnel, 'rcv-SCCRP', message)
      return
    case 'SCCCN':
      controlEvent(tunnel, 'rcv-SCCCN', message)
      return
    case 'StopCCN':
      receiveStopCcn(tunnel, message)
      return
    case 'HELLO':
      return
    default:
      if (tunnel.state === 'established') receiveInEstablished(tunnel, header, message)
      else outOfTurn(tunnel, message)
  }
}

/** RFC 2661 7.1: a message about calls before the tunnel is established is invalid. FSQ and FSR may be ignored (4.4.1). */
function outOfTurn(tunnel: Tunnel, { type }: ControlMessage): void {
  log(tunnel.lcce, tunnel.localTunnelId, 'unexpected-message', `${type} in ${tunnel.state}`)
  if (type === 'FSQ' || type === 'FSR') return
  tunnel.refusal = { result: 7 }
  controlEvent(tunnel, 'invalid-message')
}

/** R4951-AMB-43: on our recovery tunnel a StopCCN that also acknowledges our SCCCN is its normal end only with result 1. */
function receiveStopCcn(tunnel: Tunnel, message: Extract<ControlMessage, { type: 'StopCCN' }>): void {
  if (message.resultCode.result === 1) confirmHandshake(tunnel)
  if (!tunnel.closing) controlEvent(tunnel, 'rcv-StopCCN', message)
}

/** A message that cannot be used as it is (RFC 2661 4.1, 7.1): what is mandatory ends the session or the tunnel, the rest is
 *  acknowledged and ignored. */
function faulty(tunnel: Tunnel, header: ControlHeader, fault: BodyFault): void {
  log(tunnel.lcce, tunnel.localTunnelId, fault.why, fault.text)
  if (!fault.mandatory) return
  learnTunnelId(tunnel, fault.assignedTunnelId)
  const refusal = { result: fault.result, error: fault.error, message: fault.text }
  if (fault.scope === 'tunnel' || tunnel.state !== 'established' || isNameless(fault)) {
    tunnel.refusal = refusal
    controlEvent(tunnel, 'invalid-message')
    return
  }
  const session = sessionForFault(tunnel, header, fault)
  if (session !== undefined) offer(session, 'invalid-message', { refusal })
}

/** A call is asked for, but not which: there is nothing to refuse, and the peer would wait for ever (RFC 2661 7.1). */
const isNameless = ({ type, assignedSessionId }: BodyFault): boolean =>
  (type === 'ICRQ' || type === 'OCRQ') && assignedSessionId === undefined
