// Attackers of an endpoint: one off the path, who knows addresses and guesses; one on the path, who has heard what the two ends
// say; and the peer itself, whose numbers and digests are right and whose words are not. Each datagram is drawn from a random stream of
// the attack's own.

import { address, type Address, type Datagram } from '../base/datagram.ts'
import { integerBetween, randomBytes, type Rng } from '../base/random.ts'
import { SECOND, type Nanos } from '../base/time.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Tunnel } from '../l2tp/tunnel.ts'
import { carried, controlMessageIn } from '../l2tp/wire/demultiplex.ts'
import { sealMessage } from '../l2tp/wire/digest.ts'
import { isControl, stampControlHeader } from '../l2tp/wire/header.ts'
import { uint16At } from '../l2tp/wire/octets.ts'
import { messageRows } from '../l2tp/wire/messages.ts'
import type { Network } from '../net/network.ts'
import type { TraceRecord } from '../trace/record.ts'
import type { Recorder } from '../trace/recorder.ts'
import type { ExpandedFault } from './expand.ts'
import type { FaultSpec } from './schema.ts'

type AttackSpec = Extract<FaultSpec, { kind: 'attack' }>

/** Heard messages that are kept, of each sender. */
const HEARD = 32

/** A control message that went by. */
interface Heard {
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
}

/** What attackers that need to hear anything have heard, by the sender's name. */
export class Ears {
  readonly listening: boolean
  private readonly heard = new Map<string, Heard[]>()

  constructor(faults: readonly ExpandedFault[]) {
    this.listening = faults.some(({ spec }) => spec.kind === 'attack' && spec.by !== 'off-path')
  }

  hear({ endpoint, plane, from, to, bytes }: TraceRecord<'sent'>): void {
    if (!this.listening || plane !== 'control') return
    const heard = this.heard.get(endpoint)
    if (heard === undefined) this.heard.set(endpoint, [{ from, to, bytes: bytes.slice() }])
    else {
      if (heard.length >= HEARD) heard.shift()
      heard.push({ from, to, bytes: bytes.slice() })
    }
  }

  of(endpoint: string): readonly Heard[] {
    return this.heard.get(endpoint) ?? []
  }
}

interface Attack {
  readonly spec: AttackSpec
  readonly index: number
  readonly victim: Endpoint
  readonly ears: Ears
}

/** What an attack needs of the world. */
interface Battlefield {
  readonly kernel: Kernel
  readonly recorder: Recorder
  readonly network: Network
  readonly endpoints: ReadonlyMap<string, Endpoint>
}

/** Begins an attack now. */
export function attack({ spec, index, victim, ears }: Attack, stage: Battlefield): void {
  const { kernel, recorder, network, endpoints } = stage
  const source = endpoints.get(spec.as)
  if (source === undefined || spec.rate === 0) return
  const rng = kernel.rng(`fault:${String(index)}/attack/${victim.name}`)
  const interval: Nanos = Math.max(1, Math.round(SECOND / spec.rate))
  const end = kernel.now + spec.for
  const cause = recorder.cause
  const strike = (): void => {
    recorder.cause = cause
    const datagram = { 'off-path': guessed, 'on-path': altered, peer: misspoken }[spec.by]({ source, victim, ears, rng })
    network.send({ ...datagram, padding: 0 }, { endpoint: 'attacker', plane: 'control', tunnel: 0, session: 0, attempt: 0 })
    if (kernel.now + interval < end) kernel.schedule(kernel.now + interval, call, strike)
  }
  kernel.schedule(kernel.now, call, strike)
}

const call = (action: () => void): void => {
  action()
}

interface Means {
  readonly source: Endpoint
  readonly victim: Endpoint
  readonly ears: Ears
  readonly rng: Rng
}

type Shot = Omit<Datagram, 'padding'>

const oneOf = <T>(rng: Rng, list: readonly T[]): T | undefined => list[Math.floor(rng.double() * list.length)]

/** Off the path: a header with small numbers, which are the likely ones, and a body of any kind. */
function guessed({ source, victim, rng }: Means): Shot {
  const bytes = integerBetween(rng, 0, 9) === 0 ? randomBytes(rng, integerBetween(rng, 0, 64)) : guessedMessage(victim, rng)
  return { from: source.address, to: victim.address, bytes }
}

function guessedMessage(victim: Endpoint, rng: Rng): Uint8Array {
  const version = victim.options.config.version === 3 ? 3 : 2
  const row = oneOf(rng, messageRows)
  const avps = Array.from({ length: integerBetween(rng, 0, 4) }, () => randomAvp(rng))
  const body = [avp(0, 0, Uint8Array.of(0, row?.number ?? 6)), ...avps]
  const bytes = new Uint8Array(12 + body.reduce((sum, { length }) => sum + length, 0))
  bytes[0] = 0xc8
  bytes[1] = version
  bytes[2] = bytes.length >> 8
  bytes[3] = bytes.length & 0xff
  let at = 12
  for (const each of body) {
    bytes.set(each, at)
    at += each.length
  }
  stampControlHeader(bytes, integerBetween(rng, 0, 4), version === 3 ? 0 : integerBetween(rng, 0, 4), nearby(rng, 0), nearby(rng, 0))
  return bytes
}

/** A number close to `to`, or any of 16 bits. */
const nearby = (rng: Rng, to: number): number =>
  (integerBetween(rng, 0, 3) === 0 ? integerBetween(rng, 0, 0xffff) : to + integerBetween(rng, -2, 8)) & 0xffff

const randomAvp = (rng: Rng): Uint8Array =>
  avp(integerBetween(rng, 0, 1), integerBetween(rng, 0, 90), randomBytes(rng, integerBetween(rng, 0, 24)))

function avp(mandatory: number, attribute: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(6 + value.length)
  bytes[0] = mandatory === 0 ? 0x80 : 0
  bytes[1] = bytes.length
  bytes[5] = attribute
  bytes.set(value, 6)
  return bytes
}

/** On the path: something heard of either side, as it was or altered; guesses as long as nothing has been heard. */
function altered(means: Means): Shot {
  const { source, victim, ears, rng } = means
  const heard = oneOf(rng, [...ears.of(source.name), ...ears.of(victim.name)])
  if (heard === undefined) return guessed(means)
  const bytes = integerBetween(rng, 0, 4) === 0 ? heard.bytes : mutated(heard.bytes, rng)
  return heard.to.startsWith(victim.address.ip)
    ? { from: addressIn(heard.from), to: addressIn(heard.to), bytes }
    : { from: addressIn(heard.to), to: addressIn(heard.from), bytes }
}

function addressIn(text: string): Address {
  const colon = text.lastIndexOf(':')
  return colon < 0 ? address(text, 0) : address(text.slice(0, colon), Number(text.slice(colon + 1)))
}

/** A message with a few octets changed, cut off, or with something put at its end; its length may be made to fit. */
export function mutated(original: Uint8Array, rng: Rng): Uint8Array {
  const kind = integerBetween(rng, 0, 3)
  const cut = kind === 0 ? integerBetween(rng, 0, original.length) : original.length
  const length = kind === 1 ? cut + integerBetween(rng, 1, 40) : cut
  const bytes = randomBytes(rng, length)
  bytes.set(original.subarray(0, length))
  const changes = kind < 2 ? integerBetween(rng, 0, 1) : integerBetween(rng, 1, 4)
  for (let i = 0; i < (length > 0 ? changes : 0); i++) {
    const at = integerBetween(rng, 0, length - 1)
    bytes[at] = integerBetween(rng, 0, 1) === 0 ? rng.uint32() >>> 24 : bytes[at]! ^ (1 << integerBetween(rng, 0, 7))
  }
  if (length >= 12 && isControl(bytes) && integerBetween(rng, 0, 1) === 0) {
    bytes[2] = length >> 8
    bytes[3] = length & 0xff
  }
  return bytes
}

/** The peer itself: a message that it once sent in earnest, altered, with the numbers that are due and a digest that is right. */
function misspoken(means: Means): Shot {
  const { source, victim, ears, rng } = means
  const heard = oneOf(rng, ears.of(source.name))
  const tunnel = oneOf(rng, [...(source.control?.tunnels() ?? [])].filter(({ peer }) => peer.ip === victim.address.ip))
  if (heard === undefined || tunnel === undefined) return guessed(means)
  const bytes = mutated(controlMessageIn(heard.bytes, tunnel.transport), rng)
  if (bytes.length < 12) return { from: tunnel.local, to: tunnel.peer, bytes }
  return { from: tunnel.local, to: tunnel.peer, bytes: earnest(bytes, tunnel, rng) }
}

function earnest(bytes: Uint8Array, { channel, peerTunnelId, sessions, authentication, transport }: Tunnel, rng: Rng): Uint8Array {
  const session = oneOf(rng, [...sessions.values()])
  stampControlHeader(bytes, peerTunnelId, session?.peerSessionId ?? 0, channel.nextNs, channel.expected)
  // One that claims to be longer than it is has no place for a digest.
  const isWhole = uint16At(bytes, 2) <= bytes.length
  if (authentication !== undefined && isWhole) sealMessage(bytes, authentication)
  return carried(bytes, transport)
}
