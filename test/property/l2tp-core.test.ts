// Properties of the protocol core under RFC 2661, over many random conversations: two cores on a wire that loses, doubles and
// reorders, with random commands on both sides; and cores that are fed spoilt octets.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND, type Nanos } from '../../sim/base/time.ts'
import { retransmissionInterval } from '../../sim/l2tp/channel.ts'
import { l2tpv2 } from '../../sim/l2tp/l2tpv2.ts'
import { Lcce } from '../../sim/l2tp/lcce.ts'
import { decodeBody } from '../../sim/l2tp/wire/codec.ts'
import { decodeControlHeader, hasBody } from '../../sim/l2tp/wire/header.ts'
import { Pair, testRng, type Fate, type Settings, type Side } from '../support/pair.ts'

const sides = ['A', 'R'] as const
const otherSide = (side: Side): Side => (side === 'A' ? 'R' : 'A')

type Order = 'open' | 'close' | 'incoming' | 'outgoing' | 'hang-up' | 'nothing'
interface Step {
  readonly side: Side
  readonly order: Order
  /** Which of the tunnels or calls there are. */
  readonly pick: number
  readonly then: Nanos
}
interface Wire {
  readonly seed: number
  /** Percent. */
  readonly loss: number
  readonly doubling: number
  readonly reordering: number
}

const order = fc.constantFrom<Order>('open', 'close', 'incoming', 'incoming', 'outgoing', 'incoming', 'hang-up', 'nothing')
const step: fc.Arbitrary<Step> = fc.record({
  side: fc.constantFrom(...sides),
  order,
  pick: fc.nat(20),
  then: fc.oneof(fc.nat(300), fc.integer({ min: 300, max: 40_000 })).map((ms) => ms * MILLISECOND),
})
const wire: fc.Arbitrary<Wire> = fc.record({
  seed: fc.nat(),
  loss: fc.constantFrom(0, 5, 20, 50, 80),
  doubling: fc.constantFrom(0, 10, 40),
  reordering: fc.constantFrom(0, 20, 60),
})
const settings: fc.Arbitrary<Settings> = fc
  .record({
    receiveWindow: fc.constantFrom(1, 2, 4, 16),
    outOfOrder: fc.constantFrom<'queue' | 'drop'>('queue', 'drop'),
    tieBreaker: fc.boolean(),
    challenge: fc.boolean(),
    hideAvps: fc.boolean(),
    maxTunnels: fc.constantFrom(2, 65_535),
    maxSessionsPerTunnel: fc.constantFrom(2, 65_535),
    answerDelay: fc.constantFrom(0, 50 * MILLISECOND, 5 * SECOND),
    helloInterval: fc.constantFrom(10 * SECOND, 60 * SECOND),
    failover: fc.record({ enabled: fc.boolean() }),
  })
  .map((chosen) => ({ ...chosen, secret: 'between friends' }))

/** A wire that decides by a generator of its own. */
function fateOn({ seed, loss, doubling, reordering }: Wire): () => Fate {
  const rng = testRng(seed)
  const happens = (percent: number): boolean => rng.uint32() % 100 < percent
  const delay = (): Nanos => (happens(reordering) ? (rng.uint32() % 400) * MILLISECOND : 0)
  return () => (happens(loss) ? 'drop' : happens(doubling) ? [delay(), delay()] : delay())
}

function obey(pair: Pair, { side, order: what, pick }: Step): void {
  const tunnels = pair.tunnels(side)
  const tunnel = tunnels[pick % Math.max(1, tunnels.length)]
  const peer = pair.addresses[otherSide(side)]
  if (what === 'open') pair.command(side, { name: 'open-tunnel', local: pair.addresses[side], peer })
  if (tunnel === undefined) return
  const { localTunnelId } = tunnel
  const calls = [...tunnel.sessions.keys()]
  const session = calls[pick % Math.max(1, calls.length)] ?? 0
  if (what === 'close') pair.command(side, { name: 'close-tunnel', tunnel: localTunnelId })
  if (what === 'hang-up') pair.command(side, { name: 'hang-up', tunnel: localTunnelId, session })
  if (what === 'incoming' || what === 'outgoing') {
    pair.command(side, { name: 'place-call', tunnel: localTunnelId, call: what, sequenced: pick % 2 === 0 })
  }
}

/** Never more unacknowledged than the peer's window, and no congestion window beyond it. */
function expectWindows(pair: Pair): void {
  for (const side of sides) {
    for (const { channel } of pair.core(side).tunnels()) {
      expect(channel.pending - channel.queued).toBeLessThanOrEqual(channel.peerWindow)
      expect(channel.congestionWindow).toBeLessThanOrEqual(channel.peerWindow)
    }
  }
}

/** What a side sent first on each of its tunnels, by Ns: the Tunnel ID it was for, and its type. */
function sentOn(pair: Pair, side: Side): Map<number, string[]> {
  const sent = new Map<number, string[]>()
  for (const { from, tunnel, attempt, type } of pair.said) {
    if (from !== side || attempt !== 1) continue
    sent.set(tunnel, [...(sent.get(tunnel) ?? []), type])
  }
  return sent
}

/** What each tunnel of a side accepted is a beginning of what one tunnel of the peer sent: in order, nothing twice, no gap. */
function expectOrder(pair: Pair, side: Side): void {
  const accepted = new Map<number, { readonly ns: number; readonly type: string }[]>()
  for (const { side: teller, notice } of pair.told) {
    if (teller !== side || notice.kind !== 'handled' || notice.verdict !== 'accepted') continue
    accepted.set(notice.tunnel, [...(accepted.get(notice.tunnel) ?? []), notice])
  }
  const sent = [...sentOn(pair, otherSide(side)).values()]
  for (const messages of accepted.values()) {
    expect(messages.map(({ ns }) => ns)).toEqual(messages.map((_, i) => i))
    const types = messages.map(({ type }) => type)
    expect(sent.some((all) => types.every((type, i) => all[i] === type))).toBe(true)
  }
}

/**
 * Between two transmissions of a message lies at least the interval of RFC 2661 5.8. There are not more than six, unless both
 * sides can fail over: then a tunnel lives through the Recovery Time (R4951-AMB-08).
 */
function expectBackOff(pair: Pair): void {
  const last = new Map<string, { readonly at: Nanos; readonly attempt: number }>()
  const patient = pair.configs.A.failover.enabled && pair.configs.R.failover.enabled
  for (const { from, tunnel, attempt, at, datagram } of pair.said) {
    if (attempt === 0) continue
    const retransmit = l2tpv2.retransmitOf(pair.configs[from])
    const key = `${from} ${String(tunnel)} ${String(datagram.bytes[8])} ${String(datagram.bytes[9])}`
    const before = last.get(key)
    expect(attempt).toBe(attempt === 1 ? 1 : (before?.attempt ?? 0) + 1)
    if (!patient) expect(attempt).toBeLessThanOrEqual(retransmit.count + 1)
    const interval = retransmissionInterval(retransmit, attempt - 1)
    if (before !== undefined && attempt > 1) expect(at - before.at).toBeGreaterThanOrEqual(interval)
    last.set(key, { at, attempt })
  }
}

/** The tunnels of a side, and the calls in them, as A's numbers and R's. */
function agreed(pair: Pair, side: Side): string[] {
  const pairOf = (own: number, peer: number): string => (side === 'A' ? [own, peer] : [peer, own]).join('-')
  return [...pair.core(side).tunnels()]
    .flatMap(({ localTunnelId, peerTunnelId, state, sessions }) => {
      const tunnel = `${state} ${pairOf(localTunnelId, peerTunnelId)}`
      const calls = [...sessions.values()].map((call) => `${call.state} ${pairOf(call.localSessionId, call.peerSessionId)}`)
      return [tunnel, ...calls.map((call) => `${tunnel}: ${call}`)]
    })
    .sort()
}

/** Long enough for every HELLO, retransmission, Recovery Time, answer and linger to have come to its end. */
const SETTLED = 500 * SECOND

describe('two cores on a bad wire', () => {
  test('R2661-5.8-02 R2661-5.8-03 R2661-5.8-10 R2661-5.8-14 R2661-5.8-16 order, windows, back-off, agreement', () => {
    fc.assert(
      fc.property(settings, settings, wire, fc.array(step, { minLength: 1, maxLength: 25 }), (a, r, badWire, steps) => {
        const pair = new Pair(a, r)
        pair.fate = fateOn(badWire)
        pair.open(badWire.seed % 2 === 0 ? 'A' : 'R')
        for (const one of steps) {
          obey(pair, one)
          pair.pass(one.then)
          expectWindows(pair)
        }
        pair.fate = () => 'deliver'
        pair.pass(SETTLED)
        expectBackOff(pair)
        for (const side of sides) expectOrder(pair, side)
        expect(agreed(pair, 'A')).toEqual(agreed(pair, 'R'))
        expect(agreed(pair, 'A').filter((line) => !line.startsWith('established'))).toEqual([])
        expect(agreed(pair, 'A').filter((line) => line.includes(':') && !line.includes(': established'))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('the same seeds and commands give the same conversation', () => {
    fc.assert(
      fc.property(settings, wire, fc.array(step, { maxLength: 10 }), (both, badWire, steps) => {
        const run = (): string[] => {
          const pair = new Pair(both, both)
          pair.fate = fateOn(badWire)
          pair.open()
          for (const one of steps) {
            obey(pair, one)
            pair.pass(one.then)
          }
          return [...pair.transcript(), ...pair.told.map((told) => JSON.stringify(told))]
        }
        expect(run()).toEqual(run())
      }),
      { numRuns: 30 },
    )
  })
})

/** One way of spoiling octets. */
interface Spoil {
  readonly at: number
  readonly octet: number
  readonly how: 'flip' | 'set' | 'cut' | 'double' | 'noise'
}

const spoil: fc.Arbitrary<Spoil> = fc.record({
  at: fc.nat(400),
  octet: fc.nat(255),
  how: fc.constantFrom('flip', 'flip', 'set', 'set', 'cut', 'double', 'noise'),
})

function spoilt(bytes: Uint8Array, { at, octet, how }: Spoil): Uint8Array {
  const position = at % Math.max(1, bytes.length)
  if (how === 'cut') return bytes.slice(0, position)
  if (how === 'double') return Uint8Array.from([...bytes, ...bytes.slice(position)])
  if (how === 'noise') return Uint8Array.from({ length: position }, (_, i) => (i * octet + at) & 0xff)
  const changed = bytes.slice()
  changed[position] = how === 'set' ? octet : (changed[position] ?? 0) ^ (1 << (octet & 7))
  return changed
}

describe('spoilt octets', () => {
  /** Everything said must be sound for whoever knows the secret (R2661-7.1-06). */
  function expectSound(pair: Pair): void {
    for (const { datagram } of pair.said) {
      const header = decodeControlHeader(datagram.bytes)
      if (typeof header === 'string') throw new Error(header)
      if (hasBody(header)) expect(decodeBody(datagram.bytes, header, 'between friends').ok).toBe(true)
    }
  }

  test('R2661-7.1-03 R2661-7.1-06 whatever arrives, nothing throws, limits hold and every answer is well-formed', () => {
    const arrivals = fc.array(fc.tuple(fc.nat(40), spoil, fc.boolean()), { minLength: 1, maxLength: 40 })
    const limits: Settings = { maxTunnels: 5, maxSessionsPerTunnel: 3 }
    fc.assert(
      fc.property(settings, settings, arrivals, (a, r, spoils) => {
        const pair = new Pair({ ...a, ...limits }, { ...r, ...limits, challenge: false })
        pair.open()
        for (const side of sides) obey(pair, { side, order: 'incoming', pick: 0, then: 0 })
        for (const side of sides) obey(pair, { side, order: 'outgoing', pick: 0, then: 0 })
        pair.pass(SECOND)
        for (const [which, how, forward] of spoils) {
          const original = pair.said[which % pair.said.length]
          if (original === undefined) continue
          const to = forward ? otherSide(original.from) : original.from
          pair.inject(to, spoilt(original.datagram.bytes, how), pair.addresses[otherSide(to)])
          pair.pass(50 * MILLISECOND)
          for (const side of sides) {
            const tunnels = [...pair.core(side).tunnels()]
            expect(tunnels.length).toBeLessThanOrEqual(5)
            expect(Math.max(0, ...tunnels.map(({ sessions }) => sessions.size))).toBeLessThanOrEqual(3)
          }
        }
        pair.pass(SETTLED)
        expectSound(pair)
      }),
      { numRuns: 300 },
    )
  })

  test('random octets in every state of a tunnel leave the core alive', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 60 }), fc.nat(3), (datagrams, stage) => {
        const pair = new Pair()
        const begin = { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R } as const
        if (stage === 1) pair.command('A', begin)
        if (stage > 1) pair.open()
        if (stage > 2) pair.call()
        for (const bytes of datagrams) {
          const [session = 0, ns = 0, choice = 0] = bytes
          // Half of them look like control messages for tunnel 1.
          const header = [0xc8, 0x02, 0, bytes.length, 0, 1, 0, session & 1, 0, ns & 7, 0, 0]
          if (bytes.length > 12 && (choice & 1) === 0) bytes.set(header)
          pair.inject('A', bytes, pair.addresses.R)
        }
        pair.pass(SETTLED)
        expect(pair.core('A')).toBeInstanceOf(Lcce)
      }),
      { numRuns: 300 },
    )
  })
})
