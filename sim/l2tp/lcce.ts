// An L2TP control connection endpoint (LCCE) as a sans-IO core: RFC 2661 and RFC 3931 with the failover extensions of RFC 4951. This file
// holds the table of tunnels, finds the tunnel a datagram belongs to, runs commands and timers, and hands back the outputs.
//
// The way in: a datagram goes through `receive` (which tunnel), `reception.ts` (reliable channel, AVP faults, which machine) and
// then to control.ts (SCCRQ .. StopCCN) or through call-reception.ts to calls.ts (ICRQ .. CDN) and synchronisation.ts (FSQ,
// FSR). Recoveries are in recovery.ts. The way out is `send`, and the end of each `handle`, where queued messages and
// acknowledgements leave.

import { Agenda } from '../base/deadlines.ts'
import type { Address, Datagram } from '../base/datagram.ts'
import { assert } from '../base/assert.ts'
import { randomBytes, type Rng } from '../base/random.ts'
import { NEVER, type Nanos } from '../base/time.ts'
import { offer, placeCall } from './calls.ts'
import { Channel, type Outbound } from './channel.ts'
import type { LcceCommand } from './commands.ts'
import type { LcceConfig } from './config.ts'
import { announceTunnel, controlEvent } from './control.ts'
import type { Core, Input, Output } from './core.ts'
import { sccrqForEither } from './detection.ts'
import { Identifiers } from './identifiers.ts'
import { machineryOf } from './machinery.ts'
import type { ControlConnectionEvent } from './machines/control-connection.ts'
import { mirrorSession, mirrorTunnel, restoreSession, restoreTunnel } from './mirror-state.ts'
import type { MirroredSession, MirroredTunnel, MirrorState } from './mirror-state.ts'
import type { LcceNotice } from './notices.ts'
import { misspeak, type Misspeech } from './misspeech.ts'
import { protocols } from './protocols.ts'
import { dataPlaneLost, startRecovery } from './recovery.ts'
import { tieBreakerOf } from './rules.ts'
import { flushStates, queryNow } from './synchronisation.ts'
import { retransmissionSettled, timerFired } from './timers.ts'
import {
  timerNames,
  timerSlots,
  Tunnel,
  type Dialling,
  type LcceContext,
  type Machinery,
  type Protocol,
  type Session,
  type TimerName,
  type TunnelOptions,
} from './tunnel.ts'
import type { Version } from './wire/avps.ts'
import { encodeMessage } from './wire/codec.ts'
import { carried } from './wire/demultiplex.ts'
import { sealMessage } from './wire/digest.ts'
import { encodeZlb, stampControlHeader } from './wire/header.ts'
import type { AnyMessage, Message, MessageIn } from './wire/messages.ts'
import { utf8 } from './wire/text.ts'

export type LcceInput = Input<LcceCommand>
export type LcceOutput = Output<LcceNotice>

/** When data was last received for a tunnel, and with a session given for that session; 0 for never. */
export type LastData = (localTunnelId: number, localSessionId: number) => Nanos

interface Restored {
  readonly lcce: Lcce
  readonly outputs: readonly LcceOutput[]
}

export interface LcceOptions {
  readonly config: LcceConfig
  /** The only source of chance: identifiers, challenges, tie breakers, suggested sequence numbers. */
  readonly rng: Rng
  /** What the data plane of the same endpoint knows; without one, only control messages count as signs of life. */
  readonly lastData?: LastData
}

const ACK: MessageIn<3> = { type: 'ACK' }

/** One allocation for each version: their identifiers have different sizes. */
function identifiersOf({ config, rng }: LcceOptions): Readonly<Record<Version, Identifiers>> {
  const of = (version: Version): Identifiers => new Identifiers(config.sessionIds, rng, protocols[version].largestId)
  return { 2: of(2), 3: of(3) }
}

/** Timers of one tunnel that fire at one instant, at most: each may set another one to now, and none twice over. */
const MOST_ROUNDS = 64

/**
 * Not reset since it failed, be it by the peer's recovery: there are no numbers with which a StopCCN could be sent (RFC 4951 3.2.1). From
 * the reset on the recovery has concluded (R4951-AMB-33), though neither handshake may be complete.
 */
const awaitsOwnReset = ({ ownRecovery, channel }: Tunnel): boolean => ownRecovery !== undefined && channel.epoch === 0 && channel.suspended

export class Lcce implements Core<LcceCommand, LcceNotice>, LcceContext {
  /** As quirks leave it. */
  readonly config: LcceConfig
  readonly machinery: Machinery
  readonly rng: Rng
  readonly lastData: LastData
  now: Nanos = 0

  private readonly table = new Map<number, Tunnel>()
  private readonly agenda = new Agenda<Tunnel>()
  readonly nodeSessions = new Set<number>()
  readonly handshakes = new Set<Tunnel>()
  readonly requests = new Set<Session>()
  private readonly tunnelIds: Readonly<Record<Version, Identifiers>>
  private readonly sessionIds: Readonly<Record<Version, Identifiers>>
  private serial = 0
  private tieBreakersUsed = 0
  private sessionTieBreakersUsed = 0
  private outputs: LcceOutput[] = []
  private readonly touched: Tunnel[] = []
  /** Restored tunnels that pacing has not let start yet, and how many recoveries are under way. */
  private waiting: Tunnel[] = []
  private recovering = 0
  private startingRecoveries = false
  /** What will be said in place of something else. */
  private readonly misspeeches: Misspeech[] = []

  constructor(options: LcceOptions) {
    const { config, machinery } = machineryOf(options.config)
    this.config = config
    this.machinery = machinery
    this.rng = options.rng
    this.lastData = options.lastData ?? (() => 0)
    this.tunnelIds = identifiersOf(options)
    this.sessionIds = identifiersOf(options)
  }

  /**
   * A backup, or the failed endpoint itself after its restart, with what the mirror knows; `recover` starts the recovery. `moved` gives the
   * address that stands for a mirrored one of ours.
   */
  static restore(options: LcceOptions, mirror: MirrorState, now: Nanos, moved: (local: Address) => Address = (local) => local): Restored {
    const lcce = new Lcce(options)
    lcce.now = now
    lcce.tunnelIds[2].startAnywhere()
    if (options.config.version !== 2) lcce.tunnelIds[3].startAnywhere()
    for (const { tunnel: mirrored, sessions } of mirror.tunnels) {
      const { version, localTunnelId, local, peer, initiator } = mirrored
      const ends = { local: moved(local), peer }
      const tunnel = lcce.newTunnel({ protocol: protocols[version], localTunnelId, ...ends, initiator, purpose: 'ordinary' })
      if (tunnel === undefined) continue
      restoreTunnel(tunnel, mirrored)
      announceTunnel(tunnel, 'restored')
      for (const session of sessions) {
        restoreSession(tunnel, session)
        lcce.sessionIds[version].skipPast(session.localSessionId)
      }
    }
    return { lcce, outputs: lcce.outputs }
  }

  get deadline(): Nanos {
    return this.agenda.next
  }

  handle(input: LcceInput, now: Nanos): readonly LcceOutput[] {
    assert(now >= this.now, 'time runs backwards')
    this.now = now
    this.outputs = []
    switch (input.type) {
      case 'datagram':
        this.machinery.hears(this, input.datagram, input.packet)
        break
      case 'wake':
        this.wake()
        break
      case 'command':
        this.obey(input.command)
        break
    }
    this.settle()
    return this.outputs
  }

  /** Fires every timer that is due, in order of instant, tunnel and slot. */
  private wake(): void {
    for (let rounds = 0; this.agenda.next <= this.now; rounds++) {
      const tunnel = this.agenda.first
      if (tunnel === undefined) return
      assert(rounds < MOST_ROUNDS * (this.table.size + 1), 'a timer fires for ever at one instant')
      for (const timer of timerNames) {
        if (tunnel.deadlines.get(timerSlots[timer]) > this.now) continue
        this.setTimer(tunnel, timer, NEVER)
        timerFired(tunnel, timer)
      }
      this.touch(tunnel)
      this.settle()
    }
  }

  /** Sends what has gathered on the tunnels of this call: queued messages as the windows allow, then what is owed in ZLBs. */
  private settle(): void {
    for (let i = 0; i < this.touched.length; i++) {
      const tunnel = this.touched[i]
      if (tunnel === undefined) continue
      tunnel.touched = false
      if (tunnel.gone) continue
      if (!tunnel.channel.suspended) flushStates(tunnel)
      tunnel.channel.pump(this.now)
      if (tunnel.channel.acknowledgementDue) this.acknowledge(tunnel)
      retransmissionSettled(tunnel)
    }
    // Setting its length would be a call into the engine.
    while (this.touched.length > 0) this.touched.pop()
  }

  private acknowledge(tunnel: Tunnel): void {
    const { channel } = tunnel
    channel.acknowledgementDue = false
    if (tunnel.form === undefined) this.put(tunnel, encodeZlb(tunnel.peerTunnelId, channel.nextNs, channel.expected), 0, 0)
    else {
      // RFC 3931 6.15, R3931-AMB-09: an ACK, which unlike a ZLB can carry a digest.
      const bytes = encodeMessage<3>(ACK, undefined, tunnel.form)
      stampControlHeader(bytes, tunnel.peerTunnelId, 0, channel.nextNs, channel.expected)
      this.putSealed(tunnel, bytes, 0, 0)
    }
  }

  /** An L2TPv3 message on its way: with digests that cover its numbers, and as its transport carries it. */
  private putSealed(tunnel: Tunnel, bytes: Uint8Array, session: number, attempt: number): void {
    if (tunnel.authentication !== undefined) sealMessage(bytes, tunnel.authentication)
    this.put(tunnel, carried(bytes, tunnel.transport), session, attempt)
  }

  private put(tunnel: Tunnel, bytes: Uint8Array, session: number, attempt: number): void {
    const datagram: Datagram = { from: tunnel.local, to: tunnel.peer, bytes, padding: 0 }
    this.outputs.push({ kind: 'transmit', datagram, tunnel: tunnel.localTunnelId, session, attempt })
  }

  private obey(command: LcceCommand): void {
    switch (command.name) {
      case 'open-tunnel':
        this.dial(command)
        return
      case 'recover':
        this.waiting = this.chosenForRecovery()
        this.recoverNext()
        return
      case 'data-plane-lost':
        for (const tunnel of this.table.values()) if (tunnel.state === 'established') dataPlaneLost(tunnel)
        return
      case 'misspeak':
        if (command.speech.insteadOf !== undefined) this.misspeeches.push(command.speech)
        else this.obeyOn(command)
        return
      default:
        this.obeyOn(command)
    }
  }

  private dial({ local, peer, version: wanted, peerRouterId }: Extract<LcceCommand, { name: 'open-tunnel' }>): void {
    const own = this.config.version
    const overUdp = local.port !== 0
    const undecided = wanted === 'detect' && own === 'both' && overUdp
    const either = wanted === 'detect' && !overUdp ? 3 : 2
    const version = wanted === undefined || wanted === 'detect' ? (own === 'both' ? either : own) : wanted
    const dialling: Dialling = { local, peer, peerRouterId: peerRouterId ?? 0, undecided }
    if (!this.openTunnel(protocols[version], dialling)) this.noRoom(0, 'the tunnel table is full')
  }

  /** Commands about one tunnel. One that is gone by now is left alone. */
  private obeyOn(command: Exclude<LcceCommand, { name: 'open-tunnel' | 'recover' | 'data-plane-lost' }>): void {
    const tunnel = this.table.get(command.tunnel)
    if (tunnel === undefined || tunnel.closing) return
    const session = 'session' in command ? tunnel.sessions.get(command.session) : undefined
    switch (command.name) {
      case 'close-tunnel':
        controlEvent(tunnel, awaitsOwnReset(tunnel) ? 'silent-clear' : 'admin-close')
        return
      case 'place-call':
        this.placeCall(tunnel, command)
        return
      case 'hang-up':
        if (session !== undefined) offer(session, 'local-close')
        return
      case 'query-sessions':
        queryNow(tunnel)
        this.touch(tunnel)
        return
      case 'forget-session':
        if (session !== undefined) offer(session, 'silent-clear', { end: 'table-edit' })
        return
      case 'mispair-session':
        if (session !== undefined) this.mispair(session, command.peerSession)
        return
      case 'misspeak':
        if (tunnel.peerTunnelId !== 0 && !tunnel.undecided) misspeak(this, tunnel, session, command.speech)
        return
    }
  }

  private placeCall(tunnel: Tunnel, { call, sequenced, remoteEndId }: Extract<LcceCommand, { name: 'place-call' }>): void {
    // A recovery tunnel carries no calls (RFC 4951 3.2.1): the number was another tunnel's before a failure.
    if (tunnel.purpose === 'recovery') return
    const side = call === 'incoming' ? 'incoming-lac' : 'outgoing-lns'
    const circuit = remoteEndId === undefined ? undefined : utf8(remoteEndId)
    const placed = placeCall(tunnel, { side, peerSessionId: 0, sequenced, remoteEndId: circuit })
    if (!placed) this.noRoom(tunnel.localTunnelId, 'the session table is full')
  }

  private noRoom(tunnel: number, detail: string): void {
    this.notice({ kind: 'log', tunnel, session: 0, what: 'no-room', detail })
  }

  private mispair(session: Session, peerSession: number): void {
    const { tunnel } = session
    if (tunnel.byPeerSession.get(session.peerSessionId) === session) tunnel.byPeerSession.delete(session.peerSessionId)
    session.peerSessionId = peerSession
    tunnel.byPeerSession.set(peerSession, session)
    const detail = `paired with the peer's session ${String(peerSession)}`
    this.notice({ kind: 'log', tunnel: tunnel.localTunnelId, session: session.localSessionId, what: 'table-edit', detail })
  }

  /** RFC 4951 3.2: which tunnels are recovered is the endpoint's own choice; here the first ones, up to a limit. */
  private chosenForRecovery(): Tunnel[] {
    const restored = [...this.table.values()].filter((tunnel) => tunnel.ownRecovery?.state === 'waiting')
    const { tunnelLimit } = this.config.failover
    const limit = tunnelLimit > 0 ? tunnelLimit : Infinity
    for (const [position, tunnel] of restored.entries()) {
      const left = position >= limit
      const step = left ? 'not-attempted' : 'waiting'
      const why = left ? 'beyond the limit of tunnels to recover' : ''
      this.notice({ kind: 'recovery', tunnel: tunnel.localTunnelId, recoveryTunnel: 0, role: 'recovery', step, why })
      if (!left) continue
      tunnel.end = 'recovery-failed'
      controlEvent(tunnel, 'silent-clear')
    }
    return restored.slice(0, limit)
  }

  /** Starts what pacing lets start. One that ends at once leaves its turn to the loop that began it. */
  private recoverNext(): void {
    if (this.startingRecoveries) return
    this.startingRecoveries = true
    const { parallel } = this.config.failover
    const limit = parallel === 0 ? Infinity : parallel
    while (this.waiting.length > 0 && this.recovering < limit) {
      const tunnel = this.waiting.shift()
      if (tunnel === undefined || tunnel.closing || tunnel.ownRecovery?.state !== 'waiting') continue
      this.recovering += 1
      startRecovery(tunnel)
    }
    this.startingRecoveries = false
  }

  recoveryDone(): void {
    this.recovering = Math.max(0, this.recovering - 1)
    this.recoverNext()
  }

  /** A restored tunnel whose turn to try again has come. */
  retryRecovery(tunnel: Tunnel): void {
    this.waiting.push(tunnel)
    this.recoverNext()
  }

  // What the parts of an LCCE ask of the whole (LcceContext).

  notice(notice: LcceNotice): void {
    this.outputs.push(notice)
  }

  newChannel(tunnel: Tunnel): Channel {
    const { receiveWindow, firstNs, outOfOrder } = this.config
    const { rules } = this.machinery
    const retransmit = rules.retransmission(tunnel.retransmit)
    const transmit = (message: Outbound, nr: number): void => {
      this.transmit(tunnel, message, nr)
    }
    return new Channel({ retransmit, ownWindow: receiveWindow, firstNs, outOfOrder, rules, transmit })
  }

  private transmit(tunnel: Tunnel, message: Outbound, nr: number): void {
    // The first transmission may use the encoded octets themselves: whoever retransmits copies them.
    const bytes = message.attempts === 1 ? message.bytes : message.bytes.slice()
    stampControlHeader(bytes, tunnel.peerTunnelId, message.peerSessionId, message.ns, nr)
    if (tunnel.form === undefined && !tunnel.undecided) this.put(tunnel, bytes, message.localSessionId, message.attempts)
    else this.putSealed(tunnel, bytes, message.localSessionId, message.attempts)
  }

  newTunnel(options: Omit<TunnelOptions, 'localTunnelId'> & { readonly localTunnelId?: number }): Tunnel | undefined {
    if (this.table.size >= this.config.maxTunnels) return undefined
    // Tunnels under recovery are in the table, so that no recovery tunnel gets an old Tunnel ID (RFC 4951 3.2.1).
    const localTunnelId = options.localTunnelId ?? this.tunnelIds[options.protocol.version].next((candidate) => this.table.has(candidate))
    if (localTunnelId === 0 || this.table.has(localTunnelId)) return undefined
    const { protocol, local, peer, purpose, initiator } = options
    const tunnel = new Tunnel(this, { protocol, localTunnelId, local, peer, purpose, initiator })
    tunnel.lastHeard = this.now
    this.table.set(localTunnelId, tunnel)
    this.agenda.add(tunnel, tunnel.deadlines)
    return tunnel
  }

  /** The list is tidied only when it is full, so that it costs nothing as long as peers behave. */
  admitsHandshake(): boolean {
    const { handshakes } = this
    if (handshakes.size < this.config.maxHalfOpenTunnels) return true
    for (const tunnel of handshakes) if (tunnel.gone || (tunnel.state === 'established' && !tunnel.closing)) handshakes.delete(tunnel)
    return handshakes.size < this.config.maxHalfOpenTunnels
  }

  newSessionId(tunnel: Tunnel): number {
    const taken = tunnel.protocol.sessionIdsOfNode ? this.nodeSessions : tunnel.sessions
    return this.sessionIds[tunnel.version].next((candidate) => taken.has(candidate))
  }

  openTunnel(protocol: Protocol, { local, peer, peerRouterId = 0, undecided = false }: Dialling): boolean {
    const tunnel = this.newTunnel({ protocol, local, peer, purpose: 'ordinary', initiator: true })
    if (tunnel === undefined) return false
    tunnel.peerRouterId = peerRouterId
    tunnel.undecided = undecided
    if (this.config.tieBreaker) tunnel.tieBreaker = this.nextTieBreaker()
    controlEvent(tunnel, 'local-open')
    return true
  }

  nextSerialNumber(): number {
    this.serial += 1
    return this.serial
  }

  nextTieBreaker(): Uint8Array {
    return this.tieBreaker(this.config.tieBreakers[this.tieBreakersUsed++])
  }

  nextSessionTieBreaker(): Uint8Array {
    return this.tieBreaker(this.config.v3.sessionTieBreakers[this.sessionTieBreakersUsed++])
  }

  private tieBreaker(chosen: number | undefined): Uint8Array {
    return chosen === undefined ? randomBytes(this.rng, 8) : tieBreakerOf(chosen)
  }

  forget(tunnel: Tunnel): void {
    tunnel.gone = true
    this.table.delete(tunnel.localTunnelId)
    this.agenda.remove(tunnel.deadlines)
  }

  send(tunnel: Tunnel, meant: AnyMessage, session?: Session): void {
    if (this.misspeeches.length > 0 && this.saysInstead(tunnel, meant, session)) return
    const message = this.machinery.says(meant, tunnel)
    const bytes = this.machinery.spells(this.encoded(tunnel, message), message, tunnel)
    tunnel.channel.enqueue(bytes, session?.peerSessionId ?? 0, session?.localSessionId ?? 0)
    this.touch(tunnel)
  }

  private encoded(tunnel: Tunnel, message: AnyMessage): Uint8Array {
    if (tunnel.undecided && message.type === 'SCCRQ') return sccrqForEither(tunnel, message as Message<'SCCRQ'>)
    const secret = this.config.hideAvps ? tunnel.protocol.hidingSecret(this.config) : undefined
    const hiding = secret === undefined ? undefined : { secret, randomVector: randomBytes(this.rng, 16) }
    return tunnel.form === undefined
      ? encodeMessage(message as MessageIn<2>, hiding)
      : encodeMessage(message as MessageIn<3>, hiding, tunnel.form)
  }

  /** A fault has something else said in place of this message. */
  private saysInstead(tunnel: Tunnel, { type }: AnyMessage, session: Session | undefined): boolean {
    const place = tunnel.undecided ? -1 : this.misspeeches.findIndex(({ insteadOf }) => insteadOf === type)
    const [speech] = place < 0 ? [] : this.misspeeches.splice(place, 1)
    if (speech !== undefined) misspeak(this, tunnel, session, speech)
    return speech !== undefined
  }

  setTimer(tunnel: Tunnel, timer: TimerName, at: Nanos): void {
    if (tunnel.deadlines.set(timerSlots[timer], this.machinery.rules.due(timer, at, this.now))) this.agenda.moved(tunnel.deadlines)
  }

  touch(tunnel: Tunnel): void {
    if (tunnel.touched) return
    tunnel.touched = true
    this.touched.push(tunnel)
  }

  tunnel(localTunnelId: number): Tunnel | undefined {
    return this.table.get(localTunnelId)
  }

  tunnels(): IterableIterator<Tunnel> {
    return this.table.values()
  }

  control(tunnel: Tunnel, on: ControlConnectionEvent, message?: AnyMessage): void {
    if (!tunnel.gone && !tunnel.closing) controlEvent(tunnel, on, message)
  }

  // What a mirror may carry to a backup (RFC 4951 1.1).

  /** The tunnel as a backup may know it; undefined unless it is established and ordinary. */
  mirroredTunnel(localTunnelId: number): MirroredTunnel | undefined {
    const tunnel = this.table.get(localTunnelId)
    if (tunnel === undefined || tunnel.purpose !== 'ordinary' || tunnel.state !== 'established' || tunnel.closing) return undefined
    return mirrorTunnel(tunnel)
  }

  mirroredSession(localTunnelId: number, localSessionId: number): MirroredSession | undefined {
    const session = this.table.get(localTunnelId)?.sessions.get(localSessionId)
    return session?.state === 'established' ? mirrorSession(session) : undefined
  }
}
