// A peer under the test's hand, in front of one real protocol core: it says what the test tells it to, right or wrong, keeps its
// own Ns and Nr, acknowledges at once unless told not to, and remembers all that the core said and told.

import { address, type Address } from '../../sim/base/datagram.ts'
import type { Nanos } from '../../sim/base/time.ts'
import type { LcceCommand } from '../../sim/l2tp/commands.ts'
import { Lcce, type LcceInput, type LcceOutput } from '../../sim/l2tp/lcce.ts'
import type { LcceNotice } from '../../sim/l2tp/notices.ts'
import { next16 } from '../../sim/l2tp/sequence.ts'
import { decodeBody, encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { decodeControlHeader, encodeZlb, hasBody, peekType, stampControlHeader } from '../../sim/l2tp/wire/header.ts'
import type { ControlMessage, Message, MessageType } from '../../sim/l2tp/wire/messages.ts'
import { glimpse, headerText, hints } from '../../sim/run/notation.ts'
import { configOf, testRng, type Settings } from './pair.ts'

/** One message that the core transmitted. */
export interface Heard {
  readonly at: Nanos
  /** 'ZLB' without a body. */
  readonly type: string
  readonly tunnelId: number
  readonly sessionId: number
  readonly ns: number
  readonly nr: number
  readonly attempt: number
  readonly to: Address
  readonly bytes: Uint8Array
  /** Undefined for a ZLB, and for what the test's codec cannot read. */
  readonly message: ControlMessage | undefined
}

/** Header fields other than those due. */
export interface Stamp {
  readonly tunnelId?: number
  readonly sessionId?: number
  readonly ns?: number
  readonly nr?: number
  readonly from?: Address
}

const PEER = address('10.9.9.9', 1701)
const CORE = address('10.1.1.1', 1701)

/** What the peer assigns. */
export const PEER_TUNNEL = 77
export const PEER_SESSION = 501

/** Messages as a well-behaved peer would send them; spread and override. */
export const proper = {
  SCCRQ: {
    type: 'SCCRQ',
    protocolVersion: { version: 1, revision: 0 },
    hostName: 'peer',
    framingCapabilities: 3,
    bearerCapabilities: 3,
    assignedTunnelId: PEER_TUNNEL,
    receiveWindowSize: 4,
  },
  SCCRP: {
    type: 'SCCRP',
    protocolVersion: { version: 1, revision: 0 },
    hostName: 'peer',
    framingCapabilities: 3,
    bearerCapabilities: 3,
    assignedTunnelId: PEER_TUNNEL,
    receiveWindowSize: 4,
  },
  SCCCN: { type: 'SCCCN' },
  StopCCN: { type: 'StopCCN', assignedTunnelId: PEER_TUNNEL, resultCode: { result: 1 } },
  HELLO: { type: 'HELLO' },
  ICRQ: { type: 'ICRQ', assignedSessionId: PEER_SESSION, callSerialNumber: 1 },
  ICRP: { type: 'ICRP', assignedSessionId: PEER_SESSION },
  ICCN: { type: 'ICCN', txConnectSpeed: 64_000, framingType: 1 },
  OCRQ: {
    type: 'OCRQ',
    assignedSessionId: PEER_SESSION,
    callSerialNumber: 1,
    minimumBps: 1,
    maximumBps: 64_000,
    bearerType: 1,
    framingType: 1,
    calledNumber: '555',
  },
  OCRP: { type: 'OCRP', assignedSessionId: PEER_SESSION },
  OCCN: { type: 'OCCN', txConnectSpeed: 64_000, framingType: 1 },
  CDN: { type: 'CDN', resultCode: { result: 3 }, assignedSessionId: PEER_SESSION },
  WEN: {
    type: 'WEN',
    callErrors: {
      crcErrors: 1,
      framingErrors: 0,
      hardwareOverruns: 0,
      bufferOverruns: 0,
      timeoutErrors: 0,
      alignmentErrors: 0,
    },
  },
  SLI: { type: 'SLI', accm: { send: 1, receive: 2 } },
} as const satisfies { readonly [T in MessageType]?: Message<T> }

export class ScriptedPeer {
  now: Nanos = 0
  readonly core: Lcce
  readonly address = PEER
  readonly coreAddress = CORE
  readonly heard: Heard[] = []
  readonly told: LcceNotice[] = []
  /** Acknowledge every message of the core at once. */
  acknowledges = true
  /** The numbers of the tunnel in use, and the core's IDs as it assigned them last. */
  ns = 0
  nr = 0
  tunnelId = 0
  sessionId = 0
  private readonly secret: string | undefined
  private packets = 0

  constructor(settings: Settings = {}) {
    this.secret = settings.secret
    this.core = new Lcce({ config: configOf('core', settings), rng: testRng(7) })
  }

  command(command: LcceCommand): void {
    this.give({ type: 'command', command })
  }

  /** The core dials this peer. */
  dialled(): void {
    this.command({ name: 'open-tunnel', local: CORE, peer: PEER })
  }

  /** A whole handshake begun by the core. */
  answered(overrides: Partial<Message<'SCCRP'>> = {}): void {
    this.dialled()
    this.say({ ...proper.SCCRP, ...overrides })
  }

  /** A whole handshake begun by the peer. */
  connected(overrides: Partial<Message<'SCCRQ'>> = {}): void {
    this.say({ ...proper.SCCRQ, ...overrides })
    this.say(proper.SCCCN)
  }

  /** Sends a message with the numbers that are due, or others. */
  say(message: ControlMessage | Uint8Array, stamp: Stamp = {}): void {
    const bytes = message instanceof Uint8Array ? message.slice() : encodeMessage(message)
    const type = peekType(bytes)
    const { tunnelId = type === 'SCCRQ' ? 0 : this.tunnelId, sessionId = this.sessionFor(type) } = stamp
    stampControlHeader(bytes, tunnelId, sessionId, stamp.ns ?? this.ns, stamp.nr ?? this.nr)
    if (stamp.ns === undefined) this.ns = next16(this.ns)
    this.deliver(bytes, stamp.from ?? PEER)
  }

  private sessionFor(type: string): number {
    return ['ICRP', 'ICCN', 'OCRP', 'OCCN', 'CDN', 'WEN', 'SLI'].includes(type) ? this.sessionId : 0
  }

  acknowledge(nr = this.nr): void {
    this.deliver(encodeZlb(this.tunnelId, this.ns, nr), PEER)
  }

  deliver(bytes: Uint8Array, from = PEER): void {
    this.packets += 1
    this.give({ type: 'datagram', datagram: { from, to: CORE, bytes, padding: 0 }, packet: this.packets })
  }

  /** For the next tunnel: numbers from 0, no ID learned. */
  anew(): void {
    this.ns = this.nr = this.tunnelId = this.sessionId = 0
  }

  /** Lets time pass; the core is woken when it wants to be. */
  wait(duration: Nanos): void {
    const until = this.now + duration
    while (this.core.deadline <= until) {
      this.now = Math.max(this.now, this.core.deadline)
      this.give({ type: 'wake' })
    }
    this.now = until
  }

  /** Types of what the core said from `position` on, without ZLBs. */
  types(position = 0): string[] {
    return this.heard.slice(position).flatMap(({ type }) => (type === 'ZLB' ? [] : [type]))
  }

  /** What the core said from `position` on, as `TYPE [tunnel session ns/nr] {AVPs}`. */
  transcript(position = 0): string[] {
    return this.heard.slice(position).flatMap(({ bytes }) => {
      const message = glimpse(bytes)
      if (message === undefined) return []
      const avps = hints(message)
      return `${message.type} ${headerText(message)}${avps === '' ? '' : ` {${avps}}`}`
    })
  }

  /** The last message of a type that the core sent. */
  last<T extends MessageType>(type: T): Message<T> {
    const found = this.heard.findLast((heard) => heard.type === type)?.message
    if (found?.type !== type) throw new Error(`the core has sent no ${type}`)
    return found as Message<T>
  }

  /** Notices of one kind. */
  notices<K extends LcceNotice['kind']>(kind: K): Extract<LcceNotice, { kind: K }>[] {
    return this.told.filter((notice): notice is Extract<LcceNotice, { kind: K }> => notice.kind === kind)
  }

  private give(input: LcceInput): void {
    const before = this.nr
    this.take(this.core.handle(input, this.now))
    if (this.acknowledges && this.nr !== before) this.acknowledge()
  }

  private take(outputs: readonly LcceOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'transmit') this.hear(output.datagram.bytes, output.datagram.to, output.attempt)
      else this.told.push(output)
    }
  }

  private hear(bytes: Uint8Array, to: Address, attempt: number): void {
    const header = decodeControlHeader(bytes)
    if (typeof header === 'string') throw new Error(`the core sent a bad header: ${header}`)
    const { tunnelId, sessionId, ns, nr } = header
    const body = hasBody(header) ? decodeBody(bytes, header, this.secret) : undefined
    const message = body?.ok === true ? body.message : undefined
    this.heard.push({ at: this.now, type: peekType(bytes), tunnelId, sessionId, ns, nr, attempt, to, bytes, message })
    if (body !== undefined && ns === this.nr) this.nr = next16(this.nr)
    if (message === undefined) return
    if ('assignedTunnelId' in message) this.tunnelId = message.assignedTunnelId
    if ('assignedSessionId' in message) this.sessionId = message.assignedSessionId
  }
}
