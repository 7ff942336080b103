// Lists of causes and effects are told without their repetitions.

import { describe, expect, test } from 'vitest'
import { toldOnce } from '../../../web/model/alike.ts'
import { lineOf } from '../../../web/model/inspect.ts'
import { chainOf } from '../../../web/trace/effects.ts'
import { modelOf } from './run-model.ts'

const lines = (...words: string[]): readonly { readonly seq: number; readonly words: string }[] => words.map((text, seq) => ({ seq, words: text }))
const shown = (...words: string[]): readonly string[] => toldOnce(lines(...words)).map((line) => `${line.words} +${String(line.more)}`)

describe('repetitions', () => {
  test('of one line, whatever its numbers, and of several in turn', () => {
    expect(shown('a', 'session 1 cleared', 'session 2 cleared', 'session 3 cleared', 'b')).toEqual(['a +0', 'session 1 cleared +2', 'b +0'])
    expect(shown('timer fires', 'SCCRQ attempt 3', 'timer fires', 'SCCRQ attempt 2', 'start')).toEqual(['timer fires +1', 'SCCRQ attempt 3 +1', 'start +0'])
    expect(shown('a', 'b', 'c')).toEqual(['a +0', 'b +0', 'c +0'])
    expect(shown()).toEqual([])
  })

  test('the chain of causes of a message given up after all its retransmissions is short, and none of it is lost', () => {
    const run = modelOf('failover/lns-control-failure', [{ path: 'links[0].loss', value: '40%' }], '3')
    const chains = Array.from({ length: run.trace.count }, (_, seq) => chainOf(run.trace.cause, seq, 1000))
    const longest = chains.reduce((a, b) => (b.length > a.length ? b : a))
    const told = toldOnce(longest.map((seq) => ({ seq, words: lineOf(run, seq) })))
    expect(longest.length).toBeGreaterThan(20)
    expect(told.length).toBeLessThan(longest.length)
    expect(told.reduce((sum, { more }) => sum + 1 + more, 0)).toBe(longest.length)
  })
})
