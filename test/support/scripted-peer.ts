// A peer under the test's hand, in front of one real protocol core: it says what the test tells it to, right or wrong, keeps its
// own Ns and Nr, acknowledges at once unless told not to, and remembers all that the core said and told. It speaks L2TPv2, or L2TPv3
// without digests: what it says of them is whatever octets the test hands it.

import { address, type Address } from '../../sim/base/datagram.ts'
import type { Nanos } from '../../sim/base/time.ts'
import type { LcceCommand } from '../../sim/l2tp/commands.ts'
import { Lcce, type LcceInput, type LcceOutput } from '../../sim/l2tp/lcce.ts'
import type { LcceNotice } from '../../sim/l2tp/notices.ts'
import { next16 } from '../../sim/l2tp/sequence.ts'
import type { Version } from '../../sim/l2tp/wire/avps.ts'
import { decodeBody, encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { decodeControlHeader, encodeZlb, hasBody, peekType, stampControlHeader } from '../../sim/l2tp/wire/header.ts'
import type { AnyMessage, Message, MessageIn, MessageType } from '../../sim/l2tp/wire/messages.ts'
import { utf8 } from '../../sim/l2tp/wire/text.ts'
import { glimpse, headerText, hints } from '../../sim/run/notation.ts'
import { configOf, testRng, type Settings } from './pair.ts'

/** One message that the core transmitted. */
export interface Heard<V extends Version = 2> {
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
  readonly message: MessageIn<V> | undefined
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
/** In L2TPv3, where 16 bits are too few for them. */
export const PEER_TUNNEL_3 = 70_077
export const PEER_SESSION_3 = 70_501

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

const CIRCUIT = utf8('circuit 1')
const NEW_CIRCUIT = { active: true, new: true } as const
const identity = {
  hostName: 'peer',
  routerId: 0x0a09_0909,
  assignedTunnelId: PEER_TUNNEL_3,
  pseudowireCapabilities: [7],
  receiveWindowSize: 4,
} as const
/** The Remote Session ID is filled in as it is sent. */
const ids = { assignedSessionId: PEER_SESSION_3, remoteSessionId: 0 } as const
const request = { ...ids, callSerialNumber: 1, pseudowireType: 7, remoteEndId: CIRCUIT, circuitStatus: NEW_CIRCUIT } as const

/** The same in L2TPv3. */
export const proper3 = {
  SCCRQ: { type: 'SCCRQ', ...identity },
  SCCRP: { type: 'SCCRP', ...identity },
  SCCCN: { type: 'SCCCN' },
  StopCCN: { type: 'StopCCN', assignedTunnelId: PEER_TUNNEL_3, resultCode: { result: 1 } },
  HELLO: { type: 'HELLO' },
  ICRQ: { type: 'ICRQ', ...request },
  ICRP: { type: 'ICRP', ...ids, circuitStatus: NEW_CIRCUIT },
  ICCN: { type: 'ICCN', ...ids },
  OCRQ: { type: 'OCRQ', ...request },
  OCRP: { type: 'OCRP', ...ids, circuitStatus: NEW_CIRCUIT },
  OCCN: { type: 'OCCN', ...ids },
  CDN: { type: 'CDN', resultCode: { result: 3 }, ...ids },
  WEN: { type: 'WEN', ...ids, circuitErrors: { hardwareOverruns: 0, bufferOverruns: 0, timeoutErrors: 0, alignmentErrors: 1 } },
  SLI: { type: 'SLI', ...ids, circuitStatus: { active: false, new: false } },
} as const satisfies { readonly [T in MessageType]?: Message<T, 3> }

/** Types of which both tables have a message. */
type Proper = { readonly [T in keyof typeof proper]: Message<T, Version> }

export class ScriptedPeer<V extends Version = 2> {
  now: Nanos = 0
  readonly core: Lcce
  readonly address = PEER
  readonly coreAddress = CORE
  readonly version: V
  /** What a well-behaved peer says in this version. */
  readonly proper: Proper
  readonly heard: Heard<V>[] = []
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

  constructor(settings: Settings = {}, version = 2 as V) {
    this.secret = settings.secret
    this.version = version
    this.proper = version === 2 ? proper : proper3
    this.core = new Lcce({ config: configOf('core', { version, ...settings }), rng: testRng(7) })
  }

  command(command: LcceCommand): void {
    this.give({ type: 'command', command })
  }

  /** The core dials this peer. */
  dialled(): void {
    this.command({ name: 'open-tunnel', local: CORE, peer: PEER, version: this.version })
  }

  /** A whole handshake begun by the core. */
  answered(overrides: Partial<Message<'SCCRP', V>> = {}): void {
    this.dialled()
    this.say({ ...this.proper.SCCRP, ...overrides })
  }

  /** A whole handshake begun by the peer. */
  connected(overrides: Partial<Message<'SCCRQ', V>> = {}): void {
    this.say({ ...this.proper.SCCRQ, ...overrides })
    this.say(this.proper.SCCCN)
  }

  /** Sends a message with the numbers that are due, or others. */
  say(message: AnyMessage | Uint8Array, stamp: Stamp = {}): void {
    const type = message instanceof Uint8Array ? peekType(message) : message.type
    const { tunnelId = type === 'SCCRQ' ? 0 : this.tunnelId, sessionId = this.sessionFor(type) } = stamp
    const bytes = message instanceof Uint8Array ? message.slice() : this.encoded(message, sessionId)
    stampControlHeader(bytes, tunnelId, sessionId, stamp.ns ?? this.ns, stamp.nr ?? this.nr)
    if (stamp.ns === undefined) this.ns = next16(this.ns)
    this.deliver(bytes, stamp.from ?? PEER)
  }

  /** L2TPv3 names the session in an AVP. */
  private encoded(message: AnyMessage, sessionId: number): Uint8Array {
    if (this.version === 2) return encodeMessage(message as MessageIn<2>)
    const addressed = 'remoteSessionId' in message ? { ...message, remoteSessionId: sessionId } : message
    return encodeMessage(addressed as MessageIn<3>, undefined, { version: 3, digests: [] })
  }

  private sessionFor(type: string): number {
    return ['ICRP', 'ICCN', 'OCRP', 'OCCN', 'CDN', 'WEN', 'SLI'].includes(type) ? this.sessionId : 0
  }

  acknowledge(nr = this.nr): void {
    this.deliver(encodeZlb(this.tunnelId, this.ns, nr, this.version), PEER)
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

  /** Types of what the core said from `position` on, without mere acknowledgements. */
  types(position = 0): string[] {
    return this.heard.slice(position).flatMap(({ type }) => (type === 'ZLB' || type === 'ACK' ? [] : [type]))
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
  last<T extends MessageType<V>>(type: T): Message<T, V> {
    const found = this.heard.findLast((heard) => heard.type === type)?.message
    if (found?.type !== type) throw new Error(`the core has sent no ${type}`)
    return found
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
    const header = decodeControlHeader(bytes, this.version)
    if (typeof header === 'string') throw new Error(`the core sent a bad header: ${header}`)
    const { tunnelId, sessionId, ns, nr } = header
    const body = hasBody(header) ? decodeBody(bytes, header, this.secret) : undefined
    const message: AnyMessage | undefined = body?.ok === true ? body.message : undefined
    const common = { at: this.now, type: peekType(bytes), tunnelId, sessionId, ns, nr, attempt, to, bytes }
    this.heard.push({ ...common, message: message as MessageIn<V> | undefined })
    // An ACK has no number of its own (RFC 3931 4.2).
    if (body !== undefined && ns === this.nr && peekType(bytes) !== 'ACK') this.nr = next16(this.nr)
    if (message === undefined) return
    if ('assignedTunnelId' in message && message.assignedTunnelId !== undefined) this.tunnelId = message.assignedTunnelId
    if ('assignedSessionId' in message) this.sessionId = message.assignedSessionId
  }
}
