// Every row of the three tables of RFC 4951 fires in some conversation; those that cannot are listed with the reason. Each scene
// here is there for the rows named beside it; what the rows do is told in the other files.

import { expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND } from '../../sim/base/time.ts'
import { recoveryEndpoint } from '../../sim/l2tp/machines/recovery-endpoint.ts'
import { remoteEndpoint } from '../../sim/l2tp/machines/remote-endpoint.ts'
import { sessionSync } from '../../sim/l2tp/machines/session-sync.ts'
import { challenged, doubly, secondWaits, unanswered } from '../support/failover-plights.ts'
import { established, failAndReturn, HANDMADE, message, tunnelOf } from '../support/failover-scenes.ts'
import { testRng, type Pair, type Side } from '../support/pair.ts'
import { RowCoverage } from '../support/row-coverage.ts'

/** Rows that no conversation reaches. */
const unreachable: readonly string[] = []

const query = (pair: Pair, side: Side): void => {
  pair.command(side, { name: 'query-sessions', tunnel: tunnelOf(pair, side).localTunnelId })
}

/** A's queries go unanswered until it gives up; then an FSR comes after all (R4951-3.3-24, -25, AMB-59). */
function lateAnswer(kind: 'valid' | 'unknown' | 'mismatch'): Pair {
  const pair = established()
  pair.fate = ({ from, type, datagram }) => {
    if (from === 'R' && type === 'FSR') datagram.bytes[19] = 99
    return 'deliver'
  }
  query(pair, 'A')
  pair.pass(MINUTE)
  pair.fate = () => 'drop'
  const { localTunnelId: tunnelId, sessions, channel } = tunnelOf(pair, 'A')
  const [session] = [...sessions.values()]
  const sessionId = { valid: session?.peerSessionId ?? 0, unknown: 0, mismatch: 4711 }[kind]
  const states = [{ sessionId, remoteSessionId: session?.localSessionId ?? 0 }]
  const fsr = message({ type: 'FSR', failoverSessionStates: states }, { tunnelId, ns: channel.expected, nr: channel.nextNs })
  pair.inject('A', fsr, pair.addresses.R)
  pair.pass(MILLISECOND)
  return pair
}

/** A scene, and the conversation it leads to. */
const scenes: Readonly<Record<string, () => Pair>> = {
  'a plain recovery': () => {
    const pair = established({ calls: 2 })
    failAndReturn(pair)
    return pair
  },
  'R not capable: not-possible': () => {
    const pair = established({ r: { failover: { enabled: false } } })
    failAndReturn(pair)
    return pair
  },
  'nobody answers: no-answer with and without retries left': () => {
    const pair = established({ a: { failover: { retries: 1 } } })
    pair.fate = () => 'drop'
    failAndReturn(pair)
    return pair
  },
  'nobody answers the SCCCN: no-answer while confirming': () => {
    const pair = established()
    pair.fate = ({ from, type }) => (from === 'A' && type !== 'SCCRQ' ? 'drop' : 'deliver')
    failAndReturn(pair)
    return pair
  },
  'an old tunnel that R is closing: refused while requesting': () => {
    const pair = established()
    const mirror = pair.mirror('A')
    pair.crash('A')
    pair.command('R', { name: 'close-tunnel', tunnel: tunnelOf(pair, 'R').localTunnelId })
    pair.restore('A', mirror)
    return pair
  },
  'another secret: refused while confirming': () => {
    const pair = established({ a: { secret: 'one' }, r: { secret: 'one', challenge: true } })
    failAndReturn(pair, { settings: { secret: 'two' } })
    return pair
  },
  'both fail: tie-lost, peer-recovered': () => doubly({ ties: { A: 9, R: 5 } }).pair,
  'equal ties for ever: tie-equal with and without retries left': () =>
    doubly({ ties: { A: 7, R: 7 }, rng: { A: testRng(1), R: testRng(1) } }).pair,
  'asked before its turn, in vain: peer-recovers while waiting, peer-aborted as remote': () => secondWaits().pair,
  'asked before its turn, then closed: old-tunnel-closed as remote': () => {
    const { pair, second } = secondWaits()
    pair.command('R', { name: 'close-tunnel', tunnel: second })
    return pair
  },
  'closed while requesting: old-tunnel-closed': () => {
    const pair = established()
    failAndReturn(pair)
    pair.command('A', { name: 'close-tunnel', tunnel: tunnelOf(pair, 'A').localTunnelId })
    return pair
  },
  'R fails after its SCCRP: peer-recovers while confirming, peer-recovered while challenged': () => {
    const pair = established()
    const mirror = pair.mirror('R')
    failAndReturn(pair)
    pair.runUntilSent('R', 'SCCRP')
    pair.crash('R')
    pair.pass(SECOND)
    pair.restore('R', mirror)
    return pair
  },
  'challenged in vain: peer-aborted': () => {
    const { pair, z2, say } = challenged()
    say(z2, { type: 'StopCCN', assignedTunnelId: HANDMADE, resultCode: { result: 1 } }, 1)
    return pair
  },
  'challenged, and the own recovery refused': () => {
    const { pair, z, say } = challenged()
    say(z, { type: 'StopCCN', assignedTunnelId: 9, resultCode: { result: 4 } }, 2)
    return pair
  },
  'A fails again after its SCCRQ: rcv-recovery-SCCRQ while offered, the first recovery tunnel ends before the second': () => {
    const pair = established()
    failAndReturn(pair)
    const mirror = pair.mirror('A')
    pair.runUntilSent('R', 'SCCRP')
    pair.crash('A')
    pair.pass(990 * MILLISECOND)
    pair.fate = ({ type, attempt }) => (type === 'SCCCN' && attempt === 1 ? 100 * MILLISECOND : 'deliver')
    pair.restore('A', mirror)
    return pair
  },
  'Recovery Time runs out between SCCRP and SCCCN: given-up': () => {
    const pair = established({ a: { failover: { recoveryTime: 40 * SECOND } } })
    const mirror = pair.mirror('A')
    pair.crash('A')
    query(pair, 'R')
    pair.pass(39_900 * MILLISECOND)
    pair.fate = ({ type }) => (type === 'SCCCN' ? 'drop' : 'deliver')
    pair.restore('A', mirror)
    return pair
  },
  'data still arrives: alive': () => {
    const pair = established()
    failAndReturn(pair, { settings: { failover: { query: 'suspect', suspectAfter: 3600 * SECOND } } })
    return pair
  },
  'tables that disagree: FSR-unknown, FSQ-mismatch': () => {
    const pair = established()
    const { localTunnelId: tunnel, sessions } = tunnelOf(pair, 'A')
    pair.command('A', { name: 'mispair-session', tunnel, session: [...sessions.keys()][0] ?? 0, peerSession: 4711 })
    query(pair, 'A')
    return pair
  },
  'an answer about another session: FSR-mismatch': () => {
    const pair = established()
    pair.fate = () => 'drop'
    query(pair, 'A')
    const { localTunnelId: tunnelId, sessions, channel } = tunnelOf(pair, 'A')
    const states = [{ sessionId: 4711, remoteSessionId: [...sessions.keys()][0] ?? 0 }]
    const fsr = message({ type: 'FSR', failoverSessionStates: states }, { tunnelId, ns: channel.expected, nr: channel.nextNs })
    pair.inject('A', fsr, pair.addresses.R)
    pair.pass(MILLISECOND)
    pair.fate = () => 'deliver'
    return pair
  },
  'an answer after all, valid: FSR-valid of one unanswered': () => lateAnswer('valid'),
  'an answer after all, zero: FSR-unknown of one unanswered': () => lateAnswer('unknown'),
  'an answer after all, about another session: FSR-mismatch of one unanswered': () => lateAnswer('mismatch'),
  'no answer at all, and then one after all: no-response with and without tries left, FSR-valid': () => {
    const { pair, answer, peerSession } = unanswered()
    answer(peerSession)
    return pair
  },
  'no answer, then 0: FSR-unknown': () => {
    const { pair, answer } = unanswered()
    answer(0)
    return pair
  },
  'no answer, then one about another session: FSR-mismatch': () => {
    const { pair, answer } = unanswered()
    answer(4711)
    return pair
  },
}

test('every row of RFC 4951 fires somewhere', () => {
  const coverage = new RowCoverage()
  for (const begin of Object.values(scenes)) {
    const pair = begin()
    pair.pass(5 * MINUTE)
    coverage.see(pair.told.map(({ notice }) => notice))
  }
  expect([recoveryEndpoint, remoteEndpoint, sessionSync].flatMap((machine) => coverage.unreached(machine))).toEqual(unreachable)
})

test.each([
  ['valid', ['synchronised']],
  ['unknown', []],
  ['mismatch', ['stale']],
] as const)('R4951-3.3-24 R4951-3.3-25 R4951-AMB-59: an answer that comes after all counts: %s', (kind, states) => {
  const pair = lateAnswer(kind)
  expect([...tunnelOf(pair, 'A').sessions.values()].map(({ sync }) => sync)).toEqual(states)
})
