// Recoveries in which both sides fail, at once or one after the other, message by message, on the whole simulator. S68 and so on
// number the dialogues that this project is specified by; each is a scenario that ships.

import { describe, expect, test } from 'vitest'
import { END, REC, RECOVERED, SYNC, exchanged, kept, labelled } from '../support/dialogue-blocks.ts'
import { inEitherRole } from '../support/dialogue-exchange.ts'
import { expectHeld } from '../support/dialogue-expect.ts'
import { LAC_FAILS, LNS_FAILS, recordsOf, type Cast } from '../support/dialogue-run.ts'
import { together } from '../support/dialogue.ts'
import { speaking, versions } from '../support/dialogue-version.ts'

describe.each(versions)('in %s', (_name, version) => {
  const { play, expectDialogue } = speaking(version)

  describe('both sides fail at once', () => {
    const seeds = ['1', '2', '3', '4', '5', '6', '7', '8']

    // In L2TPv3 the loser is told (S69; with authentication in dialogues-l2tpv3.test.ts).
    const told = version === 2 ? [] : ['A>R StopCCN [l 0/1] {9=k,1=3}\nR>A ZLB [k 1/1]']
    const set = { 'expect[3].equals': String(1 + told.length) }

    test(
      'S68 double failure, tie lost: R4951-3.2.1-10, R4951-3.2.1-11, R4951-3.2.1-12, R4951-B-01, R4951-B-02, R4951-B-03, ' +
        'R4951-B-04, R4951-B-05, R4951-B-06, R4951-B-07, R4951-AMB-18, R4951-AMB-19',
      () => {
        const winners = new Set<string>()
        for (const seed of seeds) {
          const { A: winner = '' } = winnerFirst(seed)
          winners.add(winner)
          // A and its recovery tunnel z win; R had asked for one of its own, l.
          expectDialogue(play('failover/both-ends-fail', { seed, set, cast: winnerFirst(seed) }), {
            dialogue: [
              together('A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}', 'R>A SCCRQ [0 0/0] {5,9=l,77(y,x)}'),
              together([REC.replace(/^.*SCCRQ.*$/m, ''), together(END, SYNC)], ...told),
            ],
            end: RECOVERED + kept('a,b'),
          })
        }
        expect(winners).toEqual(new Set(['lac1', 'lns1']))
      },
    )

    /** The endpoint that wins the tie as A, the other as R. */
    function winnerFirst(seed: string): Cast {
      const played = play('failover/both-ends-fail', { seed, set })
      expectHeld(played)
      const tieWon = recordsOf(played, 'A', 'recovery').some(({ step }) => step === 'tie-won')
      const tieLost = recordsOf(played, 'R', 'recovery').some(({ step }) => step === 'tie-lost')
      expect(tieWon).toBe(tieLost)
      return tieWon ? LNS_FAILS : LAC_FAILS
    }
  })

  describe('one failure after the other', () => {
    test.each(inEitherRole(LNS_FAILS))('S73 recovery endpoint fails again after SCCRQ, %s: R4951-AMB-46', (_roles, side) => {
      const played = play('failover/second-crash', side)
      expectDialogue(played, {
        dialogue: [
          `A>R SCCRQ [0 0/0] {5,9=z1,77(x,y)}
          R>A SCCRP [z1 0/1] {9=w1,78(p1,q1)} !lost`,
          together(
            // The unfinished attempt: A, which knows nothing of z1 any more, ends it.
            `+1s R>A SCCRP [z1 0/1] {9=w1,78(p1,q1)} !again
            A>R StopCCN [w1 1/1] {9=z1,1=7}
            R>A ZLB [z1 1/2]`,
            labelled(REC, 2, 'zw'),
          ),
          together(labelled(END, 2, 'zw'), SYNC),
        ],
        end: RECOVERED + kept('a,b'),
      })
    })

    test.each(inEitherRole(LNS_FAILS))('S75 remote fails after SCCRP, %s: R4951-AMB-77', (_roles, side) => {
      const played = play('failover/remote-crashes-during-recovery', side)
      const stillTrying = 'A>R SCCCN [w1 1/1] !again'
      expectDialogue(played, {
        dialogue: [
          `A>R SCCRQ [0 0/0] {5,9=z1,77(x,y)}
          R>A SCCRP [z1 0/1] {9=w1,78(p1,q1)}
          A reset [x p1/q1]
          A>R SCCCN [w1 1/1] !lost
          A>R SCCCN [w1 1/1] !again !lost`,
          // The attempt of R, which A accepts although its own is beyond the SCCRP; that one goes on till then. In L2TPv3 an SCCCN
          // for nothing is answered (RFC 3931 7.2).
          together(
            version === 2 ? stillTrying : [stillTrying, 'R>A StopCCN [0 1/2] {9=w1,1=7}', 'A>R ZLB [w1 2/2]'],
            labelled(exchanged(REC), 2, 'zw'),
          ),
          together(labelled(exchanged(END), 2, 'zw'), exchanged(SYNC)),
        ],
        end: exchanged(RECOVERED + kept('a,b')),
      })
    })

    test.each(inEitherRole(LNS_FAILS))('S76 remote fails after the recovery is complete, %s: R4951-1.1-03, R4951-1.1-04, R4951-AMB-32', (_roles, side) => {
      expectDialogue(play('failover/one-after-the-other', side), {
        dialogue: [
          labelled(REC, 1, 'zwpq'),
          together(labelled(END, 1, 'zwpq'), labelled(SYNC, 1, 'zwpq')),
          labelled(exchanged(REC), 2, 'zwpq'),
          together(labelled(exchanged(END), 2, 'zwpq'), labelled(exchanged(SYNC), 2, 'zwpq')),
        ],
        end: labelled(exchanged(RECOVERED + kept('a,b')), 2, 'pq'),
      })
    })
  })
})
