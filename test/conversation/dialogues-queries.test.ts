// FSQ and FSR (RFC 4951 3.3, step III), message by message, on the whole simulator. S18 and so on number the dialogues that this
// project is specified by; each is a scenario that ships. A is the endpoint that fails, R its peer.

import { describe, expect, test } from 'vitest'
import { END, REC, SYNC, asked, kept, numbered } from '../support/dialogue-blocks.ts'
import { inEitherRole, lnsThenLac, placedByTheSame } from '../support/dialogue-exchange.ts'

import { LNS_FAILS, LAC_FAILS, recordsOf, saidIn } from '../support/dialogue-run.ts'
import { together } from '../support/dialogue.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import { speaking, versions } from '../support/dialogue-version.ts'

describe.each(versions)('in %s', (_name, version) => {
  const { play, expectDialogue } = speaking(version)

  describe('queries and answers', () => {
    test.each(lnsThenLac)('S18 many sessions, several FSQs, %s fails: R4951-3.3-11, R4951-AMB-57, R4951-A-02', (_who, side) => {
      const played = play('failover/five-hundred-sessions', side)
      const piece = (first: string, second: string, i: number): string =>
        asked(...numbered(first, second, i === 6 ? 50 : 90, 90 * (i - 1) + 1))
      // A1 to A6: the six parts in which A's sessions fit packets of 1500 octets, as A writes them; B1 to B6: as R does.
      const inFull = (text: string): string =>
        text
          .replace(/\{A(\d)\}/g, (_, i: string) => `{${piece('a', 'b', Number(i))}}`)
          .replace(/\{B(\d)\}/g, (_, i: string) => `{${piece('b', 'a', Number(i))}}`)
      const synchronisation = `
        A>R FSQ [y p/q] {A1}
        R>A FSR [x q/p+1] {B1}
        A>R FSQ [y p+1/q+1] {A2}
        A>R FSQ [y p+2/q+1] {A3}
        R>A FSQ [x q+1/p+2] {B1}
        R>A FSQ [x q+2/p+2] {B2}
        R>A ZLB [x q+3/p+3]
        A>R FSQ [y p+3/q+2] {A4}
        A>R FSQ [y p+4/q+2] {A5}
        A>R ZLB [y p+5/q+3]
        A>R FSQ [y p+5/q+3] {A6}
        A>R FSR [y p+6/q+3] {A1}
        R>A FSQ [x q+3/p+4] {B3}
        R>A FSQ [x q+4/p+4] {B4}
        R>A ZLB [x q+5/p+5]
        R>A FSQ [x q+5/p+5] {B5}
        R>A FSQ [x q+6/p+5] {B6}
        R>A ZLB [x q+7/p+6]
        R>A ZLB [x q+7/p+7]
        A>R FSR [y p+7/q+4] {A2}
        A>R ZLB [y p+8/q+5]
        A>R FSR [y p+8/q+5] {A3}
        A>R ZLB [y p+9/q+6]
        A>R ZLB [y p+9/q+7]
        A>R FSR [y p+9/q+7] {A4}
        A>R FSR [y p+10/q+7] {A5}
        R>A FSR [x q+7/p+8] {B2}
        R>A FSR [x q+8/p+8] {B3}
        R>A ZLB [x q+9/p+9]
        R>A FSR [x q+9/p+9] {B4}
        R>A FSR [x q+10/p+9] {B5}
        R>A ZLB [x q+11/p+10]
        R>A ZLB [x q+11/p+11]
        A>R FSR [y p+11/q+8] {A6}
        A>R ZLB [y p+12/q+9]
        A>R ZLB [y p+12/q+10]
        A>R ZLB [y p+12/q+11]
        R>A FSR [x q+11/p+12] {B6}
        A>R ZLB [y p+12/q+12]`
      expectDialogue(played, {
        dialogue: [REC, together(END, inFull(synchronisation))],
        end: `A tunnel x-y p+12/q+12
          R tunnel y-x q+12/p+12
          ${kept(...numbered('a', 'b', 500))}`,
      })
      const sent = [...recordsOf(played, 'A', 'sent'), ...recordsOf(played, 'R', 'sent')].filter(({ plane }) => plane === 'control')
      const octets = sent.map(({ bytes }) => bytes.length)
      expect(Math.max(...octets)).toBe(12 + 8 + 90 * 16)
      expect(Math.max(...octets)).toBeLessThanOrEqual(1472)
    })

    test.each(inEitherRole(LNS_FAILS))('S19 one FSR answers several FSQs, shuffled, %s: R4951-3.3-18, R4951-3.3-19', (_roles, side) => {
      const played = play('failover/shuffled-answers', side)
      const parts = [numbered('a', 'b', 32), numbered('a', 'b', 32, 33), numbered('a', 'b', 16, 65)] as const
      const [first, second, third] = parts.map((part) => asked(...part))
      const all = asked(...numbered('b', 'a', 80))
      const shuffled = saidIn(played).find(({ text }) => text.startsWith('R>A FSR'))?.text ?? ''
      expect(inOrder(shuffled)).not.toBe(shuffled)
      expectDialogue(played, {
        // R's answers are compared in order of Session ID.
        heard: (text) => (text.startsWith('R>A FSR') ? inOrder(text) : text),
        dialogue: [
          REC,
          together(
            END,
            `A>R FSQ [y p/q] {${String(first)}}
            R>A FSQ [x q/p+1] {${all}}
            A>R FSQ [y p+1/q+1] {${String(second)}}
            A>R FSQ [y p+2/q+1] {${String(third)}}
            R>A ZLB [x q+1/p+2]
            R>A ZLB [x q+1/p+3]
            A>R FSR [y p+3/q+1] {${String(first)}}
            A>R FSR [y p+4/q+1] {${String(second)}}
            A>R FSR [y p+5/q+1] {${String(third)}}
            R>A ZLB [x q+1/p+4]
            R>A ZLB [x q+1/p+5]
            R>A ZLB [x q+1/p+6]
            R>A FSR [x q+1/p+6] {${all}}
            A>R ZLB [y p+6/q+2]`,
          ),
        ],
        end: `A tunnel x-y p+6/q+2
          R tunnel y-x q+2/p+6
          ${kept(...numbered('a', 'b', 80))}`,
      })
    })

    // A second after they were found stale (the acknowledgement before takes ten milliseconds), B1 and C1 are asked about.
    test.each(placedByTheSame(LNS_FAILS))('S21 mismatched Session IDs, %s: R4951-3.3-22, R4951-AMB-63', (_who, side) => {
      expectDialogue(play('failover/session-ids-mispaired', side), {
        dialogue: [
          'R cleared session D1 (table-edit)',
          REC,
          together(
            END,
            `A>R FSQ [y p/q] {79(A1,B1)}
            R>A FSR [x q/p+1] {79(0,A1)}
            A cleared session A1 (unknown-to-peer)
            A>R ZLB [y p+1/q+1]
            +990ms R>A FSQ [x q+1/p+1] {79(B1,C1)}
            A>R FSR [y p+1/q+2] {79(0,B1)}
            R cleared session B1 (unknown-to-peer)
            R>A ZLB [x q+2/p+2]
            +990ms A>R FSQ [y p+2/q+2] {79(C1,D1)}
            R>A FSR [x q+2/p+3] {79(0,C1)}
            A cleared session C1 (unknown-to-peer)
            A>R ZLB [y p+3/q+3]`,
          ),
        ],
        end: `A tunnel x-y p+3/q+3
          R tunnel y-x q+3/p+3`,
      })
    })

    test(
      'S23 ICRQ reuses an established Session ID: R4951-3.3-12, R4951-3.3-13, R4951-3.3-14, R4951-3.3-15, R4951-3.3-16, ' +
        'R4951-AMB-65',
      () => {
        expectDialogue(play('failover/session-id-reused', { cast: LAC_FAILS }), {
          dialogue: [
            `A cleared session a (cdn-sent)
            A>R CDN [y b n/r] {14=a,1=3} !lost`,
            REC,
            END,
            `A>R ICRQ [y p/q] {14=a}
            R cleared session b (collision)
            R>A CDN [x a q/p+1] {14=b,1=2/5}
            A cleared session a (cdn-received)
            A>R ZLB [y p+1/q+1]
            +0.5s A>R ICRQ [y p+1/q+1] {14=a}
            R>A ICRP [x a q+1/p+2] {14=b2}
            A>R ICCN [y b2 p+2/q+2]
            R>A ZLB [x q+2/p+3]
            R>A FSQ [x q+2/p+3] {79(b2,a)}
            A>R FSR [y p+3/q+3] {79(a,b2)}
            R>A ZLB [x q+3/p+4]`,
          ],
          end: `A tunnel x-y p+4/q+3
            R tunnel y-x q+3/p+4
            ${kept('a,b2')}`,
          halves: { b2: 'a' },
        })
      },
    )

    test.each(inEitherRole(LNS_FAILS))('S25 querier knows nothing valid, %s: R4951-3.3-10, R4951-3.3-21', (_roles, side) => {
      expectDialogue(play('failover/remote-forgot-its-sessions', side), {
        dialogue: [
          `R cleared session b1 (table-edit)
          R cleared session b2 (table-edit)
          R cleared session b3 (table-edit)`,
          REC,
          together(
            END,
            `A>R FSQ [y p/q] {79(a1,b1),79(a2,b2),79(a3,b3)}
            R>A FSR [x q/p+1] {79(0,a1),79(0,a2),79(0,a3)}
            A cleared session a1 (unknown-to-peer)
            A cleared session a2 (unknown-to-peer)
            A cleared session a3 (unknown-to-peer)
            A>R ZLB [y p+1/q+1]`,
          ),
        ],
        end: `A tunnel x-y p+1/q+1
          R tunnel y-x q+1/p+1`,
      })
    })

    test.each(inEitherRole(LNS_FAILS))('S26 FSR never comes, %s: R4951-AMB-64', (_roles, side) => {
      const played = play('failover/query-without-answer', side)
      expectDialogue(played, {
        dialogue: [
          REC,
          together(
            END,
            // What A asks: four times, five seconds apart.
            `A>R FSQ [y p/q] {79(a,b)}
            +1s A>R FSQ [y p/q] {79(a,b)} !again
            +4s A>R FSQ [y p+1/q] {79(a,b)}
            +5s A>R FSQ [y p+2/q] {79(a,b)}
            +5s A>R FSQ [y p+3/q] {79(a,b)}`,
            // That it has arrived.
            `R>A ZLB [x q+1/p+1]
            R>A ZLB [x q+1/p+2]
            R>A ZLB [x q+1/p+3]
            R>A ZLB [x q+1/p+4]`,
            // The answer to the first, repeated in vain.
            `R>A FSR [x q/p+1] {79(b,a)} !lost
            +1s R>A FSR [x q/p+1] {79(b,a)} !again !lost
            +2s R>A FSR [x q/p+1] {79(b,a)} !again !lost
            +4s R>A FSR [x q/p+2] {79(b,a)} !again !lost
            +8s R>A FSR [x q/p+3] {79(b,a)} !again !lost
            +8s R>A FSR [x q/p+4] {79(b,a)} !again !lost`,
          ),
        ],
        end: `A tunnel x-y p+4/q
          R tunnel y-x q+1/p+4
          A session a-b unsynchronised
          R session b-a`,
      })
      const given = recordsOf(played, 'A', 'sync').filter(({ outcome }) => outcome === 'unanswered')
      expect(given).toHaveLength(1)
    })

    /** An FSQ with Host Name "odd" besides the state of session (1,1). */
    const withHostName =
      'c802 002d 0001 0000 0002 0002 0008 0000 0000 0015 8009 0000 0007 6f6464 8010 0000 004f 0000 0000 0001 0000 0001'

    test.each([
      ['Failover Capability', {}, '76(CD,60s),'],
      ['Host Name', { 'faults[2].hex': withHostName }, ''],
    ])('S27 odd FSQs, one with a %s: R4951-4.1-06, R4951-4.2-07, R4951-AMB-56', (_avp, set, shown) => {
      const played = play('failover/odd-queries', { set, change: spoken })
      // "injected" stands for whoever has replaced R's message.
      expectDialogue(played, {
        dialogue: [
          REC.replace(',78(p,q)', '').replace('[x p/q]', '[x 0/0]').replace('[y q/p]', '[y 0/0]'),
          together(END, SYNC.replaceAll('p+', '').replaceAll('q+', '').replaceAll('p', '0').replaceAll('q', '0')),
          `R>A FSQ [x 2/2] {79(b,a)} !lost
          injected>A FSQ [x 2/2] {${shown}79(b,a)}
          A>R FSR [y 2/3] {79(a,b)}
          R>A ZLB [x 3/3]`,
          `R>A FSQ [x 3/3] {79(b,a)} !lost
          injected>A FSQ [x 3/3]
          A>R ZLB [y 3/4]`,
          `R>A FSQ [x 4/3] {79(b,a)}
          A>R FSR [y 3/5] {79(a,b)}
          R>A ZLB [x 5/4]`,
          `R>A FSQ [x 5/4] {79(b,a)} !lost
          injected>A FSR [x 5/4]
          A>R ZLB [y 4/6]`,
          `R>A FSQ [x 6/4] {79(b,a)}
          A>R FSR [y 4/7] {79(a,b)}
          R>A ZLB [x 7/5]`,
        ],
        end: `A tunnel x-y 5/7
          R tunnel y-x 7/5
          ${kept('a,b')}`,
      })
      const logged = recordsOf(played, 'A', 'log').map(({ what }) => what)
      expect(logged).toContain('empty-FSQ')
    })
  })

  /** The injected messages in the version of the run: an L2TPv3 header has 32 bits for what are Tunnel and Session ID in L2TPv2. */
  function spoken(scenario: Scenario): Scenario {
    if (version === 2) return scenario
    const translated = (hex: string): string => hex.replace(/^\s*c802 (\w+) (\w+) 0000/, 'c803 $1 0000 $2')
    const faults = scenario.faults.map((fault) => (fault.kind === 'inject' ? { ...fault, hex: translated(fault.hex) } : fault))
    return { ...scenario, faults }
  }

  /** A line with its AVPs in order of their first number. */
  function inOrder(text: string): string {
    return text.replace(/\{(.*)\}/, (_, avps: string) => {
      const sorted = [...avps.matchAll(/79\((\d+),\d+\)/g)].sort((a, b) => Number(a[1]) - Number(b[1]))
      return `{${sorted.map(([avp]) => avp).join(',')}}`
    })
  }
})
