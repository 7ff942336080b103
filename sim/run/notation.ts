// A control message in a few characters, as people write dialogues: `SCCRQ [0 0/0] {5,9=51,77(17,34)}` is type, Tunnel ID of the
// header (Control Connection ID in L2TPv3), Session ID unless zero, Ns and Nr, and the AVPs that tell the story, by attribute
// number. Reads the octets, judges nothing: a value that is hidden is `(hidden)`, one that is malformed `?`. The whole field tree is
// the inspector's (l2tp/wire).

import { isPortless } from '../base/datagram.ts'
import { formatDuration, MILLISECOND } from '../base/time.ts'
import type { Version } from '../l2tp/wire/avps.ts'
import { controlMessageIn, demultiplex } from '../l2tp/wire/demultiplex.ts'
import { AVP_HEADER, dialectOf, MESSAGE_TYPE_SIZE } from '../l2tp/wire/dialect.ts'
import { CONTROL_HEADER, decodeControlHeader, peekType } from '../l2tp/wire/header.ts'
import { readHead, type AvpHead } from '../l2tp/wire/judge.ts'
import { compileValue } from '../l2tp/wire/values.ts'
import type { TraceRecord } from '../trace/record.ts'

/** A control message as far as the notation goes. */
export interface Glimpse {
  /** Message type, 'ZLB', or '?' when it cannot be told. */
  readonly type: string
  readonly tunnelId: number
  readonly sessionId: number
  readonly ns: number
  readonly nr: number
  /** The AVPs of interest in the order in which they are written. */
  readonly avps: readonly GlimpsedAvp[]
}

export interface GlimpsedAvp {
  readonly attribute: number
  readonly hidden: boolean
  /** Undefined when hidden or malformed. */
  readonly value: unknown
}

/** Whose number it is, and of what; gives what stands in its place. */
export type Namer = (owner: 'sender' | 'receiver', space: 'tunnel' | 'session', number: number) => string

const plainNumbers: Namer = (_owner, _space, number) => String(number)

type Row = (value: unknown, name: Namer) => string

const bare =
  (attribute: number): Row =>
  () =>
    String(attribute)
const assigned =
  (attribute: number, space: 'tunnel' | 'session'): Row =>
  (value, name) =>
    `${String(attribute)}=${name('sender', space, value as number)}`

interface ResultCode {
  readonly result: number
  readonly error?: number
}
interface Capability {
  readonly control: boolean
  readonly data: boolean
  readonly recoveryTimeMs: number
}
interface TunnelRecovery {
  readonly recoverTunnelId: number
  readonly recoverRemoteTunnelId: number
}
interface SessionState {
  readonly sessionId: number
  readonly remoteSessionId: number
}
interface Suggestion {
  readonly suggestedNs: number
  readonly suggestedNr: number
}

/** The AVPs of interest in the order in which they are written, and how. An attribute means the same in both versions. */
const rows: ReadonlyMap<number, Row> = new Map<number, Row>([
  [59, bare(59)],
  [73, bare(73)],
  [5, (value) => tieText(value as Uint8Array)],
  [9, assigned(9, 'tunnel')],
  [61, assigned(61, 'tunnel')],
  [14, assigned(14, 'session')],
  [63, assigned(63, 'session')],
  [64, (value, name) => `64=${remote(value as number, name)}`],
  [1, (value) => resultText(value as ResultCode)],
  [13, bare(13)],
  [11, bare(11)],
  [39, bare(39)],
  [76, (value) => capabilityText(value as Capability)],
  [77, (value, name) => tunnelRecoveryText(value as TunnelRecovery, name)],
  [78, (value) => suggestionText(value as Suggestion)],
  [79, (value, name) => sessionStateText(value as SessionState, name)],
])

const attributes = [...rows.keys()]
const codecsOf = (version: Version) =>
  new Map(attributes.map((attribute) => [attribute, compileValue(dialectOf(version).avps[attribute]?.value ?? [])]))
const codecs = { 2: codecsOf(2), 3: codecsOf(3) } as const

/** What the notation shows of a control message; undefined for anything that has no usable control header. */
export function glimpse(bytes: Uint8Array): Glimpse | undefined {
  const header = decodeControlHeader<Version>(bytes, demultiplex(bytes).version === 3 ? 3 : 2)
  if (typeof header === 'string') return undefined
  const { version, tunnelId, sessionId, ns, nr, length } = header
  const type = peekType(bytes)
  const avps = type === 'ZLB' || type === '' ? [] : avpsOfInterest(bytes, length, version)
  return { type: type === '' ? '?' : type, tunnelId, sessionId, ns, nr, avps }
}

/** The same of a datagram as it was sent, over UDP or directly over IP. */
export function glimpseOf({ bytes, to }: Pick<TraceRecord<'sent'>, 'bytes' | 'to'>): Glimpse | undefined {
  return glimpse(isPortless(to) ? controlMessageIn(bytes, 'ip') : bytes)
}

function avpsOfInterest(bytes: Uint8Array, end: number, version: Version): readonly GlimpsedAvp[] {
  const found: GlimpsedAvp[] = []
  let head = readHead(bytes, CONTROL_HEADER + MESSAGE_TYPE_SIZE, end)
  while (head?.extent === 'sound') {
    const { attribute, vendor } = head
    if (vendor === 0 && rows.has(attribute)) found.push({ attribute, hidden: head.hidden, value: valueOf(bytes, head, version) })
    head = readHead(bytes, head.at + head.length, end)
  }
  return found.sort((a, b) => attributes.indexOf(a.attribute) - attributes.indexOf(b.attribute))
}

function valueOf(bytes: Uint8Array, head: AvpHead, version: Version): unknown {
  return head.hidden ? undefined : codecs[version].get(head.attribute)?.read(bytes, head.at + AVP_HEADER, head.at + head.length)
}

/** Names of the AVPs by which the notation calls them, for a legend: `77 Tunnel Recovery`. */
export function avpLegend(messages: readonly Glimpse[]): readonly string[] {
  const seen = new Set(messages.flatMap(({ avps }) => avps.map(({ attribute }) => attribute)))
  return [...seen].sort((a, b) => a - b).map((attribute) => `${String(attribute)} ${titleOf(attribute)}`)
}

function titleOf(attribute: number): string {
  return (dialectOf(2).avps[attribute] ?? dialectOf(3).avps[attribute])?.title ?? ''
}

export interface HintOptions {
  readonly name?: Namer
  /** More Failover Session States than this become `79×n`. */
  readonly sessions?: number
}

/** The AVPs of interest, separated by commas: `5,9=51,77(17,34)`; empty without any. */
export function hints(message: Glimpse, { name = plainNumbers, sessions = Infinity }: HintOptions = {}): string {
  const states = message.avps.filter(({ attribute }) => attribute === 79).length
  const shown = states > sessions ? message.avps.filter(({ attribute }) => attribute !== 79) : message.avps
  const texts = shown.map((avp) => avpText(avp, name))
  return (states > sessions ? [...texts, `79×${String(states)}`] : texts).join(',')
}

function avpText({ attribute, hidden, value }: GlimpsedAvp, name: Namer): string {
  if (hidden) return `${String(attribute)}(hidden)`
  return value === undefined ? `${String(attribute)}?` : (rows.get(attribute)?.(value, name) ?? '')
}

/** `[0 0/0]`: Tunnel ID, Session ID unless zero, Ns/Nr. */
export function headerText(message: Glimpse, name: Namer = plainNumbers): string {
  const tunnel = message.tunnelId === 0 ? '0' : name('receiver', 'tunnel', message.tunnelId)
  const session = message.sessionId === 0 ? '' : ` ${name('receiver', 'session', message.sessionId)}`
  return `[${tunnel}${session} ${String(message.ns)}/${String(message.nr)}]`
}

/** A tie breaker that is small was chosen, and is worth knowing; one that was drawn is not. */
function tieText(octets: Uint8Array): string {
  const low = (octets[4] ?? 0) * 0x100_0000 + (octets[5] ?? 0) * 0x1_0000 + (octets[6] ?? 0) * 0x100 + (octets[7] ?? 0)
  return octets.length === 8 && octets.subarray(0, 4).every((octet) => octet === 0) ? `5=${String(low)}` : '5'
}

function resultText({ result, error }: ResultCode): string {
  return error === undefined || error === 0 ? `1=${String(result)}` : `1=${String(result)}/${String(error)}`
}

function capabilityText({ control, data, recoveryTimeMs }: Capability): string {
  return `76(${control ? 'C' : ''}${data ? 'D' : ''},${formatDuration(recoveryTimeMs * MILLISECOND)})`
}

function tunnelRecoveryText({ recoverTunnelId, recoverRemoteTunnelId }: TunnelRecovery, name: Namer): string {
  return `77(${name('sender', 'tunnel', recoverTunnelId)},${name('receiver', 'tunnel', recoverRemoteTunnelId)})`
}

function suggestionText({ suggestedNs, suggestedNr }: Suggestion): string {
  return `78(${String(suggestedNs)},${String(suggestedNr)})`
}

function sessionStateText({ sessionId, remoteSessionId }: SessionState, name: Namer): string {
  const own = sessionId === 0 ? '0' : name('sender', 'session', sessionId)
  return `79(${own},${remote(remoteSessionId, name)})`
}

/** A session of the receiver; 0 while unknown. */
function remote(sessionId: number, name: Namer): string {
  return sessionId === 0 ? '0' : name('receiver', 'session', sessionId)
}
