// Session state synchronisation (RFC 4951 3.3) between two protocol cores: step I, who queries what and when, FSQ and FSR in
// pieces, and answers that are missing, odd or unasked for. A is the endpoint that fails.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE, SECOND, type Nanos } from '../../sim/base/time.ts'
import { statesPerMessage } from '../../sim/l2tp/synchronisation.ts'
import type { ControlMessage } from '../../sim/l2tp/wire/messages.ts'
import { accepted } from '../support/bodies.ts'
import {
  bothEnds,
  established,
  failAndReturn,
  lacOf,
  message,
  numbers,
  sessionPairs,
  steps,
  told,
  tunnelOf,
  type Failing,
} from '../support/failover-scenes.ts'
import { unanswered } from '../support/failover-plights.ts'
import { avp, concat, control, messageType } from '../support/octets.ts'
import type { Pair, Settings, Side } from '../support/pair.ts'
import { transcriptOf } from '../support/pair-transcript.ts'

const place = (pair: Pair, side: Side, call: 'incoming' | 'outgoing' = 'incoming'): void => {
  pair.command(side, { name: 'place-call', tunnel: tunnelOf(pair, side).localTunnelId, call, sequenced: false })
}

const hangUp = (pair: Pair, side: Side, index = 0): void => {
  const session = [...tunnelOf(pair, side).sessions.keys()][index] ?? 0
  pair.command(side, { name: 'hang-up', tunnel: tunnelOf(pair, side).localTunnelId, session })
}

const query = (pair: Pair, side: Side): void => {
  pair.command(side, { name: 'query-sessions', tunnel: tunnelOf(pair, side).localTunnelId })
}

/** FSS AVPs in each message of a type from one side. */
const counts = (pair: Pair, from: Side, type: 'FSQ' | 'FSR', since: Nanos = 0): readonly number[] =>
  pair.said.flatMap((said) => {
    if (said.from !== from || said.type !== type || said.at < since || said.attempt > 1) return []
    const body = accepted(said.datagram.bytes).message
    return body.type === 'FSQ' || body.type === 'FSR' ? [body.failoverSessionStates.length] : []
  })

const syncStates = (pair: Pair, side: Side): readonly string[] =>
  [...tunnelOf(pair, side).sessions.values()].map(({ sync }) => sync)

/** Everything after the handshake, without ZLBs and the end of the recovery tunnel. */
const afterRecovery = (pair: Pair, returned: Nanos): readonly string[] =>
  transcriptOf(pair, { from: returned, bodies: true }).filter((line) => !/SCCRQ|SCCRP|SCCCN|StopCCN/.test(line))

describe('step I and the inconsistencies it leaves', () => {
  test.each(bothEnds)('S13 R4951-3.3-02 R4951-3.3-21 R4951-3.3-24: a CDN lost before the crash (%s fails)', (failing) => {
    const pair = established({ failing, calls: 2 })
    pair.fate = ({ type }) => (type === 'CDN' ? 'drop' : 'deliver')
    hangUp(pair, 'A', 1)
    pair.fate = () => 'deliver'
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    expect(afterRecovery(pair, returned)).toEqual([
      'A>R FSQ [y p/q] {79(a,b)}',
      'R>A FSR [x q/p+1] {79(b,a)}',
      'R>A FSQ [x q+1/p+1] {79(b,a),79(b2,a2)}',
      'A>R FSR [y p+1/q+2] {79(a,b),79(0,b2)}',
    ])
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    expect(sessionPairs(pair, 'R')).toHaveLength(1)
    expect(told(pair, 'R', 'session', returned).at(-1)).toMatchObject({ event: 'closed', why: 'unknown-to-peer' })
  })

  test('S14 R4951-3.3-03 R4951-3.3-05: an ICCN lost before the crash of the LAC', () => {
    const pair = established({ failing: 'LAC', calls: 0 })
    pair.fate = ({ type }) => (type === 'ICCN' ? 'drop' : 'deliver')
    place(pair, 'A')
    pair.runUntilSent('A', 'ICCN')
    const returned = failAndReturn(pair)
    pair.fate = () => 'deliver'
    pair.pass(10 * SECOND)
    expect(afterRecovery(pair, returned)).toEqual(['A>R FSQ [y p/q] {79(a,b)}', 'R>A FSR [x q/p+1] {79(0,a)}'])
    expect(told(pair, 'R', 'session', returned)).toMatchObject([{ event: 'closed', why: 'not-established' }])
    expect([...sessionPairs(pair, 'A'), ...sessionPairs(pair, 'R')]).toEqual([])
  })

  test('S15 R4951-3.3-05 R4951-3.2.2-02: a call being set up is cleared on both sides, and nobody asks or tells', () => {
    const pair = established({ failing: 'LNS', calls: 0 })
    pair.fate = ({ type }) => (type === 'ICRP' ? 'drop' : 'deliver')
    place(pair, 'R')
    pair.runUntilSent('A', 'ICRP')
    const returned = failAndReturn(pair)
    pair.fate = () => 'deliver'
    pair.pass(10 * SECOND)
    expect(afterRecovery(pair, returned)).toEqual([])
    expect(told(pair, 'R', 'session', returned)).toMatchObject([{ event: 'closed', why: 'not-established' }])
    expect(sessionPairs(pair, 'R')).toEqual([])
  })

  test('S17 R4951-3.3-05: an outgoing call half way is cleared; the bearer is never answered for', () => {
    const pair = established({ failing: 'LNS', calls: 0, r: { answerDelay: 20 * SECOND } })
    place(pair, 'A', 'outgoing')
    pair.runUntilSent('R', 'OCRP')
    pair.pass(SECOND)
    const returned = failAndReturn(pair)
    pair.pass(30 * SECOND)
    expect(afterRecovery(pair, returned)).toEqual([])
    expect(told(pair, 'R', 'session', returned)).toMatchObject([{ event: 'closed', why: 'not-established' }])
  })

  test('S17 R4951-3.3-05: the same with the LAC failing: the LNS clears its side in step I', () => {
    const pair = established({ failing: 'LAC', calls: 0, a: { answerDelay: 20 * SECOND } })
    place(pair, 'R', 'outgoing')
    pair.runUntilSent('A', 'OCRP')
    pair.pass(SECOND)
    const returned = failAndReturn(pair)
    pair.pass(30 * SECOND)
    expect(afterRecovery(pair, returned)).toEqual([])
    expect(told(pair, 'R', 'session', returned)).toMatchObject([{ event: 'closed', why: 'not-established' }])
  })

  test('S25 R4951-3.3-10 R4951-3.3-21: R has lost its sessions: all answers are 0, and R has nothing to ask', () => {
    const pair = established({ calls: 3 })
    for (const session of [...tunnelOf(pair, 'R').sessions.keys()]) {
      pair.command('R', { name: 'forget-session', tunnel: tunnelOf(pair, 'R').localTunnelId, session })
    }
    const returned = failAndReturn(pair)
    pair.pass(30 * SECOND)
    expect(afterRecovery(pair, returned)).toEqual([
      'A>R FSQ [y p/q] {79(a,b),79(a2,b2),79(a3,b3)}',
      'R>A FSR [x q/p+1] {79(0,a),79(0,a2),79(0,a3)}',
    ])
    expect(sessionPairs(pair, 'A')).toEqual([])
  })
})

describe('many sessions', () => {
  function manySessions(settings: { readonly a?: Settings; readonly r?: Settings; readonly failing?: Failing } = {}): Pair {
    const pair = established({ failing: settings.failing ?? 'LNS', calls: 0, a: { ...settings.a }, r: { ...settings.r } })
    for (let i = 0; i < 500; i++) place(pair, lacOf(settings.failing ?? 'LNS'))
    pair.pass(60 * SECOND)
    expect(sessionPairs(pair, 'A')).toHaveLength(500)
    return pair
  }

  test('R4951-AMB-57: 90 states fit an Ethernet packet, fewer when hidden', () => {
    expect(statesPerMessage(1500, false)).toBe(90)
    expect(statesPerMessage(1500, true)).toBe(Math.floor((1500 - 28 - 12 - 8 - 22) / 18))
    expect(statesPerMessage(60, false)).toBe(1)
  })

  test.each(bothEnds)(
    'S18 R4951-3.3-08 R4951-3.3-11 R4951-3.3-17 R4951-AMB-57 R4951-A-02: 500 sessions in six FSQs each way (%s fails)',
    (failing) => {
      const pair = manySessions({ failing })
      const returned = failAndReturn(pair)
      pair.pass(10 * SECOND)
      for (const side of ['A', 'R'] as const) {
        expect(counts(pair, side, 'FSQ', returned)).toEqual([90, 90, 90, 90, 90, 50])
        expect(counts(pair, side, 'FSR', returned)).toEqual([90, 90, 90, 90, 90, 50])
      }
      const octets = pair.said
        .filter(({ at, type }) => at >= returned && type === 'FSQ')
        .map(({ datagram }) => datagram.bytes.length)
      expect(Math.max(...octets)).toBeLessThanOrEqual(1472)
      expect(syncStates(pair, 'A')).toEqual(Array.from({ length: 500 }, () => 'synchronised'))
      expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
    },
  )

  test('S19 R4951-3.3-18 R4951-3.3-19: answers to several FSQs gathered and shuffled', () => {
    const pair = manySessions({
      a: { failover: { mtu: 200 } },
      r: { receiveWindow: 16, failover: { coalesceResponses: true, shuffleResponses: true } },
    })
    const returned = failAndReturn(pair)
    pair.pass(60 * SECOND)
    const queries = counts(pair, 'A', 'FSQ', returned)
    const answers = counts(pair, 'R', 'FSR', returned)
    expect(queries).toHaveLength(Math.ceil(500 / statesPerMessage(200, false)))
    expect(answers.length).toBeLessThan(queries.length)
    expect(answers.reduce((sum, n) => sum + n, 0)).toBe(500)
    expect(syncStates(pair, 'A')).toEqual(Array.from({ length: 500 }, () => 'synchronised'))
  })

  test('R4951-3.3-18 R4951-4.2-02: one FSQ answered by several FSRs', () => {
    const pair = established({ calls: 5, r: { failover: { responseLimit: 2 } } })
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    expect(counts(pair, 'A', 'FSQ', returned)).toEqual([5])
    expect(counts(pair, 'R', 'FSR', returned)).toEqual([2, 2, 1])
    expect(new Set(syncStates(pair, 'A'))).toEqual(new Set(['synchronised']))
  })
})

describe('who is asked about, and when', () => {
  test('S91 R4951-AMB-53 R4951-3.3-04: by default both sides ask about all', () => {
    const pair = established({ calls: 10 })
    const returned = failAndReturn(pair)
    pair.pass(10 * SECOND)
    expect([counts(pair, 'A', 'FSQ', returned), counts(pair, 'R', 'FSQ', returned)]).toEqual([[10], [10]])
  })

  test('S91 R4951-3.3-06: with the policy `suspect`, about those without data; the others count as alive', () => {
    const pair = established({ calls: 10 })
    const returned = failAndReturn(pair, { settings: { failover: { query: 'suspect', suspectAfter: 5 * SECOND } } })
    pair.pass(10 * SECOND)
    // The instant of the failure is 13 s after the beginning: without a data plane every session has been silent since then.
    expect(counts(pair, 'A', 'FSQ', returned)).toEqual([10])
    const lively = established({ calls: 10 })
    const later = failAndReturn(lively, { settings: { failover: { query: 'suspect', suspectAfter: 3600 * SECOND } } })
    lively.pass(10 * SECOND)
    expect(counts(lively, 'A', 'FSQ', later)).toEqual([])
    expect(new Set(syncStates(lively, 'A'))).toEqual(new Set(['synchronised']))
    expect(steps(lively, 'A', later).at(-1)).toBe('recovery synchronised')
  })

  test('S91 R4951-AMB-53: a remote endpoint that is never asked begins by itself after a while', () => {
    const pair = established({ calls: 2 })
    const returned = failAndReturn(pair, { settings: { failover: { query: 'none' } } })
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: returned, since: returned, bodies: true }).slice(4)).toEqual([
      '1.03s R>A FSQ [x q/p] {79(b,a),79(b2,a2)}',
      '1.04s A>R FSR [y p/q+1] {79(a,b),79(a2,b2)}',
    ])
  })

  test('S91 R4951-3.3-07 R4951-3.2.3-09 R4951-2-10: an hour later and without any failure, on the live numbers', () => {
    const pair = established({ calls: 2 })
    pair.pass(3600 * SECOND)
    const [ns, nr] = numbers(tunnelOf(pair, 'A'))
    const asked = pair.now
    query(pair, 'A')
    pair.pass(SECOND)
    expect(transcriptOf(pair, { from: asked, bodies: true })).toEqual([
      `A>R FSQ [y ${String(ns)}/${String(nr)}] {79(a,b),79(a2,b2)}`,
      `R>A FSR [x ${String(nr)}/${String(ns + 1)}] {79(b,a),79(b2,a2)}`,
    ])
    expect(new Set(syncStates(pair, 'A'))).toEqual(new Set(['synchronised']))
    expect(told(pair, 'A', 'controlReset')).toEqual([])
  })

  test('S91 R4951-AMB-54: no query to a peer without AVP 76', () => {
    const pair = established({ r: { failover: { enabled: false } } })
    const start = pair.now
    query(pair, 'A')
    pair.pass(SECOND)
    expect(pair.said.filter(({ at }) => at >= start)).toEqual([])
  })

  test('R4951-4-01: an FSQ before the tunnel is established is ignored', () => {
    const pair = established({ calls: 0 })
    const { local, peer } = tunnelOf(pair, 'A')
    pair.fate = ({ type }) => (type === 'SCCCN' ? 'drop' : 'deliver')
    pair.command('A', { name: 'open-tunnel', local, peer })
    pair.runUntilSent('A', 'SCCCN')
    const half = [...pair.core('R').tunnels()].find(({ state }) => state === 'wait-ctl-conn')
    const fsq: ControlMessage = { type: 'FSQ', failoverSessionStates: [{ sessionId: 1, remoteSessionId: 2 }] }
    pair.inject('R', message(fsq, { tunnelId: half?.localTunnelId ?? 0, ns: 1, nr: 1 }), local)
    pair.pass(500 * MILLISECOND)
    expect(half?.state).toBe('wait-ctl-conn')
    expect(pair.said.filter(({ type }) => type === 'FSR')).toEqual([])
  })

  test('R4951-AMB-61: a session that is still being set up is answered for by its pair', () => {
    const pair = established({ failing: 'LNS', calls: 0 })
    pair.fate = ({ type }) => (type === 'ICCN' ? 'drop' : 'deliver')
    place(pair, 'R')
    pair.runUntilSent('R', 'ICCN')
    query(pair, 'R')
    pair.pass(15 * SECOND)
    pair.fate = () => 'deliver'
    pair.pass(15 * SECOND)
    expect(sessionPairs(pair, 'A')).toHaveLength(1)
    expect(sessionPairs(pair, 'R')).toEqual(sessionPairs(pair, 'A'))
  })
})

describe('answers that are missing, odd or unasked for', () => {
  test('S26 R4951-AMB-64: an FSR that never comes: asked again three times, then left as it is', () => {
    const pair = established()
    // Above the reliable layer of R: its FSRs reach A as messages that A ignores.
    pair.fate = ({ from, type, datagram }) => {
      if (from === 'R' && type === 'FSR') datagram.bytes[19] = 99
      return 'deliver'
    }
    const returned = failAndReturn(pair)
    pair.pass(120 * SECOND)
    const asked = pair.said
      .filter(({ from, type, at }) => from === 'A' && type === 'FSQ' && at >= returned)
      .map(({ at }) => at - returned)
    const first = asked[0] ?? 0
    expect(asked).toEqual([first, first + 10 * SECOND, first + 20 * SECOND, first + 30 * SECOND])
    expect(sessionPairs(pair, 'A')).toHaveLength(1)
    expect(syncStates(pair, 'A')).toEqual(['unanswered'])
    expect(told(pair, 'A', 'sync', returned).at(-1)).toMatchObject({ outcome: 'unanswered' })
  })

  test.each([
    ['R4951-3.3-25', 'the right one: confirmed', (peerSession: number) => peerSession, ['synchronised']],
    ['R4951-3.3-24', '0: cleared', () => 0, []],
    ['R4951-AMB-59', 'another one: stale', () => 4711, ['stale']],
  ] as const)('%s R4951-AMB-64: an answer that comes when A has given up, %s', (_requirement, _what, named, left) => {
    const { pair, answer, peerSession } = unanswered()
    expect(syncStates(pair, 'A')).toEqual(['unanswered'])
    answer(named(peerSession))
    expect(syncStates(pair, 'A')).toEqual(left)
  })

  test('R4951-AMB-64: while the FSQ itself is still on its way, the wait for its answer goes on', () => {
    const pair = established()
    query(pair, 'A')
    pair.pass(SECOND)
    pair.fate = ({ from }) => (from === 'A' ? 'drop' : 'deliver')
    const start = pair.now
    query(pair, 'A')
    pair.pass(25 * SECOND)
    expect(counts(pair, 'A', 'FSQ', start)).toEqual([1])
    pair.fate = () => 'deliver'
    pair.pass(20 * SECOND)
    expect(syncStates(pair, 'A')).toEqual(['synchronised'])
  })

  test('S27 R4951-4.1-06 R4951-4.2-07 R4951-AMB-56: extra AVPs are ignored; without any AVP 79 the whole message is', () => {
    const pair = established()
    const { local } = tunnelOf(pair, 'A')
    const r = tunnelOf(pair, 'R')
    const [session] = [...r.sessions.values()]
    const start = pair.now
    const states = [session?.peerSessionId ?? 0, session?.localSessionId ?? 0]
      .map((id) => id.toString(16).padStart(8, '0'))
      .join('')
    const hostName = avp(7, '6162')
    const foreign = avp(1, 'ff', { vendor: 9 })
    const fss = avp(79, `0000${states}`)
    let ns = numbers(r)[1]
    const inject = (bytes: Uint8Array): void => {
      bytes[4] = r.localTunnelId >>> 8
      bytes[5] = r.localTunnelId & 0xff
      bytes[9] = ns
      bytes[11] = numbers(r)[0]
      ns += 1
      pair.inject('R', concat(bytes), local)
      pair.pass(SECOND)
    }
    pair.fate = () => 'drop'
    inject(control(messageType(21, { mandatory: false }), hostName, fss, foreign))
    inject(control(messageType(21, { mandatory: false })))
    inject(control(messageType(22, { mandatory: false })))
    inject(control(messageType(22, { mandatory: false }), foreign, fss))
    expect(
      pair.said.filter(({ at, attempt, from }) => at >= start && attempt < 2 && from === 'R').map(({ type }) => type),
    ).toEqual(['FSR', 'ZLB', 'ZLB', 'ZLB'])
    expect(r).toMatchObject({ state: 'established', closing: false })
    expect(sessionPairs(pair, 'R')).toHaveLength(1)
    expect(told(pair, 'R', 'log', start).map(({ what }) => what)).toContain('empty-FSQ')
  })

  test('R4951-AMB-60 R4951-3.3-24: an FSR nobody asked for kills nothing, known session or not', () => {
    const pair = established()
    const a = tunnelOf(pair, 'A')
    const [ns, nr] = numbers(a)
    const [session] = [...a.sessions.keys()]
    const fsr: ControlMessage = {
      type: 'FSR',
      failoverSessionStates: [
        { sessionId: 0, remoteSessionId: session ?? 0 },
        { sessionId: 0, remoteSessionId: 4711 },
      ],
    }
    pair.inject('A', message(fsr, { tunnelId: a.localTunnelId, ns: nr, nr: ns }), a.peer)
    pair.pass(SECOND)
    expect(sessionPairs(pair, 'A')).toHaveLength(1)
    expect(syncStates(pair, 'A')).toEqual(['synchronised'])
    expect(told(pair, 'A', 'log').map(({ what }) => what)).toContain('unexpected-FSS')
  })

  test('R4951-AMB-59: an FSR that names another session makes ours stale, and it is asked about again', () => {
    const pair = established()
    const { local } = tunnelOf(pair, 'A')
    let lies = 1
    pair.fate = ({ type, datagram }) => {
      // The low octet of the first Session ID.
      if (type === 'FSR' && datagram.from !== local && lies-- > 0) datagram.bytes[31] = (datagram.bytes[31] ?? 0) ^ 1
      return 'deliver'
    }
    const start = pair.now
    query(pair, 'A')
    pair.pass(500 * MILLISECOND)
    expect(syncStates(pair, 'A')).toEqual(['stale'])
    pair.pass(10 * SECOND)
    expect(transcriptOf(pair, { from: start, since: start, bodies: true })).toEqual([
      expect.stringMatching(/^0s A>R FSQ .* \{79\(a,b\)\}$/),
      expect.stringMatching(/^10ms R>A FSR .* \{79\(#\d+,a\)\}$/),
      expect.stringMatching(/^1.02s A>R FSQ .* \{79\(a,b\)\}$/),
      expect.stringMatching(/^1.03s R>A FSR .* \{79\(b,a\)\}$/),
    ])
    expect(syncStates(pair, 'A')).toEqual(['synchronised'])
  })
})

describe('a query that got no answer is forgotten', () => {
  /** R asks, and never gets an answer. */
  function deafToAnswers(seconds: number) {
    const pair = established()
    // A says it, but as a message that R does not know.
    pair.fate = ({ from, type, datagram }) => {
      if (from === 'A' && type === 'FSR') datagram.bytes[19] = 99
      return 'deliver'
    }
    const query = (side: Side): void => {
      pair.command(side, { name: 'query-sessions', tunnel: tunnelOf(pair, side).localTunnelId })
    }
    const queries = (since: Nanos): number =>
      pair.said.filter(({ at, from, type, attempt }) => at >= since && from === 'R' && type === 'FSQ' && attempt === 1).length
    query('R')
    pair.pass(seconds * SECOND)
    return { pair, query, queries }
  }

  test('R4951-3.3-04 R4951-AMB-64: after a failure a session is asked about as often as if it never had been', () => {
    const { pair, queries } = deafToAnswers(25)
    expect(queries(0)).toBe(3)
    const returned = failAndReturn(pair, { settings: { failover: { query: 'none' } } })
    pair.pass(2 * MINUTE)
    expect(queries(returned)).toBe(4)
  })

  test('R4951-AMB-66 R4951-AMB-64: the peer’s own query confirms the session, which may be asked about anew', () => {
    const { pair, query, queries } = deafToAnswers(60)
    expect([...tunnelOf(pair, 'R').sessions.values()].map(({ sync }) => sync)).toEqual(['unanswered'])
    query('A')
    pair.pass(SECOND)
    expect(told(pair, 'R', 'sync').at(-1)).toMatchObject({ outcome: 'confirmed' })
    expect([...tunnelOf(pair, 'R').sessions.values()].map(({ sync }) => sync)).toEqual(['synchronised'])
    const again = pair.now
    query('R')
    pair.pass(2 * MINUTE)
    expect(queries(again)).toBe(4)
  })
})

describe('an answer that comes when nobody waits for it any more', () => {
  test('R4951-3.3-25 confirms the session', () => {
    const { pair, answer, peerSession } = unanswered()
    answer(peerSession)
    expect(told(pair, 'A', 'sync').at(-1)).toMatchObject({ outcome: 'confirmed' })
  })

  test('R4951-AMB-59 R4951-AMB-63 about another session: it is stale, and asked about once more', () => {
    const { pair, answer } = unanswered()
    const begun = pair.now
    answer(4711)
    expect(told(pair, 'A', 'sync').at(-1)).toMatchObject({ outcome: 'stale' })
    pair.pass(2 * SECOND)
    expect(pair.said.filter(({ at, from, type, attempt }) => at > begun && from === 'A' && type === 'FSQ' && attempt === 1)).toHaveLength(1)
  })
})
