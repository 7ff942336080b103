// How expected dialogues are compared with what was said: that the comparison of the transcript tests accepts what it should, and
// above all that it refuses everything else.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../sim/base/time.ts'
import { END, REC, SYNC, exchanged, labelled } from '../support/dialogue-blocks.ts'
import { exchangeSides, turnCalls } from '../support/dialogue-exchange.ts'
import { shipped } from '../support/dialogue-run.ts'
import { matchDialogue, together, type Dialogue, type Said } from '../support/dialogue.ts'

/** Lines said one second apart, the first at 1 s. */
const said = (...lines: readonly string[]): readonly Said[] => lines.map((text, i) => ({ at: (i + 1) * SECOND, text }))

const accepts = (expected: Dialogue, ...lines: readonly string[]): boolean => matchDialogue(expected, said(...lines)).ok

describe('one line', () => {
  test.each([
    ['A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}', 'A>R SCCRQ [0 0/0] {5,9=51,77(17,34)}', true],
    ['A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}', 'A>R SCCRQ [0 0/0] {5,9=51}', false],
    ['A>R SCCRQ [0 0/0] {5,9=z}', 'A>R SCCRQ [0 0/0] {5,9=51,77(17,34)}', false],
    ['A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}', 'R>A SCCRQ [0 0/0] {5,9=51,77(17,34)}', false],
    ['A>R SCCRQ [0 0/0] {9=z}', 'A>R SCCRQ [0 0/1] {9=51}', false],
    ['A>R SCCRQ [0 0/0] {9=z}', 'A>R SCCRQ [0 0/0] {9=51} !lost', false],
    ['A>R SCCRQ [0 0/0] {9=z} !again !lost', 'A>R SCCRQ [0 0/0] {9=51} !again !lost', true],
    ['R>A ZLB [z 1/2]', 'R>A ZLB [51 1/2]', true],
    ['R>A ZLB [z 1/2]', 'R>A HELLO [51 1/2]', false],
    ['A>R CDN [y s=b n/r] {14=a,1=2/5}', 'A>R CDN [34 7 3/6] {14=9,1=2/5}', true],
    ['A>R CDN [y b n/r] {14=a,1=2/5}', 'A>R CDN [34 7 3/6] {14=9,1=2/6}', false],
    ['A>R CDN [y n/r] {14=a,1=2/5}', 'A>R CDN [34 7 3/6] {14=9,1=2/5}', false],
    ['A>R FSR [y n/r] {79(0,b)}', 'A>R FSR [34 3/6] {79(0,7)}', true],
    ['A>R FSR [y n/r] {79(a,b)}', 'A>R FSR [34 3/6] {79(0,7),79(1,8)}', false],
    ['R>A SCCRP [z 0/1] {9=w,76(CD,60s)}', 'R>A SCCRP [51 0/1] {9=1,76(C,60s)}', false],
    ['R>A SCCRP [z 0/1] {9=w,78(p,q)}', 'R>A SCCRP [51 0/1] {9=1,78?}', false],
    ['A reset [x p/q]', 'A reset [17 3/100]', true],
    ['A reset [x p/q]', 'R reset [17 3/100]', false],
    ['A cleared session a (unknown-to-peer)', 'A cleared session 9 (collision)', false],
    ['A session a-b', 'A session 1-2', true],
    ['A session a-b', 'A session 1-2 unsynchronised', false],
  ])('%s for %s: %s', (expected, heard, outcome) => {
    expect(accepts(expected, heard)).toBe(outcome)
  })
})

describe('letters', () => {
  test('stand for one number throughout', () => {
    const expected = 'A>R FSQ [y p/q] {79(a,b)}\nR>A FSR [x q/p+1] {79(b,a)}'
    expect(accepts(expected, 'A>R FSQ [34 3/100] {79(1,2)}', 'R>A FSR [17 100/4] {79(2,1)}')).toBe(true)
    expect(accepts(expected, 'A>R FSQ [34 3/100] {79(1,2)}', 'R>A FSR [17 100/4] {79(1,2)}')).toBe(false)
    expect(accepts(expected, 'A>R FSQ [34 3/100] {79(1,2)}', 'R>A FSR [17 100/3] {79(2,1)}')).toBe(false)
    expect(accepts(expected, 'A>R FSQ [34 3/100] {79(1,2)}', 'R>A FSR [17 101/4] {79(2,1)}')).toBe(false)
  })

  test('are counted modulo 65536', () => {
    expect(accepts('A>R ZLB [y p/q]\nA>R ZLB [y p+1/q+2]', 'A>R ZLB [34 65535/65534]', 'A>R ZLB [34 0/0]')).toBe(true)
    expect(accepts('A>R ZLB [y p+1/q]\nA>R ZLB [y p/q]', 'A>R ZLB [34 0/9]', 'A>R ZLB [34 65535/9]')).toBe(true)
  })

  test('two of them never stand for the same tunnel or session of one endpoint', () => {
    expect(accepts('A>R SCCRQ [0 0/0] {9=z,77(x,y)}', 'A>R SCCRQ [0 0/0] {9=17,77(17,34)}')).toBe(false)
    // The two ends may well have chosen the same number, and sequence numbers may be equal.
    expect(accepts('A>R SCCRQ [0 0/0] {9=z,77(x,y)}', 'A>R SCCRQ [0 0/0] {9=2,77(1,1)}')).toBe(true)
    expect(accepts('A reset [x p/q]', 'A reset [17 5/5]')).toBe(true)
  })

  test('that stand for a tunnel here and a session there are a mistake of the test', () => {
    expect(() => accepts('A>R CDN [y x n/r] {14=y,1=3}', 'A>R CDN [34 7 3/6] {14=34,1=3}')).toThrow('stands for')
  })
})

describe('order and time', () => {
  const [one, two, three] = ['A>R ZLB [1 1/1]', 'A>R ZLB [1 2/2]', 'A>R ZLB [1 3/3]'] as const

  test('everything said is expected, and everything expected said, in order', () => {
    expect(accepts([one, two], one, two)).toBe(true)
    expect(accepts([one, two], two, one)).toBe(false)
    expect(accepts([one, two], one)).toBe(false)
    expect(accepts([one], one, two)).toBe(false)
    expect(accepts([one, two], one, three, two)).toBe(false)
  })

  test('dialogues together keep only the order within each', () => {
    const expected = together([one, two], three)
    for (const order of [[one, two, three], [one, three, two], [three, one, two]]) expect(accepts(expected, ...order)).toBe(true)
    expect(accepts(expected, two, one, three)).toBe(false)
    expect(accepts(expected, one, two)).toBe(false)
  })

  test('which of them a line belongs to may show only later', () => {
    const expected = together('A>R ZLB [y n/1]\nA>R ZLB [y n+1/1]', 'A>R ZLB [y m/1]\nA>R ZLB [y m+5/1]')
    expect(accepts(expected, 'A>R ZLB [9 1/1]', 'A>R ZLB [9 2/1]', 'A>R ZLB [9 6/1]', 'A>R ZLB [9 3/1]')).toBe(true)
  })

  test('a line may say how long after the one before it comes', () => {
    expect(accepts(`${one}\n+1s ${two}`, one, two)).toBe(true)
    expect(accepts(`${one}\n+1.001s ${two}`, one, two)).toBe(false)
    expect(accepts(together(`${one}\n+2s ${three}`, two), one, two, three)).toBe(true)
    expect(accepts(together(`${one}\n+1s ${three}`, two), one, two, three)).toBe(false)
  })

  test('a failure shows where and what was expected', () => {
    const result = matchDialogue(['A>R ZLB [y n/1]', 'A>R ZLB [y n+1/1]'], said('A>R ZLB [9 1/1]', 'A>R ZLB [9 3/1]'))
    expect(result).toMatchObject({ ok: false })
    const message = result.ok ? '' : result.message
    expect(message).toContain('line 2 of 2')
    expect(message).toContain('>> 2.000000 A>R ZLB [9 3/1]')
    expect(message).toContain('A>R ZLB [y n+1/1]')
    expect(message).toContain('y=9 n=1')
  })
})

describe('blocks', () => {
  const recovery = [
    'A>R SCCRQ [0 0/0] {5,9=51,77(17,34)}',
    'R>A SCCRP [51 0/1] {9=68,78(3,100)}',
    'A reset [17 3/100]',
    'A>R SCCCN [68 1/1]',
    'R reset [34 100/3]',
    'R>A ZLB [51 1/2]',
  ] as const

  test('the recovery of the RFC’s appendix A, with its numbers: R4951-A-05, R4951-A-06, R4951-A-07', () => {
    expect(accepts(REC, ...recovery)).toBe(true)
    expect(accepts(REC, ...recovery.map((line) => line.replace('R reset [34 100/3]', 'R reset [34 3/100]')))).toBe(false)
    expect(accepts(exchanged(REC), ...recovery)).toBe(false)
  })

  test('parts of A and R are exchanged', () => {
    expect(exchanged('A>R SCCRQ [0 0/0] {5,9=z1,77(x,y)}')).toBe('R>A SCCRQ [0 0/0] {5,9=w1,77(y,x)}')
    expect(exchanged('A cleared session a (cdn-sent)')).toBe('R cleared session b (cdn-sent)')
    expect([REC, END, SYNC].map((block) => exchanged(exchanged(block)))).toEqual([REC, END, SYNC])
  })

  test('letters are numbered', () => {
    expect(labelled('A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !again', 2, 'zw')).toBe('A>R SCCRQ [0 0/0] {5,9=z2,77(x,y)} !again')
    expect(labelled('A reset [x p+1/q]', 3)).toBe('A reset [x3 p3+1/q3]')
  })
})

describe('a scenario with LAC and LNS exchanged', () => {
  test('has the faults, settings and interventions of the other side', () => {
    const scenario = shipped('failover/lost-cdn', { 'endpoints.lns1.restart.after': '7s' })
    const exchanged = exchangeSides(scenario)
    expect(exchanged.endpoints).toMatchObject({
      lac1: { role: 'LAC', address: '10.1.0.1', restart: { after: 7 * SECOND } },
      lns1: { role: 'LNS', address: '10.2.0.1', restart: { after: 2 * SECOND } },
    })
    expect(exchanged.faults).toMatchObject([{ endpoint: 'lac1' }, { endpoint: 'lac1', when: { endpoint: 'lac1', sends: 'CDN' } }])
    expect(exchanged.links[0]?.forward.script).toMatchObject([{ drop: { message: 'CDN', from: 'lac1' } }])
    expect(exchanged.tunnels).toEqual(scenario.tunnels)
    expect(exchangeSides(exchanged)).toEqual(scenario)
  })

  test('may have its calls turned as well', () => {
    const turned = turnCalls(shipped('faults/old-retransmission-before-reset'))
    expect(turned.tunnels[0]?.sessions).toMatchObject([{ call: 'outgoing' }])
    expect(turned.faults).toMatchObject([{ when: { sends: 'OCRQ' } }])
  })
})
