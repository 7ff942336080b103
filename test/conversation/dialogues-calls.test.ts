// What becomes of calls that were beginning or ending in a failure (RFC 4951 3.3, step I and after), message by message, on the
// whole simulator. S13 and so on number the dialogues that this project is specified by; each is a scenario that ships. A is
// the endpoint that fails, R its peer.

import { describe, expect, test } from 'vitest'
import { END, REC, RECOVERED, kept } from '../support/dialogue-blocks.ts'
import { inEitherRole, lnsThenLac, placedByTheSame } from '../support/dialogue-exchange.ts'

import { LAC_FAILS, LNS_FAILS, recordsOf } from '../support/dialogue-run.ts'
import { together } from '../support/dialogue.ts'
import { speaking, versions } from '../support/dialogue-version.ts'

describe.each(versions)('in %s', (_name, version) => {
  const { play, expectDialogue } = speaking(version)

  /** The recovered tunnel with nothing said on it. */
  const EMPTY = `
    A tunnel x-y p/q
    R tunnel y-x q/p
  `

  /** A recovery in which R clears its half-open session b at the reset (RFC 4951 3.3 step I). */
  const RECOVERY_CLEARING_B = REC.replace('R>A ZLB', 'R cleared session b (not-established)\n  R>A ZLB')

  describe('calls that were ending or beginning', () => {
    test.each(lnsThenLac)('S13 CDN of the %s lost before its crash: R4951-3.3-02, R4951-3.3-21, R4951-3.3-24', (_who, side) => {
      expectDialogue(play('failover/lost-cdn', side), {
        dialogue: [
          `A cleared session a2 (cdn-sent)
          A>R CDN [y b2 n/r] {14=a2,1=3} !lost`,
          REC,
          together(
            END,
            `A>R FSQ [y p/q] {79(a1,b1)}
            R>A FSR [x q/p+1] {79(b1,a1)}
            A>R ZLB [y p+1/q+1]
            R>A FSQ [x q+1/p+1] {79(b1,a1),79(b2,a2)}
            A>R FSR [y p+1/q+2] {79(a1,b1),79(0,b2)}
            R cleared session b2 (unknown-to-peer)
            R>A ZLB [x q+2/p+2]`,
          ),
        ],
        end: RECOVERED + kept('a1,b1'),
      })
    })

    test('S14 ICCN lost before crash: R4951-3.3-03, R4951-3.3-05', () => {
      expectDialogue(play('failover/lost-iccn', { cast: LAC_FAILS }), {
        dialogue: [
          // The LNS repeats its ICRP, which the ICCN would have acknowledged.
          'R>A ICRP [x a m/k] {14=b} !again !lost',
          RECOVERY_CLEARING_B,
          together(
            END,
            `A>R FSQ [y p/q] {79(a,b)}
            R>A FSR [x q/p+1] {79(0,a)}
            A cleared session a (unknown-to-peer)
            A>R ZLB [y p+1/q+1]`,
          ),
        ],
        end: `A tunnel x-y p+1/q+1
          R tunnel y-x q+1/p+1`,
      })
    })

    test('S14 with the LNS failing before the ICCN arrives: R4951-3.3-03, R4951-3.3-05', () => {
      const crashed = { 'faults[0].endpoint': 'lns1' }
      expectDialogue(play('failover/lost-iccn', { cast: LNS_FAILS, set: crashed }), {
        dialogue: [
          'R>A ICCN [x a m/k] !again !lost',
          REC,
          END,
          // A knows of no session and asks nothing. R waits a second for its question, then asks itself.
          `+980ms R>A FSQ [x q/p] {79(b,a)}
          A>R FSR [y p/q+1] {79(0,b)}
          R cleared session b (unknown-to-peer)
          R>A ZLB [x q+1/p+1]`,
        ],
        end: `A tunnel x-y p+1/q+1
          R tunnel y-x q+1/p+1`,
      })
    })

    test('S15 setup in progress on both sides: R4951-3.3-05, R4951-3.2.2-02, R4951-AMB-41', () => {
      const played = play('failover/call-half-set-up')
      expectDialogue(played, {
        dialogue: ['R>A ICRQ [x m/k] {14=b} !again !lost', RECOVERY_CLEARING_B, END],
        end: EMPTY,
      })
      // The waiting ICRQ was flushed.
      expect(recordsOf(played, 'R', 'controlReset').map(({ flushed }) => flushed)).toEqual([1])
    })

    test('S17 outgoing call half way: R4951-3.3-05', () => {
      const played = play('failover/outgoing-call-half-way')
      expectDialogue(played, {
        dialogue: [RECOVERY_CLEARING_B, END],
        end: EMPTY,
      })
      // The LAC was dialling, and stops: the far end, which would have answered at 24 s, is never heard of.
      const states = recordsOf(played, 'R', 'transition').filter(({ machine }) => machine === 'outgoing-call-lac')
      expect(states.map(({ from, to }) => `${from} > ${to}`)).toEqual(['idle > wait-cs-answer', 'wait-cs-answer > idle'])
    })

    test.each(inEitherRole(LNS_FAILS))('S29 new call during recovery, %s: R4951-3.2.2-08, R4951-AMB-75', (_roles, side) => {
      expectDialogue(play('failover/new-call-during-recovery', side), {
        dialogue: [
          REC,
          together(
            END,
            `R>A ICRQ [x q/p] {14=b2}
            A>R FSQ [y p/q] {79(a1,b1)}
            A>R ZLB [y p+1/q+1]
            R>A ZLB [x q+1/p+1]
            R>A FSR [x q+1/p+1] {79(b1,a1)}
            R>A FSQ [x q+2/p+1] {79(b1,a1)}
            A>R ICRP [y b2 p+1/q+1] {14=a2}
            A>R ZLB [y p+2/q+2]
            A>R FSR [y p+2/q+3] {79(a1,b1)}
            R>A ZLB [x q+3/p+2]
            R>A ICCN [x a2 q+3/p+2]
            R>A ZLB [x q+4/p+3]
            A>R ZLB [y p+3/q+4]`,
          ),
        ],
        end: `A tunnel x-y p+3/q+4
          R tunnel y-x q+4/p+3
          ${kept('a1,b1', 'a2,b2')}`,
      })
    })

    /** The new call, placed by R as LAC, or as LNS; the last acknowledgement meets the crash. */
    const established = [
      `R>A ICCN [x a3 n+1/r+1]
       A>R ZLB [y r+1/n+2]`,
      `R>A ZLB [x n+1/r+1]
       A>R OCCN [y b3 r+1/n+1]
       R>A ZLB [x n+1/r+2] !lost`,
    ]
    const newCalls = placedByTheSame(LNS_FAILS).map(([who, side], i) => [who, side, ['ICRP', 'OCRP'][i] ?? '', established[i] ?? ''] as const)

    test.each(newCalls)('S30 stale replica at the backup, %s: R4951-1.1-02, R4951-3.3-04', (_who, side, reply, rest) => {
      expectDialogue(play('failover/stale-replica', side), {
        dialogue: [
          `R cleared session b0 (cdn-sent)
          R>A CDN [x a0 n/r] {14=b0,1=3}
          A>R ${reply} [y b3 r/n] {14=a3}
          A cleared session a0 (cdn-received)
          A>R ZLB [y r+1/n+1]
          ${rest}`,
          REC,
          together(
            END,
            `A>R FSQ [y p/q] {79(a0,b0),79(a1,b1)}
            R>A FSR [x q/p+1] {79(0,a0),79(b1,a1)}
            A cleared session a0 (unknown-to-peer)
            A>R ZLB [y p+1/q+1]
            R>A FSQ [x q+1/p+1] {79(b1,a1),79(b3,a3)}
            A>R FSR [y p+1/q+2] {79(a1,b1),79(0,b3)}
            R cleared session b3 (unknown-to-peer)
            R>A ZLB [x q+2/p+2]`,
          ),
        ],
        end: RECOVERED + kept('a1,b1'),
      })
    })
  })
})
