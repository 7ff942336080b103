// The end of a tunnel (RFC 2661 5.7, 5.8, 7.6): StopCCN and the time that state is kept after it, lost and crossing ones, those
// that come with header Tunnel ID 0 or for a tunnel that is not there, and tunnels that end because nobody answers.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND, type Nanos } from '../../sim/base/time.ts'
import { callEnds, messagesOf, noticesOf, tunnelEnds, verdicts } from '../support/pair-notices.ts'
import { transcriptOf } from '../support/pair-transcript.ts'
import { Pair, type Settings, type Side } from '../support/pair.ts'
import { PEER_TUNNEL, proper, ScriptedPeer } from '../support/scripted-peer.ts'

const plain: Settings = { failover: { enabled: false } }

function opened(a: Settings = {}, r: Settings = {}): Pair {
  const pair = new Pair({ ...plain, ...a }, { ...plain, ...r })
  pair.open()
  return pair
}

const close = (pair: Pair, side: Side): void => {
  pair.command(side, { name: 'close-tunnel', tunnel: 1 })
}

const known = (pair: Pair, side: Side): number => [...pair.core(side).tunnels()].length
/** When a side forgot its tunnel, counted from `since`. */
function forgotten(pair: Pair, side: Side, since: Nanos): string {
  while (known(pair, side) > 0 && pair.now < since + 300 * SECOND) pair.pass(10 * MILLISECOND)
  return `${String(Math.round((pair.now - since) / (10 * MILLISECOND)) / 100)}s`
}

describe('StopCCN', () => {
  test('R2661-5.7-01 R2661-5.7-03 R2661-6.4-01 R2661-6.4-02 R2661-7.2.1-22 a StopCCN ends tunnel and calls, no CDN is sent', () => {
    const pair = opened()
    pair.call()
    pair.call()
    const at = pair.now
    close(pair, 'A')
    pair.pass(SECOND)
    expect(transcriptOf(pair, { from: at })).toEqual(['A>R StopCCN [y 6/3] {9=x,1=1}', 'R>A ZLB [x 3/7]'])
    expect([tunnelEnds(pair, 'A'), tunnelEnds(pair, 'R')]).toEqual([['3s stopccn-sent'], ['3.01s stopccn-received']])
    expect(callEnds(pair, 'A')).toEqual(['3s tunnel-closed', '3s tunnel-closed'])
    expect(callEnds(pair, 'R')).toEqual(['3.01s tunnel-closed', '3.01s tunnel-closed'])
  })

  test('R2661-5.7-02 R2661-5.8-15 R2661-7.6-01 R2661-7.6-02 both keep their state for 31 s after the last exchange', () => {
    const pair = opened()
    const at = pair.now
    close(pair, 'A')
    expect(forgotten(pair, 'R', at)).toBe('31.01s')
    expect(forgotten(pair, 'A', at)).toBe('31.02s')
  })

  test('R2661-5.7-02 R2661-7.1-07 the ZLB is lost: each retransmission is acknowledged again', () => {
    const pair = opened()
    let heard = 0
    pair.fate = ({ from, type }) => (from === 'R' && type === 'ZLB' && heard++ < 3 ? 'drop' : 'deliver')
    const at = pair.now
    close(pair, 'A')
    pair.pass(60 * SECOND)
    expect(transcriptOf(pair, { from: at, since: at })).toEqual([
      '0s A>R StopCCN [y 2/1] {9=x,1=1}',
      '10ms R>A ZLB [x 1/3] !lost',
      '1s A>R StopCCN [y 2/1] {9=x,1=1} !again',
      '1.01s R>A ZLB [x 1/3] !lost',
      '3s A>R StopCCN [y 2/1] {9=x,1=1} !again',
      '3.01s R>A ZLB [x 1/3] !lost',
      '7s A>R StopCCN [y 2/1] {9=x,1=1} !again',
      '7.01s R>A ZLB [x 1/3]',
    ])
    expect(verdicts(pair, 'R').slice(-4)).toEqual(['StopCCN accepted', ...Array<string>(3).fill('StopCCN lingering')])
    expect(tunnelEnds(pair, 'R')).toHaveLength(1)
  })

  test('R2661-5.8-15 the full interval of the sender begins when its StopCCN is acknowledged at last', () => {
    const pair = opened()
    pair.fate = ({ from, at }) => (from === 'R' && at < 8 * SECOND ? 'drop' : 'deliver')
    const at = pair.now
    close(pair, 'A')
    // Acknowledged at 7.02 s.
    expect(forgotten(pair, 'A', at)).toBe('38.02s')
  })

  test('R2661-5.8-15 R2661-7.6-01 a StopCCN that is never acknowledged is retransmitted to its limit', () => {
    const pair = opened()
    pair.fate = ({ from }) => (from === 'R' ? 'drop' : 'deliver')
    const at = pair.now
    close(pair, 'A')
    expect(forgotten(pair, 'A', at)).toBe('31s')
    const stops = pair.said.filter(({ type }) => type === 'StopCCN')
    expect(stops.map((said) => (said.at - at) / SECOND)).toEqual([0, 1, 3, 7, 15, 23])
  })

  test('R2661-5.8-15 a limit beyond the linger time is waited for', () => {
    const pair = opened({ retransmit: { initial: SECOND, cap: 8 * SECOND, count: 8 }, linger: 5 * SECOND })
    pair.fate = ({ from }) => (from === 'R' ? 'drop' : 'deliver')
    const at = pair.now
    close(pair, 'A')
    expect(forgotten(pair, 'A', at)).toBe('55s')
    expect(pair.said.filter(({ type }) => type === 'StopCCN')).toHaveLength(9)
  })

  test('R2661-5.7-02 who received it acknowledges for the full time, though its own last message is given up before', () => {
    const pair = opened({}, { retransmit: { initial: SECOND, cap: 8 * SECOND, count: 0 } })
    pair.fate = ({ from, at }) => (from === 'R' && at < 20 * SECOND ? 'drop' : 'deliver')
    const at = pair.now
    pair.command('R', { name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    close(pair, 'A')
    // R gives its ICRQ up after 1 s, but still answers the StopCCN that A sends again after 23 s.
    pair.pass(30 * SECOND)
    expect(verdicts(pair, 'R').at(-1)).toBe('StopCCN lingering')
    expect(verdicts(pair, 'A').at(-1)).toBe('ZLB lingering')
    expect(forgotten(pair, 'R', at)).toBe('31.01s')
  })

  test('R2661-5.7-01 both close at once', () => {
    const pair = opened()
    const at = pair.now
    close(pair, 'A')
    close(pair, 'R')
    pair.pass(SECOND)
    const said = transcriptOf(pair, { from: at }).map((line) => line.split(' [')[0])
    expect(said).toEqual(['A>R StopCCN', 'R>A StopCCN', 'R>A ZLB', 'A>R ZLB'])
    expect([tunnelEnds(pair, 'A'), tunnelEnds(pair, 'R')]).toEqual([['1s stopccn-sent'], ['1s stopccn-sent']])
    pair.pass(32 * SECOND)
    expect([known(pair, 'A'), known(pair, 'R')]).toEqual([0, 0])
  })

  test('R2661-5.8-15 what waits in the queue is dropped, and the StopCCN leaves after what is on its way', () => {
    const pair = opened()
    const at = pair.now
    for (let i = 0; i < 10; i++) pair.command('A', { name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    close(pair, 'A')
    pair.pass(SECOND)
    const said = transcriptOf(pair, { from: at, bodies: true }).filter((line) => line.startsWith('A>R'))
    expect(said.map((line) => line.slice(4, 8))).toEqual(['ICRQ', 'ICRQ', 'ICRQ', 'Stop'])
    expect(tunnelEnds(pair, 'R')).toHaveLength(1)
  })

  test('R2661-5.7-03 who received it sends nothing of what waited for the window', () => {
    const pair = opened({ receiveWindow: 1 })
    for (let i = 0; i < 5; i++) pair.command('R', { name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    close(pair, 'A')
    pair.pass(60 * SECOND)
    expect(pair.said.filter(({ from, type }) => from === 'R' && type === 'ICRQ')).toHaveLength(1)
    expect([known(pair, 'A'), known(pair, 'R')]).toEqual([0, 0])
  })

  test('R2661-5.7-02 what was kept out of order behind it is not looked at any more', () => {
    const peer = new ScriptedPeer(plain)
    peer.answered()
    peer.say(proper.ICRQ, { ns: 2 })
    peer.say(proper.StopCCN, { ns: 1 })
    expect(peer.transcript().slice(2)).toEqual(['ZLB [77 2/2]'])
    // Sent again, it is acknowledged, that is all.
    peer.say(proper.ICRQ, { ns: 2 })
    expect(peer.transcript().slice(3)).toEqual(['ZLB [77 2/3]'])
  })

  test('a closed tunnel takes no commands', () => {
    const pair = opened()
    close(pair, 'A')
    const said = pair.said.length
    close(pair, 'A')
    pair.command('A', { name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
    pair.command('A', { name: 'hang-up', tunnel: 1, session: 1 })
    pair.command('A', { name: 'close-tunnel', tunnel: 4711 })
    expect(pair.said).toHaveLength(said)
  })

  test('R2661-5.3-02 a Tunnel ID comes back when it has been forgotten, not before', () => {
    const pair = opened({ sessionIds: 'lowest-free' })
    close(pair, 'A')
    pair.open()
    expect(pair.tunnels('A').map(({ localTunnelId }) => localTunnelId)).toEqual([2])
    pair.pass(40 * SECOND)
    pair.open()
    expect(pair.tunnels('A').map(({ localTunnelId }) => localTunnelId)).toEqual([2, 1])
  })
})

describe('a tunnel that is closed before it is open', () => {
  test('R2661-7.2.1-21 R2661-5.8-16 by the initiator, whose StopCCN waits until the SCCRQ is acknowledged', () => {
    const pair = new Pair(plain, plain)
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
    close(pair, 'A')
    pair.pass(SECOND)
    expect(transcriptOf(pair)).toEqual([
      'A>R SCCRQ [0 0/0] {9=x}',
      'R>A SCCRP [x 0/1] {9=y}',
      // R2661-4.4.3-16: the SCCRP has told the Tunnel ID.
      'A>R StopCCN [y 1/1] {9=x,1=1}',
      'R>A ZLB [x 1/2]',
    ])
    expect([tunnelEnds(pair, 'A'), tunnelEnds(pair, 'R')]).toEqual([['0s stopccn-sent'], ['30ms stopccn-received']])
  })

  test('R2661-4.4.3-18 R2661-4.4.3-17 before the SCCRP has come the StopCCN bears Tunnel ID 0, and finds its tunnel', () => {
    const pair = new Pair(plain, plain)
    pair.fate = ({ type, at }) => (type === 'SCCRP' && at < 2 * SECOND ? 'drop' : 'deliver')
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
    pair.pass(2 * SECOND)
    close(pair, 'A')
    pair.pass(2 * SECOND)
    expect(transcriptOf(pair, { since: 0 }).slice(3)).toEqual([
      '1.01s R>A ZLB [x 1/1]',
      '1.01s R>A SCCRP [x 0/1] {9=y} !again !lost',
      '2s A>R StopCCN [0 1/0] {9=x,1=1}',
      '2.01s R>A ZLB [x 1/2]',
      // Reliable delivery runs to its end.
      '3.01s R>A SCCRP [x 0/2] {9=y} !again',
      '3.02s A>R ZLB [y 2/1]',
    ])
    expect(tunnelEnds(pair, 'R')).toEqual(['2.01s stopccn-received'])
  })

  test('by the responder', () => {
    const pair = new Pair(plain, plain)
    pair.fate = ({ type }) => (type === 'SCCCN' ? 'drop' : 'deliver')
    pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
    pair.pass(500 * MILLISECOND)
    close(pair, 'R')
    pair.pass(60 * SECOND)
    expect(tunnelEnds(pair, 'R')).toEqual(['500ms stopccn-sent'])
    expect(tunnelEnds(pair, 'A')).toHaveLength(1)
    expect([known(pair, 'A'), known(pair, 'R')]).toEqual([0, 0])
  })

  test('R2661-4.4.3-16 R2661-5.7-02 a refusing StopCCN is acknowledged under the Tunnel ID that it assigns', () => {
    const peer = new ScriptedPeer(plain)
    peer.dialled()
    peer.say(proper.StopCCN)
    expect(peer.transcript()).toEqual(['SCCRQ [0 0/0] {9=1}', `ZLB [${String(PEER_TUNNEL)} 1/1]`])
  })
})

describe('tunnels that are not there', () => {
  test('R2661-7.2.1-04 R2661-4.4.2-03 an SCCRP is answered by StopCCN with the numbers that its sender expects', () => {
    const peer = new ScriptedPeer(plain)
    peer.say(proper.SCCRP, { tunnelId: 4711, ns: 10, nr: 20 })
    expect(peer.transcript()).toEqual([`StopCCN [${String(PEER_TUNNEL)} 20/11] {9=4711,1=7}`])
  })

  test('R2661-5.7-02 a StopCCN is acknowledged, again and again', () => {
    const peer = new ScriptedPeer(plain)
    for (let i = 0; i < 3; i++) peer.say(proper.StopCCN, { tunnelId: 4711, ns: 10, nr: 20 })
    expect(peer.transcript()).toEqual(Array(3).fill(`ZLB [${String(PEER_TUNNEL)} 20/11]`))
    // Nothing is kept for it: the next one would be acknowledged in the same way.
    peer.wait(0)
    expect([...peer.core.tunnels()]).toEqual([])
  })

  const unanswered = ['SCCCN', 'HELLO', 'ICRQ', 'ICRP', 'ICCN', 'CDN', 'OCRQ'] as const
  test.each(unanswered)('R2661-7.2.1-05 %s and a ZLB are dropped', (type) => {
    const peer = new ScriptedPeer(plain)
    peer.say(proper[type], { tunnelId: 4711 })
    peer.tunnelId = 4711
    peer.acknowledge()
    expect([peer.heard, [...peer.core.tunnels()]]).toEqual([[], []])
    expect(peer.notices('handled').map(({ verdict }) => verdict)).toEqual(['unknown-tunnel', 'unknown-tunnel'])
  })

  const nameless = ['SCCRP', 'SCCCN', 'StopCCN', 'HELLO', 'ICRQ'] as const
  test.each(nameless)('%s with header Tunnel ID 0 that concerns no tunnel is dropped', (type) => {
    const peer = new ScriptedPeer(plain)
    peer.say(proper[type], { tunnelId: 0 })
    expect(peer.heard).toEqual([])
  })

  test('R2661-4.4.3-18 a StopCCN with header Tunnel ID 0 from another address finds no tunnel', () => {
    const peer = new ScriptedPeer(plain)
    peer.connected()
    peer.say(proper.StopCCN, { tunnelId: 0, from: peer.coreAddress })
    expect([...peer.core.tunnels()].map(({ state }) => state)).toEqual(['established'])
  })

  test('R2661-5.8-14 a peer that has forgotten the tunnel does not answer, and the tunnel is given up', () => {
    const pair = opened()
    pair.call()
    pair.cores.R = new Pair(plain, plain).core('R')
    pair.command('A', { name: 'hang-up', tunnel: 1, session: 1 })
    pair.pass(60 * SECOND)
    expect(tunnelEnds(pair, 'A')).toEqual(['33s retransmission-limit'])
  })
})

describe('nobody answers any more', () => {
  test('R2661-5.8-14 R2661-5.5-02 at the limit the tunnel and its calls are cleared, and nothing more is said', () => {
    const pair = opened()
    pair.call()
    pair.call()
    pair.fate = () => 'drop'
    const at = pair.now
    pair.command('A', { name: 'hang-up', tunnel: 1, session: 1 })
    pair.run(at + 50 * SECOND)
    expect(tunnelEnds(pair, 'A')).toEqual(['34s retransmission-limit'])
    expect(callEnds(pair, 'A')).toEqual(['3s cdn-sent', '34s tunnel-closed'])
    expect(known(pair, 'A')).toBe(0)
    expect(pair.said.filter((said) => said.from === 'A' && said.at >= at).map(({ type }) => type)).toEqual(Array(6).fill('CDN'))
  })

  test('R2661-5.8-14 any acknowledgement within the limit saves the tunnel', () => {
    const pair = opened()
    pair.call()
    const at = pair.now
    pair.fate = (said) => (said.at < at + 22 * SECOND ? 'drop' : 'deliver')
    pair.command('A', { name: 'hang-up', tunnel: 1, session: 1 })
    pair.run(at + 50 * SECOND)
    expect([tunnelEnds(pair, 'A'), pair.tunnels('A').length]).toEqual([[], 1])
    expect(callEnds(pair, 'R')).toEqual(['25.01s cdn-received'])
  })

  test('R2661-5.8-08 R2661-5.8-10 several messages unacknowledged: the oldest goes first, each with its own back-off', () => {
    const pair = opened()
    for (let i = 0; i < 3; i++) pair.call()
    const at = pair.now
    pair.fate = (said) => (said.from === 'A' && said.at < at + 2 * SECOND ? 'drop' : 'deliver')
    for (const session of [1, 2, 3]) pair.command('A', { name: 'hang-up', tunnel: 1, session })
    pair.run(at + 20 * SECOND)
    const said = pair.said.filter(({ from, type, at: when }) => from === 'A' && type === 'CDN' && when >= at)
    const sessions = messagesOf(pair, 'CDN').map(({ assignedSessionId }) => assignedSessionId)
    expect(said.map(({ at: when, attempt }, i) => [(when - at) / SECOND, sessions[i], attempt])).toEqual([
      [0, 1, 1],
      [0, 2, 1],
      [0, 3, 1],
      [1, 1, 2],
      [3, 1, 3],
      [3.02, 2, 2],
      [3.04, 3, 2],
    ])
    expect(noticesOf(pair, 'R', 'session').filter(({ notice }) => notice.event === 'closed')).toHaveLength(3)
  })
})
