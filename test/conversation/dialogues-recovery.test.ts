// Plain recoveries of RFC 4951, message by message, on the whole simulator. S01 and so on number the dialogues that this project
// is specified by; each is a scenario that ships. A is the endpoint that fails, R its peer.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../sim/base/time.ts'
import { END, REC, RECOVERED, SYNC, asked, kept, labelled, numbered, repeated, syncAll, syncOf } from '../support/dialogue-blocks.ts'

import { inEitherRole, lacThenLns, lnsThenLac } from '../support/dialogue-exchange.ts'
import { LNS_FAILS, recordsOf } from '../support/dialogue-run.ts'
import { together, type Dialogue } from '../support/dialogue.ts'
import { speaking, versions } from '../support/dialogue-version.ts'

describe.each(versions)('in %s', (_name, version) => {
  const { play, expectDialogue } = speaking(version)

  describe('recovery of the control channel', () => {
    test.each(lnsThenLac)(
      'S01 %s control failure, SCS used: R4951-3.2.1-01, R4951-3.2.1-02, R4951-3.2.1-03, R4951-3.2.1-04, R4951-3.2.1-05, ' +
        'R4951-3.2.1-18, R4951-3.2.1-22, R4951-3.2.2-03, R4951-3.2.2-04, R4951-5.3-06, R4951-AMB-01, R4951-AMB-34, R4951-AMB-40',
      (_who, side) => {
        const oneSession = { 'tunnels[0].sessions.count': '1', 'expect[1].equals': '1' }
        const played = play('failover/lns-control-failure', { ...side, set: oneSession })
        expectDialogue(played, { dialogue: [REC, together(END, SYNC)], end: RECOVERED + kept('a,b') })
      },
    )

    test('S01 with the ten sessions of the scenario: R4951-3.2.1-01, R4951-3.3-08, R4951-3.3-09', () => {
      const played = play('failover/lns-control-failure')
      expectDialogue(played, { dialogue: [REC, together(END, syncAll(10))], end: RECOVERED + kept(...numbered('a', 'b', 10)) })
    })

    test.each(lacThenLns)('S02 %s control failure: R4951-1.1-01, R4951-3.3-09', (_who, side) => {
      const played = play('failover/lac-control-failure', side)
      expectDialogue(played, { dialogue: [REC, together(END, syncAll(2))], end: RECOVERED + kept('a1,b1', 'a2,b2') })
      // The bearers of both calls were never dropped.
      expect(recordsOf(played, 'A', 'session').filter(({ event }) => event === 'closed')).toEqual([])
    })

    test.each(lnsThenLac)('S03 SCS switched off, %s fails: R4951-3.2.2-05, R4951-3.2.2-06, R4951-5.3-07', (_who, side) => {
      const recovery = `
        A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
        R>A SCCRP [z 0/1] {9=w}
        A reset [x 0/0]
        A>R SCCCN [w 1/1]
        R reset [y 0/0]
        R>A ZLB [z 1/2]`
      const synchronisation = `
        A>R FSQ [y 0/0] {79(a,b)}
        R>A FSR [x 0/1] {79(b,a)}
        A>R ZLB [y 1/1]
        R>A FSQ [x 1/1] {79(b,a)}
        A>R FSR [y 1/2] {79(a,b)}
        R>A ZLB [x 2/2]`
      expectDialogue(play('failover/no-suggested-sequence', side), {
        dialogue: [recovery, together(END, synchronisation)],
        end: `A tunnel x-y 2/2
          R tunnel y-x 2/2
          ${kept('a,b')}`,
      })
    })

    test.each(inEitherRole(LNS_FAILS))('S08 planned switchover to a separate backup device, %s: R4951-1.1-05, R4951-2-01, R4951-AMB-35', (_roles, side) => {
      const played = play('failover/planned-switchover', side)
      expectDialogue(played, { dialogue: [REC, together(END, syncAll(2))], end: RECOVERED + kept('a1,b1', 'a2,b2') })
      // The backup serves, under the same address and port for the old and for the recovery tunnel.
      expect(recordsOf(played, 'A', 'replica').at(-1)).toMatchObject({ replica: 'primary', state: 'standby' })
      const serving = recordsOf(played, 'A', 'replica').filter(({ state }) => state === 'active')
      expect(serving.map(({ replica }) => replica)).toEqual(['primary', 'backup'])
      expect(new Set(recordsOf(played, 'A', 'sent').map(({ from }) => from)).size).toBe(1)
    })

    test.each(inEitherRole(LNS_FAILS))('S09 restart without saved state, %s: R4951-2-02, R4951-AMB-03, R4951-AMB-08', (_roles, side) => {
      const played = play('failover/restart-without-memory', side)
      expectDialogue(played, {
        dialogue: `
          ${repeated('R>A HELLO [x n/r]', 9)}
          +5s R cleared session b (tunnel-closed)
          R cleared tunnel y (retransmission-limit)`,
        end: '',
      })
      // The restarted LNS knows none of them, and says nothing.
      const restart = recordsOf(played, 'A', 'plane').find(({ up, plane }) => up && plane === 'control')?.at ?? 0
      const since = recordsOf(played, 'A', 'handled').filter(({ at }) => at >= restart)
      expect(new Set(since.map(({ verdict }) => verdict))).toEqual(new Set(['unknown-tunnel']))
      expect(since).toHaveLength(10)
      // Sixty seconds of Recovery Time, counted from the first HELLO that was not answered.
      const [first] = recordsOf(played, 'R', 'sent').filter(({ at, plane }) => at >= restart && plane === 'control')
      expect(recordsOf(played, 'R', 'tunnel').at(-1)).toMatchObject({ event: 'closed', at: (first?.at ?? 0) + 60 * SECOND })
    })

    test.each(inEitherRole(LNS_FAILS))('S10 several tunnels in parallel, %s: R4951-3.2.1-01, R4951-3.2.1-02, R4951-A-01', (_roles, side) => {
      const one = (i: number): Dialogue => {
        const atA = asked(...numbered(`a${String(i)}_`, `b${String(i)}_`, 20))
        const atR = asked(...numbered(`b${String(i)}_`, `a${String(i)}_`, 20))
        return [labelled(REC, i), together(labelled(END, i), labelled(syncOf(atA, atR), i))]
      }
      const end = (i: number): string => labelled(RECOVERED, i) + kept(...numbered(`a${String(i)}_`, `b${String(i)}_`, 20))
      expectDialogue(play('failover/five-tunnels-at-once', side), {
        dialogue: together(...[1, 2, 3, 4, 5].map(one)),
        end: [1, 2, 3, 4, 5].map(end).join('\n'),
      })
    })
  })

  describe('data in a failure', () => {
    test.each(lnsThenLac)(
      'S06 both planes of the %s fail, sequenced session: R4951-3.2.3-01, R4951-3.2.3-03, R4951-3.2.3-04, R4951-3.2.3-05, ' +
        'R4951-AMB-25, R4951-AMB-27',
      (_who, side) => {
        const played = play('failover/both-planes-sequenced', side)
        expectDialogue(played, { dialogue: [REC, together(END, SYNC)], end: RECOVERED + kept('a,b') })
        const failure = played.records.find(({ kind }) => kind === 'fault')?.at ?? 0
        const heard = (who: 'A' | 'R'): string[] =>
          recordsOf(played, who, 'data')
            .filter(({ at, ns }) => at > failure && (who === 'A' || ns < 100))
            .map(({ ns, verdict }) => `${String(ns)} ${verdict}`)
        // R takes the fourth packet in sequence for the new beginning, and A whatever comes first.
        expect(heard('R').slice(0, 6)).toEqual(['0 old', '1 old', '2 old', '3 reset', '4 accepted', '5 accepted'])
        expect(heard('A').filter((text) => !text.endsWith('accepted'))).toEqual([])
        expect(Number(heard('A')[0]?.split(' ')[0])).toBeGreaterThan(200)
        // Both directions go on to the end without a gap.
        for (const who of ['A', 'R'] as const) {
          const numbers = recordsOf(played, who, 'data').filter(({ at }) => at > 10 * SECOND).map(({ ns }) => ns)
          expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
          expect(numbers.length).toBeGreaterThan(900)
        }
      },
    )

    test.each(inEitherRole(LNS_FAILS))('S07 control-only failure, data plane lives, unsequenced, %s: R4951-3.2.1-09, R4951-3.2.3-01', (_roles, side) => {
      const played = play('failover/data-plane-lives-on', side)
      expectDialogue(played, { dialogue: [REC, together(END, SYNC)], end: RECOVERED + kept('a,b') })
      expect(played.result.metrics['dataLost']).toBe(0)
      // Data of both directions at least every 20 ms, through all of it.
      for (const who of ['A', 'R'] as const) {
        const arrivals = recordsOf(played, who, 'data').map(({ at }) => at)
        const gaps = arrivals.slice(1).map((at, i) => at - (arrivals[i] ?? 0))
        expect(Math.max(...gaps)).toBe(SECOND / 50)
      }
      expect(recordsOf(played, 'A', 'plane').map(({ plane }) => plane)).toEqual(['control', 'control'])
    })

    test.each(inEitherRole(LNS_FAILS))('S11 data-channel-only failure, %s: R4951-3.2-01, R4951-3.2.3-09, R4951-2-05, R4951-AMB-74', (roles, side) => {
      const played = play('failover/data-plane-only', side)
      const letters = expectDialogue(played, {
        dialogue: `
          A>R FSQ [y n/r] {79(a,b)}
          R>A FSR [x r/n+1] {79(b,a)}
          A>R ZLB [y n+1/r+1]`,
        end: `A tunnel x-y n+1/r+1
          R tunnel y-x r+1/n+1
          ${kept('a,b')}`,
      })
      // The numbers are those of the tunnel as it was: SCCRP and ICRP from A; SCCRQ, SCCCN, ICRQ and ICCN from R.
      // With the roles exchanged it is A that places the call.
      expect([letters.get('n')?.value, letters.get('r')?.value]).toEqual(roles === 'as they are' ? [2, 4] : [3, 3])
      const failure = played.records.find(({ kind }) => kind === 'fault')?.at ?? 0
      const heard = recordsOf(played, 'R', 'data').filter(({ at, ns }) => at > failure && ns < 100)
      const verdicts = heard.map(({ ns, verdict }) => `${String(ns)} ${verdict}`)
      expect(verdicts.slice(0, 5)).toEqual(['0 old', '1 old', '2 old', '3 reset', '4 accepted'])
      expect(played.records.filter(({ kind }) => kind === 'controlReset' || kind === 'recovery')).toEqual([])
    })
  })
})
