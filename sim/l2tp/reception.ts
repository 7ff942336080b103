// A control message from arrival to the machine it is for: which version and which tunnel (RFC 2661 3.1, 4.4.3; RFC 3931 3.2.1),
// whether it is authentic (RFC 3931 4.3), whether the channel takes it (RFC 2661 5.8), whether its AVPs are acceptable (4.1, 7.1),
// and then control.ts or call-reception.ts. A peer's octets are judged here and never throw.

import type { Datagram } from '../base/datagram.ts'
import { authentic, authenticRequest } from './authenticity.ts'
import { receiveInEstablished, sessionForFault } from './call-reception.ts'
import { offer } from './calls.ts'
import { controlEvent, learnTunnelId } from './control.ts'
import { decideVersion } from './detection.ts'
import { protocols } from './protocols.ts'
import { ignoresRecoveryFrom, namedTunnel } from './recovery-request.ts'
import { ownRecoveryEvent, recoveryTie } from './recovery.ts'
import { NO_OCTETS, type LcceContext, type Refusal, type Tunnel } from './tunnel.ts'
import type { Version } from './wire/avps.ts'
import { decodeBody, type Body, type BodyFault } from './wire/codec.ts'
import { controlMessageIn, type Transport } from './wire/demultiplex.ts'
import { readAsVersion3 } from './wire/either.ts'
import { decodeControlHeader, hasBody, peekType, VERSION_BITS, type ControlHeader } from './wire/header.ts'
import type { AnyMessage, AnyMessageOf } from './wire/messages.ts'

type Sccrq = AnyMessageOf<'SCCRQ'>

/** One received message on its way. */
interface Received {
  readonly lcce: LcceContext
  readonly datagram: Datagram
  readonly packet: number
  /** The control message; over IP without the 32 zero bits before it. An SCCRQ for either version as what it says in L2TPv3. */
  readonly bytes: Uint8Array
  /** The same as it was sent, which is what digests are made of. */
  readonly sent: Uint8Array
  readonly header: ControlHeader<Version>
}

function handled(received: Received, tunnel: number, verdict: string, session = 0): void {
  const { header, bytes, packet, lcce } = received
  const type = peekType(bytes)
  lcce.notice({ kind: 'handled', packet, tunnel, session, type, ns: header.ns, nr: header.nr, verdict })
}

const log = (lcce: LcceContext, tunnel: number, what: string, detail: string): void => {
  lcce.notice({ kind: 'log', tunnel, session: 0, what, detail })
}

/** Takes a datagram that carries a control message. */
export function receiveControl(lcce: LcceContext, datagram: Datagram, packet: number): void {
  const transport = datagram.to.port === 0 ? 'ip' : 'udp'
  const sent = controlMessageIn(datagram.bytes, transport)
  // RFC 3931 4.7.3: an SCCRQ with version 2 in its header may ask for L2TPv3 too, which is then what we answer.
  const bytes = (lcce.config.version === 2 || transport === 'ip' ? undefined : readAsVersion3(sent)) ?? sent
  const header = decodeControlHeader(bytes, expectedVersion(lcce, bytes, transport))
  if (typeof header === 'string') {
    lcce.notice({ kind: 'handled', packet, tunnel: 0, session: 0, type: '', ns: -1, nr: -1, verdict: 'malformed' })
    return
  }
  const received = { lcce, datagram, packet, bytes, sent, header }
  const tunnel = findTunnel(received)
  if (tunnel?.undecided === true) decideVersion(tunnel, header.version)
  if (tunnel === undefined) receiveStranger(received)
  else if (authentic(tunnel, received)) receiveOn(tunnel, received)
  else handled(received, tunnel.localTunnelId, 'bad-digest')
}

/** The version in which a message has to be: its own if we speak it, else one that it is not (RFC 3931 4.7.2). */
function expectedVersion({ config: { version } }: LcceContext, bytes: Uint8Array, transport: Transport): Version {
  if (transport === 'ip') return 3
  if (version !== 'both') return version
  return ((bytes[1] ?? 0) & VERSION_BITS) === 3 ? 3 : 2
}

/** The tunnel that the header names, if the sender is its peer (RFC 2661 8.1: addresses stay for the life of a tunnel). */
function findTunnel({ lcce, datagram, header }: Received): Tunnel | undefined {
  if (header.tunnelId === 0) return undefined
  const tunnel = lcce.tunnel(header.tunnelId)
  if (tunnel === undefined || (tunnel.version !== header.version && (!tunnel.undecided || tunnel.closing))) return undefined
  if (tunnel.peer === datagram.from) return tunnel
  // The responder may answer an SCCRQ from another port (8.1; RFC 3931 4.1.2.2), but not over another transport.
  const movable = !tunnel.closing && tunnel.state === 'wait-ctl-reply' && (tunnel.peer.port === 0) === (datagram.from.port === 0)
  if (!movable || tunnel.peer.ip !== datagram.from.ip) return undefined
  tunnel.peer = datagram.from
  return tunnel
}

/** A message whose Tunnel ID is 0 or none of ours. */
function receiveStranger(received: Received): void {
  const { lcce, bytes, header } = received
  if (!countsAsMessage(received)) {
    handled(received, 0, 'unknown-tunnel')
    return
  }
  const type = peekType(bytes)
  if (header.tunnelId === 0 && type === 'SCCRQ') {
    receiveSccrq(received)
    return
  }
  const body = decodeBody(bytes, header, protocols[header.version].unhidingSecret(lcce.config, bytes))
  const assigned = (body.ok && 'assignedTunnelId' in body.message ? body.message.assignedTunnelId : 0) ?? 0
  const known = header.tunnelId === 0 && type === 'StopCCN' ? tunnelOfPeer(received, assigned) : undefined
  if (known !== undefined) {
    if (authentic(known, received)) receiveOn(known, received)
    else handled(received, known.localTunnelId, 'bad-digest')
    return
  }
  handled(received, 0, 'unknown-tunnel')
  // Nobody can tell whether it is authentic: its nonces are not known (any more).
  const unproven = protocols[header.version].authenticationOf(lcce.config, NO_OCTETS, NO_OCTETS) !== undefined
  if (body.ok && !unproven) answerStranger(received, body.message, assigned)
}

/** A message that has a number of its own: no ZLB, and no ACK of L2TPv3 (RFC 3931 4.2). */
function countsAsMessage({ header, bytes }: Received): boolean {
  return hasBody(header) && (header.version === 2 || peekType(bytes) !== 'ACK')
}

/** The tunnel to which this sender assigned that Tunnel ID (RFC 2661 4.4.3: a StopCCN may come with header Tunnel ID 0). */
function tunnelOfPeer({ lcce, datagram, header }: Received, peerTunnelId: number): Tunnel | undefined {
  for (const tunnel of lcce.tunnels()) {
    const same = tunnel.peerTunnelId === peerTunnelId && tunnel.peer === datagram.from && tunnel.version === header.version
    if (same && peerTunnelId !== 0) return tunnel
  }
  return undefined
}

/**
 * An SCCRP, SCCCN or StopCCN for a tunnel that we do not have: idle, so an SCCRP is answered by StopCCN (RFC 2661 7.2.1), an
 * SCCCN is not, and a StopCCN is acknowledged (5.7). The Tunnel ID the sender believes in and its numbers are taken over, so
 * that it understands.
 */
function answerStranger(received: Received, message: AnyMessage, peerTunnelId: number): void {
  const { lcce, datagram, header } = received
  const on = strangerEvents[message.type]
  if (on === undefined || header.tunnelId === 0 || lcce.tunnel(header.tunnelId) !== undefined) return
  const { to: local, from: peer } = datagram
  const protocol = protocols[header.version]
  const options = { protocol, local, peer, purpose: 'ordinary', initiator: false, localTunnelId: header.tunnelId } as const
  const tunnel = lcce.admitsHandshake() ? lcce.newTunnel(options) : undefined
  if (tunnel === undefined) return
  lcce.handshakes.add(tunnel)
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
  const { lcce, bytes, sent, header } = received
  const protocol = protocols[header.version]
  const authentication = protocol.authenticationOf(lcce.config, NO_OCTETS, NO_OCTETS)
  const body = decodeBody(bytes, header, protocol.unhidingSecret(lcce.config, sent, authentication))
  const sccrq = body.ok && body.message.type === 'SCCRQ' ? body.message : undefined
  if (!authenticRequest(sent, authentication, sccrq)) {
    handled(received, 0, 'bad-digest')
    return
  }
  const assigned = body.ok ? (sccrq?.assignedTunnelId ?? 0) : (body.fault.assignedTunnelId ?? 0)
  const duplicate = tunnelOfPeer(received, assigned)
  if (duplicate !== undefined && !duplicate.initiator) {
    // R4951-AMB-69: the same source and Assigned Tunnel ID: acknowledged again, nothing chosen anew.
    receiveOn(duplicate, received)
    return
  }
  const fate = sccrq === undefined ? 'goes-on' : fateInTies(received, sccrq)
  if (fate === 'dropped') return
  openAsResponder(received, body, { peerTunnelId: assigned, refusal: fate === 'refused' ? TIE_LOST : undefined })
}

/** RFC 3931 5.4.2: the control connection exists already. */
const TIE_LOST: Refusal = { result: 3 }

/** Tie breakers, in their two scopes (RFC 4951 3.2.1): whether the SCCRQ goes on, is refused, or is dropped without an answer. */
function fateInTies(received: Received, sccrq: Sccrq): 'goes-on' | 'refused' | 'dropped' {
  const { lcce, datagram, header } = received
  const { tellsLoser } = protocols[header.version]
  if (sccrq.tunnelRecovery === undefined) {
    const order = ordinaryTie(received, sccrq)
    if (order > 0) return 'goes-on'
    if (order < 0 && tellsLoser) return 'refused'
    handled(received, 0, 'discarded')
    return 'dropped'
  }
  const old = namedTunnel((id) => lcce.tunnel(id), sccrq)
  const ignored = ignoresRecoveryFrom(lcce.config.failover.allowedRecoveryEndpoints, old, datagram.from.ip)
  const order = old === undefined ? 1 : recoveryTie(old, { version: header.version, peer: datagram.from }, sccrq)
  if (!ignored && order > 0) return 'goes-on'
  if (!ignored && order < 0 && tellsLoser) return 'refused'
  handled(received, old?.localTunnelId ?? 0, 'discarded')
  return 'dropped'
}

/** Asked for by us, and not answered. One that is closing asks for nothing any more, whatever state it was left in. */
const isDialled = ({ closing, purpose, state }: Tunnel): boolean => !closing && purpose === 'ordinary' && state === 'wait-ctl-reply'

/**
 * RFC 2661 4.4.3, RFC 3931 5.4.3: our own SCCRQs to this peer compete with its one; without any tie breaker both tunnels are opened.
 * Positive when the peer's goes on, negative when ours wins, 0 when the values are equal.
 */
function ordinaryTie({ lcce, datagram, header }: Received, sccrq: Sccrq): number {
  let outcome = 1
  for (const tunnel of [...lcce.tunnels()]) {
    const speaks = tunnel.version === header.version || tunnel.undecided
    const competes = isDialled(tunnel) && speaks && tunnel.protocol.competes(tunnel, sccrq, datagram.from)
    if (!competes || (tunnel.tieBreaker === undefined && sccrq.tieBreaker === undefined)) continue
    const order = lcce.machinery.rules.compareTies(tunnel.tieBreaker, sccrq.tieBreaker)
    if (order <= 0) outcome = order
    if (order < 0) {
      if (tunnel.protocol.tellsLoser) controlEvent(tunnel, 'win-tie')
      continue
    }
    tunnel.end = order > 0 ? 'tie-lost' : 'tie-equal'
    controlEvent(tunnel, 'lose-tie')
    // RFC 3931 5.4.3: both begin again, with new values.
    if (order === 0 && protocols[header.version].tellsLoser) lcce.openTunnel(tunnel.protocol, tunnel)
  }
  return outcome
}

interface Request {
  readonly peerTunnelId: number
  /** Decided before anything else is looked at. */
  readonly refusal: Refusal | undefined
}

/** Whether there is room for one more tunnel that a peer asks for, to recover an old one if it names one. */
const admits = (lcce: LcceContext, old: Tunnel | undefined): boolean =>
  (old === undefined || old.peerRecovery.offers.length < lcce.config.maxRecoveryTunnels) && lcce.admitsHandshake()

function openAsResponder(received: Received, body: Body<Version>, { peerTunnelId, refusal }: Request): void {
  const { lcce, datagram, header } = received
  const sccrq = body.ok && body.message.type === 'SCCRQ' ? body.message : undefined
  const recovery = sccrq?.tunnelRecovery !== undefined
  const options = {
    protocol: protocols[header.version],
    local: datagram.to,
    peer: datagram.from,
    purpose: recovery ? 'recovery' : 'ordinary',
    initiator: false,
  } as const
  const old = sccrq === undefined ? undefined : namedTunnel((id) => lcce.tunnel(id), sccrq)
  const tunnel = peerTunnelId !== 0 && admits(lcce, old) ? lcce.newTunnel(options) : undefined
  if (tunnel === undefined) {
    handled(received, 0, 'unknown-tunnel')
    log(lcce, 0, 'SCCRQ-dropped', peerTunnelId === 0 ? 'no usable Assigned Tunnel ID' : 'no room for another tunnel')
    return
  }
  tunnel.peerTunnelId = peerTunnelId
  tunnel.refusal = refusal
  lcce.handshakes.add(tunnel)
  if (refusal === undefined) tunnel.oldTunnel = old
  if (sccrq !== undefined && 'nonce' in sccrq) tunnel.protocol.learnNonce(tunnel, sccrq.nonce ?? NO_OCTETS)
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
  const { lcce, header, bytes, packet } = received
  const { channel } = tunnel
  if (channel.suspended && !tunnel.closing) {
    // RFC 4951 3.2.1: silently, before the control channel reset.
    handled(received, tunnel.localTunnelId, 'discarded')
    return
  }
  const { pending } = channel
  if (pending >= lcce.config.maxQueuedMessages && !tunnel.closing) {
    refuseMore(tunnel, received)
    return
  }
  const verdict = channel.receive(header.ns, header.nr, countsAsMessage(received))
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
    if (pending > 0 && channel.idle) {
      lcce.setTimer(tunnel, 'linger', lcce.now + tunnel.protocol.lingerOf(lcce.config))
    }
    return
  }
  handled(received, tunnel.localTunnelId, verdict, header.sessionId)
  if (verdict === 'held') channel.hold({ ns: header.ns, nr: header.nr, bytes, packet })
  if (verdict === 'accepted') {
    deliver(tunnel, header, bytes)
    releaseHeld(tunnel, received)
  }
  confirmHandshake(tunnel)
}

/** The peer asks and does not acknowledge: what it acknowledges is heard, what it asks has to be sent again. */
function refuseMore(tunnel: Tunnel, received: Received): void {
  const { lcce, header } = received
  const verdict = tunnel.channel.receive(header.ns, header.nr, false)
  lcce.touch(tunnel)
  tunnel.lastHeard = lcce.now
  handled(received, tunnel.localTunnelId, verdict === 'acknowledged' && countsAsMessage(received) ? 'no-room' : verdict)
  confirmHandshake(tunnel)
}

const unhidingSecret = ({ protocol, lcce, authentication }: Tunnel, bytes: Uint8Array): string | undefined =>
  protocol.unhidingSecret(lcce.config, bytes, authentication)

/** An SCCRP that crosses our StopCCN still tells the Tunnel ID under which the peer finds it (RFC 2661 4.4.3). */
function learnLate(tunnel: Tunnel, { bytes, header }: Received): void {
  if (tunnel.peerTunnelId !== 0) return
  const body = decodeBody(bytes, header, unhidingSecret(tunnel, bytes))
  if (body.ok && 'assignedTunnelId' in body.message) learnTunnelId(tunnel, body.message.assignedTunnelId)
}

/** Messages kept out of order whose turn has come. */
function releaseHeld(tunnel: Tunnel, { lcce, datagram, sent }: Received): void {
  while (!tunnel.closing && !tunnel.channel.suspended) {
    const held = tunnel.channel.release()
    if (held === undefined) return
    const header = decodeControlHeader(held.bytes, tunnel.version)
    if (typeof header === 'string') return
    const again: Received = { lcce, datagram, packet: held.packet, bytes: held.bytes, sent, header }
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

function deliver(tunnel: Tunnel, header: ControlHeader<Version>, bytes: Uint8Array): void {
  read(tunnel, header, decodeBody(bytes, header, unhidingSecret(tunnel, bytes)))
}

/** A message that is in order goes on; what was ignored in it is logged (RFC 2661 7.1). */
function read(tunnel: Tunnel, header: ControlHeader<Version>, body: Body<Version>): void {
  if (!body.ok) {
    faulty(tunnel, header, body.fault)
    return
  }
  for (const { what, attribute, vendor } of body.notes) {
    log(tunnel.lcce, tunnel.localTunnelId, what, `AVP ${String(attribute)} of vendor ${String(vendor)}`)
  }
  dispatch(tunnel, header, body.message)
}

function dispatch(tunnel: Tunnel, header: ControlHeader<Version>, message: AnyMessage): void {
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
    case 'ACK':
      return
    default:
      if (tunnel.state === 'established') receiveInEstablished(tunnel, sessionIn(header, message), message)
      else outOfTurn(tunnel, message)
  }
}

/** Our session that a message names: in the header, or in L2TPv3 by an AVP (R3931-AMB-03); 0 for none. */
function sessionIn(header: ControlHeader<Version>, message: AnyMessage): number {
  return header.version === 3 && 'remoteSessionId' in message ? message.remoteSessionId : header.sessionId
}

/** RFC 2661 7.1: a message about calls before the tunnel is established is invalid. FSQ and FSR may be ignored (4.4.1). */
function outOfTurn(tunnel: Tunnel, { type }: AnyMessage): void {
  log(tunnel.lcce, tunnel.localTunnelId, 'unexpected-message', `${type} in ${tunnel.state}`)
  if (type === 'FSQ' || type === 'FSR') return
  tunnel.refusal = { result: 7 }
  controlEvent(tunnel, 'invalid-message')
}

/** R4951-AMB-43: on our recovery tunnel a StopCCN that also acknowledges our SCCCN is its normal end only with result 1. */
function receiveStopCcn(tunnel: Tunnel, message: AnyMessageOf<'StopCCN'>): void {
  if (message.resultCode.result === 1) confirmHandshake(tunnel)
  if (!tunnel.closing) controlEvent(tunnel, 'rcv-StopCCN', message)
}

/** A message that cannot be used as it is (RFC 2661 4.1, 7.1): what is mandatory ends the session or the tunnel, the rest is
 *  acknowledged and ignored. */
function faulty(tunnel: Tunnel, header: ControlHeader<Version>, fault: BodyFault): void {
  log(tunnel.lcce, tunnel.localTunnelId, fault.why, fault.text)
  if (!fault.mandatory) return
  learnTunnelId(tunnel, fault.assignedTunnelId)
  const refusal = { result: fault.result, error: fault.error, message: fault.text }
  if (fault.scope === 'tunnel' || tunnel.state !== 'established' || isNameless(fault)) {
    tunnel.refusal = refusal
    controlEvent(tunnel, 'invalid-message')
    return
  }
  const session = sessionForFault(tunnel, fault.remoteSessionId ?? header.sessionId, fault)
  if (session !== undefined) offer(session, 'invalid-message', { refusal })
}

/** A call is asked for, but not which: there is nothing to refuse, and the peer would wait for ever (RFC 2661 7.1). */
const isNameless = ({ type, assignedSessionId }: BodyFault): boolean =>
  (type === 'ICRQ' || type === 'OCRQ') && assignedSessionId === undefined
