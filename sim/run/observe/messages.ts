// Enters datagrams into the books: control messages with their numbers and acknowledgements (RFC 2661 5.8), data messages with
// theirs (RFC 4951 3.2.3). A message counts as genuine when an endpoint of the run sent it from an address of its own.

import { isPortless } from '../../base/datagram.ts'
import { retransmissionInterval } from '../../l2tp/channel.ts'
import { controlMessageIn } from '../../l2tp/wire/demultiplex.ts'
import { CONTROL_HEADER, isControl, peekType, VERSION_BITS } from '../../l2tp/wire/header.ts'
import { uint16At } from '../../l2tp/wire/octets.ts'
import { isOld16, next, next16 } from '../../l2tp/sequence.ts'
import type { Nanos } from '../../base/time.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { sessionStatesOf, type SessionState } from './avps.ts'
import {
  isForEarlierCall,
  largestDataNumber,
  lingers,
  newChannel,
  noteRoom,
  questionFor,
  retransmitOf,
  windowOf,
  type Books,
  type Channel,
  type Endpoint,
  type Era,
  type Flow,
  type Outstanding,
  type Packet,
  type Session,
} from './books.ts'
import { sessionNamed } from './heard.ts'
import type { Listeners } from './watcher.ts'

/** Packets in the younger generation at most. A packet delayed past two generations of others counts as one nobody sent. */
const GENERATION = 65_536

/** Who has the address `ip:port`; undefined when it belongs to no endpoint of the run. */
export function ownerOf({ byAddress, endpoints }: Books, text: string): Endpoint | undefined {
  if (byAddress.has(text)) return byAddress.get(text)
  const colon = text.lastIndexOf(':')
  const ip = colon < 0 ? text : text.slice(0, colon)
  const owner = endpoints.find(({ ips, name }) => ips.includes(ip) || name === text)
  byAddress.set(text, owner)
  return owner
}

export function packetOf({ packets, olderPackets }: Books, packet: number): Packet | undefined {
  return packets.get(packet) ?? olderPackets.get(packet)
}

export function noteDamage(books: Books, packet: number): void {
  const control = packetOf(books, packet)
  if (control === undefined) books.damagedData.add(packet)
  else control.damaged = true
}

export function noteArrival(books: Books, { packet, seq }: TraceRecord<'delivered'>): void {
  const control = packetOf(books, packet)
  if (control !== undefined && control.heldBy >= 0) control.arrivedBy = seq
}

/** Messages that tunnels send for ever where all is well. */
const peaceful: ReadonlySet<string> = new Set(['HELLO', 'ZLB', 'ACK'])

export function enterSent(books: Books, on: Listeners, record: TraceRecord<'sent'>): void {
  const endpoint = books.byName.get(record.endpoint)
  if (endpoint === undefined) {
    enterForged(books, on, record)
    return
  }
  if (record.plane === 'data') {
    sendData(on, endpoint, record)
    return
  }
  if (isForged(books, endpoint, record)) {
    enterForged(books, on, record)
    return
  }
  const packet = readPacket(books, endpoint, record)
  if (record.attempt > 1 || !peaceful.has(packet.type)) books.stirredAt = record.at
  for (const listener of on.sent) listener(record, packet)
  if (record.attempt === 1) {
    for (const listener of on.first) listener(record, packet)
    sendFirst(record, packet)
  } else if (record.attempt > 1) sendAgain(on, record, packet)
  packet.channel.duplicateAt = -1
  remember(books, record.packet, packet)
}

function enterForged({ forged }: Books, on: Listeners, record: TraceRecord<'sent'>): void {
  for (const listener of on.forged) listener(record)
  forged.add(record.packet)
}

/** The control message that a datagram carries. Over UDP its first bit is set, so that the address is seldom looked at. */
export function messageOf({ to, bytes }: TraceRecord<'sent'>): Uint8Array {
  return isControl(bytes) || !isPortless(to) ? bytes : controlMessageIn(bytes, 'ip')
}

/** Sent from an address that is not the sender's own. Data is not looked at so closely: it changes nothing but itself. */
function isForged(books: Books, endpoint: Endpoint, record: TraceRecord<'sent'>): boolean {
  return messageOf(record).length < CONTROL_HEADER || (endpoint.ips.length > 0 && ownerOf(books, record.from) !== endpoint)
}

function sendData(on: Listeners, endpoint: Endpoint, record: TraceRecord<'sent'>): void {
  for (const listener of on.dataSent) listener(record)
  const session = endpoint.channels.get(record.tunnel)?.sessions.get(record.session)
  if (session !== undefined) session.dataSentAt = record.at
}

function readPacket(books: Books, endpoint: Endpoint, record: TraceRecord<'sent'>): Packet {
  const bytes = messageOf(record)
  const type = peekType(bytes)
  const ns = uint16At(bytes, 8)
  const channel = sendingChannel(endpoint, record, ns)
  channel.version = (bytes[1]! & VERSION_BITS) === 3 ? 3 : 2
  channel.peer ??= ownerOf(books, record.to)
  const states = type === 'FSQ' || type === 'FSR' ? sessionStatesOf(bytes) : undefined
  const { seq, at, attempt } = record
  const { era } = channel
  const firstSeq = attempt > 1 ? (keptOf(era, ns)?.seq ?? seq) : seq
  const [nr, session] = [uint16At(bytes, 10), record.session]
  return { seq, firstSeq, at, channel, era, session, type, ns, nr, states, bytes, damaged: false, heldBy: -1, arrivedBy: -1 }
}

/** The channel that sends. One that is gone sends nothing: then the number serves to answer a stranger, a channel of its own. */
function sendingChannel(endpoint: Endpoint, record: TraceRecord<'sent'>, ns: number): Channel {
  const channel = endpoint.channels.get(record.tunnel)
  if (channel === undefined || channel.state === 'lost') return newChannel(endpoint, record.tunnel, record, false)
  if (channel.state !== 'closed' || record.attempt > 1) return channel
  const goesOn = lingers(channel) && (channel.era.nextNs < 0 || ns === channel.era.nextNs)
  return goesOn && !isAbandoned(channel, record.at) ? channel : newChannel(endpoint, record.tunnel, record, false)
}

/** Closed, and its last messages went unanswered to the limit: then it is forgotten, and its number free for an answer to a stranger. */
function isAbandoned(channel: Channel, at: Nanos): boolean {
  const head = channel.era.outstanding[channel.era.doubtful]
  const retransmit = retransmitOf(channel)
  if (head === undefined || retransmit === undefined || head.attempts <= retransmit.count || channel.changedAt >= at) return false
  return at >= head.lastAt + retransmissionInterval(retransmit, head.attempts)
}

function sendFirst(record: TraceRecord<'sent'>, { channel, era, type, ns, states, bytes }: Packet): void {
  if (era.firstNs < 0) era.firstNs = ns
  if (type === 'SCCRQ') noteAttempt(channel)
  if (era.outstanding.length === 0) era.headSince = record.at
  era.outstanding.push({ ns, type, bytes, seq: record.seq, firstAt: record.at, lastAt: record.at, attempts: 1 })
  era.nextNs = next16(ns)
  noteRoom(era, record.at)
  if (type === 'FSR' && states !== undefined) settleAnswers(channel, states)
  if (type === 'StopCCN' && !channel.announced) refuse(record, channel)
  if (type === 'CDN') {
    const session = channel.sessions.get(record.session)
    if (session !== undefined) session.cdnAt = record.at
  }
}

/** A set-up refused before anything was said of the tunnel: it is at its end, and lingers. */
function refuse(record: TraceRecord<'sent'>, channel: Channel): void {
  channel.state = 'closed'
  channel.why = 'stopccn-sent'
  channel.changedAt = record.at
  channel.changedBy = record.seq
}

function noteAttempt(channel: Channel): void {
  channel.initiator = true
  const old = channel.purpose === 'recovery' ? channel.endpoint.channels.get(channel.oldTunnel) : undefined
  if (old !== undefined) old.attempt = channel
}

function sendAgain(on: Listeners, record: TraceRecord<'sent'>, packet: Packet): void {
  const kept = keptOf(packet.era, packet.ns)
  for (const listener of on.again) listener(record, packet, kept)
  noteLoss(packet.era, record.at)
  if (kept === undefined) return
  kept.attempts = record.attempt
  kept.lastAt = record.at
}

/** RFC 2661 appendix A. */
function noteLoss(era: Era, at: Nanos): void {
  era.congestion = 1
  era.threshold = Math.max(1, era.least >> 1)
  era.least = 1
  era.credit = 0
  noteRoom(era, at)
}

/** One more for each acknowledgement in slow start, then for each window's worth of them (appendix A). */
function noteGrowth(era: Era): void {
  if (era.least >= windowOf(era.channel)) return
  if (era.least >= era.threshold) {
    era.credit += 1
    if (era.credit < era.least) return
    era.credit = 0
  }
  era.least += 1
}

function keptOf({ outstanding }: Era, ns: number): Outstanding | undefined {
  for (const kept of outstanding) if (kept.ns === ns) return kept
  return undefined
}

function settleAnswers({ asked }: Channel, states: readonly SessionState[]): void {
  for (const { remoteSessionId } of states) {
    const key = questionFor(asked, remoteSessionId)
    const question = asked.get(key)
    if (question === undefined) continue
    question.count -= 1
    if (question.count === 0) asked.delete(key)
  }
}

function remember(books: Books, number: number, packet: Packet): void {
  if (books.packets.size >= GENERATION) {
    books.olderPackets = books.packets
    books.packets = new Map()
  }
  books.packets.set(number, packet)
}

export function enterHandled(books: Books, on: Listeners, record: TraceRecord<'handled'>): void {
  const endpoint = books.byName.get(record.endpoint)
  if (endpoint === undefined) return
  const packet = packetOf(books, record.packet)
  if (record.tunnel === 0) {
    for (const listener of on.stranger) listener(record, packet)
    return
  }
  const channel = receivingChannel(endpoint, record)
  if (channel === undefined) return
  switch (record.verdict) {
    case 'accepted':
      for (const listener of on.accepted) listener(record, channel, packet)
      accept(record, channel, packet)
      return
    case 'acknowledged':
      for (const listener of on.acknowledged) listener(record, channel, packet)
      takeNr(record, channel, packet, true)
      return
    case 'duplicate':
      for (const listener of on.duplicate) listener(record, channel, packet)
      takeNr(record, channel, packet, false)
      if (channel.duplicateAt < 0) channel.duplicateAt = record.at
      return
    case 'discarded':
      for (const listener of on.discarded) listener(record, channel, packet)
      return
    case 'held':
      for (const listener of on.early) listener(record, channel)
      if (packet !== undefined) {
        packet.heldBy = record.seq
        books.anyHeld = true
      }
      takeNr(record, channel, packet, false)
      return
    case 'ahead':
      for (const listener of on.early) listener(record, channel)
      takeNr(record, channel, packet, false)
      return
    case 'lingering':
      for (const listener of on.lingering) listener(record, channel, packet)
      takeNr(record, channel, packet, false)
      return
    default:
      return
  }
}

/** The channel that received. A number that takes an SCCRQ out of its order has begun a new life. */
function receivingChannel(endpoint: Endpoint, record: TraceRecord<'handled'>): Channel | undefined {
  const channel = endpoint.channels.get(record.tunnel)
  if (record.verdict !== 'accepted' || record.type !== 'SCCRQ') return channel
  const anew = channel === undefined || channel.state === 'closed' || channel.state === 'lost'
  return anew || (!channel.announced && channel.era.expected !== record.ns)
    ? newChannel(endpoint, record.tunnel, record, false)
    : channel
}

function accept(record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined): void {
  takeNr(record, channel, packet, true)
  channel.era.expected = next16(record.ns)
  channel.lastAcceptedAt = record.at
  if (record.type === 'ICRQ' || record.type === 'OCRQ') channel.callRequested = true
  else if (record.type === 'FSQ') channel.queriedByPeer = true
  if (packet === undefined || packet.damaged) return
  if (packet.channel.misspeaks) channel.tainted = true
  channel.met ??= packet.channel
  if (channel.peerTunnel === 0 && packet.type !== 'StopCCN') {
    channel.peerTunnel = packet.channel.tunnel
    channel.peer ??= packet.channel.endpoint
  }
  if (channel.sessions.size > 0) noteNamed(record, channel, packet)
  if (packet.type === 'FSQ' && packet.states !== undefined) for (const state of packet.states) noteAsked(record, channel, state)
}

function noteNamed(record: TraceRecord<'handled'>, channel: Channel, packet: Packet): void {
  const named = sessionNamed(record, packet.bytes)
  if (named < 0) channel.namedHiddenBy = record.seq
  const session = channel.sessions.get(named)
  if (session === undefined) return
  if (isForEarlierCall(session, packet)) session.misled = true
  if (session.state === 'closed') session.namedAfterEnd = true
}

function noteAsked({ at, seq }: TraceRecord, { asked }: Channel, { sessionId, remoteSessionId }: SessionState): void {
  const state = asked.get(sessionId)
  if (state === undefined) asked.set(sessionId, { count: 1, remoteSessionId, at, seq })
  else {
    state.count += 1
    state.remoteSessionId = remoteSessionId
  }
}

/** Nr acknowledges everything before it (RFC 2661 5.8). `sure`: of a message that certainly counted. */
function takeNr(record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined, sure: boolean): void {
  if (packet === undefined || packet.damaged) channel.tainted = true
  const { era } = channel
  const { outstanding } = era
  const head = outstanding[0]
  if (head === undefined || !isOld16(record.nr, head.ns) || isOld16(record.nr, era.nextNs)) return
  let count = 0
  while (count < outstanding.length && isOld16(record.nr, outstanding[count]!.ns)) count += 1
  if (count > era.doubtful) {
    era.congestion += count - era.doubtful
    noteGrowth(era)
  }
  if (sure) {
    removeFirst(outstanding, count)
    era.doubtful = Math.max(0, era.doubtful - count)
    era.headSince = record.at
  } else era.doubtful = Math.max(era.doubtful, count)
  noteRoom(era, record.at)
}

function removeFirst(outstanding: Outstanding[], count: number): void {
  for (let i = 0; i < count; i++) outstanding.shift()
}

export function enterData({ byName }: Books, on: Listeners, record: TraceRecord<'data'>): void {
  const endpoint = byName.get(record.endpoint)
  if (endpoint === undefined) return
  const session = sessionOfData(endpoint, record)
  if (session?.state === 'established' && record.tunnel !== 0) session.flow ??= newFlow(endpoint, record, session)
  const flow = session?.flow
  for (const listener of on.data) listener(record, session, flow)
  if (flow === undefined || record.ns < 0) return
  if (record.verdict === 'old') {
    flow.run = flow.run > 0 && record.ns === next(flow.runNs, flow.largest) ? flow.run + 1 : 1
    flow.runNs = record.ns
  } else if (record.verdict === 'accepted' || record.verdict === 'reset') {
    flow.lastNs = record.ns
    flow.run = 0
  }
}

/**
 * The session that a data message names. That of L2TPv3 names no tunnel: one that its receiver did not know can be told where there is
 * but one tunnel that it may have come through. In another the number may have been given anew.
 */
function sessionOfData({ channels }: Endpoint, { tunnel, session }: TraceRecord<'data'>): Session | undefined {
  if (tunnel !== 0) return channels.get(tunnel)?.sessions.get(session)
  const carriers = [...channels.values()].filter(({ version, purpose }) => version === 3 && purpose !== 'recovery')
  return carriers.length === 1 ? carriers[0]?.sessions.get(session) : undefined
}

function newFlow(endpoint: Endpoint, { tunnel, session }: TraceRecord<'data'>, of: Session): Flow {
  const largest = largestDataNumber(of.channel)
  return { endpoint, tunnel, session, largest, lastNs: -1, run: 0, runNs: -1, of, deliveries: undefined }
}
