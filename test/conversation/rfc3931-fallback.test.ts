// Automatic fallback from L2TPv3 to L2TPv2 (RFC 3931 4.7): the SCCRQ that is right in both versions, who answers it in which, and what
// becomes of the connection then. Also recoveries across the versions (RFC 4951 3.2.1).

import { describe, expect, test } from 'vitest'
import { toHex } from '../../sim/base/bytes.ts'
import { MINUTE, SECOND } from '../../sim/base/time.ts'
import { avpRows } from '../../sim/l2tp/wire/avps.ts'
import { CONTROL_HEADER } from '../../sim/l2tp/wire/dialect.ts'
import { encodeMessage } from '../../sim/l2tp/wire/encode.ts'
import { decodeControlHeader, peekType } from '../../sim/l2tp/wire/header.ts'
import { readHead, type AvpHead } from '../../sim/l2tp/wire/judge.ts'
import type { Message } from '../../sim/l2tp/wire/messages.ts'
import { accepted } from '../support/bodies.ts'
import { avp, control, messageType } from '../support/octets.ts'
import { logs, tunnelEnds, verdicts } from '../support/pair-notices.ts'
import { configOf, messageIn, Pair, type Settings, type Side } from '../support/pair.ts'
import { PEER_TUNNEL, PEER_TUNNEL_3, proper, proper3, ScriptedPeer } from '../support/scripted-peer.ts'

const { v3 } = configOf('', {})
const both: Settings = { version: 'both', v3: { ...v3, routerId: 5 } }
const secured: Settings = { ...both, secret: 'between friends', challenge: true }

function detect(pair: Pair, from: Side = 'A'): void {
  const { A, R } = pair.addresses
  pair.command(from, { name: 'open-tunnel', local: from === 'A' ? A : R, peer: from === 'A' ? R : A, version: 'detect' })
  pair.pass(SECOND)
}

interface Avp extends AvpHead {
  readonly octets: string
}

function avpsOf(bytes: Uint8Array): readonly Avp[] {
  const found: Avp[] = []
  for (let head = readHead(bytes, CONTROL_HEADER, bytes.length); head !== undefined; head = readHead(bytes, head.at + head.length, bytes.length)) {
    found.push({ ...head, octets: toHex(bytes.subarray(head.at, head.at + head.length)) })
  }
  return found
}

const numbersOf = (version: 2 | 3): ReadonlySet<number> =>
  new Set(avpRows.filter(({ versions }) => (versions as readonly number[]).includes(version)).map(({ attribute }) => attribute))
const [numbers2, numbers3] = [numbersOf(2), numbersOf(3)]

describe('the SCCRQ', () => {
  /** The octets of the first SCCRQ of A, which nobody answers. */
  function sccrq(settings: Settings, version: 2 | 'detect', ports = { A: 1701, R: 1701 }): Uint8Array {
    const pair = new Pair(settings, settings, 0, ports)
    pair.fate = () => 'drop'
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R, version })
    const [said] = pair.said
    if (said === undefined) throw new Error('nothing was said')
    return messageIn(said.datagram)
  }

  test.each([['without', both], ['with', secured]] as const)('R3931-4.7.3-01 has version 2 and no ids in its header, %s authentication', (_, settings) => {
    expect(decodeControlHeader(sccrq(settings, 'detect'))).toMatchObject({ version: 2, tunnelId: 0, sessionId: 0, ns: 0, nr: 0 })
  })

  test.each([['without', both], ['with', secured]] as const)('R3931-4.7.3-01 R3931-5.2-04 says all that one of L2TPv2 says, and what only L2TPv3 has with M = 0, %s authentication', (_, settings) => {
    const either = avpsOf(sccrq(settings, 'detect'))
    const older = avpsOf(sccrq(settings, 2))
    expect(either.filter(({ attribute }) => numbers2.has(attribute)).map(({ octets }) => octets)).toEqual(older.map(({ octets }) => octets))
    const added = either.filter(({ attribute }) => !numbers2.has(attribute))
    expect(new Set(added.map(({ attribute }) => attribute))).toEqual(new Set(settings === both ? [60, 61, 62] : [59, 60, 61, 62, 73]))
    for (const { attribute, mandatory } of added) expect([attribute, mandatory, numbers3.has(attribute)]).toEqual([attribute, false, true])
  })

  test('R3931-4.7.3-01 who speaks L2TPv2 alone reads it, and both versions say the same ID', () => {
    const bytes = sccrq(secured, 'detect')
    const { message } = accepted(bytes)
    if (message.type !== 'SCCRQ') throw new Error(message.type)
    const own = avpsOf(bytes).find(({ attribute }) => attribute === 61)?.octets
    expect(own?.slice(12)).toBe(message.assignedTunnelId.toString(16).padStart(8, '0'))
  })

  test('R3931-4.7.1-01 over IP there is nothing to fall back to: it is one of L2TPv3', () => {
    const bytes = sccrq(both, 'detect', { A: 0, R: 0 })
    expect(decodeControlHeader(bytes, 3)).toMatchObject({ version: 3, tunnelId: 0 })
    expect(avpsOf(bytes).filter(({ attribute }) => !numbers3.has(attribute))).toEqual([])
  })

  test.each([2, 3] as const)('R3931-4.7.3-01 who speaks version %i alone asks for that', (version) => {
    expect(decodeControlHeader(sccrq({ version }, 'detect'), version)).toMatchObject({ version })
  })
})

describe('the answer', () => {
  const matrix = [
    [2, 2],
    [3, 3],
    ['both', 3],
  ] as const
  const cases = (['A', 'R'] as const).flatMap((from) => matrix.flatMap(([peer, version]) => [both, secured].map((settings) => [from, peer, version, settings] as const)))

  test.each(cases)('R3931-4.7.3-02 R3931-4.7.2-01 asked by %s, an LCCE that speaks %s answers in version %i, and calls follow', (...[from, peer, version, settings]) => {
    const other: Settings = { ...settings, version: peer }
    const pair = from === 'A' ? new Pair(settings, other) : new Pair(other, settings)
    detect(pair, from)
    for (const side of ['A', 'R'] as const) {
      expect(pair.tunnels(side).map((tunnel) => [tunnel.version, tunnel.state, tunnel.undecided])).toEqual([[version, 'established', false]])
      expect(pair.tunnels(side)[0]?.authenticated).toBe(settings === secured)
    }
    for (const side of ['A', 'R'] as const) pair.call(side)
    expect([pair.sessions('A'), pair.sessions('R')].flat().filter((text) => text.includes(' established '))).toHaveLength(4)
    pair.pass(5 * MINUTE)
    expect([tunnelEnds(pair, 'A'), tunnelEnds(pair, 'R')]).toEqual([[], []])
  })

  test('R3931-4.7.3-03 who speaks L2TPv3 alone ignores what only L2TPv2 has, whatever its M bit', () => {
    const peer = new ScriptedPeer({}, 3)
    const id = PEER_TUNNEL_3.toString(16).padStart(8, '0')
    const older = [avp(2, '0100'), avp(3, '00000003'), avp(9, '004d'), avp(11, '0102030405'), avp(6, '0001')]
    const newer = [avp(60, '00000001', { mandatory: false }), avp(61, id, { mandatory: false }), avp(62, '0007', { mandatory: false })]
    peer.say(control(messageType(1), avp(7, '70656572'), ...older, ...newer), { tunnelId: 0 })
    expect(peer.heard.map(({ type, tunnelId }) => [type, tunnelId])).toEqual([['SCCRP', PEER_TUNNEL_3]])
    peer.say(proper3.SCCCN)
    expect([...peer.core.tunnels()].map(({ state, version }) => [state, version])).toEqual([['established', 3]])
  })

  test('R3931-4.7.3-03 but not an AVP that neither version has', () => {
    const peer = new ScriptedPeer({}, 3)
    const known = [avp(7, '70656572'), avp(60, '00000001'), avp(61, '00000111'), avp(62, '0007')]
    peer.say(control(messageType(1), ...known, avp(99, '00')), { tunnelId: 0 })
    expect(peer.last('StopCCN').resultCode).toMatchObject({ result: 2, error: 8 })
  })

  test('R3931-4.7.2-01 an SCCRQ of L2TPv2 alone is answered in L2TPv2, or not at all', () => {
    const [dual, newer] = [both, { version: 3 } as const].map((settings) => {
      const pair = new Pair({ version: 2 }, settings)
      pair.open()
      return pair
    })
    expect(dual?.tunnels('R').map(({ version }) => version)).toEqual([2])
    expect([newer?.tunnels('R'), newer === undefined ? [] : [...new Set(verdicts(newer, 'R'))]]).toEqual([[], ['malformed']])
  })

  test('R3931-4.7.3-02 the SCCRQ that comes again is a duplicate', () => {
    const pair = new Pair(both, both)
    pair.fate = ({ from, attempt }) => (from === 'R' && attempt === 1 ? 'drop' : 'deliver')
    detect(pair)
    pair.pass(5 * SECOND)
    expect(pair.tunnels('R').map(({ version, state }) => [version, state])).toEqual([[3, 'established']])
    expect(verdicts(pair, 'R').filter((verdict) => verdict.startsWith('SCCRQ'))).toEqual(['SCCRQ accepted', 'SCCRQ duplicate'])
  })

  test('R3931-4.2-15 R3931-4.7.3-02 from the answer on the numbers of the version hold: a silent peer is given up after 71 s', () => {
    const pair = new Pair({ ...both, helloInterval: 10 * SECOND }, both)
    detect(pair)
    pair.fate = () => 'drop'
    pair.pass(3 * MINUTE)
    const hellos = pair.said.filter(({ from, type }) => from === 'A' && type === 'HELLO')
    expect(hellos).toHaveLength(11)
    expect(tunnelEnds(pair, 'A')).toHaveLength(1)
  })

  test('R3931-4.7.3-02 R3931-4.3-05 a digest that is wrong gets no answer; nor is anything of it taken', () => {
    const pair = new Pair(secured, { ...secured, secret: 'another' })
    detect(pair)
    expect(new Set(verdicts(pair, 'R'))).toEqual(new Set(['SCCRQ bad-digest']))
    expect(pair.said.filter(({ from }) => from === 'R')).toEqual([])
  })

  test('R3931-5.4.3-02 R3931-4.7.3-02 two that ask at once end up with one connection of L2TPv3', () => {
    for (const chance of [0, 100, 200, 300]) {
      const pair = new Pair({ ...both, tieBreaker: true }, { ...both, tieBreaker: true }, chance)
      const { A, R } = pair.addresses
      pair.command('A', { name: 'open-tunnel', local: A, peer: R, version: 'detect' })
      pair.command('R', { name: 'open-tunnel', local: R, peer: A, version: 'detect' })
      pair.pass(10 * SECOND)
      for (const side of ['A', 'R'] as const) {
        expect([side, pair.tunnels(side).map(({ version, state }) => [version, state])]).toEqual([side, [[3, 'established']]])
      }
    }
  })

  test.each([2, 3] as const)('R4951-3.2.1-03 what was found out is what a recovery uses: version %i', (version) => {
    const pair = new Pair(secured, { ...secured, version })
    detect(pair)
    pair.call()
    const [mirror, failed] = [pair.mirror('A'), pair.said.length]
    pair.crash('A')
    pair.restore('A', mirror)
    pair.pass(5 * SECOND)
    expect(pair.sessions('A').map((text) => text.slice(-24))).toEqual(['established synchronised'])
    const versions = new Set(pair.said.slice(failed).map(({ datagram }) => (datagram.bytes[1] ?? 0) & 15))
    expect(versions).toEqual(new Set([version]))
    expect(logs(pair, 'R').filter((text) => text.startsWith('undecipherable'))).toEqual([])
  })
})

/** What the core answers to an SCCRQ of L2TPv3 from its peer of L2TPv2. */
function told3(old: ScriptedPeer, sccrq: Message<'SCCRQ', 3>) {
  const bytes = encodeMessage<3>(sccrq, undefined, { version: 3, digests: [] })
  const outputs = old.core.handle({ type: 'datagram', datagram: { from: old.address, to: old.coreAddress, bytes, padding: 0 }, packet: 99 }, old.now)
  const stop = outputs.flatMap((output) => (output.kind === 'transmit' && peekType(output.datagram.bytes) === 'StopCCN' ? [output.datagram.bytes] : []))
  return accepted(stop[0] ?? new Uint8Array(0), undefined, 3).message
}

const sccrq2 = (tunnelRecovery: Message<'SCCRQ'>['tunnelRecovery']): Uint8Array =>
  encodeMessage({ ...proper.SCCRQ, hostName: 'r', tunnelRecovery, tieBreaker: new Uint8Array(8) })

describe('a recovery in the other version', () => {
  test('S53 R4951-3.2.1-21 R4951-AMB-15 an SCCRQ of L2TPv3 that names a tunnel of L2TPv2 is refused', () => {
    const old = new ScriptedPeer({ version: 'both' })
    old.connected({ failoverCapability: { control: true, data: true, recoveryTimeMs: 60_000 } })
    const [tunnel] = old.core.tunnels()
    const recovery = { recoverTunnelId: PEER_TUNNEL, recoverRemoteTunnelId: tunnel?.localTunnelId ?? 0 }
    const told = told3(old, { ...proper3.SCCRQ, routerId: 0, tunnelRecovery: recovery, tieBreaker: new Uint8Array(8) })
    expect(told).toMatchObject({ resultCode: { result: 5, error: 2 } })
    expect([tunnel?.state, tunnel?.channel.suspended]).toEqual(['established', false])
  })

  test('R4951-3.2.1-21 R4951-AMB-15 an SCCRQ of L2TPv2 that names a tunnel of L2TPv3 is refused', () => {
    const pair = new Pair({ version: 'both' }, { version: 'both' })
    const { A, R } = pair.addresses
    pair.command('R', { name: 'open-tunnel', local: R, peer: A, version: 3 })
    pair.pass(SECOND)
    const [tunnel] = pair.tunnels('A')
    const recovery = { recoverTunnelId: tunnel?.peerTunnelId ?? 0, recoverRemoteTunnelId: tunnel?.localTunnelId ?? 0 }
    expect([tunnel?.version, tunnel?.localTunnelId]).toEqual([3, expect.any(Number)])
    pair.inject('A', sccrq2(recovery), R)
    pair.pass(SECOND)
    const stop = pair.said.find(({ from, type }) => from === 'A' && type === 'StopCCN')
    expect(accepted(stop?.datagram.bytes ?? new Uint8Array(0)).message).toMatchObject({ resultCode: { result: 5, error: 3 } })
    expect([tunnel?.state, tunnel?.channel.suspended]).toEqual(['established', false])
  })
})
