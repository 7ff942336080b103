// Calls (RFC 2661 5.2, 5.6, 7.4, 7.5) between two real cores, and with a scripted peer where something has to be wrong: incoming
// and outgoing ones from request to CDN, every refusal, and CDNs that find their call without a Session ID in the header.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../../sim/base/time.ts'
import { callEnds, headerOf, logs, messageOf, messagesOf, noticesOf, verdicts } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { Pair, type Settings, type Side } from '../support/pair.ts'
import { PEER_SESSION, proper, ScriptedPeer } from '../support/scripted-peer.ts'

const plain: Settings = { failover: { enabled: false } }

function opened(a: Settings = {}, r: Settings = {}): Pair {
  const pair = new Pair({ ...plain, ...a }, { ...plain, ...r })
  pair.open()
  return pair
}

const place = (pair: Pair, side: Side, call: 'incoming' | 'outgoing', sequenced = false): void => {
  pair.command(side, { name: 'place-call', tunnel: 1, call, sequenced })
}
const hangUp = (pair: Pair, side: Side, session = 1): void => {
  pair.command(side, { name: 'hang-up', tunnel: 1, session })
}

/** What was said after the tunnel was up. */
const dialogue = (pair: Pair): readonly string[] => transcriptOf(pair).slice(4)
const bodies = (pair: Pair): readonly string[] => transcriptOf(pair, { bodies: true }).slice(3)
const both = (pair: Pair): string[] => [...pair.sessions('A'), ...pair.sessions('R')]

describe('incoming calls', () => {
  test('R2661-5.2.1-01 R2661-7.4-03 R2661-5.6-01 R2661-6.12-01 request, reply, connected; then the LAC hangs up', () => {
    const pair = opened()
    place(pair, 'A', 'incoming')
    pair.pass(SECOND)
    expect(both(pair)).toEqual(['1/1 established synchronised', '1/1 established synchronised'])
    hangUp(pair, 'A')
    pair.pass(SECOND)
    expect(dialogue(pair)).toEqual([
      'A>R ICRQ [y 2/1] {14=a}',
      'R>A ICRP [x a 1/3] {14=b}',
      'A>R ICCN [y b 3/2]',
      'R>A ZLB [x 2/4]',
      'A>R CDN [y b 4/2] {14=a,1=3}',
      'R>A ZLB [x 2/5]',
    ])
    expect([callEnds(pair, 'A'), callEnds(pair, 'R')]).toEqual([['2s cdn-sent'], ['2.01s cdn-received']])
    expect(both(pair)).toEqual([])
  })

  test('R2661-7.4.2-09 R2661-5.6-01 the LNS hangs up', () => {
    const pair = opened()
    pair.call()
    hangUp(pair, 'R')
    pair.pass(SECOND)
    expect(dialogue(pair).slice(4)).toEqual(['R>A CDN [x a 2/4] {14=b,1=3}', 'A>R ZLB [y 4/3]'])
    expect(both(pair)).toEqual([])
  })

  test('R2661-5.6-01 both hang up at once', () => {
    const pair = opened()
    pair.call()
    hangUp(pair, 'A')
    hangUp(pair, 'R')
    pair.pass(SECOND)
    expect(bodies(pair).slice(3)).toEqual(['A>R CDN [y b 4/2] {14=a,1=3}', 'R>A CDN [x a 2/4] {14=b,1=3}'])
    expect([both(pair), callEnds(pair, 'A').length, callEnds(pair, 'R').length]).toEqual([[], 1, 1])
  })

  test('R2661-4.4.4-03 R2661-4.4.4-04 R2661-3.1-13 header Session IDs are those of the receiver, 0 until they are known', () => {
    const pair = opened({ sessionIds: 'random' }, { sessionIds: 'random' })
    pair.call()
    const [a] = pair.tunnels('A')[0]?.sessions.values() ?? []
    expect(a?.localSessionId).not.toBe(a?.peerSessionId)
    const ids = pair.said.filter(({ type }) => /^IC/.test(type)).map((said) => headerOf(said).sessionId)
    expect(ids).toEqual([0, a?.localSessionId, a?.peerSessionId])
  })

  test('R2661-7.4-01 R2661-4.4.4-06 R2661-6.6-01 an ICRQ tells the bearer and a serial number that grows', () => {
    const pair = opened({ bearerCapabilities: 2 })
    for (let i = 0; i < 3; i++) place(pair, 'A', 'incoming')
    pair.pass(SECOND)
    expect(messagesOf(pair, 'ICRQ').map(({ callSerialNumber, bearerType }) => [callSerialNumber, bearerType])).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
    ])
  })

  test.each([
    [1, 3, 1],
    [3, 1, 1],
    [2, 3, 2],
    [3, 2, 2],
    [3, 3, 1],
  ])('R2661-4.4.3-03 R2661-6.8-01 framing %s here and %s there: the call is framed %s', (own, peer, framingType) => {
    const pair = opened({ framingCapabilities: own }, { framingCapabilities: peer })
    pair.call()
    expect(messageOf(pair, 'ICCN').framingType).toBe(framingType)
    expect(both(pair)).toHaveLength(2)
  })

  test('R2661-4.4.3-03 no framing in common: the call is never requested', () => {
    const pair = opened({ framingCapabilities: 1 }, { framingCapabilities: 2 })
    pair.call()
    expect([dialogue(pair), both(pair)]).toEqual([[], []])
    expect(callEnds(pair, 'A')).toEqual(['1s forbidden'])
    expect(logs(pair, 'A')).toEqual(['call-not-requested: the peer has not advertised what the call needs'])
  })

  test('R2661-4.4.4-19 the LAC may require sequence numbers, and both ends know', () => {
    const pair = opened()
    place(pair, 'A', 'incoming', true)
    pair.pass(SECOND)
    expect(dialogue(pair)[2]).toBe('A>R ICCN [y b 3/2] {39}')
    const sequenced = (side: Side): boolean[] => noticesOf(pair, side, 'session').map(({ notice }) => notice.sequenced)
    expect([sequenced('A').at(-1), sequenced('R').at(-1)]).toEqual([true, true])
  })

  test('R2661-7.4.1-03 a call that ends before its tunnel is open is never requested', () => {
    const pair = new Pair(plain, plain)
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
    place(pair, 'A', 'incoming')
    place(pair, 'A', 'incoming')
    hangUp(pair, 'A', 1)
    pair.pass(SECOND)
    expect(bodies(pair)).toEqual(['A>R ICRQ [y 2/1] {14=a2}', 'R>A ICRP [x a2 1/3] {14=b}', 'A>R ICCN [y b 3/2]'])
  })
})

describe('outgoing calls', () => {
  test('R2661-5.2.2-01 R2661-7.5-01 R2661-7.5.1-13 request, reply, then connected when the far end answers', () => {
    const pair = opened({}, { answerDelay: 300 * MILLISECOND })
    place(pair, 'A', 'outgoing')
    pair.pass(SECOND)
    expect(both(pair)).toEqual(['1/1 established synchronised', '1/1 established synchronised'])
    hangUp(pair, 'R')
    pair.pass(SECOND)
    expect(transcriptOf(pair, { since: SECOND }).slice(4)).toEqual([
      '0s A>R OCRQ [y 2/1] {14=a}',
      '10ms R>A OCRP [x a 1/3] {14=b}',
      '20ms A>R ZLB [y 3/2]',
      '310ms R>A OCCN [x a 2/3]',
      '320ms A>R ZLB [y 3/3]',
      '1s R>A CDN [x a 3/3] {14=b,1=3}',
      '1.01s A>R ZLB [y 3/4]',
    ])
  })

  test('R2661-7.5.1-05 R2661-7.5.2-07 each side calls it established: the LAC with its OCCN, the LNS when that arrives', () => {
    const pair = opened({}, { answerDelay: 300 * MILLISECOND })
    const begun = pair.now
    place(pair, 'A', 'outgoing')
    pair.pass(SECOND)
    const established = pair.told.flatMap(({ side, at, notice }) =>
      notice.kind === 'session' && notice.event === 'established' ? [[side, (at - begun) / MILLISECOND]] : [],
    )
    expect(established).toEqual([['R', 310], ['A', 320]])
  })

  test('R2661-7.5.1-12 R2661-7.5.2-11 the LNS hangs up', () => {
    const pair = opened()
    place(pair, 'A', 'outgoing')
    pair.pass(SECOND)
    hangUp(pair, 'A')
    pair.pass(SECOND)
    expect(bodies(pair).at(-1)).toBe('A>R CDN [y b 3/3] {14=a,1=3}')
    expect(both(pair)).toEqual([])
  })

  test('R2661-7.5.1-11 R2661-4.4.2-04 nobody answers in the time the LAC allows: CDN with result 10', () => {
    const pair = opened({}, { answerDelay: 90 * SECOND, answerTimeout: 20 * SECOND })
    place(pair, 'A', 'outgoing')
    pair.pass(60 * SECOND)
    expect(transcriptOf(pair, { since: SECOND, bodies: true }).slice(3)).toEqual([
      '0s A>R OCRQ [y 2/1] {14=a}',
      '10ms R>A OCRP [x a 1/3] {14=b}',
      '20.01s R>A CDN [x a 2/3] {14=b,1=10}',
    ])
    expect(both(pair)).toEqual([])
  })

  test('R2661-AMB-07 the LAC hangs up while the far end still rings', () => {
    const pair = opened({}, { answerDelay: 30 * SECOND })
    place(pair, 'A', 'outgoing')
    pair.pass(SECOND)
    hangUp(pair, 'R')
    pair.pass(60 * SECOND)
    expect(bodies(pair).at(-1)).toBe('R>A CDN [x a 2/3] {14=b,1=3}')
    expect(both(pair)).toEqual([])
  })

  test('R2661-5.6-01 the LNS gives up while the far end still rings: no OCCN follows', () => {
    const pair = opened({}, { answerDelay: 30 * SECOND })
    place(pair, 'A', 'outgoing')
    pair.pass(SECOND)
    hangUp(pair, 'A')
    pair.pass(60 * SECOND)
    expect(bodies(pair).map((line) => line.slice(4, 8))).toEqual(['OCRQ', 'OCRP', 'CDN '])
  })

  test('several calls ring at a time, each for as long as it does', () => {
    const pair = opened({}, { answerDelay: 200 * MILLISECOND })
    for (const at of [0, 50, 100]) {
      place(pair, 'A', 'outgoing')
      pair.pass(at === 100 ? SECOND : 50 * MILLISECOND)
    }
    const connected = pair.said.filter(({ type }) => type === 'OCCN').map(({ at }) => (at - SECOND) / MILLISECOND)
    expect(connected).toEqual([210, 260, 310])
  })

  test('R2661-6.9-01 R2661-4.4.3-06 a peer without Bearer Capabilities is no LAC: no OCRQ is sent', () => {
    const pair = opened({}, { bearerCapabilities: 0 })
    place(pair, 'A', 'outgoing')
    pair.pass(SECOND)
    expect([dialogue(pair), both(pair), callEnds(pair, 'A')]).toEqual([[], [], ['1s forbidden']])
  })

  test('R2661-6.9-01 also when the call waited for the tunnel', () => {
    const pair = new Pair(plain, { ...plain, bearerCapabilities: 0 })
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
    place(pair, 'A', 'outgoing')
    pair.pass(SECOND)
    expect([bodies(pair), callEnds(pair, 'A')]).toEqual([[], ['20ms forbidden']])
  })

  test.each([
    [1, 1],
    [2, 2],
    [3, 1],
  ])('R2661-4.4.3-05 R2661-4.4.4-09 R2661-4.4.4-12 with bearers %s the OCRQ asks for %s', (bearerCapabilities, bearerType) => {
    const pair = opened({}, { bearerCapabilities, framingCapabilities: 2 })
    place(pair, 'A', 'outgoing')
    pair.pass(SECOND)
    expect(messageOf(pair, 'OCRQ')).toMatchObject({ bearerType, framingType: 2 })
    expect(messageOf(pair, 'OCCN').framingType).toBe(2)
  })
})

describe('refusals', () => {
  test('R2661-7.4-02 R2661-4.4.2-04 R2661-5.3-02 no room for another session: CDN with result 4, and the ones there stay', () => {
    const pair = opened({}, { maxSessionsPerTunnel: 1 })
    pair.call()
    place(pair, 'A', 'incoming')
    pair.pass(SECOND)
    expect(bodies(pair).slice(3)).toEqual(['A>R ICRQ [y 4/2] {14=a2}', 'R>A CDN [x a2 2/5] {14=#2,1=4}'])
    expect(both(pair)).toEqual(['1/1 established synchronised', '1/1 established synchronised'])
    expect(callEnds(pair, 'A')).toEqual(['2.02s cdn-received'])
  })

  test('R2661-7.5-01 the same for an outgoing call', () => {
    const pair = opened({}, { maxSessionsPerTunnel: 1 })
    pair.call()
    place(pair, 'A', 'outgoing')
    pair.pass(SECOND)
    expect(bodies(pair).slice(3)).toEqual(['A>R OCRQ [y 4/2] {14=a2}', 'R>A CDN [x a2 2/5] {14=#2,1=4}'])
  })

  test('a call beyond the own limit is not placed, and that is logged', () => {
    const pair = opened({ maxSessionsPerTunnel: 1 })
    pair.call()
    place(pair, 'A', 'incoming')
    pair.pass(SECOND)
    expect(logs(pair, 'A')).toEqual(['no-room: the session table is full'])
    expect(bodies(pair)).toHaveLength(3)
  })

  test.each([
    ['a bearer', { bearerCapabilities: 2 }, { bearerType: 1 }],
    ['one of two bearers', { bearerCapabilities: 1 }, { bearerType: 3 }],
    ['a framing', { framingCapabilities: 2 }, { framingType: 1 }],
    ['one of two framings', { framingCapabilities: 1 }, { framingType: 3 }],
  ])('R2661-4.4.3-03 R2661-4.4.3-05 R2661-7.5.1-02 an OCRQ for %s that we have not advertised', (_, settings, overrides) => {
    const peer = new ScriptedPeer({ ...plain, ...settings })
    peer.answered()
    peer.say({ ...proper.OCRQ, ...overrides })
    expect(peer.types()).toEqual(['SCCRQ', 'SCCCN', 'CDN'])
    expect(peer.last('CDN').resultCode).toMatchObject({ result: 5 })
    expect(peer.heard.at(-1)).toMatchObject({ sessionId: PEER_SESSION })
  })

  test('R2661-4.4.3-03 R2661-7.4.2-06 an ICCN with a framing that we have not advertised', () => {
    const peer = new ScriptedPeer({ ...plain, framingCapabilities: 2 })
    peer.answered()
    peer.say(proper.ICRQ)
    peer.say({ ...proper.ICCN, framingType: 1 })
    expect(peer.last('CDN').resultCode).toMatchObject({ result: 5 })
    expect(peer.core.tunnel(1)?.sessions.size).toBe(0)
  })

  test.each(['ICRQ', 'OCRQ'] as const)('R2661-4.4.4-02 R2661-4.4.2-05 an %s with the Session ID of another call', (type) => {
    const peer = new ScriptedPeer(plain)
    peer.answered()
    peer.say(proper.ICRQ)
    peer.say(proper.ICCN)
    peer.say(proper[type])
    expect(peer.last('CDN').resultCode).toMatchObject({ result: 2, error: 5 })
    expect([...(peer.core.tunnel(1)?.sessions.values() ?? [])].map(({ state }) => state)).toEqual(['established'])
    // The ID still stands for the call that had it.
    peer.say(proper.CDN, { sessionId: 0 })
    expect(peer.core.tunnel(1)?.sessions.size).toBe(0)
  })

  test('R2661-7.4.1-06 R2661-7.5.2-05 a reply that names the Session ID of another call', () => {
    for (const [call, reply] of [
      ['incoming', 'ICRP'],
      ['outgoing', 'OCRP'],
    ] as const) {
      const peer = new ScriptedPeer(plain)
      peer.answered()
      peer.say(proper.ICRQ)
      peer.say(proper.ICCN)
      peer.command({ name: 'place-call', tunnel: 1, call, sequenced: false })
      peer.say(proper[reply])
      expect(peer.last('CDN').resultCode).toMatchObject({ result: 2, error: 5 })
      expect(peer.core.tunnel(1)?.sessions.size).toBe(1)
    }
  })

  test('R2661-4.4.2-07 a message out of sequence is named in the CDN', () => {
    const peer = new ScriptedPeer(plain)
    peer.answered()
    peer.say(proper.ICRQ)
    peer.say(proper.ICCN)
    peer.say(proper.ICCN)
    expect(peer.last('CDN').resultCode).toEqual({ result: 2, error: 6, message: 'ICCN out of sequence' })
  })

  test.each([
    ['ICRP', 'an incoming call is answered with a reply to it'],
    ['OCCN', 'an incoming call is connected as if it were an outgoing one'],
    ['OCRQ', 'an outgoing call is requested for a session that is an incoming one'],
  ] as const)('R2661-5.2-01 R2661-7.1-02 %s for a call of the other kind: %s', (type, _how) => {
    const peer = new ScriptedPeer(plain)
    peer.answered()
    peer.say(proper.ICRQ)
    peer.say(proper[type], { sessionId: peer.sessionId })
    expect(peer.types().at(-1)).toBe('CDN')
    expect(peer.core.tunnel(1)?.sessions.size).toBe(0)
  })
})

describe('CDN without the Session ID of the receiver', () => {
  test('R2661-4.4.4-05 R2661-7.4.1-09 the LAC withdraws a call before the ICRP has come', () => {
    const pair = opened()
    place(pair, 'A', 'incoming')
    pair.pass(15 * MILLISECOND)
    hangUp(pair, 'A')
    pair.pass(SECOND)
    expect(dialogue(pair)).toEqual([
      'A>R ICRQ [y 2/1] {14=a}',
      'R>A ICRP [x a 1/3] {14=b}',
      'A>R CDN [y 3/1] {14=a,1=3}',
      // The ICRP meets no call: it is acknowledged, and that is all.
      'A>R ZLB [y 4/2]',
      'R>A ZLB [x 2/4]',
    ])
    expect([both(pair), callEnds(pair, 'R')]).toEqual([[], ['1.025s cdn-received']])
  })

  test('R2661-4.4.4-05 R2661-5.8-07 the ICRQ is lost, the CDN arrives first: held back, then both are delivered', () => {
    const pair = opened()
    let lost = 0
    pair.fate = ({ type }) => (type === 'ICRQ' && lost++ === 0 ? 'drop' : 'deliver')
    place(pair, 'A', 'incoming')
    hangUp(pair, 'A')
    pair.pass(5 * SECOND)
    expect(verdicts(pair, 'R').slice(-4)).toEqual(['CDN held', 'ICRQ accepted', 'CDN accepted', 'ZLB acknowledged'])
    expect(both(pair)).toEqual([])
  })

  test('R2661-4.4.4-05 the LNS withdraws an outgoing call before the OCRP has come', () => {
    const pair = opened()
    place(pair, 'A', 'outgoing')
    pair.pass(15 * MILLISECOND)
    hangUp(pair, 'A')
    pair.pass(SECOND)
    expect(bodies(pair)).toEqual(['A>R OCRQ [y 2/1] {14=a}', 'R>A OCRP [x a 1/3] {14=b}', 'A>R CDN [y 3/1] {14=a,1=3}'])
    expect(both(pair)).toEqual([])
  })

  test('R2661-3.1-13 the Session ID of the header decides, where there is one', () => {
    const peer = new ScriptedPeer(plain)
    peer.answered()
    for (const assignedSessionId of [601, 602]) peer.say({ ...proper.ICRQ, assignedSessionId })
    peer.say({ ...proper.CDN, assignedSessionId: 602 }, { sessionId: 1 })
    expect([...(peer.core.tunnel(1)?.sessions.values() ?? [])].map(({ peerSessionId }) => peerSessionId)).toEqual([602])
  })

  test('a CDN that names nothing is acknowledged and ends nothing', () => {
    const peer = new ScriptedPeer(plain)
    peer.answered()
    peer.say(proper.ICRQ)
    for (const sessionId of [0, 999]) peer.say({ ...proper.CDN, assignedSessionId: 998 }, { sessionId })
    expect(peer.core.tunnel(1)?.sessions.size).toBe(1)
    expect(peer.types()).toEqual(['SCCRQ', 'SCCCN', 'ICRP'])
    expect(peer.heard.at(-1)).toMatchObject({ type: 'ZLB', nr: 4 })
  })
})

describe('messages for calls that are not there', () => {
  const types = ['ICRP', 'ICCN', 'OCRP', 'OCCN', 'CDN', 'WEN', 'SLI'] as const
  test.each(types)('R2661-7.4.1-02 R2661-7.5.2-02 %s: acknowledged, no answer', (type) => {
    const peer = new ScriptedPeer(plain)
    peer.answered()
    peer.say(proper[type], { sessionId: 999 })
    expect(peer.transcript().slice(2)).toEqual(['ZLB [77 2/2]'])
  })

  test('R2661-7.4.2-03 an ICRP at an LNS that is never a LAC is answered by CDN', () => {
    const peer = new ScriptedPeer({ ...plain, bearerCapabilities: 0 })
    peer.answered()
    peer.say(proper.ICRP, { sessionId: 999 })
    expect(peer.transcript().at(-1)).toBe(`CDN [77 ${String(PEER_SESSION)} 2/2] {14=999,1=2/6}`)
  })

  test('R2661-7.5.1-03 R2661-5.3-02 an OCRP from an LNS that is never a LAC is answered by CDN, which never assigns 0', () => {
    const peer = new ScriptedPeer(plain)
    peer.answered({ bearerCapabilities: 0 })
    peer.say(proper.OCRP, { sessionId: 0 })
    expect(peer.transcript().at(-1)).toBe(`CDN [77 ${String(PEER_SESSION)} 2/2] {14=1,1=2/6}`)
  })

  test('R2661-6.14-01 an SLI or WEN for a call that is there changes nothing', () => {
    const peer = new ScriptedPeer(plain)
    peer.answered()
    peer.command({ name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    peer.say(proper.ICRP)
    peer.say({ type: 'SLI', accm: { send: 1, receive: 2 } })
    expect([...(peer.core.tunnel(1)?.sessions.values() ?? [])].map(({ state }) => state)).toEqual(['established'])
    expect(peer.types()).toEqual(['SCCRQ', 'SCCCN', 'ICRQ', 'ICCN'])
  })
})
