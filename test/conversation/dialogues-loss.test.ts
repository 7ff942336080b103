// Recoveries in which messages are lost, doubled or late, message by message, on the whole simulator. S31 and so on number the
// dialogues that this project is specified by; each is a scenario that ships. A is the endpoint that fails, R its peer.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../sim/base/time.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import { END, REC, RECOVERED, SYNC, kept, repeated } from '../support/dialogue-blocks.ts'

import { inEitherRole, exchangeSides, lnsThenLac, turnCalls, turned } from '../support/dialogue-exchange.ts'
import { LAC_FAILS, LNS_FAILS, recordsOf, tablesOf } from '../support/dialogue-run.ts'
import { together } from '../support/dialogue.ts'
import { speaking, versions } from '../support/dialogue-version.ts'

describe.each(versions)('in %s', (_name, version) => {
  const { play, expectDialogue } = speaking(version)

  /** What follows the SCCRP of a recovery. */
  const FROM_SCCRP = `
    A reset [x p/q]
    A>R SCCCN [w 1/1]
    R reset [y q/p]
    R>A ZLB [z 1/2]
  `

  describe('loss and duplication on the recovery tunnel', () => {
    test.each(lnsThenLac)('S31 recovery SCCRQ of the %s lost: R2661-5.8-08, R2661-5.8-09', (_who, side) => {
      const played = play('faults/recovery-sccrq-lost', side)
      expectDialogue(played, {
        dialogue: [
          `A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !lost
          +1s A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !again
          R>A SCCRP [z 0/1] {9=w,78(p,q)}`,
          FROM_SCCRP,
          together(END, SYNC),
        ],
        end: RECOVERED + kept('a,b'),
      })
      // One second later than when nothing is lost.
      const undisturbed = play('faults/recovery-sccrq-lost', { ...side, set: { 'links[0].script': '[]', expect: '[]' } })
      const [late, early] = [played, undisturbed].map(({ result }) => result.metrics['timeToSynchronised'] ?? NaN)
      expect((late ?? NaN) - (early ?? NaN)).toBe(SECOND)
    })

    test.each(inEitherRole(LNS_FAILS))('S32 recovery SCCRQ duplicated, %s: R4951-AMB-69', (_roles, side) => {
      const played = play('faults/recovery-sccrq-duplicated', side)
      expectDialogue(played, {
        dialogue: [
          `A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !dup
          R>A SCCRP [z 0/1] {9=w,78(p,q)}
          R>A ZLB [z 1/1]`,
          FROM_SCCRP,
          together(END, SYNC),
        ],
        end: RECOVERED + kept('a,b'),
      })
      const opened = recordsOf(played, 'R', 'tunnel').filter(({ event }) => event === 'opening')
      expect(opened.filter(({ purpose }) => purpose === 'recovery')).toHaveLength(1)
    })

    test.each(lnsThenLac)('S33 SCCRP lost, %s fails: R4951-AMB-69, R2661-B.2-01', (_who, side) => {
      expectDialogue(play('faults/recovery-sccrp-lost', side), {
        dialogue: [
          // The same numbers in both: p, q.
          `A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
          R>A SCCRP [z 0/1] {9=w,78(p,q)} !lost
          A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !again
          R>A SCCRP [z 0/1] {9=w,78(p,q)} !again
          R>A ZLB [z 1/1]`,
          FROM_SCCRP,
          together(END, SYNC),
        ],
        end: RECOVERED + kept('a,b'),
      })
    })

    test.each(inEitherRole(LNS_FAILS))('S35 StopCCN of the recovery tunnel lost for ever, %s: R4951-3.2.2-07, R4951-AMB-42, R4951-AMB-44, R2661-5.8-10', (_roles, side) => {
      const played = play('faults/recovery-tunnel-never-ends', side)
      expectDialogue(played, {
        dialogue: [
          REC,
          together(
            repeated('A>R StopCCN [w 2/1] {9=z,1=1} !lost', 5),
            // The guard time of R.
            `+10s ${repeated('R>A StopCCN [z 1/2] {9=w,1=1} !lost', 5)}`,
            SYNC,
          ),
        ],
        end: RECOVERED + kept('a,b'),
      })
    })
  })

  describe('old messages', () => {
    test.each(inEitherRole(LNS_FAILS))('S36 old control packet after reset, SCS on, %s: R4951-5.3-08, R4951-AMB-39, R2661-5.8-03, R2661-5.8-04', (_roles, side) => {
      const played = play('failover/late-message-after-reset', side)
      const letters = expectDialogue(played, {
        dialogue: [
          `R>A HELLO [x h/k] !again !lost
          R>A HELLO [x h/k] !again !lost
          A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
          R>A SCCRP [z 0/1] {9=w,78(p,q)}`,
          together(FROM_SCCRP, ['A>R ZLB [y p/q]']),
          together(END, SYNC),
        ],
        end: RECOVERED + kept('a,b'),
      })
      // The late HELLO was old, and more than a window before what A expected.
      const late = recordsOf(played, 'A', 'handled').filter(({ type }) => type === 'HELLO')
      expect(late.map(({ verdict, ns }) => `${verdict} ${String(ns)}`)).toEqual([`duplicate ${String(letters.get('h')?.value)}`])
      const ahead = ((letters.get('q')?.value ?? 0) - (letters.get('h')?.value ?? 0)) & 0xffff
      expect(ahead).toBeGreaterThan(4)
      expect(ahead).toBeLessThan(32768)
    })

    test.each([
      ['ICRQ of the LAC', { cast: LNS_FAILS }, (text: string) => text],
      ['OCRQ of the LNS', { cast: LAC_FAILS, change: (scenario: Scenario) => turnCalls(exchangeSides(scenario)) }, turned],
    ])('S38 old retransmission before SCCRP, %s: R4951-3.2.1-29', (_whose, side, inTurn) => {
      const played = play('faults/old-retransmission-before-reset', side)
      expectDialogue(played, {
        heard: inTurn,
        dialogue: [
          `R>A ICRQ [x m/k] {14=b2} !again
          A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
          R>A SCCRP [z 0/1] {9=w,78(p,q)}`,
          FROM_SCCRP.replace('R>A ZLB', 'R cleared session b2 (not-established)\nR>A ZLB'),
          together(END, SYNC),
        ],
        end: RECOVERED + kept('a,b'),
      })
      const icrq = recordsOf(played, 'A', 'handled').filter(({ type, at }) => inTurn(type) === 'ICRQ' && at > 5.5 * SECOND)
      expect(icrq.map(({ verdict }) => verdict)).toEqual(['discarded'])
    })
  })

  describe('heavy random loss', () => {
    const seeds = Array.from({ length: 100 }, (_, i) => String(i + 1))

    test('S39 recovered on both sides or gone on both, in each of 100 seeds: R4951-3.3-04', () => {
      const outcomes = new Map<string, number>()
      for (const seed of seeds) {
        const played = play('faults/heavy-loss', { seed })
        expect(played.result.violations, `seed ${seed}`).toEqual([])
        const outcome = outcomeOf(tablesOf(played))
        expect(outcome, `seed ${seed}: ${tablesOf(played).join(', ')}`).not.toBe('one-sided')
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
      expect(outcomes.get('recovered') ?? 0).toBeGreaterThan(50)
    })

    test('S39 with half of the packets lost, some tunnels are given up: R4951-3.3-04, R2661-5.8-14', () => {
      const outcomes = seeds.slice(0, 30).map((seed) => {
        const played = play('faults/heavy-loss', { seed, set: { 'links[0].loss': '50%' } })
        expect(played.result.violations, `seed ${seed}`).toEqual([])
        return outcomeOf(tablesOf(played))
      })
      expect(outcomes).toContain('recovered')
      expect(outcomes).toContain('gone')
    })

    /** Whether every row of A's tables has its counterpart at R. */
    function outcomeOf(rows: readonly string[]): 'recovered' | 'gone' | 'one-sided' {
      if (rows.length === 0) return 'gone'
      const pairs = (who: string): readonly string[] =>
        rows.filter((row) => row.startsWith(who)).map((row) => row.split(' ').slice(1, 3).join(' '))
      const mirrored = pairs('R').map((pair) => pair.replace(/(\d+)-(\d+)/, '$2-$1'))
      const alike = pairs('A').length === mirrored.length && pairs('A').every((pair) => mirrored.includes(pair))
      return alike ? 'recovered' : 'one-sided'
    }
  })

  describe('tunnels that cannot be recovered', () => {
    test.each(inEitherRole(LAC_FAILS))('S62 old tunnel half open at the remote, %s: R4951-1-01, R4951-AMB-47', (_roles, side) => {
      expectDialogue(play('faults/half-open-tunnel', side), {
        dialogue: `
          R>A SCCRP [x 0/1] {9=y,76(CD,60s)} !again !lost
          A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
          R>A StopCCN [z 0/1] {9=w,1=2/1}
          A cleared tunnel x (recovery-failed)
          A>R ZLB [w 1/1]
          R>A SCCRP [x 0/1] {9=y,76(CD,60s)} !again
          A>R StopCCN [y 1/1] {9=x,1=7}
          R cleared tunnel y (stopccn-received)
          R>A ZLB [x 1/2]`,
        // To its next SCCRP A answers as an idle control connection does (RFC 2661 7.2.1), so R need not wait for its limit.
        end: '',
      })
    })
  })
})
