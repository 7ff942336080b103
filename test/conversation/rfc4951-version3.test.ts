// RFC 4951 on L2TPv3, where it is not as on L2TPv2: 32-bit ids, an identity of Host Name and Router ID, digests instead of a Challenge, nonces that
// change at each side's reset, losers of a tie that are told, and L2TP over IP itself. S56 and so on number the dialogues that this project is
// specified by. Either end of the old tunnel fails: A, who opened it, or R.

import { describe, expect, test } from 'vitest'
import { address } from '../../sim/base/datagram.ts'
import { MINUTE, SECOND } from '../../sim/base/time.ts'
import { CONTROL_HEADER } from '../../sim/l2tp/wire/dialect.ts'
import { controlAuthentication, HMAC_MD5, sealMessage } from '../../sim/l2tp/wire/digest.ts'
import { encodeMessage, type Form } from '../../sim/l2tp/wire/encode.ts'
import { readHead } from '../../sim/l2tp/wire/judge.ts'
import type { Message } from '../../sim/l2tp/wire/messages.ts'
import { noticesOf, tunnelEnds, verdicts } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { configOf, messageIn, Pair, type Settings, type Side } from '../support/pair.ts'

const { v3 } = configOf('', {})
const SECRET = 'between friends'
const plain: Settings = { version: 3, sessionIds: 'random' }
const secured: Settings = { ...plain, secret: SECRET }
const sides = ['A', 'R'] as const
const other = (side: Side): Side => (side === 'A' ? 'R' : 'A')
const routerIds: Readonly<Record<Side, number>> = { A: 0x0a00_0001, R: 0x0a00_0002 }
/** The Control Connection ID of requests made by hand. */
const HANDMADE = 0x1234_5678

interface Options {
  readonly chance?: number
  readonly port?: number
  readonly calls?: number
}

/** A tunnel that A has opened, with a call placed by either side. */
function established(settings: Settings, { chance = 0, port = 1701, calls = 1 }: Options = {}): Pair {
  const [a, r] = sides.map((side): Settings => ({ ...settings, v3: { ...v3, ...settings.v3, routerId: routerIds[side] } }))
  const pair = new Pair(a, r, chance, { A: port, R: port })
  pair.open()
  for (let i = 0; i < calls; i++) pair.call(i % 2 === 0 ? 'A' : 'R')
  return pair
}

const oldTunnel = (pair: Pair, side: Side) => {
  const found = pair.tunnels(side).find(({ purpose }) => purpose === 'ordinary')
  if (found === undefined) throw new Error(`${side} has no old tunnel`)
  return found
}

const states = (pair: Pair): string[] => sides.flatMap((side) => pair.sessions(side).map((text) => text.slice(text.indexOf(' ') + 1)))
const recoveredOn = (sessions: number): string[] => Array<string>(sessions).fill('established synchronised')

/** The side comes back `after` its failure with all that it knew. */
function failAndReturn(pair: Pair, side: Side, after = 0): number {
  const mirror = pair.mirror(side)
  pair.crash(side)
  pair.pass(after)
  const returned = pair.now
  pair.restore(side, mirror)
  return returned
}

/** A recovery SCCRQ as the failed side would send it, or with something else in it. */
function request(pair: Pair, from: Side, overrides: Partial<Message<'SCCRQ', 3>> = {}, secret?: string): Uint8Array {
  const { localTunnelId, peerTunnelId } = oldTunnel(pair, other(from))
  const form: Form<3> = { version: 3, digests: secret === undefined ? [] : [HMAC_MD5] }
  const bytes = encodeMessage<3>(
    {
      type: 'SCCRQ',
      hostName: pair.configs[from].hostName,
      routerId: routerIds[from],
      assignedTunnelId: HANDMADE,
      pseudowireCapabilities: [7],
      nonce: secret === undefined ? undefined : new Uint8Array(16),
      tieBreaker: new Uint8Array(8),
      tunnelRecovery: { recoverTunnelId: peerTunnelId, recoverRemoteTunnelId: localTunnelId },
      ...overrides,
    },
    undefined,
    form,
  )
  if (secret !== undefined) sealMessage(bytes, controlAuthentication([secret], new Uint8Array(0), new Uint8Array(0)))
  return bytes
}

/** What the side says to a request within half a second, its peer being down. */
function answers(pair: Pair, side: Side, bytes: Uint8Array, from = pair.addresses[other(side)]): string[] {
  if (pair.cores[other(side)] !== undefined) pair.crash(other(side))
  const begun = pair.now
  pair.inject(side, bytes, from)
  pair.pass(SECOND / 2)
  return transcriptOf(pair, { from: begun }).map((line) => line.replace(' !lost', '').replace(/61=[^,}]*/, '61=w'))
}

describe('a request is refused', () => {
  type Change = (x: number, y: number) => readonly [number, number]
  const ids = (change: Change) => (pair: Pair, side: Side): Partial<Message<'SCCRQ', 3>> => {
    const { localTunnelId, peerTunnelId } = oldTunnel(pair, side)
    const [recoverTunnelId, recoverRemoteTunnelId] = change(peerTunnelId, localTunnelId)
    return { tunnelRecovery: { recoverTunnelId, recoverRemoteTunnelId } }
  }
  const cases: readonly (readonly [string, string, (pair: Pair, side: Side) => Partial<Message<'SCCRQ', 3>>])[] = [
    ['R4951-3.2.1-19 an unknown Recover Tunnel ID', '2/1', ids((x, y) => [(x + 1) >>> 0, y])],
    ['R4951-3.2.1-19 an unknown Recover Remote Tunnel ID', '2/1', ids((x, y) => [x, (y + 1) >>> 0])],
    ['R4951-3.2.1-19 the lower 16 bits of the right ones', '2/1', ids((x, y) => [x & 0xffff, y & 0xffff])],
    ['R4951-5.2-06 R4951-AMB-13 the two exchanged', '2/1', ids((x, y) => [y, x])],
    ['R4951-AMB-71 another Host Name', '4', () => ({ hostName: 'somebody' })],
    ['R4951-AMB-71 another Router ID', '4', () => ({ routerId: 77 })],
  ]

  test.each(cases.flatMap((one) => sides.map((side) => [...one, side] as const)))('%s: %s (%#)', (...[, codes, overrides, failed]) => {
    const pair = established(plain)
    const remote = other(failed)
    const old = oldTunnel(pair, remote)
    const before = [old.channel.nextNs, old.channel.expected, old.authentication]
    expect(answers(pair, remote, request(pair, failed, overrides(pair, remote)))).toEqual([
      `${remote}>${failed} StopCCN [#${String(HANDMADE)} 0/1] {61=w,1=${codes}}`,
    ])
    expect([old.channel.nextNs, old.channel.expected, old.authentication]).toEqual(before)
    expect([old.state, old.closing, old.channel.suspended, old.sessions.size]).toEqual(['established', false, false, 1])
  })

  test('S62 R4951-1-01 R4951-AMB-47 an old tunnel that is half open at the remote', () => {
    const pair = new Pair(plain, plain)
    pair.fate = ({ type }) => (type === 'SCCCN' ? 'drop' : 'deliver')
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
    pair.runUntilSent('A', 'SCCCN')
    pair.fate = () => 'deliver'
    const returned = failAndReturn(pair, 'A')
    pair.pass(SECOND / 2)
    expect(transcriptOf(pair, { from: returned }).filter((line) => !line.endsWith('!lost'))).toEqual([
      'A>R SCCRQ [0 0/0] {5,61=z,77(x,y)}',
      expect.stringMatching(/^R>A StopCCN \[z 0\/1\] \{61=#\d+,1=2\/1\}$/),
      expect.stringMatching(/^A>R ACK \[#\d+ 1\/1\]$/),
    ])
    expect(pair.tunnels('A')).toEqual([])
    pair.pass(2 * MINUTE)
    // Its SCCRP, which comes again, meets an idle LCCE.
    expect(tunnelEnds(pair, 'R').map((end) => end.split(' ')[1])).toEqual(['stopccn-received'])
  })

  test.each(sides)('S63 R4951-AMB-48 an old tunnel that the remote is just closing (%s fails)', (failed) => {
    const pair = established(plain)
    const remote = other(failed)
    const mirror = pair.mirror(failed)
    pair.crash(failed)
    pair.command(remote, { name: 'close-tunnel', tunnel: oldTunnel(pair, remote).localTunnelId })
    pair.pass(100)
    const returned = pair.now
    pair.restore(failed, mirror)
    pair.pass(SECOND / 2)
    expect(transcriptOf(pair, { from: returned }).find((line) => line.includes('1=2/1'))).toMatch(new RegExp(`^${remote}>${failed} StopCCN`))
    pair.pass(5 * MINUTE)
    expect([pair.tunnels('A'), pair.tunnels('R')]).toEqual([[], []])
  })
})

describe('a forger', () => {
  const forger = address('10.66.6.6', 1701)

  test.each(sides)('S58 R4951-8-01 R4951-AMB-51 without authentication and blind: the real peer ends what it never began (%s is forged)', (forged) => {
    const pair = established(plain)
    const remote = other(forged)
    const begun = pair.now
    pair.inject(remote, request(pair, forged), pair.addresses[forged])
    pair.pass(5 * SECOND)
    const types = transcriptOf(pair, { from: begun }).map((line) => line.split(' ').slice(0, 2).join(' '))
    expect(types).toEqual([`${remote}>${forged} SCCRP`, `${forged}>${remote} StopCCN`, `${remote}>${forged} ACK`])
    pair.pass(3 * MINUTE)
    expect([states(pair), tunnelEnds(pair, remote).length]).toEqual([recoveredOn(2), 1])
    expect(oldTunnel(pair, remote).channel.epoch).toBe(0)
  })

  test.each(sides)('S59 R4951-8-02 R4951-AMB-68 without the secret: no answer, and nothing changes (%s is forged)', (forged) => {
    const pair = established(secured)
    const remote = other(forged)
    const begun = pair.now
    for (const secret of [undefined, '', 'a guess']) pair.inject(remote, request(pair, forged, {}, secret), pair.addresses[forged])
    pair.pass(5 * SECOND)
    expect(transcriptOf(pair, { from: begun })).toEqual([])
    expect(verdicts(pair, remote).slice(-3)).toEqual(Array(3).fill('SCCRQ bad-digest'))
    expect([oldTunnel(pair, remote).channel.suspended, states(pair)]).toEqual([false, recoveredOn(2)])
  })

  /** Long after a recovery, a recorded request for it is said again to the remote endpoint. */
  function replayed(forged: Side, helloInterval: number): readonly [Pair, number] {
    const pair = established({ ...secured, helloInterval })
    failAndReturn(pair, forged)
    // As long as the remote remembers the recovery tunnel, it would be a duplicate.
    pair.pass(2 * MINUTE)
    expect(states(pair)).toEqual(recoveredOn(2))
    const sccrq = pair.said.findLast(({ from, type }) => from === forged && type === 'SCCRQ')
    const begun = pair.now
    pair.inject(other(forged), sccrq?.datagram.bytes ?? new Uint8Array(0), pair.addresses[forged])
    pair.pass(SECOND)
    return [pair, begun]
  }

  test.each(sides)('S59 R4951-8-02 R4951-AMB-16 R4951-AMB-36 a recorded request is answered, for its digest is right, but nobody has the nonce to go on (%s is forged)', (forged) => {
    const remote = other(forged)
    const [pair, begun] = replayed(forged, 0)
    const { authentication, channel } = oldTunnel(pair, remote)
    expect([channel.suspended, channel.epoch]).toEqual([true, 1])
    pair.pass(3 * MINUTE)
    // The real peer cannot seal a StopCCN without the nonces, so the remote gives up by itself; then all goes on as before.
    const said = pair.said.filter(({ at }) => at >= begun)
    expect(new Set(said.map(({ from, type }) => `${from} ${type}`))).toEqual(new Set([`${remote} SCCRP`]))
    expect([channel.suspended, channel.epoch, oldTunnel(pair, remote).authentication === authentication]).toEqual([false, 1, true])
    expect(states(pair)).toEqual(recoveredOn(2))
    pair.call(forged)
    expect(states(pair)).toHaveLength(4)
  })

  test('S59 R4951-8-01 R4951-AMB-36 what the real peer says in the meantime is dropped: the tunnel can be lost by one recorded packet', () => {
    const [pair, begun] = replayed('A', MINUTE)
    pair.pass(3 * MINUTE)
    const hello = pair.said.find(({ at, from, type }) => at >= begun && from === 'A' && type === 'HELLO')
    expect(hello).toBeDefined()
    expect(tunnelEnds(pair, 'A').at(-1)).toMatch(/ retransmission-limit$/)
    expect(pair.tunnels('A')).toEqual([])
  })

  test.each(sides)('S60 R4951-8-03 R4951-8-06 R4951-AMB-67 from an address that is not listed, guesses get no answer (%s is forged)', (forged) => {
    const pair = established({ ...plain, failover: { allowedRecoveryEndpoints: ['10.0.0.7'] } })
    const remote = other(forged)
    const begun = pair.now
    for (let i = 0; i < 100; i++) pair.inject(remote, request(pair, forged, { assignedTunnelId: HANDMADE + i }), forger)
    pair.pass(SECOND)
    expect(transcriptOf(pair, { from: begun })).toEqual([])
    expect(oldTunnel(pair, remote).channel.suspended).toBe(false)
    expect(answers(pair, remote, request(pair, forged), address('10.0.0.7', 1701))[0]).toMatch(/ SCCRP .*78\(p,q\)/)
  })
})

describe('nonces', () => {
  test.each(sides)('R4951-3.2.1-26 R4951-3.2.1-27 R4951-AMB-52 change at each side with its own reset (%s fails)', (failed) => {
    const pair = established(secured)
    const remote = other(failed)
    const before = oldTunnel(pair, remote).authentication
    failAndReturn(pair, failed)
    pair.runUntilSent(failed, 'SCCCN')
    // The recovery endpoint has reset with the SCCRP; the remote one waits for the SCCCN.
    const recovery = (side: Side) => pair.tunnels(side).find(({ purpose }) => purpose === 'recovery')
    const [own, peers] = [recovery(failed)?.authentication, recovery(remote)?.authentication]
    expect([own === undefined, peers === undefined]).toEqual([false, false])
    expect(oldTunnel(pair, failed).authentication).toBe(own)
    expect(oldTunnel(pair, remote).authentication).toBe(before)
    pair.pass(pair.latency + 1)
    expect(oldTunnel(pair, remote).authentication).toBe(peers)
    pair.pass(5 * SECOND)
    expect(states(pair)).toEqual(recoveredOn(2))
    expect(verdicts(pair, failed).concat(verdicts(pair, remote)).filter((verdict) => verdict.endsWith('bad-digest'))).toEqual([])
  })

  test.each(sides)('R4951-3.2.1-27 each further recovery brings others (%s fails three times)', (failed) => {
    const pair = established(secured)
    const nonces: string[] = []
    for (let i = 0; i < 3; i++) {
      failAndReturn(pair, failed)
      pair.pass(20 * SECOND)
      expect(states(pair)).toEqual(recoveredOn(2))
    }
    for (const said of pair.said) {
      const bytes = messageIn(said.datagram)
      for (let head = readHead(bytes, CONTROL_HEADER, bytes.length); head !== undefined; head = readHead(bytes, head.at + head.length, bytes.length)) {
        if (head.attribute === 73) nonces.push(bytes.subarray(head.at + 6, head.at + head.length).join())
      }
    }
    expect([nonces.length, new Set(nonces).size]).toEqual([8, 8])
  })

  test.each(sides)('R4951-4.1-05 R4951-4.2-05 R4951-5.4-04 FSQ and FSR have their digest second and a Random Vector before hidden states (%s fails)', (failed) => {
    const pair = established({ ...secured, hideAvps: true })
    failAndReturn(pair, failed)
    pair.pass(5 * SECOND)
    expect(states(pair)).toEqual(recoveredOn(2))
    const queries = pair.said.filter(({ type }) => type === 'FSQ' || type === 'FSR')
    expect(queries.map(({ from, type }) => `${from} ${type}`).sort()).toEqual(['A FSQ', 'A FSR', 'R FSQ', 'R FSR'])
    for (const { datagram } of queries) {
      const avps: string[] = []
      const { bytes } = datagram
      for (let head = readHead(bytes, CONTROL_HEADER, bytes.length); head !== undefined; head = readHead(bytes, head.at + head.length, bytes.length)) {
        avps.push(`${String(head.attribute)}${head.hidden ? 'H' : ''}`)
      }
      expect(avps).toEqual(['0', '59', '36', '79H'])
    }
  })
})

describe('encapsulation', () => {
  test.each(sides)('R4951-AMB-70 R4951-3.2.1-03 a tunnel over IP is recovered over IP (%s fails)', (failed) => {
    const [overIp, overUdp] = [0, 1701].map((port) => {
      const pair = established(secured, { port })
      const returned = failAndReturn(pair, failed)
      pair.pass(5 * SECOND)
      expect(states(pair)).toEqual(recoveredOn(2))
      for (const { datagram } of pair.said) expect([datagram.from.port, datagram.to.port]).toEqual([port, port])
      return transcriptOf(pair, { from: returned })
    })
    expect(overIp).toEqual(overUdp)
    expect(overIp?.[0]).toMatch(/^\w>\w SCCRQ \[0 0\/0\] \{59,73,5,61=\w,77\(\w,\w\)\}$/)
  })
})

describe('both fail', () => {
  /** Both come back at once. */
  function together(settings: Settings, chance: number): readonly [Pair, number] {
    const pair = established(settings, { chance, calls: 2 })
    const mirrors = sides.map((side) => pair.mirror(side))
    for (const side of sides) pair.crash(side)
    const returned = pair.now
    sides.forEach((side, i) => {
      pair.restore(side, mirrors[i] ?? { tunnels: [] })
    })
    pair.pass(10 * SECOND)
    return [pair, returned]
  }

  test.each([['without', plain], ['with', secured]] as const)('S69 R4951-3.2.1-10 R4951-3.2.1-11 R4951-AMB-19 R3931-AMB-10 %s digests the winner tells the loser, who acknowledges and answers', (_, settings) => {
    const winners = new Set<Side>()
    for (let chance = 0; chance < 800; chance += 100) {
      const [pair, returned] = together(settings, chance)
      expect(states(pair)).toEqual(recoveredOn(4))
      const told = (side: Side, step: string): boolean => noticesOf(pair, side, 'recovery').some(({ notice }) => notice.step === step)
      const winner = told('A', 'tie-won') ? 'A' : 'R'
      const loser = other(winner)
      winners.add(winner)
      expect([told(winner, 'tie-won'), told(loser, 'tie-lost')]).toEqual([true, true])
      const said = transcriptOf(pair, { from: returned }).map((line) => line.replace(/\{59,(?:73,)?|\{59\}/, '{').replace(/ \{$/, ''))
      const stop = said.findIndex((line) => line.startsWith(`${winner}>${loser} StopCCN`) && line.endsWith('1=3}'))
      expect(said.slice(0, 2).map((line) => line.slice(0, 9)).sort()).toEqual(['A>R SCCRQ', 'R>A SCCRQ'])
      expect(said[stop]).toMatch(/^\w>\w StopCCN \[[zw] 0\/1\] \{61=#\d+,1=3\}$/)
      expect(said.filter((line) => line.includes(' SCCRP '))).toHaveLength(1)
      expect(said.find((line) => line.includes(' SCCRP '))).toMatch(new RegExp(`^${loser}>${winner}`))
      expect(said.filter((line) => line.includes('StopCCN') && line.includes('!again'))).toEqual([])
    }
    expect(winners).toEqual(new Set(sides))
  })

  test.each(sides)('S71 R4951-AMB-23 R4951-AMB-49 staggered: who is back first asks until the other is there (%s is first)', (first) => {
    const pair = established(secured, { calls: 2 })
    const last = other(first)
    const mirrors = { A: pair.mirror('A'), R: pair.mirror('R') }
    for (const side of sides) pair.crash(side)
    pair.pass(2 * SECOND)
    pair.restore(first, mirrors[first])
    pair.pass(6 * SECOND)
    pair.revive(last, mirrors[last])
    const returned = pair.now
    pair.pass(30 * SECOND)
    pair.command(last, { name: 'recover' })
    pair.pass(MINUTE)
    expect(states(pair)).toEqual(recoveredOn(4))
    expect(pair.said.filter(({ at, from, type }) => at >= returned && from === last && type === 'SCCRQ')).toEqual([])
  })

  const moments = ['SCCRQ', 'SCCRP', 'SCCCN', 'StopCCN', 'FSQ', 'FSR'] as const
  const crashes = sides.flatMap((failed) => sides.flatMap((victim) => moments.map((moment) => [failed, victim, moment] as const)))
  test.each(crashes)('S73 S75 S76 R4951-AMB-46 R4951-AMB-77 %s recovers, %s fails when %s has been said: in the end everything is recovered', (failed, victim, moment) => {
    const pair = established(secured, { calls: 2 })
    const mirrors = { A: pair.mirror('A'), R: pair.mirror('R') }
    failAndReturn(pair, failed)
    const speaker = moment === 'SCCRP' || moment === 'FSR' ? other(failed) : failed
    // The request is said at once.
    if (moment !== 'SCCRQ') pair.runUntilSent(speaker, moment)
    pair.crash(victim)
    pair.pass(3 * SECOND)
    pair.restore(victim, mirrors[victim])
    pair.pass(3 * MINUTE)
    expect(states(pair)).toEqual(recoveredOn(4))
    for (const side of sides) expect(pair.tunnels(side).map(({ purpose }) => purpose)).toEqual(['ordinary'])
  })
})

describe('how long the remote endpoint waits', () => {
  /** The side fails; T0 is when the other first says what is not acknowledged. Back so many seconds later, if at all. */
  function backAfter(failed: Side, recoveryTime: number, seconds: number | undefined): readonly [Pair, number] {
    const pair = established({ ...plain, helloInterval: 10 * SECOND, failover: { recoveryTime } })
    const mirror = pair.mirror(failed)
    pair.crash(failed)
    const begun = pair.runUntilSent(other(failed), 'HELLO').at
    if (seconds !== undefined) {
      pair.run(begun + seconds * SECOND)
      pair.restore(failed, mirror)
    }
    pair.run(begun + 3 * MINUTE)
    return [pair, begun]
  }
  const clearedAt = ([pair, begun]: readonly [Pair, number], side: Side): number[] =>
    noticesOf(pair, side, 'tunnel').flatMap(({ at, notice }) => (notice.event === 'closed' && notice.purpose === 'ordinary' ? [(at - begun) / SECOND] : []))

  test.each(sides)('R4951-5.1-11 R4951-5.1-14 R4951-AMB-03 R3931-AMB-06 for the ten retransmissions of L2TPv3, or the Recovery Time if that is longer (%s fails)', (failed) => {
    for (const [recoveryTime, limit] of [[0, 71], [60, 71], [90, 90]] as const) {
      expect([recoveryTime, clearedAt(backAfter(failed, recoveryTime * SECOND, undefined), other(failed))]).toEqual([recoveryTime, [limit]])
    }
  })

  test.each(sides)('S41 S43 R4951-5.1-11 R4951-3.2.1-19 R4951-3.2.1-28 back in time it is recovered, too late it is refused, and clears silently (%s fails)', (failed) => {
    for (const [recoveryTime, seconds, recovers] of [[0, 5, true], [0, 69, true], [0, 72, false], [90, 88, true], [90, 95, false]] as const) {
      const [pair, begun] = backAfter(failed, recoveryTime * SECOND, seconds)
      expect([recoveryTime, seconds, states(pair)]).toEqual([recoveryTime, seconds, recovers ? recoveredOn(2) : []])
      const refusals = transcriptOf(pair, { from: begun }).filter((line) => line.includes('StopCCN') && !line.includes('1=1}'))
      expect(refusals.map((line) => /,(1=.*)}/.exec(line)?.[1])).toEqual(recovers ? [] : ['1=2/1'])
      const calls = pair.said.filter(({ at, type }) => at >= begun && type === 'CDN')
      expect(calls).toEqual([])
    }
  })

  test.each(sides)('S44 R4951-5.1-12 R4951-5.1-15 a link that is silent for a while clears nothing (%s is not heard)', (unheard) => {
    const pair = established({ ...plain, helloInterval: 10 * SECOND })
    pair.fate = () => 'drop'
    const begun = pair.runUntilSent(other(unheard), 'HELLO').at
    pair.run(begun + 50 * SECOND)
    pair.fate = () => 'deliver'
    pair.run(begun + 5 * MINUTE)
    expect(states(pair)).toEqual(recoveredOn(2))
    expect(pair.said.filter(({ at, type }) => at >= begun && (type === 'SCCRQ' || type === 'StopCCN'))).toEqual([])
  })

  test.each(sides)('S48 R4951-3.2.1-28 R4951-AMB-17 a remote that cannot be reached is given up at 71 s, silently (%s fails)', (failed) => {
    const pair = established(plain)
    pair.fate = () => 'drop'
    const returned = failAndReturn(pair, failed)
    pair.pass(2 * MINUTE)
    const said = pair.said.filter(({ at, from }) => at >= returned && from === failed)
    expect(said.map(({ at, type }) => [type, (at - returned) / SECOND])).toEqual([0, 1, 3, 7, 15, 23, 31, 39, 47, 55, 63].map((at) => ['SCCRQ', at]))
    expect(pair.tunnels(failed)).toEqual([])
  })
})

describe('capabilities', () => {
  test.each([2, 3] as const)('R4951-6-01 C, D and the Recovery Time are what is configured (version %i)', (version) => {
    const sent = ([true, false] as const).flatMap((controlChannel) =>
      ([true, false] as const).map((dataChannel) => {
        const settings: Settings = { version, failover: { controlChannel, dataChannel, recoveryTime: 12 * SECOND } }
        const pair = new Pair(settings, settings)
        pair.open()
        return transcriptOf(pair).slice(0, 2).map((line) => /76\([^)]*\)/.exec(line)?.[0])
      }),
    )
    expect(sent).toEqual(['76(CD,12s)', '76(C,12s)', '76(D,12s)', undefined].map((text) => [text, text]))
  })
})
