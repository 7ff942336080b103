// What only endpoints of a certain make or luck lead to: AVPs where they do not belong, tie breakers of several requests at once, IDs that
// come again, numbers half way round. Message by message on the whole simulator; each is a scenario that ships.

import { describe, expect, test } from 'vitest'
import { END, REC, RECOVERED, SYNC, kept, labelled, repeated } from '../support/dialogue-blocks.ts'
import { lacThenLns, lnsThenLac } from '../support/dialogue-exchange.ts'
import { recordsOf, saidIn } from '../support/dialogue-run.ts'
import { together } from '../support/dialogue.ts'
import { speaking, versions } from '../support/dialogue-version.ts'

describe.each(versions)('in %s', (_name, version) => {
  const { play, expectDialogue } = speaking(version)

  test.each(lnsThenLac)('S52 %s fails, and the peer had sent AVP 76 with neither bit: R4951-5.1-10, R4951-AMB-31', (_who, side) => {
    const played = play('refusals/neither-bit-set', side)
    expectDialogue(played, {
      dialogue: `
        A cleared session a (tunnel-closed)
        A cleared tunnel x (recovery-failed)
        ${repeated('R>A HELLO [x n/r]', 5)}
        +8s R cleared session b (tunnel-closed)
        R cleared tunnel y (retransmission-limit)`,
      end: '',
      violates: ['failover-avps-well-formed'],
    })
    expect(saidIn(played, 'start').find(({ text }) => /^R>A SCCR[QP]/.test(text))?.text).toMatch(/,76\?}$/)
  })

  test.each(lnsThenLac)(
    'S65 %s fails, no tie breaker, AVPs 76 and 77 where none belongs: R4951-AMB-02, R4951-AMB-22, R4951-AMB-32',
    (_who, side) => {
      expectDialogue(play('failover/avps-out-of-place', side), {
        dialogue: [
          REC.replace('{5,9=z,', '{9=z,76(CD,60s),').replace('{9=w,', '{9=w,76(CD,60s),77(y,x),'),
          together(END, SYNC),
        ],
        end: RECOVERED + kept('a,b'),
        violates: ['failover-avps-in-their-place', 'failover-avps-in-their-place'],
      })
    },
  )

  test.each(lnsThenLac)(
    'S72 %s has the lowest tie breaker of the tunnel, its peer that of the ordinary one: R4951-3.2.1-13, R4951-3.2.1-14, ' +
      'R4951-3.2.1-15, R4951-3.2.1-16, R4951-3.2.1-17',
    (_who, side) => {
      // In L2TPv3 the losers are told (RFC 3931 5.4.3).
      const told = version === 2 ? [] : ['A>R StopCCN [l 0/1] {9=k,1=3}\nR>A ZLB [k 1/1]', 'R>A StopCCN [u 0/1] {9=j,1=3}\nA>R ZLB [j 1/1]']
      const recovery = (number: number, tie: string): string => labelled(REC, number).replace('{5,', `{5=${tie},`)
      const rest = (number: number) => together(labelled(END, number), labelled(SYNC, number))
      expectDialogue(play('failover/ties-of-their-own', side), {
        dialogue: together(
          'R>A SCCRQ [0 0/0] {5=9,9=l,77(y1,x1)}',
          [recovery(1, '1'), rest(1)],
          [recovery(2, '8'), rest(2)],
          `A>R SCCRQ [0 0/0] {5=3,9=u,76(CD,60s)}`,
          `R>A SCCRQ [0 0/0] {5=0,9=v,76(CD,60s)}
          A>R SCCRP [v 0/1] {9=t,76(CD,60s)}
          R>A SCCCN [t 1/1]
          A>R ZLB [v 1/2]`,
          'A cleared tunnel u (tie-lost)',
          ...told,
        ),
        end: `${labelled(RECOVERED + kept('a,b'), 1)}
          ${labelled(RECOVERED + kept('a,b'), 2)}
          A tunnel t-v 1/2
          R tunnel v-t 2/1`,
      })
    },
  )

  test.each(lacThenLns)('S80 %s begins its data at 0 when 40,000 are expected: R4951-AMB-26, R4951-3.2.3-02', (who, side) => {
    const traffic = { 'tunnels[0].sessions[0].traffic.direction': who === 'LAC' ? 'up' : 'down' }
    const played = play('failover/beyond-half-the-numbers', { ...side, set: traffic })
    // Numbers of L2TPv3 have 24 bits: 40,000 is far from half of them, and the first three are old.
    const old = version === 2 ? 0 : 3
    const outcome = recordsOf(played, 'R', 'data').filter(({ at }) => at > 8_500_000_000)
    expect(outcome.slice(0, 5).map(({ verdict, ns }) => [ns, verdict])).toEqual(
      [0, 1, 2, 3, 4].map((ns) => [ns, ns < old ? 'old' : ns === old && old > 0 ? 'reset' : 'accepted']),
    )
    expect(played.result.metrics.dataDroppedAsOld).toBe(old)
    expect(outcome.length).toBeGreaterThan(500)
  })

  test.each(lnsThenLac)('S85 %s hands out the lowest free ID, and not that of an old tunnel: R4951-3.2.1-08, R4951-AMB-33', (who, side) => {
    // The lowest ID of a session is free again in each tunnel of L2TPv2; in L2TPv3 the node has each but once.
    const letters = version === 2 ? 'xyzwpq' : 'xyzwpqab'
    const of = (tunnel: number) => {
      const [rec, end, sync] = [REC, END, SYNC].map((block) => labelled(block, tunnel, letters))
      return [rec ?? '', together(end ?? '', sync ?? '')]
    }
    const rows = (tunnel: number): string => labelled(RECOVERED + kept('a,b'), tunnel, letters)
    // What the LAC dials when all is over gets the IDs that the first recovery tunnel has given back.
    const [dials, answers, own, theirs] = who === 'LAC' ? ['A', 'R', 'z1', 'w1'] : ['R', 'A', 'w1', 'z1']
    const ids = expectDialogue(play('failover/id-of-its-own', side), {
      dialogue: together(
        of(1),
        of(2),
        `${dials}>${answers} SCCRQ [0 0/0] {9=${own},76(CD,60s)}
        ${answers}>${dials} SCCRP [${own} 0/1] {9=${theirs},76(CD,60s)}
        ${dials}>${answers} SCCCN [${theirs} 1/1]
        ${answers}>${dials} ZLB [${own} 1/2]`,
      ),
      end: `${rows(1)}
        ${rows(2)}
        ${dials} tunnel ${own}-${theirs} 2/1
        ${answers} tunnel ${theirs}-${own} 1/2`,
    })
    expect(['x1', 'x2', 'z1', 'z2'].map((letter) => ids.get(letter)?.value)).toEqual([1, 2, 3, 4])
  })
})

describe('in L2TPv3 alone', () => {
  const { play, expectDialogue } = speaking(3)

  test.each(lnsThenLac)(
    'S82 %s fails, and only what is not IP has numbers: R4951-3.2.3-02, R3931-C-01, R3931-C-02, R3931-5.4.4-20',
    (_who, side) => {
      const played = play('v3/sequence-but-for-ip', side)
      expectDialogue(played, { dialogue: [REC, together(END, SYNC)], end: RECOVERED + kept('a,b') })
      const since = played.records.find(({ kind }) => kind === 'fault')?.at ?? 0
      const verdicts = recordsOf(played, 'R', 'data').filter(({ at }) => at > since + 100_000_000)
      const numbered = verdicts.filter(({ ns }) => ns >= 0)
      expect(numbered.slice(0, 6).map(({ ns, verdict }) => `${String(ns)} ${verdict}`)).toEqual(['0 old', '1 old', '2 old', '3 reset', '4 accepted', '5 accepted'])
      const unnumbered = verdicts.filter(({ ns }) => ns < 0)
      expect(unnumbered.length).toBeGreaterThan(3 * numbered.length)
      expect(new Set(unnumbered.map(({ verdict }) => verdict))).toEqual(new Set(['accepted']))
    },
  )
})
