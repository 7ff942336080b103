// The reliable control channel of L2TPv3 (RFC 3931 3.2, 3.3.2, 4.1, 4.2, 4.4): acknowledgements, retransmissions and windows, the end of a
// control connection, keepalives, and the ways over UDP and over IP itself. The tables are in rfc3931-state-tables.test.ts.

import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../sim/base/bytes.ts'
import { address } from '../../sim/base/datagram.ts'
import { MILLISECOND, MINUTE, SECOND } from '../../sim/base/time.ts'
import { encodeSessionData } from '../../sim/l2tp/wire/data-v3.ts'
import { carried, controlMessageIn, demultiplex } from '../../sim/l2tp/wire/demultiplex.ts'
import { encodeMessage } from '../../sim/l2tp/wire/encode.ts'
import { decodeControlHeader } from '../../sim/l2tp/wire/header.ts'
import { tunnelEnds, verdicts } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { avp, control3, messageType } from '../support/octets.ts'
import { messageIn, Pair, type Said, type Settings } from '../support/pair.ts'
import { PEER_TUNNEL_3, proper3, ScriptedPeer } from '../support/scripted-peer.ts'

const version3: Settings = { version: 3, sessionIds: 'random' }
const secured: Settings = { ...version3, secret: 'between friends' }

const headerOf = ({ datagram }: Said) => {
  const header = decodeControlHeader(messageIn(datagram), 3)
  if (typeof header === 'string') throw new Error(header)
  return header
}

/** A core with an established connection to a peer under the test's hand. */
function connected(settings: Settings = {}, receiveWindowSize = 4): ScriptedPeer<3> {
  const peer = new ScriptedPeer(settings, 3)
  peer.connected({ receiveWindowSize })
  return peer
}

const place = (peer: ScriptedPeer<3>): void => {
  const [tunnel] = peer.core.tunnels()
  peer.command({ name: 'place-call', tunnel: tunnel?.localTunnelId ?? 0, call: 'incoming', sequenced: false })
}

describe('reliable delivery', () => {
  test('R3931-4.2-03 R3931-4.2-02 a duplicate is acknowledged again, and not processed', () => {
    const peer = connected()
    peer.say(proper3.ICRQ, { ns: peer.ns })
    const heard = peer.heard.length
    peer.say(proper3.ICRQ, { ns: peer.ns })
    expect(peer.heard.slice(heard).map(({ type, nr }) => [type, nr])).toEqual([['ACK', peer.ns + 1]])
    expect(peer.notices('session').filter(({ event }) => event === 'opening')).toHaveLength(1)
    expect(peer.notices('handled').at(-1)?.verdict).not.toBe('accepted')
  })

  test('R3931-4.2-05 R3931-4.2-04 the Nr of an ACK frees what it acknowledges, and its Ns counts for nothing', () => {
    const peer = connected()
    peer.acknowledges = false
    place(peer)
    const [tunnel] = peer.core.tunnels()
    expect([tunnel?.channel.idle, tunnel?.channel.expected]).toEqual([false, peer.ns])
    peer.say({ type: 'ACK' }, { ns: peer.ns })
    expect([tunnel?.channel.idle, tunnel?.channel.expected]).toEqual([true, peer.ns])
    // Nothing answers an ACK.
    expect(peer.heard.at(-1)?.type).toBe('ICRQ')
  })

  test('R3931-4.2-06 an Nr beyond what was sent is not believed', () => {
    const peer = connected()
    peer.acknowledges = false
    place(peer)
    peer.say(proper3.HELLO, { ns: peer.ns, nr: 500 })
    expect(peer.notices('handled').at(-1)?.verdict).toBe('bad-nr')
    expect([...peer.core.tunnels()][0]?.channel.idle).toBe(false)
  })

  test('R3931-4.2-11 a retransmission keeps Ns and carries the Nr of the moment, under a digest of its own', () => {
    const pair = new Pair(secured, secured)
    pair.open()
    pair.fate = ({ from, type, attempt }) => (from === 'A' && type === 'ICRQ' && attempt === 1 ? 'drop' : 'deliver')
    for (const side of ['A', 'R'] as const) {
      const [tunnel] = pair.tunnels(side)
      pair.command(side, { name: 'place-call', tunnel: tunnel?.localTunnelId ?? 0, call: 'incoming', sequenced: false })
      pair.pass(500 * MILLISECOND)
    }
    pair.pass(SECOND)
    // R's own request has moved A's Nr on before A sends its request again.
    const [before, after] = pair.said.filter(({ from, type }) => from === 'A' && type === 'ICRQ').map(headerOf)
    expect(after?.ns).toBe(before?.ns)
    expect(after?.nr).toBe((before?.nr ?? 0) + 1)
    expect(verdicts(pair, 'R').filter((verdict) => verdict.startsWith('ICRQ'))).toEqual(['ICRQ accepted'])
  })

  test('R3931-4.2-11 the Nr of a retransmission is the one expected then', () => {
    const peer = connected()
    peer.acknowledges = false
    place(peer)
    const nr = peer.heard.at(-1)?.nr ?? -1
    peer.say(proper3.HELLO, { nr: peer.nr - 1 })
    peer.wait(SECOND)
    const [first, second] = peer.heard.filter(({ type }) => type === 'ICRQ')
    expect([first?.attempt, second?.attempt]).toEqual([1, 2])
    expect(second?.ns).toBe(first?.ns)
    expect([first?.nr, second?.nr]).toEqual([nr, nr + 1])
  })

  test.each([1, 2, 5, 9])('R3931-4.2-19 R3931-4.2-18 no more than the %i messages of the peer’s window are unacknowledged', (window) => {
    const peer = connected({}, window)
    // Acknowledgements open the congestion window to the full.
    for (let i = 0; i < window; i++) place(peer)
    const heard = peer.heard.length
    peer.acknowledges = false
    for (let i = 0; i < 2 * window; i++) place(peer)
    expect(peer.types(heard)).toEqual(Array(window).fill('ICRQ'))
    peer.acknowledge()
    expect(peer.types(heard)).toHaveLength(2 * window)
  })

  test('R3931-4.2-22 acknowledgements do not wait for the send window to open', () => {
    const peer = connected({}, 1)
    peer.acknowledges = false
    place(peer)
    place(peer)
    for (let i = 0; i < 3; i++) {
      peer.wait(100 * MILLISECOND)
      peer.say(proper3.HELLO, { nr: peer.nr - 1 })
      expect(peer.heard.at(-1)).toMatchObject({ type: 'ACK', at: peer.now, nr: peer.ns })
    }
  })
})

describe('the end of a control connection', () => {
  test('R3931-3.3.2-02 R3931-7.5-01 R3931-7.5-02 R3931-7.2-20 who receives a StopCCN acknowledges it for as long as it may come again', () => {
    const pair = new Pair(version3, version3)
    pair.open()
    pair.call()
    pair.fate = ({ from }) => (from === 'R' ? 'drop' : 'deliver')
    const begun = pair.now
    pair.command('A', { name: 'close-tunnel', tunnel: pair.tunnels('A')[0]?.localTunnelId ?? 0 })
    pair.pass(70 * SECOND)
    const said = (side: 'A' | 'R', type: string): number[] =>
      pair.said.filter((one) => one.at >= begun && one.from === side && one.type === type).map(({ at }) => Math.round((at - begun) / SECOND))
    // The longest that a sender goes on (R3931-AMB-06).
    expect(said('A', 'StopCCN')).toEqual([0, 1, 3, 7, 15, 23, 31, 39, 47, 55, 63])
    expect(said('R', 'ACK')).toEqual(said('A', 'StopCCN'))
    expect(pair.tunnels('R')).toEqual([])
    pair.pass(5 * MINUTE)
    expect([...pair.core('A').tunnels(), ...pair.core('R').tunnels()]).toEqual([])
  })

  test('R3931-4.2-17 a StopCCN is delivered after everything else of the connection is gone', () => {
    const pair = new Pair(version3, version3)
    pair.open()
    pair.call()
    pair.fate = ({ from, type, attempt }) => (from === 'A' && type === 'StopCCN' && attempt < 4 ? 'drop' : 'deliver')
    const begun = pair.now
    pair.command('A', { name: 'close-tunnel', tunnel: pair.tunnels('A')[0]?.localTunnelId ?? 0 })
    pair.pass(8 * SECOND)
    expect([pair.tunnels('A'), pair.tunnels('R')]).toEqual([[], []])
    expect(tunnelEnds(pair, 'R').map((end) => end.split(' ')[1])).toEqual(['stopccn-received'])
    expect(transcriptOf(pair, { from: begun }).at(-1)).toMatch(/^R>A ACK/)
    expect(pair.said.filter(({ at, type }) => at >= begun && type === 'CDN')).toEqual([])
  })

  test('R3931-5.4.3-17 R3931-5.4.3-15 before the SCCRP has come, a StopCCN has the Control Connection ID of the SCCRQ, and 0 in its header', () => {
    const peer = new ScriptedPeer({}, 3)
    peer.dialled()
    const { assignedTunnelId } = peer.last('SCCRQ')
    peer.acknowledge(1)
    peer.command({ name: 'close-tunnel', tunnel: assignedTunnelId })
    const stop = peer.heard.findLast(({ type }) => type === 'StopCCN')
    expect(stop?.tunnelId).toBe(0)
    expect(peer.last('StopCCN')).toMatchObject({ assignedTunnelId, resultCode: { result: 1 } })
  })

  test('R3931-5.4.3-17 by that ID the receiver finds the connection', () => {
    const peer = new ScriptedPeer({}, 3)
    peer.say(proper3.SCCRQ)
    expect([...peer.core.tunnels()].map(({ state }) => state)).toEqual(['wait-ctl-conn'])
    peer.say(proper3.StopCCN, { tunnelId: 0 })
    expect([...peer.core.tunnels()].filter(({ closing }) => !closing)).toEqual([])
    expect(peer.heard.at(-1)?.type).toBe('ACK')
  })

  test('R3931-5.4.3-14 R3931-3.2.1-06 from the SCCRQ or SCCRP on every header has the ID that the peer assigned', () => {
    const dialling = new ScriptedPeer({}, 3)
    dialling.answered()
    place(dialling)
    const [sccrq, ...rest] = dialling.heard
    expect([sccrq?.type, sccrq?.tunnelId]).toEqual(['SCCRQ', 0])
    expect(rest.map(({ type, tunnelId }) => [type, tunnelId])).toEqual([['SCCCN', PEER_TUNNEL_3], ['ICRQ', PEER_TUNNEL_3]])
    const dialled = connected()
    expect(new Set(dialled.heard.map(({ tunnelId }) => tunnelId))).toEqual(new Set([PEER_TUNNEL_3]))
  })
})

describe('words for people', () => {
  test('R3931-5.4.3-21 R3931-9-01 R3931-5.4.3-20 are in the default language, which every reader of English can tell, whatever the peer prefers', () => {
    const said = [undefined, '', 'de-AT', 'x-klingon', 'a'.repeat(100)].map((preferredLanguage) => {
      const peer = new ScriptedPeer({}, 3)
      peer.connected({ preferredLanguage })
      peer.say(control3(messageType(6), avp(99, '00')))
      return peer.last('StopCCN').resultCode
    })
    expect(said[0]).toMatchObject({ result: 2, error: 8, message: expect.stringMatching(/^[ -~]*99[ -~]*$/) as string })
    for (const code of said) expect(code).toEqual(said[0])
  })
})

describe('keepalive', () => {
  test.each([['60 s by default', {}, 60], ['7 s', { helloInterval: 7 * SECOND }, 7]] as const)(
    'R3931-4.4-02 R3931-4.4-01 a HELLO after %s of silence',
    (_, settings, seconds) => {
      const peer = connected(settings)
      peer.wait(2.5 * seconds * SECOND)
      const hellos = peer.heard.filter(({ type }) => type === 'HELLO').map(({ at }) => at / SECOND)
      expect(hellos).toEqual([seconds, 2 * seconds])
    },
  )

  test('R3931-4.4-01 a HELLO that cannot be delivered brings the connection down', () => {
    const peer = connected()
    peer.acknowledges = false
    peer.wait(60 * SECOND + 71 * SECOND)
    expect(peer.notices('tunnel').at(-1)).toMatchObject({ event: 'closed', why: 'retransmission-limit' })
  })

  /** When each of several connections between the same two says HELLO, in rounds. */
  function hellos(version: 2 | 3, connections: number): number[][] {
    const pair = new Pair({ version: 'both' }, { version: 'both', helloInterval: 0 })
    for (let i = 0; i < connections; i++) {
      pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R, version })
    }
    pair.pass(5 * MINUTE)
    return pair.tunnels('A').map(({ localTunnelId }) =>
      pair.said.filter(({ from, type, tunnel }) => from === 'A' && type === 'HELLO' && tunnel === localTunnelId).map(({ at }) => at),
    )
  }

  test('R3931-4.4-03 HELLOs of several connections to one LCCE do not come in groups, nor later than configured', () => {
    const times = hellos(3, 8)
    const all = times.flat()
    expect(new Set(all).size).toBe(all.length)
    for (const each of times) {
      const gaps = each.slice(1).map((at, i) => (at - (each[i] ?? 0)) / SECOND)
      expect(gaps.length).toBeGreaterThanOrEqual(3)
      for (const gap of gaps) expect([gap > 52, gap <= 60.1]).toEqual([true, true])
      expect(new Set(gaps).size).toBeGreaterThan(1)
    }
  })

  test('R3931-4.4-03 one connection alone keeps to its interval', () => {
    const [alone = []] = hellos(3, 1)
    expect(new Set(alone.slice(1).map((at, i) => Math.round((at - (alone[i] ?? 0)) / SECOND)))).toEqual(new Set([60]))
  })
})

describe('encapsulation', () => {
  const dialogue = (ports: { A: number; R: number }, settings: Settings): Pair => {
    const pair = new Pair(settings, settings, 0, ports)
    pair.open()
    pair.call()
    return pair
  }
  const ip = { A: 0, R: 0 }
  const udp = { A: 1701, R: 1701 }

  test.each([['without', version3], ['with', secured]] as const)(
    'R3931-4.1-01 R3931-4.1-02 R3931-4.1.1.2-01 R3931-3.2.1-05 over IP, %s authentication, as over UDP but for 32 zero bits in front',
    (_, settings) => {
      const [overIp, overUdp] = [dialogue(ip, settings), dialogue(udp, settings)]
      expect(transcriptOf(overIp)).toEqual(transcriptOf(overUdp))
      expect(overIp.sessions('R')[0]).toMatch(/ established synchronised$/)
      for (const [i, { datagram }] of overIp.said.entries()) {
        expect(toHex(datagram.bytes)).toBe(`00000000${toHex(overUdp.said[i]?.datagram.bytes ?? new Uint8Array(0))}`)
        expect(datagram.bytes[7]).toBe((datagram.bytes.length - 4) & 0xff)
      }
    },
  )

  test.each(['udp', 'ip'] as const)('R3931-3.2.2-02 over %s control and data are told apart by their first octets', (transport) => {
    const control = carried(encodeMessage<3>({ type: 'HELLO' }, undefined, { version: 3, digests: [] }), transport)
    expect(demultiplex(control, transport)).toEqual({ version: 3, kind: 'control' })
    for (const sessionId of [1, 0x8000_0000, 0xc803_000c, 0xffff_ffff]) {
      const data = encodeSessionData(sessionId, -1, Uint8Array.of(1, 2, 3), { cookie: new Uint8Array(0), sublayer: false }, transport)
      expect(demultiplex(data, transport)).toEqual({ version: 3, kind: 'data' })
    }
    expect(decodeControlHeader(controlMessageIn(control, transport), 3)).toMatchObject({ tunnelId: 0 })
  })

  test('R3931-4.1.2.2-01 R3931-4.1.2.2-02 R3931-4.1.2.2-03 the initiator calls port 1701 from any other, and both stay with what they began', () => {
    const pair = dialogue({ A: 40_123, R: 1701 }, version3)
    pair.pass(3 * MINUTE)
    const ways = new Set(pair.said.map(({ datagram: { from, to } }) => `${from.text} ${to.text}`))
    expect(ways).toEqual(new Set(['10.0.0.1:40123 10.0.0.2:1701', '10.0.0.2:1701 10.0.0.1:40123']))
    // The same message from another port is none of this connection.
    const hello = pair.said.find(({ from, type }) => from === 'A' && type === 'HELLO')
    const heard = verdicts(pair, 'R').length
    pair.inject('R', hello?.datagram.bytes ?? fromHex('') ?? new Uint8Array(0), address('10.0.0.1', 40_124))
    pair.pass(MILLISECOND)
    expect(verdicts(pair, 'R').slice(heard)).toEqual(['HELLO unknown-tunnel'])
  })
})
