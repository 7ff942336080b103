// The scenarios of L2TPv3 that ship, message by message, on the whole simulator. S04 and so on number the dialogues that this project is
// specified by. Dialogues of L2TPv2 that L2TPv3 has as well are in the other files of this name, played in both versions.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../sim/base/time.ts'
import { END, REC, RECOVERED, SYNC, asked, kept, labelled, numbered, repeated, syncAll, syncOf } from '../support/dialogue-blocks.ts'
import { expectDialogue, expectHeld } from '../support/dialogue-expect.ts'
import { exchangeSides, lnsThenLac } from '../support/dialogue-exchange.ts'
import { LAC_FAILS, LNS_FAILS, play, recordsOf, saidIn, shipped, type Cast, type Played } from '../support/dialogue-run.ts'
import { inVersion3 } from '../support/dialogue-version.ts'
import { together, type Dialogue } from '../support/dialogue.ts'
import { run } from '../../sim/run/run.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import { toHex } from '../../sim/base/bytes.ts'

/** With digests, and nonces in SCCRQ and SCCRP. */
const secured = (dialogue: Dialogue): Dialogue => inVersion3(dialogue, { authenticated: true })
const plain = (dialogue: Dialogue): Dialogue => inVersion3(dialogue)

describe('control message authentication', () => {
  test.each(lnsThenLac)(
    'S04 over UDP, HMAC-MD5, nonces replaced, %s fails: R4951-3.2.1-26, R4951-3.2.1-27, R4951-AMB-52, R3931-4.3-01, R3931-5.4.3-15',
    (_who, side) => {
      const played = play('v3/nonces-replaced', side)
      expectDialogue(played, {
        dialogue: secured([REC, together(END, syncAll(2))]),
        end: RECOVERED + kept('a1,b1', 'a2,b2'),
      })
      expect(played.result.metrics['dataLost']).toBe(0)
    },
  )

  test.each(lnsThenLac)('S04 what the old nonces signed is dropped without an answer after the reset, %s fails: R4951-AMB-52, R3931-4.3-01', (_who, side) => {
    // The last message of R before the failure, played back to A after the recovery.
    const before = play('v3/nonces-replaced', side)
    const spoken = recordsOf(before, 'R', 'sent').filter(({ plane, at }) => plane === 'control' && at < 5 * SECOND)
    // The sides are exchanged after this.
    const replay = { kind: 'inject', at: '10s', from: 'lac1', to: 'lns1', hex: toHex(spoken.at(-1)?.bytes ?? new Uint8Array()) }
    const again = play('v3/nonces-replaced', { ...side, set: { 'faults[1]': JSON.stringify(replay) } })
    const judged = recordsOf(again, 'A', 'handled').filter(({ at }) => at >= 10 * SECOND)
    expect(judged.map(({ verdict }) => verdict)).toEqual(['bad-digest'])
    const answers = recordsOf(again, 'A', 'sent').filter(({ plane, at }) => plane === 'control' && at >= 10 * SECOND)
    expect(answers).toEqual([])
    expectHeld(again)
  })

  test.each(lnsThenLac)('S50 a recovery that the peer does not allow, %s fails: R4951-3.2.1-20, R4951-AMB-30, R3931-4.2-15', (_who, side) => {
    expectDialogue(play('v3/not-failover-capable', side), {
      dialogue: [
        `A>R SCCRQ [0 0/0] {59,73,5,61=z,77(x,y)}
        R>A StopCCN [z 0/1] {59,61=w,1=4}
        A cleared session a (tunnel-closed)
        A cleared tunnel x (recovery-failed)
        A>R ACK [w 1/1] {59}
        ${repeated('R>A HELLO [x n/r] {59}', 10)}
        +8s R cleared session b (tunnel-closed)
        R cleared tunnel y (retransmission-limit)`,
      ],
      end: '',
    })
  })

  test.each(lnsThenLac)(
    'S56 who takes over for %s has another secret, and its request gets no answer: R4951-3.2.1-28, R4951-AMB-68, R3931-4.3-01, R3931-4.2-15',
    (_who, side) => {
      const played = play('v3/wrong-secret', side)
      expectDialogue(played, {
        dialogue: together(
          // 71 s after the first one.
          `${repeated('A>R SCCRQ [0 0/0] {59,73,5,61=z,77(x,y)}', 10)}
          +8s A cleared session a (tunnel-closed)
          A cleared tunnel x (recovery-failed)`,
          `${repeated('R>A HELLO [x n/r] {59}', 10)}
          +8s R cleared session b (tunnel-closed)
          R cleared tunnel y (retransmission-limit)`,
        ),
        end: '',
      })
      // R never has a recovery tunnel, and says nothing of those requests.
      const requests = recordsOf(played, 'R', 'handled').filter(({ type, at }) => type === 'SCCRQ' && at > 5 * SECOND)
      expect(requests.map(({ tunnel, verdict }) => [tunnel, verdict])).toEqual(requests.map(() => [0, 'bad-digest']))
      expect(requests).toHaveLength(11)
      expect(recordsOf(played, 'R', 'tunnel').filter(({ purpose }) => purpose === 'recovery')).toEqual([])
    },
  )

  test.each(lnsThenLac)('S59 a spoofed recovery request without the secret gets no answer, %s attacked: R4951-8-02, R4951-AMB-68', (_who, side) => {
    // An SCCRQ with a Tunnel Recovery AVP for tunnels 1 and 1, from the address of the peer, with a digest of zeros.
    const sccrq =
      'c803 006b 00000000 0000 0000 8008 0000 0000 0001 8017 0000 003b 00 00000000000000000000000000000000 ' +
      '8007 0000 0007 61 800a 0000 003c 00000001 800a 0000 003d 00000077 8008 0000 003e 0007 ' +
      '800e 0000 0005 0000000000000001 8010 0000 004d 0000 00000001 00000001'
    const spoofed = { kind: 'inject', at: '3s', from: 'lns1', to: 'lac1', hex: sccrq }
    const played = play('v3/nonces-replaced', { ...side, set: { 'faults[1]': JSON.stringify(spoofed) } })
    const judged = recordsOf(played, 'R', 'handled').filter(({ at, type }) => at < 5 * SECOND && at >= 3 * SECOND && type === 'SCCRQ')
    expect(judged.map(({ verdict }) => verdict)).toEqual(['bad-digest'])
    expect(recordsOf(played, 'R', 'sent').filter(({ plane, at }) => plane === 'control' && at >= 3 * SECOND && at < 5 * SECOND)).toEqual([])
    // And the recovery that follows is not harmed.
    expectHeld(played)
  })
})

describe('directly over IP', () => {
  test.each(lnsThenLac)(
    'S08 a switchover recovers each tunnel over what carried it, %s: R3931-4.1-01, R3931-4.1-02, R3931-4.1.1.2-01, R4951-AMB-70',
    (_who, side) => {
      const one = (i: number): Dialogue => {
        const atA = asked(...numbered(`a${String(i)}_`, `b${String(i)}_`, 2))
        const atR = asked(...numbered(`b${String(i)}_`, `a${String(i)}_`, 2))
        return secured([labelled(REC, i), together(labelled(END, i), labelled(syncOf(atA, atR), i))])
      }
      const end = (i: number): string => labelled(RECOVERED, i) + kept(...numbered(`a${String(i)}_`, `b${String(i)}_`, 2))
      const played = play('v3/over-ip', side)
      expectDialogue(played, { dialogue: together(one(1), one(2)), end: [1, 2].map(end).join('\n') })
      const requests = recordsOf(played, 'A', 'sent').filter(({ tunnel, at }) => at >= 5 * SECOND && tunnel > 2)
      expect(new Set(requests.map(({ to }) => to.includes(':')))).toEqual(new Set([true, false]))
      // Digests of HMAC-SHA-1 have 20 octets.
      expect(requests.every(({ bytes }) => /0000003b01.{40}/.test(toHex(bytes)))).toBe(true)
    },
  )

  test.each(lnsThenLac)('a backup at another address takes over tunnel and data, %s fails: R4951-AMB-35, R4951-AMB-67', (_who, side) => {
    const names: Readonly<Record<string, string>> = { lac1: 'lns1', lns1: 'lac1' }
    const change = (scenario: Scenario): Scenario => (side.change === undefined ? scenario : renamedAllowed(exchangeSides(scenario), names))
    const played = play('v3/own-address', { ...side, change })
    expectDialogue(played, { dialogue: secured([REC, together(END, syncAll(2))]), end: RECOVERED + kept('a1,b1', 'a2,b2') })
    const addresses = (letter: string): ReadonlySet<string> =>
      new Set(recordsOf(played, letter, 'sent').filter(({ at }) => at > 6 * SECOND).map(({ from, to }) => `${from}>${to}`))
    expect([...addresses('A')]).toEqual([...addresses('R')].map((pair) => pair.split('>').reverse().join('>')))
    expect([...addresses('A')][0]).toMatch(/^10\.3\.0\.1>/)
  })

  test('corruption is found by digests and cookies, and harms no tunnel: R3931-4.3-01, R3931-4.1.1.2-01', () => {
    for (const seed of ['1', '2', '3', '4', '5']) {
      const played = play('v3/corruption-over-ip', { seed })
      expect(played.result.violations).toEqual([])
      expect(played.result.metrics['sessionsKept']).toBe(5)
      const flipped = new Set(played.records.flatMap((record) => (record.kind === 'delivered' && record.flippedBit >= 0 ? [record.packet] : [])))
      const handled = played.records.filter((record) => record.kind === 'handled' && flipped.has(record.packet))
      expect(handled.length).toBeGreaterThan(0)
      // A bit of the header may hit what no digest covers for: Length and Version make a message unreadable, the identifier a stranger.
      const verdicts = new Set(handled.map((record) => (record.kind === 'handled' ? record.verdict : '')))
      expect([...verdicts].filter((verdict) => !['bad-digest', 'malformed', 'unknown-tunnel', 'plane-down'].includes(verdict))).toEqual([])
    }
  })

  /** The endpoints allowed to recover, by the names they have when the sides are exchanged. */
  function renamedAllowed(scenario: Scenario, names: Readonly<Record<string, string>>): Scenario {
    const endpoints = Object.entries(scenario.endpoints).map(([name, spec]) => {
      const allowed = spec.l2tp.failover.allowedRecoveryEndpoints?.map((each) => names[each] ?? each)
      return [name, { ...spec, l2tp: { ...spec.l2tp, failover: { ...spec.l2tp.failover, allowedRecoveryEndpoints: allowed } } }]
    })
    return { ...scenario, endpoints: Object.fromEntries(endpoints) as Scenario['endpoints'] }
  }
})

describe('data', () => {
  test.each(lnsThenLac)(
    'S06 both planes of the %s fail, numbers of 24 bits: R4951-3.2.3-02, R4951-3.2.3-05, R3931-C-03, R3931-C-09, R3931-4.6-05',
    (_who, side) => {
      const played = play('v3/sequence-reset-over-ip', side)
      expectDialogue(played, { dialogue: plain([REC, together(END, SYNC)]), end: RECOVERED + kept('a,b') })
      const heard = heardIn(played)
      expect(heard('R').slice(0, 6)).toEqual(['0 old', '1 old', '2 old', '3 reset', '4 accepted', '5 accepted'])
      expect(heard('A').filter((text) => !text.endsWith('accepted'))).toEqual([])
      expect(Number(heard('A')[0]?.split(' ')[0])).toBeGreaterThan(200)
    },
  )

  test.each([[1, 0], [4, 3], [16, 15]])('S83 n = %i loses %i: R4951-3.2.3-06, R3931-C-11', (threshold, lost) => {
    const set = { 'defaults.endpoint.l2tp.dataThreshold': String(threshold), 'expect[2].equals': String(lost) }
    const played = play('v3/sequence-reset-over-ip', { set })
    expectHeld(played)
    const old = recordsOf(played, 'R', 'data').filter(({ verdict }) => verdict === 'old')
    expect(old.length).toBe(lost)
  })

  function heardIn(played: Played): (who: 'A' | 'R') => string[] {
    const failure = played.records.find(({ kind }) => kind === 'fault')?.at ?? 0
    return (who) =>
      recordsOf(played, who, 'data')
        .filter(({ at, ns }) => at > failure && (who === 'A' || ns < 100))
        .map(({ ns, verdict }) => `${String(ns)} ${verdict}`)
  }

  test('R3931-4.1-04 injected data reaches no session that has a cookie, and reaches one that has none', () => {
    const verdicts = (cookieOctets: string): readonly string[] => {
      const set = { 'defaults.endpoint.l2tp.v3.cookieOctets': cookieOctets, 'expect[0].equals': cookieOctets === '0' ? '0' : '3' }
      const played = play('v3/cookies', { set })
      const injected = new Set(played.records.flatMap((record) => (record.kind === 'sent' && record.endpoint === 'injected' ? [record.packet] : [])))
      return played.records.flatMap((record) => (record.kind === 'data' && injected.has(record.packet) ? [record.verdict] : []))
    }
    expect(verdicts('8')).toEqual(['bad-cookie', 'bad-cookie', 'bad-cookie'])
    expect(verdicts('4')).toEqual(['bad-cookie', 'bad-cookie', 'bad-cookie'])
    expect(verdicts('0')).toEqual(['accepted', 'accepted', 'accepted'])
  })
})

describe('both ends fail at once', () => {
  const seeds = ['1', '2', '3', '4', '5', '6', '7', '8']

  test('S69 the winner of the tie tells the loser: R4951-3.2.1-10, R4951-3.2.1-11, R4951-3.2.1-12, R4951-AMB-19, R3931-5.4.3-08', () => {
    const winners = new Set<string>()
    for (const seed of seeds) {
      const cast = winnerFirst(seed)
      winners.add(cast['A'] ?? '')
      expectDialogue(play('v3/loser-is-told', { seed, cast }), {
        dialogue: secured([
          together('A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}', 'R>A SCCRQ [0 0/0] {5,9=l,77(y,x)}'),
          together(
            [REC.replace(/^.*SCCRQ.*$/m, ''), together(END, SYNC)],
            `A>R StopCCN [l 0/1] {9=k,1=3}
            R>A ZLB [k 1/1]`,
          ),
        ]),
        end: RECOVERED + kept('a,b'),
      })
    }
    expect(winners).toEqual(new Set(['lac1', 'lns1']))
  })

  /** The endpoint that wins the tie as A, the other as R. */
  function winnerFirst(seed: string): Cast {
    const played = play('v3/loser-is-told', { seed })
    expectHeld(played)
    return recordsOf(played, 'A', 'recovery').some(({ step }) => step === 'tie-won') ? LNS_FAILS : LAC_FAILS
  }
})

describe('both versions on one node', () => {
  test('R3931-4.7.2-01 R4951-3.2.1-04 each tunnel is set up and recovered in its own version', () => {
    const scenario = shipped('v3/mixed-versions')
    const said: { readonly from: string; readonly version: number; readonly text: string }[] = []
    const result = run(scenario, {
      folds: [
        {
          kinds: ['sent'],
          see: (record) => {
            if (record.kind === 'sent' && record.plane === 'control')
              said.push({ from: record.endpoint, version: (record.bytes[1] ?? 0) & 0x0f, text: toHex(record.bytes) })
          },
          end: () => undefined,
        },
      ],
    })
    expect(result.verdict).toBe('pass')
    const versions = (endpoint: string): ReadonlySet<number> => new Set(said.filter(({ from }) => from === endpoint).map(({ version }) => version))
    expect(['old', 'new', 'able', 'lns1'].map((endpoint) => [...versions(endpoint)].sort((a, b) => a - b))).toEqual([[2], [3], [2, 3], [2, 3]])
  })

  test.each(lnsThenLac)(
    'S53 a recovery of a tunnel of L2TPv2 is asked for in L2TPv3, in the name of %s: R4951-3.2.1-04, R4951-3.2.1-21, R4951-AMB-15',
    (_who, side) => {
      const played = play('v3/version-mismatch', side)
      expectDialogue(played, {
        // The refusal names the version it wants; the old tunnel goes on, and its call is hung up.
        dialogue: `
          injected>R SCCRQ [0 0/0] {5=0,61=z,77(x,y)}
          R>A StopCCN [z 0/1] {61=w,1=5/2}
          A>R ACK [w 1/1]
          R cleared session b (cdn-sent)
          R>A CDN [x s=a n/r] {14=b,1=3}
          A cleared session a (cdn-received)
          A>R ZLB [y r/n+1]`,
        end: `
          A tunnel x-y r/n+1
          R tunnel y-x n+1/r`,
      })
      expect(played.result.metrics.dataLost).toBe(0)
    },
  )

  test.each([2, 3])('a tunnel of either version between two nodes that speak both, over UDP: version %i', (version) => {
    const set = { 'defaults.endpoint.l2tp.version': 'both', 'tunnels[0].version': String(version), 'tunnels[0].sessions.count': '1', 'expect[1].equals': '1' }
    const played = play('failover/lns-control-failure', { set })
    const dialogue: Dialogue = [REC, together(END, SYNC)]
    expectDialogue(played, { dialogue: version === 2 ? dialogue : plain(dialogue), end: RECOVERED + kept('a,b') })
    expect(saidIn(played).length).toBeGreaterThan(0)
  })
})
