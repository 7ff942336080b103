// How long each side waits, message by message, on the whole simulator: Recovery Times, retransmissions, links that are cut. S41 and so
// on number the dialogues that this project is specified by; each is a scenario that ships.

import { describe, expect, test } from 'vitest'
import { END, REC, RECOVERED, SYNC, kept, repeated } from '../support/dialogue-blocks.ts'
import { expectHeld } from '../support/dialogue-expect.ts'
import { lnsThenLac, lnssThenLacs } from '../support/dialogue-exchange.ts'
import { recordsOf, saidIn } from '../support/dialogue-run.ts'
import { together } from '../support/dialogue.ts'
import { speaking, versions } from '../support/dialogue-version.ts'

/** A HELLO and its retransmissions, each so many seconds after the one before. */
const hellos = (mark: string, ...after: readonly number[]): string =>
  ['R>A HELLO [x n/r]', ...after.map((seconds) => `+${String(seconds)}s R>A HELLO [x n/r] !again`)].map((line) => line + mark).join('\n')

/** R gives up, `after` its last transmission. */
const givenUp = (after: string): string => `+${after} R cleared session b (tunnel-closed)\nR cleared tunnel y (retransmission-limit)`

/** R refuses because it knows no such tunnel (any more), and A clears it without a word. */
const REFUSED = `
  A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
  R>A StopCCN [z 0/1] {9=w,1=2/1}
  A cleared session a (tunnel-closed)
  A cleared tunnel x (recovery-failed)
  A>R ZLB [w 1/1]`

describe.each(versions)('in %s', (_name, version) => {
  const { play, expectDialogue } = speaking(version)

  test.each(lnsThenLac)('S41 %s is back when its time is over: R4951-5.1-11, R4951-3.2.1-19, R4951-3.2.1-28, R4951-AMB-03', (_who, side) => {
    expectDialogue(play('timers/recovered-too-late', side), {
      dialogue: [hellos(' !lost', 1, 2, 4, 8, 8, 8, 8), givenUp('1s'), REFUSED],
      end: '',
    })
  })

  describe('S43 Recovery Time 0: R4951-5.1-14', () => {
    const pairs = [
      ['back within the retransmissions', { A: 'quick', R: 'lac1' }],
      ['back after them', { A: 'slow', R: 'lac2' }],
    ] as const
    describe.each(pairs)('%s', (_when, cast) => {
      test.each(lnssThenLacs(cast))('%s fails', (_who, side) => {
        const played = play('timers/no-recovery-time', side)
        expectHeld(played)
        const own = saidIn(played).filter(({ text }) => /^[AR](>[AR])? /.test(text)).map(({ text }) => text)
        const [first = '', ...again] = own.filter((text) => text.startsWith('R>A HELLO') && text.endsWith('!lost'))
        expect(first).not.toContain('again')
        if (cast.A === 'quick') {
          expect(again).toHaveLength(2)
          expect(recordsOf(played, 'A', 'recovery').map(({ step }) => step)).toContain('synchronised')
          expect(own.filter((text) => text.includes('cleared'))).toEqual([])
          return
        }
        expect(again).toHaveLength(5)
        // Given up 31 s after the first transmission, and no later.
        const [hello, closed] = [recordsOf(played, 'R', 'sent').find(({ at }) => at > 5e9), recordsOf(played, 'R', 'tunnel').find(({ event }) => event === 'closed')]
        expect((closed?.at ?? 0) - (hello?.at ?? 0)).toBe(31e9)
        expect(own.at(-4)).toMatch(/^R>A StopCCN .*1=2\/1}$/)
      })
    })
  })

  test.each(lnsThenLac)('S44 the link is cut for a while, nobody fails (A as the %s): R4951-5.1-12, R4951-5.1-15', (_who, side) => {
    const played = play('timers/link-cut-no-failover', side)
    expectHeld(played)
    const told = saidIn(played).map(({ text }) => text)
    for (const way of ['A>R', 'R>A']) {
      const first = told.filter((text) => text.startsWith(`${way} HELLO`)).slice(0, 5)
      expect(first.map((text) => text.replace(/^.*\] ?/, ''))).toEqual(['!lost', '!again !lost', '!again !lost', '!again !lost', '!again'])
    }
    expect(told.filter((text) => /SCCRQ|cleared|reset/.test(text))).toEqual([])
    for (const letter of ['A', 'R']) {
      expect(recordsOf(played, letter, 'timer').filter(({ name }) => name === 'recovery-time').map(({ action }) => action)).toEqual(['start', 'stop'])
    }
  })

  describe('S45 each side has its own Recovery Time: R4951-AMB-06', () => {
    test.each(lnssThenLacs({ A: 'lns1', R: 'lac1' }))('120 s asked for by the %s', (_who, side) => {
      const played = play('timers/patience-of-each-side', side)
      expectHeld(played)
      const steps = recordsOf(played, 'A', 'recovery').map(({ step }) => step)
      expect(steps.slice(-2)).toEqual(['recovered', 'synchronised'])
      expect(saidIn(played).filter(({ text }) => text.startsWith('R cleared'))).toEqual([])
    })

    test.each(lnssThenLacs({ R: 'lns2', A: 'lac2' }))('5 s asked for by the peer of the %s', (_who, side) => {
      const played = play('timers/patience-of-each-side', side)
      const own = saidIn(played).filter(({ text }) => /^[AR](>[AR])? /.test(text)).map(({ text }) => text)
      expect(own.filter((text) => text.startsWith('R>A HELLO'))).toHaveLength(6)
      expect(own.slice(-5).map((text) => text.replace(/ \[.*/, ''))).toEqual([
        'A>R SCCRQ',
        'R>A StopCCN',
        'A cleared session 1 (tunnel-closed)',
        'A cleared tunnel 1 (recovery-failed)',
        version === 2 ? 'A>R ZLB' : 'A>R ACK',
      ])
    })
  })

  test.each(lnsThenLac)('S46 nothing is outstanding, %s fails: no recovery timer runs: R4951-AMB-07', (_who, side) => {
    const oneSession = { 'tunnels[0].sessions.count': '1', 'expect[1].equals': '1' }
    const played = play('failover/lns-control-failure', { ...side, set: oneSession })
    expectDialogue(played, { dialogue: [REC, together(END, SYNC)], end: RECOVERED + kept('a,b') })
    expect(recordsOf(played, 'R', 'timer').filter(({ name }) => name === 'recovery-time')).toEqual([])
  })

  test.each(lnsThenLac)('S48 %s fails, and its peer cannot be reached: R4951-3.2.1-28, R4951-AMB-17', (_who, side) => {
    expectDialogue(play('timers/remote-unreachable', side), {
      dialogue: together(
        [repeated('A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !lost', 5), '+8s A cleared session a (tunnel-closed)\nA cleared tunnel x (recovery-failed)'],
        [hellos(' !lost', 1, 2, 4, 8, 8, 8, 8, 8, 8), givenUp('5s')],
      ),
      end: '',
    })
  })
})
