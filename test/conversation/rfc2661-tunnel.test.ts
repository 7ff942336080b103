// Setting up a tunnel between two real cores (RFC 2661 5.1, 5.8, 8.1, appendix B): the RFC's own examples, every message lost or
// duplicated once, windows, versions, ports and addresses, and what is dropped unread.

import { describe, expect, test } from 'vitest'
import { address } from '../../sim/base/datagram.ts'
import { MILLISECOND, SECOND } from '../../sim/base/time.ts'
import { encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { stampControlHeader } from '../../sim/l2tp/wire/header.ts'
import { hex } from '../support/octets.ts'
import { headerOf, logs, messageOf, noticesOf, tunnelEnds, verdicts } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { Pair, type Said, type Settings } from '../support/pair.ts'
import { PEER_TUNNEL, proper, ScriptedPeer } from '../support/scripted-peer.ts'

/** Neither side knows RFC 4951, so that the dialogues are those of RFC 2661. */
const plain: Settings = { failover: { enabled: false } }

/** Marks the first datagrams of these types with a fate of their own, each once. */
function firstOf(...types: readonly string[]): (said: Said) => boolean {
  const left = [...types]
  return ({ type }) => {
    const position = left.indexOf(type)
    if (position < 0) return false
    left.splice(position, 1)
    return true
  }
}

const dial = (pair: Pair): void => {
  pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
}

const states = (pair: Pair): string[] => [...pair.tunnels('A'), ...pair.tunnels('R')].map(({ state }) => state)

describe('appendix B', () => {
  test('R2661-B.1-01 R2661-5.1-01 R2661-5.8-06 lock-step establishment', () => {
    const pair = new Pair(plain, plain)
    pair.open()
    expect(transcriptOf(pair)).toEqual([
      'A>R SCCRQ [0 0/0] {9=x}',
      'R>A SCCRP [x 0/1] {9=y}',
      'A>R SCCCN [y 1/1]',
      'R>A ZLB [x 1/2]',
    ])
    expect(states(pair)).toEqual(['established', 'established'])
  })

  test('R2661-B.2-01 R2661-5.8-08 R2661-5.8-09 a lost ICRP and its retransmission', () => {
    const pair = new Pair(plain, plain)
    pair.open()
    const lost = firstOf('ICRP')
    pair.fate = (said) => (lost(said) ? 'drop' : 'deliver')
    const placed = pair.now
    pair.call()
    pair.pass(2 * SECOND)
    expect(transcriptOf(pair, { from: placed, since: placed })).toEqual([
      '0s A>R ICRQ [y 2/1] {14=a}',
      '10ms R>A ICRP [x a 1/3] {14=b} !lost',
      '1s A>R ICRQ [y 2/1] {14=a} !again',
      '1.01s R>A ZLB [x 2/3]',
      '1.01s R>A ICRP [x a 1/3] {14=b} !again',
      '1.02s A>R ICCN [y b 3/2]',
      '1.03s R>A ZLB [x 2/4]',
    ])
  })
})

describe('what the first messages say', () => {
  test('R2661-4.4.3-16 R2661-4.4.3-17 R2661-5.3-03 headers carry the ID of the receiver, 0 until it is known', () => {
    const pair = new Pair({ ...plain, sessionIds: 'random' }, { ...plain, sessionIds: 'random' })
    pair.open()
    pair.call()
    const [a, r] = [pair.tunnels('A')[0], pair.tunnels('R')[0]]
    expect([a?.peerTunnelId, r?.peerTunnelId]).toEqual([r?.localTunnelId, a?.localTunnelId])
    expect(a?.localTunnelId).not.toBe(r?.localTunnelId)
    const tunnelIds = pair.said.map((said) => `${said.from} ${String(headerOf(said).tunnelId)}`)
    expect(tunnelIds[0]).toBe('A 0')
    expect(new Set(tunnelIds.slice(1))).toEqual(new Set([`A ${String(a?.peerTunnelId)}`, `R ${String(r?.peerTunnelId)}`]))
  })

  test('R2661-6.1-01 R2661-6.2-01 R2661-4.4.3-06 R2661-4.4.3-19 the AVPs of SCCRQ and SCCRP come from the configuration', () => {
    const settings: Settings = { ...plain, vendorName: 'ours', framingCapabilities: 2, bearerCapabilities: 1, receiveWindow: 7 }
    const pair = new Pair(settings, { ...settings, bearerCapabilities: 0, receiveWindow: 9 })
    pair.open()
    const version = { protocolVersion: { version: 1, revision: 0 } }
    const common = { ...version, framingCapabilities: 2, vendorName: 'ours', assignedTunnelId: 1 }
    const request = { type: 'SCCRQ', ...common, hostName: 'a', bearerCapabilities: 1, receiveWindowSize: 7 }
    expect(messageOf(pair, 'SCCRQ')).toEqual(request)
    expect(messageOf(pair, 'SCCRP')).toEqual({ type: 'SCCRP', ...common, hostName: 'r', receiveWindowSize: 9 })
    expect(noticesOf(pair, 'A', 'negotiated')[0]?.notice).toMatchObject({ ownWindow: 7, peerWindow: 9 })
    expect(pair.tunnels('R')[0]).toMatchObject({ peerHostName: 'a', peerFraming: 2, peerBearer: 1 })
  })

  test('R2661-4.2-02 without failover no AVP of RFC 4951 is sent', () => {
    const attributes = (settings: Settings): (string | undefined)[] => {
      const pair = new Pair(settings, settings)
      pair.open()
      return transcriptOf(pair, { bodies: true }).map((line) => /76/.exec(line)?.[0])
    }
    expect(attributes({})).toEqual(['76', '76', undefined])
    expect(attributes(plain)).toEqual([undefined, undefined, undefined])
  })

  test('R2661-5-01 a call placed while the tunnel opens waits for it', () => {
    const pair = new Pair(plain, plain)
    dial(pair)
    pair.command('A', { name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    pair.pass(SECOND)
    const types = transcriptOf(pair, { bodies: true }).map((line) => line.split(' ')[1])
    expect(types).toEqual(['SCCRQ', 'SCCRP', 'SCCCN', 'ICRQ', 'ICRP', 'ICCN'])
  })

  test('R2661-5-03 several tunnels between the same two, and several calls in each', () => {
    const pair = new Pair(plain, plain)
    pair.open('A')
    pair.open('R')
    for (const { localTunnelId: tunnel } of pair.tunnels('A')) {
      pair.command('A', { name: 'place-call', tunnel, call: 'incoming', sequenced: false })
      pair.command('A', { name: 'place-call', tunnel, call: 'outgoing', sequenced: false })
    }
    pair.pass(SECOND)
    for (const side of ['A', 'R'] as const) {
      expect(pair.tunnels(side).map(({ sessions }) => [...sessions.values()].map(({ state }) => state))).toEqual([
        ['established', 'established'],
        ['established', 'established'],
      ])
    }
  })

  test('R2661-7.2-01 either side may begin, and nothing differs but who does', () => {
    const pair = new Pair(plain, plain)
    pair.open('R')
    expect(transcriptOf(pair).map((line) => line.slice(0, 9))).toEqual(['R>A SCCRQ', 'A>R SCCRP', 'R>A SCCCN', 'A>R ZLB ['])
  })
})

describe('losses and duplicates', () => {
  const types = ['SCCRQ', 'SCCRP', 'SCCCN']
  test.each([...types, 'ZLB'])('R2661-5.8-08 the first %s is lost: established after its retransmission', (type) => {
    const pair = new Pair(plain, plain)
    const lost = firstOf(type)
    pair.fate = (said) => (lost(said) ? 'drop' : 'deliver')
    pair.open()
    pair.pass(3 * SECOND)
    expect(states(pair)).toEqual(['established', 'established'])
    expect(pair.said.filter(({ attempt }) => attempt > 1).length).toBeGreaterThan(0)
    expect(pair.tunnels('R')).toHaveLength(1)
  })

  test.each(types)('R2661-5.8-03 R2661-5.8-04 R4951-AMB-69 a second %s is acknowledged and opens nothing', (type) => {
    const pair = new Pair(plain, plain)
    pair.fate = (said) => (said.type === type ? [0, 5 * MILLISECOND] : 'deliver')
    pair.open()
    expect([pair.tunnels('A').length, pair.tunnels('R').length]).toEqual([1, 1])
    expect(states(pair)).toEqual(['established', 'established'])
    expect([...verdicts(pair, 'A'), ...verdicts(pair, 'R')]).toContain(`${type} duplicate`)
    const said = transcriptOf(pair, { bodies: true })
    expect(said).toEqual(['A>R SCCRQ [0 0/0] {9=x}', 'R>A SCCRP [x 0/1] {9=y}', 'A>R SCCCN [y 1/1]'])
    // Each copy has its acknowledgement: three messages, of which two are answered by the next, and the copy.
    expect(pair.said.filter((said) => said.type === 'ZLB').length).toBe(2)
  })

  test('R2661-5.8-03 R2661-5.8-04 a duplicated SCCRQ after the tunnel is established changes nothing', () => {
    const pair = new Pair(plain, plain)
    pair.fate = (said) => (said.type === 'SCCRQ' ? [0, 500 * MILLISECOND] : 'deliver')
    pair.open()
    expect(states(pair)).toEqual(['established', 'established'])
    expect(transcriptOf(pair).at(-1)).toBe('R>A ZLB [x 1/2]')
  })

  test.each(['queue', 'drop'] as const)('R2661-5.8-07 SCCCN and ICRQ in the wrong order, policy %s', (outOfOrder) => {
    const pair = new Pair(plain, { ...plain, outOfOrder })
    dial(pair)
    pair.command('A', { name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    // The acknowledgement of the SCCRQ has opened the window to two: SCCCN and ICRQ leave together.
    const late = firstOf('SCCCN')
    pair.fate = (said) => (late(said) ? 100 * MILLISECOND : 'deliver')
    pair.pass(5 * SECOND)
    expect(verdicts(pair, 'R')).toContain(outOfOrder === 'queue' ? 'ICRQ held' : 'ICRQ ahead')
    expect(pair.sessions('R')).toEqual(['1/1 established synchronised'])
    expect(pair.sessions('A')).toEqual(['1/1 established synchronised'])
    expect(pair.said.some(({ type, attempt }) => type === 'ICRQ' && attempt > 1)).toBe(outOfOrder === 'drop')
  })

  test('R2661-5.8-10 R2661-5.8-13 R2661-5.8-14 nobody answers: sent at 0, 1, 3, 7, 15 and 23 s, given up at 31 s', () => {
    const pair = new Pair(plain, plain)
    pair.fate = () => 'drop'
    dial(pair)
    pair.command('A', { name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    pair.pass(100 * SECOND)
    const sent = pair.said.map(({ at, type }) => [type, at / SECOND])
    expect(sent).toEqual([0, 1, 3, 7, 15, 23].map((at) => ['SCCRQ', at]))
    expect(tunnelEnds(pair, 'A')).toEqual(['31s retransmission-limit'])
    // R2661-AMB-06: the call that waited ends with it.
    expect(noticesOf(pair, 'A', 'session').map(({ at, notice }) => [at / SECOND, notice.event, notice.why])).toEqual([
      [0, 'opening', ''],
      [31, 'closed', 'tunnel-closed'],
    ])
    expect([...pair.core('A').tunnels()]).toEqual([])
  })

  test('R2661-5.8-13 the number of retransmissions and the intervals are configurable', () => {
    const pair = new Pair({ ...plain, retransmit: { initial: 500 * MILLISECOND, cap: 8 * SECOND, count: 2 } }, plain)
    pair.fate = () => 'drop'
    dial(pair)
    pair.pass(100 * SECOND)
    expect(pair.said.map(({ at }) => at / SECOND)).toEqual([0, 0.5, 1.5])
    expect(tunnelEnds(pair, 'A')).toEqual(['3.5s retransmission-limit'])
  })
})

describe('a handshake that stands still', () => {
  test('R2661-5.8-14 the SCCRQ is acknowledged but no SCCRP ever arrives: cleared after a full cycle of silence', () => {
    const pair = new Pair(plain, plain)
    // R retransmits its SCCRP in vain till 31.01 s; the last ZLB of R arrives at 1.02 s.
    pair.fate = ({ type }) => (type === 'SCCRP' ? 'drop' : 'deliver')
    dial(pair)
    pair.pass(200 * SECOND)
    expect(tunnelEnds(pair, 'R')).toEqual(['31.01s retransmission-limit'])
    expect(tunnelEnds(pair, 'A')).toEqual(['32.02s retransmission-limit'])
  })

  test('R2661-5.8-14 the SCCRP is acknowledged but no SCCCN ever arrives', () => {
    const pair = new Pair(plain, plain)
    pair.fate = ({ type }) => (type === 'SCCCN' ? 'drop' : 'deliver')
    dial(pair)
    pair.pass(200 * SECOND)
    // A retransmits its SCCCN from 20 ms on; R hears A last when A acknowledges the second SCCRP, sent at 1.01 s.
    expect(tunnelEnds(pair, 'A')).toEqual(['31.02s retransmission-limit'])
    expect(tunnelEnds(pair, 'R')).toEqual(['32.03s retransmission-limit'])
  })

  test('R2661-6.5-01 an established tunnel without HELLOs is not mistaken for one', () => {
    const pair = new Pair({ ...plain, helloInterval: 0 }, { ...plain, helloInterval: 0 })
    pair.open()
    pair.pass(1000 * SECOND)
    expect(pair.said).toHaveLength(4)
    expect(states(pair)).toEqual(['established', 'established'])
  })
})

describe('windows', () => {
  /** The most messages of a side on their way at a time: sent for the first time, and not acknowledged when the next is sent. */
  function mostOutstanding(pair: Pair, side: 'A' | 'R'): number {
    let most = 0
    let acknowledged = 0
    for (const said of pair.said) {
      const { ns, nr } = headerOf(said)
      if (said.from !== side) acknowledged = Math.max(acknowledged, nr)
      else if (said.attempt === 1) most = Math.max(most, ns + 1 - acknowledged)
    }
    return most
  }

  test.each([1, 2, 4, 16])('R2661-5.8-16 R2661-5.8-17 twenty calls at once through a window of %s', (receiveWindow) => {
    const pair = new Pair(plain, { ...plain, receiveWindow })
    pair.open()
    for (let i = 0; i < 20; i++) pair.command('A', { name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    pair.pass(20 * SECOND)
    expect(pair.sessions('A')).toHaveLength(20)
    expect(pair.sessions('R').every((session) => session.includes('established'))).toBe(true)
    expect(mostOutstanding(pair, 'A')).toBeLessThanOrEqual(receiveWindow)
    expect(pair.said.every(({ attempt }) => attempt <= 1)).toBe(true)
  })

  test('R2661-5.8-17 R2661-5.8-20 a window of 1 on both sides still answers at once', () => {
    const pair = new Pair({ ...plain, receiveWindow: 1 }, { ...plain, receiveWindow: 1 })
    pair.open()
    pair.call()
    expect(transcriptOf(pair).slice(4)).toEqual([
      'A>R ICRQ [y 2/1] {14=a}',
      'R>A ICRP [x a 1/3] {14=b}',
      'A>R ICCN [y b 3/2]',
      'R>A ZLB [x 2/4]',
    ])
  })

  test('R2661-5.8-18 a Receive Window Size of 0 is refused', () => {
    const peer = new ScriptedPeer(plain)
    const bytes = encodeMessage({ ...proper.SCCRQ, receiveWindowSize: 255 })
    const at = bytes.findIndex((octet, i) => octet === 10 && bytes[i + 1] === 0 && bytes[i + 2] === 255)
    bytes[at + 2] = 0
    peer.say(bytes)
    expect(peer.last('StopCCN').resultCode).toMatchObject({ result: 2, error: 3 })
  })

  test('R2661-4.4.3-19 a peer that says nothing of its window is taken to have one of 4', () => {
    const peer = new ScriptedPeer(plain)
    peer.answered({ receiveWindowSize: undefined })
    const call = (): void => {
      peer.command({ name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    }
    // Acknowledged one by one, these open the congestion window as far as it goes.
    for (let i = 0; i < 10; i++) call()
    peer.acknowledges = false
    const before = peer.heard.length
    for (let i = 0; i < 10; i++) call()
    expect(peer.notices('negotiated')[0]?.peerWindow).toBe(4)
    expect(peer.types(before)).toEqual(['ICRQ', 'ICRQ', 'ICRQ', 'ICRQ'])
  })
})

describe('versions', () => {
  test.each([
    [2, 0],
    [0, 9],
    [255, 0],
  ])('R2661-4.4.3-01 R2661-4.4.2-03 an SCCRQ of version %s.%s is refused with the version we speak', (version, revision) => {
    const peer = new ScriptedPeer(plain)
    peer.say({ ...proper.SCCRQ, protocolVersion: { version, revision } })
    expect(peer.transcript()).toEqual(['StopCCN [77 0/1] {9=1,1=5/1}'])
  })

  test('R2661-7.2.1-18 R2661-7.2.1-19 an SCCRP of a version that we do not have ends the tunnel', () => {
    const peer = new ScriptedPeer(plain)
    peer.answered({ protocolVersion: { version: 0, revision: 9 } })
    expect(peer.types()).toEqual(['SCCRQ', 'StopCCN'])
    expect(peer.last('StopCCN').resultCode).toEqual({ result: 5, error: 1, message: undefined })
  })

  test('R2661-4.4.3-01 another revision is no other version', () => {
    const peer = new ScriptedPeer(plain)
    peer.say({ ...proper.SCCRQ, protocolVersion: { version: 1, revision: 7 } })
    expect(peer.types()).toEqual(['SCCRP'])
  })
})

describe('addresses and ports', () => {
  test('R2661-8.1-01 R2661-8.1-02 R2661-8.1-03 the initiator uses any port, the responder another one, and both stay', () => {
    const pair = new Pair(plain, plain)
    const [a, r] = [address('10.0.0.1', 40_001), address('10.0.0.2', 50_002)]
    pair.carry = ({ from, datagram }) => (from === 'R' ? { ...datagram, from: r } : datagram)
    pair.command('A', { name: 'open-tunnel', local: a, peer: pair.addresses.R })
    pair.pass(SECOND)
    pair.call()
    const routes = pair.said.map(({ from, datagram }) => `${from} ${String(datagram.from.port)}>${String(datagram.to.port)}`)
    expect(routes[0]).toBe('A 40001>1701')
    expect(new Set(routes.slice(1))).toEqual(new Set(['A 40001>50002', 'R 1701>40001']))
    expect(pair.sessions('R')).toEqual(['1/1 established synchronised'])
  })

  test('R2661-8.1-03 once established, another port or address of the sender is not listened to', () => {
    for (const from of [address('10.9.9.9', 1702), address('10.9.9.8', 1701)]) {
      const peer = new ScriptedPeer(plain)
      peer.answered()
      const before = peer.heard.length
      for (const message of [proper.StopCCN, proper.SCCRP, proper.HELLO]) peer.say(message, { from })
      expect(peer.heard.slice(before)).toEqual([])
      expect(peer.notices('handled').slice(-3).map(({ verdict }) => verdict)).toEqual(Array(3).fill('unknown-tunnel'))
      expect(peer.core.tunnel(1)?.state).toBe('established')
    }
  })

  test('R2661-8.1-02 an SCCRP from another address than the one dialled is not taken', () => {
    const peer = new ScriptedPeer(plain)
    peer.dialled()
    peer.say(proper.SCCRP, { from: address('10.9.9.8', 1701) })
    expect(peer.core.tunnel(1)?.state).toBe('wait-ctl-reply')
    expect(peer.types()).toEqual(['SCCRQ'])
  })

  test('two peers may assign the same Tunnel ID', () => {
    const peer = new ScriptedPeer(plain)
    peer.connected()
    peer.anew()
    const other = address('10.9.9.8', 1701)
    peer.say(proper.SCCRQ, { from: other })
    expect(peer.heard.at(-1)).toMatchObject({ type: 'SCCRP', tunnelId: PEER_TUNNEL, to: other })
    expect([...peer.core.tunnels()]).toHaveLength(2)
  })
})

describe('what is dropped', () => {
  const stamped = (bytes: Uint8Array, ns: number, nr: number): Uint8Array => {
    stampControlHeader(bytes, 0, 0, ns, nr)
    return bytes
  }

  test.each([
    ['R2661-3.1-10 R2661-8.1-06 version 1', '2001 0102 0304 0506'],
    ['R2661-3.1-10 version 3', 'c803 000c 0000 0000 0000 0000'],
    ['R2661-3.1-03 no Length', '8802 0000 0000 0000 0000'],
    ['R2661-3.1-05 no sequence numbers', 'c002 0008 0000 0000'],
    ['R2661-3.1-06 an Offset', 'ca02 000e 0000 0000 0000 0000 0000'],
    ['R2661-3.1-11 R2661-7.1-03 Length beyond the datagram', 'c802 000d 0000 0000 0000 0000'],
    ['R2661-7.1-03 Length shorter than a header', 'c802 000b 0000 0000 0000 0000'],
    ['nothing', ''],
  ])('%s: no answer, no state', (_, octets) => {
    const peer = new ScriptedPeer(plain)
    peer.deliver(hex(octets))
    expect(peer.notices('handled').map(({ verdict }) => verdict)).toEqual(['malformed'])
    expect([peer.heard, [...peer.core.tunnels()]]).toEqual([[], []])
  })

  test.each([
    ['an Ns other than 0', 1, 0],
    ['R2661-AMB-09 an Nr other than 0', 0, 1],
  ])('an SCCRQ for a new tunnel with %s', (_, ns, nr) => {
    const peer = new ScriptedPeer(plain)
    peer.deliver(stamped(encodeMessage(proper.SCCRQ), ns, nr))
    expect([peer.heard, [...peer.core.tunnels()]]).toEqual([[], []])
  })

  test('an SCCRQ that names no usable Tunnel ID: nobody could be answered', () => {
    const peer = new ScriptedPeer(plain)
    peer.deliver(hex('c802 0014 0000 0000 0000 0000 8008 0000 0000 0001'))
    expect(peer.heard).toEqual([])
    expect(peer.notices('log')).toMatchObject([{ what: 'SCCRQ-dropped', detail: 'no usable Assigned Tunnel ID' }])
  })

  test('beyond the limit of tunnels an SCCRQ is dropped, and the peer gives up by itself', () => {
    const pair = new Pair(plain, { ...plain, maxTunnels: 1 })
    pair.open()
    dial(pair)
    pair.pass(100 * SECOND)
    expect(logs(pair, 'R')).toContain('SCCRQ-dropped: no room for another tunnel')
    expect(tunnelEnds(pair, 'A')).toEqual(['32s retransmission-limit'])
    expect(states(pair)).toEqual(['established', 'established'])
  })

  test('a tunnel beyond the own limit is not dialled, and that is logged', () => {
    const pair = new Pair({ ...plain, maxTunnels: 1 }, plain)
    pair.open()
    dial(pair)
    expect(logs(pair, 'A')).toEqual(['no-room: the tunnel table is full'])
    expect(pair.said).toHaveLength(4)
  })
})
