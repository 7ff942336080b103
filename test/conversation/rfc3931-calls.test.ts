// Calls of L2TPv3 (RFC 3931 3.4, 5.4.4, 5.4.5, 6.6 to 6.12): the ids that their messages carry, what is refused and with which result, cookies,
// and two requests for one circuit. The tables are in rfc3931-state-tables.test.ts.

import { describe, expect, test } from 'vitest'
import { toHex } from '../../sim/base/bytes.ts'
import { address } from '../../sim/base/datagram.ts'
import { MILLISECOND, MINUTE, SECOND } from '../../sim/base/time.ts'
import type { Message } from '../../sim/l2tp/wire/messages.ts'
import { utf8 } from '../../sim/l2tp/wire/text.ts'
import { configOf, Pair, type Settings } from '../support/pair.ts'
import { PEER_SESSION_3, PEER_TUNNEL_3, proper3, ScriptedPeer } from '../support/scripted-peer.ts'

const { v3 } = configOf('', {})
const tieBreaking: Settings = { v3: { ...v3, sessionTieBreaker: true } }
const HIGHEST = new Uint8Array(8).fill(0xff)

type CallType = 'ICRQ' | 'ICRP' | 'ICCN' | 'OCRQ' | 'OCRP' | 'OCCN' | 'CDN'

/** A core with an established connection that it has dialled. */
function dialled(settings: Settings = {}): ScriptedPeer<3> {
  const peer = new ScriptedPeer(settings, 3)
  peer.answered()
  return peer
}

const tunnelOf = (peer: ScriptedPeer<3>): number => [...peer.core.tunnels()][0]?.localTunnelId ?? 0

function place(peer: ScriptedPeer<3>, call: 'incoming' | 'outgoing', remoteEndId?: string): void {
  peer.command({ name: 'place-call', tunnel: tunnelOf(peer), call, sequenced: false, remoteEndId })
}

function hangUp(peer: ScriptedPeer<3>): void {
  const [tunnel] = peer.core.tunnels()
  peer.command({ name: 'hang-up', tunnel: tunnel?.localTunnelId ?? 0, session: [...(tunnel?.sessions.keys() ?? [])].at(-1) ?? 0 })
}

const sessions = (peer: ScriptedPeer<3>) => [...peer.core.tunnels()].flatMap((tunnel) => [...tunnel.sessions.values()])

/** Types and Remote Session IDs of what the core said about sessions. */
const addressed = (peer: ScriptedPeer<3>): (readonly [string, number])[] =>
  peer.heard.flatMap(({ type, message }) => (message !== undefined && 'remoteSessionId' in message ? [[type, message.remoteSessionId] as const] : []))

describe('the ids of a session', () => {
  test('R3931-5.4.4-02 R3931-5.4.4-04 every message names the peer’s session as soon as it is known', () => {
    const asking = dialled()
    place(asking, 'incoming')
    asking.say(proper3.ICRP)
    hangUp(asking)
    expect(addressed(asking)).toEqual([['ICRQ', 0], ['ICCN', PEER_SESSION_3], ['CDN', PEER_SESSION_3]])

    const asked = dialled()
    asked.say(proper3.ICRQ)
    asked.say(proper3.ICCN)
    hangUp(asked)
    expect(addressed(asked)).toEqual([['ICRP', PEER_SESSION_3], ['CDN', PEER_SESSION_3]])

    const requesting = dialled({ bearerCapabilities: 0 })
    place(requesting, 'outgoing')
    requesting.say(proper3.OCRP)
    hangUp(requesting)
    expect(addressed(requesting)).toEqual([['OCRQ', 0], ['CDN', PEER_SESSION_3]])

    const requested = dialled()
    requested.say(proper3.OCRQ)
    requested.wait(SECOND)
    hangUp(requested)
    expect(addressed(requested)).toEqual([['OCRP', PEER_SESSION_3], ['OCCN', PEER_SESSION_3], ['CDN', PEER_SESSION_3]])
  })

  test('R3931-5.4.4-05 R3931-5.4.4-04 a CDN before the reply names no session of the peer, and finds the call by the one it has of its own', () => {
    const peer = dialled()
    place(peer, 'incoming')
    const { assignedSessionId } = peer.last('ICRQ')
    hangUp(peer)
    expect(peer.last('CDN')).toMatchObject({ assignedSessionId, remoteSessionId: 0 })
    const other = dialled()
    other.say(proper3.ICRQ)
    other.say(proper3.CDN, { sessionId: 0 })
    expect(sessions(other)).toEqual([])
  })
})

describe('Circuit Status', () => {
  test('R3931-5.4.5-05 R3931-5.4.5-03 is in every request and reply, the circuit active and new', () => {
    const peer = dialled()
    place(peer, 'incoming')
    place(peer, 'outgoing')
    peer.say(proper3.ICRQ)
    peer.say({ ...proper3.OCRQ, assignedSessionId: PEER_SESSION_3 + 1 })
    for (const type of ['ICRQ', 'OCRQ', 'ICRP', 'OCRP'] as const) {
      expect([type, peer.last(type).circuitStatus]).toEqual([type, { active: true, new: true }])
    }
  })
})

describe('refusals', () => {
  test('R3931-5.4.4-16 a call of a pseudowire type that the peer has not listed is not requested', () => {
    const peer = new ScriptedPeer({}, 3)
    peer.answered({ pseudowireCapabilities: [1, 4, 5] })
    for (const call of ['incoming', 'outgoing'] as const) place(peer, call)
    expect(peer.types()).toEqual(['SCCRQ', 'SCCCN'])
    expect(peer.notices('log').map(({ what }) => what)).toEqual(['call-not-requested', 'call-not-requested'])
    expect(sessions(peer)).toEqual([])
    const listed = new ScriptedPeer({}, 3)
    listed.answered({ pseudowireCapabilities: [1, 7] })
    place(listed, 'incoming')
    expect(listed.types().at(-1)).toBe('ICRQ')
  })

  test.each(['ICRQ', 'OCRQ'] as const)('R3931-5.4.4-17 %s of a pseudowire type that we have not listed is refused with result 14', (type) => {
    const peer = new ScriptedPeer({ v3: { ...v3, pseudowireTypes: [7, 5] } }, 3)
    peer.answered()
    peer.say({ ...proper3[type], pseudowireType: 4 })
    expect(peer.last('CDN')).toMatchObject({ resultCode: { result: 14 }, remoteSessionId: PEER_SESSION_3 })
    peer.say({ ...proper3[type], pseudowireType: 5 })
    expect(peer.types().at(-1)).toBe(type === 'ICRQ' ? 'ICRP' : 'OCRP')
  })

  /** How a core gets to where the message is expected. */
  const before: Readonly<Record<string, (peer: ScriptedPeer<3>) => void>> = {
    ICRQ: () => undefined,
    OCRQ: () => undefined,
    ICRP: (peer) => {
      place(peer, 'incoming')
    },
    OCRP: (peer) => {
      place(peer, 'outgoing')
    },
    ICCN: (peer) => {
      peer.say(proper3.ICRQ)
    },
    OCCN: (peer) => {
      place(peer, 'outgoing')
      peer.say(proper3.OCRP)
    },
  }
  const carriers = Object.keys(before) as Exclude<CallType, 'CDN'>[]

  test.each(carriers)('R3931-5.4.4-23 sequencing that an %s wants without a sublayer ends the session with result 15', (type) => {
    for (const [dataSequencing, l2SpecificSublayer, result] of [[1, undefined, 15], [2, 0, 15], [2, 1, 0], [0, 0, 0]] as const) {
      const peer = dialled()
      before[type]?.(peer)
      peer.say({ ...proper3[type], dataSequencing, l2SpecificSublayer })
      const cdn = peer.heard.findLast((heard) => heard.type === 'CDN')?.message as Message<'CDN', 3> | undefined
      expect(cdn?.resultCode.result ?? 0).toBe(result)
      expect(sessions(peer)).toHaveLength(result === 0 ? 1 : 0)
    }
  })

  test('R3931-5.4.4-20 R3931-5.4.4-23 what a request said of sublayer and sequencing holds until the session is told otherwise', () => {
    const peer = dialled()
    peer.say({ ...proper3.ICRQ, dataSequencing: 2, l2SpecificSublayer: 1 })
    peer.say(proper3.ICCN)
    expect(sessions(peer).map(({ state, sends, sequenced }) => [state, sends.sublayer, sequenced])).toEqual([['established', true, true]])
  })

  test.each([[1, true], [2, true], [0, false]] as const)(
    'R3931-5.4.4-21 R3931-5.4.4-22 level %i: what cannot be told to be IP is numbered like everything else: %s',
    (dataSequencing, sequenced) => {
      const peer = dialled()
      peer.say({ ...proper3.ICRQ, dataSequencing, l2SpecificSublayer: 1 })
      peer.say(proper3.ICCN)
      expect(sessions(peer).map((session) => [session.state, session.sequenced])).toEqual([['established', sequenced]])
    },
  )

  test('R3931-5.4.2-04 a message out of its turn ends the call with result 16', () => {
    const peer = dialled()
    place(peer, 'incoming')
    peer.say(proper3.ICRP)
    peer.say(proper3.ICRP)
    expect(peer.last('CDN').resultCode.result).toBe(16)
  })

  test('R3931-6.12-01 who receives a CDN cleans up, and says nothing but the acknowledgement', () => {
    const peer = dialled()
    peer.say(proper3.ICRQ)
    peer.say(proper3.ICCN)
    const heard = peer.heard.length
    peer.say(proper3.CDN)
    peer.wait(10 * SECOND)
    expect(peer.heard.slice(heard).map(({ type }) => type)).toEqual(['ACK'])
    expect(sessions(peer)).toEqual([])
    expect(peer.notices('session').at(-1)).toMatchObject({ event: 'closed', why: 'cdn-received' })
  })
})

describe('an outgoing call at the LAC', () => {
  const settings: Settings = { answerDelay: 3 * SECOND }

  test('R3931-7.4-01 R3931-3.4.2-01 the request is answered at once, and OCCN follows when the far end answers', () => {
    const peer = dialled(settings)
    peer.say(proper3.OCRQ)
    const begun = peer.now
    peer.wait(10 * SECOND)
    const said = peer.heard.filter(({ type }) => type === 'OCRP' || type === 'OCCN')
    expect(said.map(({ type, at }) => [type, (at - begun) / SECOND])).toEqual([['OCRP', 0], ['OCCN', 3]])
  })

  test('R3931-7.4.2-11 a CDN releases the call: the far end is not waited for any more', () => {
    const peer = dialled(settings)
    peer.say(proper3.OCRQ)
    peer.wait(SECOND)
    peer.say(proper3.CDN)
    const heard = peer.heard.length
    peer.wait(10 * SECOND)
    expect(peer.types(heard)).toEqual([])
    expect(sessions(peer)).toEqual([])
  })

  test('R3931-7.4.2-11 a circuit that goes down ends the call by CDN', () => {
    const peer = dialled({ answerDelay: 50 * MILLISECOND })
    peer.say(proper3.OCRQ)
    peer.wait(SECOND)
    expect(sessions(peer).map(({ state }) => state)).toEqual(['established'])
    hangUp(peer)
    expect(peer.types().at(-1)).toBe('CDN')
    expect(sessions(peer)).toEqual([])
  })
})

describe('cookies', () => {
  /** What a core asks for in so many calls. */
  function cookies(cookieOctets: number, seed = 0): string[] {
    const settings: Settings = { version: 3, v3: { ...v3, cookieOctets } }
    const pair = new Pair(settings, settings, seed)
    pair.open()
    for (let i = 0; i < 40; i++) pair.call('A')
    // Each end sends what the other has asked for.
    const [own, peers] = [pair.tunnels('A')[0], pair.tunnels('R')[0]]
    const of = [...(own?.sessions.values() ?? [])]
    expect(of).toHaveLength(40)
    for (const { peerSessionId, receives, sends } of of) {
      const other = peers?.sessions.get(peerSessionId)
      expect([toHex(receives.cookie), toHex(sends.cookie)]).toEqual([toHex(other?.sends.cookie ?? HIGHEST), toHex(other?.receives.cookie ?? HIGHEST)])
    }
    return of.flatMap(({ receives, sends }) => [toHex(receives.cookie), toHex(sends.cookie)])
  }

  test.each([4, 8])('R3931-8.2-02 R3931-5.4.4-06 of %i octets are drawn at random for each session and direction', (octets) => {
    const [once, again, otherwise] = [cookies(octets), cookies(octets), cookies(octets, 1000)]
    expect(new Set(once).size).toBe(80)
    expect(new Set(once.map((cookie) => cookie.length))).toEqual(new Set([2 * octets]))
    // Only chance decides, no counter, clock or Session ID: the same chance gives the same, another none of them.
    expect(again).toEqual(once)
    expect(otherwise.filter((cookie) => once.includes(cookie))).toEqual([])
    const ones = once.join('').split('').reduce((sum, digit) => sum + Number.parseInt(digit, 16).toString(2).split('1').length - 1, 0)
    expect(ones / (80 * 8 * octets)).toBeGreaterThan(0.45)
    expect(ones / (80 * 8 * octets)).toBeLessThan(0.55)
  })

  test('R3931-5.4.4-06 R3931-4.1-04 none are asked for by default, and what is asked for is 0, 4 or 8 octets', () => {
    expect(new Set(cookies(0))).toEqual(new Set(['']))
  })
})

describe('two requests for one circuit', () => {
  test.each([
    ['incoming', 'ICRQ'],
    ['outgoing', 'OCRQ'],
  ] as const)('R3931-5.4.4-13 R3931-5.4.4-11 equal tie breakers of two %s calls: the peer’s request is refused, ours is made anew with another value', (call, request) => {
    const peer = dialled(tieBreaking)
    place(peer, call, 'c1')
    const first = peer.last(request)
    const heard = peer.heard.length
    peer.say({ ...proper3[request], remoteEndId: utf8('c1'), tieBreaker: first.tieBreaker })
    expect(peer.types(heard)).toEqual([request, 'CDN'])
    const second = peer.last(request)
    expect(second.remoteEndId).toEqual(first.remoteEndId)
    expect(second.assignedSessionId).not.toBe(first.assignedSessionId)
    expect(second.tieBreaker).not.toEqual(first.tieBreaker)
    expect(second.tieBreaker).toHaveLength(8)
    expect(peer.last('CDN')).toMatchObject({ resultCode: { result: 13 }, remoteSessionId: PEER_SESSION_3 })
    expect(sessions(peer).map(({ localSessionId }) => localSessionId)).toEqual([second.assignedSessionId])
  })

  test.each([
    ['incoming', 'ICRQ', 'ICRP'],
    ['outgoing', 'OCRQ', 'OCRP'],
  ] as const)('R3931-7.3.1-07 R3931-7.4.1-07 a lower tie breaker of the peer: our %s call is gone, and its %s goes on', (call, request, reply) => {
    const peer = dialled({ ...tieBreaking, answerDelay: MINUTE })
    place(peer, call, 'c1')
    const own = peer.last(request).assignedSessionId
    const heard = peer.heard.length
    peer.say({ ...proper3[request], remoteEndId: utf8('c1'), tieBreaker: new Uint8Array(8) })
    expect(peer.types(heard)).toEqual([reply])
    expect(peer.notices('session').filter(({ event }) => event === 'closed').map(({ session, why }) => [session, why])).toEqual([[own, 'tie-lost']])
    expect(sessions(peer).map(({ localSessionId }) => localSessionId)).toEqual([peer.last(reply).assignedSessionId])
  })

  /** The core asks the peer for a circuit; then so does an LCCE behind another connection. */
  function overTwoConnections(routerId: number, hostName: string, remoteEndId: string): ScriptedPeer<3> {
    const peer = dialled(tieBreaking)
    place(peer, 'incoming', 'c1')
    const from = address('10.9.9.10', 1701)
    peer.anew()
    peer.acknowledges = false
    peer.say({ ...proper3.SCCRQ, routerId, hostName, assignedTunnelId: PEER_TUNNEL_3 + 1 }, { from })
    peer.say(proper3.SCCCN, { from, nr: 1 })
    peer.say({ ...proper3.ICRQ, remoteEndId: utf8(remoteEndId), tieBreaker: HIGHEST }, { from, nr: 1 })
    return peer
  }
  const { routerId, hostName } = proper3.SCCRP

  test('R3931-5.4.4-10 R3931-5.4.4-09 it is the circuit of an LCCE: another connection to the same Router ID makes no difference', () => {
    const peer = overTwoConnections(routerId, hostName, 'c1')
    expect(peer.last('CDN').resultCode.result).toBe(13)
    expect(sessions(peer)).toHaveLength(1)
  })

  test.each([
    ['Router ID', routerId + 1, hostName, 'c1'],
    ['Host Name', routerId, 'other', 'c1'],
    ['Remote End ID', routerId, hostName, 'c2'],
  ] as const)('R3931-5.4.4-10 another %s, another circuit: no tie', (_, id, name, circuit) => {
    const peer = overTwoConnections(id, name, circuit)
    expect(peer.types().at(-1)).toBe('ICRP')
    expect(sessions(peer)).toHaveLength(2)
  })
})
