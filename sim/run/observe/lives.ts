// Enters the lives of tunnels and sessions into the books: set-up and end, loss with a control plane, restoration from a mirror,
// the steps of a recovery (RFC 4951 3.2), control channel resets and synchronisation (3.3).

import { NEVER } from '../../base/time.ts'
import type { TraceRecord } from '../../trace/record.ts'
import {
  isLive,
  newChannel,
  newEra,
  partnerOf,
  toldEnds,
  type Books,
  type Channel,
  type ChannelState,
  type Endpoint,
  type Session,
} from './books.ts'
import { ownerOf } from './messages.ts'
import type { Listeners } from './watcher.ts'

function changeState(channel: Channel, state: ChannelState, record: TraceRecord): void {
  channel.state = state
  channel.changedAt = record.at
  channel.changedBy = record.seq
}

export function enterTunnel(books: Books, on: Listeners, record: TraceRecord<'tunnel'>): void {
  const endpoint = books.byName.get(record.endpoint)
  if (endpoint === undefined) return
  const before = endpoint.channels.get(record.tunnel)
  for (const listener of on.tunnel) listener(record, before)
  const channel = channelFor(endpoint, record, before)
  channel.announced = true
  channel.purpose = record.purpose === 'recovery' ? 'recovery' : 'ordinary'
  if (record.oldTunnel !== 0) channel.oldTunnel = record.oldTunnel
  if (record.peerTunnel !== 0) channel.peerTunnel = record.peerTunnel
  channel.peer = ownerOf(books, record.peer) ?? channel.peer
  if (record.event === 'closed') close(channel, record)
  else if (record.event !== 'opening') changeState(channel, 'established', record)
}

function channelFor(endpoint: Endpoint, record: TraceRecord<'tunnel'>, before: Channel | undefined): Channel {
  const { tunnel, event } = record
  if (event === 'restored') {
    if (before !== undefined && isLive(before)) changeState(before, 'lost', record)
    const channel = newChannel(endpoint, tunnel, record, true)
    const other = before?.peer?.channels.get(before.peerTunnel)
    // The tunnel is the one that the other side has met, whoever keeps it now.
    if (other !== undefined && other.met === before) other.met = channel
    return channel
  }
  if (before === undefined) return newChannel(endpoint, tunnel, record, false)
  if (event === 'opening') return before.announced || !isLive(before) ? newChannel(endpoint, tunnel, record, false) : before
  return event === 'closed' || isLive(before) ? before : newChannel(endpoint, tunnel, record, false)
}

function close(channel: Channel, record: TraceRecord<'tunnel'>): void {
  changeState(channel, 'closed', record)
  channel.why = record.why
  channel.settledAt = record.at
  channel.offers = []
  for (const session of channel.sessions.values()) if (session.state !== 'closed') closeSession(session, record, 'tunnel-closed')
  const old = channel.purpose === 'recovery' ? channel.endpoint.channels.get(channel.oldTunnel) : undefined
  if (old !== undefined) withdrawOffer(old, channel.tunnel)
}

function withdrawOffer(old: Channel, recoveryTunnel: number): void {
  if (!old.offers.includes(recoveryTunnel)) return
  old.offers = old.offers.filter((offered) => offered !== recoveryTunnel)
  if (old.offers.length === 0 && !old.awaitsReset) old.mutedSince = -1
}

function closeSession(session: Session, record: TraceRecord, why: string): void {
  session.state = 'closed'
  session.changedAt = record.at
  session.changedBy = record.seq
  session.why = why
}

export function enterSession({ byName }: Books, on: Listeners, record: TraceRecord<'session'>): void {
  const channel = byName.get(record.endpoint)?.channels.get(record.tunnel)
  if (channel === undefined) return
  const before = channel.sessions.get(record.session)
  for (const listener of on.session) listener(record, channel, before)
  const anew = before === undefined || record.event === 'opening' || record.event === 'restored'
  const session = anew ? newSession(channel, record) : before
  if (record.peerSession !== 0) session.peerSession = record.peerSession
  session.sequenced = record.sequenced
  if (record.why === 'table-edit') channel.edited = true
  if (record.event === 'closed') closeSession(session, record, record.why)
  else if (record.event !== 'opening') {
    session.state = 'established'
    session.changedAt = record.at
    session.changedBy = record.seq
  }
}

function newSession(channel: Channel, record: TraceRecord<'session'>): Session {
  const { seq, at, session: number, peerSession, sequenced } = record
  const before = record.event === 'restored' ? channel.previous?.sessions.get(number) : undefined
  const session: Session = {
    channel,
    session: number,
    peerSession,
    outgoing: record.call === 'outgoing',
    placed: record.event === 'opening' && peerSession === 0,
    sequenced,
    state: 'opening',
    openedAt: at,
    openedBy: seq,
    changedAt: at,
    changedBy: seq,
    why: '',
    toldBefore: toldEnd(channel.sessions.get(number)),
    cdnAt: -1,
    dataSentAt: -1,
    queried: false,
    confirmed: false,
    unanswered: false,
    endangered: before?.endangered === true,
    misled: channel.sessions.get(number)?.misled === true,
    namedAfterEnd: false,
    flow: before?.flow,
  }
  if (session.flow !== undefined) {
    session.flow.of = session
    // Another peer's half: its data numbers have nothing to do with those before.
    if (before?.peerSession !== peerSession) session.flow.lastNs = -1
  }
  channel.sessions.set(number, session)
  return session
}

function toldEnd(before: Session | undefined): number {
  if (before === undefined) return -1
  return before.state === 'closed' && toldEnds.has(before.why) ? before.changedBy : before.toldBefore
}

/** The pairing of a session was tampered with: unknown until a record tells it again. */
export function enterTableEdit({ byName }: Books, record: TraceRecord<'log'>): void {
  const channel = byName.get(record.endpoint)?.channels.get(record.tunnel)
  if (channel === undefined) return
  channel.edited = channel.mispaired = true
  // One that still waits to be asked for has not been heard of.
  const session = channel.sessions.get(record.session)
  if (session !== undefined) session.peerSession = -1
}

/** From now on what this side says is not what a sound peer would: nothing that the two sides agree on is judged. */
export function enterMisspeech({ byName }: Books, record: TraceRecord<'log'>): void {
  const channel = byName.get(record.endpoint)?.channels.get(record.tunnel)
  if (channel !== undefined) channel.misspeaks = channel.tainted = true
}

export function enterRecovery({ byName }: Books, on: Listeners, record: TraceRecord<'recovery'>): void {
  const channel = byName.get(record.endpoint)?.channels.get(record.tunnel)
  if (channel === undefined) return
  for (const listener of on.recovery) listener(record, channel)
  channel.step = record.step
  channel.stepAt = record.at
  channel.stepBy = record.seq
  switch (record.step) {
    case 'offered':
      channel.offers = [...channel.offers, record.recoveryTunnel]
      if (channel.mutedSince < 0) channel.mutedSince = record.seq
      return
    case 'aborted':
      channel.offers = []
      if (!channel.awaitsReset) channel.mutedSince = -1
      return
    case 'superseded':
      withdrawOffer(channel, record.recoveryTunnel)
      return
    case 'recovered':
      channel.recovered = true
      if (channel.offers.length === 0) channel.mutedSince = -1
      return
    case 'failed':
    case 'not-attempted':
      channel.unrecoverable = channel.state !== 'closed'
      return
    case 'synchronised':
      channel.synchronisedAt = channel.settledAt = record.at
      return
    default:
      return
  }
}

export function enterReset({ byName }: Books, on: Listeners, record: TraceRecord<'controlReset'>): void {
  const endpoint = byName.get(record.endpoint)
  const channel = endpoint?.channels.get(record.tunnel)
  if (endpoint === undefined || channel === undefined) return
  const recovery = endpoint.channels.get(record.recoveryTunnel)
  for (const listener of on.controlReset) listener(record, channel, recovery)
  const { ns, nr, role } = record
  channel.era = newEra(channel, record, { recovery, ns, nr, role })
  channel.awaitsReset = false
  channel.offers = []
  channel.edited = false
  // The recovery endpoint sends nothing new before its SCCCN is acknowledged: until then a further reset finds the same messages waiting.
  if (role !== 'recovery') channel.mutedSince = -1
  channel.synchronisedAt = -1
  channel.unanswered = false
  channel.duplicateAt = -1
  channel.asked.clear()
  for (const session of channel.sessions.values()) session.queried = session.confirmed = session.unanswered = false
  if (recovery === undefined) return
  recovery.resets += 1
  recovery.resetTo = { ns, nr, role }
  if (recovery.tainted) channel.tainted = true
}

export function enterSync({ byName }: Books, on: Listeners, record: TraceRecord<'sync'>): void {
  const channel = byName.get(record.endpoint)?.channels.get(record.tunnel)
  const session = channel?.sessions.get(record.session)
  for (const listener of on.sync) listener(record, session)
  if (channel === undefined || session === undefined || record.outcome === 'answered-unknown') return
  session.peerSession = record.peerSession
  switch (record.outcome) {
    case 'queried':
      session.queried = true
      session.confirmed = false
      return
    case 'confirmed':
      session.confirmed = true
      session.unanswered = false
      return
    case 'unanswered':
      session.unanswered = channel.unanswered = true
      return
    default:
      return
  }
}

/** The control plane is gone, and with it every tunnel it had; its peers' service is disturbed until they settle. */
export function loseControl(endpoint: Endpoint, record: TraceRecord): void {
  for (const channel of endpoint.channels.values()) {
    if (!isLive(channel)) {
      // Nobody is left to acknowledge what comes for it.
      channel.why = ''
      channel.unrecoverable = false
      continue
    }
    const partner = channel.purpose === 'ordinary' ? partnerOf(channel) : undefined
    if (partner?.state === 'established') partner.settledAt = NEVER
    changeState(channel, 'lost', record)
    channel.settledAt = NEVER
  }
}

/** The data plane is gone: there is no number left to compare with (R4951-AMB-27). */
export function loseData(endpoint: Endpoint): void {
  for (const channel of endpoint.channels.values()) {
    for (const { flow } of channel.sessions.values()) {
      if (flow === undefined) continue
      flow.lastNs = -1
      flow.run = 0
    }
  }
}
