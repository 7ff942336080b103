// Recoveries that are refused, forged or partial, message by message, on the whole simulator. S50 and so on number the dialogues that this
// project is specified by; each is a scenario that ships. Those of L2TPv3 with authentication are in dialogues-l2tpv3.test.ts.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../sim/base/time.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import { END, REC, RECOVERED, SYNC, asked, kept, numbered, syncOf } from '../support/dialogue-blocks.ts'
import { expectDialogue as expectDialogue2, expectHeld } from '../support/dialogue-expect.ts'
import { lnsThenLac, lnssThenLacs } from '../support/dialogue-exchange.ts'
import { play as play2, recordsOf, saidIn } from '../support/dialogue-run.ts'
import { together } from '../support/dialogue.ts'
import { speaking, versions } from '../support/dialogue-version.ts'

/** R finds the peer silent: a HELLO, its retransmissions, and the end when they and the Recovery Time that counts are over. */
function silence(recoveryTime: 0 | 60): string {
  const after = recoveryTime === 0 ? [1, 2, 4, 8, 8] : [1, 2, 4, 8, 8, 8, 8, 8, 8]
  return [
    'R>A HELLO [x n/r]',
    ...after.map((seconds) => `+${String(seconds)}s R>A HELLO [x n/r] !again`),
    `+${recoveryTime === 0 ? '8s' : '5s'} R cleared session b (tunnel-closed)`,
    'R cleared tunnel y (retransmission-limit)',
  ].join('\n')
}

/** A request is refused with this result, and A clears the old tunnel without a word. */
const refused = (result: string): string => `
  A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
  R>A StopCCN [z 0/1] {9=w,1=${result}}
  A cleared session a (tunnel-closed)
  A cleared tunnel x (recovery-failed)
  A>R ZLB [w 1/1]`

describe.each(versions)('in %s', (_name, version) => {
  const { play, expectDialogue } = speaking(version)

  describe('refusals', () => {
    test.each(lnsThenLac)('S50 %s fails, its peer is not failover capable: R4951-3.2.1-20, R4951-AMB-30', (_who, side) => {
      expectDialogue(play('refusals/not-failover-capable', side), { dialogue: [refused('4'), silence(0)], end: '' })
    })

    test.each(lnsThenLac)('S51 %s fails, which had said C = 0, D = 1: R4951-5.1-05, R4951-AMB-30', (_who, side) => {
      expectDialogue(play('refusals/data-channel-only', side), { dialogue: [refused('4'), silence(0)], end: '' })
    })

    test.each(lnsThenLac)('S63 %s fails, its peer is closing the tunnel: R4951-AMB-48', (_who, side) => {
      expectDialogue(play('refusals/tunnel-being-closed', side), {
        dialogue: [
          `R cleared session b (tunnel-closed)
          R cleared tunnel y (stopccn-sent)
          R>A StopCCN [x n/r] {9=y,1=1} !lost
          +1s R>A StopCCN [x n/r] {9=y,1=1} !again !lost`,
          together(refused('2/1'), `+2s R>A StopCCN [x n/r] {9=y,1=1} !again\nA>R ZLB [y r/n+1]`),
        ],
        end: '',
      })
    })

    test.each(lnsThenLac)('S64 %s fails, its peer does not know RFC 4951: R4951-5.2-05, R4951-5.1-03', (_who, side) => {
      expectDialogue(play('refusals/peer-of-the-old-rfc', side), { dialogue: [refused('2/8'), silence(0)], end: '' })
    })

    test.each(lnsThenLac)('S93 %s fails, its successor has another Host Name: R4951-AMB-71', (_who, side) => {
      expectDialogue(play('refusals/other-host-name', side), { dialogue: [refused('4'), silence(60)], end: '' })
    })
  })

  test.each(lnsThenLac)('S67 %s fails, AVPs are hidden: R4951-5.1-02, R4951-5.3-03, R4951-5.4-04, R4951-5.2-04', (_who, side) => {
    const played = play('failover/hidden-avps', side)
    const states = Array(3).fill('79(hidden)').join(',')
    expectHeld(played)
    const digests = version === 2 ? '' : '59,73,'
    const [request = '', answer = ''] = saidIn(played).map(({ text }) => text.replace(/^(\S+ \S+) \[.*?\]/, '$1'))
    expect(request).toMatch(/^A>R SCCRQ \{(59,73,)?5,(9|61)\(hidden\),77\(1,1\)\}$/)
    expect(answer).toMatch(/^R>A SCCRP \{(59,73,)?(9|61)\(hidden\),78\(hidden\)\}$/)
    expect([request, answer].every((text) => text.includes(`{${digests}`))).toBe(true)
    const queries = saidIn(played).filter(({ text }) => /FS[QR]/.test(text))
    expect(queries.map(({ text }) => text.replace(/\[.*?\]/, '').replace('59,', ''))).toEqual(['A>R FSQ', 'R>A FSR', 'R>A FSQ', 'A>R FSR'].map((each) => `${each}  {${states}}`))
  })

  test.each(lnsThenLac)('S71 both fail, the %s is back first: R4951-AMB-23, R4951-AMB-49', (_who, side) => {
    const played = play('failover/back-at-different-times', side)
    expectHeld(played)
    const said = saidIn(played).map(({ text }) => text)
    const lost = said.filter((text) => text.startsWith('A>R SCCRQ') && text.endsWith('!lost'))
    expect(lost).toHaveLength(3)
    expect(recordsOf(played, 'A', 'recovery').map(({ step }) => step)).toContain('synchronised')
    expect(recordsOf(played, 'A', 'dataReset').filter(({ direction, value }) => direction === 'send' && value === 0).length).toBeGreaterThan(0)
    expect(recordsOf(played, 'R', 'dataReset').filter(({ direction, value }) => direction === 'send' && value === 0).length).toBeGreaterThan(0)
  })

  describe('S78 S79 D = 0 on one side: R4951-3.2.3-07, R4951-3.2.3-08, R4951-AMB-24, R4951-AMB-28, R4951-AMB-29', () => {
    test.each(lnssThenLacs({ A: 'loses', R: 'lac1' }))('%s loses both planes: the sequenced session ends by CDN, the other is kept', (_who, side) => {
      const played = play('failover/data-numbers-cannot-be-reset', side)
      expectHeld(played)
      const own = saidIn(played).filter(({ text }) => /^[AR](>[AR])? /.test(text)).map(({ text }) => text)
      expect(own.filter((text) => text.includes('cleared'))).toEqual(['A cleared session 1 (not-recoverable)', 'R cleared session 1 (cdn-received)'])
      expect(own.filter((text) => text.includes('CDN'))).toEqual([expect.stringMatching(/^A>R CDN .*1=2\/6}$/)])
      expect(own.filter((text) => text.startsWith('A>R FSQ'))).toEqual([expect.stringMatching(/79\(2,2\)}$/)])
      expect(own.filter((text) => text.startsWith('A>R FSQ') && text.includes('79(1,'))).toEqual([])
    })

    test.each(lnssThenLacs({ A: 'keeps', R: 'lac2' }))('%s keeps its data plane: both sessions are kept without loss', (_who, side) => {
      const own = saidIn(play('failover/data-numbers-cannot-be-reset', side)).filter(({ text }) => /^[AR](>[AR])? /.test(text)).map(({ text }) => text)
      expect(own.filter((text) => /CDN|cleared/.test(text))).toEqual([])
      expect(own.filter((text) => text.startsWith('A>R FSQ'))).toEqual([expect.stringMatching(/79\(1,1\),79\(2,2\)}$/)])
    })
  })

  test.each([[1, 0], [4, 3], [16, 15]])('S83 n = %i: %i messages are lost as old, whoever fails: R4951-3.2.3-06', (threshold, lost) => {
    const endpoint = { 1: 'eager', 4: 'usual', 16: 'slow' }[threshold] ?? ''
    for (const [, side] of lnssThenLacs({ A: 'lns1', R: endpoint })) {
      const played = play('failover/data-threshold', side)
      expectHeld(played)
      expect(recordsOf(played, 'R', 'data').filter(({ verdict }) => verdict === 'old')).toHaveLength(lost)
      expect(recordsOf(played, 'R', 'data').filter(({ verdict }) => verdict === 'reset')).toHaveLength(1)
    }
  })

  test.each(lnsThenLac)('S87 after the reset of the %s the congestion window begins at 1 on both sides: R4951-AMB-40', (_who, side) => {
    const played = play('failover/five-hundred-sessions', side)
    for (const [way, letter] of [['A>R', 'A'], ['R>A', 'R']] as const) {
      const reset = recordsOf(played, letter, 'controlReset')[0]?.at ?? 0
      const queries = saidIn(played).filter(({ at, text }) => at >= reset && /FS[QR]/.test(text) && text.startsWith(way))
      // One alone, and the next when it is acknowledged, a round trip later.
      expect((queries[1]?.at ?? 0) - (queries[0]?.at ?? 0)).toBeGreaterThanOrEqual(0.02 * SECOND)
      const second = queries.filter(({ at }) => at === queries[1]?.at)
      expect(second).toHaveLength(2)
    }
  })

  test.each(lnssThenLacs({ A: 'lns1', R: 'lac1', S: 'lac2', T: 'lac3', U: 'lac4' }))('S88 %s recovers two of four tunnels: R4951-3.2-02', (_who, side) => {
    const played = play('failover/chosen-tunnels-only', side)
    expectHeld(played)
    const said = saidIn(played).map(({ text }) => text)
    expect(said.filter((text) => /^A>. SCCRQ/.test(text)).map((text) => text.slice(0, 4))).toEqual(['A>R ', 'A>S '])
    expect(said.filter((text) => /^A>[TU]/.test(text))).toEqual([])
    for (const letter of ['T', 'U']) {
      expect(said.filter((text) => text.startsWith(`${letter} cleared tunnel`))).toEqual([`${letter} cleared tunnel 1 (retransmission-limit)`])
    }
  })

  test.each(lnsThenLac)('S91 %s fails, only sessions without data are queried: R4951-3.3-06, R4951-AMB-53', (_who, side) => {
    const [a, r] = [asked(...numbered('a', 'b', 3)), asked(...numbered('b', 'a', 3))]
    const played = play('failover/suspects-only', side)
    const rest = numbered('c', 'd', 7)
    expectDialogue(played, { dialogue: [REC, together(END, syncOf(a, r))], end: RECOVERED + kept(...numbered('a', 'b', 3), ...rest) })
  })
})

// Challenges are L2TPv2's; how an L2TPv3 peer proves itself is in dialogues-l2tpv3.test.ts.
describe('with a Challenge', () => {
  const request = REC.split('\n')[1]?.replace('{5,9=z,', '{5,9=z,11,') ?? ''

  test.each(lnsThenLac)('S94 %s fails, both ends prove who they are: R4951-3.2.1-23, R4951-3.2.1-24, R4951-AMB-04', (_who, side) => {
    const proven = REC.replace('{5,9=z,', '{5,9=z,11,').replace('{9=w,78', '{9=w,13,11,78').replace('SCCCN [w 1/1]', 'SCCCN [w 1/1] {13}')
    expectDialogue2(play2('failover/mutual-challenge', side), { dialogue: [proven, together(END, SYNC)], end: RECOVERED + kept('a,b') })
  })

  test.each(lnsThenLac)('S54 %s fails, its successor has another secret, both challenge: R4951-3.2.1-24, R4951-3.2.1-25, R4951-AMB-50', (_who, side) => {
    expectDialogue2(play2('refusals/wrong-secret', side), {
      dialogue: [
        `${request}
        R>A SCCRP [z 0/1] {9=w,13,11,78(p,q)}
        A cleared session a (tunnel-closed)
        A cleared tunnel x (recovery-failed)
        A>R StopCCN [w 1/1] {9=z,1=4}
        R>A ZLB [z 1/2]`,
        silence(60),
      ],
      end: '',
    })
  })

  test.each(lnsThenLac)('S55 %s fails, its successor has another secret, R alone challenges: R4951-3.2.2-04, R4951-AMB-43, R4951-AMB-50', (_who, side) => {
    expectDialogue2(play2('refusals/wrong-secret-found-late', side), {
      dialogue: [
        `A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
        R>A SCCRP [z 0/1] {9=w,11,78(p,q)}
        A reset [x p/q]
        A>R SCCCN [w 1/1] {13}
        R>A StopCCN [z 1/2] {9=w,1=4}
        A cleared session a (tunnel-closed)
        A cleared tunnel x (recovery-failed)
        A>R ZLB [w 2/2]`,
        silence(60),
      ],
      end: '',
    })
  })

  /** What is injected in the name of the one endpoint, in that of the other. */
  const forged = lnsThenLac.map(([who, side]) => {
    const renamed = (hex: string): string => hex.replaceAll(/6c6e7331|6c616331/g, (name) => (name === '6c6e7331' ? '6c616331' : '6c6e7331'))
    const change = (scenario: Scenario): Scenario => {
      const exchanged = side.change?.(scenario) ?? scenario
      const faults = exchanged.faults.map((fault) => (side.change !== undefined && fault.kind === 'inject' ? { ...fault, hex: renamed(fault.hex) } : fault))
      return { ...exchanged, faults }
    }
    return [who, { ...side, change }] as const
  })

  test.each(forged)('S58 somebody forges the %s, which knows of nothing: R4951-8-01, R4951-AMB-51', (_who, side) => {
    const said = saidIn(play2('hostile/spoofed-recovery', side)).map(({ text }) => text)
    expect(said.slice(0, 4).map((text) => text.replace(/ \[.*\] /, ' ').replace(/9=\d+,/, '').replace(/78\(.*\)/, '78'))).toEqual([
      expect.stringMatching(/^injected>R SCCRQ \{5=0,77\(1,1\)\}$/),
      'R>A SCCRP {78}',
      'A>R StopCCN {1=7}',
      expect.stringMatching(/^R>A ZLB \[/),
    ])
    // The old tunnel is alive: a call is hung up on it, and acknowledged.
    expect(said.slice(-2)[0]).toMatch(/^A cleared session|^R cleared session|^[AR]>[AR] CDN/)
  })

  test.each(forged)('S59 the same with a secret, against the %s: R4951-8-02, R4951-AMB-16, R4951-AMB-36', (_who, side) => {
    const played = play2('hostile/spoofed-recovery-with-secret', side)
    expectHeld(played)
    const said = saidIn(played).map(({ text }) => text)
    expect(said.filter((text) => text.startsWith('R>A StopCCN'))).toEqual([expect.stringMatching(/1=4}$/)])
    expect(said.filter((text) => text.includes('reset'))).toEqual([])
  })

  test.each(lnsThenLac)('S60 guesses from elsewhere against the %s: R4951-8-03, R4951-8-06, R4951-AMB-67', (_who, side) => {
    const played = play2('hostile/off-path-guesses', side)
    expectHeld(played)
    expect(saidIn(played).filter(({ text }) => /cleared/.test(text))).toEqual([])
  })
})
